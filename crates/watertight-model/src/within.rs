//! Objects that stand in a text of another object: the configurations of a cluster that a dump of it has in
//! ConfigMaps, the patches of kind, the files of Cluster API.
//!
//! They are objects like any other: judged by the same controls, shown at their own lines. They belong to their
//! holder all the same: a snapshot file holds the holder alone, and no fix edits a text within a text. Start
//! reading at [`embedded_in`].

use std::fmt;
use std::sync::Arc;

use watertight_credentials::masked;
use watertight_syntax::{Document, Limits, Path, Segment, Span, SyntaxError, Value, embedded, json};

use crate::blanked::blank_configuration;
use crate::kubeconfig::is_kubeconfig_map;
use crate::object::{Defaults, Origin};
use crate::{Added, Gap, GroupKind, Identity, Object, SnapshotBuilder};

/// Where an object stands that is written in a text of another one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Within {
    /// The object that holds the text.
    pub holder: Identity,
    /// The text.
    pub path: Path,
    /// Whether it only says what is to be changed in something that is not in view.
    pub is_patch: bool,
}

/// Says it behind a place: `in .data.kubelet of ConfigMap kube-system/kubelet-config`.
impl fmt::Display for Within {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "in {} of {}", self.path, self.holder.to_string().trim_end())
    }
}

impl Within {
    /// What an object is called that has no name of its own: its holder and the field, as in
    /// `kube-proxy/config.conf`.
    pub(crate) fn name(&self) -> String {
        let field = match self.path.segments() {
            [_, Segment::Key(key)] => key.to_string(),
            _ => self.path.to_string().trim_start_matches('.').to_owned(),
        };
        let field = masked(&field);
        match self.holder.name.is_empty() {
            true => field.into(),
            false => format!("{}/{field}", self.holder.name),
        }
    }
}

/// A document within a text of an object.
pub(crate) struct Inner {
    pub(crate) document: Document,
    pub(crate) within: Within,
    /// `apiVersion` and `kind` of a patch, which may leave the first out.
    pub(crate) type_of: Option<(String, String)>,
}

const CONFIG_MAP: GroupKind = GroupKind::core("ConfigMap");
const KIND_CLUSTER: GroupKind = GroupKind { group: "kind.x-k8s.io", kind: "Cluster" };

/// API groups of the configuration files of components.
const GROUPS: &[&str] = &[
    "apiserver.config.k8s.io",
    "apiserver.k8s.io",
    "audit.k8s.io",
    "kubeadm.k8s.io",
    "kubelet.config.k8s.io",
    "kubeproxy.config.k8s.io",
    "kubescheduler.config.k8s.io",
    "pod-security.admission.config.k8s.io",
];

/// What a patch of kind may leave out, by the kind that it patches: the version that does not matter for what
/// is read of it. Upstream: `kubeadmConfigPatches` of `sigs.k8s.io/kind/pkg/apis/config/v1alpha4/types.go`.
const PATCHED: &[(&str, &str)] = &[
    ("ClusterConfiguration", "kubeadm.k8s.io/v1beta3"),
    ("InitConfiguration", "kubeadm.k8s.io/v1beta3"),
    ("JoinConfiguration", "kubeadm.k8s.io/v1beta3"),
    ("KubeProxyConfiguration", "kubeproxy.config.k8s.io/v1alpha1"),
    ("KubeletConfiguration", "kubelet.config.k8s.io/v1beta1"),
];

/// A text of an object that may hold documents.
struct Text {
    path: Path,
    is_patch: bool,
}

/// The configurations in the texts of an object, and what of them cannot be read.
pub(crate) fn embedded_in(object: &Object, limits: &Limits) -> (Vec<Inner>, Vec<Gap>) {
    let (mut found, mut gaps) = (Vec::new(), Vec::new());
    let identity = object.identity();
    if !may_hold(identity) || object.is_implied() || !object.may_mention(MENTIONED) {
        return (found, gaps);
    }
    // A body that cannot be opened holds nothing that is known; who judges it tells that.
    let Ok(body) = object.body() else { return (found, gaps) };
    let root = body.root();
    for text in texts(identity, root) {
        let Some(value) = root.at(&text.path).and_then(Value::as_str) else { continue };
        if !text.is_patch && !is_candidate(value) {
            continue;
        }
        let written = match object.json_span() {
            Some(at) => json::locate(object.origin().source.text(), at, &text.path).0,
            None => root.at(&text.path).map_or(Span::default(), Value::span),
        };
        for parsed in embedded::parse(value, written, object.origin().source.text(), limits) {
            match parsed.document {
                Ok(Some(document)) => found.extend(inner(document, identity, &text)),
                Ok(None) => {}
                Err(error) if text.is_patch || begins_as_object(value) => {
                    gaps.push(unreadable(object, &text.path, value, &error));
                }
                Err(_) => {}
            }
        }
    }
    let patches = Path::root().key("kubeadmConfigPatchesJSON6902");
    if KIND_CLUSTER.is(identity) && root.at(&patches).is_some_and(|list| list.items().len() > 0) {
        let why = "JSON patches of kubeadm's configuration are not read; `kubeadmConfigPatches` are";
        gaps.push(Gap::in_object(object, &patches, why));
    }
    (found, gaps)
}

impl SnapshotBuilder {
    /// Takes in what stands in the texts of an object of this origin.
    pub(crate) fn embedded(&mut self, origin: &Origin, all: Vec<Inner>, added: &mut Added) {
        for Inner { document, within, type_of } in all {
            let item_of = type_of.as_ref().map(|(version, kind)| (version.as_str(), kind.as_str()));
            let (root, at) = (document.root().id(), document.root().span().start);
            let defaults = Defaults { namespace: None, item_of };
            let object = Object::from_tree(origin.clone(), Arc::new(document), root, &defaults);
            self.object(&origin.source, at, object.map(|object| object.standing_in(within)), added);
        }
    }
}

/// Words of which one stands in every holder, so that JSON text without them need not be decoded.
const MENTIONED: &[&str] = &["k8s.io/", "current-context", "clusters", "kubeadmConfigPatches"];

fn may_hold(identity: &Identity) -> bool {
    CONFIG_MAP.is(identity) || KIND_CLUSTER.is(identity) || has_files(identity).is_some()
}

/// Where an object of Cluster API lists the files of a machine.
fn has_files(identity: &Identity) -> Option<&'static str> {
    Some(match (&*identity.group, &*identity.kind) {
        ("controlplane.cluster.x-k8s.io", "KubeadmControlPlane") => "spec.kubeadmConfigSpec.files",
        ("controlplane.cluster.x-k8s.io", "KubeadmControlPlaneTemplate") => {
            "spec.template.spec.kubeadmConfigSpec.files"
        }
        ("bootstrap.cluster.x-k8s.io", "KubeadmConfig") => "spec.files",
        ("bootstrap.cluster.x-k8s.io", "KubeadmConfigTemplate") => "spec.template.spec.files",
        _ => return None,
    })
}

fn texts(identity: &Identity, root: Value<'_>) -> Vec<Text> {
    if CONFIG_MAP.is(identity) {
        let data = Path::root().key("data");
        let keys = root.get("data").into_iter().flat_map(Value::entries);
        return keys.map(|(key, _)| Text { path: data.key(key.to_owned()), is_patch: false }).collect();
    }
    if let Some(files) = has_files(identity) {
        let files = Path::root().at(files);
        let listed = root.at(&files).into_iter().flat_map(Value::items).enumerate();
        let plain = |file: &(usize, Value<'_>)| {
            file.1.get("encoding").and_then(Value::as_str).is_none_or(str::is_empty)
        };
        return listed
            .filter(plain)
            .map(|(index, _)| Text { path: files.index(index).key("content"), is_patch: false })
            .collect();
    }
    let mut lists = vec![Path::root().key("kubeadmConfigPatches")];
    let nodes = root.get("nodes").map_or(0, |nodes| nodes.items().len());
    lists.extend((0..nodes).map(|node| Path::root().key("nodes").index(node).key("kubeadmConfigPatches")));
    let count = |list: &Path| root.at(list).map_or(0, |list| list.items().len());
    let patches = lists.iter().flat_map(|list| (0..count(list)).map(|index| list.index(index)));
    patches.map(|path| Text { path, is_patch: true }).collect()
}

/// Whether a text may hold a configuration, as far as that is known without parsing it.
fn is_candidate(text: &str) -> bool {
    text.contains("k8s.io/") && GROUPS.iter().any(|group| text.contains(group))
        || crate::kubeconfig::LISTS.iter().all(|list| text.contains(list))
}

/// Whether a text is meant as an object, and not a script or a letter that mentions one.
fn begins_as_object(text: &str) -> bool {
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'));
    let first = lines.find(|line| *line != "---").unwrap_or_default();
    first.starts_with(['{', '"']) || first.starts_with("apiVersion:") || first.starts_with("kind:")
}

fn inner(mut document: Document, holder: &Identity, text: &Text) -> Option<Inner> {
    let root = document.root();
    let word = |key| root.get(key).and_then(Value::as_str);
    let (version, kind) = (word("apiVersion"), word("kind"));
    let mut type_of = None;
    if is_kubeconfig_map(root) {
        // No group of a component is its.
    } else if text.is_patch && version.is_none() {
        let (kind, version) = PATCHED.iter().find(|(patched, _)| Some(*patched) == kind)?;
        type_of = Some(((*version).to_owned(), (*kind).to_owned()));
    } else {
        let group = version?.rsplit_once('/')?.0;
        GROUPS.iter().find(|known| **known == group)?;
    }
    blank_configuration(&mut document);
    let within = Within { holder: holder.clone(), path: text.path.clone(), is_patch: text.is_patch };
    Some(Inner { document, within, type_of })
}

fn unreadable(holder: &Object, path: &Path, text: &str, error: &SyntaxError) -> Gap {
    let line = holder.origin().source.position(error.offset).line;
    let why = format!("the configuration in it cannot be read: line {line}: {}", error.message);
    let mut gap = Gap::in_object(holder, path, &why);
    gap.affects = crate::snapshot::kinds_named(text);
    gap
}

#[cfg(test)]
#[path = "within_tests.rs"]
mod tests;
