use watertight_engine::prelude::*;

control! {
    /// `default` is where everything lands that nobody gave a place: its workloads share a service
    /// account, quotas, network policies and whoever may do something in it.
    ///
    /// Judged where the manifest says `namespace: default` or `-n default` is given. A manifest that names
    /// no namespace may be applied into any.
    ///
    /// ## Remedy
    /// Give the workload a namespace of its own.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: default}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    pub static WORKLOAD_IN_DEFAULT_NAMESPACE = {
        title: "workload runs in the namespace `default`",
        severity: Severity::Low,
        layer: Layer::Namespace,
        maps: &[Mapping::Cis("5.6.4")],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    if workload.identity().namespace.name() == Some("default") {
        out.fail(Path::root().at("metadata.namespace"), "runs in the namespace `default`");
    }
}
