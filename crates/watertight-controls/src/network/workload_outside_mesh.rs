use watertight_engine::prelude::*;
use watertight_facts::network::{CONFIG_MAP, Membership};

const NAMESPACE: GroupKind = GroupKind::core("Namespace");

control! {
    /// A mesh is there and the workload is not in it: it talks in plain text, nobody knows who it is, and where
    /// others insist on mutual TLS somebody will open them for its sake.
    ///
    /// Judged where a mesh of Istio or Linkerd is in view. Namespaces of the platform and of the mesh itself, and
    /// jobs, which a sidecar may keep from ending, are not.
    ///
    /// ## Remedy
    /// Label the namespace (`istio-injection: enabled`, or `istio.io/dataplane-mode: ambient`), or annotate it
    /// (`linkerd.io/inject: enabled`), and remove the workload's opt-out.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop, labels: {istio-injection: enabled}}
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web, sidecar.istio.io/inject: "false"}}
    ///     spec: {containers: [{name: web, image: web}]}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop, annotations: {linkerd.io/inject: enabled}}
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: old}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: db, namespace: old}
    /// spec: {containers: [{name: db, image: db}]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop, labels: {istio.io/dataplane-mode: ambient}}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec: {containers: [{name: web, image: web}]}
    /// ```
    /// ```yaml,pass
    /// # No mesh.
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec: {containers: [{name: web, image: web}]}
    /// ```
    pub static WORKLOAD_OUTSIDE_MESH = {
        title: "workload is outside of the mesh",
        severity: Severity::Low,
        layer: Layer::Network,
        maps: &[],
        reads: &[NAMESPACE, CONFIG_MAP],
        check: Check::Workload(check),
    }
}

/// Namespaces of meshes themselves, beside Istio's root namespace.
const MESHES: &[&str] = &["istio-system", "istio-ingress", "istio-gateways", "linkerd", "linkerd-viz", "linkerd-cni"];

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let (view, identity) = (workload.view(), workload.identity());
    let (istio, linkerd) = (view.has_istio(), view.has_linkerd());
    let of_platform = identity.namespace.name().is_some_and(|name| {
        workload.settings().is_platform(name) || MESHES.contains(&name) || name == view.istio_root_namespace()
    });
    if !(istio || linkerd) || of_platform || matches!(&*identity.kind, "Job" | "CronJob") {
        return out.not_applicable();
    }
    let istio = istio.then(|| ("Istio", workload.istio()));
    let linkerd = linkerd.then(|| ("Linkerd", workload.linkerd()));
    let memberships: Vec<(&str, Membership)> = [istio, linkerd].into_iter().flatten().collect();
    if memberships.iter().any(|(_, own)| matches!(own, Membership::Sidecar | Membership::Ambient)) {
        return;
    }
    if memberships.iter().any(|(_, own)| *own == Membership::Unknown) {
        return out.not_in_view(NAMESPACE);
    }
    if let Some((name, Membership::Outside(why))) = memberships.first() {
        out.fail(workload.metadata_path().clone(), format!("is outside of the mesh of {name}: {why}"));
    }
}
