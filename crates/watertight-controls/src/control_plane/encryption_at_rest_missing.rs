use watertight_engine::prelude::*;

use crate::components::must_be_given;

control! {
    /// Whoever gets at etcd, its disk, a snapshot or a backup reads every Secret: base64 is no encryption.
    ///
    /// ## Remedy
    /// Write an `EncryptionConfiguration`, best with a key management service, name it with
    /// `--encryption-provider-config`, and rewrite the Secrets that are already stored.
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
    ///     - --authorization-mode=Node,RBAC
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///   - {name: profiling, value: "false"}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:
    ///     - kube-apiserver
    ///     - --encryption-provider-config=/etc/kubernetes/encryption.yaml
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///     encryption-provider-config: /etc/kubernetes/encryption.yaml
    /// ```
    pub static ENCRYPTION_AT_REST_MISSING = {
        title: "Secrets are stored in clear text",
        severity: Severity::Medium,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.27")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(component: ComponentScope<'_>, out: &mut Sink<'_>) {
    must_be_given(component, "encryption-provider-config", "stores Secrets in clear text", out);
}
