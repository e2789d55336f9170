//! Policies of several kinds, asked together.

use serde_json::{Value, json};
use watertight_netpol::{
    Cluster, Connection, End, Labels, Model, Namespace, Pod, Policy, Protocol, Truth, cilium, cluster_policy,
    kubernetes,
};

const WEB: End = End::Pod(0);
const DB: End = End::Pod(1);
const OTHER: End = End::Pod(2);

fn outside(address: &str) -> End {
    End::Address(address.parse().expect("the tests write it well"))
}

fn labels(labels: &[(&str, &str)]) -> Labels {
    Labels::of(labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect())
}

/// `web` and `db` in the namespace `shop`, and `other` in `else`.
fn cluster() -> Cluster {
    let pod = |tag, namespace: &str, app: &str, address: &str| Pod {
        tag,
        namespace: namespace.to_owned(),
        labels: labels(&[("app", app)]),
        addresses: vec![address.parse().expect("the tests write it well")],
        ..Pod::default()
    };
    let namespace = |name: &str| Namespace {
        name: name.to_owned(),
        labels: labels(&[("kubernetes.io/metadata.name", name)]),
    };
    Cluster {
        namespaces: vec![namespace("shop"), namespace("else")],
        all_namespaces: true,
        pods: vec![
            pod(0, "shop", "web", "10.1.0.1"),
            pod(1, "shop", "db", "10.1.0.2"),
            pod(2, "else", "other", "10.1.0.3"),
        ],
        ..Cluster::default()
    }
}

fn of_cilium(spec: &Value) -> Vec<Policy> {
    let specs = serde_json::from_value(json!({"spec": spec})).expect("the tests write it well");
    cilium::policies(&cilium::Context::default(), Some("shop"), "p", 0, &specs).0
}

fn of_kubernetes(spec: &Value) -> Policy {
    kubernetes::policy(
        "shop",
        "p",
        1,
        &serde_json::from_value(spec.clone()).expect("the tests write it well"),
    )
    .0
}

fn admin(priority: u32, rules: &Value) -> Policy {
    let spec = json!({"priority": priority, "subject": {"namespaces": {}}, "ingress": rules});
    cluster_policy::admin("p", 2, &serde_json::from_value(spec).expect("the tests write it well")).0
}

fn baseline(rules: &Value) -> Policy {
    let spec = json!({"subject": {"namespaces": {}}, "ingress": rules});
    cluster_policy::baseline("default", 3, &serde_json::from_value(spec).expect("the tests write it well")).0
}

/// Whether connections of TCP to a port are let through.
fn asked(policies: Vec<Policy>, questions: &[(End, End, u16, Truth)]) {
    let model = Model::new(cluster(), policies);
    for (from, to, port, expected) in questions {
        let truth = model.between(*from, *to).truth(Connection::to_port(Protocol::Tcp, *port));
        assert_eq!(truth, *expected, "{from:?} {to:?} {port}");
    }
}

use Truth::{Maybe, No, Yes};

#[test]
fn what_cilium_denies_wins_against_kubernetes() {
    let everybody = json!({"podSelector": {"matchLabels": {"app": "db"}}, "ingress": [{}]});
    let denied = json!([{
        "fromEndpoints": [{"matchLabels": {"app": "web"}}],
        "toPorts": [{"ports": [{"port": "80", "protocol": "TCP"}]}],
    }]);
    let mut policies =
        of_cilium(&json!({"endpointSelector": {"matchLabels": {"app": "db"}}, "ingressDeny": denied}));
    policies.push(of_kubernetes(&everybody));
    asked(policies, &[(WEB, DB, 80, No), (WEB, DB, 81, Yes), (OTHER, DB, 80, Yes), (DB, WEB, 80, Yes)]);
    let only = json!({
        "endpointSelector": {}, "ingressDeny": denied, "enableDefaultDeny": {"ingress": false},
    });
    asked(of_cilium(&only), &[(WEB, DB, 80, No), (WEB, DB, 81, Yes), (OTHER, DB, 80, Yes)]);
}

#[test]
fn cilium_cuts_off_and_lets_in() {
    let deny_all = json!({"endpointSelector": {}, "ingress": [{}]});
    asked(of_cilium(&deny_all), &[(WEB, DB, 80, No), (OTHER, DB, 80, No), (WEB, OTHER, 80, Yes)]);
    let own_namespace = json!({"endpointSelector": {}, "ingress": [{"fromEndpoints": [{}]}]});
    asked(
        of_cilium(&own_namespace),
        &[(WEB, DB, 80, Yes), (OTHER, DB, 80, No), (outside("1.1.1.1"), DB, 80, No)],
    );
    let layer_7 = json!({"endpointSelector": {}, "ingress": [{
        "fromEndpoints": [{}],
        "toPorts": [{"ports": [{"port": "80", "protocol": "TCP"}], "rules": {"http": [{"path": "/"}]}}],
    }]});
    asked(of_cilium(&layer_7), &[(WEB, DB, 80, Maybe), (WEB, DB, 81, No), (OTHER, DB, 80, No)]);
}

#[test]
fn cilium_lets_out() {
    let names = json!({"endpointSelector": {}, "egress": [{"toFQDNs": [{"matchName": "example.org"}]}]});
    asked(of_cilium(&names), &[(WEB, outside("1.1.1.1"), 443, Maybe), (WEB, DB, 443, No)]);
    let blocks = json!({"endpointSelector": {}, "egress": [
        {"toCIDRSet": [{"cidr": "10.0.0.0/8", "except": ["10.2.0.0/16"]}]},
    ]});
    asked(
        of_cilium(&blocks),
        &[(WEB, outside("10.3.0.1"), 1, Yes), (WEB, outside("10.2.0.1"), 1, No), (WEB, DB, 1, No)],
    );
}

#[test]
fn tiers_of_the_cluster_stand_around_kubernetes() {
    let from_web =
        json!([{"pods": {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "web"}}}}]);
    let everybody = json!([{"namespaces": {}}]);
    let closed = of_kubernetes(&json!({"podSelector": {}, "policyTypes": ["Ingress"]}));
    let allowed = admin(1, &json!([{"action": "Allow", "from": from_web}]));
    asked(vec![allowed, closed.clone()], &[(WEB, DB, 80, Yes), (OTHER, DB, 80, No)]);
    let passed =
        admin(1, &json!([{"action": "Pass", "from": from_web}, {"action": "Deny", "from": everybody}]));
    asked(vec![passed.clone()], &[(WEB, DB, 80, Yes), (OTHER, DB, 80, No)]);
    asked(vec![passed, closed.clone()], &[(WEB, DB, 80, No), (WEB, OTHER, 80, Yes)]);
    let base = baseline(&json!([{"action": "Deny", "from": everybody}]));
    asked(vec![base.clone()], &[(WEB, DB, 80, No), (outside("1.1.1.1"), DB, 80, Yes)]);
    let open = of_kubernetes(&json!({"podSelector": {}, "ingress": [{}]}));
    asked(vec![base, open], &[(WEB, DB, 80, Yes), (WEB, OTHER, 80, No)]);
}

#[test]
fn networks_mean_pods_too() {
    let spec = json!({"priority": 1, "subject": {"namespaces": {}}, "egress": [
        {"action": "Deny", "to": [{"networks": ["10.1.0.2/32"]}]},
    ]});
    let policy = cluster_policy::admin("p", 2, &serde_json::from_value(spec).unwrap()).0;
    asked(vec![policy], &[(WEB, DB, 80, No), (WEB, OTHER, 80, Yes)]);
}

#[test]
fn a_tie_is_open_only_where_both_decide() {
    let web = json!([{"pods": {"namespaceSelector": {}, "podSelector": {"matchLabels": {"app": "web"}}}}]);
    let allow = json!([{"action": "Allow", "from": web, "ports": [{"portNumber": {"port": 80}}]}]);
    let deny = json!([{"action": "Deny", "from": [{"namespaces": {}}]}]);
    let mut policies = vec![admin(5, &allow), admin(5, &deny)];
    assert_eq!(cluster_policy::mark_ties(&mut policies).len(), 2);
    asked(policies, &[(WEB, DB, 80, Maybe), (WEB, DB, 81, No), (OTHER, DB, 80, No)]);
}

#[test]
fn fields_that_nobody_knows_leave_it_open() {
    let newer = admin(1, &json!([{"action": "Deny", "from": [{"workloads": {}}]}]));
    asked(vec![newer], &[(WEB, DB, 80, Maybe)]);
    let newer = admin(
        1,
        &json!([
            {"action": "Allow", "from": [{"workloads": {}}]},
            {"action": "Deny", "from": [{"namespaces": {}}]},
        ]),
    );
    asked(vec![newer], &[(WEB, DB, 80, Maybe)]);
    let newer = json!({"endpointSelector": {}, "ingress": [{"fromEndpoints": [{}], "during": "the night"}]});
    asked(of_cilium(&newer), &[(WEB, DB, 80, Maybe), (OTHER, DB, 80, No)]);
    for rule in [
        json!({"fromWorkloads": [{}]}),
        json!({"toPorts": [{"services": ["a"]}]}),
        json!({"icmps": [{"all": true}]}),
    ] {
        let newer = json!({"endpointSelector": {}, "ingress": [rule]});
        asked(of_cilium(&newer), &[(WEB, DB, 80, Maybe), (OTHER, DB, 80, Maybe), (WEB, OTHER, 80, Yes)]);
    }
    let newer = json!({"endpointSelector": {}, "ingressLater": [{}], "egress": [{"toEntities": ["all"]}]});
    asked(of_cilium(&newer), &[(OTHER, DB, 80, Maybe)]);
}
