use watertight_engine::prelude::*;

use crate::components::Switch;

control! {
    /// The kubelet lists its pods, shows their logs and runs commands in them. With anonymous requests on,
    /// who may do that is down to what `system:anonymous` was granted, and to everybody when the kubelet
    /// allows everything.
    ///
    /// Without a configuration file the flag's default holds, which is on; with a file the field's, which
    /// is off.
    ///
    /// ## Remedy
    /// Set `authentication.anonymous.enabled: false`.
    ///
    /// ```yaml,fail
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// authentication:
    ///   anonymous:
    ///     enabled: true
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// authentication:
    ///   anonymous:
    ///     enabled: false
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: InitConfiguration
    /// nodeRegistration:
    ///   kubeletExtraArgs:
    ///   - {name: anonymous-auth, value: "true"}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: InitConfiguration
    /// nodeRegistration:
    ///   kubeletExtraArgs:
    ///   - {name: anonymous-auth, value: "false"}
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// authentication:
    ///   anonymous:
    ///     enabled: false
    /// ---
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// clusterDomain: cluster.local  # off by default in the file
    /// ```
    pub static KUBELET_ANONYMOUS_REQUESTS = {
        title: "kubelet answers anonymous requests",
        severity: Severity::High,
        layer: Layer::Node,
        maps: &[Mapping::Cis("4.2.1"), Mapping::Nsa("authentication"), Mapping::Attack("T1190")],
        reads: &[],
        check: Check::Component(&[Component::Kubelet], check),
    }
}

fn check(component: ComponentScope<'_>, out: &mut Sink<'_>) {
    let does = "answers anonymous requests";
    Switch { flag: "anonymous-auth", safe: false, does, fix: Fix::review() }.judge(component, out);
}
