use serde_json::{Value, json};

use super::*;
use crate::NAMESPACE_NAME_LABEL;
use crate::policy::{
    Action, Direction, Effect, Endpoints, Inside, Namespaces, Ports, Position, Rule, Side, Tier,
};
use crate::selector::{Selector, Truth};

fn read_in(context: &Context, namespace: Option<&str>, spec: &Value) -> (Vec<Policy>, Vec<Problem>) {
    let specs = serde_json::from_value(json!({"kind": "any", "spec": spec})).unwrap();
    policies(context, namespace, "p", 7, &specs)
}

fn read(namespace: Option<&str>, spec: &Value) -> (Vec<Policy>, Vec<Problem>) {
    read_in(&Context::default(), namespace, spec)
}

/// The rules of a section, in the namespace `own`.
fn rules(section: &str, rule: &Value) -> (Vec<Rule>, Vec<Problem>) {
    let (policies, problems) = read(Some("own"), &json!({"endpointSelector": {}, section: [rule]}));
    let direction = if section.starts_with("in") { Direction::Ingress } else { Direction::Egress };
    let rules =
        policies.iter().filter_map(|policy| policy.side(direction)).flat_map(|side| side.rules.clone());
    (rules.collect(), problems)
}

/// The peers of the only rule of a section, without any problem.
fn peers(section: &str, rule: &Value) -> Endpoints {
    let (rules, problems) = rules(section, rule);
    assert_eq!((rules.len(), &problems[..], rules[0].uncertain), (1, &[][..], None), "{rule}");
    rules[0].peers.clone()
}

fn connections(rule: &Rule) -> String {
    let shown = rule.traffic.include.iter().map(|ports| match ports {
        Ports::Connections(connections) => connections.to_string(),
        Ports::Named { protocol, name, .. } => {
            format!("{name}/{}", protocol.map_or("any".into(), |p| p.to_string()))
        }
    });
    shown.collect::<Vec<_>>().join(" and ")
}

fn effects(problems: &[Problem]) -> Vec<(&str, Effect)> {
    problems.iter().map(|problem| (problem.path.as_str(), problem.effect)).collect()
}

fn in_own(labels: Selector) -> Endpoints {
    Endpoints::Pods { namespaces: Namespaces::Named("own".into()), labels }
}

fn everywhere(labels: Selector) -> Endpoints {
    Endpoints::Pods { namespaces: Namespaces::Every, labels }
}

fn not(endpoints: Endpoints) -> Endpoints {
    Endpoints::Not(Box::new(endpoints))
}

fn app(name: &str) -> Selector {
    Selector::equals("app", name)
}

fn blocks(texts: &[&str]) -> Endpoints {
    let blocks = texts.iter().map(|text| text.parse().unwrap()).collect();
    Endpoints::Blocks { blocks, inside: Inside::Never }
}

#[test]
fn denying_goes_first_and_sections_isolate() {
    let to_app = json!([{"toEndpoints": [{"matchLabels": {"app": "a"}}]}]);
    let spec = json!({"endpointSelector": {}, "egress": to_app, "egressDeny": to_app});
    let (policies, problems) = read(Some("own"), &spec);
    assert_eq!((policies.len(), &problems[..]), (2, &[][..]));
    assert!(policies[0].position < Position::of(-1e300) && policies[1].position == Position::of(0.0));
    let paths: Vec<(Action, &str)> = policies
        .iter()
        .map(|policy| policy.egress.as_ref().unwrap())
        .map(|side| (side.rules[0].action, side.rules[0].path.as_str()))
        .collect();
    assert_eq!(paths, [(Action::Deny, "spec.egressDeny[0]"), (Action::Allow, "spec.egress[0]")]);
    for policy in &policies {
        assert_eq!((policy.tag, &policy.tier, &policy.ingress), (7, &Tier::default_tier(), &None));
        assert_eq!(
            (&policy.subject, policy.egress.as_ref().unwrap().isolates),
            (&in_own(Selector::All(vec![])), Truth::Yes)
        );
    }
    let (only_denies, _) = read(Some("own"), &json!({"endpointSelector": {}, "egressDeny": to_app}));
    assert_eq!(only_denies.len(), 1);
    assert_eq!(only_denies[0].egress.as_ref().unwrap().isolates, Truth::Yes);
}

#[test]
fn who_is_cut_off() {
    let any = json!([{"fromEntities": ["all"]}]);
    for (ingress, asked, expected) in [
        (json!([{}]), Value::Null, Some((Truth::Yes, 1))),
        (any.clone(), json!({"ingress": false}), Some((Truth::No, 1))),
        (any.clone(), json!({"egress": true}), Some((Truth::Yes, 1))),
        (any, json!({"ingress": true}), Some((Truth::Yes, 1))),
        (json!([]), json!({"ingress": true}), Some((Truth::Maybe, 0))),
        (json!([]), Value::Null, None),
        (Value::Null, Value::Null, None),
    ] {
        let spec = json!({"endpointSelector": {}, "ingress": ingress, "enableDefaultDeny": asked});
        let (policies, problems) = read(Some("own"), &spec);
        let side: Option<&Side> = policies.first().and_then(|policy| policy.ingress.as_ref());
        assert_eq!(side.map(|side| (side.isolates, side.rules.len())), expected, "{spec}");
        let told = match (ingress.as_array().is_none_or(Vec::is_empty), asked.is_null()) {
            (true, true) => vec![("spec", Effect::WithoutEffect)],
            (true, false) => vec![("spec", Effect::NotModelled)],
            (false, _) => vec![],
        };
        assert_eq!(effects(&problems), told, "{spec}");
    }
    // A rule without anything matches nobody: this is how Cilium's own documents write a default deny.
    assert_eq!(peers("ingress", &json!({})), Endpoints::Nobody);
}

#[test]
fn subjects_stay_in_the_namespace_of_the_policy() {
    let subject = |namespace: Option<&str>, selector: Value| {
        let (policies, problems) = read(namespace, &json!({"endpointSelector": selector, "ingress": [{}]}));
        (
            policies[0].subject.clone(),
            effects(&problems).iter().map(|(_, effect)| *effect).collect::<Vec<_>>(),
        )
    };
    let by = |key: &str, value: &str| json!({"matchLabels": {key: value}});
    for (selector, expected, told) in [
        (by("app", "a"), in_own(app("a")), vec![]),
        (by("k8s:app", "a"), in_own(app("a")), vec![]),
        (by("any:app", "a"), in_own(app("a")), vec![]),
        (by("k8s:io.kubernetes.pod.namespace", "own"), in_own(Selector::All(vec![])), vec![]),
        (
            by("k8s:io.kubernetes.pod.namespace", "x"),
            in_own(Selector::All(vec![])),
            vec![Effect::WithoutEffect],
        ),
        (by("reserved:init", ""), Endpoints::Nobody, vec![Effect::WithoutEffect]),
        (by("pod-template-hash", "1"), in_own(Selector::Unknown), vec![Effect::NotModelled]),
        (by("k8s-app", "a"), in_own(Selector::equals("k8s-app", "a")), vec![]),
        (by("app.kubernetes.io/name", "a"), in_own(Selector::equals("app.kubernetes.io/name", "a")), vec![]),
    ] {
        assert_eq!(subject(Some("own"), selector.clone()), (expected, told), "{selector}");
    }
    assert_eq!(subject(None, json!({})).0, everywhere(Selector::All(vec![])));
    assert_eq!(
        subject(None, by("io.kubernetes.pod.namespace", "x")).0,
        Endpoints::Pods { namespaces: Namespaces::Named("x".into()), labels: Selector::All(vec![]) }
    );
    let Endpoints::Pods { namespaces: Namespaces::Labelled(both), .. } =
        subject(Some("own"), by("any:io.kubernetes.pod.namespace", "x")).0
    else {
        panic!("both namespaces are asked for")
    };
    let of = |name: &str| crate::Labels::of([(NAMESPACE_NAME_LABEL.to_owned(), name.to_owned())].into());
    assert_eq!([both.selects(&of("own")), both.selects(&of("x"))], [Truth::No; 2]);
}

#[test]
fn endpoints_are_pods_of_the_own_namespace_unless_they_say_more() {
    let from = |selector: Value| peers("ingress", &json!({"fromEndpoints": [selector]}));
    let named = |name: &str| Namespaces::Named(name.to_owned());
    let everything = || Selector::All(vec![]);
    let labelled = |key: &str, value: &str| Namespaces::Labelled(Selector::equals(key, value));
    for (selector, expected) in [
        (json!({}), in_own(everything())),
        (json!({"matchLabels": {"app": "a"}}), in_own(app("a"))),
        (
            json!({"matchLabels": {"k8s:io.kubernetes.pod.namespace": "x", "app": "a"}}),
            Endpoints::Pods { namespaces: named("x"), labels: app("a") },
        ),
        (
            json!({"matchLabels": {"io.cilium.k8s.namespace.labels.team": "a"}}),
            Endpoints::Pods { namespaces: labelled("team", "a"), labels: everything() },
        ),
        (
            json!({"matchExpressions": [{"key": "k8s:io.kubernetes.pod.namespace", "operator": "Exists"}]}),
            everywhere(everything()),
        ),
        (
            json!({"matchExpressions": [{"key": "app", "operator": "NotIn", "values": ["a"]}]}),
            in_own(app("a").negated()),
        ),
        (
            json!({"matchLabels": {"io.cilium.k8s.policy.serviceaccount": "bot"}}),
            Endpoints::All(vec![
                in_own(everything()),
                Endpoints::Accounts {
                    namespaces: Namespaces::Every,
                    names: vec!["bot".into()],
                    labels: Selector::EVERYTHING,
                },
            ]),
        ),
        (json!({"matchLabels": {"reserved:host": ""}}), Endpoints::OwnNode),
        (json!({"matchLabels": {"reserved:world": "", "app": "a"}}), Endpoints::Nobody),
        (
            json!({"matchExpressions": [{"key": "reserved:world", "operator": "DoesNotExist"}]}),
            not(Endpoints::World),
        ),
    ] {
        assert_eq!(from(selector.clone()), expected, "{selector}");
    }
    // What has no namespace is not in this one, but only some versions of Cilium take it so.
    let found = from(json!({"matchExpressions": [
        {"key": "k8s:io.kubernetes.pod.namespace", "operator": "NotIn", "values": ["x"]}
    ]}));
    let Endpoints::All(parts) = found else { panic!("{found:?}") };
    let in_x = Endpoints::Pods { namespaces: labelled(NAMESPACE_NAME_LABEL, "x"), labels: everything() };
    assert_eq!(parts[0], not(in_x));
    let Endpoints::Any(others) = &parts[1] else { panic!("{parts:?}") };
    assert!(others[0] == everywhere(everything()) && matches!(others[1], Endpoints::Unknown(_)));
    let clusterwide = |selector: Value| {
        let spec = json!({"endpointSelector": {}, "ingress": [{"fromEndpoints": [selector]}]});
        read(None, &spec).0[0].ingress.as_ref().unwrap().rules[0].peers.clone()
    };
    assert_eq!(clusterwide(json!({})), everywhere(everything()));
    assert_eq!(clusterwide(json!({"matchLabels": {"app": "a"}})), everywhere(app("a")));
}

#[test]
fn an_empty_list_is_nobody_and_a_missing_one_everybody() {
    let ports = json!([{"ports": [{"port": "80", "protocol": "TCP"}]}]);
    assert_eq!(peers("ingress", &json!({"toPorts": ports})), Endpoints::Everyone);
    for field in ["fromEndpoints", "fromEntities", "fromCIDR", "fromCIDRSet", "fromNodes"] {
        let (rules, problems) = rules("ingress", &json!({field: [], "toPorts": ports}));
        assert_eq!(rules[0].peers, Endpoints::Nobody, "{field}");
        assert_eq!(
            effects(&problems),
            [(format!("spec.ingress[0].{field}").as_str(), Effect::WithoutEffect)]
        );
    }
    assert_eq!(peers("egress", &json!({"toServices": [], "toPorts": ports})), Endpoints::Everyone);
}

#[test]
fn entities_are_who_they_are() {
    let entity = |name: &str| rules("egress", &json!({"toEntities": [name]}));
    let nodes = || Endpoints::Nodes(Selector::EVERYTHING);
    for (name, expected) in [
        ("all", Endpoints::Everyone),
        ("world", Endpoints::World),
        ("cluster", Endpoints::Any(vec![Endpoints::Cluster, Endpoints::ApiServers])),
        ("host", Endpoints::OwnNode),
        ("remote-node", Endpoints::All(vec![nodes(), not(Endpoints::OwnNode)])),
        ("kube-apiserver", Endpoints::ApiServers),
        ("none", Endpoints::Nobody),
        ("init", Endpoints::Nobody),
        ("health", Endpoints::Nobody),
    ] {
        let (rules, problems) = entity(name);
        assert_eq!((&rules[0].peers, &problems[..]), (&expected, &[][..]), "{name}");
    }
    for name in ["ingress", "unmanaged"] {
        assert_eq!(effects(&entity(name).1), [("spec.egress[0].toEntities[0]", Effect::NotModelled)]);
    }
    let both = peers("ingress", &json!({"fromEntities": ["remote-node", "host", "world"]}));
    assert_eq!(both, Endpoints::Any(vec![nodes(), Endpoints::World]));
    let (rules, problems) = entity("World");
    assert_eq!(effects(&problems), [("spec.egress[0].toEntities[0]", Effect::Refused)]);
    assert!(rules[0].uncertain.is_some() && matches!(rules[0].peers, Endpoints::Unknown(_)));
    assert!(
        matches!(&entity("world-ipv4").0[0].peers, Endpoints::All(parts) if parts[0] == blocks(&["0.0.0.0/0"]))
    );
}

#[test]
fn blocks_are_outside_and_have_exceptions() {
    let egress = |rule: Value| peers("egress", &rule);
    assert_eq!(egress(json!({"toCIDR": ["10.0.0.0/8"]})), blocks(&["10.0.0.0/8"]));
    assert_eq!(
        egress(json!({"toCIDRSet": [{"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16", "10.2.0.0/16"]}]})),
        Endpoints::All(vec![blocks(&["10.0.0.0/8"]), not(blocks(&["10.1.0.0/16", "10.2.0.0/16"]))])
    );
    for (rule, path) in [
        (json!({"toCIDR": ["10.0.0.1"]}), "toCIDR[0]"),
        (json!({"toCIDRSet": [{"cidr": "10.0.0.0/8", "except": ["11.0.0.0/16"]}]}), "toCIDRSet[0].except[0]"),
        (json!({"toCIDRSet": [{"cidr": "10.0.0.0/8", "except": ["0.0.0.0/0"]}]}), "toCIDRSet[0].except[0]"),
        (json!({"toCIDRSet": [{}]}), "toCIDRSet[0]"),
        (json!({"toCIDRSet": [{"cidr": "10.0.0.0/8", "cidrGroupRef": "a"}]}), "toCIDRSet[0]"),
    ] {
        let (rules, problems) = rules("egress", &rule);
        assert_eq!(effects(&problems), [(format!("spec.egress[0].{path}").as_str(), Effect::Refused)]);
        assert!(rules.iter().all(|rule| rule.uncertain.is_some()));
    }
}

#[test]
fn groups_of_blocks_are_those_in_view() {
    let group = |name: &str, block: &str| CidrGroup {
        name: name.to_owned(),
        labels: [("kind".to_owned(), name.to_owned())].into(),
        blocks: vec![block.parse().unwrap()],
    };
    let groups = vec![group("a", "10.0.0.0/8"), group("b", "11.0.0.0/8")];
    let found = |all_groups: bool, rule: Value| {
        let context = Context { groups: groups.clone(), all_groups };
        let spec = json!({"endpointSelector": {}, "egress": [{"toCIDRSet": [rule]}]});
        let peers =
            read_in(&context, Some("own"), &spec).0[0].egress.as_ref().unwrap().rules[0].peers.clone();
        let Endpoints::Any(parts) = peers else { panic!("{peers:?}") };
        let known = parts.iter().filter(|part| matches!(part, Endpoints::Blocks { .. })).count();
        (known, parts.len() - known)
    };
    let selector = json!({"cidrGroupSelector": {"matchLabels": {"kind": "a"}}});
    assert_eq!(found(true, json!({"cidrGroupRef": "a"})), (1, 0));
    assert_eq!(found(false, json!({"cidrGroupRef": "a"})), (1, 0));
    assert_eq!(found(true, json!({"cidrGroupRef": "c"})), (0, 0));
    assert_eq!(found(false, json!({"cidrGroupRef": "c"})), (0, 1));
    assert_eq!(found(true, selector.clone()), (1, 0));
    assert_eq!(found(false, selector), (1, 1));
    assert_eq!(found(true, json!({"cidrGroupSelector": {"matchLabels": {"cidrgroup:kind": "b"}}})), (1, 0));

    let read = |spec: Value| cidr_group("a", BTreeMap::new(), &serde_json::from_value(spec).unwrap());
    let (group, problems) = read(json!({"externalCIDRs": ["10.0.0.0/8", "fd00::/8"]}));
    assert_eq!((group.map(|group| group.blocks.len()), &problems[..]), (Some(2), &[][..]));
    let (group, problems) = read(json!({"externalCIDRs": ["10.0.0.0/8", "10.0.0.0"]}));
    assert!(group.is_none());
    assert_eq!(effects(&problems), [("spec.externalCIDRs[1]", Effect::Refused)]);
}

#[test]
fn what_stands_for_addresses_that_nobody_knows_may_match() {
    for rule in [
        json!({"toFQDNs": [{"matchName": "example.org"}]}),
        json!({"toFQDNs": [{"matchPattern": "*.example.org"}, {"matchName": "a.b"}]}),
        json!({"toGroups": [{"aws": {"region": "x"}}]}),
    ] {
        let found = peers("egress", &rule);
        assert!(matches!(&found, Endpoints::All(parts) if parts[0] == Endpoints::World), "{found:?}");
    }
    let (rules, problems) =
        rules("egress", &json!({"toNodes": [{"matchLabels": {"kubernetes.io/hostname": "a"}}]}));
    assert_eq!(effects(&problems), [("spec.egress[0].toNodes[0]", Effect::NotModelled)]);
    let Endpoints::All(parts) = &rules[0].peers else { panic!("{rules:?}") };
    assert_eq!(parts[0], Endpoints::Nodes(Selector::equals("kubernetes.io/hostname", "a")));
    assert!(matches!(parts[1], Endpoints::Unknown(_)));
}

#[test]
fn services_are_certain_outside_of_the_cluster() {
    let found =
        peers("egress", &json!({"toServices": [{"k8sService": {"serviceName": "db", "namespace": "x"}}]}));
    let service = Endpoints::Services {
        namespaces: Namespaces::Named("x".into()),
        name: Some("db".into()),
        labels: Selector::EVERYTHING,
    };
    let Endpoints::Any(parts) = found else { panic!() };
    assert_eq!(parts[0], Endpoints::All(vec![service, not(everywhere(Selector::EVERYTHING))]));
    assert!(matches!(&parts[1], Endpoints::All(parts) if matches!(parts[2], Endpoints::Unknown(_))));
    let found = peers(
        "egress",
        &json!({"toServices": [{"k8sServiceSelector": {"selector": {"matchLabels": {"app": "a"}}}}]}),
    );
    let Endpoints::Any(parts) = found else { panic!() };
    let labelled = Endpoints::Services { namespaces: Namespaces::Every, name: None, labels: app("a") };
    assert!(matches!(&parts[0], Endpoints::All(parts) if parts[0] == labelled));
}

#[test]
fn ports_and_types_of_icmp() {
    let every = "1-65535";
    for (port, expected) in [
        (json!({"port": "80", "protocol": "TCP"}), "TCP 80".to_owned()),
        (json!({"port": "80"}), "SCTP 80,TCP 80,UDP 80".to_owned()),
        (json!({"port": "80", "endPort": 90, "protocol": "UDP"}), "UDP 80-90".to_owned()),
        (json!({"port": "80", "endPort": 80, "protocol": "UDP"}), "UDP 80".to_owned()),
        (json!({"port": "80", "endPort": 0, "protocol": "UDP"}), "UDP 80".to_owned()),
        (json!({"port": "0", "protocol": "TCP"}), format!("TCP {every}")),
        (json!({"port": "0", "protocol": "ANY"}), "All Connections".to_owned()),
        (json!({"port": "010", "protocol": "TCP"}), "TCP 8".to_owned()),
        (json!({"port": "Web", "protocol": "TCP"}), "web/TCP".to_owned()),
        (json!({"port": "web", "endPort": 3}), "web/any".to_owned()),
    ] {
        let (rules, problems) = rules("ingress", &json!({"toPorts": [{"ports": [port]}]}));
        assert_eq!((connections(&rules[0]), &problems[..]), (expected, &[][..]), "{port}");
        assert_eq!((rules.len(), rules[0].uncertain), (1, None));
    }
    let fields = json!([{"type": 8}, {"type": "EchoReply"}, {"family": "IPv6", "type": "EchoRequest"}]);
    let (rules, problems) = rules("egress", &json!({"icmps": [{"fields": fields}]}));
    assert_eq!(
        (connections(&rules[0]).as_str(), &problems[..]),
        ("ICMP type 8 and ICMP type 0 and ICMPv6 type 128", &[][..])
    );
    assert_eq!(rules[0].peers, Endpoints::Everyone);
}

#[test]
fn names_of_ports_are_certain_for_ingress_only() {
    let rule = json!({"toPorts": [{"ports": [{"port": "Web", "protocol": "TCP"}]}]});
    for (section, wanted, noted) in [
        ("ingress", &[("web/TCP", true)][..], &[][..]),
        (
            "egress",
            &[("TCP 1-65535", false), ("web/TCP", false)],
            &[("spec.egress[0].toPorts[0].ports[0].port", Effect::NotModelled)],
        ),
    ] {
        let (rules, problems) = rules(section, &rule);
        let found: Vec<(String, bool)> =
            rules.iter().map(|rule| (connections(rule), rule.uncertain.is_none())).collect();
        let wanted: Vec<(String, bool)> =
            wanted.iter().map(|(shown, certain)| ((*shown).to_owned(), *certain)).collect();
        assert_eq!((found, effects(&problems)), (wanted, noted.to_vec()), "{section}");
    }
}

#[test]
fn ports_that_are_refused() {
    let port = |port: Value| json!({"toPorts": [{"ports": [port]}]});
    let many: Vec<Value> = (0..41).map(|_| json!({"port": "1"})).collect();
    for (rule, path) in [
        (port(json!({"port": 80})), "toPorts[0].ports[0].port"),
        (port(json!({})), "toPorts[0].ports[0].port"),
        (port(json!({"port": "65536"})), "toPorts[0].ports[0].port"),
        (port(json!({"port": "a--b"})), "toPorts[0].ports[0].port"),
        (port(json!({"port": "1", "protocol": "tcp"})), "toPorts[0].ports[0].protocol"),
        (port(json!({"port": "1", "protocol": "ICMP"})), "toPorts[0].ports[0].protocol"),
        (port(json!({"port": "1", "endPort": 70000})), "toPorts[0].ports[0].endPort"),
        (json!({"toPorts": [{"ports": many}]}), "toPorts[0].ports"),
        (json!({"icmps": [{"fields": [{"type": 256}]}]}), "icmps[0].fields[0].type"),
        (json!({"icmps": [{"fields": [{"type": "PacketTooBig"}]}]}), "icmps[0].fields[0].type"),
        (json!({"icmps": [{"fields": [{"type": 1, "family": "v4"}]}]}), "icmps[0].fields[0].family"),
        (json!({"toEntities": ["world"], "toCIDR": ["10.0.0.0/8"]}), ""),
        (
            json!({"toPorts": [{"ports": [{"port": "1"}], "rules": {"http": []}}]}),
            "toPorts[0].ports[0].protocol",
        ),
        (json!({"authentication": {"mode": "maybe"}}), "authentication.mode"),
    ] {
        let (rules, problems) = rules("egress", &rule);
        let path =
            if path.is_empty() { "spec.egress[0]".to_owned() } else { format!("spec.egress[0].{path}") };
        assert_eq!(effects(&problems), [(path.as_str(), Effect::Refused)], "{rule}");
        assert!(!rules.is_empty() && rules.iter().all(|rule| rule.uncertain.is_some()), "{rule}");
    }
    for (port, shown) in [
        (json!({"port": "90", "endPort": 80, "protocol": "TCP"}), "TCP 90"),
        (json!({"port": "0", "endPort": 80, "protocol": "TCP"}), "TCP 1-65535"),
    ] {
        let (rules, problems) = rules("egress", &json!({"toPorts": [{"ports": [port]}]}));
        assert_eq!(
            effects(&problems),
            [("spec.egress[0].toPorts[0].ports[0].endPort", Effect::WithoutEffect)]
        );
        assert_eq!((connections(&rules[0]).as_str(), rules[0].uncertain), (shown, None));
    }
    let (rules, problems) = rules("egress", &port(json!({"protocol": "GRE"})));
    assert_eq!((connections(&rules[0]).as_str(), &problems[..]), ("protocol 47", &[][..]));
    assert!(rules[0].uncertain.is_some(), "the agents have an option for it");
}

#[test]
fn what_looks_into_connections_is_uncertain() {
    let with = |field: &str, value: Value| {
        let mut entry = json!({"ports": [{"port": "80", "protocol": "TCP"}]});
        entry[field] = value;
        json!({"toPorts": [{"ports": [{"port": "81", "protocol": "TCP"}]}, entry]})
    };
    for (field, value, certain) in [
        ("rules", json!({"http": [{"path": "/"}]}), false),
        ("rules", json!({"kafka": [{}]}), false),
        ("rules", json!({"l7proto": "x", "l7": [{}]}), false),
        ("rules", json!({"dns": [{"matchName": "a.b"}]}), false),
        ("rules", json!({"dns": [{"matchName": "a.b"}, {"matchPattern": "*"}]}), true),
        ("rules", json!({}), true),
        ("serverNames", json!(["a.b"]), false),
        ("serverNames", json!([]), true),
        ("listener", json!({"name": "a"}), false),
        ("terminatingTLS", json!({"secret": {"name": "a"}}), false),
        ("originatingTLS", json!({"secret": {"name": "a"}}), false),
    ] {
        let (rules, problems) = rules("egress", &with(field, value.clone()));
        let found: Vec<(String, bool)> =
            rules.iter().map(|rule| (connections(rule), rule.uncertain.is_none())).collect();
        let expected = if certain {
            vec![("TCP 81 and TCP 80".to_owned(), true)]
        } else {
            vec![("TCP 81".to_owned(), true), ("TCP 80".to_owned(), false)]
        };
        assert_eq!((found, &problems[..]), (expected, &[][..]), "{field} {value}");
    }
    for (mode, certain) in [("disabled", true), ("required", false), ("test-always-fail", false)] {
        let (rules, _) =
            rules("ingress", &json!({"fromEntities": ["all"], "authentication": {"mode": mode}}));
        assert_eq!(rules[0].uncertain.is_none(), certain, "{mode}");
    }
}

#[test]
fn a_field_that_nobody_knows_is_never_ignored() {
    for (section, rule, path) in [
        ("ingress", json!({"fromEntities": ["all"], "toEndpoints": [{}]}), "ingress[0].toEndpoints"),
        ("egress", json!({"toEntities": ["all"], "x": 1}), "egress[0].x"),
        (
            "egressDeny",
            json!({"toEntities": ["all"], "authentication": {"mode": "required"}}),
            "egressDeny[0].authentication",
        ),
        (
            "egress",
            json!({"toPorts": [{"ports": [{"port": "1", "x": 1}]}]}),
            "egress[0].toPorts[0].ports[0].x",
        ),
        ("egress", json!({"toPorts": [{"ports": [{"port": "1"}], "x": 1}]}), "egress[0].toPorts[0].x"),
        (
            "egress",
            json!({"toPorts": [{"ports": [{"port": "1"}], "rules": {"grpc": []}}]}),
            "egress[0].toPorts[0].rules.grpc",
        ),
        (
            "egressDeny",
            json!({"toPorts": [{"ports": [{"port": "1"}], "rules": {"http": []}}]}),
            "egressDeny[0].toPorts[0].rules",
        ),
        (
            "egress",
            json!({"icmps": [{"fields": [{"type": 8, "code": 1}]}]}),
            "egress[0].icmps[0].fields[0].code",
        ),
    ] {
        let (rules, problems) = rules(section, &rule);
        assert_eq!(effects(&problems), [(format!("spec.{path}").as_str(), Effect::NotModelled)]);
        assert!(!rules.is_empty() && rules.iter().all(|rule| rule.uncertain.is_some()), "{rule}");
    }
    let (rules, problems) = rules("egress", &json!({"toCIDRSet": [{"cidr": "10.0.0.0/8", "x": 1}]}));
    assert_eq!(effects(&problems), [("spec.egress[0].toCIDRSet[0].x", Effect::NotModelled)]);
    assert!(matches!(rules[0].peers, Endpoints::Unknown(_)));
    let spec = json!({"endpointSelector": {}, "ingress": [{"fromEntities": ["all"]}], "order": 3});
    let (policies, problems) = read(Some("own"), &spec);
    let side = policies[0].ingress.as_ref().unwrap();
    assert_eq!(effects(&problems), [("spec.order", Effect::NotModelled)]);
    assert!(side.isolates == Truth::Maybe && side.rules[0].uncertain.is_some());
}

#[test]
fn what_is_required_of_peers_may_take_away() {
    let rule = json!({"fromEndpoints": [{}], "fromRequires": [{"matchLabels": {"app": "a"}}]});
    let (rules, problems) = rules("ingress", &rule);
    assert_eq!(effects(&problems), [("spec.ingress[0].fromRequires", Effect::NotModelled)]);
    assert_eq!(
        (rules[0].action, &rules[0].peers),
        (Action::Deny, &not(Endpoints::All(vec![in_own(app("a"))])))
    );
    assert_eq!((rules[1].action, &rules[1].peers), (Action::Allow, &in_own(Selector::All(vec![]))));
    assert!(rules.iter().all(|rule| rule.uncertain.is_some()));
}

#[test]
fn policies_for_nodes_are_uncertain_and_not_about_pods() {
    let spec =
        json!({"nodeSelector": {"matchLabels": {"role": "a"}}, "ingress": [{"fromEntities": ["world"]}]});
    let (policies, problems) = read(None, &spec);
    assert_eq!(effects(&problems), [("spec.nodeSelector", Effect::NotModelled)]);
    assert_eq!(policies[0].subject, Endpoints::Nodes(Selector::equals("role", "a")));
    let side = policies[0].ingress.as_ref().unwrap();
    assert!(side.isolates == Truth::Maybe && side.rules[0].uncertain.is_some());
    let refused = effects(&read(Some("own"), &spec).1).contains(&("spec.nodeSelector", Effect::Refused));
    assert!(refused, "only a clusterwide policy may select nodes");
}

#[test]
fn both_spec_and_specs_count_and_are_refused_together() {
    let rule = json!([{"fromEntities": ["all"]}]);
    let object = json!({
        "apiVersion": "cilium.io/v2",
        "metadata": {"name": "p"},
        "spec": {"endpointSelector": {}, "ingress": rule, "labels": [{"key": "a"}], "description": "x"},
        "specs": [{"endpointSelector": {}, "ingress": rule}, {"ingress": rule}],
        "status": {},
    });
    let specs: Specs = serde_json::from_value(object).unwrap();
    let (policies, problems) = policies(&Context::default(), Some("own"), "p", 0, &specs);
    assert_eq!(effects(&problems), [("specs[1]", Effect::Refused)]);
    let sides: Vec<&Side> = policies.iter().filter_map(|policy| policy.ingress.as_ref()).collect();
    let paths: Vec<&str> = sides.iter().map(|side| side.rules[0].path.as_str()).collect();
    assert_eq!(paths, ["spec.ingress[0]", "specs[0].ingress[0]", "specs[1].ingress[0]"]);
    assert!(sides.iter().all(|side| side.isolates == Truth::Maybe && side.rules[0].uncertain.is_some()));
    assert!(matches!(policies[2].subject, Endpoints::Unknown(_)));
    let idle: Specs = serde_json::from_value(
        json!({"specs": [{"endpointSelector": {}, "ingress": rule}, {"endpointSelector": {}}]}),
    )
    .unwrap();
    let (_, problems) = super::policies(&Context::default(), Some("own"), "p", 0, &idle);
    assert_eq!(effects(&problems), [("specs[1]", Effect::Refused)]);
    let nothing: Specs = serde_json::from_value(json!({"kind": "CiliumNetworkPolicy"})).unwrap();
    let (policies, problems) = super::policies(&Context::default(), None, "p", 0, &nothing);
    assert!(policies.is_empty() && effects(&problems) == [("spec", Effect::Refused)]);
}
