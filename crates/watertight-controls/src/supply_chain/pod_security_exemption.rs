use watertight_engine::prelude::*;
use watertight_facts::control_plane::{POD_SECURITY_CONFIGURATION, PodSecurityFile};

control! {
    /// What is exempted passes whatever the labels of a namespace say, and the labels still look as if it
    /// were checked. An exempted user that is a controller exempts everybody who may create a Deployment.
    ///
    /// Namespaces of the platform may need it; kube-system is not told.
    ///
    /// ## Remedy
    /// Exempt namespaces of the platform and nothing else; give other workloads a namespace with the level
    /// that they need.
    ///
    /// ```yaml,fail
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: AdmissionConfiguration
    /// plugins:
    /// - name: PodSecurity
    ///   configuration:
    ///     apiVersion: pod-security.admission.config.k8s.io/v1
    ///     kind: PodSecurityConfiguration
    ///     exemptions: {usernames: ["system:serviceaccount:kube-system:replicaset-controller"]}
    /// ```
    /// ```yaml,fail
    /// apiVersion: pod-security.admission.config.k8s.io/v1
    /// kind: PodSecurityConfiguration
    /// exemptions: {namespaces: [kube-system, shop], runtimeClasses: [kata]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: AdmissionConfiguration
    /// plugins:
    /// - name: PodSecurity
    ///   configuration:
    ///     apiVersion: pod-security.admission.config.k8s.io/v1
    ///     kind: PodSecurityConfiguration
    ///     defaults: {enforce: baseline}
    ///     exemptions: {namespaces: [kube-system]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: AdmissionConfiguration
    /// plugins:
    /// - {name: PodSecurity, path: pod-security.yaml}  # judged in that file
    /// ---
    /// apiVersion: pod-security.admission.config.k8s.io/v1
    /// kind: PodSecurityConfiguration
    /// defaults: {enforce: restricted}
    /// ```
    pub static POD_SECURITY_EXEMPTION = {
        title: "Pod Security is not asked about everything",
        severity: Severity::Medium,
        layer: Layer::SupplyChain,
        maps: &[Mapping::Nsa("pod-security")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let (at, configuration) = match PodSecurityFile::of(object.object()) {
        Some(PodSecurityFile::Read(at, configuration)) => (at, configuration),
        Some(PodSecurityFile::Refused(at, why)) => {
            out.fail(at, format!("the API server does not start with this Pod Security configuration: {why}"));
            return;
        }
        Some(PodSecurityFile::Elsewhere) => {
            let seen = object.view().snapshot().is_in_view(POD_SECURITY_CONFIGURATION);
            return if seen { out.not_applicable() } else { out.not_in_view(POD_SECURITY_CONFIGURATION) };
        }
        None => return out.not_applicable(),
    };
    let list = |key: &'static str| at.key("exemptions").key(key);
    for (index, name) in configuration.exemptions.usernames.iter().enumerate() {
        let (severity, whom) = match name.starts_with("system:serviceaccount:kube-system:") {
            true => (Severity::High, "what a controller creates for whoever may create a workload"),
            false => (Severity::Medium, "what this user creates"),
        };
        let message = format!("Pod Security does not ask about {whom}: `{name}`");
        out.fail(list("usernames").index(index), message).severity(severity);
    }
    let settings = object.settings();
    for (index, name) in configuration.exemptions.namespaces.iter().enumerate() {
        if !settings.is_platform(name) {
            let message = format!("Pod Security does not ask about the namespace `{name}`");
            out.fail(list("namespaces").index(index), message);
        }
    }
    for (index, name) in configuration.exemptions.runtime_classes.iter().enumerate() {
        let message = format!("Pod Security does not ask about pods with the runtime class `{name}`, which anybody may name");
        out.fail(list("runtimeClasses").index(index), message);
    }
}
