//! A second evaluator, too simple to be wrong, and whether the model agrees with it.
//!
//! It takes one packet and the objects as they are written (JSON), and follows the documents of those who made the
//! APIs sentence by sentence, with loops and conditions: nothing of it is shared with the code under test but the
//! description of a cluster that both are given ([`Cluster`](crate::Cluster)). Where something is not known, it is
//! asked again in every possible world (`guess.rs`).
//!
//! Start with `case.rs` (how both are asked), then `kubernetes.rs` and its neighbours (what documents say).
//! `make_*.rs` make random clusters and policies, `shrink.rs` makes what fails small.

mod alphabet;
mod blocks;
mod calico;
mod calico_selector;
mod case;
mod guess;
mod kubernetes;
mod labels;
mod make_calico;
mod make_cluster;
mod make_kubernetes;
mod random;
mod read;
mod shrink;
mod world;

use case::{Case, Regime, fault, is_sensible};
use make_cluster::View;
use random::Random;

/// Each test asks about this many packets at least.
const PACKETS: usize = 32_000;
/// So many of each cluster.
const PACKETS_OF_CLUSTER: usize = 40;

fn make(regime: Regime, seed: u64) -> Case {
    let mut random = Random::new(seed);
    let view = if random.percent(50) { View::Whole } else { View::Part };
    let cluster = make_cluster::cluster(&mut random, view);
    let mut written = Vec::new();
    if regime == Regime::Calico {
        written.extend(make_calico::others(&mut random, &cluster, view));
    }
    for index in 0..random.between(1, 5) {
        let name = format!("p{index}");
        written.push(match regime {
            Regime::Calico if random.percent(75) => make_calico::policy(&mut random, &name, view),
            _ => make_kubernetes::policy(&mut random, &name),
        });
    }
    Case { regime, cluster, written }
}

fn compare(regime: Regime) {
    let (mut checked, mut unknown, mut seed) = (0, 0, 0);
    while checked < PACKETS {
        seed += 1;
        let case = make(regime, seed);
        let model = case.model().unwrap_or_else(|error| panic!("{regime:?} {seed}: {error}: {case:?}"));
        let mut random = Random::new(!seed);
        for _ in 0..PACKETS_OF_CLUSTER {
            let packet = make_cluster::packet(&mut random, &case.cluster);
            if !is_sensible(&case, &packet) {
                continue;
            }
            if let Some(fault) = fault(&case, &model, &packet) {
                let (small, packet) = shrink::shrink(case, packet);
                let again = small.model().ok().and_then(|model| case::fault(&small, &model, &packet));
                panic!(
                    "{regime:?}, seed {seed}: {fault}; made small: {again:?}\n{}",
                    shrink::told(&small, &packet)
                );
            }
            checked += 1;
            let reach = model.between(packet.from.end(), packet.to.end());
            unknown += usize::from(reach.truth(packet.connection()) == crate::Truth::Maybe);
        }
    }
    println!("{regime:?}: {checked} packets in {seed} clusters, {unknown} of them unknown");
    assert!(checked >= PACKETS && unknown * 2 < checked, "{checked} packets, {unknown} unknown");
}

#[test]
fn policies_of_calico_let_the_same_packets_through() {
    compare(Regime::Calico);
}

#[test]
fn network_policies_let_the_same_packets_through() {
    compare(Regime::Kubernetes);
}
