//! See the page of the edge.

use watertight_facts::Joined;

use crate::build::Pen;
use crate::cloud::{Identity, Provider, identities, of_audience};
use crate::edge;
use crate::edge::Draw;
use crate::evidence::Fact;
use crate::held::{mounts_token, token_audiences};
use crate::process::Process;
use crate::thing::Thing;

edge! {
    /// A container that gets a token for the audience of a cloud has the identity in the cloud that it is for, also where it
    /// gets no token for the API server: a token that the pod projects by itself, or that which webhooks and metadata servers
    /// of the clouds give to pods of an annotated service account.
    ///
    /// The identity is that of the account's annotation, or that which the container's environment names (`AWS_ROLE_ARN`,
    /// `AZURE_CLIENT_ID`); else it is called by the account. What is given without being written is drawn where no token for
    /// the API server is mounted: otherwise the account itself leads there. Azure's webhook asks for the pod's label
    /// `azure.workload.identity/use`, and a pod in the network of a node is asked for as the node by Google Cloud.
    ///
    /// Upstream: `pkg/handler/handler.go` of aws/amazon-eks-pod-identity-webhook; `pkg/webhook/webhook.go` of
    /// Azure/azure-workload-identity.
    ///
    /// ```yaml,edges
    /// #> pod/shop/a -[projected-audience]-> cloud/aws:arn:aws:iam::111122223333:role/shop
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a, namespace: shop}
    /// spec:
    ///   automountServiceAccountToken: false
    ///   containers:
    ///   - name: a
    ///     image: a
    ///     env: [{name: AWS_ROLE_ARN, value: 'arn:aws:iam::111122223333:role/shop'}]
    ///     volumeMounts: [{name: t, mountPath: /t}]
    ///   volumes: [{name: t, projected: {sources: [{serviceAccountToken: {path: t, audience: sts.amazonaws.com}}]}}]
    /// ```
    /// ```yaml,edges
    /// #> pod/shop/a -[projected-audience]-> cloud/gcp:web@shop.iam.gserviceaccount.com
    /// apiVersion: v1
    /// kind: ServiceAccount
    /// metadata: {name: web, namespace: shop, annotations: {iam.gke.io/gcp-service-account: 'web@shop.iam.gserviceaccount.com'}}
    /// automountServiceAccountToken: false
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a, namespace: shop}
    /// spec: {serviceAccountName: web, containers: [{name: a, image: a}]}
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a, namespace: shop}
    /// spec:
    ///   containers: [{name: a, image: a, volumeMounts: [{name: t, mountPath: /t}]}]
    ///   volumes: [{name: t, projected: {sources: [{serviceAccountToken: {path: t, audience: vault}}]}}]
    /// ```
    pub static PROJECTED_AUDIENCE = {
        title: "take a token that the cloud takes",
        technique: "T1528",
        removed_by: &["the projected token removed", "the annotation removed"],
        draw: Draw::Process(|process, pen| {
            let clouds = projected(process);
            let has_token = mounts_token(process.workload);
            if has_token && clouds.is_empty() {
                return;
            }
            let own = account(process);
            for (provider, field) in clouds {
                let name = named(process, &own, provider, pen);
                let to = Thing::Cloud(pen.name(&name));
                pen.edge(process.vertex, to, [field], None);
            }
            if has_token {
                return;
            }
            for own in own.into_iter().filter(|own| is_given(process, own.provider)) {
                let to = Thing::Cloud(pen.name(&own.name));
                pen.edge(process.vertex, to, [own.fact], None);
            }
        }),
    }
}

/// The identities that the account of a process is annotated with.
fn account(process: &Process<'_>) -> Vec<Identity> {
    let view = process.workload.view();
    match view.service_account(process.object()) {
        Joined::One((id, _)) => identities(view.snapshot(), id),
        _ => Vec::new(),
    }
}

/// The clouds that take the tokens which a container's volumes project, and the fields that say so.
fn projected(process: &Process<'_>) -> Vec<(Provider, Fact)> {
    let volumes = process.workload.spec().volumes.iter().flatten().enumerate();
    let is_mounted =
        |name: &str| process.container.spec().volume_mounts.iter().flatten().any(|mount| mount.name == name);
    let mut found = Vec::new();
    for (at, volume) in volumes.filter(|(_, volume)| is_mounted(&volume.name)) {
        let field = process.field(process.workload.path().key("volumes").index(at));
        let clouds = token_audiences(volume).flatten().filter_map(of_audience);
        found.extend(clouds.map(|provider| (provider, field.clone())));
    }
    found
}

/// What the identity behind a token is called.
fn named(process: &Process<'_>, own: &[Identity], provider: Provider, pen: &Pen<'_>) -> String {
    let key = match provider {
        Provider::Aws => "AWS_ROLE_ARN",
        Provider::Azure => "AZURE_CLIENT_ID",
        Provider::Gcp => "GOOGLE_SERVICE_ACCOUNT_EMAIL",
    };
    let mut env = process.container.spec().env.iter().flatten().filter(|env| env.name == key);
    let written = env.find_map(|env| env.value.as_deref()).filter(|value| !value.is_empty());
    let annotated = own.iter().find(|own| own.provider == provider);
    match (written, annotated) {
        (Some(written), _) => format!("{}:{written}", provider.prefix()),
        (None, Some(own)) => own.name.clone(),
        (None, None) => {
            let (namespace, name) = (process.load.namespace, process.load.account);
            let text = |name| pen.drawing.names.text(name);
            format!("{}:what sa/{}/{} may be", provider.prefix(), text(namespace), text(name))
        }
    }
}

/// Whether pods of an annotated account get a token for the cloud without saying so.
fn is_given(process: &Process<'_>, provider: Provider) -> bool {
    match provider {
        Provider::Aws => true,
        Provider::Gcp => process.workload.spec().host_network != Some(true),
        Provider::Azure => {
            process.workload.labels().get("azure.workload.identity/use").is_some_and(|value| value == "true")
        }
    }
}
