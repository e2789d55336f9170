use watertight_engine::prelude::*;

use crate::dashboards::dashboard;

control! {
    /// The workload acts as the account of the Kubernetes Dashboard without being the dashboard: it reads the keys
    /// that sign the dashboard's logins, and whatever people granted that account over the years, often everything.
    ///
    /// The dashboard is known by its image or its labels, and so is its metrics scraper, which has the same account.
    ///
    /// ## Remedy
    /// Give the workload a service account of its own, with the rights that it needs.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: kubernetes-dashboard}
    /// spec: {serviceAccountName: kubernetes-dashboard, containers: [{name: web, image: web}]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: dashboard, namespace: kubernetes-dashboard}
    /// spec: {serviceAccountName: kubernetes-dashboard, containers: [{name: d, image: "kubernetesui/dashboard:v2.7.0"}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: scraper, namespace: kubernetes-dashboard}
    /// spec: {serviceAccountName: kubernetes-dashboard, containers: [{name: s, image: "kubernetesui/metrics-scraper:v1.0.8"}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec: {serviceAccountName: web, containers: [{name: web, image: web}]}
    /// ```
    pub static DASHBOARD_ACCOUNT_BORROWED = {
        title: "workload acts as the account of the Kubernetes Dashboard",
        severity: Severity::Medium,
        layer: Layer::Identity,
        maps: &[Mapping::Attack("T1078.004")],
        reads: &[],
        check: Check::Workload(check),
    }
}

const ACCOUNT: &str = "kubernetes-dashboard";

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    if workload.service_account() != ACCOUNT {
        return out.not_applicable();
    }
    let is_dashboard = dashboard(workload).is_some_and(|(found, _)| found.name == "Kubernetes Dashboard");
    let is_scraper = workload.containers().any(|container| {
        container.image().is_some_and(|image| image.repository.ends_with("metrics-scraper"))
    });
    if !is_dashboard && !is_scraper {
        let message = format!("acts as the service account `{ACCOUNT}` and is not the dashboard");
        out.fail(workload.path().key("serviceAccountName"), message);
    }
}
