//! Which grants of a policy were used by requests that were seen.

use std::collections::BTreeMap;

use crate::authorize::Grant;
use crate::minimize::Times;
use crate::policy::{BindingId, Policy};
use crate::request::{Action, UserInfo};

/// Counts which bindings and rules allowed the requests that were seen.
///
/// A request that several bindings allow counts for each of them: none of them can be called unused, though
/// one of them would do.
pub struct Usage<'p> {
    policy: &'p Policy,
    used: BTreeMap<(BindingId, u32), Times>,
    decided: BTreeMap<BindingId, u64>,
    denied: u64,
}

/// A binding with rules that were never used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unused {
    /// The binding.
    pub binding: BindingId,
    /// The places of the rules in its role that were never used through it; all of them when the binding
    /// was never used.
    pub rules: Vec<u32>,
    /// Whether no rule of it was ever used.
    pub whole: bool,
}

impl<'p> Usage<'p> {
    /// Nothing seen yet.
    pub fn new(policy: &'p Policy) -> Self {
        Self { policy, used: BTreeMap::new(), decided: BTreeMap::new(), denied: 0 }
    }

    /// Adds a request that was seen `count` times between two timestamps that sort as texts. Gives the
    /// grant that the authorizer names, `None` when this policy does not allow it.
    pub fn observe(
        &mut self,
        user: &UserInfo,
        action: &Action<'_>,
        count: u64,
        first: &str,
        last: &str,
    ) -> Option<Grant> {
        let grants = self.policy.grants(user, action);
        for grant in &grants {
            self.used.entry((grant.binding, grant.rule)).or_default().add(count, first, last);
        }
        match grants.first() {
            Some(grant) => *self.decided.entry(grant.binding).or_default() += count,
            None => self.denied += count,
        }
        grants.first().copied()
    }

    /// How often and when a rule was used through a binding; `None` for never.
    pub fn of(&self, binding: BindingId, rule: u32) -> Option<&Times> {
        self.used.get(&(binding, rule))
    }

    /// How many requests were seen that this policy does not allow.
    pub fn denied(&self) -> u64 {
        self.denied
    }

    /// Whether a binding was ever the one that the authorizer named. One that was used and never named
    /// gives nothing that another one does not give.
    pub fn decided(&self, binding: BindingId) -> bool {
        self.decided.contains_key(&binding)
    }

    /// Bindings with rules that were never used, in the order of bindings. Those without a role or with a
    /// role without rules are left out: they grant nothing.
    pub fn unused(&self) -> Vec<Unused> {
        let mut unused = Vec::new();
        for binding in self.policy.bindings() {
            let Some(role) = binding.role() else { continue };
            let count = crate::policy::numbered(role.rules().len());
            let rules: Vec<u32> = (0..count).filter(|&rule| self.of(binding.id(), rule).is_none()).collect();
            if !rules.is_empty() {
                let whole = rules.len() == role.rules().len();
                unused.push(Unused { binding: binding.id(), rules, whole });
            }
        }
        unused
    }
}
