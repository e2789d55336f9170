use watertight_engine::prelude::*;
use watertight_facts::control_plane::Unseen;
use watertight_facts::control_plane::defaults::{Kind, TABLE};

control! {
    /// The value is not of the kind that the flag takes, and the component refuses to start with it: what
    /// the flag was meant to protect is not there, and neither is the component after its next restart.
    ///
    /// ## Remedy
    /// Write the value as the flag takes it: `true` or `false`, a whole number, a duration with its unit as
    /// in `60s`.
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
    ///     - --request-timeout=2
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// controllerManager:
    ///   extraArgs:
    ///   - {name: profiling, value: "no"}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:  # the next word is the value
    ///     - kube-apiserver
    ///     - --audit-log-maxage
    ///     - --profiling=false
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
    ///     - --request-timeout=2s
    ///     - --profiling
    ///     - --anonymous-auth=f
    /// ```
    pub static COMPONENT_FLAG_INVALID = {
        title: "component does not start with this flag",
        severity: Severity::Medium,
        layer: Layer::ControlPlane,
        maps: &[],
        reads: &[],
        check: Check::Component(&[Component::ApiServer, Component::ControllerManager, Component::Scheduler, Component::Etcd, Component::Kubelet, Component::Proxy], check),
    }
}

/// Flags of the API server that exclude each other (`Validate` of `BuiltInAuthenticationOptions`,
/// `BuiltInAuthorizationOptions` and `AdmissionOptions`, `pkg/kubeapiserver/options`).
const EXCLUSIVE: &[(&str, &str)] = &[
    ("admission-control", "disable-admission-plugins"),
    ("admission-control", "enable-admission-plugins"),
    ("authentication-config", "oidc-issuer-url"),
    ("authorization-config", "authorization-mode"),
];

fn check(component: ComponentScope<'_>, out: &mut Sink<'_>) {
    let written = |flag: &str| component.configured().written(flag).filter(|(_, value)| *value != Some(""));
    let exclusive = EXCLUSIVE.iter().filter(|_| component.component() == Component::ApiServer);
    for (one, other) in exclusive {
        if let (Some(_), Some((path, _))) = (written(one), written(other)) {
            out.fail(path.clone(), format!("kube-apiserver does not start: `--{one}` and `--{other}` exclude each other"))
                .discriminator(*other);
        }
    }
    let own = TABLE.iter().filter(|row| row.component == component.component());
    for row in own.filter(|row| component.configured().gives(row.flag)) {
        let Err(Unseen::Invalid(path)) = component.setting(row.flag) else { continue };
        let kind = match row.kind {
            Kind::Bool => "`true` or `false`",
            Kind::Number => "a whole number",
            Kind::Duration => "a duration with its unit, as in `60s`",
            Kind::Text | Kind::List | Kind::Gates => continue,
        };
        let name = component.component().name();
        out.fail(path, format!("{name} does not start: `--{}` has to be {kind}", row.flag))
            .discriminator(row.flag);
    }
}
