use watertight_engine::prelude::*;

control! {
    /// The AppArmor profile is switched off: writes to `/proc` and `/sys`, mounts and traces of other
    /// processes, which the runtime's profile stops, are then held up by nothing but capabilities.
    ///
    /// ## Remedy
    /// Remove the setting: nodes with AppArmor give the runtime's profile to every container. If that is
    /// too narrow, load one onto the nodes and name it (`Localhost`).
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext:
    ///       appArmorProfile:
    ///         type: Unconfined
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
    ///       appArmorProfile:
    ///         type: RuntimeDefault
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     container.apparmor.security.beta.kubernetes.io/web: unconfined
    /// spec:
    ///   securityContext: {appArmorProfile: {type: RuntimeDefault}}  # the container's annotation wins
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     container.apparmor.security.beta.kubernetes.io/web: runtime/default
    /// spec:
    ///   securityContext: {appArmorProfile: {type: RuntimeDefault}}  # the container's annotation wins
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     container.apparmor.security.beta.kubernetes.io/web: unconfined
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {appArmorProfile: {type: Unconfined}}  # both must say the same
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     container.apparmor.security.beta.kubernetes.io/web: runtime/default
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {appArmorProfile: {type: RuntimeDefault}}  # both must say the same
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     container.apparmor.security.beta.kubernetes.io/web: unconfined
    ///     container.apparmor.security.beta.kubernetes.io/other: localhost/other
    /// spec:
    ///   securityContext: {appArmorProfile: {type: Unconfined}}
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {appArmorProfile: {type: RuntimeDefault}}
    ///   - name: other
    ///     image: other
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     container.apparmor.security.beta.kubernetes.io/web: web  # meant to be localhost/web
    ///     container.apparmor.security.beta.kubernetes.io/other: localhost/other
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///   - name: other
    ///     image: other
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata:
    ///   name: web
    ///   annotations:
    ///     container.apparmor.security.beta.kubernetes.io/other: localhost/other
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///   - name: other
    ///     image: other
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
    pub static APPARMOR_UNCONFINED = {
        title: "AppArmor is switched off",
        severity: Severity::Medium,
        layer: Layer::Pod,
        maps: &[
            Mapping::PodSecurity("baseline"),
            Mapping::Nsa("pod-security"),
        ],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    if workload.os() == Os::Windows {
        return out.not_applicable();
    }

    for container in workload.containers() {
        let annotation = format!("container.apparmor.security.beta.kubernetes.io/{}", container.name());
        if workload.annotations().get(&annotation).is_some_and(|word| !is_profile(word)) {
            let path = workload.metadata_path().key("annotations").key(annotation);
            out.fail(path.clone(), format!("{} has an AppArmor annotation that names no profile", container.described()))
                .severity(Severity::Low)
                .fix(Fix::review().remove(path))
                .discriminator(container.name());
        }
        let apparmor = container.apparmor();
        let (what, severity) = match apparmor.value.as_deref() {
            None | Some("runtime/default") => continue,
            Some("unconfined") => ("runs without an AppArmor profile".to_owned(), Severity::Medium),
            // The API server refuses these two (`ValidateAppArmorProfileField` in pkg/apis/core/validation).
            Some("localhost/") => {
                ("has the AppArmor profile `Localhost` without `localhostProfile`".to_owned(), Severity::Low)
            }
            Some(named) if named.starts_with("localhost/") => continue,
            Some(word) => (format!("has the AppArmor profile `{word}`, which does not exist"), Severity::Low),
        };
        let is_annotation = workload.metadata_path().covers(&apparmor.path);
        let (path, value) = match is_annotation {
            true => (apparmor.path, "runtime/default"),
            false => (apparmor.path.key("type"), "RuntimeDefault"),
        };
        let fix = Fix::review().set(path.clone(), value);
        // An annotation beside the field must say the same, or the API server refuses the pod ("apparmor
        // type in annotation and field must match", kubernetes/kubernetes#128306).
        let key = format!("container.apparmor.security.beta.kubernetes.io/{}", container.name());
        let fix = match workload.annotations().contains_key(&key) && !is_annotation {
            true => fix.set(workload.metadata_path().key("annotations").key(key), "runtime/default"),
            false => fix,
        };
        let finding = out.fail(path, format!("{} {what}", container.described()));
        finding.severity(severity).fix(fix).discriminator(container.name());
        super::moot_if_privileged(container, finding);
    }
}

/// Whether an annotation may say so: the API server refuses pods with another word, whatever the field
/// says (`ValidateAppArmorProfileFormat` in pkg/apis/core/validation), and so does the Pod Security
/// baseline (check_appArmorProfile.go).
fn is_profile(word: &str) -> bool {
    matches!(word, "" | "runtime/default" | "unconfined") || word.starts_with("localhost/")
}
