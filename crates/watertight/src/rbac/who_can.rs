//! `watertight rbac who-can`.

use std::collections::BTreeSet;
use std::process::ExitCode;

use watertight_rbac::{
    AUTHENTICATED, Caveat, Policy, Question, SERVICE_ACCOUNTS, SYSTEM_MASTERS, Subject, SubjectId,
    UNAUTHENTICATED, namespace_of_group,
};
use watertight_report::rbac::Note;
use watertight_report::rbac::who_can::{Holder, WhoCan};

use super::resources::{Resources, Wanted};
use super::shown::{self, in_policy};
use super::{Scene, ask};
use crate::args::{AuthorizerArgs, ColorWhen, WhoCanArgs};
use crate::exit::Failure;
use watertight_rbac::Authorizer;

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
        scene.answer(&answer, caveats(&arguments.authorizers))
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
) -> Option<Vec<watertight_report::rbac::SubjectRow>> {
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
fn caveats(arguments: &AuthorizerArgs) -> Vec<Note> {
    let asked = &arguments.authorizers;
    if asked.is_empty() {
        return vec![shown::caveat(Caveat::AuthorizersUnknown)];
    }
    let place = |of| asked.iter().position(|&one| one == of);
    let mut caveats = Vec::new();
    match (place(Authorizer::Webhook), place(Authorizer::Rbac)) {
        (Some(webhook), Some(rbac)) if webhook > rbac => caveats.push(Caveat::WebhookAfter),
        (Some(_), _) => caveats.push(Caveat::WebhookBefore),
        (None, _) => {}
    }
    if place(Authorizer::Rbac).is_none() {
        caveats.push(Caveat::RbacOff);
    }
    if place(Authorizer::Abac).is_some() {
        caveats.push(Caveat::Abac);
    }
    let mut notes: Vec<Note> = caveats.into_iter().map(shown::caveat).collect();
    if place(Authorizer::Node).is_some() {
        let text = "kubelets are allowed what their pods need by the Node authorizer".to_owned();
        notes.push(Note { id: "node-authorizer", text });
    }
    notes
}
