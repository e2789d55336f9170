//! Whether somebody enforces policies, as far as the agents of network plugins are in view.

use watertight_netpol::Inside;

use crate::network::{Enforces, Plugin};
use crate::world::World;

/// The network plugins whose agents are in view.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Enforcement {
    plugins: Vec<Plugin>,
}

impl Enforcement {
    pub(crate) fn of(world: &World<'_>) -> Self {
        let mut plugins: Vec<Plugin> = Vec::new();
        for entry in world.workloads() {
            let found = world.workload_facts(entry.object).and_then(|facts| facts.network.plugin);
            if let Some(plugin) = found.filter(|plugin| !plugins.contains(plugin)) {
                plugins.push(plugin);
            }
        }
        plugins.sort_by_key(|plugin| (std::cmp::Reverse(plugin.enforces), plugin.name));
        Self { plugins }
    }

    /// Whether policies are enforced; `None` without evidence.
    #[must_use]
    pub fn enforced(&self) -> Option<bool> {
        match self.plugins.iter().map(|plugin| plugin.enforces).max() {
            Some(Enforces::Yes) => Some(true),
            Some(Enforces::No) => Some(false),
            Some(Enforces::Maybe) | None => None,
        }
    }

    /// The names of the plugins, those that enforce first.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.plugins.iter().map(|plugin| plugin.name)
    }

    /// Whether a plugin in view that enforces policies has this name.
    pub(super) fn is_by(&self, name: &str) -> bool {
        self.plugins.iter().any(|plugin| plugin.enforces == Enforces::Yes && plugin.name == name)
    }

    /// Whether egress policies are asked before a pod opens something to its own node. Cilium has an entity `host` for
    /// that (`Documentation/security/policy/layer3.rst`); Calico lets such packets on to what
    /// `defaultEndpointToHostAction` says after the policies of the pod allowed them (`api/pkg/apis/projectcalico/v3/felixconfig.go`).
    pub(super) fn asks_towards_own_node(&self) -> bool {
        self.is_by("Cilium") || self.is_by("Calico")
    }

    /// Whether blocks of addresses stand for pods, as far as that is known.
    pub(super) fn blocks_mean_pods(&self) -> Inside {
        let mut enforcing = self.plugins.iter().filter(|plugin| plugin.enforces == Enforces::Yes);
        match (enforcing.next(), enforcing.next()) {
            (Some(plugin), None) => plugin.blocks_mean_pods,
            _ => Inside::ByImplementation,
        }
    }
}
