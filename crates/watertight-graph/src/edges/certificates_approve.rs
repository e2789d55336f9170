//! See the page of the edge.

use crate::any_of;
use crate::edge;
use crate::edge::{Draw, Need};
use crate::thing::Thing;

edge! {
    /// Whoever may create a CertificateSigningRequest, approve it, and approve for the signer
    /// `kubernetes.io/kube-apiserver-client` makes a certificate of any user and group except `system:masters`.
    ///
    /// Upstream: `docs/concepts/security/rbac-good-practices.md` of Kubernetes' pages (CSRs and certificate issuing);
    /// `plugin/pkg/admission/certificates`.
    ///
    /// ```yaml,edges
    /// #> user/dev -[certificates-approve]-> identities/*
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests], verbs: [create]}
    /// - {apiGroups: [certificates.k8s.io], resources: ['certificatesigningrequests/approval'], verbs: [update]}
    /// - {apiGroups: [certificates.k8s.io], resources: [signers], verbs: [approve], resourceNames: ['kubernetes.io/kube-apiserver-client']}
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
    /// - {apiGroups: [certificates.k8s.io], resources: ['certificatesigningrequests/approval'], verbs: [update]}
    /// - {apiGroups: [certificates.k8s.io], resources: [signers], verbs: [approve], resourceNames: ['kubernetes.io/legacy-unknown']}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static CERTIFICATES_APPROVE = {
        title: "issue themselves a certificate of any name",
        technique: "T1098",
        removed_by: &["one of the three rules removed"],
        draw: Draw::Grant {
            needs: &[any_of!("certificates.k8s.io", "certificatesigningrequests": "create"),
            any_of!("certificates.k8s.io", "certificatesigningrequests/approval": "update" "patch"),
            &[
                Need::of("approve", "certificates.k8s.io", "signers").named("kubernetes.io/kube-apiserver-client"),
                Need::of("approve", "certificates.k8s.io", "signers").named("kubernetes.io/*"),
            ]],
            names: false,
            leads: |granted, _scene, pen| { pen.given(granted.from, Thing::AnyIdentity); },
        },
    }
}
