//! What has to be true before anything is let in.

crate::registry! {
    pod_security_exemption::POD_SECURITY_EXEMPTION,
}
