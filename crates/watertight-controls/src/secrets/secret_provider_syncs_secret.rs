use watertight_engine::prelude::*;
use watertight_syntax::Value;

control! {
    /// The driver mounts secrets into pods without leaving them in the cluster; `secretObjects` copies them
    /// into Secrets all the same, where whoever may read Secrets of the namespace has them.
    ///
    /// Whether the driver rotates what it mounted is a flag of the driver (`--enable-secret-rotation`) and
    /// cannot be seen here.
    ///
    /// ## Remedy
    /// Let the program read the mounted file and remove `secretObjects`. Keep it only where a Secret is what
    /// is needed, as for the certificate of an Ingress.
    ///
    /// ```yaml,fail
    /// apiVersion: secrets-store.csi.x-k8s.io/v1
    /// kind: SecretProviderClass
    /// metadata: {name: db}
    /// spec:
    ///   provider: vault
    ///   secretObjects:
    ///   - {secretName: db, type: Opaque, data: [{objectName: password, key: password}]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: secrets-store.csi.x-k8s.io/v1
    /// kind: SecretProviderClass
    /// metadata: {name: db}
    /// spec:
    ///   provider: vault
    ///   parameters: {roleName: shop}
    /// ```
    pub static SECRET_PROVIDER_SYNCS_SECRET = {
        title: "mounted secrets are copied into a Secret",
        severity: Severity::Low,
        layer: Layer::Secrets,
        maps: &[],
        reads: &[],
        check: Check::Object(check),
    }
}

const PROVIDER_CLASS: GroupKind =
    GroupKind { group: "secrets-store.csi.x-k8s.io", kind: "SecretProviderClass" };

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    if !PROVIDER_CLASS.is(object.identity()) {
        return out.not_applicable();
    }
    let Ok(body) = object.object().body() else { return };
    let path = Path::root().at("spec.secretObjects");
    for (index, copy) in body.root().at(&path).into_iter().flat_map(Value::items).enumerate() {
        let name = copy.get("secretName").and_then(Value::as_str).unwrap_or("without a name");
        out.fail(path.index(index), format!("what is mounted is also copied into the Secret `{name}`"));
    }
}
