//! What is wrong with policies is pointed at; nothing panics, and nothing wrong is taken for an answer.

use super::{SHOP, ask_of};
use crate::rbac::fits;

/// A policy of the shop's `web` with a rule, where it is wrong, and what is said.
const WRONG: &[(&str, &str, &str)] = &[
    ("{from: [{ipBlock: {cidr: 10.0.0.0/33}}]}", "from[0].ipBlock.cidr", "no block of addresses"),
    ("{from: [{ipBlock: {cidr: nonsense}}]}", "from[0].ipBlock.cidr", "no block of addresses"),
    ("{from: [{ipBlock: {cidr: ''}}]}", "from[0].ipBlock.cidr", ""),
    (
        "{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [11.0.0.0/8]}}]}",
        "from[0].ipBlock.except[0]",
        "no part of the block",
    ),
    ("{from: [{ipBlock: {cidr: 10.0.0.0/8, except: [x]}}]}", "from[0].ipBlock.except[0]", "no block"),
    ("{from: [{ipBlock: {cidr: 'fd00::/8', except: [10.0.0.0/8]}}]}", "from[0].ipBlock.except[0]", "no part"),
    ("{from: [{ipBlock: {cidr: 10.0.0.0/8}, podSelector: {}}]}", "from[0]", ""),
    ("{from: [{}]}", "from[0]", ""),
    ("{ports: [{port: 70000}]}", "ports[0].port", "1 to 65535"),
    ("{ports: [{port: 0}]}", "ports[0].port", "1 to 65535"),
    ("{ports: [{port: 10, endPort: 9}]}", "ports[0].endPort", "not before its start"),
    ("{ports: [{port: http, endPort: 90}]}", "ports[0].endPort", ""),
    ("{ports: [{endPort: 90}]}", "ports[0]", ""),
    ("{ports: [{port: a-name-that-is-far-too-long}]}", "ports[0].port", "at most 15"),
    ("{ports: [{protocol: ICMP}]}", "ports[0].protocol", "TCP, UDP or SCTP"),
    (
        "{from: [{podSelector: {matchExpressions: [{key: a, operator: Near, values: [b]}]}}]}",
        "operator",
        "none of In, NotIn",
    ),
    (
        "{from: [{podSelector: {matchExpressions: [{key: a, operator: In, values: []}]}}]}",
        "matchExpressions[0]",
        "",
    ),
    (
        "{from: [{podSelector: {matchExpressions: [{key: a, operator: Exists, values: [b]}]}}]}",
        "matchExpressions[0]",
        "",
    ),
    ("{from: [{podSelector: {matchLabels: {'a b': c}}}]}", "matchLabels", ""),
];

#[test]
fn every_wrong_rule_is_pointed_at_and_counts_as_unknown() {
    let mut wrong = Vec::new();
    for (rule, path, said) in WRONG {
        let policy = format!(
            "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: shop}}\nspec:\n  podSelector: {{matchLabels: {{app: web}}}}\n  ingress:\n  - {rule}\n"
        );
        let run = ask_of(&[SHOP, &policy], &["check", "--from", "report", "--to", "web", "-o", "json"]);
        let json = fits("net-check.v1.json", &run);
        let told = json["problems"].as_array().unwrap().iter().any(|row| {
            row["path"].as_str().unwrap().contains(path)
                && row["why"].as_str().unwrap().contains(said)
                && row["origin"]["line"].as_u64() == Some(7)
        });
        if run.code != 3 || json["answer"] != "unknown" || !told {
            wrong.push(format!("{rule}: {} {} {}", run.code, json["answer"], json["problems"]));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn exceptions_that_overlap_leave_out_their_union() {
    let policy = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: shop}
spec:
  podSelector: {matchLabels: {app: web}}
  ingress:
  - from: [{ipBlock: {cidr: 203.0.112.0/20, except: [203.0.113.0/24, 203.0.113.128/25, 203.0.112.0/23]}}]
";
    let of = |from: &str| ask_of(&[SHOP, policy], &["check", "--from", from, "--to", "web"]).code;
    assert_eq!((of("203.0.112.1"), of("203.0.113.1"), of("203.0.113.200"), of("203.0.114.1")), (1, 1, 1, 0));
    assert_eq!(of("203.0.128.1"), 1);
}

/// Every kind of policy, with values of the wrong type in every place.
#[test]
fn fields_of_a_wrong_type_are_gaps_and_no_panics() {
    let kinds = [
        ("networking.k8s.io/v1", "NetworkPolicy"),
        ("policy.networking.k8s.io/v1alpha1", "AdminNetworkPolicy"),
        ("policy.networking.k8s.io/v1alpha1", "BaselineAdminNetworkPolicy"),
        ("policy.networking.k8s.io/v1alpha2", "ClusterNetworkPolicy"),
        ("cilium.io/v2", "CiliumNetworkPolicy"),
        ("cilium.io/v2", "CiliumClusterwideNetworkPolicy"),
        ("projectcalico.org/v3", "NetworkPolicy"),
        ("projectcalico.org/v3", "GlobalNetworkPolicy"),
        ("crd.projectcalico.org/v1", "GlobalNetworkPolicy"),
    ];
    let specs = [
        "5",
        "[]",
        "null",
        "{}",
        "{podSelector: 5, ingress: {}, egress: text, policyTypes: [1, Ingress, Nonsense]}",
        "{podSelector: {matchLabels: []}, ingress: [5, null, {from: 5, ports: [5, {port: {}}, {port: -1}]}]}",
        "{endpointSelector: {matchLabels: {a: 1}}, ingress: [{fromCIDR: [x, 5], toPorts: [{ports: [{port: x, protocol: 9}]}]}]}",
        "{selector: \"a == \", order: x, types: [Up], ingress: [{action: Maybe, protocol: 999, source: {nets: [x], ports: ['5:1', {}]}}]}",
        "{subject: {}, priority: 5000, ingress: [{action: Nope, from: [{}], ports: [{}]}], tier: Middle}",
        "{priority: -1, subject: {pods: 5}, egress: [{name: 5, to: [{networks: [x]}, {nodes: {matchLabels: 5}}]}]}",
    ];
    for (version, kind) in kinds {
        for spec in specs {
            let policy = format!(
                "apiVersion: {version}\nkind: {kind}\nmetadata: {{name: p, namespace: shop}}\nspec: {spec}\n"
            );
            for arguments in
                [&["list", "-o", "json"][..], &["check", "--from", "web", "--to", "db"], &["generate", "-q"]]
            {
                let run = ask_of(&[SHOP, &policy], arguments);
                assert!((0..=3).contains(&run.code), "{version} {kind} {spec}: {}", run.all());
                assert!(!run.stderr.contains("panicked"), "{version} {kind} {spec}: {}", run.stderr);
            }
        }
    }
}

#[test]
fn arguments_that_are_wrong_are_exit_code_2() {
    for (arguments, said) in [
        (&["list", "--pod-cidr", "10.0.0/8"][..], "no block of addresses"),
        (&["generate", "--apiserver-cidr", "x"], "no block of addresses"),
        (&["generate", "--flows", "nothere.json"], "cannot read `nothere.json`"),
        (&["generate", "--flavor", "istio"], "possible values: kubernetes, cilium, calico"),
        (&["diff", "-", "-"], "standard input can be one of the two"),
        (&["diff", "0.yaml"], "<AFTER>"),
        (&["check", "--from", "web"], "--to"),
        (&["list", "-t", "nothere.yaml"], "nothere.yaml"),
        (&["map", "-o", "png"], "possible values: svg, html, dot"),
    ] {
        let run = ask_of(&[SHOP], arguments);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{arguments:?}: {}", run.all());
        assert!(run.stderr.contains(said), "{arguments:?}: {}", run.stderr);
    }
}
