//! One object: who it is, where it came from, and a body that only this module opens.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use serde::de::DeserializeOwned;
use watertight_syntax::edit::json_with_places;
use watertight_syntax::{Document, Kind, NodeId, Path, Position, Segment, Span, Value, de, json};

use crate::blanked::{blank_configuration, blank_secret};
use crate::{Identity, Namespace, Recorded, Rendered, Source, Within, encryption_keys, kubeconfig, rancher};

/// Where an object was read: a document of a text, or one item of a list in it.
#[derive(Debug, Clone)]
pub struct Origin {
    /// The text.
    pub source: Arc<Source>,
    /// The document within the text, from 1; the line within a snapshot file.
    pub document: u32,
    /// How it came to be there.
    pub standing: Standing,
}

/// How an object came to be in a snapshot.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// Read from the text that it was written in.
    Read,
    /// Read from a snapshot file, and from where it was taken for that.
    Recorded(Box<Recorded>),
    /// Made by a tool from what was written: nobody wrote the text that it stands in.
    Rendered(Box<Rendered>),
    /// Not written anywhere: every API server has it, or it follows from what is written.
    Implied,
}

/// One Kubernetes object, immutable.
#[derive(Clone)]
pub struct Object {
    identity: Identity,
    origin: Origin,
    body: Stored,
    /// The text of another object that it stands in.
    within: Option<Arc<Within>>,
}

/// What is kept of the body: the tree that was parsed anyway, or the place of its JSON text.
#[derive(Clone)]
enum Stored {
    Tree { document: Arc<Document>, root: NodeId },
    Json { at: Span },
}

/// Bodies may hold secrets: only the identity is shown.
impl fmt::Debug for Object {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Object").field("identity", &self.identity).finish_non_exhaustive()
    }
}

/// Why a value is no object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ObjectError {
    /// It has no `apiVersion` and `kind`: it is not meant for Kubernetes.
    #[error("not a Kubernetes object: it has no `apiVersion` and `kind`")]
    NotKubernetes,
    /// It is meant for Kubernetes but cannot be identified.
    #[error("{0}")]
    Malformed(String),
}

/// An open body.
pub struct Body<'a>(Opened<'a>);

enum Opened<'a> {
    Kept(&'a Document, NodeId),
    Decoded(Box<Document>),
}

impl Body<'_> {
    /// The top-most value of the object.
    #[must_use]
    pub fn root(&self) -> Value<'_> {
        match &self.0 {
            Opened::Kept(document, root) => document.value(*root),
            Opened::Decoded(document) => document.root(),
        }
    }
}

/// A typed part of a body, and what was left out or not known while reading it.
#[derive(Debug)]
pub struct Decoded<T> {
    /// The part.
    pub value: T,
    /// Fields that had the wrong type and were left out, with the reason.
    pub left_out: Vec<(Path, String)>,
    /// Fields that the type does not have.
    pub unknown: Vec<Path>,
}

/// A place in a text that can be shown.
#[derive(Debug, Clone)]
pub struct Place {
    /// The text.
    pub source: Arc<Source>,
    /// The bytes to point at: a key with its value, an item, or the nearest ancestor's key.
    pub span: Span,
    /// Line and column of the first of these bytes.
    pub position: Position,
}

impl Object {
    /// The object at a node of a parsed document.
    ///
    /// # Errors
    /// When it cannot be identified.
    pub(crate) fn from_tree(
        origin: Origin,
        document: Arc<Document>,
        root: NodeId,
        defaults: &Defaults<'_>,
    ) -> Result<Self, ObjectError> {
        let value = document.value(root);
        let header = Header::of_tree(value)?;
        let identity = header.identify(defaults, &origin)?;
        Ok(Self { identity, origin, body: Stored::Tree { document, root }, within: None })
    }

    /// The object whose JSON text stands at a place.
    ///
    /// # Errors
    /// When it cannot be identified.
    pub(crate) fn from_json(origin: Origin, at: Span, defaults: &Defaults<'_>) -> Result<Self, ObjectError> {
        if json::has_lone_surrogate(&origin.source.text()[at.range()]) {
            // Go reads U+FFFD there; our decoder would refuse the object when it is opened.
            let why = "a `\\u` escape is half of a surrogate pair: write the character itself".to_owned();
            return Err(ObjectError::Malformed(why));
        }
        let header = Header::of_json(origin.source.text(), at)?;
        let identity = header.identify(defaults, &origin)?;
        Ok(Self { identity, origin, body: Stored::Json { at }, within: None })
    }

    /// The same object, known to stand in a text of another one, which names it when nothing else does.
    pub(crate) fn standing_in(mut self, within: Within) -> Self {
        if self.identity.name.is_empty() || kubeconfig::is_kubeconfig(&self.identity) {
            self.identity.name = within.name().into();
        }
        self.within = Some(Arc::new(within));
        self
    }

    /// Where it stands, when it is written in a text of another object and not by itself.
    #[must_use]
    pub fn within(&self) -> Option<&Within> {
        self.within.as_deref()
    }

    /// Who it is.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Where it was read.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Whether nobody wrote it: every API server has it, or it follows from other objects.
    #[must_use]
    pub fn is_implied(&self) -> bool {
        self.origin.standing == Standing::Implied
    }

    /// The line and column where it begins.
    pub(crate) fn begins(&self) -> Position {
        self.origin.source.position(self.start())
    }

    /// Its first byte in its text.
    #[must_use]
    pub fn start(&self) -> u32 {
        match &self.body {
            Stored::Json { at } => at.start,
            Stored::Tree { document, root } => document.value(*root).span().start,
        }
    }

    /// Keys that stand more than once in one map of its text; the last of each is in force. JSON text
    /// is decoded for that. Nothing for a body that cannot be opened.
    #[must_use]
    pub fn duplicate_keys(&self) -> Vec<Path> {
        if let Standing::Recorded(recorded) = &self.origin.standing {
            return recorded.duplicates.clone();
        }
        self.body().map(|body| body.duplicate_keys()).unwrap_or_default()
    }

    /// Opens the body. What a Secret holds is blanked; everything else is as written.
    ///
    /// # Errors
    /// When JSON text nests deeper than can be followed.
    pub fn body(&self) -> Result<Body<'_>, watertight_syntax::SyntaxError> {
        match &self.body {
            Stored::Tree { document, root } => Ok(Body(Opened::Kept(document, *root))),
            Stored::Json { at } => {
                let mut document = json::decode(self.origin.source.text(), *at)?;
                let root = document.root().id();
                if is_secret(&self.identity) {
                    blank_secret(&mut document, root);
                }
                if kubeconfig::is_kubeconfig(&self.identity) {
                    kubeconfig::blank_kubeconfig(&mut document, root);
                }
                if encryption_keys::is_encryption(&self.identity) {
                    encryption_keys::blank_encryption(&mut document, root);
                }
                if rancher::is_rancher(&self.identity) {
                    rancher::blank_rancher(&mut document, root);
                }
                Ok(Body(Opened::Decoded(Box::new(document))))
            }
        }
    }

    /// The place of a field, or of its nearest ancestor that is written.
    #[must_use]
    pub fn place(&self, path: &Path) -> Place {
        let source = &self.origin.source;
        let span = match &self.body {
            Stored::Json { at } => json::locate(source.text(), *at, path).0,
            Stored::Tree { document, root } => tree_place(document.value(*root), path),
        };
        Place { source: Arc::clone(source), span, position: source.position(span.start) }
    }

    /// The place of the JSON text, when that is what is kept of the body.
    pub(crate) fn json_span(&self) -> Option<Span> {
        match &self.body {
            Stored::Tree { .. } => None,
            Stored::Json { at } => Some(*at),
        }
    }

    /// The part of a path that is written in JSON text.
    pub(crate) fn written_json(&self, path: &Path) -> Path {
        let steps = match &self.body {
            Stored::Json { at } => json::locate(self.origin.source.text(), *at, path).1,
            Stored::Tree { .. } => 0,
        };
        path.segments()[..steps].iter().cloned().collect()
    }

    /// Replaces a scalar of the body for good. JSON text is kept as a tree from then on.
    pub(crate) fn replace(&mut self, path: &Path, word: &str) {
        if let Stored::Json { at } = self.body {
            let Some(mut document) = json_with_places(self.origin.source.text(), at) else { return };
            blank_configuration(&mut document);
            let root = document.root().id();
            self.body = Stored::Tree { document: Arc::new(document), root };
        }
        if let Stored::Tree { document, root } = &mut self.body
            && let Some(node) = document.value(*root).at(path).map(Value::id)
        {
            Arc::make_mut(document).replace(node, word);
        }
    }

    /// The document of the tree, when the body is kept as one.
    pub(crate) fn document(&self) -> Option<&Arc<Document>> {
        match &self.body {
            Stored::Tree { document, .. } => Some(document),
            Stored::Json { .. } => None,
        }
    }

    /// The JSON text, when that is what is kept of the body. Never for printing.
    pub(crate) fn json_text(&self) -> Option<&str> {
        match &self.body {
            Stored::Tree { .. } => None,
            Stored::Json { at } => self.origin.source.text().get(at.range()),
        }
    }

    /// The parsed tree, when the body is kept as one.
    pub(crate) fn tree(&self) -> Option<Value<'_>> {
        match &self.body {
            Stored::Tree { document, root } => Some(document.value(*root)),
            Stored::Json { .. } => None,
        }
    }
}

impl Body<'_> {
    /// Keys that stand more than once in one map; the last of each is in force.
    pub(crate) fn duplicate_keys(&self) -> Vec<Path> {
        let (root, mut paths) = (self.root(), Vec::new());
        let twins: BTreeSet<NodeId> = root.document().duplicates().iter().map(|twin| twin.key).collect();
        if !twins.is_empty() {
            duplicates(root, &Path::root(), &twins, &mut BTreeSet::new(), &mut paths);
        }
        paths
    }

    /// Reads the typed value below a path; `None` when nothing is there.
    ///
    /// # Errors
    /// The reason, when what is there does not fit as a whole.
    pub fn decode<T: DeserializeOwned>(&self, path: &Path) -> Option<Result<Decoded<T>, String>> {
        let value = self.root().at(path).filter(|value| !value.is_null())?;
        let read = match de::read::<T>(value) {
            Ok(read) => read,
            Err(mismatch) => return Some(Err(mismatch.message)),
        };
        let nodes: Vec<NodeId> =
            read.mismatches.iter().map(|m| m.node).chain(read.unknown.iter().copied()).collect();
        let places = value.document().paths_to(value, &nodes);
        let below = |node| places.get(&node).map_or_else(|| path.clone(), |inner| path.join(inner));
        Some(Ok(Decoded {
            left_out: read.mismatches.into_iter().map(|m| (below(m.node), m.message)).collect(),
            unknown: read.unknown.into_iter().map(below).collect(),
            value: read.value,
        }))
    }
}

/// What the identity of an object depends on besides its text.
pub(crate) struct Defaults<'a> {
    /// The namespace for objects that name none.
    pub(crate) namespace: Option<&'a Arc<str>>,
    /// `apiVersion` and `kind` for items of a typed list, which may omit them.
    pub(crate) item_of: Option<(&'a str, &'a str)>,
}

/// The fields that identify an object, as written.
#[derive(Default)]
struct Header {
    api_version: Option<String>,
    kind: Option<String>,
    namespace: Option<String>,
    name: Option<String>,
    generate_name: Option<String>,
    has_metadata: bool,
    /// It has the lists of a kubeconfig.
    has_users: bool,
    /// It has options of k3s.
    has_options: bool,
}

impl Header {
    fn of_tree(value: Value<'_>) -> Result<Self, ObjectError> {
        if value.kind() != Kind::Map {
            return Err(ObjectError::NotKubernetes);
        }
        let text = |value: Option<Value<'_>>| value.and_then(Value::as_str).map(str::to_owned);
        let metadata = value.get("metadata");
        let field = |name| text(metadata.and_then(|metadata| metadata.get(name)));
        Ok(Self {
            api_version: text(value.get("apiVersion")),
            kind: text(value.get("kind")),
            namespace: field("namespace"),
            name: field("name"),
            generate_name: field("generateName"),
            has_metadata: metadata.is_some_and(|metadata| metadata.kind() == Kind::Map),
            has_users: kubeconfig::is_kubeconfig_map(value),
            has_options: rancher::is_rancher_map(value),
        })
    }

    fn of_json(text: &str, at: Span) -> Result<Self, ObjectError> {
        let fields = json::entries(text, at).map_err(|_| ObjectError::NotKubernetes)?;
        let string = |at: Span| json::string(text, at).map(std::borrow::Cow::into_owned);
        let mut header = Self::default();
        let mut metadata = None;
        let lists = fields.iter().filter(|(key, value)| {
            kubeconfig::LISTS.contains(&&**key) && text[value.range()].starts_with('[')
        });
        header.has_users = lists.count() >= kubeconfig::LISTS.len();
        for (key, value) in fields {
            let is_option =
                rancher::RANCHER_ARGUMENTS.iter().any(|(name, _)| *name == rancher::option_of(&key));
            header.has_options |= is_option && text[value.range()].starts_with(['[', '"']);
            match &*key {
                "apiVersion" => header.api_version = string(value),
                "kind" => header.kind = string(value),
                "metadata" => metadata = Some(value),
                _ => {}
            }
        }
        header.has_metadata = metadata.is_some();
        for (key, value) in metadata.and_then(|at| json::entries(text, at).ok()).unwrap_or_default() {
            match &*key {
                "namespace" => header.namespace = string(value),
                "name" => header.name = string(value),
                "generateName" => header.generate_name = string(value),
                _ => {}
            }
        }
        Ok(header)
    }

    fn identify(mut self, defaults: &Defaults<'_>, origin: &Origin) -> Result<Identity, ObjectError> {
        if self.has_users && self.api_version.is_none() && self.kind.is_none() {
            (self.api_version, self.kind) = (Some("v1".to_owned()), Some(kubeconfig::KIND.to_owned()));
        }
        if self.has_options && self.api_version.is_none() && self.kind.is_none() {
            let kind = rancher::RANCHER_CONFIG.kind;
            (self.api_version, self.kind) = (Some(rancher::API_VERSION.to_owned()), Some(kind.to_owned()));
        }
        let (item_version, item_kind) = defaults.item_of.unzip();
        let api_version = self.api_version.or_else(|| item_version.map(str::to_owned));
        let kind = self.kind.or_else(|| item_kind.map(str::to_owned));
        let (api_version, kind) = match (api_version, kind) {
            (Some(version), Some(kind)) if !version.is_empty() && !kind.is_empty() => (version, kind),
            // A `Chart.yaml` has an `apiVersion`, a pipeline may have a `kind`; with metadata it is an
            // object whose author forgot the rest, and kubectl refuses it.
            (None, Some(kind)) if self.has_metadata && kind.starts_with(char::is_uppercase) => {
                return Err(ObjectError::Malformed(format!("a {kind} without `apiVersion`")));
            }
            _ => return Err(ObjectError::NotKubernetes),
        };
        let (group, version) = api_version.rsplit_once('/').unwrap_or(("", &api_version));
        let namespace = match self.namespace.filter(|name| !name.is_empty()) {
            _ if is_cluster_scoped(group, &kind) => Namespace::Cluster,
            Some(name) => Namespace::Named(name.into()),
            None => {
                defaults.namespace.map_or(Namespace::Unspecified, |name| Namespace::Named(Arc::clone(name)))
            }
        };
        let name = match (self.name.filter(|name| !name.is_empty()), self.generate_name) {
            (Some(name), _) => name,
            (None, Some(prefix)) => format!("{prefix}*"),
            // A kubeconfig has no name but its file's.
            (None, None) if group.is_empty() && kind == kubeconfig::KIND => file_name(&origin.name()),
            (None, None) if group == rancher::RANCHER_CONFIG.group => file_name(&origin.name()),
            (None, None) => String::new(),
        };
        Ok(Identity {
            group: group.into(),
            version: version.into(),
            kind: kind.into(),
            namespace,
            name: name.into(),
        })
    }
}

fn file_name(path: &str) -> String {
    path.rsplit('/').next().unwrap_or(path).to_owned()
}

/// Built-in kinds without a namespace (`kubectl api-resources --namespaced=false`, 1.37).
fn is_cluster_scoped(group: &str, kind: &str) -> bool {
    match group {
        // A kubeconfig is no object of an API, and in no namespace.
        "" => {
            matches!(kind, "Namespace" | "Node" | "PersistentVolume" | "ComponentStatus" | kubeconfig::KIND)
        }
        "rbac.authorization.k8s.io" => matches!(kind, "ClusterRole" | "ClusterRoleBinding"),
        "policy" | "extensions" if kind == "PodSecurityPolicy" => true,
        "k3s.io" => kind == rancher::RANCHER_CONFIG.kind,
        "storage.k8s.io" => kind != "CSIStorageCapacity",
        "certificates.k8s.io" => kind != "PodCertificateRequest",
        "resource.k8s.io" => !matches!(kind, "ResourceClaim" | "ResourceClaimTemplate"),
        "networking.k8s.io" => matches!(kind, "IngressClass" | "IPAddress" | "ServiceCIDR"),
        // Network policies and what they refer to, of others than Kubernetes itself.
        "policy.networking.k8s.io" => true,
        "cilium.io" => matches!(
            kind,
            "CiliumClusterwideNetworkPolicy" | "CiliumCIDRGroup" | "CiliumNode" | "CiliumIdentity"
        ),
        "projectcalico.org" | "crd.projectcalico.org" => !matches!(
            kind,
            "NetworkPolicy"
                | "StagedNetworkPolicy"
                | "StagedKubernetesNetworkPolicy"
                | "NetworkSet"
                | "WorkloadEndpoint"
        ),
        // The files of components have no metadata at all.
        _ if group.ends_with(".config.k8s.io") || matches!(group, "audit.k8s.io" | "kubeadm.k8s.io") => true,
        "admissionregistration.k8s.io"
        | "apiextensions.k8s.io"
        | "apiregistration.k8s.io"
        | "scheduling.k8s.io"
        | "node.k8s.io"
        | "flowcontrol.apiserver.k8s.io"
        | "storagemigration.k8s.io"
        | "internal.apiserver.k8s.io" => kind != "PodGroup" && kind != "Workload",
        _ => false,
    }
}

pub(crate) fn is_secret(identity: &Identity) -> bool {
    &*identity.kind == "Secret" && identity.group.is_empty()
}

/// The document may hold other objects: only keys below this one count. A map that aliases repeat
/// is looked at once.
fn duplicates(
    value: Value<'_>,
    path: &Path,
    twins: &BTreeSet<NodeId>,
    seen: &mut BTreeSet<NodeId>,
    paths: &mut Vec<Path>,
) {
    if !seen.insert(value.id()) {
        return;
    }
    for (key, child) in value.pairs() {
        let below = path.key(key.as_str().unwrap_or_default().to_owned());
        if twins.contains(&key.id()) {
            paths.push(below.clone());
        }
        duplicates(child, &below, twins, seen, paths);
    }
    for (index, child) in value.items().enumerate() {
        duplicates(child, &path.index(index), twins, seen, paths);
    }
}

/// The bytes to point at for a path: the key with its value when the value is a scalar on one
/// line, else the key; the first line of a list item; for an absent field, its nearest ancestor.
fn tree_place(root: Value<'_>, path: &Path) -> Span {
    let mut here = root;
    let mut span = root.key("kind").map_or_else(|| first_line(root), Value::span);
    for segment in path.segments() {
        let Some(below) = here.step(segment) else { break };
        span = match segment {
            Segment::Key(key) => match here.key(key) {
                Some(key) if matches!(below.kind(), Kind::Map | Kind::List) => key.span(),
                // An alias stands elsewhere than its key; a long value is not to be underlined whole.
                Some(key) if below.span().start >= key.span().end && on_one_line(here, key, below) => {
                    Span { start: key.span().start, end: below.span().end.max(key.span().end) }
                }
                Some(key) => key.span(),
                None => below.span(),
            },
            Segment::Index(_) => first_line(below),
        };
        here = below;
    }
    span
}

fn on_one_line(map: Value<'_>, key: Value<'_>, value: Value<'_>) -> bool {
    let between = key.span().start as usize..value.span().end.max(key.span().end) as usize;
    map.document().source_slice(between).is_some_and(|text| !text.contains('\n'))
}

fn first_line(value: Value<'_>) -> Span {
    let span = value.span();
    let text = value.document().source_slice(span.range()).unwrap_or_default();
    let line = text.split('\n').next().unwrap_or_default().trim_end();
    Span::new(span.start as usize, span.start as usize + line.len())
}
