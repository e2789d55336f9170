use watertight_engine::prelude::*;

control! {
    /// The node starts its cached copy without asking the registry: a fixed image does not arrive,
    /// and a pod gets an image that it holds no pull credentials for.
    ///
    /// A tag that moves makes this certain (medium); any other tag may be pushed again (info).
    ///
    /// ## Remedy
    /// Pin the image by digest: a cached copy is then the same image. Else set
    /// `imagePullPolicy: Always`; layers that the node has are not downloaded again.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: registry.example.com/web:latest
    ///     imagePullPolicy: IfNotPresent
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: registry.example.com/web:latest
    ///     imagePullPolicy: Always
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: registry.example.com/web:1.4  # IfNotPresent is the default for such a tag
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: registry.example.com/web:1.4  # IfNotPresent is the default for such a tag
    ///     imagePullPolicy: Always
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: untagged
    ///     image: registry.example.com:5000/web  # Always is the default for `latest`
    ///   - name: pinned
    ///     image: web:1.4@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
    ///     imagePullPolicy: IfNotPresent
    /// ```
    pub static STALE_IMAGE_ALLOWED = {
        title: "a node's cached copy of the image may be run",
        severity: Severity::Low,
        layer: Layer::Image,
        maps: &[],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let moving = &workload.settings().moving_tags;
    for container in workload.containers() {
        // Content that is named by digest cannot be stale.
        let Some(image) = container.image().filter(|image| image.digest.is_none()) else { continue };
        let policy = match container.pull_policy() {
            Some(PullPolicy::IfNotPresent) => "takes the node's copy",
            Some(PullPolicy::Never) => "takes the node's copy only",
            Some(PullPolicy::Always) | None => continue,
        };
        let explicit = matches!(container.spec().image_pull_policy.as_deref(), Some("IfNotPresent" | "Never"));
        // That the tag can move at all is said by `image-without-digest`: of a tag that is not meant to
        // move, the cached copy is worth knowing and no more.
        let (severity, reason, why) = match image.moves(moving) && explicit {
            true => (Severity::Medium, "moving-tag", "the tag moves"),
            false => (Severity::Info, "mutable-tag", "the tag may be pushed again"),
        };
        let path = container.at("imagePullPolicy");
        out.fail(
            path.clone(),
            format!("{} {policy} of `{}` though {why}", container.described(), image.text),
        )
        .severity(severity)
        .discriminator(reason)
        // An unreachable registry, or an image that only the node has, then keeps pods from starting.
        .fix(Fix::review().set(path, "Always"));
    }
}
