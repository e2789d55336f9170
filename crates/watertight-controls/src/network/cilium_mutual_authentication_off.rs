use watertight_engine::prelude::*;

use super::cilium_setting;

control! {
    /// Policies know pods by their addresses and labels alone: nothing proves that the other side is who it seems
    /// to be when a node is taken over.
    ///
    /// Judged is the configuration of Cilium, the ConfigMap `cilium-config`. Information only: a mesh beside Cilium
    /// may do it.
    ///
    /// ## Remedy
    /// Turn on mutual authentication with SPIRE (`authentication.mutual.spire.enabled=true` in the chart), and ask
    /// for it in policies (`authentication.mode: required`).
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: cilium-config, namespace: kube-system}
    /// data: {mesh-auth-enabled: "true"}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: cilium-config, namespace: kube-system}
    /// data: {mesh-auth-enabled: "true", mesh-auth-mutual-enabled: "true"}
    /// ```
    pub static CILIUM_MUTUAL_AUTHENTICATION_OFF = {
        title: "Cilium does not prove who talks",
        severity: Severity::Info,
        layer: Layer::Network,
        maps: &[],
        reads: &[],
        check: Check::Kinds(&[GroupKind::core("ConfigMap")], check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(setting) = cilium_setting(object, out) else { return };
    let is = |key| setting(key).as_deref() == Some("true");
    // The chart writes the second for SPIRE (install/kubernetes/cilium/templates/cilium-configmap.yaml).
    if !(is("mesh-auth-enabled") && is("mesh-auth-mutual-enabled")) {
        let path = Path::root().key("data").key("mesh-auth-mutual-enabled");
        out.fail(path, "pods do not authenticate each other");
    }
}
