//! Network plugins, by the images of their agents: which of them enforce policies.

use watertight_netpol::Inside;
use watertight_syntax::Value;

/// A network plugin whose agent is in view.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plugin {
    /// What people call it.
    pub name: &'static str,
    /// Whether it enforces policies.
    pub enforces: Enforces,
    /// Whether a block of a policy of `networking.k8s.io` stands for pods with an address in it.
    pub blocks_mean_pods: Inside,
}

/// Whether a plugin enforces policies.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Enforces {
    /// It does not.
    No,
    /// That depends on what is not in view.
    Maybe,
    /// It does.
    Yes,
}

/// A part of an image's repository and what it stands for. Those that enforce come first: canal is flannel with
/// Calico's agent beside it. Whether blocks mean pods: Calico and those that program addresses alike match whatever
/// has the address; Cilium gives blocks no endpoint that it manages
/// (`Documentation/security/policy/language.rst`, "CIDR based").
const AGENTS: &[(&str, &str, Enforces, Inside)] = &[
    ("cilium/cilium", "Cilium", Enforces::Yes, Inside::Never),
    ("calico/node", "Calico", Enforces::Yes, Inside::ByAddress),
    ("antrea/antrea-agent", "Antrea", Enforces::Yes, Inside::ByAddress),
    ("antrea/antrea-ubuntu", "Antrea", Enforces::Yes, Inside::ByAddress),
    ("kube-ovn", "Kube-OVN", Enforces::Yes, Inside::ByImplementation),
    ("ovn-kube", "OVN-Kubernetes", Enforces::Yes, Inside::ByImplementation),
    ("weave-npc", "Weave Net", Enforces::Yes, Inside::ByAddress),
    ("cloudnativelabs/kube-router", "kube-router", Enforces::Yes, Inside::ByAddress),
    ("kube-network-policies", "kube-network-policies", Enforces::Yes, Inside::ByAddress),
    ("azure-npm", "Azure NPM", Enforces::Yes, Inside::ByAddress),
    ("aws-network-policy-agent", "Amazon VPC CNI", Enforces::Maybe, Inside::ByAddress),
    ("kindnetd", "kindnet", Enforces::Maybe, Inside::ByAddress),
    ("terway", "Terway", Enforces::Maybe, Inside::ByImplementation),
    ("flannel", "flannel", Enforces::No, Inside::ByImplementation),
    ("weave-kube", "Weave Net", Enforces::No, Inside::ByImplementation),
    ("azure-cni", "Azure CNI", Enforces::No, Inside::ByImplementation),
    ("amazon-k8s-cni", "Amazon VPC CNI", Enforces::No, Inside::ByImplementation),
];

/// The first kindnetd that enforces policies, by the date in its tag: that of kind v0.24.0.
const KINDNET_SINCE: &str = "v20240813";

impl Plugin {
    /// The plugin whose agent a pod runs.
    pub(super) fn of(spec: Value<'_>) -> Option<Self> {
        let containers = || spec.get("containers").into_iter().flat_map(Value::items);
        AGENTS.iter().find_map(|(image, name, enforces, blocks_mean_pods)| {
            let is_agent = |container: &Value<'_>| {
                let own = container.get("image").and_then(Value::as_str).unwrap_or_default();
                let repository = own.split('@').next().unwrap_or_default();
                repository.contains(image) && !is_operator(repository)
            };
            let agent = containers().find(is_agent)?;
            let enforces = match *enforces {
                Enforces::Maybe => enforces_in(name, agent),
                Enforces::Yes if says(agent, SWITCHED_OFF) => Enforces::No,
                known => known,
            };
            Some(Self { name, enforces, blocks_mean_pods: *blocks_mean_pods })
        })
    }
}

/// Operators and other parts have the plugin's name too.
fn is_operator(repository: &str) -> bool {
    ["operator", "-controller", "hubble", "typha", "csi", "upgrade"]
        .iter()
        .any(|word| repository.contains(word))
}

/// How kube-router's firewall is switched off (`docs/user-guide.md`).
const SWITCHED_OFF: &str = "--run-firewall=false";

/// Whether an agent is started with an argument.
fn says(agent: Value<'_>, text: &str) -> bool {
    let words = ["command", "args"].into_iter().filter_map(|field| agent.get(field)).flat_map(Value::items);
    words.filter_map(Value::as_str).any(|word| word == text)
}

fn enforces_in(name: &str, agent: Value<'_>) -> Enforces {
    let image = agent.get("image").and_then(Value::as_str).unwrap_or_default();
    match name {
        "kindnet" => match image.rsplit_once(':') {
            Some((_, tag)) if tag.starts_with("v20") && tag >= KINDNET_SINCE => Enforces::Yes,
            Some((_, tag)) if tag.starts_with("v20") || tag.starts_with("0.") => Enforces::No,
            _ => Enforces::Maybe,
        },
        // The manifest and the chart of amazon-vpc-cni-k8s switch it by an argument.
        "Amazon VPC CNI" => match () {
            () if says(agent, "--enable-network-policy=true") => Enforces::Yes,
            () if says(agent, "--enable-network-policy=false") => Enforces::No,
            () => Enforces::Maybe,
        },
        _ => Enforces::Maybe,
    }
}
