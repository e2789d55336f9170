//! A Service as a client meets it: which of its ports are meant, and its name.

use std::borrow::Cow;
use std::collections::BTreeMap;

use watertight_model::{Namespace, ObjectId};
use watertight_netpol::ServicePort;

use crate::network::{self, BackendPort, NetworkObject};
use crate::world::World;

/// A Service in view, or one that an operator makes.
#[derive(Debug, Clone)]
pub(super) struct Service<'w> {
    /// The object; that of the custom resource for one that an operator makes.
    pub(super) id: ObjectId,
    pub(super) namespace: Namespace,
    pub(super) name: String,
    pub(super) annotations: BTreeMap<String, String>,
    /// What it says.
    pub(super) says: Cow<'w, network::Service>,
}

/// Which ports of a Service are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which<'t> {
    /// The one of this number.
    Number(u16),
    /// The one of this name.
    Name(&'t str),
    /// Those that lead to this target: a number or a name.
    Target(&'t str),
    /// Those that an entry means.
    Entry(&'t BackendPort),
    /// All.
    Every,
}

impl<'w> Service<'w> {
    /// The Service that an object is. Fields that do not fit are gaps of the world already.
    pub(super) fn of(world: &'w World<'_>, id: ObjectId) -> Option<Self> {
        let Some(NetworkObject::Service(says)) = world.network_object(id) else { return None };
        let object = world.snapshot().object(id);
        Some(Self {
            id,
            namespace: object.identity().namespace.clone(),
            name: object.identity().name.to_string(),
            annotations: network::texts(object.body().ok()?.root(), "annotations"),
            says: Cow::Borrowed(says),
        })
    }

    /// The ports that are meant.
    pub(super) fn meant<'s>(&'s self, which: Which<'s>) -> impl Iterator<Item = &'s ServicePort> {
        self.says.ports.iter().filter(move |port| match which {
            Which::Every => true,
            Which::Number(number) => port.port == number,
            Which::Name(name) => port.name == name,
            Which::Target(text) => port.target.is(text),
            Which::Entry(meant) => meant.is(port),
        })
    }

    /// Its identity, as people write it.
    pub(super) fn described(&self) -> String {
        match self.namespace.name() {
            Some(namespace) => format!("Service {namespace}/{}", self.name),
            None => format!("Service {}", self.name),
        }
    }
}
