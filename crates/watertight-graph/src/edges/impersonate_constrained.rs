//! See the page of the edge.

use crate::edge;
use crate::edge::Draw;

edge! {
    /// From Kubernetes 1.36 on whoever may impersonate in a narrow mode, `impersonate:MODE`, does as somebody else what
    /// `impersonate-on:MODE:VERB` names on a resource, where there is somebody of that mode who may do it: a service
    /// account, a node, a user, with groups where those may be impersonated too. Both permissions are asked of one
    /// requester.
    ///
    /// Permissions on certain names are not followed, and neither is what asks for several permissions within one
    /// request made as somebody else.
    ///
    /// Upstream: `pkg/endpoints/filters/impersonation/mode.go` of k8s.io/apiserver; KEP-5284.
    ///
    /// ```yaml,edges
    /// #> user/dev -[impersonate-constrained]-> secrets/shop
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: reader, namespace: shop}
    /// rules:
    /// - {apiGroups: [''], resources: [secrets], verbs: [get]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: reader, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
    /// subjects: [{kind: ServiceAccount, name: reader, namespace: shop}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: whom}
    /// rules:
    /// - {apiGroups: [authentication.k8s.io], resources: [serviceaccounts], verbs: ['impersonate:serviceaccount']}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: whom}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: whom}
    /// subjects: [{kind: User, name: dev}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: on, namespace: shop}
    /// rules:
    /// - {apiGroups: [''], resources: [secrets, pods], verbs: ['impersonate-on:serviceaccount:get']}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: on, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: on}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,none
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: reader, namespace: shop}
    /// rules:
    /// - {apiGroups: [''], resources: [secrets], verbs: [get]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: reader, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
    /// subjects: [{kind: User, name: reader}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: whom, namespace: shop}
    /// rules:
    /// - {apiGroups: [authentication.k8s.io], resources: [serviceaccounts], verbs: ['impersonate:serviceaccount']}
    /// - {apiGroups: [authentication.k8s.io], resources: [users], verbs: ['impersonate:user-info']}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: whom, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: whom}
    /// subjects: [{kind: User, name: dev}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: on, namespace: shop}
    /// rules:
    /// - {apiGroups: [''], resources: [secrets], verbs: ['impersonate-on:serviceaccount:get', 'impersonate-on:user-info:get']}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: on, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: on}
    /// subjects: [{kind: User, name: dev}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: other, namespace: shop}
    /// rules:
    /// - {apiGroups: [''], resources: [secrets], verbs: ['impersonate-on:serviceaccount:get']}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: other, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: other}
    /// subjects: [{kind: User, name: other}]
    /// ```
    pub static IMPERSONATE_CONSTRAINED = {
        title: "do as somebody else what is named",
        technique: "T1078",
        removed_by: &["one of the two rules removed", "the names written that are needed"],
        draw: Draw::Impersonation,
    }
}
