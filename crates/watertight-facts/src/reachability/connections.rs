//! Connections by workload, as people read them.

use std::collections::BTreeMap;

use watertight_netpol::{AddressRange, Connections, End, EndpointId};

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
            self.outside_of_workload(from, true, &mut |range, sure, may| {
                each(Connection { from: Party::Workload(from), to: Party::Addresses(range), sure, may });
            });
            self.outside_of_workload(from, false, &mut |range, sure, may| {
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
        each: &mut dyn FnMut(AddressRange, Connections, Connections),
    ) {
        let of = |piece| self.union(workload, |own| if outwards { (own, piece) } else { (piece, own) });
        self.outside(of, each);
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

    /// Hands on ranges of addresses with equal connections, as large as they get. IPv6 is told apart where a policy
    /// or an object speaks of it.
    fn outside(
        &self,
        of: impl Fn(EndpointId) -> (Connections, Connections),
        each: &mut dyn FnMut(AddressRange, Connections, Connections),
    ) {
        let mut last: Option<(AddressRange, (Connections, Connections))> = None;
        let mut found: Vec<(AddressRange, (Connections, Connections))> = Vec::new();
        for (piece, range) in self.model.pieces().filter(|(_, range)| self.speaks_of(range.family())) {
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

    /// Whether addresses of a family are worth telling: IPv4 always, IPv6 where something has one.
    #[must_use]
    pub fn speaks_of(&self, family: watertight_netpol::Family) -> bool {
        family == watertight_netpol::Family::V4 || self.tells_ipv6
    }

    /// What controllers let in, as far as policies let them.
    pub(super) fn entered_by_controllers<'r>(&'r self, each: &mut dyn FnMut(Connection<'r>)) {
        let somebody = self.model.endpoint(End::Pod(self.somebody));
        let mut found: BTreeMap<usize, (Connections, Connections)> = BTreeMap::new();
        let openings = self.entrances.iter().filter(|entrance| entrance.opening == Opening::Controller);
        for (place, opened) in openings.flat_map(|entrance| &entrance.pods) {
            let Some(workload) = self.pods.get(*place).map(|source| source.place) else { continue };
            let reach = self.model.reach(somebody, self.model.endpoint(End::Pod(*place)));
            let (sure, may) = found.entry(workload).or_default();
            *sure = sure.union(&reach.sure().intersection(opened));
            *may = may.union(&reach.may().intersection(opened));
        }
        for (workload, (sure, may)) in found {
            if !may.is_empty() {
                let to = Party::Workload(&self.workloads[workload]);
                each(Connection { from: Party::IngressController, to, sure, may });
            }
        }
    }
}

pub(super) fn tells_ipv6(model: &watertight_netpol::Model) -> bool {
    let v6 = model.pieces().filter(|(_, range)| range.family() == watertight_netpol::Family::V6);
    v6.count() > 1
        || model.cluster().pods.iter().flat_map(|pod| &pod.addresses).any(std::net::IpAddr::is_ipv6)
}
