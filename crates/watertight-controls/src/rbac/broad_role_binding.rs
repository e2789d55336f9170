use watertight_engine::prelude::*;

use crate::powers::breadth::Breadth;
use crate::powers::{Reach, subjects};

control! {
    /// `edit` and `admin` are made for one namespace, where they read every Secret, run pods and act as
    /// every service account. In every namespace, or in `kube-system`, that is the cluster. The same
    /// goes for a rule that writes every resource.
    ///
    /// Judged by what the role grants, not by its name. Critical in every namespace and in
    /// `kube-system`; in another namespace medium for service accounts and everybody, and info for
    /// people, for whom these roles are. A rule for every resource is graded as the worst of what
    /// follows from it. Other controls do not repeat what follows from it.
    ///
    /// ## Remedy
    /// Bind the role in the namespaces that the subject works in. Give a program a role of its own,
    /// with what it asks for.
    ///
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: developers}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
    /// subjects:
    /// - {kind: Group, apiGroup: rbac.authorization.k8s.io, name: dev}
    /// ```
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: builder, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: admin}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: developers, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}
    /// subjects:
    /// - {kind: Group, apiGroup: rbac.authorization.k8s.io, name: dev}
    /// ```
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: builder, namespace: kube-system}
    /// rules:
    /// - {apiGroups: [''], resources: ['*'], verbs: ['*']}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: builder, namespace: kube-system}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    /// ```yaml,pass
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: developers}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: Group, apiGroup: rbac.authorization.k8s.io, name: dev}
    /// ```
    /// ```yaml,pass
    /// # `cluster-admin-binding` speaks of this.
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: builder}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    /// ```yaml,pass
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: builder}
    /// rules:
    /// - {apiGroups: [shop.example.com], resources: ['*'], verbs: ['*']}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: builder}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    pub static BROAD_ROLE_BINDING = {
        title: "a role as wide as `edit` or `admin` is granted",
        severity: Severity::Critical,
        layer: Layer::Rbac,
        maps: &[Mapping::Cis("5.1.1"), Mapping::Nsa("authentication"), Mapping::Attack("T1078")],
        reads: &RBAC,
        check: Check::Binding(check),
    }
}

fn check(scope: BindingScope<'_>, out: &mut Sink<'_>) {
    let Some(role) = scope.binding().role() else { return };
    let breadth = Breadth::of(role);
    let width = match breadth {
        Breadth::Admin => "do as much as `admin`",
        Breadth::Edit => "do as much as `edit`",
        Breadth::Sweeping => "write every resource, whatever it is,",
        Breadth::Everything | Breadth::Some => return,
    };
    let reach = Reach::of(scope.binding());
    let powers = breadth.powers(role, reach);
    let worst = powers.iter().map(|(_, severity)| *severity).max().unwrap_or(Severity::Medium);
    let powers: Vec<&str> = powers.iter().map(|(power, _)| power.does).collect();
    for grantee in subjects::judged(scope) {
        let severity = match reach {
            Reach::Everywhere | Reach::Namespace(Some("kube-system")) if breadth != Breadth::Sweeping => {
                Severity::Critical
            }
            Reach::Namespace(_) if breadth != Breadth::Sweeping && grantee.is_people() => Severity::Info,
            _ => worst,
        };
        let (kind, name, powers) = (role.kind(), role.name(), powers.join(", "));
        let message = format!("{grantee} may {width} {reach}, by {kind} `{name}`: among others {powers}");
        out.fail(grantee.path(), message).severity(severity).discriminator(grantee.key());
    }
}
