use watertight_engine::prelude::*;

control! {
    /// `k8s.gcr.io` has been frozen since April 2023: no patched version of the image will ever
    /// appear there, and the registry may go away.
    ///
    /// ## Remedy
    /// Take the image from `registry.k8s.io`, which has the same images under the same names, and
    /// the newer ones: <https://kubernetes.io/blog/2023/02/06/k8s-gcr-io-freeze-announcement/>.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: metrics}
    /// spec:
    ///   containers:
    ///   - name: metrics
    ///     image: k8s.gcr.io/metrics-server/metrics-server:v0.6.2
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: metrics}
    /// spec:
    ///   containers:
    ///   - name: metrics
    ///     image: registry.k8s.io/metrics-server/metrics-server:v0.6.2
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: metrics}
    /// spec:
    ///   containers:
    ///   - name: metrics
    ///     image: registry.example.com/k8s.gcr.io/metrics-server:v0.6.2  # a mirror
    /// ```
    pub static FROZEN_REGISTRY = {
        title: "image comes from a registry that gets no updates",
        severity: Severity::Medium,
        layer: Layer::Image,
        maps: &[],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    for container in workload.containers() {
        let Some(image) = container.image().filter(|image| image.is_from("k8s.gcr.io")) else { continue };
        let finding = out.fail(
            container.at("image"),
            format!("{} runs `{}`; the registry is frozen", container.described(), image.text),
        );
        if let Some((_, name)) = image.text.split_once('/') {
            finding.fix(Fix::review().set(container.at("image"), format!("registry.k8s.io/{name}")));
        }
    }
}
