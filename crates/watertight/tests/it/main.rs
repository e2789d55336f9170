//! Runs the binary as users do.
