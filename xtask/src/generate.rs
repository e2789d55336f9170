//! Input that is made, not found: clusters as large as a benchmark needs, the same for the same seed.
//!
//! - `audit_log`: what the audit log of a cluster would hold.
//! - `random`: the numbers that all of it is made from.

pub(crate) mod audit_log;
mod random;
