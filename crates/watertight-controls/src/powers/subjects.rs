//! Whom a binding is for, and who of them is not judged.

use std::collections::BTreeSet;
use std::fmt;

use watertight_engine::prelude::*;
use watertight_facts::identities::UNSPECIFIED_NAMESPACE;
use watertight_rbac::bootstrap::{self, AccountOrigin, NEWEST, OLDEST};
use watertight_rbac::{
    ANONYMOUS, AUTHENTICATED, NODES, SERVICE_ACCOUNTS, Subject, SubjectId, UNAUTHENTICATED, UserInfo,
    namespace_of_group, service_account_user,
};

/// A subject of a binding that means somebody.
pub(crate) struct Grantee<'p> {
    /// Its place in the list of subjects.
    place: usize,
    pub(crate) id: SubjectId,
    pub(crate) subject: Subject<'p>,
}

/// Each subject of a binding once, but for those of the control plane and those that the user counts among
/// the platform. Nobody where the binding is one of Kubernetes' own.
pub(crate) fn judged<'w>(scope: BindingScope<'w>) -> Vec<Grantee<'w>> {
    let platform = &scope.settings().platform_subjects;
    let mut grantees = all(scope);
    grantees.retain(|grantee| !is_system(grantee.subject) && !platform.holds(&grantee.subject));
    grantees
}

/// Each subject of a binding once. Nobody where the binding is one of Kubernetes' own.
pub(crate) fn all<'w>(scope: BindingScope<'w>) -> Vec<Grantee<'w>> {
    let identities = scope.view().identities();
    if identities.is_default(scope.id()) {
        return Vec::new();
    }
    let mut seen = BTreeSet::new();
    let subjects = scope.binding().subjects().enumerate();
    subjects
        .filter_map(|(place, subject)| {
            let id = subject.id.filter(|id| seen.insert(*id))?;
            Some(Grantee { place, id, subject: identities.policy().subject(id) })
        })
        .collect()
}

/// Whether it is a part of the control plane. Kubelets and those who want to become one are not: what they
/// may do is decided by the Node authorizer, and a binding goes around it.
pub(crate) fn is_system(subject: Subject<'_>) -> bool {
    match subject {
        Subject::User(name) => {
            name.starts_with("system:") && name != ANONYMOUS && !name.starts_with("system:node:")
        }
        Subject::Group(name) => {
            name.starts_with("system:")
                && ![AUTHENTICATED, UNAUTHENTICATED, NODES].contains(&name)
                && !name.starts_with(SERVICE_ACCOUNTS)
                && !name.starts_with("system:bootstrappers")
        }
        Subject::ServiceAccount { namespace, name } => {
            let controllers = |minor| {
                let accounts = bootstrap::service_accounts(minor).into_iter();
                accounts.filter(|account| account.origin == AccountOrigin::Controller)
            };
            namespace == "kube-system"
                && [OLDEST, NEWEST].into_iter().flat_map(controllers).any(|account| account.name == name)
        }
    }
}

impl Grantee<'_> {
    pub(crate) fn path(&self) -> Path {
        Path::root().key("subjects").index(self.place)
    }

    /// What tells findings at one place apart when subjects move.
    pub(crate) fn key(&self) -> String {
        self.subject.to_string()
    }

    /// Whether it is people: neither a program's account nor everybody.
    pub(crate) fn is_people(&self) -> bool {
        match self.subject {
            Subject::User(name) => name != ANONYMOUS && !name.starts_with("system:"),
            Subject::Group(name) => !name.starts_with("system:"),
            Subject::ServiceAccount { .. } => false,
        }
    }

    /// Somebody who is this subject and nothing else.
    pub(crate) fn user(&self) -> UserInfo {
        match self.subject {
            Subject::User(name) => UserInfo::authenticated(name, None::<String>),
            Subject::ServiceAccount { namespace, name } => {
                UserInfo::authenticated(service_account_user(namespace, name), None::<String>)
            }
            Subject::Group(UNAUTHENTICATED) => UserInfo::new(ANONYMOUS, [UNAUTHENTICATED]),
            Subject::Group(name) => UserInfo::new("", [name, AUTHENTICATED]),
        }
    }
}

/// As in `service account `shop/web`` or `group `dev``.
impl fmt::Display for Grantee<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.subject {
            Subject::User(ANONYMOUS) | Subject::Group(UNAUTHENTICATED) => {
                f.write_str("whoever reaches the API server, without credentials,")
            }
            Subject::Group(AUTHENTICATED) => f.write_str("every user and service account"),
            Subject::Group(SERVICE_ACCOUNTS) => f.write_str("every service account"),
            Subject::Group(NODES) => f.write_str("every node"),
            Subject::Group(name) => match namespace_of_group(name) {
                Some(UNSPECIFIED_NAMESPACE) | None => write!(f, "group `{name}`"),
                Some(namespace) => write!(f, "every service account of namespace `{namespace}`"),
            },
            Subject::User(name) => write!(f, "user `{name}`"),
            Subject::ServiceAccount { namespace: UNSPECIFIED_NAMESPACE, name } => {
                write!(f, "service account `{name}`")
            }
            Subject::ServiceAccount { namespace, name } => write!(f, "service account `{namespace}/{name}`"),
        }
    }
}
