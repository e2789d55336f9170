//! Who the process of a container is, and what it can touch: the preconditions of ways out of it.
//!
//! Upstream: `pkg/securitycontext/util.go` and `pkg/kubelet/kuberuntime/security_context.go` of Kubernetes for what the
//! kubelet asks of the runtime; capabilities(7) for what the kernel makes of it. Added capabilities are in force for
//! root only: the runtime gives a process of another UID none (`WithUser` and `WithCapabilities` in containerd's
//! `pkg/oci/spec_opts.go`), and Kubernetes has no ambient capabilities (KEP-2763).

use watertight_facts::{Container, DEFAULT_CAPABILITIES, HostVolume, Isolation, Os, Role, Workload};
use watertight_model::ObjectId;
use watertight_syntax::Path;

use crate::build::Vertex;
use crate::claims::Claimed;
use crate::evidence::Fact;
use crate::scene::Load;

/// Said of a container whose user is not written.
pub const ROOT_BY_IMAGE: &str =
    "the image decides the user, which counts as root as long as nothing is written";

/// One container, as far as ways out of it go.
pub struct Process<'w> {
    /// Its workload, opened.
    pub workload: Workload<'w>,
    /// Itself.
    pub container: Container<'w>,
    /// Whoever runs code in it.
    pub vertex: Vertex,
    /// The place of its workload in the scene.
    pub place: u32,
    /// What the runtime class puts between it and the node's kernel.
    pub isolation: Isolation,
    /// The `hostPath` volumes of its workload.
    pub volumes: &'w [HostVolume<'w>],
    /// The volumes of its workload that are claims bound to folders and devices of nodes.
    pub claims: &'w [Claimed<'w>],
    /// What else is known of its workload.
    pub load: &'w Load,
}

impl<'w> Process<'w> {
    /// The object whose fields count.
    #[must_use]
    pub fn object(&self) -> ObjectId {
        self.workload.id()
    }

    /// A field of it.
    #[must_use]
    pub fn field(&self, path: Path) -> Fact {
        Fact::Field(self.object(), path)
    }

    /// A field below the pod's spec.
    #[must_use]
    pub fn pod_field(&self, key: &'static str) -> Fact {
        self.field(self.workload.path().key(key))
    }

    /// Whether the process has UID 0 in its own namespace, and what is taken for granted then.
    #[must_use]
    pub fn is_root_within(&self) -> Option<Option<&'static str>> {
        match self.container.run_as_user().value {
            Some(0) => Some(None),
            Some(_) => None,
            None if self.container.run_as_non_root().value == Some(true) => None,
            None => Some(Some(ROOT_BY_IMAGE)),
        }
    }

    /// The same on the node: a user namespace makes it nobody there.
    #[must_use]
    pub fn is_root(&self) -> Option<Option<&'static str>> {
        if self.workload.os() == Os::Windows || self.workload.has_user_namespace() {
            return None;
        }
        self.is_root_within()
    }

    /// Whether what the kernel of the node would give it is the node's: no user namespace, and no kernel of its own.
    #[must_use]
    pub fn is_root_in_kernel(&self) -> Option<Option<&'static str>> {
        if self.isolation == Isolation::OwnKernel { None } else { self.is_root() }
    }

    /// Whether group 0 may be among its groups: written, or not ruled out. A user without a written group has that of
    /// the image, and 0 where the image does not know the user (`WithUserID` in containerd's `pkg/oci/spec_opts.go`).
    #[must_use]
    pub fn may_be_in_root_group(&self) -> bool {
        let pod = self.workload.spec().security_context.as_ref();
        let added = pod.is_some_and(|pod| {
            pod.fs_group == Some(0) || pod.supplemental_groups.iter().flatten().any(|group| *group == 0)
        });
        added || matches!(self.container.run_as_group().value, None | Some(0))
    }

    /// Whether its containers are kept as they are by Kubernetes: an init container has ended once the pod runs.
    #[must_use]
    pub fn stays(&self) -> bool {
        self.container.role() != Role::Init
    }

    /// The place where a capability is added, by its own name or as `ALL`.
    #[must_use]
    pub fn added(&self, capability: &str) -> Option<Fact> {
        if self.container.drops_capability(capability) {
            return None;
        }
        let mut added = self.container.added_capabilities();
        let found = added.find(|added| added.name == capability || added.name == "ALL")?;
        let path = self.container.at("securityContext.capabilities.add").index(found.index);
        Some(self.field(path))
    }

    /// Whether root in it has a capability, written or by default.
    #[must_use]
    pub fn has(&self, capability: &str) -> bool {
        self.container.is_privileged()
            || self.added(capability).is_some()
            || (DEFAULT_CAPABILITIES.contains(&capability)
                && self.container.keeps_default_capability(capability))
    }

    /// Whether an AppArmor profile is written that confines it. Without one, whether the runtime's own is in force
    /// depends on the node. A privileged container has none (`GetProfile` in `pkg/security/apparmor/helpers.go` gives
    /// what is written; containerd and CRI-O apply none to privileged containers that ask for no other).
    #[must_use]
    pub fn is_confined(&self) -> bool {
        self.container.apparmor().value.is_some_and(|profile| profile != "unconfined")
    }

    /// The place of `privileged`.
    #[must_use]
    pub fn privileged(&self) -> Option<Fact> {
        self.container.is_privileged().then(|| self.field(self.container.at("securityContext.privileged")))
    }
}
