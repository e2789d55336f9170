use watertight_engine::prelude::*;
use watertight_facts::network::NETWORK_POLICY;
use watertight_facts::reachability::ISOLATION;
use watertight_netpol::{Direction, Truth};

use super::ISOLATING;

control! {
    /// No policy selects the pods, so everything in the cluster reaches them, and they reach everything.
    ///
    /// Judged where policies are in view. Where the namespace is declared, `default-deny-missing` tells it
    /// once for the namespace instead. Pods in the node's own network are not judged: policies do not see
    /// them. Policies of Cilium, Calico and `policy.networking.k8s.io` count as they are enforced; rules of the last
    /// that refuse whom nobody names cut pods off too. No policy counts where the network plugin in view enforces none.
    ///
    /// ## Remedy
    /// Deny by default in the namespace, and let through what the workload needs.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db, namespace: shop, labels: {app: db}}
    /// spec: {containers: [{name: db, image: db}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Ingress, Egress]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db, namespace: shop, labels: {app: db}}
    /// spec: {containers: [{name: db, image: db}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: in, namespace: shop}
    /// spec: {podSelector: {matchExpressions: [{key: app, operator: NotIn, values: [web]}]}}
    /// ---
    /// apiVersion: cilium.io/v2
    /// kind: CiliumClusterwideNetworkPolicy
    /// metadata: {name: out}
    /// spec:
    ///   endpointSelector: {matchLabels: {k8s:io.kubernetes.pod.namespace: shop}}
    ///   egress: [{toEndpoints: [{}]}]
    /// ```
    /// ```yaml,pass
    /// # Calico's selectors are read.
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db, namespace: shop, labels: {app: db}}
    /// spec: {containers: [{name: db, image: db}]}
    /// ---
    /// apiVersion: projectcalico.org/v3
    /// kind: NetworkPolicy
    /// metadata: {name: db, namespace: shop}
    /// spec: {selector: "has(app) && app in {'db', 'cache'}", types: [Ingress, Egress]}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db, namespace: shop, labels: {app: db}}
    /// spec: {containers: [{name: db, image: db}]}
    /// ---
    /// apiVersion: projectcalico.org/v3
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec: {selector: "app starts with 'web'", types: [Ingress, Egress]}
    /// ```
    /// ```yaml,fail
    /// # Cilium adds to what is open: `enableDefaultDeny` cuts nobody off.
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db, namespace: shop, labels: {app: db}}
    /// spec: {containers: [{name: db, image: db}]}
    /// ---
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata: {name: db, namespace: shop}
    /// spec:
    ///   endpointSelector: {matchLabels: {app: db}}
    ///   enableDefaultDeny: {ingress: false, egress: false}
    ///   ingress: [{fromEndpoints: [{}]}]
    ///   egress: [{toEndpoints: [{}]}]
    /// ```
    /// ```yaml,fail
    /// # A cluster-wide policy that refuses one tenant the other leaves the rest open.
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db, namespace: shop, labels: {app: db}}
    /// spec: {containers: [{name: db, image: db}]}
    /// ---
    /// apiVersion: policy.networking.k8s.io/v1alpha1
    /// kind: AdminNetworkPolicy
    /// metadata: {name: tenants}
    /// spec:
    ///   priority: 10
    ///   subject: {namespaces: {}}
    ///   ingress:
    ///   - {name: bank, action: Deny, from: [{namespaces: {matchLabels: {tenant: bank}}}]}
    /// ```
    pub static POD_NOT_ISOLATED = {
        title: "no network policy selects the pods",
        severity: Severity::Medium,
        layer: Layer::Network,
        maps: &[Mapping::Cis("5.3.2"), Mapping::Nsa("network-separation"), Mapping::Attack("T1046")],
        reads: &ISOLATION,
        check: Check::Workload(check),
    }
}

/// Why the answer is open.
pub(super) const UNREAD: &str =
    "a policy that cannot be read exactly, or that asks for labels out of view, may cut the pods off";

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let (view, identity) = (workload.view(), workload.identity());
    let namespace = &identity.namespace;
    let platform = namespace.name().is_some_and(|name| workload.settings().is_platform(name));
    let declared = namespace.name().is_some_and(|name| view.namespace(name) != Joined::NotInView);
    if platform || declared || workload.spec().host_network == Some(true) {
        return out.not_applicable();
    }
    if !ISOLATING.iter().any(|&kind| view.sees(kind)) {
        return out.not_in_view(NETWORK_POLICY);
    }
    let (mut open, mut unread) = (Vec::new(), false);
    for direction in Direction::BOTH {
        let reach = view.isolation();
        // Without any policy everybody is open.
        let cut_off =
            reach.map_or(Some(Truth::No), |reach| reach.object_is_cut_off(workload.id(), direction));
        match cut_off {
            Some(Truth::Yes) => {}
            Some(Truth::No) => open.push(direction),
            Some(Truth::Maybe) | None => unread = true,
        }
    }
    let what = match open[..] {
        [] if unread => return out.unknown(UNREAD),
        [] => return,
        [Direction::Ingress] => "connections to the pods",
        [Direction::Egress] => "connections from the pods",
        _ => "connections to or from the pods",
    };
    let mut message = format!("no policy restricts {what}");
    if let Some(plugins) = super::unenforced(view) {
        message.push_str(&format!(": {plugins}, the network plugin in view, enforces none"));
    }
    let finding = out.fail(workload.metadata_path().key("labels"), message);
    if open == [Direction::Egress] {
        finding.severity(Severity::Low);
    }
}
