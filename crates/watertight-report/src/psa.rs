//! Pod Security by namespace, as people and machines read it: [`check`] says what is, [`labels`] what to
//! write.

pub mod check;
mod json;
pub mod labels;

use watertight_facts::Settings;
use watertight_facts::pod_security::{Declared, NamespaceSecurity, PodSecurity, Violation};
use watertight_model::{Identity, Snapshot};
use watertight_podsecurity::{Labels, Level, Remedy};

/// Everything that a renderer of Pod Security may show.
#[derive(Debug, Clone, Copy)]
pub struct PsaReport<'a> {
    /// What was looked at.
    pub snapshot: &'a Snapshot,
    /// What came of it.
    pub security: &'a PodSecurity,
    /// What it was judged with.
    pub settings: &'a Settings,
    /// The level that was asked for in all namespaces.
    pub level: Option<Level>,
    /// The version of the program.
    pub tool_version: &'a str,
}

impl PsaReport<'_> {
    /// The level whose violations are shown for a namespace: the one asked for, else the next.
    fn shown_level(&self, namespace: &NamespaceSecurity) -> Option<Level> {
        self.level.or_else(|| namespace.next_level())
    }
}

/// The name of a namespace; workloads that name none have none, which is not `default`.
fn name(namespace: &NamespaceSecurity) -> &str {
    namespace.namespace.name().unwrap_or("<unspecified>")
}

/// `Deployment web`: within a namespace.
fn short(identity: &Identity) -> String {
    format!("{} {}", identity.kind, identity.name)
}

/// What makes a check content, in the imperative.
fn fix(violation: &Violation) -> String {
    let elsewhere = if violation.inherited { ", here or for the whole pod" } else { "" };
    match violation.remedy {
        Remedy::Remove => "leave it out".to_owned(),
        Remedy::Set(value) => format!("set to {value}{elsewhere}"),
        Remedy::Append(item) => format!("add {item}"),
        Remedy::Replace(with) => format!("use {with}"),
    }
}

/// The labels of Pod Security as one cell.
fn labels_cell(namespace: &NamespaceSecurity) -> String {
    match &namespace.declared {
        Declared::NotInView => "not in view".to_owned(),
        Declared::Unreadable(_) => "could not be read".to_owned(),
        Declared::Ambiguous => "declared twice".to_owned(),
        Declared::Labels { set, .. } if set.is_empty() => "none".to_owned(),
        Declared::Labels { set, .. } => {
            let modes = [("enforce", Labels::ENFORCE), ("audit", Labels::AUDIT), ("warn", Labels::WARN)];
            let words = modes.into_iter().filter_map(|(mode, keys)| {
                match (set.get(keys.level), set.get(keys.version)) {
                    (Some(level), Some(version)) => Some(format!("{mode}={level}:{version}")),
                    (Some(level), None) => Some(format!("{mode}={level}")),
                    (None, Some(version)) => Some(format!("{mode}-version={version}")),
                    (None, None) => None,
                }
            });
            words.collect::<Vec<_>>().join(" ")
        }
    }
}
