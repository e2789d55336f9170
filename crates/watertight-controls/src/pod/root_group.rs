use watertight_engine::prelude::*;

control! {
    /// Group 0 owns many files of images and nodes: a process in it reads and often writes what only root
    /// should, although it runs as another user.
    ///
    /// ## Remedy
    /// Set `runAsGroup` to a number other than 0, best above 10000, and take 0 out of
    /// `supplementalGroups` and `fsGroup`.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext:
    ///     runAsUser: 10001
    ///     runAsGroup: 0
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext:
    ///     runAsGroup: 10001
    ///     fsGroup: 0
    ///     supplementalGroups: [10002, 0]
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext:
    ///     runAsGroup: 10001
    ///     supplementalGroups: [10002]
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext:
    ///     runAsGroup: 0
    ///     supplementalGroups: [10002]
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {runAsGroup: 10001}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext: {runAsNonRoot: true}  # says nothing of groups
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web  # may be root altogether: that is may-run-as-root
    ///     image: web
    ///   - name: root  # that is root-user
    ///     image: root
    ///     securityContext: {runAsUser: 0}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   os: {name: windows}
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    pub static ROOT_GROUP = {
        title: "container is in group 0",
        severity: Severity::Low,
        layer: Layer::Pod,
        maps: &[],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    if workload.os() == Os::Windows {
        return out.not_applicable();
    }

    // In a user namespace, group 0 is nobody on the node.
    let set = if workload.has_user_namespace() { Severity::Info } else { Severity::Low };
    for container in workload.containers() {
        let group = container.run_as_group();
        // No fix: which group the files in the image belong to is not in the manifest.
        let (what, severity) = match group.value {
            Some(0) => ("has the primary group 0", set),
            Some(_) => continue,
            // Where the user may be 0 as well, that matters and has controls of its own.
            None if !container.is_surely_not_root() => continue,
            // The image's group, and 0 when its user has none there (Kubernetes documentation,
            // "Configure a Security Context for a Pod or Container").
            None => ("sets no primary group, which is 0 unless the image says otherwise", Severity::Info),
        };
        out.fail(group.path, format!("{} {what}", container.described()))
            .severity(severity)
            .discriminator(container.name());
    }
    let Some(security) = workload.spec().security_context.as_ref() else { return };
    let groups = workload.path().at("securityContext.supplementalGroups");
    let numbered = security.supplemental_groups.iter().flatten().enumerate();
    for (index, _) in numbered.filter(|(_, group)| **group == 0) {
        let path = groups.index(index);
        out.fail(path.clone(), "the pod is in the supplemental group 0")
            .severity(set)
            .fix(Fix::review().remove(path));
    }
    // Volumes are given to this group, and processes are put into it.
    if security.fs_group == Some(0) {
        let path = workload.path().at("securityContext.fsGroup");
        out.fail(path.clone(), "the pod is in group 0 through `fsGroup`")
            .severity(set)
            .fix(Fix::review().remove(path));
    }
}
