//! What an authorizer is asked: who ([`UserInfo`]) wants to do what ([`Action`]), and how the API
//! server makes an action of a request as people word it ([`Request`]).
//!
//! Upstream: `k8s.io/apiserver` `pkg/authorization/authorizer/interfaces.go` (`AttributesRecord`),
//! `pkg/endpoints/request/requestinfo.go` (`NewRequestInfo`).

use std::fmt;

use crate::subject;

/// A user as the authenticator left it: a name and groups.
///
/// The authorizer looks at nothing else. [`UserInfo::new`] adds no groups; [`UserInfo::authenticated`]
/// adds those that the API server itself adds.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UserInfo {
    /// The name, as in `alice` or `system:serviceaccount:shop:web`.
    pub name: String,
    /// Every group, the implicit ones too.
    pub groups: Vec<String>,
}

impl UserInfo {
    /// A user with exactly these groups.
    pub fn new<G: Into<String>>(name: impl Into<String>, groups: impl IntoIterator<Item = G>) -> Self {
        Self { name: name.into(), groups: groups.into_iter().map(Into::into).collect() }
    }

    /// A user with these groups and those that every such user has, see
    /// [`implicit_groups`](crate::implicit_groups).
    pub fn authenticated<G: Into<String>>(
        name: impl Into<String>,
        groups: impl IntoIterator<Item = G>,
    ) -> Self {
        let mut user = Self::new(name, groups);
        for group in subject::implicit_groups(&user.name) {
            if !user.groups.contains(&group) {
                user.groups.push(group);
            }
        }
        user
    }

    /// The service account of this namespace and name, with its implicit groups.
    pub fn service_account(namespace: &str, name: &str) -> Self {
        Self::authenticated(subject::service_account_user(namespace, name), None::<String>)
    }

    /// Whether the user is in this group.
    pub fn in_group(&self, group: &str) -> bool {
        self.groups.iter().any(|own| own == group)
    }
}

/// What is to be done, exactly as the authorizer gets it.
///
/// Everything is compared as it is written: verbs and resources in lower case are another thing than in
/// upper case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Action<'a> {
    /// The verb, as in `get`; for a path the HTTP method in lower case.
    pub verb: &'a str,
    /// The namespace; empty for cluster-scoped resources, for all namespaces, and for paths.
    pub namespace: &'a str,
    /// On what.
    pub target: Target<'a>,
}

/// What an [`Action`] is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Target<'a> {
    /// Objects of the API.
    Resource {
        /// The API group, without version; empty for the core group.
        group: &'a str,
        /// The resource in plural, as in `pods`.
        resource: &'a str,
        /// The subresource, as in `exec`; empty for none.
        subresource: &'a str,
        /// The name of the object; empty for none.
        name: &'a str,
    },
    /// A path that is no resource, as in `/metrics`.
    Path(&'a str),
}

impl<'a> Action<'a> {
    /// A verb on a resource of a group, in all namespaces, without subresource and name.
    pub fn on(verb: &'a str, group: &'a str, resource: &'a str) -> Self {
        Self { verb, namespace: "", target: Target::Resource { group, resource, subresource: "", name: "" } }
    }

    /// A verb on a path.
    pub fn path(verb: &'a str, path: &'a str) -> Self {
        Self { verb, namespace: "", target: Target::Path(path) }
    }

    /// The same in a namespace; empty for all.
    #[must_use]
    pub fn in_namespace(self, namespace: &'a str) -> Self {
        Self { namespace, ..self }
    }

    /// The same on an object of this name. A path has none and stays as it is.
    #[must_use]
    pub fn named(self, name: &'a str) -> Self {
        match self.target {
            Target::Resource { group, resource, subresource, .. } => {
                Self { target: Target::Resource { group, resource, subresource, name }, ..self }
            }
            Target::Path(_) => self,
        }
    }

    /// The same on a subresource. A path has none and stays as it is.
    #[must_use]
    pub fn subresource(self, subresource: &'a str) -> Self {
        match self.target {
            Target::Resource { group, resource, name, .. } => {
                Self { target: Target::Resource { group, resource, subresource, name }, ..self }
            }
            Target::Path(_) => self,
        }
    }
}

/// As in `get pods/log "web" in shop` or `get /metrics`.
impl fmt::Display for Action<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.target {
            Target::Path(path) => write!(f, "{} {path}", self.verb),
            Target::Resource { group, resource, subresource, name } => {
                write!(f, "{} {resource}", self.verb)?;
                if !subresource.is_empty() {
                    write!(f, "/{subresource}")?;
                }
                if !group.is_empty() {
                    write!(f, ".{group}")?;
                }
                if !name.is_empty() {
                    write!(f, " {name:?}")?;
                }
                if !self.namespace.is_empty() {
                    write!(f, " in {}", self.namespace)?;
                }
                Ok(())
            }
        }
    }
}

/// A request for resources as people word it, before the API server's request parsing.
///
/// [`Request::action`] gives what the authorizer then sees: which verbs carry a name, and that
/// `fieldSelector=metadata.name=x` gives `list` and `watch` one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Request<'a> {
    /// `get`, `list`, `watch`, `create`, `update`, `patch`, `delete`, `deletecollection`, or a verb
    /// that only authorizers know, as in `escalate`.
    pub verb: &'a str,
    /// The API group, without version; empty for the core group.
    pub group: &'a str,
    /// The resource in plural.
    pub resource: &'a str,
    /// The subresource; empty for none.
    pub subresource: &'a str,
    /// The object's namespace; empty for cluster scope and all namespaces.
    pub namespace: &'a str,
    /// The object's name; empty for none.
    pub name: &'a str,
    /// The `fieldSelector` parameter as written; empty for none.
    pub field_selector: &'a str,
}

impl<'a> Request<'a> {
    /// What the authorizer gets of this request.
    ///
    /// - `create` of an object posts to the collection, so its name is not in the URL; `create` of a
    ///   subresource (`pods/exec`) goes to a named object.
    /// - `list` and `watch` get a name only by a field selector that demands `metadata.name` to be
    ///   exactly that name.
    /// - A `deletecollection` is a `delete` without a name and has none, whatever it selects.
    /// - A request for one namespace is made in that namespace (`/api/v1/namespaces/shop`), so a Role in
    ///   it can grant `get` on it; listing namespaces is made in none.
    pub fn action(&self) -> Action<'a> {
        let name = match self.verb {
            "create" if self.subresource.is_empty() => "",
            "list" | "watch" => required_name(self.field_selector).unwrap_or(""),
            "deletecollection" => "",
            _ => self.name,
        };
        let namespaces = self.group.is_empty() && self.resource == "namespaces";
        let collection = matches!(self.verb, "list" | "watch");
        Action {
            verb: self.verb,
            namespace: match namespaces {
                true if collection => "",
                true => name,
                false => self.namespace,
            },
            target: Target::Resource {
                group: self.group,
                resource: self.resource,
                subresource: self.subresource,
                name,
            },
        }
    }
}

/// The name that a field selector demands: the value of `metadata.name=x` or `==x`, when it can be a
/// segment of a path. `None` as well for a selector that the API server cannot parse.
///
/// Upstream: `k8s.io/apimachinery` `pkg/fields/selector.go` (`ParseSelector`, which sorts the terms, so
/// the least of several counts), `pkg/api/validation/path` (`IsPathSegmentName`).
fn required_name(selector: &str) -> Option<&str> {
    let mut terms: Vec<&str> = selector.split(',').filter(|term| !term.is_empty()).collect();
    terms.sort_unstable();
    let mut found = None;
    for term in terms {
        let at = term.find('=')?;
        let (field, value) = (&term[..at], &term[at + 1..]);
        let (field, value, equal) = match field.strip_suffix('!') {
            Some(field) => (field, value, false),
            None => (field, value.strip_prefix('=').unwrap_or(value), true),
        };
        if value.contains(['=', '\\']) {
            // An operator in a value has to be escaped, and no name needs an escape.
            return None;
        }
        if equal && field == "metadata.name" && found.is_none() {
            found = Some(value);
        }
    }
    found.filter(|name| !name.is_empty() && *name != "." && *name != ".." && !name.contains(['/', '%']))
}
