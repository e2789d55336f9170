//! Words of the API that several modules need.

/// The API group of audit policies and events.
pub(crate) const GROUP_VERSION: &str = "audit.k8s.io/v1";

/// The group that the API server gives everyone whose credentials it accepted.
pub(crate) const AUTHENTICATED: &str = "system:authenticated";

/// The group of requests without credentials.
pub(crate) const UNAUTHENTICATED: &str = "system:unauthenticated";

/// The user of requests without credentials.
pub(crate) const ANONYMOUS: &str = "system:anonymous";
