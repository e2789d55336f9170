use std::collections::BTreeSet;

use watertight_engine::prelude::*;
use watertight_facts::identities::namespace_in_policy;
use watertight_rbac::Subject;

use crate::powers::{Reach, breadth::Breadth, first_few, subjects, table};

control! {
    /// A process in this container reads the token and acts as its account: one flaw in the program is enough to
    /// use what the account was given.
    ///
    /// Who gives the account its powers, and how bad each is, is told at the bindings; this tells in which pods
    /// an intruder finds the token. Told are powers of at least medium severity that are bound to the account
    /// itself; high ones make it medium, others low.
    ///
    /// ## Remedy
    /// Take the power from the account where the program does not use it. Else keep what faces outside in another
    /// pod than what holds the token, and mount it in the one container that asks the API server.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec: {serviceAccountName: web, containers: [{name: web, image: web}]}
    /// ---
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: web, namespace: shop}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: secrets}
    /// rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: web}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: secrets}
    /// subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
    /// ```
    /// ```yaml,pass
    /// # No token is mounted in the first pod, and the account of the second is given little.
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec: {serviceAccountName: web, automountServiceAccountToken: false, containers: [{name: web, image: web}]}
    /// ---
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: web, namespace: shop}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: secrets}
    /// rules: [{apiGroups: [""], resources: [secrets], verbs: [get]}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: web}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: secrets}
    /// subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: view, namespace: shop}
    /// spec: {serviceAccountName: view, containers: [{name: view, image: view}]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: view, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects: [{kind: ServiceAccount, name: view, namespace: shop}]
    /// ```
    pub static POWERFUL_TOKEN_MOUNTED = {
        title: "a powerful token lies in the pod",
        severity: Severity::Medium,
        layer: Layer::Identity,
        maps: &[Mapping::Attack("T1528")],
        reads: &[
            GroupKind::core("ServiceAccount"),
            RBAC[0],
            RBAC[1],
            RBAC[2],
            RBAC[3],
        ],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let view = workload.view();
    let account = match view.service_account(workload.id()) {
        Joined::One((_, account)) => account.automount,
        // Told by `token-automounted`.
        Joined::Ambiguous => return out.not_applicable(),
        Joined::NotInView => None,
    };
    if !workload.mounts_token(account) {
        return;
    }
    let name = workload.service_account();
    let subject =
        Subject::ServiceAccount { namespace: namespace_in_policy(&workload.identity().namespace), name };
    if subjects::is_system(subject) || workload.settings().platform_subjects.holds(&subject) {
        return out.not_applicable();
    }
    let policy = view.identities().policy();
    let bound = policy.find_subject(&subject).map(|id| policy.bindings_of(id)).unwrap_or_default();
    // What, how bad, and what with where.
    let mut found: Vec<(Severity, &str, String)> = Vec::new();
    for (binding, _) in bound {
        let (Some(role), reach) = (binding.role(), Reach::of(binding)) else { continue };
        if Breadth::of(role) == Breadth::Everything {
            found.push((Severity::High, "do everything", format!("do everything {reach}")));
            continue;
        }
        for power in table::ALL.iter().filter(|power| power.with.is_empty()) {
            let (Some(hit), Some(severity)) = (power.hit(role, reach), reach.grade(power.grades)) else {
                continue;
            };
            let severity = hit.grade(severity);
            if severity >= Severity::Medium {
                found.push((severity, power.does, power.said(reach)));
            }
        }
    }
    found.sort_by_key(|(severity, ..)| std::cmp::Reverse(*severity));
    let Some(&(worst, ..)) = found.first() else { return };
    let mut told: BTreeSet<&str> = BTreeSet::new();
    // The worst of each is enough.
    found.retain(|(_, does, _)| told.insert(does));
    let severity = if worst >= Severity::High { Severity::Medium } else { Severity::Low };
    let message = format!(
        "an intruder finds the token of the service account `{name}`, which may {}",
        first_few(found.into_iter().map(|(_, _, said)| said))
    );
    out.fail(workload.path().key("automountServiceAccountToken"), message).severity(severity);
}
