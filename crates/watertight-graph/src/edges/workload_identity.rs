//! See the page of the edge.

use watertight_model::ObjectId;
use watertight_syntax::Value;

use crate::build::Pen;
use crate::cloud::identities;
use crate::edge;
use crate::edge::Draw;
use crate::evidence::Fact;
use crate::scene::Scene;
use crate::thing::Thing;

edge! {
    /// Whoever has a service account that is annotated with an identity of a cloud has that: the cloud takes tokens of the
    /// account, made for its audience, for it. Taken for granted is that the cloud trusts the annotation, and that whoever has
    /// another token of the account gets one of that audience, as every pod of the account does.
    ///
    /// `eks.amazonaws.com/role-arn`, `iam.gke.io/gcp-service-account` and `azure.workload.identity/client-id` are read, and
    /// `PodIdentityAssociation`s of EKS that controllers for AWS keep as objects.
    ///
    /// Upstream: `README.md` of aws/amazon-eks-pod-identity-webhook; "Workload Identity Federation for GKE" of Google's pages;
    /// `docs/book/src/topics/service-account-labels-and-annotations.md` of Azure/azure-workload-identity.
    ///
    /// ```yaml,edges
    /// #> sa/shop/web -[workload-identity]-> cloud/aws:arn:aws:iam::111122223333:role/shop
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: web, namespace: shop, annotations: {eks.amazonaws.com/role-arn: 'arn:aws:iam::111122223333:role/shop'}}
    /// ```
    /// ```yaml,edges
    /// #> sa/shop/web -[workload-identity]-> cloud/gcp:web@shop.iam.gserviceaccount.com
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: web, namespace: shop, annotations: {iam.gke.io/gcp-service-account: 'web@shop.iam.gserviceaccount.com'}}
    /// ```
    /// ```yaml,edges
    /// #> sa/shop/web -[workload-identity]-> cloud/aws:arn:aws:iam::111122223333:role/shop
    /// apiVersion: eks.services.k8s.aws/v1alpha1
    /// kind: PodIdentityAssociation
    /// metadata: {name: web, namespace: ack-system}
    /// spec: {clusterName: c, namespace: shop, serviceAccount: web, roleARN: 'arn:aws:iam::111122223333:role/shop'}
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: web, namespace: shop, annotations: {eks.amazonaws.com/audience: 'sts.amazonaws.com'}}
    /// ```
    pub static WORKLOAD_IDENTITY = {
        title: "act in the cloud as the service account may",
        technique: "T1078.004",
        removed_by: &["the annotation removed", "an account of its own for what needs the cloud"],
        draw: Draw::Scene(|scene, pen| {
            let snapshot = scene.world.snapshot();
            for (&(namespace, name), object) in &scene.accounts {
                let found = object.map(|object| identities(snapshot, object)).unwrap_or_default();
                for own in found {
                    let from = pen.vertex(Thing::Account(namespace, name));
                    let to = Thing::Cloud(pen.name(&own.name));
                    pen.edge(from, to, [own.fact], Some(NOTE));
                }
            }
            for &id in snapshot.of_kind("PodIdentityAssociation") {
                associate(scene, id, pen);
            }
        }),
    }
}

/// What is taken for granted.
const NOTE: &str = "the cloud trusts the annotation, and a token for its audience can be had";

/// Draws what an association of EKS gives: of the controllers of AWS (`spec`), or of Crossplane (`spec.forProvider`).
fn associate(scene: &Scene<'_>, id: ObjectId, pen: &mut Pen<'_>) {
    let object = scene.world.snapshot().object(id);
    let group = &*object.identity().group;
    if group != "eks.services.k8s.aws" && !(group.starts_with("eks.aws.") && group.ends_with("upbound.io")) {
        return;
    }
    let Ok(body) = object.body() else { return };
    let Some(spec) = body.root().get("spec") else { return };
    let spec = spec.get("forProvider").unwrap_or(spec);
    let text = |key| spec.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
    let role = text("roleARN").or_else(|| text("roleArn"));
    if let (Some(namespace), Some(account), Some(role)) = (text("namespace"), text("serviceAccount"), role) {
        let (namespace, account) = (pen.name(namespace), pen.name(account));
        let from = pen.vertex(Thing::Account(namespace, account));
        let to = Thing::Cloud(pen.name(&format!("aws:{role}")));
        pen.edge(from, to, [Fact::Object(id)], Some(NOTE));
    }
}
