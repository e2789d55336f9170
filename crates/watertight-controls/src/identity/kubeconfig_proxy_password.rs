use watertight_engine::prelude::*;

control! {
    /// The address of the proxy holds a user's password: whoever reads the file uses the proxy in their name.
    ///
    /// ## Remedy
    /// Take the password out of `proxy-url`, and let the proxy know the client in another way.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Config
    /// clusters:
    /// - name: production
    ///   cluster: {server: https://10.0.0.1:6443, proxy-url: "http://me:hunter2@proxy:3128"}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Config
    /// clusters:
    /// - name: production
    ///   cluster: {server: https://10.0.0.1:6443, proxy-url: "http://proxy:3128"}
    /// - name: test
    ///   cluster: {server: https://10.0.0.2:6443, proxy-url: "socks5://me@proxy:1080"}
    /// ```
    pub static KUBECONFIG_PROXY_PASSWORD = {
        title: "kubeconfig holds the password of a proxy",
        severity: Severity::Medium,
        layer: Layer::Identity,
        maps: &[Mapping::Attack("T1552.001")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(kubeconfig) = object.kubeconfig() else { return out.not_applicable() };
    for cluster in kubeconfig.clusters.iter().filter(|cluster| cluster.has_proxy_password) {
        let message = format!("the proxy of the cluster `{}` is given with a password", cluster.name);
        out.fail(cluster.path.key("proxy-url"), message);
    }
}
