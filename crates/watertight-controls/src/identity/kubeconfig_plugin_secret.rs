use watertight_engine::prelude::*;

control! {
    /// A plugin that gets short-lived tokens is the good way to log in; a secret among its variables is what it
    /// gets them with, stands in the file, and is good for longer than any of them.
    ///
    /// ## Remedy
    /// Let the plugin find its credential where the cloud's own tools keep it, or ask for it.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Config
    /// users:
    /// - name: ci
    ///   user:
    ///     exec:
    ///       apiVersion: client.authentication.k8s.io/v1
    ///       command: aws
    ///       args: [eks, get-token, --cluster-name, production]
    ///       env:
    ///       - {name: AWS_SECRET_ACCESS_KEY, value: bm90LWEtcmVhbC1zZWNyZXQtYWNjZXNzLWtleQ}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Config
    /// users:
    /// - name: ci
    ///   user:
    ///     exec:
    ///       apiVersion: client.authentication.k8s.io/v1
    ///       command: aws
    ///       args: [eks, get-token, --cluster-name, production]
    ///       env:
    ///       - {name: AWS_PROFILE, value: production}
    ///       - {name: AWS_SECRET_ACCESS_KEY, value: ""}
    /// - name: dev
    ///   user: {exec: {command: gke-gcloud-auth-plugin, env: null}}
    /// ```
    pub static KUBECONFIG_PLUGIN_SECRET = {
        title: "kubeconfig holds a secret of a plugin",
        severity: Severity::High,
        layer: Layer::Identity,
        maps: &[Mapping::Nsa("authentication"), Mapping::Attack("T1552.001")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(kubeconfig) = object.kubeconfig() else { return out.not_applicable() };
    for user in &kubeconfig.users {
        for (name, path) in &user.plugin_secrets {
            let message = format!("the plugin of user `{}` is given a secret: `{name}`", user.name);
            out.fail(path.clone(), message);
        }
    }
}
