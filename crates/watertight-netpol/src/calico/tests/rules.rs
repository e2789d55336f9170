//! Each field of rules.

use Direction::{Egress, Ingress};

use super::*;
use crate::connections::{Connection, Connections, Protocol};
use crate::intervals::Intervals;
use crate::policy::{Action, Ports, Traffic};

fn allow(rule: Value) -> Lowered {
    sound_rule(Some("shop"), Ingress, rule)
}

/// Whether a rule matches a connection to a pod whose port `web` is TCP 8080 and whose port `dns` is UDP 53.
fn matches(traffic: &Traffic, connection: Connection) -> bool {
    let any = |list: &[Ports]| {
        list.iter().any(|ports| match ports {
            Ports::Connections(connections) => connections.contains(connection),
            Ports::Named { protocol, name, from } => {
                let found = match name.as_str() {
                    "web" => (Protocol::Tcp, 8080),
                    "dns" => (Protocol::Udp, 53),
                    _ => return false,
                };
                found == (connection.protocol, connection.to)
                    && protocol.is_none_or(|protocol| protocol == connection.protocol)
                    && from.as_ref().is_none_or(|from| from.contains(connection.from))
            }
        })
    };
    any(&traffic.include) && !any(&traffic.exclude)
}

fn kind(protocol: Protocol, kind: u16, code: u16) -> Connection {
    Connection { protocol, from: 0, to: kind << 8 | code }
}

#[test]
fn rules_match_protocols_and_ports() {
    let tcp = |port| Connection::to_port(Protocol::Tcp, port);
    let udp = |port| Connection::to_port(Protocol::Udp, port);
    let from = |from, to| Connection { protocol: Protocol::Tcp, from, to };
    let other = |number| Connection { protocol: Protocol::of_number(number), from: 0, to: 0 };
    let ping = kind(Protocol::Icmp, 8, 0);
    for (rule, yes, no) in [
        (json!({}), vec![tcp(80), udp(53), ping, other(47)], vec![]),
        (json!({"protocol": "TCP"}), vec![tcp(80)], vec![udp(80), ping]),
        (json!({"protocol": 6}), vec![tcp(80)], vec![udp(80), ping]),
        (json!({"protocol": "6"}), vec![tcp(80)], vec![udp(80), ping]),
        (json!({"protocol": "UDPLite"}), vec![other(136)], vec![udp(80)]),
        (json!({"protocol": "SCTP"}), vec![Connection::to_port(Protocol::Sctp, 1)], vec![tcp(1)]),
        (json!({"protocol": 47}), vec![other(47)], vec![other(48), tcp(80)]),
        (json!({"notProtocol": "TCP"}), vec![udp(80), ping, other(47)], vec![tcp(80)]),
        (json!({"notProtocol": 132}), vec![tcp(1)], vec![Connection::to_port(Protocol::Sctp, 1)]),
        (json!({"protocol": "ICMP"}), vec![ping], vec![tcp(80), kind(Protocol::Icmpv6, 8, 0)]),
        (
            json!({"protocol": "ICMP", "icmp": {"type": 8}}),
            vec![ping, kind(Protocol::Icmp, 8, 255)],
            vec![kind(Protocol::Icmp, 9, 0), kind(Protocol::Icmpv6, 8, 0)],
        ),
        (
            json!({"protocol": 58, "icmp": {"type": 128, "code": 0}}),
            vec![kind(Protocol::Icmpv6, 128, 0)],
            vec![kind(Protocol::Icmpv6, 128, 1), kind(Protocol::Icmp, 128, 0)],
        ),
        (json!({"protocol": "ICMP", "icmp": {}}), vec![ping], vec![tcp(80)]),
        (
            json!({"protocol": "ICMP", "notICMP": {"type": 8, "code": 0}}),
            vec![kind(Protocol::Icmp, 8, 1)],
            vec![ping, tcp(80)],
        ),
        (
            json!({"protocol": "TCP", "destination": {"ports": [80, "443", "8000:8080"]}}),
            vec![tcp(80), tcp(443), tcp(8000), tcp(8080)],
            vec![tcp(81), tcp(7999), udp(80)],
        ),
        (
            json!({"protocol": "TCP", "destination": {"notPorts": [80, "90:91", "web"]}}),
            vec![tcp(81), tcp(89)],
            vec![tcp(80), tcp(90), tcp(91), tcp(8080), udp(81)],
        ),
        (
            json!({"protocol": "TCP", "destination": {"ports": ["1:100"], "notPorts": [80]}}),
            vec![tcp(79), tcp(81)],
            vec![tcp(80), tcp(101)],
        ),
        (
            json!({"protocol": "TCP", "source": {"ports": ["1:1023"]}, "destination": {"ports": [80, "web"]}}),
            vec![from(1023, 80), from(1, 8080)],
            vec![from(1024, 80), from(1024, 8080), from(1, 81)],
        ),
        (
            json!({"protocol": "TCP", "source": {"notPorts": ["1:1023"]}}),
            vec![from(1024, 80)],
            vec![from(1023, 80)],
        ),
        (
            json!({"protocol": "TCP", "destination": {"ports": ["web", "dns"]}}),
            vec![tcp(8080)],
            vec![udp(53), tcp(80)],
        ),
        (json!({"destination": {"ports": ["web", "dns"]}}), vec![tcp(8080), udp(53)], vec![tcp(53), ping]),
        (
            json!({"destination": {"notPorts": ["web"]}, "notProtocol": "UDP"}),
            vec![tcp(80), ping],
            vec![tcp(8080), udp(1)],
        ),
    ] {
        let found = allow(rule.clone());
        assert_eq!(found.uncertain, None, "{rule}");
        let matched = |connection: &Connection| matches(&found.traffic, *connection);
        assert!(yes.iter().all(matched), "{rule}");
        assert!(!no.iter().any(matched), "{rule}");
    }
    assert_eq!(allow(json!({})).traffic, Traffic::all());
    let web = json!({"protocol": "TCP", "destination": {"ports": [80]}});
    assert_eq!(allow(web).traffic, Traffic::of(Connections::of(Protocol::Tcp, &Intervals::one(80))));
}

#[test]
fn what_may_match_less_is_uncertain() {
    for (direction, rule) in [
        (Ingress, json!({"protocol": "TCP", "source": {"ports": ["web"]}})),
        (Ingress, json!({"protocol": "TCP", "source": {"notPorts": ["web"]}})),
        (Ingress, json!({"notICMP": {"type": 8}})),
        (Ingress, json!({"http": {"methods": ["GET"]}})),
        (Egress, json!({"destination": {"services": {"name": "db", "namespace": "data"}}})),
        (Egress, json!({"destination": {"services": {"name": "db"}}})),
        (Ingress, json!({"source": {"services": {"name": "db"}}})),
    ] {
        let found = sound_rule(Some("shop"), direction, rule.clone());
        assert!(found.uncertain.is_some(), "{rule}");
    }
    // It is at least not less than what may match.
    let named = allow(json!({"protocol": "TCP", "source": {"ports": ["web", 5]}}));
    assert!(matches(&named.traffic, Connection::to_port(Protocol::Tcp, 80)));
}

#[test]
fn actions_are_kept_and_logs_are_left_out() {
    let policy = sound(
        Some("shop"),
        json!({"egress": [{"action": "Log"}, {"action": "Deny"}, {"action": "Pass"}, {"action": "Allow"}]}),
    );
    let rules: Vec<(&str, Action)> =
        policy.egress.as_ref().unwrap().rules.iter().map(|rule| (&*rule.path, rule.action)).collect();
    assert_eq!(
        rules,
        [
            ("spec.egress[1]", Action::Deny),
            ("spec.egress[2]", Action::Pass),
            ("spec.egress[3]", Action::Allow)
        ]
    );
}

#[test]
fn either_end_may_be_limited_in_either_direction() {
    let rule = json!({
        "source": {"nets": ["10.1.0.0/16"]},
        "destination": {"nets": ["10.2.0.0/16"]},
    });
    for (direction, peers, subject) in
        [(Ingress, "10.1.0.0/16", "10.2.0.0/16"), (Egress, "10.2.0.0/16", "10.1.0.0/16")]
    {
        let found = sound_rule(None, direction, rule.clone());
        assert_eq!((found.peers, found.subject), (blocks(&[peers]), blocks(&[subject])), "{direction:?}");
    }
    let plain = allow(json!({}));
    assert_eq!((plain.peers, plain.subject), (Endpoints::Everyone, Endpoints::Everyone));
}

#[test]
fn sources_are_read() {
    let equals = Selector::equals;
    let own =
        |labels: Selector| Endpoints::Any(vec![pods_of("shop", labels.clone()), sets_of("shop", labels)]);
    let not = |inner| Endpoints::Not(Box::new(inner));
    let v4 = || blocks(&["0.0.0.0/0"]);
    let every = |labels: Selector| {
        let sets = Endpoints::Sets { namespaces: Namespaces::Every, labels: labels.clone() };
        Endpoints::Any(vec![Endpoints::Pods { namespaces: Namespaces::Every, labels }, sets])
    };
    let labelled = |labels: Selector, own: Selector| {
        let namespaces = Namespaces::Labelled(labels);
        let pods = Endpoints::Pods { namespaces: namespaces.clone(), labels: own.clone() };
        Endpoints::Any(vec![pods, Endpoints::Sets { namespaces, labels: own }])
    };
    let (shop, global) = (Some("shop"), None);
    for (namespace, source, wanted) in [
        (shop, json!({"selector": "a == 'b'"}), own(equals("a", "b"))),
        (shop, json!({"selector": "all()"}), own(Selector::EVERYTHING)),
        (global, json!({"selector": "all()"}), every(Selector::EVERYTHING)),
        (global, json!({"selector": "a == 'b'"}), every(equals("a", "b"))),
        (shop, json!({"notSelector": "a == 'b'"}), own(equals("a", "b").negated())),
        (global, json!({"notSelector": "a == 'b'"}), not(every(equals("a", "b")))),
        (
            global,
            json!({"selector": "has(c)", "notSelector": "a == 'b'"}),
            every(Selector::All(vec![Selector::Has("c".into()), equals("a", "b").negated()])),
        ),
        (shop, json!({"namespaceSelector": "a == 'b'"}), labelled(equals("a", "b"), Selector::EVERYTHING)),
        (
            shop,
            json!({"namespaceSelector": "a == 'b'", "selector": "c == 'd'"}),
            labelled(equals("a", "b"), equals("c", "d")),
        ),
        (
            shop,
            json!({"namespaceSelector": "projectcalico.org/name == 'data'"}),
            Endpoints::Any(vec![
                pods_of("data", Selector::EVERYTHING),
                sets_of("data", Selector::EVERYTHING),
            ]),
        ),
        (
            shop,
            json!({"namespaceSelector": "global()", "selector": "a == 'b'"}),
            Endpoints::Sets { namespaces: Namespaces::OfTheCluster, labels: equals("a", "b") },
        ),
        (
            shop,
            json!({"serviceAccounts": {"names": ["x", "y"], "selector": "r == 's'"}}),
            Endpoints::Accounts {
                namespaces: Namespaces::Named("shop".into()),
                names: vec!["x".into(), "y".into()],
                labels: equals("r", "s"),
            },
        ),
        (shop, json!({"serviceAccounts": {}}), Endpoints::Everyone),
        (shop, json!({"nets": ["10.0.0.0/8", "192.168.0.0/16"]}), blocks(&["10.0.0.0/8", "192.168.0.0/16"])),
        (shop, json!({"notNets": ["10.0.0.0/8"]}), Endpoints::All(vec![not(blocks(&["10.0.0.0/8"])), v4()])),
        (
            shop,
            json!({"nets": ["10.0.0.0/8"], "notNets": ["10.1.0.0/16"], "selector": "has(a)"}),
            Endpoints::All(vec![
                blocks(&["10.0.0.0/8"]),
                own(Selector::Has("a".into())),
                not(blocks(&["10.1.0.0/16"])),
            ]),
        ),
        (
            shop,
            json!({"services": {"name": "db", "namespace": "data"}}),
            Endpoints::Services {
                namespaces: Namespaces::Named("data".into()),
                name: Some("db".into()),
                labels: Selector::EVERYTHING,
            },
        ),
    ] {
        let found = sound_rule(namespace, Ingress, json!({"source": source}));
        assert_eq!(found.peers, wanted, "{source}");
        assert_eq!(found.uncertain, None, "{source}");
    }
}

#[test]
fn a_family_limits_the_peers() {
    assert_eq!(allow(json!({"ipVersion": 4})).peers, blocks(&["0.0.0.0/0"]));
    assert_eq!(allow(json!({"ipVersion": 6})).peers, blocks(&["::/0"]));
    assert_eq!(allow(json!({"destination": {"nets": ["fd00::/8"]}})).peers, blocks(&["::/0"]));
}

#[test]
fn host_endpoints_make_selectors_unknown_for_nodes() {
    let context = Context { host_endpoints: true, ..Context::default() };
    let peers = |source: Value| {
        let spec = spec(json!({"ingress": [{"action": "Allow", "source": source}]}));
        let (mut policies, _) = policy(&context, &object(None), &spec);
        policies.remove(0).ingress.unwrap().rules.remove(0).peers
    };
    let asks_nodes = |endpoints: &Endpoints| format!("{endpoints:?}").contains("Nodes");
    assert!(asks_nodes(&peers(json!({"selector": "a == 'b'"}))));
    assert!(asks_nodes(&peers(json!({"namespaceSelector": "global()"}))));
    assert!(asks_nodes(&peers(json!({"namespaceSelector": "a != 'b'"}))));
    assert!(!asks_nodes(&peers(json!({"namespaceSelector": "a == 'b'"}))));
    assert!(!asks_nodes(&peers(json!({}))));
}

#[test]
fn what_the_api_refuses_in_rules_is_told() {
    let (shop, global) = (Some("shop"), None);
    let service = || json!({"name": "db", "namespace": "data"});
    for (namespace, direction, rule, wanted) in [
        (shop, Ingress, json!({"protocol": "tcp"}), vec!["protocol"]),
        (shop, Ingress, json!({"protocol": "tcpfoo"}), vec!["protocol"]),
        (shop, Ingress, json!({"protocol": 0}), vec!["protocol"]),
        (shop, Ingress, json!({"protocol": "256"}), vec!["protocol"]),
        (shop, Ingress, json!({"protocol": -1}), vec!["protocol"]),
        (shop, Ingress, json!({"notProtocol": "ICMP", "ipVersion": 6}), vec!["notProtocol"]),
        (shop, Ingress, json!({"protocol": "ICMPv6", "ipVersion": 4}), vec!["protocol"]),
        (shop, Ingress, json!({"ipVersion": 5}), vec!["ipVersion"]),
        (shop, Ingress, json!({"icmp": {"type": 8}}), vec!["icmp"]),
        (shop, Ingress, json!({"protocol": "ICMP", "icmp": {"code": 8}}), vec!["icmp.code"]),
        (shop, Ingress, json!({"protocol": "ICMP", "icmp": {"type": 255}}), vec!["icmp.type"]),
        (
            shop,
            Ingress,
            json!({"protocol": "ICMP", "notICMP": {"type": 8, "code": 256}}),
            vec!["notICMP.code"],
        ),
        (shop, Ingress, json!({"destination": {"ports": [80]}}), vec!["destination.ports[0]"]),
        (shop, Ingress, json!({"protocol": "ICMP", "source": {"ports": ["web"]}}), vec!["source.ports"]),
        (shop, Ingress, json!({"protocol": "TCP", "source": {"notPorts": [0]}}), vec!["source.notPorts[0]"]),
        (shop, Ingress, json!({"protocol": "TCP", "source": {"ports": ["90:80"]}}), vec!["source.ports[0]"]),
        (shop, Ingress, json!({"protocol": "TCP", "source": {"ports": ["70000"]}}), vec!["source.ports[0]"]),
        (shop, Ingress, json!({"protocol": "TCP", "source": {"ports": ["80-90"]}}), vec!["source.ports[0]"]),
        (shop, Ingress, json!({"protocol": "TCP", "source": {"ports": ["Web"]}}), vec!["source.ports[0]"]),
        (shop, Ingress, json!({"source": {"nets": ["10.0.0.1/8"]}}), vec!["source.nets[0]"]),
        (shop, Ingress, json!({"source": {"nets": ["10.0.0.1", "10.0.0.2/32"]}}), vec![]),
        (shop, Ingress, json!({"source": {"nets": ["010.0.0.0/8"]}}), vec!["source.nets[0]"]),
        (shop, Ingress, json!({"source": {"notNets": ["0.0.0.0/0"]}}), vec!["source.notNets[0]"]),
        (shop, Ingress, json!({"source": {"nets": ["fd00::/8"]}, "ipVersion": 4}), vec!["source.nets[0]"]),
        (
            shop,
            Ingress,
            json!({"source": {"nets": ["10.0.0.0/8"]}, "destination": {"notNets": ["fd00::/8"]}}),
            vec!["destination.notNets[0]"],
        ),
        (shop, Ingress, json!({"source": {"selector": "a"}}), vec!["source.selector"]),
        (shop, Ingress, json!({"source": {"selector": "global()"}}), vec!["source.selector"]),
        (
            shop,
            Ingress,
            json!({"source": {"namespaceSelector": "global() || all()"}}),
            vec!["source.namespaceSelector"],
        ),
        (
            shop,
            Ingress,
            json!({"source": {"serviceAccounts": {"selector": "a"}}}),
            vec!["source.serviceAccounts.selector"],
        ),
        (shop, Ingress, json!({"destination": {"services": service()}}), vec!["destination.services"]),
        (shop, Egress, json!({"source": {"services": service()}}), vec!["source.services"]),
        (shop, Egress, json!({"destination": {"services": {}}}), vec!["destination.services.name"]),
        (
            global,
            Egress,
            json!({"destination": {"services": {"name": "db"}}}),
            vec!["destination.services.namespace"],
        ),
        (
            shop,
            Egress,
            json!({"destination": {"services": service(), "selector": "all()", "nets": ["10.0.0.0/8"]}}),
            vec!["destination.selector", "destination.nets"],
        ),
        (shop, Egress, json!({"http": {"methods": ["GET"]}}), vec!["http"]),
        (shop, Ingress, json!({"http": {}, "action": "Deny"}), vec!["http"]),
    ] {
        let mut rule = rule;
        rule["action"] = rule.get("action").cloned().unwrap_or(json!("Allow"));
        let (_, problems) = read(namespace, json!({ direction.field(): [rule.clone()] }));
        let wanted: Vec<String> =
            wanted.iter().map(|path| format!("spec.{}[0].{path}", direction.field())).collect();
        assert_eq!(paths(&problems, Effect::Refused), wanted, "{rule}");
    }
}

#[test]
fn what_cannot_be_read_limits_nothing_and_is_uncertain() {
    let tcp = Connection::to_port(Protocol::Tcp, 80);
    for rule in [
        json!({"protocol": "tcpfoo"}),
        json!({"notProtocol": "tcpfoo"}),
        json!({"destination": {"ports": [81]}}),
        json!({"protocol": "TCP", "destination": {"ports": [81, "9:8"]}}),
        json!({"protocol": "TCP", "destination": {"notPorts": [81, "9:8"]}}),
        json!({"protocol": "TCP", "source": {"ports": [81, 0]}}),
        json!({"icmp": {"type": 8}}),
    ] {
        let mut rule = rule;
        rule["action"] = json!("Allow");
        let (policies, _) = read(Some("shop"), json!({"ingress": [rule.clone()]}));
        let found = &policies[0].ingress.as_ref().unwrap().rules[0];
        assert!(matches(&found.traffic, tcp) && found.uncertain.is_some(), "{rule}");
    }
    let (policies, _) =
        read(None, json!({"ingress": [{"action": "Allow", "source": {"nets": ["10.0.0.0/8", "x"]}}]}));
    let peers = &policies[0].ingress.as_ref().unwrap().rules[0].peers;
    assert!(format!("{peers:?}").contains("Unknown"), "{peers:?}");
}

#[test]
fn blocks_of_both_families_are_read_for_each() {
    let peers = |rule: Value| {
        let mut rule = rule;
        rule["action"] = json!("Allow");
        let (policies, _) = read(None, json!({"ingress": [rule]}));
        policies[0].ingress.as_ref().unwrap().rules[0].peers.clone()
    };
    let both = || json!(["10.0.0.0/8", "fd00::/8"]);
    let (all, v4) = (blocks(&["10.0.0.0/8", "fd00::/8"]), blocks(&["0.0.0.0/0"]));
    assert_eq!(peers(json!({"source": {"nets": both()}})), all);
    assert_eq!(
        peers(json!({"source": {"nets": both()}, "destination": {"nets": ["10.0.0.0/8"]}})),
        Endpoints::All(vec![all, v4.clone()])
    );
    let not = Endpoints::Not(Box::new(blocks(&["10.0.0.0/8", "::/0"])));
    assert_eq!(peers(json!({"source": {"notNets": ["10.0.0.0/8", "::/0"]}})), Endpoints::All(vec![not, v4]));
    assert_eq!(
        peers(json!({"source": {"nets": ["10.0.0.0/8"]}, "ipVersion": 6})),
        Endpoints::All(vec![blocks(&["10.0.0.0/8"]), Endpoints::Nobody])
    );
}

#[test]
fn fields_that_are_not_known_leave_the_rule_open() {
    for (rule, wanted) in [
        (json!({"timeout": 5}), "timeout"),
        (json!({"source": {"domains": ["example.com"]}}), "source.domains"),
        (json!({"source": {"serviceAccounts": {"regex": "a"}}}), "source.serviceAccounts.regex"),
        (
            json!({"source": {"services": {"name": "a", "namespace": "b", "kind": "c"}}}),
            "source.services.kind",
        ),
    ] {
        let mut rule = rule;
        rule["action"] = json!("Allow");
        let (policies, problems) = read(Some("shop"), json!({"ingress": [rule.clone()]}));
        assert_eq!(paths(&problems, Effect::NotModelled), [format!("spec.ingress[0].{wanted}")], "{rule}");
        let found = &policies[0].ingress.as_ref().unwrap().rules[0];
        assert!(matches!(found.peers, Endpoints::Unknown(_)), "{rule}: {:?}", found.peers);
    }
    let (policies, _) = read(
        Some("shop"),
        json!({"ingress": [{"action": "Allow", "protocol": "ICMP", "icmp": {"kind": 1}}]}),
    );
    assert!(policies[0].ingress.as_ref().unwrap().rules[0].uncertain.is_some());
}
