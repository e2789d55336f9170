use watertight_engine::prelude::*;
use watertight_facts::control_plane::Authorizer;

control! {
    /// An `AuthorizationConfiguration` with an authorizer of type `AlwaysAllow` lets whoever is
    /// authenticated do everything that the authorizers before it did not deny.
    ///
    /// ## Remedy
    /// Remove the authorizer.
    ///
    /// ```yaml,fail
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: AuthorizationConfiguration
    /// authorizers:
    /// - {type: Node, name: node}
    /// - {type: RBAC, name: rbac}
    /// - {type: AlwaysAllow, name: rest}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: AuthorizationConfiguration
    /// authorizers:
    /// - {type: Node, name: node}
    /// - {type: RBAC, name: rbac}
    /// ```
    /// ```yaml,pass
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: AuthorizationConfiguration
    /// authorizers:
    /// - {type: Node, name: node}
    /// - {type: RBAC, name: rbac}
    /// ```
    pub static AUTHORIZER_ALLOWS_EVERYTHING = {
        title: "authorizer allows everything",
        severity: Severity::Critical,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.6"), Mapping::Nsa("authentication")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(authorizers) = Authorizer::all(object.object()) else { return out.not_applicable() };
    for authorizer in authorizers.iter().filter(|authorizer| authorizer.kind == "AlwaysAllow") {
        out.fail(authorizer.path.clone(), "the authorizer `AlwaysAllow` allows everybody everything")
            .fix(Fix::review().remove(authorizer.path.clone()));
    }
}
