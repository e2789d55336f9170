use watertight_engine::prelude::*;

use crate::components::{Switch, read};

control! {
    /// A certificate that no authority signed cannot be verified, so that the API server does not, and
    /// whoever is in between can listen to exec and logs.
    ///
    /// ## Remedy
    /// Set `serverTLSBootstrap: true` and let somebody approve the requests, or give `tlsCertFile` and
    /// `tlsPrivateKeyFile`.
    ///
    /// ```yaml,fail
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// clusterDomain: cluster.local
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// clusterDomain: cluster.local
    /// serverTLSBootstrap: true
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// serverTLSBootstrap: true
    /// ---
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// tlsCertFile: /pki/kubelet.crt
    /// tlsPrivateKeyFile: /pki/kubelet.key
    /// ```
    pub static KUBELET_CERTIFICATE_SELF_SIGNED = {
        title: "kubelet signs its own certificate",
        severity: Severity::Low,
        layer: Layer::Node,
        maps: &[Mapping::Cis("4.2.9"), Mapping::Cis("4.2.11"), Mapping::Attack("T1557")],
        reads: &[],
        check: Check::Component(&[Component::Kubelet], check),
    }
}

fn check(kubelet: ComponentScope<'_>, out: &mut Sink<'_>) {
    let given = |flag: &str, out: &mut Sink<'_>| read(kubelet, flag, out).map(|file| !file.is_empty());
    let (Some(certificate), Some(key)) = (given("tls-cert-file", out), given("tls-private-key-file", out)) else {
        return;
    };
    if !(certificate && key) {
        let does = "serves with a certificate that it signed itself";
        Switch { flag: "rotate-server-certificates", safe: true, does, fix: Fix::review() }.judge(kubelet, out);
    }
}
