use watertight_engine::prelude::*;

use crate::components::{Wrong, read};

control! {
    /// The port shows every pod of the node with its whole specification, environment included, to whoever
    /// reaches it: no authentication, no TLS.
    ///
    /// Without a configuration file the flag's default holds, 10255; with a file the port is closed.
    ///
    /// ## Remedy
    /// Set `readOnlyPort: 0`.
    ///
    /// ```yaml,fail
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// readOnlyPort: 10255
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// readOnlyPort: 0
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: JoinConfiguration
    /// nodeRegistration:
    ///   kubeletExtraArgs:
    ///   - {name: read-only-port, value: "10255"}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: JoinConfiguration
    /// nodeRegistration:
    ///   kubeletExtraArgs:
    ///   - {name: read-only-port, value: "0"}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kubelet, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kubelet
    ///     image: example.com/kubelet:v1.36.0
    ///     command:  # without a file
    ///     - kubelet
    ///     - --kubeconfig=/etc/kubernetes/kubelet.conf
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kubelet, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kubelet
    ///     image: example.com/kubelet:v1.36.0
    ///     command:
    ///     - kubelet
    ///     - --kubeconfig=/etc/kubernetes/kubelet.conf
    ///     - --read-only-port=0
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// clusterDomain: cluster.local
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kubelet, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kubelet
    ///     image: example.com/kubelet:v1.36.0
    ///     command:
    ///     - kubelet
    ///     - --config=/var/lib/kubelet/config.yaml
    ///     - --read-only-port=0
    /// ```
    pub static KUBELET_READ_ONLY_PORT = {
        title: "kubelet has an open read-only port",
        severity: Severity::High,
        layer: Layer::Node,
        maps: &[Mapping::Cis("4.2.4"), Mapping::Nsa("authentication"), Mapping::Attack("T1613")],
        reads: &[],
        check: Check::Component(&[Component::Kubelet], check),
    }
}

fn check(kubelet: ComponentScope<'_>, out: &mut Sink<'_>) {
    let flag = "read-only-port";
    let Some(port) = read(kubelet, flag, out).filter(|port| port.number() != 0) else { return };
    let fix = kubelet.configured().set(flag, "0", Fix::review());
    Wrong { setting: &port, does: "shows its pods to whoever asks", fix }.say(flag, out);
}
