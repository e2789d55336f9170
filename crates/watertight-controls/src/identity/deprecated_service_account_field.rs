use watertight_engine::prelude::*;

control! {
    /// `serviceAccount` is an old name that only counts while `serviceAccountName` is empty: who
    /// reads or changes one of the two is wrong about whom the pods act as.
    ///
    /// ## Remedy
    /// Write `serviceAccountName` and remove `serviceAccount`.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   serviceAccount: web
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   serviceAccountName: web
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   serviceAccount: old
    ///   serviceAccountName: web
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   serviceAccountName: web
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:  # as the API server stores it
    ///   serviceAccount: web
    ///   serviceAccountName: web
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    pub static DEPRECATED_SERVICE_ACCOUNT_FIELD = {
        title: "service account is named in a deprecated field",
        severity: Severity::Low,
        layer: Layer::Identity,
        maps: &[],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let written = |field: &Option<String>| field.clone().filter(|name| !name.is_empty());
    let Some(old) = written(&workload.spec().service_account) else { return };
    // Convert_v1_PodSpec_To_core_PodSpec in pkg/apis/core/v1/conversion.go: the new name wins.
    let (path, name) = (workload.path().key("serviceAccount"), workload.path().key("serviceAccountName"));
    match written(&workload.spec().service_account_name) {
        Some(new) if new == old => {}
        Some(new) => {
            out.fail(path.clone(), format!("`{old}` is ignored; pods act as the service account `{new}`"))
                .fix(Fix::safe().remove(path));
        }
        None => {
            out.fail(path.clone(), format!("names the service account `{old}` in a deprecated field"))
                .fix(Fix::safe().set(name, old).remove(path));
        }
    }
}
