use k8s_openapi::api::core::v1::PodSpec;
use watertight_engine::prelude::*;
use watertight_facts::identities::namespace_in_policy;
use watertight_rbac::Subject;

control! {
    /// The account may do nothing beyond what every account may, so the program has no use for its
    /// token; an intruder has one: it tells who they are, and what is granted to the account or its
    /// groups later.
    ///
    /// Silent where the account is not in view and no binding is either, since its grants may stand
    /// elsewhere; where a binding of the account leads to a role that is not in view; and where the pod
    /// projects a token for an audience of its own, and so uses its identity.
    ///
    /// ## Remedy
    /// Set `automountServiceAccountToken: false`.
    ///
    /// ```yaml,fail
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
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: web, namespace: shop}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   serviceAccountName: web
    ///   automountServiceAccountToken: false
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: web, namespace: shop}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: web, namespace: shop}
    /// subjects: [{kind: ServiceAccount, name: web}]
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
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
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   serviceAccountName: elsewhere  # neither the account nor any binding is in view
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ---
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: vault, namespace: shop}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: vault, namespace: shop}
    /// spec:
    ///   serviceAccountName: vault
    ///   containers:
    ///   - name: vault
    ///     image: vault
    ///   volumes:
    ///   - name: vault
    ///     projected: {sources: [{serviceAccountToken: {path: token, audience: vault}}]}
    /// ```
    pub static UNUSED_TOKEN_MOUNTED = {
        title: "token is mounted for an account that may do nothing",
        severity: Severity::Low,
        layer: Layer::Identity,
        maps: &[Mapping::Cis("5.1.6"), Mapping::Attack("T1528")],
        reads: &[
            GroupKind::core("ServiceAccount"),
            RBAC[0],
            RBAC[1],
            RBAC[2],
            RBAC[3],
        ],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let view = workload.view();
    let name = workload.service_account();
    let namespace = &workload.identity().namespace;
    let account = match view.service_account(workload.id()) {
        Joined::One((_, account)) => account.automount,
        // Told by `token-automounted`.
        Joined::Ambiguous => return out.not_applicable(),
        Joined::NotInView => None,
    };
    let may_be_bound_elsewhere = !view.declares_account(namespace, name) && !view.has_bindings();
    if may_be_bound_elsewhere || !workload.mounts_token(account) || projects_audience(workload.spec()) {
        return out.not_applicable();
    }
    let policy = view.identities().policy();
    let subject = Subject::ServiceAccount { namespace: namespace_in_policy(namespace), name };
    let bindings = policy.find_subject(&subject).map(|id| policy.bindings_of(id)).unwrap_or_default();
    let grants = bindings.iter().any(|(binding, _)| {
        // A role that is not in view may grant anything.
        binding.role().is_none_or(|role| !role.rules().is_empty())
    });
    if !grants {
        let path = workload.path().key("automountServiceAccountToken");
        let message = format!("containers get the token of the service account `{name}`, which no binding gives anything");
        out.fail(path.clone(), message).fix(Fix::review().set(path, false));
    }
}

/// Whether the pod asks for a token for somebody else than the API server.
fn projects_audience(spec: &PodSpec) -> bool {
    let volumes = spec.volumes.iter().flatten().filter_map(|volume| volume.projected.as_ref());
    let mut tokens = volumes
        .flat_map(|projected| projected.sources.iter().flatten())
        .filter_map(|source| source.service_account_token.as_ref());
    tokens.any(|token| token.audience.as_deref().is_some_and(|audience| !audience.is_empty()))
}
