//! Whom selectors mean.
//!
//! To Calico, a pod has its own labels, `projectcalico.org/namespace`, `projectcalico.org/orchestrator` and
//! `projectcalico.org/serviceaccount` (`libcalico-go/lib/backend/k8s/conversion/workload_endpoint_default.go`), and
//! inherits the labels of its namespace with `pcns.` and of its service account with `pcsa.` before them
//! (`NamespaceToProfile` and `ServiceAccountToProfile` in `conversion.go` beside it). A NetworkSet has its own labels,
//! `projectcalico.org/namespace` and the `pcns.` ones (`networksetprocessor.go`); a GlobalNetworkSet has its own only.
//!
//! Own labels that begin with these prefixes would hide inherited ones. They are not looked at here; see
//! [`is_reserved`].

use crate::cluster::NAMESPACE_NAME_LABEL;
use crate::policy::{Endpoints, Namespaces};
use crate::selector::{Label, Selector, Truth};

use super::selector::Expression;

const NAMESPACE: &str = "projectcalico.org/namespace";
const ORCHESTRATOR: &str = "projectcalico.org/orchestrator";
const ACCOUNT: &str = "projectcalico.org/serviceaccount";
/// `NameLabel` in `libcalico-go/lib/backend/k8s/conversion/constants.go`.
const NAME: &str = "projectcalico.org/name";
const OF_NAMESPACE: &str = "pcns.";
const OF_ACCOUNT: &str = "pcsa.";
/// `OrchestratorKubernetes`.
const KUBERNETES: &str = "k8s";
/// Accounts with longer names have no label [`ACCOUNT`].
const LONGEST_ACCOUNT: usize = 62;
/// How many pairs of labels of namespaces and of sets a selector of sets may become.
const MOST_PAIRS: usize = 64;

const ACCOUNT_NAMES: &str = "a part of a service account's name is selected";
const TOO_MANY: &str = "the selector mixes labels of namespaces and of network sets in too many ways";
const HOST_ENDPOINTS: &str = "host endpoints are not modelled";

/// Whether Calico gives a label of this key to endpoints by itself. When somebody gives it to a pod or a network set,
/// what selectors select is not modelled.
#[must_use]
pub fn is_reserved(key: &str) -> bool {
    [OF_NAMESPACE, OF_ACCOUNT].iter().any(|prefix| key.starts_with(prefix))
}

/// Whose labels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Of {
    /// Of the pod or the set itself.
    Itself,
    Namespace,
    Account,
}

/// What is wanted of an endpoint.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Want {
    Labels(Of, Selector),
    /// It runs as a service account of one of these names.
    Accounts(Vec<String>),
    /// It is a pod.
    Pod,
    Unknown(&'static str),
    Not(Box<Want>),
    All(Vec<Want>),
    Any(Vec<Want>),
}

/// Which field a selector is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// `selector` and `notSelector`.
    Endpoint,
    /// `namespaceSelector`.
    Namespace,
    /// `serviceAccountSelector`, and `selector` of `serviceAccounts`.
    Account,
}

/// What may be meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Pod,
    NetworkSet,
    GlobalNetworkSet,
}

const EVERYTHING: Want = Want::All(Vec::new());
const NOTHING: Want = Want::Any(Vec::new());

impl Want {
    /// What a selector wants: `getEndpointSelector` and `parseServiceAccounts` in
    /// `libcalico-go/lib/backend/syncersv1/updateprocessors/rules.go`.
    pub(super) fn of(expression: &Expression, field: Field) -> Self {
        let each = |parts: &[Expression]| parts.iter().map(|part| Self::of(part, field)).collect();
        match expression {
            // In a `namespaceSelector`, `all()` is whatever has a namespace and `global()` what has none.
            Expression::All if field == Field::Namespace => Self::namespaced(),
            Expression::Global if field == Field::Namespace => Self::Not(Box::new(Self::namespaced())),
            Expression::All | Expression::Global => EVERYTHING,
            Expression::Label(selector) => label(selector, field),
            Expression::Not(inner) => Self::Not(Box::new(Self::of(inner, field))),
            Expression::And(parts) => Self::All(each(parts)),
            Expression::Or(parts) => Self::Any(each(parts)),
        }
    }

    /// It is in a namespace of this name.
    pub(super) fn in_namespace(name: &str) -> Self {
        Self::Labels(Of::Namespace, Selector::equals(NAMESPACE_NAME_LABEL, name))
    }

    /// It runs as an account of one of these names, by the label [`ACCOUNT`].
    pub(super) fn runs_as(names: &[String]) -> Self {
        let names = names.iter().filter(|name| name.len() <= LONGEST_ACCOUNT);
        some_accounts(names.cloned().collect())
    }

    fn namespaced() -> Self {
        Self::Labels(Of::Namespace, Selector::EVERYTHING)
    }

    /// The pods that are meant.
    pub(super) fn pods(&self) -> Endpoints {
        pods(&self.seen_by(Kind::Pod))
    }

    /// The pods and the addresses of sets that are meant, and perhaps host endpoints.
    pub(super) fn endpoints(&self, host_endpoints: bool) -> Endpoints {
        let mut parts = vec![self.pods()];
        let global = selector(&self.seen_by(Kind::GlobalNetworkSet));
        let own = self.seen_by(Kind::NetworkSet);
        // With nothing said of namespaces, both kinds of sets are asked for together.
        if global.as_ref().is_some_and(|global| selector(&own).as_ref() == Some(global)) {
            let labels = global.clone().unwrap_or(Selector::Unknown);
            parts.push(Endpoints::Sets { namespaces: Namespaces::Every, labels });
        } else {
            if let Some(labels) = global.clone() {
                parts.push(Endpoints::Sets { namespaces: Namespaces::OfTheCluster, labels });
            }
            parts.extend(sets(&own));
        }
        if host_endpoints && global.is_some() {
            let nodes = Endpoints::Nodes(Selector::EVERYTHING);
            parts.push(Endpoints::All(vec![nodes, Endpoints::Unknown(HOST_ENDPOINTS)]));
        }
        parts.retain(|part| *part != Endpoints::Nobody);
        match parts.len() {
            0 => Endpoints::Nobody,
            1 => parts.remove(0),
            _ => Endpoints::Any(parts),
        }
    }

    /// The same for endpoints of one kind: labels that these do not have are absent. What is said of labels of one
    /// owner is brought together.
    fn seen_by(&self, kind: Kind) -> Self {
        let pod = kind == Kind::Pod;
        match self {
            Self::Labels(Of::Namespace, _) if kind == Kind::GlobalNetworkSet => NOTHING,
            Self::Labels(Of::Account, _) | Self::Accounts(_) if !pod => NOTHING,
            // Whoever is still here has such an owner.
            Self::Labels(_, selector) if selector.is_everything() => EVERYTHING,
            Self::Labels(..) | Self::Accounts(_) => self.clone(),
            Self::Pod if pod => EVERYTHING,
            Self::Pod => NOTHING,
            Self::Unknown(_) if pod => self.clone(),
            Self::Unknown(_) => Self::Labels(Of::Itself, Selector::Unknown),
            Self::Not(inner) => negated(inner.seen_by(kind)),
            Self::All(parts) => joined(parts.iter().map(|part| part.seen_by(kind)), true),
            Self::Any(parts) => joined(parts.iter().map(|part| part.seen_by(kind)), false),
        }
    }
}

fn some_accounts(names: Vec<String>) -> Want {
    if names.is_empty() { NOTHING } else { Want::Accounts(names) }
}

/// What something about one label wants.
fn label(selector: &Selector, field: Field) -> Want {
    let mut key = "";
    selector.keys(&mut |found| key = found);
    let (of, key) = match field {
        Field::Namespace => (Of::Namespace, key),
        Field::Account => (Of::Account, key),
        Field::Endpoint => match (key.strip_prefix(OF_NAMESPACE), key.strip_prefix(OF_ACCOUNT)) {
            (Some(key), _) => (Of::Namespace, key),
            (None, Some(key)) => (Of::Account, key),
            (None, None) => (Of::Itself, key),
        },
    };
    match (of, key) {
        (Of::Itself, NAMESPACE) | (Of::Namespace, NAME) => {
            Want::Labels(Of::Namespace, with_key(selector, NAMESPACE_NAME_LABEL))
        }
        (Of::Itself, ORCHESTRATOR) if holds(selector, KUBERNETES) => Want::Pod,
        (Of::Itself, ORCHESTRATOR) => NOTHING,
        (Of::Itself, ACCOUNT) => account(selector, Want::runs_as),
        (Of::Account, NAME) => account(selector, |names| some_accounts(names.to_vec())),
        _ => Want::Labels(of, with_key(selector, key)),
    }
}

/// What something about the name of a service account wants.
fn account(selector: &Selector, named: impl Fn(&[String]) -> Want) -> Want {
    match selector {
        Selector::In(_, names) => named(names),
        Selector::Has(_) => Want::Pod,
        _ => Want::All(vec![Want::Pod, Want::Unknown(ACCOUNT_NAMES)]),
    }
}

/// Whether something about one label holds of a value.
fn holds(selector: &Selector, value: &str) -> bool {
    selector.holds(&|_| Label::Value(value)) == Truth::Yes
}

fn with_key(selector: &Selector, key: &str) -> Selector {
    let key = key.to_owned();
    match selector {
        Selector::In(_, values) => Selector::In(key, values.clone()),
        Selector::Has(_) => Selector::Has(key),
        Selector::StartsWith(_, text) => Selector::StartsWith(key, text.clone()),
        Selector::EndsWith(_, text) => Selector::EndsWith(key, text.clone()),
        Selector::Contains(_, text) => Selector::Contains(key, text.clone()),
        _ => Selector::Unknown,
    }
}

/// The opposite. It is only for endpoints that have the owner of each label.
fn negated(want: Want) -> Want {
    match want {
        Want::Labels(_, selector) if selector.is_everything() => NOTHING,
        Want::Labels(of, selector) => Want::Labels(of, selector.negated()),
        Want::All(parts) if parts.is_empty() => NOTHING,
        Want::Any(parts) if parts.is_empty() => EVERYTHING,
        Want::Not(inner) => *inner,
        other => Want::Not(Box::new(other)),
    }
}

/// All of several, or one of them, with what is said of the labels of one owner brought together.
fn joined(wants: impl Iterator<Item = Want>, all: bool) -> Want {
    let mut flat = Vec::new();
    for want in wants {
        match want {
            Want::All(parts) if all => flat.extend(parts),
            Want::Any(parts) if !all => flat.extend(parts),
            // One that decides for all.
            Want::Any(parts) if all && parts.is_empty() => return NOTHING,
            Want::All(parts) if !all && parts.is_empty() => return EVERYTHING,
            other => flat.push(other),
        }
    }
    let mut rest = Vec::new();
    for of in [Of::Namespace, Of::Itself, Of::Account] {
        let mut selectors = Vec::new();
        flat.retain(|want| match want {
            Want::Labels(found, selector) if *found == of => {
                selectors.push(selector.clone());
                false
            }
            _ => true,
        });
        match selectors.len() {
            0 => {}
            1 => rest.push(Want::Labels(of, selectors.remove(0))),
            _ if all => rest.push(Want::Labels(of, flat_all(selectors))),
            _ => rest.push(Want::Labels(of, Selector::Any(selectors))),
        }
    }
    rest.append(&mut flat);
    match rest.len() {
        1 => rest.remove(0),
        _ if all => Want::All(rest),
        _ => Want::Any(rest),
    }
}

fn flat_all(selectors: Vec<Selector>) -> Selector {
    let mut parts = Vec::new();
    for selector in selectors {
        match selector {
            Selector::All(inner) => parts.extend(inner),
            other => parts.push(other),
        }
    }
    Selector::all(parts)
}

fn all_pods() -> Endpoints {
    Endpoints::Pods { namespaces: Namespaces::Every, labels: Selector::EVERYTHING }
}

fn namespaces(labels: Option<Selector>) -> Namespaces {
    match labels {
        None => Namespaces::Every,
        Some(Selector::In(key, mut values)) if key == NAMESPACE_NAME_LABEL && values.len() == 1 => {
            Namespaces::Named(values.remove(0))
        }
        Some(labels) => Namespaces::Labelled(labels),
    }
}

/// The pods of what is said for pods.
fn pods(want: &Want) -> Endpoints {
    match want {
        Want::All(parts) => pods_with_all(parts),
        Want::Any(parts) if parts.is_empty() => Endpoints::Nobody,
        Want::Any(parts) => Endpoints::Any(parts.iter().map(pods).collect()),
        Want::Not(_) | Want::Unknown(_) => Endpoints::All(vec![all_pods(), bare(want)]),
        Want::Labels(..) | Want::Accounts(_) => pods_with_all(std::slice::from_ref(want)),
        Want::Pod => all_pods(),
    }
}

/// What limits pods further.
fn bare(want: &Want) -> Endpoints {
    match want {
        Want::Not(inner) => Endpoints::Not(Box::new(pods(inner))),
        Want::Unknown(why) => Endpoints::Unknown(why),
        other => pods(other),
    }
}

fn pods_with_all(parts: &[Want]) -> Endpoints {
    let (mut space, mut own, mut account) = (None, None, None);
    let mut names: Option<&Vec<String>> = None;
    let mut others = Vec::new();
    for part in parts {
        match part {
            Want::Labels(Of::Namespace, selector) => space = Some(selector.clone()),
            Want::Labels(Of::Itself, selector) => own = Some(selector.clone()),
            Want::Labels(Of::Account, selector) => account = Some(selector.clone()),
            Want::Accounts(found) if names.is_none() => names = Some(found),
            other => others.push(bare(other)),
        }
    }
    let namespaces = namespaces(space);
    let mut found = Vec::new();
    if account.is_some() || names.is_some() {
        found.push(Endpoints::Accounts {
            namespaces: namespaces.clone(),
            names: names.cloned().unwrap_or_default(),
            labels: account.unwrap_or(Selector::EVERYTHING),
        });
    }
    if found.is_empty() || own.is_some() {
        found.push(Endpoints::Pods { namespaces, labels: own.unwrap_or(Selector::EVERYTHING) });
    }
    found.append(&mut others);
    if found.len() == 1 { found.remove(0) } else { Endpoints::All(found) }
}

/// What is said of a set without a word on its namespace: its labels. `None` when no set is meant, or when more is
/// said.
fn selector(want: &Want) -> Option<Selector> {
    match want {
        Want::Labels(Of::Itself, selector) => Some(selector.clone()),
        Want::All(parts) if parts.is_empty() => Some(Selector::EVERYTHING),
        _ => None,
    }
}

/// The sets that are in a namespace. An address may be in several sets, so that all that is wanted has to hold of one
/// of them: each pair of labels of the namespace and of the set is asked for by itself.
fn sets(want: &Want) -> Vec<Endpoints> {
    let Some(pairs) = pairs(want, false) else {
        let every = Endpoints::Sets { namespaces: Namespaces::Every, labels: Selector::EVERYTHING };
        return vec![Endpoints::All(vec![every, Endpoints::Unknown(TOO_MANY)])];
    };
    let one = |(space, own): (Vec<Selector>, Vec<Selector>)| Endpoints::Sets {
        namespaces: namespaces(Some(flat_all(space))),
        labels: flat_all(own),
    };
    pairs.into_iter().map(one).collect()
}

type Pair = (Vec<Selector>, Vec<Selector>);

/// The disjunctive form; `None` when it is too large.
fn pairs(want: &Want, opposite: bool) -> Option<Vec<Pair>> {
    let found = match want {
        Want::Labels(of, selector) => {
            let selector = if opposite { selector.clone().negated() } else { selector.clone() };
            match of {
                Of::Namespace => vec![(vec![selector], Vec::new())],
                Of::Itself | Of::Account => vec![(Vec::new(), vec![selector])],
            }
        }
        Want::Not(inner) => pairs(inner, !opposite)?,
        Want::All(parts) | Want::Any(parts) => {
            let all = matches!(want, Want::All(_)) != opposite;
            let mut found = if all { vec![(Vec::new(), Vec::new())] } else { Vec::new() };
            for part in parts {
                let next = pairs(part, opposite)?;
                found = if all { crossed(&found, &next) } else { [found, next].concat() };
                if found.len() > MOST_PAIRS {
                    return None;
                }
            }
            found
        }
        // Sets are none of these: `seen_by` has put something else in their place.
        Want::Accounts(_) | Want::Pod | Want::Unknown(_) => return None,
    };
    Some(found)
}

fn crossed(one: &[Pair], two: &[Pair]) -> Vec<Pair> {
    let pair = |a: &Pair, b: &Pair| ([&*a.0, &*b.0].concat(), [&*a.1, &*b.1].concat());
    one.iter().flat_map(|a| two.iter().map(move |b| pair(a, b))).collect()
}
