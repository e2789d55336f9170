//! Roles and bindings that allow what was seen to be used, and no more.
//!
//! Start reading at [`Minimizer`].

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::rbac::v1::{
    ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject as BoundSubject,
};
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;

use crate::builder::PolicyBuilder;
use crate::permission::{Permission, rules_of};
use crate::policy::Policy;
use crate::request::{Action, Target, UserInfo};
use crate::subject::Subject;

const GROUP: &str = "rbac.authorization.k8s.io";

/// How far to go beyond what was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Generalize {
    /// A verb on a resource that was seen with more names than this, in one place, is granted for all
    /// names. 0 grants all names always. Unlimited by default: every name is written.
    pub names: usize,
    /// A permission that was seen in more namespaces than this is granted everywhere. Unlimited by
    /// default.
    pub namespaces: usize,
    /// What the names of roles and bindings begin with; `minimized:` by default.
    pub prefix: String,
}

impl Default for Generalize {
    fn default() -> Self {
        Self { names: usize::MAX, namespaces: usize::MAX, prefix: "minimized:".to_owned() }
    }
}

/// Collects requests that were allowed and makes roles of them.
#[derive(Clone, Debug, Default)]
pub struct Minimizer {
    subjects: BTreeMap<String, BTreeMap<Seen, Times>>,
}

/// A request as the authorizer sees it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Seen {
    namespace: String,
    verb: String,
    what: SeenTarget,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum SeenTarget {
    Resource { group: String, resource: String, subresource: String, name: String },
    Path(String),
}

/// How often and when something was seen.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Times {
    /// How often.
    pub count: u64,
    /// The least of the timestamps given; empty when none was.
    pub first: String,
    /// The greatest of the timestamps given; empty when none was.
    pub last: String,
}

/// The roles for one subject.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Minimized {
    /// The user name.
    pub user: String,
    /// How often and when it was seen.
    pub times: Times,
    /// Roles for one namespace each.
    pub roles: Vec<Role>,
    /// Their bindings, and those of cluster roles in namespaces.
    pub role_bindings: Vec<RoleBinding>,
    /// Roles for everywhere, and for rules that are the same in several namespaces.
    pub cluster_roles: Vec<ClusterRole>,
    /// Their bindings.
    pub cluster_role_bindings: Vec<ClusterRoleBinding>,
    /// How many different requests the roles were made of.
    pub requests: usize,
    /// How many of them everyone may make anyway, so that no rule was made.
    pub left_to_everyone: usize,
}

/// Rules by place: `None` for everywhere.
type Scoped = BTreeMap<Option<String>, BTreeSet<Permission>>;

impl Times {
    pub(crate) fn add(&mut self, count: u64, first: &str, last: &str) {
        self.count = self.count.saturating_add(count);
        if !first.is_empty() && (self.first.is_empty() || first < self.first.as_str()) {
            first.clone_into(&mut self.first);
        }
        if last > self.last.as_str() {
            last.clone_into(&mut self.last);
        }
    }
}

impl Seen {
    /// Without the name where the authorizer gets none: an audit event of a `create` has the name of the
    /// object that was made.
    fn of(action: &Action<'_>) -> Self {
        let what = match action.target {
            Target::Path(path) => SeenTarget::Path(path.to_owned()),
            Target::Resource { group, resource, subresource, name } => {
                let unnamed = match action.verb {
                    "create" => subresource.is_empty(),
                    "deletecollection" => true,
                    _ => false,
                };
                SeenTarget::Resource {
                    group: group.to_owned(),
                    resource: resource.to_owned(),
                    subresource: subresource.to_owned(),
                    name: if unnamed { String::new() } else { name.to_owned() },
                }
            }
        };
        Self { namespace: action.namespace.to_owned(), verb: action.verb.to_owned(), what }
    }

    fn action(&self) -> Action<'_> {
        let target = match &self.what {
            SeenTarget::Path(path) => Target::Path(path),
            SeenTarget::Resource { group, resource, subresource, name } => {
                Target::Resource { group, resource, subresource, name }
            }
        };
        Action { verb: &self.verb, namespace: &self.namespace, target }
    }

    fn permission(&self) -> Permission {
        let verb = self.verb.clone();
        match &self.what {
            SeenTarget::Path(path) => Permission::Url { url: path.clone(), verb },
            SeenTarget::Resource { group, resource, subresource, name } => Permission::Resource {
                group: group.clone(),
                resource: if subresource.is_empty() {
                    resource.clone()
                } else {
                    format!("{resource}/{subresource}")
                },
                verb,
                name: (!name.is_empty()).then(|| name.clone()),
            },
        }
    }

    fn place(&self) -> Option<String> {
        let somewhere = !self.namespace.is_empty() && matches!(self.what, SeenTarget::Resource { .. });
        somewhere.then(|| self.namespace.clone())
    }
}

impl Minimizer {
    /// Nothing seen yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds an allowed request, `count` times, seen between two timestamps that sort as texts (RFC 3339 in
    /// UTC; empty for unknown).
    ///
    /// The action is what an audit event says: a name that the authorizer did not get (`create`,
    /// `deletecollection`) is dropped here; that of a `list` or `watch` comes of a field selector and is
    /// kept.
    pub fn observe(&mut self, user: &str, action: &Action<'_>, count: u64, first: &str, last: &str) {
        let seen = self.subjects.entry(user.to_owned()).or_default();
        seen.entry(Seen::of(action)).or_default().add(count, first, last);
    }

    /// Every user that was seen, sorted.
    pub fn users(&self) -> impl Iterator<Item = &str> {
        self.subjects.keys().map(String::as_str)
    }

    /// The roles for every user that was seen, sorted by user.
    ///
    /// `base` is a policy whose grants to the implicit groups stay: what everyone may do is not granted
    /// again.
    pub fn minimize(&self, generalize: &Generalize, base: Option<&Policy>) -> Vec<Minimized> {
        let mut names = BTreeSet::new();
        self.subjects.iter().map(|(user, seen)| one(user, seen, generalize, base, &mut names)).collect()
    }

    /// The requests that roles do not allow, by the authorizer: none, or something is wrong. `base` as for
    /// [`Minimizer::minimize`].
    pub fn unproven(&self, minimized: &[Minimized], base: Option<&Policy>) -> Vec<String> {
        let policy = policy_of(minimized);
        let mut unproven = Vec::new();
        for (user, seen) in &self.subjects {
            let alone = UserInfo::new(user.as_str(), None::<String>);
            let everyone = everyone(user);
            for seen in seen.keys() {
                let action = seen.action();
                let allowed = policy.authorize(&alone, &action).allowed()
                    || base.is_some_and(|base| base.authorize(&everyone, &action).allowed());
                if !allowed {
                    unproven.push(format!("{user}: {action}"));
                }
            }
        }
        unproven
    }
}

/// The policy that generated objects make.
pub fn policy_of(minimized: &[Minimized]) -> Policy {
    let mut builder = PolicyBuilder::new();
    for subject in minimized {
        subject.roles.iter().for_each(|role| builder.role(role, 0));
        subject.cluster_roles.iter().for_each(|role| builder.cluster_role(role, 0));
        subject.role_bindings.iter().for_each(|binding| builder.role_binding(binding, 0));
        subject.cluster_role_bindings.iter().for_each(|binding| builder.cluster_role_binding(binding, 0));
    }
    builder.build()
}

/// A user of no name, with the groups that this one has without anyone's doing.
fn everyone(user: &str) -> UserInfo {
    UserInfo::new("\0", crate::subject::implicit_groups(user))
}

fn one(
    user: &str,
    seen: &BTreeMap<Seen, Times>,
    generalize: &Generalize,
    base: Option<&Policy>,
    taken: &mut BTreeSet<String>,
) -> Minimized {
    let mut minimized = Minimized { user: user.to_owned(), requests: seen.len(), ..Minimized::default() };
    let everyone = everyone(user);
    let mut scoped = Scoped::new();
    for (seen, times) in seen {
        minimized.times.add(times.count, &times.first, &times.last);
        if base.is_some_and(|base| base.authorize(&everyone, &seen.action()).allowed()) {
            minimized.left_to_everyone += 1;
        } else {
            scoped.entry(seen.place()).or_default().insert(seen.permission());
        }
    }
    drop_names(&mut scoped, generalize.names);
    drop_namespaces(&mut scoped, generalize.namespaces);
    drop_covered(&mut scoped);
    write(&mut minimized, scoped, &name_of(user, &generalize.prefix, taken));
    minimized
}

/// Grants for all names what was seen with too many of them.
fn drop_names(scoped: &mut Scoped, most: usize) {
    for permissions in scoped.values_mut() {
        let mut names: BTreeMap<(String, String, String), usize> = BTreeMap::new();
        for permission in permissions.iter() {
            if let Permission::Resource { group, resource, verb, name: Some(_) } = permission {
                *names.entry((group.clone(), resource.clone(), verb.clone())).or_default() += 1;
            }
        }
        let wide = names.into_iter().filter(|(_, count)| *count > most);
        permissions.extend(wide.map(|((group, resource, verb), _)| Permission::Resource {
            group,
            resource,
            verb,
            name: None,
        }));
    }
}

/// Grants everywhere what was seen in too many namespaces.
fn drop_namespaces(scoped: &mut Scoped, most: usize) {
    let mut places: BTreeMap<Permission, usize> = BTreeMap::new();
    for permission in scoped.iter().filter(|(place, _)| place.is_some()).flat_map(|(_, all)| all) {
        *places.entry(permission.clone()).or_default() += 1;
    }
    let wide: Vec<Permission> =
        places.into_iter().filter(|(_, count)| *count > most).map(|(permission, _)| permission).collect();
    if !wide.is_empty() {
        scoped.entry(None).or_default().extend(wide);
    }
}

/// Leaves out what a wider permission covers, so that every rule that is left is needed.
fn drop_covered(scoped: &mut Scoped) {
    let everywhere = scoped.get(&None).cloned().unwrap_or_default();
    for (place, permissions) in scoped.iter_mut() {
        let all = permissions.clone();
        permissions.retain(|permission| {
            let elsewhere = place.is_some() && permission.is_covered(&everywhere);
            !elsewhere && !permission.is_covered_by_another(&all)
        });
    }
    scoped.retain(|_, permissions| !permissions.is_empty());
}

/// A name for the roles of a user that is none yet. `/` and `%` cannot stand in one.
fn name_of(user: &str, prefix: &str, taken: &mut BTreeSet<String>) -> String {
    let plain = match Subject::of_user(user) {
        Subject::ServiceAccount { namespace, name } => format!("serviceaccount:{namespace}:{name}"),
        _ => format!("user:{user}"),
    };
    let plain: String =
        plain.chars().map(|c| if matches!(c, '/' | '%') || c.is_control() { '-' } else { c }).collect();
    let mut name = format!("{prefix}{plain}");
    let mut number = 2;
    while !taken.insert(name.clone()) {
        name = format!("{prefix}{plain}-{number}");
        number += 1;
    }
    name
}

/// Objects: a cluster role for everywhere; for rules that are the same in several namespaces one cluster
/// role with a role binding in each; else a role in its namespace.
fn write(minimized: &mut Minimized, scoped: Scoped, name: &str) {
    let subject = bound(&minimized.user);
    let mut places: BTreeMap<BTreeSet<Permission>, Vec<String>> = BTreeMap::new();
    for (place, permissions) in scoped {
        match place {
            Some(namespace) => places.entry(permissions).or_default().push(namespace),
            None => {
                minimized.cluster_roles.push(cluster_role(name, rules_of(&permissions)));
                minimized.cluster_role_bindings.push(ClusterRoleBinding {
                    metadata: named(name, None),
                    role_ref: reference("ClusterRole", name),
                    subjects: Some(vec![subject.clone()]),
                });
            }
        }
    }
    let mut shared = 0;
    for (permissions, namespaces) in places {
        let rules = rules_of(&permissions);
        let role = if let [namespace] = namespaces.as_slice() {
            let metadata = named(name, Some(namespace));
            minimized.roles.push(Role { metadata, rules: Some(rules) });
            reference("Role", name)
        } else {
            shared += 1;
            let name = format!("{name}:shared-{shared}");
            minimized.cluster_roles.push(cluster_role(&name, rules));
            reference("ClusterRole", &name)
        };
        for namespace in &namespaces {
            minimized.role_bindings.push(RoleBinding {
                metadata: named(name, Some(namespace)),
                role_ref: role.clone(),
                subjects: Some(vec![subject.clone()]),
            });
        }
    }
}

fn bound(user: &str) -> BoundSubject {
    match Subject::of_user(user) {
        Subject::ServiceAccount { namespace, name } => BoundSubject {
            kind: "ServiceAccount".to_owned(),
            name: name.to_owned(),
            namespace: Some(namespace.to_owned()),
            api_group: None,
        },
        _ => BoundSubject {
            kind: "User".to_owned(),
            name: user.to_owned(),
            namespace: None,
            api_group: Some(GROUP.to_owned()),
        },
    }
}

fn cluster_role(name: &str, rules: Vec<PolicyRule>) -> ClusterRole {
    ClusterRole { metadata: named(name, None), rules: Some(rules), aggregation_rule: None }
}

fn named(name: &str, namespace: Option<&str>) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.to_owned()),
        namespace: namespace.map(ToOwned::to_owned),
        ..ObjectMeta::default()
    }
}

fn reference(kind: &str, name: &str) -> RoleRef {
    // A text or an optional one, by the version of the API.
    RoleRef { api_group: GROUP.to_owned().into(), kind: kind.to_owned(), name: name.to_owned() }
}
