use watertight_engine::prelude::*;

use super::cilium_setting;

control! {
    /// Traffic between nodes goes in clear text: whoever is on the network below the cluster reads the passwords
    /// and data of every pod that does not encrypt by itself.
    ///
    /// Judged is the configuration of Cilium, the ConfigMap `cilium-config`.
    ///
    /// ## Remedy
    /// Turn on WireGuard (`encryption.enabled=true`, `encryption.type=wireguard` in the chart), or IPsec.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: cilium-config, namespace: kube-system}
    /// data: {enable-wireguard: "false", enable-ipv4: "true"}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: cilium-config, namespace: kube-system}
    /// data: {enable-wireguard: "true"}
    /// ```
    pub static CILIUM_ENCRYPTION_OFF = {
        title: "Cilium does not encrypt traffic between nodes",
        severity: Severity::Medium,
        layer: Layer::Network,
        maps: &[Mapping::Attack("T1040")],
        reads: &[],
        check: Check::Kinds(&[GroupKind::core("ConfigMap")], check),
    }
}

/// The switches of Cilium's agent, each of which encrypts (`pkg/option/config.go`).
const SWITCHES: &[&str] = &["enable-wireguard", "enable-ipsec", "enable-ztunnel"];

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(setting) = cilium_setting(object, out) else { return };
    if SWITCHES.iter().all(|switch| setting(switch).as_deref() != Some("true")) {
        let path = Path::root().key("data").key(SWITCHES[0]);
        out.fail(path, "neither WireGuard nor IPsec nor ztunnel encrypts traffic between nodes");
    }
}
