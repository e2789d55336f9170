//! Accounts, roles and bindings.
//!
//! How many bindings an account has is in the plan; what they grant is decided here. Start reading at
//! [`of_namespace`].

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::generate::random::Random;

use super::names::{OPERATORS, PEOPLE, THINGS};
use super::plan::{Account, Plan, Power, Stage};
use super::{metadata, operators};

/// ClusterRoles that make whoever holds them in the whole cluster dangerous.
pub(super) const POWERFUL: &[&str] = &[
    "ci-deployer",
    "cluster-admin",
    "backup-agent",
    "platform-admin",
    "node-debugger",
    "support-impersonator",
    "certificate-approver",
    "secret-auditor",
    "volume-provisioner",
];

/// ClusterRoles that are bound in many namespaces, and some in the whole cluster.
const SHARED: &[&str] = &[
    "log-reader",
    "metrics-reader",
    "namespace-lister",
    "node-viewer",
    "pod-restarter",
    "token-reviewer",
    "view",
];

/// Roles that many namespaces have one of.
const LOCAL: &[&str] = &[
    "leader-election",
    "config-reader",
    "pod-viewer",
    "job-runner",
    "secret-reader",
    "scaler",
    "deployer",
    "service-watcher",
    "debugger",
];

fn rule(groups: &[&str], resources: &[&str], verbs: &[&str]) -> Value {
    json!({"apiGroups": groups, "resources": resources, "verbs": verbs})
}

const READ: &[&str] = &["get", "list", "watch"];
const WRITE: &[&str] = &["create", "delete", "get", "list", "patch", "update", "watch"];

fn rules(role: &str) -> Value {
    match role {
        "backup-agent" => {
            json!([rule(&["*"], &["*"], &["get", "list"]), rule(&[""], &["pods/exec"], &["create"])])
        }
        "certificate-approver" => json!([
            rule(&["certificates.k8s.io"], &["certificatesigningrequests"], READ),
            rule(&["certificates.k8s.io"], &["certificatesigningrequests/approval"], &["update"]),
            rule(&["certificates.k8s.io"], &["signers"], &["approve"]),
        ]),
        "ci-deployer" => json!([
            rule(
                &["", "apps", "batch"],
                &["configmaps", "cronjobs", "deployments", "jobs", "pods", "secrets", "services"],
                WRITE
            ),
            rule(&["rbac.authorization.k8s.io"], &["rolebindings", "roles"], WRITE),
        ]),
        "node-debugger" => json!([
            rule(&[""], &["nodes", "nodes/proxy"], &["create", "get"]),
            rule(&[""], &["pods/ephemeralcontainers"], &["patch", "update"]),
        ]),
        "platform-admin" => json!([rule(&["*"], &["*"], &["*"]), {"nonResourceURLs": ["*"], "verbs": ["*"]}]),
        "secret-auditor" => json!([rule(&[""], &["secrets"], READ)]),
        "support-impersonator" => {
            json!([rule(&[""], &["groups", "serviceaccounts", "users"], &["impersonate"])])
        }
        "volume-provisioner" => json!([
            rule(&[""], &["persistentvolumes"], &["create", "delete", "get", "list", "watch"]),
            rule(&[""], &["persistentvolumeclaims"], &["get", "list", "update", "watch"]),
            rule(&["storage.k8s.io"], &["storageclasses"], READ),
        ]),
        "log-reader" => json!([rule(&[""], &["pods", "pods/log"], READ)]),
        "metrics-reader" => json!([{"nonResourceURLs": ["/metrics", "/metrics/*"], "verbs": ["get"]}]),
        "namespace-lister" => json!([rule(&[""], &["namespaces"], READ)]),
        "node-viewer" => {
            json!([rule(&[""], &["nodes"], READ), rule(&["metrics.k8s.io"], &["nodes"], &["get", "list"])])
        }
        "pod-restarter" => json!([rule(&[""], &["pods"], &["delete", "get", "list"])]),
        "token-reviewer" => json!([
            rule(&["authentication.k8s.io"], &["tokenreviews"], &["create"]),
            rule(&["authorization.k8s.io"], &["subjectaccessreviews"], &["create"]),
        ]),
        "leader-election" => json!([
            rule(&["coordination.k8s.io"], &["leases"], &["create", "get", "update"]),
            rule(&[""], &["events"], &["create", "patch"]),
        ]),
        "config-reader" => json!([rule(&[""], &["configmaps"], READ)]),
        "pod-viewer" => json!([rule(&[""], &["pods", "pods/status"], READ)]),
        "job-runner" => json!([rule(&["batch"], &["jobs"], WRITE), rule(&[""], &["pods", "pods/log"], READ)]),
        "secret-reader" => json!([rule(&[""], &["secrets"], &["get", "list"])]),
        "scaler" => json!([rule(
            &["apps"],
            &["deployments/scale", "statefulsets/scale"],
            &["get", "patch", "update"]
        )]),
        "deployer" => json!([
            rule(&["apps"], &["deployments", "statefulsets"], WRITE),
            rule(&[""], &["configmaps", "services"], WRITE),
        ]),
        "service-watcher" => {
            json!([rule(&[""], &["services"], READ), rule(&["discovery.k8s.io"], &["endpointslices"], READ),])
        }
        // `debugger`: what people give themselves for a day and keep.
        _ => json!([
            rule(&[""], &["pods/exec", "pods/portforward"], &["create"]),
            rule(&[""], &["pods"], READ)
        ]),
    }
}

/// Whether pods that do not say otherwise get the account's token.
pub(super) fn automounts(plan: &Plan, namespace: &str, account: &str) -> bool {
    let off = if account == "default" { 250 } else { 120 };
    !Random::of(plan.seed, &["automount", namespace, account]).permille(off)
}

/// The account itself.
pub(super) fn service_account(plan: &Plan, namespace: &str, name: &str) -> Value {
    let metadata = metadata(plan, "ServiceAccount", namespace, name);
    let mut account = json!({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata});
    if !automounts(plan, namespace, name) {
        account["automountServiceAccountToken"] = json!(false);
    }
    account
}

/// The ClusterRoles that are not an operator's, and the bindings of people in the whole cluster.
pub(super) fn of_cluster(plan: &Plan) -> Vec<Value> {
    // What the API server makes itself is not generated: it follows from the version.
    let own = POWERFUL.iter().chain(SHARED).filter(|name| !matches!(**name, "cluster-admin" | "view"));
    let mut objects: Vec<Value> = own.map(|name| cluster_role(plan, name, json!({}), rules(name))).collect();
    objects.push(operators::aggregate(plan));
    let mut random = Random::of(plan.seed, &["people"]);
    for number in 0..plan.cluster_people {
        let (role, subject) = match number {
            0 => ("cluster-admin", person("Group", "oidc:platform-admins")),
            1 => ("namespace-lister", person("Group", "system:authenticated")),
            _ => {
                let name = format!("oidc:{}@acme.example", random.pick(PEOPLE));
                (*random.pick(&["cluster-admin", "view", "node-viewer", "log-reader"]), person("User", &name))
            }
        };
        let name = format!("people-{number}-{role}");
        objects.push(binding(plan, None, &name, ("ClusterRole", role), &[subject]));
    }
    objects
}

/// A ClusterRole with labels and rules.
pub(super) fn cluster_role(plan: &Plan, name: &str, labels: Value, rules: Value) -> Value {
    let mut metadata = metadata(plan, "ClusterRole", "", name);
    metadata["labels"] = labels;
    let mut role = json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole"});
    role["metadata"] = metadata;
    role["rules"] = rules;
    role
}

fn person(kind: &str, name: &str) -> Value {
    json!({"apiGroup": "rbac.authorization.k8s.io", "kind": kind, "name": name})
}

fn subject(namespace: &str, account: &str) -> Value {
    json!({"kind": "ServiceAccount", "name": account, "namespace": namespace})
}

/// A RoleBinding in a namespace, or a ClusterRoleBinding.
fn binding(
    plan: &Plan,
    namespace: Option<&str>,
    name: &str,
    role: (&str, &str),
    subjects: &[Value],
) -> Value {
    let kind = if namespace.is_some() { "RoleBinding" } else { "ClusterRoleBinding" };
    json!({
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": kind,
        "metadata": metadata(plan, kind, namespace.unwrap_or_default(), name),
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role.0, "name": role.1},
        "subjects": subjects,
    })
}

/// The accounts of a namespace with their bindings, the Roles that those name, and the bindings of
/// people. The bindings of an account that is used across namespaces are in those.
pub(super) fn of_namespace(plan: &Plan, index: usize) -> Vec<Value> {
    let home = plan.namespaces[index].name.as_str();
    let begin = plan.accounts.partition_point(|account| account.namespace < index);
    let accounts = plan.accounts[begin..].iter().take_while(|account| account.namespace == index);
    let mut objects = Vec::new();
    let mut local: BTreeSet<&str> = BTreeSet::new();
    for account in accounts {
        objects.push(service_account(plan, home, &account.name));
        objects.extend(power(plan, account));
        for number in 0..account.bindings {
            objects.extend(grant(plan, account, number, &mut local));
        }
    }
    objects.extend(local.into_iter().map(|name| role(plan, home, name, rules(name))));
    objects.extend((0..plan.people).map(|number| of_people(plan, index, number)));
    objects
}

fn role(plan: &Plan, namespace: &str, name: &str, rules: Value) -> Value {
    let metadata = metadata(plan, "Role", namespace, name);
    let mut role =
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": metadata});
    role["rules"] = rules;
    role
}

/// The binding that gives an account its power.
fn power(plan: &Plan, account: &Account) -> Option<Value> {
    let home = &plan.namespaces[account.namespace].name;
    let (name, role) = match account.power? {
        Power::Operator(row) => (OPERATORS[row].name.to_owned(), OPERATORS[row].name),
        Power::Role(row) => (format!("{home}-{}-{}", account.name, POWERFUL[row]), POWERFUL[row]),
    };
    Some(binding(plan, None, &name, ("ClusterRole", role), &[subject(home, &account.name)]))
}

/// One of the bindings of an account, from 0: its own Role first, then Roles of its namespace, then
/// ClusterRoles elsewhere, as those of accounts that many share.
fn grant(plan: &Plan, account: &Account, number: u32, local: &mut BTreeSet<&str>) -> Vec<Value> {
    let home = plan.namespaces[account.namespace].name.as_str();
    let name = account.name.as_str();
    let mut random = Random::of(plan.seed, &["grant", home, name, &number.to_string()]);
    let mut subjects = vec![subject(home, name)];
    if random.permille(30) {
        subjects.push(subject(home, "default"));
    }
    if number == 0 {
        let own = format!("{name}-own");
        let rules = own_rules(&mut random, name);
        let binding = binding(plan, Some(home), &own, ("Role", &own), &subjects);
        return vec![role(plan, home, &own, rules), binding];
    }
    let start = Random::of(plan.seed, &["grants", home, name]).index(LOCAL.len());
    if number < 4 {
        let role = LOCAL[(start + number as usize) % LOCAL.len()];
        local.insert(role);
        return vec![binding(plan, Some(home), &format!("{name}-{role}"), ("Role", role), &subjects)];
    }
    // A role that was removed leaves its bindings behind.
    let role = match random.below(1000) {
        0..20 => "retired-role",
        20..60 => "edit",
        _ => *random.pick(SHARED),
    };
    let binding_name = format!("{home}-{name}-{number}");
    let wide = role != "edit" && random.permille(80);
    let away = (account.namespace + start + 7 * number as usize) % plan.namespaces.len();
    let place = (!wide).then(|| plan.namespaces[away].name.as_str());
    vec![binding(plan, place, &binding_name, ("ClusterRole", role), &subjects)]
}

/// What an application asks of its own namespace.
fn own_rules(random: &mut Random, name: &str) -> Value {
    let mut rules = Vec::new();
    for _ in 0..random.between(1, 3) {
        rules.push(match random.below(8) {
            0 | 1 => json!({
                "apiGroups": [""],
                "resourceNames": [format!("{name}-config"), format!("{}-flags", random.pick(THINGS))],
                "resources": ["configmaps"],
                "verbs": ["get", "watch"],
            }),
            2 => json!({
                "apiGroups": [""],
                "resourceNames": [format!("{name}-credentials")],
                "resources": ["secrets"],
                "verbs": ["get"],
            }),
            3 => rule(&["coordination.k8s.io"], &["leases"], &["create", "get", "list", "update"]),
            4 => rule(&[""], &["pods", "services", "endpoints"], READ),
            5 => rule(&["batch"], &["jobs"], &["create", "get", "list"]),
            6 => rule(&["apps"], &["deployments"], &["get", "list", "patch"]),
            _ => rule(&[""], &["events"], &["create", "patch"]),
        });
    }
    Value::Array(rules)
}

/// What people may do in a namespace.
fn of_people(plan: &Plan, index: usize, number: u32) -> Value {
    let namespace = &plan.namespaces[index];
    let mut random = Random::of(plan.seed, &["people", &namespace.name, &number.to_string()]);
    let group = format!("oidc:{}-developers", namespace.team);
    let (role, who) = match namespace.stage {
        Stage::Platform => ("view", person("Group", "oidc:platform-readers")),
        Stage::Production => {
            (random.weighted(&[(6, "view"), (3, "edit"), (1, "admin")]), person("Group", &group))
        }
        Stage::Staging | Stage::Development => {
            (random.weighted(&[(1, "view"), (5, "edit"), (3, "admin")]), person("Group", &group))
        }
    };
    let mut subjects = vec![who];
    if random.permille(300) {
        subjects.push(person("User", &format!("oidc:{}@acme.example", random.pick(PEOPLE))));
    }
    binding(plan, Some(&namespace.name), &format!("people-{number}-{role}"), ("ClusterRole", role), &subjects)
}
