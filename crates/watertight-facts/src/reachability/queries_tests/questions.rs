//! The answers to questions, as numbers. Each is what `nca/NetworkConfig/NetworkConfigQuery.py` upstream counts, in the
//! class named after the question.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use watertight_netpol::{Action, Direction, Endpoints, Policy, Rule};

use super::network::{Asked, Network, Pair, PolicyKind, Unknown, View, What, Who, Written, compare};

/// What is taken for granted in an answer.
#[derive(Clone, Copy)]
pub(super) struct How {
    pub unknown: Unknown,
    /// Whether a pod's connections to itself are compared too.
    pub selves: bool,
    /// Whether addresses of IPv6 count although no policy names one.
    pub ipv6: bool,
    pub by_workload: bool,
}

/// An answer: what is counted, and how many of the comparisons are not made.
#[derive(Clone, Copy, PartialEq, Eq, Debug, Default)]
pub(super) struct Answer {
    pub number: i64,
    pub not_executed: i64,
}

impl Answer {
    const NOT_MADE: Self = Self { number: 0, not_executed: 1 };

    fn of(number: impl Into<i64>) -> Self {
        Self { number: number.into(), not_executed: 0 }
    }

    fn add(&mut self, other: Self) {
        self.number += other.number;
        self.not_executed += other.not_executed;
    }
}

fn count(number: usize) -> Answer {
    Answer::of(i64::try_from(number).unwrap())
}

/// The answer to a question about configurations, in the order in which they are named.
pub(super) fn answer(question: &str, networks: &[(&str, &Network)], how: How) -> Option<Answer> {
    let mut sum = Answer::default();
    let single: Option<fn(&Network, How) -> Answer> = match question {
        "emptiness" => Some(emptiness),
        "vacuity" => Some(vacuity),
        "redundancy" => Some(redundancy),
        "disjointness" => Some(disjointness),
        "allCaptured" => Some(all_captured),
        "sanity" => Some(sanity),
        "connectivityMap" => Some(|_, _| Answer::default()),
        _ => None,
    };
    if let Some(ask) = single {
        for (_, network) in networks {
            sum.add(if network.topology.pods.is_empty() { Answer::NOT_MADE } else { ask(network, how) });
        }
        return Some(sum);
    }
    let ask: fn(&Network, &Network, How) -> Answer = match question {
        "equivalence" => equivalence,
        "strongEquivalence" => strong_equivalence,
        "semanticDiff" => semantic_difference,
        "twoWayContainment" => two_way_containment,
        "containment" => containment,
        "permits" => permits,
        "forbids" => forbids,
        "interferes" | "pairwiseInterferes" => interferes,
        _ => return None,
    };
    let last = networks.len();
    let pairs: Vec<(usize, usize)> = match question {
        // Each of the others, compared with the first.
        "containment" | "permits" | "forbids" | "interferes" => (1..last).map(|other| (other, 0)).collect(),
        "pairwiseInterferes" => (0..last)
            .flat_map(|one| (0..last).map(move |other| (one, other)))
            .filter(|(one, other)| networks[*one].0 != networks[*other].0)
            .collect(),
        _ => (0..last).flat_map(|one| (one + 1..last).map(move |other| (one, other))).collect(),
    };
    for (one, other) in pairs {
        let (one, other) = (networks[one].1, networks[other].1);
        let nobody = one.topology.pods.is_empty() || other.topology.pods.is_empty();
        sum.add(if nobody { Answer::NOT_MADE } else { ask(one, other, how) });
    }
    Some(sum)
}

/// Whether some pair is as asked.
fn any(one: &View<'_>, other: &View<'_>, what: [What; 2], how: How, wanted: impl Fn(&Pair) -> bool) -> bool {
    let ipv6 = how.ipv6 || one.network.names_ipv6() || other.network.names_ipv6();
    let asked = Asked { of_one: what[0], of_other: what[1], unknown: how.unknown, ipv6 };
    let mut found = false;
    compare(one, other, asked, &mut |pair| found |= (how.selves || !pair.is_self) && wanted(pair));
    found
}

fn differ(one: &View<'_>, other: &View<'_>, how: How) -> bool {
    any(one, other, [What::All; 2], how, |pair| pair.one != pair.other)
}

/// Whether what one lets through is in what the other lets through.
fn is_within(one: &Network, other: &Network, what: [What; 2], how: How) -> bool {
    !any(&one.view(), &other.view(), what, how, |pair| !pair.one.is_subset_of(&pair.other))
}

fn same_policies(one: &Network, other: &Network) -> bool {
    let named = |network: &Network| {
        let all = network
            .policies
            .iter()
            .map(|policy| (policy.full_name.clone(), policy.kind, policy.object["spec"].to_string()));
        all.collect::<BTreeSet<_>>()
    };
    named(one) == named(other)
}

fn equivalence(one: &Network, other: &Network, how: How) -> Answer {
    if !one.topology.is_comparable(&other.topology) {
        return Answer { number: 1, not_executed: 1 };
    }
    Answer::of(differ(&one.view(), &other.view(), how))
}

fn strong_equivalence(one: &Network, other: &Network, how: How) -> Answer {
    if !one.topology.is_comparable(&other.topology) {
        return Answer { number: 1, not_executed: 1 };
    }
    let names = |network: &Network| {
        network.policies.iter().map(|policy| (policy.full_name.clone(), policy.kind)).collect::<BTreeSet<_>>()
    };
    let named = names(one);
    let alone = |network: &Network, policy: &(String, PolicyKind)| {
        network.with(|own| (&own.full_name, own.kind) == (&policy.0, policy.1))
    };
    let differs =
        |policy: &(String, PolicyKind)| differ(&alone(one, policy).view(), &alone(other, policy).view(), how);
    Answer::of(named != names(other) || named.iter().any(differs))
}

/// The categories of changed connections (`compute_diff`).
fn semantic_difference(one: &Network, other: &Network, how: How) -> Answer {
    let ipv6 = how.ipv6 || one.names_ipv6() || other.names_ipv6();
    let asked = Asked { of_one: What::All, of_other: What::All, unknown: how.unknown, ipv6 };
    let mut categories: BTreeSet<&'static str> = BTreeSet::new();
    compare(&one.view(), &other.view(), asked, &mut |pair| {
        if !pair.is_self {
            categories.extend(categories_of(pair));
        }
    });
    count(categories.len())
}

/// The categories of changed connections that a pair is in.
pub(super) fn categories_of(pair: &Pair) -> Vec<&'static str> {
    let gone = |who: Who| matches!(who, Who::Pods { in_other: false, .. });
    let new = |who: Who| matches!(who, Who::Pods { in_one: false, .. });
    let captured = |who: Who| matches!(who, Who::Pods { captured: true, .. });
    let (from, to) = (pair.from, pair.to);
    let outside = [from, to].iter().any(|who| matches!(who, Who::Address(_)));
    let mut found = Vec::new();
    let (was, is) = (!pair.one.is_empty(), !pair.other.is_empty());
    if gone(from) || gone(to) {
        let name = match (gone(from) && gone(to), outside) {
            (true, _) => "lost between removed",
            (_, true) => "lost between removed and addresses",
            _ => "lost between removed and persistent",
        };
        // Between a pod that went and one that came there was nothing.
        found.extend(was.then_some(name));
    } else if new(from) || new(to) {
        let name = match (new(from) && new(to), outside) {
            (true, _) => "new between added",
            (_, true) => "new between added and addresses",
            _ => "new between persistent and added",
        };
        found.extend(is.then_some(name));
    } else if captured(from) || captured(to) {
        let names = match outside {
            true => ["removed between persistent and addresses", "added between persistent and addresses"],
            false => ["removed between persistent", "added between persistent"],
        };
        found.extend((!pair.one.is_subset_of(&pair.other)).then_some(names[0]));
        found.extend((!pair.other.is_subset_of(&pair.one)).then_some(names[1]));
    }
    found
}

/// Whether every pod of one is in the other.
fn has_all_pods(one: &Network, other: &Network) -> bool {
    let keys = |network: &Network| {
        network.topology.pods.iter().map(super::topology::Pod::key).collect::<BTreeSet<_>>()
    };
    keys(one).is_subset(&keys(other))
}

fn is_contained(one: &Network, other: &Network, how: How) -> bool {
    has_all_pods(one, other) && is_within(one, other, [What::All; 2], how)
}

fn containment(one: &Network, other: &Network, how: How) -> Answer {
    Answer::of(is_contained(one, other, how))
}

fn two_way_containment(one: &Network, other: &Network, how: How) -> Answer {
    if one.topology.is_comparable(&other.topology) && same_policies(one, other) {
        return Answer::default();
    }
    Answer::of(match (is_contained(one, other, how), is_contained(other, one, how)) {
        (true, true) => 3,
        (true, false) => 2,
        (false, true) => 1,
        (false, false) => 0,
    })
}

/// Whether there is nothing that a configuration explicitly allows.
fn says_nothing(network: &Network) -> bool {
    network.policies.is_empty()
}

fn permits(asked: &Network, answers: &Network, how: How) -> Answer {
    if says_nothing(asked) || !asked.topology.is_comparable(&answers.topology) {
        return Answer::NOT_MADE;
    }
    Answer::of(!is_within(asked, answers, [What::Explicit, What::All], how))
}

fn forbids(asked: &Network, answers: &Network, how: How) -> Answer {
    if says_nothing(asked) || !asked.topology.is_comparable(&answers.topology) {
        return Answer::NOT_MADE;
    }
    let what = [What::Explicit, What::All];
    Answer::of(any(&asked.view(), &answers.view(), what, how, |pair| {
        !pair.one.intersection(&pair.other).is_empty()
    }))
}

fn interferes(one: &Network, other: &Network, how: How) -> Answer {
    if !one.topology.is_comparable(&other.topology) {
        return Answer::NOT_MADE;
    }
    Answer::of(!is_within(one, other, [What::Explicit; 2], how))
}

fn vacuity(network: &Network, how: How) -> Answer {
    Answer::of(is_vacuous(network, how))
}

fn is_vacuous(network: &Network, how: How) -> bool {
    !differ(&network.view(), &network.with(|_| false).view(), how)
}

impl Written {
    /// How many rules it has for a direction.
    pub(super) fn rules(&self, direction: Direction) -> usize {
        let rules = self.object.pointer(&format!("/spec/{}", direction.field()));
        rules.and_then(Value::as_array).map_or(0, Vec::len)
    }

    /// What one of its rules was read into.
    fn rule(&self, direction: Direction, index: usize) -> Vec<&Rule> {
        let sides = self.read.iter().filter_map(|policy| policy.side(direction));
        sides.flat_map(|side| &side.rules).filter(|rule| is_at(rule, direction, index)).collect()
    }

    fn governs(&self, direction: Direction) -> bool {
        self.read.iter().any(|policy| policy.side(direction).is_some())
    }

    fn subject(&self) -> Endpoints {
        Endpoints::Any(self.read.iter().map(|policy| policy.subject.clone()).collect())
    }

    /// The same without one of its rules.
    fn without(&self, direction: Direction, index: usize) -> Self {
        let mut less = self.clone();
        for policy in &mut less.read {
            let side = match direction {
                Direction::Ingress => &mut policy.ingress,
                Direction::Egress => &mut policy.egress,
            };
            if let Some(side) = side {
                side.rules.retain(|rule| !is_at(rule, direction, index));
            }
        }
        less
    }

    fn order(&self) -> Option<f64> {
        self.object.pointer("/spec/order").and_then(Value::as_f64)
    }
}

fn is_at(rule: &Rule, direction: Direction, index: usize) -> bool {
    let path = format!("spec.{}[{index}]", direction.field());
    rule.path.strip_prefix(&path).is_some_and(|rest| !rest.starts_with(|next: char| next.is_ascii_digit()))
}

/// The pods that a policy is about.
fn selected(network: &Network, policy: &Written) -> BTreeSet<usize> {
    network.members(&policy.subject()).0
}

fn is_nobody(network: &Network, endpoints: &Endpoints) -> bool {
    let (pods, outside) = network.members(endpoints);
    pods.is_empty() && !outside
}

/// How many ends of a rule nobody is at (`has_empty_rules`).
fn empty_ends(network: &Network, policy: &Written, direction: Direction, index: usize) -> usize {
    let read = policy.rule(direction, index);
    if read.is_empty() {
        return 0;
    }
    let peers = Endpoints::Any(read.iter().map(|rule| rule.peers.clone()).collect());
    let mut found = usize::from(is_nobody(network, &peers));
    if policy.kind != PolicyKind::Kubernetes {
        let own = Endpoints::Any(read.iter().map(|rule| rule.subject.clone()).collect());
        let own = Endpoints::All(vec![policy.subject(), own]);
        found += usize::from(network.members(&own).0.is_empty());
    }
    found
}

fn emptiness(network: &Network, _: How) -> Answer {
    let mut found = 0;
    for policy in &network.policies {
        found += usize::from(selected(network, policy).is_empty());
        for direction in Direction::BOTH {
            let rules = 0..policy.rules(direction);
            found += rules.filter(|index| empty_ends(network, policy, direction, *index) > 0).count();
        }
    }
    count(found)
}

/// The policies without which nothing changes, by name.
fn redundant_policies(network: &Network, how: How) -> BTreeSet<String> {
    if network.policies.len() < 2 {
        return BTreeSet::new();
    }
    let whole = network.view();
    let changes_nothing = |policy: &&Written| {
        let less = network.with(|own| (&own.full_name, own.kind) != (&policy.full_name, policy.kind));
        !differ(&whole, &less.view(), how)
    };
    network.policies.iter().filter(changes_nothing).map(|policy| policy.full_name.clone()).collect()
}

fn is_redundant(network: &Network, place: usize, direction: Direction, index: usize, how: How) -> bool {
    let mut less = network.clone();
    less.policies[place] = less.policies[place].without(direction, index);
    if network.written_order {
        // There, what is left of a policy comes after the others of its order (`find_redundant_rules`).
        less.policies[place].read.iter_mut().for_each(|read| read.name = "~last".to_owned());
    }
    !differ(&network.view(), &less.view(), how)
}

fn redundancy(network: &Network, how: How) -> Answer {
    let redundant = redundant_policies(network, how);
    let mut found = redundant.len();
    for (place, policy) in network.policies.iter().enumerate() {
        if redundant.contains(&policy.full_name) {
            continue;
        }
        for direction in Direction::BOTH {
            let rules = 0..policy.rules(direction);
            found += rules.filter(|index| is_redundant(network, place, direction, *index, how)).count();
        }
    }
    count(found)
}

fn disjointness(network: &Network, _: How) -> Answer {
    let sets: Vec<BTreeSet<usize>> =
        network.policies.iter().map(|policy| selected(network, policy)).collect();
    let mut found = 0;
    for (place, one) in sets.iter().enumerate() {
        found += sets[..place].iter().filter(|other| !one.is_disjoint(other)).count();
    }
    count(found)
}

fn all_captured(network: &Network, how: How) -> Answer {
    let pods = &network.topology.pods;
    if network.policies.is_empty() {
        return count(network.pod_count());
    }
    let mut found = 0;
    for direction in Direction::BOTH {
        let governing = network.policies.iter().filter(|policy| policy.governs(direction));
        let captured: BTreeSet<usize> = governing.flat_map(|policy| selected(network, policy)).collect();
        let left = (0..pods.len()).filter(|place| !captured.contains(place)).map(|place| &pods[place]);
        let mut workloads: BTreeMap<(&str, &str), usize> = BTreeMap::new();
        let mut all = 0;
        for pod in left {
            workloads.insert((&pod.namespace, &pod.workload), 1);
            all += pod.copies;
        }
        found += if how.by_workload { workloads.len() } else { all };
    }
    count(found)
}

/// Whether two of Calico's policies of one order may contradict each other
/// (`has_conflicting_policies_with_same_order`).
pub(super) fn has_conflict(network: &Network) -> bool {
    let calico: Vec<&Written> =
        network.policies.iter().filter(|policy| policy.kind != PolicyKind::Kubernetes).collect();
    let acts = |policy: &Written, direction, action: Action| {
        let sides = policy.read.iter().filter_map(|read| Some((read, read.side(direction)?)));
        let mut rules = sides.flat_map(|(read, side)| side.rules.iter().map(move |rule| (read, rule)));
        rules.any(|(read, rule): (&Policy, &Rule)| {
            let own = Endpoints::All(vec![read.subject.clone(), rule.subject.clone()]);
            rule.action == action && !is_nobody(network, &rule.peers) && !network.members(&own).0.is_empty()
        })
    };
    let conflict = |one: &Written, other: &Written| {
        one.order() == other.order()
            && !selected(network, one).is_disjoint(&selected(network, other))
            && Direction::BOTH.into_iter().any(|direction| {
                let against = |one: &Written, other: &Written| {
                    acts(one, direction, Action::Allow) && acts(other, direction, Action::Deny)
                };
                against(one, other) || against(other, one)
            })
    };
    calico.iter().enumerate().any(|(place, one)| calico[..place].iter().any(|other| conflict(one, other)))
}

fn sanity(network: &Network, how: How) -> Answer {
    if network.policies.is_empty() {
        return Answer::default();
    }
    if has_conflict(network) {
        return Answer::of(1);
    }
    let vacuous = is_vacuous(network, how);
    let redundant = redundant_policies(network, how);
    let mut found = usize::from(vacuous);
    for (place, policy) in network.policies.iter().enumerate() {
        if selected(network, policy).is_empty() {
            found += 1;
            continue;
        }
        let rules = Direction::BOTH
            .into_iter()
            .flat_map(|direction| (0..policy.rules(direction)).map(move |index| (direction, index)));
        let mut full = Vec::new();
        for (direction, index) in rules {
            match empty_ends(network, policy, direction, index) {
                0 => full.push((direction, index)),
                ends => found += ends,
            }
        }
        if vacuous {
            continue;
        }
        if redundant.contains(&policy.full_name) {
            found += 1;
            continue;
        }
        found += full
            .into_iter()
            .filter(|(direction, index)| is_redundant(network, place, *direction, *index, how))
            .count();
    }
    count(found)
}
