//! From objects to a [`Policy`].
//!
//! Upstream: `pkg/registry/rbac/validation/rule.go` (`GetRoleReferenceRules`, `appliesToUser`), and for
//! problems `pkg/apis/rbac/validation/validation.go`.

use std::collections::{BTreeMap, HashMap};

use k8s_openapi::api::rbac::v1::{
    AggregationRule, ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::aggregation;
use crate::intern::{Interner, Text};
use crate::policy::{
    BindingData, BindingId, Key, Policy, Posting, RoleData, RoleId, SubjectData, SubjectEntry, SubjectId,
    numbered,
};
use crate::problem::{Fault, Problem};
use crate::rule::{Rule, Sieve};
use crate::subject::{self, service_account_user};

const GROUP: &str = "rbac.authorization.k8s.io";

/// Takes roles and bindings one by one, in any order of kinds.
///
/// Each object comes with a tag, any number of the caller's, by which answers are mapped back to objects.
/// The order of bindings is kept: the first that allows a request is the one that is named.
#[derive(Default)]
pub struct PolicyBuilder {
    roles: Vec<Given<Vec<PolicyRule>>>,
    cluster_roles: Vec<Given<GivenClusterRole>>,
    role_bindings: Vec<Given<GivenBinding>>,
    cluster_role_bindings: Vec<Given<GivenBinding>>,
    aggregate: bool,
}

struct Given<T> {
    tag: u32,
    namespace: String,
    name: String,
    what: T,
}

pub(crate) struct GivenClusterRole {
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) aggregation: Option<AggregationRule>,
    pub(crate) rules: Vec<PolicyRule>,
}

struct GivenBinding {
    role: RoleRef,
    subjects: Vec<Subject>,
}

impl<T> Given<T> {
    fn new(metadata: &ObjectMeta, tag: u32, what: T) -> Self {
        Self {
            tag,
            namespace: metadata.namespace.clone().unwrap_or_default(),
            name: metadata.name.clone().unwrap_or_default(),
            what,
        }
    }
}

impl PolicyBuilder {
    /// Nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether to compute the rules of cluster roles with an `aggregationRule` from the roles that they
    /// select, as a controller of the cluster does. Right for manifests; wrong for a live cluster, whose
    /// controller has already done it. Off by default.
    #[must_use]
    pub fn aggregate(mut self, aggregate: bool) -> Self {
        self.aggregate = aggregate;
        self
    }

    /// Adds a Role. Its `metadata.namespace` has to be set.
    pub fn role(&mut self, role: &Role, tag: u32) {
        self.roles.push(Given::new(&role.metadata, tag, role.rules.clone().unwrap_or_default()));
    }

    /// Adds a ClusterRole.
    pub fn cluster_role(&mut self, role: &ClusterRole, tag: u32) {
        let given = GivenClusterRole {
            labels: role.metadata.labels.clone().unwrap_or_default(),
            aggregation: role.aggregation_rule.clone(),
            rules: role.rules.clone().unwrap_or_default(),
        };
        self.cluster_roles.push(Given::new(&role.metadata, tag, given));
    }

    /// Adds a RoleBinding. Its `metadata.namespace` has to be set.
    pub fn role_binding(&mut self, binding: &RoleBinding, tag: u32) {
        let given = GivenBinding {
            role: binding.role_ref.clone(),
            subjects: binding.subjects.clone().unwrap_or_default(),
        };
        self.role_bindings.push(Given::new(&binding.metadata, tag, given));
    }

    /// Adds a ClusterRoleBinding.
    pub fn cluster_role_binding(&mut self, binding: &ClusterRoleBinding, tag: u32) {
        let given = GivenBinding {
            role: binding.role_ref.clone(),
            subjects: binding.subjects.clone().unwrap_or_default(),
        };
        self.cluster_role_bindings.push(Given::new(&binding.metadata, tag, given));
    }

    /// The policy of what was added. What is wrong with it is in [`Policy::problems`].
    pub fn build(self) -> Policy {
        let mut words = Interner::default();
        let star = words.add("*");
        let mut build = Build {
            strings: Interner::default(),
            words,
            roles: Vec::new(),
            by_name: HashMap::new(),
            bindings: Vec::new(),
            subjects: Vec::new(),
            by_key: HashMap::new(),
            problems: Vec::new(),
        };
        build.add_roles(self.roles, self.cluster_roles, self.aggregate);
        for given in self.cluster_role_bindings {
            build.add_binding(&given, false);
        }
        for given in self.role_bindings {
            build.add_binding(&given, true);
        }
        build.finish(star)
    }
}

struct Build {
    strings: Interner,
    words: Interner,
    roles: Vec<RoleData>,
    by_name: HashMap<(Option<Text>, Text), RoleId>,
    bindings: Vec<BindingData>,
    subjects: Vec<(Key, Vec<Posting>)>,
    by_key: HashMap<Key, SubjectId>,
    problems: Vec<Problem>,
}

impl Build {
    fn problem(&mut self, tag: u32, object: &str, path: impl Into<String>, fault: Fault) {
        self.problems.push(Problem { tag, object: object.to_owned(), path: path.into(), fault });
    }

    fn add_roles(
        &mut self,
        roles: Vec<Given<Vec<PolicyRule>>>,
        mut cluster_roles: Vec<Given<GivenClusterRole>>,
        aggregate: bool,
    ) {
        for given in roles {
            let object = format!("Role {}/{}", given.namespace, given.name);
            if given.namespace.is_empty() {
                self.problem(given.tag, &object, ".metadata.namespace", Fault::NoNamespace);
            }
            let namespace = self.strings.add(&given.namespace);
            self.add_role(Some(namespace), &given.name, given.tag, false, given.what, &object);
        }
        if aggregate {
            let named: Vec<(&str, &mut GivenClusterRole)> =
                cluster_roles.iter_mut().map(|given| (given.name.as_str(), &mut given.what)).collect();
            let faults = aggregation::aggregate(named);
            for (index, path, fault) in faults {
                let (tag, object) =
                    (cluster_roles[index].tag, format!("ClusterRole {}", cluster_roles[index].name));
                self.problem(tag, &object, path, fault);
            }
        }
        for given in cluster_roles {
            let object = format!("ClusterRole {}", given.name);
            let aggregates = given.what.aggregation.is_some();
            self.add_role(None, &given.name, given.tag, aggregates, given.what.rules, &object);
        }
    }

    fn add_role(
        &mut self,
        namespace: Option<Text>,
        name: &str,
        tag: u32,
        aggregates: bool,
        rules: Vec<PolicyRule>,
        object: &str,
    ) {
        if name.is_empty() {
            self.problem(tag, object, ".metadata.name", Fault::NoName);
        }
        let name = self.strings.add(name);
        let compiled: Box<[Rule]> = rules.iter().map(|rule| Rule::of(rule, &mut self.words)).collect();
        let mut sieve = Sieve::default();
        for rule in &compiled {
            sieve.add(rule);
        }
        let id = RoleId(numbered(self.roles.len()));
        if *self.by_name.entry((namespace, name)).or_insert(id) != id {
            self.problem(tag, object, "", Fault::Duplicate);
        }
        self.roles.push(RoleData { namespace, name, tag, aggregates, rules, compiled, sieve });
    }

    fn add_binding(&mut self, given: &Given<GivenBinding>, namespaced: bool) {
        let object = if namespaced {
            format!("RoleBinding {}/{}", given.namespace, given.name)
        } else {
            format!("ClusterRoleBinding {}", given.name)
        };
        if namespaced && given.namespace.is_empty() {
            self.problem(given.tag, &object, ".metadata.namespace", Fault::NoNamespace);
        }
        if given.name.is_empty() {
            self.problem(given.tag, &object, ".metadata.name", Fault::NoName);
        }
        let namespace = namespaced.then(|| self.strings.add(&given.namespace));
        let role = self.resolve(given, namespace, &object);
        let id = BindingId(numbered(self.bindings.len()));
        let mut entries = Vec::with_capacity(given.what.subjects.len());
        for (place, subject) in given.what.subjects.iter().enumerate() {
            let home = namespaced.then_some(given.namespace.as_str());
            let path = format!(".subjects[{place}]");
            let key = self.subject_key(subject, home, given.tag, &object, &path);
            let subject_id = key.map(|key| self.subject_id(key));
            if let Some(subject_id) = subject_id {
                let sieve = role.map(|role| self.roles[role.index()].sieve).unwrap_or_default();
                let postings = &mut self.subjects[subject_id.index()].1;
                // A subject that is named twice counts where it is named first.
                if postings.last().is_none_or(|last| last.binding != id) {
                    postings.push(Posting { namespace, binding: id, place: numbered(place), role, sieve });
                }
            }
            entries.push(SubjectEntry {
                kind: self.strings.add(&subject.kind),
                name: self.strings.add(&subject.name),
                namespace: subject.namespace.as_deref().map(|namespace| self.strings.add(namespace)),
                id: subject_id,
            });
        }
        let (name, role_kind) = (self.strings.add(&given.name), self.strings.add(&given.what.role.kind));
        let role_name = self.strings.add(&given.what.role.name);
        self.bindings.push(BindingData {
            namespace,
            name,
            tag: given.tag,
            role_kind,
            role_name,
            role,
            subjects: entries.into(),
        });
    }

    /// `GetRoleReferenceRules`.
    fn resolve(
        &mut self,
        given: &Given<GivenBinding>,
        namespace: Option<Text>,
        object: &str,
    ) -> Option<RoleId> {
        let role = &given.what.role;
        // An absent group is defaulted (`SetDefaults_RoleBinding`), another one is refused.
        let group = group_of(role.api_group.clone());
        if !group.is_empty() && group != GROUP {
            let fault = Fault::RoleGroup { group };
            self.problem(given.tag, object, ".roleRef.apiGroup", fault);
        }
        let scope = match role.kind.as_str() {
            "ClusterRole" => None,
            // A role without namespace is found by nobody: `GetRole` demands one.
            "Role" if namespace.is_some() && !given.namespace.is_empty() => namespace,
            "Role" if namespace.is_some() => return None,
            "Role" => {
                self.problem(given.tag, object, ".roleRef.kind", Fault::RoleOfNamespace);
                return None;
            }
            kind => {
                let fault = Fault::RoleKind { kind: kind.to_owned() };
                self.problem(given.tag, object, ".roleRef.kind", fault);
                return None;
            }
        };
        let name = self.strings.add(&role.name);
        let found = self.by_name.get(&(scope, name)).copied();
        if found.is_none() {
            let fault = Fault::MissingRole { kind: role.kind.clone(), name: role.name.clone() };
            self.problem(given.tag, object, ".roleRef", fault);
        }
        found
    }

    /// `appliesToUser`: what a subject is compared with, `None` for one that means nobody.
    fn subject_key(
        &mut self,
        subject: &Subject,
        home: Option<&str>,
        tag: u32,
        object: &str,
        path: &str,
    ) -> Option<Key> {
        let group = subject.api_group.as_deref().unwrap_or_default();
        let namespace = subject.namespace.as_deref().unwrap_or_default();
        let expected = if subject.kind == "ServiceAccount" { "" } else { GROUP };
        let known = matches!(subject.kind.as_str(), "User" | "Group" | "ServiceAccount");
        if known && !group.is_empty() && group != expected {
            let fault = Fault::SubjectGroup { group: group.to_owned() };
            self.problem(tag, object, format!("{path}.apiGroup"), fault);
        }
        if known && subject.name.is_empty() {
            self.problem(tag, object, format!("{path}.name"), Fault::SubjectName);
        }
        match subject.kind.as_str() {
            "User" | "Group" => {
                if !namespace.is_empty() {
                    let path = format!("{path}.namespace");
                    self.problem(tag, object, path, Fault::SubjectWithNamespace);
                }
                let name = self.strings.add(&subject.name);
                Some(if subject.kind == "User" { Key::User(name) } else { Key::Group(name) })
            }
            "ServiceAccount" => {
                let namespace = if namespace.is_empty() { home.unwrap_or_default() } else { namespace };
                if namespace.is_empty() {
                    if home.is_none() {
                        let path = format!("{path}.namespace");
                        self.problem(tag, object, path, Fault::SubjectNamespace);
                    }
                    return None;
                }
                let user = service_account_user(namespace, &subject.name);
                if !subject.name.is_empty() && subject::service_account_of(&user).is_none() {
                    self.problem(tag, object, path, Fault::ServiceAccountName);
                }
                Some(Key::User(self.strings.add(&user)))
            }
            kind => {
                let fault = Fault::SubjectKind { kind: kind.to_owned() };
                self.problem(tag, object, format!("{path}.kind"), fault);
                None
            }
        }
    }

    fn subject_id(&mut self, key: Key) -> SubjectId {
        let next = SubjectId(numbered(self.subjects.len()));
        let id = *self.by_key.entry(key).or_insert(next);
        if id == next {
            self.subjects.push((key, Vec::new()));
        }
        id
    }

    fn finish(mut self, star: Text) -> Policy {
        let (mut users, mut groups) = (HashMap::default(), HashMap::default());
        let (mut subjects, mut postings) = (Vec::with_capacity(self.subjects.len()), Vec::new());
        for (index, (key, mut own)) in self.subjects.into_iter().enumerate() {
            own.sort_by_key(|posting| (posting.namespace, posting.binding));
            let clustered = own.partition_point(|posting| posting.namespace.is_none());
            let begin = postings.len();
            postings.append(&mut own);
            subjects.push(SubjectData {
                key,
                begin: numbered(begin),
                namespaced: numbered(begin + clustered),
                end: numbered(postings.len()),
            });
            let (name, of_kind) = match key {
                Key::User(name) => (name, &mut users),
                Key::Group(name) => (name, &mut groups),
            };
            of_kind.insert(self.strings.text(name).into(), SubjectId(numbered(index)));
        }
        self.problems.sort();
        let mut bindings_of_role = vec![Vec::new(); self.roles.len()];
        let mut bindings_in: HashMap<Text, Vec<BindingId>> = HashMap::new();
        for (index, binding) in self.bindings.iter().enumerate() {
            if let Some(namespace) = binding.namespace {
                bindings_in.entry(namespace).or_default().push(BindingId(numbered(index)));
            }
            if let Some(role) = binding.role {
                bindings_of_role[role.index()].push(BindingId(numbered(index)));
            }
        }
        let mut roles_in: HashMap<Text, Vec<RoleId>> = HashMap::new();
        for (index, role) in self.roles.iter().enumerate() {
            if let Some(namespace) = role.namespace {
                roles_in.entry(namespace).or_default().push(RoleId(numbered(index)));
            }
        }
        Policy {
            strings: self.strings,
            words: self.words,
            star,
            roles: self.roles,
            roles_by_name: self.by_name,
            roles_in,
            bindings: self.bindings,
            bindings_in,
            bindings_of_role,
            subjects,
            postings,
            users,
            groups,
            problems: self.problems,
        }
    }
}

/// The API group of a reference: a text or an optional one, by the version of the API.
fn group_of(group: impl Into<Option<String>>) -> String {
    group.into().unwrap_or_default()
}
