//! What holds by definition: who is a member of what, what implies what. No fix takes these edges away.

use watertight_facts::identities::UNSPECIFIED_NAMESPACE;
use watertight_rbac::Subject;

use crate::build::{Drawing, Kind, Vertex};
use crate::scene::Scene;
use crate::subjects::groups_of;
use crate::thing::{Every, Goal, Hold, Name, Scope, Thing};

/// Draws what follows from every vertex that is there, and from those that this brings about.
pub(crate) fn draw(scene: &Scene<'_>, drawing: &mut Drawing) {
    let kube_system = drawing.names.add("kube-system");
    let mut definer = Definer { scene, drawing, kube_system, on_node: Vec::new(), of_namespace: Vec::new() };
    definer.index();
    let mut at = 0;
    while at < definer.drawing.things.len() {
        let thing = definer.drawing.things[at];
        #[expect(clippy::cast_possible_truncation, reason = "the vertices were numbered so")]
        definer.define(Vertex(at as u32), thing);
        at += 1;
    }
}

struct Definer<'a, 'w> {
    scene: &'a Scene<'w>,
    drawing: &'a mut Drawing,
    kube_system: Name,
    /// By node: the workloads that may be on it.
    on_node: Vec<Vec<u32>>,
    of_namespace: Vec<(Name, u32)>,
}

impl Definer<'_, '_> {
    fn index(&mut self) {
        let scene = self.scene;
        let runs = |load: &crate::scene::Load| !load.refused;
        self.on_node = vec![Vec::new(); scene.nodes.len()];
        for (place, load) in (0u32..).zip(&scene.workloads).filter(|(_, load)| runs(load)) {
            self.of_namespace.push((load.namespace, place));
            if scene.nodes_in_view {
                for &node in &scene.placements[load.placement as usize].nodes {
                    self.on_node[node as usize].push(place);
                }
            } else {
                for (node, list) in (0u32..).zip(&mut self.on_node) {
                    if scene.may_run_on(load, node) {
                        list.push(place);
                    }
                }
            }
        }
        self.of_namespace.sort_unstable();
    }

    fn to(&mut self, from: Vertex, thing: Thing) {
        let to = self.drawing.vertex(thing);
        self.drawing.edge(from, to, Kind::DEFINITION, 0);
    }

    fn workloads_of(&self, namespace: Name) -> Vec<u32> {
        let begin = self.of_namespace.partition_point(|(own, _)| *own < namespace);
        let end = self.of_namespace.partition_point(|(own, _)| *own <= namespace);
        self.of_namespace[begin..end].iter().map(|(_, place)| *place).collect()
    }

    fn define(&mut self, from: Vertex, thing: Thing) {
        match thing {
            Thing::User(name) => self.user(from, name),
            Thing::Group(name) => self.group(from, name),
            Thing::Account(namespace, name) => {
                let names = &self.drawing.names;
                let (namespace, name) = (names.text(namespace), names.text(name));
                let groups = groups_of(Subject::ServiceAccount { namespace, name });
                self.groups(from, &groups);
            }
            Thing::Workload(place) => self.workload(from, place),
            Thing::Container(place, _) => self.touch_workload(from, place),
            Thing::Node(node, hold) => self.node(from, node, hold),
            Thing::Placed(workload, hold) => {
                let placement = self.scene.workloads[workload as usize].placement;
                for node in self.scene.placements[placement as usize].nodes.clone() {
                    self.to(from, Thing::Node(node, hold));
                }
            }
            Thing::EveryNode => {
                for (node, _) in (0u32..).zip(&self.scene.nodes) {
                    self.to(from, Thing::Node(node, Hold::Root));
                }
                self.to(from, Thing::Goal(Goal::AllNodes));
            }
            Thing::Namespace(name) => {
                for place in self.workloads_of(name) {
                    self.to(from, Thing::Workload(place));
                }
            }
            Thing::Secret(namespace, _) => self.to(from, Thing::Touched(namespace)),
            Thing::Etcd => self.to(from, Thing::Goal(Goal::ClusterAdmin)),
            Thing::Admission => self.to(from, Thing::All(Every::NewPod, Scope::Everywhere)),
            Thing::AnyIdentity => self.any_identity(from),
            Thing::AnyUser => self.any_user(from),
            Thing::All(every, scope) => self.all(from, every, scope),
            Thing::Fetched(_) | Thing::Mounted(_) | Thing::Running(_) => self.held(from, thing),
            Thing::Cloud(_) => self.to(from, Thing::Goal(Goal::CloudAccount)),
            _ => {}
        }
    }

    fn groups(&mut self, from: Vertex, groups: &[String]) {
        let policy = self.scene.world.identities().policy();
        for group in groups {
            // A group that no binding names gives nothing.
            if policy.find_subject(&Subject::Group(group)).is_some() {
                let name = self.drawing.names.add(group);
                self.to(from, Thing::Group(name));
            }
        }
    }

    fn user(&mut self, from: Vertex, name: Name) {
        let user = self.drawing.names.text(name).to_owned();
        if let Some(node) = watertight_rbac::node_of(&user) {
            let node = (0u32..)
                .zip(&self.scene.nodes)
                .find(|(_, own)| self.drawing.names.text(own.name) == node)
                .map(|(place, _)| place);
            if let Some(node) = node {
                self.to(from, Thing::Node(node, Hold::Identity));
            }
        }
        self.groups(from, &groups_of(Subject::User(&user)));
    }

    fn group(&mut self, from: Vertex, name: Name) {
        let group = self.drawing.names.text(name).to_owned();
        if group == watertight_rbac::SYSTEM_MASTERS {
            self.to(from, Thing::Goal(Goal::ClusterAdmin));
        }
        self.groups(from, &groups_of(Subject::Group(&group)));
    }

    fn workload(&mut self, from: Vertex, place: u32) {
        let load = &self.scene.workloads[place as usize];
        if load.is_divided() {
            for (at, _) in (0u32..).zip(&load.containers).filter(|(_, own)| own.stays) {
                self.to(from, Thing::Container(place, at));
            }
        }
        self.touch_workload(from, place);
    }

    fn touch_workload(&mut self, from: Vertex, place: u32) {
        let namespace = self.scene.workloads[place as usize].namespace;
        self.touch(from, namespace);
    }

    fn touch(&mut self, from: Vertex, namespace: Name) {
        self.to(from, Thing::Touched(namespace));
        if namespace == self.kube_system {
            self.to(from, Thing::Goal(Goal::KubeSystem));
        }
    }

    fn node(&mut self, from: Vertex, node: u32, hold: Hold) {
        let on_it = self.on_node[node as usize].clone();
        match hold {
            Hold::Root => {
                self.to(from, Thing::Node(node, Hold::Files));
                for place in on_it {
                    self.to(from, Thing::Workload(place));
                }
                self.to(from, Thing::Goal(Goal::NodeRoot));
            }
            Hold::Files => {
                for hold in [Hold::Identity, Hold::Keys, Hold::Store] {
                    self.to(from, Thing::Node(node, hold));
                }
            }
            // Elsewhere the folders are empty.
            Hold::Keys | Hold::Store | Hold::StoreChanged
                if !self.scene.nodes[node as usize].control_plane => {}
            Hold::Keys => self.to(from, Thing::Goal(Goal::ClusterAdmin)),
            Hold::Store => self.to(from, Thing::All(Every::Secrets, Scope::Everywhere)),
            Hold::StoreChanged => self.to(from, Thing::Etcd),
            Hold::Identity => {
                for place in on_it {
                    self.to(from, Thing::Fetched(place));
                }
                let own =
                    format!("system:node:{}", self.drawing.names.text(self.scene.nodes[node as usize].name));
                self.groups(
                    from,
                    &[watertight_rbac::NODES.to_owned(), watertight_rbac::AUTHENTICATED.to_owned()],
                );
                let policy = self.scene.world.identities().policy();
                if policy.find_subject(&Subject::User(&own)).is_some() {
                    let user = self.drawing.names.add(&own);
                    self.to(from, Thing::User(user));
                }
            }
            Hold::Volumes => on_it.into_iter().for_each(|place| self.to(from, Thing::Mounted(place))),
            Hold::Processes => on_it.into_iter().for_each(|place| self.to(from, Thing::Running(place))),
        }
    }

    fn any_identity(&mut self, from: Vertex) {
        self.to(from, Thing::AnyUser);
        self.to(from, Thing::All(Every::Accounts, Scope::Everywhere));
        let policy = self.scene.world.identities().policy();
        for (_, subject) in policy.subjects() {
            if let Subject::Group(name) = subject
                && name != watertight_rbac::SYSTEM_MASTERS
            {
                let name = self.drawing.names.add(name);
                self.to(from, Thing::Group(name));
            }
        }
    }

    fn any_user(&mut self, from: Vertex) {
        let policy = self.scene.world.identities().policy();
        for (_, subject) in policy.subjects() {
            if let Subject::User(name) = subject {
                let name = self.drawing.names.add(name);
                self.to(from, Thing::User(name));
            }
        }
        for (node, _) in (0u32..).zip(&self.scene.nodes) {
            self.to(from, Thing::Node(node, Hold::Identity));
        }
    }

    fn all(&mut self, from: Vertex, every: Every, scope: Scope) {
        let Scope::In(namespace) = scope else {
            return self.everywhere(from, every);
        };
        match every {
            Every::Pods => {
                for place in self.workloads_of(namespace) {
                    self.to(from, Thing::Workload(place));
                }
            }
            Every::DebuggedPods => self.to(from, Thing::All(Every::Pods, scope)),
            // Who listens is said where the network is drawn.
            Every::Listening => {}
            Every::NewPod => {
                self.to(from, Thing::All(Every::Accounts, scope));
                self.to(from, Thing::All(Every::Secrets, scope));
                self.touch(from, namespace);
            }
            Every::Accounts => {
                let scene = self.scene;
                let accounts = scene.accounts.range((namespace, Name::FIRST)..).map(|(key, _)| *key);
                for (namespace, name) in accounts.take_while(|(own, _)| *own == namespace) {
                    self.to(from, Thing::Account(namespace, name));
                }
            }
            Every::Secrets => {
                let scene = self.scene;
                let secrets = scene.secrets.range((namespace, Name::FIRST)..).map(|(key, _)| *key);
                for (namespace, name) in secrets.take_while(|(own, _)| *own == namespace) {
                    self.to(from, Thing::Secret(namespace, name));
                }
                self.touch(from, namespace);
            }
            Every::Admin => {
                for every in [Every::DebuggedPods, Every::NewPod, Every::Accounts, Every::Secrets] {
                    self.to(from, Thing::All(every, scope));
                }
            }
        }
    }

    fn everywhere(&mut self, from: Vertex, every: Every) {
        // Everything in each namespace is not yet everything: nodes, cluster roles and the like are beside.
        let implied: &[Every] = match every {
            Every::Admin => &[Every::DebuggedPods, Every::NewPod, Every::Accounts, Every::Secrets],
            Every::NewPod => &[Every::Accounts, Every::Secrets],
            Every::DebuggedPods => &[Every::Pods],
            Every::Secrets => {
                self.to(from, Thing::Goal(Goal::AllSecrets));
                &[]
            }
            Every::Pods | Every::Accounts | Every::Listening => &[],
        };
        for &implied in implied {
            self.to(from, Thing::All(implied, Scope::Everywhere));
        }
        let namespaces: Vec<Name> = self.scene.namespaces.keys().copied().collect();
        for namespace in namespaces {
            self.to(from, Thing::All(every, Scope::In(namespace)));
        }
    }

    /// What is held for a workload by its node.
    fn held(&mut self, from: Vertex, thing: Thing) {
        let (Thing::Fetched(place) | Thing::Mounted(place) | Thing::Running(place)) = thing else { return };
        let load = &self.scene.workloads[place as usize];
        let (namespace, account) = (load.namespace, load.account);
        let (token, secrets) = match thing {
            Thing::Fetched(_) => (true, load.held.fetched.clone()),
            Thing::Mounted(_) => (load.held.mounts_token, load.held.mounted.clone()),
            _ => (load.held.root_token, load.held.of_root.clone()),
        };
        if token {
            self.to(from, Thing::Account(namespace, account));
        }
        for secret in secrets {
            self.to(from, Thing::Secret(namespace, secret));
        }
    }
}

/// Whether a namespace stands for those that are not named.
pub(crate) fn is_unspecified(namespace: &str) -> bool {
    namespace == UNSPECIFIED_NAMESPACE
}
