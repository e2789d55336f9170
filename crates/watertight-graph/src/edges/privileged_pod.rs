//! See the page of the edge.

use watertight_podsecurity::Level;

use crate::edge;
use crate::edge::Draw;
use crate::evidence::Fact;
use crate::scene::Scene;
use crate::thing::{Every, Hold, Name, Scope, Thing};

edge! {
    /// Whoever may create pods where Pod Security does not enforce `baseline` or `restricted` creates a privileged one, on
    /// the node of their choice.
    ///
    /// The labels of the namespace decide, evaluated as the API server does. Policies of other engines are not
    /// evaluated: the edge stays, and says that one of them may stop it.
    ///
    /// Upstream: `docs/concepts/security/pod-security-standards.md` of Kubernetes' pages; `nodeName` for the choice.
    ///
    /// ```yaml,edges
    /// #> new-pod/shop -[privileged-pod]-> nodes/*
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop}
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: closed, labels: {pod-security.kubernetes.io/enforce: baseline}}
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: closed, labels: {pod-security.kubernetes.io/enforce: restricted}}
    /// ```
    pub static PRIVILEGED_POD = {
        title: "run a privileged pod on any node",
        technique: "T1610",
        removed_by: &["`pod-security.kubernetes.io/enforce: baseline` on the namespace", "no right to create pods"],
        draw: Draw::Scene(|scene, pen| {
            let engines = scene.policy_engines();
            for (&name, space) in &scene.namespaces {
                if space.enforced != Level::Privileged {
                    continue;
                }
                let namespace = pen.drawing.names.text(name).to_owned();
                let open = Fact::Unenforced(namespace);
                let note = note(&engines, space.declared);
                let from = pen.vertex(Thing::All(Every::NewPod, Scope::In(name)));
                pen.edge(from, Thing::EveryNode, [open.clone()], note.as_deref());
                let from = pen.vertex(Thing::All(Every::DebuggedPods, Scope::In(name)));
                for place in workloads(scene, name) {
                    let to = Thing::Placed(place, Hold::Root);
                    pen.edge(from, to, [open.clone()], note.as_deref());
                }
            }
        }),
    }
}

fn workloads(scene: &Scene<'_>, namespace: Name) -> Vec<u32> {
    let own = (0u32..).zip(&scene.workloads).filter(|(_, load)| load.namespace == namespace && !load.refused);
    own.map(|(place, _)| place).collect()
}

fn note(engines: &[&'static str], declared: bool) -> Option<String> {
    let by =
        (!engines.is_empty()).then(|| format!("may be stopped by {}, not evaluated", engines.join(", ")));
    let seen = (!declared)
        .then(|| "the namespace's labels are not in view; the default allows everything".to_owned());
    match (by, seen) {
        (Some(by), Some(seen)) => Some(format!("{seen}; {by}")),
        (by, seen) => by.or(seen),
    }
}
