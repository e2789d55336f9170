//! Policies that close the network around the flows that are needed.
//!
//! For each namespace: nothing is let in or out but DNS, then the least rules for the needed flows. A [`Plan`] holds
//! the objects and its own proof: it reads them back with the readers of `watertight-netpol`, as an API server would
//! get them, and asks the model whether each needed flow is still let through.
//!
//! Start reading at [`plan`]. `rules.rs` makes rules of flows, `objects.rs` policies of rules, a file per
//! flavor writes them, `proof.rs` asks.

mod calico;
mod cilium;
mod dns;
mod existing;
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

use crate::flows::{Flow, Found, Ground, Question};
use crate::reachability::Reachability;
use crate::world::World;

pub use dns::ClusterDns;
pub use kyverno::for_new_namespaces;
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
    /// Policies that are there and that the objects take the place of.
    pub replaced: Vec<ObjectId>,
    /// Policies that are there, stay, and let through more than pods and addresses that they name.
    pub wide: Vec<ObjectId>,
    /// Namespaces that were let be, and why.
    pub let_be: Vec<(String, &'static str)>,
    /// What may be a flow and is for people to answer.
    pub questions: Vec<Question>,
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
        let system = SYSTEM.contains(&subject.namespace.as_str());
        let why = match () {
            () if !wanted.only.is_empty() && !wanted.only.contains(&subject.namespace) => {
                Some("it was not asked for")
            }
            () if system && wanted.only.is_empty() => Some(
                "what the components of Kubernetes need is in no manifest (--only kube-system to close it)",
            ),
            () => None,
        };
        namespaces.insert(subject.namespace.clone(), why);
    }
    let closed: BTreeSet<&str> =
        namespaces.iter().filter(|(_, why)| why.is_none()).map(|(name, _)| name.as_str()).collect();
    let existing = existing::Existing::of(&scene, &closed);
    // Somebody wrote down that these are needed. Where the policies stay, a default-deny for the other direction would
    // still close them.
    let found = found.with(Found { flows: existing.flows, questions: Vec::new() });
    let rules::Rules { workloads, unresolved, open } = rules::of(&scene, &found.flows, &closed);
    let objects = match wanted.flavor {
        Flavor::Kubernetes => objects::of::<kubernetes::Kubernetes>(&scene, &closed, &workloads),
        Flavor::Cilium => objects::of::<cilium::Cilium>(&scene, &closed, &workloads),
        Flavor::Calico => objects::of::<calico::Calico>(&scene, &closed, &workloads),
    };
    let objects = scene.beside_existing(objects);
    let (replaced, wide) = match wanted.replace {
        true => (existing.objects.into_iter().collect(), Vec::new()),
        false => (Vec::new(), existing.wide.into_iter().collect()),
    };
    let proof = proof::of(&scene, &objects, &found.flows, &unresolved, &replaced);
    let let_be = namespaces.into_iter().filter_map(|(name, why)| Some((name, why?))).collect();
    Plan { objects, dns, unresolved, open, replaced, wide, let_be, questions: found.questions, proof }
}
