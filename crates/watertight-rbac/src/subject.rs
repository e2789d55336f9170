//! Who a grant is for: users, groups, service accounts, and the groups that nobody has to name.
//!
//! Upstream: `k8s.io/apiserver` `pkg/authentication/serviceaccount/util.go`,
//! `pkg/authentication/user/user.go`, `pkg/authentication/group/authenticated_group_adder.go`.

use std::fmt;

/// The group whose members the API server allows everything before RBAC is asked.
pub const SYSTEM_MASTERS: &str = "system:masters";
/// The group of everyone who was authenticated.
pub const AUTHENTICATED: &str = "system:authenticated";
/// The group of everyone who was not.
pub const UNAUTHENTICATED: &str = "system:unauthenticated";
/// The user name of a request without credentials.
pub const ANONYMOUS: &str = "system:anonymous";
/// The group of every service account.
pub const SERVICE_ACCOUNTS: &str = "system:serviceaccounts";
/// The group of every kubelet.
pub const NODES: &str = "system:nodes";

const SERVICE_ACCOUNT_USER: &str = "system:serviceaccount:";
const SERVICE_ACCOUNTS_OF: &str = "system:serviceaccounts:";
const NODE_USER: &str = "system:node:";

/// A subject that a binding can grant something to, by what it means: a `User` named
/// `system:serviceaccount:shop:web` and the `ServiceAccount` `web` of `shop` are one subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject<'a> {
    /// A user by name.
    User(&'a str),
    /// A group by name.
    Group(&'a str),
    /// A service account.
    ServiceAccount {
        /// Its namespace.
        namespace: &'a str,
        /// Its name.
        name: &'a str,
    },
}

impl<'a> Subject<'a> {
    /// The subject of a user name: the service account when it is the name of one.
    pub fn of_user(name: &'a str) -> Self {
        match service_account_of(name) {
            Some((namespace, name)) => Self::ServiceAccount { namespace, name },
            None => Self::User(name),
        }
    }

    /// The user name, or the name of the group.
    pub fn name(&self) -> String {
        match *self {
            Self::User(name) | Self::Group(name) => name.to_owned(),
            Self::ServiceAccount { namespace, name } => service_account_user(namespace, name),
        }
    }

    /// `User`, `Group` or `ServiceAccount`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::User(_) => "User",
            Self::Group(_) => "Group",
            Self::ServiceAccount { .. } => "ServiceAccount",
        }
    }

    /// The groups that this subject is in without anyone's doing. A group is in none.
    pub fn implicit_groups(&self) -> Vec<String> {
        match self {
            Self::Group(_) => Vec::new(),
            Self::User(name) => implicit_groups(name),
            Self::ServiceAccount { namespace, name } => {
                implicit_groups(&service_account_user(namespace, name))
            }
        }
    }
}

/// As in `User alice`, `Group dev`, `ServiceAccount shop/web`.
impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::User(name) => write!(f, "User {name}"),
            Self::Group(name) => write!(f, "Group {name}"),
            Self::ServiceAccount { namespace, name } => write!(f, "ServiceAccount {namespace}/{name}"),
        }
    }
}

/// The user name of a service account.
pub fn service_account_user(namespace: &str, name: &str) -> String {
    format!("{SERVICE_ACCOUNT_USER}{namespace}:{name}")
}

/// Namespace and name of the service account that this is the user name of (`SplitUsername`).
///
/// `None` when it has another form, or when namespace or name could not be those of an object.
pub fn service_account_of(user: &str) -> Option<(&str, &str)> {
    let (namespace, name) = user.strip_prefix(SERVICE_ACCOUNT_USER)?.split_once(':')?;
    (is_label(namespace) && is_subdomain(name)).then_some((namespace, name))
}

/// The name of the node that this is the user name of (`isNodeUsername` of the impersonation filter).
pub fn node_of(user: &str) -> Option<&str> {
    user.strip_prefix(NODE_USER).filter(|name| is_subdomain(name))
}

/// The groups that the API server gives a user of this name: `system:authenticated`, or
/// `system:unauthenticated` for `system:anonymous`; for a service account also
/// `system:serviceaccounts` and that of its namespace.
pub fn implicit_groups(user: &str) -> Vec<String> {
    if user == ANONYMOUS {
        return vec![UNAUTHENTICATED.to_owned()];
    }
    let mut groups = Vec::new();
    if let Some((namespace, _)) = service_account_of(user) {
        groups.push(SERVICE_ACCOUNTS.to_owned());
        groups.push(format!("{SERVICE_ACCOUNTS_OF}{namespace}"));
    }
    groups.push(AUTHENTICATED.to_owned());
    groups
}

/// The namespace whose service accounts this group holds.
pub fn namespace_of_group(group: &str) -> Option<&str> {
    group.strip_prefix(SERVICE_ACCOUNTS_OF).filter(|namespace| is_label(namespace))
}

/// `IsDNS1123Label`.
pub(crate) fn is_label(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.len() <= 63 && is_edged(text) && text.bytes().all(inner)
}

/// `IsDNS1123Subdomain`.
pub(crate) fn is_subdomain(text: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    text.len() <= 253 && text.split('.').all(|part| is_edged(part) && part.bytes().all(inner))
}

fn is_edged(text: &str) -> bool {
    let edge = |byte: Option<&u8>| byte.is_some_and(|b| b.is_ascii_lowercase() || b.is_ascii_digit());
    edge(text.as_bytes().first()) && edge(text.as_bytes().last())
}
