use watertight_engine::prelude::*;

use crate::components::{Wrong, read};

control! {
    /// These settings are not isolated between pods, or can harm the node: a pod on it may make others
    /// unstable, or take what it was not given.
    ///
    /// ## Remedy
    /// Remove what no workload needs from `allowedUnsafeSysctls`, and keep the rest to nodes of its own
    /// with a taint.
    ///
    /// ```yaml,fail
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// allowedUnsafeSysctls: ["kernel.msg*", net.core.somaxconn]
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// allowedUnsafeSysctls: []
    /// ```
    pub static UNSAFE_SYSCTLS_ALLOWED = {
        title: "kubelet lets pods set unsafe kernel settings",
        severity: Severity::Medium,
        layer: Layer::Node,
        maps: &[Mapping::Nsa("pod-security")],
        reads: &[],
        check: Check::Component(&[Component::Kubelet], check),
    }
}

fn check(kubelet: ComponentScope<'_>, out: &mut Sink<'_>) {
    let flag = "allowed-unsafe-sysctls";
    let Some(allowed) = read(kubelet, flag, out).filter(|allowed| !allowed.is_empty()) else { return };
    let fix = kubelet.configured().remove(flag, Fix::review());
    Wrong { setting: &allowed, does: "lets pods set kernel settings that are not isolated", fix }.say(flag, out);
}
