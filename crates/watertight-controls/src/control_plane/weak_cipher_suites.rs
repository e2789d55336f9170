use watertight_engine::prelude::*;
use watertight_facts::control_plane::{INSECURE_CIPHER_SUITES, STRONG_CIPHER_SUITES};

use crate::components::{Wrong, read};

control! {
    /// Suites without forward secrecy let whoever recorded the traffic read it once a key leaks; RC4 and
    /// 3DES are broken, CBC with SHA-256 leaks by its timing.
    ///
    /// Without a list Go's own holds: since Kubernetes 1.30, which is built with Go 1.22, it has no such
    /// suite.
    ///
    /// ## Remedy
    /// List only suites with forward secrecy and authenticated encryption, or none.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:
    ///     - kube-apiserver
    ///     - --tls-cipher-suites=TLS_RSA_WITH_AES_128_CBC_SHA,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:
    ///     - kube-apiserver
    ///     - --tls-cipher-suites=TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// tlsCipherSuites: [TLS_RSA_WITH_3DES_EDE_CBC_SHA]
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// tlsCipherSuites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    ///   TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
    ///   TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256]
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:  # no suite that Go calls insecure
    ///     - kube-apiserver
    ///     - --tls-cipher-suites=TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA
    /// ---
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///   - {name: tls-min-version, value: VersionTLS13}
    /// ```
    pub static WEAK_CIPHER_SUITES = {
        title: "weak cipher suites are offered",
        severity: Severity::Low,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.29"), Mapping::Cis("4.2.12"), Mapping::Attack("T1557")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer, Component::ControllerManager, Component::Scheduler, Component::Kubelet], check),
    }
}

fn check(component: ComponentScope<'_>, out: &mut Sink<'_>) {
    let flag = "tls-cipher-suites";
    let Some(suites) = read(component, flag, out) else { return };
    // TLS 1.3 has suites of its own, which cannot be chosen.
    if read(component, "tls-min-version", out).is_some_and(|version| version.text() == "VersionTLS13") {
        return;
    }
    let strong = STRONG_CIPHER_SUITES.join(",");
    if suites.is_empty() {
        if component.target().minor < 30 {
            let fix = component.configured().set(flag, &strong, Fix::review());
            Wrong { setting: &suites, does: "offers suites without forward secrecy", fix }.say(flag, out);
        }
        return;
    }
    let (weak, rest): (Vec<&str>, Vec<&str>) =
        suites.list().iter().map(String::as_str).partition(|suite| INSECURE_CIPHER_SUITES.contains(suite));
    let unknown = rest.iter().filter(|suite| !suite.starts_with("TLS_")).count();
    if weak.is_empty() && unknown == 0 {
        return;
    }
    let value = if weak.len() == suites.list().len() { strong } else { rest.join(",") };
    let fix = component.configured().set(flag, &value, Fix::review()).filter(|_| unknown == 0);
    let name = component.component().name();
    let message = match weak.is_empty() {
        true => format!("{name} does not start: `--{flag}` has a name that is no suite"),
        false => format!("{name} offers weak suites: {}", weak.join(", ")),
    };
    let draft = out.fail(suites.path.clone(), message);
    if let Some(fix) = fix {
        draft.fix(fix);
    }
}
