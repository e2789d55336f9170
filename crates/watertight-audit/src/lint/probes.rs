//! Requests that matter, and what the policy makes of them.
//!
//! Each row of the tables in `requests.rs` is asked of the policy as real requests; the wording of
//! its rules is never looked at.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::requests::{ANYONE, NOISE, NoiseTarget, SENSITIVE, WANTED, What, Who, namespaced};
use super::{Check, Finding, Severity, fresh, rule_path};
use crate::evaluate::{Decision, Identity, Request, Target};
use crate::field::FieldPath;
use crate::policy::{Level, Policy, Stage};
use crate::words::{ANONYMOUS, AUTHENTICATED, UNAUTHENTICATED};

pub(super) fn check(policy: &Policy, findings: &mut Vec<Finding>) {
    let asking = Asking { policy, other: fresh(policy, "some-other") };
    sensitive(&asking, findings);
    wanted_events(&asking, findings);
    noise(&asking, findings);
    arrivals(&asking, findings);
    managed_fields(policy, findings);
}

/// What the policy decides of one request of a row.
struct Answer {
    who: Who,
    verb: &'static str,
    namespace: &'static str,
    decision: Decision,
}

struct Asking<'p> {
    policy: &'p Policy,
    other: String,
}

impl Asking<'_> {
    fn resource(&self, whos: &[Who], verbs: &[&'static str], what: &What) -> Vec<Answer> {
        let mut answers = Vec::new();
        for (&who, &verb) in whos.iter().flat_map(|who| verbs.iter().map(move |verb| (who, verb))) {
            for &namespace in what.namespaces {
                let word = |word: &'static str| if word == "*" { self.other.as_str() } else { word };
                let unnamed = what.subresource.is_empty()
                    && matches!(verb, "create" | "list" | "watch" | "deletecollection");
                // The API server takes a namespace for one inside of itself.
                let itself = what.resource == "namespaces" && !unnamed;
                let target = Target::Resource {
                    api_group: word(what.group),
                    resource: word(what.resource),
                    subresource: what.subresource,
                    namespace: if itself { &self.other } else { word(namespace) },
                    name: if unnamed { "" } else { &self.other },
                };
                let decision = self.decide(who, verb, target);
                answers.push(Answer { who, verb, namespace, decision });
            }
        }
        answers
    }

    fn decide(&self, who: Who, verb: &str, target: Target<'_>) -> Decision {
        let other = &self.other;
        let account = |namespace: &str, name: &str| {
            let name = format!("system:serviceaccount:{namespace}:{name}");
            let own = format!("system:serviceaccounts:{namespace}");
            (name, vec!["system:serviceaccounts".to_owned(), own, AUTHENTICATED.to_owned()])
        };
        let user = |name: &str, groups: &[&str]| {
            (name.to_owned(), groups.iter().map(|&group| group.to_owned()).collect())
        };
        let (name, groups) = match who {
            Who::Refused => return self.policy.evaluate(&Request { user: None, verb, target }),
            Who::Person => user(other, &[AUTHENTICATED]),
            Who::Workload => account(other, other),
            Who::Anonymous => user(ANONYMOUS, &[UNAUTHENTICATED]),
            Who::Node => user(&format!("system:node:{other}"), &["system:nodes", AUTHENTICATED]),
            Who::ControllerManager => user("system:kube-controller-manager", &[AUTHENTICATED]),
            Who::Scheduler => user("system:kube-scheduler", &[AUTHENTICATED]),
            Who::KubeProxy => account("kube-system", "kube-proxy"),
            Who::ApiServer => user("system:apiserver", &["system:masters", AUTHENTICATED]),
        };
        let groups: Vec<Cow<'_, str>> = groups.iter().map(|group| Cow::Borrowed(group.as_str())).collect();
        let user = Some(Identity { name: &name, groups: Cow::Owned(groups) });
        self.policy.evaluate(&Request { user, verb, target })
    }
}

/// Where an answer is decided: the level of the rule, or the list of rules when none matches.
fn decided_at(rule: Option<usize>) -> FieldPath {
    rule.map_or_else(|| FieldPath::root().key("rules"), |index| rule_path(index).key("level"))
}

fn shown(what: &What) -> String {
    let mut name =
        if what.resource == "*" { "any other resource".to_owned() } else { what.resource.to_owned() };
    if !what.subresource.is_empty() {
        name = format!("{name}/{}", what.subresource);
    }
    if !matches!(what.group, "" | "*") {
        name = format!("{name} ({})", what.group);
    }
    name
}

/// Groups answers by the rule that decides them, in its order.
fn by_rule<'a>(answers: impl IntoIterator<Item = &'a Answer>) -> BTreeMap<Option<usize>, Vec<&'a Answer>> {
    let mut rules: BTreeMap<Option<usize>, Vec<&Answer>> = BTreeMap::new();
    for answer in answers {
        rules.entry(answer.decision.rule).or_default().push(answer);
    }
    rules
}

fn verbs_of(answers: &[&Answer]) -> String {
    let mut verbs: Vec<&str> = Vec::new();
    for answer in answers {
        if !verbs.contains(&answer.verb) {
            verbs.push(answer.verb);
        }
    }
    verbs.join(", ")
}

/// Who asks and where, when it is not everyone everywhere.
fn circumstances(found: &[&Answer], all: &[Answer]) -> String {
    let mut words = String::new();
    let who = found[0].who;
    if found.iter().all(|answer| answer.who == who) && all.iter().any(|answer| answer.who != who) {
        words += &format!(" by {}", who.described());
    }
    let namespace = found[0].namespace;
    if found.iter().all(|answer| answer.namespace == namespace)
        && all.iter().any(|answer| answer.namespace != namespace)
    {
        let shown = if namespace == "*" { "namespaces that no rule names" } else { namespace };
        words += &format!(" in {shown}");
    }
    words
}

fn sensitive(asking: &Asking<'_>, findings: &mut Vec<Finding>) {
    for row in SENSITIVE {
        let answers = asking.resource(
            &[Who::Person, Who::Workload, Who::Node, Who::ControllerManager],
            row.verbs,
            &row.what,
        );
        let logged = answers.iter().filter(|answer| answer.decision.level >= row.from);
        for (rule, found) in by_rule(logged) {
            let level = found[0].decision.level;
            let resource = shown(&row.what);
            findings.push(Finding {
                check: Check::SensitiveBody,
                severity: row.severity,
                path: decided_at(rule),
                message: format!(
                    "{resource} ({}) are logged at {level}{}: the log holds {}",
                    verbs_of(&found),
                    circumstances(&found, &answers),
                    row.secret
                ),
                remedy: format!("Put a rule with `level: Metadata` for {resource} before it."),
            });
        }
    }
}

/// Whether an event with the outcome is written.
fn is_kept(decision: &Decision) -> bool {
    decision.level > Level::None && !decision.omit_stages.contains(Stage::ResponseComplete)
}

fn wanted_events(asking: &Asking<'_>, findings: &mut Vec<Finding>) {
    for row in WANTED {
        let answers = asking.resource(row.who, row.verbs, &row.what);
        let resource = shown(&row.what);
        let dropped = answers.iter().filter(|answer| !is_kept(&answer.decision));
        for (rule, found) in by_rule(dropped) {
            let reason = match rule {
                None => "no rule matches them".to_owned(),
                Some(_) if found[0].decision.level == Level::None => "the level is None".to_owned(),
                Some(_) => "the stage ResponseComplete is omitted, and with it the outcome".to_owned(),
            };
            findings.push(Finding {
                check: Check::EventDropped,
                severity: row.severity,
                path: decided_at(rule),
                message: format!(
                    "{} are not logged{}: {resource} ({}), {reason}",
                    row.event,
                    circumstances(&found, &answers),
                    verbs_of(&found)
                ),
                remedy: format!("Put a rule with `level: {}` for {resource} before it.", row.level),
            });
        }
        let bare = answers.iter().filter(|answer| {
            // What is deleted is not in the request.
            is_kept(&answer.decision) && answer.decision.level < row.level && answer.verb != "delete"
        });
        for (rule, found) in by_rule(bare) {
            findings.push(Finding {
                check: Check::BodyDropped,
                severity: if row.severity == Severity::High { Severity::Medium } else { Severity::Low },
                path: decided_at(rule),
                message: format!(
                    "{} are logged{} without the object, which would tell {}: {resource} ({})",
                    row.event,
                    circumstances(&found, &answers),
                    row.body,
                    verbs_of(&found)
                ),
                remedy: format!("Put a rule with `level: {}` for {resource} before it.", row.level),
            });
        }
    }
}

fn noise(asking: &Asking<'_>, findings: &mut Vec<Finding>) {
    for row in NOISE {
        let answers = match &row.what {
            NoiseTarget::Resource(what) => asking.resource(row.who, row.verbs, what),
            NoiseTarget::Urls(paths) => {
                let ask = |who: Who, path: &'static str| Answer {
                    who,
                    verb: "get",
                    namespace: path,
                    decision: asking.decide(who, "get", Target::NonResource { path }),
                };
                row.who.iter().flat_map(|&who| paths.iter().map(move |&path| ask(who, path))).collect()
            }
        };
        let kept = answers.iter().filter(|answer| answer.decision.level > Level::None);
        for (rule, found) in by_rule(kept) {
            let level = found[0].decision.level;
            findings.push(Finding {
                check: Check::NoiseKept,
                severity: if level >= Level::Request { Severity::Medium } else { Severity::Low },
                path: decided_at(rule),
                message: format!(
                    "{} are logged at {level}{} ({})",
                    row.events,
                    circumstances(&found, &answers),
                    verbs_of(&found)
                ),
                remedy: "Put a rule with `level: None` for them before it.".to_owned(),
            });
        }
    }
}

/// Every request is written a second time when its arrival is an event of its own.
fn arrivals(asking: &Asking<'_>, findings: &mut Vec<Finding>) {
    let what = namespaced("*", "*", "");
    let answers = asking.resource(ANYONE, &["get", "update"], &what);
    let twice = answers.iter().any(|answer| {
        answer.decision.level > Level::None && !answer.decision.omit_stages.contains(Stage::RequestReceived)
    });
    if twice {
        findings.push(Finding {
            check: Check::NoiseKept,
            severity: Severity::Low,
            path: FieldPath::root().key("omitStages"),
            message: "each request is logged twice: on arrival, and with its outcome".to_owned(),
            remedy: "Add `omitStages: [RequestReceived]` to the policy.".to_owned(),
        });
    }
}

fn managed_fields(policy: &Policy, findings: &mut Vec<Finding>) {
    let keeping: Vec<usize> = (0..policy.rules.len())
        .filter(|&index| {
            let rule = &policy.rules[index];
            rule.level >= Level::Request && !rule.omit_managed_fields.unwrap_or(policy.omit_managed_fields)
        })
        .collect();
    if let Some(&first) = keeping.first() {
        let many = if keeping.len() > 1 {
            format!(" (and {} more rules)", keeping.len() - 1)
        } else {
            String::new()
        };
        findings.push(Finding {
            check: Check::NoiseKept,
            severity: Severity::Low,
            path: rule_path(first).key("level"),
            message: format!(
                "bodies are logged with their managed fields{many}, which are often half of the object"
            ),
            remedy: "Add `omitManagedFields: true` to the policy.".to_owned(),
        });
    }
}
