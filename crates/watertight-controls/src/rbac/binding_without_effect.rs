use watertight_engine::prelude::*;
use watertight_model::ObjectId;
use watertight_rbac::{Fault, NoEffect};

use crate::powers::{self, roles};

control! {
    /// A part of the binding grants nothing, though it reads as if it did: a service account without a
    /// namespace, a kind of subject or role that does not exist, or nodes and URLs that a RoleBinding
    /// does not reach.
    ///
    /// Info for a ClusterRole of which a RoleBinding reaches a part only, which is common; else low.
    ///
    /// ## Remedy
    /// Write the namespace of the service account, correct the kind, or use a ClusterRoleBinding where
    /// every namespace is meant.
    ///
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: viewers}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: ServiceAccount, name: web}
    /// ```
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: viewers, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: Team, name: dev}
    /// ```
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: builder}
    /// rules:
    /// - {apiGroups: [""], resources: [pods, nodes], verbs: [get]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: builder, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    /// ```yaml,pass
    /// # In a RoleBinding the namespace is that of the binding.
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: viewers, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: ServiceAccount, name: web}
    /// ```
    /// ```yaml,pass
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: builder}
    /// rules:
    /// - {apiGroups: [""], resources: [pods, nodes], verbs: [get]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: builder}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: builder}
    /// subjects:
    /// - {kind: ServiceAccount, name: builder, namespace: ci}
    /// ```
    pub static BINDING_WITHOUT_EFFECT = {
        title: "a binding grants nothing, or less than it says",
        severity: Severity::Low,
        layer: Layer::Rbac,
        maps: &[Mapping::Nsa("authentication")],
        reads: &RBAC,
        check: Check::Binding(check),
    }
}

fn check(scope: BindingScope<'_>, out: &mut Sink<'_>) {
    let identities = scope.view().identities();
    if identities.is_default(scope.id()) {
        return;
    }
    for problem in roles::problems(scope) {
        let told_elsewhere = matches!(problem.fault, Fault::MissingRole { .. } | Fault::Duplicate);
        let path = problem.path.parse::<Path>();
        if let Some(path) = path.ok().filter(|path| !told_elsewhere && !path.is_root()) {
            out.fail(path, problem.fault.to_string());
        }
    }
    let found = identities.without_effect(scope.id());
    // Kubernetes' own roles are made to be bound in namespaces, whatever else they hold.
    let own = scope.binding().role().is_some_and(|role| {
        let id = ObjectId(role.tag());
        scope.view().snapshot().object(id).is_implied() || identities.is_default(id)
    });
    if !found.is_empty() && !own {
        let words = powers::first_few(found.iter().map(|found| match &found.why {
            NoEffect::ClusterScoped { resource, .. } => resource.clone(),
            NoEffect::Url { url, .. } => url.clone(),
            other => other.to_string(),
        }));
        let role = scope.binding().role_name();
        let message = format!("of ClusterRole `{role}` a RoleBinding does not grant what has no namespace: {words}");
        out.fail(Path::root().key("roleRef"), message).severity(Severity::Info);
    }
}
