//! Policies of other kinds than Kubernetes' own: Cilium's, Calico's, and the cluster-wide ones of
//! `policy.networking.k8s.io`.
//!
//! Two things are read of them, exactly or not at all: rules that let everything through, and whether
//! they cut pods off from what no rule names. Where a selector is in a language that is not read here,
//! the answer is [`Isolates::Maybe`].

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use watertight_model::{Body, GroupKind, Identity};
use watertight_syntax::{Path, Value};

use super::policy::{Direction, Problem};
use super::selector::Selector;

const fn kind(group: &'static str, kind: &'static str) -> GroupKind {
    GroupKind { group, kind }
}

const CILIUM: [GroupKind; 2] =
    [kind("cilium.io", "CiliumNetworkPolicy"), kind("cilium.io", "CiliumClusterwideNetworkPolicy")];
const CALICO: [GroupKind; 4] = [
    kind("projectcalico.org", "NetworkPolicy"),
    kind("projectcalico.org", "GlobalNetworkPolicy"),
    kind("crd.projectcalico.org", "NetworkPolicy"),
    kind("crd.projectcalico.org", "GlobalNetworkPolicy"),
];
const CLUSTER: [GroupKind; 3] = [
    kind("policy.networking.k8s.io", "AdminNetworkPolicy"),
    kind("policy.networking.k8s.io", "BaselineAdminNetworkPolicy"),
    kind("policy.networking.k8s.io", "ClusterNetworkPolicy"),
];

/// The kinds of policies beside Kubernetes' own.
pub const POLICY_FLAVOURS: [GroupKind; 9] =
    [CILIUM[0], CILIUM[1], CALICO[0], CALICO[1], CALICO[2], CALICO[3], CLUSTER[0], CLUSTER[1], CLUSTER[2]];

/// Whether a policy cuts pods off from what it does not name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Isolates {
    /// It does not.
    No,
    /// That is in a language that is not read here.
    Maybe,
    /// It does.
    Yes,
}

/// A policy of another kind.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FlavouredPolicy {
    /// Rules that let everybody through on every port.
    pub open: Vec<(Direction, Path)>,
    parts: Vec<Part>,
}

/// Whom one part of a policy cuts off.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Part {
    directions: Vec<Direction>,
    /// Whom it is about; `None` when that cannot be read.
    selector: Option<Selector>,
}

/// Pods that somebody asks about: those of one template, or any of a namespace.
#[derive(Debug, Clone, Copy)]
pub struct Pods<'a> {
    /// Their namespace, when it is named.
    pub namespace: Option<&'a str>,
    /// Their labels; `None` for all pods, whatever their labels.
    pub labels: Option<&'a BTreeMap<String, String>>,
}

/// The label that Cilium gives each endpoint (`pkg/k8s/apis/cilium.io/const.go`).
const CILIUM_NAMESPACE: &str = "io.kubernetes.pod.namespace";

impl FlavouredPolicy {
    /// The policy that an object is, with what had to be left out of it; `None` for another kind.
    pub(crate) fn of(identity: &Identity, body: &Body<'_>) -> Option<(Self, Vec<Problem>)> {
        let is_one_of = |kinds: &[GroupKind]| kinds.iter().any(|kind| kind.is(identity));
        let mut left_out = Vec::new();
        let policy = if is_one_of(&CILIUM) {
            cilium(body, &mut left_out)
        } else if is_one_of(&CALICO) {
            calico(body.root())
        } else if is_one_of(&CLUSTER) {
            cluster(body.root())
        } else {
            return None;
        };
        Some((policy, left_out))
    }

    /// Whether pods are cut off in a direction.
    #[must_use]
    pub fn isolates(&self, direction: Direction, pods: Pods<'_>) -> Isolates {
        let parts = self.parts.iter().filter(|part| part.directions.contains(&direction));
        parts.map(|part| part.isolates(pods)).max().unwrap_or(Isolates::No)
    }
}

impl Part {
    fn isolates(&self, pods: Pods<'_>) -> Isolates {
        let Some(selector) = &self.selector else { return Isolates::Maybe };
        // Of pods that may have any labels, only what is asked of their namespace is known.
        if pods.labels.is_none() && selector.keys().any(|key| key != CILIUM_NAMESPACE) {
            return Isolates::No;
        }
        let mut labels = pods.labels.cloned().unwrap_or_default();
        if let Some(namespace) = pods.namespace {
            labels.insert(CILIUM_NAMESPACE.to_owned(), namespace.to_owned());
        }
        if selector.may_select_pods(&labels) { Isolates::Yes } else { Isolates::No }
    }
}

/// `Rule` of `pkg/policy/api` in Cilium: a selected endpoint is cut off in each direction for which the
/// rule has a section with an entry (`Sanitize` in `rule_validation.go`), unless `enableDefaultDeny` says
/// otherwise. An entry without peers lets nothing through.
fn cilium(body: &Body<'_>, left_out: &mut Vec<Problem>) -> FlavouredPolicy {
    let root = body.root();
    let many = root.get("specs").map_or(0, |specs| specs.items().len());
    let paths = (0..many).map(|index| Path::root().key("specs").index(index));
    let mut policy = FlavouredPolicy::default();
    for at in std::iter::once(Path::root().key("spec")).chain(paths) {
        let Some(spec) = root.at(&at).filter(|spec| !spec.is_null()) else { continue };
        let mut directions = Vec::new();
        for direction in Direction::BOTH {
            let field = direction.field();
            let has = |list: &str| spec.get(list).is_some_and(|list| list.items().len() > 0);
            let denies = format!("{field}Deny");
            let chosen = spec.get("enableDefaultDeny").and_then(|own| own.get(field));
            if chosen.and_then(Value::as_bool).unwrap_or(has(field) || has(&denies)) {
                directions.push(direction);
            }
            let rules = spec.get(field).into_iter().flat_map(Value::items).enumerate();
            for (index, _) in rules.filter(|(_, rule)| cilium_rule_is_open(direction, *rule)) {
                policy.open.push((direction, at.key(field).index(index)));
            }
        }
        let selector = if spec.get("endpointSelector").is_some_and(|own| !own.is_null()) {
            let (selector, problems) = super::read::<LabelSelector>(body, &at.key("endpointSelector"));
            left_out.extend(problems);
            cilium_selector(selector)
        } else {
            // A `nodeSelector` is about nodes.
            directions.clear();
            None
        };
        policy.parts.push(Part { directions, selector });
    }
    policy
}

fn cilium_rule_is_open(direction: Direction, rule: Value<'_>) -> bool {
    let entities = match direction {
        Direction::Ingress => "fromEntities",
        Direction::Egress => "toEntities",
    };
    let names_all = rule
        .get(entities)
        .is_some_and(|entities| entities.items().any(|entity| entity.as_str() == Some("all")));
    names_all && rule.entries().all(|(key, _)| key == entities)
}

/// A selector over the labels of a pod and its namespace's name; `None` when it looks at others. A key may
/// begin with the source of the label (`pkg/labels`).
fn cilium_selector(mut selector: LabelSelector) -> Option<Selector> {
    let plain = |key: &str| -> Option<String> {
        let key = match key.split_once(':') {
            Some(("k8s" | "any", key)) => key,
            Some(_) => return None,
            None => key,
        };
        (key == CILIUM_NAMESPACE || !key.starts_with("io.cilium.")).then(|| key.to_owned())
    };
    if let Some(labels) = selector.match_labels.take() {
        let labels: Option<BTreeMap<_, _>> =
            labels.into_iter().map(|(key, value)| Some((plain(&key)?, value))).collect();
        selector.match_labels = Some(labels?);
    }
    for expression in selector.match_expressions.iter_mut().flatten() {
        expression.key = plain(&expression.key)?;
    }
    Some(Selector::of(&selector))
}

/// Calico (`api/pkg/apis/projectcalico/v3/networkpolicy.go`): without `types` a policy is about egress when
/// it has egress rules, and about ingress when it has ingress rules or no egress rules.
fn calico(root: Value<'_>) -> FlavouredPolicy {
    let mut policy = FlavouredPolicy::default();
    let Some(spec) = root.get("spec") else { return policy };
    let has = |list: &str| spec.get(list).is_some_and(|list| list.items().len() > 0);
    let types: Vec<&str> =
        spec.get("types").into_iter().flat_map(Value::items).filter_map(Value::as_str).collect();
    let governs = |direction: &Direction| match direction {
        _ if !types.is_empty() => types.contains(&direction.name()),
        Direction::Ingress => has("ingress") || !has("egress"),
        Direction::Egress => has("egress"),
    };
    let directions: Vec<Direction> = Direction::BOTH.into_iter().filter(governs).collect();
    for &direction in &directions {
        let rules = spec.get(direction.field()).into_iter().flat_map(Value::items).enumerate();
        let is_open = |rule: Value<'_>| {
            rule.get("action").and_then(Value::as_str) == Some("Allow")
                && rule.entries().all(|(key, value)| matches!(key, "action" | "metadata") || is_blank(value))
        };
        for (index, _) in rules.filter(|(_, rule)| is_open(*rule)) {
            policy.open.push((direction, Path::root().key("spec").key(direction.field()).index(index)));
        }
    }
    let is_all = |field: &str| {
        let text = spec.get(field).and_then(Value::as_str).unwrap_or_default().trim();
        matches!(text, "" | "all()")
    };
    // The last three are about the addresses of nodes.
    let everything = ["selector", "namespaceSelector", "serviceAccountSelector"].into_iter().all(is_all)
        && !["preDNAT", "doNotTrack", "applyOnForward"]
            .into_iter()
            .any(|field| spec.get(field).and_then(Value::as_bool) == Some(true));
    let selector = everything.then(Selector::default);
    policy.parts.push(Part { directions, selector });
    policy
}

fn is_blank(value: Value<'_>) -> bool {
    value.is_null()
        || value.entries().next().is_none()
            && value.items().len() == 0
            && value.as_str().is_none()
            && value.as_bool().is_none()
            && value.as_i64().is_none()
}

/// The cluster-wide policies let through or refuse what they name and leave the rest alone; a refusal may
/// stand for a default.
fn cluster(root: Value<'_>) -> FlavouredPolicy {
    let mut policy = FlavouredPolicy::default();
    let Some(spec) = root.get("spec") else { return policy };
    for direction in Direction::BOTH {
        let peers = match direction {
            Direction::Ingress => "from",
            Direction::Egress => "to",
        };
        let rules = spec.get(direction.field()).into_iter().flat_map(Value::items).enumerate();
        for (index, rule) in rules {
            let action = rule.get("action").and_then(Value::as_str).unwrap_or_default();
            if action == "Deny" {
                policy.parts.push(Part { directions: vec![direction], selector: None });
            }
            let ports = rule.get("ports").or_else(|| rule.get("protocols"));
            let all_ports = ports.is_none_or(|ports| ports.items().len() == 0);
            let every = |peer: Value<'_>| {
                let namespaces = peer.get("namespaces");
                namespaces.is_some_and(|selector| !selector.is_null() && is_blank(selector))
            };
            let mut named = rule.get(peers).into_iter().flat_map(Value::items);
            if matches!(action, "Allow" | "Accept") && all_ports && named.any(every) {
                policy.open.push((direction, Path::root().key("spec").key(direction.field()).index(index)));
            }
        }
    }
    policy
}
