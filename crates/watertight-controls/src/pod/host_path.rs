use watertight_engine::prelude::*;
use watertight_facts::{exposures, runtime_socket_at};

control! {
    /// A `hostPath` volume opens the node's file system to the pod: depending on the folder an intruder
    /// reads the node's keys and other pods' tokens, or writes what the node then runs as root.
    ///
    /// ## Remedy
    /// Use a volume that belongs to the pod (`emptyDir`, a claim, `configMap`, `projected`). Where the
    /// node's folder is the point, mount only the sub-folder that is needed, read-only, in a platform
    /// namespace of its own.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   containers:
    ///   - name: agent
    ///     image: agent
    ///     volumeMounts: [{name: root, mountPath: /host}]
    ///   volumes:
    ///   - {name: root, hostPath: {path: /}}
    /// ```
    /// ```yaml,fail
    /// apiVersion: batch/v1
    /// kind: CronJob
    /// metadata: {name: backup}
    /// spec:
    ///   jobTemplate:
    ///     spec:
    ///       template:
    ///         spec:
    ///           initContainers:
    ///           - name: setup
    ///             image: setup
    ///             volumeMounts: [{name: tokens, mountPath: /in, readOnly: true}]
    ///           containers: [{name: backup, image: backup}]
    ///           volumes:
    ///           - {name: tokens, hostPath: {path: /var//lib/kubelet/pods/}}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: unused}
    /// spec:
    ///   containers: [{name: app, image: app}]
    ///   volumes:
    ///   - {name: logs, hostPath: {path: /var/log}}  # nobody mounts it yet
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     volumeMounts: [{name: data, mountPath: /var/lib/kubelet}]  # the container's own folder
    ///   volumes:
    ///   - {name: data, emptyDir: {}}
    /// ```
    pub static HOST_PATH = {
        title: "folder of the node is open to the pod",
        severity: Severity::Medium,
        layer: Layer::Pod,
        maps: &[
            Mapping::PodSecurity("baseline"),
            Mapping::Cis("5.2.11"),
            Mapping::Nsa("pod-security"),
            Mapping::Attack("T1611"),
        ],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    for volume in workload.host_volumes() {
        // A volume that nothing mounts is refused like any other (policy/check_hostPathVolumes.go in
        // k8s.io/pod-security-admission), and a debug container can mount it; by itself it opens nothing.
        let severity = volume.mounts.iter().map(grade).max().unwrap_or(Severity::Medium);
        let worst = volume.mounts.iter().rev().max_by_key(|mount| grade(mount));
        let shown = worst.map_or(&volume.cleaned, |mount| &mount.shows);
        let message = format!(
            "volume `{}` is `{}` of the node, which exposes {}; {}",
            volume.name,
            volume.written,
            exposed(shown),
            mounted(&volume.mounts)
        );
        out.fail(volume.path.key("path"), message).severity(severity);
    }
}

fn grade(mount: &HostMount<'_>) -> Severity {
    let rows = exposures(&mount.shows);
    // Where the runtime's socket is what is exposed, `container-runtime-socket` says the worst of it.
    let socket = rows.iter().all(|row| row.what.starts_with("the container runtime's socket"));
    if (socket || mount.shows.starts_with("/pipe/")) && runtime_socket_at(&mount.shows).is_some() {
        return Severity::Medium;
    }
    let of_row = rows.iter().map(|row| if mount.read_only { row.read_only } else { row.writable });
    of_row.max().unwrap_or(Severity::Medium)
}

/// The three worst things that a path exposes.
fn exposed(path: &str) -> String {
    let mut words: Vec<&str> = Vec::new();
    for row in exposures(path) {
        if !words.contains(&row.what) {
            words.push(row.what);
        }
    }
    match words.len() {
        0..=3 => words.join(", "),
        more => format!("{}, and {} more", words[..3].join(", "), more - 3),
    }
}

fn mounted(mounts: &[HostMount<'_>]) -> String {
    if mounts.is_empty() {
        return "no container mounts it".to_owned();
    }
    let each = mounts.iter().map(|mount| {
        let how = if mount.read_only { "read-only" } else { "writable" };
        format!("{} mounts it {how} at `{}`", mount.container.described(), mount.at)
    });
    each.collect::<Vec<_>>().join(", ")
}
