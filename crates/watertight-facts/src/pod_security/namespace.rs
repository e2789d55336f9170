//! One namespace: its labels, its workloads, and what they come to.

use std::collections::BTreeMap;

use watertight_model::{Gap, Identity, Namespace};
use watertight_podsecurity::{InvalidLabel, Labels, Level, NamespacePolicy};

use super::workload::WorkloadSecurity;
use crate::object_facts::NamespaceFacts;

/// What is known of Pod Security in one namespace.
#[derive(Debug)]
pub struct NamespaceSecurity {
    /// The namespace; `Unspecified` gathers the workloads that name none.
    pub namespace: Namespace,
    /// What its own object says.
    pub declared: Declared,
    /// The policy in force, as far as its labels are in view: otherwise the defaults.
    pub policy: NamespacePolicy,
    /// Whether the configuration exempts it: whatever it holds is not asked.
    pub exempt: bool,
    /// Whether it is one of the platform (`Settings::is_platform`): its workloads may need privileges.
    pub platform: bool,
    /// Its workloads, sorted by identity.
    pub workloads: Vec<WorkloadSecurity>,
    /// What may hide more of them.
    pub hidden: Vec<Gap>,
}

/// What the object of a namespace says of Pod Security.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Declared {
    /// There is no such object in view; it may exist all the same.
    NotInView,
    /// It could not be read. Says what.
    Unreadable(String),
    /// It is declared several times, with different labels.
    Ambiguous,
    /// These are its labels.
    Labels {
        /// The labels of Pod Security among them.
        set: BTreeMap<String, String>,
        /// Those that hold no level or no version.
        invalid: Vec<InvalidLabel>,
    },
}

impl Declared {
    /// What a Namespace says. One with a label that is no text is refused by the API server: nothing is
    /// known then.
    pub(super) fn by(identity: &Identity, facts: Option<&NamespaceFacts>) -> Self {
        let Some(facts) = facts else { return Self::Unreadable(identity.to_string()) };
        if let Some(key) = facts.ill_typed.first() {
            return Self::Unreadable(format!("{identity}: the label {key} is no text"));
        }
        let modes = [Labels::ENFORCE, Labels::AUDIT, Labels::WARN];
        let known = |key: &str| modes.iter().any(|mode| mode.level == key || mode.version == key);
        let set: BTreeMap<String, String> = facts
            .labels
            .iter()
            .filter(|(key, _)| known(key))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect();
        let (_, invalid) = NamespacePolicy::from_labels(&set, &NamespacePolicy::default());
        Self::Labels { set, invalid }
    }
}

/// The level that the workloads of a namespace meet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meets {
    /// All of them were seen, and this is the strictest level that all meet.
    Level(Level),
    /// What was seen meets this level; what could not be seen may not. Never a claim.
    AtMost(Level),
    /// There is none in view that is asked.
    Nothing,
}

impl Meets {
    /// The level that is certain.
    #[must_use]
    pub fn certain(self) -> Option<Level> {
        match self {
            Self::Level(level) => Some(level),
            Self::AtMost(_) | Self::Nothing => None,
        }
    }
}

impl NamespaceSecurity {
    /// The strictest level that all of its workloads meet.
    #[must_use]
    pub fn meets(&self) -> Meets {
        let seen = self.asked().map(WorkloadSecurity::meets).min();
        match seen {
            // Nothing that is hidden can make it less.
            Some(Level::Privileged) => Meets::Level(Level::Privileged),
            Some(level) if self.hidden.is_empty() => Meets::Level(level),
            Some(level) => Meets::AtMost(level),
            None if self.hidden.is_empty() => Meets::Nothing,
            None => Meets::AtMost(Level::Restricted),
        }
    }

    /// The workloads that Pod Security asks: all but those of an exempt runtime class.
    pub fn asked(&self) -> impl Iterator<Item = &WorkloadSecurity> {
        self.workloads.iter().filter(|workload| !workload.exempt)
    }

    /// The workloads that do not meet a level.
    pub fn in_the_way_of(&self, level: Level) -> impl Iterator<Item = &WorkloadSecurity> {
        self.asked().filter(move |workload| !workload.violations(level).is_empty())
    }

    /// The level that comes after the one that is met, unless that is the last.
    #[must_use]
    pub fn next_level(&self) -> Option<Level> {
        match self.meets() {
            Meets::Level(Level::Privileged) | Meets::AtMost(Level::Privileged) => Some(Level::Baseline),
            Meets::Level(Level::Baseline) | Meets::AtMost(Level::Baseline) => Some(Level::Restricted),
            _ => None,
        }
    }

    /// Takes over what one object says; a second one that says something else makes it uncertain.
    pub(super) fn declare(&mut self, declared: Declared, defaults: &NamespacePolicy) {
        self.declared = match std::mem::replace(&mut self.declared, Declared::NotInView) {
            Declared::NotInView => declared,
            before if before == declared => declared,
            _ => Declared::Ambiguous,
        };
        self.policy = match &self.declared {
            Declared::Labels { set, .. } => NamespacePolicy::from_labels(set, defaults).0,
            _ => *defaults,
        };
    }
}
