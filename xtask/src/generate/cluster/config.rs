//! What workloads are given beside their images: Secrets, ConfigMaps, claims and volumes.

use serde_json::{Map, Value, json};

use crate::generate::random::Random;

use super::metadata;
use super::names::THINGS;
use super::plan::{Plan, Runs, Workload};

/// The Secret with which the pods of a namespace fetch images.
pub(super) const REGISTRY_SECRET: &str = "registry-credentials";

/// The name of one of a workload's Secrets, from 0.
pub(super) fn secret_name(workload: &Workload, number: u32) -> String {
    match (workload.runs, number) {
        (Runs::Operator(_), 0) => format!("{}-webhook-certificate", workload.name),
        (_, 0) => format!("{}-credentials", workload.name),
        (_, 1) => format!("{}-env", workload.name),
        _ => format!("{}-{number}", workload.name),
    }
}

/// The name of a workload's ConfigMap.
pub(super) fn config_name(workload: &Workload) -> String {
    format!("{}-config", workload.name)
}

/// Secrets and ConfigMaps of a namespace that are nobody's in particular.
pub(super) fn of_namespace(plan: &Plan, index: usize) -> Vec<Value> {
    let namespace = plan.namespaces[index].name.as_str();
    let mut random = Random::of(plan.seed, &["config", namespace]);
    let certificate =
        json!({"ca.crt": "-----BEGIN CERTIFICATE-----\nnot a certificate\n-----END CERTIFICATE-----\n"});
    let mut objects = vec![
        config_map(plan, namespace, "kube-root-ca.crt", certificate),
        secret(plan, namespace, REGISTRY_SECRET, "kubernetes.io/dockerconfigjson"),
    ];
    for number in 1..=plan.loose_secrets[index] {
        let thing = *random.pick(THINGS);
        let (kind, name) = match random.below(100) {
            0..45 => ("helm.sh/release.v1", format!("sh.helm.release.v1.{thing}.v{number}")),
            45..65 => ("kubernetes.io/tls", format!("{thing}-tls-{number}")),
            65..72 => ("kubernetes.io/basic-auth", format!("{thing}-login-{number}")),
            72..76 => ("kubernetes.io/ssh-auth", format!("{thing}-deploy-key-{number}")),
            76..84 => ("kubernetes.io/service-account-token", format!("default-token-{number}")),
            84..86 if namespace == "kube-system" => {
                ("bootstrap.kubernetes.io/token", format!("bootstrap-token-{}", random.suffix(6)))
            }
            _ => ("Opaque", format!("{thing}-secret-{number}")),
        };
        objects.push(secret(plan, namespace, &name, kind));
    }
    objects
}

/// The Secrets and the ConfigMap of a workload.
pub(super) fn of_workload(plan: &Plan, workload: &Workload) -> Vec<Value> {
    let namespace = &plan.home(workload).name;
    let mut random = Random::of(plan.seed, &["config", namespace, &workload.name]);
    let mut objects: Vec<Value> = (0..workload.secrets)
        .map(|number| {
            let tls = matches!(workload.runs, Runs::Operator(_)) && number == 0;
            let kind = if tls { "kubernetes.io/tls" } else { "Opaque" };
            secret(plan, namespace, &secret_name(workload, number), kind)
        })
        .collect();
    if workload.runs == Runs::Own {
        let lines = random.between(2, 12);
        let settings: String = (0..lines)
            .map(|_| {
                format!(
                    "{}.{} = {}\n",
                    random.pick(THINGS),
                    random.pick(&["size", "limit", "ttl"]),
                    random.below(1000)
                )
            })
            .collect();
        objects.push(config_map(plan, namespace, &config_name(workload), json!({"app.conf": settings})));
    }
    objects
}

fn config_map(plan: &Plan, namespace: &str, name: &str, data: Value) -> Value {
    let metadata = metadata(plan, "ConfigMap", namespace, name);
    let mut map = json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata});
    map["data"] = data;
    map
}

/// A Secret of a type, with values that are none: what is generated must never look like a leak.
fn secret(plan: &Plan, namespace: &str, name: &str, kind: &str) -> Value {
    let keys: &[&str] = match kind {
        "helm.sh/release.v1" => &["release"],
        "kubernetes.io/tls" => &["tls.crt", "tls.key"],
        "kubernetes.io/dockerconfigjson" => &[".dockerconfigjson"],
        "kubernetes.io/basic-auth" => &["password", "username"],
        "kubernetes.io/ssh-auth" => &["ssh-privatekey"],
        "kubernetes.io/service-account-token" => &["ca.crt", "namespace", "token"],
        "bootstrap.kubernetes.io/token" => &["token-id", "token-secret"],
        _ => &["password", "username"],
    };
    let mut metadata = metadata(plan, "Secret", namespace, name);
    if kind == "helm.sh/release.v1" {
        metadata["labels"] = json!({"owner": "helm", "status": "deployed"});
    }
    if kind == "kubernetes.io/service-account-token" {
        metadata["annotations"] = json!({
            "kubernetes.io/service-account.name": "default",
            "kubernetes.io/service-account.uid": plan.uid("ServiceAccount", namespace, "default"),
        });
    }
    // "not-a-real-value"
    let data: Map<String, Value> =
        keys.iter().map(|key| ((*key).to_owned(), json!("bm90LWEtcmVhbC12YWx1ZQ=="))).collect();
    json!({"apiVersion": "v1", "data": data, "kind": "Secret", "metadata": metadata, "type": kind})
}

/// What each replica of a StatefulSet claims.
pub(super) fn claim_spec(plan: &Plan, workload: &Workload) -> Value {
    let mut random = Random::of(plan.seed, &["claim", &plan.home(workload).name, &workload.name]);
    let size = *random.pick(&["1Gi", "8Gi", "20Gi", "100Gi"]);
    let class = random.weighted(&[(85, "fast"), (15, "local")]);
    json!({
        "accessModes": ["ReadWriteOnce"],
        "resources": {"requests": {"storage": size}},
        "storageClassName": class,
        "volumeMode": "Filesystem",
    })
}

/// The claim of one replica of a StatefulSet and the volume that it is bound to.
pub(super) fn claim_and_volume(plan: &Plan, workload: &Workload, index: u32) -> [Value; 2] {
    let namespace = plan.home(workload).name.as_str();
    let name = format!("data-{}-{index}", workload.name);
    let mut spec = claim_spec(plan, workload);
    let size = spec["resources"]["requests"]["storage"].clone();
    let class = spec["storageClassName"].clone();
    let uid = plan.uid("PersistentVolumeClaim", namespace, &name);
    let volume = format!("pvc-{uid}");
    let mut of_volume = json!({
        "accessModes": ["ReadWriteOnce"],
        "capacity": {"storage": size},
        "claimRef": {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "name": name,
            "namespace": namespace,
            "uid": uid,
        },
        "persistentVolumeReclaimPolicy": "Delete",
        "storageClassName": class,
        "volumeMode": "Filesystem",
    });
    match class.as_str() {
        Some("local") => {
            let node = super::nodes::name(plan, super::nodes::of_pod(plan, workload.first + index));
            let term = json!({"key": "kubernetes.io/hostname", "operator": "In", "values": [node]});
            of_volume["local"] = json!({"path": format!("/mnt/disks/{uid}")});
            of_volume["nodeAffinity"] =
                json!({"required": {"nodeSelectorTerms": [{"matchExpressions": [term]}]}});
        }
        _ => of_volume["csi"] = json!({"driver": "csi.acme.example", "fsType": "ext4", "volumeHandle": uid}),
    }
    spec["volumeName"] = json!(volume);
    let mut of_claim = metadata(plan, "PersistentVolumeClaim", namespace, &name);
    of_claim["labels"] = super::template::selector(workload);
    [
        json!({
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": of_claim,
            "spec": spec,
            "status": {"accessModes": ["ReadWriteOnce"], "capacity": {"storage": size}, "phase": "Bound"},
        }),
        json!({
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": metadata(plan, "PersistentVolume", "", &volume),
            "spec": of_volume,
            "status": {"phase": "Bound"},
        }),
    ]
}

/// The storage classes that claims name.
pub(super) fn classes(plan: &Plan) -> Vec<Value> {
    let class = |name: &str, provisioner: &str, default: bool| {
        let mut metadata = metadata(plan, "StorageClass", "", name);
        if default {
            metadata["annotations"] = json!({"storageclass.kubernetes.io/is-default-class": "true"});
        }
        json!({
            "apiVersion": "storage.k8s.io/v1",
            "kind": "StorageClass",
            "metadata": metadata,
            "provisioner": provisioner,
            "reclaimPolicy": "Delete",
            "volumeBindingMode": "WaitForFirstConsumer",
        })
    };
    vec![class("fast", "csi.acme.example", true), class("local", "kubernetes.io/no-provisioner", false)]
}
