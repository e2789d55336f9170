use watertight_engine::prelude::*;
use watertight_rbac::RoleView;

use crate::powers::breadth::Breadth;
use crate::powers::subjects::{self, Grantee};
use crate::powers::{self, Reach, table};

control! {
    /// Whoever impersonates somebody may do all that the other one may; `system:masters` may do
    /// everything, and every service account is somebody.
    ///
    /// Critical everywhere; medium in one namespace, where only its service accounts are reached, or
    /// for named ones. With constrained impersonation (`impersonate:MODE` and `impersonate-
    /// on:MODE:VERB`) high, since it is for the verbs that are named.
    ///
    /// ## Remedy
    /// Name whom it is for in `resourceNames`. A proxy for people who have logged in elsewhere names
    /// the groups that it hands on, and never `system:masters`.
    ///
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: builder}
    /// rules:
    /// - {apiGroups: [""], resources: [users, groups], verbs: [impersonate]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: builder}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: builder, namespace: shop}
    /// rules:
    /// - {apiGroups: [""], resources: [serviceaccounts], resourceNames: [web], verbs: [impersonate]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: builder, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: builder}
    /// rules:
    /// - {apiGroups: [authentication.k8s.io], resources: [users], verbs: ['impersonate:user-info']}
    /// - {apiGroups: [''], resources: [pods], verbs: ['impersonate-on:user-info:list']}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: builder}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    /// ```yaml,pass
    /// # One half of constrained impersonation is none.
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: builder}
    /// rules:
    /// - {apiGroups: [authentication.k8s.io], resources: [users], verbs: ['impersonate:user-info']}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: builder}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    /// ```yaml,pass
    /// # Users and groups are in no namespace, so a Role does not reach them.
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: builder, namespace: shop}
    /// rules:
    /// - {apiGroups: ['*'], resources: [users, groups], verbs: [impersonate]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: builder, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    pub static IMPERSONATION_GRANTED = {
        title: "may impersonate others",
        severity: Severity::Critical,
        layer: Layer::Rbac,
        maps: &[Mapping::Cis("5.1.8"), Mapping::Nsa("authentication"), Mapping::Attack("T1078")],
        reads: &RBAC,
        check: Check::Binding(check),
    }
}

fn check(scope: BindingScope<'_>, out: &mut Sink<'_>) {
    powers::tell(scope, &[&table::IMPERSONATE_ANYONE, &table::IMPERSONATE_ACCOUNTS], out);
    let Some(role) = scope.binding().role().filter(|role| Breadth::of(*role) != Breadth::Everything) else {
        return;
    };
    let reach = Reach::of(scope.binding());
    for (mode, power) in &table::CONSTRAINED {
        let Some(hit) = power.hit(role, reach) else { continue };
        let Some(severity) = reach.grade(power.grades) else { continue };
        for grantee in subjects::judged(scope).into_iter().filter(|grantee| may_on(scope, grantee, mode)) {
            out.fail(grantee.path(), hit.sentence(power, &grantee, reach, role))
                .severity(hit.grade(severity))
                .discriminator(format!("{} {mode}", grantee.key()));
        }
    }
}

/// Whether a binding of the subject gives the other half: to use a mode for some verb.
fn may_on(scope: BindingScope<'_>, grantee: &Grantee<'_>, mode: &str) -> bool {
    let prefix = format!("impersonate-on:{mode}:");
    let policy = scope.view().identities().policy();
    let roles = policy.bindings_of(grantee.id).into_iter().filter_map(|(binding, _)| binding.role());
    let mut verbs = roles.flat_map(RoleView::rules).flat_map(|rule| &rule.verbs);
    verbs.any(|verb| verb == "*" || verb.starts_with(&prefix))
}
