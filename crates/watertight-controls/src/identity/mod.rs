//! As whom it acts towards the API server.

crate::registry! {
    dashboard_account_borrowed::DASHBOARD_ACCOUNT_BORROWED,
    default_account_automounts::DEFAULT_ACCOUNT_AUTOMOUNTS,
    default_service_account::DEFAULT_SERVICE_ACCOUNT,
    deprecated_service_account_field::DEPRECATED_SERVICE_ACCOUNT_FIELD,
    kubeconfig_basic_auth::KUBECONFIG_BASIC_AUTH,
    kubeconfig_client_certificate::KUBECONFIG_CLIENT_CERTIFICATE,
    kubeconfig_expired_certificate::KUBECONFIG_EXPIRED_CERTIFICATE,
    kubeconfig_long_lived_certificate::KUBECONFIG_LONG_LIVED_CERTIFICATE,
    kubeconfig_plaintext_server::KUBECONFIG_PLAINTEXT_SERVER,
    kubeconfig_plugin_secret::KUBECONFIG_PLUGIN_SECRET,
    kubeconfig_proxy_password::KUBECONFIG_PROXY_PASSWORD,
    kubeconfig_skips_tls_verification::KUBECONFIG_SKIPS_TLS_VERIFICATION,
    kubeconfig_static_token::KUBECONFIG_STATIC_TOKEN,
    kubeconfig_weak_key::KUBECONFIG_WEAK_KEY,
    missing_service_account::MISSING_SERVICE_ACCOUNT,
    powerful_token_mounted::POWERFUL_TOKEN_MOUNTED,
    shared_service_account::SHARED_SERVICE_ACCOUNT,
    token_automounted::TOKEN_AUTOMOUNTED,
    unused_token_mounted::UNUSED_TOKEN_MOUNTED,
}
