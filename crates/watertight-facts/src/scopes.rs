//! What a control can be about, beside objects and workloads: a namespace, a binding, a role, the cluster.

use watertight_model::{GroupKind, Identity, KubernetesVersion, Namespace, Object, ObjectId};
use watertight_rbac::{BindingView, RoleView};

use crate::control_plane::{Component, Configured, Setting, Unseen};
use crate::identities::RBAC;
use crate::object_facts::NamespaceFacts;
use crate::world::{Settings, View, World};

/// An object of the scope with the world around it, as far as the control declares it.
macro_rules! scope {
    ($(#[doc = $doc:literal])+ $Scope:ident, $fact:ident: $Fact:ty, $of:expr) => {
        $(#[doc = $doc])+
        #[derive(Clone, Copy)]
        pub struct $Scope<'w> {
            id: ObjectId,
            view: View<'w>,
            $fact: $Fact,
        }

        impl std::fmt::Debug for $Scope<'_> {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{}", self.identity())
            }
        }

        impl<'w> $Scope<'w> {
            /// The scope of an object; `None` when it is of another kind or could not be read.
            #[must_use]
            pub fn of(world: &'w World<'w>, id: ObjectId, view: View<'w>) -> Option<Self> {
                let of: fn(&'w World<'w>, ObjectId) -> Option<$Fact> = $of;
                of(world, id).map(|$fact| Self { id, view, $fact })
            }

            /// Its number in the snapshot.
            #[must_use]
            pub fn id(self) -> ObjectId {
                self.id
            }

            /// The object.
            #[must_use]
            pub fn object(self) -> &'w Object {
                self.view.snapshot().object(self.id)
            }

            /// Who it is.
            #[must_use]
            pub fn identity(self) -> &'w Identity {
                self.object().identity()
            }

            /// The world, as far as the control declares it.
            #[must_use]
            pub fn view(self) -> View<'w> {
                self.view
            }

            /// What the user said.
            #[must_use]
            pub fn settings(self) -> &'w Settings {
                self.view.settings()
            }
        }
    };
}

scope!(
    /// A namespace that somebody declared.
    NamespaceScope, facts: &'w NamespaceFacts, |world, id| world.namespace_facts(id)
);
scope!(
    /// A binding that somebody wrote, with what it grants to whom.
    BindingScope, binding: BindingView<'w>, |world, id| {
        is_rbac(world, id).then(|| world.identities().binding(id)).flatten()
    }
);
scope!(
    /// A role that somebody wrote. Several of one identity have the rules of all.
    RoleScope, role: RoleView<'w>, |world, id| {
        is_rbac(world, id).then(|| world.identities().role(id)).flatten()
    }
);

/// The cluster as a whole.
#[derive(Debug, Clone, Copy)]
pub struct ClusterScope<'w> {
    view: View<'w>,
}

impl<'w> ClusterScope<'w> {
    /// The cluster as a control sees it that declares `reads`.
    #[must_use]
    pub fn new(world: &'w World<'w>, reads: &'static [GroupKind]) -> Self {
        Self { view: View::new(world, reads) }
    }

    /// The world, as far as the control declares it.
    #[must_use]
    pub fn view(self) -> View<'w> {
        self.view
    }

    /// What the user said.
    #[must_use]
    pub fn settings(self) -> &'w Settings {
        self.view.settings()
    }
}

impl<'w> NamespaceScope<'w> {
    /// Its name.
    #[must_use]
    pub fn name(self) -> &'w str {
        &self.identity().name
    }

    /// The namespace that its objects are in.
    #[must_use]
    pub fn namespace(self) -> Namespace {
        Namespace::Named(self.identity().name.clone())
    }

    /// The value of a label.
    #[must_use]
    pub fn label(self, key: &str) -> Option<&'w str> {
        self.facts.labels.get(key).map(String::as_str)
    }

    /// Its labels and what is wrong with them.
    #[must_use]
    pub fn facts(self) -> &'w NamespaceFacts {
        self.facts
    }
}

impl<'w> BindingScope<'w> {
    /// The binding: its subjects, its role with the rules in force.
    #[must_use]
    pub fn binding(self) -> BindingView<'w> {
        self.binding
    }
}

impl<'w> RoleScope<'w> {
    /// The role with the rules in force.
    #[must_use]
    pub fn role(self) -> RoleView<'w> {
        self.role
    }
}

/// A component of Kubernetes as one object configures it.
#[derive(Clone, Copy)]
pub struct ComponentScope<'w> {
    id: ObjectId,
    view: View<'w>,
    configured: &'w Configured,
}

impl std::fmt::Debug for ComponentScope<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} of {}", self.component().name(), self.identity())
    }
}

impl<'w> ComponentScope<'w> {
    /// Every one of these components that an object configures.
    pub fn all(
        world: &'w World<'w>,
        id: ObjectId,
        view: View<'w>,
        components: &'static [Component],
    ) -> Vec<Self> {
        let here = world.components(id).iter().filter(|own| components.contains(&own.component()));
        here.map(|configured| Self { id, view, configured }).collect()
    }

    /// Which component.
    #[must_use]
    pub fn component(self) -> Component {
        self.configured.component()
    }

    /// How the object configures it.
    #[must_use]
    pub fn configured(self) -> &'w Configured {
        self.configured
    }

    /// The value of a flag that is in force in the target version.
    ///
    /// # Errors
    /// When it cannot be known.
    pub fn setting(self, flag: &str) -> Result<Setting, Unseen> {
        self.configured.setting(flag, self.target())
    }

    /// The version whose defaults hold.
    #[must_use]
    pub fn target(self) -> KubernetesVersion {
        self.view.settings().target
    }

    /// The number of the object in the snapshot.
    #[must_use]
    pub fn id(self) -> ObjectId {
        self.id
    }

    /// The object that configures it.
    #[must_use]
    pub fn identity(self) -> &'w Identity {
        self.view.snapshot().object(self.id).identity()
    }

    /// The world, as far as the control declares it.
    #[must_use]
    pub fn view(self) -> View<'w> {
        self.view
    }
}

/// Whether identities have to be asked: where nobody wrote RBAC objects, they are not even made.
fn is_rbac(world: &World<'_>, id: ObjectId) -> bool {
    let identity = world.snapshot().object(id).identity();
    RBAC.iter().any(|kind| kind.is(identity))
}
