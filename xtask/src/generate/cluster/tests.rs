//! What the issue promises of a generated cluster.
