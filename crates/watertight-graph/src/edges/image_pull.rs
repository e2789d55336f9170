//! See the page of the edge.

use crate::edge;
use crate::edge::Draw;
use crate::thing::Thing;

edge! {
    /// Whoever decides what an image is runs code in every container that pulls it next.
    ///
    /// ```yaml,edges
    /// #> image/registry.example.com/web:1 -[image-pull]-> pod/default/a
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   containers: [{name: a, image: 'registry.example.com/web:1'}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: a}
    /// ```
    pub static IMAGE_PULL = {
        title: "run what the image holds",
        technique: "T1525",
        removed_by: &["an image of one's own registry, pinned by its digest and verified"],
        draw: Draw::Process(|process, pen| {
            let Some(image) = process.container.spec().image.as_deref().filter(|image| !image.is_empty()) else {
                return;
            };
            let name = pen.name(image);
            let from = pen.vertex(Thing::Image(name));
            let field = process.field(process.container.path().key("image"));
            let thing = pen.drawing.things[process.vertex.index()];
            pen.edge(from, thing, [field], None);
        }),
    }
}
