//! `watertight rbac can-i`, as a yes or no and as a list.

use std::collections::{BTreeMap, BTreeSet};
use std::process::ExitCode;

use watertight_facts::identities::{CLUSTER_ROLE, ROLE};
use watertight_rbac::{
    AUTHENTICATED, Answer as Decided, Authorization, Caveat, Fault, Grant, NODES, Permission,
    SERVICE_ACCOUNTS, Subject, UNAUTHENTICATED, UserInfo, Verdict, namespace_of_group, node_of,
    service_account_user,
};
use watertight_report::rbac::can_i::{CanI, Elsewhere, Through};
use watertight_report::rbac::held::{HeldRow, HeldRules};

use super::resources::{Resources, Wanted};
use super::shown::{self, in_group, in_policy};
use super::{Scene, ask};
use crate::args::{AuthorizerArgs, CanIArgs, ColorWhen};
use crate::exit::{CLEAN, FINDINGS, Failure, INCOMPLETE};

/// Says whether someone can.
pub fn run(arguments: &CanIArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    ask(&arguments.target, color, &[], |scene| {
        let namespace = arguments.target.reading.namespace.as_deref();
        let who = &arguments.who;
        let user = user_of(who.sa.as_deref(), who.user.as_deref(), &who.groups, namespace, scene);
        scene.warn_of_unknown_namespace(namespace);
        let place = if arguments.all_namespaces { "" } else { in_policy(namespace) };
        if arguments.list {
            let caveats = vec![shown::caveat(Caveat::AuthorizersUnknown)];
            let caveats = if arguments.authorizers.authorizers.is_empty() { caveats } else { Vec::new() };
            return scene.answer(&held(scene, &user, place), caveats);
        }
        let wanted = Wanted::of(&arguments.action, &Resources::of(scene), scene)?;
        wanted.warn_of_namespace(namespace, scene);
        let authorization = authorization(&arguments.authorizers, scene);
        let verdict = scene.policy().decide(&authorization, &user, &wanted.action(place));
        let answer = can_i(scene, &authorization, &user, &wanted, place);
        if !scene.quiet {
            let caveats = verdict.caveats.iter().copied().map(shown::caveat).collect();
            scene.print(&answer, caveats, missing_roles(scene, &verdict))?;
        }
        let allow = scene.output.allow_incomplete;
        Ok(ExitCode::from(match (answer.allowed, answer.certain || allow) {
            (true, _) => CLEAN,
            (false, true) => FINDINGS,
            (false, false) => INCOMPLETE,
        }))
    })
}

/// The user that arguments mean; a group alone means one of its members. Warns when nothing in view
/// speaks of them.
pub fn user_of(
    account: Option<&str>,
    user: Option<&str>,
    groups: &[String],
    namespace: Option<&str>,
    scene: &Scene<'_>,
) -> UserInfo {
    let name = match (account, user) {
        (Some(account), _) => {
            let (namespace, name) = account.split_once(':').unwrap_or((in_policy(namespace), account));
            service_account_user(in_policy(Some(namespace)), name)
        }
        (None, Some(user)) => user.to_owned(),
        (None, None) => String::new(),
    };
    let user =
        if name.is_empty() { member_of(groups) } else { UserInfo::authenticated(name, groups.to_vec()) };
    if node_of(&user.name).is_some() && !user.in_group(NODES) {
        scene.warn(&format!("kubelets are in the group {NODES}; --as-group {NODES} asks for one"));
    }
    let known = |subject: &Subject<'_>| scene.policy().find_subject(subject).is_some();
    let subject = Subject::of_user(&user.name);
    if !user.name.is_empty() && !known(&subject) && !exists(&subject, scene) {
        scene.warn(&format!("nothing in view names {}", shown::subject(subject)));
    }
    for group in groups.iter().filter(|group| !known(&Subject::Group(group))) {
        scene.warn(&format!("no binding in view names Group {group}"));
    }
    user
}

/// Someone without a name of their own, in these groups and those that follow.
fn member_of(groups: &[String]) -> UserInfo {
    let mut all = groups.to_vec();
    if groups.iter().any(|group| namespace_of_group(group).is_some()) {
        all.push(SERVICE_ACCOUNTS.to_owned());
    }
    if !groups.iter().any(|group| group == UNAUTHENTICATED) {
        all.push(AUTHENTICATED.to_owned());
    }
    all.dedup();
    UserInfo::new("", all)
}

fn exists(subject: &Subject<'_>, scene: &Scene<'_>) -> bool {
    let Subject::ServiceAccount { namespace, name } = *subject else { return false };
    let accounts = scene.shown().accounts(std::iter::empty());
    accounts.contains(&(namespace.to_owned(), name.to_owned()))
}

/// The user as people know them.
pub fn described(user: &UserInfo) -> String {
    if user.name.is_empty() {
        return format!("a member of {}", user.groups.first().map_or("no group", String::as_str));
    }
    shown::text(&user.name)
}

fn authorization(arguments: &AuthorizerArgs, scene: &Scene<'_>) -> Authorization {
    Authorization {
        authorizers: Some(arguments.authorizers.clone()).filter(|authorizers| !authorizers.is_empty()),
        constrained_impersonation: scene.world.settings().target.minor >= 36,
    }
}

fn can_i(
    scene: &Scene<'_>,
    authorization: &Authorization,
    user: &UserInfo,
    wanted: &Wanted,
    place: &str,
) -> CanI {
    let policy = scene.policy();
    let action = wanted.action(place);
    let verdict = policy.decide(authorization, user, &action);
    let unless = unless(scene, &verdict);
    let certain_caveats = verdict.caveats.iter().filter(|&&caveat| !is_doubt(caveat, verdict.allowed()));
    let named = |name: &str| !name.is_empty();
    CanI {
        user: described(user),
        groups: user.groups.iter().map(|group| shown::text(group)).collect(),
        question: shown::text(&action.to_string()),
        namespace: Some(action.namespace).filter(|name| named(name)).map(shown::text),
        allowed: verdict.allowed(),
        certain: unless.is_empty(),
        reason: verdict.reason().map(|reason| shown::text(&reason)),
        through: match verdict.answer {
            Decided::Rbac(grant) => Some(through(scene, grant)),
            _ => None,
        },
        elsewhere: if verdict.allowed() { Vec::new() } else { elsewhere(scene, authorization, user, wanted) },
        notes: certain_caveats.map(|caveat| caveat.to_string()).collect(),
        unless,
    }
}

fn through(scene: &Scene<'_>, grant: Grant) -> Through {
    let (policy, show) = (scene.policy(), scene.shown());
    let (binding, role) = (policy.binding(grant.binding), policy.role(grant.role));
    let subject = binding.subjects().nth(grant.subject as usize).and_then(|bound| bound.id);
    let subject = subject.expect("a grant names a subject that means someone");
    Through {
        subject: shown::subject(policy.subject(subject)),
        binding: show.binding(binding, grant.subject),
        role: show.role(role),
        rule: shown::rule(&role.rules()[grant.rule as usize]),
    }
}

/// Whether a caveat means that the answer may be the other one. That the authorizers are not known holds
/// of every answer from objects alone; impersonation makes someone else of the user.
fn is_doubt(caveat: Caveat, allowed: bool) -> bool {
    match caveat {
        Caveat::AuthorizersUnknown
        | Caveat::Impersonation
        | Caveat::ConstrainedImpersonation
        // A member is named by `--as-group`, and then needs no caveat.
        | Caveat::SystemMasters => false,
        Caveat::WebhookBefore => true,
        Caveat::RbacOff | Caveat::WebhookAfter | Caveat::Abac | Caveat::NodeAuthorizer => !allowed,
        // Some kinds of missing roles can never be there: the bindings themselves are looked at.
        Caveat::MissingRoles => true,
        Caveat::NodeRestriction => allowed,
    }
}

/// What could change the answer.
fn unless(scene: &Scene<'_>, verdict: &Verdict<'_>) -> Vec<String> {
    let doubts = verdict
        .caveats
        .iter()
        .filter(|&&caveat| is_doubt(caveat, verdict.allowed()) && caveat != Caveat::MissingRoles);
    let mut unless: Vec<String> = doubts.map(ToString::to_string).collect();
    if !verdict.allowed() {
        unless.extend(missing_roles(scene, verdict).iter().map(|row| {
            format!("{}: {} refers to a role that is not in view and may grant it", row.origin, row.object)
        }));
        unless.extend(
            scene.gaps().iter().map(|gap| format!("{} could not be read and may grant it", gap.what)),
        );
    }
    unless
}

/// Roles that bindings for the user refer to and that are not in view, though they may be there.
fn missing_roles(scene: &Scene<'_>, verdict: &Verdict<'_>) -> Vec<watertight_report::rbac::ProblemRow> {
    let policy = scene.policy();
    let tags: BTreeSet<u32> = verdict.rbac.skipped.iter().map(|&id| policy.binding(id).tag()).collect();
    let complete = |kind: &str| {
        let kind = if kind == ROLE.kind { ROLE } else { CLUSTER_ROLE };
        scene.snapshot().is_complete(kind.group, kind.kind)
    };
    let may_be_there = |fault: &Fault| matches!(fault, Fault::MissingRole { kind, .. } if !complete(kind));
    let problems = policy.problems().iter();
    problems
        .filter(|problem| tags.contains(&problem.tag) && may_be_there(&problem.fault))
        .map(|problem| scene.shown().problem(problem))
        .collect()
}

/// The namespaces in which it is allowed.
fn elsewhere(
    scene: &Scene<'_>,
    authorization: &Authorization,
    user: &UserInfo,
    wanted: &Wanted,
) -> Vec<Elsewhere> {
    if !wanted.is_reached_by_role_bindings() {
        return Vec::new();
    }
    let policy = scene.policy();
    namespaces_with_bindings(scene, user)
        .into_iter()
        .filter_map(|namespace| {
            let verdict = policy.decide(authorization, user, &wanted.action(namespace));
            let reason = verdict.reason()?;
            Some(Elsewhere { namespace: shown::text(namespace), reason: shown::text(&reason) })
        })
        .collect()
}

/// The namespaces that hold bindings for a user or one of their groups.
pub fn namespaces_with_bindings<'w>(scene: &Scene<'w>, user: &UserInfo) -> BTreeSet<&'w str> {
    let policy = scene.policy();
    let groups = user.groups.iter().map(|group| Subject::Group(group));
    std::iter::once(Subject::of_user(&user.name))
        .chain(groups)
        .filter_map(|subject| policy.find_subject(&subject))
        .flat_map(|id| policy.bindings_of(id))
        .filter_map(|(binding, _)| binding.namespace())
        .collect()
}

fn held(scene: &Scene<'_>, user: &UserInfo, place: &str) -> HeldRules {
    type Texts = BTreeSet<String>;
    let policy = scene.policy();
    let rules = policy.rules_for(user, place);
    // For each resource and set of names the verbs; kubectl shows them compacted like this.
    let mut resources: BTreeMap<(String, Texts), (Texts, Texts)> = BTreeMap::new();
    let mut urls: BTreeMap<String, (Texts, Texts)> = BTreeMap::new();
    for held in &rules.held {
        let names: Texts = held.rule.resource_names.iter().flatten().cloned().collect();
        let through = shown::text(&policy.binding(held.grant.binding).to_string());
        for permission in Permission::of_rule(held.rule) {
            let (cell, verb) = match permission {
                Permission::Resource { group, resource, verb, .. } => {
                    (resources.entry((in_group(&resource, &group), names.clone())).or_default(), verb)
                }
                Permission::Url { .. } if policy.binding(held.grant.binding).namespace().is_some() => {
                    continue;
                }
                Permission::Url { url, verb } => (urls.entry(url).or_default(), verb),
            };
            cell.0.insert(verb);
            cell.1.insert(through.clone());
        }
    }
    let row = |resource: String, urls: Vec<String>, names: Texts, (verbs, through): (Texts, Texts)| HeldRow {
        resource,
        urls,
        resource_names: names.into_iter().collect(),
        verbs: verbs.into_iter().collect(),
        through: through.into_iter().collect(),
    };
    let of_resources =
        resources.into_iter().map(|((resource, names), cell)| row(resource, Vec::new(), names, cell));
    let of_urls = urls.into_iter().map(|(url, cell)| row(String::new(), vec![url], BTreeSet::new(), cell));
    let other = |namespace: &&str| *namespace != place;
    HeldRules {
        user: described(user),
        groups: user.groups.iter().map(|group| shown::text(group)).collect(),
        namespace: Some(place).filter(|place| !place.is_empty()).map(shown::text),
        before_rbac: user.in_group(watertight_rbac::SYSTEM_MASTERS),
        rules: of_resources.chain(of_urls).collect(),
        elsewhere: namespaces_with_bindings(scene, user).into_iter().filter(other).map(shown::text).collect(),
    }
}
