//! As whom it acts towards the API server.

crate::registry! {}
