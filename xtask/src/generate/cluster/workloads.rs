//! The objects of a workload: its controllers from the top down, and its pods with what each has of its own.
//!
//! Start reading at [`objects`].

use serde_json::{Value, json};

use crate::generate::random::Random;

use super::names::AGENTS;
use super::plan::{Kind, Plan, Runs, Workload};
use super::template::{push, selector, template};
use super::{config, metadata, nodes, rbac};

/// A controller that pods belong to.
struct Owner<'a> {
    version: &'a str,
    kind: &'a str,
    name: &'a str,
}

/// Every object of a workload: controllers, pods, claims and volumes.
pub(super) fn objects(plan: &Plan, workload: &Workload) -> Vec<Value> {
    let template = template(plan, workload);
    match workload.kind {
        Kind::Deployment => deployment(plan, workload, &template),
        Kind::StatefulSet => stateful_set(plan, workload, &template),
        Kind::DaemonSet => daemon_set(plan, workload, &template),
        Kind::CronJob => cron_job(plan, workload, &template),
        Kind::Job => job(plan, workload, &workload.name, workload.replicas, 0, &template, None),
        Kind::Pod => (0..workload.replicas).map(|index| single(plan, workload, &template, index)).collect(),
        Kind::Static => {
            (0..workload.replicas).map(|index| mirror(plan, workload, &template, index)).collect()
        }
    }
}

fn owner_reference(plan: &Plan, workload: &Workload, owner: &Owner<'_>) -> Value {
    let namespace = if owner.kind == "Node" { "" } else { plan.home(workload).name.as_str() };
    json!([{
        "apiVersion": owner.version,
        "blockOwnerDeletion": owner.kind != "Node",
        "controller": true,
        "kind": owner.kind,
        "name": owner.name,
        "uid": plan.uid(owner.kind, namespace, owner.name),
    }])
}

fn deployment(plan: &Plan, workload: &Workload, template: &Value) -> Vec<Value> {
    let mut random = Random::of(plan.seed, &["replicasets", &plan.home(workload).name, &workload.name]);
    let (replicas, revision) = (workload.replicas, random.between(1, 30));
    let mut deployment = controller(plan, workload, "apps/v1", "Deployment", &workload.name);
    deployment["metadata"]["annotations"] =
        json!({"deployment.kubernetes.io/revision": revision.to_string()});
    deployment["spec"] = json!({
        "progressDeadlineSeconds": 600,
        "replicas": replicas,
        "revisionHistoryLimit": 10,
        "selector": {"matchLabels": selector(workload)},
        "strategy": {"rollingUpdate": {"maxSurge": "25%", "maxUnavailable": "25%"}, "type": "RollingUpdate"},
        "template": template,
    });
    deployment["status"] =
        json!({"availableReplicas": replicas, "observedGeneration": revision, "replicas": replicas});
    let mut objects = vec![deployment];
    // What stood before an update stays for a rollback.
    if revision > 1 && random.permille(300) {
        let mut before = template.clone();
        let image = &mut before["spec"]["containers"][0]["image"];
        *image = json!(format!("{}-rc.{}", image.as_str().unwrap_or_default(), random.below(9)));
        if !image.as_str().unwrap_or_default().contains('@') {
            let name = format!("{}-{}", workload.name, random.suffix(9));
            objects.push(replica_set(plan, workload, &name, 0, &before));
        }
    }
    let name = format!("{}-{}", workload.name, random.suffix(10));
    let current = replica_set(plan, workload, &name, replicas, template);
    let template = current["spec"]["template"].clone();
    objects.push(current);
    let owner = Owner { version: "apps/v1", kind: "ReplicaSet", name: &name };
    for index in 0..replicas {
        let mut pod = pod(plan, workload, &template, index);
        let suffix = suffix(plan, workload, index);
        name_pod(plan, workload, &mut pod, &format!("{name}-{suffix}"), Some(&owner));
        objects.push(pod);
    }
    objects
}

fn replica_set(plan: &Plan, workload: &Workload, name: &str, replicas: u32, template: &Value) -> Value {
    let hash = name.rsplit('-').next().unwrap_or_default();
    let mut template = template.clone();
    template["metadata"]["labels"]["pod-template-hash"] = json!(hash);
    let mut set = controller(plan, workload, "apps/v1", "ReplicaSet", name);
    let labels = template["metadata"]["labels"].clone();
    let mut selected = selector(workload);
    selected["pod-template-hash"] = json!(hash);
    set["metadata"]["labels"] = labels;
    let owner = Owner { version: "apps/v1", kind: "Deployment", name: &workload.name };
    set["metadata"]["ownerReferences"] = owner_reference(plan, workload, &owner);
    set["spec"] = json!({"replicas": replicas, "selector": {"matchLabels": selected}, "template": template});
    set["status"] = json!({"replicas": replicas});
    set
}

fn stateful_set(plan: &Plan, workload: &Workload, template: &Value) -> Vec<Value> {
    let name = &workload.name;
    let home = &plan.home(workload).name;
    let revision = format!("{name}-{}", Random::of(plan.seed, &["revision", home, name]).suffix(10));
    let claim = config::claim_spec(plan, workload);
    let mut set = controller(plan, workload, "apps/v1", "StatefulSet", name);
    set["spec"] = json!({
        "persistentVolumeClaimRetentionPolicy": {"whenDeleted": "Retain", "whenScaled": "Retain"},
        "podManagementPolicy": "OrderedReady",
        "replicas": workload.replicas,
        "revisionHistoryLimit": 10,
        "selector": {"matchLabels": selector(workload)},
        "serviceName": format!("{name}-headless"),
        "template": template,
        "updateStrategy": {"rollingUpdate": {"partition": 0}, "type": "RollingUpdate"},
        "volumeClaimTemplates": [
            {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": "data"}, "spec": claim}
        ],
    });
    set["status"] = json!({"currentRevision": revision, "replicas": workload.replicas});
    let mut objects = vec![set];
    let owner = Owner { version: "apps/v1", kind: "StatefulSet", name };
    for index in 0..workload.replicas {
        let own = format!("{name}-{index}");
        let mut pod = pod(plan, workload, template, index);
        pod["spec"]["hostname"] = json!(own);
        pod["spec"]["subdomain"] = json!(format!("{name}-headless"));
        let claim = json!({"name": "data", "persistentVolumeClaim": {"claimName": format!("data-{own}")}});
        push(&mut pod["spec"]["volumes"], claim);
        for (key, value) in [
            ("apps.kubernetes.io/pod-index", index.to_string()),
            ("controller-revision-hash", revision.clone()),
            ("statefulset.kubernetes.io/pod-name", own.clone()),
        ] {
            pod["metadata"]["labels"][key] = json!(value);
        }
        name_pod(plan, workload, &mut pod, &own, Some(&owner));
        objects.push(pod);
        objects.extend(config::claim_and_volume(plan, workload, index));
    }
    objects
}

fn daemon_set(plan: &Plan, workload: &Workload, template: &Value) -> Vec<Value> {
    let name = &workload.name;
    let home = &plan.home(workload).name;
    let hash = Random::of(plan.seed, &["revision", home, name]).suffix(10);
    let mut set = controller(plan, workload, "apps/v1", "DaemonSet", name);
    set["spec"] = json!({
        "revisionHistoryLimit": 10,
        "selector": {"matchLabels": selector(workload)},
        "template": template,
        "updateStrategy": {"rollingUpdate": {"maxSurge": 0, "maxUnavailable": 1}, "type": "RollingUpdate"},
    });
    set["status"] = json!({
        "currentNumberScheduled": workload.replicas,
        "desiredNumberScheduled": workload.replicas,
        "numberMisscheduled": 0,
        "numberReady": workload.replicas,
    });
    let mut objects = vec![set];
    let owner = Owner { version: "apps/v1", kind: "DaemonSet", name };
    for index in 0..workload.replicas {
        let mut pod = pod(plan, workload, template, index);
        pod["metadata"]["labels"]["controller-revision-hash"] = json!(hash);
        pod["metadata"]["labels"]["pod-template-generation"] = json!("1");
        let field = json!({"key": "metadata.name", "operator": "In", "values": [nodes::name(plan, index)]});
        pod["spec"]["affinity"] = json!({"nodeAffinity": {
            "requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": [{"matchFields": [field]}]}
        }});
        // `AddOrUpdateDaemonPodTolerations` in `pkg/controller/daemon/util/daemonset_util.go`.
        for (key, effect) in [
            ("not-ready", "NoExecute"),
            ("unreachable", "NoExecute"),
            ("disk-pressure", "NoSchedule"),
            ("memory-pressure", "NoSchedule"),
            ("pid-pressure", "NoSchedule"),
            ("unschedulable", "NoSchedule"),
        ] {
            let key = format!("node.kubernetes.io/{key}");
            push(
                &mut pod["spec"]["tolerations"],
                json!({"effect": effect, "key": key, "operator": "Exists"}),
            );
        }
        let suffix = suffix(plan, workload, index);
        name_pod(plan, workload, &mut pod, &format!("{name}-{suffix}"), Some(&owner));
        objects.push(pod);
    }
    objects
}

/// A CronJob keeps its last Jobs, of one pod each.
fn cron_job(plan: &Plan, workload: &Workload, template: &Value) -> Vec<Value> {
    let mut random = Random::of(plan.seed, &["schedule", &plan.home(workload).name, &workload.name]);
    let schedule = match random.below(4) {
        0 => format!("*/{} * * * *", random.between(5, 30)),
        1 => format!("{} * * * *", random.below(60)),
        _ => format!("{} {} * * *", random.below(60), random.below(24)),
    };
    let mut cron = controller(plan, workload, "batch/v1", "CronJob", &workload.name);
    cron["spec"] = json!({
        "concurrencyPolicy": *random.pick(&["Allow", "Forbid", "Replace"]),
        "failedJobsHistoryLimit": 1,
        "jobTemplate": {"metadata": {}, "spec": {"template": template}},
        "schedule": schedule,
        "successfulJobsHistoryLimit": 3,
        "suspend": false,
    });
    cron["status"] = json!({});
    let mut objects = vec![cron];
    // The controller names a Job after the minute that it was due at.
    let minutes = random.between(29_500_000, 29_600_000);
    let owner = Owner { version: "batch/v1", kind: "CronJob", name: &workload.name };
    for index in 0..workload.replicas {
        let name = format!("{}-{}", workload.name, minutes + u64::from(index) * 60);
        objects.extend(job(plan, workload, &name, 1, index, template, Some(&owner)));
    }
    objects
}

/// A Job and its pods, of which the first has this number among those of the workload.
fn job(
    plan: &Plan,
    workload: &Workload,
    name: &str,
    pods: u32,
    first: u32,
    template: &Value,
    owner: Option<&Owner<'_>>,
) -> Vec<Value> {
    let uid = plan.uid("Job", &plan.home(workload).name, name);
    let mut template = template.clone();
    template["metadata"]["labels"]["batch.kubernetes.io/controller-uid"] = json!(uid);
    template["metadata"]["labels"]["batch.kubernetes.io/job-name"] = json!(name);
    let mut job = controller(plan, workload, "batch/v1", "Job", name);
    if let Some(owner) = owner {
        job["metadata"]["ownerReferences"] = owner_reference(plan, workload, owner);
    }
    job["spec"] = json!({
        "backoffLimit": 6,
        "completionMode": "NonIndexed",
        "completions": pods,
        "parallelism": pods,
        "selector": {"matchLabels": {"batch.kubernetes.io/controller-uid": uid}},
        "template": template,
    });
    job["status"] = json!({"ready": 0, "succeeded": pods});
    let mut objects = vec![job];
    let owner = Owner { version: "batch/v1", kind: "Job", name };
    for index in first..first + pods {
        let mut pod = pod(plan, workload, &template, index);
        let suffix = suffix(plan, workload, index);
        name_pod(plan, workload, &mut pod, &format!("{name}-{suffix}"), Some(&owner));
        objects.push(pod);
    }
    objects
}

fn single(plan: &Plan, workload: &Workload, template: &Value, index: u32) -> Value {
    let mut pod = pod(plan, workload, template, index);
    let name = match index {
        0 => workload.name.clone(),
        _ => format!("{}-{index}", workload.name),
    };
    name_pod(plan, workload, &mut pod, &name, None);
    pod
}

/// What the kubelet shows of a pod that it runs from a file: owned by its node, without a token.
fn mirror(plan: &Plan, workload: &Workload, template: &Value, index: u32) -> Value {
    let mut pod = pod(plan, workload, template, index);
    let node = nodes::name(plan, index);
    let hash = Random::of(plan.seed, &["mirror", &workload.name, &node]).hex(32);
    pod["metadata"]["annotations"] = json!({
        "kubernetes.io/config.hash": hash,
        "kubernetes.io/config.mirror": hash,
        "kubernetes.io/config.source": "file",
    });
    pod["spec"]["tolerations"] = json!([{"effect": "NoExecute", "operator": "Exists"}]);
    let owner = Owner { version: "v1", kind: "Node", name: &node };
    name_pod(plan, workload, &mut pod, &format!("{}-{node}", workload.name), Some(&owner));
    pod
}

fn controller(plan: &Plan, workload: &Workload, version: &str, kind: &str, name: &str) -> Value {
    let mut metadata = metadata(plan, kind, &plan.home(workload).name, name);
    metadata["generation"] = json!(1);
    metadata["labels"] = selector(workload);
    json!({"apiVersion": version, "kind": kind, "metadata": metadata})
}

/// The end of a generated name: the same for the same pod.
fn suffix(plan: &Plan, workload: &Workload, index: u32) -> String {
    pod_random(plan, workload, index).suffix(5)
}

fn pod_random(plan: &Plan, workload: &Workload, index: u32) -> Random {
    Random::of(plan.seed, &["pod", &(workload.first + index).to_string()])
}

/// A pod as the scheduler, the admission plugins and the kubelet leave it; its name is not given yet.
fn pod(plan: &Plan, workload: &Workload, template: &Value, index: u32) -> Value {
    let mut random = pod_random(plan, workload, index);
    let _ = random.suffix(5);
    let mut metadata = template["metadata"].clone();
    metadata["creationTimestamp"] = json!(super::time(&mut random));
    let mut spec = template["spec"].clone();
    let node = match workload.kind {
        Kind::DaemonSet | Kind::Static => index,
        _ => nodes::of_pod(plan, workload.first + index),
    };
    spec["nodeName"] = json!(nodes::name(plan, node));
    spec["enableServiceLinks"] = json!(true);
    spec["preemptionPolicy"] = json!("PreemptLowerPriority");
    let critical = spec.get("priorityClassName").is_some();
    spec["priority"] = json!(if critical { 2_000_001_000 } else { 0 });
    if !matches!(workload.kind, Kind::Static | Kind::DaemonSet) {
        spec["tolerations"] =
            json!(
                [toleration("node.kubernetes.io/not-ready"), toleration("node.kubernetes.io/unreachable"),]
            );
    }
    if workload.kind != Kind::Static {
        // The ServiceAccount admission plugin.
        let account = workload.account.as_deref().unwrap_or("default");
        spec["serviceAccount"] = json!(account);
        spec["serviceAccountName"] = json!(account);
        let refused = spec.get("automountServiceAccountToken").is_some_and(|mounts| *mounts == false);
        if !refused && rbac::automounts(plan, &plan.home(workload).name, account) {
            mount_token(&mut spec, &format!("kube-api-access-{}", random.suffix(5)));
        }
    }
    let status = status(plan, workload, &spec, node, index, &mut random);
    json!({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec, "status": status})
}

/// The DefaultTolerationSeconds admission plugin.
fn toleration(key: &str) -> Value {
    json!({"effect": "NoExecute", "key": key, "operator": "Exists", "tolerationSeconds": 300})
}

/// `createVolume` in `plugin/pkg/admission/serviceaccount/admission.go`.
fn mount_token(spec: &mut Value, name: &str) {
    let certificate = json!({"items": [{"key": "ca.crt", "path": "ca.crt"}], "name": "kube-root-ca.crt"});
    let field = json!({"apiVersion": "v1", "fieldPath": "metadata.namespace"});
    let sources = json!([
        {"serviceAccountToken": {"expirationSeconds": 3607, "path": "token"}},
        {"configMap": certificate},
        {"downwardAPI": {"items": [{"fieldRef": field, "path": "namespace"}]}},
    ]);
    push(&mut spec["volumes"], json!({"name": name, "projected": {"defaultMode": 420, "sources": sources}}));
    for list in ["containers", "initContainers"] {
        for container in spec.get_mut(list).and_then(Value::as_array_mut).into_iter().flatten() {
            let mount = json!({
                "mountPath": "/var/run/secrets/kubernetes.io/serviceaccount",
                "name": name,
                "readOnly": true,
            });
            push(&mut container["volumeMounts"], mount);
        }
    }
}

fn status(
    plan: &Plan,
    workload: &Workload,
    spec: &Value,
    node: u32,
    index: u32,
    random: &mut Random,
) -> Value {
    let host = nodes::address(node);
    let own = match (spec.get("hostNetwork").is_some(), workload.runs) {
        (true, _) => host.clone(),
        (false, Runs::Agent(row)) => nodes::pod_address(node, row as u32 + 2),
        (false, _) => nodes::pod_address(node, nodes::slot(plan, workload.first + index)),
    };
    debug_assert!(AGENTS.len() + 2 < nodes::FIRST_SLOT as usize, "agents have the first addresses of a node");
    let since = super::time(random);
    let done = matches!(workload.kind, Kind::CronJob | Kind::Job);
    let state = match done {
        true => json!({"terminated": {"exitCode": 0, "reason": "Completed", "startedAt": since}}),
        false => json!({"running": {"startedAt": since}}),
    };
    let containers: Vec<Value> = spec["containers"]
        .as_array()
        .into_iter()
        .flatten()
        .map(|container| {
            let image = container["image"].as_str().unwrap_or_default();
            let repository = repository(image);
            // The same image has the same digest wherever it runs.
            let digest = Random::of(plan.seed, &["image", image]).hex(64);
            json!({
                "containerID": format!("containerd://{}", random.hex(64)),
                "image": image,
                "imageID": format!("{repository}@sha256:{digest}"),
                "lastState": {},
                "name": container["name"],
                "ready": !done,
                "restartCount": if random.permille(100) { random.below(40) } else { 0 },
                "started": !done,
                "state": state,
            })
        })
        .collect();
    json!({
        "conditions": [{"lastTransitionTime": since, "status": "True", "type": "Ready"}],
        "containerStatuses": containers,
        "hostIP": host,
        "phase": if done { "Succeeded" } else { "Running" },
        "podIP": own,
        "podIPs": [{"ip": own}],
        "qosClass": if spec["containers"][0]["resources"]["requests"].is_object() { "Burstable" } else { "BestEffort" },
        "startTime": since,
    })
}

/// An image without its tag or digest; a port of the registry is no tag.
fn repository(image: &str) -> &str {
    let image = image.split('@').next().unwrap_or_default();
    match image.rsplit_once(':') {
        Some((before, tag)) if !tag.contains('/') => before,
        _ => image,
    }
}

/// Gives a pod its name, its owner, and what follows from them.
fn name_pod(plan: &Plan, workload: &Workload, pod: &mut Value, name: &str, owner: Option<&Owner<'_>>) {
    let given = metadata(plan, "Pod", &plan.home(workload).name, name);
    for key in ["name", "namespace", "resourceVersion", "uid"] {
        pod["metadata"][key] = given[key].clone();
    }
    if let Some(owner) = owner {
        if !matches!(owner.kind, "StatefulSet" | "Node") {
            pod["metadata"]["generateName"] = json!(format!("{}-", owner.name));
        }
        pod["metadata"]["ownerReferences"] = owner_reference(plan, workload, owner);
    }
}
