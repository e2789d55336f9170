//! RBAC on a large cluster: 10,000 bindings, 2,000 roles, 20,000 subjects.
//!
//! Decisions are measured on one core, for users taken at random, whom nearly nothing is allowed, and for
//! the worst one, who is in 200 cluster role bindings of as many roles.

use std::hint::black_box;
use std::time::Duration;

use watertight_rbac::k8s_openapi::api::rbac::v1::{
    ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding, RoleRef, Subject,
};
use watertight_rbac::k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use watertight_rbac::{
    Account, Action, Policy, PolicyBuilder, Question, Scope, UserInfo, built_in_resources,
};

use super::{Measured, median, timed};

/// Decisions a second on one core.
const DECISIONS: f64 = 1_000_000.0;
/// Seconds for all questions of one kind.
const QUESTIONS: f64 = 5.0;

const NAMESPACES: usize = 200;
const ROLES: usize = 2_000;
const BINDINGS: usize = 10_000;
const SUBJECTS: usize = 20_000;
/// Bindings of the worst user.
const WORST: usize = 200;
const REQUESTS: usize = 100_000;
/// So often are all requests decided in one round: a tick of the clock must not count.
const PASSES: usize = 10;

/// The lines of the table.
pub(super) fn measure(rounds: usize) -> Vec<Measured> {
    let mut random = Random(0x5EED);
    let objects = Objects::random(&mut random);
    let policy = objects.policy();
    assert_eq!((policy.role_count(), policy.binding_count()), (ROLES, BINDINGS), "the benchmark's own size");
    let users: Vec<UserInfo> = (0..SUBJECTS).map(|number| objects.user(number)).collect();
    let worst = UserInfo::authenticated("worst", None::<String>);
    let actions = actions(&mut random);
    // Each request has its user at hand, as a server has that has just read it.
    let mut requests = |user: &mut dyn FnMut(&mut Random) -> UserInfo| -> Vec<(UserInfo, Action<'_>)> {
        let one = |_| (user(&mut random), actions[random.below(actions.len())]);
        (0..REQUESTS).map(one).collect()
    };
    let picked = requests(&mut |random| users[random.below(SUBJECTS)].clone());
    let of_worst = requests(&mut |_| worst.clone());
    // For these, every binding has to be looked at.
    let denied: Vec<(UserInfo, Action<'_>)> =
        of_worst.iter().filter(|(user, action)| !policy.authorize(user, action).allowed()).cloned().collect();
    vec![
        decisions("RBAC decisions, random users", &policy, &picked, rounds),
        decisions("RBAC decisions, user of 200 bindings", &policy, &of_worst, rounds),
        decisions("RBAC denials, user of 200 bindings", &policy, &denied, rounds),
        seconds("RBAC index of 10,000 bindings", rounds.min(3), || {
            black_box(objects.policy());
        }),
        seconds("RBAC who-can, everything", rounds.min(3), || {
            black_box(who_can_everything(&policy));
        }),
        seconds("RBAC risks of every subject", rounds.min(3), || {
            let accounts: Vec<(String, String)> =
                (0..SUBJECTS / 2).map(|n| (format!("ns{}", n % NAMESPACES), format!("sa{n}"))).collect();
            let accounts: Vec<Account<'_>> =
                accounts.iter().map(|(namespace, name)| Account { namespace, name, runs: None }).collect();
            black_box(policy.risks(&accounts));
        }),
    ]
}

fn decisions(
    what: &'static str,
    policy: &Policy,
    requests: &[(UserInfo, Action<'_>)],
    rounds: usize,
) -> Measured {
    let mut allowed = 0;
    let times: Vec<Duration> = (0..rounds)
        .map(|_| {
            on_core(|| {
                allowed = (0..PASSES)
                    .flat_map(|_| requests)
                    .filter(|(user, action)| black_box(policy.authorize(user, action)).allowed())
                    .count();
            })
        })
        .collect();
    let count = requests.len() * PASSES;
    let speed = count as f64 / median(times).as_secs_f64();
    Measured {
        what,
        figure: format!("{:.2} M/s ({allowed} of {count} allowed)", speed / 1e6),
        gate: format!(">= {:.0} M/s", DECISIONS / 1e6),
        met: speed >= DECISIONS && allowed < count,
    }
}

/// Time on a core, which other processes do not take part in; time on the clock where the system does not
/// tell.
fn on_core<T>(work: impl FnOnce() -> T) -> Duration {
    let used = || {
        let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
        text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
    };
    let before = used();
    let clock = timed(work);
    match (before, used()) {
        (Some(before), Some(after)) if after > before => after - before,
        _ => clock,
    }
}

fn seconds(what: &'static str, rounds: usize, work: impl Fn()) -> Measured {
    let time = median((0..rounds).map(|_| timed(&work)).collect()).as_secs_f64();
    Measured {
        what,
        figure: format!("{time:.2} s"),
        gate: format!("<= {QUESTIONS} s"),
        met: time <= QUESTIONS,
    }
}

/// Every verb on every resource, in every namespace and everywhere.
fn who_can_everything(policy: &Policy) -> usize {
    let mut holders = 0;
    for resource in built_in_resources() {
        for verb in resource.verbs.split(' ') {
            let (name, subresource) = resource.resource.split_once('/').unwrap_or((resource.resource, ""));
            let action = Action::on(verb, resource.group, name).subresource(subresource);
            let question = Question { action, scope: Scope::Anywhere, some_names: true };
            holders += policy.who_can(&question).count();
        }
    }
    assert!(holders > 0, "nobody can do anything");
    holders
}

fn actions(random: &mut Random) -> Vec<Action<'static>> {
    let resources = built_in_resources();
    let namespaces: Vec<&'static str> = NAMES.iter().map(|name| name as &str).collect();
    (0..4096)
        .map(|_| {
            let resource = &resources[random.below(resources.len())];
            let verbs: Vec<&'static str> = resource.verbs.split(' ').collect();
            let (name, subresource) = resource.resource.split_once('/').unwrap_or((resource.resource, ""));
            let action = Action::on(verbs[random.below(verbs.len())], resource.group, name);
            let action = action.subresource(subresource);
            let namespace = namespaces[random.below(namespaces.len())];
            if resource.namespaced { action.in_namespace(namespace).named("some-object") } else { action }
        })
        .collect()
}

/// Some of the namespaces; bindings are spread over all of them.
static NAMES: [&str; 8] = ["ns0", "ns1", "ns2", "ns3", "ns50", "ns99", "ns150", "ns199"];

/// The objects of a cluster.
struct Objects {
    roles: Vec<Role>,
    cluster_roles: Vec<ClusterRole>,
    role_bindings: Vec<RoleBinding>,
    cluster_role_bindings: Vec<ClusterRoleBinding>,
}

impl Objects {
    fn random(random: &mut Random) -> Self {
        let mut objects = Self {
            roles: Vec::new(),
            cluster_roles: Vec::new(),
            role_bindings: Vec::new(),
            cluster_role_bindings: Vec::new(),
        };
        for number in 0..ROLES {
            let rules = Some((0..1 + random.below(6)).map(|_| rule(random)).collect());
            if number % 2 == 0 {
                let metadata = meta(&format!("role{number}"), None);
                objects.cluster_roles.push(ClusterRole { metadata, rules, aggregation_rule: None });
            } else {
                let namespace = format!("ns{}", number % NAMESPACES);
                objects
                    .roles
                    .push(Role { metadata: meta(&format!("role{number}"), Some(&namespace)), rules });
            }
        }
        // The worst user comes first: its bindings are all of the cluster and of different roles.
        for number in 0..WORST {
            objects.bind_everywhere(&format!("worst{number}"), number * 2, vec![user("worst".to_owned())]);
        }
        for number in WORST..BINDINGS {
            let count = if number % 100 == 0 { 40 } else { 1 + random.below(4) };
            let subjects = (0..count).map(|_| subject(random.below(SUBJECTS))).collect();
            if number % 10 == 0 {
                objects.bind_everywhere(&format!("b{number}"), random.below(ROLES / 2) * 2, subjects);
            } else {
                let role = random.below(ROLES);
                let namespace = if role % 2 == 1 { role % NAMESPACES } else { random.below(NAMESPACES) };
                objects.role_bindings.push(RoleBinding {
                    metadata: meta(&format!("b{number}"), Some(&format!("ns{namespace}"))),
                    role_ref: reference(role),
                    subjects: Some(subjects),
                });
            }
        }
        objects
    }

    fn bind_everywhere(&mut self, name: &str, role: usize, subjects: Vec<Subject>) {
        let role_ref = reference(role);
        let metadata = meta(name, None);
        self.cluster_role_bindings.push(ClusterRoleBinding { metadata, role_ref, subjects: Some(subjects) });
    }

    fn policy(&self) -> Policy {
        let mut builder = PolicyBuilder::new();
        self.roles.iter().for_each(|role| builder.role(role, 0));
        self.cluster_roles.iter().for_each(|role| builder.cluster_role(role, 0));
        self.role_bindings.iter().for_each(|binding| builder.role_binding(binding, 0));
        self.cluster_role_bindings.iter().for_each(|binding| builder.cluster_role_binding(binding, 0));
        builder.build()
    }

    fn user(&self, number: usize) -> UserInfo {
        let subject = subject(number);
        match subject.kind.as_str() {
            "ServiceAccount" => {
                UserInfo::service_account(subject.namespace.as_deref().unwrap_or_default(), &subject.name)
            }
            "Group" => UserInfo::authenticated(format!("member{number}"), [subject.name]),
            _ => UserInfo::authenticated(subject.name, None::<String>),
        }
    }
}

fn subject(number: usize) -> Subject {
    match number % 4 {
        0 | 1 => Subject {
            kind: "ServiceAccount".to_owned(),
            name: format!("sa{number}"),
            namespace: Some(format!("ns{}", number % NAMESPACES)),
            api_group: None,
        },
        2 => user(format!("user{number}@example.com")),
        _ => Subject { kind: "Group".to_owned(), name: format!("group{number}"), ..Subject::default() },
    }
}

fn user(name: String) -> Subject {
    Subject { kind: "User".to_owned(), name, ..Subject::default() }
}

fn rule(random: &mut Random) -> PolicyRule {
    let resources = built_in_resources();
    let first = &resources[random.below(resources.len())];
    let same_group: Vec<_> = resources.iter().filter(|resource| resource.group == first.group).collect();
    let names: Vec<String> = (0..1 + random.below(5))
        .map(|_| same_group[random.below(same_group.len())].resource.to_owned())
        .collect();
    let verbs: Vec<&str> = "get list watch create update patch delete".split(' ').collect();
    let at = random.below(verbs.len());
    let wild = random.below(200) == 0;
    PolicyRule {
        api_groups: Some(vec![first.group.to_owned()]),
        resources: Some(if wild { vec!["*".to_owned()] } else { names }),
        resource_names: (random.below(10) == 0).then(|| vec![format!("object{}", random.below(100))]),
        verbs: verbs[at..].iter().take(1 + random.below(4)).map(|&verb| verb.to_owned()).collect(),
        non_resource_urls: None,
    }
}

fn meta(name: &str, namespace: Option<&str>) -> ObjectMeta {
    ObjectMeta {
        name: Some(name.to_owned()),
        namespace: namespace.map(ToOwned::to_owned),
        ..ObjectMeta::default()
    }
}

fn reference(role: usize) -> RoleRef {
    let kind = if role.is_multiple_of(2) { "ClusterRole" } else { "Role" };
    RoleRef { api_group: None, kind: kind.to_owned(), name: format!("role{role}") }
}

/// Numbers that are the same in every run (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % limit as u64) as usize
    }
}
