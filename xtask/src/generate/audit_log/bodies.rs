//! The objects that requests carry and answers hold: small, of the right kind, and recognizably made up.

use serde_json::{Value, json};

use super::request::{Request, Target};
use crate::generate::random::Random;

/// What every made-up secret begins with, in base64 (`FAKE-SECRET-`).
pub(super) const FAKE_SECRET: &str = "RkFLRS1TRUNSRVQt";

/// The object of the request, for verbs that have one.
pub(super) fn of_request(request: &Request, random: &mut Random) -> Option<Value> {
    let Target::Resource { resource, subresource, .. } = &request.target else { return None };
    match (request.verb.as_str(), subresource.as_str()) {
        (_, "exec" | "log" | "attach" | "portforward" | "proxy") => None,
        ("create" | "update", _) => Some(object(request, random)),
        ("patch", _) => Some(patch(resource, subresource, random)),
        ("delete" | "deletecollection", _) => Some(json!({
            "kind": "DeleteOptions", "apiVersion": "v1", "propagationPolicy": "Background"
        })),
        _ => None,
    }
}

/// The object of a good answer, for verbs that have one. A watch has none: its answer is a stream.
pub(super) fn of_response(request: &Request, random: &mut Random) -> Option<Value> {
    let Target::Resource { subresource, .. } = &request.target else { return None };
    match (request.verb.as_str(), subresource.as_str()) {
        ("watch", _) | (_, "exec" | "log" | "attach" | "portforward" | "proxy") => None,
        ("list", _) => Some(list(request, random)),
        ("delete" | "deletecollection", _) | ("create", "binding" | "eviction") => Some(
            json!({"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Success", "code": 200}),
        ),
        _ => Some(object(request, random)),
    }
}

/// Takes the managed fields out, of the object and of the items of a list.
pub(super) fn without_managed_fields(mut object: Value) -> Value {
    let strip = |object: &mut Value| {
        if let Some(metadata) = object.get_mut("metadata").and_then(Value::as_object_mut) {
            metadata.remove("managedFields");
        }
    };
    strip(&mut object);
    object.get_mut("items").and_then(Value::as_array_mut).into_iter().flatten().for_each(strip);
    object
}

fn object(request: &Request, random: &mut Random) -> Value {
    let Target::Resource { group, version, resource, subresource, namespace, name } = &request.target else {
        return Value::Null;
    };
    let name = if name.is_empty() { &request.body_name } else { name };
    let api = if group.is_empty() { version.clone() } else { format!("{group}/{version}") };
    let mut object = match subresource.as_str() {
        "token" => json!({
            "kind": "TokenRequest",
            "apiVersion": "authentication.k8s.io/v1",
            "spec": {"audiences": ["https://kubernetes.default.svc"], "expirationSeconds": 3607},
            "status": {"token": format!("FAKE-TOKEN-{}", random.hex(32))}
        }),
        "scale" => json!({
            "kind": "Scale", "apiVersion": "autoscaling/v1", "spec": {"replicas": random.between(1, 9)}
        }),
        "binding" => json!({
            "kind": "Binding", "apiVersion": "v1",
            "target": {"kind": "Node", "name": format!("node-{:02}", random.below(12))}
        }),
        "eviction" => json!({"kind": "Eviction", "apiVersion": "policy/v1"}),
        _ => of_kind(kind(resource), &api, random),
    };
    object["metadata"] = metadata(request, namespace, name, random);
    object
}

fn list(request: &Request, random: &mut Random) -> Value {
    let Target::Resource { group, version, resource, .. } = &request.target else { return Value::Null };
    let api = if group.is_empty() { version.clone() } else { format!("{group}/{version}") };
    let items: Vec<Value> = (0..random.between(1, 3)).map(|_| object(request, random)).collect();
    json!({
        "kind": format!("{}List", kind(resource)),
        "apiVersion": api,
        "metadata": {"resourceVersion": random.between(400_000, 499_999).to_string()},
        "items": items
    })
}

fn metadata(request: &Request, namespace: &str, name: &str, random: &mut Random) -> Value {
    let manager = request.actor.agent.split('/').next().unwrap_or_default();
    let mut metadata = json!({
        "uid": random.uid(),
        "resourceVersion": random.between(400_000, 499_999).to_string(),
        "creationTimestamp": "2026-08-30T09:12:44Z",
        "managedFields": [{
            "manager": manager,
            "operation": "Update",
            "apiVersion": "v1",
            "time": "2026-08-30T09:12:44Z",
            "fieldsType": "FieldsV1",
            "fieldsV1": {"f:metadata": {"f:labels": {".": {}, "f:app": {}}}, "f:spec": {"f:replicas": {}}}
        }]
    });
    if name.is_empty() {
        metadata["generateName"] = json!("web-7d4b9c6f58-");
    } else {
        metadata["name"] = json!(name);
    }
    if !namespace.is_empty() {
        metadata["namespace"] = json!(namespace);
    }
    metadata
}

fn of_kind(kind: &str, api: &str, random: &mut Random) -> Value {
    let mut object = match kind {
        "Secret" => json!({
            "type": "Opaque", "data": {"password": format!("{FAKE_SECRET}{}", random.hex(8))}
        }),
        "ConfigMap" => json!({"data": {"settings.yaml": "level: info\ncache: <none> & \"small\"\n"}}),
        "Lease" => json!({"spec": {
            "holderIdentity": format!("holder-{}", random.suffix(5)),
            "leaseDurationSeconds": 15,
            "leaseTransitions": 3
        }}),
        "Pod" => json!({"spec": {
            "serviceAccountName": "web",
            "containers": [{
                "name": "app",
                "image": format!("registry.example.com/web@sha256:{}", random.hex(64)),
                "env": [{"name": "API_KEY", "value": format!("FAKE-SECRET-{}", random.hex(8))}]
            }]
        }}),
        "Deployment" | "ReplicaSet" | "StatefulSet" => json!({"spec": {
            "replicas": random.between(1, 9),
            "template": {"spec": {"containers": [{"name": "app", "image": "registry.example.com/web:1.4"}]}}
        }}),
        "Job" => json!({"spec": {
            "template": {"spec": {
                "restartPolicy": "Never",
                "containers": [{"name": "app", "image": "registry.example.com/import:2.0"}]
            }}
        }}),
        "RoleBinding" => json!({
            "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "view"},
            "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "auditors"}]
        }),
        "Event" => json!({"reason": "Scheduled", "type": "Normal", "message": "Assigned web to a node"}),
        "SubjectAccessReview" => json!({
            "spec": {"user": "ada@example.com", "resourceAttributes": {"verb": "get", "resource": "pods"}},
            "status": {"allowed": true}
        }),
        "TokenReview" => json!({
            "spec": {"token": format!("FAKE-TOKEN-{}", random.hex(32))}, "status": {"authenticated": true}
        }),
        _ => json!({"spec": {}}),
    };
    object["kind"] = json!(kind);
    object["apiVersion"] = json!(api);
    object
}

fn patch(resource: &str, subresource: &str, random: &mut Random) -> Value {
    match (resource, subresource) {
        (_, "scale") => json!({"spec": {"replicas": random.between(1, 9)}}),
        (_, "status") => json!({"status": {"conditions": [{"type": "Ready", "status": "True"}]}}),
        ("deployments", _) => {
            let image = format!("registry.example.com/web:1.{}", random.below(40));
            json!({"spec": {"template": {"spec": {"containers": [{"name": "app", "image": image}]}}}})
        }
        _ => json!({"metadata": {"labels": {"role": "leader"}}}),
    }
}

/// The kind of a resource. Only those that occur here are known.
fn kind(resource: &str) -> &str {
    const KINDS: &[(&str, &str)] = &[
        ("backups", "Backup"),
        ("certificates", "Certificate"),
        ("certificatesigningrequests", "CertificateSigningRequest"),
        ("clusterroles", "ClusterRole"),
        ("configmaps", "ConfigMap"),
        ("deployments", "Deployment"),
        ("endpoints", "Endpoints"),
        ("endpointslices", "EndpointSlice"),
        ("events", "Event"),
        ("ingresses", "Ingress"),
        ("jobs", "Job"),
        ("leases", "Lease"),
        ("namespaces", "Namespace"),
        ("nodes", "Node"),
        ("persistentvolumeclaims", "PersistentVolumeClaim"),
        ("persistentvolumes", "PersistentVolume"),
        ("pods", "Pod"),
        ("replicasets", "ReplicaSet"),
        ("resourcequotas", "ResourceQuota"),
        ("rolebindings", "RoleBinding"),
        ("secrets", "Secret"),
        ("selfsubjectaccessreviews", "SelfSubjectAccessReview"),
        ("serviceaccounts", "ServiceAccount"),
        ("statefulsets", "StatefulSet"),
        ("subjectaccessreviews", "SubjectAccessReview"),
        ("tokenreviews", "TokenReview"),
        ("validatingwebhookconfigurations", "ValidatingWebhookConfiguration"),
        ("volumeattachments", "VolumeAttachment"),
    ];
    KINDS.iter().find(|(known, _)| *known == resource).map_or("Unknown", |(_, kind)| kind)
}
