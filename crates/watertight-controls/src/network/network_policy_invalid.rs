use watertight_engine::prelude::*;

use watertight_facts::network::POLICY_FLAVOURS;
use watertight_netpol::Effect;

use super::{ISOLATING, flavoured_problems, policy};

control! {
    /// The API server refuses the policy, so the pods that it was written for stay open to everybody. Cilium's agents
    /// refuse some of their policies only when these are there: they are shown, and do nothing.
    ///
    /// ## Remedy
    /// Correct the field: blocks of addresses are written `10.0.0.0/8`, an exception lies inside its
    /// block, a peer is either a block or selectors, a range of ports has numbers in order.
    ///
    /// ```yaml,fail
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: db, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: db}}
    ///   ingress:
    ///   - from:
    ///     - ipBlock: {cidr: 10.0.0.0/8, except: [192.168.0.0/16]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: networking.k8s.io/v1
    /// kind: NetworkPolicy
    /// metadata: {name: db, namespace: shop}
    /// spec:
    ///   podSelector: {matchLabels: {app: db}}
    ///   ingress:
    ///   - from:
    ///     - ipBlock: {cidr: 10.0.0.0/8, except: [10.1.0.0/16]}
    ///     ports:
    ///     - {port: 5432, endPort: 5433}
    /// ```
    /// ```yaml,fail
    /// apiVersion: projectcalico.org/v3
    /// kind: NetworkPolicy
    /// metadata: {name: db, namespace: shop}
    /// spec: {selector: app = 'db', types: [Ingress]}
    /// ```
    /// ```yaml,fail
    /// # Two kinds of peers in one rule.
    /// apiVersion: cilium.io/v2
    /// kind: CiliumNetworkPolicy
    /// metadata: {name: db, namespace: shop}
    /// spec:
    ///   endpointSelector: {}
    ///   egress: [{toEntities: [world], toCIDR: [10.0.0.0/8]}]
    /// ```
    pub static NETWORK_POLICY_INVALID = {
        title: "network policy is refused by the API server",
        severity: Severity::Medium,
        layer: Layer::Network,
        maps: &[],
        reads: &[],
        check: Check::Kinds(ISOLATING, check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    if POLICY_FLAVOURS.iter().any(|kind| kind.is(object.identity())) {
        for (path, why) in flavoured_problems(object, Effect::Refused) {
            out.fail(path, format!("the policy is refused: {why}"));
        }
        return;
    }
    let Some(policy) = policy(object, out) else { return };
    for problem in &policy.problems {
        out.fail(problem.path.clone(), format!("the API server refuses the policy: {}", problem.why));
    }
}
