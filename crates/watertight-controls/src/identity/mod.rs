//! As whom it acts towards the API server.

crate::registry! {
    default_account_automounts::DEFAULT_ACCOUNT_AUTOMOUNTS,
    default_service_account::DEFAULT_SERVICE_ACCOUNT,
    deprecated_service_account_field::DEPRECATED_SERVICE_ACCOUNT_FIELD,
    missing_service_account::MISSING_SERVICE_ACCOUNT,
    shared_service_account::SHARED_SERVICE_ACCOUNT,
    token_automounted::TOKEN_AUTOMOUNTED,
    unused_token_mounted::UNUSED_TOKEN_MOUNTED,
}
