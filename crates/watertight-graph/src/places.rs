//! Who opens connections from where: pods, pods to come and nodes, each with its ends in the network.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use watertight_netpol::{Connection, End, EndpointId, Truth};

use crate::scene::Scene;
use crate::thing::{Every, Hold, Name, Scope, Thing};

/// Somebody, and where they are.
pub(crate) struct Standing {
    pub(crate) thing: Thing,
    /// The workload that it is of.
    pub(crate) workload: Option<u32>,
    pub(crate) ends: BTreeSet<EndpointId>,
    /// Whether it is in the network of a node, and nowhere else.
    pub(crate) on_node: bool,
}

/// Everybody, with the things that the network is drawn from.
pub(crate) fn standing(scene: &Scene<'_>) -> Vec<Standing> {
    let model = &scene.reach.model;
    let mut found = Vec::new();
    let mut by_namespace: BTreeMap<Name, BTreeSet<EndpointId>> = BTreeMap::new();
    for (place, load) in (0u32..).zip(&scene.workloads).filter(|(_, load)| !load.refused) {
        let pods = &scene.reach.workloads[place as usize].pods;
        let ends: BTreeSet<EndpointId> = pods.iter().map(|&pod| model.endpoint(End::Pod(pod))).collect();
        let on_node = pods.iter().all(|&pod| model.cluster().pods[pod].host_network);
        let mut things = vec![Thing::Workload(place)];
        let parts = (0u32..).zip(&load.containers);
        if load.is_divided() {
            things = parts.map(|(at, _)| Thing::Container(place, at)).collect();
        } else {
            things.extend(parts.filter(|(_, own)| !own.stays).map(|(at, _)| Thing::Container(place, at)));
        }
        by_namespace.entry(load.namespace).or_default().extend(&ends);
        found.extend(things.into_iter().map(|thing| Standing {
            thing,
            workload: Some(place),
            ends: ends.clone(),
            on_node,
        }));
    }
    let newcomer = model.endpoint(End::Pod(scene.reach.newcomer));
    for &namespace in scene.namespaces.keys() {
        let thing = Thing::All(Every::NewPod, Scope::In(namespace));
        // Whoever makes a pod chooses its labels.
        let ends = by_namespace.remove(&namespace).unwrap_or_else(|| [newcomer].into());
        found.push(Standing { thing, workload: None, ends, on_node: false });
    }
    for (node, own) in (0u32..).zip(&scene.nodes) {
        let end = if own.object.is_some() { End::Node(node as usize) } else { End::SomeNode };
        let thing = Thing::Node(node, Hold::Root);
        found.push(Standing { thing, workload: None, ends: [model.endpoint(end)].into(), on_node: true });
    }
    found
}

/// Who opens one connection to somewhere, asked once for each end.
pub(crate) struct Opens<'s, 'w> {
    scene: &'s Scene<'w>,
    to: Vec<EndpointId>,
    connection: Connection,
    known: HashMap<EndpointId, Truth>,
}

impl<'s, 'w> Opens<'s, 'w> {
    pub(crate) fn new(scene: &'s Scene<'w>, to: Vec<EndpointId>, connection: Connection) -> Self {
        Self { scene, to, connection, known: HashMap::new() }
    }

    /// Whether one of its ends opens it to one of those.
    pub(crate) fn from(&mut self, own: &Standing) -> Truth {
        let (model, connection, to) = (&self.scene.reach.model, self.connection, &self.to);
        own.ends.iter().fold(Truth::No, |any, &from| {
            let one = *self.known.entry(from).or_insert_with(|| {
                to.iter().fold(Truth::No, |any, &to| any.or(model.reach(from, to).truth(connection)))
            });
            any.or(one)
        })
    }
}

/// Said where not everything that decides is known.
pub(crate) const UNSURE: &str = "not everything that decides about the network is modelled or in view";
