//! What the API server makes of it: versions and fields.

crate::registry! {
    deprecated_api_version::DEPRECATED_API_VERSION,
    duplicate_key::DUPLICATE_KEY,
    removed_api_version::REMOVED_API_VERSION,
}
