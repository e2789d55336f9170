//! Which workloads follow the annotation `prometheus.io/scrape`: those whose configuration names it.

use watertight_model::ObjectId;
use watertight_syntax::{Path, Value};

use super::ground::Ground;
use crate::workload_kinds::template_of;

/// The label under which Prometheus' discovery tells of the annotation (`discovery/kubernetes/pod.go`).
const NAMED: &str = "__meta_kubernetes_pod_annotation_prometheus_io_scrape";

/// The workloads that mount a ConfigMap which names the annotation.
pub(super) fn of_annotations(ground: &Ground<'_>) -> Vec<ObjectId> {
    let snapshot = ground.world().snapshot();
    let names_it = |id: &ObjectId| {
        let Ok(body) = snapshot.object(*id).body() else { return false };
        let data = body.root().get("data").into_iter().flat_map(Value::entries);
        data.filter_map(|(_, text)| text.as_str()).any(|text| text.contains(NAMED))
    };
    let maps: Vec<ObjectId> = snapshot.of_kind("ConfigMap").iter().copied().filter(names_it).collect();
    let mounts = |workload: ObjectId| {
        let object = snapshot.object(workload);
        let (Some(template), Ok(body)) = (template_of(object.identity()), object.body()) else {
            return false;
        };
        let base = if template.path.is_empty() { Path::root() } else { Path::root().at(template.path) };
        let volumes = body.root().at(&base.at("spec.volumes")).into_iter().flat_map(Value::items);
        let names = volumes.filter_map(|volume| volume.get("configMap")?.get("name")?.as_str());
        names.into_iter().any(|name| {
            maps.iter().any(|&map| {
                let map = snapshot.object(map).identity();
                *map.name == *name && map.namespace == object.identity().namespace
            })
        })
    };
    if maps.is_empty() {
        return Vec::new();
    }
    ground
        .all_pods()
        .filter(|pods| !pods.is_virtual)
        .map(|pods| pods.object)
        .filter(|&id| mounts(id))
        .collect()
}
