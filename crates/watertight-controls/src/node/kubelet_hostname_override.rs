use watertight_engine::prelude::*;

use crate::components::{Wrong, read};

control! {
    /// Certificates, logs and the node authorizer go by the name of the node. A name that is not the
    /// machine's makes it harder to tell what belongs together.
    ///
    /// Some clouds need it.
    ///
    /// ## Remedy
    /// Remove `--hostname-override` where the name of the machine will do.
    ///
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: JoinConfiguration
    /// nodeRegistration:
    ///   kubeletExtraArgs:
    ///   - {name: hostname-override, value: node-7}
    ///   - {name: node-ip, value: 10.0.0.7}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: JoinConfiguration
    /// nodeRegistration:
    ///   kubeletExtraArgs:
    ///   - {name: node-ip, value: 10.0.0.7}
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: JoinConfiguration
    /// nodeRegistration:
    ///   kubeletExtraArgs:
    ///   - {name: node-ip, value: 10.0.0.7}
    /// ```
    pub static KUBELET_HOSTNAME_OVERRIDE = {
        title: "kubelet goes by another name",
        severity: Severity::Info,
        layer: Layer::Node,
        maps: &[Mapping::Cis("4.2.7")],
        reads: &[],
        check: Check::Component(&[Component::Kubelet], check),
    }
}

fn check(kubelet: ComponentScope<'_>, out: &mut Sink<'_>) {
    let flag = "hostname-override";
    let Some(name) = read(kubelet, flag, out).filter(|name| !name.is_empty()) else { return };
    let fix = kubelet.configured().remove(flag, Fix::review());
    Wrong { setting: &name, does: "goes by a name that is not the machine's", fix }.say(flag, out);
}
