use watertight_engine::prelude::*;
use watertight_rbac::Fault;

use crate::powers::{Reach, roles};

control! {
    /// The binding grants nothing today. Whoever may create a role of this name decides what it grants
    /// tomorrow, and nobody reviews a binding that is there already.
    ///
    /// Medium where all roles were in view, low where the role may exist elsewhere.
    ///
    /// ## Remedy
    /// Remove the binding, or correct the name. If the role is installed by something else, waive this.
    ///
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: viewers, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: viewer}
    /// subjects:
    /// - {kind: Group, apiGroup: rbac.authorization.k8s.io, name: dev}
    /// ```
    /// ```yaml,fail
    /// # The role is in another namespace.
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: viewer, namespace: test}
    /// rules:
    /// - {apiGroups: [""], resources: [pods], verbs: [get]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: viewers, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: viewer}
    /// subjects:
    /// - {kind: Group, apiGroup: rbac.authorization.k8s.io, name: dev}
    /// ```
    /// ```yaml,pass
    /// # Every API server has this one.
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: viewers, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: Group, apiGroup: rbac.authorization.k8s.io, name: dev}
    /// ```
    /// ```yaml,pass
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: builder, namespace: shop}
    /// rules:
    /// - {apiGroups: [""], resources: [pods], verbs: [get]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: builder, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: builder}
    /// subjects:
    /// - {kind: Group, apiGroup: rbac.authorization.k8s.io, name: dev}
    /// ```
    pub static DANGLING_ROLE_REFERENCE = {
        title: "a binding refers to a role that is not there",
        severity: Severity::Low,
        layer: Layer::Rbac,
        maps: &[Mapping::Nsa("authentication")],
        reads: &RBAC,
        check: Check::Binding(check),
    }
}

fn check(scope: BindingScope<'_>, out: &mut Sink<'_>) {
    for problem in roles::problems(scope) {
        let Fault::MissingRole { kind, name } = &problem.fault else { continue };
        // It may be behind the gap.
        if let Some(gap) = scope.view().hidden(&scope.identity().namespace) {
            return out.unknown(format!("{} could not be read", gap.what));
        }
        let complete = scope.view().snapshot().is_complete(RBAC[0].group, kind);
        let (severity, missing) = match complete {
            true => (Severity::Medium, "is not there"),
            false => (Severity::Low, "is not in view"),
        };
        let reach = Reach::of(scope.binding());
        let place = match reach {
            Reach::Namespace(_) if kind == "Role" => format!(" {reach}"),
            _ => String::new(),
        };
        let path = Path::root().key("roleRef").key("name");
        out.fail(path, format!("{kind} `{name}`{place} {missing}")).severity(severity);
    }
}
