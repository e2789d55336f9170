//! Plans for small clusters.
