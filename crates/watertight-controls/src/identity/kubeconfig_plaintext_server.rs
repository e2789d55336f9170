use watertight_engine::prelude::*;

control! {
    /// Tokens and everything that is read and written travel in plain text: whoever is on the way reads and changes
    /// them.
    ///
    /// A server on this machine, such as `kubectl proxy`, is not judged.
    ///
    /// ## Remedy
    /// Use the `https://` address of the API server.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Config
    /// clusters:
    /// - name: lab
    ///   cluster: {server: 'http://10.0.0.1:8080'}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Config
    /// clusters:
    /// - name: lab
    ///   cluster: {server: 'https://10.0.0.1:6443'}
    /// - name: proxy
    ///   cluster: {server: 'http://127.0.0.1:8001'}
    /// ```
    pub static KUBECONFIG_PLAINTEXT_SERVER = {
        title: "kubeconfig talks to the API server in plain text",
        severity: Severity::High,
        layer: Layer::Identity,
        maps: &[Mapping::Nsa("authentication"), Mapping::Attack("T1557")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(kubeconfig) = object.kubeconfig() else { return out.not_applicable() };
    for cluster in &kubeconfig.clusters {
        let Some((scheme, host)) = cluster.server.split_once("://") else { continue };
        let here = ["localhost", "127.", "[::1]"].iter().any(|name| host.starts_with(name));
        if scheme.eq_ignore_ascii_case("http") && !here {
            let message = format!("the cluster `{}` is reached over plain http", cluster.name);
            out.fail(cluster.path.key("server"), message);
        }
    }
}
