//! The questions in the other direction: who can do something, what can someone do, and tables of both.
//!
//! A role is looked through once for all of its bindings, so a question costs the roles and its answer,
//! not every binding.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::rbac::v1::PolicyRule;

use crate::authorize::Grant;
use crate::policy::{BindingId, Policy, RoleId, SubjectId};
use crate::request::{Action, Target, UserInfo};
use crate::rule::{Asked, list};
use crate::subject::{self, Subject};

/// What is asked of [`Policy::who_can`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Question<'a> {
    /// The action. Its namespace counts only with [`Scope::Exactly`].
    pub action: Action<'a>,
    /// Where.
    pub scope: Scope,
    /// Whether those count as well who can do it to objects of certain names only, when the action names
    /// none. They are told by [`Holder::names`].
    pub some_names: bool,
}

/// Where a [`Question`] looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In the action's namespace; for an empty one by cluster role bindings only, so in every namespace.
    Exactly,
    /// In any namespace: by role bindings of every namespace too.
    Anywhere,
}

/// Someone who can, and through what.
#[derive(Clone, Copy, Debug)]
pub struct Holder<'p> {
    /// Who.
    pub subject: SubjectId,
    /// The place in the binding's list of subjects.
    pub place: u32,
    /// The binding.
    pub binding: BindingId,
    /// The role.
    pub role: RoleId,
    /// The place of the rule in the role.
    pub rule: u32,
    /// The only objects that the rule is for; empty for all.
    pub names: &'p [String],
}

/// A rule that someone has.
#[derive(Clone, Copy, Debug)]
pub struct Held<'p> {
    /// Through what.
    pub grant: Grant,
    /// The rule.
    pub rule: &'p PolicyRule,
}

/// The rules that someone has in one place.
#[derive(Clone, Debug, Default)]
pub struct Rules<'p> {
    /// In the authorizer's order.
    pub held: Vec<Held<'p>>,
    /// Bindings for this user whose role is not there.
    pub skipped: Vec<BindingId>,
}

impl Rules<'_> {
    /// The rules alone.
    pub fn rules(&self) -> Vec<PolicyRule> {
        self.held.iter().map(|held| held.rule.clone()).collect()
    }
}

/// What is in one cell of a table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Cell {
    /// Not allowed.
    #[default]
    No,
    /// For objects of certain names only.
    SomeNames,
    /// Allowed.
    Yes,
}

impl Policy {
    /// Who can do something, in the order of bindings and of their subjects. A subject stands there once
    /// for each binding that lets it. Groups stand for their members, see [`Policy::members`].
    ///
    /// Who is not there: members of `system:masters`, and kubelets as far as the Node authorizer lets them.
    pub fn who_can<'p>(&'p self, question: &Question<'_>) -> impl Iterator<Item = Holder<'p>> + use<'p> {
        let asked = Asked::of(&question.action, &self.words, self.star);
        let name = match question.action.target {
            Target::Resource { name, .. } => name,
            Target::Path(_) => "",
        };
        let any_name = question.some_names && name.is_empty() && may_carry_name(&question.action);
        let namespace = (!question.action.namespace.is_empty()).then_some(question.action.namespace);
        let mut lets: Vec<(BindingId, RoleId, u32)> = Vec::new();
        for (index, role) in self.roles.iter().enumerate() {
            if !role.sieve.may_allow(&asked) {
                continue;
            }
            let exact = role.compiled.iter().position(|rule| rule.allows(&asked, self.star));
            let rule = exact.or_else(|| {
                any_name
                    .then(|| role.compiled.iter().position(|rule| rule.allows_some(&asked, self.star)))
                    .flatten()
            });
            let Some(rule) = rule else { continue };
            for &binding in &self.bindings_of_role[index] {
                let home = self.binding(binding).namespace();
                let counts = match question.scope {
                    Scope::Anywhere => true,
                    Scope::Exactly => home.is_none() || (namespace.is_some() && home == namespace),
                };
                // What has no namespace is not reached through a role binding.
                let reached = home.is_none() || matches!(question.action.target, Target::Resource { .. });
                if counts && reached && home != Some("") {
                    lets.push((
                        binding,
                        RoleId(crate::policy::numbered(index)),
                        crate::policy::numbered(rule),
                    ));
                }
            }
        }
        lets.sort_unstable();
        lets.into_iter().flat_map(move |(binding, role, rule)| {
            let names = list(self.roles[role.index()].rules[rule as usize].resource_names.as_ref());
            let mut seen = BTreeSet::new();
            self.bindings[binding.index()].subjects.iter().enumerate().filter_map(move |(place, entry)| {
                let subject = entry.id.filter(|&id| seen.insert(id))?;
                let place = crate::policy::numbered(place);
                Some(Holder { subject, place, binding, role, rule, names })
            })
        })
    }

    /// The rules that a user has in a namespace, or everywhere for an empty one, in the authorizer's
    /// order (`RulesFor`): what `kubectl auth can-i --list` shows.
    pub fn rules_for(&self, user: &UserInfo, namespace: &str) -> Rules<'_> {
        let namespace = (!namespace.is_empty()).then(|| self.strings.find(namespace));
        let mut places: BTreeMap<BindingId, (u32, Option<RoleId>)> = BTreeMap::new();
        for id in self.ids_of(user) {
            let (clustered, here) = self.postings_in(id, namespace);
            for posting in clustered.iter().chain(here) {
                let place = places.entry(posting.binding).or_insert((posting.place, posting.role));
                place.0 = place.0.min(posting.place);
            }
        }
        let mut rules = Rules::default();
        for (binding, (subject, role)) in places {
            let Some(role) = role else {
                rules.skipped.push(binding);
                continue;
            };
            for (place, rule) in self.roles[role.index()].rules.iter().enumerate() {
                let grant = Grant { binding, subject, role, rule: crate::policy::numbered(place) };
                rules.held.push(Held { grant, rule });
            }
        }
        rules
    }

    /// What a user can do with each resource: a row per resource, a cell per verb.
    ///
    /// `namespace` is where; empty for everywhere. Resources are given as API group and resource, with a
    /// subresource as `pods/exec`.
    pub fn matrix<'a>(
        &self,
        user: &UserInfo,
        namespace: &str,
        resources: impl IntoIterator<Item = (&'a str, &'a str)>,
        verbs: &[&str],
    ) -> Vec<Vec<Cell>> {
        let row = |(group, resource): (&str, &str)| {
            verbs.iter().map(|verb| self.cell(user, namespace, group, resource, verb)).collect()
        };
        resources.into_iter().map(row).collect()
    }

    /// What every subject can do with one resource: a cell per verb, by subject. Subjects that can do
    /// nothing are left out.
    pub fn matrix_of(
        &self,
        group: &str,
        resource: &str,
        namespace: &str,
        scope: Scope,
        verbs: &[&str],
    ) -> BTreeMap<Subject<'_>, Vec<Cell>> {
        let mut rows: BTreeMap<Subject<'_>, Vec<Cell>> = BTreeMap::new();
        for (column, verb) in verbs.iter().enumerate() {
            let action = action_on(verb, group, resource).in_namespace(namespace);
            for holder in self.who_can(&Question { action, scope, some_names: true }) {
                let cells =
                    rows.entry(self.subject(holder.subject)).or_insert_with(|| vec![Cell::No; verbs.len()]);
                let cell = if holder.names.is_empty() { Cell::Yes } else { Cell::SomeNames };
                cells[column] = cells[column].max(cell);
            }
        }
        rows
    }

    /// Those of the given service accounts that a subject stands for: itself, or the members of
    /// `system:authenticated`, `system:serviceaccounts` and the group of a namespace.
    pub fn members<'a>(
        &self,
        subject: SubjectId,
        accounts: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Vec<(&'a str, &'a str)> {
        let subject = self.subject(subject);
        accounts.into_iter().filter(|(namespace, name)| subject.holds(namespace, name)).collect()
    }

    fn cell(&self, user: &UserInfo, namespace: &str, group: &str, resource: &str, verb: &str) -> Cell {
        let action = action_on(verb, group, resource).in_namespace(namespace);
        if user.in_group(subject::SYSTEM_MASTERS) || self.authorize(user, &action).allowed() {
            return Cell::Yes;
        }
        let asked = Asked::of(&action, &self.words, self.star);
        let namespace = (!namespace.is_empty()).then(|| self.strings.find(namespace));
        let named = self.ids_of(user).any(|id| {
            let (clustered, here) = self.postings_in(id, namespace);
            clustered.iter().chain(here).filter_map(|posting| posting.role).any(|role| {
                let role = &self.roles[role.index()];
                role.sieve.may_allow(&asked)
                    && role.compiled.iter().any(|rule| rule.allows_some(&asked, self.star))
            })
        });
        if named && may_carry_name(&action) { Cell::SomeNames } else { Cell::No }
    }
}

impl Subject<'_> {
    /// Whether a service account is this subject, or is in this group without anyone's doing.
    pub fn holds(&self, namespace: &str, name: &str) -> bool {
        match *self {
            Self::ServiceAccount { namespace: own, name: own_name } => own == namespace && own_name == name,
            Self::User(user) => user == subject::service_account_user(namespace, name),
            Self::Group(group) => {
                matches!(group, subject::AUTHENTICATED | subject::SERVICE_ACCOUNTS)
                    || subject::namespace_of_group(group) == Some(namespace)
            }
        }
    }
}

/// An action on `pods` or `pods/exec`.
pub(crate) fn action_on<'a>(verb: &'a str, group: &'a str, resource: &'a str) -> Action<'a> {
    match resource.split_once('/') {
        Some((resource, subresource)) => Action::on(verb, group, resource).subresource(subresource),
        None => Action::on(verb, group, resource),
    }
}

/// Whether a request of this verb can name an object. `create` and `deletecollection` of objects cannot;
/// `list` and `watch` can by field selector.
pub(crate) fn may_carry_name(action: &Action<'_>) -> bool {
    match action.target {
        Target::Resource { subresource, .. } => match action.verb {
            "create" => !subresource.is_empty(),
            "deletecollection" => false,
            _ => true,
        },
        Target::Path(_) => false,
    }
}
