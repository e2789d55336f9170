use watertight_engine::prelude::*;

control! {
    /// A tag can be moved to other content after it was reviewed: only a digest makes sure that
    /// what runs is what was built, scanned and signed.
    ///
    /// ## Remedy
    /// Append the digest of the image that was tested: `registry/app:1.4@sha256:…`. Renovate and
    /// similar tools keep digests up to date.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: registry.example.com/shop/web:1.4
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: registry.example.com/shop/web:1.4@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    /// ```
    pub static IMAGE_WITHOUT_DIGEST = {
        title: "image is not pinned by digest",
        severity: Severity::Low,
        layer: Layer::Image,
        maps: &[Mapping::Cis("5.5.1"), Mapping::Attack("T1525")],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    for container in workload.containers() {
        if let Some(image) = container.image().filter(|image| !image.is_pinned()) {
            // No fix: which digest is meant is not in the manifest.
            out.fail(
                container.at("image"),
                format!("{} runs `{}`, which is not pinned by digest", container.described(), image.text),
            );
        }
    }
}
