//! Namespaces, with what every one of them holds and what some have against their tenants.

use serde_json::{Value, json};

use crate::generate::random::Random;

use super::metadata;
use super::plan::{Level, Plan, Stage};
use super::rbac::service_account;

fn word(level: Level) -> &'static str {
    match level {
        Level::Privileged => "privileged",
        Level::Baseline => "baseline",
        Level::Restricted => "restricted",
    }
}

/// A namespace, its `default` account, its quota and its limit range.
pub(super) fn objects(plan: &Plan, index: usize) -> Vec<Value> {
    let namespace = &plan.namespaces[index];
    let name = namespace.name.as_str();
    let mut random = Random::of(plan.seed, &["namespace", name]);
    let mut labels = json!({"kubernetes.io/metadata.name": name});
    let stage = match namespace.stage {
        Stage::Platform => None,
        Stage::Production => Some("production"),
        Stage::Staging => Some("staging"),
        Stage::Development => Some("development"),
    };
    if let Some(stage) = stage {
        labels["acme.example/team"] = json!(namespace.team);
        labels["environment"] = json!(stage);
    }
    if let Some(level) = namespace.enforced {
        labels["pod-security.kubernetes.io/enforce"] = json!(word(level));
        if random.permille(500) {
            labels["pod-security.kubernetes.io/enforce-version"] =
                json!(*random.pick(&["latest", "v1.36", "v1.30", "v1.25"]));
        }
    }
    if let Some(level) = namespace.warned {
        labels["pod-security.kubernetes.io/warn"] = json!(word(level));
        labels["pod-security.kubernetes.io/audit"] = json!(word(level));
    }
    let mut of_namespace = metadata(plan, "Namespace", "", name);
    of_namespace["labels"] = labels;
    let mut objects = vec![
        json!({
            "apiVersion": "v1",
            "kind": "Namespace",
            "metadata": of_namespace,
            "spec": {"finalizers": ["kubernetes"]},
            "status": {"phase": "Active"},
        }),
        service_account(plan, name, "default"),
    ];
    if namespace.quota {
        let hard = json!({"limits.memory": "512Gi", "pods": "2000", "requests.cpu": "200"});
        objects.push(json!({
            "apiVersion": "v1",
            "kind": "ResourceQuota",
            "metadata": metadata(plan, "ResourceQuota", name, "compute"),
            "spec": {"hard": hard},
            "status": {"hard": hard, "used": {"pods": random.between(1, 900).to_string()}},
        }));
    }
    if namespace.limit_range {
        let mut item = json!({"max": {"memory": "32Gi"}, "type": "Container"});
        if random.permille(600) {
            item = json!({"default": {"memory": "512Mi"}, "defaultRequest": {"cpu": "50m", "memory": "128Mi"}, "type": "Container"});
        }
        objects.push(json!({
            "apiVersion": "v1",
            "kind": "LimitRange",
            "metadata": metadata(plan, "LimitRange", name, "defaults"),
            "spec": {"limits": [item]},
        }));
    }
    objects
}
