//! The least rules for the needed flows.

use std::collections::{BTreeMap, BTreeSet};

use watertight_netpol::{Cidr, Direction, Family, Protocol};

use super::peers::{Peer, Scene};
use super::{Flavor, Open};
use crate::flows::{Flow, Party};
use crate::identities::namespace_in_policy;
use crate::network::metadata_addresses;

const NOT_IN_VIEW: &str = "what the Service leads to is not in view";
/// Blocks with a shorter prefix are told: they have more addresses than anybody owns.
const MANY: u8 = 8;

/// A needed flow that no policy can be written for, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unresolved {
    /// The flow.
    pub flow: Flow,
    /// Why, and what to do.
    pub why: &'static str,
}

/// A port of a rule; `None` where it is not known.
pub(super) type Ports = BTreeSet<(Option<Protocol>, Option<u16>)>;

/// The rules of one direction: to or from whom, on which ports.
pub(super) type Side = BTreeMap<Peer, Ports>;

/// The rules of one subject.
#[derive(Debug, Default)]
pub(super) struct Workload {
    pub(super) ingress: Side,
    pub(super) egress: Side,
    pub(super) flows: Vec<Flow>,
}

impl Workload {
    /// The directions that have rules.
    pub(super) fn sides(&self) -> impl Iterator<Item = (Direction, &Side)> {
        let sides = [(Direction::Ingress, &self.ingress), (Direction::Egress, &self.egress)];
        sides.into_iter().filter(|(_, side)| !side.is_empty())
    }
}

/// Every rule.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// By place of the subject.
    pub(super) workloads: BTreeMap<usize, Workload>,
    pub(super) unresolved: Vec<Unresolved>,
    pub(super) open: Vec<Open>,
}

/// Names of the instance metadata: of Google Cloud, and of AWS.
const METADATA_HOSTS: [&str; 2] = ["metadata.google.internal", "instance-data.ec2.internal"];
const METADATA_CLOSED: &str = "it is the metadata of the instance, which stays closed (--allow-metadata)";

/// Ends of names that are looked up in private networks: of RFC 6762 (`local`), RFC 8375 (`home.arpa`), ICANN's reservation
/// of `internal`, and what RFC 6762 lists as in use (appendix G).
const PRIVATE_HOSTS: [&str; 8] =
    [".local", ".home.arpa", ".internal", ".intranet", ".private", ".corp", ".home", ".lan"];
const PRIVATE_HOST: &str =
    "its name is one of a private network: give its addresses under `network.flows`, or use --flavor cilium";

pub(super) fn of(scene: &Scene<'_>, flows: &[Flow], closed: &BTreeSet<&str>) -> Rules {
    let mut maker = Maker { scene, closed, rules: Rules::default(), open: BTreeSet::new() };
    for flow in flows {
        maker.flow(flow);
    }
    maker.serve_names();
    for (place, subject) in scene.subjects().enumerate() {
        maker.tell_of_subject(place, subject);
    }
    maker.rules.open = maker.open.into_iter().collect();
    maker.rules
}

struct Maker<'s, 'w> {
    scene: &'s Scene<'w>,
    closed: &'s BTreeSet<&'s str>,
    rules: Rules,
    open: BTreeSet<Open>,
}

impl Maker<'_, '_> {
    fn flow(&mut self, flow: &Flow) {
        for place in self.governed(&flow.from) {
            self.side(place, Direction::Egress, &flow.to, flow);
        }
        if !self.scene.wanted.egress_only {
            for place in self.governed(&flow.to) {
                self.side(place, Direction::Ingress, &flow.from, flow);
            }
        }
        // Whoever is behind it may be closed.
        let Party::Service { namespace, .. } = &flow.to else { return };
        let is_told = self.rules.unresolved.last().is_some_and(|own| own.flow == *flow);
        if !is_told && self.closed.contains(namespace_in_policy(namespace)) {
            self.rules.unresolved.push(Unresolved { flow: flow.clone(), why: NOT_IN_VIEW });
        }
    }

    /// The subjects that are closed and are somebody.
    fn governed(&self, party: &Party) -> Vec<usize> {
        let scene = self.scene;
        let is_governed = |place: &usize| {
            let own = scene.subject(*place);
            !own.host_network && self.closed.contains(own.namespace.as_str())
        };
        match party {
            Party::Workload(object) => scene.subject_of(*object).into_iter().filter(is_governed).collect(),
            Party::Namespace(namespace) => {
                let name = namespace_in_policy(namespace);
                let all = scene.subjects().enumerate().filter(|(_, own)| own.namespace == name);
                all.map(|(place, _)| place).filter(is_governed).collect()
            }
            // Which of the pods there it is, nobody told.
            Party::IngressController => {
                let name = scene.wanted.ingress_namespace.as_deref();
                let all =
                    scene.subjects().enumerate().filter(|(_, own)| name == Some(own.namespace.as_str()));
                all.map(|(place, _)| place).filter(is_governed).collect()
            }
            _ => Vec::new(),
        }
    }

    /// Where the namespace of the DNS is closed too, everybody may ask it all the same.
    fn serve_names(&mut self) {
        let dns = self.scene.dns;
        if self.scene.wanted.egress_only || !self.closed.contains(dns.namespace.as_str()) {
            return;
        }
        let ports: Ports = dns.ports.iter().map(|(protocol, port)| (Some(*protocol), Some(*port))).collect();
        let own =
            self.scene.subjects().enumerate().filter(|(_, own)| {
                own.namespace == dns.namespace && !own.host_network && self.scene.is_dns(own)
            });
        for (place, _) in own {
            let ingress = &mut self.rules.workloads.entry(place).or_default().ingress;
            ingress.entry(Peer::Everyone).or_default().extend(&ports);
            if !self.scene.nodes().is_empty() {
                ingress.entry(Peer::Nodes).or_default().extend(&ports);
            }
        }
    }

    /// Adds the rule of one end.
    fn side(&mut self, place: usize, direction: Direction, other: &Party, flow: &Flow) {
        let peers = match self.peers(place, direction, other) {
            Ok(peers) => peers,
            Err(why) => {
                self.rules.unresolved.push(Unresolved { flow: flow.clone(), why });
                return;
            }
        };
        self.tell_of_rule(place, &peers, flow);
        let workload = self.rules.workloads.entry(place).or_default();
        let side = match direction {
            Direction::Ingress => &mut workload.ingress,
            Direction::Egress => &mut workload.egress,
        };
        for peer in peers {
            side.entry(peer).or_default().insert((flow.port.protocol, flow.port.number));
        }
        // A flow of a workload with itself has both ends here.
        if workload.flows.last() != Some(flow) {
            workload.flows.push(flow.clone());
        }
    }

    /// The other end as a policy for a subject can name it.
    fn peers(&self, place: usize, direction: Direction, other: &Party) -> Result<Vec<Peer>, &'static str> {
        let scene = self.scene;
        let names_nodes = scene.wanted.flavor == Flavor::Cilium;
        let nodes = || match names_nodes || !scene.nodes().is_empty() {
            true => Ok(vec![Peer::Nodes]),
            false => Err(
                "the other end is in the network of a node, which policies name by its address (--node-cidr)",
            ),
        };
        let of_unnamed = |namespace: &str| namespace == crate::identities::UNSPECIFIED_NAMESPACE;
        match other {
            Party::Workload(object) => {
                let Some(peer) = scene.subject_of(*object) else {
                    return Err("the other end has no pods in view");
                };
                let (own, peer_of) = (scene.subject(place), scene.subject(peer));
                if peer_of.host_network {
                    return nodes();
                }
                if own.namespace != peer_of.namespace && of_unnamed(&peer_of.namespace) {
                    return Err("the other end names no namespace (-n)");
                }
                Ok(vec![Peer::Subject(peer)])
            }
            Party::Namespace(namespace) => match namespace.name() {
                Some(name) => Ok(vec![Peer::Namespace(name.to_owned())]),
                None => Err("the other end names no namespace (-n)"),
            },
            Party::ClusterDns if scene.dns.on_nodes => nodes(),
            Party::ClusterDns => Ok(vec![Peer::Dns]),
            Party::Service { .. } => Err(NOT_IN_VIEW),
            Party::ApiServer => match names_nodes
                || scene.wanted.flavor == Flavor::Calico && direction == Direction::Egress
                || !scene.api_servers().is_empty()
            {
                true => Ok(vec![Peer::ApiServers]),
                false => Err("the addresses of the API servers are not in view (--apiserver-cidr)"),
            },
            Party::Nodes => nodes(),
            Party::Outside => Ok(vec![Peer::World]),
            Party::IngressController => match &scene.wanted.ingress_namespace {
                Some(name) => {
                    let on_nodes = scene.subjects().any(|own| own.namespace == *name && own.host_network);
                    let nodes = if on_nodes { nodes()? } else { Vec::new() };
                    Ok([vec![Peer::Namespace(name.clone())], nodes].concat())
                }
                None => Err("the ingress controller is not in view (--ingress-namespace)"),
            },
            Party::Fqdn(name) if !scene.wanted.allow_metadata && METADATA_HOSTS.contains(&name.as_str()) => {
                Err(METADATA_CLOSED)
            }
            Party::Fqdn(name) if scene.wanted.flavor == Flavor::Cilium => Ok(vec![Peer::Fqdn(name.clone())]),
            Party::Fqdn(name) if PRIVATE_HOSTS.iter().any(|end| name.ends_with(end)) => Err(PRIVATE_HOST),
            Party::Fqdn(_) => Ok(self.public()),
            Party::Addresses(block) if !scene.wanted.allow_metadata && is_metadata(*block) => {
                Err(METADATA_CLOSED)
            }
            Party::Addresses(block) => Ok(vec![Peer::Block(*block, self.holes(*block))]),
        }
    }

    /// Whoever has a public address: for hosts that are only known by name.
    fn public(&self) -> Vec<Peer> {
        let families = [Family::V4, Family::V6];
        let block = |family: Family| {
            let all = Cidr::every(family);
            let private = Cidr::private().filter(|own| own.family() == family);
            let metadata = self
                .holes(all)
                .into_iter()
                .filter(|hole| !Cidr::private().any(|own| own == *hole || own.is_larger_than(*hole)));
            let metadata = metadata.collect::<Vec<_>>();
            Peer::Block(all, private.chain(metadata).collect())
        };
        families.map(block).into()
    }

    /// What is left out of a block: the instance metadata, unless it was asked for.
    fn holes(&self, block: Cidr) -> Vec<Cidr> {
        if self.scene.wanted.allow_metadata {
            return Vec::new();
        }
        metadata_addresses().map(Cidr::one).filter(|hole| block.is_larger_than(*hole)).collect()
    }

    fn tell_of_rule(&mut self, place: usize, peers: &[Peer], flow: &Flow) {
        let own = self.scene.subject(place).to_string();
        if flow.port.number.is_none() {
            let others = match (self.scene.name_of(&flow.from), self.scene.name_of(&flow.to)) {
                (Some(from), Some(to)) if from == own => format!("every port of {to}"),
                (Some(from), Some(_)) => format!("every port from {from}"),
                _ => "every port between it and the other end of a flow".to_owned(),
            };
            let why = "nothing in view tells the port, or a policy that is there names all of them";
            self.open.insert(Open { what: format!("{own}: {others}"), why });
        }
        for peer in peers {
            match (peer, &flow.to) {
                (Peer::World, _) => {
                    let what = format!("{own}: port {} from everybody outside", flow.port);
                    let why = "it is published, or somebody wrote that it is needed, and where connections come from is \
                               not limited there or is not seen";
                    self.open.insert(Open { what, why });
                }
                (Peer::Block(..), Party::Fqdn(host)) => {
                    let what = format!("{own}: port {} of every public address, for {host}", flow.port);
                    let why = "policies of this flavor know no names of hosts (--flavor cilium does); private \
                               addresses stay closed: where the name has one, give it under `network.flows`";
                    self.open.insert(Open { what, why });
                }
                (Peer::Block(block, _), _) if block.length() < MANY => {
                    let what = format!("{own}: port {} of all of {block}", flow.port);
                    self.open.insert(Open { what, why: "somebody said that it is needed" });
                }
                (Peer::Namespace(namespace), Party::IngressController) => {
                    let what = format!("{own}: port {} from every pod of {namespace}", flow.port);
                    let why = "which of them is the ingress controller is not known";
                    self.open.insert(Open { what, why });
                }
                _ => {}
            }
        }
    }

    fn tell_of_subject(&mut self, place: usize, subject: &super::peers::Subject) {
        let closed = self.closed.contains(subject.namespace.as_str());
        let what = subject.to_string();
        if subject.host_network && closed {
            let why = "it is in the network of its node, where policies do not reach";
            self.open.insert(Open { what, why });
        } else if !subject.exact && self.rules.workloads.contains_key(&place) {
            let why = match subject.selector.is_empty() {
                true => "it has no label that stays, so its rules are for every pod of the namespace",
                false => "no label tells it from another workload, which its rules are for too",
            };
            self.open.insert(Open { what, why });
        }
    }
}

/// Whether a block is an address of the instance metadata.
pub(super) fn is_metadata(block: Cidr) -> bool {
    metadata_addresses().any(|address| Cidr::one(address) == block)
}
