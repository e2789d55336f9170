//! `NetworkPolicy` of `networking.k8s.io/v1`.
//!
//! The meaning follows the documentation of the type (`staging/src/k8s.io/api/networking/v1/types.go`), its
//! defaults `pkg/apis/networking/v1/defaults.go`, what is refused
//! `pkg/apis/networking/validation/validation.go`.

use k8s_openapi::api::networking::v1::{IPBlock, NetworkPolicyPeer, NetworkPolicyPort, NetworkPolicySpec};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::cidr::Cidr;
use crate::connections::{Connections, Protocol};
use crate::intervals::Intervals;
use crate::policy::{
    Action, Direction, Effect, Endpoints, Inside, Namespaces, Policy, Ports, Position, Problem, Rule, Side,
    Tier, Traffic,
};
use crate::selector::{Selector, Truth, is_label_key, is_label_value};

/// Where Calico asks Kubernetes' own policies in its tier `default`
/// (`libcalico-go/lib/backend/k8s/conversion/conversion.go`). Among themselves their order does not matter.
const ORDER: f64 = 1_000.0;

/// Reads a policy. `spec` of the problems' paths is that of the object.
///
/// What the API server refuses is a [`Problem`] with [`Effect::Refused`]. Such an object cannot be in a cluster; what
/// whoever wrote it will have in the end is not known, so nothing that it says is certain.
#[must_use]
pub fn policy(namespace: &str, name: &str, tag: u32, spec: &NetworkPolicySpec) -> (Policy, Vec<Problem>) {
    let mut problems = Vec::new();
    if let Some(selector) = &spec.pod_selector {
        check_selector(selector, "spec.podSelector", &mut problems);
    }
    let labels = match &spec.pod_selector {
        None => Selector::EVERYTHING,
        Some(selector) if problems.is_empty() => Selector::of(selector),
        // Whom the policy will be about once somebody mends it, nobody knows.
        Some(_) => Selector::Unknown,
    };
    let ingress = spec.ingress.iter().flatten().map(|rule| (&rule.from, &rule.ports));
    let ingress = rules(namespace, Direction::Ingress, ingress, &mut problems);
    let egress = spec.egress.iter().flatten().map(|rule| (&rule.to, &rule.ports));
    let egress = rules(namespace, Direction::Egress, egress, &mut problems);
    let types = spec.policy_types.as_deref().unwrap_or_default();
    for (index, named) in types.iter().enumerate() {
        if !Direction::BOTH.iter().any(|direction| direction.name() == named) {
            let path = format!("spec.policyTypes[{index}]");
            problems.push(refused(path, "a policy type is `Ingress` or `Egress`"));
        }
    }
    let misnamed = problems.iter().any(|own| own.path.starts_with("spec.policyTypes"));
    let mut side = |direction: Direction, rules: Vec<Rule>| {
        // SetDefaults_NetworkPolicy: without types every policy is about ingress, and one with egress rules
        // about egress.
        let governs = match direction {
            _ if misnamed || types.iter().any(|named| named == direction.name()) => true,
            Direction::Ingress => types.is_empty(),
            Direction::Egress => types.is_empty() && !rules.is_empty(),
        };
        if !governs && !rules.is_empty() {
            problems.push(Problem {
                path: format!("spec.{}", direction.field()),
                why: format!("`policyTypes` leaves `{}` out: nobody reads these rules", direction.name()),
                effect: Effect::WithoutEffect,
            });
        }
        governs.then_some(Side { isolates: Truth::Yes, rules })
    };
    let (ingress, egress) = (side(Direction::Ingress, ingress), side(Direction::Egress, egress));
    let mut policy = Policy {
        tag,
        tier: Tier::default_tier(),
        position: Position::of(ORDER),
        name: format!("{namespace}/{name}"),
        subject: Endpoints::Pods { namespaces: Namespaces::Named(namespace.to_owned()), labels },
        ingress,
        egress,
    };
    if problems.iter().any(|problem| problem.effect == Effect::Refused) {
        policy.doubt("the API server refuses the policy");
    }
    (policy, problems)
}

fn refused(path: String, why: &str) -> Problem {
    Problem { path, why: why.to_owned(), effect: Effect::Refused }
}

type Parts<'a> = (&'a Option<Vec<NetworkPolicyPeer>>, &'a Option<Vec<NetworkPolicyPort>>);

fn rules<'a>(
    namespace: &str,
    direction: Direction,
    rules: impl Iterator<Item = Parts<'a>>,
    problems: &mut Vec<Problem>,
) -> Vec<Rule> {
    let field = direction.peers_field();
    let rule = |(index, (peers, ports)): (usize, Parts<'_>)| {
        let path = format!("spec.{}[{index}]", direction.field());
        // Neither peers nor ports: all of them. "An empty or missing list" in both fields' documentation.
        let peers = match peers.as_deref().unwrap_or_default() {
            [] => Endpoints::Everyone,
            peers => Endpoints::Any(
                peers
                    .iter()
                    .enumerate()
                    .map(|(index, own)| peer(namespace, own, &format!("{path}.{field}[{index}]"), problems))
                    .collect(),
            ),
        };
        let traffic = match ports.as_deref().unwrap_or_default() {
            [] => Traffic::all(),
            ports => {
                let ports = ports.iter().enumerate();
                let include = ports
                    .map(|(index, own)| port(own, &format!("{path}.ports[{index}]"), problems))
                    .collect();
                Traffic { include, exclude: Vec::new() }
            }
        };
        Rule { path, action: Action::Allow, subject: Endpoints::Everyone, peers, traffic, uncertain: None }
    };
    rules.enumerate().map(rule).collect()
}

fn peer(namespace: &str, peer: &NetworkPolicyPeer, path: &str, problems: &mut Vec<Problem>) -> Endpoints {
    for (selector, field) in
        [(&peer.pod_selector, "podSelector"), (&peer.namespace_selector, "namespaceSelector")]
    {
        if let Some(selector) = selector {
            check_selector(selector, &format!("{path}.{field}"), problems);
        }
    }
    let selectors = peer.pod_selector.is_some() || peer.namespace_selector.is_some();
    match &peer.ip_block {
        None if !selectors => {
            let why = "a peer needs a `podSelector`, a `namespaceSelector` or an `ipBlock`";
            problems.push(refused(path.to_owned(), why));
            Endpoints::Unknown("a peer that names nobody")
        }
        None => Endpoints::Pods {
            namespaces: match &peer.namespace_selector {
                None => Namespaces::Named(namespace.to_owned()),
                Some(selector) => labelled(selector),
            },
            labels: peer.pod_selector.as_ref().map_or(Selector::EVERYTHING, Selector::of),
        },
        Some(_) if selectors => {
            problems.push(refused(path.to_owned(), "a peer with an `ipBlock` has no selectors beside it"));
            Endpoints::Unknown("a peer with an `ipBlock` and selectors")
        }
        Some(own) => block(own, path, problems),
    }
}

fn labelled(selector: &LabelSelector) -> Namespaces {
    match Selector::of(selector) {
        selector if selector.is_everything() => Namespaces::Every,
        selector => Namespaces::Labelled(selector),
    }
}

fn block(block: &IPBlock, path: &str, problems: &mut Vec<Problem>) -> Endpoints {
    let Ok(cidr) = block.cidr.parse::<Cidr>() else {
        let why = "this is no block of addresses; one is written as in `10.0.0.0/8` or `fd00::/8`";
        problems.push(refused(format!("{path}.ipBlock.cidr"), why));
        return Endpoints::Unknown("a block that cannot be read");
    };
    let inside = Inside::ByImplementation;
    let mut except = Vec::new();
    for (index, text) in block.except.iter().flatten().enumerate() {
        let path = || format!("{path}.ipBlock.except[{index}]");
        match text.parse::<Cidr>() {
            Err(_) => problems.push(refused(path(), "this is no block of addresses")),
            Ok(part) if !cidr.is_larger_than(part) => {
                problems.push(refused(path(), "this is no part of the block that it is left out of"));
            }
            Ok(part) => except.push(part),
        }
    }
    let all = Endpoints::Blocks { blocks: vec![cidr], inside };
    if except.is_empty() {
        return all;
    }
    Endpoints::All(vec![all, Endpoints::Blocks { blocks: except, inside }.negated()])
}

/// `ValidateNetworkPolicyPort`. What is refused may stand for any port.
fn port(port: &NetworkPolicyPort, path: &str, problems: &mut Vec<Problem>) -> Ports {
    let mut refuse = |field: &str, why: &str| problems.push(refused(format!("{path}.{field}"), why));
    let protocol = match port.protocol.as_deref().unwrap_or("TCP") {
        "TCP" => Protocol::Tcp,
        "UDP" => Protocol::Udp,
        "SCTP" => Protocol::Sctp,
        _ => {
            refuse("protocol", "a protocol is TCP, UDP or SCTP");
            return Ports::Connections(Connections::all());
        }
    };
    let every = || Ports::Connections(Connections::of_protocol(protocol));
    match (&port.port, port.end_port) {
        (None, end) => {
            if end.is_some() {
                refuse("endPort", "`endPort` needs a number as `port`");
            }
            every()
        }
        (Some(IntOrString::Int(from)), end) => {
            let number = |number: i32| u16::try_from(number).ok().filter(|number| *number > 0);
            let Some(first) = number(*from) else {
                refuse("port", "a port is a number from 1 to 65535");
                return every();
            };
            let last = number(end.unwrap_or(*from)).filter(|last| *last >= first);
            let Some(last) = last else {
                refuse("endPort", "the end of a range of ports is below 65536 and not before its start");
                return every();
            };
            Ports::Connections(Connections::of(protocol, &Intervals::range(first, last)))
        }
        (Some(IntOrString::String(name)), end) => {
            if end.is_some() {
                refuse("endPort", "`endPort` needs a number as `port`");
            }
            if !is_port_name(name) {
                let why = "the name of a port has at most 15 lower-case letters, digits and single dashes, one a letter";
                refuse("port", why);
            }
            Ports::Named { protocol: Some(protocol), name: name.clone(), from: None }
        }
    }
}

/// `IsValidPortName` in `k8s.io/apimachinery/pkg/util/validation/validation.go`.
pub(crate) fn is_port_name(name: &str) -> bool {
    (1..=15).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && name.bytes().any(|byte| byte.is_ascii_lowercase())
        && !name.contains("--")
        && !name.starts_with('-')
        && !name.ends_with('-')
}

/// `ValidateLabelSelector` in `k8s.io/apimachinery/pkg/apis/meta/v1/validation/validation.go`.
pub(crate) fn check_selector(selector: &LabelSelector, path: &str, problems: &mut Vec<Problem>) {
    for (key, value) in selector.match_labels.iter().flatten() {
        let why = match () {
            () if !is_label_key(key) => NO_KEY,
            () if !is_label_value(value) => {
                "the value of a label has at most 63 letters, digits, `-`, `_` and `.`, and a letter or digit at both ends"
            }
            () => continue,
        };
        problems.push(refused(format!("{path}.matchLabels"), why));
    }
    for (index, expression) in selector.match_expressions.iter().flatten().enumerate() {
        let has_values = expression.values.as_ref().is_some_and(|values| !values.is_empty());
        let (field, why) = match expression.operator.as_str() {
            "In" | "NotIn" if !has_values => ("values", "`In` and `NotIn` need a value"),
            "Exists" | "DoesNotExist" if has_values => {
                ("values", "`Exists` and `DoesNotExist` take no values")
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" if is_label_key(&expression.key) => continue,
            "In" | "NotIn" | "Exists" | "DoesNotExist" if expression.key.is_empty() => {
                ("key", "a requirement needs a key")
            }
            "In" | "NotIn" | "Exists" | "DoesNotExist" => ("key", NO_KEY),
            _ => ("operator", "the operator is none of In, NotIn, Exists and DoesNotExist"),
        };
        problems.push(refused(format!("{path}.matchExpressions[{index}].{field}"), why));
    }
}

const NO_KEY: &str =
    "this is no key of a label: a name as in `app`, with or without a host before it as in `example.com/app`";

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn read(spec: Value) -> (Policy, Vec<Problem>) {
        policy("shop", "web", 7, &serde_json::from_value(spec).unwrap())
    }

    #[test]
    fn types_have_defaults() {
        let governs = |spec: Value| {
            let (policy, problems) = read(spec);
            let ignored = problems.iter().any(|problem| problem.effect == Effect::WithoutEffect);
            (policy.ingress.is_some(), policy.egress.is_some(), ignored)
        };
        assert_eq!(governs(json!({})), (true, false, false));
        assert_eq!(governs(json!({"egress": [{}]})), (true, true, false));
        assert_eq!(governs(json!({"egress": []})), (true, false, false));
        assert_eq!(governs(json!({"policyTypes": ["Egress"]})), (false, true, false));
        assert_eq!(governs(json!({"policyTypes": ["Egress"], "ingress": [{}]})), (false, true, true));
        assert_eq!(governs(json!({"policyTypes": [], "egress": [{}]})), (true, true, false));
    }

    #[test]
    fn what_the_api_server_refuses_is_pointed_at_and_makes_a_doubt() {
        let rule = |peer: Value, port: Value| json!({"ingress": [{"from": [peer], "ports": [port]}]});
        let pods = json!({"podSelector": {}});
        for (path, spec) in [
            ("spec.policyTypes[0]", json!({"policyTypes": ["Inbound"]})),
            (
                "spec.podSelector.matchExpressions[0].values",
                json!({"podSelector": {"matchExpressions": [{"key": "a", "operator": "In"}]}}),
            ),
            ("spec.podSelector.matchLabels", json!({"podSelector": {"matchLabels": {"a b": "c"}}})),
            ("spec.podSelector.matchLabels", json!({"podSelector": {"matchLabels": {"X.io/a": "c"}}})),
            ("spec.podSelector.matchLabels", json!({"podSelector": {"matchLabels": {"a": "c-"}}})),
            (
                "spec.podSelector.matchExpressions[0].key",
                json!({"podSelector": {"matchExpressions": [{"key": "a/b/c", "operator": "Exists"}]}}),
            ),
            ("spec.ingress[0].from[0]", rule(json!({}), json!({}))),
            (
                "spec.ingress[0].from[0]",
                rule(json!({"podSelector": {}, "ipBlock": {"cidr": "10.0.0.0/8"}}), json!({})),
            ),
            (
                "spec.ingress[0].from[0].ipBlock.cidr",
                rule(json!({"ipBlock": {"cidr": "10.0.0.0"}}), json!({})),
            ),
            (
                "spec.ingress[0].from[0].ipBlock.except[1]",
                rule(
                    json!({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16", "10.0.0.0/8"]}}),
                    json!({}),
                ),
            ),
            (
                "spec.ingress[0].from[0].ipBlock.except[0]",
                rule(json!({"ipBlock": {"cidr": "::/0", "except": ["10.0.0.0/8"]}}), json!({})),
            ),
            ("spec.ingress[0].ports[0].protocol", rule(pods.clone(), json!({"protocol": "ICMP"}))),
            ("spec.ingress[0].ports[0].port", rule(pods.clone(), json!({"port": 0}))),
            ("spec.ingress[0].ports[0].port", rule(pods.clone(), json!({"port": 70000}))),
            ("spec.ingress[0].ports[0].port", rule(pods.clone(), json!({"port": "Not_A_Name"}))),
            ("spec.ingress[0].ports[0].endPort", rule(pods.clone(), json!({"port": 80, "endPort": 79}))),
            ("spec.ingress[0].ports[0].endPort", rule(pods.clone(), json!({"port": "http", "endPort": 79}))),
            ("spec.ingress[0].ports[0].endPort", rule(pods.clone(), json!({"endPort": 79}))),
        ] {
            let (policy, problems) = read(spec.clone());
            let of_subject = path.starts_with("spec.podSelector");
            let subject = Endpoints::Pods {
                namespaces: Namespaces::Named("shop".to_owned()),
                labels: if of_subject { Selector::Unknown } else { Selector::EVERYTHING },
            };
            assert_eq!(policy.subject, subject, "{spec}");
            let [problem] = &*problems else { panic!("{spec}: {problems:?}") };
            assert_eq!((&*problem.path, problem.effect), (path, Effect::Refused), "{spec}");
            assert_eq!(policy.ingress.unwrap().isolates, Truth::Maybe, "{spec}");
        }
    }

    #[test]
    fn a_port_that_is_refused_may_be_any() {
        for (port, wanted) in [
            (json!({"port": 70000}), Connections::of_protocol(Protocol::Tcp)),
            (json!({"port": 80, "endPort": 79, "protocol": "UDP"}), Connections::of_protocol(Protocol::Udp)),
            (json!({"port": 80, "protocol": "ICMP"}), Connections::all()),
        ] {
            let (policy, _) = read(json!({"ingress": [{"ports": [port]}]}));
            let rule = policy.ingress.unwrap().rules.remove(0);
            assert_eq!((rule.traffic, rule.uncertain.is_some()), (Traffic::of(wanted), true));
        }
    }

    #[test]
    fn peers_without_selectors_are_the_policys_namespace_and_no_peers_are_everyone() {
        let peers = |rule: Value| {
            let (policy, problems) = read(json!({"ingress": [rule]}));
            assert!(problems.is_empty());
            policy.ingress.unwrap().rules.remove(0).peers
        };
        let pods = |namespaces, labels| Endpoints::Any(vec![Endpoints::Pods { namespaces, labels }]);
        assert_eq!(peers(json!({})), Endpoints::Everyone);
        assert_eq!(peers(json!({"from": []})), Endpoints::Everyone);
        let own = Namespaces::Named("shop".to_owned());
        assert_eq!(peers(json!({"from": [{"podSelector": {}}]})), pods(own, Selector::EVERYTHING));
        assert_eq!(
            peers(json!({"from": [{"namespaceSelector": {}}]})),
            pods(Namespaces::Every, Selector::EVERYTHING)
        );
        let both = json!({"namespaceSelector": {"matchLabels": {"a": "b"}}, "podSelector": {"matchLabels": {"c": "d"}}});
        let labelled = Namespaces::Labelled(Selector::equals("a", "b"));
        assert_eq!(peers(json!({"from": [both]})), pods(labelled, Selector::equals("c", "d")));
    }
}
