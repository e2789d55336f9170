//! Who may connect to whom, as far as it takes a flaw in what listens there.
//!
//! Which connections are let through is decided by `watertight-netpol`. Here pods that reach the same are one place in
//! the network, and containers of a namespace that the same places reach are one target, so that edges do not grow with
//! the pairs of pods. Where it is known what would be let through with policies that close all but what is needed, places
//! and targets are told apart by that too: an edge that stays then is no edge that such policies take away.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use watertight_netpol::{Connections, End, EndpointId, Intervals, Model, Roles, Truth};

use crate::build::{Drawing, Kind, Pen, Vertex};
use crate::edge::AttackEdge;
use crate::evidence::{Evidence, Fact};
use crate::scene::Scene;
use crate::thing::{Every, Hold, Name, Scope, Thing};

/// A container that listens, and on what.
struct Listener {
    thing: Thing,
    namespace: Name,
    spots: Vec<Spot>,
    ports: Connections,
}

/// Where somebody is in the network as it is, and as it would be when all but what is needed were closed.
type Spot = (EndpointId, EndpointId);

fn spot(scene: &Scene<'_>, end: End) -> Spot {
    let now = scene.reach.model.endpoint(end);
    (now, scene.closed.map_or(now, |closed| closed.endpoint(end)))
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
        let spots: BTreeSet<Spot> = pods.iter().map(|&pod| spot(scene, End::Pod(pod))).collect();
        let spots: Vec<Spot> = spots.into_iter().collect();
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
                found.push(Listener { thing, namespace: load.namespace, spots: spots.clone(), ports });
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
    let targets: Vec<(Vertex, [u32; 2])> = (0u32..)
        .zip(&matrix.targets)
        .map(|(target, own)| {
            let namespace = drawing.names.text(own.namespace).to_owned();
            let needed = format!(
                "network policies let it through to the namespace {namespace}, and what is in view needs it"
            );
            let fact = drawing.fact(Fact::Reachable(namespace));
            let open = drawing.evidence(Evidence { facts: vec![fact], note: None });
            let stays =
                scene.closed.map(|_| drawing.evidence(Evidence { facts: Vec::new(), note: Some(needed) }));
            (drawing.vertex(Thing::Towards(target)), [open, stays.unwrap_or(open)])
        })
        .collect();
    for (number, [row, stays]) in (0u32..).zip(&matrix.rows) {
        let from = drawing.vertex(Thing::From(number));
        for (target, (to, evidence)) in targets.iter().enumerate().filter(|(target, _)| row.has(*target)) {
            let is_needed = scene.closed.is_some() && stays.has(target);
            drawing.edge(from, *to, Kind::DEFINITION, evidence[usize::from(is_needed)]);
        }
    }
    drawing.alike = matrix.alike();
    stand(scene, &matrix, drawing);
}

/// Puts everybody at their place in the network.
fn stand(scene: &Scene<'_>, matrix: &Matrix, drawing: &mut Drawing) {
    let at = |drawing: &mut Drawing, from: Vertex, spot: Spot| {
        if let Some(&place) = matrix.place_of.get(&spot) {
            let to = drawing.vertex(Thing::From(place));
            drawing.edge(from, to, Kind::DEFINITION, 0);
        }
    };
    let mut by_namespace: BTreeMap<Name, BTreeSet<Spot>> = BTreeMap::new();
    for (place, load) in (0u32..).zip(&scene.workloads).filter(|(_, load)| !load.refused) {
        let pods = &scene.reach.workloads[place as usize].pods;
        let spots: BTreeSet<Spot> = pods.iter().map(|&pod| spot(scene, End::Pod(pod))).collect();
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
            spots.iter().for_each(|spot| at(drawing, from, *spot));
        }
        by_namespace.entry(load.namespace).or_default().extend(spots);
    }
    let newcomer = spot(scene, End::Pod(scene.reach.newcomer));
    for &namespace in scene.namespaces.keys() {
        let from = drawing.vertex(Thing::All(Every::NewPod, Scope::In(namespace)));
        match by_namespace.get(&namespace) {
            // Whoever makes a pod chooses its labels.
            Some(spots) => spots.iter().for_each(|spot| at(drawing, from, *spot)),
            None => at(drawing, from, newcomer),
        }
    }
    for (node, own) in (0u32..).zip(&scene.nodes) {
        let end = if own.object.is_some() { End::Node(node as usize) } else { End::SomeNode };
        let from = drawing.vertex(Thing::Node(node, Hold::Root));
        at(drawing, from, spot(scene, end));
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
    /// By target: what reaches it, as `rows`.
    columns: Vec<(Name, [Bits; 2])>,
    /// By place: the targets that it reaches, and those that it would reach when all but what is needed were closed.
    rows: Vec<[Bits; 2]>,
    place_of: HashMap<Spot, u32>,
}

impl Matrix {
    fn of(scene: &Scene<'_>, listeners: &[Listener]) -> Self {
        let views = Views::of(scene);
        // Of each role, one spot stands for all.
        let mut sources: BTreeMap<(u32, u32), Spot> = BTreeMap::new();
        let mut spots: BTreeSet<Spot> = BTreeSet::new();
        for pods in scene.reach.workloads.iter().map(|own| &own.pods) {
            spots.extend(pods.iter().map(|&pod| spot(scene, End::Pod(pod))));
        }
        spots.insert(spot(scene, End::Pod(scene.reach.newcomer)));
        spots.insert(spot(scene, End::SomeNode));
        spots.extend((0..scene.reach.nodes.len()).map(|node| spot(scene, End::Node(node))));
        for &spot in &spots {
            sources.entry(views.role(spot)).or_insert(spot);
        }
        let ends: Vec<Spot> = sources.values().copied().collect();
        // Listeners of one role with the same ports are reached by the same.
        let mut columns: HashMap<(Spot, &Connections), [Bits; 2]> = HashMap::new();
        let mut by_sources: BTreeMap<(Name, [Bits; 2]), Vec<usize>> = BTreeMap::new();
        for (number, listener) in listeners.iter().enumerate() {
            let mut reached = [Bits::new(ends.len()), Bits::new(ends.len())];
            for spot in &listener.spots {
                let end = sources.get(&views.role(*spot)).copied().unwrap_or(*spot);
                let column = columns
                    .entry((end, &listener.ports))
                    .or_insert_with(|| views.column(&ends, end, &listener.ports));
                for (all, own) in reached.iter_mut().zip(&*column) {
                    all.0.iter_mut().zip(&own.0).for_each(|(all, own)| *all |= own);
                }
            }
            if !reached[0].is_empty() {
                by_sources.entry((listener.namespace, reached)).or_default().push(number);
            }
        }
        let targets: Vec<Target> = by_sources
            .iter()
            .map(|((namespace, _), listeners)| Target { namespace: *namespace, listeners: listeners.clone() })
            .collect();
        let mut rows: Vec<[Bits; 2]> = Vec::new();
        let mut known: HashMap<[Bits; 2], u32> = HashMap::new();
        let mut place_of_role: HashMap<(u32, u32), u32> = HashMap::new();
        for (at, role) in sources.keys().enumerate() {
            let mut row = [Bits::new(targets.len()), Bits::new(targets.len())];
            for (target, (_, columns)) in by_sources.keys().enumerate() {
                for (row, _) in row.iter_mut().zip(columns).filter(|(_, column)| column.has(at)) {
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
        let place_of = spots.iter().map(|spot| (*spot, place_of_role[&views.role(*spot)])).collect();
        let columns = by_sources.into_keys().collect();
        Self { targets, columns, rows, place_of }
    }

    /// The places and the targets that cannot be told apart as the network is: by number, the first of them.
    fn alike(&self) -> AlikeInNetwork {
        let mut known: HashMap<&Bits, u32> = HashMap::new();
        let places = (0u32..).zip(&self.rows).map(|(at, [row, _])| *known.entry(row).or_insert(at)).collect();
        let mut known: HashMap<(Name, &Bits), u32> = HashMap::new();
        let targets = (0u32..).zip(&self.columns);
        let targets =
            targets.map(|(at, (home, [own, _]))| *known.entry((*home, own)).or_insert(at)).collect();
        AlikeInNetwork { places, targets }
    }
}

/// Places and targets that are told apart only by what would be closed: by number, the first that is alike.
#[derive(Debug, Clone, Default)]
pub(crate) struct AlikeInNetwork {
    pub(crate) places: Vec<u32>,
    pub(crate) targets: Vec<u32>,
}

/// The network as it is, and as it would be when all but what is needed were closed.
struct Views<'s> {
    now: (&'s Model, Roles),
    closed: Option<(&'s Model, Roles)>,
}

impl<'s> Views<'s> {
    fn of(scene: &Scene<'s>) -> Self {
        let view = |model: &'s Model| (model, model.roles());
        Self { now: view(&scene.reach.model), closed: scene.closed.map(view) }
    }

    fn role(&self, spot: Spot) -> (u32, u32) {
        (self.now.1.of(spot.0), self.closed.as_ref().map_or(0, |(_, roles)| roles.of(spot.1)))
    }

    /// Of some ends, those that reach some ports of one.
    fn column(&self, ends: &[Spot], to: Spot, ports: &Connections) -> [Bits; 2] {
        let mut columns = [Bits::new(ends.len()), Bits::new(ends.len())];
        for (at, from) in ends.iter().enumerate() {
            if self.now.0.reach(from.0, to.0).may().meets(ports) {
                columns[0].set(at);
                if self.closed.as_ref().is_some_and(|(model, _)| model.reach(from.1, to.1).may().meets(ports))
                {
                    columns[1].set(at);
                }
            }
        }
        columns
    }
}
