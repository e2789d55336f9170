use watertight_engine::prelude::*;
use watertight_facts::is_or_holds;

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

/// Where runtimes listen, with `/run` for `/var/run`, in the order in which they are named.
static SOCKETS: &[(&str, &str)] = &[
    ("/run/docker.sock", "Docker"),
    ("/run/containerd/containerd.sock", "containerd"),
    ("/run/containerd/containerd.sock.ttrpc", "containerd"),
    ("/run/crio/crio.sock", "CRI-O"),
    ("/run/cri-dockerd.sock", "cri-dockerd"),
    ("/run/dockershim.sock", "dockershim"),
    ("/run/docker/containerd/containerd.sock", "Docker's containerd"),
    ("/run/docker/containerd/docker-containerd.sock", "Docker's containerd"),
    ("/run/k3s/containerd/containerd.sock", "k3s' containerd"),
    ("/run/k3s/cri-dockerd/cri-dockerd.sock", "k3s' cri-dockerd"),
    ("/run/k0s/containerd.sock", "k0s' containerd"),
    ("/run/podman/podman.sock", "Podman"),
    ("/run/buildkit/buildkitd.sock", "BuildKit"),
    ("/var/snap/microk8s/common/run/containerd.sock", "MicroK8s' containerd"),
    ("/pipe/docker_engine", "Docker"),
    ("/pipe/containerd-containerd", "containerd"),
    ("/pipe/cri-dockerd", "cri-dockerd"),
];

/// Folders above all sockets and much else. What they expose is said by `host-path`; `/var` moreover
/// holds only a link, `/var/run`, which a container follows within itself.
static TOO_WIDE: &[&str] = &["/", "/var", "/var/snap"];

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    for volume in workload.host_volumes() {
        if volume.mounts.is_empty()
            && let Some(runtime) = runtime_at(&volume.cleaned)
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
            if let Some(runtime) = runtime_at(&mount.shows) {
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

/// The runtime whose socket a cleaned path is, holds, or lies in.
fn runtime_at(path: &str) -> Option<&'static str> {
    if TOO_WIDE.contains(&path) {
        return None;
    }
    SOCKETS.iter().find(|(socket, _)| is_or_holds(path, socket)).map(|(_, runtime)| *runtime)
}
