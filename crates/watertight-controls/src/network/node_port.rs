use watertight_engine::prelude::*;
use watertight_facts::network::{Reach, SERVICE};

use super::service;

control! {
    /// The service listens on every node, past firewalls that only know the load balancer: whoever reaches a
    /// node reaches the workload, and nothing in the cluster can name who may.
    ///
    /// ## Remedy
    /// Use a `ClusterIP` service behind an Ingress or Gateway, or a load balancer with source ranges.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web, namespace: shop}
    /// spec: {type: NodePort, selector: {app: web}, ports: [{port: 80, nodePort: 30080}]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web, namespace: shop}
    /// spec: {type: ClusterIP, selector: {app: web}, ports: [{port: 80}]}
    /// ```
    pub static NODE_PORT = {
        title: "service listens on every node",
        severity: Severity::Medium,
        layer: Layer::Network,
        maps: &[Mapping::Attack("T1133")],
        reads: &[],
        check: Check::Kinds(&[SERVICE], check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(service) = service(object, out) else { return };
    if service.reach != Reach::Nodes {
        return;
    }
    let numbers: Vec<String> =
        service.ports.iter().filter_map(|port| port.node_port).map(|number| number.to_string()).collect();
    let message = if numbers.is_empty() {
        "listens on every node, at ports that the API server chooses".to_owned()
    } else {
        format!("listens on every node, at port {}", super::some_of(&numbers))
    };
    out.fail(Path::root().at("spec.type"), message);
}
