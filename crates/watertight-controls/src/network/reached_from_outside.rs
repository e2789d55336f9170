use watertight_engine::prelude::*;
use watertight_facts::network::SERVICE;

use super::{ENTRIES_AND_SERVICES, some_of};

control! {
    /// Who is outside of the cluster can send requests to these pods: a flaw in them is tried by strangers first.
    ///
    /// This is no fault but the list of what faces outside: what else is found at these workloads comes first.
    /// Told are ways through an Ingress, a route of a Gateway, an OpenShift route or a VirtualService of an Istio
    /// gateway; a Service that is itself reached from outside is told by `node-port` and
    /// `load-balancer-without-source-ranges`. Ways that ask for a login or let only some addresses through are
    /// left out.
    ///
    /// ## Remedy
    /// Nothing, where it is meant to be reached. Else remove the rule, or let only those in who need it.
    ///
    /// ```yaml,fail
    /// apiVersion: gateway.networking.k8s.io/v1
    /// kind: HTTPRoute
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   parentRefs: [{name: out}]
    ///   rules: [{backendRefs: [{name: web, port: 80}]}]
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web, namespace: shop}
    /// spec: {selector: {app: web}, ports: [{port: 80}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: web, image: web}]}
    /// ```
    /// ```yaml,fail
    /// apiVersion: networking.istio.io/v1
    /// kind: VirtualService
    /// metadata: {name: web, namespace: routes}
    /// spec:
    ///   hosts: [shop.example.com]
    ///   gateways: [istio-system/public]
    ///   http: [{route: [{destination: {host: web.shop.svc.cluster.local}}]}]
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web, namespace: shop}
    /// spec: {selector: {app: web}, ports: [{port: 80}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: web, image: web}]}
    /// ```
    /// ```yaml,pass
    /// # A route between services, one of the mesh, a way with a login, and another namespace's service.
    /// apiVersion: gateway.networking.k8s.io/v1
    /// kind: HTTPRoute
    /// metadata: {name: split, namespace: shop}
    /// spec:
    ///   parentRefs: [{group: "", kind: Service, name: web}]
    ///   rules: [{backendRefs: [{name: web, port: 80}]}]
    /// ---
    /// apiVersion: networking.istio.io/v1
    /// kind: VirtualService
    /// metadata: {name: web, namespace: shop}
    /// spec: {hosts: [web], http: [{route: [{destination: {host: web}}]}]}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: guarded
    ///   namespace: shop
    ///   annotations: {nginx.ingress.kubernetes.io/auth-url: "https://login.example.com"}
    /// spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
    /// ---
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: web, namespace: other}
    /// spec: {defaultBackend: {service: {name: web, port: {number: 80}}}}
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web, namespace: shop}
    /// spec: {selector: {app: web}, ports: [{port: 80}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop, labels: {app: web}}
    /// spec: {containers: [{name: web, image: web}]}
    /// ```
    pub static REACHED_FROM_OUTSIDE = {
        title: "workload faces the outside",
        severity: Severity::Info,
        layer: Layer::Network,
        maps: &[Mapping::Attack("T1190")],
        reads: ENTRIES_AND_SERVICES,
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let view = workload.view();
    let mut ways: Vec<String> = view
        .ways_to(view.top_most(workload.id()))
        .iter()
        .filter(|way| !way.guarded)
        .map(|way| view.snapshot().object(way.by).identity())
        .filter(|by| !SERVICE.is(by))
        .map(|by| format!("{} {}", by.kind, by.name))
        .collect();
    ways.sort();
    ways.dedup();
    if !ways.is_empty() {
        let message = format!("is reached from outside through {}", some_of(&ways));
        out.fail(workload.metadata_path().key("labels"), message);
    }
}
