use watertight_engine::prelude::*;
use watertight_facts::runtime_socket_at;

control! {
    /// Whoever reaches the container runtime's socket starts containers as root on the node, privileged
    /// and with any folder mounted: the node is theirs. A read-only mount does not help.
    ///
    /// ## Remedy
    /// Remove the volume. Build images with a tool that needs no daemon (Buildah, BuildKit rootless,
    /// kaniko); collect metrics and logs through the kubelet.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: build}
    /// spec:
    ///   containers:
    ///   - name: build
    ///     image: build
    ///     volumeMounts: [{name: docker, mountPath: /docker.sock, readOnly: true}]
    ///   volumes:
    ///   - {name: docker, hostPath: {path: /var/run//docker.sock}}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   containers:
    ///   - name: agent
    ///     image: agent
    ///     volumeMounts:
    ///     - {name: run, mountPath: /host/run}  # the sockets are in there
    ///   volumes:
    ///   - {name: run, hostPath: {path: /var/run/}}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: unused}
    /// spec:
    ///   containers: [{name: app, image: app}]
    ///   volumes:
    ///   - {name: containerd, hostPath: {path: /run/containerd/containerd.sock}}  # nobody mounts it yet
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: agent}
    /// spec:
    ///   containers:
    ///   - name: agent
    ///     image: agent
    ///     volumeMounts:
    ///     - {name: run, mountPath: /run/udev, subPath: udev}
    ///     - {name: var, mountPath: /host/var}
    ///   volumes:
    ///   - {name: run, hostPath: {path: /run}}
    ///   - {name: var, hostPath: {path: /var}}  # /var/run is a link there, and leads nowhere here
    ///   - {name: lock, hostPath: {path: /run/xtables.lock}}
    /// ```
    pub static CONTAINER_RUNTIME_SOCKET = {
        title: "container runtime's socket is mounted",
        severity: Severity::Critical,
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
        if volume.mounts.is_empty()
            && let Some(runtime) = runtime_socket_at(&volume.cleaned)
        {
            let message =
                format!("volume `{}` is or holds the socket of {runtime}; no container mounts it", volume.name);
            out.fail(volume.path.key("path"), message).severity(Severity::High);
        }
        let mut said: Vec<Path> = Vec::new();
        for mount in &volume.mounts {
            // One finding per container, however often it mounts the volume.
            if said.contains(&mount.container.path()) {
                continue;
            }
            if let Some(runtime) = runtime_socket_at(&mount.shows) {
                let message = format!(
                    "{} reaches the socket of {runtime} through `{}` of its node",
                    mount.container.described(),
                    volume.written
                );
                out.fail(volume.path.key("path"), message).discriminator(mount.container.name());
                said.push(mount.container.path());
            }
        }
    }
}
