//! Kubernetes audit policies and audit logs, read and decided as the API server does.
