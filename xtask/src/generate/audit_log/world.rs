//! The cluster that the log is of: its nodes, its people, its applications with their roles, and who
//! may do what in it.

use std::rc::Rc;

use serde_json::{Map, json};
use watertight_rbac::bootstrap::{self, Bootstrap};
use watertight_rbac::k8s_openapi::api::rbac::v1::{
    ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject,
};
use watertight_rbac::k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use watertight_rbac::{Action, Policy, PolicyBuilder, SYSTEM_MASTERS, UserInfo};

use super::applications::{Application, Habit, OF_PLATFORM, OF_TEAMS, Of, Scope, TEAMS};
use super::request::{Actor, Request, Target};
use crate::generate::random::Random;

/// The version that the cluster runs.
pub(super) const MINOR: u32 = 36;

/// How many nodes there are.
const NODES: usize = 12;

const RBAC_GROUP: &str = "rbac.authorization.k8s.io";

/// An application that runs, with its account.
pub(super) struct Running {
    /// Who it is to the API server.
    pub(super) actor: Rc<Actor>,
    /// Its namespace.
    pub(super) namespace: String,
    /// What it does.
    pub(super) habits: &'static [Habit],
}

/// The whole cluster.
pub struct World {
    /// Every RBAC object: Kubernetes' own and those of the applications and people.
    pub objects: Bootstrap,
    pub(super) nodes: Vec<Rc<Actor>>,
    pub(super) people: Vec<Rc<Actor>>,
    pub(super) applications: Vec<Running>,
    policy: Policy,
}

/// What the API server says to a request before it does anything.
pub(super) enum Ruling {
    /// Let in, and why.
    Allow(String),
    /// Refused by the authorizers, and why.
    Forbid(String),
    /// Refused because the actor may not be the user it wants to be; nothing else was asked.
    NoImpersonation,
}

impl World {
    /// The world of this seed.
    pub fn of(seed: u64) -> Self {
        let mut random = Random::of(seed, &["audit-log", "world"]);
        let mut objects = bootstrap::policy(MINOR);
        let mut applications = Vec::new();
        for application in OF_PLATFORM {
            applications.push(run(application, application.namespace, &mut random));
            grant(application, application.namespace, &mut objects);
        }
        for team in TEAMS {
            for application in OF_TEAMS {
                applications.push(run(application, team, &mut random));
                grant(application, team, &mut objects);
            }
        }
        // Which of them are the busiest is another thing in another world.
        random.shuffle(&mut applications);
        let people = people(&mut random);
        grant_people(&mut objects);
        let nodes = (0..NODES).map(|number| Rc::new(node(number))).collect();
        let policy = policy_of(&objects);
        Self { objects, nodes, people, applications, policy }
    }

    /// Decides as `Node,RBAC` does, with `system:masters` before both.
    pub(super) fn rule(&self, request: &Request) -> Ruling {
        let Some(wanted) = &request.acting_as else { return self.authorize(&request.actor, request) };
        // The API server adds this group itself; the others are asked for.
        let may_be =
            wanted.groups.iter().filter(|group| *group != "system:authenticated").all(|group| {
                self.allows(&request.actor, &Action::on("impersonate", "", "groups").named(group))
            });
        if may_be && self.allows(&request.actor, &Action::on("impersonate", "", "users").named(&wanted.name))
        {
            self.authorize(wanted, request)
        } else {
            Ruling::NoImpersonation
        }
    }

    fn allows(&self, actor: &Actor, action: &Action<'_>) -> bool {
        let user = UserInfo::new(&*actor.name, actor.groups.clone());
        user.in_group(SYSTEM_MASTERS) || self.policy.authorize(&user, action).allowed()
    }

    fn authorize(&self, actor: &Actor, request: &Request) -> Ruling {
        let user = UserInfo::new(&*actor.name, actor.groups.clone());
        if user.in_group(SYSTEM_MASTERS) {
            return Ruling::Allow(String::new());
        }
        let node = actor.name.strip_prefix("system:node:");
        if node.is_some() && request.related {
            return Ruling::Allow(String::new());
        }
        let decision = self.policy.authorize(&user, &action_of(request));
        match (decision.reason(), node) {
            (Some(reason), _) => Ruling::Allow(format!("RBAC: allowed by {reason}")),
            (None, Some(node)) => {
                Ruling::Forbid(format!("no relationship found between node '{node}' and this object"))
            }
            (None, None) => Ruling::Forbid(String::new()),
        }
    }
}

fn policy_of(objects: &Bootstrap) -> Policy {
    let mut builder = PolicyBuilder::new().aggregate(true);
    objects.cluster_roles.iter().for_each(|object| builder.cluster_role(object, 0));
    objects.cluster_role_bindings.iter().for_each(|object| builder.cluster_role_binding(object, 0));
    objects.roles.iter().for_each(|object| builder.role(object, 0));
    objects.role_bindings.iter().for_each(|object| builder.role_binding(object, 0));
    builder.build()
}

/// The action that the authorizers are asked about. A dry run is asked like any other.
fn action_of(request: &Request) -> Action<'_> {
    match &request.target {
        Target::Path(path) => Action::path(&request.verb, path),
        Target::Resource { group, resource, subresource, namespace, name, .. } => {
            Action::on(&request.verb, group, resource)
                .in_namespace(namespace)
                .named(name)
                .subresource(subresource)
        }
    }
}

fn node(number: usize) -> Actor {
    let name = format!("system:node:node-{number:02}");
    let groups = ["system:nodes", "system:authenticated"];
    Actor::new(
        &name,
        &groups,
        "kubelet/v1.36.2 (linux/amd64) kubernetes/4e45aed",
        &format!("10.0.1.{}", 10 + number),
    )
}

fn run(application: &Application, namespace: &str, random: &mut Random) -> Running {
    let node = random.index(NODES);
    let pod = format!("{}-{}-{}", application.name, random.suffix(9), random.suffix(5));
    let name = format!("system:serviceaccount:{namespace}:{}", application.name);
    let of_namespace = format!("system:serviceaccounts:{namespace}");
    let groups = ["system:serviceaccounts", &of_namespace, "system:authenticated"];
    let address = format!("10.244.{node}.{}", random.between(2, 250));
    let mut actor = Actor::new(&name, &groups, application.agent, &address);
    actor.uid = random.uid();
    let extra = [
        ("authentication.kubernetes.io/credential-id", format!("JTI={}", random.uid())),
        ("authentication.kubernetes.io/node-name", format!("node-{node:02}")),
        ("authentication.kubernetes.io/node-uid", random.uid()),
        ("authentication.kubernetes.io/pod-name", pod),
        ("authentication.kubernetes.io/pod-uid", random.uid()),
    ];
    actor.extra =
        extra.into_iter().map(|(key, value)| (key.to_owned(), json!([value]))).collect::<Map<_, _>>();
    Running { actor: Rc::new(actor), namespace: namespace.to_owned(), habits: application.habits }
}

/// The people: each in the group of a team or of the platform; one administrator with a certificate of
/// `system:masters`, kept for emergencies and used more often than that.
fn people(random: &mut Random) -> Vec<Rc<Actor>> {
    let names = ["ada", "bo", "cleo", "dev", "eli", "fay", "gus", "hana", "ivo", "jun", "kim", "lou"];
    let mut people: Vec<Rc<Actor>> = names
        .iter()
        .enumerate()
        .map(|(place, name)| {
            let group = match place {
                0 | 1 => "platform".to_owned(),
                2 => "auditors".to_owned(),
                _ => format!("team-{}", TEAMS[place % TEAMS.len()]),
            };
            let address = format!("198.51.100.{}", random.between(2, 250));
            let agent = "kubectl/v1.36.2 (darwin/arm64) kubernetes/4e45aed";
            Rc::new(Actor::new(
                &format!("{name}@example.com"),
                &[&group, "system:authenticated"],
                agent,
                &address,
            ))
        })
        .collect();
    let groups = [SYSTEM_MASTERS, "system:authenticated"];
    let agent = "kubectl/v1.36.2 (linux/amd64) kubernetes/4e45aed";
    people.push(Rc::new(Actor::new("kubernetes-admin", &groups, agent, "10.0.0.4")));
    people
}

fn grant_people(objects: &mut Bootstrap) {
    let group = |name: &str| Subject {
        api_group: Some(RBAC_GROUP.to_owned()),
        kind: "Group".to_owned(),
        name: name.to_owned(),
        namespace: None,
    };
    for (place, team) in TEAMS.iter().enumerate() {
        let role = if place % 3 == 0 { "admin" } else { "edit" };
        objects.role_bindings.push(RoleBinding {
            metadata: metadata("developers", team),
            role_ref: reference("ClusterRole", role),
            subjects: Some(vec![group(&format!("team-{team}"))]),
        });
    }
    bind_cluster(objects, "platform", "cluster-admin", group("platform"));
    bind_cluster(objects, "auditors", "view", group("auditors"));
    // A binding whose role was deleted: skipped, as upstream does.
    bind_cluster(objects, "auditors-of-old", "security-audit", group("auditors"));
}

/// The roles of one application: what it does in its own namespace, in other namespaces, and
/// everywhere; each with what it never uses.
fn grant(application: &Application, namespace: &str, objects: &mut Bootstrap) {
    let account = Subject {
        api_group: None,
        kind: "ServiceAccount".to_owned(),
        name: application.name.to_owned(),
        namespace: Some(namespace.to_owned()),
    };
    let rules_in = |wanted: &dyn Fn(Scope) -> bool| -> Vec<PolicyRule> {
        application.habits.iter().filter(|habit| wanted(habit.scope)).map(rule).collect()
    };
    let unused = application.unused.iter().map(|&(verbs, groups, resources)| PolicyRule {
        verbs: words(verbs),
        api_groups: Some(if groups.is_empty() { vec![String::new()] } else { words(groups) }),
        resources: Some(words(resources)),
        ..PolicyRule::default()
    });
    let everywhere = rules_in(&|scope| matches!(scope, Scope::Cluster | Scope::Teams));
    let mut own = rules_in(&|scope| scope == Scope::Own);
    let full_name = format!("{namespace}-{}", application.name);
    if !everywhere.is_empty() {
        let rules = if own.is_empty() {
            everywhere.into_iter().chain(unused).collect()
        } else {
            own.extend(unused);
            everywhere
        };
        objects.cluster_roles.push(ClusterRole {
            metadata: ObjectMeta { name: Some(full_name.clone()), ..ObjectMeta::default() },
            rules: Some(rules),
            ..ClusterRole::default()
        });
        bind_cluster(objects, &full_name, &full_name, account.clone());
    } else {
        own.extend(unused);
    }
    let mut places = vec![(namespace, own)];
    for other in application.habits.iter().filter_map(|habit| match habit.scope {
        Scope::In(other) => Some(other),
        _ => None,
    }) {
        places.push((other, rules_in(&|scope| scope == Scope::In(other))));
    }
    for (place, rules) in places.into_iter().filter(|(_, rules)| !rules.is_empty()) {
        let name = if place == namespace { application.name } else { &full_name };
        objects.roles.push(Role { metadata: metadata(name, place), rules: Some(rules) });
        objects.role_bindings.push(RoleBinding {
            metadata: metadata(name, place),
            role_ref: reference("Role", name),
            subjects: Some(vec![account.clone()]),
        });
    }
}

/// The rule that a habit needs, and no more.
fn rule(habit: &Habit) -> PolicyRule {
    let verbs = vec![habit.verb.to_owned()];
    if habit.api.is_empty() {
        let urls = Some(vec![habit.resource.to_owned()]);
        return PolicyRule { verbs, non_resource_urls: urls, ..PolicyRule::default() };
    }
    let names = match habit.of {
        Of::Named(names) if habit.verb != "create" => {
            Some(names.iter().map(|&name| name.to_owned()).collect())
        }
        Of::Selected(name) => Some(vec![name.to_owned()]),
        Of::Named(_) | Of::All | Of::Like(_) => None,
    };
    PolicyRule {
        verbs,
        api_groups: Some(vec![habit.api.split_once('/').map_or("", |(group, _)| group).to_owned()]),
        resources: Some(vec![habit.resource.to_owned()]),
        resource_names: names,
        non_resource_urls: None,
    }
}

fn bind_cluster(objects: &mut Bootstrap, name: &str, role: &str, subject: Subject) {
    objects.cluster_role_bindings.push(ClusterRoleBinding {
        metadata: ObjectMeta { name: Some(name.to_owned()), ..ObjectMeta::default() },
        role_ref: reference("ClusterRole", role),
        subjects: Some(vec![subject]),
    });
}

fn metadata(name: &str, namespace: &str) -> ObjectMeta {
    ObjectMeta { name: Some(name.to_owned()), namespace: Some(namespace.to_owned()), ..ObjectMeta::default() }
}

fn reference(kind: &str, name: &str) -> RoleRef {
    RoleRef { api_group: Some(RBAC_GROUP.to_owned()), kind: kind.to_owned(), name: name.to_owned() }
}

fn words(text: &str) -> Vec<String> {
    text.split(' ').map(str::to_owned).collect()
}
