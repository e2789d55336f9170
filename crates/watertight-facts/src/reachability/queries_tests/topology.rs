//! Topologies as that tool reads them: `nca/NetworkConfig/ResourcesHandler.py` and `TopologyObjectsFinder.py` beside it.
//!
//! What it does not look at is taken away, so that both are asked about the same: whether pods are in the network of
//! their node, on which node they are, and their addresses (`_add_pod_from_yaml`).

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};

use super::scheme::{self, Lists};

/// Who there is.
#[derive(Default, Clone)]
pub(super) struct Topology {
    pub namespaces: BTreeMap<String, Value>,
    pub pods: Vec<Pod>,
    pub sets: Vec<Value>,
    /// Services, by namespace, name and what they select.
    pub services: BTreeSet<String>,
    pub host_endpoints: bool,
    /// Names of hosts outside, which Istio's ServiceEntry gives.
    pub hosts: bool,
    /// How many pods were in the network of their node.
    pub host_network: usize,
    /// How many pods there are of each form.
    alike: BTreeMap<String, usize>,
}

/// A pod, or what makes some.
#[derive(Clone)]
pub(super) struct Pod {
    pub namespace: String,
    pub name: String,
    /// The kind of the object.
    pub kind: String,
    /// What it belongs to, or itself.
    pub owner: String,
    /// How that tool calls what it belongs to.
    pub workload: String,
    pub profiles: Vec<String>,
    /// How many there are, 2 for more.
    pub copies: usize,
    pub object: Value,
}

/// The kinds that make pods: `pod_creation_resources`.
const MAKERS: [&str; 7] =
    ["Deployment", "ReplicaSet", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicationController"];

/// Which part of objects is looked for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Namespaces,
    Pods,
    Both,
}

fn str_at<'v>(value: &'v Value, pointer: &str) -> Option<&'v str> {
    value.pointer(pointer).and_then(Value::as_str)
}

fn namespace_of(object: &Value) -> String {
    str_at(object, "/metadata/namespace").unwrap_or("default").to_owned()
}

fn name_of(object: &Value) -> String {
    str_at(object, "/metadata/name").unwrap_or_default().to_owned()
}

/// Objects one by one: of lists their items.
pub(super) fn each(value: &Value, kind_of_items: &str, found: &mut dyn FnMut(&str, &Value)) {
    if let Value::Array(all) = value {
        return all.iter().for_each(|one| each(one, kind_of_items, found));
    }
    let own = value.get("kind").and_then(Value::as_str).unwrap_or_default();
    let kind = if kind_of_items.is_empty() { own } else { kind_of_items };
    match (kind.strip_suffix("List"), value.get("items")) {
        (Some(of), Some(Value::Array(items))) => items.iter().for_each(|item| each(item, of, found)),
        _ if value.is_object() => found(kind, value),
        _ => {}
    }
}

impl Topology {
    fn read(&mut self, files: &[PathBuf], part: Part) {
        for document in files.iter().flat_map(|file| scheme::documents(file)) {
            each(&document, "", &mut |kind, object| match kind {
                "Namespace" if part != Part::Pods => {
                    // Items of a list name no kind.
                    let mut namespace = object.clone();
                    namespace["apiVersion"] = "v1".into();
                    namespace["kind"] = kind.into();
                    self.namespaces.insert(name_of(object), namespace);
                }
                _ if part == Part::Namespaces => {}
                "Pod" => self.pod(object),
                "WorkloadEndpoint" => self.endpoint(object),
                "HostEndpoint" => self.host_endpoints = true,
                "ServiceEntry" => self.hosts = true,
                "NetworkSet" | "GlobalNetworkSet" => {
                    let mut set = object.clone();
                    set["kind"] = kind.into();
                    set["apiVersion"] = "projectcalico.org/v3".into();
                    self.sets.push(set);
                }
                "Service" => {
                    let selector = object.pointer("/spec/selector").unwrap_or(&Value::Null);
                    self.services.insert(format!("{}/{} {selector}", namespace_of(object), name_of(object)));
                }
                maker if MAKERS.contains(&maker) => self.maker(maker, object),
                _ => {}
            });
        }
    }

    fn add(&mut self, pod: Pod) {
        // Namespaces that nobody wrote have no labels.
        let named = json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": pod.namespace}});
        self.namespaces.entry(pod.namespace.clone()).or_insert(named);
        if self.pods.iter().all(|own| !own.is(&pod)) {
            self.pods.push(pod);
        }
    }

    /// Whether one more of a form is kept: two stand for all of them (`_add_peer`).
    fn is_kept(&mut self, form: String) -> bool {
        let count = self.alike.entry(form).or_default();
        *count += 1;
        *count <= 2
    }

    fn pod(&mut self, object: &Value) {
        let (namespace, name) = (namespace_of(object), name_of(object));
        let owner = object.pointer("/metadata/ownerReferences/0");
        let (owner, workload) = match owner {
            Some(owner) => {
                let name = owner["name"].as_str().unwrap_or_default();
                (name.to_owned(), workload(owner["kind"].as_str().unwrap_or_default(), name))
            }
            None => (name.clone(), format!("{name}(Pod)")),
        };
        let mut object = object.clone();
        self.host_network += usize::from(object.pointer("/spec/hostNetwork") == Some(&Value::Bool(true)));
        object["apiVersion"] = "v1".into();
        object["kind"] = "Pod".into();
        plain(&mut object, "/spec");
        self.keep(Pod { owner, workload, ..Pod::of(namespace, name, object) });
    }

    /// Calico's way to write a pod.
    fn endpoint(&mut self, object: &Value) {
        let namespace = namespace_of(object);
        let name = str_at(object, "/spec/pod").unwrap_or_default().to_owned();
        let strings = |pointer| {
            let all = object.pointer(pointer).and_then(Value::as_array).into_iter().flatten();
            all.filter_map(|one| one.as_str().map(str::to_owned)).collect::<Vec<_>>()
        };
        let ports = object.pointer("/spec/ports").and_then(Value::as_array).into_iter().flatten();
        let port = |port: &Value| {
            let protocol = port.get("protocol").and_then(Value::as_str).unwrap_or("TCP").to_uppercase();
            json!({"name": port["name"], "containerPort": port["port"], "protocol": protocol})
        };
        let ports: Vec<Value> = ports.map(port).collect();
        let labels = object.pointer("/metadata/labels").cloned().unwrap_or_default();
        let pod = json!({
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name, "namespace": namespace, "labels": labels},
            "spec": {"containers": [{"name": "c", "image": "c", "ports": ports}]},
        });
        let profiles = strings("/spec/profiles");
        self.keep(Pod { profiles, ..Pod::of(namespace, name, pod) });
    }

    /// Keeps a pod, unless two of its form are there.
    fn keep(&mut self, pod: Pod) {
        let labels = pod.object.pointer("/metadata/labels").unwrap_or(&Value::Null);
        if self.is_kept(format!("{}_{}_{:?}{labels}", pod.namespace, pod.workload, pod.profiles)) {
            self.add(pod);
        }
    }

    fn maker(&mut self, kind: &str, object: &Value) {
        let (namespace, name) = (namespace_of(object), name_of(object));
        let number = |pointer| object.pointer(pointer).and_then(Value::as_u64);
        let copies = match kind {
            "Job" => number("/spec/parallelism"),
            _ => number("/spec/replicas"),
        };
        let copies = copies.unwrap_or(1).min(2) as usize;
        if copies == 0 {
            return;
        }
        let template = if kind == "CronJob" { "/spec/jobTemplate/spec/template" } else { "/spec/template" };
        let mut object = object.clone();
        object["kind"] = kind.into();
        plain(&mut object, &format!("{template}/spec"));
        let workload = workload(kind, &name);
        self.add(Pod { kind: kind.to_owned(), workload, copies, ..Pod::of(namespace, name, object) });
    }

    /// Whether both have the same pods and services (`is_comparable_with_other_container` of
    /// `nca/NetworkConfig/PeerContainer.py`).
    pub(super) fn is_comparable(&self, other: &Self) -> bool {
        let pods = |own: &Self| own.pods.iter().map(Pod::key).collect::<BTreeSet<_>>();
        let sets = |own: &Self| own.sets.iter().map(name_of).collect::<BTreeSet<_>>();
        pods(self) == pods(other) && sets(self) == sets(other) && self.services == other.services
    }

    /// The topology of a configuration: its own, or where that has no pods the one for all.
    pub(super) fn of(lists: &Lists, folder: &Path, global: Option<&Self>) -> Result<Self, &'static str> {
        let full = |list: &Option<Vec<String>>| list.as_ref().is_some_and(|list| !list.is_empty());
        let or_resources = |list: &Option<Vec<String>>| {
            if full(list) { list.clone() } else { lists.resources.clone() }
        };
        let (namespaces, pods) = (or_resources(&lists.namespaces), or_resources(&lists.pods));
        let mut own = Self::default();
        if !full(&lists.namespaces) && !full(&lists.pods) {
            own.read(&all_files(folder, &pods)?, Part::Both);
        } else {
            own.read(&all_files(folder, &namespaces)?, Part::Namespaces);
            own.read(&all_files(folder, &pods)?, Part::Pods);
        }
        let found = !own.pods.is_empty() || full(&lists.pods);
        Ok(match global {
            Some(global) if !found => global.clone(),
            _ => own,
        })
    }

    /// A controller, where there is an Ingress and nothing is behind a service with the name of one (the same page, and
    /// `nca/Parsers/IngressPolicyYamlParser.py`).
    pub(super) fn with_controller(&mut self) {
        if self.services.iter().any(|service| service.contains("ingress-nginx")) {
            return;
        }
        let named =
            json!({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "ingress-controller-ns"}});
        self.namespaces.insert("ingress-controller-ns".to_owned(), named);
        self.pod(&json!({
            "metadata": {"name": "ingress-controller-livesim", "namespace": "ingress-controller-ns",
                "labels": {"app": "ingress-nginx"}},
            "spec": {"containers": [{"name": "ingress-nginx", "image": "ingress-nginx:1"}]},
        }));
    }

    /// The DNS of a cluster, where policies ask for labels that only it has and it is not in view
    /// (`docs/SimulatingLiveClusterMissingResources.md`).
    pub(super) fn with_dns(&mut self, policies: &[Value]) {
        let asked: [(bool, &str, &str); 3] = [
            (true, "name", "kube-system"),
            (true, "kubernetes.io/metadata.name", "kube-system"),
            (false, "k8s-app", "kube-dns"),
        ];
        let missing = asked.iter().any(|(of_namespace, key, value)| {
            let labels =
                |object: &Value| object.pointer("/metadata/labels").and_then(|own| own.get(*key).cloned());
            let has = |pod: &Pod| match of_namespace {
                true => self.namespaces.get(&pod.namespace).and_then(labels),
                false => {
                    labels(&pod.object).or_else(|| pod.object.pointer("/spec/template").and_then(labels))
                }
            };
            let asks = policies.iter().any(|policy| wants_label(policy, *of_namespace, key, value));
            asks && !self.pods.iter().any(|pod| has(pod).is_some_and(|own| own == *value))
        });
        if missing {
            let labels = json!({"name": "kube-system", "kubernetes.io/metadata.name": "kube-system"});
            let namespace = json!({"apiVersion": "v1", "kind": "Namespace",
                "metadata": {"name": "kube-system", "labels": labels}});
            self.namespaces.insert("kube-system".to_owned(), namespace);
            self.pod(&json!({
                "metadata": {"name": "kube-dns-livesim", "namespace": "kube-system", "labels": {"k8s-app": "kube-dns"}},
                "spec": {"containers": [{"name": "nginx", "image": "kube-dns"}]},
            }));
        }
    }
}

/// Whether a policy of Kubernetes wants a label of pods or of namespaces.
fn wants_label(value: &Value, of_namespace: bool, key: &str, wanted: &str) -> bool {
    match value {
        Value::Array(all) => all.iter().any(|one| wants_label(one, of_namespace, key, wanted)),
        Value::Object(fields) => fields.iter().any(|(field, content)| {
            let selector = if of_namespace { "namespaceSelector" } else { "podSelector" };
            let here = field == selector
                && content
                    .get("matchLabels")
                    .and_then(|labels| labels.get(key))
                    .is_some_and(|own| own == wanted);
            here || wants_label(content, of_namespace, key, wanted)
        }),
        _ => false,
    }
}

pub(super) fn all_files(folder: &Path, entries: &Option<Vec<String>>) -> Result<Vec<PathBuf>, &'static str> {
    let mut found = Vec::new();
    for entry in entries.iter().flatten() {
        found.extend(scheme::files(folder, entry)?);
    }
    Ok(found)
}

impl Pod {
    pub(super) fn of(namespace: String, name: String, object: Value) -> Self {
        let (owner, workload) = (name.clone(), format!("{name}(Pod)"));
        Self {
            namespace,
            name,
            kind: "Pod".to_owned(),
            owner,
            workload,
            profiles: Vec::new(),
            copies: 1,
            object,
        }
    }

    /// How it is told from others.
    pub(super) fn key(&self) -> (String, String, String) {
        (self.namespace.clone(), self.name.clone(), self.kind.clone())
    }

    fn is(&self, other: &Self) -> bool {
        (&self.namespace, &self.name, &self.kind) == (&other.namespace, &other.name, &other.kind)
    }

    /// Gives it the labels of its profiles (`_apply_extra_labels` of `nca/Parsers/CalicoPolicyYamlParser.py`).
    pub(super) fn label(&mut self, profile: &Value) {
        let labels = profile.pointer("/spec/labelsToApply").and_then(Value::as_object);
        let (Some(labels), true) = (labels, self.profiles.contains(&name_of(profile))) else { return };
        if let Some(metadata) = self.object.get_mut("metadata").and_then(Value::as_object_mut) {
            let own = metadata.entry("labels").or_insert_with(|| Value::Object(Map::new()));
            if !own.is_object() {
                *own = Value::Object(Map::new());
            }
            for (key, value) in labels {
                own[key] = value.clone();
            }
        }
    }
}

/// Takes away what that tool does not look at.
fn plain(object: &mut Value, spec: &str) {
    if let Some(spec) = object.pointer_mut(spec).and_then(Value::as_object_mut) {
        for field in ["hostNetwork", "nodeName"] {
            spec.remove(field);
        }
    }
    if let Some(fields) = object.as_object_mut() {
        fields.remove("status");
    }
}

/// What a pod belongs to: of a ReplicaSet with a hash at its end, what made it (`Pod` of `nca/CoreDS/Peer.py`).
fn workload(kind: &str, name: &str) -> String {
    if kind == "ReplicaSet"
        && let Some((base, end)) = name.rsplit_once('-')
        && end.chars().all(|letter| letter.is_ascii_hexdigit())
    {
        return format!("{base}(Deployment-StatefulSet)");
    }
    format!("{name}({kind})")
}
