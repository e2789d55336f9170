use watertight_engine::prelude::*;

control! {
    /// Whatever is pushed next under this tag runs next, on some nodes sooner than on others: nobody
    /// reviewed it, and there is no older version to go back to.
    ///
    /// Besides `latest`, the tags that the settings call moving are judged.
    ///
    /// ## Remedy
    /// Name the version, best with its digest: `registry/app:1.4@sha256:…`.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   initContainers:
    ///   - name: setup
    ///     image: registry.example.com:5000/setup  # a port, no tag
    ///   containers:
    ///   - name: web
    ///     image: registry.example.com/web:1.4
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web:dev  # a moving tag by the settings
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: registry.example.com:5000/web:latest-1.4
    ///   - name: pinned
    ///     image: web:latest@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    /// ```
    pub static IMAGE_TAG_LATEST = {
        title: "image tag moves",
        severity: Severity::Medium,
        layer: Layer::Image,
        maps: &[Mapping::Attack("T1525")],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let moving = &workload.settings().moving_tags;
    for container in workload.containers() {
        let Some(image) = container.image().filter(|image| image.moves(moving)) else { continue };
        let what = match image.tag {
            None => "has no tag and so means `latest`",
            Some("latest") => "is whatever was pushed last",
            Some(_) => "has a tag that is moved on purpose",
        };
        // No fix: which version is meant is not in the manifest.
        out.fail(
            container.at("image"),
            format!("{} runs `{}`, which {what}", container.described(), image.text),
        );
    }
}
