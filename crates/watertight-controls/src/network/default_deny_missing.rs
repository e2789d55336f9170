use serde_json::json;
use watertight_engine::prelude::*;
use watertight_facts::network::{Direction, Isolates, Pods};

use super::{ISOLATING, some_of};

control! {
    /// Without a default that denies, every pod of the cluster reaches every pod of the namespace, and its
    /// pods reach everything: one intruder in one pod has the whole network in front of him.
    ///
    /// A namespace denies by default where a policy that selects all its pods governs the direction. Where
    /// policies select every workload in view but not every pod, a workload that comes later is open, which
    /// is graded lower. Policies of Cilium and Calico count where they can be read; where they cannot, or
    /// cluster-wide policies refuse something, the namespace is not judged.
    ///
    /// ## Remedy
    /// Add a policy that selects all pods and lets nothing through, then policies for what is needed. The fix
    /// adds both directions and lets DNS through; name the flows that your workloads need before you apply it.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: default-deny, namespace: shop}
    /// spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: allow-dns, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Egress]
    ///   egress:
    ///   - to:
    ///     - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}
    ///       podSelector: {matchLabels: {k8s-app: kube-dns}}
    ///     ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]
    /// ```
    /// ```yaml,fail
    /// # Egress stays open, and so does the second pod.
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec: {podSelector: {matchLabels: {app: web}}}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: web, image: web}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db, namespace: shop}
    /// spec: {containers: [{name: db, image: db}]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: in, namespace: shop}
    /// spec: {podSelector: {}, ingress: [{from: [{podSelector: {}}]}]}
    /// ---
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata: {name: out, namespace: shop}
    /// spec: {endpointSelector: {}, egress: [{}]}
    /// ```
    pub static DEFAULT_DENY_MISSING = {
        title: "namespace does not deny connections by default",
        severity: Severity::Medium,
        layer: Layer::Network,
        maps: &[Mapping::Cis("5.3.2"), Mapping::Nsa("network-separation"), Mapping::Attack("T1046")],
        reads: ISOLATING,
        check: Check::Namespace(check),
    }
}

/// How far a direction is open.
enum Open {
    No,
    /// Some selector cannot be read.
    Maybe,
    /// These workloads, none of which may be in view.
    For(Vec<String>),
}

fn check(namespace: NamespaceScope<'_>, out: &mut Sink<'_>) {
    if namespace.settings().is_platform_labelled(namespace.name(), &namespace.facts().labels) {
        return out.not_applicable();
    }
    let (mut open, mut judged) = (Vec::new(), true);
    for direction in Direction::BOTH {
        match judge(namespace, direction) {
            Open::No => {}
            Open::Maybe => judged = false,
            Open::For(workloads) => open.push((direction, workloads)),
        }
    }
    if open.is_empty() && !judged {
        return out.unknown(super::pod_not_isolated::UNREAD);
    }
    let directions: Vec<&str> = open.iter().map(|(direction, _)| direction.name()).collect();
    let Some((_, workloads)) = open.iter().max_by_key(|(_, workloads)| workloads.len()) else { return };
    let what = match directions[..] {
        ["Ingress"] => "connections to its pods",
        ["Egress"] => "connections from its pods",
        _ => "connections to and from its pods",
    };
    let mut message = format!("no policy denies {what} by default");
    if !namespace.view().has_policies(&namespace.namespace()) {
        message.push_str(": there is none at all");
    }
    if !workloads.is_empty() {
        message.push_str(&format!("; nothing restricts {}", some_of(workloads)));
    }
    let finding = out.fail(Path::root(), message).fix(default_deny(namespace, &directions));
    if workloads.is_empty() {
        finding.severity(Severity::Low);
    }
}

fn judge(namespace: NamespaceScope<'_>, direction: Direction) -> Open {
    let (view, here) = (namespace.view(), namespace.namespace());
    let governing: Vec<_> =
        view.network_policies(&here).filter(|(_, policy)| policy.rules(direction).is_some()).collect();
    if governing.iter().any(|(_, policy)| policy.selector.is_everything()) {
        return Open::No;
    }
    let isolates = |labels| {
        view.isolated_by_flavour(direction, &here, Pods { namespace: Some(namespace.name()), labels })
    };
    match isolates(None) {
        Isolates::Yes => return Open::No,
        Isolates::Maybe => return Open::Maybe,
        Isolates::No => {}
    }
    let mut workloads = Vec::new();
    for &id in view.workloads_in(&here) {
        let labels = view.workload_labels(id);
        let selected = governing.iter().any(|(_, policy)| policy.selector.may_select_pods(labels))
            || view.pod_network(id).is_some_and(|pod| pod.host_network);
        if !selected && isolates(Some(labels)) == Isolates::No {
            let identity = view.snapshot().object(id).identity();
            workloads.push(format!("{} {}", identity.kind, identity.name));
        }
    }
    workloads.sort();
    Open::For(workloads)
}

fn default_deny(namespace: NamespaceScope<'_>, directions: &[&str]) -> Fix {
    let taken: Vec<&str> = namespace
        .view()
        .network_policies(&namespace.namespace())
        .map(|(id, _)| &*namespace.view().snapshot().object(id).identity().name)
        .collect();
    let policy = |name: &str, spec| {
        // A policy of this name does something else.
        let mut name = name.to_owned();
        while taken.contains(&name.as_str()) {
            name.push_str("-all");
        }
        json!({
            "apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy",
            "metadata": {"name": name, "namespace": namespace.name()}, "spec": spec,
        })
    };
    let deny = policy("default-deny", json!({"podSelector": {}, "policyTypes": directions}));
    let fix = Fix::review().create(deny);
    if !directions.contains(&"Egress") {
        return fix;
    }
    fix.create(policy(
        "allow-dns",
        json!({
            "podSelector": {},
            "policyTypes": ["Egress"],
            "egress": [{
                "to": [{
                    "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
                    "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
                }],
                "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
            }],
        }),
    ))
}
