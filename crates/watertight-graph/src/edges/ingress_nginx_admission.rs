//! See the page of the edge.

use watertight_netpol::{Connection, Protocol, Truth};

use crate::deputies::Controller;
use crate::edge;
use crate::edge::Draw;
use crate::places::{Opens, UNSURE, standing};

edge! {
    /// Whoever connects to the admission webhook of an ingress-nginx before 1.11.5, or of 1.12.0, runs code in the controller:
    /// it tests the configuration that it is sent, and asks nobody who they are (CVE-2025-1974). That takes no permission and
    /// no further flaw.
    ///
    /// The webhook is there where `--validating-webhook` says so. Taken are versions that the image's tag names.
    ///
    /// Upstream: the advisory of CVE-2025-1974 (kubernetes/kubernetes#131009).
    ///
    /// ```yaml,edges
    /// #> pod/shop/a -[ingress-nginx-admission]-> pod/ingress-nginx/c
    /// #> new-pod/shop -[ingress-nginx-admission]-> pod/ingress-nginx/c
    /// #> new-pod/ingress-nginx -[ingress-nginx-admission]-> pod/ingress-nginx/c
    /// #> node/worker -[ingress-nginx-admission]-> pod/ingress-nginx/c
    /// #> node/control-plane -[ingress-nginx-admission]-> pod/ingress-nginx/c
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: ingress-nginx}
    /// spec:
    ///   serviceAccountName: ingress-nginx
    ///   containers:
    ///   - name: controller
    ///     image: registry.k8s.io/ingress-nginx/controller:v1.11.4
    ///     args: [/nginx-ingress-controller, '--validating-webhook=:8443']
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a, namespace: shop}
    /// spec: {containers: [{name: a, image: a}]}
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: ingress-nginx}
    /// spec:
    ///   serviceAccountName: ingress-nginx
    ///   containers:
    ///   - name: controller
    ///     image: registry.k8s.io/ingress-nginx/controller:v1.11.5
    ///     args: [/nginx-ingress-controller, '--validating-webhook=:8443']
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a, namespace: shop}
    /// spec: {containers: [{name: a, image: a}]}
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: ingress-nginx}
    /// spec:
    ///   serviceAccountName: ingress-nginx
    ///   containers:
    ///   - name: controller
    ///     image: registry.k8s.io/ingress-nginx/controller:v1.11.4
    ///     args: [/nginx-ingress-controller]
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a, namespace: shop}
    /// spec: {containers: [{name: a, image: a}]}
    /// ```
    pub static INGRESS_NGINX_ADMISSION = {
        title: "send configuration to the ingress controller's webhook",
        technique: "T1210",
        removed_by: &["ingress-nginx updated", "a network policy that lets only the API server reach the webhook"],
        draw: Draw::Scene(|scene, pen| {
            let vulnerable = scene.deputies_of(&[Controller::IngressNginx]).filter_map(|own| {
                Some((own.runs?, own.nginx.as_ref()?.admission?, own.image.clone()))
            });
            let vulnerable: Vec<_> = vulnerable.collect();
            let everybody = if vulnerable.is_empty() { Vec::new() } else { standing(scene) };
            for (runs, port, image) in vulnerable {
                let of = everybody.iter().filter(|own| own.thing == runs);
                let ends = of.flat_map(|own| own.ends.iter().copied()).collect();
                let mut opens = Opens::new(scene, ends, Connection::to_port(Protocol::Tcp, port));
                for own in everybody.iter().filter(|own| own.thing != runs) {
                    let truth = opens.from(own);
                    if truth != Truth::No {
                        let from = pen.vertex(own.thing);
                        pen.edge(from, runs, image.clone(), (truth == Truth::Maybe).then_some(UNSURE));
                    }
                }
            }
        }),
    }
}
