//! Who asks for what, and how often.

use std::rc::Rc;

use super::applications::{Habit, Of, Scope, TEAMS};
use super::request::{Actor, End, Request, Target};
use super::world::{Running, World};
use crate::generate::random::{Random, Skew};

/// Where a request comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// A kubelet renews its lease.
    NodeLease,
    /// A leader renews its lease.
    ElectionLease,
    /// A kubelet watches what its pods need.
    NodeWatch,
    /// A kubelet reports, fetches secrets and asks for tokens.
    NodeWork,
    /// A component of the control plane watches.
    ControllerWatch,
    /// A component of the control plane does its work.
    ControllerWork,
    /// The API server asks itself.
    ApiServer,
    /// Health checks and the like, mostly without credentials.
    Probe,
    /// An application does what it always does.
    Application,
    /// A person at a terminal.
    Person,
    /// Somebody asks for what they may not have.
    Stranger,
}

/// How many of a thousand requests come from where: the kubelets' leases alone are a third, the control
/// plane with its nodes is four fifths, people are two of a hundred.
pub(super) const MIX: &[(u64, Source)] = &[
    (300, Source::NodeLease),
    (130, Source::ElectionLease),
    (60, Source::NodeWatch),
    (120, Source::NodeWork),
    (50, Source::ControllerWatch),
    (90, Source::ControllerWork),
    (50, Source::ApiServer),
    (50, Source::Probe),
    (123, Source::Application),
    (18, Source::Person),
    (9, Source::Stranger),
];

/// How many of a thousand requests of people that write are dry runs.
const DRY_RUNS: u64 = 150;
/// How many of a thousand requests of the platform's people are made as somebody else.
const IMPERSONATED: u64 = 350;
/// How many of a million requests end in a panic of the handler.
const PANICS: u64 = 100;
/// How many of a thousand requests for one object find that it is gone.
const NOT_FOUND: u64 = 12;
/// How many of a thousand updates come too late.
const CONFLICTS: u64 = 9;

/// The stream of requests.
pub(super) struct Traffic {
    random: Random,
    /// Which applications are behind most of the requests.
    skew: Skew,
    controllers: Vec<Rc<Actor>>,
    scheduler: Rc<Actor>,
    manager: Rc<Actor>,
    server: Rc<Actor>,
    anonymous: Rc<Actor>,
}

impl Traffic {
    /// The stream of this seed.
    pub(super) fn new(seed: u64, world: &World) -> Self {
        let agent = |component: &str, part: &str| {
            format!("{component}/v1.36.2 (linux/amd64) kubernetes/4e45aed/{part}")
        };
        let component = |name: &str, part: &str| {
            let user = format!("system:{name}");
            Rc::new(Actor::new(&user, &["system:authenticated"], &agent(name, part), "10.0.0.4"))
        };
        let groups = ["system:serviceaccounts", "system:serviceaccounts:kube-system", "system:authenticated"];
        let controllers = CONTROLLER_WORK.iter().map(|work| {
            let name = format!("system:serviceaccount:kube-system:{}", work.controller);
            let agent = agent("kube-controller-manager", &name);
            Rc::new(Actor::new(&name, &groups, &agent, "10.0.0.4"))
        });
        Self {
            random: Random::of(seed, &["audit-log", "traffic"]),
            skew: Skew::new(world.applications.len(), 4),
            controllers: controllers.collect(),
            scheduler: component("kube-scheduler", "scheduler"),
            manager: component("kube-controller-manager", "shared-informers"),
            server: Rc::new(Actor::new(
                "system:apiserver",
                &["system:authenticated", "system:masters"],
                "kube-apiserver/v1.36.2 (linux/amd64) kubernetes/4e45aed",
                "::1",
            )),
            anonymous: Rc::new(Actor::new(
                "system:anonymous",
                &["system:unauthenticated"],
                "kube-probe/1.36",
                "10.0.1.10",
            )),
        }
    }

    /// The next request, and where it comes from.
    pub(super) fn next(&mut self, world: &World) -> (Source, Request) {
        let source = self.random.weighted(MIX);
        let mut request = match source {
            Source::NodeLease => self.node_lease(world),
            Source::ElectionLease => self.election_lease(),
            Source::NodeWatch => self.node_watch(world),
            Source::NodeWork => self.node_work(world),
            Source::ControllerWatch => self.controller_watch(),
            Source::ControllerWork => self.controller_work(),
            Source::ApiServer => self.api_server(),
            Source::Probe => self.probe(world),
            Source::Application => self.application(world),
            Source::Person => self.person(world),
            Source::Stranger => self.stranger(world),
        };
        request.duration = match request.verb.as_str() {
            "watch" => self.random.between(300, 600) * 1_000_000,
            _ if request.is_long() => self.random.between(1, 90) * 1_000_000,
            "list" => self.random.between(4_000, 700_000),
            _ => self.random.between(900, 24_000),
        };
        request.end = self.end(&request);
        (source, request)
    }

    fn end(&mut self, request: &Request) -> End {
        let named = matches!(&request.target, Target::Resource { name, .. } if !name.is_empty());
        match request.verb.as_str() {
            _ if self.random.below(1_000_000) < PANICS => End::Panic,
            "get" | "delete" if named && self.random.permille(NOT_FOUND) => End::NotFound,
            "update" if self.random.permille(CONFLICTS) => End::Conflict,
            _ => End::Well,
        }
    }

    fn node_lease(&mut self, world: &World) -> Request {
        let actor = self.random.pick(&world.nodes);
        let name = node_name(actor);
        Request::on(actor, "update", "coordination.k8s.io/v1", "leases", "kube-node-lease", name)
    }

    fn election_lease(&mut self) -> Request {
        let (actor, name) = if self.random.permille(500) {
            (&self.manager, "kube-controller-manager")
        } else {
            (&self.scheduler, "kube-scheduler")
        };
        let verb = if self.random.permille(480) { "get" } else { "update" };
        Request::on(actor, verb, "coordination.k8s.io/v1", "leases", "kube-system", name)
    }

    fn node_watch(&mut self, world: &World) -> Request {
        let actor = Rc::clone(self.random.pick(&world.nodes));
        let team = *self.random.pick(TEAMS);
        match self.random.below(6) {
            0 => Request::on(&actor, "watch", "v1", "services", "", ""),
            1 => Request::on(&actor, "watch", "node.k8s.io/v1", "runtimeclasses", "", ""),
            2 => Request::on(&actor, "watch", "v1", "secrets", team, "").selecting("web-database"),
            3 => Request::on(&actor, "list", "v1", "secrets", team, "").selecting("web-database"),
            4 => Request::on(&actor, "list", "v1", "configmaps", team, "").selecting("kube-root-ca.crt"),
            _ => Request::on(&actor, "watch", "v1", "configmaps", team, "").selecting("kube-root-ca.crt"),
        }
    }

    fn node_work(&mut self, world: &World) -> Request {
        let actor = Rc::clone(self.random.pick(&world.nodes));
        let node = node_name(&actor).to_owned();
        let team = *self.random.pick(TEAMS);
        let pod = self.pod();
        match self.random.below(12) {
            0..=2 => Request::on(&actor, "get", "v1", "nodes", "", &node),
            3..=5 => Request::on(&actor, "patch", "v1", "nodes/status", "", &node),
            6 | 7 => Request::on(&actor, "patch", "v1", "pods/status", team, &pod),
            8 => Request::on(&actor, "get", "v1", "pods", team, &pod),
            9 => Request::on(&actor, "create", "v1", "serviceaccounts/token", team, "web"),
            10 => Request::on(
                &actor,
                "create",
                "v1",
                "events",
                team,
                &format!("{pod}.18{}", self.random.hex(14)),
            ),
            _ => Request::on(&actor, "get", "v1", "configmaps", team, "web-config"),
        }
    }

    fn controller_watch(&mut self) -> Request {
        let kinds = [
            ("v1", "pods"),
            ("v1", "nodes"),
            ("v1", "services"),
            ("apps/v1", "replicasets"),
            ("apps/v1", "statefulsets"),
            ("storage.k8s.io/v1", "csidrivers"),
            ("policy/v1", "poddisruptionbudgets"),
        ];
        let (api, resource) = *self.random.pick(&kinds);
        let actor = if self.random.permille(600) { &self.manager } else { &self.scheduler };
        Request::on(actor, "watch", api, resource, "", "")
    }

    fn controller_work(&mut self) -> Request {
        let team = *self.random.pick(TEAMS);
        if self.random.permille(120) {
            let pod = self.pod();
            return Request::on(&self.scheduler, "create", "v1", "pods/binding", team, &pod);
        }
        let weights: Vec<_> =
            CONTROLLER_WORK.iter().zip(&self.controllers).map(|line| (line.0.weight, line)).collect();
        let (work, actor) = self.random.weighted(&weights);
        let actor = Rc::clone(actor);
        let name = self.name(work.of);
        let namespace = if work.of.is_empty() && work.verb != "create" { "" } else { team };
        Request::on(&actor, work.verb, work.api, work.resource, namespace, &name)
    }

    fn api_server(&mut self) -> Request {
        let identity = "apiserver-f3jz5w2kqm7n4h6x";
        let lease = "coordination.k8s.io/v1";
        match self.random.below(7) {
            0 | 1 => Request::on(&self.server, "update", lease, "leases", "kube-system", identity),
            2 => Request::on(&self.server, "get", lease, "leases", "kube-system", identity),
            3 => Request::on(&self.server, "get", "v1", "endpoints", "default", "kubernetes"),
            4 => Request::on(
                &self.server,
                "get",
                "discovery.k8s.io/v1",
                "endpointslices",
                "default",
                "kubernetes",
            ),
            5 => Request::on(&self.server, "list", "rbac.authorization.k8s.io/v1", "clusterroles", "", ""),
            _ => Request::on(&self.server, "watch", "apiregistration.k8s.io/v1", "apiservices", "", ""),
        }
    }

    fn probe(&mut self, world: &World) -> Request {
        match self.random.below(10) {
            0..=3 => Request::path(&self.anonymous, "get", "/livez"),
            4..=6 => Request::path(&self.anonymous, "get", "/readyz"),
            7 => Request::path(&self.anonymous, "get", "/healthz"),
            8 => Request::path(self.random.pick(&world.nodes), "get", "/version"),
            _ => Request::path(&self.running(world).actor, "get", "/openapi/v2"),
        }
    }

    fn application(&mut self, world: &World) -> Request {
        let running = self.running(world);
        let weights: Vec<_> = running.habits.iter().map(|habit| (habit.weight, habit)).collect();
        let habit = self.random.weighted(&weights);
        let mut request = self.habitual(running, habit);
        // A pipeline checks what it is going to apply.
        let checks = habit.verb == "patch" && running.actor.name.contains(":argocd");
        request.dry_run = checks && self.random.permille(2 * DRY_RUNS);
        request
    }

    fn habitual(&mut self, running: &Running, habit: &Habit) -> Request {
        if habit.api.is_empty() {
            return Request::path(&running.actor, habit.verb, habit.resource);
        }
        let namespace = match habit.scope {
            Scope::Own => running.namespace.as_str(),
            Scope::Cluster => "",
            Scope::Teams => self.random.pick(TEAMS),
            Scope::In(namespace) => namespace,
        };
        let name = match habit.of {
            Of::All | Of::Selected(_) => String::new(),
            Of::Named(names) => (*self.random.pick(names)).to_owned(),
            Of::Like(beginning) => self.name(beginning),
        };
        let request = Request::on(&running.actor, habit.verb, habit.api, habit.resource, namespace, &name);
        if let Of::Selected(name) = habit.of { request.selecting(name) } else { request }
    }

    fn person(&mut self, world: &World) -> Request {
        let actor = Rc::clone(self.random.pick(&world.people));
        let of_platform = actor.groups.iter().any(|group| group == "platform");
        let acting_as = (of_platform && self.random.permille(IMPERSONATED)).then(|| {
            let other = self.random.pick(&world.people[2..world.people.len() - 1]);
            Rc::new(Actor { agent: String::new(), ..(**other).clone() })
        });
        let acting = acting_as.as_ref().unwrap_or(&actor);
        let team = acting.groups.iter().find_map(|group| group.strip_prefix("team-"));
        let anywhere = *self.random.pick(TEAMS);
        let space = TEAMS.iter().find(|own| Some(**own) == team).unwrap_or(&anywhere);
        let auditor = acting.groups.iter().any(|group| group == "auditors");
        let pod = self.pod();
        let mut request = match self.random.below(if auditor { 5 } else { 13 }) {
            0 | 1 => Request::on(&actor, "list", "v1", "pods", space, ""),
            2 => Request::on(&actor, "get", "apps/v1", "deployments", space, "web"),
            3 => Request::on(&actor, "get", "v1", "pods/log", space, &pod),
            4 => Request::on(&actor, "list", "v1", "events", space, ""),
            5 => Request::on(&actor, "patch", "apps/v1", "deployments", space, "web"),
            6 => Request::on(&actor, "create", "v1", "pods/exec", space, &pod),
            7 => Request::on(&actor, "get", "v1", "pods/exec", space, &pod),
            8 => Request::on(&actor, "update", "v1", "configmaps", space, "web-features"),
            9 => Request::on(&actor, "get", "v1", "secrets", space, "web-database"),
            10 => Request::on(&actor, "delete", "v1", "pods", space, &pod),
            11 => Request::on(&actor, "update", "apps/v1", "deployments/scale", space, "worker"),
            _ => Request::on(
                &actor,
                "create",
                "batch/v1",
                "jobs",
                space,
                &format!("manual-{}", self.random.suffix(5)),
            ),
        };
        request.dry_run = request.writes() && !request.is_long() && self.random.permille(DRY_RUNS);
        request.acting_as = acting_as;
        request
    }

    /// What is refused: applications beyond their grants, people of other teams, nodes that ask for what
    /// is not theirs, impersonation by who may not, and whoever found the port.
    fn stranger(&mut self, world: &World) -> Request {
        let team = *self.random.pick(TEAMS);
        let person = Rc::clone(self.random.pick(&world.people[2..world.people.len() - 1]));
        match self.random.below(9) {
            0 | 1 => {
                let running = self.running_of_teams(world);
                Request::on(&running.actor, "list", "v1", "secrets", "kube-system", "")
            }
            2 => {
                let running = self.running_of_teams(world);
                Request::on(&running.actor, "create", "v1", "pods/exec", "argocd", "argocd-server-0")
            }
            3 => Request::on(&person, "delete", "v1", "nodes", "", "node-03"),
            4 => Request::on(&person, "get", "v1", "secrets", "kube-system", "bootstrap-token-07401b"),
            5 => {
                let mut request = Request::on(&person, "list", "v1", "secrets", team, "");
                request.acting_as = world
                    .people
                    .last()
                    .map(|admin| Rc::new(Actor { agent: String::new(), ..(**admin).clone() }));
                request
            }
            6 => {
                let node = self.random.pick(&world.nodes);
                let mut request =
                    Request::on(node, "get", "v1", "secrets", "argocd", "argocd-initial-admin-secret");
                request.related = false;
                request
            }
            7 => Request::path(&self.anonymous, "get", "/metrics"),
            _ => Request::on(&self.anonymous, "list", "v1", "pods", "", ""),
        }
    }

    /// An application, the first ones more often: a few are behind most of the requests.
    fn running<'w>(&mut self, world: &'w World) -> &'w Running {
        &world.applications[self.skew.index(&mut self.random)]
    }

    fn running_of_teams<'w>(&mut self, world: &'w World) -> &'w Running {
        let of_teams = |running: &&Running| TEAMS.contains(&running.namespace.as_str());
        let some: Vec<&Running> = world.applications.iter().filter(of_teams).collect();
        some[self.random.index(some.len())]
    }

    fn pod(&mut self) -> String {
        let app = *self.random.pick(&["web", "worker", "import"]);
        self.name(&format!("{app}-"))
    }

    /// A name that begins so: one of a handful, since most objects are asked for again.
    fn name(&mut self, beginning: &str) -> String {
        match beginning {
            "" => String::new(),
            "node-" => format!("node-{:02}", self.random.below(12)),
            _ => format!("{beginning}{}", POOL[self.random.index(POOL.len())]),
        }
    }
}

const POOL: &[&str] = &["7d4b9", "5f6c8", "x2kqm", "zz7vt", "c9w5h", "n8b4d"];

fn node_name(actor: &Actor) -> &str {
    actor.name.strip_prefix("system:node:").unwrap_or_default()
}

/// What a controller does again and again.
struct Work {
    weight: u64,
    controller: &'static str,
    verb: &'static str,
    api: &'static str,
    resource: &'static str,
    /// How the names begin; empty for lists and for names that the server makes up.
    of: &'static str,
}

const fn work(
    weight: u64,
    controller: &'static str,
    verb: &'static str,
    api: &'static str,
    resource: &'static str,
    of: &'static str,
) -> Work {
    Work { weight, controller, verb, api, resource, of }
}

/// Within what `system:controller:NAME` allows.
const CONTROLLER_WORK: &[Work] = &[
    work(20, "endpointslice-controller", "update", "discovery.k8s.io/v1", "endpointslices", "web-"),
    work(14, "endpoint-controller", "update", "v1", "endpoints", "web-"),
    work(14, "replicaset-controller", "update", "apps/v1", "replicasets/status", "web-"),
    work(8, "replicaset-controller", "create", "v1", "pods", ""),
    work(12, "deployment-controller", "update", "apps/v1", "deployments/status", "web-"),
    work(5, "deployment-controller", "create", "v1", "events", "web-"),
    work(6, "job-controller", "update", "batch/v1", "jobs/status", "import-"),
    work(4, "cronjob-controller", "create", "batch/v1", "jobs", "nightly-"),
    work(6, "resourcequota-controller", "update", "v1", "resourcequotas/status", "default-"),
    work(4, "namespace-controller", "deletecollection", "v1", "events", "old-"),
    work(4, "generic-garbage-collector", "delete", "v1", "pods", "import-"),
    work(6, "horizontal-pod-autoscaler", "get", "apps/v1", "deployments/scale", "web-"),
    work(3, "horizontal-pod-autoscaler", "list", "metrics.k8s.io/v1beta1", "pods", ""),
    work(2, "root-ca-cert-publisher", "create", "v1", "configmaps", "kube-root-ca-"),
    work(
        2,
        "certificate-controller",
        "update",
        "certificates.k8s.io/v1",
        "certificatesigningrequests/status",
        "csr-",
    ),
    work(
        1,
        "clusterrole-aggregation-controller",
        "patch",
        "rbac.authorization.k8s.io/v1",
        "clusterroles",
        "custom-",
    ),
];
