//! Policies that are there already: what they let through by name is needed, what they let through at large is not.
//!
//! Policies only add up, so that a default-deny beside a policy that lets everything out closes nothing. What
//! their rules name is kept, whether they stay or are replaced: somebody wrote down that it is needed.

use std::collections::BTreeSet;

use watertight_model::ObjectId;
use watertight_netpol::{
    Action, Connections, Direction, End, EndpointId, EndpointKind, Endpoints, Model, Namespaces, Policy,
    Protocol, Tier,
};
use watertight_syntax::Path;

use super::peers::{Scene, Subject};
use crate::flows::{Flow, Party, Place, Port, Reason};

/// The policies of `networking.k8s.io` of some namespaces, and what they name.
pub(super) struct Existing {
    /// The objects, in order.
    pub(super) objects: BTreeSet<ObjectId>,
    /// Policies of every kind that stay and let through more than pods and addresses that they name.
    pub(super) wide: BTreeSet<ObjectId>,
    /// The flows that their rules name.
    pub(super) flows: Vec<Flow>,
    /// The flows that policies of an earlier run name.
    pub(super) earlier: Vec<Flow>,
}

impl Existing {
    pub(super) fn of(scene: &Scene<'_>, closed: &BTreeSet<&str>, made: &BTreeSet<ObjectId>) -> Self {
        let is_own = |policy: &&Policy| {
            policy.tier == Tier::default_tier()
                && matches!(&policy.subject, Endpoints::Pods { namespaces: Namespaces::Named(name), .. }
                    if closed.contains(name.as_str()))
                && scene.is_written(policy.tag)
        };
        let own: Vec<&Policy> = scene.reach.model.policies().iter().filter(is_own).collect();
        let objects = own.iter().map(|policy| ObjectId(policy.tag)).collect();
        let stays = |policy: &&Policy| !own.iter().any(|own| own.tag == policy.tag) || !scene.wanted.replace;
        let wide = scene.reach.model.policies().iter().filter(stays).filter(|policy| is_wide(policy));
        let wide = wide.filter(|policy| is_about(scene, policy, closed));
        let wide = wide.map(|policy| ObjectId(policy.tag)).filter(|id| !made.contains(id)).collect();
        let narrow: Vec<Policy> = own.iter().map(|policy| narrowed(policy)).collect();
        let (of_earlier, written): (Vec<Policy>, Vec<Policy>) =
            scene.reach.model.policies().iter().cloned().partition(|own| made.contains(&ObjectId(own.tag)));
        // What an earlier run closed is no reason against what somebody has written since.
        let flows = named(scene, closed, narrow, written.clone());
        let narrow = of_earlier.iter().map(narrowed).collect();
        let earlier = named(scene, closed, narrow, [written, of_earlier].concat());
        Self { objects, wide, flows, earlier }
    }
}

/// Whether a rule is for everybody, or for every pod of the cluster.
fn is_at_large(peers: &Endpoints) -> bool {
    match peers {
        Endpoints::Everyone | Endpoints::World | Endpoints::Cluster => true,
        Endpoints::Pods { namespaces: Namespaces::Every, labels } => labels.is_everything(),
        Endpoints::Blocks { blocks, .. } => blocks.iter().any(|block| block.is_everything()),
        Endpoints::Any(parts) => parts.iter().any(is_at_large),
        Endpoints::All(parts) => {
            parts.iter().all(|part| matches!(part, Endpoints::Not(_)) || is_at_large(part))
        }
        _ => false,
    }
}

/// Whether a policy lets through at large what a default-deny would not: a tier after its own is not asked.
fn is_wide(policy: &Policy) -> bool {
    let sides = [&policy.ingress, &policy.egress].into_iter().flatten();
    let mut rules = sides.flat_map(|side| &side.rules);
    policy.tier <= Tier::default_tier()
        && rules.any(|rule| rule.action == Action::Allow && is_at_large(&rule.peers))
}

/// Whether a policy is about pods of some namespaces.
fn is_about(scene: &Scene<'_>, policy: &Policy, namespaces: &BTreeSet<&str>) -> bool {
    let model = &scene.reach.model;
    let mut subjects =
        Direction::BOTH.into_iter().flat_map(|direction| model.subjects(policy.tag, direction));
    subjects.any(|endpoint| match model.kind(endpoint) {
        EndpointKind::Pods { namespace, .. } => namespaces.contains(namespace),
        _ => false,
    })
}

/// The same with the rules alone that name somebody.
fn narrowed(policy: &Policy) -> Policy {
    let mut policy = policy.clone();
    for side in [&mut policy.ingress, &mut policy.egress].into_iter().flatten() {
        side.rules.retain(|rule| !is_at_large(&rule.peers));
    }
    policy
}

/// What the rules of some policies name, between subjects in view, as far as all let it through.
fn named(scene: &Scene<'_>, closed: &BTreeSet<&str>, narrow: Vec<Policy>, all: Vec<Policy>) -> Vec<Flow> {
    if narrow.is_empty() {
        return Vec::new();
    }
    let named = Model::new(scene.cluster.clone(), narrow);
    let now = &Model::new(scene.cluster.clone(), all);
    let mut flows = Vec::new();
    let endpoint =
        |model: &Model, subject: &Subject| subject.pods.first().map(|&place| model.endpoint(End::Pod(place)));
    let is_closed = |subject: &Subject| closed.contains(subject.namespace.as_str()) && !subject.host_network;
    for from in scene.subjects() {
        for to in scene.subjects().filter(|to| to.object != from.object) {
            if !is_closed(from) && !is_closed(to) {
                continue;
            }
            let (Some(source), Some(target)) = (endpoint(&named, from), endpoint(&named, to)) else {
                continue;
            };
            let mut said: Vec<(Connections, u32)> = Vec::new();
            for (direction, subject) in [(Direction::Ingress, to), (Direction::Egress, from)] {
                said.extend(by_rules(&named, direction, source, target).filter(|_| is_closed(subject)));
            }
            let open = match (endpoint(now, from), endpoint(now, to)) {
                (Some(source), Some(target)) => now.reach(source, target).sure().clone(),
                _ => continue,
            };
            for (connections, tag) in said {
                for port in ports(&connections.intersection(&open)) {
                    flows.push(Flow {
                        from: Party::Workload(from.object),
                        to: Party::Workload(to.object),
                        port,
                        why: vec![Reason {
                            place: Place::Object(ObjectId(tag), Path::root()),
                            words: "written in a policy that is there".to_owned(),
                        }],
                    });
                }
            }
        }
    }
    flows
}

/// What the policies of one side let through by their rules, with one policy that does.
fn by_rules(
    model: &Model,
    direction: Direction,
    from: EndpointId,
    to: EndpointId,
) -> impl Iterator<Item = (Connections, u32)> {
    let subject = if direction == Direction::Ingress { to } else { from };
    let is_governed = model.profile(subject, direction).is_some();
    let verdict = model.side(direction, from, to);
    let connections = model.connections(verdict.sure).clone();
    let tag = model.selecting(subject, direction).next();
    let said = is_governed && !connections.is_empty();
    tag.filter(|_| said).map(|tag| (connections, tag)).into_iter()
}

/// Single ports one by one; what is wider is every port of the protocol.
fn ports(connections: &Connections) -> Vec<Port> {
    const MOST: u32 = 32;
    let of = |protocol: Protocol| {
        let ports =
            connections.ports(protocol).map(watertight_netpol::PortSet::destinations).unwrap_or_default();
        match ports.len() {
            0 => Vec::new(),
            1..=MOST => {
                let each = ports.ranges().iter().flat_map(|&(first, last)| first..=last);
                each.map(|number| Port { protocol: Some(protocol), number: Some(number) }).collect()
            }
            _ => vec![Port { protocol: Some(protocol), number: None }],
        }
    };
    if connections.is_every_port() {
        return vec![Port::UNKNOWN];
    }
    Protocol::WITH_PORTS.into_iter().flat_map(of).collect()
}
