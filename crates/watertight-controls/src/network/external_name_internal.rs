use watertight_engine::prelude::*;
use watertight_facts::network::SERVICE;

use super::service;

control! {
    /// Whoever follows the service from another place ends inside: an ingress controller that serves an
    /// `ExternalName` for `localhost` serves its own administration, and one for the metadata service hands
    /// out the node's credentials.
    ///
    /// Told are names of the machine itself and of metadata services. A name of another service in the
    /// cluster leads around a rule that backends are in one's own namespace, and is graded lower.
    ///
    /// ## Remedy
    /// Point the service at the outside name that is needed, or use a service with a selector.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: back, namespace: shop}
    /// spec: {type: ExternalName, externalName: metadata.google.internal}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: back, namespace: shop}
    /// spec: {type: ExternalName, externalName: argocd-server.argocd.svc.cluster.local}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: back, namespace: shop}
    /// spec: {type: ExternalName, externalName: api.example.com}
    /// ```
    pub static EXTERNAL_NAME_INTERNAL = {
        title: "service stands for a name that is inside",
        severity: Severity::Medium,
        layer: Layer::Network,
        maps: &[],
        reads: &[],
        check: Check::Kinds(&[SERVICE], check),
    }
}

/// Names and addresses of a machine itself, and of metadata services.
const INSIDE: &[&str] = &[
    "localhost",
    "localhost.localdomain",
    "ip6-localhost",
    "instance-data",
    "instance-data.ec2.internal",
    "metadata",
    "metadata.google.internal",
    "metadata.azure.internal",
    "169.254.169.254",
    "169.254.169.254.nip.io",
    "169.254.169.254.xip.io",
];

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(service) = service(object, out) else { return };
    let Some(name) = &service.external_name else { return out.not_applicable() };
    let name = name.trim_end_matches('.').to_ascii_lowercase();
    let path = Path::root().at("spec.externalName");
    if INSIDE.contains(&name.as_str()) || name.starts_with("127.") || name.ends_with(".localhost") {
        out.fail(path, format!("stands for `{name}`, which is the machine that asks, or its metadata service"));
        return;
    }
    let parts: Vec<&str> = name.split('.').collect();
    let own = object.identity().namespace.name();
    if let [_, namespace, "svc", ..] = parts[..]
        && own.is_some_and(|own| own != namespace)
    {
        out.fail(path, format!("stands for a service of namespace `{namespace}`")).severity(Severity::Low);
    }
}
