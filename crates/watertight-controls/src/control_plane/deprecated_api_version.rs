use watertight_engine::prelude::*;
use watertight_facts::api_lifecycle::lifecycle;

control! {
    /// The API server still knows this version, but it will go: an upgrade that nobody prepared
    /// then leaves the object behind.
    ///
    /// Judged by the Kubernetes version that the settings name, by default the newest one known.
    ///
    /// ## Remedy
    /// Move to the version that replaces it. Fields may differ: the deprecation guide names them,
    /// <https://kubernetes.io/docs/reference/using-api/deprecation-guide/>.
    ///
    /// ```yaml,fail
    /// apiVersion: resource.k8s.io/v1beta1
    /// kind: DeviceClass
    /// metadata: {name: gpu}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: resource.k8s.io/v1
    /// kind: DeviceClass
    /// metadata: {name: gpu}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Endpoints  # replaced by another kind
    /// metadata: {name: web}
    /// ```
    /// ```yaml,pass
    /// apiVersion: policy/v1beta1
    /// kind: PodDisruptionBudget  # removed, which is worse and has a control of its own
    /// metadata: {name: web}
    /// ---
    /// apiVersion: v1
    /// kind: Service
    /// metadata: {name: web}
    /// ```
    pub static DEPRECATED_API_VERSION = {
        title: "API version is deprecated",
        severity: Severity::Low,
        layer: Layer::ControlPlane,
        maps: &[],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let identity = object.identity();
    let Some(row) = lifecycle(&identity.group, &identity.version, &identity.kind) else { return };
    let target = object.settings().target.minor;
    let Some(deprecated) = row.deprecated_in.filter(|&deprecated| deprecated <= target) else { return };
    if row.removed_in.is_some_and(|removed| removed <= target) {
        return;
    }
    let path = Path::root().key("apiVersion");
    let mut message = format!(
        "`{}` {} has been deprecated since Kubernetes 1.{deprecated}",
        identity.api_version(),
        identity.kind
    );
    if let Some(removed) = row.removed_in {
        message.push_str(&format!(" and is removed in 1.{removed}"));
    }
    let Some(to) = row.replacement else {
        out.fail(path, message);
        return;
    };
    let new = to.api_version();
    message.push_str(&format!("; `{new}` {} replaces it", to.kind));
    let finding = out.fail(path.clone(), message);
    if to.kind == row.kind {
        finding.fix(Fix::review().set(path, new));
    }
}
