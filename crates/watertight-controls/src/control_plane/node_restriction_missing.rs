use watertight_engine::prelude::*;

use crate::components::{Wrong, add_item, missing_plugin};

control! {
    /// Without the admission plugin `NodeRestriction` a kubelet may label and change other nodes and pods:
    /// one lost node draws the workloads that it wants to itself, with their Secrets.
    ///
    /// The plugin is off by default; kubeadm turns it on, unless the list is given without it.
    ///
    /// ## Remedy
    /// Add `NodeRestriction` to `--enable-admission-plugins`.
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
    ///     - --enable-admission-plugins=PodNodeSelector
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
    ///     - --enable-admission-plugins=PodNodeSelector,NodeRestriction
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///   - {name: enable-admission-plugins, value: AlwaysPullImages}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///   - {name: enable-admission-plugins, value: "AlwaysPullImages,NodeRestriction"}
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
    ///     - --enable-admission-plugins=NodeRestriction
    /// ---
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///     profiling: "false"
    /// ```
    pub static NODE_RESTRICTION_MISSING = {
        title: "nodes may change what is not theirs",
        severity: Severity::High,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.14"), Mapping::Attack("T1078")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(server: ComponentScope<'_>, out: &mut Sink<'_>) {
    let Some(plugins) = missing_plugin(server, "NodeRestriction", out) else { return };
    let fix = add_item(server, &plugins, "NodeRestriction", Fix::review());
    Wrong { setting: &plugins, does: "lets nodes change what is not theirs", fix }.say("NodeRestriction", out);
}
