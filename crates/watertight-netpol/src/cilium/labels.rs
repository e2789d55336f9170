//! Selectors of endpoints, with the labels that Cilium makes up.
//!
//! To Cilium every peer is an identity with labels: a pod has its own ones (source `k8s`), its namespace, those of its
//! namespace and its service account, and everything else has labels of the source `reserved`. A selector that
//! only says what a label must not be may also select what has no such label: nodes, and the world. So a selector
//! becomes a condition on pods where it wants a label of pods, and a condition on everybody where it does not.

use crate::cluster::NAMESPACE_NAME_LABEL;
use crate::policy::{Endpoints, Namespaces};
use crate::reading::{Notes, Wanted};
use crate::selector::Selector;

use super::entities;

/// The label with the namespace of a pod (`PodNamespaceLabel`, `pkg/k8s/apis/cilium.io/const.go`).
const NAMESPACE: &str = "io.kubernetes.pod.namespace";
/// Before the labels of the namespace (`PodNamespaceMetaLabelsPrefix`).
const NAMESPACE_LABELS: &str = "io.cilium.k8s.namespace.labels.";
/// The label with the service account (`PolicyLabelServiceAccount`).
const ACCOUNT: &str = "io.cilium.k8s.policy.serviceaccount";
/// The label with the name of the cluster (`PolicyLabelCluster`).
const CLUSTER: &str = "io.cilium.k8s.policy.cluster";

const UNREADABLE: &str = "a selector could not be read";
const OTHER_CLUSTERS: &str =
    "newer versions of Cilium look only at pods where a selector names no reserved label";
const ANOTHER_SOURCE: &str = "a label of another source than Kubernetes is asked for";

/// Which label a key is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Key<'a> {
    Pod(&'a str),
    /// One that Cilium leaves out by default.
    LeftOut,
    /// The namespace; written with the source `k8s`, or with none or any.
    Namespace {
        exact: bool,
    },
    NamespaceLabel(&'a str),
    Account,
    Cluster,
    Reserved(&'a str),
    /// One of a source that pods do not have.
    Foreign,
}

/// `GetExtendedKeyFrom` and `parseSource` (`pkg/labels/labels.go`).
fn key(written: &str) -> Key<'_> {
    if let Some(name) = written.strip_prefix('$') {
        return Key::Reserved(name);
    }
    let (source, name) = written.split_once(':').unwrap_or(("any", written));
    match source {
        "reserved" => return Key::Reserved(name),
        "k8s" | "any" | "" => {}
        _ => return Key::Foreign,
    }
    match name {
        NAMESPACE => Key::Namespace { exact: source == "k8s" },
        ACCOUNT => Key::Account,
        CLUSTER => Key::Cluster,
        _ => match name.strip_prefix(NAMESPACE_LABELS) {
            Some(label) => Key::NamespaceLabel(label),
            None if is_left_out(name) => Key::LeftOut,
            None => Key::Pod(name),
        },
    }
}

/// `defaultLabelPrefixCfg` (`pkg/labelsfilter/filter.go`): labels that change with each pod or copy are not part of
/// an identity, unless the agent is told otherwise.
fn is_left_out(name: &str) -> bool {
    const BEGINNINGS: &[&str] = &[
        "io.kubernetes",
        "kubernetes.io",
        "statefulset.kubernetes.io/pod-name",
        "apps.kubernetes.io/pod-index",
        "batch.kubernetes.io/job-completion-index",
        "batch.kubernetes.io/controller-uid",
        "k8s.io",
        "pod-template-generation",
        "pod-template-hash",
        "controller-revision-hash",
        "annotation",
        "controller-uid",
        "etcd_node",
        "topology.kubernetes.io",
    ];
    BEGINNINGS.iter().any(|beginning| name.starts_with(beginning)) || name.contains("beta.kubernetes.io")
}

fn key_for<'a>(purpose: For<'_>, written: &'a str) -> Key<'a> {
    match key(written) {
        Key::LeftOut if purpose == For::Nodes => {
            Key::Pod(written.split_once(':').map_or(written, |(_, name)| name))
        }
        key => key,
    }
}

/// What a requirement wants of a label.
#[derive(Debug, Clone)]
enum Wish {
    In(Vec<String>),
    Exists,
}

impl Wish {
    fn of(self, key: &str) -> Selector {
        match self {
            Self::In(values) => Selector::In(key.to_owned(), values),
            Self::Exists => Selector::Has(key.to_owned()),
        }
    }
}

/// A condition on pods.
#[derive(Debug, Clone)]
enum OnPods {
    Namespace(Selector),
    Labels(Selector),
    Accounts(Vec<String>),
}

impl OnPods {
    fn endpoints(self) -> Endpoints {
        let (namespaces, labels) = (Namespaces::Every, Selector::EVERYTHING);
        match self {
            Self::Namespace(selector) => {
                Endpoints::Pods { namespaces: Namespaces::Labelled(selector), labels }
            }
            Self::Labels(labels) => Endpoints::Pods { namespaces, labels },
            Self::Accounts(names) => Endpoints::Accounts { namespaces, names, labels },
        }
    }
}

/// What a selector says, requirement by requirement, with whether it holds for those whom the condition selects.
#[derive(Debug, Clone, Default)]
pub(super) struct Asked {
    on_pods: Vec<(bool, OnPods)>,
    on_others: Vec<(bool, Endpoints)>,
    /// A part that nobody can read.
    unknown: Option<&'static str>,
    names_namespace: bool,
    names_namespace_labels: bool,
    names_reserved: bool,
    /// Whether it asks for pods that are being started.
    pub(super) names_init: bool,
}

/// What a selector is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum For<'a> {
    /// The pods that a policy is about, in its namespace if it has one.
    Subject(Option<&'a str>),
    /// Those at the other end.
    Peers,
    /// Nodes, by labels of which none is left out.
    Nodes,
}

/// Whom a selector is limited to beside what it says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Within {
    /// To nobody.
    Everything,
    /// To pods.
    Pods,
    /// To the pods of a namespace.
    Namespace(String),
}

impl Asked {
    /// Reads a selector. The namespace that it asks of a policy's own pods is replaced by that of the policy
    /// (`AddMatch` in `ParseToCiliumRule`, `pkg/k8s/apis/cilium.io/utils/utils.go`).
    pub(super) fn of(path: &str, wanted: &Wanted, purpose: For<'_>, notes: &mut Notes) -> Self {
        let mut asked = Self::default();
        if !wanted.is_readable(path, notes) {
            asked.unknown = Some(UNREADABLE);
        }
        for (written, value) in wanted.match_labels.iter().flatten() {
            let path = format!("{path}.matchLabels");
            if let For::Subject(Some(own)) = purpose
                && key(written) == (Key::Namespace { exact: true })
            {
                if own != value {
                    notes.without_effect(
                        &path,
                        "asks for another namespace, which Cilium replaces by the policy's own",
                    );
                }
                continue;
            }
            asked.require(&path, key_for(purpose, written), Wish::In(vec![value.clone()]), true, notes);
        }
        for (index, wanted) in wanted.match_expressions.iter().flatten().enumerate() {
            let path = format!("{path}.matchExpressions[{index}]");
            let values = || Wish::In(wanted.values.clone().unwrap_or_default());
            let (wish, positive) = match wanted.operator.as_str() {
                "In" => (values(), true),
                "NotIn" => (values(), false),
                "Exists" => (Wish::Exists, true),
                "DoesNotExist" => (Wish::Exists, false),
                // Noted above.
                _ => continue,
            };
            asked.require(&path, key_for(purpose, &wanted.key), wish, positive, notes);
        }
        asked
    }

    fn require(&mut self, path: &str, key: Key<'_>, wish: Wish, positive: bool, notes: &mut Notes) {
        let condition = match key {
            Key::Pod(name) => OnPods::Labels(wish.of(name)),
            Key::LeftOut => {
                let why = "asks for a label that Cilium leaves out of identities unless it is configured otherwise; \
                           select by another label";
                notes.not_modelled(path, why);
                OnPods::Labels(Selector::Unknown)
            }
            Key::Namespace { .. } => {
                self.names_namespace = true;
                match wish {
                    Wish::In(values) => {
                        OnPods::Namespace(Selector::In(NAMESPACE_NAME_LABEL.to_owned(), values))
                    }
                    Wish::Exists => OnPods::Labels(Selector::EVERYTHING),
                }
            }
            Key::NamespaceLabel(name) => {
                self.names_namespace_labels = true;
                OnPods::Namespace(wish.of(name))
            }
            Key::Account => match wish {
                Wish::In(names) => OnPods::Accounts(names),
                Wish::Exists => OnPods::Labels(Selector::EVERYTHING),
            },
            Key::Cluster => match wish {
                // The name of the cluster is in the agent's configuration.
                Wish::In(_) => OnPods::Labels(Selector::Unknown),
                Wish::Exists => OnPods::Labels(Selector::EVERYTHING),
            },
            Key::Reserved(name) => {
                self.require_reserved(path, name, &wish, positive, notes);
                return;
            }
            Key::Foreign => {
                notes.not_modelled(path, "asks for a label of another source than k8s, any and reserved");
                self.unknown = Some(ANOTHER_SOURCE);
                return;
            }
        };
        self.on_pods.push((positive, condition));
    }

    fn require_reserved(&mut self, path: &str, name: &str, wish: &Wish, positive: bool, notes: &mut Notes) {
        self.names_reserved = true;
        self.names_init |= name == "init";
        // These labels have no value.
        let holds = match wish {
            Wish::Exists => true,
            Wish::In(values) => values.iter().any(String::is_empty),
        };
        let who = match entities::of(name, path, notes) {
            Some(_) if !holds => Endpoints::Nobody,
            Some(who) => who,
            None => {
                notes.not_modelled(path, "asks for a reserved label that is not known here");
                Endpoints::Unknown(ANOTHER_SOURCE)
            }
        };
        self.on_others.push((positive, who));
    }

    /// Whom a selector of peers is limited to, `getEndpointSelector` in `pkg/k8s/apis/cilium.io/utils/utils.go`.
    pub(super) fn limit(&self, namespace: Option<&str>, subject_is_init: bool) -> Within {
        match namespace {
            _ if self.names_reserved || self.names_namespace => Within::Everything,
            None if subject_is_init => Within::Everything,
            None => Within::Pods,
            Some(_) if self.names_namespace_labels => Within::Everything,
            Some(namespace) => Within::Namespace(namespace.to_owned()),
        }
    }

    /// Who is selected.
    pub(super) fn endpoints(self, within: Within) -> Endpoints {
        let mut parts = Vec::new();
        if within == Within::Everything && !self.on_pods.iter().any(|(positive, _)| *positive) {
            let on_pods = self.on_pods.into_iter().map(|(_, condition)| (false, condition.endpoints()));
            for (positive, who) in on_pods.chain(self.on_others) {
                parts.push(if positive { who } else { Endpoints::Not(Box::new(who)) });
            }
            // Newer versions add the name of the cluster, a label of pods (`addClusterFilterByDefault`, in the same file).
            if !self.names_reserved {
                let (namespaces, labels) = (Namespaces::Every, Selector::EVERYTHING);
                let pods = Endpoints::Pods { namespaces, labels };
                parts.push(Endpoints::Any(vec![pods, Endpoints::Unknown(OTHER_CLUSTERS)]));
            }
        } else {
            // A pod has no reserved label.
            if self.on_others.iter().any(|(positive, _)| *positive) {
                return Endpoints::Nobody;
            }
            parts = pods(self.on_pods, within);
        }
        parts.extend(self.unknown.map(Endpoints::Unknown));
        match parts.len() {
            0 => Endpoints::Everyone,
            1 => parts.remove(0),
            _ => Endpoints::All(parts),
        }
    }

    /// The labels of nodes that are selected.
    pub(super) fn of_nodes(self) -> Selector {
        let mut parts: Vec<Selector> = self
            .on_pods
            .into_iter()
            .map(|(positive, condition)| {
                let selector = match condition {
                    OnPods::Labels(selector) => selector,
                    OnPods::Namespace(_) | OnPods::Accounts(_) => Selector::NOTHING,
                };
                if positive { selector } else { selector.negated() }
            })
            .collect();
        if self.unknown.is_some() || !self.on_others.is_empty() {
            parts.push(Selector::Unknown);
        }
        Selector::all(parts)
    }
}

fn pods(conditions: Vec<(bool, OnPods)>, within: Within) -> Vec<Endpoints> {
    let (mut namespaces, mut labels, mut accounts) = (Vec::new(), Vec::new(), Vec::new());
    let of = |positive: bool, selector: Selector| if positive { selector } else { selector.negated() };
    let named = match within {
        Within::Namespace(name) => Some(name),
        Within::Pods | Within::Everything => None,
    };
    for (positive, condition) in conditions {
        match condition {
            OnPods::Namespace(selector) => namespaces.push(of(positive, selector)),
            OnPods::Labels(selector) => labels.push(of(positive, selector)),
            OnPods::Accounts(_) => {
                let who = condition.endpoints();
                accounts.push(if positive { who } else { Endpoints::Not(Box::new(who)) });
            }
        }
    }
    let namespaces = match (named, &*namespaces) {
        (Some(name), []) => Namespaces::Named(name),
        (None, []) => Namespaces::Every,
        (None, [Selector::In(key, names)]) if key == NAMESPACE_NAME_LABEL && names.len() == 1 => {
            Namespaces::Named(names[0].clone())
        }
        (named, _) => {
            namespaces.extend(named.map(|name| Selector::equals(NAMESPACE_NAME_LABEL, name)));
            Namespaces::Labelled(Selector::all(namespaces))
        }
    };
    labels.retain(|selector| *selector != Selector::EVERYTHING);
    let mut parts = vec![Endpoints::Pods { namespaces, labels: Selector::all(labels) }];
    parts.append(&mut accounts);
    parts
}
