//! What policies are about: namespaces, pods, nodes, services, addresses.

use std::fmt;
use std::net::IpAddr;

use crate::cidr::Cidr;
use crate::connections::{Connections, Protocol};
use crate::intervals::Intervals;
use crate::policy::Inside;
use crate::selector::{Labels, Selector, Truth};

/// The label that the API server gives each namespace: its name
/// (`LabelMetadataName`, `staging/src/k8s.io/api/core/v1/types.go`).
pub const NAMESPACE_NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// Everything that policies may speak of.
#[derive(Debug, Clone)]
pub struct Cluster {
    /// Its namespaces. Pods may be in one that is not listed: its labels are then not known, but its name.
    pub namespaces: Vec<Namespace>,
    /// Whether the listed namespaces are all, so that the labels of another are none but its name.
    pub all_namespaces: bool,
    /// Its pods, also those that templates will make.
    pub pods: Vec<Pod>,
    /// Its nodes.
    pub nodes: Vec<Node>,
    /// Its services.
    pub services: Vec<Service>,
    /// Named sets of addresses.
    pub network_sets: Vec<NetworkSet>,
    /// Service accounts with labels.
    pub accounts: Vec<Account>,
    /// The addresses of the API servers; `None` when they are not known.
    pub api_servers: Option<Vec<IpAddr>>,
    /// Whether a block of a policy of `networking.k8s.io` stands for pods with an address in it, as far as the
    /// plugin that enforces it is known. [`Inside::ByImplementation`] when it is not.
    pub blocks_mean_pods: Inside,
    /// Whether the plugin asks egress policies before a pod opens something to its own node. Kubernetes' documentation
    /// says that such connections are always allowed.
    pub asks_towards_own_node: bool,
    /// Where pods and nodes have their addresses, as far as they are not known one by one; none means in some private
    /// block.
    pub pod_blocks: Vec<Cidr>,
    /// Whether somebody enforces policies.
    pub enforced: Truth,
}

impl Default for Cluster {
    fn default() -> Self {
        Self {
            namespaces: Vec::new(),
            all_namespaces: false,
            pods: Vec::new(),
            nodes: Vec::new(),
            services: Vec::new(),
            network_sets: Vec::new(),
            accounts: Vec::new(),
            api_servers: None,
            blocks_mean_pods: Inside::ByImplementation,
            asks_towards_own_node: false,
            pod_blocks: Vec::new(),
            enforced: Truth::Yes,
        }
    }
}

/// A namespace.
#[derive(Debug, Clone)]
pub struct Namespace {
    /// Its name.
    pub name: String,
    /// Its labels, with [`NAMESPACE_NAME_LABEL`].
    pub labels: Labels,
}

/// A pod, or what stands for the pods of a template.
#[derive(Debug, Clone, Default)]
pub struct Pod {
    /// The caller's way back to it.
    pub tag: u32,
    /// Its namespace.
    pub namespace: String,
    /// Its labels.
    pub labels: Labels,
    /// Whether it is in the network of its node: policies do not see it as a pod.
    pub host_network: bool,
    /// The node that it is on; `None` when that is not known.
    pub node: Option<String>,
    /// Its addresses; none when they are not known.
    pub addresses: Vec<IpAddr>,
    /// The ports that its containers name.
    pub ports: Vec<NamedPort>,
    /// The service account that it runs as.
    pub account: String,
}

/// A port of a container that has a name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct NamedPort {
    /// Its name.
    pub name: String,
    /// Its protocol.
    pub protocol: Protocol,
    /// Its number.
    pub number: u16,
}

/// A node.
#[derive(Debug, Clone, Default)]
pub struct Node {
    /// The caller's way back to it.
    pub tag: u32,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    /// Its addresses; none when they are not known.
    pub addresses: Vec<IpAddr>,
}

/// A service account.
#[derive(Debug, Clone)]
pub struct Account {
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
}

/// A named set of addresses: Calico's NetworkSet, without a namespace its GlobalNetworkSet.
#[derive(Debug, Clone)]
pub struct NetworkSet {
    /// Its namespace, if it has one.
    pub namespace: Option<String>,
    /// Its labels.
    pub labels: Labels,
    /// Its blocks.
    pub blocks: Vec<Cidr>,
}

/// A service, as far as packets go: its address is replaced by that of an endpoint before any policy is asked.
#[derive(Debug, Clone, Default)]
pub struct Service {
    /// The caller's way back to it.
    pub tag: u32,
    /// Its namespace.
    pub namespace: String,
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: Labels,
    /// The pods of its namespace that it leads to; `None` when its endpoints are listed by somebody.
    pub selector: Option<Selector>,
    /// Its addresses in the cluster, none for a headless one or where they are not known.
    pub addresses: Vec<IpAddr>,
    /// Whether its name stands for its endpoints, with whatever port they listen on.
    pub headless: bool,
    /// Its ports.
    pub ports: Vec<ServicePort>,
    /// The endpoints that EndpointSlices list for it.
    pub endpoints: Vec<Endpoint>,
    /// The name outside of the cluster that it stands for.
    pub external_name: Option<String>,
}

/// A port of a service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServicePort {
    /// Its name; empty when it has none.
    pub name: String,
    /// Its protocol.
    pub protocol: Protocol,
    /// The port that clients ask for.
    pub port: u16,
    /// Where it leads.
    pub target: Target,
    /// The port of every node that leads there too.
    pub node_port: Option<u16>,
}

/// Where a port of a service leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// The port of this number.
    Number(u16),
    /// The container's port of this name, pod by pod.
    Name(String),
}

impl Target {
    /// Whether a number or a name is this one.
    #[must_use]
    pub fn is(&self, text: &str) -> bool {
        match self {
            Self::Number(number) => number.to_string() == text,
            Self::Name(name) => name == text,
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Number(number) => write!(f, "{number}"),
            Self::Name(name) => f.write_str(name),
        }
    }
}

/// An endpoint that an EndpointSlice lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Its addresses.
    pub addresses: Vec<IpAddr>,
    /// The pod of the service's namespace that it is, by name of the pod's tag, when the slice says so.
    pub pod: Option<u32>,
    /// Its ports; none is every port.
    pub ports: Vec<(Protocol, u16)>,
}

impl Pod {
    /// The numbers of its ports of a name.
    pub fn named(&self, name: &str, protocol: Option<Protocol>) -> impl Iterator<Item = &NamedPort> {
        let wanted = move |port: &&NamedPort| {
            port.name == name && protocol.is_none_or(|protocol| protocol == port.protocol)
        };
        self.ports.iter().filter(wanted)
    }
}

impl Service {
    /// The connections to a pod that a port of the service leads to: none when the port has a name that the pod's
    /// containers do not have (`FindPort`, `pkg/api/v1/pod/util.go`).
    #[must_use]
    pub fn reaches(&self, port: &ServicePort, pod: &Pod) -> Connections {
        match &port.target {
            Target::Number(number) => Connections::of(port.protocol, &Intervals::one(*number)),
            Target::Name(name) => {
                // The first container that has it decides.
                let found = pod.named(name, Some(port.protocol)).next();
                found.map_or_else(Connections::none, |found| {
                    Connections::of(port.protocol, &Intervals::one(found.number))
                })
            }
        }
    }

    /// The connections to an endpoint that EndpointSlices list for a port of the service: a slice names ports as the
    /// service does, and what it says counts, not the target of the service (`docs/concepts/services-networking/
    /// service.md`, "Services without selectors"). Names are not kept: of several ports of a protocol, that with the
    /// number of the target counts, and all of them where none has it.
    #[must_use]
    pub fn reaches_listed(&self, port: &ServicePort, endpoint: &Endpoint) -> Connections {
        if endpoint.ports.is_empty() {
            return Connections::of(port.protocol, &Intervals::range(1, u16::MAX));
        }
        let listed = endpoint.ports.iter().filter(|(protocol, _)| *protocol == port.protocol);
        let numbers: Vec<u16> = listed.map(|(_, number)| *number).collect();
        let is_only = self.ports.iter().filter(|own| own.protocol == port.protocol).count() == 1;
        let wanted = match port.target {
            Target::Number(number) if !is_only && numbers.contains(&number) => vec![number],
            _ => numbers,
        };
        wanted.into_iter().fold(Connections::none(), |all, number| {
            all.union(&Connections::of(port.protocol, &Intervals::one(number)))
        })
    }

    /// Whether it leads to a pod.
    #[must_use]
    pub fn selects(&self, pod: &Pod) -> Truth {
        match &self.selector {
            Some(selector) if self.namespace == pod.namespace => selector.selects(&pod.labels),
            Some(_) => Truth::No,
            None => self.endpoints.iter().any(|endpoint| endpoint.pod == Some(pod.tag)).into(),
        }
    }
}
