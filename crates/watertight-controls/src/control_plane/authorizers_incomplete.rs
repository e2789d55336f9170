use watertight_engine::prelude::*;
use serde_json::json;
use watertight_facts::control_plane::Authorizer;

control! {
    /// An `AuthorizationConfiguration` is the whole list: without `RBAC` the cluster's roles have no
    /// effect, and without `Node` one lost node can read what belongs to others.
    ///
    /// ## Remedy
    /// List `Node` and `RBAC`, in that order, and other authorizers where they are meant to stand.
    ///
    /// ```yaml,fail
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: AuthorizationConfiguration
    /// authorizers:
    /// - {type: RBAC, name: rbac}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: AuthorizationConfiguration
    /// authorizers:
    /// - {type: RBAC, name: rbac}
    /// - {type: Node, name: node}
    /// ```
    /// ```yaml,pass
    /// apiVersion: apiserver.config.k8s.io/v1
    /// kind: AuthorizationConfiguration
    /// authorizers:
    /// - {type: Node, name: node}
    /// - {type: RBAC, name: rbac}
    /// ```
    pub static AUTHORIZERS_INCOMPLETE = {
        title: "authorizers leave out nodes or RBAC",
        severity: Severity::Medium,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.7"), Mapping::Cis("1.2.8"), Mapping::Nsa("authentication")],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(authorizers) = Authorizer::all(object.object()) else { return out.not_applicable() };
    let list = Path::root().key("authorizers");
    for (kind, loss) in [
        ("Node", "a node may read what belongs to others as soon as a role allows nodes to work"),
        ("RBAC", "roles and bindings have no effect"),
    ] {
        if authorizers.iter().any(|authorizer| authorizer.kind == kind) {
            continue;
        }
        let item = json!({"type": kind, "name": kind.to_ascii_lowercase()});
        out.fail(list.clone(), format!("no authorizer of type `{kind}`: {loss}"))
            .discriminator(kind)
            .fix(Fix::review().append(list.clone(), item));
    }
}
