//! Policies for namespaces to come, made by Kyverno when a namespace is.

use serde_json::{Value as Json, json};

use super::ClusterDns;
use crate::implied::NAMESPACE_NAME_LABEL;

/// A ClusterPolicy of Kyverno that gives each new namespace a default-deny with DNS
/// (`kyverno.io/v1`, documentation "Generate Rules"). Namespaces of Kubernetes itself and of Kyverno are let be.
#[must_use]
pub fn for_new_namespaces(dns: &ClusterDns) -> Json {
    let ports: Vec<Json> = dns
        .ports
        .iter()
        .map(|(protocol, number)| json!({"protocol": protocol.to_string(), "port": number}))
        .collect();
    let mut to = vec![json!({
        "namespaceSelector": {"matchLabels": {NAMESPACE_NAME_LABEL: dns.namespace}},
        "podSelector": {"matchLabels": dns.labels},
    })];
    let caches = dns.caches.iter().map(|address| watertight_netpol::Cidr::one(*address).to_string());
    to.extend(caches.map(|cidr| json!({"ipBlock": {"cidr": cidr}})));
    let generate = |name: &str, spec: &Json| {
        json!({
            "name": name,
            "match": {"any": [{"resources": {"kinds": ["Namespace"], "operations": ["CREATE"]}}]},
            "exclude": {"any": [{"resources": {"names": [
                "kube-system", "kube-public", "kube-node-lease", "kyverno",
            ]}}]},
            "generate": {
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "name": name,
                "namespace": "{{request.object.metadata.name}}",
                "synchronize": true,
                "data": {"spec": spec},
            },
        })
    };
    let deny = json!({"podSelector": {}, "policyTypes": ["Ingress", "Egress"]});
    let names = json!({"podSelector": {}, "policyTypes": ["Egress"], "egress": [{"to": to, "ports": ports}]});
    json!({
        "apiVersion": "kyverno.io/v1",
        "kind": "ClusterPolicy",
        "metadata": {
            "name": "default-deny-new-namespaces",
            "annotations": {
                "policies.kyverno.io/title": "Default-deny for new namespaces",
                "policies.kyverno.io/description":
                    "Gives each new namespace a NetworkPolicy that lets nothing in or out, and one for DNS.",
            },
        },
        "spec": {"rules": [generate("default-deny", &deny), generate("allow-dns", &names)]},
    })
}
