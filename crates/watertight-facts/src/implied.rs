//! What every API server has and manifests do not ship, so that a binding to `edit` is not dangling
//! and a namespace is there when something is in it.
//!
//! Implied objects are objects like any other, marked [`Standing::Implied`](watertight_model::Standing):
//! they take part in joins and are never judged, counted or written into a snapshot file. What is in
//! view is not implied, and of a kind that was read completely nothing is.

use std::collections::BTreeSet;

use k8s_openapi::Metadata;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;
use serde_json::{Value as Json, json};
use watertight_model::{GroupKind, KubernetesVersion, Namespace, Snapshot, SnapshotBuilder};
use watertight_rbac::bootstrap::{self, AccountOrigin};
use watertight_syntax::Value;

use crate::identities::{CLUSTER_ROLE, CLUSTER_ROLE_BINDING, ROLE, ROLE_BINDING};
use crate::object_facts::{NAMESPACE, SERVICE_ACCOUNT};

/// The label that the API server keeps on each namespace (`NamespaceDefaultLabelName`, set by
/// `Canonicalize` in `pkg/registry/core/namespace/strategy.go`).
pub const NAMESPACE_NAME_LABEL: &str = "kubernetes.io/metadata.name";

/// Adds what is implied for a version of Kubernetes.
#[must_use]
pub fn complete(snapshot: Snapshot, target: KubernetesVersion) -> Snapshot {
    let mut text = String::new();
    let mut add = |object: &Json| {
        text.push_str(&object.to_string());
        text.push('\n');
    };
    let namespaces = namespaces(&snapshot);
    if !snapshot.is_listed("", "Namespace") {
        let declared = names(&snapshot, NAMESPACE);
        for name in namespaces.iter().filter(|name| !declared.contains(&(None, name.as_str()))) {
            add(&json!({
                "apiVersion": "v1", "kind": "Namespace",
                "metadata": {"name": name, "labels": {NAMESPACE_NAME_LABEL: name}},
            }));
        }
    }
    if !snapshot.is_listed("", "ServiceAccount") {
        let declared = names(&snapshot, SERVICE_ACCOUNT);
        // The controller makes it in each namespace: `pkg/controller/serviceaccount`.
        let defaults = namespaces.iter().map(|namespace| (namespace.as_str(), "default"));
        let accounts = bootstrap::service_accounts(target.minor.into());
        let controllers = accounts
            .iter()
            .filter(|account| account.origin == AccountOrigin::Controller)
            .map(|account| (account.namespace, account.name));
        for (namespace, name) in defaults.chain(controllers) {
            if !declared.contains(&(Some(namespace), name)) {
                add(&json!({
                    "apiVersion": "v1", "kind": "ServiceAccount",
                    "metadata": {"name": name, "namespace": namespace},
                }));
            }
        }
    }
    let policy = bootstrap::policy(target.minor.into());
    default_rbac(&snapshot, ROLE, &policy.roles, &mut add);
    default_rbac(&snapshot, ROLE_BINDING, &policy.role_bindings, &mut add);
    default_rbac(&snapshot, CLUSTER_ROLE, &policy.cluster_roles, &mut add);
    default_rbac(&snapshot, CLUSTER_ROLE_BINDING, &policy.cluster_role_bindings, &mut add);
    let mut builder = SnapshotBuilder::of(snapshot);
    // The version whose defaults they are: the nearest known one.
    builder.implied(&format!("Kubernetes 1.{}", policy.minor), text);
    builder.finish()
}

/// Adds the default objects of one kind that nothing in view takes the place of.
fn default_rbac<T: Metadata<Ty = ObjectMeta> + Serialize>(
    snapshot: &Snapshot,
    kind: GroupKind,
    objects: &[T],
    add: &mut impl FnMut(&Json),
) {
    if snapshot.is_listed(kind.group, kind.kind) {
        return;
    }
    let declared = names(snapshot, kind);
    for object in objects {
        let metadata = object.metadata();
        let name = metadata.name.as_deref().unwrap_or_default();
        if !declared.contains(&(metadata.namespace.as_deref(), name))
            && let Ok(json) = serde_json::to_value(object)
        {
            add(&json);
        }
    }
}

/// Namespaces that are declared, that something is in, and that bindings speak of.
fn namespaces(snapshot: &Snapshot) -> BTreeSet<String> {
    let mut namespaces: BTreeSet<String> =
        bootstrap::system_namespaces().iter().map(|&name| name.to_owned()).collect();
    for (_, object) in snapshot.objects() {
        let identity = object.identity();
        if NAMESPACE.is(identity) && !identity.name.is_empty() {
            namespaces.insert(identity.name.to_string());
        }
        if let Some(name) = identity.namespace.name().filter(|name| !namespaces.contains(*name)) {
            namespaces.insert(name.to_owned());
        }
    }
    for kind in ["RoleBinding", "ClusterRoleBinding"] {
        for &id in snapshot.of_kind(kind) {
            let Ok(body) = snapshot.object(id).body() else { continue };
            let subjects = body.root().get("subjects");
            let named = subjects.into_iter().flat_map(Value::items).filter_map(|subject| {
                subject.get("namespace").and_then(Value::as_str).filter(|name| !name.is_empty())
            });
            namespaces.extend(named.map(str::to_owned));
        }
    }
    namespaces
}

/// The objects of a kind in view, by namespace and name.
fn names(snapshot: &Snapshot, kind: GroupKind) -> BTreeSet<(Option<&str>, &str)> {
    let of_kind = snapshot.of_kind(kind.kind).iter().map(|&id| snapshot.object(id).identity());
    of_kind
        .filter(|identity| kind.is(identity) && identity.namespace != Namespace::Unspecified)
        .map(|identity| (identity.namespace.name(), &*identity.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use watertight_syntax::Limits;

    use super::*;
    use crate::{Settings, World};

    fn completed(text: &str) -> Snapshot {
        let mut builder = Snapshot::builder(Limits::default());
        builder.text("a.yaml", text);
        complete(builder.finish(), KubernetesVersion::NEWEST)
    }

    fn has(snapshot: &Snapshot, kind: &str, name: &str) -> usize {
        snapshot
            .of_kind(kind)
            .iter()
            .filter(|&&id| snapshot.object(id).identity().to_string() == format!("{kind} {name}"))
            .count()
    }

    #[test]
    fn what_every_api_server_has_is_there_and_marked() {
        let snapshot = completed(
            "kind: RoleBinding\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: {name: a, namespace: shop}\n\
             subjects: [{kind: ServiceAccount, name: x, namespace: elsewhere}]\n\
             roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: edit}\n",
        );
        assert_eq!(snapshot.gaps(), []);
        assert_eq!(snapshot.len() - snapshot.implied(), 1);
        for (kind, name) in [
            ("Namespace", "shop"),
            ("Namespace", "elsewhere"),
            ("Namespace", "kube-system"),
            ("ServiceAccount", "shop/default"),
            ("ServiceAccount", "kube-system/deployment-controller"),
            ("ClusterRole", "edit"),
            ("ClusterRoleBinding", "cluster-admin"),
            ("Role", "kube-system/extension-apiserver-authentication-reader"),
        ] {
            assert_eq!(has(&snapshot, kind, name), 1, "{kind} {name}");
        }
        let settings = Settings::default();
        let world = World::new(&snapshot, &settings);
        assert_eq!((world.gaps(), world.identities().policy().problems()), (&[][..], &[][..]));
        // `edit` has no rules of its own: they are gathered.
        let binding = world.identities().binding(snapshot.of_kind("RoleBinding")[0]).unwrap();
        assert!(binding.role().unwrap().rules().len() > 10);
    }

    #[test]
    fn what_is_in_view_is_not_implied() {
        let snapshot = completed(
            "kind: ClusterRole\napiVersion: rbac.authorization.k8s.io/v1\nmetadata: {name: edit}\n---\n\
             kind: Namespace\napiVersion: v1\nmetadata: {name: kube-system}\n---\n\
             kind: ServiceAccount\napiVersion: v1\nmetadata: {name: default, namespace: default}\n---\n\
             kind: ConfigMap\napiVersion: v1\nmetadata: {name: a}\n",
        );
        for (kind, name) in
            [("ClusterRole", "edit"), ("Namespace", "kube-system"), ("ServiceAccount", "default/default")]
        {
            assert_eq!(has(&snapshot, kind, name), 1, "{kind} {name}");
        }
        // An object without a namespace makes none.
        assert_eq!(has(&snapshot, "ServiceAccount", "default"), 0);
    }
}
