use watertight_engine::prelude::*;
use watertight_facts::network::{Direction, NetworkPolicy, POLICY_FLAVOURS, Ports, Rule, Selection, Who};
use watertight_model::Namespace;
use watertight_netpol::Effect;

use super::{ISOLATING, flavoured_problems, policy};

const NAMESPACE: GroupKind = GroupKind::core("Namespace");

control! {
    /// The rule is written and does nothing: connections that somebody relies on are cut, or the policy is
    /// thought to be tighter than it is. Such rules are "repaired" in a hurry by opening everything.
    ///
    /// Told are rules for a direction that `policyTypes` leaves out, a port by a name that no container of the
    /// selected pods declares, namespaces that do not exist (where all namespaces are in view), and pods that do
    /// not exist (where the namespaces with their workloads are in view, and no operator runs more). Of policies of
    /// Cilium, Calico and `policy.networking.k8s.io`, parts that match nobody by what they say themselves.
    ///
    /// ## Remedy
    /// Add the direction to `policyTypes`, name the container's port or use its number, correct the selector.
    ///
    /// ```yaml,fail
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   ingress:
    ///   - from: [{podSelector: {}}]
    ///     ports: [{port: https}]
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: web, image: web, ports: [{name: http, containerPort: 8080}]}]}
    /// ```
    /// ```yaml,fail
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Ingress]
    ///   egress: [{to: [{podSelector: {matchLabels: {app: db}}}]}]
    /// ```
    /// ```yaml,fail
    /// # The label of the pods is `app: postgres`.
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Egress]
    ///   egress:
    ///   - to:
    ///     - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: data}}
    ///       podSelector: {matchLabels: {app: db}}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db, namespace: data, labels: {app: postgres}}
    /// spec: {containers: [{name: db, image: postgres}]}
    /// ```
    /// ```yaml,pass
    /// # Pods of a namespace of which nothing is in view.
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: dns, namespace: shop}
    /// spec:
    ///   podSelector: {}
    ///   policyTypes: [Egress]
    ///   egress:
    ///   - to:
    ///     - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: kube-system}}
    ///       podSelector: {matchLabels: {k8s-app: kube-dns}}
    /// ```
    /// ```yaml,pass
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: web}}
    ///   policyTypes: [Ingress, Egress]
    ///   ingress:
    ///   - from: [{podSelector: {}}]
    ///     ports: [{port: http}]
    ///   egress:
    ///   - to: [{podSelector: {matchLabels: {app: db}}}]
    ///     ports: [{port: postgres}]  # a port of the pods of `db`
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db, namespace: shop, labels: {app: db}}
    /// spec: {containers: [{name: db, image: postgres}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: web, image: web, ports: [{name: http, containerPort: 8080}]}]}
    /// ```
    /// ```yaml,fail
    /// # To Cilium an empty list of peers is nobody.
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata: {name: web, namespace: shop}
    /// spec: {endpointSelector: {}, ingress: [{fromEndpoints: []}]}
    /// ```
    pub static NETWORK_POLICY_RULE_WITHOUT_EFFECT = {
        title: "rule of a network policy has no effect",
        severity: Severity::Low,
        layer: Layer::Network,
        maps: &[],
        reads: &[NAMESPACE],
        check: Check::Kinds(ISOLATING, check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    if POLICY_FLAVOURS.iter().any(|kind| kind.is(object.identity())) {
        for (path, why) in flavoured_problems(object, Effect::WithoutEffect) {
            out.fail(path, why);
        }
        return;
    }
    let Some(policy) = policy(object, out) else { return };
    for direction in &policy.ignored {
        let message = format!("has rules that nobody reads: `policyTypes` leaves {} out", direction.name());
        out.fail(Path::root().key("spec").key(direction.field()), message);
    }
    for rule in policy.rules(Direction::Ingress).unwrap_or_default() {
        named_ports(object, policy, rule, out);
    }
    for (_, rule) in policy.all_rules() {
        namespaces(object, rule, out);
        pods(object, rule, out);
    }
}

/// The name of a port is looked up in the destination, which for ingress are the selected pods.
fn named_ports(object: ObjectView<'_>, policy: &NetworkPolicy, rule: &Rule, out: &mut Sink<'_>) {
    let view = object.view();
    let named = rule.ports.iter().filter_map(|port| match &port.which {
        Ports::Named { protocol: Some(protocol), name, .. } => Some((port, *protocol, name)),
        _ => None,
    });
    for (port, protocol, name) in named {
        let Selection::Workloads(selected) = view.selection(&object.identity().namespace, &policy.selector) else {
            return;
        };
        let declares =
            |id: &_| view.pod_network(*id).is_some_and(|pod| pod.names(name, protocol));
        if !selected.iter().any(declares) {
            let message = format!("no container of the selected pods declares a {protocol} port `{name}`");
            out.fail(port.path.key("port"), message);
        }
    }
}

fn namespaces(object: ObjectView<'_>, rule: &Rule, out: &mut Sink<'_>) {
    for peer in &rule.peers {
        let Who::Pods { namespaces: Some(selector), .. } = &peer.who else { continue };
        match object.view().selects_namespace(selector) {
            Some(true) => {}
            Some(false) => {
                out.fail(peer.path.key("namespaceSelector"), "selects no namespace of the cluster");
            }
            None => out.not_in_view(NAMESPACE),
        }
    }
}

/// Peers that are pods of which there are none, though their namespaces and workloads are in view.
fn pods(object: ObjectView<'_>, rule: &Rule, out: &mut Sink<'_>) {
    const POD: GroupKind = GroupKind::core("Pod");
    let view = object.view();
    for peer in &rule.peers {
        let Who::Pods { namespaces, pods: selector } = &peer.who else { continue };
        if selector.is_everything() {
            continue;
        }
        let (here, is_all) = match namespaces {
            None => (vec![object.identity().namespace.clone()], true),
            Some(namespaces) => {
                let (names, is_all) = view.selected_namespaces(namespaces);
                (names.into_iter().map(|name| Namespace::Named(name.into())).collect(), is_all)
            }
        };
        let nobody = |namespace: &Namespace| {
            !view.workloads_in(namespace).is_empty() && view.selection(namespace, selector) == Selection::Nothing
        };
        let selected = |namespace: &Namespace| {
            matches!(view.selection(namespace, selector), Selection::Workloads(_))
        };
        // No namespace at all is told of the namespaces.
        if here.is_empty() || here.iter().any(selected) {
            continue;
        }
        if !is_all {
            out.not_in_view(NAMESPACE);
        } else if here.iter().all(nobody) {
            out.fail(peer.path.key("podSelector"), "selects no pod, so that the rule is for nobody");
        } else {
            out.not_in_view(POD);
        }
    }
}
