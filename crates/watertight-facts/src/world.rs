//! A snapshot plus what follows from joining its objects.

mod fold;

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use watertight_model::{
    Coverage, Date, Gap, GroupKind, KubernetesVersion, Namespace, Object, ObjectId, Snapshot,
};
use watertight_syntax::Path;

use crate::availability::Joins;
use crate::bound::Bound;
use crate::control_plane::{self, Authentication, Configured};
use crate::identities::{CLUSTER_ROLE_BINDING, Identities, RBAC, ROLE_BINDING};
use crate::namespace_class::{NamePattern, NamespaceClass, TrustClass};
use crate::network;
use crate::object_facts::{
    AccountFacts, LIMIT_RANGE, LimitDefaults, NAMESPACE, NamespaceFacts, ObjectFacts, RESOURCE_QUOTA,
    SERVICE_ACCOUNT, WorkloadFacts,
};
use crate::platform_subjects::PlatformSubjects;

/// What the user knows that no object says.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// The version that defaults, removals and `latest` are judged by.
    pub target: KubernetesVersion,
    /// Registries that images may come from; none named means that nobody is judged by it.
    pub trusted_registries: Vec<String>,
    /// Registries that images must not come from.
    pub blocked_registries: Vec<String>,
    /// Tags that are moved to new content on purpose, beside `latest`.
    pub moving_tags: Vec<String>,
    /// Names of variables and keys, in lower case, whose value is a credential beside those that say so.
    pub secret_names: Vec<NamePattern>,
    /// Texts that are credentials beside those that have the form of one.
    pub secret_values: Vec<NamePattern>,
    /// Bounds on what containers ask for; none set means that nobody is judged by its amounts.
    pub bounds: Vec<Bound>,
    /// Namespaces of the platform beside those of Kubernetes itself.
    pub platform_namespaces: NamespaceClass,
    /// Namespaces that are production, beside those that a label or their name says so of.
    pub production_namespaces: NamespaceClass,
    /// Namespaces for development: never production by a word of their name or a usual label.
    pub development_namespaces: NamespaceClass,
    /// Subjects of the platform: what bindings give them is not judged.
    pub platform_subjects: PlatformSubjects,
    /// Workloads that must not share a namespace with others; none set means that nobody is judged by it.
    pub trust_classes: Vec<TrustClass>,
    /// The day that expiries are judged by; without one, nothing is said of them.
    pub today: Option<Date>,
}

/// A workload: the top-most owner in view and what it owns.
#[derive(Debug, Clone)]
pub struct WorkloadEntry {
    /// The top-most owner.
    pub object: ObjectId,
    /// Its pods, or the owned objects below it that have none in view.
    pub instances: Vec<ObjectId>,
}

/// What looking another object up gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Joined<T> {
    /// Found.
    One(T),
    /// Several objects have this identity and none is nearer than the others.
    Ambiguous,
    /// Not in view. It may exist all the same.
    NotInView,
}

/// A snapshot with its joins.
#[derive(Debug)]
pub struct World<'s> {
    snapshot: &'s Snapshot,
    settings: &'s Settings,
    facts: Vec<ObjectFacts>,
    workloads: Vec<WorkloadEntry>,
    /// The top-most owner of each instance.
    owners: HashMap<ObjectId, ObjectId>,
    accounts: HashMap<(Namespace, String), Vec<ObjectId>>,
    account_users: HashMap<(Namespace, String), Vec<ObjectId>>,
    limits: BTreeMap<Namespace, Vec<ObjectId>>,
    namespaces: BTreeMap<String, Vec<ObjectId>>,
    quotas: BTreeMap<Namespace, Vec<ObjectId>>,
    authentications: Vec<ObjectId>,
    availability: Joins,
    admission: Vec<ObjectId>,
    /// Made when first asked for, or at once when somebody wrote RBAC objects, whose gaps must be told.
    identities: OnceLock<Identities>,
    network: OnceLock<network::Index>,
    gaps: Vec<Gap>,
}

impl<'s> World<'s> {
    /// Joins the objects of a snapshot.
    #[must_use]
    pub fn new(snapshot: &'s Snapshot, settings: &'s Settings) -> Self {
        let facts: Vec<ObjectFacts> = snapshot.objects().map(|(_, object)| ObjectFacts::of(object)).collect();
        let mut world = Self {
            snapshot,
            settings,
            facts,
            workloads: Vec::new(),
            owners: HashMap::new(),
            accounts: HashMap::new(),
            account_users: HashMap::new(),
            limits: BTreeMap::new(),
            namespaces: BTreeMap::new(),
            quotas: BTreeMap::new(),
            authentications: Vec::new(),
            availability: Joins::default(),
            admission: Vec::new(),
            identities: OnceLock::new(),
            network: OnceLock::new(),
            gaps: Vec::new(),
        };
        world.fold();
        world.index();
        world.read_through_kubeadm();
        world.availability = Joins::of(&world);
        if RBAC
            .iter()
            .any(|kind| snapshot.of_kind(kind.kind).iter().any(|&id| !snapshot.object(id).is_implied()))
        {
            world.identities = Identities::of(snapshot, &mut |gap| world.gaps.push(gap)).into();
        }
        world
    }

    /// The objects.
    #[must_use]
    pub fn snapshot(&self) -> &'s Snapshot {
        self.snapshot
    }

    /// What the user said.
    #[must_use]
    pub fn settings(&self) -> &'s Settings {
        self.settings
    }

    /// Every workload, by the number of its top-most owner.
    #[must_use]
    pub fn workloads(&self) -> &[WorkloadEntry] {
        &self.workloads
    }

    /// Objects whose bodies could not be opened, and pod templates in kinds that are not known. The
    /// snapshot's own gaps are not among them.
    #[must_use]
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
    }

    /// Who may do what.
    pub fn identities(&self) -> &Identities {
        // Gaps were told when there is somebody's object to have one; what is implied has none.
        self.identities.get_or_init(|| Identities::of(self.snapshot, &mut |_| {}))
    }

    /// The namespaces in view and implied, by name; several objects when several texts declare one.
    pub fn namespaces(&self) -> impl Iterator<Item = (&str, &[ObjectId])> {
        self.namespaces.iter().map(|(name, objects)| (name.as_str(), objects.as_slice()))
    }

    /// The facts of a namespace object.
    #[must_use]
    pub fn namespace_facts(&self, id: ObjectId) -> Option<&NamespaceFacts> {
        if let ObjectFacts::Namespace(facts) = &self.facts[id.0 as usize] { Some(facts) } else { None }
    }

    /// The service accounts of a namespace and name, implied ones too.
    #[must_use]
    pub fn service_accounts(&self, namespace: &Namespace, name: &str) -> &[ObjectId] {
        self.accounts.get(&(namespace.clone(), name.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// The workloads whose pods run as a service account.
    #[must_use]
    pub fn account_users(&self, namespace: &Namespace, name: &str) -> &[ObjectId] {
        self.account_users.get(&(namespace.clone(), name.to_owned())).map_or(&[], Vec::as_slice)
    }

    /// The facts of an object.
    pub(crate) fn facts(&self, id: ObjectId) -> &ObjectFacts {
        &self.facts[id.0 as usize]
    }

    pub(crate) fn availability(&self) -> &Joins {
        &self.availability
    }

    /// Objects about the network by namespace.
    pub(crate) fn network(&self) -> &network::Index {
        self.network.get_or_init(|| network::Index::of(self))
    }

    pub(crate) fn admission_objects(&self) -> &[ObjectId] {
        &self.admission
    }

    /// The facts of a workload object.
    #[must_use]
    pub fn workload_facts(&self, id: ObjectId) -> Option<&WorkloadFacts> {
        if let ObjectFacts::Workload(facts) = &self.facts[id.0 as usize] { Some(facts) } else { None }
    }

    /// The components of Kubernetes that an object configures or runs. Nothing for an instance of a
    /// workload: its owner says the same.
    #[must_use]
    pub fn components(&self, id: ObjectId) -> &[Configured] {
        match &self.facts[id.0 as usize] {
            ObjectFacts::Components(components) => components,
            ObjectFacts::Workload(facts) if facts.components.is_empty() => &[],
            ObjectFacts::Workload(facts) if !self.owners.contains_key(&id) => &facts.components,
            _ => &[],
        }
    }

    /// A kubelet's configuration file in one text with a configuration of kubeadm is read by kubeadm,
    /// which sets what it leaves out.
    fn read_through_kubeadm(&mut self) {
        let snapshot = self.snapshot;
        let of_kind = |kind: &str| snapshot.of_kind(kind).iter().map(|&id| (id, snapshot.object(id)));
        let kubeadm: Vec<_> = ["ClusterConfiguration", "InitConfiguration", "JoinConfiguration"]
            .into_iter()
            .flat_map(of_kind)
            .filter(|(_, object)| control_plane::is_kubeadm(object.identity()))
            .collect();
        for (id, file) in of_kind(control_plane::KUBELET_FILE.kind) {
            // What stands in a ConfigMap kubeadm has filled in already.
            let near = file.within().is_none()
                && kubeadm.iter().any(|(_, object)| object.origin().is_same_text(file.origin()));
            if let ObjectFacts::Components(components) = &mut self.facts[id.0 as usize]
                && near
            {
                *components =
                    std::mem::take(components).into_iter().map(Configured::through_kubeadm).collect();
            }
        }
    }

    fn index(&mut self) {
        for (id, object) in self.snapshot.objects() {
            let identity = object.identity();
            match &self.facts[id.0 as usize] {
                ObjectFacts::ServiceAccount(_) => {
                    let key = (identity.namespace.clone(), identity.name.to_string());
                    self.accounts.entry(key).or_default().push(id);
                }
                ObjectFacts::LimitRange(_) => {
                    self.limits.entry(identity.namespace.clone()).or_default().push(id);
                }
                ObjectFacts::Namespace(facts) => {
                    self.namespaces.entry(identity.name.to_string()).or_default().push(id);
                    for key in &facts.ill_typed {
                        let path = Path::root().at("metadata.labels").key(key.clone());
                        let why = "the value of a label has to be a text; the API server refuses the object";
                        let gap = Gap::in_object(object, &path, why);
                        self.gaps.push(gap);
                    }
                }
                ObjectFacts::ResourceQuota => {
                    self.quotas.entry(identity.namespace.clone()).or_default().push(id);
                }
                ObjectFacts::Unreadable(_) | ObjectFacts::Embedded(_) => {
                    let gap = self.unjudged(id);
                    self.gaps.extend(gap);
                }
                ObjectFacts::Network(facts) => {
                    for problem in &facts.left_out {
                        let why = format!("{}; the API server refuses the object", problem.why);
                        self.gaps.push(Gap::in_object(object, &problem.path, &why));
                    }
                }
                ObjectFacts::Admission(_) => self.admission.push(id),
                ObjectFacts::Authentication(_) => self.authentications.push(id),
                ObjectFacts::Kubeconfig(kubeconfig) => self.gaps.extend(kubeconfig.gaps(object)),
                ObjectFacts::Workload(_)
                | ObjectFacts::Components(_)
                | ObjectFacts::Budget(_)
                | ObjectFacts::Autoscaler(_)
                | ObjectFacts::DefaultPriority
                | ObjectFacts::RuntimeClass(_)
                | ObjectFacts::Other => {}
            }
        }
        for entry in &self.workloads {
            if let Some(facts) = self.workload_facts(entry.object).filter(|facts| facts.has_template) {
                let namespace = self.snapshot.object(entry.object).identity().namespace.clone();
                let key = (namespace, facts.service_account.clone());
                self.account_users.entry(key).or_default().push(entry.object);
            }
        }
    }

    /// Why an object that runs containers, or may, cannot be judged: its body cannot be opened, or its
    /// kind is not one whose pod template is known.
    pub(crate) fn unjudged(&self, id: ObjectId) -> Option<Gap> {
        let object = self.snapshot.object(id);
        match &self.facts[id.0 as usize] {
            ObjectFacts::Unreadable(why) => Some(Gap::in_object(object, &Path::root(), why)),
            ObjectFacts::Embedded(path) => {
                let why =
                    "holds a pod template, and its kind is not one that Watertight knows; it was not judged";
                Some(Gap::in_object(object, path, why))
            }
            _ => None,
        }
    }

    /// Of several objects with one identity, the one in the same text, then the one in the same folder.
    fn nearest(&self, candidates: &[ObjectId], from: ObjectId) -> Joined<ObjectId> {
        let here = self.snapshot.object(from).origin();
        let of = |near: &dyn Fn(ObjectId) -> bool| -> Vec<ObjectId> {
            candidates.iter().copied().filter(|&id| near(id)).collect()
        };
        let origin = |id| self.snapshot.object(id).origin();
        let same_text = of(&|id| origin(id).is_same_text(here));
        let same_folder = of(&|id| origin(id).folder() == here.folder());
        match (candidates, &*same_text, &*same_folder) {
            ([], ..) => Joined::NotInView,
            ([only], ..) | (_, [only], _) | (_, [], [only]) => Joined::One(*only),
            _ => Joined::Ambiguous,
        }
    }
}

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
