//! Configurations, read into our model.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;
use watertight_model::{Identity, ObjectId, Snapshot};
use watertight_netpol::{Effect, Inside, Policy};
use watertight_syntax::Limits;

use super::network::{Network, PolicyKind, Written};
use super::scheme::{self, Lists};
use super::topology::{self, Pod, Topology};
use crate::reachability::{Assumed, Reachability};
use crate::world::{Settings, World};

/// What stands among policies.
#[derive(Default)]
struct Objects {
    policies: Vec<(PolicyKind, Value)>,
    profiles: Vec<Value>,
    /// Kinds that are none of Kubernetes' or Calico's policies.
    others: BTreeSet<String>,
}

impl Objects {
    fn add(&mut self, object: &Value) {
        let text = |key: &str| object.get(key).and_then(Value::as_str).unwrap_or_default();
        let kind = match text("kind") {
            "NetworkPolicy" if text("apiVersion").contains("calico") => PolicyKind::Calico,
            "NetworkPolicy" => PolicyKind::Kubernetes,
            "GlobalNetworkPolicy" => PolicyKind::CalicoGlobal,
            "Profile" => {
                let mut profile = object.clone();
                // Profiles have no such field: a cluster does not keep it (`ProfileSpec` in
                // `api/pkg/apis/projectcalico/v3/profile.go`).
                if let Some(spec) = profile.get_mut("spec").and_then(Value::as_object_mut) {
                    spec.remove("types");
                }
                return self.profiles.push(profile);
            }
            other @ ("Ingress" | "AuthorizationPolicy" | "Sidecar" | "Gateway" | "VirtualService") => {
                self.others.insert(other.to_owned());
                return;
            }
            _ => return,
        };
        self.policies.push((kind, object.clone()));
    }
}

/// Reads a configuration.
pub(super) fn network(
    lists: &Lists,
    folder: &Path,
    global: Option<&Topology>,
) -> Result<Network, &'static str> {
    let mut topology = Topology::of(lists, folder, global)?;
    let from = lists.policies.as_ref().or(lists.resources.as_ref());
    let mut objects = Objects::default();
    for file in topology::all_files(folder, &from.cloned())? {
        for document in scheme::documents(&file) {
            topology::each(&document, "", &mut |_, object| objects.add(object));
        }
    }
    for profile in &objects.profiles {
        topology.pods.iter_mut().for_each(|pod| pod.label(profile));
    }
    let full = |list: &Option<Vec<String>>| list.as_ref().is_some_and(|list| !list.is_empty());
    // What is missing is added to a topology of its own only (`get_network_config` of
    // `nca/NetworkConfig/ResourcesHandler.py`).
    if full(&lists.pods) || full(&lists.resources) {
        let of_kubernetes = objects.policies.iter().filter(|(kind, _)| *kind == PolicyKind::Kubernetes);
        topology.with_dns(&of_kubernetes.map(|(_, object)| object.clone()).collect::<Vec<_>>());
        if objects.others.contains("Ingress") {
            topology.with_controller();
        }
    }
    modelled(topology, objects)
}

fn modelled(topology: Topology, objects: Objects) -> Result<Network, &'static str> {
    let snapshot = snapshot(&topology, &objects);
    let settings = Settings::default();
    let world = World::new(&snapshot, &settings);
    let assumed = Assumed {
        enforced: Some(true),
        // Addresses of pods are not looked at: somewhere where no block of the suite is.
        pod_blocks: vec!["100::/64".parse().unwrap()],
        taken: true,
        ..Assumed::default()
    };
    let read = Read { snapshot: &snapshot, reachability: Reachability::assuming(&world, assumed) };
    let mut cluster = read.reachability.model.cluster().clone();
    // `IpBlock` of `nca/CoreDS/Peer.py`: a block is never a pod.
    cluster.blocks_mean_pods = Inside::Never;
    let places: Option<Vec<usize>> = topology.pods.iter().map(|pod| read.place(pod)).collect();
    let is_profile = |policy: &&Policy| &*read.identity(policy).kind == "Profile";
    let problems = read.reachability.problems.iter().map(|(id, problem)| {
        format!("{}: {}: {}", snapshot.object(*id).identity(), problem.path, problem.why)
    });
    Ok(Network {
        places: places.ok_or("a pod that our reader does not take")?,
        cluster,
        profiles: read.policies().filter(is_profile).cloned().collect(),
        problems: problems.collect(),
        policies: objects.policies.into_iter().map(|(kind, object)| read.written(kind, object)).collect(),
        others: objects.others,
        written_order: false,
        topology,
    })
}

fn snapshot(topology: &Topology, objects: &Objects) -> Snapshot {
    let mut builder = Snapshot::builder(Limits::default()).namespace(Some("default")).assume_complete(true);
    let pods = topology.pods.iter().map(|pod| &pod.object);
    let policies = objects.policies.iter().map(|(_, object)| object);
    let all = topology.namespaces.values().chain(pods).chain(&topology.sets);
    for (number, object) in all.chain(policies).chain(&objects.profiles).enumerate() {
        builder.text(format!("{number}.json"), object.to_string());
    }
    builder.finish()
}

struct Read<'s> {
    snapshot: &'s Snapshot,
    reachability: Reachability,
}

impl Read<'_> {
    fn policies(&self) -> impl Iterator<Item = &Policy> {
        self.reachability.model.policies().iter()
    }

    fn identity(&self, policy: &Policy) -> &Identity {
        self.snapshot.object(ObjectId(policy.tag)).identity()
    }

    /// The place of a pod in the cluster.
    fn place(&self, pod: &Pod) -> Option<usize> {
        self.reachability.pods.iter().position(|source| {
            let identity = self.snapshot.object(source.object).identity();
            *identity.kind == *pod.kind
                && *identity.name == *pod.name
                && identity.namespace.name() == Some(&pod.namespace)
        })
    }

    fn written(&self, kind: PolicyKind, object: Value) -> Written {
        let text = |pointer| object.pointer(pointer).and_then(Value::as_str);
        let name = text("/metadata/name").unwrap_or_default();
        let namespace = text("/metadata/namespace").unwrap_or("default");
        let is_global = kind == PolicyKind::CalicoGlobal;
        let is_this = |policy: &&Policy| {
            let identity = self.identity(policy);
            let kinds = match kind {
                PolicyKind::Kubernetes => {
                    identity.group.contains("networking.k8s.io") && &*identity.kind == "NetworkPolicy"
                }
                PolicyKind::Calico => identity.group.contains("calico") && &*identity.kind == "NetworkPolicy",
                PolicyKind::CalicoGlobal => &*identity.kind == "GlobalNetworkPolicy",
            };
            let home = is_global || identity.namespace.name() == Some(namespace);
            kinds && home && &*identity.name == name
        };
        let read: Vec<Policy> = self.policies().filter(is_this).cloned().collect();
        let refused =
            self.reachability.problems.iter().any(|(id, problem)| {
                problem.effect == Effect::Refused && read.iter().any(|own| own.tag == id.0)
            });
        let full_name = if is_global { name.to_owned() } else { format!("{namespace}/{name}") };
        Written { full_name, kind, object, read, refused }
    }
}
