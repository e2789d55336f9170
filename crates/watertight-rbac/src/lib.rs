//! RBAC exactly as the Kubernetes API server decides it: who can do what, through which binding.

pub mod bootstrap;
