//! The cluster as compartments, and what of it falls with one entry point.

use std::collections::{BTreeMap, BTreeSet};

use watertight_graph::thing::{Goal, Hold, Name, Thing};
use watertight_graph::{Reading, Vertex};
use watertight_report::report::{Cell, Cluster, Compartment, Level, WorstEntry};

use super::WayIn;
use crate::blast::{Scene, overview};

/// What falls with the worst entry point; where there is none, everything holds.
pub fn of(scene: &Scene<'_, '_>, entry: Option<&WayIn>) -> Cluster {
    let flood = Flood::of(scene, entry.map(|entry| entry.vertex));
    let graph = scene.graph;
    let goals = Goal::ALL.into_iter().map(|goal| Cell {
        name: goal.name().to_owned(),
        kind: "goal".to_owned(),
        level: flood.of_any(&graph.meant_as_target(Thing::Goal(goal))),
        starts: true,
        entry: false,
    });
    let nodes = (0u32..).zip(&graph.scene.nodes).map(|(place, node)| Cell {
        name: graph.names.text(node.name).to_owned(),
        kind: if node.control_plane { "control plane" } else { "worker" }.to_owned(),
        level: flood.level(Thing::Node(place, Hold::Root)),
        starts: true,
        entry: flood.is_entry(Thing::Node(place, Hold::Root)),
    });
    Cluster {
        entry: entry.map(|entry| worst(scene, entry)),
        goals: goals.collect(),
        nodes: nodes.collect(),
        compartments: compartments(scene, &flood),
    }
}

fn worst(scene: &Scene<'_, '_>, entry: &WayIn) -> WorstEntry {
    WorstEntry { radius: overview::row(scene, entry.vertex), class: entry.class.title() }
}

/// What falls, by vertex and reading.
struct Flood<'a, 'b, 'w> {
    scene: &'a Scene<'b, 'w>,
    entry: Option<Vertex>,
    flaws: BTreeSet<Vertex>,
    direct: BTreeSet<Vertex>,
}

impl<'a, 'b, 'w> Flood<'a, 'b, 'w> {
    fn of(scene: &'a Scene<'b, 'w>, entry: Option<Vertex>) -> Self {
        let reached = |reading: Reading| match entry {
            Some(entry) => scene.measure.reached(&[entry], reading).into_iter().collect(),
            None => BTreeSet::new(),
        };
        Self { scene, entry, flaws: reached(Reading::Flaws), direct: reached(Reading::Direct) }
    }

    fn of_any(&self, vertices: &[Vertex]) -> Level {
        let any = |set: &BTreeSet<Vertex>| vertices.iter().any(|own| set.contains(own));
        match (any(&self.direct), any(&self.flaws)) {
            (true, _) => Level::Direct,
            (false, true) => Level::Flaws,
            (false, false) => Level::Dry,
        }
    }

    fn level(&self, thing: Thing) -> Level {
        let vertex: Vec<Vertex> = self.scene.graph.vertex(thing).into_iter().collect();
        self.of_any(&vertex)
    }

    fn is_entry(&self, thing: Thing) -> bool {
        self.entry.is_some_and(|entry| match (self.scene.graph.thing(entry), thing) {
            (Thing::Container(own, _), Thing::Workload(place)) => own == place,
            (own, thing) => own == thing,
        })
    }
}

/// The namespaces in which something was written.
fn compartments(scene: &Scene<'_, '_>, flood: &Flood<'_, '_, '_>) -> Vec<Compartment> {
    let graph = scene.graph;
    let mut found: BTreeMap<Name, Compartment> = BTreeMap::new();
    for (name, space) in &graph.scene.namespaces {
        if space.declared {
            found.insert(*name, Compartment::default());
        }
    }
    for (place, load) in (0u32..).zip(&graph.scene.workloads) {
        let thing = Thing::Workload(place);
        let cell = Cell {
            name: graph.names.text(load.name).to_owned(),
            kind: load.kind.clone(),
            level: flood.of_any(&graph.meant_as_target(thing)),
            starts: !load.refused,
            entry: flood.is_entry(thing),
        };
        found.entry(load.namespace).or_default().workloads.push(cell);
    }
    for &thing in &graph.things {
        if let Thing::Secret(namespace, _) = thing {
            found.entry(namespace).or_default().secrets.add(flood.level(thing));
        }
    }
    let snapshot = graph.scene.world.snapshot();
    for (&(namespace, name), object) in &graph.scene.accounts {
        let thing = Thing::Account(namespace, name);
        let is_written = object.is_some_and(|object| !snapshot.object(object).is_implied());
        if let Some(own) = found.get_mut(&namespace).filter(|_| is_written || flood.is_entry(thing)) {
            own.accounts.add(flood.level(thing));
        }
    }
    found
        .into_iter()
        .map(|(name, own)| Compartment { name: graph.names.text(name).to_owned(), ..own })
        .collect()
}
