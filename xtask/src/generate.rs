//! Input that is made, not found: clusters as large as a benchmark needs, the same for the same seed.
//!
//! - `cluster`: every object of a cluster that is skewed as real ones are.
//! - `random`: the numbers that all of it is made from.

pub(crate) mod cluster;
mod random;
