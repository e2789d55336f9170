//! Input that is made, not found: clusters and audit logs as large as a benchmark needs, the same for the
//! same seed.
//!
//! - `audit_log`: what the audit log of a cluster would hold.
//! - `cluster`: every object of a cluster that is skewed as real ones are.
//! - `random`: the numbers that all of it is made from.

pub(crate) mod audit_log;
pub(crate) mod cluster;
mod random;
