use watertight_engine::prelude::*;
use watertight_facts::network::{Direction, Isolates, NETWORK_POLICY, POLICY_FLAVOURS, Pods};

const NAMESPACE: GroupKind = GroupKind::core("Namespace");

const READS: &[GroupKind] = &{
    let mut kinds = [NAMESPACE; POLICY_FLAVOURS.len() + 2];
    kinds[1] = NETWORK_POLICY;
    let mut at = 0;
    while at < POLICY_FLAVOURS.len() {
        kinds[at + 2] = POLICY_FLAVOURS[at];
        at += 1;
    }
    kinds
};

control! {
    /// No policy selects the pods, so everything in the cluster reaches them, and they reach everything.
    ///
    /// Judged where policies are in view. Where the namespace is declared, `default-deny-missing` tells it
    /// once for the namespace instead. Pods in the node's own network are not judged: policies do not see
    /// them.
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
    pub static POD_NOT_ISOLATED = {
        title: "no network policy selects the pods",
        severity: Severity::Medium,
        layer: Layer::Network,
        maps: &[Mapping::Cis("5.3.2"), Mapping::Nsa("network-separation"), Mapping::Attack("T1046")],
        reads: READS,
        check: Check::Workload(check),
    }
}

/// Why a policy of another kind than Kubernetes' own leaves the answer open.
pub(super) const UNREAD: &str =
    "a policy of Cilium, Calico or `policy.networking.k8s.io` may isolate the pods; what it selects or denies is not read yet";

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let (view, identity) = (workload.view(), workload.identity());
    let namespace = &identity.namespace;
    let platform = namespace.name().is_some_and(|name| workload.settings().is_platform(name));
    let declared = namespace.name().is_some_and(|name| view.namespace(name) != Joined::NotInView);
    if platform || declared || workload.spec().host_network == Some(true) {
        return out.not_applicable();
    }
    if !READS[1..].iter().any(|&kind| view.sees(kind)) {
        return out.not_in_view(NETWORK_POLICY);
    }
    let labels = workload.labels();
    let (mut open, mut unread) = (Vec::new(), false);
    for direction in Direction::BOTH {
        let selected = view
            .network_policies(namespace)
            .any(|(_, policy)| policy.rules(direction).is_some() && policy.selector.may_select_pods(labels));
        let pods = Pods { namespace: namespace.name(), labels: Some(labels) };
        match view.isolated_by_flavour(direction, namespace, pods) {
            _ if selected => {}
            Isolates::Yes => {}
            Isolates::No => open.push(direction),
            Isolates::Maybe => unread = true,
        }
    }
    let what = match open[..] {
        [] if unread => return out.unknown(UNREAD),
        [] => return,
        [Direction::Ingress] => "connections to the pods",
        [Direction::Egress] => "connections from the pods",
        _ => "connections to or from the pods",
    };
    let finding = out.fail(workload.metadata_path().key("labels"), format!("no policy restricts {what}"));
    if open == [Direction::Egress] {
        finding.severity(Severity::Low);
    }
}
