use watertight_engine::prelude::*;

use crate::components::{Wrong, read};

control! {
    /// Streams of exec, attach and port-forward are to stay open for as long as the client likes: a forgotten one
    /// is a way in, and many of them exhaust the node. A kubelet since 1.24 leaves them to the container runtime,
    /// whose own limit then has to be looked at; what is asked for here is the same.
    ///
    /// In a configuration file 0 is taken for unset, which is four hours.
    ///
    /// ## Remedy
    /// Remove `--streaming-connection-idle-timeout=0`.
    ///
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: InitConfiguration
    /// nodeRegistration:
    ///   kubeletExtraArgs:
    ///   - {name: streaming-connection-idle-timeout, value: "0"}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: InitConfiguration
    /// nodeRegistration:
    ///   kubeletExtraArgs:
    ///   - {name: streaming-connection-idle-timeout, value: 4h0m0s}
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// streamingConnectionIdleTimeout: 0s
    /// ---
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// streamingConnectionIdleTimeout: 5m
    /// ```
    pub static KUBELET_STREAMS_NEVER_END = {
        title: "idle connections to the kubelet never end",
        severity: Severity::Low,
        layer: Layer::Node,
        maps: &[Mapping::Cis("4.2.5"), Mapping::Attack("T1499")],
        reads: &[],
        check: Check::Component(&[Component::Kubelet], check),
    }
}

fn check(kubelet: ComponentScope<'_>, out: &mut Sink<'_>) {
    let flag = "streaming-connection-idle-timeout";
    let Some(timeout) = read(kubelet, flag, out).filter(|timeout| timeout.seconds() <= 0) else { return };
    let fix = kubelet.configured().set(flag, "4h0m0s", Fix::safe());
    Wrong { setting: &timeout, does: "is told never to end an idle stream", fix }.say(flag, out);
}
