//! Workloads that cannot be told apart, told as one.

use std::collections::{BTreeMap, HashMap};

use watertight_netpol::{Connections, Family};

use super::connections::{Connection, Party};
use super::{Reachability, WorkloadPods};

/// Workloads of one namespace that reach the same and are reached by the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group<'r> {
    /// The namespace.
    pub namespace: &'r str,
    /// The workloads.
    pub workloads: Vec<&'r WorkloadPods>,
    /// The other workloads of the namespace.
    pub others: Vec<&'r WorkloadPods>,
    /// What its members have in common, by number.
    role: usize,
}

/// Several ends of connections at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Parties<'r> {
    /// Every workload in view.
    Everyone,
    /// Every workload of these namespaces.
    Namespaces(Vec<&'r str>),
    /// Some workloads of a namespace.
    Group(Group<'r>),
    /// Addresses outside of the cluster.
    Addresses(Vec<watertight_netpol::AddressRange>),
    /// What serves Ingresses, routes and gateways.
    IngressController,
}

/// What each of several can open to each of several others; never to itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow<'r> {
    /// From whom.
    pub from: Parties<'r>,
    /// To whom.
    pub to: Parties<'r>,
    /// What is let through for certain.
    pub sure: Connections,
    /// What may be let through, among it what is certain.
    pub may: Connections,
}

type Verdict = (Connections, Connections);

impl Reachability {
    /// Each connection that [`Reachability::connections`] gives, told together where it is the same for all workloads
    /// of a namespace, or for some that cannot be told apart.
    pub fn flows<'r>(&'r self, each: &mut dyn FnMut(Flow<'r>)) {
        let groups = self.groups();
        let mut by_role: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (index, group) in groups.iter().enumerate() {
            by_role.entry(group.role).or_default().push(index);
        }
        let mut sources: Vec<Vec<usize>> = by_role.into_values().collect();
        sources.sort();
        let verdicts = Verdicts::of(self, &groups);
        for members in &sources {
            let mut to: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
            for target in 0..groups.len() {
                let verdict = verdicts.number(groups[members[0]].role, groups[target].role);
                to.entry(verdict).or_default().push(target);
            }
            for (verdict, targets) in to {
                let (sure, may) = verdicts.get(verdict);
                if may.is_empty() {
                    continue;
                }
                for from in gathered(&groups, members) {
                    for to in gathered(&groups, &targets) {
                        // A workload alone on both sides would only reach itself.
                        if !is_one_alone(&from, &to) {
                            each(Flow { from: from.clone(), to, sure: sure.clone(), may: may.clone() });
                        }
                    }
                }
            }
            for from in gathered(&groups, members) {
                self.outside_of(&groups[members[0]], &from, each);
            }
        }
        self.controllers(each);
    }

    /// Workloads by namespace and role.
    fn groups(&self) -> Vec<Group<'_>> {
        let roles = self.model.roles();
        let mut numbers: HashMap<Vec<u32>, usize> = HashMap::new();
        let mut groups = Vec::new();
        for (namespace, workloads) in self.by_namespace() {
            let mut by_role: BTreeMap<usize, Vec<&WorkloadPods>> = BTreeMap::new();
            for workload in &workloads {
                let mut key: Vec<u32> =
                    self.classes(workload).into_iter().map(|class| roles.of(class)).collect();
                key.sort_unstable();
                key.dedup();
                let next = numbers.len();
                by_role.entry(*numbers.entry(key).or_insert(next)).or_default().push(workload);
            }
            for (role, own) in by_role {
                let is_other =
                    |workload: &&&WorkloadPods| !own.iter().any(|member| member.object == workload.object);
                let others = if own.len() * 2 > workloads.len() {
                    workloads.iter().filter(is_other).copied().collect()
                } else {
                    Vec::new()
                };
                groups.push(Group { namespace, workloads: own, others, role });
            }
        }
        groups.sort_by(|one, other| {
            (one.namespace, &one.workloads[0].name).cmp(&(other.namespace, &other.workloads[0].name))
        });
        groups
    }

    fn outside_of<'r>(&'r self, group: &Group<'r>, who: &Parties<'r>, each: &mut dyn FnMut(Flow<'r>)) {
        let member = group.workloads[0];
        for outwards in [true, false] {
            let mut found: Vec<(Verdict, Vec<watertight_netpol::AddressRange>)> = Vec::new();
            self.outside_of_workload(member, outwards, &mut |range, sure, may| match found
                .iter_mut()
                .find(|(known, _)| *known == (sure.clone(), may.clone()))
            {
                Some((_, ranges)) => ranges.push(range),
                None => found.push(((sure, may), vec![range])),
            });
            for ((sure, may), ranges) in found {
                let outside = Parties::Addresses(ranges);
                let (from, to) = if outwards { (who.clone(), outside) } else { (outside, who.clone()) };
                each(Flow { from, to, sure, may });
            }
        }
    }

    fn controllers<'r>(&'r self, each: &mut dyn FnMut(Flow<'r>)) {
        self.entered_by_controllers(&mut |Connection { to, sure, may, .. }| {
            let Party::Workload(workload) = to else { return };
            let group = Group {
                namespace: &workload.namespace,
                workloads: vec![workload],
                others: Vec::new(),
                role: 0,
            };
            each(Flow { from: Parties::IngressController, to: Parties::Group(group), sure, may });
        });
    }

    /// Whether a range is all addresses of its family.
    #[must_use]
    pub fn is_whole(range: watertight_netpol::AddressRange) -> bool {
        [Family::V4, Family::V6]
            .into_iter()
            .any(|family| watertight_netpol::Cidr::every(family).range() == range)
    }
}

/// What every role opens to every other, each different verdict once.
struct Verdicts {
    numbers: Vec<Vec<(usize, usize)>>,
    sets: Vec<Connections>,
}

impl Verdicts {
    fn of(reachability: &Reachability, groups: &[Group<'_>]) -> Self {
        let roles = groups.iter().map(|group| group.role).max().map_or(0, |last| last + 1);
        let mut examples: Vec<Option<&WorkloadPods>> = vec![None; roles];
        for group in groups {
            examples[group.role].get_or_insert(group.workloads[0]);
        }
        let classes: Vec<_> = examples
            .iter()
            .map(|example| example.map(|workload| reachability.classes(workload)).unwrap_or_default())
            .collect();
        let mut sets = Vec::new();
        let mut known: HashMap<Connections, usize> = HashMap::new();
        let mut number = |set: Connections| {
            *known.entry(set).or_insert_with_key(|set| {
                sets.push(set.clone());
                sets.len() - 1
            })
        };
        let numbers = classes
            .iter()
            .map(|sources| {
                let verdict = |targets: &Vec<watertight_netpol::EndpointId>| {
                    let (mut sure, mut may) = (Connections::none(), Connections::none());
                    for &from in sources {
                        for &to in targets {
                            let reach = reachability.model.reach(from, to);
                            sure = sure.union(reach.sure());
                            may = may.union(reach.may());
                        }
                    }
                    (number(sure), number(may))
                };
                classes.iter().map(verdict).collect()
            })
            .collect();
        Self { numbers, sets }
    }

    fn number(&self, from: usize, to: usize) -> (usize, usize) {
        self.numbers[from][to]
    }

    fn get(&self, (sure, may): (usize, usize)) -> (&Connections, &Connections) {
        (&self.sets[sure], &self.sets[may])
    }
}

/// Some groups, told by whole namespaces where all of a namespace are among them.
fn gathered<'r>(groups: &[Group<'r>], members: &[usize]) -> Vec<Parties<'r>> {
    if members.len() == groups.len() && groups.len() > 1 {
        return vec![Parties::Everyone];
    }
    let mut here: BTreeMap<&str, usize> = BTreeMap::new();
    for &member in members {
        *here.entry(groups[member].namespace).or_default() += 1;
    }
    let mut all: BTreeMap<&str, usize> = BTreeMap::new();
    for group in groups {
        *all.entry(group.namespace).or_default() += 1;
    }
    let is_whole = |namespace: &str| here.get(namespace) == all.get(namespace);
    // A namespace of one workload is told as this workload.
    let several = |namespace: &str| {
        groups
            .iter()
            .filter(|group| group.namespace == namespace)
            .map(|group| group.workloads.len())
            .sum::<usize>()
            > 1
    };
    let whole: Vec<&str> =
        here.keys().copied().filter(|namespace| is_whole(namespace) && several(namespace)).collect();
    let single =
        members.iter().map(|member| &groups[*member]).filter(|group| !whole.contains(&group.namespace));
    let single: Vec<Parties<'r>> = single.map(|group| Parties::Group(group.clone())).collect();
    let whole = if whole.is_empty() { None } else { Some(Parties::Namespaces(whole)) };
    whole.into_iter().chain(single).collect()
}

fn is_one_alone(from: &Parties<'_>, to: &Parties<'_>) -> bool {
    match (from, to) {
        (Parties::Group(from), Parties::Group(to)) => {
            from.workloads.len() == 1
                && to.workloads.len() == 1
                && from.workloads[0].object == to.workloads[0].object
        }
        _ => false,
    }
}
