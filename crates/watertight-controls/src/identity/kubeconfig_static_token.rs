use watertight_model::Date;
use watertight_engine::prelude::*;

control! {
    /// Whoever reads the file is the user, from anywhere, for as long as the token holds.
    ///
    /// A token of a service account that names no end holds until the account or its Secret is deleted. Medium for
    /// one that ends, and for what an authentication provider keeps; one that is over is not judged.
    ///
    /// ## Remedy
    /// People log in with OpenID Connect or the `exec` plugin of the provider, programs with a projected token
    /// (`tokenFile`) or one of `kubectl create token`. Delete the account's token Secret, then the file.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Config
    /// users:
    /// - name: ci
    ///   user:
    ///     token: 31ada4fd-adec-460c-809a-9e56ceb75269
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Config
    /// users:
    /// - name: ci
    ///   user:
    ///     token: eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJrdWJlcm5ldGVzL3NlcnZpY2VhY2NvdW50Iiwic3ViIjoic3lzdGVtOnNlcnZpY2VhY2NvdW50OmNpOmRlcGxveWVyIn0.c2lnbmF0dXJl
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Config
    /// users:
    /// - name: ci
    ///   user:
    ///     token: eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6Y2k6ZGVwbG95ZXIiLCJleHAiOjE4OTM0NTYwMDB9.c2lnbmF0dXJl
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Config
    /// users:
    /// - name: me
    ///   user:
    ///     auth-provider: {name: oidc, config: {client-id: k, refresh-token: r4nd0m}}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Config
    /// users:
    /// - name: ci
    ///   user:
    ///     token: eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW06c2VydmljZWFjY291bnQ6Y2k6ZGVwbG95ZXIiLCJleHAiOjE2MDAwMDAwMDB9.c2lnbmF0dXJl
    /// - name: pod
    ///   user: {tokenFile: /var/run/secrets/kubernetes.io/serviceaccount/token}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Config
    /// users:
    /// - name: alice
    ///   user:
    ///     exec:  # asks for a token that lives for minutes
    ///       apiVersion: client.authentication.k8s.io/v1
    ///       command: kubelogin
    ///       interactiveMode: IfAvailable
    /// ```
    pub static KUBECONFIG_STATIC_TOKEN = {
        title: "kubeconfig holds a token",
        severity: Severity::High,
        layer: Layer::Identity,
        maps: &[Mapping::Cis("3.1.2"), Mapping::Nsa("authentication"), Mapping::Attack("T1552.001")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(kubeconfig) = object.kubeconfig() else { return out.not_applicable() };
    for user in &kubeconfig.users {
        if let Some(token) = &user.token {
            let end = token.expires.map(|seconds| Date::from_days(seconds.div_euclid(86_400)));
            let is_over = end.zip(object.settings().today).is_some_and(|(end, today)| end < today);
            if !is_over {
                let (lasts, severity) = match (end, &token.account) {
                    (Some(end), _) => (format!("until {end}"), Severity::Medium),
                    (None, Some(_)) => ("for ever".to_owned(), Severity::High),
                    (None, None) => ("and does not say for how long".to_owned(), Severity::High),
                };
                let whose = token.account.as_ref().map_or_else(String::new, |account| format!(" of `{account}`"));
                let message = format!("user `{}` logs in with a token{whose} {lasts}", user.name);
                out.fail(user.path.key(user.token_field), message).severity(severity);
            }
        }
        for key in &user.provider_tokens {
            let path = user.path.key("auth-provider").key("config").key(key.clone());
            let message = format!("the authentication provider of user `{}` keeps `{key}` in the file", user.name);
            out.fail(path, message).severity(Severity::Medium);
        }
    }
}
