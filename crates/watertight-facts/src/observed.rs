//! What an audit log shows to have been used: the requests of each subject, ready to be made roles of,
//! and which grants allowed them.
//!
//! Start at [`Observed::add`], which is given event by event. Roles are made by
//! [`watertight_rbac::Minimizer`]; events are those of `watertight-audit`.

use std::collections::{BTreeMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use watertight_audit::{Event, Stage, Target as AuditTarget};
use watertight_rbac::{
    Action, ImpersonationMode, Minimizer, NODES, Policy, SYSTEM_MASTERS, Target, Times, Usage, UserInfo,
    implicit_groups, node_of, service_account_of,
};

const AUTHENTICATION: &str = "authentication.k8s.io";

/// Audit IDs of one generation. With two of them, stages of a request are known for stages of one while
/// at least this many requests were begun between them.
const IDS: usize = 4_000_000;

/// Which requests count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Selection {
    /// Only those of users of these names; of anyone when there is none.
    pub users: Vec<String>,
    /// Only those in this namespace.
    pub namespace: Option<String>,
}

/// Who else allowed requests that no role has to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AllowedBy {
    /// Membership of `system:masters`, before any authorizer of roles is asked.
    SystemMasters,
    /// The Node authorizer, which knows what the pods of a node need.
    NodeAuthorizer,
}

impl AllowedBy {
    /// In a few words.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SystemMasters => "system:masters",
            Self::NodeAuthorizer => "Node authorizer",
        }
    }
}

/// How many requests were seen, each counted once whatever its stages.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Requests {
    /// All that were decided or refused.
    pub all: u64,
    /// Allowed, selected, and to be granted.
    pub granted: u64,
    /// Allowed by something else than a role.
    pub outside: u64,
    /// Refused: no grants.
    pub denied: u64,
    /// Allowed and only tried (`dryRun=All`): no grants.
    pub dry_run: u64,
    /// Without a decision: refused before authorization, or logged without annotations.
    pub undecided: u64,
    /// Allowed and not selected.
    pub not_selected: u64,
}

/// What was seen so far.
pub struct Observed<'p> {
    selection: Selection,
    minimizer: Minimizer,
    usage: Option<Usage<'p>>,
    requests: Requests,
    impersonated: u64,
    window: Times,
    outside: BTreeMap<(String, AllowedBy), Times>,
    ids: Ids,
}

impl<'p> Observed<'p> {
    /// Nothing was seen yet. With a policy, it is counted which of its grants allow what is seen.
    #[must_use]
    pub fn new(selection: Selection, policy: Option<&'p Policy>) -> Self {
        Self {
            selection,
            minimizer: Minimizer::new(),
            usage: policy.map(Usage::new),
            requests: Requests::default(),
            impersonated: 0,
            window: Times::default(),
            outside: BTreeMap::new(),
            ids: Ids::default(),
        }
    }

    /// Adds an event.
    ///
    /// On arrival a request is not decided yet. Of the later stages, each may be the only one that the
    /// policy of the log keeps; the first that is seen counts.
    pub fn add(&mut self, event: &Event<'_>) {
        let time = event.request_received_timestamp.as_ref();
        if !time.is_empty() {
            if self.window.first.is_empty() || time < self.window.first.as_str() {
                time.clone_into(&mut self.window.first);
            }
            if time > self.window.last.as_str() {
                time.clone_into(&mut self.window.last);
            }
        }
        if event.stage == Stage::RequestReceived {
            return;
        }
        let count = u64::from(self.ids.insert(&event.audit_id));
        self.requests.all += count;
        match event.annotation("authorization.k8s.io/decision") {
            Some("allow") if is_dry_run(&event.request_uri) => self.requests.dry_run += count,
            Some("allow") => self.allowed(event, count),
            Some(_) => self.requests.denied += count,
            None => self.requests.undecided += count,
        }
    }

    fn allowed(&mut self, event: &Event<'_>, count: u64) {
        let request = event.request();
        let action = action(request.verb, &request.target);
        let acting = event.impersonated_user.as_ref().unwrap_or(&event.user);
        let acting = UserInfo::new(acting.username.as_ref(), acting.groups.iter().map(AsRef::as_ref));
        let reason = event.annotation("authorization.k8s.io/reason").unwrap_or_default();
        let mut used = self.one(event, &acting, &action, allowed_by(&acting, reason), count);
        if event.impersonated_user.is_some() {
            self.impersonated += count;
            let user =
                UserInfo::new(event.user.username.as_ref(), event.user.groups.iter().map(AsRef::as_ref));
            let by = user.in_group(SYSTEM_MASTERS).then_some(AllowedBy::SystemMasters);
            for needed in impersonation(event, &action) {
                used |= self.one(event, &user, &needed.action(), by, count);
            }
        }
        match used {
            Used::GRANTED => self.requests.granted += count,
            Used::OUTSIDE => self.requests.outside += count,
            _ => self.requests.not_selected += count,
        }
    }

    /// One thing that one user was allowed.
    fn one(
        &mut self,
        event: &Event<'_>,
        user: &UserInfo,
        action: &Action<'_>,
        by: Option<AllowedBy>,
        count: u64,
    ) -> Used {
        let time = event.request_received_timestamp.as_ref();
        if by.is_none()
            && let Some(usage) = &mut self.usage
        {
            usage.observe(user, action, count, time, time);
        }
        let users = &self.selection.users;
        let wanted = (users.is_empty() || users.contains(&user.name))
            && self.selection.namespace.as_ref().is_none_or(|name| name == action.namespace);
        if !wanted {
            return Used::NOT;
        }
        if let Some(by) = by {
            let times = self.outside.entry((user.name.clone(), by)).or_default();
            times.count += count;
            if !time.is_empty() && (times.first.is_empty() || time < times.first.as_str()) {
                time.clone_into(&mut times.first);
            }
            if time > times.last.as_str() {
                time.clone_into(&mut times.last);
            }
            return Used::OUTSIDE;
        }
        self.minimizer.observe(&user.name, action, count, time, time);
        Used::GRANTED
    }

    /// What was seen to be used, for roles.
    #[must_use]
    pub fn minimizer(&self) -> &Minimizer {
        &self.minimizer
    }

    /// Which grants of the policy allowed it; `None` without a policy.
    #[must_use]
    pub fn usage(&self) -> Option<&Usage<'p>> {
        self.usage.as_ref()
    }

    /// How many requests there were.
    #[must_use]
    pub fn requests(&self) -> Requests {
        self.requests
    }

    /// How many of the allowed ones were made as someone else.
    #[must_use]
    pub fn impersonated(&self) -> u64 {
        self.impersonated
    }

    /// The first and the last moment at which a request arrived, as RFC 3339; empty when none is known.
    #[must_use]
    pub fn window(&self) -> (&str, &str) {
        (&self.window.first, &self.window.last)
    }

    /// Who was allowed by something else than a role, and how often.
    #[must_use]
    pub fn outside(&self) -> &BTreeMap<(String, AllowedBy), Times> {
        &self.outside
    }
}

/// What became of a request; of several parts, the most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Used(u8);

impl Used {
    const NOT: Self = Self(0);
    const OUTSIDE: Self = Self(1);
    const GRANTED: Self = Self(2);
}

impl std::ops::BitOrAssign for Used {
    fn bitor_assign(&mut self, other: Self) {
        *self = (*self).max(other);
    }
}

/// Audit IDs of late, as hashes, in a bounded amount of memory. A rare mistake costs one count, never a
/// permission: those are taken of every event.
#[derive(Default)]
struct Ids {
    new: HashSet<u64>,
    old: HashSet<u64>,
}

impl Ids {
    /// Whether the ID was not seen before.
    fn insert(&mut self, id: &str) -> bool {
        let mut hasher = DefaultHasher::new();
        id.hash(&mut hasher);
        let id = hasher.finish();
        if self.old.contains(&id) || !self.new.insert(id) {
            return false;
        }
        if self.new.len() >= IDS {
            self.old = std::mem::take(&mut self.new);
        }
        true
    }
}

/// Whom the API server let in without asking for roles. `system:masters` comes before all authorizers
/// (`pkg/kubeapiserver/authorizer`), and the Node authorizer gives no reason where RBAC does
/// (`plugin/pkg/auth/authorizer/{node,rbac}`).
fn allowed_by(user: &UserInfo, reason: &str) -> Option<AllowedBy> {
    if user.in_group(SYSTEM_MASTERS) {
        Some(AllowedBy::SystemMasters)
    } else if user.in_group(NODES) && node_of(&user.name).is_some() && !reason.starts_with("RBAC:") {
        Some(AllowedBy::NodeAuthorizer)
    } else {
        None
    }
}

fn action<'a>(verb: &'a str, target: &AuditTarget<'a>) -> Action<'a> {
    match *target {
        AuditTarget::NonResource { path } => Action::path(verb, path),
        AuditTarget::Resource { api_group, resource, subresource, namespace, name } => {
            let target = Target::Resource { group: api_group, resource, subresource, name };
            Action { verb, namespace, target }
        }
    }
}

/// `dryRun` has one value that is allowed.
fn is_dry_run(uri: &str) -> bool {
    uri.split_once('?').is_some_and(|(_, query)| query.split('&').any(|pair| pair == "dryRun=All"))
}

/// A permission that an impersonator needs.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Needed {
    verb: String,
    group: String,
    resource: String,
    subresource: String,
    namespace: String,
    name: String,
    /// In place of a resource.
    path: Option<String>,
}

impl Needed {
    fn on(verb: &str, group: &str, resource: &str, name: &str) -> Self {
        Self {
            verb: verb.to_owned(),
            group: group.to_owned(),
            resource: resource.to_owned(),
            subresource: String::new(),
            namespace: String::new(),
            name: name.to_owned(),
            path: None,
        }
    }

    fn action(&self) -> Action<'_> {
        let (group, resource, subresource, name) =
            (&*self.group, &*self.resource, &*self.subresource, &*self.name);
        let target = match &self.path {
            Some(path) => Target::Path(path),
            None => Target::Resource { group, resource, subresource, name },
        };
        Action { verb: &self.verb, namespace: &self.namespace, target }
    }
}

/// What the impersonation of an event needs, by the mode that the event names.
///
/// Follows `pkg/endpoints/filters/impersonation` of the API server. Groups that come with the name are
/// taken to have been added by it; uid and extra fields were asked for.
fn impersonation(event: &Event<'_>, action: &Action<'_>) -> Vec<Needed> {
    let Some(wanted) = &event.impersonated_user else { return Vec::new() };
    let constraint = event.impersonation_constraint.as_ref();
    let mode = ImpersonationMode::ALL
        .into_iter()
        .find(|mode| *mode != ImpersonationMode::Legacy && mode.verb() == constraint)
        .unwrap_or(ImpersonationMode::Legacy);
    let verb = mode.verb();
    let legacy = mode == ImpersonationMode::Legacy;
    let group = if legacy { "" } else { AUTHENTICATION };
    let name = wanted.username.as_ref();
    let mut needed = Vec::new();
    if let Some((namespace, account)) = service_account_of(name) {
        let whom = Needed::on(&verb, group, "serviceaccounts", account);
        needed.push(Needed { namespace: namespace.to_owned(), ..whom });
    } else if let Some(node) = node_of(name).filter(|_| !legacy) {
        // The answer is kept for all nodes, so it has to hold for all.
        let node = if mode == ImpersonationMode::AssociatedNode { "*" } else { node };
        needed.push(Needed::on(&verb, group, "nodes", node));
    } else {
        needed.push(Needed::on(&verb, group, "users", name));
    }
    let mut given = implicit_groups(name);
    if !legacy && node_of(name).is_some() {
        given.push(NODES.to_owned());
    }
    for wanted in wanted.groups.iter().filter(|wanted| !given.iter().any(|given| given == *wanted)) {
        needed.push(Needed::on(&verb, group, "groups", wanted));
    }
    if !wanted.uid.is_empty() {
        needed.push(Needed::on(&verb, AUTHENTICATION, "uids", &wanted.uid));
    }
    for (key, values) in &wanted.extra {
        for value in values {
            let extra = Needed::on(&verb, AUTHENTICATION, "userextras", value);
            needed.push(Needed { subresource: key.to_string(), ..extra });
        }
    }
    if let Some(verb) = mode.verb_on(action.verb) {
        needed.push(match action.target {
            Target::Path(path) => Needed { path: Some(path.to_owned()), ..Needed::on(&verb, "", "", "") },
            Target::Resource { group, resource, subresource, name } => Needed {
                subresource: subresource.to_owned(),
                namespace: action.namespace.to_owned(),
                ..Needed::on(&verb, group, resource, name)
            },
        });
    }
    needed
}

#[cfg(test)]
#[path = "observed_tests.rs"]
mod tests;
