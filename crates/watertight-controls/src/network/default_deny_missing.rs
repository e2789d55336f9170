use serde_json::json;
use watertight_engine::prelude::*;
use watertight_facts::reachability::ISOLATION;
use watertight_netpol::{Direction, Truth};

use super::some_of;

control! {
    /// Without a default that denies, every pod of the cluster reaches every pod of the namespace, and its
    /// pods reach everything: one intruder in one pod has the whole network in front of him.
    ///
    /// A namespace denies by default where a policy that selects all its pods governs the direction, or where rules
    /// of cluster-wide policies refuse them what nobody names: connections with pods, and for egress most addresses.
    /// Where policies select every workload in view but not every pod, a workload that comes later is open, which
    /// is graded lower. Policies of Cilium, Calico and `policy.networking.k8s.io` count as they are enforced, and no
    /// policy counts where the network plugin in view enforces none. Where a policy cannot be read exactly and
    /// decides, the namespace is not judged.
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
    /// ```yaml,pass
    /// # Calico: all pods of the namespaces that are not the platform's.
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop, labels: {team: shop}}
    /// ---
    /// apiVersion: projectcalico.org/v3
    /// kind: GlobalNetworkPolicy
    /// metadata: {name: default-deny}
    /// spec:
    ///   order: 9000
    ///   namespaceSelector: kubernetes.io/metadata.name not in {"kube-system", "calico-system"}
    ///   types: [Ingress, Egress]
    /// ```
    /// ```yaml,fail
    /// # Calico: those of another team.
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop, labels: {team: shop}}
    /// ---
    /// apiVersion: projectcalico.org/v3
    /// kind: GlobalNetworkPolicy
    /// metadata: {name: default-deny}
    /// spec: {namespaceSelector: team == "bank", types: [Ingress, Egress]}
    /// ```
    /// ```yaml,pass
    /// # A tier of the whole cluster: DNS is let through, pods and the internet are not.
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: policy.networking.k8s.io/v1alpha1
    /// kind: BaselineAdminNetworkPolicy
    /// metadata: {name: default}
    /// spec:
    ///   subject: {namespaces: {}}
    ///   ingress:
    ///   - {name: deny, action: Deny, from: [{namespaces: {}}]}
    ///   egress:
    ///   - name: dns
    ///     action: Allow
    ///     to: [{namespaces: {matchLabels: {kubernetes.io/metadata.name: kube-system}}}]
    ///     ports: [{portNumber: {protocol: UDP, port: 53}}]
    ///   - {name: deny, action: Deny, to: [{namespaces: {}}, {networks: [0.0.0.0/0]}]}
    /// ```
    /// ```yaml,fail
    /// # Pods are refused, and the internet stays open to them.
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: policy.networking.k8s.io/v1alpha1
    /// kind: BaselineAdminNetworkPolicy
    /// metadata: {name: default}
    /// spec:
    ///   subject: {namespaces: {}}
    ///   ingress:
    ///   - {name: deny, action: Deny, from: [{namespaces: {}}]}
    ///   egress:
    ///   - {name: deny, action: Deny, to: [{namespaces: {}}]}
    /// ```
    /// ```yaml,fail
    /// # Cilium: only pods of one application are cut off.
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec: {endpointSelector: {matchLabels: {app: web}}, ingress: [{}], egress: [{}]}
    /// ```
    /// ```yaml,fail
    /// # A policy that nobody enforces.
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: default-deny, namespace: shop}
    /// spec: {podSelector: {}, policyTypes: [Ingress, Egress]}
    /// ---
    /// apiVersion: apps/v1
    /// kind: DaemonSet
    /// metadata: {name: kube-flannel-ds, namespace: kube-flannel}
    /// spec:
    ///   selector: {matchLabels: {app: flannel}}
    ///   template:
    ///     metadata: {labels: {app: flannel}}
    ///     spec:
    ///       hostNetwork: true
    ///       containers: [{name: kube-flannel, image: "ghcr.io/flannel-io/flannel:v0.26.1"}]
    /// ```
    pub static DEFAULT_DENY_MISSING = {
        title: "namespace does not deny connections by default",
        severity: Severity::Medium,
        layer: Layer::Network,
        maps: &[Mapping::Cis("5.3.2"), Mapping::Nsa("network-separation"), Mapping::Attack("T1046")],
        reads: &ISOLATION,
        check: Check::Namespace(check),
    }
}

/// How far a direction is open.
enum Open {
    No,
    /// That hangs on what is not known exactly.
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
    let has_policies = namespace.view().has_policies(&namespace.namespace());
    let unenforced = if has_policies { super::unenforced(namespace.view()) } else { None };
    if let Some(plugins) = &unenforced {
        message.push_str(&format!(": {plugins}, the network plugin in view, enforces none"));
    } else if !has_policies {
        message.push_str(": there is none at all");
    }
    if !workloads.is_empty() {
        message.push_str(&format!("; nothing restricts {}", some_of(workloads)));
    }
    let finding = out.fail(Path::root(), message);
    // One more policy that nobody enforces closes nothing.
    match unenforced {
        Some(_) => finding.fix_or_why(Err("a policy closes nothing before somebody enforces it")),
        None => finding.fix(default_deny(namespace, &directions)),
    };
    if workloads.is_empty() {
        finding.severity(Severity::Low);
    }
}

fn judge(namespace: NamespaceScope<'_>, direction: Direction) -> Open {
    let (view, here) = (namespace.view(), namespace.namespace());
    let reach = view.isolation();
    // Without any policy everybody is open.
    let newcomers =
        reach.map_or([Truth::No; 2], |reach| reach.newcomers_are_cut_off(namespace.name(), direction));
    let [anybody, unlabelled] = newcomers;
    if anybody == Truth::Yes {
        return Open::No;
    }
    let (mut workloads, mut doubtful) = (Vec::new(), false);
    for &id in view.workloads_in(&here) {
        if view.pod_network(id).is_some_and(|pod| pod.host_network) {
            continue;
        }
        let cut_off = reach.map_or(Some(Truth::No), |reach| reach.object_is_cut_off(id, direction));
        doubtful |= cut_off == Some(Truth::Maybe);
        if cut_off == Some(Truth::No) {
            let identity = view.snapshot().object(id).identity();
            workloads.push(format!("{} {}", identity.kind, identity.name));
        }
    }
    workloads.sort();
    match unlabelled {
        _ if !workloads.is_empty() => Open::For(workloads),
        Truth::No => Open::For(workloads),
        // Pods with other labels are not cut off.
        Truth::Yes if !doubtful => Open::For(workloads),
        Truth::Yes | Truth::Maybe => Open::Maybe,
    }
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
