//! Whether it goes on when a part is lost. Not about intruders: `--ignore availability` leaves it out.

use k8s_openapi::api::core::v1::Probe;
use watertight_engine::prelude::*;
use watertight_facts::availability::{AUTOSCALER, DISRUPTION_BUDGET, SCALED_OBJECT};

use crate::registry;

registry! {
    autoscaler_cannot_scale::AUTOSCALER_CANNOT_SCALE,
    autoscaler_minimum_one::AUTOSCALER_MINIMUM_ONE,
    autoscaler_target_missing::AUTOSCALER_TARGET_MISSING,
    autoscaler_without_request::AUTOSCALER_WITHOUT_REQUEST,
    disruption_budget_blocks_drains::DISRUPTION_BUDGET_BLOCKS_DRAINS,
    disruption_budget_missing::DISRUPTION_BUDGET_MISSING,
    disruption_budget_selects_nothing::DISRUPTION_BUDGET_SELECTS_NOTHING,
    disruption_budgets_overlap::DISRUPTION_BUDGETS_OVERLAP,
    ephemeral_storage_limit_missing::EPHEMERAL_STORAGE_LIMIT_MISSING,
    liveness_probe_missing::LIVENESS_PROBE_MISSING,
    memory_volume_unbounded::MEMORY_VOLUME_UNBOUNDED,
    no_time_to_stop::NO_TIME_TO_STOP,
    not_spread_over_nodes::NOT_SPREAD_OVER_NODES,
    priority_class_missing::PRIORITY_CLASS_MISSING,
    readiness_probe_missing::READINESS_PROBE_MISSING,
    selector_misses_template::SELECTOR_MISSES_TEMPLATE,
    single_replica::SINGLE_REPLICA,
    update_stops_everything::UPDATE_STOPS_EVERYTHING,
    webhook_can_stop_cluster::WEBHOOK_CAN_STOP_CLUSTER,
    webhook_waits_long::WEBHOOK_WAITS_LONG,
}

/// What has to be read to know how many replicas there are.
const SCALE: &[GroupKind] = &[AUTOSCALER, SCALED_OBJECT];
/// What has to be read to know how many replicas there are, and which of them may be evicted.
const SCALE_AND_BUDGETS: &[GroupKind] = &[AUTOSCALER, SCALED_OBJECT, DISRUPTION_BUDGET];

/// Whether the pods do their work and end, so that nobody waits for them to answer: jobs, and pods that
/// are not restarted after they succeeded.
fn runs_to_its_end(workload: Workload<'_>) -> bool {
    let kind = &*workload.identity().kind;
    let of_a_job = matches!(kind, "Job" | "CronJob" | "BroadcastJob" | "AdvancedCronJob");
    of_a_job || matches!(workload.spec().restart_policy.as_deref(), Some("Never" | "OnFailure"))
}

/// The containers that serve for as long as the pod lives. Sidecars serve these.
fn serving(workload: Workload<'_>) -> impl Iterator<Item = Container<'_>> {
    // Knative Serving probes the container's port by itself and stops what nobody calls
    // (`pkg/apis/serving/v1/revision_defaults.go`).
    let served = !runs_to_its_end(workload) && &*workload.identity().group != "serving.knative.dev";
    workload.containers().filter(move |container| served && container.role() == Role::Main)
}

/// "1 replica", "3 replicas".
fn replicas(count: i64) -> String {
    if count == 1 { "1 replica".to_owned() } else { format!("{count} replicas") }
}

/// How a probe is missing; `None` when it is there and asks something.
fn probe_missing(probe: Option<&Probe>) -> Option<&'static str> {
    let Some(probe) = probe else { return Some("has no") };
    let asks = probe.exec.is_some()
        || probe.http_get.is_some()
        || probe.tcp_socket.is_some()
        || probe.grpc.is_some();
    (!asks).then_some("asks nothing in its")
}
