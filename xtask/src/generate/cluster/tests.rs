//! What is promised of a generated cluster.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::admissionregistration::v1::{
    MutatingWebhookConfiguration, ValidatingWebhookConfiguration,
};
use k8s_openapi::api::apps::v1::{DaemonSet, Deployment, ReplicaSet, StatefulSet};
use k8s_openapi::api::batch::v1::{CronJob, Job};
use k8s_openapi::api::core::v1::{
    ConfigMap, LimitRange, Namespace, Node, PersistentVolume, PersistentVolumeClaim, Pod, ResourceQuota,
    Secret, Service, ServiceAccount,
};
use k8s_openapi::api::networking::v1::{Ingress, IngressClass, NetworkPolicy};
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding};
use k8s_openapi::api::storage::v1::StorageClass;
use k8s_openapi::apiextensions_apiserver::pkg::apis::apiextensions::v1::CustomResourceDefinition;
use k8s_openapi::serde::de::DeserializeOwned;
use watertight_facts::{Opened, Settings, World};
use watertight_model::{Object, ObjectId};
use watertight_syntax::Path as ValuePath;

use super::*;

fn bytes(pods: u32, seed: u64) -> Vec<u8> {
    let mut bytes = Vec::new();
    watertight_load::write_snapshot(&snapshot(pods, seed), "1", &mut bytes).unwrap();
    bytes
}

fn typed<T: DeserializeOwned>(object: &Object) -> T {
    let read = object.body().unwrap().decode::<T>(&ValuePath::root()).unwrap();
    let read = read.unwrap_or_else(|why| panic!("{}: {why}", object.identity()));
    assert_eq!(read.left_out, [], "{}", object.identity());
    assert_eq!(read.unknown, [], "{}", object.identity());
    read.value
}

fn all<T: DeserializeOwned>(snapshot: &Snapshot, kind: &str) -> Vec<T> {
    snapshot.of_kind(kind).iter().map(|id| typed(snapshot.object(*id))).collect()
}

#[test]
fn a_seed_decides_every_byte() {
    let first = bytes(300, 7);
    assert!(first == bytes(300, 7), "the same seed gives the same bytes");
    assert!(first != bytes(300, 8), "another seed gives other bytes");
}

#[test]
fn the_number_of_pods_is_exact() {
    for pods in [1, 2, 3, 7, 10, 39, 40, 41, 100, 801, 1000] {
        let snapshot = snapshot(pods, 3);
        assert_eq!(snapshot.of_kind("Pod").len(), pods as usize);
        assert_eq!(snapshot.len(), objects(pods, 3).count());
        let identities: BTreeSet<_> = snapshot.objects().map(|(_, object)| object.identity()).collect();
        assert_eq!(identities.len(), snapshot.len(), "no identity occurs twice");
    }
}

/// Each object is valid as its own type: nothing is left out and no field is unknown.
#[test]
fn every_object_is_of_its_type() {
    let snapshot = snapshot(1500, 11);
    assert_eq!(snapshot.gaps(), []);
    let settings = Settings::default();
    assert_eq!(World::new(&snapshot, &settings).gaps(), []);
    for (_, object) in snapshot.objects() {
        match &*object.identity().kind {
            "ClusterRole" => drop(typed::<ClusterRole>(object)),
            "ClusterRoleBinding" => drop(typed::<ClusterRoleBinding>(object)),
            "ConfigMap" => drop(typed::<ConfigMap>(object)),
            "CronJob" => drop(typed::<CronJob>(object)),
            "CustomResourceDefinition" => drop(typed::<CustomResourceDefinition>(object)),
            "DaemonSet" => drop(typed::<DaemonSet>(object)),
            "Deployment" => drop(typed::<Deployment>(object)),
            "Ingress" => drop(typed::<Ingress>(object)),
            "IngressClass" => drop(typed::<IngressClass>(object)),
            "Job" => drop(typed::<Job>(object)),
            "LimitRange" => drop(typed::<LimitRange>(object)),
            "MutatingWebhookConfiguration" => drop(typed::<MutatingWebhookConfiguration>(object)),
            "Namespace" => drop(typed::<Namespace>(object)),
            "NetworkPolicy" => drop(typed::<NetworkPolicy>(object)),
            "Node" => drop(typed::<Node>(object)),
            "PersistentVolume" => drop(typed::<PersistentVolume>(object)),
            "PersistentVolumeClaim" => drop(typed::<PersistentVolumeClaim>(object)),
            "Pod" => drop(typed::<Pod>(object)),
            "ReplicaSet" => drop(typed::<ReplicaSet>(object)),
            "ResourceQuota" => drop(typed::<ResourceQuota>(object)),
            "Role" => drop(typed::<Role>(object)),
            "RoleBinding" => drop(typed::<RoleBinding>(object)),
            "Secret" => drop(typed::<Secret>(object)),
            "Service" => drop(typed::<Service>(object)),
            "ServiceAccount" => drop(typed::<ServiceAccount>(object)),
            "StatefulSet" => drop(typed::<StatefulSet>(object)),
            "StorageClass" => drop(typed::<StorageClass>(object)),
            "ValidatingWebhookConfiguration" => drop(typed::<ValidatingWebhookConfiguration>(object)),
            other => panic!("{other}: name its type here"),
        }
    }
}

#[test]
fn secrets_are_blank() {
    let snapshot = snapshot(200, 1);
    let secrets: Vec<Secret> = all(&snapshot, "Secret");
    let mut values = secrets.iter().flat_map(|secret| secret.data.iter().flatten());
    // What a value was is told by a word.
    assert!(values.all(|(_, value)| value.0.is_empty() || value.0.starts_with(b"(blanked")));
    let kinds: BTreeSet<_> = secrets.iter().filter_map(|secret| secret.type_.as_deref()).collect();
    assert!(kinds.len() > 3, "{kinds:?}");
    assert!(objects(200, 1).any(|object| object["kind"] == "Secret" && object["data"]["password"] != ""));
}

/// Checked for several sizes and seeds: nothing here may hold by luck.
#[test]
fn the_ratios_hold() {
    for (pods, seed) in [(60, 1), (400, 2), (1000, 3), (1000, 4), (3000, 5)] {
        let snapshot = snapshot(pods, seed);
        let pods = pods as usize;
        let what = format!("{pods} pods, seed {seed}");
        let count = |kind: &str| snapshot.of_kind(kind).len();
        let accounts = count("ServiceAccount");
        assert!(accounts >= pods.div_ceil(10), "{what}: {accounts} accounts");
        assert!(count("Secret") >= pods.div_ceil(5), "{what}: {} Secrets", count("Secret"));
        let bindings = count("RoleBinding") + count("ClusterRoleBinding");
        assert!((3 * accounts..=3 * accounts + 3).contains(&bindings), "{what}: {bindings} bindings");
        let fenced: BTreeSet<_> = snapshot
            .of_kind("NetworkPolicy")
            .iter()
            .map(|id| snapshot.object(*id).identity().namespace.clone())
            .collect();
        let off = (fenced.len() * 10).abs_diff(count("Namespace") * 4);
        assert!(off <= 5, "{what}: {} of {} namespaces have policies", fenced.len(), count("Namespace"));
        let (powerful, two_percent) = (powerful(&snapshot).len(), accounts.div_ceil(50));
        assert_eq!(powerful, two_percent, "{what}: powerful accounts of {accounts}");
        let templates = templates(&snapshot);
        assert!(templates >= pods.div_ceil(8), "{what}: {templates} distinct templates");
        assert!(templates <= pods / 2, "{what}: {templates} distinct templates, pods share none");
    }
}

/// How many pods would be judged: those with a canonical digest of their own.
fn templates(snapshot: &Snapshot) -> usize {
    let settings = Settings::default();
    let world = World::new(snapshot, &settings);
    let digest = |id: &ObjectId| Opened::of(&world, *id).unwrap().unwrap().canonical_digest();
    snapshot.of_kind("Pod").iter().map(digest).collect::<BTreeSet<_>>().len()
}

/// Accounts that a ClusterRoleBinding gives what few may have, by the rules and not by the names.
fn powerful(snapshot: &Snapshot) -> BTreeSet<(String, String)> {
    let roles: BTreeMap<String, ClusterRole> = all::<ClusterRole>(snapshot, "ClusterRole")
        .into_iter()
        .map(|role| (role.metadata.name.clone().unwrap(), role))
        .collect();
    let mut found = BTreeSet::new();
    for binding in all::<ClusterRoleBinding>(snapshot, "ClusterRoleBinding") {
        let role = roles.get(&binding.role_ref.name);
        let rules = role.and_then(|role| role.rules.as_deref()).unwrap_or_default();
        if binding.role_ref.name == "cluster-admin" || rules.iter().any(is_powerful) {
            let accounts = binding.subjects.into_iter().flatten().filter(|who| who.kind == "ServiceAccount");
            found.extend(accounts.map(|who| (who.namespace.unwrap(), who.name)));
        }
    }
    found
}

fn is_powerful(rule: &PolicyRule) -> bool {
    const NAMED: [&str; 7] = [
        "*",
        "secrets",
        "nodes/proxy",
        "pods/exec",
        "persistentvolumes",
        "signers",
        "certificatesigningrequests/approval",
    ];
    let named = |resource: &String| NAMED.contains(&resource.as_str());
    rule.resources.iter().flatten().any(named) || rule.verbs.iter().any(|verb| verb == "impersonate")
}

/// Pods of one template differ as real ones do, and in nothing that is judged.
#[test]
fn pods_differ_from_their_template_only_in_what_is_added_to_each() {
    let snapshot = snapshot(1000, 5);
    let settings = Settings::default();
    let world = World::new(&snapshot, &settings);
    let digest = |id: ObjectId| Opened::of(&world, id).unwrap().unwrap().canonical_digest();
    let mut kinds = BTreeMap::new();
    for entry in world.workloads() {
        let kind = snapshot.object(entry.object).identity().kind.to_string();
        let pods = entry.instances.iter().filter(|id| &*snapshot.object(**id).identity().kind == "Pod");
        for &pod in pods {
            assert_eq!(digest(pod), digest(entry.object), "{}", snapshot.object(pod).identity());
            *kinds.entry(kind.clone()).or_insert(0) += 1;
        }
    }
    for kind in ["Deployment", "StatefulSet", "DaemonSet", "CronJob", "Job"] {
        assert!(kinds.get(kind).is_some_and(|&pods| pods > 3), "{kind} in {kinds:?}");
    }
    let bare = world.workloads().iter().filter(|entry| entry.instances.is_empty()).count();
    assert!(bare > 0, "some pods have no controller");
}

/// Every pod is on a node that exists and has an address of its own; claims, accounts and owners exist.
#[test]
fn what_is_referred_to_exists() {
    let snapshot = snapshot(1000, 6);
    let mut uids = BTreeSet::new();
    let mut known = BTreeSet::new();
    for object in objects(1000, 6) {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        uids.insert(text(&object["metadata"]["uid"]));
        known.insert((
            text(&object["kind"]),
            text(&object["metadata"]["namespace"]),
            text(&object["metadata"]["name"]),
        ));
    }
    assert_eq!(uids.len(), snapshot.len(), "each uid is one object's");
    let mut addresses = BTreeSet::new();
    let mut on: BTreeMap<String, u32> = BTreeMap::new();
    for pod in all::<Pod>(&snapshot, "Pod") {
        let spec = pod.spec.unwrap();
        let namespace = pod.metadata.namespace.unwrap();
        let exists = |kind: &str, namespace: &str, name: &str| {
            let key = (kind.to_owned(), namespace.to_owned(), name.to_owned());
            assert!(known.contains(&key), "{key:?} of {:?}", pod.metadata.name);
        };
        let node = spec.node_name.unwrap();
        exists("Node", "", &node);
        *on.entry(node).or_default() += 1;
        if let Some(account) = &spec.service_account_name {
            exists("ServiceAccount", &namespace, account);
        }
        for owner in pod.metadata.owner_references.iter().flatten() {
            assert_eq!(owner.controller, Some(true));
            assert!(uids.contains(&owner.uid), "{owner:?}");
        }
        for volume in spec.volumes.into_iter().flatten() {
            if let Some(claim) = volume.persistent_volume_claim {
                exists("PersistentVolumeClaim", &namespace, &claim.claim_name);
            }
            if let Some(secret) = volume.secret.and_then(|secret| secret.secret_name) {
                exists("Secret", &namespace, &secret);
            }
            if let Some(map) = volume.config_map {
                exists("ConfigMap", &namespace, &map.name);
            }
        }
        let own = pod.status.unwrap().pod_ip.unwrap();
        if spec.host_network != Some(true) {
            assert!(addresses.insert(own.clone()), "{own} is given twice");
        }
    }
    assert!(on.values().all(|&pods| pods <= 110), "no node runs more than it can: {on:?}");
}

/// Sizes are skewed: the largest tenth of the workloads has more pods than the smaller half.
#[test]
fn few_are_large_and_many_are_small() {
    let snapshot = snapshot(3000, 9);
    let settings = Settings::default();
    let world = World::new(&snapshot, &settings);
    let mut sizes: Vec<usize> = world.workloads().iter().map(|entry| entry.instances.len().max(1)).collect();
    sizes.sort_unstable();
    let largest: usize = sizes[sizes.len() * 9 / 10..].iter().sum();
    let smaller: usize = sizes[..sizes.len() / 2].iter().sum();
    assert!(largest > smaller, "{largest} against {smaller}");
    let mut per_namespace: BTreeMap<String, usize> = BTreeMap::new();
    for pod in all::<Pod>(&snapshot, "Pod") {
        *per_namespace.entry(pod.metadata.namespace.unwrap()).or_default() += 1;
    }
    let mut sizes: Vec<usize> = per_namespace.into_values().collect();
    sizes.sort_unstable();
    assert!(sizes[sizes.len() - 1] > 5 * sizes[sizes.len() / 2], "{sizes:?}");
}

#[test]
fn some_of_it_is_open() {
    let snapshot = snapshot(3000, 2);
    let pods: Vec<Pod> = all(&snapshot, "Pod");
    let privileged = |pod: &&Pod| {
        let containers = pod.spec.iter().flat_map(|spec| &spec.containers);
        containers
            .filter_map(|container| container.security_context.as_ref())
            .any(|context| context.privileged == Some(true))
    };
    let share = pods.iter().filter(privileged).count() * 1000 / pods.len();
    assert!((10..=25).contains(&share), "{share} in a thousand pods are privileged");
    let exposed: BTreeSet<String> =
        all::<Service>(&snapshot, "Service").into_iter().filter_map(|service| service.spec?.type_).collect();
    for kind in ["ClusterIP", "LoadBalancer", "NodePort"] {
        assert!(exposed.contains(kind), "{exposed:?}");
    }
    assert!(!snapshot.of_kind("Ingress").is_empty());
    let levels: BTreeSet<String> = all::<Namespace>(&snapshot, "Namespace")
        .into_iter()
        .filter_map(|namespace| namespace.metadata.labels?.remove("pod-security.kubernetes.io/enforce"))
        .collect();
    assert_eq!(levels.into_iter().collect::<Vec<_>>(), ["baseline", "privileged", "restricted"]);
}

#[test]
fn wrong_arguments_are_refused() {
    let run = |words: &[&str]| run(&words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>());
    for words in [
        &["--pods", "0", "--out", "x"][..],
        &["--pods", "many", "--out", "x"],
        &["--pods", "5"],
        &["--out", "x"],
        &["--pods", "5", "--seed", "-1", "--out", "x"],
        &["--pods", "5", "--nodes", "3", "--out", "x"],
    ] {
        assert!(run(words).is_err(), "{words:?}");
    }
}
