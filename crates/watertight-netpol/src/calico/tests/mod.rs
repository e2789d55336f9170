//! Tests of Calico's policies.

mod answers;
mod meaning;
mod policies;
mod profiles;
mod rules;
mod selectors;
mod sets;

use serde_json::{Value, json};

use super::*;
use crate::policy::{Direction, Endpoints, Inside, Namespaces, Rule as Lowered};
use crate::selector::Selector;

fn object(namespace: Option<&'static str>) -> PolicyObject<'static> {
    PolicyObject { namespace, name: "p", tag: 7, stored: false }
}

fn spec(value: Value) -> Spec {
    serde_json::from_value(value).unwrap()
}

/// Reads a policy of the namespace `shop`, or without one.
fn read(namespace: Option<&'static str>, value: Value) -> (Vec<Policy>, Vec<Problem>) {
    policy(&Context::default(), &object(namespace), &spec(value))
}

/// Reads a policy that has to be without problems.
fn sound(namespace: Option<&'static str>, value: Value) -> Policy {
    let shown = value.to_string();
    let (mut policies, problems) = read(namespace, value);
    assert_eq!(problems, [], "{shown}");
    assert_eq!(policies.len(), 1, "{shown}");
    policies.remove(0)
}

/// The rule of a policy with one rule.
fn sound_rule(namespace: Option<&'static str>, direction: Direction, mut rule: Value) -> Lowered {
    rule["action"] = rule.get("action").cloned().unwrap_or(json!("Allow"));
    let policy = sound(namespace, json!({ direction.field(): [rule] }));
    policy.side(direction).unwrap().rules[0].clone()
}

fn pods_of(namespace: &str, labels: Selector) -> Endpoints {
    Endpoints::Pods { namespaces: Namespaces::Named(namespace.to_owned()), labels }
}

fn sets_of(namespace: &str, labels: Selector) -> Endpoints {
    Endpoints::Sets { namespaces: Namespaces::Named(namespace.to_owned()), labels }
}

fn blocks(blocks: &[&str]) -> Endpoints {
    let blocks = blocks.iter().map(|block| block.parse().unwrap()).collect();
    Endpoints::Blocks { blocks, inside: Inside::ByAddress }
}

fn paths(problems: &[Problem], effect: Effect) -> Vec<&str> {
    problems.iter().filter(|problem| problem.effect == effect).map(|problem| &*problem.path).collect()
}
