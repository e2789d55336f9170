//! What holds of the model whatever the policies say.

use std::collections::BTreeMap;

use super::case::Case;
use super::make_cluster;
use super::random::Random;
use super::world::{Packet, Who};
use super::{PACKETS_OF_CLUSTER, REGIMES, make};
use crate::{EndpointId, Model, Verdict};

/// So many clusters of each regime.
const CLUSTERS: u64 = 150;

fn each_case(mut check: impl FnMut(&Case, &Model, &str)) {
    for regime in REGIMES {
        for seed in 1..=CLUSTERS {
            let case = make(regime, seed);
            let model = case.model().unwrap();
            check(&case, &model, &format!("{regime:?}, seed {seed}"));
        }
    }
}

fn packets(case: &Case) -> Vec<Packet> {
    let mut random = Random::new(7);
    (0..PACKETS_OF_CLUSTER).map(|_| make_cluster::packet(&mut random, &case.cluster)).collect()
}

fn truth(model: &Model, packet: &Packet) -> crate::Truth {
    model.between(packet.from.end(), packet.to.end()).truth(packet.connection())
}

#[test]
fn the_order_of_policies_and_pods_does_not_matter() {
    each_case(|case, model, told| {
        let mut turned = case.clone();
        turned.cluster.pods.reverse();
        turned.cluster.nodes.reverse();
        turned.cluster.namespaces.reverse();
        // Where two policies have one place, who wrote which is told by the tag that the place here gives.
        let (cluster, mut policies) = super::read::policies(&turned).unwrap();
        policies.reverse();
        let other = Model::new(cluster, policies);
        let last = case.cluster.pods.len() - 1;
        let moved = |who: Who| match who {
            Who::Pod(place) => Who::Pod(last - place),
            Who::Node(place) => Who::Node(case.cluster.nodes.len() - 1 - place),
            other => other,
        };
        for packet in packets(case) {
            let there = Packet { from: moved(packet.from), to: moved(packet.to), ..packet };
            assert_eq!(truth(model, &packet), truth(&other, &there), "{told} {packet:?}");
        }
    });
}

#[test]
fn one_more_pod_of_a_kind_adds_no_class() {
    each_case(|case, model, told| {
        for place in 0..case.cluster.pods.len() {
            let (mut cluster, policies) = super::read::policies(case).unwrap();
            // What no policy looks at: where it is, and a label that no selector names.
            let mut twin = cluster.pods[place].clone();
            if !twin.host_network {
                twin.node = Some("another".to_owned());
            }
            twin.labels.known.insert("unseen".to_owned(), "by all".to_owned());
            cluster.pods.push(twin);
            let larger = Model::new(cluster, policies);
            assert_eq!(larger.endpoints().count(), model.endpoints().count(), "{told}");
            let (one, other) = (Who::Pod(place).end(), Who::Pod(case.cluster.pods.len()).end());
            assert_eq!(larger.endpoint(one), larger.endpoint(other), "{told}");
        }
    });
}

#[test]
fn endpoints_of_one_role_are_told_apart_by_nobody() {
    let mut shared = 0;
    each_case(|_, model, told| {
        let roles = model.roles();
        let mut first: BTreeMap<u32, EndpointId> = BTreeMap::new();
        for endpoint in model.endpoints() {
            let one = *first.entry(roles.of(endpoint)).or_insert(endpoint);
            if one == endpoint {
                continue;
            }
            shared += 1;
            for other in model.endpoints() {
                let reach = |from, to| {
                    let reach = model.reach(from, to);
                    (reach.sure().clone(), reach.may().clone())
                };
                assert_eq!(
                    reach(one, other),
                    reach(endpoint, other),
                    "{told}: from {one:?} and {endpoint:?}"
                );
                assert_eq!(reach(other, one), reach(other, endpoint), "{told}: to {one:?} and {endpoint:?}");
            }
        }
    });
    assert!(shared > 500, "{shared} endpoints share a role");
}

#[test]
fn what_is_certain_is_possible_and_who_has_no_policies_lets_all_through() {
    each_case(|_, model, told| {
        for from in model.endpoints() {
            for to in model.endpoints() {
                let reach = model.reach(from, to);
                assert_eq!(reach.sure().union(reach.may()), *reach.may(), "{told}");
                for direction in crate::Direction::BOTH {
                    let subject = if direction == crate::Direction::Ingress { to } else { from };
                    if model.profile(subject, direction).is_none() {
                        assert_eq!(model.side(direction, from, to), Verdict::ALL, "{told}");
                    }
                }
            }
        }
    });
}
