use std::fmt;
use std::sync::Arc;

/// A kind of object, whatever its version: `Deployment` of `apps`. The core group is `""`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GroupKind {
    /// API group, empty for the core group.
    pub group: &'static str,
    /// Kind, in the singular and capitalized as in manifests.
    pub kind: &'static str,
}

impl GroupKind {
    /// A kind of the core group.
    #[must_use]
    pub const fn core(kind: &'static str) -> Self {
        Self { group: "", kind }
    }

    /// Whether an object is of this kind.
    #[must_use]
    pub fn is(self, identity: &Identity) -> bool {
        self.kind == &*identity.kind && self.group == &*identity.group
    }
}

impl fmt::Display for GroupKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.group.is_empty() { f.write_str(self.kind) } else { write!(f, "{}.{}", self.kind, self.group) }
    }
}

/// The namespace of an object.
///
/// `Unspecified` is not `default`: most manifests name none and are applied with `-n`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Namespace {
    /// The kind has no namespace.
    Cluster,
    /// A namespaced kind whose manifest names none.
    Unspecified,
    /// The namespace that is named.
    Named(Arc<str>),
}

impl Namespace {
    /// The name, when there is one.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        if let Self::Named(name) = self { Some(name) } else { None }
    }
}

/// Which object this is, independent of where it was seen.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Identity {
    /// API group, empty for the core group.
    pub group: Arc<str>,
    /// Version within the group, as written.
    pub version: Arc<str>,
    /// Kind, as written.
    pub kind: Arc<str>,
    /// Namespace.
    pub namespace: Namespace,
    /// `metadata.name`; `metadata.generateName` followed by `*` when only that is given.
    pub name: Arc<str>,
}

impl Identity {
    /// The cluster as a whole, for what belongs to no object in it. Never that of an object.
    #[must_use]
    pub fn cluster() -> Self {
        Self {
            group: "".into(),
            version: "".into(),
            kind: "Cluster".into(),
            namespace: Namespace::Cluster,
            name: "".into(),
        }
    }

    /// Whether it is the cluster as a whole.
    #[must_use]
    pub fn is_cluster(&self) -> bool {
        self.version.is_empty() && &*self.kind == "Cluster"
    }

    /// `apps/v1`, or `v1` for the core group.
    #[must_use]
    pub fn api_version(&self) -> String {
        if self.group.is_empty() {
            self.version.to_string()
        } else {
            format!("{}/{}", self.group, self.version)
        }
    }
}

impl fmt::Display for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            _ if self.is_cluster() => f.write_str("the cluster"),
            // The configuration files of components have no name.
            Namespace::Cluster if self.name.is_empty() => f.write_str(&self.kind),
            Namespace::Named(namespace) => write!(f, "{} {}/{}", self.kind, namespace, self.name),
            _ => write!(f, "{} {}", self.kind, self.name),
        }
    }
}
