use watertight_engine::prelude::*;

use super::cilium_setting;

control! {
    /// Cilium enforces no policy at all: every network policy of the cluster is there for nothing, and every pod
    /// reaches every other.
    ///
    /// Judged is the configuration of Cilium, the ConfigMap `cilium-config`. A mode that only writes down what
    /// policies would refuse is told as well.
    ///
    /// ## Remedy
    /// Set `enable-policy` to `default` or `always`.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: cilium-config, namespace: kube-system}
    /// data: {enable-policy: never}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: cilium-config, namespace: kube-system}
    /// data: {enable-policy: default}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: cilium-config, namespace: kube-system}
    /// data: {enable-policy: default, policy-audit-mode: "false"}
    /// ```
    pub static CILIUM_POLICY_NOT_ENFORCED = {
        title: "Cilium does not enforce policies",
        severity: Severity::High,
        layer: Layer::Network,
        maps: &[Mapping::Cis("5.3.1"), Mapping::Nsa("network-separation")],
        reads: &[],
        check: Check::Kinds(&[GroupKind::core("ConfigMap")], check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(setting) = cilium_setting(object, out) else { return };
    let data = Path::root().key("data");
    if setting("enable-policy").as_deref() == Some("never") {
        let path = data.key("enable-policy");
        out.fail(path.clone(), "policies are not enforced").fix(Fix::review().set(path, "default"));
    }
    if setting("policy-audit-mode").as_deref() == Some("true") {
        let path = data.key("policy-audit-mode");
        let message = "policies are not enforced: what they refuse is only written down";
        out.fail(path.clone(), message).fix(Fix::review().set(path, "false"));
    }
}
