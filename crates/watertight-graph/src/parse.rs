//! Things as people name them on the command line.

use watertight_facts::identities::namespace_in_policy;

use crate::build::Vertex;
use crate::graph::AttackGraph;
use crate::paths::meant_as_target;
use crate::thing::{Goal, Hold, Thing};

/// Why a text names nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unknown {
    /// What is wrong, in words.
    pub why: String,
    /// What to do, or what there is.
    pub help: Option<String>,
}

/// How things are written, for messages.
pub const FORMS: &str = "internet, user/NAME, group/NAME, sa/NAMESPACE/NAME, deployment/NAMESPACE/NAME (or any other kind of \
workload, pod too), node/NAME, image/REFERENCE, registry/HOST, secret/NAMESPACE/NAME, namespace/NAME, cloud/IDENTITY, or \
goal/NAME with cluster-admin, node-root, all-nodes, all-secrets, kube-system or cloud-account";

impl AttackGraph<'_> {
    /// The thing that a text names.
    ///
    /// # Errors
    /// What is wrong with it, and what looks like it.
    pub fn find(&self, text: &str) -> Result<Thing, Unknown> {
        let parts: Vec<&str> = text.splitn(3, '/').collect();
        let thing = match parts.as_slice() {
            ["internet"] => Some(Thing::Internet),
            ["etcd"] => Some(Thing::Etcd),
            ["goal", name] => return self.goal(name),
            ["user", _, ..] => self.names.find(&text["user/".len()..]).map(Thing::User),
            ["group", _, ..] => self.names.find(&text["group/".len()..]).map(Thing::Group),
            ["image", _, ..] => self.image(&text["image/".len()..]),
            ["registry", _, ..] => self.names.find(&text["registry/".len()..]).map(Thing::Registry),
            ["cloud", _, ..] => self.names.find(&text["cloud/".len()..]).map(Thing::Cloud),
            ["namespace" | "ns", name] => self.home_named(name).map(Thing::Namespace),
            ["node" | "no", name] => self.node(name),
            ["volume" | "pv", name] => self.names.find(name).map(Thing::Volume),
            [kind, namespace, name] => self.in_namespace(kind, namespace, name),
            _ => {
                return Err(Unknown {
                    why: format!("`{text}` names nothing"),
                    help: Some(format!("a thing is written {FORMS}")),
                });
            }
        };
        thing.filter(|thing| self.vertex(*thing).is_some()).ok_or_else(|| self.nothing(text))
    }

    fn goal(&self, name: &str) -> Result<Thing, Unknown> {
        Goal::ALL.into_iter().find(|goal| goal.name() == name).map(Thing::Goal).ok_or_else(|| Unknown {
            why: format!("`{name}` is no goal"),
            help: Some(format!("goals are {}", Goal::ALL.map(Goal::name).join(", "))),
        })
    }

    fn home_named(&self, text: &str) -> Option<crate::thing::Name> {
        let text = if text == "-" { watertight_facts::identities::UNSPECIFIED_NAMESPACE } else { text };
        self.names.find(text)
    }

    fn node(&self, text: &str) -> Option<Thing> {
        let mut nodes = (0u32..).zip(&self.scene.nodes);
        let found = nodes.find(|(_, node)| self.names.text(node.name) == text);
        found.map(|(place, _)| Thing::Node(place, Hold::Root))
    }

    /// An image by its reference, or by the one with `docker.io/library/` and `:latest` that it stands for.
    fn image(&self, text: &str) -> Option<Thing> {
        self.names.find(text).map(Thing::Image).filter(|thing| self.vertex(*thing).is_some())
    }

    fn in_namespace(&self, kind: &str, namespace: &str, name: &str) -> Option<Thing> {
        let home = self.home_named(namespace)?;
        let kind = kind.to_ascii_lowercase();
        match kind.as_str() {
            "sa" | "serviceaccount" | "serviceaccounts" => Some(Thing::Account(home, self.names.find(name)?)),
            "secret" | "secrets" => Some(Thing::Secret(home, self.names.find(name)?)),
            "configmap" | "cm" => Some(Thing::ConfigMap(home, self.names.find(name)?)),
            "claim" | "pvc" => Some(Thing::Claim(home, self.names.find(name)?)),
            kind => {
                let (name, container) =
                    name.split_once('#').map_or((name, None), |(own, of)| (own, Some(of)));
                let place = self.workload(kind, home, name)?;
                let Some(container) = container else { return Some(Thing::Workload(place)) };
                let load = &self.scene.workloads[place as usize];
                let at = load.containers.iter().position(|own| self.names.text(own.name) == container)?;
                let at = crate::shape::number(at);
                let own = Thing::Container(place, at);
                Some(if self.vertex(own).is_some() { own } else { Thing::Workload(place) })
            }
        }
    }

    /// A workload by its kind and name, or by the name of one of its pods.
    fn workload(&self, kind: &str, home: crate::thing::Name, name: &str) -> Option<u32> {
        let kind = match kind {
            "deploy" | "deployments" => "deployment",
            "sts" | "statefulsets" => "statefulset",
            "ds" | "daemonsets" => "daemonset",
            "rs" | "replicasets" => "replicaset",
            "rc" => "replicationcontroller",
            "cj" | "cronjobs" => "cronjob",
            "jobs" => "job",
            "po" | "pods" => "pod",
            kind => kind,
        };
        let in_home = || (0u32..).zip(&self.scene.workloads).filter(move |(_, load)| load.namespace == home);
        let own = in_home().find(|(_, load)| load.kind == kind && self.names.text(load.name) == name);
        let snapshot = self.scene.world.snapshot();
        own.map(|(place, _)| place).or_else(|| {
            let has = |place: u32| {
                self.scene.reach.workloads[place as usize].pods.iter().any(|&at| {
                    let identity = snapshot.object(self.scene.reach.pods[at].object).identity();
                    identity.kind.eq_ignore_ascii_case(kind) && &*identity.name == name
                })
            };
            in_home()
                .map(|(place, _)| place)
                .find(|place| has(*place))
                .or_else(|| self.owner_of(kind, home, name))
        })
    }

    /// The workload of an object that is between it and its pods, as a ReplicaSet of a Deployment.
    fn owner_of(&self, kind: &str, home: crate::thing::Name, name: &str) -> Option<u32> {
        let world = self.scene.world;
        let home = self.names.text(home);
        let owner = |kind: &str, name: &str| {
            let mut objects = world.snapshot().objects();
            let (id, _) = objects.find(|(_, object)| {
                let own = object.identity();
                own.kind.eq_ignore_ascii_case(kind)
                    && &*own.name == name
                    && namespace_in_policy(&own.namespace) == home
            })?;
            world.workload_facts(id)?.owner.as_ref()
        };
        let (mut kind, mut name) = (kind, name);
        // Owners may form a circle; a chain longer than this is one.
        for _ in 0..8 {
            let (_, of, named) = owner(kind, name)?;
            let place = (0u32..).zip(&self.scene.workloads).find(|(_, load)| {
                load.kind.eq_ignore_ascii_case(of)
                    && self.names.text(load.name) == named
                    && self.names.text(load.namespace) == home
            });
            if let Some((place, _)) = place {
                return Some(place);
            }
            (kind, name) = (of, named);
        }
        None
    }

    fn nothing(&self, text: &str) -> Unknown {
        let wanted = text.rsplit('/').next().unwrap_or(text).to_ascii_lowercase();
        let form = text.split_once('/').map_or(text, |(form, _)| form).to_ascii_lowercase();
        let mut alike: Vec<String> = self
            .things
            .iter()
            .filter(|thing| crate::measure::is_source(**thing) && !matches!(thing, Thing::Container(..)))
            .map(|thing| self.label(*thing))
            .filter(|label| !wanted.is_empty() && label.to_ascii_lowercase().contains(&wanted))
            .collect();
        // What is written in the same form comes first.
        alike.sort_by_key(|label| (label.split_once('/').is_none_or(|(own, _)| own != form), label.clone()));
        let more = alike.len().saturating_sub(5);
        alike.truncate(5);
        let help = match (alike.is_empty(), more) {
            (true, _) => "`watertight blast` lists what there is".to_owned(),
            (false, 0) => format!("did you mean {}?", alike.join(", ")),
            (false, more) => format!("did you mean {}? ({more} more)", alike.join(", ")),
        };
        Unknown { why: format!("`{text}` is not in view"), help: Some(help) }
    }

    /// The vertices that a thing means as where an attack ends: any of them is enough.
    #[must_use]
    pub fn meant_as_target(&self, thing: Thing) -> Vec<Vertex> {
        meant_as_target(self, thing)
    }
}
