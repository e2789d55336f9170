//! The decision of the RBAC authorizer.
//!
//! Upstream: `plugin/pkg/auth/authorizer/rbac/rbac.go` (`Authorize`),
//! `pkg/registry/rbac/validation/rule.go` (`VisitRulesFor`, `describeSubject`).

use std::collections::BTreeMap;
use std::fmt;

use crate::policy::{BindingId, Policy, Posting, RoleId, SubjectId};
use crate::quote::Quoted;
use crate::request::{Action, UserInfo};
use crate::rule::Asked;

/// What RBAC says to a request.
#[derive(Clone, Debug)]
pub struct Decision<'p> {
    policy: &'p Policy,
    /// Through what it is allowed; `None` when nothing allows it, which is "no opinion": another
    /// authorizer may still allow it.
    pub grant: Option<Grant>,
    /// The bindings that are for this user and whose role is not there, when nothing allows the request.
    pub skipped: Vec<BindingId>,
}

/// Why a request is allowed: the first binding, in the authorizer's order, with a rule for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Grant {
    /// The binding.
    pub binding: BindingId,
    /// The place in its list of subjects of the first one that the user is.
    pub subject: u32,
    /// The role that it grants.
    pub role: RoleId,
    /// The place of the first rule that allows it.
    pub rule: u32,
}

impl Decision<'_> {
    /// Whether RBAC allows it.
    pub fn allowed(&self) -> bool {
        self.grant.is_some()
    }

    /// The API server's reason, without its `RBAC: allowed by `, as in
    /// `RoleBinding "web/shop" of ClusterRole "view" to Group "dev"`.
    pub fn reason(&self) -> Option<String> {
        self.grant.map(|grant| self.policy.reason(grant))
    }
}

impl Policy {
    /// Decides as the RBAC authorizer does, which knows nothing of `system:masters`; see
    /// [`Policy::decide`](crate::Policy::decide) for the layers around it.
    ///
    /// A binding whose role is not there is skipped, and the others go on.
    pub fn authorize(&self, user: &UserInfo, action: &Action<'_>) -> Decision<'_> {
        let asked = Asked::of(action, &self.words, self.star);
        let namespace = (!action.namespace.is_empty()).then(|| self.strings.find(action.namespace));
        let mut found = Found { grant: None, skipped: Vec::new() };
        let ids = self.ids_of(user);
        for id in ids.clone() {
            let (clustered, namespaced) = self.postings_in(id, namespace);
            self.search(clustered, &asked, &mut found);
            self.search(namespaced, &asked, &mut found);
        }
        match found.grant {
            Some(mut grant) => {
                grant.subject = self.place_of(ids, grant);
                Decision { policy: self, grant: Some(grant), skipped: Vec::new() }
            }
            None => {
                found.skipped.sort_unstable();
                found.skipped.dedup();
                Decision { policy: self, grant: None, skipped: found.skipped }
            }
        }
    }

    /// Every grant that allows a request, one per binding and rule, in the authorizer's order. The first is
    /// the one that [`Policy::authorize`] gives.
    pub fn grants(&self, user: &UserInfo, action: &Action<'_>) -> Vec<Grant> {
        let asked = Asked::of(action, &self.words, self.star);
        let namespace = (!action.namespace.is_empty()).then(|| self.strings.find(action.namespace));
        let mut places: BTreeMap<BindingId, (u32, RoleId)> = BTreeMap::new();
        for id in self.ids_of(user) {
            let (clustered, here) = self.postings_in(id, namespace);
            for posting in clustered.iter().chain(here) {
                if let Some(role) = posting.role {
                    let place = places.entry(posting.binding).or_insert((posting.place, role));
                    place.0 = place.0.min(posting.place);
                }
            }
        }
        let mut grants = Vec::new();
        for (binding, (subject, role)) in places {
            let rules = &self.roles[role.index()].compiled;
            for (rule, _) in rules.iter().enumerate().filter(|(_, rule)| rule.allows(&asked, self.star)) {
                grants.push(Grant { binding, subject, role, rule: crate::policy::numbered(rule) });
            }
        }
        grants
    }

    /// The API server's reason for a grant, without its `RBAC: allowed by `.
    pub fn reason(&self, grant: Grant) -> String {
        let binding = self.binding(grant.binding);
        let subject = binding.subjects().nth(grant.subject as usize);
        let subject = subject.map(|subject| Described { binding: binding.namespace(), subject });
        let name = match binding.namespace() {
            Some(namespace) => format!("{}/{namespace}", binding.name()),
            None => binding.name().to_owned(),
        };
        format!(
            "{} {} of {} {} to {}",
            binding.kind(),
            Quoted(&name),
            binding.role_kind(),
            Quoted(binding.role_name()),
            subject.map(|subject| subject.to_string()).unwrap_or_default(),
        )
    }

    /// The numbers of what this user is: the name, and every group.
    pub(crate) fn ids_of<'a>(&'a self, user: &'a UserInfo) -> impl Iterator<Item = SubjectId> + Clone + 'a {
        self.user(&user.name).into_iter().chain(user.groups.iter().filter_map(|group| self.group(group)))
    }

    /// Looks for an earlier grant among bindings in their order.
    fn search(&self, postings: &[Posting], asked: &Asked<'_>, found: &mut Found) {
        for posting in postings {
            if found.grant.is_some_and(|grant| grant.binding <= posting.binding) {
                return;
            }
            let Some(role) = posting.role else {
                found.skipped.push(posting.binding);
                continue;
            };
            if !posting.sieve.may_allow(asked) {
                continue;
            }
            let data = &self.roles[role.index()];
            if let Some(rule) = data.compiled.iter().position(|rule| rule.allows(asked, self.star)) {
                let rule = crate::policy::numbered(rule);
                found.grant = Some(Grant { binding: posting.binding, subject: posting.place, role, rule });
                return;
            }
        }
    }

    /// The first place in the binding's list of subjects that is this user.
    fn place_of(&self, ids: impl Iterator<Item = SubjectId>, grant: Grant) -> u32 {
        let binding = &self.bindings[grant.binding.index()];
        let key = (binding.namespace, grant.binding);
        ids.filter_map(|id| {
            let postings = self.postings_of(id);
            let at = postings.binary_search_by_key(&key, |posting| (posting.namespace, posting.binding));
            at.ok().map(|at| postings[at].place)
        })
        .min()
        .unwrap_or(grant.subject)
    }
}

struct Found {
    grant: Option<Grant>,
    skipped: Vec<BindingId>,
}

/// `describeSubject`.
struct Described<'p> {
    binding: Option<&'p str>,
    subject: crate::policy::BoundSubject<'p>,
}

impl fmt::Display for Described<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let subject = &self.subject;
        if subject.kind != "ServiceAccount" {
            return write!(f, "{} {}", subject.kind, Quoted(subject.name));
        }
        let written = subject.namespace.filter(|namespace| !namespace.is_empty());
        let namespace = written.or(self.binding).unwrap_or_default();
        write!(f, "{} {}", subject.kind, Quoted(&format!("{}/{namespace}", subject.name)))
    }
}
