//! What the folders of a node give to whoever reads them or writes to them.
//!
//! Which folders hold what decides who is root is said by `watertight_facts::exposures`, which controls use too. Here
//! is what reading gives beyond a finding: credentials that the objects in view say more of.

use watertight_facts::{
    HostMount, HostVolume, Isolation, Os, clean_host_path, exposures, is_or_holds, runtime_socket_at,
};
use watertight_model::Severity;

use crate::evidence::Fact;
use crate::process::Process;
use crate::thing::Hold;

/// What reading a path gives. A path above it gives it too, and so does what lies below it.
static READ: &[(&str, Hold)] = &[
    ("/etc/kubernetes/admin.conf", Hold::Keys),
    ("/etc/kubernetes/controller-manager.conf", Hold::Keys),
    ("/etc/kubernetes/kubelet.conf", Hold::Identity),
    ("/etc/kubernetes/pki", Hold::Keys),
    ("/etc/kubernetes/super-admin.conf", Hold::Keys),
    // Every process of the node, by the file system of processes itself.
    ("/proc", Hold::Processes),
    ("/srv/kubernetes", Hold::Keys),
    ("/var/lib/etcd", Hold::Store),
    ("/var/lib/k0s", Hold::Files),
    ("/var/lib/kubelet/pki", Hold::Identity),
    ("/var/lib/kubelet/pods", Hold::Volumes),
    ("/var/lib/minikube", Hold::Files),
    ("/var/lib/rancher", Hold::Files),
    ("/var/snap/microk8s", Hold::Files),
];

/// What reading gives, the most first, without what another implies.
#[must_use]
pub(crate) fn read(path: &str) -> Vec<Hold> {
    if path == "/" {
        return vec![Hold::Files];
    }
    let given = READ.iter().filter(|(own, hold)| {
        // A folder of `/proc` is about one process or about the kernel.
        let below = is_or_holds(own, path) && *hold != Hold::Processes;
        is_or_holds(path, own) || below
    });
    let mut holds: Vec<Hold> = given.map(|(_, hold)| *hold).collect();
    holds.sort_unstable();
    holds.dedup();
    let all = holds.clone();
    holds.retain(|hold| match hold {
        Hold::Identity | Hold::Keys | Hold::Store => !all.contains(&Hold::Files),
        Hold::Volumes => !all.contains(&Hold::Files) && !all.contains(&Hold::Identity),
        _ => true,
    });
    holds
}

/// What writing gives.
#[must_use]
pub(crate) fn written(path: &str) -> Option<Hold> {
    if is_or_holds("/var/lib/etcd", path) {
        return Some(Hold::StoreChanged);
    }
    let is_socket = path != "/run" && runtime_socket_at(path).is_some();
    let of_kernel = is_or_holds("/proc", path);
    let decides = exposures(path).iter().any(|row| row.writable == Severity::Critical);
    (decides && !is_socket && !of_kernel).then_some(Hold::Root)
}

/// A folder of the node in a container.
pub(crate) struct Seen<'w> {
    /// The path on the node that the mount shows.
    pub(crate) shows: &'w str,
    /// Whether the mount is read-only.
    pub(crate) read_only: bool,
    /// Whether what is mounted below it is read-only too.
    pub(crate) all_read_only: bool,
    /// The place of the volume.
    pub(crate) field: Fact,
}

/// The folders of the node that a container mounts.
pub(crate) fn seen<'w>(process: &'w Process<'_>) -> impl Iterator<Item = Seen<'w>> {
    let of_container = |mount: &&HostMount<'_>| mount.container.path() == process.container.path();
    let mounts = move |volume: &'w HostVolume<'_>| volume.mounts.iter().filter(of_container);
    process.volumes.iter().flat_map(move |volume| {
        mounts(volume).map(move |mount| {
            let written = process.container.spec().volume_mounts.iter().flatten();
            let recursive = written
                .filter(|own| own.name == volume.name && own.mount_path == mount.at)
                .any(|own| own.recursive_read_only.as_deref() == Some("Enabled"));
            Seen {
                shows: &mount.shows,
                read_only: mount.read_only,
                all_read_only: mount.read_only && recursive,
                field: process.field(volume.path.clone()),
            }
        })
    })
}

/// A folder of the node in a container, by a claim.
pub(crate) struct SeenByClaim {
    /// The path on the node that the mount shows.
    pub(crate) shows: String,
    /// Whether it is read-only.
    pub(crate) read_only: bool,
    /// Whether what is mounted below it is read-only too, or is not there: a `local` volume is bound without what is
    /// mounted below it (`SetUpAt` in `pkg/volume/local/local.go`).
    pub(crate) all_read_only: bool,
    /// Whether it is there with what is mounted below it.
    pub(crate) recursive: bool,
    /// Whether the kubelet gives what is in it to the group of the pod: `SetVolumeOwnership` in `SetUpAt` of
    /// `pkg/volume/local/local.go`. It does not with `hostPath`.
    pub(crate) is_given: bool,
    /// What it rests on: the place in the workload, and the volume.
    pub(crate) facts: [Fact; 2],
}

/// The folders of the node that a container mounts by claims.
pub(crate) fn seen_by_claim(process: &Process<'_>) -> Vec<SeenByClaim> {
    let mounts = process.container.spec().volume_mounts.as_deref().unwrap_or_default();
    let security = process.workload.spec().security_context.as_ref();
    let has_group = security.is_some_and(|security| security.fs_group.is_some());
    let mut found = Vec::new();
    for claimed in process.claims.iter().filter(|claimed| !claimed.volume.block) {
        let volume = claimed.volume;
        for mount in mounts.iter().filter(|mount| mount.name == claimed.name) {
            let read_only = claimed.read_only || mount.read_only == Some(true);
            let recursive = mount.recursive_read_only.as_deref() == Some("Enabled");
            found.push(SeenByClaim {
                shows: match mount.sub_path.as_deref().filter(|sub| !sub.is_empty()) {
                    Some(sub) => clean_host_path(&format!("{}/{sub}", volume.path)),
                    None => volume.path.clone(),
                },
                read_only,
                all_read_only: read_only && (recursive || volume.local),
                recursive: !volume.local,
                is_given: volume.local && has_group && !claimed.read_only,
                facts: [process.field(claimed.field.clone()), Fact::Object(volume.object)],
            });
        }
    }
    found
}

/// Whether a mount lets root write the kernel's core pattern. Below a read-only mount of `/`, what is mounted at `/proc`
/// stays writable; whoever writes to `/` itself has the node anyway.
pub(crate) fn writes_core_pattern(shows: &str, read_only: bool, all_read_only: bool) -> bool {
    match shows {
        "/" => read_only && !all_read_only,
        shows => !read_only && is_or_holds(shows, "/proc/sys/kernel/core_pattern"),
    }
}

/// Whether a process may connect to a runtime's socket at a path, and what is taken for granted then.
pub(crate) fn opens_socket(process: &Process<'_>, shows: &str) -> Option<Option<&'static str>> {
    const OF_GROUP: &str = "the process may be in group 0, which may open the socket";
    if process.isolation == Isolation::OwnKernel || process.workload.os() == Os::Windows {
        return None;
    }
    let runtime = runtime_socket_at(shows)?;
    let of_group = runtime != "Docker" && process.may_be_in_root_group();
    process.is_root_within().or_else(|| of_group.then_some(Some(OF_GROUP)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reading_gives_what_lies_at_above_and_below() {
        for (path, gives) in [
            ("/", vec![Hold::Files]),
            ("/var/lib/kubelet/pods", vec![Hold::Volumes]),
            ("/var/lib/kubelet/pods/0-1/volumes", vec![Hold::Volumes]),
            ("/var/lib/kubelet", vec![Hold::Identity]),
            ("/etc/kubernetes/pki/etcd", vec![Hold::Keys]),
            ("/etc/kubernetes/manifests", vec![]),
            ("/etc", vec![Hold::Keys, Hold::Identity]),
            ("/root/.ssh", vec![]),
            ("/proc/sys/kernel", vec![]),
            ("/var/log", vec![]),
        ] {
            assert_eq!(read(path), gives, "{path}");
        }
    }

    #[test]
    fn writing_decides_who_is_root() {
        for (path, gives) in [
            ("/", Some(Hold::Root)),
            ("/etc/cron.d", Some(Hold::Root)),
            ("/var/lib/etcd", Some(Hold::StoreChanged)),
            ("/run", Some(Hold::Root)),
            ("/run/containerd/containerd.sock", None),
            ("/proc/sys/kernel", None),
            ("/var/log", None),
            ("/data", None),
        ] {
            assert_eq!(written(path), gives, "{path}");
        }
    }
}
