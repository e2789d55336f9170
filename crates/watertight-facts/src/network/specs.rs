//! What policies of other kinds than Kubernetes' own say, as they are written, for `watertight-netpol`.

use std::collections::BTreeMap;

use serde::de::DeserializeOwned;
use watertight_model::{Body, GroupKind, Identity};
use watertight_netpol::{calico, cilium, cluster_policy};
use watertight_syntax::Path;

use super::policy::Problem;

const CALICO: [&str; 2] = ["projectcalico.org", "crd.projectcalico.org"];

/// Calico's group in which objects are stored: nobody fills in defaults there.
const STORED: &str = CALICO[1];

/// What a policy says.
#[derive(Debug, Clone)]
pub(crate) enum PolicySpec {
    Admin(cluster_policy::Spec),
    Baseline(cluster_policy::Spec),
    Cluster(cluster_policy::Spec),
    Cilium { is_global: bool, specs: cilium::Specs },
    Calico { is_global: bool, stored: bool, spec: calico::Spec },
}

impl PolicySpec {
    /// What a policy of one of the other kinds says, with what had to be left out of it.
    pub(super) fn of(identity: &Identity, body: &Body<'_>) -> (Option<Self>, Vec<Problem>) {
        let mut left_out = Vec::new();
        let spec = Path::root().key("spec");
        let says = match (&*identity.group, &*identity.kind) {
            ("policy.networking.k8s.io", "AdminNetworkPolicy") => {
                Self::Admin(read(body, &spec, &mut left_out))
            }
            ("policy.networking.k8s.io", "BaselineAdminNetworkPolicy") => {
                Self::Baseline(read(body, &spec, &mut left_out))
            }
            ("policy.networking.k8s.io", "ClusterNetworkPolicy") => {
                Self::Cluster(read(body, &spec, &mut left_out))
            }
            ("cilium.io", kind) => Self::Cilium {
                is_global: kind == "CiliumClusterwideNetworkPolicy",
                specs: read(body, &Path::root(), &mut left_out),
            },
            (group, kind) if CALICO.contains(&group) => Self::Calico {
                is_global: kind == "GlobalNetworkPolicy",
                stored: group == STORED,
                spec: read(body, &spec, &mut left_out),
            },
            _ => return (None, left_out),
        };
        (Some(says), left_out)
    }
}

fn read<T: DeserializeOwned + Default>(body: &Body<'_>, at: &Path, left_out: &mut Vec<Problem>) -> T {
    let (spec, problems) = super::read(body, at);
    left_out.extend(problems);
    spec
}

/// The kinds that policies of Calico and Cilium refer to, or that change what they mean.
pub const COMPANIONS: [GroupKind; 10] = [
    GroupKind { group: CALICO[0], kind: "Tier" },
    GroupKind { group: CALICO[1], kind: "Tier" },
    GroupKind { group: CALICO[0], kind: "NetworkSet" },
    GroupKind { group: CALICO[1], kind: "NetworkSet" },
    GroupKind { group: CALICO[0], kind: "GlobalNetworkSet" },
    GroupKind { group: CALICO[1], kind: "GlobalNetworkSet" },
    GroupKind { group: CALICO[0], kind: "Profile" },
    GroupKind { group: CALICO[0], kind: "HostEndpoint" },
    GroupKind { group: CALICO[1], kind: "HostEndpoint" },
    GroupKind { group: "cilium.io", kind: "CiliumCIDRGroup" },
];

/// What policies refer to.
#[derive(Debug, Clone)]
pub enum Companion {
    /// A tier of Calico.
    Tier(calico::TierSpec),
    /// A NetworkSet or a GlobalNetworkSet.
    NetworkSet {
        /// Whether it is of the cluster.
        is_global: bool,
        /// Its labels.
        labels: BTreeMap<String, String>,
        /// Its addresses.
        spec: calico::NetworkSetSpec,
    },
    /// A Profile of Calico.
    Profile(calico::ProfileSpec),
    /// A HostEndpoint of Calico.
    HostEndpoint,
    /// A CiliumCIDRGroup.
    CidrGroup {
        /// Its labels.
        labels: BTreeMap<String, String>,
        /// Its addresses.
        spec: cilium::CidrGroupSpec,
    },
}

impl Companion {
    pub(super) fn is(identity: &Identity) -> bool {
        COMPANIONS.iter().any(|kind| kind.is(identity))
    }

    /// The companion that an object is; `None` for another kind.
    pub(super) fn of(identity: &Identity, body: &Body<'_>) -> Option<(Self, Vec<Problem>)> {
        if !Self::is(identity) {
            return None;
        }
        let mut left_out = Vec::new();
        let spec = Path::root().key("spec");
        let labels = super::labels(body.root());
        let companion = match &*identity.kind {
            "Tier" => Self::Tier(read(body, &spec, &mut left_out)),
            "Profile" => Self::Profile(read(body, &spec, &mut left_out)),
            "HostEndpoint" => Self::HostEndpoint,
            "CiliumCIDRGroup" => Self::CidrGroup { labels, spec: read(body, &spec, &mut left_out) },
            kind => Self::NetworkSet {
                is_global: kind == "GlobalNetworkSet",
                labels,
                spec: read(body, &spec, &mut left_out),
            },
        };
        Some((companion, left_out))
    }
}
