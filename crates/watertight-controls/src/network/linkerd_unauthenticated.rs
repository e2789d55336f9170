use watertight_engine::prelude::*;
use watertight_facts::network::{CONFIG_MAP, LINKERD_SERVER, Membership, is_unauthenticated, may_select_pods};

const NAMESPACE: GroupKind = GroupKind::core("Namespace");

control! {
    /// The proxy lets clients in that are not in the mesh and have no identity: an intruder in any pod calls the
    /// workload in plain text.
    ///
    /// Judged are workloads in Linkerd's mesh. What holds is the annotation of the pod, else of its namespace, else
    /// `proxy.defaultInboundPolicy` in the ConfigMap `linkerd-config`, else `all-unauthenticated`. Ports for which
    /// there is a Server are that Server's. Where no `linkerd-config` is in view it may say otherwise, which is
    /// graded lower.
    ///
    /// ## Remedy
    /// Set `config.linkerd.io/default-inbound-policy: all-authenticated` for the namespace, or the same default for
    /// the mesh, and allow what comes from outside by a Server with an AuthorizationPolicy.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata:
    ///   name: shop
    ///   annotations: {linkerd.io/inject: enabled, config.linkerd.io/default-inbound-policy: cluster-unauthenticated}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec: {containers: [{name: web, image: web, ports: [{containerPort: 8080}]}]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop, annotations: {linkerd.io/inject: enabled}}
    /// ---
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: linkerd-config, namespace: linkerd}
    /// data:
    ///   values: |
    ///     proxy: {defaultInboundPolicy: all-authenticated}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec: {containers: [{name: web, image: web}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: db
    ///   namespace: shop
    ///   labels: {app: db}
    ///   annotations: {config.linkerd.io/default-inbound-policy: all-unauthenticated}
    /// spec: {containers: [{name: db, image: db, ports: [{name: sql, containerPort: 5432}]}]}
    /// ---
    /// apiVersion: policy.linkerd.io/v1beta3
    /// kind: Server
    /// metadata: {name: db, namespace: shop}
    /// spec: {podSelector: {matchLabels: {app: db}}, port: sql}
    /// ```
    pub static LINKERD_UNAUTHENTICATED = {
        title: "workload of the mesh takes clients without identity",
        severity: Severity::Medium,
        layer: Layer::Network,
        maps: &[Mapping::Attack("T1557")],
        reads: &[NAMESPACE, CONFIG_MAP, LINKERD_SERVER],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let (view, identity) = (workload.view(), workload.identity());
    match workload.linkerd() {
        Membership::Sidecar | Membership::Ambient => {}
        Membership::Unknown if view.has_linkerd() => return out.not_in_view(NAMESPACE),
        Membership::Unknown | Membership::Outside(_) => return out.not_applicable(),
    }
    let (policy, said) = workload.linkerd_inbound_policy();
    if !is_unauthenticated(policy) {
        return;
    }
    let ports = view.pod_network(workload.id()).map(|pod| pod.ports.as_slice()).unwrap_or_default();
    let servers: Vec<_> = view
        .linkerd_servers(&identity.namespace)
        .filter(|server| may_select_pods(&server.selector, workload.labels()) && !server.open)
        .collect();
    let covered = |port: &watertight_facts::network::ContainerPort| {
        let is = |named: &str| named == port.name || named == port.number.to_string();
        servers.iter().any(|server| !server.port.is_empty() && is(&server.port))
    };
    if !ports.is_empty() && ports.iter().all(covered) {
        return;
    }
    let why = if said { "" } else { ", the default, since nothing in view says otherwise" };
    let path = workload.metadata_path().key("annotations");
    let finding = out.fail(path, format!("takes clients without identity: `{policy}`{why}"));
    if !said {
        finding.severity(Severity::Low);
    }
}
