use watertight_engine::prelude::*;
use watertight_facts::network::{Reach, SERVICE};

use super::service;

control! {
    /// The load balancer speaks HTTP in clear text: whoever is on the way reads and changes passwords, cookies
    /// and answers. At port 443 people believe that it does not.
    ///
    /// Judged are the load balancers that Kubernetes makes at AWS for HTTP (`aws-load-balancer-backend-protocol:
    /// http`). Without that annotation they pass bytes on, and TLS may end in the pod; other clouds have no such
    /// setting at a Service. One that is not on the internet is graded lower.
    ///
    /// ## Remedy
    /// Name a certificate in `service.beta.kubernetes.io/aws-load-balancer-ssl-cert`, and in `…-ssl-ports` the
    /// ports that it is for.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    ///   namespace: shop
    ///   annotations: {service.beta.kubernetes.io/aws-load-balancer-backend-protocol: http}
    /// spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 443, targetPort: 8080}]}
    /// ```
    /// ```yaml,fail
    /// # The certificate is for one of the ports.
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    ///   namespace: shop
    ///   annotations:
    ///     service.beta.kubernetes.io/aws-load-balancer-backend-protocol: http
    ///     service.beta.kubernetes.io/aws-load-balancer-ssl-cert: "arn:aws:acm:eu-west-1:1:certificate/a"
    ///     service.beta.kubernetes.io/aws-load-balancer-ssl-ports: https
    /// spec:
    ///   type: LoadBalancer
    ///   selector: {app: web}
    ///   ports: [{name: http, port: 80}, {name: https, port: 443}]
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Service
    /// metadata:
    ///   name: web
    ///   namespace: shop
    ///   annotations:
    ///     service.beta.kubernetes.io/aws-load-balancer-backend-protocol: http
    ///     service.beta.kubernetes.io/aws-load-balancer-ssl-cert: "arn:aws:acm:eu-west-1:1:certificate/a"
    /// spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 443, targetPort: 8080}]}
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: passed-on, namespace: shop}
    /// spec: {type: LoadBalancer, selector: {app: ingress}, ports: [{port: 443}]}
    /// ```
    pub static LOAD_BALANCER_WITHOUT_TLS = {
        title: "load balancer speaks plain HTTP",
        severity: Severity::Medium,
        layer: Layer::Network,
        maps: &[Mapping::Attack("T1557")],
        reads: &[],
        check: Check::Kinds(&[SERVICE], check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(service) = service(object, out) else { return };
    if !matches!(service.reach, Reach::LoadBalancer | Reach::Internal) {
        return out.not_applicable();
    }
    for &(index, port) in &service.plain_at_aws {
        let path = Path::root().at("spec.ports").index(index).key("port");
        let finding = out.fail(path, format!("speaks HTTP without TLS at port {port}"));
        if service.reach == Reach::Internal {
            finding.severity(Severity::Low);
        }
    }
}
