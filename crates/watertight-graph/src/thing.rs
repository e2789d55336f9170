//! What can fall: the vertices of the graph, and how people write them.

use std::collections::HashMap;
use std::sync::Arc;

use watertight_rbac::RoleId;

/// An interned text: a name of an object, a namespace, a reference of an image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Name(u32);

impl Name {
    /// The least of all, where a range begins.
    pub const FIRST: Self = Self(0);
}

/// The texts behind [`Name`]s.
#[derive(Debug, Default)]
pub struct Names {
    texts: Vec<Arc<str>>,
    numbers: HashMap<Arc<str>, u32>,
}

impl Names {
    /// The number of a text, which is kept.
    #[expect(clippy::cast_possible_truncation, reason = "four billion names do not fit into memory")]
    pub fn add(&mut self, text: &str) -> Name {
        if let Some(&number) = self.numbers.get(text) {
            return Name(number);
        }
        let number = self.texts.len() as u32;
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        self.numbers.insert(text, number);
        Name(number)
    }

    /// The number of a text that is there.
    #[must_use]
    pub fn find(&self, text: &str) -> Option<Name> {
        self.numbers.get(text).copied().map(Name)
    }

    /// The text.
    #[must_use]
    pub fn text(&self, name: Name) -> &str {
        &self.texts[name.0 as usize]
    }
}

/// Where something holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scope {
    /// In the whole cluster.
    Everywhere,
    /// In a namespace.
    In(Name),
}

/// How much of a node is in somebody's hands, each implying those below it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Hold {
    /// Root on it.
    Root,
    /// Every file can be read.
    Files,
    /// The keys of the control plane, where it runs there.
    Keys,
    /// What etcd stores, where it runs there, can be read.
    Store,
    /// The same, and changed.
    StoreChanged,
    /// The kubelet's credentials.
    Identity,
    /// What the volumes of its pods hold: tokens and Secrets. Implied by the kubelet's credentials, which may fetch
    /// all of it.
    Volumes,
    /// What the processes of its containers that run as root hold.
    Processes,
}

/// Everything of one kind in a scope, so that grants for a scope are one edge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Every {
    /// Code in every pod.
    Pods,
    /// Code in every pod, and a container of one's own choice in it.
    DebuggedPods,
    /// Pods of one's own choice may be run.
    NewPod,
    /// A token of every service account.
    Accounts,
    /// Every Secret is known.
    Secrets,
    /// Everything may be done there.
    Admin,
    /// Every listening port of a pod can be connected to.
    Listening,
}

/// What the attack is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Goal {
    /// Everything in the cluster.
    ClusterAdmin,
    /// Root on some node.
    NodeRoot,
    /// Root on every node.
    AllNodes,
    /// Every Secret is known.
    AllSecrets,
    /// Code in kube-system, its Secrets, or pods of one's own choice there.
    KubeSystem,
    /// An identity of the cloud.
    CloudAccount,
}

impl Goal {
    /// All, the worst first.
    pub const ALL: [Self; 6] = [
        Self::ClusterAdmin,
        Self::AllNodes,
        Self::AllSecrets,
        Self::NodeRoot,
        Self::KubeSystem,
        Self::CloudAccount,
    ];

    /// Its place among [`Goal::ALL`]: the worst is 0.
    #[must_use]
    pub fn rank(self) -> usize {
        Self::ALL.iter().position(|own| *own == self).unwrap_or(Self::ALL.len())
    }

    /// As it is written behind `goal/`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::ClusterAdmin => "cluster-admin",
            Self::NodeRoot => "node-root",
            Self::AllNodes => "all-nodes",
            Self::AllSecrets => "all-secrets",
            Self::KubeSystem => "kube-system",
            Self::CloudAccount => "cloud-account",
        }
    }
}

/// A vertex.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Thing {
    /// Whoever is outside of the cluster.
    Internet,
    /// A user who is no service account: whoever has a credential of that name.
    User(Name),
    /// A group: one member.
    Group(Name),
    /// A service account, by namespace and name: a token of it.
    Account(Name, Name),
    /// A workload, by place in the scene: code in all containers of its running pods.
    Workload(u32),
    /// One container of it, by place: code in it.
    Container(u32, u32),
    /// A node, by place in the scene, as far as somebody holds it.
    Node(u32, Hold),
    /// The nodes of a workload, by place in the scene.
    Placed(u32, Hold),
    /// Every node: pods may be put on the one that is chosen.
    EveryNode,
    /// An image, by reference: the next pull is the attacker's.
    Image(Name),
    /// A registry, by host: images in it can be replaced.
    Registry(Name),
    /// A Secret, by namespace and name: its value is known.
    Secret(Name, Name),
    /// A ConfigMap that carries trust, by namespace and name: it can be changed.
    ConfigMap(Name, Name),
    /// A claim, by namespace and name: what is on its volume can be read and changed.
    Claim(Name, Name),
    /// A PersistentVolume.
    Volume(Name),
    /// A namespace, as where an attack begins: every workload in it.
    Namespace(Name),
    /// A namespace, as where an attack gets: something in it is held.
    Touched(Name),
    /// An identity of the cloud.
    Cloud(Name),
    /// The store behind the API server.
    Etcd,
    /// All of one kind.
    All(Every, Scope),
    /// Any user, group or account whose name is known, except `system:masters`.
    AnyIdentity,
    /// Any user who is no service account.
    AnyUser,
    /// Every object can be changed on its way into the cluster.
    Admission,
    /// Whoever may act as a role, in its scope.
    Role(RoleId, Scope),
    /// Whoever may do what a need of the catalogue says, by its number, in a scope, perhaps to one name only.
    Power(u16, Scope, Option<Name>),
    /// Whoever meets one list of needs of an edge: the edge's number, the list's, the scope.
    Met(u16, u8, Scope),
    /// One requester, as far as it meets one list of needs, by number.
    Own(u32),
    /// Whoever meets all premises of a conjunction, by its number.
    Both(u32),
    /// What the kubelet may fetch for pods of a workload.
    Fetched(u32),
    /// What the volumes of pods of a workload hold.
    Mounted(u32),
    /// What the containers of a workload that run as root hold.
    Running(u32),
    /// The folder in which the nodes of a workload keep the logs of pods can be changed.
    PodLogs(u32),
    /// A folder of logs of the nodes of a workload can be changed.
    NodeLogs(u32),
    /// A place in the network: whoever is in a group of pods that reach the same, by number.
    From(u32),
    /// A listening container in a group that the same reach, by number.
    Towards(u32),
    /// A goal.
    Goal(Goal),
}

impl Thing {
    /// Whether people would name it; what is not is a step of the bookkeeping between two that they would.
    #[must_use]
    pub fn is_named(self) -> bool {
        !matches!(
            self,
            Self::Placed(..)
                | Self::Role(..)
                | Self::Power(..)
                | Self::Met(..)
                | Self::Own(_)
                | Self::Both(_)
                | Self::Fetched(_)
                | Self::Mounted(_)
                | Self::Running(_)
                | Self::PodLogs(_)
                | Self::NodeLogs(_)
                | Self::From(_)
                | Self::Towards(_)
                | Self::Touched(_)
        )
    }
}
