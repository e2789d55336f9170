//! See the page of the edge.

use crate::edge;
use crate::edge::Draw;
use crate::held::pull_secrets;
use crate::thing::Thing;

edge! {
    /// A Secret that pods pull images with may be a credential that can write to the registry as well: whether it can is not
    /// in view, so that this counts as one of the ways that need a flaw. The Secrets of the pod count, and where it names none
    /// those of its service account.
    ///
    /// Upstream: `docs/concepts/containers/images.md` of Kubernetes' pages; `admission.go` of
    /// `plugin/pkg/admission/serviceaccount`, which fills in those of the account.
    ///
    /// ```yaml,edges
    /// #> secret/shop/pull -[pull-secret]-> registry/registry.example.com
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a, namespace: shop}
    /// spec:
    ///   imagePullSecrets: [{name: pull}]
    ///   containers: [{name: a, image: 'registry.example.com/web:1'}]
    /// ```
    /// ```yaml,edges
    /// #> secret/shop/pull -[pull-secret]-> registry/registry.example.com
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: default, namespace: shop}
    /// imagePullSecrets: [{name: pull}]
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a, namespace: shop}
    /// spec: {containers: [{name: a, image: 'registry.example.com/web:1'}]}
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a, namespace: shop}
    /// spec: {containers: [{name: a, image: 'registry.example.com/web:1'}]}
    /// ```
    pub static PULL_SECRET = {
        title: "push to the registry that a Secret opens",
        technique: "T1525",
        needs_flaw: true,
        removed_by: &["a credential that can only pull"],
        draw: Draw::Process(|process, pen| {
            const NOTE: &str = "whether the credential may push is not in view";
            let Some(image) = process.container.image() else { return };
            let host = pen.name(&image.registry.to_ascii_lowercase());
            for (secret, fact) in pull_secrets(process.workload) {
                let secret = pen.name(&secret);
                let from = pen.vertex(Thing::Secret(process.load.namespace, secret));
                pen.edge(from, Thing::Registry(host), [fact], Some(NOTE));
            }
        }),
    }
}
