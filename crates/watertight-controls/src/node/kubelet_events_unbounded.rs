use watertight_engine::prelude::*;

use crate::components::{Wrong, read};

control! {
    /// With 0 nothing bounds how many events the kubelet sends: a pod that fails in a loop keeps the API
    /// server busy, and the events that matter are lost among the others.
    ///
    /// ## Remedy
    /// Leave `eventRecordQPS` at its default.
    ///
    /// ```yaml,fail
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// eventRecordQPS: 0
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// eventRecordQPS: 50
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// eventRecordQPS: 5
    /// ---
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// clusterDomain: cluster.local
    /// ```
    pub static KUBELET_EVENTS_UNBOUNDED = {
        title: "kubelet writes events without bound",
        severity: Severity::Info,
        layer: Layer::Node,
        maps: &[Mapping::Cis("4.2.8"), Mapping::Attack("T1499")],
        reads: &[],
        check: Check::Component(&[Component::Kubelet], check),
    }
}

fn check(kubelet: ComponentScope<'_>, out: &mut Sink<'_>) {
    let flag = "event-qps";
    let Some(rate) = read(kubelet, flag, out).filter(|rate| rate.number() <= 0) else { return };
    let fix = kubelet.configured().set(flag, "50", Fix::safe());
    Wrong { setting: &rate, does: "writes events without bound", fix }.say(flag, out);
}
