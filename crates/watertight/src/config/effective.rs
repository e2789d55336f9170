//! Flags over the settings file over defaults, each value with where it comes from.

use std::collections::BTreeMap;
use std::path::PathBuf;

use watertight_engine::settings::{BlastSaid, ClassSaid, Said};
use watertight_engine::{Catalogue, Choice, Control};
use watertight_facts::flows::settings::Written;
use watertight_facts::{
    AccountPattern, Bound, NamePattern, NamespaceClass, PlatformSubjects, Settings, TrustClass,
};
use watertight_graph::Weights;
use watertight_model::{Date, KubernetesVersion, Severity};

use super::Config;
use crate::args::{JudgeArgs, ReadingArgs, ScanArgs, Threshold};
use crate::exit::Failure;

/// Where a value comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Source {
    /// Nobody said anything.
    Default,
    /// A line of the settings file.
    File(u32),
    /// A flag, as it is written.
    Flag(&'static str),
}

/// A value and where it comes from.
#[derive(Debug, Clone)]
pub struct Sourced<T> {
    /// The value.
    pub value: T,
    /// Where it comes from.
    pub source: Source,
}

impl<T> Sourced<T> {
    fn of(flag: (&'static str, Option<T>), file: Option<&Said<T>>, default: T) -> Self
    where
        T: Clone,
    {
        match (flag, file) {
            ((name, Some(value)), _) => Self { value, source: Source::Flag(name) },
            (_, Some(said)) => Self { value: said.value.clone(), source: Source::File(said.line) },
            _ => Self { value: default, source: Source::Default },
        }
    }
}

/// What controls are run with, each value with its source.
#[derive(Debug)]
pub struct Effective {
    pub kubernetes_version: Sourced<KubernetesVersion>,
    pub assume_complete: Sourced<bool>,
    pub select: Sourced<Vec<Choice>>,
    pub disable: Sourced<Vec<Choice>>,
    pub severity: BTreeMap<&'static str, Sourced<Severity>>,
    pub trusted_registries: Sourced<Vec<String>>,
    pub blocked_registries: Sourced<Vec<String>>,
    pub moving_tags: Sourced<Vec<String>>,
    pub secret_names: Sourced<Vec<NamePattern>>,
    pub secret_values: Sourced<Vec<NamePattern>>,
    pub resource_bounds: Sourced<Vec<Bound>>,
    pub platform: Sourced<ClassSaid>,
    pub production: Sourced<ClassSaid>,
    pub development: Sourced<ClassSaid>,
    pub trust_classes: Sourced<Vec<TrustClass>>,
    pub platform_users: Sourced<Vec<NamePattern>>,
    pub platform_groups: Sourced<Vec<NamePattern>>,
    pub platform_accounts: Sourced<Vec<AccountPattern>>,
    pub network_flows: Sourced<Vec<Written>>,
    pub blast: BlastSaid,
    pub weights: Weights,
    pub peer_waivers: Sourced<bool>,
    pub baseline: Sourced<Option<PathBuf>>,
    pub today: Option<Date>,
}

/// A list that was given; a list without items was not.
fn list<T: Clone>(items: &[T]) -> Option<Vec<T>> {
    (!items.is_empty()).then(|| items.to_vec())
}

/// `true` that was given: flags of that kind cannot say no.
fn set(flag: bool) -> Option<bool> {
    flag.then_some(true)
}

impl Effective {
    /// What is in force for some flags and a settings file.
    ///
    /// # Errors
    /// When a flag names no control.
    pub fn of(config: &Config, reading: &ReadingArgs, judge: &JudgeArgs) -> Result<Self, Failure> {
        let said = &config.said;
        let catalogue = Catalogue::new(watertight_controls::all());
        let class = |flag: &'static str, names: &[NamePattern], said: Option<&Said<ClassSaid>>| {
            let given = list(names).map(|names| ClassSaid { names, labels: Vec::new() });
            Sourced::of((flag, given), said, ClassSaid::default())
        };
        let selected = choices(&catalogue, &judge.select)?;
        let ignored = choices(&catalogue, &judge.ignore)?;
        Ok(Self {
            kubernetes_version: Sourced::of(
                ("--kubernetes-version", reading.kubernetes_version),
                said.kubernetes_version.as_ref(),
                KubernetesVersion::NEWEST,
            ),
            assume_complete: Sourced::of(
                ("--assume-complete", set(reading.assume_complete)),
                said.assume_complete.as_ref(),
                false,
            ),
            select: Sourced::of(("--select", selected), None, Vec::new()),
            disable: Sourced::of(("--ignore", ignored), said.disable.as_ref(), Vec::new()),
            severity: said
                .severity
                .iter()
                .map(|(&name, said)| (name, Sourced { value: said.value, source: Source::File(said.line) }))
                .collect(),
            trusted_registries: Sourced::of(
                ("--trusted-registry", list(&judge.trusted_registry)),
                said.trusted_registries.as_ref(),
                Vec::new(),
            ),
            blocked_registries: Sourced::of(
                ("--blocked-registry", list(&judge.blocked_registry)),
                said.blocked_registries.as_ref(),
                Vec::new(),
            ),
            moving_tags: Sourced::of(
                ("--moving-tag", list(&judge.moving_tag)),
                said.moving_tags.as_ref(),
                Vec::new(),
            ),
            secret_names: Sourced::of(("", None), said.secret_names.as_ref(), Vec::new()),
            secret_values: Sourced::of(("", None), said.secret_values.as_ref(), Vec::new()),
            resource_bounds: Sourced::of(
                ("--resource-bound", list(&judge.resource_bound)),
                said.resource_bounds.as_ref(),
                Vec::new(),
            ),
            platform: class(
                "--platform-namespace",
                &judge.platform_namespace,
                said.namespaces.platform.as_ref(),
            ),
            production: class(
                "--production-namespace",
                &judge.production_namespace,
                said.namespaces.production.as_ref(),
            ),
            development: class(
                "--development-namespace",
                &judge.development_namespace,
                said.namespaces.development.as_ref(),
            ),
            trust_classes: Sourced::of(
                ("--trust-class", list(&judge.trust_class)),
                said.trust_classes.as_ref(),
                Vec::new(),
            ),
            platform_users: Sourced::of(("", None), said.platform_subjects.users.as_ref(), Vec::new()),
            platform_groups: Sourced::of(("", None), said.platform_subjects.groups.as_ref(), Vec::new()),
            platform_accounts: Sourced::of(
                ("", None),
                said.platform_subjects.service_accounts.as_ref(),
                Vec::new(),
            ),
            network_flows: Sourced::of(("", None), said.network_flows.as_ref(), Vec::new()),
            blast: said.blast.clone(),
            weights: config.weights(),
            peer_waivers: Sourced::of(
                ("--no-peer-waivers", set(judge.no_peer_waivers).map(|none| !none)),
                said.peer_waivers.as_ref(),
                true,
            ),
            baseline: match (&judge.baseline, &said.baseline) {
                (Some(file), _) => Sourced { value: Some(file.clone()), source: Source::Flag("--baseline") },
                _ if judge.no_baseline => Sourced { value: None, source: Source::Flag("--no-baseline") },
                (None, Some(said)) => {
                    Sourced { value: Some(config.file(&said.value)), source: Source::File(said.line) }
                }
                (None, None) => Sourced { value: None, source: Source::Default },
            },
            today: judge.today,
        })
    }

    /// What the facts and controls are given. Today is the day given, or else `clock`'s.
    pub fn settings(&self, clock: impl FnOnce() -> Option<Date>) -> Settings {
        let class = |said: &Sourced<ClassSaid>| NamespaceClass {
            names: said.value.names.clone(),
            labels: said.value.labels.clone(),
        };
        Settings {
            target: self.kubernetes_version.value,
            trusted_registries: self.trusted_registries.value.clone(),
            blocked_registries: self.blocked_registries.value.clone(),
            moving_tags: self.moving_tags.value.clone(),
            secret_names: self.secret_names.value.clone(),
            secret_values: self.secret_values.value.clone(),
            bounds: self.resource_bounds.value.clone(),
            platform_namespaces: class(&self.platform),
            production_namespaces: class(&self.production),
            development_namespaces: class(&self.development),
            platform_subjects: PlatformSubjects {
                users: self.platform_users.value.clone(),
                groups: self.platform_groups.value.clone(),
                service_accounts: self.platform_accounts.value.clone(),
            },
            trust_classes: self.trust_classes.value.clone(),
            today: self.today.or_else(clock),
        }
    }

    /// Severities of controls instead of their own.
    pub fn severities(&self) -> BTreeMap<&'static str, Severity> {
        self.severity.iter().map(|(&name, severity)| (name, severity.value)).collect()
    }

    /// The controls to run: those selected (all when none are), without those left out. What the file
    /// disables and a flag selects is run: by name, or as a layer that the file disables as a whole.
    ///
    /// # Errors
    /// When none is left of those that were selected.
    pub fn controls(&self) -> Result<Vec<&'static Control>, Failure> {
        let (selected, disabled) = (&self.select.value, &self.disable.value);
        let from_file = matches!(self.disable.source, Source::File(_));
        let is_out = |control: &Control| {
            disabled.iter().any(|out| {
                let wins = |choice: &Choice| choice == out || matches!(choice, Choice::Control(_));
                let wanted = selected.iter().any(|choice| choice.is(control) && wins(choice));
                out.is(control) && !(from_file && wanted)
            })
        };
        let left: Vec<&'static Control> = watertight_controls::all()
            .filter(|control| selected.is_empty() || selected.iter().any(|choice| choice.is(control)))
            .filter(|control| !is_out(control))
            .collect();
        // "Nothing open" would be true and say nothing.
        if left.is_empty() && !selected.is_empty() {
            let by = if from_file { "`disable` of the settings file" } else { "`--ignore`" };
            return Err(Failure::new("no control is left to run")
                .help(format!("{by} takes away all that `--select` names")));
        }
        Ok(left)
    }
}

/// When a scan exits with what, and what it shows.
#[derive(Debug)]
pub struct Exits {
    pub fail_on: Sourced<Threshold>,
    pub min_severity: Sourced<Severity>,
    pub allow_incomplete: Sourced<bool>,
}

impl Exits {
    /// What is in force for the flags of a scan and a settings file.
    pub fn of(config: &Config, scan: &ScanArgs) -> Self {
        let said = &config.said;
        let fail_on = said
            .fail_on
            .as_ref()
            .map(|said| Said { value: said.value.map_or(Threshold::Never, Threshold::At), line: said.line });
        Self {
            fail_on: Sourced::of(
                ("--fail-on", scan.fail_on),
                fail_on.as_ref(),
                Threshold::At(Severity::High),
            ),
            min_severity: Sourced::of(
                ("--min-severity", scan.min_severity),
                said.min_severity.as_ref(),
                Severity::Info,
            ),
            allow_incomplete: Sourced::of(
                ("--allow-incomplete", set(scan.allow_incomplete)),
                said.allow_incomplete.as_ref(),
                false,
            ),
        }
    }
}

/// The controls and layers that a flag names; `None` when it was not given.
fn choices(catalogue: &Catalogue, names: &[String]) -> Result<Option<Vec<Choice>>, Failure> {
    let choice = |name: &String| {
        catalogue
            .choice(name)
            .map_err(|help| Failure::new(format!("there is no control or layer `{name}`")).help(help))
    };
    let choices: Vec<Choice> = names.iter().map(choice).collect::<Result<_, _>>()?;
    Ok(list(&choices))
}
