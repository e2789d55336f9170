//! A snapshot plus what follows from joining its objects.

mod fold;
mod view;

pub use view::View;

use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use watertight_model::{Date, Gap, KubernetesVersion, Namespace, Object, ObjectId, Snapshot};
use watertight_syntax::Path;

use crate::availability::Joins;
use crate::bound::Bound;
use crate::control_plane::{self, Configured};
use crate::identities::{Identities, RBAC};
use crate::namespace_class::{NamePattern, NamespaceClass, TrustClass};
use crate::network;
use crate::object_facts::{NamespaceFacts, ObjectFacts, WorkloadFacts};
use crate::parallel::in_parallel;
use crate::platform_subjects::PlatformSubjects;
use crate::reachability::Reachability;

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
    reachability: OnceLock<Reachability>,
    /// Whom policies cut off, where only Kubernetes' own are in view.
    isolation: OnceLock<Reachability>,
    gaps: Vec<Gap>,
}

impl<'s> World<'s> {
    /// Joins the objects of a snapshot.
    #[must_use]
    pub fn new(snapshot: &'s Snapshot, settings: &'s Settings) -> Self {
        let objects: Vec<&Object> = snapshot.objects().map(|(_, object)| object).collect();
        let facts = in_parallel(&objects, |object| ObjectFacts::of(object));
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
            reachability: OnceLock::new(),
            isolation: OnceLock::new(),
            gaps: Vec::new(),
        };
        world.fold();
        world.index();
        control_plane::join(snapshot, &mut world.facts);
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

    /// Who reaches whom, as far as policies go.
    pub fn reachability(&self) -> &Reachability {
        self.reachability.get_or_init(|| Reachability::of(self))
    }

    /// What tells whom policies cut off. Kubernetes' own only allow, so that what they let through need not be worked
    /// out for that.
    pub(crate) fn isolation(&self) -> &Reachability {
        let network = self.network();
        if network.flavoured.is_empty() && network.companions.is_empty() {
            self.isolation.get_or_init(|| Reachability::of_isolation(self))
        } else {
            self.reachability()
        }
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
                ObjectFacts::Components(_) => self.gaps.extend(control_plane::partly_read(object)),
                ObjectFacts::Workload(_)
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
