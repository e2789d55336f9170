//! Who an [`Endpoints`] means, as sets of endpoints.

use std::collections::HashMap;
use std::net::IpAddr;

use crate::bits::Bits;
use crate::cidr::{AddressRange, Cidr, Family};
use crate::cluster::Cluster;
use crate::policy::{Endpoints, Inside, Namespaces};
use crate::selector::{Selector, Truth};
use crate::universe::{Kind, PodClass, Universe};

/// Who is meant for certain, and who may be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Members {
    pub(crate) sure: Bits,
    /// Those who are meant for certain too.
    pub(crate) may: Bits,
}

impl Members {
    pub(crate) fn truth(&self, endpoint: usize) -> Truth {
        match (self.sure.contains(endpoint), self.may.contains(endpoint)) {
            (true, _) => Truth::Yes,
            (_, true) => Truth::Maybe,
            _ => Truth::No,
        }
    }
}

/// The number of a set of members.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct MembersId(u32);

impl MembersId {
    pub(crate) fn index(self) -> usize {
        self.0 as usize
    }
}

/// Works out who is meant; the same expression once.
#[derive(Debug)]
pub(crate) struct Resolver<'c> {
    cluster: &'c Cluster,
    known: HashMap<&'c Endpoints, MembersId>,
    sets: Vec<Members>,
    /// Blocks in which pods and nodes may have addresses that are not known.
    inside: Vec<Cidr>,
    /// Whether some pod or node is known to have an address of IPv6, so that others may have no other.
    has_v6: bool,
}

impl<'c> Resolver<'c> {
    pub(crate) fn new(cluster: &'c Cluster) -> Self {
        let inside = if cluster.pod_blocks.is_empty() {
            Cidr::private().collect()
        } else {
            cluster.pod_blocks.clone()
        };
        let pods = cluster.pods.iter().flat_map(|pod| &pod.addresses);
        let has_v6 = pods.chain(cluster.nodes.iter().flat_map(|node| &node.addresses)).any(IpAddr::is_ipv6);
        Self { cluster, known: HashMap::new(), sets: Vec::new(), inside, has_v6 }
    }

    pub(crate) fn into_sets(self) -> Vec<Members> {
        self.sets
    }

    pub(crate) fn set(&self, id: MembersId) -> &Members {
        &self.sets[id.0 as usize]
    }

    pub(crate) fn resolve(&mut self, endpoints: &'c Endpoints, universe: &Universe) -> MembersId {
        if let Some(&id) = self.known.get(endpoints) {
            return id;
        }
        let members = self.members(endpoints, universe);
        let id = MembersId(self.sets.len() as u32);
        self.sets.push(members);
        self.known.insert(endpoints, id);
        id
    }

    fn members(&mut self, endpoints: &'c Endpoints, universe: &Universe) -> Members {
        let bound = universe.len();
        let none = || Members { sure: Bits::none(bound), may: Bits::none(bound) };
        let all = || Members { sure: Bits::all(bound), may: Bits::all(bound) };
        match endpoints {
            Endpoints::Everyone => all(),
            Endpoints::Nobody => none(),
            Endpoints::Unknown(_) => Members { sure: Bits::none(bound), may: Bits::all(bound) },
            Endpoints::Pods { namespaces, labels } => {
                pods(universe, namespaces, |class| labels.selects(&class.labels))
            }
            Endpoints::Accounts { namespaces, names, labels } => {
                pods(universe, namespaces, |class| self.runs_as(universe, class, names, labels))
            }
            Endpoints::Cluster => {
                let world = world(universe);
                let inside = world.complement(bound);
                Members { sure: inside.clone(), may: inside }
            }
            Endpoints::World => {
                let world = world(universe);
                Members { sure: world.clone(), may: world }
            }
            Endpoints::Not(inner) => {
                let inner = self.resolve(inner, universe);
                let Members { sure, may } = self.set(inner);
                Members { sure: may.complement(bound), may: sure.complement(bound) }
            }
            Endpoints::All(parts) => {
                let mut found = all();
                for part in parts {
                    let part = self.resolve(part, universe);
                    let part = self.set(part);
                    found.sure.intersect(&part.sure);
                    found.may.intersect(&part.may);
                }
                found
            }
            Endpoints::Any(parts) => {
                let mut found = none();
                for part in parts {
                    let part = self.resolve(part, universe);
                    let part = self.set(part);
                    found.sure.unite(&part.sure);
                    found.may.unite(&part.may);
                }
                found
            }
            one_by_one => {
                let mut found = none();
                for index in 0..bound {
                    let kind = universe.kind(crate::EndpointId(index as u32));
                    match self.means(one_by_one, kind, universe) {
                        Truth::Yes => {
                            found.sure.insert(index);
                            found.may.insert(index);
                        }
                        Truth::Maybe => found.may.insert(index),
                        Truth::No => {}
                    }
                }
                found
            }
        }
    }

    /// Whether an endpoint is meant by what has no parts.
    fn means(&self, endpoints: &Endpoints, kind: Kind<'_>, universe: &Universe) -> Truth {
        match endpoints {
            Endpoints::Nodes(labels) => match kind {
                Kind::Nodes(node) => labels.selects(&node.labels),
                _ => Truth::No,
            },
            // Which node that is depends on the pod at the other end.
            Endpoints::OwnNode => match kind {
                Kind::Nodes(_) => Truth::Maybe,
                _ => Truth::No,
            },
            Endpoints::ApiServers => match (kind, &self.cluster.api_servers) {
                (Kind::Pods(_), _) => Truth::No,
                (Kind::Nodes(_), _) | (Kind::Piece(_), None) => Truth::Maybe,
                (Kind::Piece(piece), Some(addresses)) => {
                    addresses.iter().any(|address| Cidr::one(*address).range().covers(piece)).into()
                }
            },
            Endpoints::Blocks { blocks, inside } => {
                let blocks: Vec<AddressRange> = blocks.iter().map(|block| block.range()).collect();
                self.in_blocks(&blocks, *inside, kind, universe)
            }
            Endpoints::Sets { namespaces, labels } => {
                let meant = |namespace: &Option<String>| match (namespaces, namespace) {
                    (Namespaces::Every, _) | (Namespaces::OfTheCluster, None) => Truth::Yes,
                    (_, None) | (Namespaces::OfTheCluster, Some(_)) => Truth::No,
                    (Namespaces::Named(wanted), Some(name)) => (wanted == name).into(),
                    (Namespaces::Labelled(selector), Some(name)) => {
                        let found = universe.namespaces.binary_search_by(|(own, _)| own.cmp(name));
                        found.map_or(Truth::Maybe, |place| selector.selects(&universe.namespaces[place].1))
                    }
                };
                self.cluster.network_sets.iter().fold(Truth::No, |any, set| {
                    let wanted = meant(&set.namespace).and(labels.selects(&set.labels));
                    if wanted == Truth::No {
                        return any;
                    }
                    let blocks: Vec<AddressRange> = set.blocks.iter().map(|block| block.range()).collect();
                    any.or(wanted.and(self.in_blocks(&blocks, Inside::ByAddress, kind, universe)))
                })
            }
            Endpoints::Services { namespaces, name, labels } => {
                self.behind_services(namespaces, name.as_deref(), labels, kind, universe)
            }
            _ => Truth::Maybe,
        }
    }

    fn runs_as(&self, universe: &Universe, class: &PodClass, names: &[String], labels: &Selector) -> Truth {
        let Some(account) = &class.account else { return Truth::Maybe };
        let named = names.is_empty() || names.contains(account);
        let labelled = if labels.is_everything() {
            Truth::Yes
        } else {
            let namespace = &universe.namespaces[class.namespace as usize].0;
            let mut accounts = self.cluster.accounts.iter();
            let own = accounts.find(|own| own.name == *account && own.namespace == *namespace);
            own.map_or(Truth::Maybe, |own| labels.selects(&own.labels))
        };
        Truth::from(named).and(labelled)
    }

    /// Whether an endpoint has an address in one of some blocks.
    fn in_blocks(
        &self,
        blocks: &[AddressRange],
        inside: Inside,
        kind: Kind<'_>,
        universe: &Universe,
    ) -> Truth {
        let addresses = match kind {
            Kind::Piece(piece) => return blocks.iter().any(|block| block.covers(piece)).into(),
            Kind::Pods(class) => &class.addresses,
            Kind::Nodes(class) => &class.addresses,
        };
        let ceiling = match (inside, self.cluster.blocks_mean_pods) {
            (Inside::Never, _) | (Inside::ByImplementation, Inside::Never) => return Truth::No,
            (Inside::ByAddress, _) | (_, Inside::ByAddress) => Truth::Yes,
            (Inside::ByImplementation, Inside::ByImplementation) => Truth::Maybe,
        };
        let by_address = match addresses {
            Some(places) => {
                let within =
                    |place: &&u32| blocks.iter().any(|block| block.covers(universe.pieces[**place as usize]));
                match places.iter().filter(within).count() {
                    0 => Truth::No,
                    some if some == places.len() => Truth::Yes,
                    _ => Truth::Maybe,
                }
            }
            None => self.somewhere_in(blocks, matches!(kind, Kind::Nodes(_))),
        };
        ceiling.and(by_address)
    }

    /// Whether an address that is not known is in one of some blocks. Pods have one of IPv4 unless their blocks, or
    /// addresses of others, say otherwise; nodes may also have a public one.
    fn somewhere_in(&self, blocks: &[AddressRange], is_node: bool) -> Truth {
        let whole = |family: Family| {
            let every = Cidr::every(family).range();
            blocks.iter().any(|block| block.covers(every))
        };
        let possible = self.inside.iter().map(|block| block.range());
        let primary: Vec<AddressRange> = match self.cluster.pod_blocks.is_empty() {
            true => possible.clone().filter(|range| range.family == Family::V4 || self.has_v6).collect(),
            false => possible.clone().collect(),
        };
        let covered = |range: &AddressRange| {
            whole(range.family) || !is_node && blocks.iter().any(|block| block.covers(*range))
        };
        if primary.iter().all(covered) {
            return Truth::Yes;
        }
        let overlaps = possible.into_iter().any(|range| blocks.iter().any(|block| block.overlaps(range)));
        if overlaps || is_node && !blocks.is_empty() { Truth::Maybe } else { Truth::No }
    }

    fn behind_services(
        &self,
        namespaces: &Namespaces,
        name: Option<&str>,
        labels: &Selector,
        kind: Kind<'_>,
        universe: &Universe,
    ) -> Truth {
        let of_namespace = |own: &str| match namespaces {
            Namespaces::Every => Truth::Yes,
            Namespaces::OfTheCluster => Truth::No,
            Namespaces::Named(wanted) => (wanted == own).into(),
            Namespaces::Labelled(selector) => {
                let found = universe.namespaces.binary_search_by(|(name, _)| name.as_str().cmp(own));
                found.map_or(Truth::Maybe, |place| selector.selects(&universe.namespaces[place].1))
            }
        };
        let mut found_by_name = false;
        let behind = self.cluster.services.iter().fold(Truth::No, |any, service| {
            let named = name.is_none_or(|name| name == service.name);
            let wanted =
                Truth::from(named).and(of_namespace(&service.namespace)).and(labels.selects(&service.labels));
            if wanted == Truth::No {
                return any;
            }
            found_by_name = true;
            let selected = match (kind, &service.selector) {
                (Kind::Pods(class), Some(selector)) => {
                    let here = universe.namespaces[class.namespace as usize].0 == service.namespace;
                    Truth::from(here).and(selector.selects(&class.labels))
                }
                (Kind::Pods(class), None) => {
                    // A slice may list the address of a pod without a word on whose it is.
                    let bare = service.endpoints.iter().filter(|endpoint| endpoint.pod.is_none());
                    let addresses = bare.flat_map(|endpoint| &endpoint.addresses);
                    let blocks: Vec<AddressRange> =
                        addresses.map(|address| Cidr::one(*address).range()).collect();
                    let by_address = self.in_blocks(&blocks, Inside::ByAddress, kind, universe);
                    Truth::from(class.listed_by.contains(&service.tag)).or(by_address)
                }
                (Kind::Piece(piece), _) => {
                    let mut addresses = service.endpoints.iter().flat_map(|endpoint| &endpoint.addresses);
                    addresses.any(|address| Cidr::one(*address).range().covers(piece)).into()
                }
                (Kind::Nodes(_), _) => Truth::Maybe,
            };
            any.or(wanted.and(selected))
        });
        // A service that is not in view may lead anywhere.
        if found_by_name { behind } else { Truth::Maybe }
    }
}

/// The addresses outside of the cluster.
fn world(universe: &Universe) -> Bits {
    let mut bits = Bits::none(universe.len());
    let first = universe.pods.len() + universe.nodes.len();
    (first..universe.len()).for_each(|index| bits.insert(index));
    bits
}

fn pods(universe: &Universe, namespaces: &Namespaces, selects: impl Fn(&PodClass) -> Truth) -> Members {
    let mut members = Members { sure: Bits::none(universe.len()), may: Bits::none(universe.len()) };
    for (namespace, truth) in universe.namespaces_of(namespaces) {
        let first = universe.first_of_namespace[namespace as usize] as usize;
        let end = universe.first_of_namespace[namespace as usize + 1] as usize;
        for (index, class) in universe.pods.iter().enumerate().take(end).skip(first) {
            match truth.and(selects(class)) {
                Truth::Yes => {
                    members.sure.insert(index);
                    members.may.insert(index);
                }
                Truth::Maybe => members.may.insert(index),
                Truth::No => {}
            }
        }
    }
    members
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{
        Cluster, Connection, End, Endpoint, Inside, Labels, Model, NetworkSet, Pod, Policy, Protocol,
        Service, Truth, calico,
    };

    fn calico(source: &serde_json::Value) -> Vec<Policy> {
        let spec = json!({"ingress": [{"action": "Allow", "source": source}]});
        let object = calico::PolicyObject { namespace: None, name: "p", tag: 0, stored: false };
        let spec = serde_json::from_value(spec).expect("a policy");
        calico::policy(&calico::Context::default(), &object, &spec).0
    }

    #[test]
    fn pods_without_an_address_may_be_of_ipv6_where_others_are() {
        let spec = json!({"podSelector": {}, "ingress": [{"from": [{"ipBlock": {"cidr": "0.0.0.0/0"}}]}]});
        let policy =
            crate::kubernetes::policy("shop", "p", 0, &serde_json::from_value(spec).expect("a policy")).0;
        let answer = |address: &str| {
            let pod = |addresses| Pod { namespace: "shop".to_owned(), addresses, ..Pod::default() };
            let addresses = vec![address.parse().expect("an address")];
            let pods = vec![pod(addresses), pod(Vec::new())];
            let cluster = Cluster { pods, blocks_mean_pods: Inside::ByAddress, ..Cluster::default() };
            let model = Model::new(cluster, vec![policy.clone()]);
            model.between(End::Pod(1), End::Pod(0)).truth(Connection::to_port(Protocol::Tcp, 80))
        };
        assert_eq!(answer("10.0.0.1"), Truth::Yes);
        assert_eq!(answer("fd00::1"), Truth::Maybe);
    }

    #[test]
    fn a_set_has_the_name_of_its_namespace_where_that_is_not_in_view() {
        let answer = |spaces: &str| {
            let blocks = vec!["203.0.113.0/24".parse().expect("a block")];
            let namespace = Some("partners".to_owned());
            let network_sets = vec![NetworkSet { namespace, labels: Labels::default(), blocks }];
            let pods = vec![Pod { namespace: "shop".to_owned(), ..Pod::default() }];
            let policies = calico(&json!({"namespaceSelector": spaces}));
            let model = Model::new(Cluster { pods, network_sets, ..Cluster::default() }, policies);
            let outside = End::Address("203.0.113.9".parse().expect("an address"));
            model.between(outside, End::Pod(0)).truth(Connection::to_port(Protocol::Tcp, 80))
        };
        assert_eq!(answer("projectcalico.org/name in {'partners', 'shop'}"), Truth::Yes);
        assert_eq!(answer("projectcalico.org/name not in {'partners', 'shop'}"), Truth::No);
        assert_eq!(answer("env == 'prod'"), Truth::Maybe);
    }

    #[test]
    fn a_pod_is_behind_a_service_that_lists_its_address() {
        let address = |text: &str| text.parse().expect("an address");
        let pod = |addresses| Pod { namespace: "shop".to_owned(), addresses, ..Pod::default() };
        let pods = vec![
            pod(vec![address("10.0.0.1")]),
            pod(vec![address("10.0.0.2")]),
            pod(vec![address("10.0.0.3")]),
            pod(Vec::new()),
        ];
        let endpoints = vec![Endpoint { addresses: vec![address("10.0.0.2")], pod: None, ports: Vec::new() }];
        let service =
            Service { namespace: "shop".to_owned(), name: "db".to_owned(), endpoints, ..Service::default() };
        let policies = calico(&json!({"services": {"namespace": "shop", "name": "db"}}));
        let model = Model::new(Cluster { pods, services: vec![service], ..Cluster::default() }, policies);
        for (from, wanted) in [(1, Truth::Yes), (2, Truth::No), (3, Truth::Maybe)] {
            let reach = model.between(End::Pod(from), End::Pod(0));
            assert_eq!(reach.truth(Connection::to_port(Protocol::Tcp, 80)), wanted, "{from}");
        }
    }
}
