use watertight_engine::prelude::*;
use watertight_facts::network::{SERVICE, Selection};

use super::service;

control! {
    /// The service leads nowhere: a label was renamed or misspelt. Whoever may create a pod with these labels
    /// gets what is sent to the service's name.
    ///
    /// Judged where workloads of the service's namespace are in view, and no custom resource is there whose
    /// controller might run pods of its own. A service without a selector is led somewhere by somebody else.
    ///
    /// ## Remedy
    /// Make `selector` match the labels of the pod template (not those of the Deployment), or remove the
    /// service.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: db, namespace: shop}
    /// spec: {selector: {app: database}, ports: [{port: 5432}]}
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: db, namespace: shop, labels: {app: database}}
    /// spec:
    ///   selector: {matchLabels: {app: db}}
    ///   template:
    ///     metadata: {labels: {app: db}}
    ///     spec: {containers: [{name: db, image: postgres}]}
    /// ```
    /// ```yaml,pass
    /// # One that selects, one without a selector, a name of elsewhere, and one whose pods an operator makes.
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: db, namespace: shop}
    /// spec: {selector: {app: db}, ports: [{port: 5432}]}
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: legacy, namespace: shop}
    /// spec: {ports: [{port: 5432}]}
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: mail, namespace: shop}
    /// spec: {type: ExternalName, externalName: mail.example.com, selector: {app: mail}}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db, namespace: shop, labels: {app: db}}
    /// spec: {containers: [{name: db, image: postgres}]}
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: prometheus, namespace: monitoring}
    /// spec: {selector: {app.kubernetes.io/name: prometheus}, ports: [{port: 9090}]}
    /// ---
    /// apiVersion: monitoring.coreos.com/v1
    /// kind: Prometheus
    /// metadata: {name: k8s, namespace: monitoring}
    /// ```
    pub static SERVICE_SELECTS_NOTHING = {
        title: "service selects no pod",
        severity: Severity::Low,
        layer: Layer::Network,
        maps: &[],
        reads: &[],
        check: Check::Kinds(&[SERVICE], check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(service) = service(object, out) else { return };
    let Some(selector) = &service.selector else { return out.not_applicable() };
    match object.view().selection(&object.identity().namespace, selector) {
        Selection::Workloads(_) => {}
        Selection::Nothing => {
            out.fail(Path::root().at("spec.selector"), "selects no pod of its namespace");
        }
        Selection::OutOfView(kind) => out.not_in_view(kind),
        Selection::Hidden(what) => out.unknown(format!("{what} could not be read")),
    }
}
