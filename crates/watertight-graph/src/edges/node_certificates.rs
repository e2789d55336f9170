//! See the page of the edge.

use crate::any_of;
use crate::edge;
use crate::edge::Draw;
use crate::thing::{Hold, Thing};

edge! {
    /// Whoever may create CertificateSigningRequests and is let off by `certificatesigningrequests/nodeclient` gets
    /// the certificate of any node: the controller approves it.
    ///
    /// Upstream: `pkg/controller/certificates/approver/sarapprove.go`.
    ///
    /// ```yaml,edges
    /// #> user/dev -[node-certificates]-> node-identity/worker
    /// #> user/dev -[node-certificates]-> node-identity/control-plane
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests, 'certificatesigningrequests/nodeclient'], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,none
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static NODE_CERTIFICATES = {
        title: "issue themselves the credentials of a node",
        technique: "T1098",
        removed_by: &["one of the two rules removed"],
        draw: Draw::Grant {
            needs: &[any_of!("certificates.k8s.io", "certificatesigningrequests": "create"),
            any_of!("certificates.k8s.io", "certificatesigningrequests/nodeclient": "create")],
            names: false,
            leads: |granted, scene, pen| { for (place, _) in (0u32..).zip(&scene.nodes) {
                    pen.given(granted.from, Thing::Node(place, Hold::Identity));
                } },
        },
    }
}
