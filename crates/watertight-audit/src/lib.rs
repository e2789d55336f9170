//! Kubernetes audit policies and audit logs, read and decided as the API server does.
//!
//! Start reading at [`Policy`] and [`Policy::evaluate`].
#![doc = include_str!("../README.md")]

mod decode;
mod evaluate;
mod event;
mod field;
mod lint;
mod log;
mod policy;
mod recommend;
mod simulate;
mod url;
mod words;

#[cfg(test)]
mod conformance;

pub use decode::{Decoded, Invalid, Problem};
pub use evaluate::{Decision, Identity, Mismatch, Request, Target};
pub use event::{Event, ObjectRef, ResponseStatus, User};
pub use field::{FieldPath, Segment};
pub use lint::{Check, Finding, Severity, groups_serving, lint};
pub use log::{LogLimits, Logged, Skipped, Tally, Unreadable, compact_len, read_log};
pub use policy::{GroupResources, Level, Policy, Rule, Stage, Stages};
pub use recommend::{LogVolume, recommended, recommended_yaml};
pub use simulate::{Compared, RuleVolume, Simulated, Simulation, Volume};
pub use url::is_resource_path;
pub use words::implied_groups;
