use watertight_credentials::Content;
use watertight_engine::prelude::*;
use watertight_model::content_before;

use super::SECRET;
use crate::leaves::LAST_APPLIED;

control! {
    /// The annotation holds a second copy of the Secret's values. It is shown where values are hidden
    /// (listings of metadata, tools that mask `data`), and after a change by other means it still holds the
    /// old ones.
    ///
    /// ## Remedy
    /// Apply Secrets with `kubectl apply --server-side`, which keeps no copy, or let a controller make them;
    /// take the annotation out of the manifest.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: db
    ///   annotations:
    ///     kubectl.kubernetes.io/last-applied-configuration: '{"kind":"Secret","stringData":{"password":"hunter2"}}'
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Secret
    /// metadata:
    ///   name: db
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: {name: db, annotations: {example.com/team: shop}}
    /// ---
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata:
    ///   name: db
    ///   annotations: {kubectl.kubernetes.io/last-applied-configuration: "{}"}
    /// ```
    pub static SECRET_COPIED_IN_ANNOTATION = {
        title: "a Secret is copied in its annotation",
        severity: Severity::Low,
        layer: Layer::Secrets,
        maps: &[Mapping::Attack("T1552")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    if !SECRET.is(object.identity()) {
        return out.not_applicable();
    }
    let Ok(body) = object.object().body() else { return };
    let path = Path::root().at("metadata.annotations").key(LAST_APPLIED);
    if body.root().at(&path).is_some_and(|copy| content_before(copy) != Content::Empty) {
        // kubectl writes its own and overwrites what the manifest says.
        let fix = Fix::safe().remove(path.clone());
        out.fail(path, "kubectl keeps a copy of the Secret's values in this annotation").fix(fix);
    }
}
