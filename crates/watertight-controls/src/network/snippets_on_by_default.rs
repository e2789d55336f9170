use watertight_engine::prelude::*;
use watertight_facts::ImageRef;
use watertight_facts::network::{CONFIG_MAP, Snippets};
use watertight_model::Namespace;

use crate::dashboards::words;

control! {
    /// This ingress-nginx takes configuration from annotations unless somebody says no: everybody who may write
    /// an Ingress in any namespace writes the configuration of the controller, and through it reads the Secrets of
    /// all namespaces (CVE-2021-25742).
    ///
    /// Before 0.49.1, and in 1.0.0, the controller has no switch for it. Up to 1.8 it takes snippets unless
    /// `allow-snippet-annotations` is `"false"` in the ConfigMap that `--configmap` names. From 1.9 on they are
    /// off, and `snippet-annotations-allowed` tells where they are turned on.
    ///
    /// ## Remedy
    /// Move to an ingress controller that is maintained. Until then, update to the last release and leave
    /// `allow-snippet-annotations` out, or set it to `"false"`.
    ///
    /// ```yaml,fail
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: controller, namespace: ingress-nginx}
    /// spec:
    ///   template:
    ///     spec:
    ///       containers:
    ///       - {name: controller, image: "k8s.gcr.io/ingress-nginx/controller:v1.0.0"}
    /// ```
    /// ```yaml,fail
    /// # The switch is there, and nobody used it.
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: controller, namespace: ingress-nginx}
    /// spec:
    ///   containers:
    ///   - name: controller
    ///     image: registry.k8s.io/ingress-nginx/controller:v1.8.1
    ///     args: [/nginx-ingress-controller, --configmap=$(POD_NAMESPACE)/ingress-nginx-controller]
    /// ---
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
    /// data: {use-gzip: "true"}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: controller, namespace: ingress-nginx}
    /// spec:
    ///   containers:
    ///   - name: controller
    ///     image: registry.k8s.io/ingress-nginx/controller:v1.8.1
    ///     args: [/nginx-ingress-controller, --configmap=$(POD_NAMESPACE)/ingress-nginx-controller]
    /// ---
    /// apiVersion: v1
    /// kind: ConfigMap
    /// metadata: {name: ingress-nginx-controller, namespace: ingress-nginx}
    /// data: {allow-snippet-annotations: "false"}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: later, namespace: ingress-nginx}
    /// spec: {containers: [{name: controller, image: "registry.k8s.io/ingress-nginx/controller:v1.9.0"}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: another, namespace: ingress-nginx}  # the controller of F5
    /// spec: {containers: [{name: controller, image: "nginx/nginx-ingress:1.8.1"}]}
    /// ```
    pub static SNIPPETS_ON_BY_DEFAULT = {
        title: "ingress controller takes configuration from annotations by default",
        severity: Severity::High,
        layer: Layer::Network,
        maps: &[],
        reads: &[CONFIG_MAP],
        check: Check::Workload(check),
    }
}

/// The ends of the names that images of the controller have, also in other people's registries.
const IMAGES: &[&str] = &[
    "/ingress-nginx/controller",
    "/ingress-nginx",
    "/ingress-nginx-controller",
    "/nginx-controller",
    "/nginx-ingress-controller",
];

type Version = (u32, u32, u32);

fn version(image: &ImageRef<'_>) -> Option<Version> {
    // The digits before anything else: `v1.8.1`, `1.8.1-debian-11-r0`, `nginx-1.8.1-rancher1`.
    let tag = image.tag?;
    let tag = &tag[tag.find(|c: char| c.is_ascii_digit())?..];
    let mut numbers = tag.split(|c: char| !c.is_ascii_digit()).map(str::parse);
    let mut next = || numbers.next()?.ok();
    Some((next()?, next()?, next()?))
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    for container in workload.containers() {
        let Some(image) = container.image() else { continue };
        let repository = format!("/{}", image.repository);
        if !IMAGES.iter().any(|name| repository.ends_with(name)) {
            continue;
        }
        let Some(version) = version(&image) else { continue };
        let (major, minor, patch) = version;
        let runs = format!("{} runs ingress-nginx {major}.{minor}.{patch}", container.described());
        if version < (0, 49, 1) || version == (1, 0, 0) {
            out.fail(container.at("image"), format!("{runs}, which takes snippets and has no switch for them"));
        } else if version < (1, 9, 0) {
            match switch(workload, container) {
                Snippets::Refused => {}
                Snippets::AsByDefault => {
                    let message = format!("{runs}, which takes snippets unless its ConfigMap says no");
                    out.fail(container.at("image"), message);
                }
                Snippets::OutOfView => out.not_in_view(CONFIG_MAP),
            }
        }
    }
}

/// What the ConfigMap says that the controller reads. Without the flag it reads none.
fn switch(workload: Workload<'_>, container: Container<'_>) -> Snippets {
    let given = words(container).collect::<Vec<_>>();
    let flag = given.iter().find_map(|word| word.trim_start_matches('-').strip_prefix("configmap="));
    let after = || given.iter().position(|word| *word == "--configmap").and_then(|at| given.get(at + 1).copied());
    let Some((namespace, name)) = flag.or_else(after).and_then(|flag| flag.split_once('/')) else {
        return Snippets::AsByDefault;
    };
    let own = &workload.identity().namespace;
    let named = Namespace::Named(namespace.into());
    workload.view().nginx_snippets(if namespace.starts_with("$(") { own } else { &named }, name)
}
