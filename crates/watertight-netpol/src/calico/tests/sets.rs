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
