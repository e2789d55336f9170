use watertight_engine::prelude::*;
use watertight_facts::api_lifecycle::lifecycle;

control! {
    /// The API server does not know this version any more and refuses the object: what it was meant
    /// to run or to protect is not there.
    ///
    /// Judged by the Kubernetes version that the settings name, by default the newest one known.
    ///
    /// ## Remedy
    /// Move to the version that replaced it. Fields may differ: the deprecation guide names them,
    /// <https://kubernetes.io/docs/reference/using-api/deprecation-guide/>.
    ///
    /// ```yaml,fail
    /// apiVersion: policy/v1beta1
    /// kind: PodDisruptionBudget
    /// metadata: {name: web}
    /// spec: {minAvailable: 1}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: policy/v1
    /// kind: PodDisruptionBudget
    /// metadata: {name: web}
    /// spec: {minAvailable: 1}
    /// ```
    /// ```yaml,fail
    /// apiVersion: policy/v1beta1  # nothing replaces it
    /// kind: PodSecurityPolicy
    /// metadata: {name: restricted}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Endpoints  # deprecated, but served
    /// metadata: {name: web}
    /// ---
    /// apiVersion: example.com/v1beta1
    /// kind: PodDisruptionBudget  # a custom resource
    /// metadata: {name: web}
    /// ```
    pub static REMOVED_API_VERSION = {
        title: "API version was removed",
        severity: Severity::Medium,
        layer: Layer::ControlPlane,
        maps: &[],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let identity = object.identity();
    let Some(row) = lifecycle(&identity.group, &identity.version, &identity.kind) else { return };
    let target = object.settings().target;
    let Some(removed) = row.removed_in.filter(|&removed| removed <= target.minor) else { return };
    let path = Path::root().key("apiVersion");
    let version = identity.api_version();
    let mut message = format!("`{version}` {} was removed in Kubernetes 1.{removed}", identity.kind);
    let Some(to) = row.replacement else {
        out.fail(path, format!("{message}; nothing replaces it"));
        return;
    };
    let new = to.api_version();
    message.push_str(&format!("; `{new}` {} replaces it", to.kind));
    let finding = out.fail(path.clone(), message);
    if to.kind == row.kind {
        finding.fix(Fix::review().set(path, new));
    }
}
