use watertight_engine::prelude::*;

control! {
    /// The image comes from a registry that you did not name as trusted, or named as blocked:
    /// nobody at your side decides what is pushed there.
    ///
    /// Silent until the settings name registries. An entry is a host, or a host with a path below
    /// which images may come; `bitnami` alone means `docker.io/bitnami`.
    ///
    /// ## Remedy
    /// Mirror the image into a trusted registry and run it from there, or name its registry as
    /// trusted.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: nginx:1.29  # docker.io
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: registry.example.com.evil.example/web:1.4
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   initContainers:
    ///   - name: setup
    ///     image: Blocked.example.com:443/setup:1.4
    ///   containers:
    ///   - name: web
    ///     image: registry.example.com/web:1.4
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: registry.example.com/team/web:1.4
    /// ```
    pub static UNTRUSTED_REGISTRY = {
        title: "image comes from a registry that is not trusted",
        severity: Severity::High,
        layer: Layer::Image,
        maps: &[Mapping::Cis("5.5.1"), Mapping::Nsa("pod-security"), Mapping::Attack("T1204.003")],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let settings = workload.settings();
    if settings.trusted_registries.is_empty() && settings.blocked_registries.is_empty() {
        out.not_applicable();
        return;
    }
    for container in workload.containers() {
        let Some(image) = container.image() else { continue };
        let is_in = |entries: &[String]| entries.iter().any(|entry| image.is_from(entry));
        let what = if is_in(&settings.blocked_registries) {
            "blocked"
        } else if !settings.trusted_registries.is_empty() && !is_in(&settings.trusted_registries) {
            "not trusted"
        } else {
            continue;
        };
        out.fail(
            container.at("image"),
            format!(
                "{} runs `{}`; the registry `{}` is {what}, in whole or for this path",
                container.described(),
                image.text,
                image.registry
            ),
        )
        .discriminator(what);
    }
}
