use watertight_engine::prelude::*;
use watertight_facts::network::SERVICE;

use super::service;

control! {
    /// Nodes send what is meant for an address in `externalIPs` to the service instead, whomever the address
    /// belongs to: a service can take over connections of other pods (CVE-2020-8554).
    ///
    /// ## Remedy
    /// Use a load balancer, or `spec.loadBalancerIP` of one that checks whom the address belongs to. Refuse the
    /// field for everybody with the admission plugin `DenyServiceExternalIPs`.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: dns, namespace: shop}
    /// spec: {selector: {app: dns}, ports: [{port: 53}], externalIPs: [8.8.8.8]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: dns, namespace: shop}
    /// spec: {selector: {app: dns}, ports: [{port: 53}], externalIPs: []}
    /// ```
    pub static EXTERNAL_IPS = {
        title: "service takes over an address",
        severity: Severity::Medium,
        layer: Layer::Network,
        maps: &[Mapping::Attack("T1557")],
        reads: &[],
        check: Check::Kinds(&[SERVICE], check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(service) = service(object, out) else { return };
    if !service.external_ips.is_empty() {
        let message = format!(
            "takes over connections to {}, whomever they were for",
            super::some_of(&service.external_ips)
        );
        out.fail(Path::root().at("spec.externalIPs"), message);
    }
}
