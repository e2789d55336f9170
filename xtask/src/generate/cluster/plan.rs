//! What a cluster consists of, decided before any object is written: how many of what, and who owns it.
//!
//! The plan is small (a row per namespace, workload and account), so that objects can be made one
//! workload at a time. Start reading at [`Plan::new`].

use std::collections::BTreeSet;

use crate::generate::random::{Random, Skew};

use super::names::{AGENTS, CONTROL_PLANE, OPERATORS, POPULAR, PRODUCTS, ROLES, TEAMS, THINGS};

/// Pods per node of a well-used cluster.
const PODS_PER_NODE: u64 = 80;
/// Namespaces that every cluster has, whatever its size.
const PLATFORM: &[&str] =
    &["default", "kube-node-lease", "kube-public", "kube-system", "logging", "monitoring"];

/// Everything that is decided beforehand.
pub(super) struct Plan {
    pub(super) seed: u64,
    pub(super) control_planes: u32,
    pub(super) workers: u32,
    pub(super) namespaces: Vec<Namespace>,
    /// By namespace.
    pub(super) workloads: Vec<Workload>,
    /// By namespace; without the `default` accounts, of which each namespace has one.
    pub(super) accounts: Vec<Account>,
    /// How many of [`OPERATORS`] are installed.
    pub(super) operators: usize,
    /// Secrets of each namespace that no workload uses, beside its registry's.
    pub(super) loose_secrets: Vec<u32>,
    /// Bindings of people in each namespace.
    pub(super) people: u32,
    /// Bindings of people in the whole cluster.
    pub(super) cluster_people: u32,
}

/// How strictly a namespace is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Stage {
    Platform,
    Production,
    Staging,
    Development,
}

/// A level of the Pod Security Standards.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    Privileged,
    Baseline,
    Restricted,
}

pub(super) struct Namespace {
    pub(super) name: String,
    pub(super) team: &'static str,
    pub(super) stage: Stage,
    /// The level that is enforced.
    pub(super) enforced: Option<Level>,
    /// The level that is only warned of.
    pub(super) warned: Option<Level>,
    /// Whether it has network policies.
    pub(super) fenced: bool,
    pub(super) quota: bool,
    pub(super) limit_range: bool,
}

/// The kind of object that a workload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    CronJob,
    DaemonSet,
    Deployment,
    Job,
    Pod,
    StatefulSet,
    /// Pods of a control-plane node that its kubelet runs from files.
    Static,
}

/// What a workload runs: a row of a table, or something of the team's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Runs {
    ControlPlane(usize),
    Agent(usize),
    Operator(usize),
    Popular(usize),
    Own,
}

pub(super) struct Workload {
    pub(super) namespace: usize,
    pub(super) name: String,
    pub(super) kind: Kind,
    pub(super) runs: Runs,
    /// Its pods.
    pub(super) replicas: u32,
    /// The number of its first pod among all: nodes and addresses follow from it.
    pub(super) first: u32,
    /// The account that it names.
    pub(super) account: Option<String>,
    /// Secrets that it uses.
    pub(super) secrets: u32,
}

/// What makes an account dangerous.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Power {
    /// It is this operator's.
    Operator(usize),
    /// It is bound to one of the roles of `rbac::POWERFUL`.
    Role(usize),
}

pub(super) struct Account {
    pub(super) namespace: usize,
    pub(super) name: String,
    pub(super) power: Option<Power>,
    /// Whether a workload runs as it.
    pub(super) used: bool,
    /// Bindings that name it, beside the one that gives it its power.
    pub(super) bindings: u32,
}

impl Plan {
    /// Decides on a cluster of exactly this many pods.
    pub(super) fn new(pods: u32, seed: u64) -> Self {
        let workers = pods.div_ceil(PODS_PER_NODE as u32).max(1);
        let named = pods.div_ceil(10) as usize;
        let namespaces = usize::try_from(pods / 40).expect("32 bits fit") + PLATFORM.len() + 2;
        let powerful = powerful(named + namespaces);
        let mut plan = Self {
            seed,
            control_planes: if workers < 20 { 1 } else { 3 },
            workers,
            namespaces: Vec::new(),
            workloads: Vec::new(),
            accounts: Vec::new(),
            operators: powerful.saturating_sub(1).clamp(1, OPERATORS.len()),
            loose_secrets: Vec::new(),
            people: 1,
            cluster_people: 2 + pods / 2000,
        };
        plan.place_namespaces(namespaces);
        let left = pods - plan.place_platform(pods);
        plan.place_teams(left);
        plan.workloads.sort_by(|a, b| (a.namespace, &a.name).cmp(&(b.namespace, &b.name)));
        plan.number_pods();
        plan.name_accounts(named);
        plan.empower();
        plan.count_bindings();
        plan.count_secrets(pods.div_ceil(5));
        plan
    }

    fn random(&self, purpose: &str) -> Random {
        Random::of(self.seed, &["plan", purpose])
    }

    /// The index of a namespace that every cluster has or that an operator lives in.
    fn namespace(&self, name: &str) -> usize {
        self.namespaces.iter().position(|namespace| namespace.name == name).unwrap_or_default()
    }

    fn place_namespaces(&mut self, count: usize) {
        let mut random = self.random("namespaces");
        let mut names: BTreeSet<String> = BTreeSet::new();
        let platform = PLATFORM.iter().map(|name| (*name).to_owned());
        let operators = OPERATORS[..self.operators].iter().map(|operator| operator.name.to_owned());
        for name in platform.chain(operators) {
            let enforced = matches!(&*name, "logging" | "monitoring").then_some(Level::Privileged);
            names.insert(name.clone());
            self.namespaces.push(Namespace { enforced, ..namespace(name, "platform", Stage::Platform) });
        }
        let teams = Skew::new(TEAMS.len(), 4);
        while self.namespaces.len() < count {
            let team = TEAMS[teams.index(&mut random)];
            let product = *random.pick(PRODUCTS);
            let (stage, end) = random.weighted(&[
                (5, (Stage::Production, "prod")),
                (3, (Stage::Staging, "staging")),
                (4, (Stage::Development, "dev")),
            ]);
            let name = unique(&mut names, &format!("{team}-{product}-{end}"));
            let strict = if stage == Stage::Production { 350 } else { 80 };
            let (enforced, warned) = match random.below(1000) {
                at if at < strict => (Some(Level::Restricted), None),
                at if at < strict + 300 => (Some(Level::Baseline), Some(Level::Restricted)),
                at if at < strict + 400 => (None, Some(Level::Restricted)),
                at if at < strict + 420 => (Some(Level::Privileged), None),
                _ => (None, None),
            };
            self.namespaces.push(Namespace {
                enforced,
                warned,
                quota: random.permille(350),
                limit_range: random.permille(250),
                ..namespace(name, team, stage)
            });
        }
        // Exactly two in five, to the nearest one, wherever they are.
        let mut order: Vec<usize> = (0..self.namespaces.len()).collect();
        random.shuffle(&mut order);
        let fenced = (self.namespaces.len() * 2 + 2) / 5;
        for &index in order.iter().take(fenced) {
            self.namespaces[index].fenced = true;
        }
    }

    /// What runs the cluster itself: at most half of the pods. Gives how many that are.
    fn place_platform(&mut self, pods: u32) -> u32 {
        let mut left = pods / 2;
        let nodes = self.control_planes + self.workers;
        let system = self.namespace("kube-system");
        let mut wanted: Vec<Workload> = Vec::new();
        for (index, name) in CONTROL_PLANE.iter().enumerate() {
            wanted.push(workload(system, name, Kind::Static, Runs::ControlPlane(index), self.control_planes));
        }
        for (index, agent) in AGENTS.iter().enumerate() {
            let home = self.namespace(agent.namespace);
            let workload = workload(home, agent.name, Kind::DaemonSet, Runs::Agent(index), nodes);
            wanted.push(Workload { account: Some(agent.name.to_owned()), ..workload });
        }
        for (index, operator) in OPERATORS[..self.operators].iter().enumerate() {
            let home = self.namespace(operator.name);
            let replicas = if index % 3 == 0 { 2 } else { 1 };
            let workload = workload(home, operator.name, Kind::Deployment, Runs::Operator(index), replicas);
            wanted.push(Workload { account: Some(operator.name.to_owned()), secrets: 1, ..workload });
        }
        for name in ["coredns", "metrics-server"] {
            let workload = workload(system, name, Kind::Deployment, Runs::Own, 2);
            wanted.push(Workload { account: Some(name.to_owned()), ..workload });
        }
        for workload in wanted {
            if workload.replicas <= left {
                left -= workload.replicas;
                self.workloads.push(workload);
            }
        }
        pods / 2 - left
    }

    /// What teams run, in exactly this many pods. A sixth as many workloads as pods, of which one in ten
    /// may be what somebody else runs too, keeps one distinct template per eight pods.
    fn place_teams(&mut self, pods: u32) {
        let mut random = self.random("workloads");
        let count = pods.div_ceil(6) as usize;
        let mut replicas = vec![1_u32; count];
        let often = Skew::new(count, 20);
        for _ in 0..pods as usize - count {
            replicas[often.index(&mut random)] += 1;
        }
        // Which workload is large must not depend on its rank in the list of its namespace.
        random.shuffle(&mut replicas);
        let teams: Vec<usize> = (0..self.namespaces.len())
            .filter(|&index| self.namespaces[index].stage != Stage::Platform)
            // A few things land where nobody chose a namespace.
            .chain([self.namespace("default")])
            .collect();
        let sizes = Skew::new(teams.len(), 3);
        let popular = Skew::new(POPULAR.len(), 1);
        let mut names: Vec<BTreeSet<String>> = vec![BTreeSet::new(); self.namespaces.len()];
        for replicas in replicas {
            let namespace = teams[sizes.index(&mut random)];
            let (name, runs) = if random.permille(100) {
                let index = popular.index(&mut random);
                (POPULAR[index].name.to_owned(), Runs::Popular(index))
            } else {
                (format!("{}-{}", random.pick(THINGS), random.pick(ROLES)), Runs::Own)
            };
            let kind = kind(&mut random, runs, replicas);
            let name = unique(&mut names[namespace], &name);
            let account = match random.below(100) {
                0..50 => Some(name.clone()),
                50..65 => Some("shared".to_owned()),
                _ => None,
            };
            let secrets = random.weighted(&[(3, 0), (4, 1), (2, 2)]);
            let workload = workload(namespace, &name, kind, runs, replicas);
            self.workloads.push(Workload { account, secrets, ..workload });
        }
    }

    fn number_pods(&mut self) {
        let mut first = 0;
        for workload in &mut self.workloads {
            workload.first = first;
            first += workload.replicas;
        }
    }

    /// The accounts that workloads name, and so many more that nobody runs as that there are `count`.
    fn name_accounts(&mut self, count: usize) {
        let mut random = self.random("accounts");
        let mut known: BTreeSet<(usize, String)> = self
            .workloads
            .iter()
            .filter_map(|workload| Some((workload.namespace, workload.account.clone()?)))
            .collect();
        let used = known.clone();
        let homes = Skew::new(self.namespaces.len(), 10);
        while known.len() < count {
            let home = self.namespaces.len() - 1 - homes.index(&mut random);
            let purpose = *random.pick(&["deployer", "ci-runner", "migration", "debug", "reporting", "old"]);
            known.insert((home, format!("{}-{purpose}", random.pick(THINGS))));
        }
        let account = |(namespace, name): (usize, String)| {
            let used = used.contains(&(namespace, name.clone()));
            Account { namespace, name, power: None, used, bindings: 0 }
        };
        self.accounts = known.into_iter().map(account).collect();
    }

    /// Makes 2 % of all accounts powerful: the operators', then any.
    fn empower(&mut self) {
        let mut random = self.random("powers");
        let mut left = powerful(self.accounts.len() + self.namespaces.len());
        for account in &mut self.accounts {
            let home = &self.namespaces[account.namespace].name;
            let operator = OPERATORS.iter().position(|operator| operator.name == account.name);
            if let Some(index) = operator.filter(|_| *home == account.name) {
                account.power = Some(Power::Operator(index));
                left = left.saturating_sub(1);
            }
        }
        let mut order: Vec<usize> =
            (0..self.accounts.len()).filter(|&index| self.accounts[index].power.is_none()).collect();
        random.shuffle(&mut order);
        for &index in order.iter().take(left) {
            self.accounts[index].power = Some(Power::Role(random.index(super::rbac::POWERFUL.len())));
        }
    }

    /// Three bindings for each account, the `default` ones counted: few accounts have many.
    fn count_bindings(&mut self) {
        let mut random = self.random("bindings");
        let accounts = self.accounts.len();
        let wanted = 3 * (accounts + self.namespaces.len());
        let powers = self.accounts.iter().filter(|account| account.power.is_some()).count();
        let people = self.people as usize * self.namespaces.len() + self.cluster_people as usize;
        let mut left = wanted.saturating_sub(powers + people);
        // An account that nobody runs as is often bound to nothing.
        for account in &mut self.accounts {
            if left > 0 && (account.used || random.permille(600)) {
                account.bindings = 1;
                left -= 1;
            }
        }
        let mut order: Vec<usize> =
            (0..accounts).filter(|&index| self.accounts[index].bindings > 0).collect();
        random.shuffle(&mut order);
        let often = Skew::new(order.len(), 40);
        while left > 0 && !order.is_empty() {
            self.accounts[order[often.index(&mut random)]].bindings += 1;
            left -= 1;
        }
    }

    /// So many Secrets that no workload uses that there are `count`, one of each namespace's registry counted.
    fn count_secrets(&mut self, count: u32) {
        let mut random = self.random("secrets");
        let mut left = count as usize;
        left = left.saturating_sub(self.workloads.iter().map(|workload| workload.secrets as usize).sum());
        left = left.saturating_sub(self.namespaces.len());
        self.loose_secrets = vec![0; self.namespaces.len()];
        let sizes = Skew::new(self.namespaces.len(), 10);
        for _ in 0..left {
            self.loose_secrets[sizes.index(&mut random)] += 1;
        }
    }

    /// The name of the namespace that a workload is in.
    pub(super) fn home(&self, workload: &Workload) -> &Namespace {
        &self.namespaces[workload.namespace]
    }

    /// The uid of an object: whoever refers to it finds the same.
    pub(super) fn uid(&self, kind: &str, namespace: &str, name: &str) -> String {
        Random::of(self.seed, &["uid", kind, namespace, name]).uid()
    }
}

impl Workload {
    /// The stream that its template is drawn from.
    pub(super) fn random(&self, plan: &Plan) -> Random {
        Random::of(plan.seed, &["workload", &plan.home(self).name, &self.name])
    }
}

/// How many of this many accounts are powerful: one in fifty, and one at least.
fn powerful(accounts: usize) -> usize {
    accounts.div_ceil(50)
}

fn namespace(name: String, team: &'static str, stage: Stage) -> Namespace {
    Namespace {
        name,
        team,
        stage,
        enforced: None,
        warned: None,
        fenced: false,
        quota: false,
        limit_range: false,
    }
}

fn workload(namespace: usize, name: &str, kind: Kind, runs: Runs, replicas: u32) -> Workload {
    Workload { namespace, name: name.to_owned(), kind, runs, replicas, first: 0, account: None, secrets: 0 }
}

/// Large workloads are Deployments; jobs and single pods are small.
fn kind(random: &mut Random, runs: Runs, replicas: u32) -> Kind {
    match runs {
        Runs::Popular(index) if POPULAR[index].keeps => Kind::StatefulSet,
        Runs::Popular(_) => Kind::Deployment,
        _ if replicas == 1 => random.weighted(&[
            (60, Kind::Deployment),
            (12, Kind::StatefulSet),
            (20, Kind::CronJob),
            (5, Kind::Job),
            (3, Kind::Pod),
        ]),
        _ if replicas <= 4 => random.weighted(&[
            (72, Kind::Deployment),
            (14, Kind::StatefulSet),
            (12, Kind::CronJob),
            (2, Kind::Job),
        ]),
        _ => random.weighted(&[(92, Kind::Deployment), (7, Kind::StatefulSet), (1, Kind::Job)]),
    }
}

/// The name, with a number when it is taken.
fn unique(names: &mut BTreeSet<String>, name: &str) -> String {
    let mut candidate = name.to_owned();
    for number in 2_u32.. {
        if names.insert(candidate.clone()) {
            break;
        }
        candidate = format!("{name}-{number}");
    }
    candidate
}
