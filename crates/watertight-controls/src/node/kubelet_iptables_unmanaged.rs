use watertight_engine::prelude::*;

use crate::components::Switch;

control! {
    /// The rules that keep packets from going where they should not, such as those that come from outside
    /// for a loopback address, are then somebody else's to keep.
    ///
    /// ## Remedy
    /// Set `makeIPTablesUtilChains: true`.
    ///
    /// ```yaml,fail
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// makeIPTablesUtilChains: false
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// makeIPTablesUtilChains: true
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: InitConfiguration
    /// nodeRegistration:
    ///   kubeletExtraArgs:
    ///   - {name: make-iptables-util-chains, value: "false"}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: InitConfiguration
    /// nodeRegistration:
    ///   kubeletExtraArgs:
    ///   - {name: make-iptables-util-chains, value: "true"}
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// makeIPTablesUtilChains: true
    /// ---
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// clusterDomain: cluster.local
    /// ```
    pub static KUBELET_IPTABLES_UNMANAGED = {
        title: "kubelet does not keep its firewall rules",
        severity: Severity::Low,
        layer: Layer::Node,
        maps: &[Mapping::Cis("4.2.6")],
        reads: &[],
        check: Check::Component(&[Component::Kubelet], check),
    }
}

fn check(component: ComponentScope<'_>, out: &mut Sink<'_>) {
    // Windows has no such thing.
    if component.configured().on_windows() {
        return out.not_applicable();
    }
    let does = "does not keep its rules of iptables";
    Switch { flag: "make-iptables-util-chains", safe: true, does, fix: Fix::review() }.judge(component, out);
}
