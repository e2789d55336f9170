use serde_json::json;
use watertight_engine::prelude::*;
use watertight_model::Namespace;

const NAMESPACE: GroupKind = GroupKind::core("Namespace");
const SERVICE_ACCOUNT: GroupKind = GroupKind::core("ServiceAccount");

control! {
    /// Each pod of the namespace that names no account gets the token of `default`: whatever is once
    /// granted to that account is in the hands of all of them.
    ///
    /// Judged at the account where it is in view, else at the namespace: Kubernetes makes the account
    /// without the field. Where no account is in view at all, this is unknown: they may stand elsewhere.
    ///
    /// ## Remedy
    /// Set `automountServiceAccountToken: false` on the account `default`, and give workloads that use the
    /// API an account of their own.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: default, namespace: shop}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: default, namespace: shop}
    /// automountServiceAccountToken: false
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: default, namespace: other}
    /// automountServiceAccountToken: false
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: default, namespace: other}
    /// automountServiceAccountToken: false
    /// ---
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: default, namespace: shop}
    /// automountServiceAccountToken: false
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: default, namespace: shop}
    /// automountServiceAccountToken: false
    /// ---
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: web, namespace: shop}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}  # no account is in view
    /// ```
    pub static DEFAULT_ACCOUNT_AUTOMOUNTS = {
        title: "the account `default` of the namespace mounts its token",
        severity: Severity::Low,
        layer: Layer::Identity,
        maps: &[Mapping::Cis("5.1.5"), Mapping::Attack("T1528")],
        reads: &[SERVICE_ACCOUNT],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let identity = object.identity();
    let field = Path::root().key("automountServiceAccountToken");
    if SERVICE_ACCOUNT.is(identity) && &*identity.name == "default" {
        match object.view().automount(object.id()) {
            Some(false) => {}
            _ => {
                out.fail(field.clone(), "mounts its token in each pod that names no account")
                    .fix(Fix::review().set(field, false));
            }
        }
    } else if NAMESPACE.is(identity) {
        let namespace = Namespace::Named(identity.name.clone());
        if object.view().declares_account(&namespace, "default") {
            return;
        }
        if !object.view().sees(SERVICE_ACCOUNT) {
            return out.not_in_view(SERVICE_ACCOUNT);
        }
        let message = "its account `default` is not in view and, as Kubernetes makes it, mounts its token in each pod that names no account";
        let account = json!({
            "apiVersion": "v1",
            "kind": "ServiceAccount",
            "metadata": {"name": "default", "namespace": &*identity.name},
            "automountServiceAccountToken": false,
        });
        out.fail(Path::root(), message).fix(Fix::review().create(account));
    } else {
        out.not_applicable();
    }
}
