use watertight_engine::prelude::*;

use crate::powers::subjects;
use watertight_rbac::Subject;

control! {
    /// The role is made for the Kubernetes Dashboard: its rules change with the dashboard's releases, and they hold
    /// the Secrets that sign the dashboard's logins. Whoever else is bound to it may take over what people do there.
    ///
    /// ## Remedy
    /// Bind a role that is made for the subject.
    ///
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: viewers, namespace: kubernetes-dashboard}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: kubernetes-dashboard}
    /// subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: dev}]
    /// ```
    /// ```yaml,pass
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: kubernetes-dashboard, namespace: kubernetes-dashboard}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: kubernetes-dashboard}
    /// subjects: [{kind: ServiceAccount, name: kubernetes-dashboard, namespace: kubernetes-dashboard}]
    /// ```
    pub static DASHBOARD_ROLE_BORROWED = {
        title: "the Kubernetes Dashboard's role is bound to somebody else",
        severity: Severity::Low,
        layer: Layer::Rbac,
        maps: &[],
        reads: &RBAC,
        check: Check::Binding(check),
    }
}

const NAME: &str = "kubernetes-dashboard";

fn check(scope: BindingScope<'_>, out: &mut Sink<'_>) {
    if scope.binding().role_name() != NAME {
        return out.not_applicable();
    }
    for grantee in subjects::judged(scope) {
        let own = matches!(grantee.subject, Subject::ServiceAccount { name, .. } if name.starts_with(NAME));
        if !own {
            let message = format!("{grantee} gets the role of the Kubernetes Dashboard");
            out.fail(grantee.path(), message).discriminator(grantee.key());
        }
    }
}
