use watertight_engine::prelude::*;

control! {
    /// Each container finds a token for the API server in its files: whoever gets to run or read
    /// something there can act as the pod's service account.
    ///
    /// A token that the pod projects by itself, with an audience and a lifetime of its own, is not
    /// judged. Low where the pod itself asks for the token of an account of its own; else medium.
    ///
    /// ## Remedy
    /// Set `automountServiceAccountToken: false` where the program does not talk to the API server.
    /// Where it does, project a token into the one container that needs it, or waive this.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: web, namespace: shop}
    /// automountServiceAccountToken: false
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   serviceAccountName: web
    ///   automountServiceAccountToken: true  # the pod decides
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web  # as the account `default`
    ///     image: web
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   automountServiceAccountToken: false
    ///   containers:
    ///   - name: web  # as the account `default`
    ///     image: web
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: web, namespace: other}  # of another namespace
    /// automountServiceAccountToken: false
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
    /// automountServiceAccountToken: false
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
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   automountServiceAccountToken: false
    ///   containers:
    ///   - name: web
    ///     image: web
    ///   volumes:
    ///   - name: vault
    ///     projected: {sources: [{serviceAccountToken: {path: token, audience: vault}}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: covered}
    /// spec:
    ///   containers:
    ///   - name: covered
    ///     image: covered
    ///     volumeMounts:  # an own mount keeps the token out
    ///     - {name: empty, mountPath: /var/run/secrets/kubernetes.io/serviceaccount}
    ///   volumes: [{name: empty, emptyDir: {}}]
    /// ```
    pub static TOKEN_AUTOMOUNTED = {
        title: "service account token is mounted",
        severity: Severity::Medium,
        layer: Layer::Identity,
        maps: &[Mapping::Cis("5.1.6"), Mapping::Nsa("pod-security"), Mapping::Attack("T1528")],
        reads: &[GroupKind::core("ServiceAccount")],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let name = workload.service_account();
    let own = workload.spec().automount_service_account_token;
    let account = match workload.view().service_account(workload.id()) {
        Joined::One((_, account)) => account.automount,
        Joined::Ambiguous if own.is_none() => {
            out.unknown(format!("several service accounts named `{name}` could be meant"));
            return;
        }
        Joined::Ambiguous | Joined::NotInView => None,
    };
    if workload.mounts_token(account) {
        let path = workload.path().key("automountServiceAccountToken");
        // Written for this pod and this account, it is most likely what the program needs.
        let asked = own == Some(true) && name != "default";
        let (why, severity) = match asked {
            true => (", as the pod asks", Severity::Low),
            false => ("", Severity::Medium),
        };
        let message = format!("containers get the token of the service account `{name}`{why}");
        let found = out.fail(path.clone(), message).severity(severity);
        // An account of its own was most likely made because the program asks the API server;
        // `unused-token-mounted` knows better.
        if name == "default" {
            found.fix(Fix::review().set(path, false));
        }
    }
}
