use watertight_engine::prelude::*;
use watertight_model::Namespace;

control! {
    /// Several workloads act as one service account: each has the rights that only another one
    /// needs, and the audit log cannot tell which of them acted.
    ///
    /// ## Remedy
    /// Give each workload a service account of its own, with the rights that it needs.
    ///
    /// ```yaml,fail
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   template:
    ///     spec:
    ///       serviceAccountName: shop
    ///       containers:
    ///       - name: web
    ///         image: web
    /// ---
    /// apiVersion: batch/v1
    /// kind: CronJob
    /// metadata: {name: cleanup, namespace: shop}
    /// spec:
    ///   schedule: "@daily"
    ///   jobTemplate:
    ///     spec:
    ///       template:
    ///         spec:
    ///           serviceAccount: shop  # the deprecated alias
    ///           restartPolicy: Never
    ///           containers:
    ///           - name: cleanup
    ///             image: cleanup
    /// ```
    /// ```yaml,pass
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
    /// metadata: {name: web, namespace: test}  # another namespace, another account
    /// spec:
    ///   serviceAccountName: web
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,pass
    /// apiVersion: apps/v1
    /// kind: ReplicaSet
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   template:
    ///     spec:
    ///       serviceAccountName: web
    ///       containers:
    ///       - name: web
    ///         image: web
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web-1
    ///   namespace: shop
    ///   ownerReferences:
    ///   - {apiVersion: apps/v1, kind: ReplicaSet, name: web, uid: "1", controller: true}
    /// spec:
    ///   serviceAccountName: web
    ///   containers:
    ///   - name: web
    ///     image: other  # differs, so it is judged by itself
    /// ```
    pub static SHARED_SERVICE_ACCOUNT = {
        title: "workloads share a service account",
        severity: Severity::Low,
        layer: Layer::Identity,
        maps: &[Mapping::Nsa("authentication")],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    const NAMED: usize = 3;
    let account = workload.service_account();
    // The default account has a control of its own.
    if account == "default" {
        return;
    }
    let snapshot = workload.view().snapshot();
    let folder = |id| snapshot.object(id).origin().folder();
    let me = workload.identity();
    let mut others: Vec<String> = workload
        .view()
        .account_sharers(workload.id())
        .into_iter()
        // Without a namespace, only manifests of one folder can be taken to meet in one.
        .filter(|&id| me.namespace != Namespace::Unspecified || folder(id) == folder(workload.id()))
        .map(|id| snapshot.object(id).identity())
        // The same workload, written in another file.
        .filter(|other| (&other.group, &other.kind, &other.name) != (&me.group, &me.kind, &me.name))
        .map(|other| format!("{} {}", other.kind, other.name))
        .collect();
    others.sort();
    others.dedup();
    if others.is_empty() {
        return;
    }
    let more = others.len().saturating_sub(NAMED);
    others.truncate(NAMED);
    let mut names = others.join(", ");
    if more > 0 {
        names.push_str(&format!(" and {more} more"));
    }
    let spec = workload.spec();
    let named = spec.service_account_name.as_deref().is_some_and(|name| !name.is_empty());
    let field = if named { "serviceAccountName" } else { "serviceAccount" };
    out.fail(
        workload.path().key(field),
        format!("acts as the service account `{account}`, as does {names}"),
    );
}
