use watertight_engine::prelude::*;
use watertight_rbac::{SERVICE_ACCOUNTS, Subject, namespace_of_group};

use crate::powers::{Reach, subjects};

control! {
    /// Every pod of the namespace that names no account of its own gets these rights, those of tomorrow
    /// too. The groups of service accounts hold the default ones as well.
    ///
    /// High through a ClusterRoleBinding, else medium.
    ///
    /// ## Remedy
    /// Give the workload that needs the rights a service account of its own, and bind that.
    ///
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: builder, namespace: shop}
    /// rules:
    /// - {apiGroups: [""], resources: [pods], verbs: [list]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: builder, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: default, namespace: shop}
    /// ```
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: viewers, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: Group, apiGroup: rbac.authorization.k8s.io, name: 'system:serviceaccounts:shop'}
    /// ```
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: viewers}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: User, apiGroup: rbac.authorization.k8s.io, name: 'system:serviceaccount:shop:default'}
    /// ```
    /// ```yaml,pass
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: viewers, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: ServiceAccount, name: web, namespace: default}
    /// ```
    /// ```yaml,pass
    /// # A user of this name is no service account.
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: viewers, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: User, apiGroup: rbac.authorization.k8s.io, name: default}
    /// ```
    pub static DEFAULT_SERVICE_ACCOUNT_BOUND = {
        title: "a default service account is bound to a role",
        severity: Severity::Medium,
        layer: Layer::Rbac,
        maps: &[Mapping::Cis("5.1.5"), Mapping::Nsa("authentication"), Mapping::Attack("T1078")],
        reads: &RBAC,
        check: Check::Binding(check),
    }
}

fn check(scope: BindingScope<'_>, out: &mut Sink<'_>) {
    let reach = Reach::of(scope.binding());
    for grantee in subjects::judged(scope) {
        let also = match grantee.subject {
            Subject::ServiceAccount { name: "default", .. } => "",
            Subject::Group(name) if name == SERVICE_ACCOUNTS || namespace_of_group(name).is_some() => {
                ", the default ones too,"
            }
            _ => continue,
        };
        let severity = if reach == Reach::Everywhere { Severity::High } else { Severity::Medium };
        let (kind, role) = (scope.binding().role_kind(), scope.binding().role_name());
        let message = format!("{grantee}{also} may do what {kind} `{role}` grants {reach}");
        out.fail(grantee.path(), message).severity(severity).discriminator(grantee.key());
    }
}
