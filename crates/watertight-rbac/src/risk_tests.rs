//! What subjects can escalate to, each way with what it needs and with what it lacks.

use std::collections::BTreeSet;

use crate::tests::{binding, policy, role};
use crate::*;

const ACCOUNTS: &[Account<'static>] = &[
    Account { namespace: "shop", name: "web", runs: Some(true) },
    Account { namespace: "shop", name: "idle", runs: Some(false) },
    Account { namespace: "kube-system", name: "controller", runs: Some(true) },
];

/// The reach of `alice` and the ways there, as `id@namespace` with `>` between.
fn alice(rules: &[(&str, &[&str])]) -> (Option<Reach>, String) {
    let mut objects = vec![
        role("root", &["* * *", "* *"]),
        role("viewer", &["get core pods"]),
        binding("root", "ClusterRole root", &["sa:kube-system/controller", "user:root"]),
        binding("web", "ClusterRole viewer", &["sa:shop/web"]),
    ];
    for (index, (place, rules)) in rules.iter().enumerate() {
        let (name, kind) = match *place {
            "" => (format!("own-{index}"), "ClusterRole"),
            place => (format!("{place}/own-{index}"), "Role"),
        };
        objects.push(role(&name, rules));
        let role = format!("{kind} own-{index}");
        objects.push(binding(&name, &role, &["user:alice"]));
    }
    let policy = policy(objects);
    let risks = policy.risks(ACCOUNTS);
    let Some(risk) = risks.iter().find(|risk| risk.subject == Subject::User("alice")) else {
        return (None, String::new());
    };
    let steps: Vec<String> = risk
        .steps
        .iter()
        .map(|step| {
            let place = step.namespace.map(|namespace| format!("@{namespace}")).unwrap_or_default();
            step.by.map_or_else(|| "-".to_owned(), |by| format!("{}{place}", by.id))
        })
        .collect();
    (Some(risk.reach), steps.join(" > "))
}

#[track_caller]
fn reaches(rules: &[(&str, &[&str])], reach: Reach, steps: &str) {
    assert_eq!(alice(rules), (Some(reach), steps.to_owned()));
}

const RBAC: &str = "rbac.authorization.k8s.io";

#[test]
fn everything_is_everything() {
    reaches(&[("", &["* * *"])], Reach::ClusterAdmin, "everything");
    reaches(&[("shop", &["* * *"])], Reach::Namespace, "everything@shop");
    // In kube-system it is everything by way of a controller.
    reaches(
        &[("kube-system", &["* * *"])],
        Reach::ClusterAdmin,
        "everything@kube-system > - > - > everything",
    );
    assert_eq!(alice(&[("", &["get core configmaps"])]).0, None);
}

#[test]
fn whoever_creates_pods_is_every_account_there() {
    reaches(&[("shop", &["create core pods"])], Reach::Accounts, "pods-create@shop");
    reaches(&[("", &["create core pods"])], Reach::ClusterAdmin, "pods-create > - > - > everything");
    reaches(&[("shop", &["patch apps deployments"])], Reach::Accounts, "workloads-write@shop");
    let (reach, _) = alice(&[("shop", &["create core pods/*", "create apps pods"])]);
    assert_eq!(reach, None, "`pods/*` is no pattern, and pods are no resource of apps");
}

#[test]
fn running_accounts_are_those_with_pods() {
    let rules: &[&str] = &["create core pods/exec"];
    reaches(&[("kube-system", rules)], Reach::ClusterAdmin, "pods-exec@kube-system > - > everything");
    let policy = policy(vec![
        role("root", &["* * *"]),
        role("shop/exec", rules),
        binding("root", "ClusterRole root", &["sa:shop/idle"]),
        binding("shop/exec", "Role exec", &["user:alice"]),
    ]);
    let risks = policy.risks(ACCOUNTS);
    let own = risks.iter().find(|risk| risk.subject == Subject::User("alice")).expect("alice is there");
    assert_eq!(own.reach, Reach::Accounts, "no pod runs as idle");
    // Through pods of their own, they would be idle.
    let unknown = [Account { namespace: "shop", name: "idle", runs: None }];
    let risks = policy.risks(&unknown);
    let own = risks.iter().find(|risk| risk.subject == Subject::User("alice")).expect("alice is there");
    assert_eq!(own.reach, Reach::ClusterAdmin);
}

#[test]
fn tokens_and_impersonation_lead_to_accounts() {
    let token: &[&str] = &["create core serviceaccounts/token"];
    reaches(&[("kube-system", token)], Reach::ClusterAdmin, "tokens-create@kube-system > - > everything");
    let named: &[&str] = &["create core serviceaccounts/token controller"];
    reaches(&[("kube-system", named)], Reach::ClusterAdmin, "tokens-create-named@kube-system > everything");
    assert_eq!(alice(&[("shop", named)]).0, None, "no account of this name there");
    let impersonate: &[&str] = &["impersonate core serviceaccounts"];
    reaches(
        &[("kube-system", impersonate)],
        Reach::ClusterAdmin,
        "impersonate-serviceaccounts@kube-system > - > everything",
    );
    reaches(&[("", &["impersonate core users"])], Reach::ClusterAdmin, "impersonate-users > - > everything");
    reaches(&[("", &["impersonate core users root"])], Reach::ClusterAdmin, "impersonate-named > everything");
    reaches(&[("", &["impersonate core users,groups"])], Reach::ClusterAdmin, "impersonate-groups");
    assert_eq!(alice(&[("shop", &["impersonate core users"])]).0, None, "users have no namespace");
    assert_eq!(alice(&[("", &["impersonate core groups"])]).0, None, "groups need a user");
}

#[test]
fn escalate_and_bind_need_the_write_as_well() {
    let rule = |verbs: &str, resources: &str| format!("{verbs} {RBAC} {resources}");
    let (escalate, write) = (rule("escalate", "clusterroles"), rule("update", "clusterroles"));
    assert_eq!(alice(&[("", &[&escalate])]).0, None);
    assert_eq!(alice(&[("", &[&write])]).0, None);
    // From two bindings together.
    reaches(&[("", &[&escalate]), ("", &[&write])], Reach::ClusterAdmin, "clusterroles-escalate");
    let (bind, bindings) = (rule("bind", "clusterroles"), rule("create", "clusterrolebindings"));
    reaches(&[("", &[&bind, &bindings])], Reach::ClusterAdmin, "clusterroles-bind");
    // In a namespace: bind is asked there, cluster role bindings are not.
    assert_eq!(alice(&[("shop", &[&bind, &bindings])]).0, None);
    let in_namespace = rule("create", "rolebindings");
    reaches(&[("shop", &[&bind, &in_namespace])], Reach::Namespace, "rolebindings-bind@shop");
    let named = format!("bind {RBAC} clusterroles root");
    reaches(&[("", &[&named, &bindings])], Reach::ClusterAdmin, "bind-named > everything");
    let viewer = format!("bind {RBAC} clusterroles viewer");
    assert_eq!(alice(&[("", &[&viewer, &bindings])]).0, None, "viewer leads nowhere");
}

#[test]
fn nodes_and_certificates() {
    reaches(&[("", &["get core nodes/proxy"])], Reach::ClusterAdmin, "nodes-proxy > - > - > everything");
    assert_eq!(alice(&[("shop", &["get core nodes/proxy"])]).0, None, "nodes have no namespace");
    let volumes: (&str, &[&str]) = ("", &["create core persistentvolumes"]);
    assert_eq!(alice(&[volumes]).0, None);
    let pods: (&str, &[&str]) = ("shop", &["create core pods,persistentvolumeclaims"]);
    let (reach, steps) = alice(&[volumes, pods]);
    assert_eq!(reach, Some(Reach::ClusterAdmin));
    assert_eq!(steps, "persistentvolumes-create@shop > - > - > everything");
    let csr = "certificates.k8s.io certificatesigningrequests";
    let (create, approve) = (format!("create {csr}"), format!("update {csr}/approval"));
    let signers = "approve certificates.k8s.io signers";
    assert_eq!(alice(&[("", &[&create, &approve])]).0, None, "the signer has to be approved for as well");
    let steps = "certificates-approve > - > everything";
    reaches(&[("", &[&create, &approve, signers])], Reach::ClusterAdmin, steps);
}

#[test]
fn what_leads_no_further_is_told_as_it_is() {
    reaches(&[("shop", &["get core secrets"])], Reach::Secrets, "secrets-read@shop");
    reaches(&[("", &["list core secrets"])], Reach::EverySecret, "secrets-read");
    let webhooks = "patch admissionregistration.k8s.io mutatingwebhookconfigurations";
    reaches(&[("", &[webhooks])], Reach::Admission, "mutating-webhooks-write");
    reaches(&[("", &["delete core events"])], Reach::Disruption, "events-delete");
}

#[test]
fn groups_give_to_their_members_and_masters_are_masters() {
    let policy = policy(vec![
        role("root", &["* * *"]),
        role("half", &["bind rbac.authorization.k8s.io clusterroles"]),
        role("other", &["create rbac.authorization.k8s.io clusterrolebindings"]),
        binding("m", "ClusterRole half", &["group:system:masters", "group:dev"]),
        binding("all", "ClusterRole other", &["group:system:authenticated"]),
        binding("root", "ClusterRole root", &["group:system:serviceaccounts:shop"]),
        binding("web", "ClusterRole other", &["sa:shop/web", "sa:bank/web", "user:system:anonymous"]),
    ]);
    let accounts = [Account { namespace: "shop", name: "unbound", runs: None }];
    let risks = policy.risks(&accounts);
    let reach =
        |subject: Subject<'_>| risks.iter().find(|risk| risk.subject == subject).map(|risk| risk.reach);
    assert_eq!(reach(Subject::Group("system:masters")), Some(Reach::ClusterAdmin));
    // What a group has together with what all have.
    assert_eq!(reach(Subject::Group("dev")), Some(Reach::ClusterAdmin));
    assert_eq!(reach(Subject::Group("system:authenticated")), None);
    for name in ["web", "unbound"] {
        let account = Subject::ServiceAccount { namespace: "shop", name };
        assert_eq!(reach(account), Some(Reach::ClusterAdmin), "{name}");
    }
    assert_eq!(reach(Subject::ServiceAccount { namespace: "bank", name: "web" }), None);
    assert_eq!(reach(Subject::User("system:anonymous")), None);
    let dev = risks.iter().find(|risk| risk.subject == Subject::Group("dev")).expect("dev is there");
    let through: Vec<String> =
        dev.steps[0].grants.iter().map(|grant| policy.binding(grant.binding).to_string()).collect();
    assert_eq!(through, ["ClusterRoleBinding m", "ClusterRoleBinding all"]);
    assert!(risks.windows(2).all(|two| two[0].reach <= two[1].reach), "worst first");
}

#[test]
fn the_table_is_sound() {
    let ids: BTreeSet<_> = PRIMITIVES.iter().map(|entry| entry.id).collect();
    assert_eq!(ids.len(), PRIMITIVES.len(), "an id stands twice");
    for entry in PRIMITIVES {
        assert!(!entry.needs.is_empty() && entry.needs.iter().all(|any| !any.is_empty()), "{}", entry.id);
        for need in entry.needs.iter().flat_map(|any| any.iter()).filter(|need| need.resource != "*") {
            let known = built_in_resource(need.group, need.resource).expect(need.resource);
            let special = matches!(need.verb, "bind" | "escalate");
            assert!(
                special
                    || known.verbs.split(' ').any(|verb| verb == need.verb)
                    || need.resource == "serviceaccounts",
                "{} {}",
                need.verb,
                need.resource
            );
        }
    }
}

#[test]
fn kubernetes_own_roles_lead_where_they_should() {
    let bootstrap = bootstrap::policy(36);
    let mut builder = PolicyBuilder::new().aggregate(true);
    bootstrap.cluster_roles.iter().for_each(|role| builder.cluster_role(role, 0));
    bootstrap.roles.iter().for_each(|role| builder.role(role, 0));
    bootstrap.role_bindings.iter().for_each(|binding| builder.role_binding(binding, 0));
    bootstrap.cluster_role_bindings.iter().for_each(|binding| builder.cluster_role_binding(binding, 0));
    let policy = builder.build();
    assert_eq!(policy.problems(), &[]);
    let risks = policy.risks(&[]);
    let of = |subject: Subject<'_>| risks.iter().find(|risk| risk.subject == subject);
    let controller = |name| of(Subject::ServiceAccount { namespace: "kube-system", name });
    let aggregation = controller("clusterrole-aggregation-controller").expect("it may escalate");
    assert_eq!((aggregation.reach, aggregation.steps.len()), (Reach::ClusterAdmin, 1));
    assert_eq!(controller("job-controller").map(|risk| risk.reach), Some(Reach::ClusterAdmin));
    assert_eq!(controller("resourcequota-controller").map(|risk| risk.reach), Some(Reach::EverySecret));
    assert_eq!(controller("certificate-controller").map(|risk| risk.reach), None);
    for group in ["system:authenticated", "system:unauthenticated", "system:serviceaccounts"] {
        assert_eq!(of(Subject::Group(group)), None, "{group}");
    }
    // What admission asks about (`pods/finalizers`) is a resource too; a rollback is none since 1.16.
    for found in policy.without_effect(|_, _| None) {
        assert!(found.why.to_string().contains("deployments/rollback"), "{} {}", found.object, found.why);
    }
}
