//! See the page of the edge.

use crate::edge;
use crate::edge::Draw;
use crate::held::{is_for_api_server, token_audiences};
use crate::thing::Thing;

edge! {
    /// A pod may project a token by itself. One for the API server's own audience is the account's, whatever is said of
    /// automounting.
    ///
    /// Upstream: `ServiceAccountTokenProjection` in `pkg/apis/core/types.go`; the audience that is meant when none is
    /// written is the API server's.
    ///
    /// ```yaml,edges
    /// #> pod/default/a -[projected-token]-> sa/default/default
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   automountServiceAccountToken: false
    ///   containers: [{name: a, image: a, volumeMounts: [{name: t, mountPath: /t}]}]
    ///   volumes: [{name: t, projected: {sources: [{serviceAccountToken: {path: t}}]}}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   automountServiceAccountToken: false
    ///   containers: [{name: a, image: a, volumeMounts: [{name: t, mountPath: /t}]}]
    ///   volumes: [{name: t, projected: {sources: [{serviceAccountToken: {path: t, audience: vault}}]}}]
    /// ```
    pub static PROJECTED_TOKEN = {
        title: "take a token that the pod projects",
        technique: "T1528",
        removed_by: &["the projected token removed", "an audience of its own"],
        draw: Draw::Process(|process, pen| {
            const BY_ADMISSION: &str = "kube-api-access-";
            let volumes = process.workload.spec().volumes.iter().flatten().enumerate();
            for (at, volume) in volumes.filter(|(_, volume)| !volume.name.starts_with(BY_ADMISSION)) {
                let mut mounts = process.container.spec().volume_mounts.iter().flatten();
                if token_audiences(volume).any(is_for_api_server) && mounts.any(|mount| mount.name == volume.name) {
                    let field = process.field(process.workload.path().key("volumes").index(at));
                    let to = Thing::Account(process.load.namespace, process.load.account);
                    pen.edge(process.vertex, to, [field], None);
                }
            }
        }),
    }
}
