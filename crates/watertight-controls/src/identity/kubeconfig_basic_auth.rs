use watertight_engine::prelude::*;

control! {
    /// The API server takes no passwords since Kubernetes 1.19, so this one only lies about, and is likely in use
    /// somewhere else.
    ///
    /// ## Remedy
    /// Remove `username` and `password`, and change the password wherever else it holds.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Config
    /// users:
    /// - name: admin
    ///   user: {username: admin, password: correct-horse}
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
    pub static KUBECONFIG_BASIC_AUTH = {
        title: "kubeconfig holds a password",
        severity: Severity::Low,
        layer: Layer::Identity,
        maps: &[Mapping::Nsa("authentication"), Mapping::Attack("T1552.001")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(kubeconfig) = object.kubeconfig() else { return out.not_applicable() };
    for user in kubeconfig.users.iter().filter(|user| user.has_password) {
        let message = format!("user `{}` has a password in the file, which no API server takes", user.name);
        out.fail(user.path.key("password"), message);
    }
}
