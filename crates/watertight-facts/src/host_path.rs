//! Folders of the node that a pod gets: cleaned paths, who mounts them how, what they expose.

use watertight_model::Severity;
use watertight_syntax::Path;

use crate::container::Container;
use crate::workload::Workload;

/// A `hostPath` volume, mounted or not.
#[derive(Debug, Clone)]
pub struct HostVolume<'w> {
    /// The volume's name.
    pub name: &'w str,
    /// The place of its `hostPath`.
    pub path: Path,
    /// The node's path as written.
    pub written: &'w str,
    /// The node's path, cleaned: see [`clean_host_path`].
    pub cleaned: String,
    /// Who mounts it, in the order of the containers.
    pub mounts: Vec<HostMount<'w>>,
}

/// One mount of a `hostPath` volume.
#[derive(Debug, Clone)]
pub struct HostMount<'w> {
    /// The container.
    pub container: Container<'w>,
    /// Where the container sees it.
    pub at: &'w str,
    /// The node's path that this mount shows, cleaned, `subPath` considered.
    pub shows: String,
    /// Whether the mount itself is read-only. Mounts below it stay writable unless
    /// `recursiveReadOnly` says otherwise (`VolumeMount` in `core/v1/types.go`).
    pub read_only: bool,
}

impl<'w> HostVolume<'w> {
    pub(crate) fn of(workload: Workload<'w>) -> Vec<Self> {
        let volumes = workload.spec().volumes.as_deref().unwrap_or_default().iter().enumerate();
        volumes
            .filter_map(|(index, volume)| {
                let written = volume.host_path.as_ref()?.path.as_str();
                let cleaned = clean_host_path(written);
                let mounts = workload
                    .containers()
                    .flat_map(|container| {
                        let mounts = container.spec().volume_mounts.as_deref().unwrap_or_default();
                        mounts.iter().map(move |mount| (container, mount))
                    })
                    .filter(|(_, mount)| mount.name == volume.name)
                    .map(|(container, mount)| HostMount {
                        container,
                        at: &mount.mount_path,
                        // What `subPathExpr` expands to is not known here: the whole volume then.
                        shows: match mount.sub_path.as_deref().filter(|sub| !sub.is_empty()) {
                            Some(sub) => clean_host_path(&format!("{cleaned}/{sub}")),
                            None => cleaned.clone(),
                        },
                        read_only: mount.read_only == Some(true),
                    })
                    .collect();
                let path = workload.path().key("volumes").index(index).key("hostPath");
                Some(Self { name: &volume.name, path, written, cleaned, mounts })
            })
            .collect()
    }
}

/// A node's path without `//`, `.`, `..` and a trailing `/`, and with `/run` for `/var/run`, which is
/// a link to it (Filesystem Hierarchy Standard 3.0, 5.13). A path of Windows gets small letters, slashes
/// and no drive letter: `C:\ProgramData` is `/programdata`, `\\.\pipe\docker_engine` is `/pipe/docker_engine`.
#[must_use]
pub fn clean_host_path(written: &str) -> String {
    let bytes = written.as_bytes();
    let drive = bytes.first().is_some_and(u8::is_ascii_alphabetic) && bytes.get(1) == Some(&b':');
    let path = if drive || written.contains('\\') {
        let path = if drive { &written[2..] } else { written };
        path.replace('\\', "/").to_ascii_lowercase()
    } else {
        written.to_owned()
    };
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    if parts.starts_with(&["var", "run"]) {
        parts.remove(0);
    }
    format!("/{}", parts.join("/"))
}

/// Whether a cleaned path is another or lies above it.
#[must_use]
pub fn is_or_holds(path: &str, below: &str) -> bool {
    path == "/" || below.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// What a folder of the node gives to whoever mounts it.
#[derive(Debug)]
pub struct Exposure {
    /// The folder, cleaned.
    pub path: &'static str,
    /// What it holds, in words that follow "exposes".
    pub what: &'static str,
    /// How much it matters when it can be written to.
    pub writable: Severity,
    /// How much it matters when it can only be read.
    pub read_only: Severity,
    /// Whether paths below it that have no row of their own are as bad.
    below: bool,
}

/// The whole file system of the node.
const ROOT: &str = "/";

const fn row(
    path: &'static str,
    what: &'static str,
    [writable, read_only]: [Severity; 2],
    below: bool,
) -> Exposure {
    Exposure { path, what, writable, read_only, below }
}

const NODE_AND_SECRETS: [Severity; 2] = [Severity::Critical, Severity::High];
const NODE: [Severity; 2] = [Severity::Critical, Severity::Medium];
const SECRETS: [Severity; 2] = [Severity::High, Severity::High];
const SOME: [Severity; 2] = [Severity::High, Severity::Medium];
const HARMLESS: [Severity; 2] = [Severity::Medium, Severity::Medium];

/// What is known of a node's folders. Reading is never worse than `/` read-only, which is high: it
/// takes a further step (a key that is accepted somewhere, a token that may do something). What a message should
/// name first stands first; then by path.
static EXPOSURES: &[Exposure] = &[
    row("/var/lib/kubelet", "the kubelet's keys and every pod's tokens and Secrets", NODE_AND_SECRETS, true),
    row("/var/lib/etcd", "the cluster's whole state, Secrets included", NODE_AND_SECRETS, true),
    row("/etc/kubernetes", "static pod manifests and the control plane's keys", NODE_AND_SECRETS, true),
    row("/.aws", "cloud credentials", SECRETS, true),
    row("/.azure", "cloud credentials", SECRETS, true),
    row("/.config/gcloud", "cloud credentials", SECRETS, true),
    row("/bin", "programs that the node runs as root", NODE, true),
    row("/boot", "the node's kernel and boot loader", NODE, true),
    // The device cgroup, not the mount, decides which devices open; a read-only mount changes nothing.
    row("/dev", "the node's devices", SECRETS, true),
    row("/dev/dri", "graphics devices", HARMLESS, true),
    row("/dev/fuse", "one device", HARMLESS, false),
    row("/dev/infiniband", "network devices", HARMLESS, true),
    row("/dev/kvm", "one device", HARMLESS, false),
    row("/dev/log", "the node's log socket", HARMLESS, false),
    row("/dev/net", "the device that makes tunnels", HARMLESS, true),
    row("/dev/null", "one device", HARMLESS, false),
    row("/dev/random", "one device", HARMLESS, false),
    row("/dev/urandom", "one device", HARMLESS, false),
    row("/etc", "the node's accounts, jobs, keys and service configuration", NODE_AND_SECRETS, true),
    row("/etc/ca-certificates", "the certificate authorities that the node trusts", SOME, true),
    row("/etc/cni", "network plugin configuration, which names programs the node runs as root", NODE, true),
    row("/etc/hostname", "the node's name", HARMLESS, false),
    row("/etc/hosts", "the node's table of hosts", SOME, false),
    row("/etc/localtime", "the node's time zone", HARMLESS, false),
    row("/etc/machine-id", "the node's machine id", HARMLESS, false),
    row("/etc/nsswitch.conf", "the node's name service configuration", SOME, false),
    row("/etc/os-release", "the node's release", HARMLESS, false),
    row("/etc/passwd", "the node's accounts", NODE, false),
    row("/etc/group", "the node's groups", NODE, false),
    row("/etc/pki/ca-trust", "the certificate authorities that the node trusts", SOME, true),
    row("/etc/resolv.conf", "the node's resolver configuration", SOME, false),
    row("/etc/ssl/certs", "the certificate authorities that the node trusts", SOME, true),
    row("/etc/timezone", "the node's time zone", HARMLESS, false),
    row("/home", "the SSH keys and logins of people on the node", NODE_AND_SECRETS, true),
    row("/lib", "libraries and modules that the node loads", NODE, true),
    row("/lib64", "libraries that the node loads", NODE, true),
    row("/lib/modules", "kernel modules that the node loads", NODE, true),
    row("/opt/bin", "programs that the node runs as root", NODE, true),
    row("/opt/cni", "network plugins that the node runs as root", NODE, true),
    row("/opt/containerd", "programs that the node runs as root", NODE, true),
    row("/proc", "every process of the node and the kernel's settings", NODE_AND_SECRETS, true),
    row("/proc/sys", "the kernel's settings", NODE, true),
    // core_pattern and modprobe name a program that the kernel runs as root on the node.
    row("/proc/sys/kernel", "kernel settings that name programs the node runs as root", NODE, true),
    row("/proc/sys/net", "the node's network settings", SOME, true),
    row("/root", "the SSH keys and credentials of the node's root", NODE_AND_SECRETS, true),
    row("/run", "the sockets of the container runtime and of the node's services", NODE_AND_SECRETS, false),
    row("/run/containerd", "the container runtime's socket and state", NODE_AND_SECRETS, true),
    row("/run/cri-dockerd.sock", "the container runtime's socket", NODE_AND_SECRETS, false),
    row("/run/crio", "the container runtime's socket and state", NODE_AND_SECRETS, true),
    row("/run/dbus", "the socket through which the node's services are ruled", NODE_AND_SECRETS, true),
    row("/run/docker", "the container runtime's socket and state", NODE_AND_SECRETS, true),
    row("/run/docker.sock", "the container runtime's socket", NODE_AND_SECRETS, false),
    row("/run/k0s", "the container runtime's socket and state", NODE_AND_SECRETS, true),
    row("/run/k3s", "the container runtime's socket and state", NODE_AND_SECRETS, true),
    row("/run/netns", "the network namespaces of the node's pods", SOME, true),
    row("/run/podman", "the container runtime's socket", NODE_AND_SECRETS, true),
    row("/run/secrets", "credentials", SECRETS, true),
    row("/run/systemd", "the sockets through which the node's services are ruled", NODE_AND_SECRETS, true),
    row("/run/user", "the sockets and credentials of people on the node", SECRETS, true),
    row("/sbin", "programs that the node runs as root", NODE, true),
    // kops keeps the control plane's keys here, and its components' credentials in /var/lib/kube-*.
    row("/srv/kubernetes", "the control plane's keys", NODE_AND_SECRETS, true),
    // uevent_helper and a cgroup's release_agent name a program that the kernel runs as root.
    row("/sys", "the kernel's devices and control groups", NODE, true),
    row("/sys/devices", "the kernel's devices", SOME, true),
    row("/sys/fs/bpf", "the node's pinned BPF programs and maps", SOME, true),
    row("/usr", "programs and libraries that the node runs as root", NODE, true),
    row("/usr/share", "the node's shared data", SOME, true),
    row("/usr/src", "the kernel's sources", SOME, true),
    row(
        "/var/lib/cloud",
        "scripts that the node runs when it starts, and what they contain",
        NODE_AND_SECRETS,
        true,
    ),
    row("/var/lib/cni", "the addresses of the node's pods", SOME, true),
    row(
        "/var/lib/containerd",
        "the file systems and images of the node's containers",
        NODE_AND_SECRETS,
        true,
    ),
    row(
        "/var/lib/containers",
        "the file systems and images of the node's containers",
        NODE_AND_SECRETS,
        true,
    ),
    row("/var/lib/crio", "the container runtime's state", NODE_AND_SECRETS, true),
    row("/var/lib/docker", "the file systems and images of the node's containers", NODE_AND_SECRETS, true),
    row("/var/lib/k0s", "the cluster's keys and state", NODE_AND_SECRETS, true),
    row("/var/lib/kubelet/device-plugins", "the kubelet's registration of devices", SOME, true),
    row("/var/lib/kubelet/pki", "the node's own credentials", NODE_AND_SECRETS, true),
    row("/var/lib/kubelet/plugins", "the kubelet's storage plugins", SOME, true),
    row("/var/lib/kubelet/plugins_registry", "the kubelet's registration of plugins", SOME, true),
    row("/var/lib/kubelet/pods", "the tokens and Secrets of every pod on the node", NODE_AND_SECRETS, true),
    row("/var/lib/kube-controller-manager", "the credentials of the controller manager", SECRETS, true),
    row("/var/lib/kube-proxy", "the credentials of kube-proxy", SECRETS, true),
    row("/var/lib/kube-scheduler", "the credentials of the scheduler", SECRETS, true),
    row("/var/lib/minikube", "the cluster's keys and state", NODE_AND_SECRETS, true),
    row("/var/lib/rancher", "the cluster's keys and state", NODE_AND_SECRETS, true),
    // A link in /var/log is followed by the kubelet, as root, when logs are asked for.
    row("/var/log", "the logs of the node and of every pod", SOME, true),
    row("/var/snap/microk8s", "the cluster's keys and state", NODE_AND_SECRETS, true),
    row("/var/spool/cron", "jobs that the node runs as root", NODE, true),
    // Windows.
    row("/pipe", "the named pipes of the node's services", NODE_AND_SECRETS, true),
    row("/programdata", "the configuration of the node's services", NODE_AND_SECRETS, true),
    row("/users", "the keys and credentials of people on the node", NODE_AND_SECRETS, true),
    row("/windows", "the node's system", NODE_AND_SECRETS, true),
];

static WHOLE: Exposure = row(ROOT, "the whole file system of the node", NODE_AND_SECRETS, true);
static OTHER: Exposure = row("", "data outside the pod", HARMLESS, true);

/// What a cleaned path exposes: the row it falls under and the rows below it that are not covered by
/// another, the worst first.
#[must_use]
pub fn exposures(path: &str) -> Vec<&'static Exposure> {
    if path == ROOT {
        return vec![&WHOLE];
    }
    let over = EXPOSURES
        .iter()
        .filter(|row| path == row.path || is_or_holds(row.path, path))
        .max_by_key(|row| row.path.len())
        .filter(|row| row.below || row.path == path);
    let below = EXPOSURES.iter().filter(|row| path != row.path && is_or_holds(path, row.path));
    let mut found: Vec<&Exposure> = over.into_iter().chain(below).collect();
    let covers = |over: &Exposure, row: &Exposure| {
        let as_bad = over.writable >= row.writable && over.read_only >= row.read_only;
        over.path != row.path && is_or_holds(over.path, row.path) && over.below && as_bad
    };
    let all = found.clone();
    found.retain(|row| !all.iter().any(|over| covers(over, row)));
    if found.is_empty() {
        found.push(&OTHER);
    }
    found.sort_by_key(|row| std::cmp::Reverse((row.writable, row.read_only)));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_cleaned() {
        for (written, cleaned) in [
            ("/", "/"),
            ("//etc/./kubernetes/", "/etc/kubernetes"),
            ("/etc/../root", "/root"),
            ("/../..", "/"),
            ("/var/run/docker.sock", "/run/docker.sock"),
            ("/var/running", "/var/running"),
            (r"C:\ProgramData\x", "/programdata/x"),
            (r"\\.\pipe\docker_engine", "/pipe/docker_engine"),
            ("c:/", "/"),
        ] {
            assert_eq!(clean_host_path(written), cleaned, "{written}");
        }
    }

    #[test]
    fn parents_expose_and_children_inherit() {
        use Severity::{Critical, High, Medium};
        for (path, writable, read_only) in [
            ("/", Critical, High),
            ("/var", Critical, High),
            ("/var/lib", Critical, High),
            ("/var/lib/kubelet/pods/x", Critical, High),
            ("/var/lib/kubelet/plugins/csi.example.com", High, Medium),
            ("/var/lib/kubelets", Medium, Medium),
            ("/etc/cron.d", Critical, High),
            ("/etc/localtime", Medium, Medium),
            // More than certificates lies there: it is as bad as the rest of /etc.
            ("/etc/ssl", Critical, High),
            ("/proc/sys/kernel/core_pattern", Critical, Medium),
            ("/root/.ssh", Critical, High),
            ("/run/xtables.lock", Medium, Medium),
            ("/run", Critical, High),
            ("/var/log/pods", High, Medium),
            ("/mnt/data", Medium, Medium),
        ] {
            let found = exposures(path);
            let worst = |of: fn(&Exposure) -> Severity| found.iter().map(|row| of(row)).max().unwrap();
            let got = (worst(|row| row.writable), worst(|row| row.read_only));
            assert_eq!(got, (writable, read_only), "{path}");
        }
    }

    #[test]
    fn what_is_worst_is_named_first_and_once() {
        let paths = |path| exposures(path).iter().map(|row| row.path).collect::<Vec<_>>();
        assert_eq!(paths("/etc"), ["/etc"]);
        assert_eq!(paths("/var")[..2], ["/var/lib/kubelet", "/var/lib/etcd"]);
        assert_eq!(paths("/run")[0], "/run");
        assert_eq!(paths("/proc/sys/kernel"), ["/proc/sys/kernel"]);
        assert_eq!(paths("/mnt"), [""]);
    }

    #[test]
    fn the_table_is_clean_and_reading_is_no_worse_than_the_root() {
        for row in EXPOSURES {
            assert_eq!(clean_host_path(row.path), row.path);
            assert!(row.read_only <= row.writable && row.read_only <= WHOLE.read_only, "{}", row.path);
        }
    }
}
