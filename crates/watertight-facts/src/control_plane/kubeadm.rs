//! kubeadm's configurations, alone and inside the objects of Cluster API.
//!
//! kubeadm writes the command line of each component of the control plane: its own arguments, and
//! over them those of `extraArgs` (`ArgumentsToCommand`, `cmd/kubeadm/app/util/arguments.go`). What it
//! passes by itself is in the [table](super::defaults::TABLE).

use std::collections::BTreeSet;

use watertight_model::Identity;
use watertight_syntax::{Kind, Path, Value};

use super::command_line::{Flags, Given, Written};
use super::{Component, Configured, Form, Rest, Shape};

/// Kinds with kubeadm configurations in them: group, kind, where they are.
const HOLDERS: &[(&str, &str, &[&str])] = &[
    ("controlplane.cluster.x-k8s.io", "KubeadmControlPlane", &["spec", "kubeadmConfigSpec"]),
    (
        "controlplane.cluster.x-k8s.io",
        "KubeadmControlPlaneTemplate",
        &["spec", "template", "spec", "kubeadmConfigSpec"],
    ),
    ("bootstrap.cluster.x-k8s.io", "KubeadmConfig", &["spec"]),
    ("bootstrap.cluster.x-k8s.io", "KubeadmConfigTemplate", &["spec", "template", "spec"]),
];

/// Whether objects of this kind are, or hold, kubeadm configurations that are read.
pub(crate) fn is_kubeadm(identity: &Identity) -> bool {
    is_own(identity) || holder(identity).is_some()
}

fn is_own(identity: &Identity) -> bool {
    &*identity.group == "kubeadm.k8s.io"
        && matches!(&*identity.kind, "ClusterConfiguration" | "InitConfiguration" | "JoinConfiguration")
}

fn holder(identity: &Identity) -> Option<&'static [&'static str]> {
    let found =
        HOLDERS.iter().find(|(group, kind, _)| *group == &*identity.group && *kind == &*identity.kind);
    found.map(|(.., path)| *path)
}

/// The components that an object of such a kind configures.
pub(crate) fn kubeadm_of(identity: &Identity, root: Value<'_>) -> Vec<Configured> {
    let shape = usual_shape(identity);
    if is_own(identity) {
        return match &*identity.kind {
            "ClusterConfiguration" => cluster(Some(root), &Path::root(), shape),
            _ => kubelet(root, &Path::root(), shape).into_iter().collect(),
        };
    }
    let Some(keys) = holder(identity) else { return Vec::new() };
    let path = keys.iter().fold(Path::root(), |path, key| path.key(*key));
    let Some(spec) = root.at(&path) else { return Vec::new() };
    let mut configured = Vec::new();
    let (section, section_at) = (spec.get("clusterConfiguration"), path.key("clusterConfiguration"));
    // A control plane has its components also when nothing is said of them; a worker has none.
    if section.is_some() || identity.kind.starts_with("KubeadmControlPlane") {
        configured.extend(cluster(section, &section_at, shape));
    }
    for name in ["initConfiguration", "joinConfiguration"] {
        if let Some(section) = spec.get(name) {
            configured.extend(kubelet(section, &path.key(name), shape));
        }
    }
    configured
}

/// The configurations for `kubeadm init` that an object is or holds, with their places.
pub(super) fn init_configurations<'a>(identity: &Identity, root: Value<'a>) -> Vec<(Path, Value<'a>)> {
    if is_own(identity) {
        let own = Some((Path::root(), root)).filter(|_| &*identity.kind == "InitConfiguration");
        return own.into_iter().collect();
    }
    let Some(keys) = holder(identity) else { return Vec::new() };
    let path = keys.iter().fold(Path::root(), |path, key| path.key(*key)).key("initConfiguration");
    root.at(&path).map(|value| (path, value)).into_iter().collect()
}

/// The form that `extraArgs` has in this version: a list since kubeadm `v1beta4` and Cluster API `v1beta2`.
fn usual_shape(identity: &Identity) -> Shape {
    let maps: &[&str] = if is_own(identity) {
        &["v1alpha1", "v1alpha2", "v1alpha3", "v1beta1", "v1beta2", "v1beta3"]
    } else {
        &["v1alpha2", "v1alpha3", "v1alpha4", "v1beta1"]
    };
    if maps.contains(&&*identity.version) { Shape::Map } else { Shape::List }
}

fn cluster(section: Option<Value<'_>>, at: &Path, shape: Shape) -> Vec<Configured> {
    let get = |key: &str| section.and_then(|section| section.get(key)).filter(|value| !value.is_null());
    let mut configured = Vec::new();
    for (component, key) in [
        (Component::ApiServer, "apiServer"),
        (Component::ControllerManager, "controllerManager"),
        (Component::Scheduler, "scheduler"),
    ] {
        let args = get(key).and_then(|part| part.get("extraArgs"));
        configured.push(extra_args(component, args, at.key(key).key("extraArgs"), shape, Rest::Kubeadm));
    }
    let etcd_at = at.key("etcd");
    match get("etcd").and_then(|etcd| etcd.get("external")).filter(|external| !external.is_null()) {
        Some(external) => external_etcd(&mut configured[0].flags, external, &etcd_at.key("external")),
        None => {
            let local = get("etcd").and_then(|etcd| etcd.get("local"));
            let args = local.and_then(|local| local.get("extraArgs"));
            configured.push(extra_args(
                Component::Etcd,
                args,
                etcd_at.key("local").key("extraArgs"),
                shape,
                Rest::Kubeadm,
            ));
        }
    }
    configured
}

/// What kubeadm passes to the API server for an etcd that it does not run (`getAPIServerCommand`,
/// `cmd/kubeadm/app/phases/controlplane/manifests.go`): nothing but what is written.
fn external_etcd(flags: &mut Flags, external: Value<'_>, at: &Path) {
    for (flag, key) in [
        ("etcd-servers", "endpoints"),
        ("etcd-cafile", "caFile"),
        ("etcd-certfile", "certFile"),
        ("etcd-keyfile", "keyFile"),
    ] {
        if flags.given.contains_key(flag) {
            continue;
        }
        let value = external.get(key).map(scalar).unwrap_or_default();
        flags.add(flag, Given { value: Some(value), path: at.key(key), written: Written::Fixed });
    }
}

/// The kubelet of a node: only what is written over its configuration file, which kubeadm always
/// names (`10-kubeadm.conf`).
fn kubelet(section: Value<'_>, at: &Path, shape: Shape) -> Option<Configured> {
    let registration = section.get("nodeRegistration")?;
    let args = registration.get("kubeletExtraArgs").filter(|args| !args.is_null())?;
    let at = at.key("nodeRegistration").key("kubeletExtraArgs");
    Some(extra_args(Component::Kubelet, Some(args), at, shape, Rest::File))
}

fn extra_args(
    component: Component,
    args: Option<Value<'_>>,
    at: Path,
    usual: Shape,
    rest: Rest,
) -> Configured {
    let mut flags = Flags::default();
    let shape = match args.map(Value::kind) {
        Some(Kind::Map) => Shape::Map,
        Some(Kind::List) => Shape::List,
        _ => usual,
    };
    if let Some(args) = args {
        let field = |value: Value<'_>, path: Path| Given {
            value: Some(scalar(value)),
            path,
            written: Written::Field,
        };
        for (name, value) in args.entries() {
            flags.add(&name.replace('_', "-"), field(value, at.key(name.to_owned())));
        }
        for (index, item) in args.items().enumerate() {
            let Some(name) = item.get("name").and_then(Value::as_str) else { continue };
            let Some(value) = item.get("value") else { continue };
            flags.add(&name.replace('_', "-"), field(value, at.index(index).key("value")));
        }
    }
    let form = Form::ExtraArgs { at, shape, rest };
    Configured { component, form, flags, of_cluster: true, on_windows: false, overruled: BTreeSet::new() }
}

/// A scalar as the text that it is on a command line; lists are joined with commas.
pub(super) fn scalar(value: Value<'_>) -> String {
    if let Some(text) = value.as_str() {
        return text.to_owned();
    }
    match value.kind() {
        Kind::List => value.items().map(scalar).collect::<Vec<_>>().join(","),
        Kind::Map => {
            value.entries().map(|(key, set)| format!("{key}={}", scalar(set))).collect::<Vec<_>>().join(",")
        }
        Kind::Null => String::new(),
        _ => value.to_json().to_string(),
    }
}
