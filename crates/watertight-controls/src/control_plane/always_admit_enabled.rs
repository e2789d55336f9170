use watertight_engine::prelude::*;

use crate::components::{Wrong, only_plugins, read};

control! {
    /// The plugin admits everything and once stood in for all others. Today it has no effect, is
    /// deprecated, and tells whoever reads the flags that admission does not matter here.
    ///
    /// ## Remedy
    /// Take `AlwaysAdmit` out of `--enable-admission-plugins`.
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
    ///     - --enable-admission-plugins=AlwaysAdmit,NodeRestriction
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
    ///     - --enable-admission-plugins=NodeRestriction
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
    ///     - --enable-admission-plugins=NodeRestriction
    /// ```
    pub static ALWAYS_ADMIT_ENABLED = {
        title: "admission plugin AlwaysAdmit is on",
        severity: Severity::Low,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.10")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(server: ComponentScope<'_>, out: &mut Sink<'_>) {
    let Some(only) = only_plugins(server, out) else { return };
    let Some(plugins) = only.or_else(|| read(server, "enable-admission-plugins", out)) else { return };
    if !plugins.has("AlwaysAdmit") {
        return;
    }
    let others: Vec<&str> =
        plugins.list().iter().map(String::as_str).filter(|name| *name != "AlwaysAdmit").collect();
    let fix = server.configured().set(plugins.flag(), &others.join(","), Fix::safe());
    Wrong { setting: &plugins, does: "has the admission plugin `AlwaysAdmit` on", fix }.say(plugins.flag(), out);
}
