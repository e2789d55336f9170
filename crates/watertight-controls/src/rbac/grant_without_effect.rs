use std::collections::BTreeMap;

use watertight_engine::prelude::*;
use watertight_rbac::Ineffective;

use crate::powers;

control! {
    /// The rule reads as if it granted something and grants nothing: who wrote it believes that
    /// something is allowed that is not, and the next one widens it until it works.
    ///
    /// Nodes, volumes and URLs are in no namespace, so a Role does not reach them. `pods/*` is no
    /// pattern; `*/exec` and `*` are. Requests to create and to delete collections name no object.
    ///
    /// ## Remedy
    /// Use a ClusterRole and a ClusterRoleBinding for what has no namespace. Name the subresources.
    /// Take the rest away.
    ///
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: watcher, namespace: shop}
    /// rules:
    /// - {apiGroups: [""], resources: [pods, nodes], verbs: [get, list]}
    /// ```
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: helper}
    /// rules:
    /// - {apiGroups: [''], resources: ['pods/*'], verbs: [create]}
    /// ```
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: deployer}
    /// rules:
    /// - {apiGroups: [""], resources: [deployments], verbs: [get]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: watcher}
    /// rules:
    /// - {apiGroups: [""], resources: [pods, nodes, pods/exec], verbs: [get, list]}
    /// - {nonResourceURLs: [/metrics], verbs: [get]}
    /// ```
    /// ```yaml,pass
    /// # Asked in the namespace of the binding, so a Role can grant it.
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: binder, namespace: shop}
    /// rules:
    /// - {apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], resourceNames: [view], verbs: [bind]}
    /// ```
    pub static GRANT_WITHOUT_EFFECT = {
        title: "a rule grants nothing",
        severity: Severity::Low,
        layer: Layer::Rbac,
        maps: &[Mapping::Nsa("authentication")],
        reads: &RBAC,
        check: Check::Role(check),
    }
}

fn check(scope: RoleScope<'_>, out: &mut Sink<'_>) {
    // What a role gathers stands in the roles that it is gathered from.
    if scope.role().aggregates() || scope.view().identities().is_default(scope.id()) {
        return;
    }
    let Ok(body) = scope.object().body() else { return };
    let mut by_rule: BTreeMap<Path, Vec<&Ineffective>> = BTreeMap::new();
    for found in scope.view().identities().without_effect(scope.id()) {
        let Ok(path) = found.path.parse::<Path>() else { continue };
        let rule: Path = path.segments().iter().take(2).cloned().collect();
        // Of several objects that are one role, another one may hold the rule.
        if body.root().at(&rule).is_some() {
            by_rule.entry(rule).or_default().push(found);
        }
    }
    for (rule, found) in by_rule {
        let words = powers::first_few(found.iter().map(|found| found.why.to_string()));
        let path = found[0].path.parse().unwrap_or(rule);
        out.fail(path, words);
    }
}
