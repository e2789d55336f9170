//! What keeps the processes of a pod from the node's kernel, as far as its runtime class says it.

use watertight_model::GroupKind;

use crate::object_facts::ObjectFacts;
use crate::world::View;

/// Names the handler that containers of a pod are run by.
pub const RUNTIME_CLASS: GroupKind = GroupKind { group: "node.k8s.io", kind: "RuntimeClass" };

/// What a runtime puts between a container and the node's kernel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Isolation {
    /// A kernel of its own, or a process that stands in for the kernel.
    OwnKernel,
    /// Nothing but namespaces and filters: a flaw of the kernel is a way out.
    SharedKernel,
    /// The name says nothing.
    Unknown,
}

impl Isolation {
    /// What a handler does, or a runtime class of which only the name is known. People name both after the
    /// runtime: gVisor (`runsc`), Kata Containers (`kata-qemu`, `kata-vm-isolation`), Firecracker, Hyper-V, Edera
    /// against runc, crun, youki, Sysbox and NVIDIA's wrapper around runc.
    #[must_use]
    pub fn of(name: &str) -> Self {
        const OWN: &[&str] = &["edera", "firecracker", "gvisor", "hypervisor", "kata", "runsc"];
        const SHARED: &[&str] = &["crun", "nvidia", "runc", "sysbox", "youki"];
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        if has(OWN) {
            Self::OwnKernel
        } else if name.is_empty() || has(SHARED) {
            Self::SharedKernel
        } else {
            Self::Unknown
        }
    }
}

impl<'w> View<'w> {
    /// The handler of a runtime class in view.
    ///
    /// # Panics
    /// When the control does not declare [`RUNTIME_CLASS`] among its `reads`.
    #[must_use]
    pub fn runtime_handler(self, class: &str) -> Option<&'w str> {
        self.declared(RUNTIME_CLASS);
        let classes = self.snapshot().of_kind(RUNTIME_CLASS.kind).iter();
        let mut named = classes.filter(|&&id| &*self.snapshot().object(id).identity().name == class);
        named.find_map(|&id| match self.world().facts(id) {
            ObjectFacts::RuntimeClass(handler) => Some(handler.as_str()),
            _ => None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_tell_runtimes() {
        for (name, is) in [
            ("gvisor", Isolation::OwnKernel),
            ("runsc-debug", Isolation::OwnKernel),
            ("kata-vm-isolation", Isolation::OwnKernel),
            ("runhcs-wcow-hypervisor", Isolation::OwnKernel),
            ("runc", Isolation::SharedKernel),
            ("sysbox-runc", Isolation::SharedKernel),
            ("", Isolation::SharedKernel),
            ("fast", Isolation::Unknown),
        ] {
            assert_eq!(Isolation::of(name), is, "{name}");
        }
    }
}
