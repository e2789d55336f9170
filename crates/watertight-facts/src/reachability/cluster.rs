//! Namespaces, pods, nodes and services of a world, as the model takes them.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use watertight_model::{Namespace as Home, ObjectId};
use watertight_netpol::{
    Account, Cluster, Endpoint, Labels, NAMESPACE_NAME_LABEL, NamedPort, Namespace, Node, Pod, Service,
    Unknown,
};

use watertight_syntax::{Path, Value};

use super::{PodSource, WorkloadPods};
use crate::identities::namespace_in_policy;
use crate::network::{ADDED, ListedEndpoints, NetworkObject, PodNetwork, protocol_of};
use crate::object_facts::{NAMESPACE, WorkloadFacts};
use crate::world::World;

pub(super) fn of(world: &World<'_>) -> (Cluster, Vec<PodSource>, Vec<WorkloadPods>, Vec<ObjectId>) {
    let snapshot = world.snapshot();
    let mut cluster = Cluster {
        all_namespaces: snapshot.is_complete(NAMESPACE.group, NAMESPACE.kind),
        namespaces: namespaces(world),
        ..Cluster::default()
    };
    let (pods, workloads) = pods(world, &mut cluster);
    let nodes = world.network().nodes.clone();
    for (tag, id) in (0u32..).zip(&nodes) {
        if let Some(NetworkObject::Node(facts)) = world.network_object(*id) {
            cluster.nodes.push(Node {
                tag,
                name: snapshot.object(*id).identity().name.to_string(),
                labels: Labels::of(facts.labels.clone()),
                addresses: facts.addresses.clone(),
            });
        }
    }
    services(world, &mut cluster, &pods);
    if !world.network().flavoured.is_empty() {
        cluster.accounts = accounts(world);
    }
    (cluster, pods, workloads, nodes)
}

fn namespaces(world: &World<'_>) -> Vec<Namespace> {
    let snapshot = world.snapshot();
    let complete = snapshot.is_complete(NAMESPACE.group, NAMESPACE.kind);
    let mut found = Vec::new();
    for (name, objects) in world.namespaces() {
        // Several texts may declare a namespace, one without labels among them; what is implied has but its name.
        let mut labels = Labels::default();
        let mut written = false;
        for &id in objects {
            if let Some(facts) = world.namespace_facts(id) {
                labels.known.extend(facts.labels.clone());
                written |= !snapshot.object(id).is_implied();
            }
        }
        if !written && !complete {
            labels.unknown = Unknown::Anything;
        }
        found.push(Namespace { name: name.to_owned(), labels });
    }
    found
}

fn pods(world: &World<'_>, cluster: &mut Cluster) -> (Vec<PodSource>, Vec<WorkloadPods>) {
    let snapshot = world.snapshot();
    let (mut sources, mut workloads): (Vec<PodSource>, Vec<WorkloadPods>) = (Vec::new(), Vec::new());
    let mut by_name: BTreeMap<(String, String, String), usize> = BTreeMap::new();
    for entry in world.workloads() {
        let own = snapshot.object(entry.object).identity();
        if &*own.kind == "PodTemplate" {
            continue;
        }
        let namespace = namespace_in_policy(&own.namespace);
        let is_pod = |id: &ObjectId| &*snapshot.object(*id).identity().kind == "Pod";
        let instances: Vec<ObjectId> = entry.instances.iter().copied().filter(is_pod).collect();
        let objects = if instances.is_empty() { vec![entry.object] } else { instances };
        let mut places = Vec::new();
        for object in objects {
            let Some(facts) = world.workload_facts(object).filter(|facts| facts.has_template) else {
                continue;
            };
            places.push(cluster.pods.len());
            cluster.pods.push(pod(cluster.pods.len(), namespace, facts, is_pod(&object)));
            sources.push(PodSource { workload: entry.object, place: 0, object });
        }
        if places.is_empty() {
            continue;
        }
        // Of a controller that is not in view, its pods stand for it.
        let owner = world.workload_facts(entry.object).and_then(|facts| facts.network.controller.as_ref());
        let (kind, name) = match owner {
            Some((kind, name)) if kind != "Node" => (kind.clone(), name.clone()),
            _ => (own.kind.to_string(), own.name.to_string()),
        };
        let key = (namespace.to_owned(), kind, name);
        match by_name.get(&key) {
            Some(&known) => workloads[known].pods.extend(places),
            None => {
                by_name.insert(key.clone(), workloads.len());
                let (namespace, kind, name) = key;
                workloads.push(WorkloadPods { object: entry.object, kind, name, namespace, pods: places });
            }
        }
    }
    machines(world, cluster, &mut sources, &mut workloads);
    workloads.sort_by(|one, other| {
        (&one.namespace, &one.name, &one.kind, one.object).cmp(&(
            &other.namespace,
            &other.name,
            &other.kind,
            other.object,
        ))
    });
    for (number, workload) in workloads.iter().enumerate() {
        for &place in &workload.pods {
            sources[place].workload = workload.object;
            sources[place].place = number;
        }
    }
    (sources, workloads)
}

/// Virtual machines. The instance of a machine in view is that machine.
fn machines(
    world: &World<'_>,
    cluster: &mut Cluster,
    sources: &mut Vec<PodSource>,
    workloads: &mut Vec<WorkloadPods>,
) {
    let mut seen: BTreeSet<(Home, &str)> = BTreeSet::new();
    let mut machines = world.network().machines.clone();
    // `VirtualMachine` comes before `VirtualMachineInstance`.
    machines.sort_by_key(|id| world.snapshot().object(*id).identity());
    for id in machines {
        let identity = world.snapshot().object(id).identity();
        let Some(NetworkObject::Machine(labels)) = world.network_object(id) else { continue };
        if !seen.insert((identity.namespace.clone(), &identity.name)) {
            continue;
        }
        let namespace = namespace_in_policy(&identity.namespace).to_owned();
        let place = cluster.pods.len();
        cluster.pods.push(Pod {
            tag: place as u32,
            namespace: namespace.clone(),
            labels: template_labels(labels),
            account: "default".to_owned(),
            ..Pod::default()
        });
        sources.push(PodSource { workload: id, place: 0, object: id });
        workloads.push(WorkloadPods {
            object: id,
            kind: identity.kind.to_string(),
            name: identity.name.to_string(),
            namespace,
            pods: vec![place],
        });
    }
}

fn pod(place: usize, namespace: &str, facts: &WorkloadFacts, exists: bool) -> Pod {
    let labels = if exists { Labels::of(facts.labels.clone()) } else { template_labels(&facts.labels) };
    Pod {
        tag: place as u32,
        namespace: namespace.to_owned(),
        labels,
        host_network: facts.network.host_network,
        node: facts.network.node.clone(),
        addresses: facts.network.addresses.clone(),
        ports: named_ports(&facts.network),
        account: facts.service_account.clone(),
    }
}

/// The labels of pods that a template will make: controllers and admission add some.
fn template_labels(known: &BTreeMap<String, String>) -> Labels {
    let unknown = ADDED.iter().map(|key| (*key).to_owned()).collect();
    Labels { known: known.clone(), unknown: Unknown::Keys(unknown) }
}

fn named_ports(network: &PodNetwork) -> Vec<NamedPort> {
    let named = network.ports.iter().filter(|port| !port.name.is_empty());
    named
        .filter_map(|port| {
            let protocol = protocol_of(&port.protocol)?;
            Some(NamedPort { name: port.name.clone(), protocol, number: u16::try_from(port.number).ok()? })
        })
        .collect()
}

fn services(world: &World<'_>, cluster: &mut Cluster, pods: &[PodSource]) {
    let snapshot = world.snapshot();
    let mut listed: BTreeMap<(&Home, &str), Vec<&ListedEndpoints>> = BTreeMap::new();
    for &id in &world.network().listed {
        if let Some(NetworkObject::Endpoints(endpoints)) = world.network_object(id)
            && let Some(service) = &endpoints.service
        {
            let namespace = &snapshot.object(id).identity().namespace;
            listed.entry((namespace, service.as_str())).or_default().push(endpoints);
        }
    }
    let mut pods_by_name: HashMap<(&Home, &str), u32> = HashMap::new();
    for (tag, source) in (0u32..).zip(pods) {
        let identity = snapshot.object(source.object).identity();
        pods_by_name.insert((&identity.namespace, &identity.name), tag);
    }
    for &id in world.network().services.values().flatten() {
        let Some(NetworkObject::Service(facts)) = world.network_object(id) else { continue };
        let identity = snapshot.object(id).identity();
        let home = &identity.namespace;
        let lists = listed.get(&(home, &*identity.name)).into_iter().flatten();
        let endpoints = lists.flat_map(|list| &list.endpoints).map(|own| Endpoint {
            addresses: own.addresses.clone(),
            pod: own.pod.as_ref().and_then(|name| pods_by_name.get(&(home, name.as_str())).copied()),
            ports: own.ports.iter().map(|port| (port.protocol, port.number)).collect(),
        });
        cluster.services.push(Service {
            tag: id.0,
            namespace: namespace_in_policy(home).to_owned(),
            name: identity.name.to_string(),
            labels: Labels::of(facts.labels.clone()),
            selector: facts.selector.clone(),
            addresses: facts.addresses.clone(),
            headless: facts.headless,
            ports: facts.ports.clone(),
            endpoints: endpoints.collect(),
            external_name: facts.external_name.clone(),
        });
    }
    // The API servers register themselves in the service that every cluster has.
    let servers =
        listed.iter().find(|((home, name), _)| home.name() == Some("default") && *name == "kubernetes");
    cluster.api_servers = servers.map(|(_, lists)| {
        lists.iter().flat_map(|list| &list.endpoints).flat_map(|own| own.addresses.clone()).collect()
    });
}

/// The service accounts with their labels, which policies of Calico may ask for.
fn accounts(world: &World<'_>) -> Vec<Account> {
    let snapshot = world.snapshot();
    let objects = snapshot.of_kind("ServiceAccount").iter().map(|id| snapshot.object(*id));
    let own = objects.filter(|object| object.identity().group.is_empty());
    own.filter_map(|object| {
        let identity = object.identity();
        // Of one that cannot be read, nothing is known.
        let body = object.body().ok()?;
        let written = body.root().at(&Path::root().at("metadata.labels"));
        let known = written
            .into_iter()
            .flat_map(Value::entries)
            .filter_map(|(key, value)| Some((key.to_string(), value.as_str()?.to_owned())));
        let labels = Labels::of(known.collect());
        let namespace = namespace_in_policy(&identity.namespace).to_owned();
        Some(Account { namespace, name: identity.name.to_string(), labels })
    })
    .collect()
}

/// Namespaces of this name cannot be made.
const ANYWHERE: &str = "<any namespace>";
pub(super) const NEW_NAMESPACE: &str = "<new namespace>";

/// Whether a namespace is one of those that cannot be made.
pub(super) fn is_strange(name: &str) -> bool {
    name == ANYWHERE || name == NEW_NAMESPACE
}

/// Adds two pods that are not in view, and gives their places: one of which nothing is known, and one without labels
/// in a namespace to come without labels but its name.
pub(super) fn add_strangers(cluster: &mut Cluster) -> [usize; 2] {
    let name_label = Unknown::Keys([NAMESPACE_NAME_LABEL.to_owned()].into());
    let strangers =
        [(ANYWHERE, Unknown::Anything, Unknown::Anything), (NEW_NAMESPACE, Unknown::Nothing, name_label)];
    strangers.map(|(namespace, labels, of_namespace)| {
        let name = namespace.to_owned();
        let unknown = |unknown| Labels { known: BTreeMap::new(), unknown };
        cluster.namespaces.push(Namespace { name: name.clone(), labels: unknown(of_namespace) });
        let place = cluster.pods.len();
        cluster.pods.push(Pod {
            tag: place as u32,
            namespace: name,
            labels: unknown(labels),
            account: "default".to_owned(),
            ..Pod::default()
        });
        place
    })
}

/// Adds a pod without labels to each namespace in view, and gives their places.
pub(super) fn add_neighbours(cluster: &mut Cluster) -> BTreeMap<String, usize> {
    let of_pods = cluster.pods.iter().map(|pod| &pod.namespace);
    let declared = cluster.namespaces.iter().map(|namespace| &namespace.name);
    let namespaces: BTreeSet<String> =
        of_pods.chain(declared).filter(|name| !is_strange(name)).cloned().collect();
    namespaces
        .into_iter()
        .map(|namespace| {
            let place = cluster.pods.len();
            cluster.pods.push(Pod {
                tag: place as u32,
                namespace: namespace.clone(),
                account: "default".to_owned(),
                ..Pod::default()
            });
            (namespace, place)
        })
        .collect()
}
