use watertight_engine::prelude::*;
use k8s_openapi::api::rbac::v1::PolicyRule;
use watertight_rbac::{ANONYMOUS, AUTHENTICATED, Subject, UNAUTHENTICATED};

use crate::powers::{Reach, subjects};

control! {
    /// Every user, every service account of every pod, or whoever reaches the API server without
    /// credentials, gets what the role grants.
    ///
    /// Without credentials critical for writing and high for reading; for everybody with credentials
    /// high for writing and medium for reading. Low for URLs and for questions about oneself.
    /// Kubernetes' own bindings to these groups are not judged.
    ///
    /// ## Remedy
    /// Bind the groups and accounts that need it. If health checks have to work without credentials,
    /// `system:public-info-viewer` grants that already.
    ///
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: builder, namespace: shop}
    /// rules:
    /// - {apiGroups: [""], resources: [configmaps], verbs: [get]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: builder, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: builder}
    /// subjects:
    /// - {kind: User, apiGroup: rbac.authorization.k8s.io, name: 'system:anonymous'}
    /// ```
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: everybody}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: Group, apiGroup: rbac.authorization.k8s.io, name: 'system:authenticated'}
    /// ```
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: everybody}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: system:discovery}
    /// subjects:
    /// - {kind: Group, apiGroup: rbac.authorization.k8s.io, name: 'system:unauthenticated'}
    /// ```
    /// ```yaml,pass
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: system:discovery}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: system:discovery}
    /// subjects:
    /// - {kind: Group, apiGroup: rbac.authorization.k8s.io, name: 'system:authenticated'}
    /// ```
    /// ```yaml,pass
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: developers, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: Group, apiGroup: rbac.authorization.k8s.io, name: dev}
    /// ```
    pub static EVERYONE_BOUND = {
        title: "everybody is granted a role",
        severity: Severity::High,
        layer: Layer::Rbac,
        maps: &[Mapping::Nsa("authentication"), Mapping::Attack("T1078")],
        reads: &RBAC,
        check: Check::Binding(check),
    }
}

fn check(scope: BindingScope<'_>, out: &mut Sink<'_>) {
    let role = scope.binding().role();
    let rules = role.map_or(&[][..], |role| role.rules());
    let (reach, name) = (Reach::of(scope.binding()), scope.binding().role_name());
    for grantee in subjects::all(scope) {
        let credentials = match grantee.subject {
            Subject::User(ANONYMOUS) | Subject::Group(UNAUTHENTICATED) => false,
            Subject::Group(AUTHENTICATED) => true,
            _ => continue,
        };
        let severity = match (gain(rules), credentials) {
            (Gain::Little, _) if role.is_some() => Severity::Low,
            (Gain::Write, false) => Severity::Critical,
            (Gain::Write, true) | (_, false) => Severity::High,
            (_, true) => Severity::Medium,
        };
        let kind = scope.binding().role_kind();
        out.fail(grantee.path(), format!("{grantee} may do what {kind} `{name}` grants {reach}"))
            .severity(severity)
            .discriminator(grantee.key());
    }
}

enum Gain {
    /// URLs, and questions about oneself.
    Little,
    Read,
    Write,
}

fn gain(rules: &[PolicyRule]) -> Gain {
    let about_oneself = |resource: &String| resource.starts_with("selfsubject");
    let mut resources = rules.iter().filter(|rule| {
        let resources = rule.resources.as_deref().unwrap_or_default();
        !resources.is_empty() && !resources.iter().all(about_oneself)
    });
    // Subcommands of kubectl that somebody took for verbs grant nothing: no request has them.
    let reads = |verb: &String| ["get", "list", "watch", "describe", "explain"].contains(&verb.as_str());
    match resources.next() {
        None => Gain::Little,
        Some(first) => {
            let all_read = first.verbs.iter().all(reads) && resources.all(|rule| rule.verbs.iter().all(reads));
            if all_read { Gain::Read } else { Gain::Write }
        }
    }
}
