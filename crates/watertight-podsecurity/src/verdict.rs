//! What the API server says of a pod, in its words. Start reading at [`Verdict`].

use crate::check::Check;

/// What a policy says of a pod (`policy/checks.go`, `AggregateCheckResult`).
#[derive(Clone, Debug)]
pub struct Verdict {
    /// The checks that do not allow the pod, in the order of messages.
    pub forbidden: Vec<Forbidden>,
}

/// A check that does not allow a pod (`policy/checks.go`, `CheckResult`).
#[derive(Clone, Debug)]
pub struct Forbidden {
    /// The check.
    pub check: &'static Check,
    /// Upstream's short reason, as `host namespaces`.
    pub reason: &'static str,
    /// What exactly, in upstream's words.
    pub detail: String,
}

impl Verdict {
    /// Whether every check allows the pod.
    pub fn allowed(&self) -> bool {
        self.forbidden.is_empty()
    }

    /// The reasons in a row; empty when the pod is allowed (`policy/checks.go`, `ForbiddenReason`).
    pub fn reason(&self) -> String {
        let reasons: Vec<&str> = self.forbidden.iter().map(|forbidden| forbidden.reason).collect();
        reasons.join(", ")
    }

    /// The reasons with their details; empty when the pod is allowed (`policy/checks.go`,
    /// `ForbiddenDetail`).
    pub fn detail(&self) -> String {
        // Every check has something to say, so upstream's case of an empty detail does not occur.
        let details: Vec<String> = self
            .forbidden
            .iter()
            .map(|forbidden| format!("{} ({})", forbidden.reason, forbidden.detail))
            .collect();
        details.join(", ")
    }
}
