use watertight_engine::prelude::*;
use watertight_syntax::Value;

const DESTINATION_RULE: GroupKind = GroupKind { group: "networking.istio.io", kind: "DestinationRule" };

control! {
    /// Clients of the mesh call the host in plain text, whatever it would take: what they say can be read and
    /// changed on the way, and the other side does not know who they are.
    ///
    /// ## Remedy
    /// Remove the block, so that the mesh uses mutual TLS where the other side can, or set `ISTIO_MUTUAL`. For a
    /// host outside of the mesh set `SIMPLE`.
    ///
    /// ```yaml,fail
    /// apiVersion: networking.istio.io/v1
    /// kind: DestinationRule
    /// metadata: {name: db, namespace: shop}
    /// spec:
    ///   host: db.shop.svc.cluster.local
    ///   trafficPolicy:
    ///     portLevelSettings: [{port: {number: 5432}, tls: {mode: DISABLE}}]
    /// ```
    /// ```yaml,fixed
    /// apiVersion: networking.istio.io/v1
    /// kind: DestinationRule
    /// metadata: {name: db, namespace: shop}
    /// spec:
    ///   host: db.shop.svc.cluster.local
    ///   trafficPolicy:
    ///     portLevelSettings: [{port: {number: 5432}}]
    /// ```
    /// ```yaml,pass
    /// apiVersion: networking.istio.io/v1
    /// kind: DestinationRule
    /// metadata: {name: db, namespace: shop}
    /// spec:
    ///   host: db.shop.svc.cluster.local
    ///   trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}
    /// ```
    pub static ISTIO_CLIENT_TLS_DISABLED = {
        title: "clients of the mesh are told to use plain text",
        severity: Severity::Medium,
        layer: Layer::Network,
        maps: &[Mapping::Attack("T1557")],
        reads: &[],
        check: Check::Kinds(&[DESTINATION_RULE], check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Ok(body) = object.object().body() else { return };
    let spec = Path::root().key("spec");
    let mut policies = vec![spec.key("trafficPolicy")];
    let count = |path: &Path| body.root().at(path).map_or(0, |list| list.items().len());
    let subsets = spec.key("subsets");
    policies.extend((0..count(&subsets)).map(|index| subsets.index(index).key("trafficPolicy")));
    for policy in policies {
        let ports = policy.key("portLevelSettings");
        let single = (0..count(&ports)).map(|index| ports.index(index));
        for at in std::iter::once(policy.clone()).chain(single) {
            let path = at.at("tls.mode");
            if body.root().at(&path).and_then(Value::as_str) == Some("DISABLE") {
                // Without the block the mesh uses mutual TLS where the other side can; without the mode alone it
                // would still be DISABLE, the first of the enumeration (`networking/v1/destination_rule.proto`).
                let fix = Fix::review().remove(at.key("tls"));
                out.fail(path, "clients call the host in plain text").fix(fix);
            }
        }
    }
}
