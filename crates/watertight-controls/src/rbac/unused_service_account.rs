use watertight_engine::prelude::*;
use watertight_facts::identities::namespace_in_policy;
use watertight_rbac::Subject;
use watertight_syntax::Value;

use crate::powers::roles;

control! {
    /// No workload runs as this account and no binding names it. Whoever gets to run pods in the
    /// namespace can act as it, and a right that is granted to it one day goes to nobody who is
    /// watched.
    ///
    /// Silent where no workload of the namespace is in view, for `default`, and where a custom resource
    /// names the account.
    ///
    /// ## Remedy
    /// Delete the account.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: old, namespace: shop}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   serviceAccountName: web
    ///   containers:
    ///   - {name: web, image: web}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: web, namespace: shop}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   serviceAccountName: web
    ///   containers:
    ///   - {name: web, image: web}
    /// ```
    /// ```yaml,pass
    /// # Who runs as it is not in view.
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: old, namespace: shop}
    /// ```
    /// ```yaml,pass
    /// # An operator runs pods as this account.
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: metrics, namespace: shop}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   serviceAccountName: web
    ///   containers:
    ///   - {name: web, image: web}
    /// ---
    /// apiVersion: monitoring.coreos.com/v1
    /// kind: Prometheus
    /// metadata: {name: metrics, namespace: shop}
    /// spec: {serviceAccountName: metrics}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: ci, namespace: shop}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   serviceAccountName: web
    ///   containers:
    ///   - {name: web, image: web}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: ci, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
    /// subjects:
    /// - {kind: ServiceAccount, name: ci, namespace: shop}
    /// ```
    pub static UNUSED_SERVICE_ACCOUNT = {
        title: "a service account is used by nobody",
        severity: Severity::Low,
        layer: Layer::Rbac,
        maps: &[Mapping::Nsa("authentication")],
        reads: &READS,
        check: Check::Object(check),
    }
}

const ACCOUNT: GroupKind = GroupKind::core("ServiceAccount");
const fn apps(kind: &'static str) -> GroupKind {
    GroupKind { group: "apps", kind }
}
/// What names service accounts. Other kinds with pods come and go; these are the common ones.
const READS: [GroupKind; 11] = [
    RBAC[0],
    RBAC[1],
    RBAC[2],
    RBAC[3],
    GroupKind::core("Pod"),
    GroupKind::core("ReplicationController"),
    apps("DaemonSet"),
    apps("Deployment"),
    apps("StatefulSet"),
    GroupKind { group: "batch", kind: "CronJob" },
    GroupKind { group: "batch", kind: "Job" },
];

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let (view, identity) = (object.view(), object.identity());
    if !ACCOUNT.is(identity) {
        out.not_applicable();
        return;
    }
    let (namespace, name) = (&identity.namespace, &*identity.name);
    let policy = view.identities().policy();
    let subject = Subject::ServiceAccount { namespace: namespace_in_policy(namespace), name };
    let used = !view.account_users(namespace, name).is_empty() || policy.find_subject(&subject).is_some();
    if name == "default" || used {
        return;
    }
    // Only now, since these look at everything in view.
    let listed = view.snapshot().is_complete("", "Pod");
    let workloads = view.workloads_of(namespace).next().is_some();
    if (workloads || listed) && !is_named(object) {
        let path = Path::root().at("metadata.name");
        out.fail(path, format!("no workload runs as `{name}` and no binding names it"));
    }
}

/// Whether a custom resource of the namespace names the account, from which an operator makes pods.
fn is_named(object: ObjectView<'_>) -> bool {
    let identity = object.identity();
    let objects = object.view().snapshot().objects().map(|(_, other)| other);
    let mut custom = objects.filter(|other| {
        let other = other.identity();
        other.namespace == identity.namespace && other.group.contains('.') && !roles::is_built_in(&other.group)
    });
    custom.any(|other| other.body().is_ok_and(|body| names(body.root(), &identity.name)))
}

/// Whether a field that is called like a service account holds the name, or an object with it.
fn names(value: Value<'_>, name: &str) -> bool {
    let is = |value: Value<'_>| value.as_str() == Some(name);
    let account = |key: &str| key.to_ascii_lowercase().contains("serviceaccount");
    value.entries().any(|(key, below)| {
        let here = account(key) && (is(below) || below.get("name").is_some_and(is) || below.items().any(is));
        here || names(below, name)
    }) || value.items().any(|item| names(item, name))
}
