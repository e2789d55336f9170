//! How the pods of a workload are reached from outside of the cluster.

use watertight_model::{Namespace, ObjectId};

use super::entry::{ENTRIES, Entry, HTTP_ROUTE, ROUTES};
use super::selector::may_select_pods;
use super::service::{Reach, SERVICE, Service};
use super::{NetworkObject, view::Index};
use crate::world::View;

/// One way from outside to the pods of a workload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Way {
    /// The object that opens it: a service, or what leads to one.
    pub by: ObjectId,
    /// Whether it asks for a login, or lets only some addresses through.
    pub guarded: bool,
}

/// Whether a service of a name is there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// This one.
    Service(ObjectId),
    /// There is none.
    Nobody,
    /// None is in view, and there may be one: no service of the namespace is, or a controller may make some.
    OutOfView,
}

/// Services of every cluster, by namespace and name: the API server's own
/// (`pkg/controlplane/controller/kubernetesservice`) and the address for names that kubelets are given.
const OF_EVERY_CLUSTER: [(&str, &str); 2] = [("default", "kubernetes"), ("kube-system", "kube-dns")];

impl<'w> View<'w> {
    /// The service that a name stands for in a namespace.
    ///
    /// # Panics
    /// When the control does not declare [`SERVICE`] among its `reads`.
    #[must_use]
    pub fn service_named(self, namespace: &Namespace, name: &str) -> Named {
        self.declared(SERVICE);
        let here = self.index().services.get(namespace).map_or(&[][..], Vec::as_slice);
        let found = here.iter().find(|&&id| &*self.snapshot().object(id).identity().name == name);
        let listed = self.snapshot().is_listed(SERVICE.group, SERVICE.kind);
        match found {
            Some(&id) => Named::Service(id),
            None if listed => Named::Nobody,
            None if namespace.name().is_some_and(|own| OF_EVERY_CLUSTER.contains(&(own, name))) => {
                Named::OutOfView
            }
            None if self.index().has_custom_source(namespace) => Named::OutOfView,
            None if here.is_empty() && !self.snapshot().is_complete(SERVICE.group, SERVICE.kind) => {
                Named::OutOfView
            }
            None => Named::Nobody,
        }
    }

    /// What a service says of itself.
    #[must_use]
    pub fn service(self, id: ObjectId) -> Option<&'w Service> {
        match &self.network_facts(id)?.object {
            NetworkObject::Service(service) => Some(service),
            _ => None,
        }
    }

    /// What an entry says of itself.
    #[must_use]
    pub fn entry(self, id: ObjectId) -> Option<&'w Entry> {
        match &self.network_facts(id)?.object {
            NetworkObject::Entry(entry) => Some(entry),
            _ => None,
        }
    }

    /// Every entry in view.
    ///
    /// # Panics
    /// When the control does not declare all of [`ENTRIES`] among its `reads`.
    pub fn entries(self) -> impl Iterator<Item = (ObjectId, &'w Entry)> {
        ENTRIES.iter().for_each(|&kind| self.declared(kind));
        self.index().entries.iter().filter_map(move |&id| Some((id, self.entry(id)?)))
    }

    /// The services of a workload's namespace that lead to its pods.
    ///
    /// # Panics
    /// When the control does not declare [`SERVICE`] among its `reads`.
    pub fn services_of(self, workload: ObjectId) -> impl Iterator<Item = (ObjectId, &'w Service)> {
        self.declared(SERVICE);
        let namespace = &self.snapshot().object(workload).identity().namespace;
        let labels = self.workload_labels(workload);
        let services = self.index().services.get(namespace).map_or(&[][..], Vec::as_slice);
        services.iter().filter_map(move |&id| {
            let service = self.service(id)?;
            let selects = service.selector.as_ref().is_some_and(|selector| may_select_pods(selector, labels));
            selects.then_some((id, service))
        })
    }

    /// The ways from outside to the pods of a workload, through services. What is in the node's own network,
    /// or opens ports of the node, is told by the pod itself.
    ///
    /// # Panics
    /// When the control does not declare [`SERVICE`] and all of [`ENTRIES`] among its `reads`.
    #[must_use]
    pub fn ways_to(self, workload: ObjectId) -> Vec<Way> {
        let snapshot = self.snapshot();
        let mut ways = Vec::new();
        for (id, service) in self.services_of(workload) {
            if matches!(service.reach, Reach::Nodes | Reach::LoadBalancer) || !service.external_ips.is_empty()
            {
                let guarded = service.limited == super::Limited::Yes;
                ways.push(Way { by: id, guarded });
            }
            let named = snapshot.object(id).identity();
            for (by, entry) in self.entries() {
                let own = &snapshot.object(by).identity().namespace;
                let leads_here = entry.backends.iter().filter(|backend| !backend.idle).any(|backend| {
                    let here = match &backend.namespace {
                        Some(name) => named.namespace == Namespace::Named(name.as_str().into()),
                        None => named.namespace == *own,
                    };
                    here && *named.name == *backend.service
                });
                // A route of no Gateway is for traffic inside, or for none.
                let kind = snapshot.object(by).identity();
                let is_route = HTTP_ROUTE.is(kind) || ROUTES.iter().any(|route| route.is(kind));
                if leads_here && !(is_route && entry.parents.is_empty() && !entry.other_parents) {
                    ways.push(Way { by, guarded: entry.guarded });
                }
            }
        }
        ways
    }

    pub(super) fn index(self) -> &'w Index {
        self.world().network()
    }
}
