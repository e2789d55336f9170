//! One request to the API server, before anything is decided about it.

use std::rc::Rc;

use serde_json::{Map, Value, json};

/// Who sends a request, as authentication left it, and from where.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Actor {
    pub(super) name: String,
    pub(super) uid: String,
    pub(super) groups: Vec<String>,
    /// What authentication adds for service accounts: the pod and node of the token.
    pub(super) extra: Map<String, Value>,
    pub(super) agent: String,
    pub(super) address: String,
}

impl Actor {
    /// A user without uid and extra.
    pub(super) fn new(name: &str, groups: &[&str], agent: &str, address: &str) -> Self {
        Self {
            name: name.to_owned(),
            uid: String::new(),
            groups: groups.iter().map(|&group| group.to_owned()).collect(),
            extra: Map::new(),
            agent: agent.to_owned(),
            address: address.to_owned(),
        }
    }

    /// As `user` of an event, or `impersonatedUser`, which has no uid and extra unless asked for.
    pub(super) fn json(&self) -> Value {
        let mut user = json!({"username": self.name, "groups": self.groups});
        if !self.uid.is_empty() {
            user["uid"] = json!(self.uid);
        }
        if !self.extra.is_empty() {
            user["extra"] = Value::Object(self.extra.clone());
        }
        user
    }
}

/// What a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Target {
    /// Objects of the API.
    Resource {
        /// Empty for the core group.
        group: String,
        version: String,
        resource: String,
        subresource: String,
        namespace: String,
        /// What the URL names; empty for `create` and lists.
        name: String,
    },
    /// A path that is no resource.
    Path(String),
}

/// How a request ends that was let in. It was allowed, whatever came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    /// It did what was asked for.
    Well,
    /// There is no such object.
    NotFound,
    /// Somebody else changed the object in between.
    Conflict,
    /// The handler panicked.
    Panic,
}

/// A request, and how it goes on if it is let in.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) actor: Rc<Actor>,
    /// The user that the actor wants to be (`--as`).
    pub(super) acting_as: Option<Rc<Actor>>,
    pub(super) verb: String,
    pub(super) target: Target,
    /// The object's name where it stands in the body only, as for `create`; empty when generated.
    pub(super) body_name: String,
    /// The object's name by `fieldSelector=metadata.name`, for lists and watches.
    pub(super) selected: String,
    pub(super) dry_run: bool,
    /// For what a kubelet asks: whether the object belongs to its node.
    pub(super) related: bool,
    /// How it ends when it is let in.
    pub(super) end: End,
    /// How long it takes, in microseconds.
    pub(super) duration: u64,
}

impl Request {
    /// A request for objects: `api` is group and version, `resource` may have a subresource.
    pub(super) fn on(
        actor: &Rc<Actor>,
        verb: &str,
        api: &str,
        resource: &str,
        namespace: &str,
        name: &str,
    ) -> Self {
        let (group, version) = api.split_once('/').unwrap_or(("", api));
        let (resource, subresource) = resource.split_once('/').unwrap_or((resource, ""));
        // A new object's name is in its body; the parent of a new subresource is in the URL.
        let in_body = verb == "create" && subresource.is_empty();
        let (name, body_name) = if in_body { ("", name) } else { (name, "") };
        let target = Target::Resource {
            group: group.to_owned(),
            version: version.to_owned(),
            resource: resource.to_owned(),
            subresource: subresource.to_owned(),
            namespace: namespace.to_owned(),
            name: name.to_owned(),
        };
        Self { body_name: body_name.to_owned(), ..Self::plain(actor, verb, target) }
    }

    /// A request for a path.
    pub(super) fn path(actor: &Rc<Actor>, verb: &str, path: &str) -> Self {
        Self::plain(actor, verb, Target::Path(path.to_owned()))
    }

    fn plain(actor: &Rc<Actor>, verb: &str, target: Target) -> Self {
        Self {
            actor: Rc::clone(actor),
            acting_as: None,
            verb: verb.to_owned(),
            target,
            body_name: String::new(),
            selected: String::new(),
            dry_run: false,
            related: true,
            end: End::Well,
            duration: 0,
        }
    }

    /// The same for one object of a list or watch, by `fieldSelector=metadata.name`. The API server
    /// takes it for the name (`NewRequestInfo` of `pkg/endpoints/request/requestinfo.go`).
    pub(super) fn selecting(mut self, wanted: &str) -> Self {
        wanted.clone_into(&mut self.selected);
        if let Target::Resource { name, .. } = &mut self.target {
            wanted.clone_into(name);
        }
        self
    }

    /// Whether the API server counts it as long-running, and so tells when its answer begins
    /// (`BasicLongRunningRequestCheck`: watches and these subresources).
    pub(super) fn is_long(&self) -> bool {
        let Target::Resource { subresource, .. } = &self.target else { return false };
        self.verb == "watch"
            || matches!(subresource.as_str(), "attach" | "exec" | "proxy" | "log" | "portforward")
    }

    /// Whether it writes, so that it may be a dry run.
    pub(super) fn writes(&self) -> bool {
        matches!(self.verb.as_str(), "create" | "update" | "patch" | "delete" | "deletecollection")
    }

    /// The URI as the client sends it.
    pub(super) fn uri(&self) -> String {
        let Target::Resource { group, version, resource, subresource, namespace, name } = &self.target else {
            let Target::Path(path) = &self.target else { return String::new() };
            return path.clone();
        };
        let mut uri =
            if group.is_empty() { format!("/api/{version}") } else { format!("/apis/{group}/{version}") };
        if !namespace.is_empty() && resource != "namespaces" {
            uri += &format!("/namespaces/{namespace}");
        }
        uri += &format!("/{resource}");
        if !name.is_empty() && self.selected.is_empty() {
            uri += &format!("/{name}");
        }
        if !subresource.is_empty() {
            uri += &format!("/{subresource}");
        }
        let query = self.query(subresource);
        if query.is_empty() { uri } else { format!("{uri}?{}", query.join("&")) }
    }

    fn query(&self, subresource: &str) -> Vec<String> {
        let mut query = Vec::new();
        match (self.verb.as_str(), subresource) {
            ("watch", _) => {
                query.push("allowWatchBookmarks=true".to_owned());
                if !self.selected.is_empty() {
                    query.push(format!("fieldSelector=metadata.name%3D{}", self.selected));
                }
                query.push(format!("resourceVersion={}", 400_000 + self.duration % 90_000));
                query.push(format!("timeoutSeconds={}", 300 + self.duration % 300));
                query.push("watch=true".to_owned());
            }
            ("list", _) if !self.selected.is_empty() => {
                query.push(format!("fieldSelector=metadata.name%3D{}", self.selected));
            }
            ("list", _) => query.push("limit=500&resourceVersion=0".to_owned()),
            (_, "exec") => {
                query.push(
                    "command=sh&command=-c&command=date&container=app&stderr=true&stdout=true".to_owned(),
                );
            }
            ("get", "log") => query.push("container=app&follow=true&tailLines=100".to_owned()),
            _ => {}
        }
        if self.dry_run {
            query.push("dryRun=All".to_owned());
        }
        let edits = matches!(self.verb.as_str(), "patch" | "update" | "create") && !self.is_long();
        if edits && self.actor.agent.starts_with("kubectl") {
            query.push("fieldManager=kubectl-client-side-apply".to_owned());
        }
        query
    }
}
