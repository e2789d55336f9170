//! Network sets and other kinds.

use super::*;

#[test]
fn sets_hold_blocks_and_addresses() {
    let spec: NetworkSetSpec =
        serde_json::from_value(json!({"nets": ["10.0.0.0/8", "192.0.2.7", "10.1.2.3/16", "fd00::1"]}))
            .unwrap();
    let labels = [("role".to_owned(), "db".to_owned())].into();
    let (set, problems) = network_set(Some("shop"), &labels, &spec);
    let shown: Vec<String> = set.blocks.iter().map(ToString::to_string).collect();
    assert_eq!(shown, ["10.0.0.0/8", "192.0.2.7/32", "10.1.2.3/16", "fd00::1/128"]);
    assert_eq!((set.namespace.as_deref(), set.labels, problems), (Some("shop"), Labels::of(labels), vec![]));
}

#[test]
fn what_is_wrong_with_a_set_is_said() {
    let spec: NetworkSetSpec = serde_json::from_value(
        json!({"nets": ["10.0.0.0/8", "010.0.0.0/8", "x", "10.0.0.0/33"], "allowed": 1}),
    )
    .unwrap();
    let labels = ["projectcalico.org/namespace", "pcns.a"].map(|key| (key.to_owned(), String::new())).into();
    let (set, problems) = network_set(None, &labels, &spec);
    assert_eq!(set.blocks.len(), 1);
    assert_eq!(
        paths(&problems, Effect::Refused),
        ["spec.nets[1]", "spec.nets[2]", "spec.nets[3]", "metadata.labels"]
    );
    assert_eq!(paths(&problems, Effect::NotModelled), ["spec.allowed", "metadata.labels"]);
}

#[test]
fn other_kinds_have_their_own_effects() {
    for (kind, wanted) in [
        ("StagedNetworkPolicy", Some(Effect::WithoutEffect)),
        ("StagedGlobalNetworkPolicy", Some(Effect::WithoutEffect)),
        ("StagedKubernetesNetworkPolicy", Some(Effect::WithoutEffect)),
        ("HostEndpoint", Some(Effect::NotModelled)),
        ("IPPool", None),
        ("NetworkPolicy", None),
    ] {
        assert_eq!(other_kind(kind).map(|problem| problem.effect), wanted, "{kind}");
    }
}

#[test]
fn names_of_ports_are_those_of_pods_that_are_selected_by_themselves() {
    use crate::{Cluster, Connection, End, Model, NamedPort, Pod, Protocol, Truth};

    let answers = |destination: Value| {
        let pod = |app: &str, address: &str| Pod {
            namespace: "shop".to_owned(),
            labels: Labels::of([("app".to_owned(), app.to_owned())].into()),
            addresses: vec![address.parse().unwrap()],
            ports: vec![NamedPort { name: "sql".to_owned(), protocol: Protocol::Tcp, number: 5432 }],
            ..Pod::default()
        };
        let labels = [("app".to_owned(), "partner".to_owned())].into();
        let nets = serde_json::from_value(json!({"nets": ["10.0.0.0/24"]})).unwrap();
        let cluster = Cluster {
            pods: vec![pod("web", "10.9.0.1"), pod("db", "10.0.0.2")],
            network_sets: vec![network_set(None, &labels, &nets).0],
            ..Cluster::default()
        };
        let rule = json!({"action": "Allow", "protocol": "TCP", "destination": destination});
        let policy = sound(None, json!({"selector": "app == 'web'", "types": ["Egress"], "egress": [rule]}));
        let model = Model::new(cluster, vec![policy]);
        let reach = model.between(End::Pod(0), End::Pod(1));
        [80, 5432].map(|port| reach.truth(Connection::to_port(Protocol::Tcp, port)) == Truth::Yes)
    };
    // The address of `db` is in the set.
    assert_eq!(answers(json!({"selector": "app == 'partner'", "ports": ["sql", 80]})), [true, false]);
    assert_eq!(answers(json!({"selector": "app == 'partner'", "ports": ["sql"]})), [false, false]);
    assert_eq!(answers(json!({"selector": "app == 'partner'", "notPorts": ["sql"]})), [true, true]);
    assert_eq!(answers(json!({"selector": "app == 'db'", "ports": ["sql", 80]})), [true, true]);
    assert_eq!(answers(json!({"selector": "app == 'db'", "notPorts": ["sql"]})), [true, false]);
    assert_eq!(answers(json!({"ports": ["sql"]})), [false, true]);
}
