use watertight_engine::prelude::*;

control! {
    /// Numbers below 10000 belong to accounts that nodes and images also have: whoever gets out of the
    /// container, or shares a volume with it, is then taken for one of those.
    ///
    /// ## Remedy
    /// Choose a user and group number of 10000 or more and give the files in the image to it.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext: {runAsUser: 1000, runAsGroup: 10001}
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {runAsUser: 10001, runAsGroup: 9999}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext: {runAsUser: 1000}
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {runAsUser: 10000}
    ///   - name: root  # that is root-user and root-group
    ///     image: root
    ///     securityContext: {runAsUser: 0, runAsGroup: 0}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   hostUsers: false  # mapped to numbers of its own on the node
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {runAsUser: 1000}
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
    pub static LOW_USER_ID = {
        title: "user or group number is low",
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

    if workload.has_user_namespace() {
        return;
    }
    let mut judge = |container: Container<'_>, id: Effective<i64>, what: &str, severity: Severity| {
        // No fix: the files in the image belong to the number that is set.
        if let Some(number) = id.value.filter(|&number| 0 < number && number < LOWEST) {
            let message = format!("{} runs as {what} {number}, below {LOWEST}", container.described());
            out.fail(id.path, message).severity(severity).discriminator(container.name());
        }
    };
    for container in workload.containers() {
        judge(container, container.run_as_user(), "user", Severity::Low);
        judge(container, container.run_as_group(), "group", Severity::Info);
    }
}

/// Distributions hand out numbers below this one to accounts of the system and of people.
const LOWEST: i64 = 10_000;
