//! What can be reached by those who have no business there: the outside, and pods to come.

use watertight_netpol::{AddressRange, Cidr, Connections, Direction, End};

use super::{Entrance, Opening, Reachability, WorkloadPods};

/// Who reaches a workload without having been named anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stranger<'r> {
    /// Somebody outside, through this.
    Through(&'r Entrance),
    /// Addresses outside, as far as policies go.
    Outside,
    /// Addresses outside: its pods are in the network of their node, and no policy is asked.
    HostNetwork,
    /// A pod without labels in its own namespace.
    InNamespace,
    /// A pod without labels in another namespace in view, where that reaches more or less than one in a namespace to
    /// come.
    InOtherNamespace(&'r str),
    /// A pod without labels in a namespace to come.
    InNewNamespace,
}

/// What a stranger can open to a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure<'r> {
    /// Who.
    pub by: Stranger<'r>,
    /// The addresses outside that it is about; none when it is about pods, or about what lets in.
    pub addresses: Vec<AddressRange>,
    /// To what.
    pub workload: &'r WorkloadPods,
    /// What is let through for certain.
    pub sure: Connections,
    /// What may be let through, among it what is certain.
    pub may: Connections,
}

impl Reachability {
    /// What strangers can open, by workload.
    #[must_use]
    pub fn exposures(&self) -> Vec<Exposure<'_>> {
        let mut found = Vec::new();
        for workload in &self.workloads {
            for entrance in &self.entrances {
                let (sure, may) = self.through(entrance, workload);
                let by = Stranger::Through(entrance);
                found.push(Exposure { by, addresses: Vec::new(), workload, sure, may });
            }
            self.exposed_to_addresses(workload, &mut found);
            self.exposed_to_pods(workload, &mut found);
        }
        for exposure in &mut found {
            exposure.sure = self.told(std::mem::take(&mut exposure.sure));
            exposure.may = self.told(std::mem::take(&mut exposure.may));
        }
        found.retain(|exposure| !exposure.may.is_empty());
        found
    }

    fn exposed_to_addresses<'r>(&'r self, workload: &'r WorkloadPods, found: &mut Vec<Exposure<'r>>) {
        let pods = &self.model.cluster().pods;
        let on_its_node = workload.pods.iter().any(|&place| pods[place].host_network);
        let by = if on_its_node { Stranger::HostNetwork } else { Stranger::Outside };
        let first = found.len();
        self.outside_of_workload(workload, false, self.tells_ipv6(), &mut |range, sure, may| match found
            [first..]
            .iter_mut()
            .find(|known| known.sure == sure && known.may == may)
        {
            Some(known) => known.addresses.push(range),
            None => found.push(Exposure { by, addresses: vec![range], workload, sure, may }),
        });
    }

    fn exposed_to_pods<'r>(&'r self, workload: &'r WorkloadPods, found: &mut Vec<Exposure<'r>>) {
        let pods = &self.model.cluster().pods;
        if workload.pods.iter().any(|&place| pods[place].host_network) {
            return;
        }
        let of = |place: usize| {
            let who = self.model.endpoint(End::Pod(place));
            let (mut sure, mut may) = (Connections::none(), Connections::none());
            for class in self.classes(workload) {
                let reach = self.model.reach(who, class);
                sure = sure.union(reach.sure());
                may = may.union(reach.may());
            }
            (sure, may)
        };
        let new = of(self.newcomer);
        let neighbours = self.neighbours.iter().map(|(namespace, place)| (namespace, of(*place)));
        for (namespace, (sure, may)) in neighbours {
            let by = match *namespace == workload.namespace {
                true => Stranger::InNamespace,
                false if (&sure, &may) == (&new.0, &new.1) => continue,
                false => Stranger::InOtherNamespace(namespace),
            };
            found.push(Exposure { by, addresses: Vec::new(), workload, sure, may });
        }
        let (sure, may) = new;
        found.push(Exposure { by: Stranger::InNewNamespace, addresses: Vec::new(), workload, sure, may });
    }

    /// What is let in through an entrance to a workload.
    fn through(&self, entrance: &Entrance, workload: &WorkloadPods) -> (Connections, Connections) {
        let (mut sure, mut may) = (Connections::none(), Connections::none());
        for (place, opened) in entrance.pods.iter().filter(|(place, _)| workload.pods.contains(place)) {
            let (certain, perhaps) = self.let_in(entrance, *place);
            sure = sure.union(&opened.intersection(&certain));
            may = may.union(&opened.intersection(&perhaps));
        }
        (sure, may)
    }

    /// What is let in through an entrance to a pod: for certain, and perhaps.
    #[must_use]
    pub fn let_in(&self, entrance: &Entrance, place: usize) -> (Connections, Connections) {
        let (sure, may) = self.let_in_by_policies(entrance, place);
        if entrance.certain { (sure, may) } else { (Connections::none(), may) }
    }

    fn let_in_by_policies(&self, entrance: &Entrance, place: usize) -> (Connections, Connections) {
        let class = self.model.endpoint(End::Pod(place));
        let (ranges, keeps_source) = match &entrance.opening {
            Opening::LoadBalancer { ranges, keeps_source, .. } => (&ranges[..], *keeps_source),
            Opening::NodePort { keeps_source } => (&[][..], *keeps_source),
            Opening::ExternalAddresses => (&[][..], false),
            Opening::HostPort => (&[][..], true),
            Opening::Controller => {
                // Without a controller in view, what any pod could do: nothing else is known of it.
                let unseen = [self.somebody];
                let through = if entrance.through.is_empty() { &unseen } else { &entrance.through[..] };
                let (mut sure, mut may) = (Connections::none(), Connections::none());
                for &controller in through {
                    let reach = self.model.between(End::Pod(controller), End::Pod(place));
                    sure = sure.union(reach.sure());
                    may = may.union(reach.may());
                }
                return (sure, may);
            }
        };
        let comes_from = |range: &AddressRange| {
            ranges.is_empty()
                || ranges.iter().map(|block: &Cidr| block.range()).any(|block| block.overlaps(*range))
        };
        let (mut sure, mut may) = (Connections::none(), Connections::none());
        for (piece, _) in self.model.pieces().filter(|(_, range)| comes_from(range)) {
            let reach = self.model.reach(piece, class);
            sure = sure.union(reach.sure());
            may = may.union(reach.may());
        }
        if keeps_source {
            return (sure, may);
        }
        // Connections come in over any node, which puts its own address in the place of the client's before it sends
        // them on, unless the plugin keeps it. The pod's own node is always let through
        // (docs/concepts/services-networking/network-policies.md, "loadBalancer.sourceRanges").
        let from_node = self.model.side(Direction::Ingress, self.model.endpoint(End::SomeNode), class);
        let from_node = self.model.connections(from_node.sure);
        (sure.intersection(from_node), Connections::all())
    }
}
