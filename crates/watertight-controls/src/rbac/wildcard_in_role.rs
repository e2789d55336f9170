use watertight_engine::prelude::*;

use crate::powers::roles;

control! {
    /// A `*` grants what nobody thought of: subresources such as `pods/exec`, verbs such as `escalate`,
    /// and whatever kind is installed next year.
    ///
    /// High where verbs, resources and groups are all `*`; medium for every resource of the core group
    /// or of all groups, and for every verb on resources of Kubernetes' own; else low. What the role
    /// lets its subjects do is told at the binding.
    ///
    /// ## Remedy
    /// Write down the verbs and resources that are used. The audit log shows them.
    ///
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: operator}
    /// rules:
    /// - {apiGroups: ['*'], resources: ['*'], verbs: ['*']}
    /// ```
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: operator, namespace: shop}
    /// rules:
    /// - {apiGroups: [''], resources: [configmaps], verbs: ['*']}
    /// ```
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: reader}
    /// rules:
    /// - {apiGroups: [shop.example.com], resources: ['*'], verbs: [get, list, watch]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: reader}
    /// rules:
    /// - {apiGroups: [apps], resources: [deployments, '*/scale'], verbs: [get, list]}
    /// - {nonResourceURLs: ['/metrics', '/healthz/*'], verbs: [get]}
    /// ```
    pub static WILDCARD_IN_ROLE = {
        title: "a role grants by wildcard",
        severity: Severity::Medium,
        layer: Layer::Rbac,
        maps: &[Mapping::Cis("5.1.3"), Mapping::Nsa("authentication")],
        reads: &RBAC,
        check: Check::Role(check),
    }
}

fn check(scope: RoleScope<'_>, out: &mut Sink<'_>) {
    if scope.view().identities().is_default(scope.id()) {
        return;
    }
    for (index, rule) in roles::own_rules(scope.object()).iter().enumerate() {
        let has = |list: &[String], text: &str| list.iter().any(|own| own == text);
        let groups = rule.api_groups.as_deref().unwrap_or_default();
        let resources = rule.resources.as_deref().unwrap_or_default();
        if resources.is_empty() {
            continue;
        }
        let found = [
            ("verbs", "verb", has(&rule.verbs, "*")),
            ("resources", "resource", has(resources, "*")),
            ("apiGroups", "API group", has(groups, "*")),
        ];
        let [verbs, all, every_group] = found.map(|(.., found)| found);
        let severity = match () {
            () if verbs && all && every_group => Severity::High,
            () if all && (every_group || has(groups, "")) => Severity::Medium,
            () if verbs && groups.iter().any(|group| roles::is_built_in(group)) => Severity::Medium,
            () => Severity::Low,
        };
        let Some((field, ..)) = found.iter().find(|(.., found)| *found) else { continue };
        let words = found.iter().filter(|(.., found)| *found).map(|(_, word, _)| format!("every {word}"));
        let words = words.collect::<Vec<_>>().join(", ");
        let path = Path::root().key("rules").index(index).key(*field);
        out.fail(path, format!("rules[{index}] is for {words}")).severity(severity);
    }
}
