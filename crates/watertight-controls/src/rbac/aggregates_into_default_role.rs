use watertight_engine::prelude::*;
use watertight_syntax::Value;

use crate::powers::{Power, Reach, table};

control! {
    /// The rules become part of `admin`, `edit` or `view`, so everyone who is bound to these has them,
    /// in every namespace, without a new binding.
    ///
    /// High where the rules give `view` a power that changes or reveals something, or any of them one
    /// that leads beyond its namespace; else info: custom resources are meant to be added so.
    ///
    /// ## Remedy
    /// Take the label away and bind the role to those who need it. Keep reading of secrets and every
    /// writing verb out of `view`.
    ///
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: secrets, labels: {rbac.authorization.k8s.io/aggregate-to-view: 'true'}}
    /// rules:
    /// - {apiGroups: [""], resources: [secrets], verbs: [get]}
    /// ```
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: orders, labels: {rbac.authorization.k8s.io/aggregate-to-view: 'true'}}
    /// rules:
    /// - {apiGroups: [shop.example.com], resources: [orders], verbs: [get, list, watch]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: secrets, labels: {rbac.authorization.k8s.io/aggregate-to-view: 'false'}}
    /// rules:
    /// - {apiGroups: [""], resources: [secrets], verbs: [get]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: monitoring, labels: {rbac.example.com/aggregate-to-monitoring: 'true'}}
    /// rules:
    /// - {apiGroups: [""], resources: [nodes/metrics], verbs: [get]}
    /// ```
    pub static AGGREGATES_INTO_DEFAULT_ROLE = {
        title: "a role adds its rules to admin, edit or view",
        severity: Severity::Info,
        layer: Layer::Rbac,
        maps: &[Mapping::Nsa("authentication"), Mapping::Attack("T1098.006")],
        reads: &RBAC,
        check: Check::Role(check),
    }
}

/// The labels that the default roles gather by, the least of them first.
const LABELS: [(&str, &str); 3] = [
    ("view", "rbac.authorization.k8s.io/aggregate-to-view"),
    ("edit", "rbac.authorization.k8s.io/aggregate-to-edit"),
    ("admin", "rbac.authorization.k8s.io/aggregate-to-admin"),
];

fn check(scope: RoleScope<'_>, out: &mut Sink<'_>) {
    let namespaced = scope.role().namespace().is_some();
    if namespaced || scope.view().identities().is_default(scope.id()) {
        return;
    }
    let Ok(body) = scope.object().body() else { return };
    let labels = Path::root().at("metadata.labels");
    let label = |key: &'static str| body.root().at(&labels.key(key)).and_then(Value::as_str) == Some("true");
    let Some((target, key)) = LABELS.into_iter().find(|(_, key)| label(key)) else { return };
    // A member of `edit` has most powers already, in its namespace.
    let new = |power: &&&Power| {
        power.hit(scope.role(), Reach::Namespace(None)).is_some_and(|hit| hit.names.is_empty())
            && (target == "view" || !power.in_edit)
    };
    let powers: Vec<&str> = table::ALL.iter().filter(new).map(|power| power.does).collect();
    let path = labels.key(key);
    if powers.is_empty() {
        out.fail(path, format!("everyone who is bound to `{target}` has these rules"));
    } else {
        let powers = powers.join(", ");
        out.fail(path, format!("everyone who is bound to `{target}` may by these rules {powers}"))
            .severity(Severity::High);
    }
}
