//! What a change of a plan is in objects: fields, objects that go, objects that come.
//!
//! Start reading at [`of`]. Where these are written, and how, is decided in `files.rs`.

use serde_json::{Value as Json, json};
use watertight_facts::generate::{Made, ingress_of};
use watertight_graph::Change;
use watertight_model::{Fix, Object, ObjectId};
use watertight_syntax::edit::Change as Step;
use watertight_syntax::{Path, Segment};

use super::super::Scene;
use crate::written::origin;

/// The label by which a namespace says what Pod Security enforces.
const ENFORCE: &str = "pod-security.kubernetes.io/enforce";

/// What is done to objects.
pub(super) enum Edit {
    /// Fields of an object are changed.
    Change(ObjectId, Fix),
    /// An object goes.
    Delete(ObjectId),
    /// An object comes, in a namespace, for the workloads in it.
    Create(String, Json),
}

/// What to do, or why no program can.
pub(super) type Edits = Result<Vec<Edit>, String>;

/// What a change is in objects.
pub(super) fn of(scene: &Scene<'_, '_>, change: &Change, policies: &[Made]) -> Edits {
    let snapshot = scene.graph.scene.world.snapshot();
    let policy = scene.graph.scene.world.identities().policy();
    match change {
        Change::Unbind(binding) => Ok(vec![Edit::Delete(ObjectId(policy.binding(*binding).tag()))]),
        Change::DropRule(role, rule) => {
            let role = ObjectId(policy.role(*role).tag());
            let path = Path::root().key("rules").index(*rule as usize);
            Ok(vec![Edit::Change(role, Fix::review().remove(path))])
        }
        Change::Field(object, path) => field(scene, *object, path).map(|edit| vec![edit]),
        Change::Harden(place) => {
            let fields = scene.graph.fields_of(*place);
            fields.iter().map(|(object, path)| field(scene, *object, path)).collect()
        }
        Change::Remove(object) => Ok(vec![Edit::Delete(*object)]),
        Change::Enforce(namespace) => Ok(enforce(scene, namespace)),
        Change::Isolate(namespace) => isolate(snapshot, namespace, policies),
    }
}

/// What to do by hand, exactly, one line for each place.
pub(super) fn told(scene: &Scene<'_, '_>, edits: &[Edit]) -> Vec<String> {
    let snapshot = scene.graph.scene.world.snapshot();
    let at = |id: &ObjectId, path: &Path| {
        let object = snapshot.object(*id);
        format!("{} ({})", object.identity(), origin(object, path))
    };
    let of_edit = |edit: &Edit| -> Vec<String> {
        match edit {
            Edit::Change(id, fix) => fix
                .changes
                .iter()
                .map(|change| match change {
                    Step::Set { path, value } => format!("set `{path}` to `{value}` in {}", at(id, path)),
                    other => format!("remove `{}` from {}", other.path(), at(id, other.path())),
                })
                .collect(),
            Edit::Delete(id) => vec![format!("delete {}", at(id, &Path::root()))],
            Edit::Create(_, object) => {
                vec![format!("add {} {}", text(&object["kind"]), text(&object["metadata"]["name"]))]
            }
        }
    };
    edits.iter().flat_map(of_edit).collect()
}

fn text(value: &Json) -> &str {
    value.as_str().unwrap_or_default()
}

/// A field changed so that it opens nothing.
fn field(scene: &Scene<'_, '_>, id: ObjectId, path: &Path) -> Result<Edit, String> {
    let object = scene.graph.scene.world.snapshot().object(id);
    let identity = object.identity();
    if object.is_implied() {
        let namespace = identity.namespace.name().unwrap_or(super::super::HOME);
        return match (&*identity.kind, key(path)) {
            ("ServiceAccount", Some("automountServiceAccountToken")) => Ok(Edit::Create(
                namespace.to_owned(),
                json!({
                    "apiVersion": "v1", "kind": "ServiceAccount", "automountServiceAccountToken": false,
                    "metadata": {"name": &*identity.name, "namespace": namespace},
                }),
            )),
            _ => Err(format!("every API server has {identity} by itself")),
        };
    }
    let removed = || Ok(Edit::Change(id, Fix::review().remove(path.clone())));
    match (key(path), path.segments()) {
        (Some("automountServiceAccountToken" | "privileged" | "hostProcess"), _) => {
            Ok(Edit::Change(id, Fix::review().set(path.clone(), false)))
        }
        (Some("hostPID" | "hostIPC" | "hostNetwork" | "shareProcessNamespace" | "procMount"), _) => removed(),
        (None, [.., Segment::Key(capabilities), Segment::Key(add), Segment::Index(_)])
            if capabilities == "capabilities" && add == "add" =>
        {
            removed()
        }
        (_, [Segment::Key(metadata), Segment::Key(annotations), Segment::Key(_)])
            if metadata == "metadata" && annotations == "annotations" =>
        {
            removed()
        }
        (Some("image"), _) => Err(format!(
            "{path} of {identity} says that a controller runs there which acts for others: what opens is the controller \
             itself, so the right to write what it acts upon has to go, or the controller"
        )),
        _ => volume(object, path).map(|fix| Edit::Change(id, fix)),
    }
}

/// The last key of a path that does not end in a list.
fn key(path: &Path) -> Option<&str> {
    match path.segments().last() {
        Some(Segment::Key(key)) => Some(key),
        _ => None,
    }
}

/// A volume taken out of a pod with its mounts; of a projected one the tokens alone, where it holds more.
fn volume(object: &Object, path: &Path) -> Result<Fix, String> {
    let identity = object.identity();
    let no_edit = || format!("what {path} of {identity} should say instead is for people to decide");
    let segments = path.segments();
    let is_list = |own: &Segment| matches!(own, Segment::Key(key) if key == "volumes");
    let at = segments.iter().position(is_list).ok_or_else(no_edit)?;
    let Some(Segment::Index(number)) = segments.get(at + 1) else { return Err(no_edit()) };
    let mut pod = Path::root();
    for segment in &segments[..at] {
        pod = match segment {
            Segment::Key(key) => pod.key(key.clone()),
            Segment::Index(index) => pod.index(*index),
        };
    }
    let body = object.body().map_err(|error| error.message)?;
    let spec = body.root().at(&pod).ok_or_else(no_edit)?.to_json();
    let volume = &spec["volumes"][*number];
    let own = pod.key("volumes").index(*number);
    let sources = volume["projected"]["sources"].as_array();
    let tokens: Vec<usize> = sources
        .into_iter()
        .flatten()
        .enumerate()
        .filter(|(_, source)| source.get("serviceAccountToken").is_some())
        .map(|(at, _)| at)
        .collect();
    if sources.is_some_and(|sources| !tokens.is_empty() && tokens.len() < sources.len()) {
        let list = own.key("projected").key("sources");
        return Ok(tokens.iter().fold(Fix::review(), |fix, at| fix.remove(list.index(*at))));
    }
    let name = volume["name"].as_str().ok_or_else(no_edit)?;
    let mut fix = Fix::review().remove(own);
    for containers in ["initContainers", "containers", "ephemeralContainers"] {
        for (at, container) in spec[containers].as_array().into_iter().flatten().enumerate() {
            for mounts in ["volumeMounts", "volumeDevices"] {
                let list = pod.key(containers).index(at).key(mounts);
                let all = container[mounts].as_array().into_iter().flatten().enumerate();
                for (mount, _) in all.filter(|(_, mount)| mount["name"].as_str() == Some(name)) {
                    fix = fix.remove(list.index(mount));
                }
            }
        }
    }
    Ok(fix)
}

/// `baseline` enforced by every object of the namespace that somebody wrote, or by one that is new.
fn enforce(scene: &Scene<'_, '_>, namespace: &str) -> Vec<Edit> {
    let snapshot = scene.graph.scene.world.snapshot();
    let name = scene.graph.names.find(namespace);
    let space = name.and_then(|name| scene.graph.scene.namespaces.get(&name));
    let objects = space.into_iter().flat_map(|space| &space.objects).copied();
    let written: Vec<ObjectId> = objects.filter(|own| !snapshot.object(*own).is_implied()).collect();
    let path = Path::root().at("metadata.labels").key(ENFORCE);
    if written.is_empty() {
        let object = json!({
            "apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace, "labels": {ENFORCE: "baseline"}},
        });
        return vec![Edit::Create(namespace.to_owned(), object)];
    }
    written.into_iter().map(|own| Edit::Change(own, Fix::review().set(path.clone(), "baseline"))).collect()
}

/// The policies that close a namespace to all that comes in and is not needed.
fn isolate(snapshot: &watertight_model::Snapshot, namespace: &str, policies: &[Made]) -> Edits {
    let made: Vec<Made> =
        policies.iter().filter(|made| made.namespace == namespace).filter_map(ingress_of).collect();
    if made.is_empty() {
        return Err(format!(
            "no policies were made for the namespace {namespace}: `watertight net generate --only {namespace}` says why"
        ));
    }
    let is_there = |made: &Made| {
        snapshot.of_kind("NetworkPolicy").iter().any(|id| {
            let identity = snapshot.object(*id).identity();
            *identity.name == *made.name && identity.namespace.name() == Some(namespace)
        })
    };
    if let Some(made) = made.iter().find(|made| is_there(made)) {
        return Err(format!(
            "NetworkPolicy {namespace}/{} is there already: `watertight net generate --only {namespace} --replace` makes them \
             anew",
            made.name
        ));
    }
    Ok(made.into_iter().map(|made| Edit::Create(namespace.to_owned(), made.object)).collect())
}
