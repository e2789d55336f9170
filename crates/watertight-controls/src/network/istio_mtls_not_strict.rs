use watertight_engine::prelude::*;
use watertight_facts::network::{CONFIG_MAP, Membership, Mtls, PEER_AUTHENTICATION};

const NAMESPACE: GroupKind = GroupKind::core("Namespace");

control! {
    /// The workload also answers who comes without a certificate of the mesh: an intruder in any pod talks to it
    /// in plain text, and no rule about identities stops him.
    ///
    /// Judged are workloads in Istio's mesh (a sidecar is injected, or the namespace is ambient). What holds is the
    /// policy of the workload, else of its namespace, else of the mesh's root namespace; the oldest of one scope;
    /// unset is what the wider scope says, and without any policy it is PERMISSIVE. Where no PeerAuthentication is
    /// in view at all it may be elsewhere, which is graded lower.
    ///
    /// ## Remedy
    /// Set STRICT for the mesh, with a PeerAuthentication `default` in the root namespace, once `istioctl` or
    /// the metrics show that nobody comes in plain text.
    ///
    /// ```yaml,fail
    /// # The port's own mode opens what the namespace closes.
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop, labels: {istio-injection: enabled}}
    /// ---
    /// apiVersion: security.istio.io/v1
    /// kind: PeerAuthentication
    /// metadata: {name: default, namespace: shop}
    /// spec: {mtls: {mode: STRICT}}
    /// ---
    /// apiVersion: security.istio.io/v1
    /// kind: PeerAuthentication
    /// metadata: {name: web, namespace: shop}
    /// spec: {selector: {matchLabels: {app: web}}, portLevelMtls: {8080: {mode: PERMISSIVE}}}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop, labels: {istio-injection: enabled}}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec: {containers: [{name: web, image: web}]}
    /// ```
    /// ```yaml,fail
    /// # Of two policies of one scope the oldest counts.
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop, labels: {istio-injection: enabled}}
    /// ---
    /// apiVersion: security.istio.io/v1
    /// kind: PeerAuthentication
    /// metadata: {name: a, namespace: shop, creationTimestamp: "2026-02-01T00:00:00Z"}
    /// spec: {mtls: {mode: STRICT}}
    /// ---
    /// apiVersion: security.istio.io/v1
    /// kind: PeerAuthentication
    /// metadata: {name: b, namespace: shop, creationTimestamp: "2026-01-01T00:00:00Z"}
    /// spec: {mtls: {mode: PERMISSIVE}}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: web, image: web}]}
    /// ```
    /// ```yaml,fail
    /// # The mesh has another root namespace than `istio-system`.
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop, labels: {istio-injection: enabled}}
    /// ---
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: istio, namespace: istio-system}
    /// data: {mesh: "rootNamespace: mesh-root"}
    /// ---
    /// apiVersion: security.istio.io/v1
    /// kind: PeerAuthentication
    /// metadata: {name: default, namespace: istio-system}
    /// spec: {mtls: {mode: STRICT}}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: web, image: web}]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop, labels: {istio-injection: enabled}}
    /// ---
    /// apiVersion: security.istio.io/v1
    /// kind: PeerAuthentication
    /// metadata: {name: a, namespace: shop, creationTimestamp: "2026-02-01T00:00:00Z"}
    /// spec: {mtls: {mode: PERMISSIVE}}
    /// ---
    /// apiVersion: security.istio.io/v1
    /// kind: PeerAuthentication
    /// metadata: {name: b, namespace: shop, creationTimestamp: "2026-01-01T00:00:00Z"}
    /// spec: {mtls: {mode: STRICT}}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: web, image: web}]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop, labels: {istio-injection: enabled}}
    /// ---
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: istio, namespace: istio-system}
    /// data: {mesh: "rootNamespace: mesh-root"}
    /// ---
    /// apiVersion: security.istio.io/v1
    /// kind: PeerAuthentication
    /// metadata: {name: default, namespace: mesh-root}
    /// spec: {mtls: {mode: STRICT}}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: web, image: web}]}
    /// ```
    /// ```yaml,pass
    /// # UNSET in the namespace inherits from the mesh; a policy with a selector in the root namespace is for
    /// # nobody; and a pod that opts out is not in the mesh.
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop, labels: {istio-injection: enabled}}
    /// ---
    /// apiVersion: security.istio.io/v1
    /// kind: PeerAuthentication
    /// metadata: {name: default, namespace: istio-system}
    /// spec: {mtls: {mode: STRICT}}
    /// ---
    /// apiVersion: security.istio.io/v1
    /// kind: PeerAuthentication
    /// metadata: {name: web, namespace: istio-system}
    /// spec: {selector: {matchLabels: {app: web}}, mtls: {mode: DISABLE}}
    /// ---
    /// apiVersion: security.istio.io/v1
    /// kind: PeerAuthentication
    /// metadata: {name: default, namespace: shop}
    /// spec: {mtls: {mode: UNSET}}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: web, image: web}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: out, namespace: shop, labels: {sidecar.istio.io/inject: "false"}}
    /// spec: {containers: [{name: web, image: web}]}
    /// ```
    pub static ISTIO_MTLS_NOT_STRICT = {
        title: "workload of the mesh takes plain text",
        severity: Severity::Medium,
        layer: Layer::Network,
        maps: &[Mapping::Attack("T1557")],
        reads: &[NAMESPACE, PEER_AUTHENTICATION, CONFIG_MAP],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let view = workload.view();
    match workload.istio() {
        Membership::Sidecar | Membership::Ambient => {}
        Membership::Unknown if view.has_istio() => return out.not_in_view(NAMESPACE),
        Membership::Unknown | Membership::Outside(_) => return out.not_applicable(),
    }
    let resolved = workload.peer_authentication();
    let declared: Vec<i64> = view
        .pod_network(workload.id())
        .map(|pod| pod.ports.iter().map(|port| port.number).collect())
        .unwrap_or_default();
    let by = match resolved.by {
        Some(id) => format!("{} says so", view.snapshot().object(id).identity()),
        None if view.sees(PEER_AUTHENTICATION) => "the default, since no PeerAuthentication is for it".to_owned(),
        None => "the default, since no PeerAuthentication is in view".to_owned(),
    };
    let path = workload.metadata_path().key("labels");
    // Every port that is declared may be named by a policy; what is not declared may be listened on as well.
    let all_named = !declared.is_empty() && declared.iter().all(|port| resolved.ports.contains_key(port));
    if resolved.mode != Mtls::Strict && !all_named {
        let finding = out.fail(path.clone(), format!("takes plain text: {} ({by})", resolved.mode.name()));
        if resolved.by.is_none() && !view.sees(PEER_AUTHENTICATION) {
            finding.severity(Severity::Low);
        } else if resolved.mode == Mtls::Disable {
            finding.severity(Severity::High);
        }
    }
    for (port, mode) in &resolved.ports {
        let told = *mode == resolved.mode && !all_named;
        if *mode != Mtls::Strict && !told {
            let message = format!("takes plain text on port {port}: {}", mode.name());
            let severity = if *mode == Mtls::Disable { Severity::High } else { Severity::Medium };
            out.fail(path.clone(), message).severity(severity).discriminator(port.to_string());
        }
    }
}
