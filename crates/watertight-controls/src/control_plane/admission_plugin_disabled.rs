use watertight_engine::prelude::*;
use watertight_facts::control_plane::plugins_on_by_default;

use crate::components::{Wrong, add_item, only_plugins, read};

control! {
    /// A plugin that is on by default was turned off, and with it what it guards: policies and webhooks are
    /// not asked, service accounts do not exist as far as pods go, or certificates are signed for whoever
    /// asks.
    ///
    /// ## Remedy
    /// Take the plugin out of `--disable-admission-plugins`.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:
    ///     - kube-apiserver
    ///     - --disable-admission-plugins=PodSecurity
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:
    ///     - kube-apiserver
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///     disable-admission-plugins: "ServiceAccount,DefaultStorageClass"
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///     disable-admission-plugins: DefaultStorageClass
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:  # nothing that guards, and off anyway
    ///     - kube-apiserver
    ///     - --disable-admission-plugins=DefaultStorageClass,AlwaysPullImages
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:
    ///     - kube-apiserver
    ///     - --admission-control=NamespaceLifecycle,ServiceAccount,NodeRestriction  # deprecated: all others are off
    /// ```
    pub static ADMISSION_PLUGIN_DISABLED = {
        title: "admission plugin that guards something is off",
        severity: Severity::High,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.12"), Mapping::Cis("1.2.13")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(server: ComponentScope<'_>, out: &mut Sink<'_>) {
    let Some(only) = only_plugins(server, out) else { return };
    if let Some(only) = only {
        for name in plugins_on_by_default(server.target()).filter(|name| !only.has(name)) {
            let (severity, does) = loss(name);
            let fix = add_item(server, &only, name, Fix::review());
            Wrong { setting: &only, does: &does, fix }.say(name, out).severity(severity);
        }
        return;
    }
    let flag = "disable-admission-plugins";
    let Some(off) = read(server, flag, out).filter(|off| !off.is_empty()) else { return };
    let guarding: Vec<&str> = plugins_on_by_default(server.target()).filter(|name| off.has(name)).collect();
    let rest: Vec<&str> =
        off.list().iter().map(String::as_str).filter(|name| !guarding.contains(name)).collect();
    let configured = server.configured();
    for name in guarding {
        let fix = match rest.is_empty() {
            true => configured.remove(flag, Fix::review()),
            false => configured.set(flag, &rest.join(","), Fix::review()),
        };
        let (severity, does) = loss(name);
        Wrong { setting: &off, does: &does, fix }.say(name, out).severity(severity);
    }
}

/// What is lost without a plugin.
fn loss(name: &str) -> (Severity, String) {
    let (severity, loss) = match name {
        "CertificateApproval" | "CertificateSigning" | "CertificateSubjectRestriction" => {
            (Severity::High, "certificates are signed for names that nobody checked")
        }
        "ClusterTrustBundleAttest" => (Severity::Medium, "trust bundles may be written for any signer"),
        "LimitRanger" => (Severity::Low, "limit ranges have no effect"),
        "ResourceQuota" => (Severity::Medium, "quotas have no effect"),
        "MutatingAdmissionWebhook" => (Severity::Medium, "mutating webhooks are not asked"),
        "NamespaceLifecycle" => {
            (Severity::Medium, "objects come into namespaces that do not exist or are being deleted")
        }
        "PodSecurity" => (Severity::High, "the Pod Security labels of namespaces have no effect"),
        "ServiceAccount" => (Severity::Medium, "service accounts of pods are not enforced"),
        "ValidatingAdmissionPolicy" => (Severity::High, "admission policies have no effect"),
        _ => (Severity::High, "validating webhooks are not asked"),
    };
    (severity, format!("has the admission plugin `{name}` off, so that {loss}"))
}
