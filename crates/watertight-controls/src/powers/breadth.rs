//! How much of everything a binding gives, which decides who speaks of it.

use watertight_rbac::RoleView;

use super::{Hit, Power, Reach, action, table};

/// How much of everything a role gives.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breadth {
    /// Every verb on every resource, as `cluster-admin`.
    Everything,
    /// As much as `admin`, by whatever name.
    Admin,
    /// As much as `edit`, by whatever name.
    Edit,
    /// Reading and writing of every resource of the core group, by rules for `*`.
    Core,
    /// None of these.
    Some,
}

/// What makes a role as wide as `edit`: it cannot have these by chance.
const EDIT: [(&str, &str, &str); 7] = [
    ("create", "", "pods"),
    ("create", "", "pods/exec"),
    ("get", "", "secrets"),
    ("impersonate", "", "serviceaccounts"),
    ("patch", "apps", "deployments"),
    ("delete", "", "services"),
    ("update", "networking.k8s.io", "networkpolicies"),
];

impl Breadth {
    pub(crate) fn of(role: RoleView<'_>) -> Self {
        let may = |verb, group, resource| {
            role.allowing(&action(verb, group, resource)).is_some_and(|rule| rule.names.is_empty())
        };
        if may("*", "*", "*") {
            return Self::Everything;
        }
        if EDIT.iter().all(|&(verb, group, resource)| may(verb, group, resource)) {
            let admin = may("create", "rbac.authorization.k8s.io", "rolebindings");
            return if admin { Self::Admin } else { Self::Edit };
        }
        let core = ["get", "create", "update", "delete"].iter().all(|verb| may(verb, "", "*"));
        if core { Self::Core } else { Self::Some }
    }

    /// Whether a power follows from this breadth, so that it needs no word of its own.
    pub(crate) fn implies(self, power: &Power, role: RoleView<'_>, hit: &Hit<'_>) -> bool {
        match self {
            Self::Everything => true,
            Self::Admin | Self::Edit => power.in_edit,
            Self::Core => {
                let resources = role.rules()[hit.rule].resources.as_deref().unwrap_or_default();
                resources.iter().any(|resource| resource == "*")
            }
            Self::Some => false,
        }
    }

    /// What the powers that follow do, the first few: `read Secrets, create pods and more`.
    pub(crate) fn powers(self, role: RoleView<'_>, reach: Reach<'_>) -> String {
        let implied = |power: &&&Power| {
            let hit = power.hit(role, reach).filter(|_| reach.grade(power.grades).is_some());
            hit.is_some_and(|hit| self.implies(power, role, &hit))
        };
        let does: Vec<&str> = table::ALL.iter().filter(implied).map(|power| power.does).collect();
        does.join(", ")
    }
}
