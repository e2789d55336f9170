use watertight_engine::prelude::*;
use watertight_facts::network::SERVICE;

use super::ENTRIES_AND_SERVICES;
use crate::dashboards::dashboard;

control! {
    /// The interface that runs the cluster, or shows what is in it, can be tried by everybody: a missing login,
    /// a default password or one flaw in it is enough.
    ///
    /// Interfaces are known by their image, or by the name in their labels (Kubernetes Dashboard, Argo CD,
    /// Grafana, Prometheus, Kubeflow, Jenkins and others). Exposed is what a node port, a load balancer that is
    /// not internal, an Ingress, a route or a port of the node leads to. One that has a login of its own is graded
    /// lower, and so is a way that asks for a login or lets only some addresses through.
    ///
    /// ## Remedy
    /// Reach it through `kubectl port-forward`, a VPN, or a proxy that knows who is asking.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: dashboard, namespace: kubernetes-dashboard}
    /// spec: {type: NodePort, selector: {k8s-app: kubernetes-dashboard}, ports: [{port: 443, targetPort: 8443}]}
    /// ---
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: dashboard, namespace: kubernetes-dashboard}
    /// spec:
    ///   selector: {matchLabels: {k8s-app: kubernetes-dashboard}}
    ///   template:
    ///     metadata: {labels: {k8s-app: kubernetes-dashboard}}
    ///     spec: {containers: [{name: dashboard, image: "kubernetesui/dashboard:v2.7.0"}]}
    /// ```
    /// ```yaml,fail
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata: {name: prometheus, namespace: monitoring}
    /// spec:
    ///   rules:
    ///   - host: prometheus.example.com
    ///     http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: prometheus, port: {number: 9090}}}}]}
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: prometheus, namespace: monitoring}
    /// spec: {selector: {app: prometheus}, ports: [{port: 9090}]}
    /// ---
    /// apiVersion: apps/v1
    /// kind: StatefulSet
    /// metadata: {name: prometheus, namespace: monitoring}
    /// spec:
    ///   template:
    ///     metadata: {labels: {app: prometheus, tier: metrics}}
    ///     spec: {containers: [{name: prometheus, image: "quay.io/prometheus/prometheus:v3.5.0"}]}
    /// ```
    /// ```yaml,pass
    /// # A service inside, a service of another application, and another namespace's.
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: grafana, namespace: monitoring, labels: {app: grafana}}
    /// spec: {containers: [{name: grafana, image: "grafana/grafana:12.0.0"}]}
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: grafana, namespace: monitoring}
    /// spec: {selector: {app: grafana}, ports: [{port: 3000}]}
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web, namespace: monitoring}
    /// spec: {type: NodePort, selector: {app: web}, ports: [{port: 80}]}
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: grafana, namespace: shop}
    /// spec: {type: LoadBalancer, selector: {app: grafana}, ports: [{port: 80}]}
    /// ```
    pub static DASHBOARD_EXPOSED = {
        title: "management interface is reached from outside",
        severity: Severity::High,
        layer: Layer::Network,
        maps: &[Mapping::Attack("T1133"), Mapping::Attack("T1190")],
        reads: ENTRIES_AND_SERVICES,
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let Some((dashboard, shown_by)) = dashboard(workload) else { return out.not_applicable() };
    let view = workload.view();
    let path = shown_by.map_or_else(|| workload.metadata_path().key("labels"), |container| container.at("image"));
    let own_login = if dashboard.open { Severity::High } else { Severity::Medium };
    let on_node = workload.spec().host_network == Some(true)
        || workload.containers().any(|container| {
            container.spec().ports.iter().flatten().any(|port| port.host_port.is_some_and(|port| port != 0))
        });
    if on_node {
        let message = format!("{} is reached through ports of the node", dashboard.name);
        out.fail(path.clone(), message).severity(own_login).discriminator("node");
    }
    let ways = view.ways_to(view.top_most(workload.id()));
    for way in &ways {
        let by = view.snapshot().object(way.by).identity();
        let message = format!("{} is reached from outside through {by}", dashboard.name);
        let severity = if way.guarded { Severity::Low } else { own_login };
        out.fail(path.clone(), message).severity(severity).discriminator(format!("{}/{}", by.kind, by.name));
    }
    if ways.is_empty() && !on_node && !view.sees(SERVICE) {
        out.not_in_view(SERVICE);
    }
}
