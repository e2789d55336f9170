//! Words of the API that several modules need, and what follows from them.

/// The API group of audit policies and events.
pub(crate) const GROUP_VERSION: &str = "audit.k8s.io/v1";

/// The group that the API server gives everyone whose credentials it accepted.
pub(crate) const AUTHENTICATED: &str = "system:authenticated";

/// The group of requests without credentials.
pub(crate) const UNAUTHENTICATED: &str = "system:unauthenticated";

/// The user of requests without credentials.
pub(crate) const ANONYMOUS: &str = "system:anonymous";

/// The groups that come with the name of a user: those of service accounts (`MakeGroupNames` of
/// `pkg/authentication/serviceaccount/util.go`), `system:unauthenticated` of requests without
/// credentials, and `system:authenticated` of everyone else (`AuthenticatedGroupAdder` of
/// `pkg/authentication/group/authenticated_group_adder.go`).
#[must_use]
pub fn implied_groups(user: &str) -> Vec<String> {
    if user == ANONYMOUS {
        return vec![UNAUTHENTICATED.to_owned()];
    }
    let mut groups = Vec::new();
    let account = user.strip_prefix("system:serviceaccount:").and_then(|account| account.split_once(':'));
    if let Some((namespace, _)) = account {
        groups.push("system:serviceaccounts".to_owned());
        groups.push(format!("system:serviceaccounts:{namespace}"));
    }
    groups.push(AUTHENTICATED.to_owned());
    groups
}
