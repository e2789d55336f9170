use std::fmt;
use std::str::FromStr;

use watertight_syntax::Path;

use crate::{Fingerprint, Fix, Identity, Object, ObjectId, Snapshot, Waiver};

/// How much an opening matters by itself, before anything is known of what surrounds it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing; nothing is open by it alone.
    Info,
    /// Depth of defence is missing.
    Low,
    /// Makes another flaw worse.
    Medium,
    /// Gives an intruder something that the workload was not meant to have.
    High,
    /// Gives the node or the cluster.
    Critical,
}

impl Severity {
    /// All, from the least to the worst.
    pub const ALL: [Self; 5] = [Self::Info, Self::Low, Self::Medium, Self::High, Self::Critical];

    /// The name in every output and setting.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
            Self::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Severity {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|severity| severity.name().eq_ignore_ascii_case(text))
            .ok_or_else(|| "expected info, low, medium, high or critical".to_owned())
    }
}

/// The layer of a cluster that a control hardens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Layer {
    /// What is run: references, registries, tags.
    Image,
    /// How it is run: the pod and its containers.
    Pod,
    /// Where it runs: what the namespace demands of everything in it.
    Namespace,
    /// As whom it acts towards the API server.
    Identity,
    /// What subjects are granted: roles and bindings.
    Rbac,
    /// Who can be reached, and from where.
    Network,
    /// What must not be read: credentials, and where they stand.
    Secrets,
    /// The API server, what stands beside it, and their versions.
    ControlPlane,
    /// The machine below: kubelet, operating system.
    Node,
    /// What has to be true before anything is let in: signatures, admission.
    SupplyChain,
    /// Whether it goes on when a part is lost. Not about intruders, and can be left out as a whole.
    Availability,
}

impl Layer {
    /// All, from the image outwards.
    pub const ALL: [Self; 11] = [
        Self::Image,
        Self::Pod,
        Self::Namespace,
        Self::Identity,
        Self::Rbac,
        Self::Network,
        Self::Secrets,
        Self::ControlPlane,
        Self::Node,
        Self::SupplyChain,
        Self::Availability,
    ];

    /// The name in every output and setting.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Image => "image",
            Self::Pod => "pod",
            Self::Namespace => "namespace",
            Self::Identity => "identity",
            Self::Rbac => "rbac",
            Self::Network => "network",
            Self::Secrets => "secrets",
            Self::ControlPlane => "control-plane",
            Self::Node => "node",
            Self::SupplyChain => "supply-chain",
            Self::Availability => "availability",
        }
    }
}

impl fmt::Display for Layer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// Where an outside framework speaks of the same thing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Mapping {
    /// Section of the CIS Kubernetes Benchmark v1.12.
    Cis(&'static str),
    /// Level of the Pod Security Standards that forbids it.
    PodSecurity(&'static str),
    /// Chapter of the NSA/CISA Kubernetes Hardening Guide v1.2.
    Nsa(&'static str),
    /// Technique of MITRE ATT&CK (Containers matrix).
    Attack(&'static str),
}

impl Mapping {
    /// The framework's short name.
    #[must_use]
    pub const fn framework(self) -> &'static str {
        match self {
            Self::Cis(_) => "cis",
            Self::PodSecurity(_) => "pod-security",
            Self::Nsa(_) => "nsa-cisa",
            Self::Attack(_) => "mitre-attack",
        }
    }

    /// The framework's own id of it.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Cis(id) | Self::PodSecurity(id) | Self::Nsa(id) | Self::Attack(id) => id,
        }
    }
}

/// What a control says of one subject.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// It is open.
    Fail,
    /// It could not be judged: something that the control needs was not seen.
    Unknown,
    /// It is open, and somebody decided to let it be.
    Waived(Box<Waiver>),
}

impl Verdict {
    /// The name in every output.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Fail => "fail",
            Self::Unknown => "unknown",
            Self::Waived(_) => "waived",
        }
    }
}

/// One opening: what is wrong, of which object, where in it, and how to close it.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The control's name.
    pub control: &'static str,
    /// The control's layer.
    pub layer: Layer,
    /// How much it matters.
    pub severity: Severity,
    /// Fail, unknown or waived. Passes are counted, not listed.
    pub verdict: Verdict,
    /// The object it belongs to: of a workload's instances, the top-most owner. `None` for what belongs to
    /// the cluster as a whole.
    pub object: Option<ObjectId>,
    /// The object that shows it: the same, unless that is an instance which differs from its owner.
    pub shown_by: Option<ObjectId>,
    /// How many objects in view show it: the workload itself, or its instances that differ.
    pub instances: u32,
    /// The field, present or absent.
    pub path: Path,
    /// What is open, naming container and value. Never a value that may be secret.
    pub message: String,
    /// How to close it, when the control knows.
    pub fix: Option<Fix>,
    /// Why there is no fix here, where the control has one elsewhere.
    pub no_fix: Option<&'static str>,
    /// Stable identity for baselines and waivers.
    pub fingerprint: Fingerprint,
}

impl Finding {
    /// Who it belongs to; for the cluster as a whole, [`Identity::cluster`].
    #[must_use]
    pub fn identity(&self, snapshot: &Snapshot) -> Identity {
        self.object.map_or_else(Identity::cluster, |id| snapshot.object(id).identity().clone())
    }

    /// The object that shows it, where it can be pointed at.
    #[must_use]
    pub fn shown<'s>(&self, snapshot: &'s Snapshot) -> Option<&'s Object> {
        self.shown_by.map(|id| snapshot.object(id))
    }
}

impl Finding {
    /// The field as it is printed: a key may be a credential as well as any text.
    #[must_use]
    pub fn shown_path(&self) -> String {
        watertight_credentials::masked(&self.path.to_string()).into_owned()
    }
}
