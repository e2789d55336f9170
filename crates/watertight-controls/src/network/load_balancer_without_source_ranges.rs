use watertight_engine::prelude::*;
use watertight_facts::network::{Limited, Reach, SERVICE};

use super::service;

control! {
    /// The load balancer takes connections from the whole internet: everybody can try the workload behind it,
    /// its unpatched flaws and its passwords.
    ///
    /// Load balancers that an annotation keeps off the internet are not judged, and neither are those whose
    /// rules are kept elsewhere (security groups, access lists). One that only serves HTTP and HTTPS on their
    /// usual ports is graded lower: that is what a public front end does.
    ///
    /// ## Remedy
    /// Name the addresses that need it in `loadBalancerSourceRanges`, or make the load balancer internal.
    /// Public applications belong behind one Ingress or Gateway.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: db, namespace: shop}
    /// spec: {type: LoadBalancer, selector: {app: db}, ports: [{port: 5432}]}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    ///   namespace: shop
    ///   annotations: {service.beta.kubernetes.io/aws-load-balancer-internal: "false"}
    /// spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 443}], loadBalancerSourceRanges: [0.0.0.0/0]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: db, namespace: shop}
    /// spec: {type: LoadBalancer, selector: {app: db}, ports: [{port: 5432}], loadBalancerSourceRanges: [198.51.100.0/24]}
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: internal
    ///   namespace: shop
    ///   annotations: {service.beta.kubernetes.io/azure-load-balancer-internal: "true"}
    /// spec: {type: LoadBalancer, selector: {app: db}, ports: [{port: 5432}]}
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: inside, namespace: shop}
    /// spec: {selector: {app: db}, ports: [{port: 5432}]}
    /// ```
    pub static LOAD_BALANCER_WITHOUT_SOURCE_RANGES = {
        title: "load balancer takes connections from everywhere",
        severity: Severity::Medium,
        layer: Layer::Network,
        maps: &[Mapping::Attack("T1133")],
        reads: &[],
        check: Check::Kinds(&[SERVICE], check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(service) = service(object, out) else { return };
    if service.reach != Reach::LoadBalancer {
        return out.not_applicable();
    }
    let message = match service.limited {
        Limited::Yes => return,
        Limited::Elsewhere => return out.not_applicable(),
        Limited::No => "takes connections from every address: no source ranges are named",
        Limited::ButForTheWorld => "takes connections from every address: a source range is the whole world",
    };
    let finding = out.fail(Path::root().at("spec.loadBalancerSourceRanges"), message);
    if service.ports.iter().all(|port| matches!(port.port, 80 | 443)) {
        finding.severity(Severity::Low);
    }
}
