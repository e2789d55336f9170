//! `watertight rbac risks`.

use std::collections::BTreeSet;
use std::process::ExitCode;

use watertight_facts::identities::UNSPECIFIED_NAMESPACE;
use watertight_model::Namespace;
use watertight_rbac::{Account, Action, Party, Reach, Risk, RoleView, Step, Subject};
use watertight_report::rbac::Note;
use watertight_report::rbac::risks::{Direct, RiskRow, RiskStep, Risks};

use super::shown::{self, text};
use super::system::System;
use super::who_can::beside_rbac;
use super::{Scene, look};
use crate::args::{ColorWhen, RisksArgs};
use crate::exit::Failure;

/// Kinds of objects whose pods may run as an account.
const ALSO: &[&str] = &[
    "ServiceAccount",
    "Namespace",
    "Pod",
    "Deployment",
    "DaemonSet",
    "StatefulSet",
    "ReplicaSet",
    "Job",
    "CronJob",
    "ReplicationController",
];

/// Shows who can escalate to what.
pub fn run(arguments: &RisksArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    let target = &arguments.target;
    let paths = if arguments.paths.is_empty() { &target.paths.target } else { &arguments.paths };
    look(paths, &target.reading, &target.output, color, ALSO, |scene| {
        let policy = scene.policy();
        let names = scene.shown().accounts(policy.subjects().map(|(_, subject)| subject));
        let accounts = accounts(scene, &names);
        let system = System::of(scene);
        let platform = &scene.world.settings().platform_subjects;
        let mut hidden = 0;
        let mut rows = Vec::new();
        for risk in policy.risks(&accounts) {
            let id = policy.find_subject(&risk.subject);
            let own = system.holds(policy, id, &risk.subject) || platform.holds(&risk.subject);
            if !arguments.system && own {
                hidden += 1;
            } else {
                rows.push(row(scene, &risk));
            }
        }
        let mut caveats = beside_rbac(scene, &arguments.authorizers, &Action::on("*", "*", "*"));
        caveats.extend(constrained_impersonation(scene));
        scene.answer(&Risks { risks: rows, hidden }, caveats)
    })
}

/// Acting as others for some verbs only, which Kubernetes has from 1.36 on, is no step of a path here.
fn constrained_impersonation(scene: &Scene<'_>) -> Option<Note> {
    let granted = |role: RoleView<'_>| {
        let mut verbs = role.rules().iter().flat_map(|rule| &rule.verbs);
        verbs.any(|verb| verb.starts_with("impersonate:"))
    };
    let policy = scene.policy();
    let bound = |role: RoleView<'_>| !policy.bindings_of_role(role.id()).is_empty();
    let told =
        scene.world.settings().target.minor >= 36 && policy.roles().any(|role| bound(role) && granted(role));
    told.then(|| Note {
        id: "constrained-impersonation",
        text:
            "what may be reached by acting as others for some verbs only (`impersonate:MODE`) is not followed"
                .to_owned(),
    })
}

/// The accounts, with what is known of pods that run as them.
fn accounts<'a>(scene: &Scene<'_>, names: &'a BTreeSet<(String, String)>) -> Vec<Account<'a>> {
    let system = System::of(scene);
    let pods_are_known = scene.snapshot().is_complete("", "Pod");
    let runs = |namespace: &str, name: &str| {
        let home = match namespace {
            UNSPECIFIED_NAMESPACE => Namespace::Unspecified,
            _ => Namespace::Named(namespace.into()),
        };
        if !scene.world.account_users(&home, name).is_empty() {
            return Some(true);
        }
        // The controllers of kube-controller-manager are accounts that no pod has.
        let known = pods_are_known || system.is_controller(namespace, name);
        known.then_some(false)
    };
    names.iter().map(|(namespace, name)| Account { namespace, name, runs: runs(namespace, name) }).collect()
}

fn row(scene: &Scene<'_>, risk: &Risk<'_>) -> RiskRow {
    RiskRow {
        subject: shown::subject(risk.subject),
        reach: reach(risk.reach),
        reach_title: risk.reach.title().to_owned(),
        steps: risk.steps.iter().map(|one| step(scene, one)).collect(),
        direct: risk
            .direct
            .iter()
            .map(|&(by, namespace)| Direct { id: by.id, title: by.title, namespace: namespace.map(text) })
            .collect(),
    }
}

fn step(scene: &Scene<'_>, step: &Step<'_>) -> RiskStep {
    let policy = scene.policy();
    let mut seen = BTreeSet::new();
    let grants = step.grants.iter().filter(|grant| seen.insert(grant.binding));
    RiskStep {
        from: party(scene, step.from),
        to: step.to.map(|to| party(scene, to)),
        by: step.by.map(|by| by.id),
        title: step.by.map(|by| by.title),
        namespace: step.namespace.map(text),
        through: grants
            .map(|grant| scene.shown().binding(policy.binding(grant.binding), grant.subject))
            .collect(),
    }
}

fn party(scene: &Scene<'_>, party: Party<'_>) -> String {
    let place = |namespace: Option<&str>, everywhere: &str| match namespace {
        Some(namespace) => format!(" of {}", text(namespace)),
        None => everywhere.to_owned(),
    };
    match party {
        Party::Subject(subject @ Subject::Group(_)) => format!("a member of {}", shown::subject(subject)),
        Party::Subject(subject) => shown::subject(subject).to_string(),
        Party::Accounts(namespace) => format!("any ServiceAccount{}", place(namespace, "")),
        Party::RunningAccounts(namespace) => {
            format!("any ServiceAccount that a pod{} runs as", place(namespace, ""))
        }
        Party::Role(role, namespace) => {
            let granted = namespace.map(|namespace| format!(" in {}", text(namespace))).unwrap_or_default();
            format!("whoever has {}{granted}", text(&scene.policy().role(role).to_string()))
        }
        Party::AnyIdentity => "anyone but a member of system:masters".to_owned(),
        Party::AnyUser => "any user".to_owned(),
        Party::Admin(namespace) => format!("administrator{}", place(namespace, " of the cluster")),
    }
}

/// The name of a reach for machines.
fn reach(reach: Reach) -> &'static str {
    match reach {
        Reach::ClusterAdmin => "cluster-admin",
        Reach::AnyIdentity => "any-identity",
        Reach::Nodes => "nodes",
        Reach::Admission => "admission",
        Reach::EverySecret => "every-secret",
        Reach::EveryAccount => "every-account",
        Reach::Namespace => "namespace",
        Reach::Accounts => "accounts",
        Reach::Secrets => "secrets",
        Reach::Traffic => "traffic",
        Reach::Disruption => "disruption",
        Reach::Limited => "limited",
    }
}
