//! The settings file `watertight.yaml`: what it may hold, and reading it.
//!
//! Pure: the text comes from the caller, which also finds the file. Everything wrong in a file is told at
//! once, each with its place. Start reading at [`SettingsFile`] and [`read`].

mod read;
mod reader;
mod waiver;

use std::collections::BTreeMap;

pub use read::{
    BLAST, KEYS, LIKELIHOODS, NAMESPACE_CLASSES, NETWORK, PLATFORM_SUBJECTS, WAYS_IN, WEIGHTS, read,
};
pub(crate) use reader::Reader;
pub use waiver::WAIVER_KEYS;
use watertight_facts::{AccountPattern, Bound, LabelQuery, NamePattern, TrustClass};
use watertight_model::{KubernetesVersion, Severity};
use watertight_syntax::Position;

use crate::Choice;
use crate::waivers::WaiverRule;

/// A value of the file, and the line it stands in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Said<T> {
    /// The value.
    pub value: T,
    /// From 1.
    pub line: u32,
}

/// What a settings file says. What it does not say is `None` or empty.
#[derive(Debug, Clone, Default)]
pub struct SettingsFile {
    /// The version that is judged by.
    pub kubernetes_version: Option<Said<KubernetesVersion>>,
    /// Whether the input is the whole cluster.
    pub assume_complete: Option<Said<bool>>,
    /// From which severity on a scan exits with 1; `None` inside for never.
    pub fail_on: Option<Said<Option<Severity>>>,
    /// From which severity on findings are shown.
    pub min_severity: Option<Said<Severity>>,
    /// Whether what could not be judged leaves the exit code alone.
    pub allow_incomplete: Option<Said<bool>>,
    /// Controls and layers that are not run.
    pub disable: Option<Said<Vec<Choice>>>,
    /// Severities of controls instead of their own.
    pub severity: BTreeMap<&'static str, Said<Severity>>,
    /// Registries that images may come from.
    pub trusted_registries: Option<Said<Vec<String>>>,
    /// Registries that images must not come from.
    pub blocked_registries: Option<Said<Vec<String>>>,
    /// Tags that are moved on purpose.
    pub moving_tags: Option<Said<Vec<String>>>,
    /// Names of variables and keys whose value is a credential, in lower case.
    pub secret_names: Option<Said<Vec<NamePattern>>>,
    /// Texts that are credentials.
    pub secret_values: Option<Said<Vec<NamePattern>>>,
    /// Bounds on what containers ask for.
    pub resource_bounds: Option<Said<Vec<Bound>>>,
    /// Which namespaces are what.
    pub namespaces: ClassesSaid,
    /// Workloads that must not share a namespace with others.
    pub trust_classes: Option<Said<Vec<TrustClass>>>,
    /// Subjects of the platform.
    pub platform_subjects: SubjectsSaid,
    /// Flows that are needed, whatever else tells of them.
    pub network_flows: Option<Said<Vec<watertight_facts::flows::settings::Written>>>,
    /// What the blast radius is measured with.
    pub blast: BlastSaid,
    /// What is let be.
    pub waivers: Vec<WaiverRule>,
    /// Whether the ignore marks of other tools are read.
    pub peer_waivers: Option<Said<bool>>,
    /// A baseline, relative to the folder of the settings file.
    pub baseline: Option<Said<String>>,
    /// What is not wrong and should be changed all the same, such as former names.
    pub notes: Vec<Problem>,
}

/// Classes of namespaces, as the file says them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClassesSaid {
    /// The platform.
    pub platform: Option<Said<ClassSaid>>,
    /// What people depend on.
    pub production: Option<Said<ClassSaid>>,
    /// What nobody depends on.
    pub development: Option<Said<ClassSaid>>,
}

/// Numbers by their names.
pub type Numbers = BTreeMap<&'static str, u32>;

/// What the blast radius is measured with, as the file says it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BlastSaid {
    /// What things are worth.
    pub weights: Option<Said<Numbers>>,
    /// How much each class of ways in counts.
    pub ways_in: Option<Said<Numbers>>,
    /// How likely ways in are against others of their class.
    pub likelihoods: Option<Said<Numbers>>,
}

/// One class of namespaces: those of these names, and those with these labels.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ClassSaid {
    /// Names.
    pub names: Vec<NamePattern>,
    /// Labels.
    pub labels: Vec<LabelQuery>,
}

/// Subjects of the platform, as the file says them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SubjectsSaid {
    /// Users.
    pub users: Option<Said<Vec<NamePattern>>>,
    /// Groups.
    pub groups: Option<Said<Vec<NamePattern>>>,
    /// Service accounts.
    pub service_accounts: Option<Said<Vec<AccountPattern>>>,
}

/// Something wrong at a place of a file: what, and what to do. Quotes no value of the file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Problem {
    /// Where.
    pub position: Position,
    /// What.
    pub message: String,
    /// What to do; empty when the message says it.
    pub help: String,
}

impl Problem {
    pub(crate) fn new(position: Position, message: impl Into<String>) -> Self {
        Self { position, message: message.into(), help: String::new() }
    }

    pub(crate) fn help(mut self, help: impl Into<String>) -> Self {
        self.help = help.into();
        self
    }
}
