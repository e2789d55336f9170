//! See the page of the edge.

use watertight_model::KubernetesVersion;

use crate::edge;
use crate::edge::Draw;
use crate::evidence::Fact;
use crate::thing::{Name, Thing};

edge! {
    /// A Secret of the type `kubernetes.io/service-account-token` holds a lasting token of the service account that its
    /// annotation names. Up to 1.23 every service account had one by itself.
    ///
    /// Upstream: `docs/concepts/configuration/secret.md` of Kubernetes' pages; `LegacyServiceAccountTokenNoAutoGeneration`
    /// in the CHANGELOG of 1.24.
    ///
    /// ```yaml,edges
    /// #> secret/shop/ci-token -[token-secret]-> sa/shop/ci
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: {name: ci-token, namespace: shop, annotations: {kubernetes.io/service-account.name: ci}}
    /// type: kubernetes.io/service-account-token
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Secret
    /// metadata: {name: ci-token, namespace: shop, annotations: {kubernetes.io/service-account.name: ci}}
    /// type: Opaque
    /// ```
    pub static TOKEN_SECRET = {
        title: "use the token that a Secret holds",
        technique: "T1528",
        removed_by: &["the Secret removed: tokens that are asked for end by themselves"],
        draw: Draw::Scene(|scene, pen| {
            const TYPE: &str = "kubernetes.io/service-account-token";
            for (&(namespace, name), facts) in &scene.secrets {
                if let (true, Some(account), Some(object)) = (facts.kind == TYPE, facts.account, facts.object) {
                    let from = pen.vertex(Thing::Secret(namespace, name));
                    pen.edge(from, Thing::Account(namespace, account), [Fact::Object(object)], None);
                }
            }
            if scene.target() < KubernetesVersion::new(24) {
                for &(namespace, account) in scene.accounts.keys() {
                    let from = pen.vertex(Thing::Secret(namespace, automatic(account)));
                    pen.given(from, Thing::Account(namespace, account));
                }
            }
        }),
    }
}

/// The Secret that the controller made for an account: its name ends in random letters, and stands for itself here.
fn automatic(account: Name) -> Name {
    account
}
