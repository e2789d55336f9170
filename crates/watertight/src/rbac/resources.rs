//! Resources as people write them on the command line, and what is to be done with them.
//!
//! Upstream: kubectl `pkg/cmd/auth/cani.go` (`Complete`, `resourceFor`), apimachinery
//! `pkg/runtime/schema/group_version.go` (`ParseResourceArg`). In place of the API server's discovery stand
//! the built-in resources, the CustomResourceDefinitions in view, and what rules speak of.

use std::collections::BTreeSet;

use watertight_facts::{CustomResource, custom_resources};
use watertight_rbac::{Action, Request, Scope, built_in_resource, built_in_resources, resources_meant};

use super::Scene;
use crate::args::ActionArgs;
use crate::exit::Failure;

/// Verbs that some authorization check asks for.
const RESOURCE_VERBS: &[&str] = &[
    "*",
    "approve",
    "attest",
    "bind",
    "create",
    "delete",
    "deletecollection",
    "escalate",
    "get",
    "impersonate",
    "list",
    "patch",
    "sign",
    "update",
    "use",
    "watch",
];
const URL_VERBS: &[&str] = &["*", "delete", "get", "head", "options", "patch", "post", "put"];

/// What is to be done, with names as rules write them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Wanted {
    verb: String,
    on: On,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum On {
    Resource { resource: Resource, subresource: String, name: String },
    Url(String),
}

/// A resource with its API group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// The API group; empty for the core group.
    pub group: String,
    /// The resource in plural.
    pub resource: String,
    /// Whether its objects are in namespaces; `None` when that is not known.
    pub namespaced: Option<bool>,
}

impl Resource {
    /// Whether a verb means something for it. Of resources that are not built in every verb may.
    pub fn has(&self, verb: &str) -> bool {
        let built_in = built_in_resource(&self.group, &self.resource);
        built_in.is_none_or(|row| row.verbs.split(' ').any(|own| own == verb))
    }
}

/// The resources that are known of.
pub struct Resources {
    custom: Vec<CustomResource>,
    /// Group and resource, without subresources and wildcards.
    in_rules: BTreeSet<(String, String)>,
}

impl Resources {
    /// Those of a scene.
    pub fn of(scene: &Scene<'_>) -> Self {
        let mut in_rules = BTreeSet::new();
        for rule in scene.policy().roles().flat_map(watertight_rbac::RoleView::rules) {
            for group in rule.api_groups.iter().flatten().filter(|group| *group != "*") {
                for resource in rule.resources.iter().flatten() {
                    let first = resource.split('/').next().unwrap_or_default();
                    if first != "*" {
                        in_rules.insert((group.clone(), first.to_owned()));
                    }
                }
            }
        }
        Self { custom: custom_resources(scene.snapshot()), in_rules }
    }

    /// Every resource that `list` means something for, by group and name: built in, then custom ones.
    pub fn listed(&self) -> Vec<Resource> {
        let built_in = built_in_resources().iter().filter(|row| !row.kind.is_empty()).map(|row| Resource {
            group: row.group.to_owned(),
            resource: row.resource.to_owned(),
            namespaced: Some(row.namespaced),
        });
        let mut listed: Vec<Resource> = built_in.chain(self.custom.iter().map(of_custom)).collect();
        let known = |group: &str, name: &str| {
            built_in_resource(group, name).is_some()
                || self.custom.iter().any(|custom| custom.group == group && custom.resource == name)
        };
        let spoken = self.in_rules.iter().filter(|(group, name)| !known(group, name));
        listed.extend(spoken.map(|(group, resource)| Resource {
            group: group.clone(),
            resource: resource.clone(),
            namespaced: None,
        }));
        listed
    }

    /// The resource that a text means, and what has to be said about that.
    pub fn meant(&self, text: &str) -> (Resource, Vec<String>) {
        if text == "*" {
            return (
                Resource { group: "*".to_owned(), resource: "*".to_owned(), namespaced: None },
                Vec::new(),
            );
        }
        let text = text.to_lowercase();
        let parts: Vec<&str> = text.splitn(3, '.').collect();
        // `deployments.v1.apps` first, then `deployments.apps`.
        let versioned = match parts[..] {
            [name, _, group] => self.known(name, Some(group)),
            _ => Vec::new(),
        };
        let (name, group) = match text.split_once('.') {
            Some((name, group)) => (name, Some(group)),
            None => (text.as_str(), None),
        };
        let found = if versioned.is_empty() { self.known(name, group) } else { versioned };
        let mut notes = Vec::new();
        match found.split_first() {
            Some((first, others)) => {
                if group.is_none() && !others.is_empty() {
                    let others: Vec<String> = others
                        .iter()
                        .map(|other| super::shown::in_group(&other.resource, &other.group))
                        .collect();
                    notes.push(format!(
                        "`{text}` is taken as {}; there is also {}",
                        super::shown::in_group(&first.resource, &first.group),
                        others.join(", ")
                    ));
                }
                (first.clone(), notes)
            }
            None => {
                let group = group.unwrap_or_default();
                if name != "*" {
                    let of =
                        if group.is_empty() { String::new() } else { format!(" of the API group {group}") };
                    notes.push(format!(
                        "`{name}`{of} is no resource that is known; it is asked for as it is written, in plural \
                         and with its group as in deployments.apps"
                    ));
                }
                let resource =
                    Resource { group: group.to_owned(), resource: name.to_owned(), namespaced: None };
                (resource, notes)
            }
        }
    }

    /// Best first: built in, declared, spoken of.
    fn known(&self, name: &str, group: Option<&str>) -> Vec<Resource> {
        let mut known: Vec<Resource> = resources_meant(name, group)
            .into_iter()
            // What only authorizers know is not what people mean by `nodes` or `serviceaccounts`.
            .filter(|row| group.is_some() || row.group != "authentication.k8s.io" || !row.kind.is_empty())
            .map(|row| Resource {
                group: row.group.to_owned(),
                resource: row.resource.to_owned(),
                namespaced: Some(row.namespaced),
            })
            .collect();
        let called = |custom: &&CustomResource| {
            let names = [&custom.resource, &custom.singular];
            group.is_none_or(|group| group == custom.group)
                && (names.iter().any(|own| *own == name)
                    || custom.kind.to_lowercase() == name
                    || custom.short_names.iter().any(|short| short == name))
        };
        known.extend(self.custom.iter().filter(called).map(of_custom));
        for (own, resource) in &self.in_rules {
            let here = resource == name && group.is_none_or(|group| group == own);
            if here && !known.iter().any(|known| known.group == *own && known.resource == *resource) {
                // A rule that names a built-in resource in a wrong group declares nothing.
                if known.is_empty() || group.is_some() {
                    let resource = resource.clone();
                    known.push(Resource { group: own.clone(), resource, namespaced: None });
                }
            }
        }
        known
    }
}

/// Whether someone wrote a path where a name may stand.
fn is_path(text: &str) -> bool {
    let ending = [".yaml", ".yml", ".json", ".wt"].iter().any(|ending| text.ends_with(ending));
    text.contains('/') || matches!(text, "." | ".." | "-") || (ending && std::path::Path::new(text).exists())
}

fn of_custom(custom: &CustomResource) -> Resource {
    Resource {
        group: custom.group.clone(),
        resource: custom.resource.clone(),
        namespaced: Some(custom.namespaced),
    }
}

impl Wanted {
    /// A verb on a resource, without a name.
    pub fn on(verb: &str, resource: Resource, subresource: &str) -> Self {
        let on = On::Resource { resource, subresource: subresource.to_owned(), name: String::new() };
        Self { verb: verb.to_owned(), on }
    }

    /// What the arguments ask for. Warns of what is likely meant otherwise.
    ///
    /// # Errors
    /// When verb or resource are missing, or do not go together.
    pub fn of(arguments: &ActionArgs, resources: &Resources, scene: &Scene<'_>) -> Result<Self, Failure> {
        let usage = || {
            Failure::new("verb and resource are needed")
                .help("as in `get pods`, `list deployments.apps`, `get secrets/tls`, `get /metrics`")
        };
        let verb = arguments.verb.clone().ok_or_else(usage)?;
        let on = arguments.on.as_deref().filter(|on| !on.is_empty()).ok_or_else(usage)?;
        let subresource = arguments.subresource.clone().unwrap_or_default();
        if on.starts_with('/') {
            if !subresource.is_empty() || arguments.name.is_some() {
                return Err(Failure::new("a URL has neither a subresource nor a name"));
            }
            if !URL_VERBS.contains(&verb.as_str()) {
                scene.warn(&format!(
                    "`{verb}` is no HTTP method in lower case; those are {}",
                    URL_VERBS.join(", ")
                ));
            }
            return Ok(Self { verb, on: On::Url(on.to_owned()) });
        }
        let (kind, written) = match on.split_once('/') {
            Some((kind, name)) => (kind, Some(name)),
            None => (on, None),
        };
        let name = match (written, &arguments.name) {
            (Some(_), Some(_)) => {
                return Err(Failure::new(format!("the name is given twice: in `{on}` and after it")));
            }
            (Some(name), None) => name.to_owned(),
            (None, name) => name.clone().unwrap_or_default(),
        };
        if arguments.name.as_deref().is_some_and(is_path) {
            return Err(
                Failure::new(format!("`{name}` is no name of an object")).help("a path is given by --target")
            );
        }
        if name.contains('/') {
            return Err(Failure::new(format!("`{name}` is no name of an object"))
                .help("the subresource is given by --subresource"));
        }
        let (resource, notes) = resources.meant(kind);
        notes.iter().for_each(|note| scene.warn(note));
        let wanted = Self { verb, on: On::Resource { resource, subresource, name } };
        wanted.warn(scene);
        Ok(wanted)
    }

    fn warn(&self, scene: &Scene<'_>) {
        let On::Resource { resource, subresource, name } = &self.on else { return };
        let verb = self.verb.as_str();
        let constrained = verb.starts_with("impersonate:") || verb.starts_with("impersonate-on:");
        let in_rules = || {
            let roles = scene.policy().roles();
            roles
                .flat_map(watertight_rbac::RoleView::rules)
                .any(|rule| rule.verbs.iter().any(|own| own == verb))
        };
        if !RESOURCE_VERBS.contains(&verb) && !constrained && !in_rules() {
            scene
                .warn(&format!("`{verb}` is no verb that is known; those are {}", RESOURCE_VERBS.join(", ")));
        }
        let known = |subresource: &str| {
            built_in_resource(&resource.group, &format!("{}/{subresource}", resource.resource))
        };
        if !name.is_empty() && subresource.is_empty() && known(name).is_some() {
            scene.warn(&format!(
                "`{name}` is taken as the name of an object, as kubectl does; for {}/{name} say \
                 `{} --subresource {name}`",
                resource.resource, resource.resource
            ));
        }
        if !subresource.is_empty() && resource.namespaced.is_some() && known(subresource).is_none() {
            let built_in = built_in_resource(&resource.group, &resource.resource).is_some();
            if built_in {
                scene.warn(&format!(
                    "{} have no subresource `{subresource}` that is known",
                    resource.resource
                ));
            }
        }
        let collection = verb == "deletecollection" || (verb == "create" && subresource.is_empty());
        if !name.is_empty() && collection {
            scene.warn(&format!("a {verb} request carries no name, so `{name}` is left out of the question"));
        }
    }

    /// Says so when a namespace was given that has nothing to do with it.
    pub fn warn_of_namespace(&self, namespace: Option<&str>, scene: &Scene<'_>) {
        let Some(namespace) = namespace else { return };
        match &self.on {
            On::Url(url) => scene.warn(&format!("{url} is in no namespace; -n {namespace} changes nothing")),
            On::Resource { resource, .. } if !self.is_reached_by_role_bindings() => {
                scene.warn(&format!(
                    "{} are in no namespace; -n {namespace} changes nothing, only ClusterRoleBindings count",
                    resource.resource
                ));
            }
            On::Resource { .. } => {}
        }
    }

    /// The action, as the authorizer gets it. For a namespace, a resource without one is in none.
    pub fn action<'a>(&'a self, namespace: &'a str) -> Action<'a> {
        match &self.on {
            On::Url(url) => Action::path(&self.verb, url),
            On::Resource { resource, subresource, name } => {
                let namespace = if self.is_reached_by_role_bindings() { namespace } else { "" };
                let is_namespace = resource.group.is_empty() && resource.resource == "namespaces";
                let name = if is_namespace && name.is_empty() { namespace } else { name };
                let verb = self.verb.as_str();
                if matches!(verb, "list" | "watch") && !is_namespace {
                    // By name they are asked for with a field selector.
                    let carried = Action::on(verb, &resource.group, &resource.resource).named(name);
                    return carried.subresource(subresource).in_namespace(namespace);
                }
                let request = Request {
                    verb,
                    group: &resource.group,
                    resource: &resource.resource,
                    subresource,
                    namespace,
                    name,
                    field_selector: "",
                };
                request.action()
            }
        }
    }

    /// Where bindings count for it, when all namespaces or one are asked about.
    pub fn scope(&self, namespace: Option<&str>) -> Scope {
        match (namespace, self.is_reached_by_role_bindings()) {
            (None, true) => Scope::Anywhere,
            _ => Scope::Exactly,
        }
    }

    /// Whether a binding of a namespace can grant it: also for requests on the namespace itself, and for
    /// binding a cluster role in it. Counted as such when that is not known.
    pub fn is_reached_by_role_bindings(&self) -> bool {
        let On::Resource { resource, .. } = &self.on else { return false };
        let verb = self.verb.as_str();
        let exception = match (resource.group.as_str(), resource.resource.as_str()) {
            ("", "namespaces") => matches!(verb, "*" | "get" | "update" | "patch" | "delete"),
            ("rbac.authorization.k8s.io", "clusterroles") => matches!(verb, "*" | "bind"),
            _ => false,
        };
        exception || resource.namespaced != Some(false)
    }
}
