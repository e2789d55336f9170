//! What becomes of connections that no rule names: whether pods are cut off by default.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use watertight_model::ObjectId;
use watertight_netpol::{
    Cluster, Connections, Direction, End, EndpointId, Family, Labels, NAMESPACE_NAME_LABEL, Namespace, Pod,
    Protocol, Truth, Unknown, Verdict,
};

use super::cluster::is_strange;
use super::{PodSource, Reachability, WorkloadPods};

/// Pods that are not in view, by which defaults are told, and the way from objects to pods.
#[derive(Debug, Default)]
pub(crate) struct Defaults {
    /// The place of a pod that no rule names: without labels, in a namespace without labels whose name nobody says.
    unnamed: usize,
    /// By namespace, the places of a pod without labels and of one of which nothing is known.
    to_come: BTreeMap<String, [usize; 2]>,
    /// By object, the places of its pods.
    places: HashMap<ObjectId, Vec<usize>>,
}

/// Namespaces of this name cannot be made, and no selector names it.
const UNNAMED: &str = "<a namespace that nobody names>";

impl Defaults {
    /// Adds the pods.
    pub(super) fn add(cluster: &mut Cluster, pods: &[PodSource], workloads: &[WorkloadPods]) -> Self {
        let own_name = BTreeMap::from([(NAMESPACE_NAME_LABEL.to_owned(), UNNAMED.to_owned())]);
        let in_view = cluster.pods.iter().map(|pod| &pod.namespace);
        let declared = cluster.namespaces.iter().map(|namespace| &namespace.name);
        let namespaces: BTreeSet<String> =
            in_view.chain(declared).filter(|name| !is_strange(name)).cloned().collect();
        cluster.namespaces.push(Namespace { name: UNNAMED.to_owned(), labels: Labels::of(own_name) });
        let mut add = |namespace: &str, unknown: Unknown| {
            let place = cluster.pods.len();
            cluster.pods.push(Pod {
                tag: place as u32,
                namespace: namespace.to_owned(),
                labels: Labels { known: BTreeMap::new(), unknown },
                account: "default".to_owned(),
                ..Pod::default()
            });
            place
        };
        let unnamed = add(UNNAMED, Unknown::Nothing);
        let to_come = namespaces
            .into_iter()
            .map(|name| {
                let places = [add(&name, Unknown::Nothing), add(&name, Unknown::Anything)];
                (name, places)
            })
            .collect();
        let mut places: HashMap<ObjectId, Vec<usize>> =
            workloads.iter().map(|workload| (workload.object, workload.pods.clone())).collect();
        places.extend(pods.iter().enumerate().map(|(place, source)| (source.object, vec![place])));
        Self { unnamed, to_come, places }
    }
}

impl Reachability {
    /// Whether pods of an object in view are cut off from what no rule names: yes where all of them are. `None` when
    /// it has none that policies see.
    #[must_use]
    pub fn object_is_cut_off(&self, object: ObjectId, direction: Direction) -> Option<Truth> {
        let pods = &self.model.cluster().pods;
        let places = self.defaults.places.get(&object)?.iter().filter(|place| !pods[**place].host_network);
        let truths = places.map(|&place| self.is_cut_off(place, direction));
        truths.reduce(Truth::and)
    }

    /// The same of every pod that may come into a namespace, whatever its labels, and of one without labels.
    #[must_use]
    pub fn newcomers_are_cut_off(&self, namespace: &str, direction: Direction) -> [Truth; 2] {
        match self.defaults.to_come.get(namespace) {
            Some([unlabelled, any]) => [*any, *unlabelled].map(|place| self.is_cut_off(place, direction)),
            None => [Truth::Maybe; 2],
        }
    }

    fn is_cut_off(&self, place: usize, direction: Direction) -> Truth {
        let endpoint = self.model.endpoint(End::Pod(place));
        match self.model.is_isolated(endpoint, direction) {
            Truth::Yes => Truth::Yes,
            isolated => isolated.or(self.refuses_strangers(endpoint, direction)),
        }
    }

    /// Whether rules refuse what nobody names, as those of cluster-wide policies do. What leads out of the cluster
    /// counts as one stranger: what becomes of most addresses of IPv4.
    fn refuses_strangers(&self, endpoint: EndpointId, direction: Direction) -> Truth {
        if self.model.profile(endpoint, direction).is_none() {
            return Truth::No;
        }
        let stranger = self.model.endpoint(End::Pod(self.defaults.unnamed));
        let verdict = match direction {
            Direction::Ingress => self.model.side(direction, stranger, endpoint),
            Direction::Egress => self.model.side(direction, endpoint, stranger),
        };
        let refused = self.is_refused(verdict);
        match direction {
            Direction::Egress if refused != Truth::No => refused.and(self.refuses_outside(endpoint)),
            _ => refused,
        }
    }

    fn refuses_outside(&self, endpoint: EndpointId) -> Truth {
        let [mut refused, mut open] = [0u128; 2];
        for (piece, range) in self.model.pieces().filter(|(_, range)| range.family() == Family::V4) {
            let size = range.size();
            match self.is_refused(self.model.side(Direction::Egress, endpoint, piece)) {
                Truth::Yes => refused += size,
                Truth::No => open += size,
                Truth::Maybe => {}
            }
        }
        const HALF: u128 = 1 << 31;
        match () {
            () if refused > HALF => Truth::Yes,
            () if open >= HALF => Truth::No,
            () => Truth::Maybe,
        }
    }

    /// Whether everything is refused but some ports.
    fn is_refused(&self, verdict: Verdict) -> Truth {
        match () {
            () if is_few(self.model.connections(verdict.may)) => Truth::Yes,
            () if !is_few(self.model.connections(verdict.sure)) => Truth::No,
            () => Truth::Maybe,
        }
    }
}

/// Whether more ports are closed than open, of each protocol.
fn is_few(connections: &Connections) -> bool {
    const HALF: u32 = 1 << 15;
    let open = |protocol| connections.ports(protocol).map_or(0, |ports| ports.destinations().len());
    Protocol::WITH_PORTS.into_iter().all(|protocol| open(protocol) < HALF)
}
