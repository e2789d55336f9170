//! Grades of what bindings grant: by reach, by subject, by how much else they grant.

use watertight_engine::{Control, run};
use watertight_facts::{Settings, World, implied};
use watertight_model::Severity::{self, Critical, High, Info, Low, Medium};
use watertight_model::{Snapshot, Verdict};
use watertight_syntax::Limits;

use super::grades;
use crate::rbac::*;

const ACCOUNT: &str = "{kind: ServiceAccount, name: a, namespace: shop}";
const PEOPLE: &str = "{kind: Group, apiGroup: rbac.authorization.k8s.io, name: dev}";

fn role(namespace: &str, rules: &str) -> String {
    let (kind, metadata) = of(namespace, "Role");
    format!(
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {metadata}\nrules: [{rules}]\n"
    )
}

fn binding(namespace: &str, role_kind: &str, role: &str, subjects: &str) -> String {
    let (kind, metadata) = of(namespace, "RoleBinding");
    format!(
        "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {metadata}\n\
         roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: {role_kind}, name: {role}}}\nsubjects: [{subjects}]\n"
    )
}

/// Kind and metadata; no namespace for the kind of the cluster.
fn of(namespace: &str, kind: &str) -> (String, String) {
    match namespace {
        "" => (format!("Cluster{kind}"), "{name: a}".to_owned()),
        _ => (kind.to_owned(), format!("{{name: a, namespace: {namespace}}}")),
    }
}

/// A cluster role with these rules and a binding of it; an empty namespace for every one.
fn granted(namespace: &str, rules: &str, subjects: &str) -> String {
    role("", rules) + &binding(namespace, "ClusterRole", "a", subjects)
}

fn severities(control: &'static Control, yaml: &str) -> Vec<Severity> {
    grades(control, yaml).into_iter().map(|(severity, _)| severity).collect()
}

/// In every namespace, in `kube-system`, in another one; and of one name in every namespace.
#[test]
fn powers_are_graded_by_reach_and_narrowed_by_names() {
    type Row = (&'static Control, &'static str, &'static str, [Option<Severity>; 4]);
    let rbac = "rbac.authorization.k8s.io";
    let rows: [Row; 14] = [
        (
            &SECRETS_READABLE,
            "''",
            "resources: [secrets], verbs: [get]",
            [Some(High), Some(High), Some(Medium), Some(Low)],
        ),
        (
            &PODS_CREATABLE,
            "batch",
            "resources: [jobs], verbs: [update]",
            [Some(High), Some(High), Some(Medium), Some(Low)],
        ),
        (
            &PODS_CREATABLE,
            "batch",
            "resources: [jobs], verbs: [create]",
            [Some(High), Some(High), Some(Medium), None],
        ),
        (
            &EXEC_GRANTED,
            "''",
            "resources: [pods/exec], verbs: [create]",
            [Some(High), Some(High), Some(Medium), Some(Low)],
        ),
        (
            &TOKEN_REQUEST_GRANTED,
            "''",
            "resources: [serviceaccounts/token], verbs: [create]",
            [Some(Critical), Some(Critical), Some(Medium), Some(Medium)],
        ),
        (
            &IMPERSONATION_GRANTED,
            "''",
            "resources: [users], verbs: [impersonate]",
            [Some(Critical), None, None, Some(Medium)],
        ),
        (
            &IMPERSONATION_GRANTED,
            "''",
            "resources: [serviceaccounts], verbs: [impersonate]",
            [Some(Critical), Some(Critical), Some(Medium), Some(Medium)],
        ),
        (
            &ESCALATION_GRANTED,
            rbac,
            "resources: [clusterroles], verbs: [bind]",
            [Some(Low), Some(Low), Some(Low), Some(Low)],
        ),
        (
            &NODES_PROXY_GRANTED,
            "''",
            "resources: [nodes/proxy], verbs: [get]",
            [Some(Critical), None, None, Some(Medium)],
        ),
        (
            &PERSISTENT_VOLUMES_CREATABLE,
            "''",
            "resources: [persistentvolumes], verbs: [create]",
            [Some(High), None, None, None],
        ),
        (
            &CLUSTER_DNS_WRITABLE,
            "''",
            "resources: [configmaps], verbs: [patch]",
            [Some(High), Some(High), None, None],
        ),
        (
            &EVENTS_DELETABLE,
            "events.k8s.io",
            "resources: [events], verbs: [delete]",
            [Some(Medium), Some(Medium), Some(Low), Some(Low)],
        ),
        (&LOGS_READABLE, "''", "resources: [pods/log], verbs: [get]", [Some(Low), None, None, Some(Info)]),
        (&NODES_WRITABLE, "''", "resources: [nodes], verbs: [patch]", [Some(Medium), None, None, Some(Low)]),
    ];
    for (control, group, rule, wanted) in rows {
        let whole = format!("{{apiGroups: [{group}], {rule}}}");
        let named = format!("{{apiGroups: [{group}], {rule}, resourceNames: [x]}}");
        let found = [("", &whole), ("kube-system", &whole), ("shop", &whole), ("", &named)].map(
            |(namespace, rule)| severities(control, &granted(namespace, rule, ACCOUNT)).first().copied(),
        );
        assert_eq!(found, wanted, "{control:?} {rule}");
    }
}

#[test]
fn what_half_is_missing_of_waits() {
    let rbac = "apiGroups: [rbac.authorization.k8s.io]";
    let bind = format!("{{{rbac}, resources: [clusterroles], verbs: [bind]}}");
    let write = format!("{{{rbac}, resources: [rolebindings, clusterrolebindings], verbs: [create]}}");
    let both = format!("{bind}, {write}");
    let of = |namespace, rules: &str| severities(&ESCALATION_GRANTED, &granted(namespace, rules, ACCOUNT));
    assert_eq!((of("", &both), of("shop", &both)), (vec![Critical], vec![Medium]));
    // The other half may come by another binding, in one namespace too.
    let elsewhere = role("shop", &write) + &binding("shop", "Role", "a", ACCOUNT);
    assert_eq!(severities(&ESCALATION_GRANTED, &(granted("", &bind, ACCOUNT) + &elsewhere)), [Critical]);
    assert_eq!(severities(&ESCALATION_GRANTED, &(granted("", &bind, PEOPLE) + &elsewhere)), [Low]);
    // To bind roles by name is what `bind` is for; `cluster-admin` is no name like others.
    let named =
        |name: &str| bind.replace("verbs", &format!("resourceNames: [{name}], verbs")) + ", " + &write;
    assert_eq!((of("", &named("view")), of("", &named("cluster-admin"))), (vec![Medium], vec![Critical]));
    // A Role is handed out in its namespace only.
    let roles = format!("{{{rbac}, resources: [roles], verbs: [bind]}}, {write}");
    assert_eq!((of("", &roles), of("shop", &roles)), (vec![High], vec![Low]));
    let signer = "{apiGroups: [certificates.k8s.io], resources: [signers], verbs: [approve]NAMES}, \
                  {apiGroups: [certificates.k8s.io], resources: [certificatesigningrequests/approval], verbs: [update]}";
    let of = |names: &str| {
        severities(&CERTIFICATE_APPROVAL_GRANTED, &granted("", &signer.replace("NAMES", names), ACCOUNT))
    };
    assert_eq!(of(""), [Critical]);
    assert_eq!(of(", resourceNames: [kubernetes.io/kube-apiserver-client]"), [Critical]);
    assert_eq!(of(", resourceNames: [kubernetes.io/kubelet-serving]"), [Medium]);
}

/// What follows from a broad grant is told once.
#[test]
fn nothing_is_told_twice() {
    let all: Vec<&'static Control> = ALL.to_vec();
    let told = |yaml: &str| {
        let mut builder = Snapshot::builder(Limits::default());
        builder.text("a.yaml", yaml);
        let snapshot = implied::complete(builder.finish(), Settings::default().target);
        let settings = Settings::default();
        let outcome = run(&World::new(&snapshot, &settings), &all);
        let failed = outcome.findings.into_iter().filter(|finding| finding.verdict == Verdict::Fail);
        failed.map(|finding| (finding.control, finding.severity)).collect::<Vec<_>>()
    };
    let bound = |namespace, role, who| told(&binding(namespace, "ClusterRole", role, who));
    assert_eq!(bound("", "cluster-admin", ACCOUNT), [("cluster-admin-binding", Critical)]);
    assert_eq!(bound("shop", "cluster-admin", PEOPLE), [("cluster-admin-binding", Medium)]);
    assert_eq!(bound("kube-system", "cluster-admin", PEOPLE), [("cluster-admin-binding", Critical)]);
    for role in ["admin", "edit"] {
        assert_eq!(bound("", role, PEOPLE), [("broad-role-binding", Critical)], "{role}");
        assert_eq!(bound("kube-system", role, PEOPLE), [("broad-role-binding", Critical)], "{role}");
        assert_eq!(bound("shop", role, PEOPLE), [("broad-role-binding", Info)], "{role}");
        assert_eq!(bound("shop", role, ACCOUNT), [("broad-role-binding", Medium)], "{role}");
    }
    assert_eq!(bound("", "view", PEOPLE), [("logs-readable", Low)]);
    assert_eq!(bound("shop", "view", PEOPLE), []);
    // A rule for every resource is the one that is told, beside its wildcards.
    let sweeping = "{apiGroups: ['*'], resources: ['*'], verbs: [get, patch, delete]}";
    let wildcard = ("wildcard-in-role", Medium);
    assert_eq!(told(&granted("", sweeping, ACCOUNT)), [("broad-role-binding", Critical), wildcard]);
    // What does not follow is told beside it.
    let proxy = "{apiGroups: [''], resources: [nodes/proxy], verbs: [get]}";
    let core = "{apiGroups: [''], resources: ['*'], verbs: ['*']}";
    let signer = "{apiGroups: [certificates.k8s.io], resources: [signers], verbs: [sign]}";
    assert_eq!(
        told(&granted("", &format!("{core}, {proxy}, {signer}"), ACCOUNT)),
        [("broad-role-binding", Critical), wildcard, ("certificate-approval-granted", Low)]
    );
}

#[test]
fn everybody_is_graded_by_what_and_by_whom() {
    let group = |name: &str| format!("{{kind: Group, apiGroup: rbac.authorization.k8s.io, name: '{name}'}}");
    let of = |name: &str, rules: &str| severities(&EVERYONE_BOUND, &granted("shop", rules, &group(name)));
    let (read, write) = (
        "{apiGroups: [''], resources: [pods], verbs: [list]}",
        "{apiGroups: [''], resources: [pods], verbs: ['*']}",
    );
    let oneself =
        "{apiGroups: [authorization.k8s.io], resources: [selfsubjectaccessreviews], verbs: [create]}";
    let outside = "system:unauthenticated";
    assert_eq!([of(outside, read), of(outside, write), of(outside, oneself)].concat(), [High, Critical, Low]);
    let inside = "system:authenticated";
    assert_eq!([of(inside, read), of(inside, write), of(inside, oneself)].concat(), [Medium, High, Low]);
    assert_eq!(of("dev", write), []);
}

#[test]
fn the_control_plane_is_not_judged_and_nodes_are() {
    let of = |subject: &str| {
        severities(&CLUSTER_ADMIN_BINDING, &binding("", "ClusterRole", "cluster-admin", subject)).len()
    };
    for system in [
        "{kind: User, name: 'system:kube-scheduler'}",
        "{kind: Group, name: 'system:masters'}",
        "{kind: ServiceAccount, name: namespace-controller, namespace: kube-system}",
    ] {
        assert_eq!(of(system), 0, "{system}");
    }
    for other in [
        "{kind: User, name: 'system:anonymous'}",
        "{kind: User, name: 'system:serviceaccount:shop:web'}",
        "{kind: User, name: 'system:node:a'}",
        "{kind: Group, name: 'system:nodes'}",
        "{kind: Group, name: 'system:serviceaccounts'}",
        "{kind: Group, name: 'system:bootstrappers:kubeadm:default-node-token'}",
        "{kind: ServiceAccount, name: tiller, namespace: kube-system}",
        "{kind: ServiceAccount, name: namespace-controller, namespace: shop}",
    ] {
        assert_eq!(of(other), 1, "{other}");
    }
    // Once each, however often and in whatever form it is written.
    let twice = "{kind: ServiceAccount, name: web, namespace: shop}, {kind: User, name: 'system:serviceaccount:shop:web'}";
    assert_eq!(of(twice), 1);
}

#[test]
fn a_role_that_is_not_in_view_may_be_elsewhere() {
    let dangling = binding("shop", "ClusterRole", "kubeadm:get-nodes", PEOPLE);
    assert_eq!(severities(&DANGLING_ROLE_REFERENCE, &dangling), [Low]);
    assert_eq!(severities(&DANGLING_ROLE_REFERENCE, &binding("shop", "ClusterRole", "edit", PEOPLE)), []);
}

#[test]
fn what_a_role_adds_to_others_is_graded_by_what_is_new_to_them() {
    let of = |label: &str, rule: &str| {
        let labels = format!("name: a, labels: {{rbac.authorization.k8s.io/aggregate-to-{label}: 'true'}}");
        severities(&AGGREGATES_INTO_DEFAULT_ROLE, &role("", rule).replace("name: a", &labels))
    };
    let secrets = "{apiGroups: [''], resources: [secrets], verbs: [get]}";
    assert_eq!((of("view", secrets), of("edit", secrets)), (vec![High], vec![Info]));
    let bind = "{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [bind]}";
    assert_eq!((of("edit", bind), of("admin", bind)), (vec![High], vec![High]));
    assert_eq!(of("monitoring", secrets), []);
}
