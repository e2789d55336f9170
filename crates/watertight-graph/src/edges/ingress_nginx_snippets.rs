//! See the page of the edge.

use crate::deputies::Controller;
use crate::edge;
use crate::edge::Draw;

edge! {
    /// Whoever may write an `Ingress` where an ingress-nginx in view takes snippets from annotations writes its configuration,
    /// and through it runs code in the controller.
    ///
    /// Taken before 0.49.1 and in 1.0.0 always, up to 1.8 unless `allow-snippet-annotations` is `"false"`, from 1.9 on where
    /// it is `"true"`, and from 1.12 on where `annotations-risk-level` is `Critical` as well. Of a controller whose image has no
    /// version nothing is known.
    ///
    /// Upstream: CVE-2021-25742; `internal/ingress/controller/config/config.go` of kubernetes/ingress-nginx.
    ///
    /// ```yaml,edges
    /// #> user/dev -[ingress-nginx-snippets]-> pod/ingress-nginx/c
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: ingress-nginx}
    /// spec:
    ///   serviceAccountName: ingress-nginx
    ///   containers:
    ///   - name: controller
    ///     image: registry.k8s.io/ingress-nginx/controller:v1.8.1
    ///     args: [/nginx-ingress-controller, --configmap=$(POD_NAMESPACE)/ingress-nginx-controller, '--validating-webhook=:8443']
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [networking.k8s.io], resources: [ingresses], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,edges
    /// #> user/dev -[ingress-nginx-snippets]-> pod/ingress-nginx/c
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: ingress-nginx}
    /// spec:
    ///   serviceAccountName: ingress-nginx
    ///   containers:
    ///   - name: controller
    ///     image: registry.k8s.io/ingress-nginx/controller:v1.11.5
    ///     args: [/nginx-ingress-controller, --configmap=$(POD_NAMESPACE)/ingress-nginx-controller, '--validating-webhook=:8443']
    /// ---
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
    /// data: {allow-snippet-annotations: "true"}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: r}
    /// rules:
    /// - {apiGroups: [networking.k8s.io], resources: [ingresses], verbs: [patch]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: ingress-nginx}
    /// spec:
    ///   serviceAccountName: ingress-nginx
    ///   containers:
    ///   - name: controller
    ///     image: registry.k8s.io/ingress-nginx/controller:v1.12.1
    ///     args: [/nginx-ingress-controller, --configmap=$(POD_NAMESPACE)/ingress-nginx-controller, '--validating-webhook=:8443']
    /// ---
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
    /// data: {allow-snippet-annotations: "true"}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [networking.k8s.io], resources: [ingresses], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: c, namespace: ingress-nginx}
    /// spec:
    ///   serviceAccountName: ingress-nginx
    ///   containers:
    ///   - name: controller
    ///     image: registry.k8s.io/ingress-nginx/controller:v1.8.1
    ///     args: [/nginx-ingress-controller, --configmap=$(POD_NAMESPACE)/ingress-nginx-controller, '--validating-webhook=:8443']
    /// ---
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
    /// data: {allow-snippet-annotations: "false"}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: shop}
    /// rules:
    /// - {apiGroups: [networking.k8s.io], resources: [ingresses], verbs: [create]}
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: shop}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static INGRESS_NGINX_SNIPPETS = {
        title: "write the configuration of the ingress controller",
        technique: "T1059",
        removed_by: &["the rule removed", "the binding removed", "`allow-snippet-annotations` turned off"],
        draw: Draw::Deputy {
            when: |scene| scene.has_deputy(&[Controller::IngressNginx]),
            needs: crate::written!["networking.k8s.io": "ingresses"],
            leads: |granted, _need, scene, pen| {
                let taking = scene.deputies_of(&[Controller::IngressNginx]).filter(|own| own.takes(granted.scope));
                for own in taking {
                    let snippets = own.nginx.as_ref().and_then(|nginx| nginx.snippets);
                    if let (Some(note), Some(runs)) = (snippets, own.runs) {
                        pen.edge(granted.from, runs, [], Some(note).filter(|note| !note.is_empty()));
                    }
                }
            },
        },
    }
}
