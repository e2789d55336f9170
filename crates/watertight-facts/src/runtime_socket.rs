//! Where the sockets of container runtimes lie on a node.

use crate::host_path::is_or_holds;

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

/// The runtime whose socket a cleaned path is, holds, or lies in.
#[must_use]
pub fn runtime_socket_at(path: &str) -> Option<&'static str> {
    if TOO_WIDE.contains(&path) {
        return None;
    }
    SOCKETS.iter().find(|(socket, _)| is_or_holds(path, socket)).map(|(_, runtime)| *runtime)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_socket_is_reached_at_its_path_and_through_the_folders_above() {
        for (path, runtime) in [
            ("/run/docker.sock", Some("Docker")),
            ("/run/containerd", Some("containerd")),
            ("/run", Some("Docker")),
            ("/run/containerd/io.containerd.runtime.v2.task", None),
            ("/", None),
            ("/var/lib", None),
        ] {
            assert_eq!(runtime_socket_at(path), runtime, "{path}");
        }
    }
}
