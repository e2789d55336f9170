use watertight_credentials::in_annotation;
use watertight_engine::prelude::*;

use crate::leaves::{Leaf, LAST_APPLIED, is_told_of_owner, leaves};
use super::{SECRET, report};

control! {
    /// Annotations and labels are shown by every listing, copied to the pods of a workload, sent to
    /// monitoring, and read by whoever may read the object's metadata.
    ///
    /// ## Remedy
    /// Change the credential. Let the annotation name a Secret instead, as most controllers that read
    /// annotations allow.
    ///
    /// ```yaml,fail
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: shop
    ///   annotations:
    ///     example.com/basic-auth-password: hunter2
    /// ```
    /// ```yaml,fail
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: shop}
    /// spec:
    ///   template:
    ///     metadata:
    ///       annotations:
    ///         example.com/notify: https://hooks.slack.com/services/T01234567/B01234567/abcdEFGH0123ijklMNOP4567
    ///     spec:
    ///       containers: [{name: shop, image: shop}]
    /// ```
    /// ```yaml,pass
    /// apiVersion: networking.k8s.io/v1
    /// kind: Ingress
    /// metadata:
    ///   name: shop
    ///   annotations:
    ///     nginx.ingress.kubernetes.io/auth-secret: basic-auth
    ///     nginx.ingress.kubernetes.io/auth-type: basic
    ///     vault.hashicorp.com/agent-inject-secret-db: secret/data/shop/db
    ///     vault.hashicorp.com/agent-inject-token: "true"
    ///     checksum/secret: e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
    /// ```
    pub static CREDENTIAL_IN_ANNOTATION = {
        title: "credential in an annotation or a label",
        severity: Severity::High,
        layer: Layer::Secrets,
        maps: &[Mapping::Attack("T1552")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    // What a Secret's annotations hold is blanked; `secret-copied-in-annotation` speaks of the copy.
    if SECRET.is(object.identity()) {
        return out.not_applicable();
    }
    let Ok(body) = object.object().body() else { return };
    leaves(body.root(), &mut |leaf| {
        let Some(field) = annotates(leaf) else { return };
        // The copy that kubectl keeps says again what the object says.
        if leaf.key == LAST_APPLIED {
            return;
        }
        let found = in_annotation(leaf.key, leaf.text);
        if !found.is_empty() && !is_told_of_owner(object, leaf) {
            let place = format!("the {field} `{}`", leaf.key);
            report(out, &leaf.path(), &place, leaf.text, &found);
        }
    });
}

/// Whether a leaf is an annotation or a label of the object or of a template in it, and which.
fn annotates(leaf: &Leaf<'_, '_>) -> Option<&'static str> {
    match leaf.keys {
        [.., "metadata", "annotations", _] => Some("annotation"),
        [.., "metadata", "labels", _] => Some("label"),
        _ => None,
    }
}
