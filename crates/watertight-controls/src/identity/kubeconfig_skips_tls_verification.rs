use watertight_engine::prelude::*;

control! {
    /// Any server is believed: whoever is on the way hands the client another one, and gets its token and all it
    /// sends.
    ///
    /// ## Remedy
    /// Name the authority of the cluster in `certificate-authority-data`, and `tls-server-name` where the certificate
    /// is for another name.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Config
    /// clusters:
    /// - name: prod
    ///   cluster:
    ///     server: https://10.0.0.1:6443
    ///     insecure-skip-tls-verify: true
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Config
    /// clusters:
    /// - name: prod
    ///   cluster:
    ///     server: https://10.0.0.1:6443
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Config
    /// clusters:
    /// - name: prod
    ///   cluster: {server: 'https://10.0.0.1:6443', tls-server-name: kubernetes, insecure-skip-tls-verify: false}
    /// ```
    pub static KUBECONFIG_SKIPS_TLS_VERIFICATION = {
        title: "kubeconfig believes any server",
        severity: Severity::High,
        layer: Layer::Identity,
        maps: &[Mapping::Nsa("authentication"), Mapping::Attack("T1557")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(kubeconfig) = object.kubeconfig() else { return out.not_applicable() };
    for cluster in kubeconfig.clusters.iter().filter(|cluster| cluster.skips_verification) {
        let path = cluster.path.key("insecure-skip-tls-verify");
        let message = format!("any server is believed to be the cluster `{}`", cluster.name);
        out.fail(path.clone(), message).fix(Fix::review().remove(path));
    }
}
