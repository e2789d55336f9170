use watertight_engine::prelude::*;

/// Kinds that nobody would have to put there, by API group. Workloads have a control of their own.
const KINDS: &[GroupKind] = &[
    GroupKind::core("ConfigMap"),
    GroupKind::core("Endpoints"),
    GroupKind::core("PersistentVolumeClaim"),
    GroupKind::core("Secret"),
    GroupKind::core("Service"),
    GroupKind { group: "autoscaling", kind: "HorizontalPodAutoscaler" },
    GroupKind { group: "coordination.k8s.io", kind: "Lease" },
    GroupKind { group: "discovery.k8s.io", kind: "EndpointSlice" },
    GroupKind { group: "networking.k8s.io", kind: "Ingress" },
    GroupKind { group: "rbac.authorization.k8s.io", kind: "Role" },
    GroupKind { group: "rbac.authorization.k8s.io", kind: "RoleBinding" },
];

control! {
    /// What lies in `default` is open to everyone who was given something in the namespace that everything
    /// lands in which nobody gave a place.
    ///
    /// Judged where the manifest says `namespace: default` or `-n default` is given. What Kubernetes keeps
    /// there itself (`kubernetes`, `kube-root-ca.crt`) is not. Workloads: `workload-in-default-namespace`.
    ///
    /// ## Remedy
    /// Put it into the namespace of the workload that it belongs to.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web, namespace: default}
    /// spec: {selector: {app: web}, ports: [{port: 80}]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web, namespace: shop}
    /// spec: {selector: {app: web}, ports: [{port: 80}]}
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web}
    /// spec: {selector: {app: web}, ports: [{port: 80}]}
    /// ---
    /// apiVersion: v1
    /// kind: Endpoints
    /// metadata: {name: kubernetes, namespace: default}
    /// ```
    pub static OBJECT_IN_DEFAULT_NAMESPACE = {
        title: "object lies in the namespace `default`",
        severity: Severity::Info,
        layer: Layer::Namespace,
        maps: &[Mapping::Cis("5.6.4")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let identity = object.identity();
    if !KINDS.iter().any(|kind| kind.is(identity)) {
        return out.not_applicable();
    }
    let is_kubernetes_own = matches!(&*identity.name, "kubernetes" | "kube-root-ca.crt");
    if identity.namespace.name() == Some("default") && !is_kubernetes_own {
        let message = format!("the {} lies in the namespace `default`", identity.kind);
        out.fail(Path::root().at("metadata.namespace"), message);
    }
}
