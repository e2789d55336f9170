//! How things are written: what people type after `blast` and read in a path.

use crate::define::is_unspecified;
use crate::graph::AttackGraph;
use crate::thing::{Every, Hold, Name, Scope, Thing};

impl AttackGraph<'_> {
    /// A thing as people write it, as in `sa/shop/web`.
    #[must_use]
    pub fn label(&self, thing: Thing) -> String {
        let text = |name: Name| self.names.text(name);
        let home = |name: Name| self.home(name);
        match thing {
            Thing::Internet => "internet".to_owned(),
            Thing::User(name) => format!("user/{}", text(name)),
            Thing::Group(name) => format!("group/{}", text(name)),
            Thing::Account(namespace, name) => format!("sa/{}/{}", home(namespace), text(name)),
            Thing::Workload(place) => self.workload_label(place),
            Thing::Container(place, at) => {
                let own = self.scene.workloads[place as usize].containers[at as usize].name;
                format!("{}#{}", self.workload_label(place), text(own))
            }
            Thing::Node(node, hold) => {
                format!("{}/{}", of_node(hold), text(self.scene.nodes[node as usize].name))
            }
            Thing::Placed(place, hold) => format!("{} of {}", of_node(hold), self.workload_label(place)),
            Thing::EveryNode => "nodes/*".to_owned(),
            Thing::Image(name) => format!("image/{}", text(name)),
            Thing::Registry(name) => format!("registry/{}", text(name)),
            Thing::Secret(namespace, name) => format!("secret/{}/{}", home(namespace), text(name)),
            Thing::ConfigMap(namespace, name) => format!("configmap/{}/{}", home(namespace), text(name)),
            Thing::Claim(namespace, name) => format!("claim/{}/{}", home(namespace), text(name)),
            Thing::Volume(name) => format!("volume/{}", text(name)),
            Thing::Namespace(name) | Thing::Touched(name) => format!("namespace/{}", home(name)),
            Thing::Cloud(name) => format!("cloud/{}", text(name)),
            Thing::Etcd => "etcd".to_owned(),
            Thing::All(every, scope) => format!("{}/{}", of_every(every), self.scope_label(scope)),
            Thing::AnyIdentity => "identities/*".to_owned(),
            Thing::AnyUser => "users/*".to_owned(),
            Thing::Admission => "admission/*".to_owned(),
            Thing::Role(role, scope) => {
                let role = self.scene.world.identities().policy().role(role);
                format!("{role} in {}", self.scope_label(scope))
            }
            Thing::Power(need, scope, name) => {
                let need = self.needs[need as usize];
                let name = name.map(|name| format!(" {}", text(name))).unwrap_or_default();
                format!("{} {}{name} in {}", need.verb, need.resource, self.scope_label(scope))
            }
            Thing::Met(entry, list, scope) => {
                let entry = self.catalogue[entry as usize].id;
                format!("{entry} {list} in {}", self.scope_label(scope))
            }
            Thing::Own(number) => format!("a permission of one requester {number}"),
            Thing::Both(number) => format!("all premises of {number}"),
            Thing::Fetched(place) => format!("what the kubelet fetches for {}", self.workload_label(place)),
            Thing::Mounted(place) => format!("the volumes of {}", self.workload_label(place)),
            Thing::Running(place) => format!("the processes of {}", self.workload_label(place)),
            Thing::PodLogs(place) => format!("the logs of pods beside {}", self.workload_label(place)),
            Thing::NodeLogs(place) => format!("a folder of logs beside {}", self.workload_label(place)),
            Thing::From(group) => format!("a place in the network {group}"),
            Thing::Towards(group) => format!("a port in the network {group}"),
            Thing::Goal(goal) => format!("goal/{}", goal.name()),
        }
    }

    /// A namespace as people write it; that of objects which name none is `-`.
    fn home(&self, name: Name) -> &str {
        let text = self.names.text(name);
        if is_unspecified(text) { "-" } else { text }
    }

    fn scope_label(&self, scope: Scope) -> &str {
        match scope {
            Scope::Everywhere => "*",
            Scope::In(name) => self.home(name),
        }
    }

    fn workload_label(&self, place: u32) -> String {
        let load = &self.scene.workloads[place as usize];
        format!("{}/{}/{}", load.kind, self.home(load.namespace), self.names.text(load.name))
    }
}

fn of_node(hold: Hold) -> &'static str {
    match hold {
        Hold::Root => "node",
        Hold::Files => "node-files",
        Hold::Keys => "node-keys",
        Hold::Store => "node-store",
        Hold::StoreChanged => "node-store-changed",
        Hold::Identity => "node-identity",
        Hold::Volumes => "node-tokens",
        Hold::Processes => "node-processes",
    }
}

fn of_every(every: Every) -> &'static str {
    match every {
        Every::Pods => "pods",
        Every::DebuggedPods => "debugged-pods",
        Every::NewPod => "new-pod",
        Every::Accounts => "sas",
        Every::Secrets => "secrets",
        Every::Admin => "admin",
        Every::Listening => "ports",
    }
}
