use watertight_engine::prelude::*;

use crate::components::{Wrong, add_item, missing_plugin};

control! {
    /// An image that is on a node runs for every pod that names it, also for one that has no right to pull
    /// it. Where tenants share nodes and registries are private, the plugin `AlwaysPullImages` makes each
    /// pod prove its right.
    ///
    /// It makes every start depend on the registry, and kubelets can verify the right themselves since 1.35
    /// (`imagePullCredentialsVerificationPolicy`).
    ///
    /// ## Remedy
    /// Add `AlwaysPullImages` to `--enable-admission-plugins` where nodes are shared by tenants.
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
    ///     - --enable-admission-plugins=NodeRestriction,AlwaysPullImages
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
    ///     - --enable-admission-plugins=AlwaysPullImages
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///     enable-admission-plugins: "NodeRestriction,AlwaysPullImages"
    /// ```
    pub static IMAGES_SHARED_ON_NODES = {
        title: "pods may use images that others pulled",
        severity: Severity::Info,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.11")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(server: ComponentScope<'_>, out: &mut Sink<'_>) {
    let Some(plugins) = missing_plugin(server, "AlwaysPullImages", out) else { return };
    let fix = add_item(server, &plugins, "AlwaysPullImages", Fix::review());
    Wrong { setting: &plugins, does: "lets pods run images that others pulled", fix }.say("AlwaysPullImages", out);
}
