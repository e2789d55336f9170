//! A second evaluator, too simple to be wrong, and whether the model agrees with it.
//!
//! It takes one packet and the objects as they are written (JSON), and follows the documents of those who made the
//! APIs sentence by sentence, with loops and conditions: nothing of it is shared with the code under test but the
//! description of a cluster that both are given ([`Cluster`](crate::Cluster)). Where something is not known, it is
//! asked again in every possible world (`guess.rs`).
//!
//! Start with `case.rs` (how both are asked), then `kubernetes.rs` and its neighbours (what documents say).
//! `make_*.rs` make random clusters and policies, `shrink.rs` makes what fails small.

mod admin;
mod alphabet;
mod blocks;
mod calico;
mod calico_selector;
mod case;
mod cilium;
mod guess;
mod invariants;
mod kubernetes;
mod labels;
mod make_admin;
mod make_calico;
mod make_cilium;
mod make_cluster;
mod make_kubernetes;
mod random;
mod read;
mod services;
mod shrink;
mod world;

use case::{Case, Regime, fault, is_sensible};
use make_cluster::View;
use random::Random;

use crate::Truth;

const REGIMES: [Regime; 4] = [Regime::Kubernetes, Regime::Admin, Regime::Calico, Regime::Cilium];

/// Each test asks about this many packets at least.
const PACKETS: usize = 32_000;
/// All tests together: so many at least.
const AT_LEAST: usize = 100_000;
const _: () = assert!(PACKETS * REGIMES.len() >= AT_LEAST);
/// So many of each cluster.
const PACKETS_OF_CLUSTER: usize = 40;

fn make(regime: Regime, seed: u64) -> Case {
    let mut random = Random::new(seed);
    let view = if random.percent(50) { View::Whole } else { View::Part };
    let mut cluster = make_cluster::cluster(&mut random, view);
    let mut written = Vec::new();
    if [Regime::Calico, Regime::Cilium].contains(&regime) {
        written.extend(make_cluster::services(&mut random, &cluster));
    }
    if regime == Regime::Calico {
        written.extend(make_calico::others(&mut random, &cluster, view));
    }
    if regime == Regime::Admin && random.percent(50) {
        written.push(make_admin::policy(&mut random, "default", admin::BASELINE, view));
    }
    if regime == Regime::Cilium {
        written.push(make_cilium::group(&mut random));
        make_cluster::for_cilium(&mut random, &mut cluster, view);
    }
    let most = if matches!(regime, Regime::Kubernetes | Regime::Admin) { 9 } else { 5 };
    for index in 0..random.between(1, most) {
        let name = format!("p{index}");
        written.push(match regime {
            Regime::Cilium if random.percent(75) => make_cilium::policy(&mut random, &name, view),
            Regime::Admin if random.percent(75) => {
                let kind = *random.pick(&[admin::ADMIN, admin::CLUSTER]);
                make_admin::policy(&mut random, &name, kind, view)
            }
            Regime::Calico if random.percent(75) => make_calico::policy(&mut random, &name, view),
            _ if view == View::Part && random.percent(4) => make_kubernetes::refused(&mut random, &name),
            _ => make_kubernetes::policy(&mut random, &name),
        });
    }
    Case { regime, cluster, written }
}

fn compare(regime: Regime) {
    let (mut checked, mut seed) = (0, 0);
    // Of these it is not known, it is known that they get through, and that they do not.
    let (mut unknown, mut yes, mut no) = (0, 0, 0);
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
                let (small, packet) = shrink::shrink(case, packet, &fault);
                panic!("{regime:?}, seed {seed}: {fault}\n{}", shrink::told(&small, &packet));
            }
            checked += 1;
            match model.between(packet.from.end(), packet.to.end()).truth(packet.connection()) {
                Truth::Maybe => unknown += 1,
                Truth::Yes => yes += 1,
                Truth::No => no += 1,
            }
        }
    }
    println!(
        "{regime:?}: {checked} packets in {seed} clusters: {yes} get through, {no} do not, {unknown} unknown"
    );
    assert!(checked >= PACKETS);
    // Each answer is given often enough for the comparison to mean something.
    assert!(yes * 10 > checked && no * 10 > checked && unknown * 50 > checked);
}

#[test]
fn policies_of_calico_let_the_same_packets_through() {
    compare(Regime::Calico);
}

#[test]
fn cluster_wide_policies_let_the_same_packets_through() {
    compare(Regime::Admin);
}

#[test]
fn policies_of_cilium_let_the_same_packets_through() {
    compare(Regime::Cilium);
}

#[test]
fn network_policies_let_the_same_packets_through() {
    compare(Regime::Kubernetes);
}
