//! `watertight psa`.

use std::process::ExitCode;

use watertight_facts::pod_security::labels::{Mode, Wish, plan};
use watertight_facts::pod_security::{NamespaceSecurity, PodSecurity, configuration};
use watertight_facts::{Settings, World};
use watertight_model::Snapshot;
use watertight_podsecurity::{Configuration, Level, Version};
use watertight_report::psa::{PsaReport, check, labels};

use crate::args::{
    CheckArgs, CheckFormat, ColorWhen, JudgeArgs, LabelArgs, LabelFormat, PsaArgs, PsaCommand, StandardsArgs,
    TargetArgs,
};
use crate::config::{Config, Effective};
use crate::exit::{CLEAN, FINDINGS, Failure, INCOMPLETE};
use crate::load::load;
use crate::output::{style, to_stdout};

/// Runs the command below `psa`.
pub fn run(arguments: &PsaArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    match &arguments.command {
        PsaCommand::Check(arguments) => run_check(arguments, color),
        PsaCommand::Label(arguments) => run_label(arguments),
    }
}

fn run_check(arguments: &CheckArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    let read = Read::of(&arguments.target, &arguments.standards)?;
    let security = read.judge();
    let report = read.report(&security, arguments.level);
    let failing = arguments.level.is_some_and(|level| {
        let fails = |namespace: &NamespaceSecurity| namespace.in_the_way_of(level).next().is_some();
        security.namespaces.iter().any(|namespace| !namespace.exempt && fails(namespace))
    });
    let written = to_stdout(|out| match arguments.output {
        CheckFormat::Table => check::table(&report, false, style(color), out),
        CheckFormat::Wide => check::table(&report, true, style(color), out),
        CheckFormat::Json => check::json(&report, out),
    });
    finish(written, failing, security.is_incomplete() && !arguments.standards.allow_incomplete)
}

fn run_label(arguments: &LabelArgs) -> Result<ExitCode, Failure> {
    let read = Read::of(&arguments.target, &arguments.standards)?;
    let security = read.judge();
    let mut modes: Vec<Mode> = arguments.mode.iter().map(|&mode| mode.into()).collect();
    modes.sort_unstable();
    modes.dedup();
    let wish =
        Wish { level: arguments.level, force: arguments.force, modes, version: arguments.standards.version };
    let plans = plan(&security, &wish);
    let report = read.report(&security, arguments.level);
    let written = to_stdout(|out| match arguments.output {
        LabelFormat::Kubectl => labels::kubectl(&report, &plans, out),
        LabelFormat::Patch => labels::patch(&report, &plans, out),
        LabelFormat::Json => labels::json(&report, &plans, out),
    });
    finish(written, false, security.is_incomplete() && !arguments.standards.allow_incomplete)
}

/// The answer is what it is, whether or not somebody reads to the end.
fn finish(written: Result<(), Failure>, failing: bool, incomplete: bool) -> Result<ExitCode, Failure> {
    written.or_else(|failure| if failure.is_closed_pipe() { Ok(()) } else { Err(failure) })?;
    Ok(ExitCode::from(match (failing, incomplete) {
        (true, _) => FINDINGS,
        (false, true) => INCOMPLETE,
        (false, false) => CLEAN,
    }))
}

/// What both commands look at and judge by.
struct Read {
    snapshot: Snapshot,
    settings: Settings,
    version: Version,
    configuration: Configuration,
}

impl Read {
    fn of(target: &TargetArgs, standards: &StandardsArgs) -> Result<Self, Failure> {
        let configuration = match &standards.admission_config {
            None => Configuration::default(),
            Some(file) => {
                let text = std::fs::read_to_string(file)
                    .map_err(|error| Failure::new(format!("cannot read `{}`: {error}", file.display())))?;
                configuration(&text).map_err(|why| {
                    Failure::new(format!("`{}` is no PodSecurityConfiguration: {why}", file.display()))
                })?
            }
        };
        let config = Config::find(&target.reading, &target.paths)?;
        let judge =
            JudgeArgs { platform_namespace: standards.platform_namespace.clone(), ..JudgeArgs::default() };
        let settings = Effective::of(&config, &target.reading, &judge)?.settings(|| None);
        let version = standards.version.unwrap_or(Version::Latest);
        Ok(Self { snapshot: load(target, &config)?, settings, version, configuration })
    }

    fn judge(&self) -> PodSecurity {
        PodSecurity::of(&World::new(&self.snapshot, &self.settings), self.version, self.configuration.clone())
    }

    fn report<'a>(&'a self, security: &'a PodSecurity, level: Option<Level>) -> PsaReport<'a> {
        PsaReport {
            snapshot: &self.snapshot,
            security,
            settings: &self.settings,
            level,
            tool_version: env!("CARGO_PKG_VERSION"),
        }
    }
}
