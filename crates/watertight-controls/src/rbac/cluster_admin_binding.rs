use watertight_engine::prelude::*;

use crate::powers::breadth::Breadth;
use crate::powers::{Grades, Reach, subjects};

control! {
    /// Every verb on every resource: whoever takes the subject over owns the cluster, its nodes and all
    /// that runs there.
    ///
    /// Judged by what the role grants, not by its name. The same through a RoleBinding rules one
    /// namespace: critical in `kube-system`, else medium. Other controls do not repeat what follows
    /// from it.
    ///
    /// ## Remedy
    /// Find out what the subject does, as by `watertight rbac` or the audit log, and grant that. Keep a
    /// way in for emergencies which nobody uses otherwise.
    ///
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: builder}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    /// ```yaml,fail
    /// # The name does not matter.
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: helper}
    /// rules:
    /// - {apiGroups: ['*'], resources: ['*'], verbs: ['*']}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: helper}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: helper}
    /// subjects:
    /// - {kind: Group, apiGroup: rbac.authorization.k8s.io, name: dev}
    /// ```
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: owners, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
    /// subjects:
    /// - {kind: Group, apiGroup: rbac.authorization.k8s.io, name: dev}
    /// ```
    /// ```yaml,pass
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: operators}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
    /// subjects:
    /// - {kind: User, apiGroup: rbac.authorization.k8s.io, name: 'system:kube-controller-manager'}
    /// ```
    /// ```yaml,pass
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: viewers}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: Group, apiGroup: rbac.authorization.k8s.io, name: dev}
    /// ```
    /// ```yaml,pass
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: watcher}
    /// rules:
    /// - {apiGroups: ['*'], resources: ['*'], verbs: [get, list, watch]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: watcher}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: watcher}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    pub static CLUSTER_ADMIN_BINDING = {
        title: "cluster-admin is granted",
        severity: Severity::Critical,
        layer: Layer::Rbac,
        maps: &[Mapping::Cis("5.1.1"), Mapping::Nsa("authentication"), Mapping::Attack("T1078")],
        reads: &RBAC,
        check: Check::Binding(check),
    }
}

const GRADES: Grades = Grades {
    everywhere: Severity::Critical,
    system: Some(Severity::Critical),
    namespace: Some(Severity::Medium),
};

fn check(scope: BindingScope<'_>, out: &mut Sink<'_>) {
    let Some(role) = scope.binding().role() else { return };
    if Breadth::of(role) != Breadth::Everything {
        return;
    }
    let reach = Reach::of(scope.binding());
    for grantee in subjects::judged(scope) {
        let message = format!("{grantee} may do everything {reach}, by {} `{}`", role.kind(), role.name());
        let severity = reach.grade(GRADES).unwrap_or(Severity::Medium);
        out.fail(grantee.path(), message).severity(severity).discriminator(grantee.key());
    }
}
