//! Connections by workload, as people read them.

use std::collections::BTreeMap;

use watertight_netpol::{AddressRange, Connections, End, EndpointId, Family, Model};

use super::{Opening, Reachability, WorkloadPods};

/// One end of a connection between workloads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party<'r> {
    /// A workload.
    Workload(&'r WorkloadPods),
    /// Addresses outside of the cluster.
    Addresses(AddressRange),
    /// What serves Ingresses, routes and gateways.
    IngressController,
}

/// What one can open to another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Connection<'r> {
    /// From whom.
    pub from: Party<'r>,
    /// To whom.
    pub to: Party<'r>,
    /// What is let through for certain.
    pub sure: Connections,
    /// What may be let through, among it what is certain.
    pub may: Connections,
}

impl Reachability {
    /// Each connection between two workloads, and between workloads and the outside, that some pods of them can
    /// open. What a pod and its own node open is not among them.
    pub fn connections<'r>(&'r self, each: &mut dyn FnMut(Connection<'r>)) {
        self.connections_where(&|_, _| true, each);
    }

    /// The connections of some: `wanted` is asked about both ends, or about the one beside the outside.
    pub fn connections_where<'r>(
        &'r self,
        wanted: &dyn Fn(&WorkloadPods, Option<&WorkloadPods>) -> bool,
        each: &mut dyn FnMut(Connection<'r>),
    ) {
        self.connections_beside(self.tells_ipv6, wanted, each);
    }

    /// The same, with those to and from addresses of IPv6 where these are asked for: so that two looks can be compared
    /// one of which speaks of them.
    pub fn connections_beside<'r>(
        &'r self,
        ipv6: bool,
        wanted: &dyn Fn(&WorkloadPods, Option<&WorkloadPods>) -> bool,
        each: &mut dyn FnMut(Connection<'r>),
    ) {
        let each = &mut |connection: Connection<'r>| {
            let Connection { from, to, sure, may } = connection;
            let (sure, may) = (self.told(sure), self.told(may));
            if !may.is_empty() {
                each(Connection { from, to, sure, may });
            }
        };
        for from in &self.workloads {
            self.to_workloads(from, wanted, each);
            if !wanted(from, None) {
                continue;
            }
            self.outside_of_workload(from, true, ipv6, &mut |range, sure, may| {
                each(Connection { from: Party::Workload(from), to: Party::Addresses(range), sure, may });
            });
            self.outside_of_workload(from, false, ipv6, &mut |range, sure, may| {
                each(Connection { from: Party::Addresses(range), to: Party::Workload(from), sure, may });
            });
        }
        self.entered_by_controllers(&mut |connection| {
            if let Party::Workload(workload) = connection.to
                && wanted(workload, None)
            {
                each(connection);
            }
        });
    }

    /// Hands on what a workload can open to addresses outside, or these to it.
    pub(super) fn outside_of_workload(
        &self,
        workload: &WorkloadPods,
        outwards: bool,
        ipv6: bool,
        each: &mut dyn FnMut(AddressRange, Connections, Connections),
    ) {
        let of = |piece| self.union(workload, |own| if outwards { (own, piece) } else { (piece, own) });
        self.outside(of, ipv6, each);
    }

    fn to_workloads<'r>(
        &'r self,
        from: &'r WorkloadPods,
        wanted: &dyn Fn(&WorkloadPods, Option<&WorkloadPods>) -> bool,
        each: &mut dyn FnMut(Connection<'r>),
    ) {
        let sources = self.classes(from);
        let others = self.workloads.iter().filter(|to| to.object != from.object);
        for to in others.filter(|to| wanted(from, Some(to))) {
            let (mut sure, mut may) = (Connections::none(), Connections::none());
            for &source in &sources {
                for target in self.classes(to) {
                    let reach = self.model.reach(source, target);
                    sure = sure.union(reach.sure());
                    may = may.union(reach.may());
                }
            }
            if !may.is_empty() {
                each(Connection { from: Party::Workload(from), to: Party::Workload(to), sure, may });
            }
        }
    }

    /// Connections as they are told: those of protocols without ports only where some policy speaks of such.
    #[must_use]
    pub fn told(&self, connections: Connections) -> Connections {
        if self.tells_other_protocols { connections } else { connections.with_ports() }
    }

    /// The classes of a workload's pods.
    pub(super) fn classes(&self, workload: &WorkloadPods) -> Vec<EndpointId> {
        let mut classes: Vec<EndpointId> =
            workload.pods.iter().map(|&place| self.model.endpoint(End::Pod(place))).collect();
        classes.sort_unstable();
        classes.dedup();
        classes
    }

    /// What any pods of a workload can open at the pair that `pair` makes of each of them.
    fn union(
        &self,
        workload: &WorkloadPods,
        pair: impl Fn(EndpointId) -> (EndpointId, EndpointId),
    ) -> (Connections, Connections) {
        let (mut sure, mut may) = (Connections::none(), Connections::none());
        for class in self.classes(workload) {
            let (from, to) = pair(class);
            let reach = self.model.reach(from, to);
            sure = sure.union(reach.sure());
            may = may.union(reach.may());
        }
        (sure, may)
    }

    /// Hands on ranges of addresses with equal connections, as large as they get.
    fn outside(
        &self,
        of: impl Fn(EndpointId) -> (Connections, Connections),
        ipv6: bool,
        each: &mut dyn FnMut(AddressRange, Connections, Connections),
    ) {
        let mut last: Option<(AddressRange, (Connections, Connections))> = None;
        let mut found: Vec<(AddressRange, (Connections, Connections))> = Vec::new();
        for (piece, range) in self.model.pieces().filter(|(_, range)| ipv6 || range.family() == Family::V4) {
            let connections = of(piece);
            match &mut last {
                Some((before, known)) if *known == connections && before.joined(range).is_some() => {
                    *before = before.joined(range).unwrap_or(*before);
                }
                _ => found.extend(last.replace((range, connections))),
            }
        }
        found.extend(last);
        for (range, (sure, may)) in found {
            if !may.is_empty() {
                each(range, sure, may);
            }
        }
    }

    /// Whether addresses of IPv6 are told apart: where something has one, or a policy speaks of some.
    #[must_use]
    pub fn tells_ipv6(&self) -> bool {
        self.tells_ipv6
    }

    /// Whether addresses of a family are worth telling: IPv4 always, IPv6 where something has one.
    pub(super) fn speaks_of(&self, family: Family) -> bool {
        family == Family::V4 || self.tells_ipv6
    }

    /// What controllers let in, as far as policies let them.
    pub(super) fn entered_by_controllers<'r>(&'r self, each: &mut dyn FnMut(Connection<'r>)) {
        let mut found: BTreeMap<usize, (Connections, Connections)> = BTreeMap::new();
        for entrance in self.entrances.iter().filter(|entrance| entrance.opening == Opening::Controller) {
            for (place, opened) in &entrance.pods {
                let Some(workload) = self.pods.get(*place).map(|source| source.place) else { continue };
                let (certain, perhaps) = self.let_in(entrance, *place);
                let (sure, may) = found.entry(workload).or_default();
                *sure = sure.union(&certain.intersection(opened));
                *may = may.union(&perhaps.intersection(opened));
            }
        }
        for (workload, (sure, may)) in found {
            if !may.is_empty() {
                let to = Party::Workload(&self.workloads[workload]);
                each(Connection { from: Party::IngressController, to, sure, may });
            }
        }
    }
}

pub(super) fn tells_ipv6(model: &Model) -> bool {
    let cluster = model.cluster();
    let of_objects = cluster.pods.iter().flat_map(|pod| &pod.addresses);
    let of_objects = of_objects.chain(cluster.nodes.iter().flat_map(|node| &node.addresses));
    let of_objects = of_objects.chain(cluster.services.iter().flat_map(|service| &service.addresses));
    let rules = model.policies().iter().flat_map(|policy| {
        let rules = [&policy.ingress, &policy.egress].into_iter().flatten().flat_map(|side| &side.rules);
        rules.flat_map(|rule| [&rule.subject, &rule.peers]).chain([&policy.subject])
    });
    // `::/0` does not divide the space.
    of_objects.copied().any(|address| address.is_ipv6())
        || cluster.pod_blocks.iter().any(|block| block.family() == Family::V6)
        || model.pieces().filter(|(_, range)| range.family() == Family::V6).count() > 1
        || rules.into_iter().any(|endpoints| endpoints.have_blocks_of(Family::V6))
}
