//! What can be reached by those who have no business there: the outside, and pods to come.

use watertight_netpol::{Cidr, Connections, Direction, End};

use super::{Entrance, Opening, Reachability, WorkloadPods};

/// Who reaches a workload without having been named anywhere.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stranger<'r> {
    /// Somebody outside, through this.
    Through(&'r Entrance),
    /// Somebody outside: its pods are in the network of their node.
    HostNetwork,
    /// A pod without labels in its own namespace.
    InNamespace,
    /// A pod without labels in a namespace to come.
    InNewNamespace,
}

/// What a stranger can open to a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Exposure<'r> {
    /// Who.
    pub by: Stranger<'r>,
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
                found.push(Exposure { by: Stranger::Through(entrance), workload, sure, may });
            }
            let pods = &self.model.cluster().pods;
            if workload.pods.iter().any(|&place| pods[place].host_network) {
                // What listens there is not known, and what is before the nodes neither.
                let (sure, may) = (Connections::none(), Connections::all());
                found.push(Exposure { by: Stranger::HostNetwork, workload, sure, may });
                continue;
            }
            let newcomer = self.model.endpoint(End::Pod(self.newcomer));
            let neighbour =
                self.neighbours.get(&workload.namespace).map(|place| self.model.endpoint(End::Pod(*place)));
            for (by, who) in [(Stranger::InNamespace, neighbour), (Stranger::InNewNamespace, Some(newcomer))]
            {
                let (mut sure, mut may) = (Connections::none(), Connections::none());
                for class in self.classes(workload) {
                    let Some(who) = who else { continue };
                    let reach = self.model.reach(who, class);
                    sure = sure.union(reach.sure());
                    may = may.union(reach.may());
                }
                found.push(Exposure { by, workload, sure, may });
            }
        }
        for exposure in &mut found {
            exposure.sure = self.told(std::mem::take(&mut exposure.sure));
            exposure.may = self.told(std::mem::take(&mut exposure.may));
        }
        found.retain(|exposure| !exposure.may.is_empty());
        found
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
    pub(super) fn let_in(&self, entrance: &Entrance, place: usize) -> (Connections, Connections) {
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
        let comes_from = |range: &watertight_netpol::AddressRange| {
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
