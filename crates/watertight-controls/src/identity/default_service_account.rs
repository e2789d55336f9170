use watertight_engine::prelude::*;

control! {
    /// The pods act as the account that every pod of the namespace shares unless told otherwise: a
    /// right that is granted to it for one of them is granted to all.
    ///
    /// Silent where no token of the account is mounted. Medium where the pod asks for the token,
    /// and so seems to use the API; else low.
    ///
    /// ## Remedy
    /// Give the workload a service account of its own. If it does not talk to the API server, set
    /// `automountServiceAccountToken: false`.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   automountServiceAccountToken: false
    ///   containers:
    ///   - name: web
    ///     image: web
    ///   volumes:
    ///   - name: token
    ///     projected: {sources: [{serviceAccountToken: {path: token}}]}  # for the API server
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: default, namespace: shop}
    /// automountServiceAccountToken: false
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   serviceAccount: web  # the deprecated alias
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    pub static DEFAULT_SERVICE_ACCOUNT = {
        title: "pods act as the namespace's default service account",
        severity: Severity::Low,
        layer: Layer::Identity,
        maps: &[Mapping::Cis("5.1.5"), Mapping::Nsa("authentication"), Mapping::Attack("T1528")],
        reads: &[GroupKind::core("ServiceAccount")],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    if workload.service_account() != "default" {
        return;
    }
    let asked = workload.spec().automount_service_account_token == Some(true);
    let severity = if (asked && workload.mounts_token(None)) || projects_api_token(workload) {
        Severity::Medium
    } else {
        let account = match workload.view().service_account(workload.id()) {
            Joined::One((_, account)) => account.automount,
            Joined::NotInView => None,
            Joined::Ambiguous if workload.spec().automount_service_account_token == Some(false) => None,
            Joined::Ambiguous => {
                out.unknown("several service accounts named `default` could be meant");
                return;
            }
        };
        if !workload.mounts_token(account) {
            return;
        }
        Severity::Low
    };
    // No fix: which rights an account of its own needs is not in the manifest.
    out.fail(workload.path().key("serviceAccountName"), "pods act as the service account `default`")
        .severity(severity);
}

/// Whether the pod mounts a token for the API server by itself. One with an audience of its own
/// says who the pod is to somebody else.
fn projects_api_token(workload: Workload<'_>) -> bool {
    let volumes = workload.spec().volumes.iter().flatten();
    volumes
        .filter(|volume| !volume.name.starts_with("kube-api-access-"))
        .filter_map(|volume| volume.projected.as_ref()?.sources.as_ref())
        .flatten()
        .filter_map(|source| source.service_account_token.as_ref())
        .any(|token| token.audience.as_deref().unwrap_or_default().is_empty())
}
