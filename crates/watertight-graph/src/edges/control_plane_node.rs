//! See the page of the edge.

use crate::edge;
use crate::edge::Draw;
use crate::thing::{Goal, Hold, Thing};

edge! {
    /// Root on a node of the control plane has its keys: every certificate and token can be made with them.
    ///
    /// Upstream: `docs/setup/best-practices/certificates.md` of Kubernetes' pages.
    ///
    /// ```yaml,edges
    /// #> node/control-plane -[control-plane-node]-> goal/cluster-admin
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: a}
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Node
    /// metadata: {name: a, labels: {node-role.kubernetes.io/worker: ''}}
    /// ```
    pub static CONTROL_PLANE_NODE = {
        title: "use the control plane's keys",
        technique: "T1552.004",
        removed_by: &["no workloads on nodes of the control plane", "a control plane that somebody else runs"],
        draw: Draw::Scene(|scene, pen| {
            for (place, _) in (0u32..).zip(&scene.nodes).filter(|(_, node)| node.control_plane) {
                let from = pen.vertex(Thing::Node(place, Hold::Root));
                pen.given(from, Thing::Goal(Goal::ClusterAdmin));
            }
        }),
    }
}
