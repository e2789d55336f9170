//! The small language in which the tables of this module are written, and how a line of it becomes
//! an object.
//!
//! Lists are texts with blanks between the words, since no verb, group, resource or URL holds a
//! blank. The core API group, which is the empty text in objects, is the word `core` here.

use std::collections::BTreeMap;

use k8s_openapi::api::rbac::v1 as api;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, ObjectMeta};

use super::Distribution;

/// The API group of RBAC's own objects, and of the users and groups that are subjects.
const RBAC_GROUP: &str = "rbac.authorization.k8s.io";

pub(super) const READ: &str = "get list watch";
pub(super) const WRITE: &str = "create delete deletecollection patch update";
pub(super) const READ_WRITE: &str = "create delete deletecollection get list patch update watch";

/// Writing events, in both groups that have them: nearly every component does.
pub(super) const EVENTS: Rule = rule("create patch update", "core events.k8s.io", "events");

/// Which servers have a line of a table.
#[derive(Debug, Clone, Copy)]
struct When {
    since: u32,
    before: u32,
    only: Option<Distribution>,
}

impl When {
    const ALWAYS: Self = Self { since: 0, before: u32::MAX, only: None };

    fn holds(self, distribution: Distribution, minor: u32) -> bool {
        (self.since..self.before).contains(&minor) && self.only.is_none_or(|only| only == distribution)
    }
}

/// Gives a line the words that say when it is there.
macro_rules! dated {
    ($line:ident) => {
        impl $line {
            /// There from Kubernetes 1.`minor` on.
            pub(super) const fn since(mut self, minor: u32) -> Self {
                self.when.since = minor;
                self
            }

            /// There in this distribution alone.
            pub(super) const fn only(mut self, distribution: Distribution) -> Self {
                self.when.only = Some(distribution);
                self
            }

            /// Whether such a server has this line.
            pub(super) fn is_in(&self, distribution: Distribution, minor: u32) -> bool {
                self.when.holds(distribution, minor)
            }
        }
    };
}

/// A rule of a role.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule {
    verbs: &'static str,
    groups: &'static str,
    resources: &'static str,
    names: &'static str,
    urls: &'static str,
    when: When,
}

/// A rule over resources of API groups.
pub(super) const fn rule(verbs: &'static str, groups: &'static str, resources: &'static str) -> Rule {
    Rule { verbs, groups, resources, names: "", urls: "", when: When::ALWAYS }
}

/// A rule over paths that are no resources.
pub(super) const fn urls(verbs: &'static str, urls: &'static str) -> Rule {
    Rule { verbs, groups: "", resources: "", names: "", urls, when: When::ALWAYS }
}

dated!(Rule);

impl Rule {
    /// There up to the version before Kubernetes 1.`minor`.
    pub(super) const fn before(mut self, minor: u32) -> Self {
        self.when.before = minor;
        self
    }

    /// The rule holds for objects of these names only.
    pub(super) const fn named(mut self, names: &'static str) -> Self {
        self.names = names;
        self
    }

    fn object(&self) -> api::PolicyRule {
        let groups = words(self.groups).map(|groups| groups.into_iter().map(core_is_empty).collect());
        api::PolicyRule {
            api_groups: groups,
            non_resource_urls: words(self.urls),
            resource_names: words(self.names),
            resources: words(self.resources),
            verbs: words(self.verbs).unwrap_or_default(),
        }
    }
}

/// A Role, or a ClusterRole when it has no namespace.
#[derive(Debug, Clone, Copy)]
pub(super) struct Role {
    pub(super) namespace: Option<&'static str>,
    pub(super) name: &'static str,
    rules: &'static [Rule],
    aggregates_to: Option<&'static str>,
    aggregation: Option<&'static str>,
    when: When,
}

/// A ClusterRole with these rules.
pub(super) const fn role(name: &'static str, rules: &'static [Rule]) -> Role {
    Role { namespace: None, name, rules, aggregates_to: None, aggregation: None, when: When::ALWAYS }
}

/// A ClusterRole whose rules are those of all that aggregate to `target`.
pub(super) const fn aggregated(name: &'static str, target: &'static str) -> Role {
    Role { aggregation: Some(target), ..role(name, &[]) }
}

/// A Role with these rules.
pub(super) const fn role_in(namespace: &'static str, name: &'static str, rules: &'static [Rule]) -> Role {
    Role { namespace: Some(namespace), ..role(name, rules) }
}

dated!(Role);

impl Role {
    /// The role carries the label by which the aggregated role `target` takes it in.
    pub(super) const fn aggregates_to(mut self, target: &'static str) -> Self {
        self.aggregates_to = Some(target);
        self
    }

    fn rules(&self, distribution: Distribution, minor: u32) -> Vec<api::PolicyRule> {
        self.rules.iter().filter(|rule| rule.is_in(distribution, minor)).map(Rule::object).collect()
    }

    /// The object, as a server of this distribution and version has it.
    pub(super) fn role(&self, distribution: Distribution, minor: u32) -> api::Role {
        api::Role {
            metadata: metadata(self.namespace, self.name.to_owned(), self.aggregates_to),
            rules: Some(self.rules(distribution, minor)),
        }
    }

    /// The object, as a server of this distribution and version has it. The rules of an aggregated
    /// role are absent: a controller fills them in.
    pub(super) fn cluster_role(&self, distribution: Distribution, minor: u32) -> api::ClusterRole {
        let aggregation_rule = self.aggregation.map(|target| api::AggregationRule {
            cluster_role_selectors: Some(vec![LabelSelector {
                match_labels: Some(BTreeMap::from([aggregation_label(target)])),
                match_expressions: None,
            }]),
        });
        api::ClusterRole {
            metadata: metadata(None, self.name.to_owned(), self.aggregates_to),
            rules: aggregation_rule.is_none().then(|| self.rules(distribution, minor)),
            aggregation_rule,
        }
    }
}

/// Whom a binding names.
#[derive(Debug, Clone, Copy)]
pub(super) enum Subject {
    /// A user, by name.
    User(&'static str),
    /// A group, by name.
    Group(&'static str),
    /// A service account of `kube-system`, by name.
    Account(&'static str),
}

impl Subject {
    fn object(self) -> api::Subject {
        let (kind, name, namespace) = match self {
            Self::User(name) => ("User", name, None),
            Self::Group(name) => ("Group", name, None),
            Self::Account(name) => ("ServiceAccount", name, Some("kube-system".to_owned())),
        };
        api::Subject {
            // The API server defaults the group of users and groups; that of accounts is the core's.
            api_group: namespace.is_none().then(|| RBAC_GROUP.to_owned()),
            kind: kind.to_owned(),
            name: name.to_owned(),
            namespace,
        }
    }
}

/// A RoleBinding, or a ClusterRoleBinding when it has no namespace.
#[derive(Debug, Clone, Copy)]
pub(super) struct Binding {
    pub(super) namespace: Option<&'static str>,
    name: &'static str,
    role: &'static str,
    pub(super) subjects: &'static [Subject],
    when: When,
}

/// A ClusterRoleBinding of the ClusterRole that has the same name.
pub(super) const fn binding(name: &'static str, subjects: &'static [Subject]) -> Binding {
    Binding { namespace: None, name, role: name, subjects, when: When::ALWAYS }
}

/// A RoleBinding of a Role of the same namespace.
pub(super) const fn binding_in(
    namespace: &'static str,
    name: &'static str,
    role: &'static str,
    subjects: &'static [Subject],
) -> Binding {
    Binding { namespace: Some(namespace), role, ..binding(name, subjects) }
}

dated!(Binding);

impl Binding {
    /// Whether it is called so.
    pub(super) fn is_named(&self, name: &str) -> bool {
        self.name == name
    }

    /// The object.
    pub(super) fn role_binding(&self) -> api::RoleBinding {
        api::RoleBinding {
            metadata: metadata(self.namespace, self.name.to_owned(), None),
            role_ref: role_ref("Role", self.role.to_owned()),
            subjects: self.subjects(),
        }
    }

    /// The object.
    pub(super) fn cluster_role_binding(&self) -> api::ClusterRoleBinding {
        cluster_role_binding(self.name.to_owned(), self.subjects())
    }

    /// `None` when there is none: `system:node` keeps its binding and lost its subject.
    fn subjects(&self) -> Option<Vec<api::Subject>> {
        let subjects: Vec<_> = self.subjects.iter().map(|subject| subject.object()).collect();
        (!subjects.is_empty()).then_some(subjects)
    }
}

/// A controller of kube-controller-manager: its own account, ClusterRole and binding.
#[derive(Debug, Clone, Copy)]
pub(super) struct Controller {
    /// The account's name in `kube-system`.
    pub(super) account: &'static str,
    rules: &'static [Rule],
    when: When,
}

/// The controller with this account, whose role has these rules.
pub(super) const fn controller(account: &'static str, rules: &'static [Rule]) -> Controller {
    Controller { account, rules, when: When::ALWAYS }
}

dated!(Controller);

impl Controller {
    fn name(&self) -> String {
        format!("system:controller:{}", self.account)
    }

    /// Its role, as a server of this distribution and version has it.
    pub(super) fn cluster_role(&self, distribution: Distribution, minor: u32) -> api::ClusterRole {
        let mut object = role("", self.rules).cluster_role(distribution, minor);
        object.metadata.name = Some(self.name());
        object
    }

    /// The binding of its role to its account.
    pub(super) fn cluster_role_binding(&self) -> api::ClusterRoleBinding {
        cluster_role_binding(self.name(), Some(vec![Subject::Account(self.account).object()]))
    }
}

fn cluster_role_binding(name: String, subjects: Option<Vec<api::Subject>>) -> api::ClusterRoleBinding {
    api::ClusterRoleBinding {
        metadata: metadata(None, name.clone(), None),
        role_ref: role_ref("ClusterRole", name),
        subjects,
    }
}

fn role_ref(kind: &str, name: String) -> api::RoleRef {
    // A text up to 1.35 and an optional one since: `into` makes either.
    api::RoleRef { api_group: RBAC_GROUP.to_owned().into(), kind: kind.to_owned(), name }
}

fn metadata(namespace: Option<&str>, name: String, aggregates_to: Option<&str>) -> ObjectMeta {
    let bootstrapping = ("kubernetes.io/bootstrapping".to_owned(), "rbac-defaults".to_owned());
    let autoupdate = ("rbac.authorization.kubernetes.io/autoupdate".to_owned(), "true".to_owned());
    ObjectMeta {
        name: Some(name),
        namespace: namespace.map(str::to_owned),
        labels: Some(std::iter::once(bootstrapping).chain(aggregates_to.map(aggregation_label)).collect()),
        annotations: Some(BTreeMap::from([autoupdate])),
        ..ObjectMeta::default()
    }
}

fn aggregation_label(target: &str) -> (String, String) {
    (format!("rbac.authorization.k8s.io/aggregate-to-{target}"), "true".to_owned())
}

fn words(text: &str) -> Option<Vec<String>> {
    let words: Vec<String> = text.split_ascii_whitespace().map(str::to_owned).collect();
    (!words.is_empty()).then_some(words)
}

fn core_is_empty(group: String) -> String {
    if group == "core" { String::new() } else { group }
}
