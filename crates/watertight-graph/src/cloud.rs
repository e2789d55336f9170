//! Whether the cluster is seen to run in a cloud.
//!
//! A manifest alone says nothing of that: what leads to the cloud is drawn only where something in view is of one.

use watertight_model::{Object, ObjectId, Snapshot};
use watertight_syntax::{Path, Value};

use crate::evidence::Fact;

/// A cloud.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Provider {
    /// Amazon Web Services.
    Aws,
    /// Google Cloud.
    Gcp,
    /// Microsoft Azure.
    Azure,
}

impl Provider {
    /// As its metadata services are told apart by `watertight_facts::network::METADATA_SERVICES`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Aws => "AWS",
            Self::Gcp => "Google Cloud",
            Self::Azure => "Azure",
        }
    }

    /// All of them.
    pub const ALL: [Self; 3] = [Self::Aws, Self::Gcp, Self::Azure];

    /// What the identity of its nodes is called in the graph.
    #[must_use]
    pub fn node_role(self) -> &'static str {
        match self {
            Self::Aws => "node role of AWS",
            Self::Gcp => "node role of Google Cloud",
            Self::Azure => "node role of Azure",
        }
    }

    /// How `spec.providerID` of its nodes begins.
    fn provider_id(self) -> &'static str {
        match self {
            Self::Aws => "aws://",
            Self::Gcp => "gce://",
            Self::Azure => "azure://",
        }
    }

    /// The annotation of a service account that names an identity of it.
    #[must_use]
    pub fn annotation(self) -> &'static str {
        match self {
            Self::Aws => "eks.amazonaws.com/role-arn",
            Self::Gcp => "iam.gke.io/gcp-service-account",
            Self::Azure => "azure.workload.identity/client-id",
        }
    }

    /// What stands before the name of an identity of it.
    #[must_use]
    pub fn prefix(self) -> &'static str {
        match self {
            Self::Aws => "aws",
            Self::Gcp => "gcp",
            Self::Azure => "azure",
        }
    }

    /// How the names of its drivers of storage begin.
    fn provisioners(self) -> &'static [&'static str] {
        match self {
            Self::Aws => {
                &["ebs.csi.aws.com", "efs.csi.aws.com", "ebs.csi.eks.amazonaws.com", "kubernetes.io/aws-ebs"]
            }
            Self::Gcp => &["pd.csi.storage.gke.io", "filestore.csi.storage.gke.io", "kubernetes.io/gce-pd"],
            Self::Azure => &["disk.csi.azure.com", "file.csi.azure.com", "kubernetes.io/azure-disk"],
        }
    }

    /// How keys of labels and annotations begin that it alone reads, of nodes and Services.
    fn keys(self) -> &'static [&'static str] {
        match self {
            Self::Aws => &["eks.amazonaws.com/", "service.beta.kubernetes.io/aws-load-balancer-"],
            Self::Gcp => &["cloud.google.com/", "networking.gke.io/"],
            Self::Azure => &["kubernetes.azure.com/", "service.beta.kubernetes.io/azure-"],
        }
    }
}

/// What a service account's annotations name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    pub(crate) provider: Provider,
    /// As `aws:ARN`.
    pub(crate) name: String,
    /// The annotation.
    pub(crate) fact: Fact,
}

/// The identities that a service account has by its annotations.
pub(crate) fn identities(snapshot: &Snapshot, account: ObjectId) -> Vec<Identity> {
    let Ok(body) = snapshot.object(account).body() else { return Vec::new() };
    let annotations = body.root().get("metadata").and_then(|metadata| metadata.get("annotations"));
    let named = |provider: Provider| {
        let name = annotations?.get(provider.annotation())?.as_str().filter(|name| !name.is_empty())?;
        let path = Path::root().key("metadata").key("annotations").key(provider.annotation());
        let name = format!("{}:{name}", provider.prefix());
        Some(Identity { provider, name, fact: Fact::Field(account, path) })
    };
    Provider::ALL.into_iter().filter_map(named).collect()
}

/// The cloud that takes tokens of an audience; of others nobody knows.
pub(crate) fn of_audience(audience: &str) -> Option<Provider> {
    // EKS Pod Identity has an audience of its own.
    let aws = audience == "pods.eks.amazonaws.com"
        || (audience.starts_with("sts.")
            && (audience.ends_with(".amazonaws.com") || audience.ends_with(".amazonaws.com.cn")));
    let gcp = audience.ends_with(".svc.id.goog") || audience.contains("//iam.googleapis.com/");
    let azure = audience.starts_with("api://AzureADTokenExchange");
    match (aws, gcp, azure) {
        (true, ..) => Some(Provider::Aws),
        (_, true, _) => Some(Provider::Gcp),
        (.., true) => Some(Provider::Azure),
        _ => None,
    }
}

/// A cloud that something in view is of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cloud {
    /// Which.
    pub provider: Provider,
    /// What says so.
    pub seen: Fact,
    /// What says that the cluster is one that Amazon manages.
    pub eks: Option<Fact>,
}

/// The clouds that objects in view are of. Nodes decide where they say one: the first that does stands for all of a
/// cluster, and nothing else is opened then.
pub(crate) fn seen(snapshot: &Snapshot) -> Vec<Cloud> {
    let mut found: Vec<Cloud> = Vec::new();
    for kind in ["ConfigMap", "Node", "ServiceAccount", "StorageClass", "Service"] {
        for &id in snapshot.of_kind(kind) {
            let object = snapshot.object(id);
            for (provider, path, eks) in shows(object) {
                let fact = Fact::Field(id, path);
                let eks = eks.then(|| fact.clone());
                match found.iter_mut().find(|own| own.provider == provider) {
                    Some(known) => known.eks = known.eks.take().or(eks),
                    None => found.push(Cloud { provider, seen: fact, eks }),
                }
            }
            if kind == "Node" && !found.is_empty() {
                break;
            }
        }
        if kind == "Node" && !found.is_empty() {
            break;
        }
    }
    found.sort_by_key(|own| own.provider);
    found
}

/// The fields by which an object shows that the cluster is in a cloud, and whether Amazon manages it then.
fn shows(object: &Object) -> Vec<(Provider, Path, bool)> {
    if &*object.identity().kind == "ConfigMap" {
        let path = || (Provider::Aws, Path::root().key("data"), true);
        return is_aws_auth(object).then(path).into_iter().collect();
    }
    let Ok(body) = object.body() else { return Vec::new() };
    let own = |provider| shows_one(&object.identity().kind, body.root(), provider);
    Provider::ALL
        .into_iter()
        .filter_map(|provider| own(provider).map(|(path, eks)| (provider, path, eks)))
        .collect()
}

/// The same of one cloud.
fn shows_one(kind: &str, root: Value<'_>, provider: Provider) -> Option<(Path, bool)> {
    let metadata = root.get("metadata")?;
    let keyed = |of: &'static str, begin: &[&str]| {
        let entries = metadata.get(of).into_iter().flat_map(Value::entries);
        let mut keys = entries.map(|(key, _)| key.to_owned());
        keys.find(|key| begin.iter().any(|begin| key.starts_with(begin))).map(|key| {
            (Path::root().key("metadata").key(of).key(key.clone()), key.starts_with("eks.amazonaws.com/"))
        })
    };
    match kind {
        "Node" => {
            let written = root.get("spec").and_then(|spec| spec.get("providerID")).and_then(Value::as_str);
            let by_id = written.is_some_and(|id| id.starts_with(provider.provider_id()));
            let labelled = keyed("labels", provider.keys());
            labelled.or_else(|| by_id.then(|| (Path::root().key("spec").key("providerID"), false)))
        }
        "ServiceAccount" => keyed("annotations", &[provider.annotation()]),
        "StorageClass" => {
            let provisioner = root.get("provisioner").and_then(Value::as_str)?;
            let own = provider.provisioners().contains(&provisioner);
            own.then(|| (Path::root().key("provisioner"), false))
        }
        _ => keyed("annotations", provider.keys()),
    }
}

/// Whether it is the ConfigMap by which EKS maps identities of AWS to users.
pub(crate) fn is_aws_auth(object: &Object) -> bool {
    let identity = object.identity();
    &*identity.kind == "ConfigMap"
        && identity.group.is_empty()
        && &*identity.name == "aws-auth"
        && identity.namespace.name() == Some("kube-system")
}

#[cfg(test)]
mod tests {
    use watertight_syntax::Limits;

    use super::*;

    fn clouds(yaml: &str) -> Vec<(Provider, bool)> {
        let mut builder = Snapshot::builder(Limits::default());
        builder.text("a.yaml", yaml);
        seen(&builder.finish()).iter().map(|own| (own.provider, own.eks.is_some())).collect()
    }

    #[test]
    fn a_cloud_is_told_by_what_it_alone_writes() {
        for (yaml, wanted) in [
            (
                "{apiVersion: v1, kind: Node, metadata: {name: a}, spec: {providerID: 'gce://p/z/a'}}",
                vec![(Provider::Gcp, false)],
            ),
            (
                "{apiVersion: v1, kind: Node, metadata: {name: a, labels: {eks.amazonaws.com/nodegroup: a}}}",
                vec![(Provider::Aws, true)],
            ),
            (
                "{apiVersion: v1, kind: Node, metadata: {name: a}, spec: {providerID: 'kind://docker/a/b'}}",
                vec![],
            ),
            (
                "{apiVersion: storage.k8s.io/v1, kind: StorageClass, metadata: {name: a}, provisioner: disk.csi.azure.com}",
                vec![(Provider::Azure, false)],
            ),
        ] {
            assert_eq!(clouds(yaml), wanted, "{yaml}");
        }
    }
}
