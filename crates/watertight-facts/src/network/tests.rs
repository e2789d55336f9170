use serde_json::json;
use watertight_netpol::Protocol;
use watertight_syntax::Path;

use super::*;

fn policy(spec: serde_json::Value) -> NetworkPolicy {
    NetworkPolicy::of_spec(&serde_json::from_value(spec).unwrap(), &Path::root().key("spec"))
}

fn governs(spec: serde_json::Value) -> (Option<usize>, Option<usize>) {
    let policy = policy(spec);
    let count = |direction| policy.rules(direction).map(<[Rule]>::len);
    (count(Direction::Ingress), count(Direction::Egress))
}

#[test]
fn policy_types_default_as_the_api_server_defaults_them() {
    for (spec, wanted) in [
        (json!({}), (Some(0), None)),
        (json!({"ingress": [{}]}), (Some(1), None)),
        (json!({"egress": [{}]}), (Some(0), Some(1))),
        // An empty list is no egress rule: the policy is not about egress.
        (json!({"egress": []}), (Some(0), None)),
        (json!({"policyTypes": []}), (Some(0), None)),
        (json!({"policyTypes": ["Egress"]}), (None, Some(0))),
        (json!({"policyTypes": ["Ingress", "Egress"], "ingress": [{}]}), (Some(1), Some(0))),
    ] {
        assert_eq!(governs(spec.clone()), wanted, "{spec}");
    }
    assert_eq!(policy(json!({"policyTypes": ["Egress"], "ingress": [{}]})).ignored, [Direction::Ingress]);
    assert_eq!(policy(json!({"policyTypes": ["Ingress"], "egress": [{}]})).ignored, [Direction::Egress]);
}

#[test]
fn what_the_api_server_refuses_is_told_with_its_place() {
    let places = |spec| -> Vec<String> {
        policy(spec).problems.iter().map(|problem| problem.path.to_string()).collect()
    };
    let peer = |peer: serde_json::Value| json!({"ingress": [{"from": [peer]}]});
    for (spec, wanted) in [
        (peer(json!({})), ".spec.ingress[0].from[0]"),
        (peer(json!({"ipBlock": {"cidr": "10.0.0.0/8"}, "podSelector": {}})), ".spec.ingress[0].from[0]"),
        (peer(json!({"ipBlock": {"cidr": "10.0.0.0"}})), ".spec.ingress[0].from[0].ipBlock.cidr"),
        (
            peer(json!({"ipBlock": {"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}})),
            ".spec.ingress[0].from[0].ipBlock.except[0]",
        ),
        (
            peer(json!({"podSelector": {"matchExpressions": [{"key": "a", "operator": "In"}]}})),
            ".spec.ingress[0].from[0].podSelector.matchExpressions[0].values",
        ),
        (json!({"egress": [{"ports": [{"endPort": 5}]}]}), ".spec.egress[0].ports[0].endPort"),
        (json!({"egress": [{"ports": [{"port": 9, "endPort": 5}]}]}), ".spec.egress[0].ports[0].endPort"),
        (json!({"egress": [{"ports": [{"port": "a", "endPort": 5}]}]}), ".spec.egress[0].ports[0].endPort"),
        (json!({"egress": [{"ports": [{"port": "Web"}]}]}), ".spec.egress[0].ports[0].port"),
        (json!({"egress": [{"ports": [{"port": 0}]}]}), ".spec.egress[0].ports[0].port"),
        (json!({"egress": [{"ports": [{"protocol": "tcp"}]}]}), ".spec.egress[0].ports[0].protocol"),
        (json!({"policyTypes": ["ingress"]}), ".spec.policyTypes[0]"),
        (json!({"podSelector": {"matchLabels": {"a b": "c"}}}), ".spec.podSelector.matchLabels"),
    ] {
        assert_eq!(places(spec.clone())[..1], [wanted], "{spec}");
    }
    let fine = json!({"podSelector": {}, "ingress": [{"from": [
        {"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8"]}}, {"podSelector": {}, "namespaceSelector": {}},
    ], "ports": [{"port": 1, "endPort": 65535, "protocol": "SCTP"}, {"port": "http"}, {}]}]});
    assert!(places(fine).is_empty());
}

#[test]
fn a_policy_says_the_same_to_controls_as_to_the_model() {
    let peers = json!([
        {"podSelector": {"matchLabels": {"a": "b"}}},
        {"namespaceSelector": {}},
        {"ipBlock": {"cidr": "10.0.0.0/8"}},
        {"ipBlock": {"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}},
        {"ipBlock": {"cidr": "none"}},
    ]);
    let policy = policy(json!({"egress": [{}, {"to": peers, "ports": [{"port": "sql"}]}]}));
    let [everything, rule] = policy.rules(Direction::Egress).unwrap() else { panic!("{policy:?}") };
    assert!(everything.is_everything() && everything.path.to_string() == ".spec.egress[0]");
    let block = |except: &[&str]| Who::Block {
        cidr: "10.0.0.0/8".parse().unwrap(),
        except: except.iter().map(|block| block.parse().unwrap()).collect(),
    };
    let who: Vec<Who> = rule.peers.iter().map(|peer| peer.who.clone()).collect();
    assert_eq!(
        who,
        [
            Who::Pods { namespaces: None, pods: Selector::equals("a", "b") },
            Who::Pods { namespaces: Some(Selector::EVERYTHING), pods: Selector::EVERYTHING },
            block(&[]),
            block(&["10.1.0.0/16"]),
            Who::Unread,
        ]
    );
    assert_eq!(rule.peers[3].path.to_string(), ".spec.egress[1].to[3]");
    assert_eq!(rule.ports[0].path.to_string(), ".spec.egress[1].ports[0]");
    assert!(matches!(&rule.ports[0].which, Ports::Named { name, .. } if name == "sql"));
}

#[test]
fn types_that_are_misspelt_leave_no_direction_out() {
    // Nobody knows which direction was meant.
    let policy = policy(json!({"policyTypes": ["egress"], "egress": [{}]}));
    assert!(policy.ingress.is_some() && policy.egress.is_some() && policy.ignored.is_empty());
}

#[test]
fn ports_of_addresses_have_numbers() {
    let rule =
        |ports: serde_json::Value| policy(json!({"egress": [{"ports": ports}]})).egress.unwrap().remove(0);
    for ports in [json!([]), json!([{}]), json!([{"port": 80}]), json!([{"port": 1, "endPort": 80}])] {
        assert!(rule(ports.clone()).lets_port(Protocol::Tcp, 80), "{ports}");
    }
    for ports in [json!([{"port": 81}]), json!([{"port": "http"}]), json!([{"protocol": "UDP", "port": 80}])]
    {
        assert!(!rule(ports.clone()).lets_port(Protocol::Tcp, 80), "{ports}");
    }
}
