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

/// The groups that are reached, and the number of what is let through to them.
type Told = (Vec<usize>, (usize, usize));

/// Addresses outside with equal connections.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Outside {
    /// Whether the connections go there; else they come from there.
    outwards: bool,
    ranges: Vec<watertight_netpol::AddressRange>,
    /// What is let through for certain, and what may be.
    verdict: (Connections, Connections),
}

impl Reachability {
    /// Each connection that [`Reachability::connections`] gives, told together where it is the same for all workloads
    /// of a namespace, or for some that cannot be told apart.
    pub fn flows<'r>(&'r self, each: &mut dyn FnMut(Flow<'r>)) {
        let groups = self.groups();
        let each = &mut |flow: Flow<'r>| {
            let (sure, may) = (self.told(flow.sure), self.told(flow.may));
            if !may.is_empty() {
                each(Flow { sure, may, ..flow });
            }
        };
        let verdicts = Verdicts::of(self, &groups);
        let sizes = Sizes::of(&groups);
        // Who opens the same to the same is told together.
        let mut rows: BTreeMap<Told, Vec<usize>> = BTreeMap::new();
        for (source, group) in groups.iter().enumerate() {
            let mut to: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
            for (target, other) in groups.iter().enumerate() {
                to.entry(verdicts.number(group.role, other.role)).or_default().push(target);
            }
            for (verdict, targets) in to {
                if !verdicts.get(verdict).1.is_empty() {
                    rows.entry((targets, verdict)).or_default().push(source);
                }
            }
        }
        let mut rows: Vec<_> = rows.into_iter().map(|((to, verdict), from)| (from, to, verdict)).collect();
        rows.sort();
        for (sources, targets, verdict) in rows {
            let (sure, may) = verdicts.get(verdict);
            for from in gathered(&groups, &sizes, &sources) {
                for to in gathered(&groups, &sizes, &targets) {
                    // A workload alone on both sides would only reach itself.
                    if !is_one_alone(&from, &to) {
                        each(Flow { from: from.clone(), to, sure: sure.clone(), may: may.clone() });
                    }
                }
            }
        }
        self.outside_of(&groups, &sizes, each);
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

    /// Connections with the outside; those who have the same are told together.
    fn outside_of<'r>(&'r self, groups: &[Group<'r>], sizes: &Sizes<'r>, each: &mut dyn FnMut(Flow<'r>)) {
        let mut known: HashMap<usize, Vec<Outside>> = HashMap::new();
        let mut rows: Vec<(Outside, Vec<usize>)> = Vec::new();
        let mut places: HashMap<Outside, usize> = HashMap::new();
        for (index, group) in groups.iter().enumerate() {
            let own = known.entry(group.role).or_insert_with(|| self.outside_of_one(group.workloads[0]));
            for outside in own.iter() {
                let place = *places.entry(outside.clone()).or_insert_with(|| {
                    rows.push((outside.clone(), Vec::new()));
                    rows.len() - 1
                });
                rows[place].1.push(index);
            }
        }
        for (Outside { outwards, ranges, verdict: (sure, may) }, members) in rows {
            for who in gathered(groups, sizes, &members) {
                let outside = Parties::Addresses(ranges.clone());
                let (from, to) = if outwards { (who, outside) } else { (outside, who) };
                each(Flow { from, to, sure: sure.clone(), may: may.clone() });
            }
        }
    }

    fn outside_of_one(&self, workload: &WorkloadPods) -> Vec<Outside> {
        let mut found: Vec<Outside> = Vec::new();
        for outwards in [true, false] {
            self.outside_of_workload(workload, outwards, self.tells_ipv6, &mut |range, sure, may| {
                let verdict = (sure, may);
                match found.iter_mut().find(|known| known.outwards == outwards && known.verdict == verdict) {
                    Some(known) => known.ranges.push(range),
                    None => found.push(Outside { outwards, ranges: vec![range], verdict }),
                }
            });
        }
        found
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
        let mut number = |set: &Connections| match known.get(set) {
            Some(number) => *number,
            None => {
                sets.push(set.clone());
                known.insert(set.clone(), sets.len() - 1);
                sets.len() - 1
            }
        };
        let numbers = classes
            .iter()
            .map(|sources| {
                let verdict = |targets: &Vec<watertight_netpol::EndpointId>| {
                    if let ([from], [to]) = (&sources[..], &targets[..]) {
                        let reach = reachability.model.reach(*from, *to);
                        return (number(reach.sure()), number(reach.may()));
                    }
                    let (mut sure, mut may) = (Connections::none(), Connections::none());
                    for &from in sources {
                        for &to in targets {
                            let reach = reachability.model.reach(from, to);
                            sure = sure.union(reach.sure());
                            may = may.union(reach.may());
                        }
                    }
                    (number(&sure), number(&may))
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

/// How many groups, and workloads in these, each namespace has.
struct Sizes<'r>(BTreeMap<&'r str, (usize, usize)>);

impl<'r> Sizes<'r> {
    fn of(groups: &[Group<'r>]) -> Self {
        let mut sizes: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
        for group in groups {
            let (own, workloads) = sizes.entry(group.namespace).or_default();
            *own += 1;
            *workloads += group.workloads.len();
        }
        Self(sizes)
    }
}

/// Some groups, told by whole namespaces where all of a namespace are among them.
fn gathered<'r>(groups: &[Group<'r>], sizes: &Sizes<'r>, members: &[usize]) -> Vec<Parties<'r>> {
    if members.len() == groups.len() && groups.len() > 1 {
        return vec![Parties::Everyone];
    }
    let mut here: BTreeMap<&str, usize> = BTreeMap::new();
    for &member in members {
        *here.entry(groups[member].namespace).or_default() += 1;
    }
    let size = |namespace: &str| sizes.0.get(namespace).copied().unwrap_or_default();
    let is_whole = |namespace: &str| here.get(namespace) == Some(&size(namespace).0);
    // A namespace of one workload is told as this workload.
    let several = |namespace: &str| size(namespace).1 > 1;
    let whole: Vec<&str> =
        here.keys().copied().filter(|namespace| is_whole(namespace) && several(namespace)).collect();
    let single = members
        .iter()
        .map(|member| &groups[*member])
        .filter(|group| whole.binary_search(&group.namespace).is_err());
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
