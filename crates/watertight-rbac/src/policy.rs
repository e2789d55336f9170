//! Roles and bindings as one immutable policy, indexed by subject.
//!
//! Start reading at [`PolicyBuilder`](crate::PolicyBuilder), then [`Policy`].

use std::collections::HashMap;

use k8s_openapi::api::rbac::v1::PolicyRule;

use crate::intern::{Interner, Seeded, Text};
use crate::problem::Problem;
use crate::request::{Action, Target};
use crate::rule::{Asked, Rule, Sieve, list};
use crate::subject::Subject;
use crate::who_can::may_carry_name;

/// A role of a policy. Numbers are dense, from 0, and mean something within one policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RoleId(pub(crate) u32);

/// A binding of a policy. Numbers are dense, from 0: cluster role bindings in their order, then role
/// bindings in theirs, which is the order in which the authorizer looks at them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BindingId(pub(crate) u32);

/// A subject that some binding names. Numbers are dense, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SubjectId(pub(crate) u32);

impl RoleId {
    /// The number, for use as an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl BindingId {
    /// The number, for use as an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

impl SubjectId {
    /// The number, for use as an index.
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// Everything that RBAC is about in one cluster: what [`Policy::authorize`] decides from.
///
/// Built by a [`PolicyBuilder`](crate::PolicyBuilder); immutable and safe to share between threads.
pub struct Policy {
    /// Names and namespaces of objects and subjects.
    pub(crate) strings: Interner,
    /// What stands in rules. Apart from the others, because requests are compared with these.
    pub(crate) words: Interner,
    /// The number of `*` among the words.
    pub(crate) star: Text,
    pub(crate) roles: Vec<RoleData>,
    /// By namespace (`None` for cluster roles) and name; of several the first.
    pub(crate) roles_by_name: HashMap<(Option<Text>, Text), RoleId>,
    /// Those of each namespace, in order.
    pub(crate) roles_in: HashMap<Text, Vec<RoleId>>,
    pub(crate) bindings: Vec<BindingData>,
    /// Those of each namespace, in order.
    pub(crate) bindings_in: HashMap<Text, Vec<BindingId>>,
    /// By role: its bindings, in order.
    pub(crate) bindings_of_role: Vec<Vec<BindingId>>,
    pub(crate) subjects: Vec<SubjectData>,
    /// Of every subject in turn: its bindings.
    pub(crate) postings: Vec<Posting>,
    /// The subjects that are users, and groups, by name.
    pub(crate) users: HashMap<Box<str>, SubjectId, Seeded>,
    pub(crate) groups: HashMap<Box<str>, SubjectId, Seeded>,
    pub(crate) problems: Vec<Problem>,
}

pub(crate) struct RoleData {
    /// `None` for a cluster role.
    pub(crate) namespace: Option<Text>,
    pub(crate) name: Text,
    pub(crate) tag: u32,
    pub(crate) aggregates: bool,
    pub(crate) rules: Vec<PolicyRule>,
    pub(crate) compiled: Box<[Rule]>,
    pub(crate) sieve: Sieve,
}

pub(crate) struct BindingData {
    /// `None` for a cluster role binding.
    pub(crate) namespace: Option<Text>,
    pub(crate) name: Text,
    pub(crate) tag: u32,
    pub(crate) role_kind: Text,
    pub(crate) role_name: Text,
    pub(crate) role: Option<RoleId>,
    pub(crate) subjects: Box<[SubjectEntry]>,
}

pub(crate) struct SubjectEntry {
    pub(crate) kind: Text,
    pub(crate) name: Text,
    /// As written.
    pub(crate) namespace: Option<Text>,
    /// `None` when it means nobody.
    pub(crate) id: Option<SubjectId>,
}

#[derive(Clone, Copy)]
pub(crate) struct SubjectData {
    pub(crate) key: Key,
    /// Its part of the postings begins here: those of cluster role bindings in order,
    pub(crate) begin: u32,
    /// then, from here, the others by namespace and order,
    pub(crate) namespaced: u32,
    /// up to here.
    pub(crate) end: u32,
}

/// What is compared with a user: its name (service accounts too) or its groups.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Key {
    User(Text),
    Group(Text),
}

/// A binding that names a subject.
#[derive(Clone, Copy)]
pub(crate) struct Posting {
    pub(crate) namespace: Option<Text>,
    pub(crate) binding: BindingId,
    /// The first place in the binding's list of subjects where it does.
    pub(crate) place: u32,
    pub(crate) role: Option<RoleId>,
    /// That of the role.
    pub(crate) sieve: Sieve,
}

/// A role as it is in force.
#[derive(Clone, Copy)]
pub struct RoleView<'p> {
    policy: &'p Policy,
    id: RoleId,
}

/// A rule of a role that allows an action.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowing<'p> {
    /// The place in [`RoleView::rules`].
    pub rule: usize,
    /// The only objects that the rule is for; empty for all.
    pub names: &'p [String],
}

/// A binding.
#[derive(Clone, Copy)]
pub struct BindingView<'p> {
    policy: &'p Policy,
    id: BindingId,
}

/// A subject as a binding writes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BoundSubject<'p> {
    /// As written, not necessarily one of the three kinds.
    pub kind: &'p str,
    /// As written.
    pub name: &'p str,
    /// As written.
    pub namespace: Option<&'p str>,
    /// Whom it means; `None` when that is nobody.
    pub id: Option<SubjectId>,
}

impl Policy {
    /// How many roles there are, cluster roles included.
    pub fn role_count(&self) -> usize {
        self.roles.len()
    }

    /// How many bindings there are, cluster role bindings included.
    pub fn binding_count(&self) -> usize {
        self.bindings.len()
    }

    /// How many subjects the bindings name.
    pub fn subject_count(&self) -> usize {
        self.subjects.len()
    }

    /// Every role, in the order of the builder.
    pub fn roles(&self) -> impl ExactSizeIterator<Item = RoleView<'_>> {
        (0..numbered(self.roles.len())).map(|id| RoleView { policy: self, id: RoleId(id) })
    }

    /// Every binding, in the order in which the authorizer looks at them.
    pub fn bindings(&self) -> impl ExactSizeIterator<Item = BindingView<'_>> {
        (0..numbered(self.bindings.len())).map(|id| BindingView { policy: self, id: BindingId(id) })
    }

    /// Every subject that a binding names, by the order in which they were first named.
    pub fn subjects(&self) -> impl ExactSizeIterator<Item = (SubjectId, Subject<'_>)> {
        (0..numbered(self.subjects.len())).map(|id| (SubjectId(id), self.subject(SubjectId(id))))
    }

    /// The role of a number.
    ///
    /// # Panics
    /// When the number is of another, larger policy.
    pub fn role(&self, id: RoleId) -> RoleView<'_> {
        assert!(id.index() < self.roles.len(), "a role of another policy");
        RoleView { policy: self, id }
    }

    /// The binding of a number.
    ///
    /// # Panics
    /// When the number is of another, larger policy.
    pub fn binding(&self, id: BindingId) -> BindingView<'_> {
        assert!(id.index() < self.bindings.len(), "a binding of another policy");
        BindingView { policy: self, id }
    }

    /// The subject of a number.
    ///
    /// # Panics
    /// When the number is of another, larger policy.
    pub fn subject(&self, id: SubjectId) -> Subject<'_> {
        match self.subjects[id.index()].key {
            Key::User(name) => Subject::of_user(self.strings.text(name)),
            Key::Group(name) => Subject::Group(self.strings.text(name)),
        }
    }

    /// The number of a subject; `None` when no binding names it.
    pub fn find_subject(&self, subject: &Subject<'_>) -> Option<SubjectId> {
        match *subject {
            Subject::Group(name) => self.group(name),
            Subject::User(name) => self.user(name),
            Subject::ServiceAccount { .. } => self.user(&subject.name()),
        }
    }

    /// The cluster role of this name.
    pub fn cluster_role(&self, name: &str) -> Option<RoleView<'_>> {
        self.roles_by_name.get(&(None, self.strings.find(name))).map(|&id| self.role(id))
    }

    /// The roles of a namespace, in order.
    pub fn roles_in(&self, namespace: &str) -> impl Iterator<Item = RoleView<'_>> {
        let own = self.roles_in.get(&self.strings.find(namespace));
        own.into_iter().flatten().map(|id| self.role(*id))
    }

    /// The role bindings of a namespace, in order.
    pub fn bindings_in(&self, namespace: &str) -> impl Iterator<Item = BindingView<'_>> {
        let own = self.bindings_in.get(&self.strings.find(namespace));
        own.into_iter().flatten().map(|id| self.binding(*id))
    }

    /// The role of this namespace and name.
    pub fn role_named(&self, namespace: &str, name: &str) -> Option<RoleView<'_>> {
        let key = (Some(self.strings.find(namespace)), self.strings.find(name));
        self.roles_by_name.get(&key).map(|&id| self.role(id))
    }

    /// The bindings that name a subject, with the place in their list of subjects, in the order in which
    /// the authorizer looks at them.
    pub fn bindings_of(&self, subject: SubjectId) -> Vec<(BindingView<'_>, usize)> {
        let mut bindings: Vec<_> = self
            .postings_of(subject)
            .iter()
            .map(|posting| (self.binding(posting.binding), posting.place as usize))
            .collect();
        bindings.sort_by_key(|(binding, _)| binding.id());
        bindings
    }

    /// The bindings that grant a role, in the order in which the authorizer looks at them.
    pub fn bindings_of_role(&self, role: RoleId) -> &[BindingId] {
        &self.bindings_of_role[role.index()]
    }

    /// What is wrong with the objects, sorted by object.
    pub fn problems(&self) -> &[Problem] {
        &self.problems
    }

    /// All bindings of a subject.
    pub(crate) fn postings_of(&self, subject: SubjectId) -> &[Posting] {
        let data = &self.subjects[subject.index()];
        &self.postings[data.begin as usize..data.end as usize]
    }

    /// The bindings of a subject that count everywhere, and those of a namespace.
    pub(crate) fn postings_in(
        &self,
        subject: SubjectId,
        namespace: Option<Text>,
    ) -> (&[Posting], &[Posting]) {
        let data = &self.subjects[subject.index()];
        let clustered = &self.postings[data.begin as usize..data.namespaced as usize];
        let Some(namespace) = namespace else { return (clustered, &[]) };
        let others = &self.postings[data.namespaced as usize..data.end as usize];
        let begin = others.partition_point(|posting| posting.namespace < Some(namespace));
        let end = begin + others[begin..].partition_point(|posting| posting.namespace == Some(namespace));
        (clustered, &others[begin..end])
    }

    pub(crate) fn user(&self, name: &str) -> Option<SubjectId> {
        self.users.get(name).copied()
    }

    pub(crate) fn group(&self, name: &str) -> Option<SubjectId> {
        self.groups.get(name).copied()
    }
}

impl std::fmt::Debug for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Policy")
            .field("roles", &self.roles.len())
            .field("bindings", &self.bindings.len())
            .field("subjects", &self.subjects.len())
            .field("problems", &self.problems.len())
            .finish_non_exhaustive()
    }
}

impl<'p> RoleView<'p> {
    fn data(self) -> &'p RoleData {
        &self.policy.roles[self.id.index()]
    }

    /// The number.
    pub fn id(self) -> RoleId {
        self.id
    }

    /// `Role` or `ClusterRole`.
    pub fn kind(self) -> &'static str {
        if self.data().namespace.is_some() { "Role" } else { "ClusterRole" }
    }

    /// The namespace; `None` for a cluster role.
    pub fn namespace(self) -> Option<&'p str> {
        self.data().namespace.map(|namespace| self.policy.strings.text(namespace))
    }

    /// The name.
    pub fn name(self) -> &'p str {
        self.policy.strings.text(self.data().name)
    }

    /// The caller's tag.
    pub fn tag(self) -> u32 {
        self.data().tag
    }

    /// Whether it gathers the rules of others.
    pub fn aggregates(self) -> bool {
        self.data().aggregates
    }

    /// The rules in force; gathered ones for a cluster role with an `aggregationRule`, when the builder
    /// was told to gather.
    pub fn rules(self) -> &'p [PolicyRule] {
        &self.data().rules
    }

    /// The first rule that allows an action, as the authorizer matches it; for an action that could name
    /// an object and does not, else the first one that allows it on objects of certain names. Where a
    /// binding puts the role in force is not looked at.
    pub fn allowing(self, action: &Action<'_>) -> Option<Allowing<'p>> {
        let (data, star) = (self.data(), self.policy.star);
        let asked = Asked::of(action, &self.policy.words, star);
        if !data.sieve.may_allow(&asked) {
            return None;
        }
        let exact = data.compiled.iter().position(|rule| rule.allows(&asked, star));
        let rule = exact.or_else(|| {
            let named = names_none(action) && may_carry_name(action);
            named.then(|| data.compiled.iter().position(|rule| rule.allows_some(&asked, star))).flatten()
        })?;
        Some(Allowing { rule, names: list(data.rules[rule].resource_names.as_ref()) })
    }

    /// Every rule that allows an action, in order; for an action that could name an object and does not, also those that
    /// allow it on objects of certain names. Where a binding puts the role in force is not looked at.
    pub fn rules_allowing(self, action: &Action<'_>) -> Vec<Allowing<'p>> {
        let (data, star) = (self.data(), self.policy.star);
        let asked = Asked::of(action, &self.policy.words, star);
        if !data.sieve.may_allow(&asked) {
            return Vec::new();
        }
        let named = names_none(action) && may_carry_name(action);
        let allows = |rule: &Rule| rule.allows(&asked, star) || (named && rule.allows_some(&asked, star));
        let found = data.compiled.iter().enumerate().filter(|(_, rule)| allows(rule));
        found
            .map(|(rule, _)| Allowing { rule, names: list(data.rules[rule].resource_names.as_ref()) })
            .collect()
    }
}

impl<'p> BindingView<'p> {
    fn data(self) -> &'p BindingData {
        &self.policy.bindings[self.id.index()]
    }

    /// The number.
    pub fn id(self) -> BindingId {
        self.id
    }

    /// `RoleBinding` or `ClusterRoleBinding`.
    pub fn kind(self) -> &'static str {
        if self.data().namespace.is_some() { "RoleBinding" } else { "ClusterRoleBinding" }
    }

    /// The namespace; `None` for a cluster role binding.
    pub fn namespace(self) -> Option<&'p str> {
        self.data().namespace.map(|namespace| self.policy.strings.text(namespace))
    }

    /// The name.
    pub fn name(self) -> &'p str {
        self.policy.strings.text(self.data().name)
    }

    /// The caller's tag.
    pub fn tag(self) -> u32 {
        self.data().tag
    }

    /// `roleRef.kind` as written.
    pub fn role_kind(self) -> &'p str {
        self.policy.strings.text(self.data().role_kind)
    }

    /// `roleRef.name` as written.
    pub fn role_name(self) -> &'p str {
        self.policy.strings.text(self.data().role_name)
    }

    /// The role that it grants; `None` when it is not there or is of no such kind.
    pub fn role(self) -> Option<RoleView<'p>> {
        self.data().role.map(|id| RoleView { policy: self.policy, id })
    }

    /// The subjects as written.
    pub fn subjects(self) -> impl ExactSizeIterator<Item = BoundSubject<'p>> {
        let strings = &self.policy.strings;
        self.data().subjects.iter().map(move |entry| BoundSubject {
            kind: strings.text(entry.kind),
            name: strings.text(entry.name),
            namespace: entry.namespace.map(|namespace| strings.text(namespace)),
            id: entry.id,
        })
    }
}

/// As in `ClusterRole view` or `Role shop/web`.
impl std::fmt::Display for RoleView<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        named(f, self.kind(), self.namespace(), self.name())
    }
}

/// As in `ClusterRoleBinding admins` or `RoleBinding shop/web`.
impl std::fmt::Display for BindingView<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        named(f, self.kind(), self.namespace(), self.name())
    }
}

fn named(
    f: &mut std::fmt::Formatter<'_>,
    kind: &str,
    namespace: Option<&str>,
    name: &str,
) -> std::fmt::Result {
    match namespace {
        Some(namespace) => write!(f, "{kind} {namespace}/{name}"),
        None => write!(f, "{kind} {name}"),
    }
}

fn names_none(action: &Action<'_>) -> bool {
    matches!(action.target, Target::Resource { name: "", .. })
}

/// A count as a number of ids. A policy of 4 billion objects does not fit into memory.
pub(crate) fn numbered(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
