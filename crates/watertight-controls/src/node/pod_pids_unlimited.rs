use watertight_engine::prelude::*;

use crate::components::{Wrong, read};

control! {
    /// One pod that forks for ever takes the process numbers of the whole node, and every other pod with
    /// it.
    ///
    /// ## Remedy
    /// Set `podPidsLimit`, to a few thousand for most workloads.
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
    /// podPidsLimit: 4096
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// podPidsLimit: -1
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// podPidsLimit: 4096
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// podPidsLimit: 1024
    /// ```
    pub static POD_PIDS_UNLIMITED = {
        title: "a pod may start as many processes as it likes",
        severity: Severity::Low,
        layer: Layer::Node,
        maps: &[Mapping::Cis("4.2.13"), Mapping::Attack("T1499")],
        reads: &[],
        check: Check::Component(&[Component::Kubelet], check),
    }
}

fn check(kubelet: ComponentScope<'_>, out: &mut Sink<'_>) {
    // Windows has no such thing.
    if kubelet.configured().on_windows() {
        return out.not_applicable();
    }
    let flag = "pod-max-pids";
    let Some(limit) = read(kubelet, flag, out).filter(|limit| limit.number() <= 0) else { return };
    let fix = kubelet.configured().set(flag, "4096", Fix::review());
    Wrong { setting: &limit, does: "lets a pod start as many processes as it likes", fix }.say(flag, out);
}
