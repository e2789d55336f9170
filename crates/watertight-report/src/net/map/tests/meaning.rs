//! The arrows say what the flows said: nothing is lost, nothing is invented.

use std::collections::BTreeSet;

use super::samples::{Dice, Walls, begun, cluster, compartment, flow, small};
use crate::net::map::collapse::{At, Collapsed};
use crate::net::map::sorted::Sorted;
use crate::net::map::{End, Map, Node, Outside};

type Triples = BTreeSet<(usize, usize, usize)>;

fn points(sorted: &Sorted, collapsed: &Collapsed, at: At, source: bool) -> Vec<usize> {
    match at {
        At::Everyone => (0..sorted.workloads.len()).collect(),
        At::Water => {
            let water = collapsed.water.as_ref().unwrap();
            if source { water.sends.iter().collect() } else { water.receives.iter().collect() }
        }
        At::Namespace(at) => sorted.namespaces[at].1.clone().collect(),
        At::Workload(at) => vec![at],
        At::Outside(at) => vec![sorted.workloads.len() + at],
    }
}

fn said(sorted: &Sorted, collapsed: &Collapsed) -> Triples {
    let mut arrows: Vec<(At, At, usize)> =
        collapsed.arrows.iter().map(|arrow| (arrow.from, arrow.to, arrow.key)).collect();
    arrows.extend(collapsed.water.iter().map(|water| (At::Water, At::Water, water.key)));
    let mut triples = Triples::new();
    for (from, to, key) in arrows {
        for from in points(sorted, collapsed, from, true) {
            let to = points(sorted, collapsed, to, false).into_iter().filter(|to| *to != from);
            triples.extend(to.map(|to| (from, to, key)));
        }
    }
    triples
}

fn meant(sorted: &Sorted) -> Triples {
    let rows = sorted.rows.iter().enumerate().flat_map(|(key, rows)| rows.iter().map(move |row| (key, row)));
    rows.flat_map(|(key, (from, row))| row.iter().map(move |to| (*from, to, key))).collect()
}

fn holds(map: &Map) {
    let sorted = Sorted::of(map);
    let collapsed = Collapsed::of(&sorted);
    let (said, meant) = (said(&sorted, &collapsed), meant(&sorted));
    assert_eq!(meant.difference(&said).next(), None, "lost");
    assert_eq!(said.difference(&meant).next(), None, "invented");
}

#[test]
fn clusters_keep_their_meaning() {
    holds(&small());
    holds(&begun());
    for walls in [Walls::Open, Walls::Closed, Walls::Mixed] {
        holds(&cluster(8, 60, walls));
    }
}

#[test]
fn thrown_maps_keep_their_meaning() {
    for seed in 0..400 {
        let mut dice = Dice(seed);
        let (namespaces, workloads) = (1 + dice.below(4), 1 + dice.below(9));
        let mut map = Map::default();
        map.namespaces = (0..namespaces).map(|at| compartment(&format!("n{at}"), false)).collect();
        map.outside = vec![Outside { name: "internet".to_owned() }];
        for at in 0..workloads {
            let namespace = dice.below(namespaces);
            map.workloads.push(Node { namespace, name: format!("w{at}"), ..Node::default() });
        }
        for _ in 0..dice.below(14) {
            let mut end = || match dice.below(8) {
                0 => End::Everyone,
                1..=3 => End::Namespace(dice.below(namespaces)),
                4 => End::Outside(0),
                _ => End::Workload(dice.below(workloads)),
            };
            let (from, to, also) = (end(), end(), end());
            let mut flow = flow(from, to, ["TCP 1", "TCP 2"][dice.below(2)]);
            flow.to.push(also);
            map.flows.push(flow);
        }
        holds(&map);
    }
}
