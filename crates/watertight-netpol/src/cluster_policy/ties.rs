//! Policies of one priority.

use crate::policy::{
    Direction, Effect, Endpoints, Namespaces, Policy, Ports, Position, Problem, Rule, Tier, Traffic,
};
use crate::selector::Selector;

const OPEN: &str =
    "another policy of its priority decides otherwise, and the API does not say which is asked first";

/// A policy with the priority of another one that may decide otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tie {
    /// Where the policy stands in what was given.
    pub index: usize,
    /// What to say of it.
    pub problem: Problem,
}

/// Makes uncertain what policies of one tier and one priority decide differently: the API says that there "is no way
/// for the user to reliably determine" which one is applied (`priority`, `apis/v1alpha2`). A
/// BaselineAdminNetworkPolicy has no priority, so it ties with each ClusterNetworkPolicy of the tier `Baseline`.
///
/// A rule of such a policy becomes several with one path: first those for what no rule of the others can match, as
/// certain as before, then the rule itself, uncertain. Policies of other tiers are left alone.
pub fn mark_ties(policies: &mut [Policy]) -> Vec<Tie> {
    let tiers = [Tier::admin(), Tier::baseline()];
    let mut marked: Vec<(usize, Direction, Vec<Rule>)> = Vec::new();
    for (index, policy) in policies.iter().enumerate() {
        if !tiers.contains(&policy.tier) {
            continue;
        }
        let tied: Vec<&Policy> = policies
            .iter()
            .enumerate()
            .filter(|(other, candidate)| *other != index && are_tied(policy, candidate))
            .map(|(_, candidate)| candidate)
            .collect();
        for direction in Direction::BOTH {
            let rules = policy.side(direction).map(|side| &*side.rules).unwrap_or_default();
            let split: Vec<Vec<Rule>> = rules.iter().map(|rule| split(rule, direction, &tied)).collect();
            if split.iter().any(|parts| parts.len() > 1) {
                marked.push((index, direction, split.into_iter().flatten().collect()));
            }
        }
    }
    let mut ties: Vec<Tie> = Vec::new();
    for (index, direction, rules) in marked {
        let policy = &mut policies[index];
        let side = match direction {
            Direction::Ingress => &mut policy.ingress,
            Direction::Egress => &mut policy.egress,
        };
        if let Some(side) = side {
            side.rules = rules;
        }
        if ties.last().is_none_or(|tie| tie.index != index) {
            let why = "is that of another policy that decides otherwise; where both match, the API leaves open which \
                       one is applied: give them different priorities";
            let problem = Problem {
                path: "spec.priority".to_owned(),
                why: why.to_owned(),
                effect: Effect::NotModelled,
            };
            ties.push(Tie { index, problem });
        }
    }
    ties
}

fn are_tied(one: &Policy, two: &Policy) -> bool {
    let last = [one.position, two.position].contains(&Position::LAST);
    one.tier == two.tier && (one.position == two.position || last) && !are_apart(&one.subject, &two.subject)
}

/// A rule, as what it says for certain and what it may say.
fn split(rule: &Rule, direction: Direction, tied: &[&Policy]) -> Vec<Rule> {
    let mut subjects = Vec::new();
    let mut peers = Vec::new();
    let mut traffic = rule.traffic.clone();
    for policy in tied {
        for other in policy.side(direction).map(|side| &*side.rules).unwrap_or_default() {
            let apart = are_apart(&rule.peers, &other.peers) || are_disjoint(&rule.traffic, &other.traffic);
            if other.action == rule.action || apart {
                continue;
            }
            subjects.push(policy.subject.clone());
            peers.push(other.peers.clone());
            // More than the other rule matches, where it has exclusions: less remains certain.
            traffic.exclude.extend(other.traffic.include.iter().cloned());
        }
    }
    if peers.is_empty() {
        return vec![rule.clone()];
    }
    subjects.dedup();
    let without = |own: &Endpoints, others: Vec<Endpoints>| {
        Endpoints::All(vec![own.clone(), Endpoints::Not(Box::new(Endpoints::Any(others)))])
    };
    vec![
        Rule { subject: without(&rule.subject, subjects), ..rule.clone() },
        Rule { peers: without(&rule.peers, peers), ..rule.clone() },
        Rule { traffic, ..rule.clone() },
        Rule { uncertain: rule.uncertain.or(Some(OPEN)), ..rule.clone() },
    ]
}

/// Whether it is sure that no connection is in both.
fn are_disjoint(one: &Traffic, two: &Traffic) -> bool {
    let disjoint = |a: &Ports, b: &Ports| match (a, b) {
        (Ports::Connections(a), Ports::Connections(b)) => a.intersection(b).is_empty(),
        _ => false,
    };
    one.include.iter().all(|a| two.include.iter().all(|b| disjoint(a, b)))
}

/// Whether it is sure that no pod is in both: one label is wanted with different values.
fn are_apart(one: &Endpoints, two: &Endpoints) -> bool {
    let (
        Endpoints::Pods { namespaces, labels },
        Endpoints::Pods { namespaces: others, labels: other_labels },
    ) = (one, two)
    else {
        return false;
    };
    let namespaces = match (namespaces, others) {
        (Namespaces::Labelled(one), Namespaces::Labelled(two)) => exclude(one, two),
        _ => false,
    };
    namespaces || exclude(labels, other_labels)
}

fn exclude(one: &Selector, two: &Selector) -> bool {
    match (one, two) {
        (Selector::All(parts), other) | (other, Selector::All(parts)) => {
            parts.iter().any(|part| exclude(part, other))
        }
        (Selector::In(key, values), Selector::In(other, others)) => {
            key == other && values.iter().all(|value| !others.contains(value))
        }
        _ => false,
    }
}
