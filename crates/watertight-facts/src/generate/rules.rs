//! The least rules for the needed flows.

use std::collections::{BTreeMap, BTreeSet};

use watertight_netpol::{Cidr, Direction, Family, Protocol};

use super::peers::{Peer, Scene};
use super::{Flavor, Open};
use crate::flows::{Flow, Party};

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

/// The rules for one subject.
#[derive(Debug, Default)]
pub(super) struct Workload {
    pub(super) ingress: Side,
    pub(super) egress: Side,
    pub(super) flows: Vec<Flow>,
}

/// Every rule.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// By place of the subject.
    pub(super) workloads: BTreeMap<usize, Workload>,
    pub(super) unresolved: Vec<Unresolved>,
    pub(super) open: Vec<Open>,
}

/// The addresses of the instance metadata of the large clouds: `169.254.169.254`, AWS over IPv6, Alibaba.
const METADATA: [&str; 3] = ["169.254.169.254/32", "fd00:ec2::254/128", "100.100.100.200/32"];

pub(super) fn of(scene: &Scene<'_>, flows: &[Flow], closed: &BTreeSet<&str>) -> Rules {
    let mut maker = Maker { scene, closed, rules: Rules::default(), open: BTreeSet::new() };
    for flow in flows {
        maker.flow(flow);
    }
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
        let subject = |party: &Party| match party {
            Party::Workload(object) => self.scene.subject_of(*object),
            _ => None,
        };
        let (from, to) = (subject(&flow.from), subject(&flow.to));
        let governed = |place: Option<usize>| {
            place.filter(|place| {
                let own = self.scene.subject(*place);
                !own.host_network && self.closed.contains(own.namespace.as_str())
            })
        };
        if let Some(place) = governed(from) {
            self.side(place, Direction::Egress, &flow.to, flow);
        }
        if let Some(place) = governed(to)
            && !self.scene.wanted.egress_only
        {
            self.side(place, Direction::Ingress, &flow.from, flow);
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
            Party::ClusterDns => Ok(vec![Peer::Dns]),
            Party::Service { .. } => Err("what the Service leads to is not in view"),
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
                Some(name) => Ok(vec![Peer::Namespace(name.clone())]),
                None => Err("the ingress controller is not in view (--ingress-namespace)"),
            },
            Party::Fqdn(name) if scene.wanted.flavor == Flavor::Cilium => Ok(vec![Peer::Fqdn(name.clone())]),
            Party::Fqdn(_) => Ok(self.public()),
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
        let known = METADATA.iter().filter_map(|text| text.parse::<Cidr>().ok());
        known.filter(|hole| block.is_larger_than(*hole)).collect()
    }

    fn tell_of_rule(&mut self, place: usize, peers: &[Peer], flow: &Flow) {
        let name = |place: usize| {
            let own = self.scene.subject(place);
            format!("{}/{}", own.namespace, own.name)
        };
        let own = name(place);
        if flow.port.number.is_none() {
            let what = format!("{own}: every port between it and the other end of a flow");
            self.open.insert(Open { what, why: "nothing in view tells the port" });
        }
        for peer in peers {
            match (peer, &flow.to) {
                (Peer::World, _) => {
                    let what = format!("{own}: port {} from everybody outside", flow.port);
                    let why = "it is published, and where connections come from is not limited there or is not seen";
                    self.open.insert(Open { what, why });
                }
                (Peer::Block(..), Party::Fqdn(host)) => {
                    let what = format!("{own}: port {} of every public address, for {host}", flow.port);
                    let why = "policies of this flavor know no names of hosts (--flavor cilium does)";
                    self.open.insert(Open { what, why });
                }
                (Peer::Namespace(namespace), Party::IngressController) => {
                    let what = format!("{own}: port {} from every pod of {namespace}", flow.port);
                    self.open
                        .insert(Open { what, why: "the pods of the ingress controller are not in view" });
                }
                _ => {}
            }
        }
    }

    fn tell_of_subject(&mut self, place: usize, subject: &super::peers::Subject) {
        let closed = self.closed.contains(subject.namespace.as_str());
        let what = format!("{}/{}", subject.namespace, subject.name);
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
