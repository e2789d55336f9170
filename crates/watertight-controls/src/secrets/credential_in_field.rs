use watertight_credentials::{Detection, in_image, in_text, in_value};
use watertight_engine::prelude::*;
use watertight_facts::template_of;
use watertight_model::Identity;
use watertight_syntax::Value;

use crate::leaves::{Leaf, is_told_of_owner, leaves};
use super::{CONFIG_MAP, SECRET, report};

control! {
    /// Fields that are not meant for secrets are read by whoever may read the object, kept in the
    /// repository and shown by every tool.
    ///
    /// Any field of any kind is searched for what is a credential by its form: known tokens, private keys,
    /// passwords in URLs and image references. Values of charts (Flux, Argo CD, k3s), literals of
    /// `kustomization.yaml` and HTTP headers are judged by their names too. ConfigMaps, variables, commands
    /// and annotations have controls of their own.
    ///
    /// ## Remedy
    /// Change the credential. Most kinds that need one have a field that refers to a Secret instead
    /// (`secretRef`, `valuesFrom`, `existingSecret`).
    ///
    /// ```yaml,fail
    /// apiVersion: helm.toolkit.fluxcd.io/v2
    /// kind: HelmRelease
    /// metadata: {name: db}
    /// spec:
    ///   values:
    ///     auth: {username: shop, password: hunter2}
    /// ```
    /// ```yaml,fail
    /// apiVersion: argoproj.io/v1alpha1
    /// kind: Application
    /// metadata: {name: db}
    /// spec:
    ///   source:
    ///     helm:
    ///       parameters: [{name: auth.password, value: hunter2}]
    /// ```
    /// ```yaml,fail
    /// apiVersion: example.com/v1
    /// kind: Backup
    /// metadata: {name: nightly}
    /// spec: {store: {accessKey: AKIAIOSFODNN7EXAMPLE}}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: shop}
    /// spec:
    ///   containers:
    ///   - {name: shop, image: "shop:hunter2@registry.example.com/shop:1"}
    /// ```
    /// ```yaml,pass
    /// apiVersion: helm.toolkit.fluxcd.io/v2
    /// kind: HelmRelease
    /// metadata: {name: db}
    /// spec:
    ///   values:
    ///     auth: {existingSecret: shop-db, secretKey: password, password: ""}
    ///   valuesFrom: [{kind: Secret, name: shop-db}]
    /// ---
    /// apiVersion: example.com/v1
    /// kind: Backup
    /// metadata: {name: nightly}
    /// spec:
    ///   store: {secretRef: {name: backup}, url: "https://store.example.com/", password: see the vault}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: shop}
    /// spec:
    ///   containers:
    ///   - {name: shop, image: "registry.example.com:5000/shop:1@sha256:0000"}
    /// ```
    pub static CREDENTIAL_IN_FIELD = {
        title: "credential in a field that is not meant for secrets",
        severity: Severity::High,
        layer: Layer::Secrets,
        maps: &[Mapping::Attack("T1552")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let identity = object.identity();
    if SECRET.is(identity) || is_left_to_others(identity) {
        return out.not_applicable();
    }
    let Ok(body) = object.object().body() else { return };
    leaves(body.root(), &mut |leaf| {
        if has_own_control(identity, leaf) {
            return;
        }
        let found = search(identity, leaf);
        if !found.is_empty() && !is_told_of_owner(object, leaf) {
            report(out, &leaf.path(), &format!("the field `{}`", leaf.key), leaf.text, &found);
        }
    });
}

/// Definitions of kinds have examples in their descriptions; sealed values have a control of their own.
fn is_left_to_others(identity: &Identity) -> bool {
    matches!(
        (&*identity.group, &*identity.kind),
        ("apiextensions.k8s.io", "CustomResourceDefinition") | ("bitnami.com", "SealedSecret")
    )
}

fn has_own_control(identity: &Identity, leaf: &Leaf<'_, '_>) -> bool {
    match leaf.keys {
        ["sops" | "status", ..] | ["metadata", "managedFields", ..] => true,
        [.., "metadata", "annotations" | "labels", _] => true,
        ["data" | "binaryData", ..] => CONFIG_MAP.is(identity),
        [.., "description"] => true,
        keys => {
            let lists = ["containers", "initContainers", "ephemeralContainers"];
            let in_container = keys.iter().any(|key| lists.contains(key));
            let own = keys.ends_with(&["env", "value"]) || matches!(keys.last(), Some(&("command" | "args")));
            in_container && own && template_of(identity).is_some()
        }
    }
}

fn search(identity: &Identity, leaf: &Leaf<'_, '_>) -> Vec<Detection> {
    let named = || leaf.map.and_then(|map| map.get("name")).and_then(Value::as_str).unwrap_or_default();
    match leaf.key {
        "image" => in_image(leaf.text),
        "value" if leaf.keys.ends_with(&["httpHeaders", "value"]) => in_value(named(), leaf.text),
        "value" if is_of_chart(identity, leaf) && !named().is_empty() => in_chart_value(named(), leaf.text),
        key if is_of_chart(identity, leaf) => in_chart_value(key, leaf.text),
        _ => in_text(leaf.text),
    }
}

/// What a chart calls just `secret` is mostly the name of a Secret.
fn in_chart_value(name: &str, text: &str) -> Vec<Detection> {
    let is_word = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
    if name == "secret" && is_word { Vec::new() } else { in_value(name, text) }
}

/// Whether names are the chart's or the generator's words for what it is given.
fn is_of_chart(identity: &Identity, leaf: &Leaf<'_, '_>) -> bool {
    let below = |names: &[&str]| leaf.keys.iter().any(|key| names.contains(key));
    match &*identity.group {
        "helm.toolkit.fluxcd.io" => below(&["values"]),
        "argoproj.io" => below(&["helm"]) && below(&["values", "valuesObject", "parameters"]),
        "helm.cattle.io" => below(&["valuesContent", "set"]),
        "kustomize.config.k8s.io" => below(&["literals"]),
        _ => false,
    }
}
