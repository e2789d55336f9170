//! The world as one control may see it.

use std::collections::BTreeMap;

use watertight_model::{Coverage, Gap, GroupKind, Namespace, Object, ObjectId, Snapshot};

use super::{Joined, Settings, World};
use crate::control_plane::{self, Authentication, Configured};
use crate::identities::{CLUSTER_ROLE_BINDING, Identities, RBAC, ROLE_BINDING};
use crate::object_facts::{
    AccountFacts, LIMIT_RANGE, LimitDefaults, NAMESPACE, NamespaceFacts, ObjectFacts, RESOURCE_QUOTA,
    SERVICE_ACCOUNT,
};

/// The world as one control may see it: only the kinds it declares.
#[derive(Debug, Clone, Copy)]
pub struct View<'w> {
    world: &'w World<'w>,
    reads: &'static [GroupKind],
}

impl<'w> View<'w> {
    /// The view of a control that declares `reads`.
    #[must_use]
    pub fn new(world: &'w World<'w>, reads: &'static [GroupKind]) -> Self {
        Self { world, reads }
    }

    /// The world as a whole.
    pub(crate) fn world(self) -> &'w World<'w> {
        self.world
    }

    /// What the user said.
    #[must_use]
    pub fn settings(self) -> &'w Settings {
        self.world.settings
    }

    /// A gap that may hide objects the control would have read, for a subject in a namespace.
    #[must_use]
    pub fn hidden(self, namespace: &Namespace) -> Option<&'w Gap> {
        self.reads.iter().find_map(|&kind| match self.world.snapshot.coverage(kind, namespace) {
            Coverage::Partial(gap) => Some(gap),
            Coverage::Complete | Coverage::NotInView => {
                self.world.gaps.iter().find(|gap| gap.affects.iter().any(|name| name == kind.kind))
            }
        })
    }

    /// Panics when a control reads a kind it does not declare: its verdicts could then not become
    /// *unknown* when that kind was not seen. The engine turns the panic into a gap.
    pub(crate) fn declared(self, kind: GroupKind) {
        assert!(self.reads.contains(&kind), "a control reads {kind} without declaring it");
    }

    /// The same for several kinds.
    pub(crate) fn declared_all(self, kinds: &[GroupKind]) {
        // Mostly a control declares just these.
        if self.reads != kinds {
            kinds.iter().for_each(|&kind| self.declared(kind));
        }
    }

    /// The service account that an object's pods run as.
    ///
    /// # Panics
    /// When the control does not declare `ServiceAccount` among its `reads`.
    #[must_use]
    pub fn service_account(self, user: ObjectId) -> Joined<(ObjectId, AccountFacts)> {
        self.declared(SERVICE_ACCOUNT);
        let Some(facts) = self.world.workload_facts(user) else { return Joined::NotInView };
        let namespace = self.world.snapshot.object(user).identity().namespace.clone();
        let found = self.world.accounts.get(&(namespace, facts.service_account.clone()));
        match self.world.nearest(found.map_or(&[], Vec::as_slice), user) {
            Joined::NotInView => Joined::NotInView,
            Joined::Ambiguous => Joined::Ambiguous,
            Joined::One(id) => match self.world.facts[id.0 as usize] {
                ObjectFacts::ServiceAccount(account) => Joined::One((id, account)),
                _ => Joined::NotInView,
            },
        }
    }

    /// What a service account says of its token by itself.
    ///
    /// # Panics
    /// When the control does not declare `ServiceAccount` among its `reads`.
    #[must_use]
    pub fn automount(self, account: ObjectId) -> Option<bool> {
        self.declared(SERVICE_ACCOUNT);
        match &self.world.facts[account.0 as usize] {
            ObjectFacts::ServiceAccount(facts) => facts.automount,
            _ => None,
        }
    }

    /// Whether somebody wrote a service account of this namespace and name.
    ///
    /// # Panics
    /// When the control does not declare `ServiceAccount` among its `reads`.
    #[must_use]
    pub fn declares_account(self, namespace: &Namespace, name: &str) -> bool {
        self.declared(SERVICE_ACCOUNT);
        let accounts = self.world.service_accounts(namespace, name);
        accounts.iter().any(|&id| !self.world.snapshot.object(id).is_implied())
    }

    /// Whether somebody wrote a RoleBinding or ClusterRoleBinding, whatever its namespace.
    ///
    /// # Panics
    /// When the control does not declare all of [`RBAC`] among its `reads`.
    #[must_use]
    pub fn has_bindings(self) -> bool {
        RBAC.iter().for_each(|&kind| self.declared(kind));
        let snapshot = self.world.snapshot;
        [ROLE_BINDING, CLUSTER_ROLE_BINDING].iter().any(|kind| {
            let written = |id: &ObjectId| {
                !snapshot.object(*id).is_implied() && kind.is(snapshot.object(*id).identity())
            };
            snapshot.of_kind(kind.kind).iter().any(written)
        })
    }

    /// The other workloads that run as the same service account in the same namespace.
    #[must_use]
    pub fn account_sharers(self, user: ObjectId) -> Vec<ObjectId> {
        let Some(facts) = self.world.workload_facts(user) else { return Vec::new() };
        let namespace = self.world.snapshot.object(user).identity().namespace.clone();
        let Some(users) = self.world.account_users.get(&(namespace, facts.service_account.clone())) else {
            return Vec::new();
        };
        // An instance that is judged by itself does not share with its own owner.
        let itself = if users.contains(&user) { user } else { self.top_most(user) };
        users.iter().copied().filter(|&id| id != itself).collect()
    }

    /// The defaults that limit ranges give containers of an object's namespace.
    ///
    /// # Panics
    /// When the control does not declare `LimitRange` among its `reads`.
    #[must_use]
    pub fn limit_defaults(self, of: ObjectId) -> LimitDefaults {
        self.limit_defaults_in(&self.world.snapshot.object(of).identity().namespace)
    }

    /// The defaults that limit ranges give containers of a namespace.
    ///
    /// # Panics
    /// When the control does not declare `LimitRange` among its `reads`.
    #[must_use]
    pub fn limit_defaults_in(self, namespace: &Namespace) -> LimitDefaults {
        self.declared(LIMIT_RANGE);
        let mut merged = LimitDefaults::default();
        for id in self.world.limits.get(namespace).into_iter().flatten() {
            if let ObjectFacts::LimitRange(defaults) = &self.world.facts[id.0 as usize] {
                merged.limits.extend(defaults.limits.iter().cloned());
                merged.requests.extend(defaults.requests.iter().cloned());
            }
        }
        merged
    }

    /// Who may do what.
    ///
    /// # Panics
    /// When the control does not declare all of [`RBAC`] among its `reads`.
    #[must_use]
    pub fn identities(self) -> &'w Identities {
        RBAC.iter().for_each(|&kind| self.declared(kind));
        self.world.identities()
    }

    /// Every component of a kind that some object configures. Such objects are always in the view.
    pub fn components(self, component: control_plane::Component) -> impl Iterator<Item = &'w Configured> {
        let all = self.world.snapshot.objects().flat_map(|(id, _)| self.world.components(id));
        all.filter(move |configured| configured.component() == component)
    }

    /// What one object says.
    pub(crate) fn facts(self, id: ObjectId) -> &'w ObjectFacts {
        &self.world.facts[id.0 as usize]
    }

    /// What an object says, when it is an AuthenticationConfiguration itself.
    #[must_use]
    pub fn authentication_of(self, id: ObjectId) -> Option<&'w Authentication> {
        match self.facts(id) {
            ObjectFacts::Authentication(authentication) => Some(authentication),
            _ => None,
        }
    }

    /// What the AuthenticationConfiguration of an API server says, the nearest one in view.
    ///
    /// # Panics
    /// When the control does not declare `AuthenticationConfiguration` among its `reads`.
    #[must_use]
    pub fn authentication(self, server: ObjectId) -> Joined<&'w Authentication> {
        self.declared(control_plane::AUTHENTICATION);
        match self.world.nearest(&self.world.authentications, server) {
            Joined::NotInView => Joined::NotInView,
            Joined::Ambiguous => Joined::Ambiguous,
            Joined::One(id) => self.authentication_of(id).map_or(Joined::NotInView, Joined::One),
        }
    }

    /// Whether a resource quota is in view for a namespace.
    ///
    /// # Panics
    /// When the control does not declare `ResourceQuota` among its `reads`.
    #[must_use]
    pub fn has_quota(self, namespace: &Namespace) -> bool {
        self.declared(RESOURCE_QUOTA);
        self.world.quotas.contains_key(namespace)
    }

    /// The facts of a namespace of this name that somebody declared; `None` when it is not in view.
    ///
    /// # Panics
    /// When the control does not declare `Namespace` among its `reads`.
    #[must_use]
    pub fn namespace(self, name: &str) -> Joined<&'w NamespaceFacts> {
        self.declared(NAMESPACE);
        let objects = self.world.namespaces.get(name).map_or(&[][..], Vec::as_slice);
        let declared: Vec<ObjectId> =
            objects.iter().copied().filter(|&id| !self.world.snapshot.object(id).is_implied()).collect();
        match declared.as_slice() {
            [] => Joined::NotInView,
            [only] => self.world.namespace_facts(*only).map_or(Joined::NotInView, Joined::One),
            [first, rest @ ..] => {
                let of = |id: &ObjectId| self.world.namespace_facts(*id);
                match of(first) {
                    Some(facts) if rest.iter().all(|id| of(id) == Some(facts)) => Joined::One(facts),
                    _ => Joined::Ambiguous,
                }
            }
        }
    }

    /// The labels of a workload's pods, those of the template. None for what is no workload.
    #[must_use]
    pub fn workload_labels(self, id: ObjectId) -> &'w BTreeMap<String, String> {
        static NONE: BTreeMap<String, String> = BTreeMap::new();
        self.world.workload_facts(id).map_or(&NONE, |facts| &facts.labels)
    }

    /// The top-most owner in view of a workload or of one of its instances.
    #[must_use]
    pub fn top_most(self, id: ObjectId) -> ObjectId {
        self.world.owners.get(&id).copied().unwrap_or(id)
    }

    /// The workloads of a namespace: top-most owners in view.
    pub fn workloads_of(self, namespace: &Namespace) -> impl Iterator<Item = ObjectId> {
        let snapshot = self.world.snapshot;
        let here = namespace.clone();
        let objects = self.world.workloads.iter().map(|entry| entry.object);
        objects.filter(move |&id| snapshot.object(id).identity().namespace == here)
    }

    /// The workloads whose pods run as a service account. Workloads are always in the view.
    #[must_use]
    pub fn account_users(self, namespace: &Namespace, name: &str) -> &'w [ObjectId] {
        self.world.account_users(namespace, name)
    }

    /// The objects of a kind that somebody wrote, in the order read.
    ///
    /// # Panics
    /// When the control does not declare the kind among its `reads`.
    pub fn objects(self, kind: GroupKind) -> impl Iterator<Item = (ObjectId, &'w Object)> {
        self.declared(kind);
        let snapshot = self.world.snapshot;
        let named = snapshot.of_kind(kind.kind).iter().map(|&id| (id, snapshot.object(id)));
        named.filter(move |(_, object)| !object.is_implied() && kind.is(object.identity()))
    }

    /// Whether the absence of an object of a kind means anything here: see
    /// [`Snapshot::is_in_view`].
    ///
    /// # Panics
    /// When the control does not declare the kind among its `reads`.
    #[must_use]
    pub fn sees(self, kind: GroupKind) -> bool {
        self.declared(kind);
        self.world.snapshot.is_in_view(kind)
    }

    /// The objects.
    #[must_use]
    pub fn snapshot(self) -> &'w Snapshot {
        self.world.snapshot
    }
}
