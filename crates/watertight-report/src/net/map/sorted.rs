use std::collections::BTreeMap;
use std::ops::Range;

use super::bits::Bits;
use super::{Certainty, Compartment, End, Map, Node};

/// A map in an order that does not depend on the order in which it was given.
///
/// Workloads stand by namespace, so that a namespace is a range of them. A *point* is a workload or, after all of
/// these, something outside.
#[derive(Debug)]
pub(super) struct Sorted {
    pub title: String,
    pub namespaces: Vec<(Compartment, Range<usize>)>,
    pub workloads: Vec<Node>,
    pub outside: Vec<String>,
    pub keys: Vec<Key>,
    /// Who reaches which points, by key.
    pub rows: Vec<BTreeMap<usize, Bits>>,
    pub notes: Vec<String>,
}

/// What makes two flows alike.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Key {
    pub connections: String,
    pub certainty: Certainty,
}

impl Sorted {
    pub(super) fn of(map: &Map) -> Self {
        let mut namespaces: BTreeMap<&str, Compartment> = BTreeMap::new();
        for namespace in &map.namespaces {
            let one = namespaces.entry(&namespace.name).or_insert_with(|| namespace.clone());
            one.default_deny_ingress &= namespace.default_deny_ingress;
            one.default_deny_egress &= namespace.default_deny_egress;
        }
        let names: Vec<&str> = namespaces.keys().copied().collect();
        let place_of = |namespace: &Compartment| names.binary_search(&namespace.name.as_str()).ok();
        let of_namespace: Vec<Option<usize>> = map.namespaces.iter().map(place_of).collect();

        let mut workloads: BTreeMap<(usize, &str, &str), Node> = BTreeMap::new();
        let mut place = Vec::new();
        for node in &map.workloads {
            let namespace = of_namespace.get(node.namespace).copied().flatten();
            let key = namespace.map(|namespace| (namespace, node.name.as_str(), node.kind.as_str()));
            if let Some(key) = key {
                merge(&mut workloads, key, node);
            }
            place.push(key);
        }
        let order: BTreeMap<_, usize> = workloads.keys().enumerate().map(|(at, key)| (*key, at)).collect();
        let of_workload: Vec<Option<usize>> =
            place.iter().map(|key| key.and_then(|key| order.get(&key).copied())).collect();
        let mut outside: Vec<String> = map.outside.iter().map(|outside| outside.name.clone()).collect();
        outside.sort();
        outside.dedup();
        let of_outside: Vec<Option<usize>> =
            map.outside.iter().map(|one| outside.binary_search(&one.name).ok()).collect();

        let workloads: Vec<Node> = workloads.into_values().collect();
        let namespaces: Vec<(Compartment, Range<usize>)> = namespaces
            .into_values()
            .enumerate()
            .map(|(at, namespace)| {
                let first = workloads.partition_point(|node| node.namespace < at);
                (namespace, first..workloads.partition_point(|node| node.namespace <= at))
            })
            .collect();
        let mut notes = map.notes.clone();
        notes.sort();
        notes.dedup();
        let mut sorted = Self {
            title: map.title.clone(),
            namespaces,
            workloads,
            outside,
            keys: Vec::new(),
            rows: Vec::new(),
            notes,
        };
        sorted.relate(map, &of_namespace, &of_workload, &of_outside);
        sorted
    }

    pub(super) fn points(&self) -> usize {
        self.workloads.len() + self.outside.len()
    }

    fn relate(
        &mut self,
        map: &Map,
        of_namespace: &[Option<usize>],
        of_workload: &[Option<usize>],
        of_outside: &[Option<usize>],
    ) {
        let size = self.points();
        let points = |ends: &[End], strange: &mut usize| {
            let mut bits = Bits::none(size);
            for end in ends {
                let found = match *end {
                    End::Workload(at) => of_workload.get(at).copied().flatten().map(|at| at..at + 1),
                    End::Namespace(at) => {
                        let place = of_namespace.get(at).copied().flatten();
                        place.and_then(|place| self.namespaces.get(place)).map(|(_, range)| range.clone())
                    }
                    End::Outside(at) => {
                        let place = of_outside.get(at).copied().flatten();
                        place.map(|at| self.workloads.len() + at..self.workloads.len() + at + 1)
                    }
                    End::Everyone => Some(0..self.workloads.len()),
                };
                match found {
                    Some(range) => bits.add(&Bits::range(size, range)),
                    None => *strange += 1,
                }
            }
            bits
        };
        let mut relations: BTreeMap<Key, BTreeMap<usize, Bits>> = BTreeMap::new();
        let mut strange = of_workload.iter().filter(|place| place.is_none()).count();
        for flow in &map.flows {
            let (from, to) = (points(&flow.from, &mut strange), points(&flow.to, &mut strange));
            let key = Key { connections: flow.connections.clone(), certainty: flow.certainty };
            let rows = relations.entry(key).or_default();
            for source in from.iter() {
                let row = rows.entry(source).or_insert_with(|| Bits::none(size));
                row.add(&to);
                row.remove(source);
            }
        }
        if strange > 0 {
            self.notes.push(format!("{strange} places are named that the map does not have"));
        }
        (self.keys, self.rows) = relations.into_iter().unzip();
    }
}

fn merge<'m>(
    workloads: &mut BTreeMap<(usize, &'m str, &'m str), Node>,
    key: (usize, &'m str, &'m str),
    node: &Node,
) {
    match workloads.get_mut(&key) {
        Some(one) => {
            one.instances = one.instances.saturating_add(node.instances);
            one.exposed |= node.exposed;
            one.isolated_ingress &= node.isolated_ingress;
            one.isolated_egress &= node.isolated_egress;
        }
        None => {
            workloads.insert(key, Node { namespace: key.0, ..node.clone() });
        }
    }
}
