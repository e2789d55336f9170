//! Questions about the network that more than one object answers.

use std::collections::BTreeMap;

use watertight_model::{GroupKind, Namespace, ObjectId};
use watertight_netpol::Selector;

use super::flavours::POLICY_FLAVOURS;
use super::mesh::MeshConfig;
use super::pod::PodNetwork;
use super::policy::{NETWORK_POLICY, NetworkPolicy};
use super::selector::may_select_pods;
use super::{NetworkFacts, NetworkObject, membership};
use crate::implied::NAMESPACE_NAME_LABEL;
use crate::object_facts::{NAMESPACE, ObjectFacts};
use crate::reachability::{Enforcement, ISOLATION, Reachability};
use crate::workload_kinds::TEMPLATES;
use crate::world::{View, World};

/// Objects by namespace, made when first asked for.
#[derive(Debug, Default)]
pub(crate) struct Index {
    workloads: BTreeMap<Namespace, Vec<ObjectId>>,
    pub(crate) policies: BTreeMap<Namespace, Vec<ObjectId>>,
    /// Policies of other kinds, those of the whole cluster among them.
    pub(crate) flavoured: Vec<ObjectId>,
    pub(crate) services: BTreeMap<Namespace, Vec<ObjectId>>,
    pub(crate) entries: Vec<ObjectId>,
    pub(crate) nodes: Vec<ObjectId>,
    pub(crate) grants: Vec<ObjectId>,
    /// What lists endpoints of services.
    pub(crate) listed: Vec<ObjectId>,
    /// What policies of Calico and Cilium refer to.
    pub(crate) companions: Vec<ObjectId>,
    /// Virtual machines.
    pub(crate) machines: Vec<ObjectId>,
    /// Objects of meshes.
    pub(super) meshes: Vec<ObjectId>,
    /// Whether something is of a mesh of Istio.
    pub(super) istio: bool,
    /// Whether something is of a mesh of Linkerd.
    pub(super) linkerd: bool,
    /// In each namespace, an object whose controller may run pods that no template in view tells of.
    sources: BTreeMap<Namespace, Source>,
}

/// Where pods may come from that no template in view tells of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Source {
    /// A custom resource.
    Custom,
    /// An object that holds a template and was not read.
    Unread(ObjectId),
}

/// Which pods a selector selects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    /// Those of these workloads.
    Workloads(Vec<ObjectId>),
    /// None, and none is out of sight.
    Nothing,
    /// None in view: no object of this kind is, that might be selected.
    OutOfView(GroupKind),
    /// None in view, and something was there that could not be read.
    Hidden(String),
}

const POD: GroupKind = GroupKind::core("Pod");

/// API groups that are no part of Kubernetes and whose objects never run pods.
const WITHOUT_PODS: &[&str] = &[
    "bitnami.com",
    "cert-manager.io",
    "cilium.io",
    "crd.projectcalico.org",
    "external-secrets.io",
    "generators.external-secrets.io",
    "kyverno.io",
    "linkerd.io",
    "networking.istio.io",
    "policy.linkerd.io",
    "policy.networking.k8s.io",
    "projectcalico.org",
    "route.openshift.io",
    "secrets-store.csi.x-k8s.io",
    "security.istio.io",
    "telemetry.istio.io",
    "traefik.io",
    "traefik.containo.us",
    "wgpolicyk8s.io",
];

/// The same for groups of which some kinds do run pods: group and kinds that do not.
const KINDS_WITHOUT_PODS: &[(&str, &[&str])] = &[
    (
        "gateway.networking.k8s.io",
        &["HTTPRoute", "GRPCRoute", "TCPRoute", "TLSRoute", "UDPRoute", "ReferenceGrant"],
    ),
    ("argoproj.io", &["AppProject"]),
    ("keda.sh", &["ScaledObject", "TriggerAuthentication"]),
    (
        "monitoring.coreos.com",
        &["ServiceMonitor", "PodMonitor", "Probe", "PrometheusRule", "ScrapeConfig", "AlertmanagerConfig"],
    ),
];

/// Whether a controller of the object may run pods that no template in view tells of.
pub(crate) fn may_run_pods(group: &str, kind: &str) -> bool {
    let built_in = !group.contains('.')
        || group.ends_with(".k8s.io")
            && !group.ends_with(".x-k8s.io")
            && group != "gateway.networking.k8s.io";
    !built_in
        && !WITHOUT_PODS.contains(&group)
        && !KINDS_WITHOUT_PODS.iter().any(|(of, kinds)| *of == group && kinds.contains(&kind))
}

impl Index {
    /// Whether a custom resource is in a namespace whose controller may run pods, and services before them.
    pub(super) fn has_custom_source(&self, namespace: &Namespace) -> bool {
        self.sources.get(namespace) == Some(&Source::Custom)
    }

    pub(crate) fn of(world: &World<'_>) -> Self {
        let mut index = Self::default();
        let snapshot = world.snapshot();
        for entry in world.workloads() {
            if world.workload_facts(entry.object).is_some_and(|facts| facts.has_template) {
                let namespace = snapshot.object(entry.object).identity().namespace.clone();
                index.workloads.entry(namespace).or_default().push(entry.object);
            }
        }
        for (id, object) in snapshot.objects().filter(|(_, object)| !object.is_implied()) {
            let identity = object.identity();
            let namespace = || identity.namespace.clone();
            match world.facts(id) {
                ObjectFacts::Network(facts) => match &facts.object {
                    NetworkObject::Policy(_) => index.policies.entry(namespace()).or_default().push(id),
                    NetworkObject::Flavoured(_) => index.flavoured.push(id),
                    NetworkObject::Service(_) => index.services.entry(namespace()).or_default().push(id),
                    NetworkObject::Entry(_) => index.entries.push(id),
                    NetworkObject::Nginx(_) => {}
                    NetworkObject::Node(_) => index.nodes.push(id),
                    NetworkObject::Grant(_) => index.grants.push(id),
                    NetworkObject::Endpoints(_) => index.listed.push(id),
                    NetworkObject::Machine(_) => index.machines.push(id),
                    NetworkObject::Companion(_) => index.companions.push(id),
                    NetworkObject::PeerAuthentication(_)
                    | NetworkObject::MeshConfig(MeshConfig::Istio { .. }) => {
                        index.meshes.push(id);
                        index.istio = true;
                    }
                    NetworkObject::LinkerdServer(_)
                    | NetworkObject::MeshConfig(MeshConfig::Linkerd { .. }) => {
                        index.meshes.push(id);
                        index.linkerd = true;
                    }
                },
                ObjectFacts::Namespace(facts) => {
                    index.istio |= membership::joins_istio(&facts.labels);
                    index.linkerd |= membership::joins_linkerd(&facts.mesh);
                }
                ObjectFacts::Embedded(_) | ObjectFacts::Unreadable(_) => {
                    index.sources.insert(namespace(), Source::Unread(id));
                }
                ObjectFacts::Workload(_) => {}
                _ if may_run_pods(&identity.group, &identity.kind) => {
                    index.sources.entry(namespace()).or_insert(Source::Custom);
                }
                _ => {}
            }
        }
        index
    }
}

impl World<'_> {
    /// What an object is to the network.
    pub(crate) fn network_object(&self, id: ObjectId) -> Option<&NetworkObject> {
        match self.facts(id) {
            ObjectFacts::Network(facts) => Some(&facts.object),
            _ => None,
        }
    }
}

impl<'w> View<'w> {
    /// What an object says about the network. An object may always be asked about itself.
    #[must_use]
    pub fn network_facts(self, id: ObjectId) -> Option<&'w NetworkFacts> {
        match self.world().facts(id) {
            ObjectFacts::Network(facts) => Some(facts),
            _ => None,
        }
    }

    /// The network side of a workload's pods.
    #[must_use]
    pub fn pod_network(self, id: ObjectId) -> Option<&'w PodNetwork> {
        self.world().workload_facts(id).map(|facts| &facts.network)
    }

    /// The workloads with a template in a namespace: top-most owners in view.
    #[must_use]
    pub fn workloads_in(self, namespace: &Namespace) -> &'w [ObjectId] {
        self.world().network().workloads.get(namespace).map_or(&[], Vec::as_slice)
    }

    /// The NetworkPolicies of a namespace.
    ///
    /// # Panics
    /// When the control does not declare [`NETWORK_POLICY`] among its `reads`.
    pub fn network_policies(
        self,
        namespace: &Namespace,
    ) -> impl Iterator<Item = (ObjectId, &'w NetworkPolicy)> {
        self.declared(NETWORK_POLICY);
        let ids = self.world().network().policies.get(namespace).map_or(&[][..], Vec::as_slice);
        ids.iter().filter_map(move |&id| match &self.network_facts(id)?.object {
            NetworkObject::Policy(policy) => Some((id, policy)),
            _ => None,
        })
    }

    /// Whom policies cut off, and what their rules open to addresses outside; `None` when no policy of any kind is in
    /// view, so that everybody reaches everybody. More may only be asked of it by who declares more.
    ///
    /// # Panics
    /// When the control does not declare all of [`ISOLATION`] among its `reads`.
    #[must_use]
    pub fn isolation(self) -> Option<&'w Reachability> {
        self.declared_all(&ISOLATION);
        let network = self.world().network();
        let none =
            network.policies.is_empty() && network.flavoured.is_empty() && network.companions.is_empty();
        (!none).then(|| self.world().isolation())
    }

    /// The same when other policies than Kubernetes' own are in view: these may refuse what a policy allows.
    ///
    /// # Panics
    /// When the control does not declare all of [`ISOLATION`] among its `reads`.
    #[must_use]
    pub fn refusing(self) -> Option<&'w Reachability> {
        self.isolation().filter(|_| !self.world().network().flavoured.is_empty())
    }

    /// What is wrong with a policy of another kind than Kubernetes' own. An object may always be asked about itself.
    pub fn policy_problems(self, id: ObjectId) -> impl Iterator<Item = &'w watertight_netpol::Problem> {
        let problems = self.world().reachability().problems.iter();
        problems.filter(move |(of, _)| *of == id).map(|(_, problem)| problem)
    }

    /// Whether some network plugin in view enforces policies, when that is known, and the plugins. Workloads are
    /// always in the view.
    #[must_use]
    pub fn enforcement(self) -> Enforcement {
        Enforcement::of(self.world())
    }

    /// Whether there is a policy of any kind for a namespace, or for all, whatever it does.
    ///
    /// # Panics
    /// When the control does not declare [`NETWORK_POLICY`] and all of [`POLICY_FLAVOURS`] among its `reads`.
    #[must_use]
    pub fn has_policies(self, namespace: &Namespace) -> bool {
        self.declared_all(&POLICY_FLAVOURS);
        let is_here = |id: &ObjectId| {
            let identity = self.snapshot().object(*id).identity();
            // A cluster-wide kind is not known as such to the reader of manifests.
            let is_global = ["Global", "Cluster", "Admin"].iter().any(|word| identity.kind.contains(word));
            is_global || identity.namespace == *namespace
        };
        self.network_policies(namespace).next().is_some()
            || self.world().network().flavoured.iter().any(is_here)
    }

    /// Which pods of a namespace a selector selects.
    #[must_use]
    pub fn selection(self, namespace: &Namespace, selector: &Selector) -> Selection {
        let snapshot = self.snapshot();
        let here = self.workloads_in(namespace);
        let selected: Vec<ObjectId> =
            here.iter().copied().filter(|&id| may_select_pods(selector, self.workload_labels(id))).collect();
        if !selected.is_empty() {
            return Selection::Workloads(selected);
        }
        let hides = |gap: &&watertight_model::Gap| {
            gap.affects.is_empty()
                || gap.affects.iter().any(|kind| TEMPLATES.iter().any(|template| template.kind == kind))
        };
        if let Some(gap) = snapshot.gaps().iter().chain(self.world().gaps()).find(hides) {
            return Selection::Hidden(gap.what.clone());
        }
        match self.world().network().sources.get(namespace) {
            _ if snapshot.is_listed(POD.group, POD.kind) => Selection::Nothing,
            Some(Source::Unread(id)) => Selection::Hidden(snapshot.object(*id).identity().to_string()),
            Some(Source::Custom) => Selection::OutOfView(POD),
            None if here.is_empty() && !snapshot.is_complete(POD.group, POD.kind) => {
                Selection::OutOfView(POD)
            }
            None => Selection::Nothing,
        }
    }

    /// The namespaces that a selector selects, by name, and whether these are all: namespaces out of view may have
    /// any labels but the one with their name.
    ///
    /// # Panics
    /// When the control does not declare `Namespace` among its `reads`.
    #[must_use]
    pub fn selected_namespaces(self, selector: &Selector) -> (Vec<&'w str>, bool) {
        self.declared(NAMESPACE);
        let selects = |id: &ObjectId| {
            self.world().namespace_facts(*id).is_some_and(|facts| selector.selects_known(&facts.labels))
        };
        let known = self.world().namespaces().filter(|(_, ids)| ids.iter().any(selects));
        let mut is_by_name = false;
        selector.keys(&mut |key| is_by_name |= key == NAMESPACE_NAME_LABEL);
        let all = is_by_name || self.snapshot().is_complete(NAMESPACE.group, NAMESPACE.kind);
        (known.map(|(name, _)| name).collect(), all)
    }

    /// Whether a selector selects a namespace in view or implied; `None` when it selects none of them and
    /// there may be others.
    ///
    /// # Panics
    /// When the control does not declare `Namespace` among its `reads`.
    #[must_use]
    pub fn selects_namespace(self, selector: &Selector) -> Option<bool> {
        self.declared(NAMESPACE);
        let mut known = self.world().namespaces().flat_map(|(_, ids)| ids);
        let selects = |id: &ObjectId| {
            self.world().namespace_facts(*id).is_some_and(|facts| selector.selects_known(&facts.labels))
        };
        if selector.is_everything() || known.any(selects) {
            return Some(true);
        }
        self.snapshot().is_complete(NAMESPACE.group, NAMESPACE.kind).then_some(false)
    }
}
