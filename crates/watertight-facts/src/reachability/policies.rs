//! Policies of every kind, in the language of the model.

use watertight_model::{Identity, ObjectId};
use watertight_netpol::{
    Cluster, Effect, Endpoints, Policy, Position, Problem, Selector, Side, Tier, Truth, calico, cilium,
    cluster_policy,
};

use crate::identities::namespace_in_policy;
use crate::network::{Companion, NetworkFacts, NetworkObject, PolicySpec};
use crate::object_facts::{NAMESPACE, ObjectFacts};
use crate::world::World;

use super::{Enforcement, unmodelled};

/// What is wrong with an object, or not modelled of it.
pub(super) type Told = (ObjectId, Problem);

/// Every policy in view, with the number of its object as its tag. Sets of addresses are added to the cluster.
/// `taken` is said by somebody: a cluster has taken the objects.
pub(super) fn of(
    world: &World<'_>,
    cluster: &mut Cluster,
    enforcement: &Enforcement,
    taken: bool,
) -> (Vec<Policy>, Vec<Told>) {
    let mut reader = Reader { world, policies: Vec::new(), told: Vec::new() };
    let (calico, cilium) = reader.companions(cluster, taken);
    reader.kubernetes(enforcement);
    reader.flavoured(&calico, &cilium, enforcement);
    reader.policies.extend(enforcement.isolates_everybody());
    let (unmodelled, told) = unmodelled::of(world);
    reader.policies.extend(unmodelled);
    reader.told.extend(told);
    for tie in cluster_policy::mark_ties(&mut reader.policies) {
        let tag = reader.policies[tie.index].tag;
        reader.told.push((ObjectId(tag), tie.problem));
    }
    (reader.policies, reader.told)
}

const OF_ANOTHER: &str = "no network plugin in view is known to implement policies of this kind";
const SWITCHED_OFF: &str = "Cilium's configuration says that it does not look at policies of this kind";

/// A policy that perhaps nobody looks at.
fn not_taken(why: &str) -> Problem {
    Problem { path: "kind".to_owned(), why: why.to_owned(), effect: Effect::NotModelled }
}

struct Reader<'w> {
    world: &'w World<'w>,
    policies: Vec<Policy>,
    told: Vec<Told>,
}

impl<'w> Reader<'w> {
    fn facts(&self, id: ObjectId) -> Option<&'w NetworkFacts> {
        match self.world.facts(id) {
            ObjectFacts::Network(facts) => Some(facts),
            _ => None,
        }
    }

    fn identity(&self, id: ObjectId) -> &'w Identity {
        self.world.snapshot().object(id).identity()
    }

    fn tell(&mut self, id: ObjectId, problems: Vec<Problem>) {
        self.told.extend(problems.into_iter().map(|problem| (id, problem)));
    }

    fn kubernetes(&mut self, enforcement: &Enforcement) {
        let by_cilium = enforcement.is_by("Cilium");
        for &id in self.world.network().policies.values().flatten() {
            let Some(NetworkObject::Policy(policy)) = self.facts(id).map(|facts| &facts.object) else {
                continue;
            };
            self.tell(id, policy.lowered.problems.clone());
            let mut policy = Policy { tag: id.0, ..policy.lowered.policy.clone() };
            if by_cilium {
                self.tell(id, cilium::doubt_names_of_egress(&mut policy));
            }
            if !enforcement.takes_kubernetes() {
                policy.doubt(SWITCHED_OFF);
                self.tell(id, vec![not_taken(SWITCHED_OFF)]);
            }
            self.policies.push(policy);
        }
    }

    /// Tiers, sets and groups, which policies name.
    fn companions(&mut self, cluster: &mut Cluster, taken: bool) -> (calico::Context, cilium::Context) {
        let snapshot = self.world.snapshot();
        let is_taken = snapshot.is_listed(NAMESPACE.group, NAMESPACE.kind);
        let mut calico = calico::Context { taken: taken || is_taken, ..calico::Context::default() };
        let mut groups = cilium::Context { groups: Vec::new(), all_groups: is_taken };
        let mut profiles = Vec::new();
        for &id in &self.world.network().companions {
            let Some(facts) = self.facts(id) else { continue };
            let NetworkObject::Companion(companion) = &facts.object else { continue };
            let identity = self.identity(id);
            let problems = match &**companion {
                Companion::Tier(spec) => calico.tiers.add(&identity.name, spec),
                Companion::NetworkSet { is_global, labels, spec } => {
                    let namespace = (!is_global).then(|| namespace_in_policy(&identity.namespace));
                    let (set, problems) = calico::network_set(namespace, labels, spec);
                    cluster.network_sets.push(set);
                    problems
                }
                Companion::Profile(spec) => {
                    profiles.push((id, spec));
                    Vec::new()
                }
                Companion::HostEndpoint => {
                    calico.host_endpoints = true;
                    self.policies.push(about_nodes(id));
                    calico::other_kind("HostEndpoint").into_iter().collect()
                }
                Companion::CidrGroup { labels, spec } => {
                    let (group, problems) = cilium::cidr_group(&identity.name, labels.clone(), spec);
                    groups.all_groups &= group.is_some();
                    groups.groups.extend(group);
                    problems
                }
            };
            self.tell(id, problems);
        }
        for (id, spec) in profiles {
            let (policy, problems) = calico::profile(&calico, &self.identity(id).name, id.0, spec);
            self.tell(id, problems);
            self.policies.extend(policy);
        }
        (calico, groups)
    }

    fn flavoured(&mut self, calico: &calico::Context, groups: &cilium::Context, enforcement: &Enforcement) {
        let mut baseline: Option<ObjectId> = None;
        for &id in &self.world.network().flavoured {
            let Some(facts) = self.facts(id) else { continue };
            let Some(says) = &facts.says else { continue };
            let identity = self.identity(id);
            let name = &*identity.name;
            let namespace = |is_global: bool| (!is_global).then(|| namespace_in_policy(&identity.namespace));
            let one = |(policy, problems): (Policy, Vec<Problem>)| (vec![policy], problems);
            let (mut policies, mut problems) = match &**says {
                PolicySpec::Admin(spec) => one(cluster_policy::admin(name, id.0, spec)),
                PolicySpec::Baseline(spec) => {
                    let (policy, mut problems) = cluster_policy::baseline(name, id.0, spec);
                    if baseline.replace(id).is_some() {
                        problems.push(second_baseline());
                    }
                    (vec![policy], problems)
                }
                PolicySpec::Cluster(spec) => one(cluster_policy::cluster(name, id.0, spec)),
                PolicySpec::Cilium { is_global, specs } => {
                    cilium::policies(groups, namespace(*is_global), name, id.0, specs)
                }
                PolicySpec::Calico { is_global, stored, spec } => {
                    let object = calico::PolicyObject {
                        namespace: namespace(*is_global),
                        name,
                        tag: id.0,
                        stored: *stored,
                    };
                    calico::policy(calico, &object, spec)
                }
            };
            if !enforcement.takes(says) {
                policies.iter_mut().for_each(|policy| policy.doubt(OF_ANOTHER));
                problems.push(not_taken(OF_ANOTHER));
            }
            if !facts.left_out.is_empty() {
                policies.iter_mut().for_each(|policy| policy.doubt("a field of a wrong type was left out"));
            }
            self.told.extend(problems.drain(..).map(|problem| (id, problem)));
            self.policies.append(&mut policies);
        }
    }
}

/// What a host endpoint does to a node: without a policy it cuts it off but for some ports
/// (`calico/reference/resources/hostendpoint`, "Default behavior of external traffic to/from host").
fn about_nodes(id: ObjectId) -> Policy {
    let side = || Some(Side { isolates: Truth::Maybe, rules: Vec::new() });
    Policy {
        tag: id.0,
        tier: Tier::default_tier(),
        position: Position::LAST,
        name: String::new(),
        subject: Endpoints::Nodes(Selector::EVERYTHING),
        ingress: side(),
        egress: side(),
    }
}

/// There is one, called `default` (`apis/v1alpha1/baselineadminnetworkpolicy_types.go` of network-policy-api).
fn second_baseline() -> Problem {
    Problem {
        path: "metadata.name".to_owned(),
        why: "there is another BaselineAdminNetworkPolicy in view, and a cluster has one".to_owned(),
        effect: Effect::NotModelled,
    }
}
