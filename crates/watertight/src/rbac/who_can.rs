//! `watertight rbac who-can`.

use std::collections::BTreeSet;
use std::process::ExitCode;

use watertight_rbac::{
    AUTHENTICATED, Action, Caveat, Policy, Question, SERVICE_ACCOUNTS, SYSTEM_MASTERS, Subject, SubjectId,
    UNAUTHENTICATED, namespace_of_group,
};
use watertight_report::rbac::who_can::{Holder, WhoCan};
use watertight_report::rbac::{Note, SubjectRow};

use super::can_i::authorization;
use super::resources::{Resources, Wanted};
use super::shown::{self, in_policy};
use super::{Scene, ask};
use crate::args::{AuthorizerArgs, ColorWhen, WhoCanArgs};
use crate::exit::Failure;

/// Says who can.
pub fn run(arguments: &WhoCanArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    let also: &[&str] = if arguments.expand { &["ServiceAccount"] } else { &[] };
    ask(&arguments.target, color, also, |scene| {
        let resources = Resources::of(scene);
        let wanted = Wanted::of(&arguments.action, &resources, scene)?;
        let namespace = arguments.target.reading.namespace.as_deref();
        wanted.warn_of_namespace(namespace, scene);
        scene.warn_of_unknown_namespace(namespace);
        let answer = who_can(scene, &wanted, namespace, arguments.expand);
        let caveats = caveats(scene, &arguments.authorizers, &wanted.action(""), &answer);
        scene.answer(&answer, caveats)
    })
}

fn who_can(scene: &Scene<'_>, wanted: &Wanted, namespace: Option<&str>, expand: bool) -> WhoCan {
    let (policy, show) = (scene.policy(), scene.shown());
    let place = namespace.map_or("", |namespace| in_policy(Some(namespace)));
    let action = wanted.action(place);
    let question = Question { action, scope: wanted.scope(namespace), some_names: true };
    let accounts = expand.then(|| show.accounts(policy.subjects().map(|(_, subject)| subject)));
    let mut groups = BTreeSet::new();
    let holders: Vec<Holder> = policy
        .who_can(&question)
        .map(|holder| {
            let (binding, role) = (policy.binding(holder.binding), policy.role(holder.role));
            let subject = policy.subject(holder.subject);
            if let Subject::Group(name) = subject {
                groups.insert(name.to_owned());
            }
            Holder {
                subject: shown::subject(subject),
                scope: binding.namespace().map(shown::text),
                names: holder.names.to_vec(),
                binding: show.binding(binding, holder.place),
                role: show.role(role),
                rule: shown::rule(&role.rules()[holder.rule as usize]),
                members: accounts.as_ref().and_then(|accounts| members(policy, holder.subject, accounts)),
            }
        })
        .collect();
    WhoCan {
        question: shown::text(&action.to_string()),
        namespace: namespace.map(str::to_owned),
        before_rbac: vec![shown::subject(Subject::Group(SYSTEM_MASTERS))],
        notes: groups.iter().filter_map(|group| stands_for(group, expand)).collect(),
        holders,
    }
}

/// The service accounts that a group stands for; `None` for what is no group.
fn members(
    policy: &Policy,
    subject: SubjectId,
    accounts: &BTreeSet<(String, String)>,
) -> Option<Vec<SubjectRow>> {
    if !matches!(policy.subject(subject), Subject::Group(_)) {
        return None;
    }
    let all = accounts.iter().map(|(namespace, name)| (namespace.as_str(), name.as_str()));
    let held = policy.members(subject, all);
    let row = |(namespace, name)| shown::subject(Subject::ServiceAccount { namespace, name });
    Some(held.into_iter().map(row).collect())
}

/// What a group stands for without anyone's doing.
fn stands_for(group: &str, expanded: bool) -> Option<Note> {
    let more = if expanded { "" } else { " (--expand lists those in view)" };
    let text = match group {
        AUTHENTICATED => format!("{group} is everyone who has credentials, every service account too{more}"),
        UNAUTHENTICATED => format!("{group} is everyone who has no credentials"),
        SERVICE_ACCOUNTS => format!("{group} is every service account{more}"),
        _ => {
            let namespace = namespace_of_group(group)?;
            format!("{group} is every service account of {}{more}", shown::text(namespace))
        }
    };
    Some(Note { id: "group", text: shown::text(&text) })
}

/// What no object of RBAC tells about who else can, or cannot.
fn caveats(scene: &Scene<'_>, arguments: &AuthorizerArgs, action: &Action<'_>, answer: &WhoCan) -> Vec<Note> {
    let mut notes = beside_rbac(scene, arguments, action);
    let holders: BTreeSet<&SubjectRow> = answer.holders.iter().map(|holder| &holder.subject).collect();
    let others: Vec<String> = impersonators(scene)
        .into_iter()
        .filter(|subject| !holders.contains(subject))
        .map(|subject| subject.to_string())
        .collect();
    if !answer.holders.is_empty() && !others.is_empty() {
        const NAMED: usize = 3;
        let more = others.len().saturating_sub(NAMED);
        let more = if more > 0 { format!(" and {more} more") } else { String::new() };
        let named = others[..others.len().min(NAMED)].join(", ");
        let text = format!("{named}{more} may impersonate others, perhaps one of these");
        notes.push(Note { id: "impersonation", text });
    }
    notes
}

/// What may allow an action, or deny it, and is told by no rule. Members of `system:masters` are told apart.
pub fn beside_rbac(scene: &Scene<'_>, arguments: &AuthorizerArgs, action: &Action<'_>) -> Vec<Note> {
    let caveats = scene.policy().caveats_of_who_can(&authorization(arguments, scene), action);
    let note = |caveat| match caveat {
        Caveat::SystemMasters => None,
        Caveat::NodeAuthorizer => {
            let text =
                "the Node authorizer allows kubelets what their pods need, whatever RBAC says".to_owned();
            Some(Note { text, ..shown::caveat(caveat) })
        }
        _ => Some(shown::caveat(caveat)),
    };
    caveats.into_iter().filter_map(note).collect()
}

/// Who may act as others: for everything, or for some verbs only, which Kubernetes has from 1.36 on.
fn impersonators(scene: &Scene<'_>) -> BTreeSet<SubjectRow> {
    let policy = scene.policy();
    let constrained = scene.world.settings().target.minor >= 36;
    let impersonates = |verb: &String| {
        matches!(verb.as_str(), "impersonate" | "*") || (constrained && verb.starts_with("impersonate:"))
    };
    let whom = |resource: &String| {
        matches!(resource.as_str(), "*" | "users" | "groups" | "serviceaccounts" | "nodes")
    };
    let roles = policy.roles().filter(|role| {
        let rules = role.rules().iter();
        rules.into_iter().any(|rule| {
            rule.verbs.iter().any(impersonates) && rule.resources.iter().flatten().any(whom) && {
                let groups = ["", "*", "authentication.k8s.io"];
                rule.api_groups.iter().flatten().any(|group| groups.contains(&group.as_str()))
            }
        })
    });
    roles
        .flat_map(|role| policy.bindings_of_role(role.id()))
        .flat_map(|&binding| policy.binding(binding).subjects())
        .filter_map(|bound| bound.id)
        .map(|id| policy.subject(id))
        .filter(|subject| *subject != Subject::Group(SYSTEM_MASTERS))
        .map(shown::subject)
        .collect()
}
