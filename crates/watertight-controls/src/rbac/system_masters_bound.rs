use watertight_engine::prelude::*;
use watertight_rbac::{SYSTEM_MASTERS, Subject};

use crate::powers::subjects;

control! {
    /// The API server lets members of `system:masters` do everything before RBAC is asked, so a binding
    /// grants them nothing and taking it away takes nothing from them. Whoever holds a certificate of
    /// this group holds it until the certificate ends.
    ///
    /// ## Remedy
    /// Bind a group of your own, and issue certificates and tokens for that. Keep `system:masters` for
    /// the day on which RBAC itself is broken.
    ///
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: admins}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
    /// subjects:
    /// - {kind: Group, apiGroup: rbac.authorization.k8s.io, name: 'system:masters'}
    /// ```
    /// ```yaml,pass
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: cluster-admin}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
    /// subjects:
    /// - {kind: Group, apiGroup: rbac.authorization.k8s.io, name: 'system:masters'}
    /// ```
    /// ```yaml,pass
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: admins}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
    /// subjects:
    /// - {kind: Group, apiGroup: rbac.authorization.k8s.io, name: dev}
    /// ```
    pub static SYSTEM_MASTERS_BOUND = {
        title: "system:masters is bound to a role",
        severity: Severity::Medium,
        layer: Layer::Rbac,
        maps: &[Mapping::Cis("5.1.7"), Mapping::Nsa("authentication")],
        reads: &RBAC,
        check: Check::Binding(check),
    }
}

fn check(scope: BindingScope<'_>, out: &mut Sink<'_>) {
    let masters = Subject::Group(SYSTEM_MASTERS);
    for grantee in subjects::all(scope).into_iter().filter(|grantee| grantee.subject == masters) {
        let role = scope.binding().role_name();
        let message = format!("`{role}` is bound to `{SYSTEM_MASTERS}`, which may do everything anyway");
        out.fail(grantee.path(), message).discriminator(grantee.key());
    }
}
