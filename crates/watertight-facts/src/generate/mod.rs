//! Policies that close the network around the flows that are needed.
//!
//! For each namespace: nothing is let in or out but DNS, then the least rules for the needed flows. A [`Plan`] holds
//! the objects and its own proof: it reads them back with the readers of `watertight-netpol`, as an API server would
//! get them, and asks the model whether each needed flow is still let through.
//!
//! Start reading at [`plan`]. `rules.rs` makes rules of flows, `objects.rs` objects of these in the words of a flavor (a
//! file each), `proof.rs` asks.

mod calico;
mod cilium;
mod dns;
mod existing;
mod ingress;
mod kubernetes;
mod kyverno;
mod objects;
mod peers;
mod proof;
mod rules;
mod selectors;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value as Json;
use watertight_model::ObjectId;
use watertight_netpol::Cidr;
use watertight_syntax::Path;

use crate::flows::{Asks, Flow, Found, Ground, Party, Place, Question};
use crate::identities::namespace_in_policy;
use crate::network::may_run_pods;
use crate::reachability::Reachability;
use crate::world::World;

pub use dns::ClusterDns;
pub use ingress::{closed, ingress_of};
pub use proof::{Kept, Proof};
pub use rules::Unresolved;

/// The kind of policies to write.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Flavor {
    /// `NetworkPolicy` of `networking.k8s.io`.
    #[default]
    Kubernetes,
    /// `CiliumNetworkPolicy`.
    Cilium,
    /// `NetworkPolicy` of `projectcalico.org/v3`.
    Calico,
}

/// What is wanted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Wanted {
    /// The kind of policies.
    pub flavor: Flavor,
    /// Only what leaves pods: everything is let in, and external destinations are told one by one.
    pub egress_only: bool,
    /// The addresses of the API servers, beside those in view.
    pub api_servers: Vec<Cidr>,
    /// Addresses of nodes, beside those in view.
    pub nodes: Vec<Cidr>,
    /// The namespace of the ingress controller, when it is not in view.
    pub ingress_namespace: Option<String>,
    /// Whether the address of the instance metadata may be reached where a destination covers it.
    pub allow_metadata: bool,
    /// Whether the policies of `networking.k8s.io` that are in the closed namespaces are replaced: what their rules
    /// name stays let through, what they let through at large does not.
    pub replace: bool,
    /// The namespaces to close; none is every one in view but those of Kubernetes itself.
    pub only: BTreeSet<String>,
}

/// What was made.
#[derive(Debug)]
pub struct Plan {
    /// The objects, by namespace and name.
    pub objects: Vec<Made>,
    /// The DNS of the cluster.
    pub dns: ClusterDns,
    /// Needed flows that no policy can be written for.
    pub unresolved: Vec<Unresolved>,
    /// What stays open, and why.
    pub open: Vec<Open>,
    /// Policies that are there and have to go, since the objects take their place under other names.
    pub replaced: Vec<ObjectId>,
    /// Policies that an earlier run made, and that nothing needs any more.
    pub obsolete: Vec<ObjectId>,
    /// Policies that are there, stay, and let through more than pods and addresses that they name.
    pub wide: Vec<ObjectId>,
    /// Namespaces that were let be, and why.
    pub let_be: Vec<(String, &'static str)>,
    /// What may be a flow and is for people to answer.
    pub questions: Vec<Question>,
    /// A policy of Kyverno that gives new namespaces what these got.
    pub for_new_namespaces: Json,
    /// What the model says of the objects.
    pub proof: Proof,
}

/// One object.
#[derive(Debug, Clone, PartialEq)]
pub struct Made {
    /// Its namespace, as in the model.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// What it is for, in a few words.
    pub what: String,
    /// Itself.
    pub object: Json,
    /// The flows that its rules are for.
    pub flows: Vec<Flow>,
}

/// Something that stays open.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Open {
    /// What, as in `shop/web: port 8080`.
    pub what: String,
    /// Why.
    pub why: &'static str,
}

/// Marks what is made, so that the next run makes it anew.
const MANAGED_BY: &str = "app.kubernetes.io/managed-by";
const WATERTIGHT: &str = "watertight";

/// Why a namespace that was asked for is let be.
pub const NOT_THERE: &str = "no pods of it are in view";

/// Namespaces of Kubernetes itself: what their components need is in no manifest.
const SYSTEM: [&str; 3] = ["kube-system", "kube-public", "kube-node-lease"];

/// Plans the policies for the flows that are needed.
#[must_use]
pub fn plan(
    world: &World<'_>,
    reach: &Reachability,
    ground: &Ground<'_>,
    found: Found,
    wanted: &Wanted,
) -> Plan {
    let dns = ClusterDns::of(world, reach);
    let scene = peers::Scene::of(world, reach, ground, wanted, &dns);
    let mut namespaces: BTreeMap<String, Option<&'static str>> = BTreeMap::new();
    for subject in scene.subjects() {
        namespaces.insert(subject.namespace.clone(), reason_to_let_be(&subject.namespace, wanted));
    }
    // Also those without a pod yet.
    let is_written = |ids: &[ObjectId]| ids.iter().any(|id| !world.snapshot().object(*id).is_implied());
    for (name, _) in world.namespaces().filter(|(_, ids)| is_written(ids)) {
        namespaces.entry(name.to_owned()).or_insert_with(|| reason_to_let_be(name, wanted));
    }
    for name in &wanted.only {
        namespaces.entry(name.clone()).or_insert(Some(NOT_THERE));
    }
    let closed: BTreeSet<&str> =
        namespaces.iter().filter(|(_, why)| why.is_none()).map(|(name, _)| name.as_str()).collect();
    // What an earlier run made is no evidence that it is needed.
    let made: BTreeSet<ObjectId> = scene.made_before(&closed).collect();
    let existing = existing::Existing::of(&scene, &closed, &made);
    // Somebody wrote down that these are needed. Where the policies stay, a default-deny for the other direction would
    // still close them.
    let found = found.with(Found { flows: existing.flows, questions: Vec::new() });
    let rules = rules::of(&scene, &found.flows, &closed);
    let (objects, for_new_namespaces) = match wanted.flavor {
        Flavor::Kubernetes => written::<kubernetes::Kubernetes>(&scene, &closed, &rules),
        Flavor::Cilium => written::<cilium::Cilium>(&scene, &closed, &rules),
        Flavor::Calico => written::<calico::Calico>(&scene, &closed, &rules),
    };
    let gone: BTreeSet<ObjectId> =
        if wanted.replace { made.union(&existing.objects).copied().collect() } else { made.clone() };
    // Both sides of a flow may have named it.
    let earlier = Found { flows: existing.earlier, questions: Vec::new() }.with(Found::default()).flows;
    let proof = proof::of(&scene, &objects, &found.flows, &rules.unresolved, &gone, (&closed, &earlier));
    let takes_its_place = |id: &ObjectId| objects.iter().any(|made| scene.takes_the_place(made, *id));
    let left = gone.into_iter().filter(|id| !takes_its_place(id));
    let (obsolete, replaced) = left.partition(|id| made.contains(id));
    let wide = existing.wide.into_iter().collect();
    let rules::Rules { unresolved, open, .. } = rules;
    let mut questions = found.questions;
    questions.extend(unseen_pods(world, ground, &closed));
    let let_be = namespaces.into_iter().filter_map(|(name, why)| Some((name, why?))).collect();
    Plan {
        objects,
        dns,
        unresolved,
        open,
        replaced,
        obsolete,
        wide,
        let_be,
        questions,
        for_new_namespaces,
        proof,
    }
}

fn reason_to_let_be(namespace: &str, wanted: &Wanted) -> Option<&'static str> {
    match () {
        () if !wanted.only.is_empty() && !wanted.only.contains(namespace) => Some("it was not asked for"),
        () if SYSTEM.contains(&namespace) && wanted.only.is_empty() => {
            Some("what the components of Kubernetes need is in no manifest (--only kube-system to close it)")
        }
        () => None,
    }
}

/// What may run pods of a closed namespace that are not in view: one question for each kind.
fn unseen_pods(world: &World<'_>, ground: &Ground<'_>, closed: &BTreeSet<&str>) -> Vec<Question> {
    let mut asked: BTreeMap<(&str, &str), Question> = BTreeMap::new();
    for (id, object) in world.snapshot().objects().filter(|(_, object)| !object.is_implied()) {
        let identity = object.identity();
        let namespace = namespace_in_policy(&identity.namespace);
        let is_unseen = may_run_pods(&identity.group, &identity.kind) && ground.pods(id).is_none();
        if !is_unseen || !closed.contains(namespace) || world.workload_facts(id).is_some() {
            continue;
        }
        asked.entry((namespace, &identity.kind)).or_insert_with(|| Question {
            from: Some(Party::Namespace(identity.namespace.clone())),
            asks: Asks::NotModelled,
            place: Place::Object(id, Path::root()),
            words: format!(
                "a controller may run pods for each {}, which are not in view and are closed as well: list what they need \
                 under `network.flows`",
                identity.kind
            ),
        });
    }
    asked.into_values().collect()
}

fn written<L: objects::Language>(
    scene: &peers::Scene<'_>,
    closed: &BTreeSet<&str>,
    rules: &rules::Rules,
) -> (Vec<Made>, Json) {
    (
        objects::of::<L>(scene, closed, rules),
        kyverno::for_new_namespaces(objects::of_new_namespace::<L>(scene)),
    )
}
