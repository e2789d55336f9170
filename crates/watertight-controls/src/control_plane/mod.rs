//! What the API server makes of it: versions and fields.

crate::registry! {}
