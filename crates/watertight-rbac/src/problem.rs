//! What is wrong with the objects of a policy, so that nothing is left out silently.

use std::fmt;

use crate::selector::SelectorError;

/// One object that does not say what it seems to say. The rest of the policy is decided all the same.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// The caller's tag of the object.
    pub tag: u32,
    /// The object, as in `RoleBinding shop/web`.
    pub object: String,
    /// The field, as in `.subjects[0].kind`.
    pub path: String,
    /// What is wrong there.
    pub fault: Fault,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}: {}", self.object, self.path, self.fault)
    }
}

/// What is wrong with an object.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
pub enum Fault {
    /// Two roles have one name; the first one is in force here.
    #[error("there is another one of this kind and name, which is used in its place")]
    Duplicate,
    /// A namespaced object without a namespace, which applies nowhere.
    #[error("the namespace is missing, so it applies nowhere")]
    NoNamespace,
    /// An object without a name.
    #[error("the name is missing")]
    NoName,
    /// The role is not there. Nothing is granted; other bindings go on.
    #[error("there is no {kind} {name:?}, so nothing is granted")]
    MissingRole {
        /// `Role` or `ClusterRole`.
        kind: String,
        /// Its name.
        name: String,
    },
    /// `roleRef.kind` is neither `Role` nor `ClusterRole`. Nothing is granted.
    #[error("{kind:?} is no kind of role; it has to be Role or ClusterRole")]
    RoleKind {
        /// What stands there.
        kind: String,
    },
    /// A cluster role binding refers to a `Role`. Nothing is granted.
    #[error("a ClusterRoleBinding cannot refer to a Role, only to a ClusterRole")]
    RoleOfNamespace,
    /// `roleRef.apiGroup` is another one. The API server refuses it; the authorizer does not look.
    #[error("the API group has to be rbac.authorization.k8s.io and not {group:?}")]
    RoleGroup {
        /// What stands there.
        group: String,
    },
    /// `kind` of a subject is neither `User` nor `Group` nor `ServiceAccount`. It means nobody.
    #[error("{kind:?} is no kind of subject; it has to be User, Group or ServiceAccount")]
    SubjectKind {
        /// What stands there.
        kind: String,
    },
    /// `apiGroup` of a subject does not go with its kind. The API server refuses it; the authorizer does
    /// not look.
    #[error("{group:?} is not the API group of this kind of subject")]
    SubjectGroup {
        /// What stands there.
        group: String,
    },
    /// A service account of a cluster role binding without a namespace. It means nobody.
    #[error("a service account needs a namespace here, so this means nobody")]
    SubjectNamespace,
    /// A namespace with a user or a group, which have none.
    #[error("users and groups have no namespace; is a ServiceAccount meant?")]
    SubjectWithNamespace,
    /// A subject without a name.
    #[error("the name of the subject is missing")]
    SubjectName,
    /// A service account whose name or namespace no object can have. It means nobody.
    #[error("no service account can have this name and namespace")]
    ServiceAccountName,
    /// A selector that the controller cannot use; the rules stay as they are written.
    #[error("{0}; the rules stay as they are written")]
    Selector(SelectorError),
    /// An `aggregationRule` without selectors, which the API server refuses.
    #[error("an aggregationRule needs at least one selector")]
    NoSelectors,
    /// Roles that gather each other's rules did not come to rest.
    #[error("the roles that it gathers gather it again; the rules are what three rounds gave")]
    Circle,
}
