use watertight_engine::prelude::*;
use watertight_model::KubernetesVersion;

use crate::powers::{Power, Reach, first_few, table};

control! {
    /// Nobody in view is bound to this role, and whoever will be gets what an intruder wants: bindings are made
    /// in other files, by other people, who see a name and not the rules.
    ///
    /// Told are roles that would give a power of at least medium severity; what a role gives somebody is told at
    /// the binding. Kubernetes' own roles, and those that others gather, are left out.
    ///
    /// ## Remedy
    /// Take the rules out that nobody needs, or remove the role. Where it is meant to be bound, know to whom.
    ///
    /// ```yaml,fail
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: support}
    /// rules:
    /// - {apiGroups: [""], resources: [pods/exec], verbs: [create]}
    /// ```
    /// ```yaml,pass
    /// # One that gives little, one that is bound, which its binding tells, and a part of another.
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: reader, namespace: shop}
    /// rules:
    /// - {apiGroups: [""], resources: [pods], verbs: [get, list]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: support, namespace: shop}
    /// rules:
    /// - {apiGroups: [""], resources: [pods/exec], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: support, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: support}
    /// subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: support}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: more-edit, labels: {rbac.example.com/aggregate-to-support: "true"}}
    /// rules:
    /// - {apiGroups: [""], resources: [pods/exec], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: all-support}
    /// aggregationRule: {clusterRoleSelectors: [{matchLabels: {rbac.example.com/aggregate-to-support: "true"}}]}
    /// ```
    pub static POWERFUL_ROLE_UNBOUND = {
        title: "a role that nobody in view is bound to gives a lot",
        severity: Severity::Info,
        layer: Layer::Rbac,
        maps: &[Mapping::Nsa("authentication")],
        reads: &RBAC,
        check: Check::Role(check),
    }
}

/// From here on `get` opens no stream into a pod.
const CREATE_IS_DEMANDED: KubernetesVersion = KubernetesVersion::new(35);

fn check(scope: RoleScope<'_>, out: &mut Sink<'_>) {
    let identities = scope.view().identities();
    let (policy, role) = (identities.policy(), scope.role());
    let is_bound = !policy.bindings_of_role(role.id()).is_empty();
    if is_bound || role.aggregates() || identities.is_default(scope.id()) || is_part(scope) {
        return out.not_applicable();
    }
    let reach = match role.namespace() {
        None => Reach::Everywhere,
        Some(_) => Reach::Namespace(scope.identity().namespace.name()),
    };
    let by_get = scope.settings().target < CREATE_IS_DEMANDED;
    let powers = table::ALL.into_iter().chain([&table::EXEC_BY_GET].into_iter().filter(|_| by_get));
    let gives = |power: &&'static Power| {
        let (hit, severity) = (power.hit(role, reach)?, reach.grade(power.grades)?);
        let severity = hit.grade(severity);
        (severity >= Severity::Medium && power.with.is_empty()).then_some((severity, power.does))
    };
    let mut found: Vec<(Severity, &str)> = powers.filter_map(|power| gives(&power)).collect();
    found.sort_by_key(|(severity, _)| std::cmp::Reverse(*severity));
    let mut told: Vec<String> = Vec::new();
    for (_, does) in found {
        if !told.iter().any(|told| told == does) {
            told.push(does.to_owned());
        }
    }
    if !told.is_empty() {
        let message = format!("nobody in view is bound to it; whoever is may {}", first_few(told.into_iter()));
        out.fail(Path::root().key("rules"), message);
    }
}

/// Whether another role may gather it: by convention such labels say `aggregate-to`.
fn is_part(scope: RoleScope<'_>) -> bool {
    let Ok(body) = scope.object().body() else { return false };
    let labels = body.root().get("metadata").and_then(|metadata| metadata.get("labels"));
    labels.is_some_and(|labels| labels.entries().any(|(key, _)| key.contains("aggregate-to")))
}
