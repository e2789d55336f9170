use watertight_engine::prelude::*;

use crate::components::{Wrong, add_item, missing_plugin};

control! {
    /// Whoever may write a Service can name an address in `externalIPs` and receives what pods send there
    /// (CVE-2020-8554).
    ///
    /// The plugin `DenyServiceExternalIPs` refuses new ones. A policy engine may do the same with
    /// exceptions; it is not looked for here.
    ///
    /// ## Remedy
    /// Add `DenyServiceExternalIPs` to `--enable-admission-plugins`, once no Service needs the field.
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
    ///     - --enable-admission-plugins=NodeRestriction
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
    ///     - --enable-admission-plugins=NodeRestriction,DenyServiceExternalIPs
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
    ///     - --enable-admission-plugins=DenyServiceExternalIPs
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///     enable-admission-plugins: "NodeRestriction,DenyServiceExternalIPs"
    /// ```
    pub static EXTERNAL_IPS_ADMITTED = {
        title: "Services may take any address",
        severity: Severity::Low,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.3"), Mapping::Attack("T1557")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(server: ComponentScope<'_>, out: &mut Sink<'_>) {
    let Some(plugins) = missing_plugin(server, "DenyServiceExternalIPs", out) else { return };
    let fix = add_item(server, &plugins, "DenyServiceExternalIPs", Fix::review());
    Wrong { setting: &plugins, does: "admits `externalIPs` of Services", fix }.say("DenyServiceExternalIPs", out);
}
