//! Who may connect to whom, as far as it takes a flaw in what listens there.
//!
//! Which connections are let through is decided by `watertight-netpol`. Here pods that reach the same are one place in
//! the network, and containers of a namespace that the same places reach are one target, so that edges do not grow with
//! the pairs of pods.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use watertight_netpol::{Connections, End, EndpointId, Intervals, Truth};

use crate::build::{Drawing, Kind, Pen, Vertex};
use crate::edge::AttackEdge;
use crate::evidence::{Evidence, Fact};
use crate::scene::Scene;
use crate::thing::{Every, Hold, Name, Scope, Thing};

/// A container that listens, and on what.
struct Listener {
    thing: Thing,
    namespace: Name,
    classes: Vec<EndpointId>,
    ports: Connections,
}

/// Draws places, targets and what is exposed.
pub(crate) fn draw(catalogue: &'static [&'static AttackEdge], scene: &Scene<'_>, drawing: &mut Drawing) {
    let kind = |id: &str| catalogue.iter().position(|entry| entry.id == id).map(Kind::entry);
    let listeners = listeners(scene);
    for listener in &listeners {
        let from = drawing.vertex(Thing::All(Every::Listening, Scope::In(listener.namespace)));
        let to = drawing.vertex(listener.thing);
        drawing.edge(from, to, Kind::DEFINITION, 0);
    }
    if let Some(kind) = kind("exposed") {
        draw_exposed(scene, &listeners, &mut Pen::new(drawing, kind));
    }
    if let Some(kind) = kind("network") {
        draw_places(scene, &listeners, kind, drawing);
    }
}

/// The containers that listen: on ports that they declare, and on ports that a service leads to.
fn listeners(scene: &Scene<'_>) -> Vec<Listener> {
    let targets = targets_of_services(scene);
    let mut found = Vec::new();
    for (place, load) in (0u32..).zip(&scene.workloads).filter(|(_, load)| !load.refused) {
        let pods = &scene.reach.workloads[place as usize].pods;
        let mut classes: Vec<EndpointId> =
            pods.iter().map(|&pod| scene.reach.model.endpoint(End::Pod(pod))).collect();
        classes.sort_unstable();
        classes.dedup();
        let mut of_services = Connections::none();
        for pod in pods {
            if let Some(own) = targets.get(pod) {
                of_services = of_services.union(own);
            }
        }
        let declared = |own: &crate::scene::Contained| {
            let ports =
                own.ports.iter().map(|(protocol, port)| Connections::of(*protocol, &Intervals::one(*port)));
            ports.fold(Connections::none(), |all, one| all.union(&one))
        };
        let all = load.containers.iter().filter(|own| own.stays).map(declared);
        let all = all.fold(Connections::none(), |all, one| all.union(&one));
        let undeclared = of_services.difference(&all);
        for (at, own) in (0u32..).zip(&load.containers).filter(|(_, own)| own.stays) {
            // Of a port that no container declares nobody knows who listens on it.
            let ports = declared(own).union(&undeclared);
            let thing = if load.is_divided() { Thing::Container(place, at) } else { Thing::Workload(place) };
            if !ports.is_empty() {
                found.push(Listener { thing, namespace: load.namespace, classes: classes.clone(), ports });
            }
        }
    }
    found
}

/// By pod: what services lead to.
fn targets_of_services(scene: &Scene<'_>) -> HashMap<usize, Connections> {
    let cluster = scene.reach.model.cluster();
    let mut by_namespace: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (place, pod) in cluster.pods.iter().enumerate().take(scene.reach.pods.len()) {
        by_namespace.entry(&pod.namespace).or_default().push(place);
    }
    let mut targets: HashMap<usize, Connections> = HashMap::new();
    for service in &cluster.services {
        for &place in by_namespace.get(service.namespace.as_str()).into_iter().flatten() {
            let pod = &cluster.pods[place];
            if service.selects(pod) == Truth::No {
                continue;
            }
            let open = service.ports.iter().map(|port| service.reaches(port, pod));
            let open = open.fold(Connections::none(), |all, one| all.union(&one));
            let known = targets.entry(place).or_insert_with(Connections::none);
            *known = known.union(&open);
        }
    }
    targets
}

/// What is let in from outside.
fn draw_exposed(scene: &Scene<'_>, listeners: &[Listener], pen: &mut Pen<'_>) {
    let mut by_workload: BTreeMap<u32, Vec<&Listener>> = BTreeMap::new();
    for listener in listeners {
        if let Thing::Workload(place) | Thing::Container(place, _) = listener.thing {
            by_workload.entry(place).or_default().push(listener);
        }
    }
    let internet = pen.vertex(Thing::Internet);
    for entrance in &scene.reach.entrances {
        let mut let_in: HashMap<EndpointId, (Connections, Connections)> = HashMap::new();
        for (place, opened) in &entrance.pods {
            let Some(source) = scene.reach.pods.get(*place) else { continue };
            let class = scene.reach.model.endpoint(End::Pod(*place));
            let (sure, may) =
                let_in.entry(class).or_insert_with(|| scene.reach.let_in(entrance, *place)).clone();
            let number = u32::try_from(source.place).unwrap_or(u32::MAX);
            for listener in by_workload.get(&number).into_iter().flatten() {
                let ports = listener.ports.intersection(opened);
                if !may.meets(&ports) {
                    continue;
                }
                let unsure = !sure.meets(&ports);
                let note =
                    unsure.then_some("not everything that decides about the network is modelled or in view");
                pen.edge(internet, listener.thing, [Fact::Object(entrance.object)], note);
            }
        }
    }
}

/// Places in the network, and what each of them reaches.
fn draw_places(scene: &Scene<'_>, listeners: &[Listener], kind: Kind, drawing: &mut Drawing) {
    let matrix = Matrix::of(scene, listeners);
    for (number, members) in (0u32..).zip(&matrix.targets) {
        let from = drawing.vertex(Thing::Towards(number));
        for &listener in &members.listeners {
            Pen::new(drawing, kind).given(from, listeners[listener].thing);
        }
    }
    let targets: Vec<(Vertex, u32)> = (0u32..)
        .zip(&matrix.targets)
        .map(|(target, own)| {
            let namespace = drawing.names.text(own.namespace).to_owned();
            let fact = drawing.fact(Fact::Reachable(namespace));
            let evidence = drawing.evidence(Evidence { facts: vec![fact], note: None });
            (drawing.vertex(Thing::Towards(target)), evidence)
        })
        .collect();
    for (number, row) in (0u32..).zip(&matrix.rows) {
        let from = drawing.vertex(Thing::From(number));
        for (_, (to, evidence)) in targets.iter().enumerate().filter(|(target, _)| row.has(*target)) {
            drawing.edge(from, *to, Kind::DEFINITION, *evidence);
        }
    }
    stand(scene, &matrix, drawing);
}

/// Puts everybody at their place in the network.
fn stand(scene: &Scene<'_>, matrix: &Matrix, drawing: &mut Drawing) {
    let at = |drawing: &mut Drawing, from: Vertex, class: EndpointId| {
        if let Some(&place) = matrix.place_of.get(&class) {
            let to = drawing.vertex(Thing::From(place));
            drawing.edge(from, to, Kind::DEFINITION, 0);
        }
    };
    let mut by_namespace: BTreeMap<Name, BTreeSet<EndpointId>> = BTreeMap::new();
    for (place, load) in (0u32..).zip(&scene.workloads).filter(|(_, load)| !load.refused) {
        let pods = &scene.reach.workloads[place as usize].pods;
        let classes: BTreeSet<EndpointId> =
            pods.iter().map(|&pod| scene.reach.model.endpoint(End::Pod(pod))).collect();
        let mut things = vec![Thing::Workload(place)];
        let parts = (0u32..).zip(&load.containers);
        if load.is_divided() {
            things = parts.map(|(at, _)| Thing::Container(place, at)).collect();
        } else {
            let ended = parts.filter(|(_, own)| !own.stays);
            things.extend(ended.map(|(at, _)| Thing::Container(place, at)));
        }
        for thing in things {
            let from = drawing.vertex(thing);
            classes.iter().for_each(|class| at(drawing, from, *class));
        }
        by_namespace.entry(load.namespace).or_default().extend(classes);
    }
    let newcomer = scene.reach.model.endpoint(End::Pod(scene.reach.newcomer));
    for &namespace in scene.namespaces.keys() {
        let from = drawing.vertex(Thing::All(Every::NewPod, Scope::In(namespace)));
        match by_namespace.get(&namespace) {
            // Whoever makes a pod chooses its labels.
            Some(classes) => classes.iter().for_each(|class| at(drawing, from, *class)),
            None => at(drawing, from, newcomer),
        }
    }
    for (node, own) in (0u32..).zip(&scene.nodes) {
        let end = if own.object.is_some() { End::Node(node as usize) } else { End::SomeNode };
        let from = drawing.vertex(Thing::Node(node, Hold::Root));
        at(drawing, from, scene.reach.model.endpoint(end));
    }
}

/// A set of numbers.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
struct Bits(Box<[u64]>);

impl Bits {
    fn new(len: usize) -> Self {
        Self(vec![0; len.div_ceil(64)].into())
    }

    fn set(&mut self, at: usize) {
        self.0[at / 64] |= 1 << (at % 64);
    }

    fn has(&self, at: usize) -> bool {
        self.0[at / 64] & (1 << (at % 64)) != 0
    }

    fn is_empty(&self) -> bool {
        self.0.iter().all(|word| *word == 0)
    }
}

/// Listeners of a namespace that the same places reach.
struct Target {
    namespace: Name,
    listeners: Vec<usize>,
}

/// Who reaches what.
struct Matrix {
    targets: Vec<Target>,
    /// By place: the targets that it reaches.
    rows: Vec<Bits>,
    place_of: HashMap<EndpointId, u32>,
}

impl Matrix {
    fn of(scene: &Scene<'_>, listeners: &[Listener]) -> Self {
        let model = &scene.reach.model;
        let roles = model.roles();
        // Of each role, one endpoint stands for all.
        let mut sources: BTreeMap<u32, EndpointId> = BTreeMap::new();
        let mut classes: BTreeSet<EndpointId> = BTreeSet::new();
        for pods in scene.reach.workloads.iter().map(|own| &own.pods) {
            classes.extend(pods.iter().map(|&pod| model.endpoint(End::Pod(pod))));
        }
        classes.insert(model.endpoint(End::Pod(scene.reach.newcomer)));
        classes.insert(model.endpoint(End::SomeNode));
        classes.extend((0..scene.reach.nodes.len()).map(|node| model.endpoint(End::Node(node))));
        for &class in &classes {
            sources.entry(roles.of(class)).or_insert(class);
        }
        let ends: Vec<EndpointId> = sources.values().copied().collect();
        // Listeners of one role with the same ports are reached by the same.
        let mut columns: HashMap<(EndpointId, &Connections), Bits> = HashMap::new();
        let mut by_sources: BTreeMap<(Name, Bits), Vec<usize>> = BTreeMap::new();
        for (number, listener) in listeners.iter().enumerate() {
            let mut reached = Bits::new(ends.len());
            for class in &listener.classes {
                let end = sources.get(&roles.of(*class)).copied().unwrap_or(*class);
                let column = columns.entry((end, &listener.ports)).or_insert_with(|| {
                    let mut column = Bits::new(ends.len());
                    for (at, from) in ends.iter().enumerate() {
                        if model.reach(*from, end).may().meets(&listener.ports) {
                            column.set(at);
                        }
                    }
                    column
                });
                reached.0.iter_mut().zip(&column.0).for_each(|(all, own)| *all |= own);
            }
            if !reached.is_empty() {
                by_sources.entry((listener.namespace, reached)).or_default().push(number);
            }
        }
        let targets: Vec<Target> = by_sources
            .iter()
            .map(|((namespace, _), listeners)| Target { namespace: *namespace, listeners: listeners.clone() })
            .collect();
        let mut rows: Vec<Bits> = Vec::new();
        let mut known: HashMap<Bits, u32> = HashMap::new();
        let mut place_of_role: HashMap<u32, u32> = HashMap::new();
        for (at, role) in sources.keys().enumerate() {
            let mut row = Bits::new(targets.len());
            for (target, (_, column)) in by_sources.keys().enumerate() {
                if column.has(at) {
                    row.set(target);
                }
            }
            let next = u32::try_from(rows.len()).unwrap_or(u32::MAX);
            let place = *known.entry(row.clone()).or_insert_with(|| {
                rows.push(row);
                next
            });
            place_of_role.insert(*role, place);
        }
        let place_of = classes.iter().map(|class| (*class, place_of_role[&roles.of(*class)])).collect();
        Self { targets, rows, place_of }
    }
}
