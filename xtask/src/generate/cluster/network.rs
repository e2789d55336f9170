//! How traffic reaches workloads, and what stands in its way.

use serde_json::{Value, json};

use crate::generate::random::Random;

use super::metadata;
use super::plan::{Kind, Plan, Runs, Stage, Workload};
use super::template::{port, selector};

/// Services and Ingresses of a workload, and its network policy when its namespace is fenced.
pub(super) fn of_workload(plan: &Plan, workload: &Workload) -> Vec<Value> {
    let mut objects = Vec::new();
    let Some(port) = port(workload) else { return objects };
    let home = plan.home(workload);
    let mut random = Random::of(plan.seed, &["network", &home.name, &workload.name]);
    if workload.kind == Kind::StatefulSet {
        let mut headless = service(plan, workload, &format!("{}-headless", workload.name), port, "ClusterIP");
        headless["spec"]["clusterIP"] = json!("None");
        headless["spec"]["clusterIPs"] = json!(["None"]);
        objects.push(headless);
    }
    let kind = match (workload.runs, random.below(1000)) {
        (Runs::Own, 0..30) => Some("LoadBalancer"),
        (Runs::Own, 30..50) => Some("NodePort"),
        (Runs::Own, 50..750) | (Runs::Popular(_) | Runs::Operator(_), _) => Some("ClusterIP"),
        _ => None,
    };
    let Some(kind) = kind else { return objects };
    let mut service = service(plan, workload, &workload.name, port, kind);
    if kind != "ClusterIP" {
        service["spec"]["externalTrafficPolicy"] = json!(*random.pick(&["Cluster", "Local"]));
        service["spec"]["ports"][0]["nodePort"] = json!(random.between(30_000, 32_767));
    }
    if kind == "LoadBalancer" {
        // Documentation addresses (RFC 5737).
        let address = format!("203.0.113.{}", random.between(1, 254));
        service["status"]["loadBalancer"] = json!({"ingress": [{"ip": address, "ipMode": "VIP"}]});
        if random.permille(300) {
            service["spec"]["loadBalancerSourceRanges"] = json!(["198.51.100.0/24"]);
        }
    }
    objects.push(service);
    if workload.runs == Runs::Own && kind == "ClusterIP" && random.permille(170) {
        objects.push(ingress(plan, workload, &mut random));
    }
    if home.fenced && random.permille(600) {
        objects.push(allow(plan, workload, port, &mut random));
    }
    objects
}

fn service(plan: &Plan, workload: &Workload, name: &str, port: u16, kind: &str) -> Value {
    let home = &plan.home(workload).name;
    let mut random = Random::of(plan.seed, &["service", home, name]);
    let address = format!("10.{}.{}.{}", random.between(32, 47), random.below(256), random.between(1, 254));
    let mut metadata = metadata(plan, "Service", home, name);
    metadata["labels"] = selector(workload);
    let outside = match (workload.runs, port) {
        (Runs::Operator(_), _) => 443,
        (Runs::Own, _) => 80,
        _ => port,
    };
    json!({
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": metadata,
        "spec": {
            "clusterIP": address,
            "clusterIPs": [address],
            "internalTrafficPolicy": "Cluster",
            "ipFamilies": ["IPv4"],
            "ipFamilyPolicy": "SingleStack",
            "ports": [{"name": "main", "port": outside, "protocol": "TCP", "targetPort": port}],
            "selector": selector(workload),
            "sessionAffinity": "None",
            "type": kind,
        },
        "status": {"loadBalancer": {}},
    })
}

fn ingress(plan: &Plan, workload: &Workload, random: &mut Random) -> Value {
    let home = plan.home(workload);
    let host = format!("{}.{}.acme.example", workload.name, home.name);
    let backend = json!({"service": {"name": workload.name, "port": {"name": "main"}}});
    let mut spec = json!({
        "ingressClassName": "public",
        "rules": [{"host": host, "http": {"paths": [{"backend": backend, "path": "/", "pathType": "Prefix"}]}}],
    });
    if random.permille(700) {
        spec["tls"] = json!([{"hosts": [host], "secretName": format!("{}-tls", workload.name)}]);
    }
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": metadata(plan, "Ingress", &home.name, &workload.name),
        "spec": spec,
        "status": {"loadBalancer": {"ingress": [{"ip": "203.0.113.10"}]}},
    })
}

fn policy(plan: &Plan, namespace: &str, name: &str, spec: Value) -> Value {
    let mut policy = json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "NetworkPolicy",
        "metadata": metadata(plan, "NetworkPolicy", namespace, name),
    });
    policy["spec"] = spec;
    policy
}

fn in_namespace(name: &str) -> Value {
    json!({"matchLabels": {"kubernetes.io/metadata.name": name}})
}

/// Who may speak to a workload, and some to whom it may speak.
fn allow(plan: &Plan, workload: &Workload, port: u16, random: &mut Random) -> Value {
    let home = plan.home(workload);
    // Policies of a product name its other applications, which need not exist.
    let peer = || json!({"matchLabels": {"app.kubernetes.io/part-of": home.team}});
    let mut from = match random.below(4) {
        0 => vec![json!({"podSelector": {}})],
        1 => vec![
            json!({"podSelector": peer()}),
            json!({"namespaceSelector": in_namespace("ingress-controller")}),
        ],
        2 => vec![json!({
            "namespaceSelector": {"matchExpressions": [
                {"key": "environment", "operator": "In", "values": ["production", "staging"]}
            ]},
            "podSelector": peer(),
        })],
        _ => vec![json!({"namespaceSelector": {"matchLabels": {"acme.example/team": home.team}}})],
    };
    if random.permille(150) {
        from.push(json!({"ipBlock": {"cidr": "198.51.100.0/24", "except": ["198.51.100.128/25"]}}));
    }
    let mut spec = json!({
        "ingress": [{"from": from, "ports": [{"port": port, "protocol": "TCP"}]}],
        "podSelector": {"matchLabels": selector(workload)},
        "policyTypes": ["Ingress"],
    });
    if random.permille(300) {
        spec["policyTypes"] = json!(["Ingress", "Egress"]);
        let ports = match random.permille(300) {
            true => json!([{"endPort": 32_767, "port": 30_000, "protocol": "TCP"}]),
            false => json!([{"port": 443, "protocol": "TCP"}]),
        };
        let internet =
            json!({"ipBlock": {"cidr": "0.0.0.0/0", "except": ["10.0.0.0/8", "169.254.169.254/32"]}});
        spec["egress"] = json!([{"ports": ports, "to": [internet]}, dns()]);
    }
    policy(plan, &home.name, &workload.name, spec)
}

/// The rule that every workload needs once its egress is closed.
fn dns() -> Value {
    let to = json!({"namespaceSelector": in_namespace("kube-system"), "podSelector": {"matchLabels": {"app.kubernetes.io/name": "coredns"}}});
    json!({"ports": [{"port": 53, "protocol": "UDP"}, {"port": 53, "protocol": "TCP"}], "to": [to]})
}

/// The policies of a fenced namespace that are for all of its pods: one at least.
pub(super) fn of_namespace(plan: &Plan, index: usize) -> Vec<Value> {
    let namespace = &plan.namespaces[index];
    if !namespace.fenced {
        return Vec::new();
    }
    let name = namespace.name.as_str();
    let mut random = Random::of(plan.seed, &["fence", name]);
    let all = json!({});
    let mut objects = Vec::new();
    match random.below(10) {
        // Nothing comes in, and nothing goes out but questions for names.
        0..3 if namespace.stage != Stage::Platform => {
            let types = json!(["Ingress", "Egress"]);
            objects.push(policy(
                plan,
                name,
                "default-deny",
                json!({"podSelector": all, "policyTypes": types}),
            ));
            let spec = json!({"egress": [dns()], "podSelector": all, "policyTypes": ["Egress"]});
            objects.push(policy(plan, name, "allow-dns", spec));
        }
        0..7 => {
            let spec = json!({"podSelector": all, "policyTypes": ["Ingress"]});
            objects.push(policy(plan, name, "default-deny-ingress", spec));
        }
        // A policy that was meant to close and lets everything in.
        7 => {
            let spec = json!({"ingress": [{}], "podSelector": all, "policyTypes": ["Ingress"]});
            objects.push(policy(plan, name, "allow-all", spec));
        }
        _ => {
            let egress =
                json!([{"to": [{"ipBlock": {"cidr": "0.0.0.0/0", "except": ["169.254.169.254/32"]}}]}]);
            let spec = json!({"egress": egress, "podSelector": all, "policyTypes": ["Egress"]});
            objects.push(policy(plan, name, "no-cloud-metadata", spec));
        }
    }
    if random.permille(600) {
        let spec = json!({
            "ingress": [{"from": [{"podSelector": {}}]}],
            "podSelector": all,
            "policyTypes": ["Ingress"],
        });
        objects.push(policy(plan, name, "allow-same-namespace", spec));
    }
    if random.permille(400) {
        let from = json!([{"namespaceSelector": in_namespace("monitoring")}]);
        let spec = json!({
            "ingress": [{"from": from, "ports": [{"port": 9090, "protocol": "TCP"}]}],
            "podSelector": all,
            "policyTypes": ["Ingress"],
        });
        objects.push(policy(plan, name, "allow-monitoring", spec));
    }
    objects
}

/// The class that Ingresses name.
pub(super) fn ingress_class(plan: &Plan) -> Value {
    json!({
        "apiVersion": "networking.k8s.io/v1",
        "kind": "IngressClass",
        "metadata": metadata(plan, "IngressClass", "", "public"),
        "spec": {"controller": "routes.acme.example/ingress-controller"},
    })
}
