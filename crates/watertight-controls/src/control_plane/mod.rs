//! The API server and what stands beside it: how they are configured, versions and fields.

crate::registry! {
    anonymous_requests_beyond_health::ANONYMOUS_REQUESTS_BEYOND_HEALTH,
    api_server_anonymous_requests::API_SERVER_ANONYMOUS_REQUESTS,
    deprecated_api_version::DEPRECATED_API_VERSION,
    duplicate_key::DUPLICATE_KEY,
    profiling_enabled::PROFILING_ENABLED,
    removed_api_version::REMOVED_API_VERSION,
}
