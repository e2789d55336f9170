//! What is wrong with a policy that the API server takes.
//!
//! Start at [`lint`]. Words are looked up (`words.rs`, `builtin.rs`); everything else is found by
//! asking the policy itself about requests that matter: which rules can decide at all
//! (`reach.rs`), and what happens to requests that a good policy keeps, keeps without their bodies,
//! or drops (`probes.rs`, with its tables in `requests.rs`).

mod builtin;
mod probes;
mod reach;
mod requests;
mod words;

use std::fmt;

use crate::decode::Decoded;
use crate::field::FieldPath;
use crate::policy::Policy;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// The log is longer, or the policy harder to read, than need be.
    Low,
    /// An event that an investigation wants is missing, or lacks what it wants of it.
    Medium,
    /// The policy does not do what it says, tells secrets, or misses what an attack is seen by.
    High,
}

impl Severity {
    /// The severity in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// What kind of thing a finding is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Check {
    /// A field that the API server ignores.
    IgnoredField,
    /// A `*` where there is no wildcard.
    NoWildcard,
    /// A verb that no request has.
    UnknownVerb,
    /// A resource under an API group that does not serve it.
    WrongGroup,
    /// A resource, subresource or API group that Kubernetes does not have.
    UnknownResource,
    /// A user among groups, a group among users, or a name that no service account has.
    WrongSubject,
    /// A rule that decides no request.
    NeverMatches,
    /// A part of a rule that decides no request.
    PartNeverMatches,
    /// Bodies with secrets in the log.
    SensitiveBody,
    /// An event that is worth having and is dropped.
    EventDropped,
    /// An event that is kept without the body that makes it worth having.
    BodyDropped,
    /// Events in great number that tell nothing.
    NoiseKept,
}

impl Check {
    /// Every check.
    pub const ALL: [Self; 12] = [
        Self::IgnoredField,
        Self::NoWildcard,
        Self::UnknownVerb,
        Self::WrongGroup,
        Self::UnknownResource,
        Self::WrongSubject,
        Self::NeverMatches,
        Self::PartNeverMatches,
        Self::SensitiveBody,
        Self::EventDropped,
        Self::BodyDropped,
        Self::NoiseKept,
    ];

    /// The name of the check, which does not change.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::IgnoredField => "ignored-field",
            Self::NoWildcard => "no-wildcard",
            Self::UnknownVerb => "unknown-verb",
            Self::WrongGroup => "wrong-group",
            Self::UnknownResource => "unknown-resource",
            Self::WrongSubject => "wrong-subject",
            Self::NeverMatches => "never-matches",
            Self::PartNeverMatches => "part-never-matches",
            Self::SensitiveBody => "sensitive-body",
            Self::EventDropped => "event-dropped",
            Self::BodyDropped => "body-dropped",
            Self::NoiseKept => "noise-kept",
        }
    }
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// Something wrong with a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// What kind of thing.
    pub check: Check,
    /// How much it matters.
    pub severity: Severity,
    /// The place that decides or is wrong. Of an event that no rule matches, the list of rules.
    pub path: FieldPath,
    /// What is wrong.
    pub message: String,
    /// What to do.
    pub remedy: String,
}

/// Looks for what is wrong, in the order of the rules; what is about no rule comes last.
///
/// ```
/// use serde_json::json;
/// use watertight_audit::{Check, Policy, lint};
/// let policy = Policy::decode(&json!({
///     "apiVersion": "audit.k8s.io/v1", "kind": "Policy",
///     "rules": [
///         {"level": "Request", "resources": [{"group": "", "resources": ["deployments"]}]},
///         {"level": "Metadata", "omitStages": ["RequestReceived"]},
///     ],
/// }))?;
/// let findings = lint(&policy);
/// assert_eq!(findings[0].check, Check::WrongGroup);
/// assert_eq!(findings[0].path.to_string(), "rules[0].resources[0].resources[0]");
/// # Ok::<(), watertight_audit::Invalid>(())
/// ```
#[must_use]
pub fn lint(decoded: &Decoded) -> Vec<Finding> {
    let policy = &decoded.policy;
    let mut findings: Vec<Finding> = decoded
        .ignored
        .iter()
        .map(|problem| Finding {
            check: Check::IgnoredField,
            // A condition that is lost makes a rule match more than it says.
            severity: if problem.path.rule().is_some() { Severity::High } else { Severity::Medium },
            path: problem.path.clone(),
            message: problem.message.clone(),
            remedy: "Correct its name or its indentation, or remove it.".to_owned(),
        })
        .collect();
    for index in 0..policy.rules.len() {
        let wrong = words::check(policy, index, &mut findings);
        reach::check(policy, index, &wrong, &mut findings);
    }
    probes::check(policy, &mut findings);
    findings.sort_by_cached_key(|finding| {
        let rule = finding.path.rule().unwrap_or(usize::MAX);
        (rule, finding.check, finding.path.to_string(), std::cmp::Reverse(finding.severity))
    });
    findings
}

/// The API groups of Kubernetes itself that serve a resource of that name (the plural in lower case);
/// the core group is the empty name.
///
/// ```
/// assert_eq!(watertight_audit::groups_serving("deployments"), ["apps"]);
/// ```
#[must_use]
pub fn groups_serving(resource: &str) -> Vec<&'static str> {
    builtin::groups_of(resource).collect()
}

/// The path of a rule.
fn rule_path(index: usize) -> FieldPath {
    FieldPath::root().key("rules").index(index)
}

/// A word that the policy names nowhere, to ask it about anything else.
fn fresh(policy: &Policy, word: &str) -> String {
    let mut fresh = word.to_owned();
    let named = |word: &str| {
        policy.rules.iter().any(|rule| {
            let entries = rule.resources.iter().flat_map(|entry| {
                entry.resources.iter().chain(&entry.resource_names).chain(std::iter::once(&entry.group))
            });
            [&rule.users, &rule.user_groups, &rule.verbs, &rule.namespaces, &rule.non_resource_urls]
                .into_iter()
                .flatten()
                .chain(entries)
                .any(|text| text.contains(word))
        })
    };
    while named(&fresh) {
        fresh.push('x');
    }
    fresh
}

#[cfg(test)]
#[path = "lint_tests.rs"]
mod tests;
