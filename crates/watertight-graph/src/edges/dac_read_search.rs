//! See the page of the edge.

use crate::edge;
use crate::edge::Draw;
use crate::thing::{Hold, Thing};

edge! {
    /// With DAC_READ_SEARCH root opens any file of the node by its handle, through any file of the node that is mounted
    /// into the container, as `/etc/hosts` always is.
    ///
    /// Upstream: open_by_handle_at(2), which asks for this capability alone.
    ///
    /// ```yaml,edges
    /// #> pod/default/a -[dac-read-search]-> node-files/worker
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   containers: [{name: a, image: a, securityContext: {capabilities: {add: [DAC_READ_SEARCH]}}}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   hostUsers: false
    ///   containers: [{name: a, image: a, securityContext: {capabilities: {add: [DAC_READ_SEARCH]}}}]
    /// ```
    pub static DAC_READ_SEARCH = {
        title: "open any file of the node by its handle",
        technique: "T1611",
        removed_by: &["DAC_READ_SEARCH dropped", "another user than root", "`hostUsers: false`"],
        draw: Draw::Process(|process, pen| {
            let added = process.added("DAC_READ_SEARCH");
            if let (Some(added), Some(note)) = (added, process.is_root_in_kernel()) {
                pen.edge(process.vertex, Thing::Placed(process.place, Hold::Files), [added], note);
            }
        }),
    }
}
