use watertight_engine::prelude::*;

use crate::components::{Wrong, read};

control! {
    /// Whoever is let in by the kubelet runs commands in every pod of the node and reads their environment:
    /// with anonymous requests that is everybody on the network, without them still everybody with any
    /// certificate that the cluster signed.
    ///
    /// ## Remedy
    /// Set `authorization.mode: Webhook`, so that the API server is asked.
    ///
    /// ```yaml,fail
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// authorization: {mode: AlwaysAllow}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// authorization: {mode: Webhook}
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: JoinConfiguration
    /// nodeRegistration:
    ///   kubeletExtraArgs: {authorization-mode: AlwaysAllow}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: JoinConfiguration
    /// nodeRegistration:
    ///   kubeletExtraArgs: {authorization-mode: Webhook}
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
    ///     - --authorization-mode=Webhook
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// clusterDomain: cluster.local  # Webhook by default in the file
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kubelet, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kubelet
    ///     image: example.com/kubelet:v1.36.0
    ///     command:  # the file decides
    ///     - kubelet
    ///     - --config=/var/lib/kubelet/config.yaml
    /// ```
    pub static KUBELET_ALLOWS_EVERYTHING = {
        title: "kubelet allows everything",
        severity: Severity::Critical,
        layer: Layer::Node,
        maps: &[Mapping::Cis("4.2.2"), Mapping::Nsa("authentication"), Mapping::Attack("T1609")],
        reads: &[],
        check: Check::Component(&[Component::Kubelet], check),
    }
}

fn check(kubelet: ComponentScope<'_>, out: &mut Sink<'_>) {
    let flag = "authorization-mode";
    let Some(mode) = read(kubelet, flag, out).filter(|mode| mode.text() == "AlwaysAllow") else { return };
    let fix = kubelet.configured().set(flag, "Webhook", Fix::review());
    Wrong { setting: &mode, does: "allows whoever it lets in everything", fix }.say(flag, out);
}
