//! Which mesh the pods of a workload are in, and what they take there.

use std::collections::BTreeMap;

use watertight_model::{Namespace, ObjectId};

use super::NetworkObject;
use super::mesh::{
    CONFIG_MAP, LINKERD_SERVER, LinkerdServer, MeshConfig, Mtls, PEER_AUTHENTICATION, PeerAuthentication,
};
use crate::workload::Workload;
use crate::world::{Joined, View};

/// Whether the pods of a workload are in a mesh.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Membership {
    /// A proxy is beside each pod.
    Sidecar,
    /// The node's proxy carries their traffic.
    Ambient,
    /// They are not; why.
    Outside(&'static str),
    /// Their namespace is not in view, and decides it.
    Unknown,
}

/// What a workload of Istio takes, and which policy says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resolved {
    /// On ports that no policy names.
    pub mode: Mtls,
    /// The policy that set the mode; `None` is the default of a mesh without one.
    pub by: Option<ObjectId>,
    /// Single ports that a policy names.
    pub ports: BTreeMap<i64, Mtls>,
}

/// Namespaces in which Istio injects nothing (`IgnoredNamespaces`, `pkg/kube/inject/inject.go`).
const IGNORED: &[&str] = &["kube-system", "kube-public", "kube-node-lease", "local-path-storage"];

const INJECT: &str = "sidecar.istio.io/inject";
const INJECTION: &str = "istio-injection";
const REVISION: &str = "istio.io/rev";
const DATA_PLANE: &str = "istio.io/dataplane-mode";
const LINKERD_INJECT: &str = "linkerd.io/inject";
const LINKERD_POLICY: &str = "config.linkerd.io/default-inbound-policy";
const ON_NODE: &str = "its pods are in the node's own network";

/// Whether labels or annotations of a namespace put pods into Istio's mesh.
pub(super) fn joins_istio(labels: &BTreeMap<String, String>) -> bool {
    labels.get(INJECTION).is_some_and(|value| value == "enabled")
        || labels.contains_key(REVISION)
        || labels.get(DATA_PLANE).is_some_and(|value| value == "ambient")
}

/// Whether the annotations of a namespace put pods into Linkerd's mesh.
pub(super) fn joins_linkerd(annotations: &BTreeMap<String, String>) -> bool {
    annotations.get(LINKERD_INJECT).is_some_and(|value| matches!(value.as_str(), "enabled" | "ingress"))
}

impl<'w> Workload<'w> {
    /// Whether its pods are in Istio's mesh: the selectors of the injector's webhooks
    /// (`manifests/charts/istio-control/istio-discovery/templates/mutatingwebhook.yaml`), then
    /// `injectRequired` in `pkg/kube/inject/inject.go`; else the labels of the ambient mesh.
    ///
    /// # Panics
    /// When the control does not declare `Namespace` among its `reads`.
    #[must_use]
    pub fn istio(self) -> Membership {
        if self.containers().any(|container| container.name() == "istio-proxy") {
            return Membership::Sidecar;
        }
        if self.spec().host_network == Some(true) {
            return Membership::Outside(ON_NODE);
        }
        let label = |key| self.labels().get(key).map(String::as_str);
        let chosen = label(INJECT).or_else(|| self.annotations().get(INJECT).map(String::as_str));
        let Some(name) = self.identity().namespace.name() else {
            return if chosen == Some("true") { Membership::Sidecar } else { Membership::Unknown };
        };
        if IGNORED.contains(&name) {
            return Membership::Outside("nothing is injected in its namespace");
        }
        let Joined::One(namespace) = self.view().namespace(name) else {
            return match (chosen, label(DATA_PLANE)) {
                (Some("true"), _) => Membership::Sidecar,
                (_, Some("ambient")) => Membership::Ambient,
                _ => Membership::Unknown,
            };
        };
        let of_namespace = |key| namespace.labels.get(key).map(String::as_str);
        let called = match (of_namespace(INJECTION), of_namespace(REVISION)) {
            (Some("enabled"), _) | (None, Some(_)) => label(INJECT) != Some("false"),
            (Some(_), _) => false,
            (None, None) => {
                label(INJECT) == Some("true") || label(REVISION).is_some() && label(INJECT) != Some("false")
            }
        };
        if called && chosen != Some("false") {
            return Membership::Sidecar;
        }
        match (label(DATA_PLANE), of_namespace(DATA_PLANE)) {
            (Some("ambient"), _) | (None, Some("ambient")) => Membership::Ambient,
            (Some("none"), Some("ambient")) => Membership::Outside("its pods opt out"),
            _ if chosen == Some("false") => Membership::Outside("its pods opt out"),
            _ if of_namespace(INJECTION).is_some_and(|value| value != "enabled") => {
                Membership::Outside("its namespace opts out")
            }
            _ => Membership::Outside("its namespace is not labelled for it"),
        }
    }

    /// Whether its pods are in Linkerd's mesh: the annotation of the pod decides, then that of the namespace
    /// (`pkg/inject/inject.go`, `ShouldInject`).
    ///
    /// # Panics
    /// When the control does not declare `Namespace` among its `reads`.
    #[must_use]
    pub fn linkerd(self) -> Membership {
        if self.containers().any(|container| container.name() == "linkerd-proxy") {
            return Membership::Sidecar;
        }
        if self.spec().host_network == Some(true) {
            return Membership::Outside(ON_NODE);
        }
        let of_namespace = match self.identity().namespace.name().map(|name| self.view().namespace(name)) {
            Some(Joined::One(namespace)) => Some(&namespace.mesh),
            _ => None,
        };
        match self.annotations().get(LINKERD_INJECT).map(String::as_str) {
            Some("enabled" | "ingress") => Membership::Sidecar,
            Some(_) => Membership::Outside("its pods opt out"),
            None => match of_namespace {
                None => Membership::Unknown,
                Some(annotations) if joins_linkerd(annotations) => Membership::Sidecar,
                Some(_) => Membership::Outside("its namespace is not annotated for it"),
            },
        }
    }

    /// What its pods take in Istio's mesh: `ComposePeerAuthentication` in
    /// `pilot/pkg/security/authn/policy_applier.go`. The narrowest scope wins, in one scope the oldest policy
    /// (then the first by name), what is unset is that of the wider scope, and ports are named by policies
    /// with a selector alone.
    ///
    /// # Panics
    /// When the control does not declare [`PEER_AUTHENTICATION`] and [`CONFIG_MAP`] among its `reads`.
    #[must_use]
    pub fn peer_authentication(self) -> Resolved {
        let view = self.view();
        let root = Namespace::Named(view.istio_root_namespace().into());
        let own = &self.identity().namespace;
        let policies = view.peer_authentications();
        let oldest = |namespace: &Namespace, by_selector: bool| {
            let snapshot = view.snapshot();
            policies
                .iter()
                .filter(|(id, policy)| {
                    snapshot.object(*id).identity().namespace == *namespace
                        && policy.selector.is_everything() != by_selector
                        && policy.selector.selects_known(self.labels())
                })
                // What has no time of creation is yet to be created: it comes last.
                .min_by_key(|(id, policy)| {
                    (policy.created.is_empty(), &policy.created, &snapshot.object(*id).identity().name)
                })
        };
        let mut resolved = Resolved { mode: Mtls::Permissive, by: None, ports: BTreeMap::new() };
        let mesh = oldest(&root, false);
        let (namespace, workload) = match *own == root {
            true => (None, None),
            false => (oldest(own, false), oldest(own, true)),
        };
        for (id, policy) in [mesh, namespace, workload].into_iter().flatten() {
            if let Some(mode) = policy.mode {
                (resolved.mode, resolved.by) = (mode, Some(*id));
            }
        }
        if let Some((_, policy)) = workload {
            let ports = policy.ports.iter().map(|(port, mode)| (*port, mode.unwrap_or(resolved.mode)));
            resolved.ports = ports.collect();
        }
        resolved
    }

    /// What Linkerd's proxies let in where no Server is about the port, and whether anything in view says so.
    ///
    /// # Panics
    /// When the control does not declare `Namespace` and [`CONFIG_MAP`] among its `reads`.
    #[must_use]
    pub fn linkerd_inbound_policy(self) -> (&'w str, bool) {
        let of_namespace = match self.identity().namespace.name().map(|name| self.view().namespace(name)) {
            Some(Joined::One(namespace)) => namespace.mesh.get(LINKERD_POLICY),
            _ => None,
        };
        let own = self.annotations().get(LINKERD_POLICY).or(of_namespace).map(String::as_str);
        match own.or_else(|| self.view().linkerd_default_policy()) {
            Some(policy) => (policy, true),
            None => ("all-unauthenticated", false),
        }
    }
}

impl<'w> View<'w> {
    /// Whether something in view is of a mesh of Istio, beside what a workload says of itself.
    #[must_use]
    pub fn has_istio(self) -> bool {
        self.index().istio
    }

    /// Whether something in view is of a mesh of Linkerd, beside what a workload says of itself.
    #[must_use]
    pub fn has_linkerd(self) -> bool {
        self.index().linkerd
    }

    /// The namespace whose policies hold for the whole mesh of Istio.
    ///
    /// # Panics
    /// When the control does not declare [`CONFIG_MAP`] among its `reads`.
    #[must_use]
    pub fn istio_root_namespace(self) -> &'w str {
        let named = self.mesh_configs().find_map(|config| match config {
            MeshConfig::Istio { root_namespace } => root_namespace.as_deref(),
            MeshConfig::Linkerd { .. } => None,
        });
        named.unwrap_or("istio-system")
    }

    fn linkerd_default_policy(self) -> Option<&'w str> {
        self.mesh_configs().find_map(|config| match config {
            MeshConfig::Linkerd { default_inbound_policy } => {
                Some(default_inbound_policy.as_deref().unwrap_or("all-unauthenticated"))
            }
            MeshConfig::Istio { .. } => None,
        })
    }

    fn mesh_configs(self) -> impl Iterator<Item = &'w MeshConfig> {
        self.declared(CONFIG_MAP);
        self.index().meshes.iter().filter_map(move |&id| match &self.network_facts(id)?.object {
            NetworkObject::MeshConfig(config) => Some(config),
            _ => None,
        })
    }

    fn peer_authentications(self) -> Vec<(ObjectId, &'w PeerAuthentication)> {
        self.declared(PEER_AUTHENTICATION);
        let of = |&id: &ObjectId| match &self.network_facts(id)?.object {
            NetworkObject::PeerAuthentication(policy) => Some((id, policy)),
            _ => None,
        };
        self.index().meshes.iter().filter_map(of).collect()
    }

    /// The Servers of Linkerd in a namespace.
    ///
    /// # Panics
    /// When the control does not declare [`LINKERD_SERVER`] among its `reads`.
    pub fn linkerd_servers(self, namespace: &Namespace) -> impl Iterator<Item = &'w LinkerdServer> {
        self.declared(LINKERD_SERVER);
        let namespace = namespace.clone();
        let here = move |id: &&ObjectId| self.snapshot().object(**id).identity().namespace == namespace;
        self.index().meshes.iter().filter(here).filter_map(move |&id| match &self.network_facts(id)?.object {
            NetworkObject::LinkerdServer(server) => Some(server),
            _ => None,
        })
    }
}
