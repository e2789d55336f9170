//! Pod Security Standards and Pod Security Admission, exactly as Kubernetes decides them.
