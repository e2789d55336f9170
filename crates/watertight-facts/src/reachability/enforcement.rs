//! Whether somebody enforces policies, as far as the agents of network plugins are in view.

use watertight_model::ObjectId;
use watertight_netpol::{Endpoints, Inside, Namespaces, Policy, Position, Selector, Side, Tier, Truth};
use watertight_syntax::{Path, Value};

use crate::network::{Enforces, Plugin, PolicySpec};
use crate::world::World;

/// The network plugins whose agents are in view.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Enforcement {
    plugins: Vec<Plugin>,
    cilium: CiliumConfig,
}

/// What the ConfigMap of Cilium's agents says (`Documentation/security/policy/intro.rst`, "Policy Enforcement Modes").
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct CiliumConfig {
    /// Where `enable-policy` is `always`: pods are cut off from all that no policy names.
    always: Option<ObjectId>,
    /// Where it is `never`.
    never: bool,
    /// Where policies of Kubernetes are not looked at.
    ignores_kubernetes: bool,
    /// Where it is there and cannot be read.
    is_unread: bool,
}

impl CiliumConfig {
    fn of(world: &World<'_>) -> Self {
        let snapshot = world.snapshot();
        let configs = snapshot.of_kind("ConfigMap").iter().copied();
        let mut own = configs.filter(|id| &*snapshot.object(*id).identity().name == "cilium-config");
        let Some(id) = own.next() else { return Self::default() };
        let Ok(body) = snapshot.object(id).body() else {
            return Self { is_unread: true, ..Self::default() };
        };
        let says = |key: &'static str, value: &str| {
            let path = Path::root().at("data").key(key);
            body.root().at(&path).and_then(Value::as_str).is_some_and(|said| said.trim() == value)
        };
        Self {
            always: says("enable-policy", "always").then_some(id),
            never: says("enable-policy", "never"),
            ignores_kubernetes: says("enable-k8s-networkpolicy", "false"),
            is_unread: false,
        }
    }
}

/// Plugins that do not look at AdminNetworkPolicy and ClusterNetworkPolicy, by their documentation.
const WITHOUT_CLUSTER_POLICIES: [&str; 3] = ["Weave Net", "kube-router", "Azure NPM"];

impl Enforcement {
    pub(crate) fn of(world: &World<'_>) -> Self {
        let mut plugins: Vec<Plugin> = Vec::new();
        for entry in world.workloads() {
            let found = world.workload_facts(entry.object).and_then(|facts| facts.network.plugin);
            if let Some(plugin) = found.filter(|plugin| !plugins.contains(plugin)) {
                plugins.push(plugin);
            }
        }
        let mut found = Self { plugins, cilium: CiliumConfig::default() };
        if found.is_by("Cilium") {
            found.cilium = CiliumConfig::of(world);
        }
        let enforces = match () {
            () if found.cilium.never => Enforces::No,
            () if found.cilium.is_unread => Enforces::Maybe,
            () => Enforces::Yes,
        };
        let own = found.plugins.iter_mut().filter(|plugin| plugin.name == "Cilium");
        own.for_each(|plugin| plugin.enforces = enforces);
        found.plugins.sort_by_key(|plugin| (std::cmp::Reverse(plugin.enforces), plugin.name));
        found
    }

    fn enforcing(&self) -> impl Iterator<Item = &Plugin> {
        self.plugins.iter().filter(|plugin| plugin.enforces == Enforces::Yes)
    }

    /// Whether somebody in view may look at a policy of this kind. Where nobody is in view, somebody may.
    pub(super) fn takes(&self, says: &PolicySpec) -> bool {
        let takes = |plugin: &Plugin| match says {
            PolicySpec::Cilium { .. } => plugin.name == "Cilium",
            PolicySpec::Calico { .. } => plugin.name == "Calico",
            PolicySpec::Admin(_) | PolicySpec::Baseline(_) | PolicySpec::Cluster(_) => {
                !WITHOUT_CLUSTER_POLICIES.contains(&plugin.name)
            }
        };
        self.enforcing().next().is_none() || self.enforcing().any(takes)
    }

    /// Whether somebody may look at policies of Kubernetes.
    pub(super) fn takes_kubernetes(&self) -> bool {
        !self.cilium.ignores_kubernetes
    }

    /// What stands for a configuration by which pods are cut off without any policy.
    pub(super) fn isolates_everybody(&self) -> Option<Policy> {
        let side = || Some(Side { isolates: Truth::Yes, rules: Vec::new() });
        Some(Policy {
            tag: self.cilium.always?.0,
            tier: Tier::default_tier(),
            position: Position::LAST,
            name: String::new(),
            subject: Endpoints::Pods { namespaces: Namespaces::Every, labels: Selector::EVERYTHING },
            ingress: side(),
            egress: side(),
        })
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
        self.enforcing().any(|plugin| plugin.name == name)
    }

    /// Whether egress policies are asked before a pod opens something to its own node. Cilium has an entity `host` for
    /// that (`Documentation/security/policy/layer3.rst`); Calico lets such packets on to what
    /// `defaultEndpointToHostAction` says after the policies of the pod allowed them (`api/pkg/apis/projectcalico/v3/felixconfig.go`).
    pub(super) fn asks_towards_own_node(&self) -> bool {
        self.is_by("Cilium") || self.is_by("Calico")
    }

    /// Whether blocks of addresses stand for pods, as far as that is known.
    pub(super) fn blocks_mean_pods(&self) -> Inside {
        let mut enforcing = self.enforcing();
        match (enforcing.next(), enforcing.next()) {
            (Some(plugin), None) => plugin.blocks_mean_pods,
            _ => Inside::ByImplementation,
        }
    }
}
