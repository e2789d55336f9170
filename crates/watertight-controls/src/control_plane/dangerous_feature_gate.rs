use watertight_engine::prelude::*;

use crate::components::read;

control! {
    /// Alpha features are on trial: they may have holes, lose data or disappear. Other gates close what
    /// protects a cluster, and were meant as a way back for a while.
    ///
    /// ## Remedy
    /// Remove the gate, or name the one alpha feature that is needed.
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
    ///     - --feature-gates=AllAlpha=true
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
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// controllerManager:
    ///   extraArgs:
    ///   - {name: feature-gates, value: RotateKubeletServerCertificate=false}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// controllerManager: {extraArgs: []}
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// featureGates: {RotateKubeletServerCertificate: false}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:
    ///     - kube-apiserver
    ///     - --feature-gates=RotateKubeletServerCertificate=true,AllAlpha=false
    /// ---
    /// apiVersion: kubelet.config.k8s.io/v1beta1
    /// kind: KubeletConfiguration
    /// featureGates: {NodeSwap: true}
    /// ```
    pub static DANGEROUS_FEATURE_GATE = {
        title: "feature gate opens or closes the wrong thing",
        severity: Severity::Medium,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.3.6"), Mapping::Cis("4.2.11")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer, Component::ControllerManager, Component::Scheduler, Component::Kubelet], check),
    }
}

/// A gate, the value that is dangerous, and what it does. Gates are set for all components alike, so a
/// component that does not look at one is told too.
static GATES: &[(&str, bool, Severity, &str)] = &[
    ("AllAlpha", true, Severity::Medium, "turns every feature on that is on trial"),
    ("AuthorizeNodeWithSelectors", false, Severity::Medium, "lets a node read the objects of all nodes"),
    ("KMSv1", true, Severity::Low, "brings the first protocol for key management back, which is slower and weaker"),
    ("LegacyServiceAccountTokenCleanUp", false, Severity::Low, "keeps token Secrets that nobody uses"),
    ("RotateKubeletServerCertificate", false, Severity::Low, "stops the rotation of the certificates that kubelets serve"),
    ("ServiceAccountNodeAudienceRestriction", false, Severity::Medium, "lets a node get tokens for any audience"),
    ("UnauthenticatedHTTP2DOSMitigation", false, Severity::Medium, "lets anonymous clients exhaust the API server (CVE-2023-44487)"),
];

fn check(component: ComponentScope<'_>, out: &mut Sink<'_>) {
    let flag = "feature-gates";
    let Some(gates) = read(component, flag, out) else { return };
    let bad = |gate: &str| GATES.iter().find(|(name, value, ..)| gates.gate(name) == Some(*value) && named(gate, name));
    let rest: Vec<&str> = gates.list().iter().map(String::as_str).filter(|gate| bad(gate).is_none()).collect();
    let configured = component.configured();
    for (name, value, severity, does) in GATES {
        if gates.gate(name) != Some(*value) {
            continue;
        }
        let fix = match rest.is_empty() {
            true => configured.remove(flag, Fix::review()),
            false => configured.set(flag, &rest.join(","), Fix::review()),
        };
        let whose = component.component().name();
        let draft = out.fail(gates.path.clone(), format!("{whose}: the feature gate `{name}={value}` {does}"));
        draft.severity(*severity).discriminator(*name);
        // A map of gates in a file is not a text.
        if let Some(fix) = fix.filter(|_| !configured.is_file()) {
            draft.fix(fix);
        }
    }
}

/// Whether one item of the flag sets the gate.
fn named(gate: &str, name: &str) -> bool {
    gate.split_once('=').is_some_and(|(own, _)| own.strip_prefix("kube:").unwrap_or(own) == name)
}
