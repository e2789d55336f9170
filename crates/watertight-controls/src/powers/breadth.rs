//! How much of everything a binding gives, which decides who speaks of it.

use watertight_model::Severity;
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
    /// Writing of every resource of the core group, or of all groups, by a rule for `*`.
    Sweeping,
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
        if ["create", "update", "patch"].iter().any(|verb| may(verb, "", "*")) {
            Self::Sweeping
        } else {
            Self::Some
        }
    }

    /// Whether a power follows from this breadth, so that it needs no word of its own.
    pub(crate) fn implies(self, power: &Power, role: RoleView<'_>, hit: &Hit<'_>) -> bool {
        match self {
            Self::Everything => true,
            Self::Admin | Self::Edit => power.in_edit,
            Self::Sweeping => {
                let resources = role.rules()[hit.rule].resources.as_deref().unwrap_or_default();
                resources.iter().any(|resource| resource == "*")
            }
            Self::Some => false,
        }
    }

    /// The powers that follow, and how much each matters in the reach of a binding.
    pub(crate) fn powers(self, role: RoleView<'_>, reach: Reach<'_>) -> Vec<(&'static Power, Severity)> {
        let implied = |power: &&'static Power| {
            let severity = reach.grade(power.grades)?;
            let hit = power.hit(role, reach).filter(|hit| self.implies(power, role, hit))?;
            Some((*power, hit.grade(severity)))
        };
        table::ALL.iter().filter_map(implied).collect()
    }
}
