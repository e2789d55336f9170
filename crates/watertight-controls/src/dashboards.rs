//! Interfaces that people manage a cluster or its data with: one table.

use watertight_engine::prelude::*;

/// An interface.
pub(crate) struct Dashboard {
    /// What people call it.
    pub(crate) name: &'static str,
    /// The ends of its images' names.
    images: &'static [&'static str],
    /// A word of the command line without which the image does something else.
    word: Option<&'static str>,
    /// What its charts and manifests call it in the labels `app.kubernetes.io/name`, `k8s-app` and `app`.
    labels: &'static [&'static str],
    /// Whether whoever reaches it is in: it asks nobody to log in by itself, or is a way to the cluster.
    pub(crate) open: bool,
}

const fn row(
    name: &'static str,
    images: &'static [&'static str],
    word: Option<&'static str>,
    labels: &'static [&'static str],
    open: bool,
) -> Dashboard {
    Dashboard { name, images, word, labels, open }
}

static DASHBOARDS: &[Dashboard] = &[
    row("Airflow", &["apache/airflow"], Some("webserver"), &[], false),
    row("Alertmanager", &["prom/alertmanager", "prometheus/alertmanager"], None, &[], true),
    row(
        "Argo CD",
        &["argoproj/argocd", "argoprojlabs/argocd"],
        Some("argocd-server"),
        &["argocd-server"],
        false,
    ),
    row("Argo Workflows", &["argoproj/argocli"], Some("server"), &[], true),
    row("Headlamp", &["headlamp-k8s/headlamp"], None, &[], true),
    row("Hubble UI", &["cilium/hubble-ui"], None, &["hubble-ui"], true),
    row("Grafana", &["grafana/grafana", "grafana/grafana-enterprise"], None, &[], false),
    row(
        "Jaeger",
        &["jaegertracing/all-in-one", "jaegertracing/jaeger-query", "jaegertracing/jaeger"],
        None,
        &[],
        true,
    ),
    row("Jenkins", &["jenkins/jenkins"], None, &[], false),
    row(
        "Jupyter",
        &["jupyter/base-notebook", "jupyter/scipy-notebook", "jupyter/minimal-notebook"],
        None,
        &[],
        false,
    ),
    row("JupyterHub", &["jupyterhub/jupyterhub", "jupyterhub/k8s-hub"], None, &[], false),
    row("Kiali", &["kiali/kiali"], None, &[], false),
    row("Kibana", &["kibana"], None, &[], false),
    row("Kubeflow", &["centraldashboard", "central-dashboard"], None, &["centraldashboard"], true),
    row(
        "Kubernetes Dashboard",
        &["kubernetesui/dashboard", "kubernetesui/dashboard-web", "kubernetes-dashboard-amd64"],
        None,
        &["kubernetes-dashboard"],
        true,
    ),
    row("Longhorn", &["longhornio/longhorn-ui"], None, &["longhorn-ui"], true),
    row("MLflow", &["mlflow/mlflow"], None, &[], true),
    row("Mongo Express", &["mongo-express"], None, &[], true),
    row("NiFi", &["apache/nifi"], None, &[], true),
    row("pgAdmin", &["dpage/pgadmin4"], None, &[], false),
    row("phpMyAdmin", &["phpmyadmin"], None, &[], false),
    row(
        "Portainer",
        &["portainer/portainer", "portainer/portainer-ce", "portainer/portainer-ee"],
        None,
        &[],
        false,
    ),
    row("Prometheus", &["prom/prometheus", "prometheus/prometheus"], None, &[], true),
    row("Rancher", &["rancher/rancher"], None, &[], false),
    row("Weave Scope", &["weaveworks/scope"], None, &["weave-scope-app"], true),
];

/// The interface that a workload is, with the container that shows it.
pub(crate) fn dashboard(workload: Workload<'_>) -> Option<(&'static Dashboard, Option<Container<'_>>)> {
    for container in workload.containers().filter(|container| container.role() == Role::Main) {
        let Some(image) = container.image() else { continue };
        let full = format!("/{}", image.repository);
        let says = |word: &str| words(container).any(|given| given.rsplit('/').next() == Some(word));
        let row = DASHBOARDS.iter().find(|row| {
            row.images.iter().any(|name| full.ends_with(&format!("/{name}")))
                && row.word.is_none_or(|word| {
                    says(word) || row.labels.iter().any(|name| is_labelled(workload, name))
                })
        });
        if let Some(row) = row {
            return Some((row, Some(container)));
        }
    }
    let row = DASHBOARDS.iter().find(|row| row.labels.iter().any(|name| is_labelled(workload, name)))?;
    Some((row, None))
}

/// The words of a container's command line.
pub(crate) fn words(container: Container<'_>) -> impl Iterator<Item = &str> {
    let spec = container.spec();
    spec.command.iter().flatten().chain(spec.args.iter().flatten()).map(String::as_str)
}

fn is_labelled(workload: Workload<'_>, name: &str) -> bool {
    ["app.kubernetes.io/name", "k8s-app"]
        .into_iter()
        .any(|key| workload.labels().get(key).is_some_and(|value| value == name))
}
