//! Linux capabilities as a container runtime reads their names.

use crate::container::Container;

/// A capability that a container asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AddedCapability<'w> {
    /// Its position in `capabilities.add`.
    pub index: usize,
    /// As written.
    pub written: &'w str,
    /// In capitals and without `CAP_`.
    pub name: String,
}

/// What runtimes give a container that asks for nothing (`defaultUnixCaps` in containerd's
/// `oci/spec.go`).
pub const DEFAULT_CAPABILITIES: [&str; 14] = [
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "NET_RAW",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

impl<'w> Container<'w> {
    /// The capabilities it adds. Runtimes compare names in any letter case (`WithCapabilities` in
    /// containerd's `spec_linux_opts.go`); CRI-O also takes the prefix `CAP_`.
    pub fn added_capabilities(self) -> impl Iterator<Item = AddedCapability<'w>> {
        let added = self.capabilities().and_then(|own| own.add.as_deref()).unwrap_or_default();
        added.iter().enumerate().map(|(index, written)| {
            let upper = written.to_ascii_uppercase();
            let name = upper.strip_prefix("CAP_").unwrap_or(&upper).to_owned();
            AddedCapability { index, written, name }
        })
    }

    /// Whether it drops the capability by this name, which may be `ALL`. A written prefix `CAP_`
    /// does not count: containerd puts one before what is written and drops nothing.
    #[must_use]
    pub fn drops_capability(self, name: &str) -> bool {
        let dropped = self.capabilities().and_then(|own| own.drop.as_deref()).unwrap_or_default();
        dropped.iter().any(|written| written.eq_ignore_ascii_case(name))
    }

    /// Whether one of the runtime's default capabilities is left to it. Runtimes first add or drop
    /// `ALL`, then add by name, then drop by name; of `ALL` both added and dropped, containerd
    /// leaves nothing and CRI-O everything, so it counts as added.
    #[must_use]
    pub fn keeps_default_capability(self, name: &str) -> bool {
        !self.drops_capability(name)
            && (!self.drops_capability("ALL")
                || self.added_capabilities().any(|added| added.name == name || added.name == "ALL"))
    }

    /// Whether a process can gain rights that its parent lacks: anything but `false` allows it
    /// (`AddNoNewPrivileges` in `pkg/securitycontext/util.go`).
    #[must_use]
    pub fn allows_privilege_escalation(self) -> bool {
        self.security().and_then(|own| own.allow_privilege_escalation) != Some(false)
    }

    /// Whether it cannot run as root: the kubelet refuses to start it as UID 0, or another user is
    /// set (`verifyRunAsNonRoot` in `pkg/kubelet/kuberuntime/security_context_others.go`).
    #[must_use]
    pub fn is_surely_not_root(self) -> bool {
        self.run_as_non_root().value == Some(true) || self.run_as_user().value.is_some_and(|uid| uid != 0)
    }
}
