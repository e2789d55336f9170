//! See the page of the edge.

use std::sync::Arc;

use watertight_rbac::Subject;
use watertight_syntax::{Limits, Path, Value, yaml};

use crate::build::Pen;
use crate::cloud::is_aws_auth;
use crate::edge;
use crate::edge::Draw;
use crate::evidence::Fact;
use crate::grants::subject_vertex;
use crate::thing::Thing;

edge! {
    /// Whoever has an identity of AWS that the ConfigMap `aws-auth` maps is the user and in the groups that it names. Of names
    /// with a template in them only the groups are drawn, and accounts as a whole (`mapAccounts`) are not.
    ///
    /// Upstream: `pkg/mapper/configmap` of kubernetes-sigs/aws-iam-authenticator.
    ///
    /// ```yaml,edges
    /// #> cloud/aws:arn:aws:iam::111122223333:role/ops -[aws-auth-mapping]-> user/ops
    /// #> cloud/aws:arn:aws:iam::111122223333:role/ops -[aws-auth-mapping]-> group/system:masters
    /// #> cloud/aws:arn:aws:iam::111122223333:role/node -[aws-auth-mapping]-> group/system:bootstrappers
    /// #> cloud/aws:arn:aws:iam::111122223333:role/node -[aws-auth-mapping]-> group/system:nodes
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: aws-auth, namespace: kube-system}
    /// data:
    ///   mapRoles: |
    ///     - rolearn: arn:aws:iam::111122223333:role/ops
    ///       username: ops
    ///       groups: [system:masters]
    ///     - rolearn: arn:aws:iam::111122223333:role/node
    ///       username: system:node:{{EC2PrivateDNSName}}
    ///       groups: [system:bootstrappers, system:nodes]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: aws-auth, namespace: shop}
    /// data:
    ///   mapRoles: |
    ///     - rolearn: arn:aws:iam::111122223333:role/ops
    ///       username: ops
    ///       groups: [system:masters]
    ///     - rolearn: arn:aws:iam::111122223333:role/node
    ///       username: system:node:{{EC2PrivateDNSName}}
    ///       groups: [system:bootstrappers, system:nodes]
    /// ```
    pub static AWS_AUTH_MAPPING = {
        title: "come back into the cluster from the cloud",
        technique: "T1078.004",
        removed_by: &["the mapping removed", "access entries with the rights that are needed"],
        draw: Draw::Scene(|scene, pen| {
            let snapshot = scene.world.snapshot();
            for &id in snapshot.of_kind("ConfigMap") {
                let object = snapshot.object(id);
                if !is_aws_auth(object) {
                    continue;
                }
                let Ok(body) = object.body() else { continue };
                for (key, identity) in [("mapRoles", "rolearn"), ("mapUsers", "userarn")] {
                    let fact = Fact::Field(id, Path::root().key("data").key(key));
                    let text = body.root().get("data").and_then(|data| data.get(key)).and_then(Value::as_str);
                    for own in text.map(|text| mappings(text, identity)).unwrap_or_default() {
                        map(&own, &fact, pen);
                    }
                }
            }
        }),
    }
}

/// An identity of AWS, and who it is in the cluster.
struct Mapping {
    identity: String,
    user: Option<String>,
    groups: Vec<String>,
}

/// What a list of mappings says; of one that cannot be read nothing.
fn mappings(text: &str, identity: &str) -> Vec<Mapping> {
    let text: Arc<str> = text.into();
    let documents = yaml::parse(&text, &Limits::default()).into_iter();
    let documents: Vec<_> = documents.filter_map(|parsed| parsed.document.ok().flatten()).collect();
    let items = documents.iter().flat_map(|document| document.root().items());
    let read = |item: Value<'_>| {
        let text = |key| item.get(key).and_then(Value::as_str).filter(|text| !text.is_empty());
        let groups = item.get("groups").into_iter().flat_map(Value::items).filter_map(Value::as_str);
        Some(Mapping {
            identity: text(identity)?.to_owned(),
            user: text("username").filter(|user| !user.contains("{{")).map(str::to_owned),
            groups: groups.filter(|group| !group.contains("{{")).map(str::to_owned).collect(),
        })
    };
    items.filter_map(read).collect()
}

fn map(own: &Mapping, fact: &Fact, pen: &mut Pen<'_>) {
    let name = pen.name(&format!("aws:{}", own.identity));
    let from = pen.vertex(Thing::Cloud(name));
    let user = own.user.iter().map(|user| Subject::of_user(user));
    for subject in user.chain(own.groups.iter().map(|group| Subject::Group(group))) {
        let to = subject_vertex(subject, pen.drawing);
        let to = pen.drawing.things[to.index()];
        pen.edge(from, to, [fact.clone()], None);
    }
}
