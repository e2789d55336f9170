//! Nodes, and which pod runs where.
//!
//! Nodes are numbered: the control plane first, then the workers.

use serde_json::{Value, json};

use crate::generate::random::Random;

use super::plan::Plan;
use super::template::VERSION;
use super::{metadata, time};

/// The first number in a node's range of addresses that belongs to an ordinary pod.
pub(super) const FIRST_SLOT: u32 = 16;

/// How many nodes there are.
pub(super) fn count(plan: &Plan) -> u32 {
    plan.control_planes + plan.workers
}

/// The name of a node.
pub(super) fn name(plan: &Plan, node: u32) -> String {
    match node.checked_sub(plan.control_planes) {
        None => format!("control-plane-{node}"),
        Some(worker) => format!("worker-{}-{worker:04}", pool(worker).name),
    }
}

/// The node that an ordinary pod runs on: workers carry equally many.
pub(super) fn of_pod(plan: &Plan, pod: u32) -> u32 {
    // A prime number above the number of workers puts the replicas of one workload on nodes far apart
    // and meets every worker equally often.
    let worker = u64::from(pod) * 15_485_863 % u64::from(plan.workers);
    plan.control_planes + u32::try_from(worker).expect("it is below a u32")
}

/// A pod's number among those of its node.
pub(super) fn slot(plan: &Plan, pod: u32) -> u32 {
    FIRST_SLOT + pod / plan.workers
}

/// The address of a node.
pub(super) fn address(node: u32) -> String {
    format!("172.{}.{}.10", 16 + node / 256, node % 256)
}

/// An address of a pod: each node has 254 of them.
pub(super) fn pod_address(node: u32, slot: u32) -> String {
    format!("10.{}.{}.{slot}", 64 + node / 256, node % 256)
}

/// Workers of one kind.
struct Pool {
    name: &'static str,
    cpu: u32,
    /// In GiB.
    memory: u32,
    taint: Option<&'static str>,
}

/// Most workers are for everything.
fn pool(worker: u32) -> &'static Pool {
    const GENERAL: Pool = Pool { name: "general", cpu: 16, memory: 64, taint: None };
    const MEMORY: Pool = Pool { name: "memory", cpu: 16, memory: 256, taint: None };
    const SPOT: Pool = Pool { name: "spot", cpu: 8, memory: 32, taint: Some("spot") };
    match worker % 16 {
        5 | 11 => &MEMORY,
        15 => &SPOT,
        _ => &GENERAL,
    }
}

/// Every node.
pub(super) fn objects(plan: &Plan) -> impl Iterator<Item = Value> {
    (0..count(plan)).map(move |number| node(plan, number))
}

fn node(plan: &Plan, number: u32) -> Value {
    let name = name(plan, number);
    let mut random = Random::of(plan.seed, &["node", &name]);
    let mut metadata = metadata(plan, "Node", "", &name);
    metadata["labels"] = json!({
        "beta.kubernetes.io/arch": "amd64",
        "kubernetes.io/arch": "amd64",
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": "linux",
        "topology.kubernetes.io/region": "north-1",
        "topology.kubernetes.io/zone": format!("north-1{}", ["a", "b", "c"][number as usize % 3]),
    });
    let mut spec =
        json!({"podCIDR": pod_address(number, 0) + "/24", "podCIDRs": [pod_address(number, 0) + "/24"]});
    let (cpu, memory) = match number.checked_sub(plan.control_planes).map(pool) {
        None => {
            metadata["labels"]["node-role.kubernetes.io/control-plane"] = json!("");
            metadata["labels"]["node.kubernetes.io/exclude-from-external-load-balancers"] = json!("");
            spec["taints"] =
                json!([{"effect": "NoSchedule", "key": "node-role.kubernetes.io/control-plane"}]);
            (8, 32)
        }
        Some(pool) => {
            metadata["labels"]["node-role.kubernetes.io/worker"] = json!("");
            metadata["labels"]["acme.example/pool"] = json!(pool.name);
            if let Some(taint) = pool.taint {
                let key = format!("acme.example/{taint}");
                spec["taints"] = json!([{"effect": "PreferNoSchedule", "key": key, "value": "true"}]);
            }
            (pool.cpu, pool.memory)
        }
    };
    let amount = |memory: u32| {
        json!({
            "cpu": cpu.to_string(),
            "ephemeral-storage": "200Gi",
            "memory": format!("{memory}Gi"),
            "pods": "110",
        })
    };
    // Nodes are updated one after the other; some are always behind.
    let kubelet = random.weighted(&[(90, VERSION), (7, "v1.35.4"), (3, "v1.34.2")]);
    let since = time(&mut random);
    json!({
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": metadata,
        "spec": spec,
        "status": {
            "addresses": [
                {"address": address(number), "type": "InternalIP"},
                {"address": name, "type": "Hostname"},
            ],
            "allocatable": amount(memory - 2),
            "capacity": amount(memory),
            "conditions": [{"lastTransitionTime": since, "status": "True", "type": "Ready"}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": 10250}},
            "nodeInfo": {
                "architecture": "amd64",
                "bootID": random.uid(),
                "containerRuntimeVersion": "containerd://2.1.4",
                "kernelVersion": "6.12.41",
                "kubeProxyVersion": kubelet,
                "kubeletVersion": kubelet,
                "machineID": random.hex(32),
                "operatingSystem": "linux",
                "osImage": "Acme Linux 12",
                "systemUUID": random.uid(),
            },
        },
    })
}
