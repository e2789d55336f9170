//! What operators bring: definitions of their resources, roles, and webhooks.

use serde_json::{Value, json};

use super::metadata;
use super::names::{OPERATORS, Operator};
use super::plan::Plan;
use super::rbac::cluster_role;

/// Every object that operators have in the cluster, but for bindings of their accounts.
pub(super) fn objects(plan: &Plan) -> impl Iterator<Item = Value> {
    OPERATORS[..plan.operators].iter().flat_map(move |operator| {
        let mut objects: Vec<Value> = Vec::new();
        objects.extend(operator.kinds.iter().map(|kind| definition(plan, operator, *kind)));
        objects.push(own_role(plan, operator));
        objects.extend(roles_for_people(plan, operator));
        if operator.webhooks {
            objects.push(webhooks(plan, operator, "ValidatingWebhookConfiguration"));
            objects.push(webhooks(plan, operator, "MutatingWebhookConfiguration"));
        }
        objects
    })
}

fn definition(plan: &Plan, operator: &Operator, (kind, plural): (&str, &str)) -> Value {
    let name = format!("{plural}.{}", operator.group);
    let schema = json!({
        "properties": {"spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}},
        "type": "object",
    });
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": metadata(plan, "CustomResourceDefinition", "", &name),
        "spec": {
            "group": operator.group,
            "names": {
                "kind": kind,
                "listKind": format!("{kind}List"),
                "plural": plural,
                "singular": kind.to_lowercase(),
            },
            "scope": if kind.starts_with("Cluster") { "Cluster" } else { "Namespaced" },
            "versions": [
                {"name": "v1", "schema": {"openAPIV3Schema": schema}, "served": true, "storage": true}
            ],
        },
    })
}

/// Charts give an operator what it could ever need.
fn own_role(plan: &Plan, operator: &Operator) -> Value {
    let mut rules = vec![
        json!({"apiGroups": [operator.group], "resources": ["*"], "verbs": ["*"]}),
        json!({
            "apiGroups": [""],
            "resources": ["configmaps", "events", "pods", "secrets", "serviceaccounts", "services"],
            "verbs": ["*"],
        }),
        json!({"apiGroups": ["apps"], "resources": ["deployments", "statefulsets"], "verbs": ["*"]}),
        json!({
            "apiGroups": ["apiextensions.k8s.io"],
            "resources": ["customresourcedefinitions"],
            "verbs": ["create", "get", "list", "patch", "watch"],
        }),
    ];
    if operator.webhooks {
        rules.push(json!({
            "apiGroups": ["admissionregistration.k8s.io"],
            "resources": ["mutatingwebhookconfigurations", "validatingwebhookconfigurations"],
            "verbs": ["get", "list", "patch", "update", "watch"],
        }));
    }
    if operator.escalates {
        rules.push(json!({
            "apiGroups": ["rbac.authorization.k8s.io"],
            "resources": ["clusterrolebindings", "clusterroles", "rolebindings", "roles"],
            "verbs": ["bind", "create", "escalate", "get", "list", "patch", "update", "watch"],
        }));
    }
    cluster_role(plan, operator.name, json!({"app.kubernetes.io/name": operator.name}), Value::Array(rules))
}

/// The label by which [`aggregate`] collects roles.
const AGGREGATED: &str = "acme.example/aggregate-to-monitoring";

/// Roles that aggregate into those that people have.
fn roles_for_people(plan: &Plan, operator: &Operator) -> [Value; 2] {
    let resources: Vec<&str> = operator.kinds.iter().map(|(_, plural)| *plural).collect();
    let rules =
        |verbs: &[&str]| json!([{"apiGroups": [operator.group], "resources": resources, "verbs": verbs}]);
    let view = json!({
        AGGREGATED: "true",
        "rbac.authorization.k8s.io/aggregate-to-view": "true",
    });
    let edit = json!({
        "rbac.authorization.k8s.io/aggregate-to-admin": "true",
        "rbac.authorization.k8s.io/aggregate-to-edit": "true",
    });
    [
        cluster_role(plan, &format!("{}-view", operator.name), view, rules(&["get", "list", "watch"])),
        cluster_role(
            plan,
            &format!("{}-edit", operator.name),
            edit,
            rules(&["create", "delete", "get", "list", "patch", "update", "watch"]),
        ),
    ]
}

/// A ClusterRole that others aggregate into, with the rules that its controller has put together.
pub(super) fn aggregate(plan: &Plan) -> Value {
    // `pkg/controller/clusterroleaggregation` appends the rules in the order of the roles' names.
    let mut parts: Vec<Value> = OPERATORS[..plan.operators]
        .iter()
        .map(|operator| roles_for_people(plan, operator)[0].clone())
        .collect();
    parts.sort_by_key(|role| role["metadata"]["name"].as_str().map(str::to_owned));
    let rules = parts.iter().filter_map(|role| role["rules"].as_array()).flatten().cloned().collect();
    let mut role = cluster_role(plan, "monitoring-collector", json!({}), Value::Array(rules));
    role["aggregationRule"] = json!({"clusterRoleSelectors": [{"matchLabels": {AGGREGATED: "true"}}]});
    role
}

fn webhooks(plan: &Plan, operator: &Operator, kind: &str) -> Value {
    let resources: Vec<&str> = operator.kinds.iter().map(|(_, plural)| *plural).collect();
    let path = if kind.starts_with("Mutating") { "/mutate" } else { "/validate" };
    json!({
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": kind,
        "metadata": metadata(plan, kind, "", operator.name),
        "webhooks": [{
            "admissionReviewVersions": ["v1"],
            "clientConfig": {
                "caBundle": "bm90LWEtY2VydGlmaWNhdGU=",
                "service": {"name": operator.name, "namespace": operator.name, "path": path, "port": 443},
            },
            "failurePolicy": "Fail",
            "matchPolicy": "Equivalent",
            "name": format!("check.{}", operator.group),
            "rules": [{
                "apiGroups": [operator.group],
                "apiVersions": ["v1"],
                "operations": ["CREATE", "UPDATE"],
                "resources": resources,
                "scope": "*",
            }],
            "sideEffects": "None",
            "timeoutSeconds": 10,
        }],
    })
}
