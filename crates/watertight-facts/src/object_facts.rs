//! What one object says, as a pure function of it.

use std::collections::{BTreeMap, BTreeSet};

use watertight_model::{GroupKind, Identity, Object, RANCHER_CONFIG};
use watertight_syntax::{Path, Value};

use crate::admission::{self, AdmissionFacts};
use crate::availability::{self, AutoscalerFacts, BudgetFacts, Scale};
use crate::control_plane::{self, Authentication, Configured};
use crate::embedded;
use crate::implied::NAMESPACE_NAME_LABEL;
use crate::kubeconfig::{KUBECONFIG, Kubeconfig};
use crate::network::{self, NetworkFacts, PodNetwork};
use crate::runtime_class::RUNTIME_CLASS;
use crate::workload_kinds::{Template, template_of};

/// The few things that joins need of an object.
#[derive(Debug, Clone)]
pub enum ObjectFacts {
    /// A workload.
    Workload(Box<WorkloadFacts>),
    /// A service account.
    ServiceAccount(AccountFacts),
    /// A limit range.
    LimitRange(LimitDefaults),
    /// A namespace.
    Namespace(NamespaceFacts),
    /// A resource quota.
    ResourceQuota,
    /// A configuration of components: of kubeadm, or a file of one of them.
    Components(Vec<Configured>),
    /// How the API server learns who asks.
    Authentication(Authentication),
    /// A PodDisruptionBudget.
    Budget(Box<BudgetFacts>),
    /// What changes the number of replicas of a workload.
    Autoscaler(Box<AutoscalerFacts>),
    /// A policy, a service or what leads to it, or a part of a mesh's configuration.
    Network(Box<NetworkFacts>),
    /// A policy, a binding of one, or webhooks.
    Admission(Box<AdmissionFacts>),
    /// A runtime class: its handler.
    RuntimeClass(String),
    /// The priority class of pods that name none.
    DefaultPriority,
    /// An object of a kind that is not known to be a workload, with a pod template in it: not
    /// judged, and where the template is.
    Embedded(Path),
    /// A kubeconfig.
    Kubeconfig(Kubeconfig),
    /// Anything else: nothing is joined with it.
    Other,
    /// One of the above whose body cannot be opened, and why: unseen, not absent.
    Unreadable(String),
}

/// What joins need of a workload.
#[derive(Debug, Clone)]
pub struct WorkloadFacts {
    /// Where its pod template is.
    pub template: &'static Template,
    /// Whether a template is there.
    pub has_template: bool,
    /// The service account that its pods run as.
    pub service_account: String,
    /// The labels of its pods: those of the template.
    pub labels: BTreeMap<String, String>,
    /// The network side of its pods.
    pub network: PodNetwork,
    /// Its controlling owner: API group, kind, name.
    pub owner: Option<(String, String, String)>,
    /// The components of Kubernetes that its containers run.
    pub components: Vec<Configured>,
    /// The replicas that it asks for.
    pub scale: Scale,
}

/// What joins need of a service account.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct AccountFacts {
    /// `automountServiceAccountToken`, when set.
    pub automount: Option<bool>,
}

/// What joins need of a namespace.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct NamespaceFacts {
    /// Its labels, with the one that the API server sets to its name.
    pub labels: BTreeMap<String, String>,
    /// The annotations that the injectors of meshes read.
    pub mesh: BTreeMap<String, String>,
    /// Keys of labels whose value is no text: the API server refuses the object.
    pub ill_typed: Vec<String>,
}

/// The resources for which a limit range gives containers a default.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LimitDefaults {
    /// Resources with a default limit.
    pub limits: BTreeSet<String>,
    /// Resources with a default request.
    pub requests: BTreeSet<String>,
}

pub(crate) const SERVICE_ACCOUNT: GroupKind = GroupKind::core("ServiceAccount");
pub(crate) const LIMIT_RANGE: GroupKind = GroupKind::core("LimitRange");
pub(crate) const NAMESPACE: GroupKind = GroupKind::core("Namespace");
pub(crate) const RESOURCE_QUOTA: GroupKind = GroupKind::core("ResourceQuota");

impl ObjectFacts {
    /// The facts of an object. The world makes a gap of a body that cannot be opened.
    #[must_use]
    pub fn of(object: &Object) -> Self {
        let identity = object.identity();
        let template = template_of(identity);
        let may_embed = embedded::may_embed(identity);
        let joined = [SERVICE_ACCOUNT, LIMIT_RANGE, NAMESPACE].iter().any(|kind| kind.is(identity));
        if RESOURCE_QUOTA.is(identity) {
            return Self::ResourceQuota;
        }
        if availability::is_joined(object) {
            return availability::facts(object);
        }
        let is_kubeconfig = KUBECONFIG.is(identity);
        if admission::may_say(object) {
            return admission::facts(object);
        }
        let configures = control_plane::is_kubeadm(identity) || control_plane::is_configuration(identity);
        let is_network = network::is_network(identity);
        let is_runtime = RUNTIME_CLASS.is(identity);
        let is_rancher = RANCHER_CONFIG.is(identity);
        let read = configures || is_kubeconfig || is_network || is_runtime || is_rancher;
        if template.is_none() && !joined && !may_embed && !read {
            return Self::Other;
        }
        let body = match object.body() {
            Ok(body) => body,
            Err(error) => return Self::Unreadable(error.message),
        };
        let root = body.root();
        if is_kubeconfig {
            return Self::Kubeconfig(Kubeconfig::of(root));
        }
        if is_runtime {
            return Self::RuntimeClass(text(Some(root), "handler").unwrap_or_default().to_owned());
        }
        if is_rancher {
            return Self::Components(control_plane::rancher_of(root));
        }
        if configures {
            return configuration(object, root);
        }
        if is_network && let Some(facts) = network::facts(identity, &body) {
            return Self::Network(Box::new(facts));
        }
        let facts = template.map(|template| workload(identity, template, root));
        match facts {
            // A `Job` of another group may keep its templates elsewhere (Volcano does).
            Some(facts) if facts.has_template || !may_embed => Self::Workload(Box::new(facts)),
            facts if may_embed => match (embedded::first(root), facts) {
                (Some(path), _) => Self::Embedded(path),
                (None, Some(facts)) => Self::Workload(Box::new(facts)),
                (None, None) => Self::Other,
            },
            _ if SERVICE_ACCOUNT.is(identity) => Self::ServiceAccount(AccountFacts {
                automount: root.get("automountServiceAccountToken").and_then(Value::as_bool),
            }),
            _ if NAMESPACE.is(identity) => Self::Namespace(namespace(&identity.name, root)),
            _ => Self::LimitRange(limit_range(root)),
        }
    }
}

fn text<'a>(value: Option<Value<'a>>, key: &str) -> Option<&'a str> {
    value?.get(key)?.as_str().filter(|text| !text.is_empty())
}

fn configuration(object: &Object, root: Value<'_>) -> ObjectFacts {
    let identity = object.identity();
    if let Some(authentication) = control_plane::authentication_of(identity, root) {
        return ObjectFacts::Authentication(authentication);
    }
    let mut components = match control_plane::is_kubeadm(identity) {
        true => control_plane::kubeadm_of(identity, root),
        false => control_plane::file_of(identity, root).into_iter().collect(),
    };
    let is_laid_over = control_plane::is_drop_in(object);
    if is_laid_over || object.within().is_some_and(|within| within.is_patch) {
        components = components.into_iter().map(Configured::over_something).collect();
    }
    ObjectFacts::Components(components)
}

fn workload(identity: &Identity, template: &'static Template, root: Value<'_>) -> WorkloadFacts {
    let path = if template.path.is_empty() { Path::root() } else { Path::root().at(template.path) };
    let components =
        root.at(&path).map_or_else(Vec::new, |pod| control_plane::components_of(identity, pod, &path));
    let spec = root.at(&path.key("spec"));
    // `serviceAccount` is the deprecated alias; the API server keeps both equal, the new name wins.
    let account = text(spec, "serviceAccountName").or_else(|| text(spec, "serviceAccount"));
    let owners = root.get("metadata").and_then(|metadata| metadata.get("ownerReferences"));
    let owner = owners
        .into_iter()
        .flat_map(Value::items)
        .find(|owner| owner.get("controller").and_then(Value::as_bool) == Some(true))
        .and_then(|owner| {
            let version = text(Some(owner), "apiVersion")?;
            let group = version.rsplit_once('/').map_or("", |(group, _)| group);
            Some((
                group.to_owned(),
                text(Some(owner), "kind")?.to_owned(),
                text(Some(owner), "name")?.to_owned(),
            ))
        });
    WorkloadFacts {
        template,
        has_template: spec.is_some_and(|spec| !spec.is_null()),
        service_account: account.unwrap_or("default").to_owned(),
        labels: labels(root.at(&path)),
        network: PodNetwork::of(spec, template.path.is_empty().then_some(root)),
        owner,
        components,
        scale: availability::scale(template, root),
    }
}

fn namespace(name: &str, root: Value<'_>) -> NamespaceFacts {
    let mut facts = NamespaceFacts::default();
    let labels = root.get("metadata").and_then(|metadata| metadata.get("labels"));
    for (key, value) in labels.into_iter().flat_map(Value::entries) {
        match value.as_str() {
            Some(value) => {
                facts.labels.insert(key.to_owned(), value.to_owned());
            }
            None => facts.ill_typed.push(key.to_owned()),
        }
    }
    let annotations = root.get("metadata").and_then(|metadata| metadata.get("annotations"));
    let of_mesh = |(key, value): (&str, Value<'_>)| {
        let is = key.starts_with("linkerd.io/") || key.starts_with("config.linkerd.io/");
        is.then(|| Some((key.to_owned(), value.as_str()?.to_owned())))?
    };
    facts.mesh = annotations.into_iter().flat_map(Value::entries).filter_map(of_mesh).collect();
    if !name.is_empty() {
        facts.labels.insert(NAMESPACE_NAME_LABEL.to_owned(), name.to_owned());
    }
    facts
}

/// The labels that are texts, of an object or a template.
pub(crate) fn labels(of: Option<Value<'_>>) -> BTreeMap<String, String> {
    let labels = of.and_then(|of| of.get("metadata")).and_then(|metadata| metadata.get("labels"));
    let texts = labels.into_iter().flat_map(Value::entries);
    texts.filter_map(|(key, value)| Some((key.to_owned(), value.as_str()?.to_owned()))).collect()
}

/// Whether a quantity is zero or refused, which as a default gives nothing.
fn is_none(quantity: Value<'_>) -> bool {
    quantity.as_i64() == Some(0) || quantity.as_str().is_some_and(|text| !crate::resources::is_some(text))
}

/// `SetDefaults_LimitRangeItem` in `pkg/apis/core/v1/defaults.go`: a maximum is a default limit, a
/// default limit or a minimum is a default request.
fn limit_range(root: Value<'_>) -> LimitDefaults {
    let mut defaults = LimitDefaults::default();
    let limits = root.get("spec").and_then(|spec| spec.get("limits"));
    for item in limits.into_iter().flat_map(Value::items) {
        if item.get("type").and_then(Value::as_str) != Some("Container") {
            continue;
        }
        let keys = |name| -> BTreeSet<String> {
            item.get(name)
                .into_iter()
                .flat_map(Value::entries)
                .filter(|(_, value)| !value.is_null() && !is_none(*value))
                .map(|(key, _)| key.to_owned())
                .collect()
        };
        let mut limits = keys("default");
        limits.extend(keys("max"));
        defaults.requests.extend(keys("defaultRequest"));
        defaults.requests.extend(limits.iter().cloned());
        defaults.requests.extend(keys("min"));
        defaults.limits.extend(limits);
    }
    defaults
}
