//! See the page of the edge.

use crate::edge;
use crate::edge::Draw;
use crate::thing::{Hold, Thing};

edge! {
    /// With DAC_READ_SEARCH root opens any file of the node by its handle, and with DAC_OVERRIDE, which runtimes give by
    /// default, it writes to it.
    ///
    /// Upstream: open_by_handle_at(2), `defaultUnixCaps` in containerd's `pkg/oci/spec.go`.
    ///
    /// ```yaml,edges
    /// #> pod/default/a -[dac-override]-> node/worker
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
    ///   containers:
    ///   - name: a
    ///     image: a
    ///     securityContext: {capabilities: {drop: [ALL], add: [DAC_READ_SEARCH]}}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: b}
    /// spec:
    ///   containers: [{name: a, image: a, securityContext: {capabilities: {add: [DAC_OVERRIDE]}}}]
    /// ```
    pub static DAC_OVERRIDE = {
        title: "write to any file of the node by its handle",
        technique: "T1611",
        removed_by: &["DAC_READ_SEARCH dropped", "DAC_OVERRIDE dropped", "another user than root"],
        draw: Draw::Process(|process, pen| {
            let added = process.added("DAC_READ_SEARCH").filter(|_| process.has("DAC_OVERRIDE"));
            if let (Some(added), Some(note)) = (added, process.is_root_in_kernel()) {
                pen.edge(process.vertex, Thing::Placed(process.place, Hold::Root), [added], note);
            }
        }),
    }
}
