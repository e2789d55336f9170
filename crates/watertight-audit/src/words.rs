//! Words of the API that several modules need.

/// The API group of audit policies and events.
pub(crate) const GROUP_VERSION: &str = "audit.k8s.io/v1";
