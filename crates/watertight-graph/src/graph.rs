//! The graph of a world: vertices, edges, conjunctions, and how they are looked up.
//!
//! Start reading at [`AttackGraph::of`].

use std::collections::BTreeSet;

use watertight_facts::reachability::Reachability;
use watertight_facts::{HostVolume, Isolation, Opened, RUNTIME_CLASS, Workload, World, in_parallel};
use watertight_model::{Gap, Object, ObjectId};
use watertight_netpol::Model;
use watertight_syntax::Path;

use crate::build::{Drawing, Edge, Kind, Pen, Vertex};
use crate::define;
use crate::edge::{AttackEdge, Draw, Need};
use crate::evidence::{Evidence, Fact};
use crate::grants::Grants;
use crate::held;
use crate::network::{self, AlikeInNetwork};
use crate::placement::Wanted;
use crate::process::Process;
use crate::scene::{Assumed, Scene};
use crate::thing::{Names, Thing};

/// Everything that can fall, and what makes it.
pub struct AttackGraph<'w> {
    /// What it was drawn from.
    pub scene: Scene<'w>,
    /// The texts behind its names.
    pub names: Names,
    /// What each vertex is.
    pub things: Vec<Thing>,
    /// By vertex: where its edges begin in [`AttackGraph::edges`], one more than there are vertices.
    pub(crate) begins: Vec<u32>,
    /// The edges, by vertex that they come from.
    pub edges: Vec<Edge>,
    /// The conjunctions: premises, and the vertex that follows from all of them together.
    pub both: Vec<(Vec<Vertex>, Vertex)>,
    /// By vertex: the conjunctions that it is a premise of, as `begins`.
    pub(crate) both_begins: Vec<u32>,
    pub(crate) both_of: Vec<u32>,
    /// What edges rest on.
    pub facts: Vec<Fact>,
    /// Why edges are there.
    pub evidence: Vec<Evidence>,
    /// The catalogue that drew it.
    pub catalogue: &'static [&'static AttackEdge],
    /// The needs that powers are about, by number.
    pub needs: Vec<Need>,
    vertices: std::collections::HashMap<Thing, Vertex>,
    /// What of the network is told apart only by what would be closed.
    pub(crate) alike: AlikeInNetwork,
    /// Pods that could not be looked into.
    pub gaps: Vec<Gap>,
}

impl<'w> AttackGraph<'w> {
    /// Draws the graph of a world.
    #[must_use]
    pub fn of(world: &'w World<'w>, reach: &'w Reachability, assumed: Assumed) -> Self {
        Self::drawn_by(crate::edges::ALL, world, reach, None, assumed)
    }

    /// The same, where it is known what the network would let through when all but what is needed were closed
    /// ([`watertight_facts::generate::closed`]): what policies are worth is priced by what they really take away.
    #[must_use]
    pub fn closing(
        world: &'w World<'w>,
        reach: &'w Reachability,
        closed: &'w Model,
        assumed: Assumed,
    ) -> Self {
        Self::drawn_by(crate::edges::ALL, world, reach, Some(closed), assumed)
    }

    /// The same with a catalogue of one's own.
    pub(crate) fn drawn_by(
        catalogue: &'static [&'static AttackEdge],
        world: &'w World<'w>,
        reach: &'w Reachability,
        closed: Option<&'w Model>,
        assumed: Assumed,
    ) -> Self {
        let mut drawing = Drawing::new();
        let mut scene = Scene::of(world, reach, assumed, &mut drawing.names);
        scene.closed = closed;
        let mut gaps = Vec::new();
        draw_workloads(catalogue, &mut scene, &mut drawing, &mut gaps);
        let identities = world.identities();
        let mut grants = Grants::draw(identities.policy(), catalogue, &scene, &mut drawing);
        // Before what powers lead to.
        for (place, _) in
            catalogue.iter().enumerate().filter(|(_, own)| matches!(own.draw, Draw::Impersonation))
        {
            grants.impersonate(Kind::entry(place), &scene, &mut drawing);
        }
        for (place, &entry) in catalogue.iter().enumerate() {
            match entry.draw {
                Draw::Process(_) | Draw::Network | Draw::Impersonation => {}
                Draw::Grant { .. } | Draw::Request { .. } | Draw::With { .. } => {
                    grants.lead(place, entry, &scene, &mut drawing);
                }
                Draw::Deputy { .. } => grants.lead_by_deputies(place, entry, &scene, &mut drawing),
                Draw::Scene(draw) => draw(&scene, &mut Pen::new(&mut drawing, Kind::entry(place))),
            }
        }
        crate::subjects::draw(&scene, &mut drawing);
        network::draw(catalogue, &scene, &mut drawing);
        define::draw(&scene, &mut drawing);
        gaps.extend(unread(world));
        let needs = crate::grants::needs_of(catalogue);
        Self::finish(scene, drawing, catalogue, needs, gaps)
    }

    fn finish(
        scene: Scene<'w>,
        drawing: Drawing,
        catalogue: &'static [&'static AttackEdge],
        needs: Vec<Need>,
        gaps: Vec<Gap>,
    ) -> Self {
        let Drawing { names, things, vertices, mut edges, both, facts, evidence, alike, .. } = drawing;
        edges.sort_unstable();
        edges.dedup();
        let begins = offsets(things.len(), edges.iter().map(|edge| edge.from));
        let premises =
            || (0u32..).zip(&both).flat_map(|(at, (premises, _))| premises.iter().map(move |own| (*own, at)));
        let mut of: Vec<(Vertex, u32)> = premises().collect();
        of.sort_unstable();
        let both_begins = offsets(things.len(), of.iter().map(|(vertex, _)| *vertex));
        let both_of = of.into_iter().map(|(_, at)| at).collect();
        Self {
            scene,
            names,
            things,
            begins,
            edges,
            both,
            both_begins,
            both_of,
            facts,
            evidence,
            catalogue,
            needs,
            vertices,
            alike,
            gaps,
        }
    }

    /// The vertex of a thing, where the graph has one.
    #[must_use]
    pub fn vertex(&self, thing: Thing) -> Option<Vertex> {
        self.vertices.get(&thing).copied()
    }

    /// What a vertex is.
    #[must_use]
    pub fn thing(&self, vertex: Vertex) -> Thing {
        self.things[vertex.index()]
    }

    /// How many vertices there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.things.len()
    }

    /// Whether there is nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.things.is_empty()
    }

    /// The numbers of the edges that leave a vertex.
    #[must_use]
    pub fn leaving(&self, vertex: Vertex) -> std::ops::Range<usize> {
        self.begins[vertex.index()] as usize..self.begins[vertex.index() + 1] as usize
    }

    /// The conjunctions that a vertex is a premise of, by number.
    #[must_use]
    pub fn premise_of(&self, vertex: Vertex) -> &[u32] {
        &self.both_of
            [self.both_begins[vertex.index()] as usize..self.both_begins[vertex.index() + 1] as usize]
    }

    /// The entry of the catalogue that an edge is of; `None` for what holds by definition.
    #[must_use]
    pub fn entry(&self, kind: Kind) -> Option<&'static AttackEdge> {
        kind.place().map(|place| self.catalogue[place])
    }

    /// Whether an edge needs a flaw in software that listens.
    #[must_use]
    pub fn needs_flaw(&self, kind: Kind) -> bool {
        self.entry(kind).is_some_and(|entry| entry.needs_flaw)
    }
}

/// Objects that edges are drawn from and that nobody else opens: what of them cannot be read was seen and not drawn.
fn unread(world: &World<'_>) -> Vec<Gap> {
    const KINDS: [&str; 4] = ["ConfigMap", "PersistentVolume", "PersistentVolumeClaim", "Secret"];
    let snapshot = world.snapshot();
    let objects = KINDS.iter().flat_map(|kind| snapshot.of_kind(kind)).map(|id| snapshot.object(*id));
    let failed = |object: &Object| {
        let why = object.body().err()?;
        Some(Gap::in_object(object, &Path::root(), &why.message))
    };
    objects.filter_map(failed).collect()
}

/// Where the edges of each vertex begin, of edges that are sorted by it.
pub(crate) fn offsets(vertices: usize, from: impl Iterator<Item = Vertex>) -> Vec<u32> {
    let mut begins = vec![0u32; vertices + 1];
    for vertex in from {
        begins[vertex.index() + 1] += 1;
    }
    for at in 1..begins.len() {
        begins[at] += begins[at - 1];
    }
    begins
}

/// So many workloads are opened before they are drawn: what is open takes memory.
const OPEN_AT_ONCE: usize = 1024;

/// Opens each workload, draws what its containers can do, and puts it on nodes.
fn draw_workloads(
    catalogue: &'static [&'static AttackEdge],
    scene: &mut Scene<'_>,
    drawing: &mut Drawing,
    gaps: &mut Vec<Gap>,
) {
    let admission = scene.admission();
    let pods_are_live = scene.world.snapshot().is_listed("", "Pod");
    let (reach, world) = (scene.reach, scene.world);
    let mut wanted: Vec<Vec<Wanted>> = Vec::with_capacity(scene.workloads.len());
    let places: Vec<usize> = (0..scene.workloads.len()).collect();
    let opened = places
        .chunks(OPEN_AT_ONCE)
        .flat_map(|some| in_parallel(some, |place| templates(reach, world, *place)));
    for (place, (all, unseen)) in places.iter().copied().zip(opened) {
        gaps.extend(unseen);
        let mut wants = Vec::with_capacity(all.len());
        let mut admitted = Vec::with_capacity(all.len());
        for opened in &all {
            let workload = Workload::new(opened, scene.world, crate::READS);
            let windows = workload.os() == watertight_facts::Os::Windows;
            wants.push(Wanted::of(workload.spec(), workload.is_node_agent(), windows));
            // A pod that runs was let in, whatever today's labels say.
            let runs = pods_are_live && &*workload.identity().kind == "Pod";
            if !runs && scene.refuses(&admission, scene.workloads[place].namespace, workload) {
                continue;
            }
            held::contain(&mut scene.workloads[place], workload, &mut drawing.names);
            let number = u32::try_from(place).unwrap_or(u32::MAX);
            crate::deputies::recognise(&mut scene.workloads[place], number, workload, &mut drawing.names);
            admitted.push(workload);
        }
        scene.workloads[place].refused = admitted.is_empty() && !all.is_empty();
        for workload in admitted {
            draw_processes(catalogue, scene, place, workload, drawing);
        }
        wanted.push(wants);
    }
    scene.place(&wanted, &mut drawing.names);
    scene.add_secrets_of_workloads();
    scene.add_deputies(&mut drawing.names);
}

/// The distinct pod templates of a workload: its pods, or the template of its owner where no pod is in view. A pod that
/// is what its owner asks for is told by the owner, which is where it is changed.
fn templates(reach: &Reachability, world: &World<'_>, place: usize) -> (Vec<Opened>, Vec<Gap>) {
    let own = &reach.workloads[place];
    let mut gaps = Vec::new();
    let mut found: Vec<Opened> = Vec::new();
    let mut seen: BTreeSet<[u8; 32]> = BTreeSet::new();
    let mut open = |id: ObjectId, found: &mut Vec<Opened>| match Opened::of(world, id) {
        Ok(Some(opened)) => {
            // A field that cannot be read may open anything.
            for (path, why) in opened.left_out() {
                let why = format!("{why}; the field was left out and the rest drawn");
                gaps.push(Gap::in_object(world.snapshot().object(id), path, &why));
            }
            if seen.insert(opened.canonical_digest()) {
                found.push(opened);
            }
            true
        }
        Ok(None) => false,
        Err(why) => {
            gaps.push(Gap::in_object(world.snapshot().object(id), &Path::root(), &why));
            false
        }
    };
    let pods: BTreeSet<ObjectId> = own.pods.iter().map(|&at| reach.pods[at].object).collect();
    let of_owner = !pods.contains(&own.object) && open(own.object, &mut found);
    let mut any_pod_is_as_owned = false;
    for &pod in &pods {
        let before = found.len();
        open(pod, &mut found);
        any_pod_is_as_owned |= found.len() == before;
    }
    // No pod is as the owner asks: it has changed, and what runs counts.
    if of_owner && !any_pod_is_as_owned && found.len() > 1 {
        found.remove(0);
    }
    (found, gaps)
}

fn draw_processes(
    catalogue: &'static [&'static AttackEdge],
    scene: &Scene<'_>,
    place: usize,
    workload: Workload<'_>,
    drawing: &mut Drawing,
) {
    let volumes: Vec<HostVolume<'_>> = workload.host_volumes();
    let claims = scene.claims.of_workload(workload, scene.world);
    let isolation = isolation_of(workload);
    #[expect(clippy::cast_possible_truncation, reason = "workloads were numbered so")]
    let number = place as u32;
    let load = &scene.workloads[place];
    for container in workload.containers() {
        let name = drawing.names.find(container.name());
        let at = (0u32..).zip(&load.containers).find(|(_, own)| Some(own.name) == name).map(|(at, _)| at);
        let thing = match at {
            Some(at) if load.is_divided() || !load.containers[at as usize].stays => {
                Thing::Container(number, at)
            }
            _ => Thing::Workload(number),
        };
        let vertex = drawing.vertex(thing);
        let process = Process {
            workload,
            container,
            vertex,
            place: number,
            isolation,
            volumes: &volumes,
            claims: &claims,
            load,
        };
        for (entry, own) in catalogue.iter().enumerate() {
            if let Draw::Process(draw) | Draw::With { process: draw, .. } = own.draw {
                draw(&process, &mut Pen::new(drawing, Kind::entry(entry)));
            }
        }
    }
}

/// What the runtime class of a workload puts between its containers and the kernel.
fn isolation_of(workload: Workload<'_>) -> Isolation {
    let Some(class) = workload.spec().runtime_class_name.as_deref().filter(|class| !class.is_empty()) else {
        return Isolation::SharedKernel;
    };
    debug_assert!(crate::READS.contains(&RUNTIME_CLASS));
    Isolation::of(workload.view().runtime_handler(class).unwrap_or(class))
}
