use watertight_engine::prelude::*;

use crate::components::Switch;

control! {
    /// A kubelet that finds kernel settings other than it needs changes them without a word, so that
    /// hardened values are lost when it starts.
    ///
    /// ## Remedy
    /// Set the kernel as the kubelet needs it, then `protectKernelDefaults: true`.
    ///
    /// ```yaml,fail
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// protectKernelDefaults: false
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// protectKernelDefaults: true
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: InitConfiguration
    /// nodeRegistration:
    ///   kubeletExtraArgs:
    ///   - {name: protect-kernel-defaults, value: "false"}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: InitConfiguration
    /// nodeRegistration:
    ///   kubeletExtraArgs:
    ///   - {name: protect-kernel-defaults, value: "true"}
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// protectKernelDefaults: true
    /// ```
    pub static KERNEL_DEFAULTS_UNPROTECTED = {
        title: "kubelet changes kernel settings to fit",
        severity: Severity::Low,
        layer: Layer::Node,
        maps: &[Mapping::Nsa("pod-security")],
        reads: &[],
        check: Check::Component(&[Component::Kubelet], check),
    }
}

fn check(component: ComponentScope<'_>, out: &mut Sink<'_>) {
    // Windows has no such thing.
    if component.configured().on_windows() {
        return out.not_applicable();
    }
    let does = "changes kernel settings instead of refusing to start";
    Switch { flag: "protect-kernel-defaults", safe: true, does, fix: Fix::review() }.judge(component, out);
}
