use serde_json::json;
use watertight_engine::prelude::*;
use watertight_facts::control_plane::Authentication;

control! {
    /// An `AuthenticationConfiguration` that lets anonymous requests through to more than the paths of
    /// health gives everybody on the network what is bound to `system:unauthenticated`.
    ///
    /// Without `conditions` that is every path.
    ///
    /// ## Remedy
    /// List `/livez`, `/readyz` and `/healthz` under `conditions`, and nothing else.
    ///
    /// ```yaml,fail
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: AuthenticationConfiguration
    /// anonymous:
    ///   enabled: true
    /// ```
    /// ```yaml,fixed
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: AuthenticationConfiguration
    /// anonymous:
    ///   enabled: true
    ///   conditions: [{path: /livez}, {path: /readyz}, {path: /healthz}]
    /// ```
    /// ```yaml,fail
    /// apiVersion: apiserver.config.k8s.io/v1beta1
    /// kind: AuthenticationConfiguration
    /// anonymous:
    ///   enabled: true
    ///   conditions: [{path: /livez}, {path: /api}]
    /// ```
    /// ```yaml,pass
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: AuthenticationConfiguration
    /// anonymous:
    ///   enabled: true
    ///   conditions: [{path: /livez}, {path: /readyz}, {path: /healthz}]
    /// ```
    /// ```yaml,pass
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: AuthenticationConfiguration
    /// anonymous: {enabled: false}
    /// ---
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: AuthenticationConfiguration  # leaves it to the flag
    /// jwt: []
    /// ```
    pub static ANONYMOUS_REQUESTS_BEYOND_HEALTH = {
        title: "anonymous requests reach more than health",
        severity: Severity::Medium,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.1"), Mapping::Nsa("authentication")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(file) = object.authentication() else { return out.not_applicable() };
    let Some(anonymous) = file.anonymous.as_ref().filter(|anonymous| anonymous.is_open()) else { return };
    let path = Path::root().key("anonymous");
    let version = object.settings().target;
    if !Authentication::knows_anonymous(version) {
        out.fail(path, format!("kube-apiserver {version} does not know `anonymous` and refuses the file"));
        return;
    }
    let conditions = path.key("conditions");
    if anonymous.paths.is_empty() {
        let health: Vec<_> = ["/livez", "/readyz", "/healthz"].map(|path| json!({"path": path})).into();
        out.fail(path, "kube-apiserver answers anonymous requests to every path: there are no `conditions`")
            .fix(Fix::review().set(conditions, health));
        return;
    }
    let count = anonymous.beyond_health().count();
    let paths = if count == 1 { "one path".to_owned() } else { format!("{count} paths") };
    out.fail(conditions, format!("kube-apiserver answers anonymous requests to {paths} beside those of health"));
}
