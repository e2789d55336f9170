//! Who there is, as far as policies can tell: pods in classes, nodes in classes, pieces of the outside.
//!
//! Pods of one namespace with equal values of the labels that some selector looks at, equal named ports that some
//! rule asks for, and whatever else a rule can look at, are one class: no policy tells them apart. So is a node. The
//! space of addresses is cut wherever a block begins or ends.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use crate::cidr::{AddressRange, Cidr, Family, pieces};
use crate::cluster::{Cluster, NAMESPACE_NAME_LABEL, NamedPort};
use crate::forms::Forms;
use crate::policy::{Endpoints, Namespaces, Policy};
use crate::selector::{Labels, Truth, Unknown};

/// One of a model's endpoints: a class of pods, a class of nodes, or a piece of the addresses outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct EndpointId(pub(crate) u32);

impl EndpointId {
    /// Its place, from 0.
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Pods that no policy tells apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct PodClass {
    /// Their namespace, by its place in [`Universe::namespaces`].
    pub(crate) namespace: u32,
    /// The labels that somebody looks at.
    pub(crate) labels: Labels,
    /// The named ports that somebody asks for.
    pub(crate) ports: Vec<NamedPort>,
    /// Their service account, where somebody asks for accounts.
    pub(crate) account: Option<String>,
    /// The pieces of space that their addresses are in, when these are known and some block matters.
    pub(crate) addresses: Option<BTreeSet<u32>>,
    /// The services without selectors that list them, where somebody asks for services.
    pub(crate) listed_by: Vec<u32>,
}

/// Nodes that no policy tells apart.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct NodeClass {
    pub(crate) labels: Labels,
    pub(crate) addresses: Option<BTreeSet<u32>>,
}

/// Everybody.
#[derive(Debug)]
pub(crate) struct Universe {
    /// Names and labels, sorted by name.
    pub(crate) namespaces: Vec<(String, Labels)>,
    pub(crate) pods: Vec<PodClass>,
    pub(crate) nodes: Vec<NodeClass>,
    pub(crate) pieces: Vec<AddressRange>,
    /// The endpoint of each pod of the cluster; of one in its node's network, that of the node.
    pub(crate) of_pod: Vec<EndpointId>,
    /// The endpoint of a node of which nothing is known.
    pub(crate) some_node: EndpointId,
    /// The endpoint of each node of the cluster.
    pub(crate) of_node: Vec<EndpointId>,
    /// Where the classes of each namespace begin; one more than there are namespaces.
    pub(crate) first_of_namespace: Vec<u32>,
}

/// What selectors and rules look at.
#[derive(Debug, Default)]
struct Interest<'p> {
    pod_keys: BTreeSet<&'p str>,
    node_keys: BTreeSet<&'p str>,
    port_names: BTreeSet<&'p str>,
    blocks: Vec<Cidr>,
    accounts: bool,
    services: bool,
}

impl<'p> Interest<'p> {
    fn of(cluster: &'p Cluster, policies: &'p [Policy]) -> Self {
        let mut interest = Self::default();
        for policy in policies {
            interest.endpoints(&policy.subject);
            for rule in [&policy.ingress, &policy.egress].into_iter().flatten().flat_map(|side| &side.rules) {
                interest.endpoints(&rule.subject);
                interest.endpoints(&rule.peers);
                interest.port_names.extend(rule.traffic.names());
            }
        }
        interest.blocks.extend(cluster.network_sets.iter().flat_map(|set| &set.blocks));
        interest.blocks.extend(cluster.api_servers.iter().flatten().map(|address| Cidr::one(*address)));
        if interest.services {
            for service in &cluster.services {
                let addresses = service.endpoints.iter().flat_map(|endpoint| &endpoint.addresses);
                interest.blocks.extend(addresses.map(|address| Cidr::one(*address)));
                if let Some(selector) = &service.selector {
                    selector.keys(&mut |key| {
                        interest.pod_keys.insert(key);
                    });
                }
            }
        }
        interest
    }

    fn endpoints(&mut self, endpoints: &'p Endpoints) {
        match endpoints {
            Endpoints::Pods { labels, .. } => labels.keys(&mut |key| {
                self.pod_keys.insert(key);
            }),
            Endpoints::Nodes(labels) => labels.keys(&mut |key| {
                self.node_keys.insert(key);
            }),
            Endpoints::Blocks { blocks, .. } => self.blocks.extend(blocks),
            Endpoints::Accounts { .. } => self.accounts = true,
            Endpoints::Services { .. } => self.services = true,
            Endpoints::Not(inner) => self.endpoints(inner),
            Endpoints::All(parts) | Endpoints::Any(parts) => {
                parts.iter().for_each(|part| self.endpoints(part));
            }
            _ => {}
        }
    }
}

/// The labels of these keys.
fn restricted(labels: &Labels, keys: &BTreeSet<&str>) -> Labels {
    let known = if labels.known.len() < keys.len() {
        let looked_at = labels.known.iter().filter(|(key, _)| keys.contains(key.as_str()));
        looked_at.map(|(key, value)| (key.clone(), value.clone())).collect()
    } else {
        let there = keys.iter().filter_map(|key| labels.known.get_key_value(*key));
        there.map(|(key, value)| (key.clone(), value.clone())).collect()
    };
    let unknown = match &labels.unknown {
        Unknown::Keys(unknown) => {
            let unknown: BTreeSet<String> =
                unknown.iter().filter(|key| keys.contains(key.as_str())).cloned().collect();
            if unknown.is_empty() { Unknown::Nothing } else { Unknown::Keys(unknown) }
        }
        other => other.clone(),
    };
    Labels { known, unknown }
}

/// The place of each address among the pieces, in order.
fn places(addresses: &[std::net::IpAddr], pieces: &[AddressRange], found: &mut Vec<u32>) {
    let place = |address: &std::net::IpAddr| {
        let bits = crate::cidr::bits_of(*address);
        let key = (Family::of(*address), bits);
        // The pieces cover all of the space, in order.
        pieces.partition_point(|piece| (piece.family, piece.from) <= key).checked_sub(1)
    };
    // There are fewer pieces than policies have blocks.
    found.clear();
    found.extend(addresses.iter().filter_map(place).filter_map(|place| u32::try_from(place).ok()));
    found.sort_unstable();
    found.dedup();
}

impl Universe {
    pub(crate) fn of(cluster: &Cluster, policies: &[Policy]) -> Self {
        let interest = Interest::of(cluster, policies);
        let pieces = pieces(interest.blocks.iter().copied());
        let namespaces = namespaces(cluster);
        let place_of: HashMap<&str, u32> =
            namespaces.iter().zip(0..).map(|((name, _), place)| (name.as_str(), place)).collect();
        let listed = listed_by(cluster, interest.services);
        let are_told = |own: &[std::net::IpAddr]| !interest.blocks.is_empty() && !own.is_empty();
        let addresses = |own: &[std::net::IpAddr]| {
            are_told(own).then(|| {
                let mut found = Vec::new();
                places(own, &pieces, &mut found);
                found.into_iter().collect::<BTreeSet<u32>>()
            })
        };

        let mut node_of_name: HashMap<&str, usize> = HashMap::new();
        let mut node_keys = Vec::with_capacity(cluster.nodes.len());
        for (index, node) in cluster.nodes.iter().enumerate() {
            node_of_name.insert(&node.name, index);
            let labels = restricted(&node.labels, &interest.node_keys);
            node_keys.push(NodeClass { labels, addresses: addresses(&node.addresses) });
        }
        // Pods in the network of a node that is not in view.
        let some_node = |own: &[std::net::IpAddr]| {
            let unknown = if interest.node_keys.is_empty() { Unknown::Nothing } else { Unknown::Anything };
            NodeClass { labels: Labels { known: BTreeMap::new(), unknown }, addresses: addresses(own) }
        };
        let mut forms = Forms::new(&interest.pod_keys, &interest.port_names, interest.accounts);
        let mut classes: Vec<PodClass> = Vec::new();
        let mut pod_keys: Vec<Result<usize, NodeClass>> = Vec::with_capacity(cluster.pods.len());
        let (mut home, mut own_places) = (("", 0), Vec::new());
        for pod in &cluster.pods {
            if pod.host_network {
                let node = pod.node.as_ref().and_then(|name| node_of_name.get(name.as_str()));
                pod_keys.push(Err(match node {
                    Some(&index) => node_keys[index].clone(),
                    None => some_node(&pod.addresses),
                }));
                continue;
            }
            if home.0 != pod.namespace || home.0.is_empty() {
                home = (&pod.namespace, place_of[pod.namespace.as_str()]);
            }
            let namespace = home.1;
            let places = are_told(&pod.addresses).then(|| {
                places(&pod.addresses, &pieces, &mut own_places);
                &own_places[..]
            });
            let listed_by = match listed.is_empty() {
                true => &[][..],
                false => listed.get(&pod.tag).map_or(&[][..], Vec::as_slice),
            };
            let (form, is_new) = forms.number(pod, namespace, places, listed_by);
            if is_new {
                let asked = |port: &&NamedPort| interest.port_names.contains(port.name.as_str());
                let mut ports: Vec<NamedPort> = pod.ports.iter().filter(asked).cloned().collect();
                ports.sort_unstable();
                ports.dedup();
                classes.push(PodClass {
                    namespace,
                    labels: restricted(&pod.labels, &interest.pod_keys),
                    ports,
                    account: interest.accounts.then(|| pod.account.clone()),
                    addresses: places.map(|places| places.iter().copied().collect()),
                    listed_by: listed_by.to_vec(),
                });
            }
            pod_keys.push(Ok(form));
        }

        let pods: BTreeSet<&PodClass> = classes.iter().collect();
        let pods: Vec<PodClass> = pods.into_iter().cloned().collect();
        let hosts = pod_keys.iter().filter_map(|key| key.as_ref().err());
        let nodes: BTreeSet<NodeClass> = hosts.chain(&node_keys).cloned().chain([some_node(&[])]).collect();
        let nodes: Vec<NodeClass> = nodes.into_iter().collect();
        let first_of_namespace = (0..=namespaces.len())
            .map(|place| pods.partition_point(|class| (class.namespace as usize) < place) as u32)
            .collect();
        let node_id = |class: &NodeClass| {
            let place = nodes.binary_search(class).unwrap_or_default();
            EndpointId((pods.len() + place) as u32)
        };
        let place = |class: &PodClass| pods.binary_search(class).unwrap_or_default() as u32;
        let place_of_form: Vec<u32> = classes.iter().map(place).collect();
        let of_pod = pod_keys
            .iter()
            .map(|key| match key {
                Ok(form) => EndpointId(place_of_form[*form]),
                Err(class) => node_id(class),
            })
            .collect();
        let some_node = node_id(&some_node(&[]));
        let of_node = node_keys.iter().map(node_id).collect();
        Self { namespaces, pods, nodes, pieces, of_pod, some_node, of_node, first_of_namespace }
    }

    /// How many endpoints there are.
    pub(crate) fn len(&self) -> usize {
        self.pods.len() + self.nodes.len() + self.pieces.len()
    }

    pub(crate) fn kind(&self, endpoint: EndpointId) -> Kind<'_> {
        let index = endpoint.index();
        let (pods, nodes) = (self.pods.len(), self.nodes.len());
        if index < pods {
            Kind::Pods(&self.pods[index])
        } else if index < pods + nodes {
            Kind::Nodes(&self.nodes[index - pods])
        } else {
            Kind::Piece(self.pieces[index - pods - nodes])
        }
    }

    pub(crate) fn piece(&self, place: usize) -> EndpointId {
        EndpointId((self.pods.len() + self.nodes.len() + place) as u32)
    }

    /// The namespaces, by place, that are meant, and those that may be.
    pub(crate) fn namespaces_of(&self, namespaces: &Namespaces) -> Vec<(u32, Truth)> {
        let all = self.namespaces.iter().zip(0u32..);
        match namespaces {
            Namespaces::Every => all.map(|(_, place)| (place, Truth::Yes)).collect(),
            Namespaces::OfTheCluster => Vec::new(),
            Namespaces::Named(name) => {
                let found = self.namespaces.binary_search_by(|(own, _)| own.cmp(name));
                found
                    .ok()
                    .and_then(|place| u32::try_from(place).ok())
                    .map(|place| (place, Truth::Yes))
                    .into_iter()
                    .collect()
            }
            Namespaces::Labelled(selector) => all
                .map(|((_, labels), place)| (place, selector.selects(labels)))
                .filter(|(_, truth)| *truth != Truth::No)
                .collect(),
        }
    }
}

/// What an endpoint is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kind<'u> {
    Pods(&'u PodClass),
    Nodes(&'u NodeClass),
    Piece(AddressRange),
}

fn namespaces(cluster: &Cluster) -> Vec<(String, Labels)> {
    let mut all: BTreeMap<String, Labels> = BTreeMap::new();
    for namespace in &cluster.namespaces {
        all.insert(namespace.name.clone(), namespace.labels.clone());
    }
    let of_pods = cluster.pods.iter().map(|pod| &pod.namespace);
    let of_sets = cluster.network_sets.iter().filter_map(|set| set.namespace.as_ref());
    let of_services = cluster.services.iter().map(|service| &service.namespace);
    let mut before = None;
    for namespace in of_pods.chain(of_sets).chain(of_services) {
        // Pods of one namespace stand together.
        if before.replace(namespace) != Some(namespace) && !all.contains_key(namespace) {
            let known = [(NAMESPACE_NAME_LABEL.to_owned(), namespace.clone())].into();
            let unknown = if cluster.all_namespaces { Unknown::Nothing } else { Unknown::Anything };
            all.insert(namespace.clone(), Labels { known, unknown });
        }
    }
    all.into_iter().collect()
}

/// By tag of a pod: the services without selectors that list it.
fn listed_by(cluster: &Cluster, wanted: bool) -> HashMap<u32, Vec<u32>> {
    let mut listed: HashMap<u32, Vec<u32>> = HashMap::new();
    let services = cluster.services.iter().filter(|service| wanted && service.selector.is_none());
    for service in services {
        for pod in service.endpoints.iter().filter_map(|endpoint| endpoint.pod) {
            listed.entry(pod).or_default().push(service.tag);
        }
    }
    listed
}
