//! See the page of the edge.

use watertight_facts::ImageRef;

use crate::edge;
use crate::edge::Draw;
use crate::thing::{Name, Thing};

edge! {
    /// Whoever may write to a registry moves the tags in it: every image of the registry that is named without a digest can be
    /// another at the next pull. One that is named by its digest cannot. A reference without a host is of `docker.io`.
    ///
    /// Upstream: `docs/concepts/containers/images.md` of Kubernetes' pages; the distribution specification of OCI for tags.
    ///
    /// ```yaml,edges
    /// #> registry/registry.example.com -[registry-push]-> image/registry.example.com/web:1
    /// #> registry/docker.io -[registry-push]-> image/nginx
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec: {containers: [{name: a, image: 'registry.example.com/web:1'}, {name: b, image: nginx}]}
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec: {containers: [{name: a, image: 'registry.example.com/web:1@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef'}]}
    /// ```
    pub static REGISTRY_PUSH = {
        title: "replace an image in its registry",
        technique: "T1525",
        removed_by: &["the image pinned by its digest", "tags that cannot be moved"],
        draw: Draw::Scene(|_scene, pen| {
            let images = pen.drawing.things.iter().filter_map(|thing| match thing {
                Thing::Image(name) => Some(*name),
                _ => None,
            });
            let images: Vec<Name> = images.collect();
            for name in images {
                let text = pen.drawing.names.text(name).to_owned();
                let image = ImageRef::parse(&text);
                if !image.is_pinned() {
                    let host = pen.name(&image.registry.to_ascii_lowercase());
                    let from = pen.vertex(Thing::Registry(host));
                    pen.given(from, Thing::Image(name));
                }
            }
        }),
    }
}
