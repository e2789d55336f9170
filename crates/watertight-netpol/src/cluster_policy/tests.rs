use serde_json::{Value, json};

use super::*;
use crate::connections::{Connection, Protocol};
use crate::policy::{
    Action, Direction, Effect, Endpoints, Inside, Namespaces, Ports, Position, Rule, Tier, Traffic,
};
use crate::selector::{Selector, Truth};

fn spec(value: Value) -> Spec {
    serde_json::from_value(value).unwrap()
}

/// An egress rule of an AdminNetworkPolicy.
fn admin_rule(rule: &Value) -> (Vec<Rule>, Vec<Problem>) {
    let (policy, problems) =
        admin("p", 0, &spec(json!({"priority": 1, "subject": {"namespaces": {}}, "egress": [rule]})));
    (policy.egress.map(|side| side.rules).unwrap_or_default(), problems)
}

/// An egress rule of a ClusterNetworkPolicy.
fn cluster_rule(rule: &Value) -> (Vec<Rule>, Vec<Problem>) {
    let value = json!({"tier": "Admin", "priority": 1, "subject": {"namespaces": {}}, "egress": [rule]});
    let (policy, problems) = cluster("p", 0, &spec(value));
    (policy.egress.map(|side| side.rules).unwrap_or_default(), problems)
}

fn connections(traffic: &Traffic) -> String {
    traffic
        .include
        .iter()
        .map(|ports| match ports {
            Ports::Connections(connections) => connections.to_string(),
            Ports::Named { protocol: None, name, from: None } => format!("named {name}"),
            other => panic!("{other:?}"),
        })
        .collect::<Vec<_>>()
        .join(" and ")
}

fn effects(problems: &[Problem]) -> Vec<(&str, Effect)> {
    problems.iter().map(|problem| (problem.path.as_str(), problem.effect)).collect()
}

fn everybody() -> Endpoints {
    Endpoints::Pods { namespaces: Namespaces::Every, labels: Selector::EVERYTHING }
}

#[test]
fn kinds_have_their_tier_and_place() {
    let subject = json!({"namespaces": {"matchLabels": {"a": "b"}}});
    let rules = json!([{"action": "Deny", "from": [{"namespaces": {}}]}]);
    let (policy, problems) =
        admin("p", 7, &spec(json!({"priority": 10, "subject": subject, "ingress": rules})));
    assert_eq!((policy.tier, policy.position, policy.tag), (Tier::admin(), Position::of(10.0), 7));
    assert_eq!(problems, []);
    let namespaces = Namespaces::Labelled(Selector::equals("a", "b"));
    assert_eq!(policy.subject, Endpoints::Pods { namespaces, labels: Selector::EVERYTHING });
    let side = policy.ingress.unwrap();
    assert_eq!((side.isolates, side.rules.len(), policy.egress), (Truth::No, 1, None));
    assert_eq!((side.rules[0].path.as_str(), side.rules[0].action), ("spec.ingress[0]", Action::Deny));
    assert_eq!((&side.rules[0].peers, side.rules[0].uncertain), (&everybody(), None));

    let (policy, problems) = baseline("default", 0, &spec(json!({"subject": subject, "ingress": rules})));
    assert_eq!((policy.tier, policy.position, problems), (Tier::baseline(), Position::LAST, vec![]));
    for (tier, expected) in [("Admin", Tier::admin()), ("Baseline", Tier::baseline())] {
        let value = json!({"tier": tier, "priority": 1000, "subject": subject, "egress": []});
        let (policy, problems) = cluster("p", 0, &spec(value));
        assert_eq!((policy.tier, policy.position, problems), (expected, Position::of(1000.0), vec![]));
        assert_eq!((policy.ingress, policy.egress), (None, None), "no rules do not affect traffic");
    }
}

#[test]
fn peers_are_who_they_say() {
    let pods = json!({"pods": {"namespaceSelector": {"matchLabels": {"n": "1"}}, "podSelector": {"matchLabels": {"p": "2"}}}});
    for (peer, expected) in [
        (json!({"namespaces": {}}), everybody()),
        (
            pods,
            Endpoints::Pods {
                namespaces: Namespaces::Labelled(Selector::equals("n", "1")),
                labels: Selector::equals("p", "2"),
            },
        ),
        (json!({"nodes": {}}), Endpoints::Nodes(Selector::EVERYTHING)),
        (
            json!({"networks": ["10.0.0.0/8", "::/0"]}),
            Endpoints::Blocks {
                blocks: vec!["10.0.0.0/8".parse().unwrap(), "::/0".parse().unwrap()],
                inside: Inside::ByAddress,
            },
        ),
    ] {
        for (rules, problems) in [
            admin_rule(&json!({"action": "Allow", "to": [peer]})),
            cluster_rule(&json!({"action": "Accept", "to": [peer]})),
        ] {
            assert_eq!((rules.len(), problems), (1, vec![]), "{peer}");
            assert_eq!((&rules[0].peers, rules[0].uncertain), (&expected, None));
            assert_eq!(rules[0].traffic, Traffic::all());
        }
    }
}

#[test]
fn domain_names_may_be_anything_outside() {
    let rule = |name: &str, action: &str| json!({"action": action, "to": [{"domainNames": [name]}]});
    let (rules, problems) = cluster_rule(&rule("*.kubernetes.io", "Accept"));
    let Endpoints::All(parts) = &rules[0].peers else { panic!("{rules:?}") };
    assert!(matches!(&parts[..], [Endpoints::World, Endpoints::Unknown(_)]) && problems.is_empty());
    let (rules, _) = cluster_rule(&rule("db.shop.svc.cluster.local.", "Accept"));
    assert!(matches!(rules[0].peers, Endpoints::Unknown(_)));
    let (_, problems) = cluster_rule(&rule("*.kubernetes.io", "Deny"));
    assert_eq!(effects(&problems), [("spec.egress[0].to[0].domainNames", Effect::NotModelled)]);
    for bad in ["", "local", "*.*.io", "a b.io", "-a.io"] {
        let (_, problems) = cluster_rule(&rule(bad, "Accept"));
        assert_eq!(effects(&problems), [("spec.egress[0].to[0].domainNames[0]", Effect::Refused)], "{bad}");
    }
}

#[test]
fn ports_of_both_versions() {
    let to = json!([{"namespaces": {}}]);
    for (ports, expected) in [
        (json!([{"portNumber": {"port": 80}}]), "TCP 80"),
        (json!([{"portNumber": {"port": 53, "protocol": "UDP"}}]), "UDP 53"),
        (json!([{"portRange": {"start": 1, "end": 9, "protocol": "SCTP"}}]), "SCTP 1-9"),
        (json!([{"namedPort": "web"}, {"portNumber": {"port": 1}}]), "named web and TCP 1"),
    ] {
        let (rules, problems) = admin_rule(&json!({"action": "Allow", "to": to, "ports": ports}));
        assert_eq!((connections(&rules[0].traffic).as_str(), problems), (expected, vec![]));
        assert_eq!(rules[0].uncertain, None);
    }
    for (protocols, expected) in [
        (json!([{"tcp": {"destinationPort": {"number": 80}}}]), "TCP 80"),
        (json!([{"udp": {"destinationPort": {"range": {"start": 5, "end": 6}}}}]), "UDP 5-6"),
        (
            json!([{"sctp": {"destinationPort": {"number": 9}}}, {"destinationNamedPort": "web"}]),
            "SCTP 9 and named web",
        ),
    ] {
        let (rules, problems) = cluster_rule(&json!({"action": "Pass", "to": to, "protocols": protocols}));
        assert_eq!((connections(&rules[0].traffic).as_str(), problems), (expected, vec![]));
        assert_eq!((rules[0].action, rules[0].uncertain), (Action::Pass, None));
    }
}

#[test]
fn what_the_api_refuses_is_uncertain() {
    let ok = json!({"action": "Allow", "to": [{"namespaces": {}}]});
    let with = |field: &str, value: Value| {
        let mut rule = ok.clone();
        rule[field] = value;
        rule
    };
    let long = "x".repeat(101);
    let peers: Vec<Value> = (0..101).map(|_| json!({"namespaces": {}})).collect();
    for (rule, path) in [
        (with("action", json!("Accept")), "action"),
        (with("name", json!(long)), "name"),
        (with("to", json!([])), "to"),
        (with("to", json!(peers)), "to"),
        (with("to", json!([{}])), "to[0]"),
        (with("to", json!([{"namespaces": {}, "nodes": {}}])), "to[0]"),
        (with("to", json!([{"networks": ["10.0.0/8"]}])), "to[0].networks[0]"),
        (with("to", json!([{"networks": ["010.0.0.0/8"]}])), "to[0].networks[0]"),
        (with("to", json!([{"networks": ["::ffff:10.0.0.0/104"]}])), "to[0].networks[0]"),
        (with("to", json!([{"networks": []}])), "to[0].networks"),
        (with("to", json!([{"networks": ["10.0.0.0/8", "10.0.0.0/8"]}])), "to[0].networks"),
        (with("ports", json!([])), "ports"),
        (with("ports", json!([{}])), "ports[0]"),
        (with("ports", json!([{"portNumber": {"port": 0}}])), "ports[0].portNumber.port"),
        (with("ports", json!([{"portNumber": {"port": 65536}}])), "ports[0].portNumber.port"),
        (with("ports", json!([{"namedPort": "a", "portNumber": {"port": 1}}])), "ports[0]"),
    ] {
        let (rules, problems) = admin_rule(&rule);
        assert_eq!(
            effects(&problems),
            [(format!("spec.egress[0].{path}").as_str(), Effect::Refused)],
            "{rule}"
        );
        assert!(!rules.is_empty() && rules.iter().all(|rule| rule.uncertain.is_some()), "{rule}");
    }
    let named =
        json!({"action": "Accept", "to": [{"nodes": {}}], "protocols": [{"destinationNamedPort": "web"}]});
    assert_eq!(effects(&cluster_rule(&named).1), [("spec.egress[0].to[0]", Effect::Refused)]);
    let range = json!([{"tcp": {"destinationPort": {"range": {"start": 5, "end": 5}}}}]);
    let rule = json!({"action": "Accept", "to": [{"namespaces": {}}], "protocols": range});
    assert_eq!(
        effects(&cluster_rule(&rule).1),
        [("spec.egress[0].protocols[0].tcp.destinationPort.range", Effect::Refused)]
    );
}

#[test]
fn objects_that_the_api_refuses() {
    let rules = json!([{"action": "Deny", "from": [{"namespaces": {}}]}]);
    let refused = |(policy, problems): (Policy, Vec<Problem>), path: &str| {
        assert_eq!(effects(&problems), [(path, Effect::Refused)]);
        let side = policy.ingress.unwrap();
        assert!(side.rules.iter().all(|rule| rule.uncertain.is_some()) && side.isolates == Truth::No);
        policy.subject
    };
    let all = json!({"namespaces": {}});
    refused(baseline("other", 0, &spec(json!({"subject": all, "ingress": rules}))), "metadata.name");
    for priority in [json!(-1), json!(1001), Value::Null] {
        let value = json!({"priority": priority, "subject": all, "ingress": rules});
        refused(admin("p", 0, &spec(value)), "spec.priority");
    }
    let value = json!({"tier": "Default", "priority": 1, "subject": all, "ingress": rules});
    refused(cluster("p", 0, &spec(value)), "spec.tier");
    for subject in [
        json!({}),
        Value::Null,
        json!({"namespaces": {}, "pods": {"podSelector": {}, "namespaceSelector": {}}}),
    ] {
        let value = json!({"priority": 1, "subject": subject, "ingress": rules});
        let subject = refused(admin("p", 0, &spec(value)), "spec.subject");
        assert!(matches!(subject, Endpoints::Unknown(_)));
    }
    let rules: Vec<Value> =
        (0..26).map(|_| json!({"action": "Deny", "from": [{"namespaces": {}}]})).collect();
    let value = json!({"tier": "Admin", "priority": 1, "subject": all, "ingress": rules});
    refused(cluster("p", 0, &spec(value)), "spec.ingress");
}

#[test]
fn a_peer_without_a_field_fails_closed() {
    for (action, expected) in [
        ("Accept", (Action::Allow, Endpoints::Nobody)),
        ("Deny", (Action::Deny, Endpoints::Everyone)),
        ("Pass", (Action::Deny, Endpoints::Everyone)),
    ] {
        let (rules, _) = cluster_rule(&json!({
            "action": action,
            "to": [{"namespaces": {}}, {}],
            "protocols": [{"tcp": {"destinationPort": {"number": 80}}}],
        }));
        assert_eq!((rules.len(), rules[0].action, &rules[0].peers), (1, expected.0, &expected.1), "{action}");
        if expected.0 == Action::Deny {
            assert_eq!(rules[0].traffic, Traffic::all(), "it denies all, not just what it asks for");
        }
    }
}

#[test]
fn a_field_that_nobody_knows_is_never_ignored() {
    let to = json!([{"namespaces": {}}, {"services": {}}]);
    let shape = |action: &str| -> Vec<(Action, bool)> {
        let (rules, problems) = cluster_rule(&json!({"action": action, "to": to}));
        assert_eq!(effects(&problems), [("spec.egress[0].to[1].services", Effect::NotModelled)]);
        rules.iter().map(|rule| (rule.action, rule.uncertain.is_some())).collect()
    };
    assert_eq!(shape("Accept"), [(Action::Allow, true)]);
    assert_eq!(shape("Deny"), [(Action::Deny, false), (Action::Deny, true)]);
    assert_eq!(shape("Pass"), [(Action::Deny, true), (Action::Pass, true)]);

    let one = |extra: &str, value: Value| {
        let mut rule = json!({"action": "Accept", "to": [{"namespaces": {}}]});
        rule[extra] = value;
        cluster_rule(&rule)
    };
    for (field, value, path) in [
        ("log", json!(true), "spec.egress[0].log"),
        ("ports", json!([{"portNumber": {"port": 1}}]), "spec.egress[0].ports"),
        ("protocols", json!([{"icmp": {}}]), "spec.egress[0].protocols[0].icmp"),
        ("protocols", json!([{"tcp": {"flags": 1}}]), "spec.egress[0].protocols[0].tcp.flags"),
        ("from", json!([{"namespaces": {}}]), "spec.egress[0].from"),
    ] {
        let (rules, problems) = one(field, value);
        assert_eq!(effects(&problems), [(path, Effect::NotModelled)]);
        assert!(rules[0].uncertain.is_some());
    }
    // The form of the first version: it must not be read as a selector of everything.
    let (rules, problems) =
        admin_rule(&json!({"action": "Deny", "to": [{"namespaces": {"sameLabels": ["a"]}}]}));
    assert_eq!(effects(&problems), [("spec.egress[0].to[0].namespaces.sameLabels", Effect::NotModelled)]);
    let namespaces = Namespaces::Labelled(Selector::Unknown);
    assert_eq!(rules[0].peers, Endpoints::Pods { namespaces, labels: Selector::EVERYTHING });
    let value = json!({"priority": 1, "mode": "x", "subject": {"namespaces": {}}, "ingress": [{"action": "Deny", "from": [{"namespaces": {}}]}]});
    let (policy, problems) = admin("p", 0, &spec(value));
    assert_eq!(effects(&problems), [("spec.mode", Effect::NotModelled)]);
    assert!(policy.ingress.unwrap().rules[0].uncertain.is_some());
}

#[test]
fn an_unknown_action_may_allow_or_deny() {
    let (rules, _) = admin_rule(&json!({"action": "Log", "to": [{"namespaces": {}}]}));
    let actions: Vec<Action> = rules.iter().map(|rule| rule.action).collect();
    assert_eq!(actions, [Action::Deny, Action::Allow]);
    let value =
        json!({"subject": {"namespaces": {}}, "egress": [{"action": "Pass", "to": [{"namespaces": {}}]}]});
    let (_, problems) = baseline("default", 0, &spec(value));
    assert_eq!(effects(&problems), [("spec.egress[0].action", Effect::Refused)]);
}

#[test]
fn a_missing_selector_of_v1alpha1_is_told_but_means_all() {
    let (rules, problems) = admin_rule(&json!({"action": "Deny", "to": [{"pods": {"podSelector": {}}}]}));
    assert_eq!(effects(&problems), [("spec.egress[0].to[0].pods.namespaceSelector", Effect::WithoutEffect)]);
    assert_eq!((&rules[0].peers, rules[0].uncertain), (&everybody(), None));
    assert_eq!(cluster_rule(&json!({"action": "Deny", "to": [{"pods": {"podSelector": {}}}]})).1, []);
}

fn with_rules(priority: u32, namespace: &str, rules: &Value) -> Policy {
    let subject = json!({"namespaces": {"matchLabels": {"kubernetes.io/metadata.name": namespace}}});
    let value = json!({"priority": priority, "subject": subject, "ingress": rules});
    admin("p", 0, &spec(value)).0
}

#[test]
fn equal_priorities_are_uncertain_where_they_decide_differently() {
    let deny = json!([{"action": "Deny", "from": [{"namespaces": {}}]}]);
    let allow = json!([{"action": "Allow", "from": [{"pods": {"namespaceSelector": {}, "podSelector": {"matchLabels": {"a": "b"}}}}],
        "ports": [{"portNumber": {"port": 80}}]}]);
    let mut policies = vec![with_rules(5, "x", &deny), with_rules(5, "x", &allow)];
    let ties = mark_ties(&mut policies);
    let told: Vec<(usize, &str)> = ties.iter().map(|tie| (tie.index, tie.problem.path.as_str())).collect();
    assert_eq!(told, [(0, "spec.priority"), (1, "spec.priority")]);
    let rules = &policies[0].side(Direction::Ingress).unwrap().rules;
    let certain: Vec<bool> = rules.iter().map(|rule| rule.uncertain.is_none()).collect();
    assert_eq!(certain, [true, true, true, false]);
    // Denied for certain: other ports than the one that the other policy allows.
    let [Ports::Connections(excluded)] = &rules[2].traffic.exclude[..] else { panic!("{rules:?}") };
    assert!(excluded.contains(Connection::to_port(Protocol::Tcp, 80)));
    assert!(!excluded.contains(Connection::to_port(Protocol::Tcp, 81)));
    assert!(rules.iter().all(|rule| rule.path == "spec.ingress[0]" && rule.action == Action::Deny));

    let mut harmless = vec![
        with_rules(5, "x", &deny),
        with_rules(6, "x", &allow),
        with_rules(5, "y", &allow),
        with_rules(5, "x", &deny),
    ];
    let before = harmless.clone();
    assert_eq!((mark_ties(&mut harmless), harmless), (vec![], before));
}

#[test]
fn a_baseline_policy_ties_with_those_that_have_a_priority() {
    let rules = |action: &str| json!([{"action": action, "from": [{"namespaces": {}}]}]);
    let old =
        baseline("default", 0, &spec(json!({"subject": {"namespaces": {}}, "ingress": rules("Deny")}))).0;
    let value =
        json!({"tier": "Baseline", "priority": 1, "subject": {"namespaces": {}}, "ingress": rules("Accept")});
    let new = cluster("p", 1, &spec(value)).0;
    assert_eq!(mark_ties(&mut [old, new]).len(), 2);
}
