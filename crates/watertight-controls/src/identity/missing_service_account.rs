use watertight_engine::prelude::*;

const SERVICE_ACCOUNT: GroupKind = GroupKind::core("ServiceAccount");

control! {
    /// The account that the pods are to act as is not there, so that none is created. Whoever may create
    /// it decides what these pods may do.
    ///
    /// Where the input holds no account at all, this is unknown: they may stand elsewhere. An account of
    /// the same name in another namespace is another one.
    ///
    /// ## Remedy
    /// Create the ServiceAccount beside the workload, or correct the name.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: web, namespace: other}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   serviceAccountName: web
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: web, namespace: shop}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   serviceAccountName: web
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: other, namespace: shop}  # `default` is there in each namespace
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}  # no account is in view
    /// spec:
    ///   serviceAccountName: web
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    pub static MISSING_SERVICE_ACCOUNT = {
        title: "pods act as a service account that is not there",
        severity: Severity::Low,
        layer: Layer::Identity,
        maps: &[],
        reads: &[SERVICE_ACCOUNT],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let view = workload.view();
    let name = workload.service_account();
    if name == "default" || view.service_account(workload.id()) != Joined::NotInView {
        return;
    }
    if !view.sees(SERVICE_ACCOUNT) {
        return out.not_in_view(SERVICE_ACCOUNT);
    }
    let message = format!("no service account `{name}` is in view in its namespace: no pod is created without it");
    out.fail(workload.path().key("serviceAccountName"), message);
}
