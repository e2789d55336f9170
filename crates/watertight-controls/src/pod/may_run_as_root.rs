use watertight_engine::prelude::*;

control! {
    /// Nothing stops the container from running as root: a flaw in the program then starts with
    /// root's rights over every mounted file and is one kernel flaw away from the node.
    ///
    /// ## Remedy
    /// Set `runAsNonRoot: true` for the pod. If the image's user is root or a name, also set
    /// `runAsUser` to a number, best above 10000. On Windows set `runAsUserName` to `ContainerUser`.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext:
    ///       runAsNonRoot: true
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext: {runAsUser: 0}
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {runAsNonRoot: true}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   os: {name: windows}
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {windowsOptions: {runAsUserName: containeradministrator}}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   os: {name: windows}
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {windowsOptions: {runAsUserName: ContainerUser}}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext: {runAsNonRoot: true}
    ///   containers:
    ///   - name: web
    ///     image: web
    ///   - name: numbered
    ///     image: numbered
    ///     securityContext: {runAsNonRoot: false, runAsUser: 10001}
    ///   - name: refused
    ///     image: refused
    ///     securityContext: {runAsUser: 0}  # the kubelet does not start it; root-user says so
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   nodeSelector: {kubernetes.io/os: windows}
    ///   securityContext: {windowsOptions: {runAsUserName: ContainerUser}}
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    pub static MAY_RUN_AS_ROOT = {
        title: "container may run as root",
        severity: Severity::Medium,
        layer: Layer::Pod,
        maps: &[
            Mapping::PodSecurity("restricted"),
            Mapping::Cis("5.2.7"),
            Mapping::Nsa("pod-security"),
            Mapping::Attack("T1611"),
        ],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    for container in workload.containers() {
        match workload.os() {
            Os::Windows => windows(container, out),
            Os::Linux => linux(workload, container, out),
        }
    }
}

fn linux(workload: Workload<'_>, container: Container<'_>, out: &mut Sink<'_>) {
    if container.is_surely_not_root() {
        return;
    }
    let user = container.run_as_user();
    let fix = Fix::review().set(container.at("securityContext.runAsNonRoot"), true);
    let (path, why, fix) = match user.value {
        // The kubelet would refuse UID 0 under `runAsNonRoot`.
        Some(_) => (
            user.path,
            "is set to UID 0, and `runAsNonRoot` does not stop it",
            super::without_root_user(workload, container, fix),
        ),
        None => (container.run_as_non_root().path, "may run as root", fix),
    };
    let mut message = format!("{} {why}", container.described());
    if workload.has_user_namespace() {
        message.push_str(", in its user namespace");
    }
    let finding = out.fail(path, message);
    finding.fix(fix).discriminator(container.name());
    // In a user namespace it is nobody on the node, but still root over what is mounted. The Pod
    // Security Standards waive it from 1.35 (`relaxPolicyForUserNamespacePod` in
    // check_runAsNonRoot.go). Of UID 0 by number `root-user` has said the worst.
    if workload.has_user_namespace() || user.value.is_some() {
        finding.severity(Severity::Low);
    }
}

/// Without a user name the image decides, and base images run as `ContainerAdministrator`.
fn windows(container: Container<'_>, out: &mut Sink<'_>) {
    let user = container.windows("runAsUserName", |options| options.run_as_user_name.as_deref());
    let guarded = container.run_as_non_root().value == Some(true);
    let why = match user.value {
        Some(name) => {
            // Names have no letter case; the kubelet only knows this one, without a domain
            // (`verifyRunAsNonRoot` in pkg/kubelet/kuberuntime/security_context_windows.go).
            let refused = guarded && name.eq_ignore_ascii_case("ContainerAdministrator");
            let account = name.rsplit('\\').next().unwrap_or(name);
            let admins = ["ContainerAdministrator", "Administrator", "SYSTEM"];
            if refused || !admins.iter().any(|admin| account.eq_ignore_ascii_case(admin)) {
                return;
            }
            format!("runs as `{name}`")
        }
        None if guarded => return,
        None => "may run as `ContainerAdministrator`".to_owned(),
    };
    let fix = Fix::review().set(user.path.clone(), "ContainerUser");
    out.fail(user.path, format!("{} {why}", container.described())).fix(fix).discriminator(container.name());
}
