//! A configuration as a network, and what two networks let through, pair by pair.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde_json::Value;
use watertight_netpol::{
    Cluster, Connections, Direction, End, EndpointId, Endpoints, Family, Model, Namespaces, Policy, Selector,
    Side, Tier, Truth,
};

use super::topology::Topology;

/// A configuration.
#[derive(Clone)]
pub(super) struct Network {
    pub topology: Topology,
    /// The places in the cluster of its pods, in the order of the topology.
    pub places: Vec<usize>,
    pub cluster: Cluster,
    pub policies: Vec<Written>,
    /// What the profiles of pods say, where they say something.
    pub profiles: Vec<Policy>,
    /// What stands among the policies that is none of Kubernetes' or Calico's, by kind.
    pub others: BTreeSet<String>,
    /// Whether policies of one order are asked as they are written.
    pub written_order: bool,
    /// What our reading has to say, so that differences can be explained.
    pub problems: Vec<String>,
}

/// A policy.
#[derive(Clone)]
pub(super) struct Written {
    /// Its namespace and name, or its name.
    pub full_name: String,
    pub kind: PolicyKind,
    pub object: Value,
    /// What it was read into.
    pub read: Vec<Policy>,
    /// Whether its API refuses it.
    pub refused: bool,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum PolicyKind {
    Kubernetes,
    Calico,
    CalicoGlobal,
}

impl PolicyKind {
    pub(super) const ALL: [Self; 3] = [Self::Kubernetes, Self::Calico, Self::CalicoGlobal];

    /// How scheme files call it.
    pub(super) const fn word(self) -> &'static str {
        match self {
            Self::Kubernetes => "K8sNetworkPolicy",
            Self::Calico => "CalicoNetworkPolicy",
            Self::CalicoGlobal => "CalicoGlobalNetworkPolicy",
        }
    }
}

impl Written {
    pub(super) fn is_global(&self) -> bool {
        self.kind == PolicyKind::CalicoGlobal
    }
}

impl Network {
    /// The same with some of its policies only.
    pub(super) fn with(&self, keep: impl Fn(&Written) -> bool) -> Self {
        let policies = self.policies.iter().filter(|policy| keep(policy)).cloned().collect();
        Self { policies, ..self.clone() }
    }

    /// The same without anything that is no policy of Kubernetes or Calico.
    pub(super) fn without_others(&self) -> Self {
        Self { others: BTreeSet::new(), ..self.clone() }
    }

    /// The same with policies of one order in the order in which they are written.
    pub(super) fn in_written_order(&self) -> Self {
        let mut ordered = Self { written_order: true, ..self.clone() };
        for (number, policy) in ordered.policies.iter_mut().enumerate() {
            policy.read.iter_mut().for_each(|read| read.name = format!("{number:06}"));
        }
        ordered
    }

    /// The same with blocks of Calico's rules standing for addresses outside only, as upstream
    /// (`_get_rule_peers` of `nca/Parsers/CalicoPolicyYamlParser.py`).
    pub(super) fn with_blocks_outside(&self) -> Self {
        let mut outside = self.clone();
        for policy in outside.policies.iter_mut().filter(|policy| policy.kind != PolicyKind::Kubernetes) {
            for read in &mut policy.read {
                for (direction, side) in [("ingress", &mut read.ingress), ("egress", &mut read.egress)] {
                    let rules = side.iter_mut().flat_map(|side| &mut side.rules);
                    rules.for_each(|rule| keep_outside(rule, direction == "ingress", &policy.object));
                }
            }
        }
        outside
    }

    /// The same without what its profiles say.
    pub(super) fn without_profiles(&self) -> Self {
        Self { profiles: Vec::new(), ..self.clone() }
    }

    pub(super) fn view(&self) -> View<'_> {
        let policies: Vec<Policy> = self.policies.iter().flat_map(|policy| policy.read.clone()).collect();
        let plain = Model::new(self.cluster.clone(), policies.clone());
        let model =
            Model::new(self.cluster.clone(), policies.into_iter().chain(self.profiles.clone()).collect());
        let mut view = View { network: self, model, says: BTreeMap::new() };
        for place in &self.places {
            let end = plain.endpoint(End::Pod(*place));
            let says = Direction::BOTH.map(|direction| plain.is_isolated(end, direction));
            let captured = Direction::BOTH.iter().any(|direction| plain.profile(end, *direction).is_some());
            view.says.insert(view.model.endpoint(End::Pod(*place)), (says, captured));
        }
        view
    }

    /// The pods that endpoints stand for, by place in the topology, and whether an address outside is meant too.
    pub(super) fn members(&self, endpoints: &Endpoints) -> (BTreeSet<usize>, bool) {
        let everybody = Endpoints::Pods { namespaces: Namespaces::Every, labels: Selector::EVERYTHING };
        let rule = watertight_netpol::Rule {
            path: String::new(),
            action: watertight_netpol::Action::Allow,
            subject: Endpoints::Everyone,
            peers: endpoints.clone(),
            traffic: watertight_netpol::Traffic::all(),
            uncertain: None,
        };
        let probe = Policy {
            tag: 0,
            tier: Tier::default_tier(),
            position: watertight_netpol::Position::LAST,
            name: String::new(),
            subject: everybody,
            ingress: Some(Side { isolates: Truth::Yes, rules: vec![rule] }),
            egress: None,
        };
        let model = Model::new(self.cluster.clone(), vec![probe]);
        let Some(&somebody) = self.places.first() else { return (BTreeSet::new(), false) };
        let to = model.endpoint(End::Pod(somebody));
        let means =
            |from: EndpointId| !model.connections(model.side(Direction::Ingress, from, to).sure).is_empty();
        let pods =
            self.places.iter().enumerate().filter(|(_, place)| means(model.endpoint(End::Pod(**place))));
        let outside = model.pieces().any(|(piece, _)| means(piece));
        (pods.map(|(place, _)| place).collect(), outside)
    }

    /// Whether a policy names an address of IPv6 (`check_and_update_has_ipv6_addresses` of
    /// `nca/Parsers/GenericYamlParser.py`).
    pub(super) fn names_ipv6(&self) -> bool {
        self.policies.iter().any(|policy| names_ipv6(&policy.object))
    }

    pub(super) fn pod_count(&self) -> usize {
        self.topology.pods.iter().map(|pod| pod.copies).sum()
    }
}

/// Takes pods out of what a rule's blocks mean.
fn keep_outside(rule: &mut watertight_netpol::Rule, is_ingress: bool, policy: &Value) {
    let pointer = format!("/{}", rule.path.replace(['.', '['], "/").replace(']', ""));
    let Some(written) = policy.pointer(&pointer) else { return };
    let has = |entity: &str, field: &str| written.get(entity).and_then(|entity| entity.get(field)).is_some();
    let by_address = |entity: &str| has(entity, "nets") || has(entity, "notNets");
    let by_label = |entity: &str| has(entity, "selector") || has(entity, "namespaceSelector");
    let (peer, own) = if is_ingress { ("source", "destination") } else { ("destination", "source") };
    if by_address(peer) {
        let peers = std::mem::replace(&mut rule.peers, Endpoints::Nobody);
        // With labels too, nobody is meant.
        if !by_label(peer) {
            rule.peers = Endpoints::All(vec![Endpoints::World, peers]);
        }
    }
    if by_address(own) {
        rule.subject = Endpoints::Nobody;
    }
}

fn names_ipv6(value: &Value) -> bool {
    match value {
        Value::Array(all) => all.iter().any(names_ipv6),
        Value::Object(fields) => fields.iter().any(|(key, content)| match key.as_str() {
            "cidr" | "nets" => content.to_string().contains(':'),
            // Everything but some block is of both families.
            "notNets" => fields.get("nets").is_none(),
            _ => names_ipv6(content),
        }),
        _ => false,
    }
}

/// A network with its policies worked out.
pub(super) struct View<'n> {
    pub network: &'n Network,
    pub model: Model,
    /// Of pods: whether a policy, and not a profile, decides about what comes in and about what goes out, and whether
    /// one is about them at all.
    says: BTreeMap<EndpointId, ([Truth; 2], bool)>,
}

/// Which connections of a view count.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum What {
    All,
    /// Those that a policy allows that is about one of the ends (`allowed_connections` of
    /// `nca/NetworkConfig/NetworkLayer.py`).
    Explicit,
}

/// What is taken for what is not known.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknown {
    Denied,
    Allowed,
}

impl View<'_> {
    fn allowed(&self, what: What, unknown: Unknown, from: EndpointId, to: EndpointId) -> Connections {
        let side = |direction| {
            let verdict = self.model.side(direction, from, to);
            let id = if unknown == Unknown::Denied { verdict.sure } else { verdict.may };
            self.model.connections(id).clone()
        };
        let (ingress, egress) = (side(Direction::Ingress), side(Direction::Egress));
        let both = ingress.intersection(&egress);
        let says = |endpoint: EndpointId, direction: usize| match self
            .says
            .get(&endpoint)
            .map_or(Truth::No, |(says, _)| says[direction])
        {
            Truth::Yes => true,
            Truth::Maybe => unknown == Unknown::Allowed,
            Truth::No => false,
        };
        let counts = what == What::All || says(to, 0) || says(from, 1);
        if counts { both } else { Connections::none() }
    }

    /// What a pod, by place in the topology, or an address can open to another.
    pub(super) fn between(&self, unknown: Unknown, from: Spot, to: Spot) -> Connections {
        let end = |spot| match spot {
            Spot::Pod(place) => self.end(place),
            Spot::Address(address) => self.model.endpoint(End::Address(address)),
        };
        self.allowed(What::All, unknown, end(from), end(to))
    }

    fn is_captured(&self, endpoint: EndpointId) -> bool {
        self.says.get(&endpoint).is_some_and(|(_, captured)| *captured)
    }

    fn end(&self, place: usize) -> EndpointId {
        self.model.endpoint(End::Pod(self.network.places[place]))
    }
}

/// A pod or an address.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot {
    /// By place in the topology.
    Pod(usize),
    Address(IpAddr),
}

/// Who is at an end.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) enum Who {
    Pods {
        /// The first of them, by place in the topology of the first view that has it.
        first: Option<usize>,
        in_one: bool,
        in_other: bool,
        /// Whether a policy of either is about them.
        captured: bool,
    },
    Address(IpAddr),
}

/// Two ends, and what each of two views lets through.
pub(super) struct Pair {
    pub from: Who,
    pub to: Who,
    /// Whether both ends are one pod, and only that.
    pub is_self: bool,
    pub one: Connections,
    pub other: Connections,
}

/// How two views are compared.
#[derive(Clone, Copy)]
pub(super) struct Asked {
    pub of_one: What,
    pub of_other: What,
    pub unknown: Unknown,
    pub ipv6: bool,
}

type Ends = (Option<EndpointId>, Option<EndpointId>, Option<bool>);

/// Compares two views on every pair of ends, those that no policy tells apart together. Two addresses are no pair.
pub(super) fn compare(one: &View<'_>, other: &View<'_>, asked: Asked, each: &mut dyn FnMut(&Pair)) {
    // Pods by who they are: their ends in both.
    let mut pods: BTreeMap<_, (Option<usize>, Option<usize>, usize)> = BTreeMap::new();
    for (place, pod) in one.network.topology.pods.iter().enumerate() {
        pods.insert(pod.key(), (Some(place), None, pod.copies));
    }
    for (place, pod) in other.network.topology.pods.iter().enumerate() {
        let entry = pods.entry(pod.key()).or_insert((None, None, pod.copies));
        entry.1 = Some(place);
    }
    let mut groups: BTreeMap<Ends, (Who, usize)> = BTreeMap::new();
    for (a, b, copies) in pods.into_values() {
        let (in_one, in_other) = (a.is_some(), b.is_some());
        let ends = (a.map(|place| one.end(place)), b.map(|place| other.end(place)));
        let captured = ends.0.is_some_and(|end| one.is_captured(end))
            || ends.1.is_some_and(|end| other.is_captured(end));
        let who = Who::Pods { first: a.or(b), in_one, in_other, captured };
        groups.entry((ends.0, ends.1, Some(captured))).or_insert((who, 0)).1 += copies;
    }
    let starts = |view: &View<'_>| view.model.pieces().map(|(_, range)| range.ends().0).collect::<Vec<_>>();
    let addresses: BTreeSet<IpAddr> = starts(one).into_iter().chain(starts(other)).collect();
    for address in addresses.into_iter().filter(|address| asked.ipv6 || Family::of(*address) == Family::V4) {
        let end = End::Address(address);
        let ends = (Some(one.model.endpoint(end)), Some(other.model.endpoint(end)), None);
        groups.entry(ends).or_insert((Who::Address(address), 1));
    }
    for (from, (who_from, count)) in &groups {
        for (to, (who_to, _)) in &groups {
            if matches!((who_from, who_to), (Who::Address(_), Who::Address(_))) {
                continue;
            }
            let allowed =
                |view: &View<'_>, what, from: Option<EndpointId>, to: Option<EndpointId>| match (from, to) {
                    (Some(from), Some(to)) => view.allowed(what, asked.unknown, from, to),
                    _ => Connections::none(),
                };
            each(&Pair {
                from: *who_from,
                to: *who_to,
                is_self: from == to && *count == 1,
                one: allowed(one, asked.of_one, from.0, to.0),
                other: allowed(other, asked.of_other, from.1, to.1),
            });
        }
    }
}
