use watertight_engine::prelude::*;

use crate::components::Switch;

control! {
    /// A pod that names no seccomp profile may call everything in the kernel. `seccompDefault` gives such
    /// pods the profile of the container runtime, which stops most of what containers escape with.
    ///
    /// ## Remedy
    /// Set `seccompDefault: true`, node by node.
    ///
    /// ```yaml,fail
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// seccompDefault: false
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// seccompDefault: true
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: InitConfiguration
    /// nodeRegistration:
    ///   kubeletExtraArgs:
    ///   - {name: seccomp-default, value: "false"}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: InitConfiguration
    /// nodeRegistration:
    ///   kubeletExtraArgs:
    ///   - {name: seccomp-default, value: "true"}
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// seccompDefault: true
    /// ```
    pub static SECCOMP_DEFAULT_OFF = {
        title: "pods run without seccomp unless they ask for it",
        severity: Severity::Medium,
        layer: Layer::Node,
        maps: &[Mapping::Cis("4.2.14"), Mapping::Nsa("pod-security")],
        reads: &[],
        check: Check::Component(&[Component::Kubelet], check),
    }
}

fn check(component: ComponentScope<'_>, out: &mut Sink<'_>) {
    // Windows has no such thing.
    if component.configured().on_windows() {
        return out.not_applicable();
    }
    let does = "runs pods without a seccomp profile that name none";
    Switch { flag: "seccomp-default", safe: true, does, fix: Fix::review() }.judge(component, out);
}
