#![doc = include_str!("../README.md")]
//!
//! # Where to start reading
//!
//! [`Standards`] chooses the checks of a level and a version, [`checks`](crate::Check) say what is
//! wrong where, [`Admission`] is what the admission plugin makes of it for one namespace.

mod admission;
mod check;
mod checks;
mod configuration;
mod level;
mod offence;
mod pod;
mod standards;
mod text;
mod verdict;

pub use admission::{Admission, Request, Response, Running, is_significant_update};
pub use check::{CHECKS, Check};
pub use configuration::{Configuration, ConfigurationError, Exemptions};
pub use k8s_openapi;
pub use level::{InvalidLabel, Labels, Level, LevelVersion, NamespacePolicy, Unknown, Version};
pub use offence::{Offence, Place, Remedy, Segment, Value};
pub use pod::{Container, ContainerList, Pod, PodManifest, PodMetadata};
pub use standards::{Policy, Standards};
pub use verdict::{Forbidden, Verdict};

#[cfg(test)]
mod conformance;
