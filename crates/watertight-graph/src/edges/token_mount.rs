//! See the page of the edge.

use watertight_facts::Role;
use watertight_syntax::Path;

use crate::edge;
use crate::edge::Draw;
use crate::evidence::Fact;
use crate::thing::Thing;

edge! {
    /// The API server mounts a token of the pod's service account into every container, unless the pod or the account
    /// says otherwise: whoever runs code there is that account.
    ///
    /// Upstream: `shouldAutomount` and `mountServiceAccountToken` in
    /// `plugin/pkg/admission/serviceaccount/admission.go`.
    ///
    /// ```yaml,edges
    /// #> deployment/shop/web -[token-mount]-> sa/shop/web
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web, namespace: shop}
    /// spec:
    ///   selector: {matchLabels: {app: web}}
    ///   template:
    ///     metadata: {labels: {app: web}}
    ///     spec:
    ///       serviceAccountName: web
    ///       containers: [{name: a, image: a}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   automountServiceAccountToken: false
    ///   containers: [{name: a, image: a}]
    /// ---
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: quiet, namespace: shop}
    /// automountServiceAccountToken: false
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: b, namespace: shop}
    /// spec:
    ///   serviceAccountName: quiet
    ///   containers: [{name: a, image: a}]
    /// ```
    pub static TOKEN_MOUNT = {
        title: "take the token of the pod's service account",
        technique: "T1528",
        removed_by: &["`automountServiceAccountToken: false` of the pod or the account"],
        draw: Draw::Process(|process, pen| {
            const PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
            let workload = process.workload;
            let view = workload.view();
            // Several accounts of one name: any of them may be the one.
            let own = match view.service_account(workload.id()) {
                watertight_facts::Joined::One((id, facts)) => Some((id, facts.automount)),
                _ => None,
            };
            if !workload.mounts_token(own.and_then(|(_, automount)| automount))
                || process.container.role() == Role::Ephemeral
            {
                return;
            }
            let mounts = process.container.spec().volume_mounts.iter().flatten();
            let covered = |path: &str| path.trim_end_matches('/') == PATH;
            let mut over = mounts.filter(|mount| covered(&mount.mount_path));
            if over.any(|mount| !mount.name.starts_with("kube-api-access-")) {
                return;
            }
            let field = match (workload.spec().automount_service_account_token, own) {
                (None, Some((account, Some(true)))) => {
                    Fact::Field(account, Path::root().key("automountServiceAccountToken"))
                }
                _ => process.pod_field("automountServiceAccountToken"),
            };
            let to = Thing::Account(process.load.namespace, process.load.account);
            pen.edge(process.vertex, to, [field], None);
        }),
    }
}
