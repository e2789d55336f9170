use watertight_engine::prelude::*;

/// A component whose makers have ended it.
struct Ended {
    /// The end of its images' repository, from a `/` on.
    repository: &'static str,
    name: &'static str,
    since: &'static str,
}

/// Sources: kubernetes.io/blog/2025/11/11/ingress-nginx-retirement.
static ENDED: [Ended; 2] = [
    Ended { repository: "/ingress-nginx/controller", name: "ingress-nginx", since: "March 2026" },
    Ended {
        repository: "/kubernetes-ingress-controller/nginx-ingress-controller",
        name: "ingress-nginx",
        since: "March 2026",
    },
];

control! {
    /// Nobody repairs it any more: the next flaw that is found in it stays open, and this component reads
    /// what comes from outside.
    ///
    /// Known is ingress-nginx, which its maintainers of the Kubernetes project retired in March 2026. It is
    /// not the ingress controller of F5 NGINX (`nginx/nginx-ingress`).
    ///
    /// ## Remedy
    /// Move to a Gateway API implementation or to an ingress controller that is maintained.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: controller}
    /// spec:
    ///   containers:
    ///   - name: controller
    ///     image: registry.k8s.io/ingress-nginx/controller:v1.14.0
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: controller}
    /// spec:
    ///   containers:
    ///   - name: controller
    ///     image: nginx/nginx-ingress:5.3.0
    ///   - name: web
    ///     image: nginx:1.29
    /// ```
    pub static UNMAINTAINED_COMPONENT = {
        title: "component gets no fixes any more",
        severity: Severity::Medium,
        layer: Layer::Image,
        maps: &[],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    for container in workload.containers() {
        let Some(image) = container.image() else { continue };
        let repository = format!("/{}", image.repository);
        if let Some(ended) = ENDED.iter().find(|ended| repository.ends_with(ended.repository)) {
            let message =
                format!("{} runs {}, which gets no fixes since {}", container.described(), ended.name, ended.since);
            out.fail(container.at("image"), message);
        }
    }
}
