//! What the edges are drawn between: workloads, namespaces and nodes of a world, with the joins that several entries
//! of the catalogue need.
//!
//! Start reading at [`Scene`].

use std::collections::{BTreeMap, BTreeSet};

use watertight_facts::admission::AdmissionFacts;
use watertight_facts::identities::namespace_in_policy;
use watertight_facts::reachability::Reachability;
use watertight_facts::{NamespaceFacts, View, World};
use watertight_model::{GroupKind, KubernetesVersion, ObjectId};
use watertight_netpol::Model;
use watertight_podsecurity::{Admission, Level, LevelVersion, Standards};
use watertight_rbac::Subject;
use watertight_syntax::{Path, Value};

use crate::claims::Claims;
use crate::cloud::Cloud;
use crate::deputies::Deputy;
use crate::grants::Granted;
use crate::placement::{CONTROL_PLANE, Taint, Wanted, may_share};
use crate::thing::{Name, Names};

/// What the user knows that no object says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Assumed {
    /// The control plane is somebody else's: no pod runs on its nodes.
    pub managed_control_plane: bool,
    /// The API server answers nobody who has not said who they are.
    pub anonymous_off: bool,
}

/// A world, ready to be drawn.
pub struct Scene<'w> {
    /// The objects and their joins.
    pub world: &'w World<'w>,
    /// The network.
    pub reach: &'w Reachability,
    /// The network as it would be when all but what is needed were closed, where that is known.
    pub closed: Option<&'w Model>,
    /// What is taken for granted.
    pub assumed: Assumed,
    /// The workloads, by place.
    pub workloads: Vec<Load>,
    /// The namespaces in view and implied, by name.
    pub namespaces: BTreeMap<Name, Space>,
    /// The nodes, by place.
    pub nodes: Vec<Node>,
    /// Whether the nodes are those that are in view; else they are those that every cluster has.
    pub nodes_in_view: bool,
    /// Sets of nodes, by place.
    pub placements: Vec<Placement>,
    /// Service accounts by namespace and name: in view, implied, and those that somebody speaks of.
    pub accounts: BTreeMap<(Name, Name), Option<ObjectId>>,
    /// Those that workloads run as.
    pub accounts_used: BTreeSet<(Name, Name)>,
    /// Claims that are bound to folders and devices of nodes.
    pub claims: Claims,
    /// Secrets by namespace and name: in view, and those that a workload speaks of.
    pub secrets: BTreeMap<(Name, Name), SecretFacts>,
    /// The controllers that act for others.
    pub deputies: Vec<Deputy>,
    /// The clouds that the cluster is seen to run in.
    pub clouds: Vec<Cloud>,
}

/// What matters of a Secret.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SecretFacts {
    /// Its object, where it is in view.
    pub object: Option<ObjectId>,
    /// Its type; empty when it is not in view or says none.
    pub kind: String,
    /// The service account that it holds a token of.
    pub account: Option<Name>,
}

/// A workload.
#[derive(Debug, Clone)]
pub struct Load {
    /// The object: the top-most owner in view.
    pub object: ObjectId,
    /// Its kind in lower case, as people write it before its name.
    pub kind: String,
    /// Its namespace.
    pub namespace: Name,
    /// Its name.
    pub name: Name,
    /// The service account of its pods.
    pub account: Name,
    /// Its containers, over all of its templates, by place.
    pub containers: Vec<Contained>,
    /// Where its pods run, by place.
    pub placement: u32,
    /// Whether Pod Security refuses its pods: it will not start.
    pub refused: bool,
    /// What others hold for it.
    pub held: Held,
    /// The controllers that run in it.
    pub deputies: Vec<Deputy>,
}

/// What is held for the pods of a workload: names of Secrets in its namespace, and whether a token is among it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Held {
    /// The Secrets that the kubelet may fetch for it.
    pub fetched: BTreeSet<Name>,
    /// The Secrets in its volumes.
    pub mounted: BTreeSet<Name>,
    /// Whether a token of its account is in a volume.
    pub mounts_token: bool,
    /// The Secrets that containers which run as root have.
    pub of_root: BTreeSet<Name>,
    /// Whether a container that runs as root has a token.
    pub root_token: bool,
}

/// A container of a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contained {
    /// Its name.
    pub name: Name,
    /// Whether it runs beside the others: no init container that ends.
    pub stays: bool,
    /// Whether its process is root on the node, as far as its user goes.
    pub root: bool,
    /// The ports that it declares.
    pub ports: Vec<(watertight_netpol::Protocol, u16)>,
}

impl Load {
    /// Whether its containers are told apart.
    #[must_use]
    pub fn is_divided(&self) -> bool {
        self.containers.iter().filter(|own| own.stays).count() > 1
    }
}

/// A namespace.
#[derive(Debug, Clone)]
pub struct Space {
    /// What Pod Security enforces there, as far as its labels are in view.
    pub enforced: Level,
    /// Its objects; several when several texts declare it.
    pub objects: Vec<ObjectId>,
    /// Whether somebody wrote it, so that its labels are known.
    pub declared: bool,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
}

/// A node.
#[derive(Debug, Clone)]
pub struct Node {
    /// Its name.
    pub name: Name,
    /// Its object, where it is in view.
    pub object: Option<ObjectId>,
    /// Whether the control plane runs on it.
    pub control_plane: bool,
    /// Of a node that is not in view: what its labels may be.
    allowed: BTreeMap<String, BTreeSet<String>>,
}

/// The nodes of a workload.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Placement {
    /// By place.
    pub nodes: Vec<u32>,
    /// Whether every worker is among them.
    pub every_worker: bool,
}

impl<'w> Scene<'w> {
    pub(crate) fn of(
        world: &'w World<'w>,
        reach: &'w Reachability,
        assumed: Assumed,
        names: &mut Names,
    ) -> Self {
        let mut scene = Self {
            world,
            reach,
            closed: None,
            assumed,
            workloads: Vec::with_capacity(reach.workloads.len()),
            namespaces: BTreeMap::new(),
            nodes: Vec::new(),
            nodes_in_view: false,
            placements: Vec::new(),
            accounts: BTreeMap::new(),
            accounts_used: BTreeSet::new(),
            claims: Claims::of(world),
            secrets: BTreeMap::new(),
            deputies: Vec::new(),
            clouds: crate::cloud::seen(world.snapshot()),
        };
        scene.add_namespaces(names);
        scene.add_nodes(names);
        scene.add_accounts(names);
        scene.add_secrets(names);
        for own in &reach.workloads {
            let facts = world.workload_facts(own.object);
            let account = facts.map_or("default", |facts| facts.service_account.as_str());
            scene.workloads.push(Load {
                object: own.object,
                kind: own.kind.to_ascii_lowercase(),
                namespace: names.add(&own.namespace),
                name: names.add(&own.name),
                account: names.add(account),
                containers: Vec::new(),
                placement: 0,
                refused: false,
                held: Held::default(),
                deputies: Vec::new(),
            });
        }
        for load in &scene.workloads {
            scene.accounts.entry((load.namespace, load.account)).or_default();
            scene.accounts_used.insert((load.namespace, load.account));
        }
        scene
    }

    /// The version that rules are judged by.
    #[must_use]
    pub fn target(&self) -> KubernetesVersion {
        self.world.settings().target
    }

    /// What Pod Security would say of pods.
    pub(crate) fn admission(&self) -> Admission {
        let standards = Standards::new(self.target().minor.into());
        let configuration = watertight_podsecurity::Configuration::default();
        Admission { standards, configuration }
    }

    fn add_namespaces(&mut self, names: &mut Names) {
        let admission = self.admission();
        let snapshot = self.world.snapshot();
        for (name, objects) in self.world.namespaces() {
            let mut labels = BTreeMap::new();
            let mut declared = false;
            for &id in objects {
                let facts: Option<&NamespaceFacts> = self.world.namespace_facts(id);
                labels.extend(facts.map(|facts| facts.labels.clone()).unwrap_or_default());
                declared |= !snapshot.object(id).is_implied();
            }
            let enforced = match admission.exempts_namespace(name) {
                true => Level::Privileged,
                false => admission.policy_of(&labels).0.enforce.level,
            };
            let objects = objects.to_vec();
            self.namespaces.insert(names.add(name), Space { enforced, objects, declared, labels });
        }
        for own in &self.reach.workloads {
            let name = names.add(&own.namespace);
            self.namespaces.entry(name).or_insert_with(|| Space {
                enforced: admission.configuration.defaults.enforce.level,
                objects: Vec::new(),
                declared: false,
                labels: BTreeMap::new(),
            });
        }
    }

    fn add_nodes(&mut self, names: &mut Names) {
        let snapshot = self.world.snapshot();
        for &id in &self.reach.nodes {
            let object = snapshot.object(id);
            let labels = self.labels_of_node(id);
            let control_plane = CONTROL_PLANE.iter().any(|key| labels.contains_key(*key));
            self.nodes.push(Node {
                name: names.add(&object.identity().name),
                object: Some(id),
                control_plane,
                allowed: BTreeMap::new(),
            });
        }
        self.nodes_in_view = !self.nodes.is_empty();
    }

    fn labels_of_node(&self, id: ObjectId) -> BTreeMap<String, String> {
        let Ok(body) = self.world.snapshot().object(id).body() else { return BTreeMap::new() };
        let written = body.root().at(&Path::root().at("metadata.labels"));
        let texts = written.into_iter().flat_map(Value::entries);
        texts.filter_map(|(key, value)| Some((key.to_owned(), value.as_str()?.to_owned()))).collect()
    }

    /// What a label of a node in view says.
    pub(crate) fn node_label(&self, node: u32, key: &str) -> Option<String> {
        self.labels_of_node(self.nodes[node as usize].object?).remove(key)
    }

    fn add_accounts(&mut self, names: &mut Names) {
        const ACCOUNT: GroupKind = GroupKind::core("ServiceAccount");
        let snapshot = self.world.snapshot();
        for &id in snapshot.of_kind(ACCOUNT.kind) {
            let identity = snapshot.object(id).identity();
            if ACCOUNT.is(identity) {
                let key = (names.add(namespace_in_policy(&identity.namespace)), names.add(&identity.name));
                self.accounts.entry(key).or_insert(Some(id));
            }
        }
        for (_, subject) in self.world.identities().policy().subjects() {
            if let Subject::ServiceAccount { namespace, name } = subject {
                self.accounts.entry((names.add(namespace), names.add(name))).or_default();
            }
        }
    }

    fn add_secrets(&mut self, names: &mut Names) {
        const SECRET: GroupKind = GroupKind::core("Secret");
        let snapshot = self.world.snapshot();
        for &id in snapshot.of_kind(SECRET.kind) {
            let object = snapshot.object(id);
            let identity = object.identity();
            if !SECRET.is(identity) {
                continue;
            }
            let key = (names.add(namespace_in_policy(&identity.namespace)), names.add(&identity.name));
            let Ok(body) = object.body() else { continue };
            let kind = body.root().get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
            let annotations = body.root().get("metadata").and_then(|metadata| metadata.get("annotations"));
            let account = annotations
                .and_then(|annotations| annotations.get("kubernetes.io/service-account.name"))
                .and_then(Value::as_str)
                .map(|account| names.add(account));
            self.secrets.insert(key, SecretFacts { object: Some(id), kind, account });
        }
    }

    /// Secrets that workloads speak of are there, in view or not.
    pub(crate) fn add_secrets_of_workloads(&mut self) {
        for load in &self.workloads {
            for secret in load.held.fetched.iter().chain(&load.held.of_root) {
                self.secrets.entry((load.namespace, *secret)).or_default();
            }
        }
    }

    /// Whether Pod Security forbids the pods of a spec in a namespace.
    pub(crate) fn refuses(
        &self,
        admission: &Admission,
        namespace: Name,
        opened: watertight_facts::Workload<'_>,
    ) -> bool {
        let Some(space) = self.namespaces.get(&namespace) else { return false };
        if space.enforced == Level::Privileged || admission.exempts_runtime_class_of(opened.spec()) {
            return false;
        }
        let enforce: LevelVersion = admission.policy_of(&space.labels).0.enforce;
        let pod = watertight_podsecurity::Pod::new(Some(opened.annotations()), opened.spec()).as_written();
        !admission.standards.policy(enforce).allows(pod)
    }

    /// Puts workloads on nodes, once it is known what they ask for.
    pub(crate) fn place(&mut self, wanted: &[Vec<Wanted>], names: &mut Names) {
        if self.nodes_in_view {
            self.place_in_view(wanted);
        } else {
            self.imagine_nodes(wanted, names);
        }
    }

    fn place_in_view(&mut self, wanted: &[Vec<Wanted>]) {
        let snapshot = self.world.snapshot();
        let described: Vec<(BTreeMap<String, String>, Vec<Taint>)> = self
            .reach
            .nodes
            .iter()
            .map(|&id| {
                let taints = snapshot.object(id).body().map(|body| Taint::of_node(body.root()));
                (self.labels_of_node(id), taints.unwrap_or_default())
            })
            .collect();
        let by_name: BTreeMap<&str, u32> = (0u32..)
            .zip(&self.reach.nodes)
            .map(|(place, &id)| (&*snapshot.object(id).identity().name, place))
            .collect();
        let workers: Vec<u32> =
            (0u32..).zip(&self.nodes).filter(|(_, node)| !node.control_plane).map(|(at, _)| at).collect();
        let mut known: BTreeMap<Vec<u32>, u32> = BTreeMap::new();
        for (place, own) in wanted.iter().enumerate() {
            let pods = &self.reach.model.cluster().pods;
            let is_pod = |at: &usize| {
                let object = snapshot.object(self.reach.pods[*at].object);
                &*object.identity().kind == "Pod"
            };
            let at_pods = self.reach.workloads[place].pods.iter().filter(|at| is_pod(at));
            let bound: BTreeSet<u32> = at_pods
                .filter_map(|&at| pods[at].node.as_deref().and_then(|node| by_name.get(node)).copied())
                .collect();
            let nodes: Vec<u32> = if bound.is_empty() {
                let fits = |node: &u32| {
                    let (labels, taints) = &described[*node as usize];
                    let name = &*snapshot.object(self.reach.nodes[*node as usize]).identity().name;
                    own.iter().any(|own| own.fits(name, labels, taints))
                };
                (0u32..).zip(&self.nodes).map(|(node, _)| node).filter(fits).collect()
            } else {
                bound.into_iter().collect()
            };
            let placement = self.placement(nodes, &mut known, |nodes| {
                workers.iter().all(|worker| nodes.binary_search(worker).is_ok())
            });
            self.workloads[place].placement = placement;
        }
    }

    #[expect(clippy::cast_possible_truncation, reason = "four billion placements do not fit into memory")]
    fn placement(
        &mut self,
        nodes: Vec<u32>,
        known: &mut BTreeMap<Vec<u32>, u32>,
        every_worker: impl Fn(&[u32]) -> bool,
    ) -> u32 {
        if let Some(&placement) = known.get(&nodes) {
            return placement;
        }
        let placement = self.placements.len() as u32;
        let every_worker = every_worker(&nodes);
        self.placements.push(Placement { nodes: nodes.clone(), every_worker });
        known.insert(nodes, placement);
        placement
    }

    /// Without nodes in view there is at least one worker, one for each kind of node that workloads ask for, and one of
    /// the control plane unless that is somebody else's.
    fn imagine_nodes(&mut self, wanted: &[Vec<Wanted>], names: &mut Names) {
        let linux = Wanted::default().allowed();
        let mut kinds: Vec<BTreeMap<String, BTreeSet<String>>> = vec![linux];
        for own in wanted.iter().flatten().filter(|own| !own.asks_for_control_plane()) {
            let allowed = own.allowed();
            if !own.on_every && !kinds.contains(&allowed) {
                kinds.push(allowed);
            }
        }
        kinds[1..].sort();
        for allowed in kinds {
            let name = names.add(&worker_name(&allowed));
            self.nodes.push(Node { name, object: None, control_plane: false, allowed });
        }
        #[expect(clippy::cast_possible_truncation, reason = "as many as workloads")]
        let control_plane = (!self.assumed.managed_control_plane).then_some(self.nodes.len() as u32);
        if control_plane.is_some() {
            let name = names.add("control-plane");
            self.nodes.push(Node { name, object: None, control_plane: true, allowed: BTreeMap::new() });
        }
        let mut known: BTreeMap<Vec<u32>, u32> = BTreeMap::new();
        let mut every: BTreeMap<Vec<u32>, u32> = BTreeMap::new();
        for (place, own) in wanted.iter().enumerate() {
            let mut nodes: BTreeSet<u32> = BTreeSet::new();
            let mut on_every = false;
            for own in own {
                nodes.extend(control_plane.filter(|_| own.may_be_on_control_plane()));
                if own.asks_for_control_plane() {
                    continue;
                }
                let allowed = own.allowed();
                on_every |= own.on_every && allowed == self.nodes[0].allowed;
                let workers = (0u32..).zip(&self.nodes).filter(|(at, node)| {
                    !node.control_plane
                        && if own.on_every {
                            may_share(&node.allowed, &allowed)
                        } else {
                            node.allowed == allowed && Some(*at) != control_plane
                        }
                });
                nodes.extend(workers.map(|(at, _)| at));
            }
            let nodes: Vec<u32> = nodes.into_iter().collect();
            let table = if on_every { &mut every } else { &mut known };
            self.workloads[place].placement = self.placement(nodes, table, |_| on_every);
        }
    }

    /// The workloads of the pods of a name, of those that a grant reaches.
    pub(crate) fn pods_named(&self, granted: &Granted, name: Name, names: &Names) -> Vec<u32> {
        let text = names.text(name);
        let snapshot = self.world.snapshot();
        let has = |place: usize| {
            self.reach.workloads[place].pods.iter().any(|&at| {
                let identity = snapshot.object(self.reach.pods[at].object).identity();
                &*identity.kind == "Pod" && &*identity.name == text
            })
        };
        let loads = (0u32..).zip(&self.workloads).filter(|(_, load)| granted.reaches(load.namespace));
        loads.map(|(place, _)| place).filter(|place| has(*place as usize)).collect()
    }

    /// The namespaces with a workload of a name, of those that a grant reaches.
    pub(crate) fn homes_of(&self, granted: &Granted, name: Name) -> BTreeSet<Name> {
        let named = self.workloads.iter().filter(|load| load.name == name && granted.reaches(load.namespace));
        named.map(|load| load.namespace).collect()
    }

    /// Other engines than Pod Security whose policies may refuse pods.
    #[must_use]
    pub fn policy_engines(&self) -> Vec<&'static str> {
        let view = View::new(self.world, crate::READS);
        let refusing = view.admission_objects().filter_map(|(_, facts)| match facts {
            AdmissionFacts::Policy(policy) if policy.refuses => Some(policy.engine.name()),
            _ => None,
        });
        refusing.collect::<BTreeSet<_>>().into_iter().collect()
    }

    /// The nodes of a workload.
    #[must_use]
    pub fn nodes_of(&self, place: u32) -> &[u32] {
        &self.placements[self.workloads[place as usize].placement as usize].nodes
    }

    /// Whether pods of a workload may be on a node.
    #[must_use]
    pub fn may_run_on(&self, workload: &Load, node: u32) -> bool {
        let placement = &self.placements[workload.placement as usize];
        if placement.nodes.contains(&node) {
            return true;
        }
        // Of a worker that is not in view, whatever may share it is on it.
        let own = &self.nodes[node as usize];
        !self.nodes_in_view
            && !own.control_plane
            && placement.nodes.iter().any(|&other| {
                let other = &self.nodes[other as usize];
                !other.control_plane && may_share(&own.allowed, &other.allowed)
            })
    }
}

/// `worker`, or what is asked of it beside.
fn worker_name(allowed: &BTreeMap<String, BTreeSet<String>>) -> String {
    let asked: Vec<String> = allowed
        .iter()
        .filter(|(key, values)| !(*key == "kubernetes.io/os" && values.contains("linux")))
        .map(|(key, values)| format!("{key}={}", values.iter().cloned().collect::<Vec<_>>().join("|")))
        .collect();
    match (allowed.get("kubernetes.io/hostname"), asked.as_slice()) {
        (Some(names), [_]) if names.len() == 1 => names.iter().next().cloned().unwrap_or_default(),
        (_, []) => "worker".to_owned(),
        (_, asked) => format!("worker[{}]", asked.join(",")),
    }
}
