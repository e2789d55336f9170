//! `watertight net`: who reaches whom, over manifests or a snapshot.
//!
//! One file per question below `net/`. Each fills an answer of `watertight_report::net`; what policies mean is decided
//! in `watertight-netpol`. Start reading at [`run`] and [`Scene`].

mod check;
mod diff;
mod generate;
mod list;
mod map;
mod parties;
mod port;

use std::path::PathBuf;
use std::process::ExitCode;

use watertight_facts::reachability::{Assumed, REACHABILITY, Reachability};
use watertight_facts::{Settings, TEMPLATES, World};
use watertight_model::{Gap, Object};
use watertight_netpol::{Effect, Truth};
use watertight_report::clean;
use watertight_report::net::{About, Because, EnforcementRow, Form, ProblemRow};

use crate::args::{AssumedArgs, ColorWhen, Enforced, NetArgs, NetCommand, NetFormat, NetTargetArgs};
use crate::config::Config;
use crate::exit::{CLEAN, Failure, INCOMPLETE};
use crate::load::load_paths;
use crate::written::{origin, path_of};

pub use port::Port;

/// Carries out one of the commands.
pub fn run(arguments: &NetArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    match &arguments.command {
        NetCommand::Check(arguments) => check::run(arguments, color),
        NetCommand::Diff(arguments) => diff::run(arguments, color),
        NetCommand::Map(arguments) => map::run(arguments, color),
        NetCommand::Generate(arguments) => generate::run(arguments, color),
        NetCommand::List(arguments) => list::run(arguments, color),
    }
}

/// What a question is asked of.
struct Scene<'w> {
    world: &'w World<'w>,
    reach: &'w Reachability,
    asked: &'w AssumedArgs,
    /// The flows that the settings file says are needed.
    flows: &'w [watertight_facts::flows::settings::Written],
    /// The name of that file.
    settings: Option<&'w str>,
    color: ColorWhen,
}

/// Reads the targets and asks; with `neighbours` about pods to come in each namespace too.
fn ask<T>(
    target: &NetTargetArgs,
    color: ColorWhen,
    neighbours: bool,
    question: impl FnOnce(&Scene<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    ask_of(&target.paths.target, &target.assumed, color, neighbours, question)
}

/// Reads paths and asks.
fn ask_of<T>(
    paths: &[PathBuf],
    target: &AssumedArgs,
    color: ColorWhen,
    neighbours: bool,
    question: impl FnOnce(&Scene<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let config = Config::find(&target.reading, paths)?;
    let snapshot = load_paths(paths, &target.reading, &config)?;
    let settings = Settings { target: config.kubernetes_version(&target.reading), ..Settings::default() };
    let world = World::new(&snapshot, &settings);
    let assumed = Assumed {
        enforced: match target.policies_enforced {
            Enforced::Yes => Some(true),
            Enforced::No => Some(false),
            Enforced::Auto => None,
        },
        pod_blocks: target.pod_cidr.clone(),
        neighbours,
        taken: false,
    };
    let reach = Reachability::assuming(&world, assumed);
    let flows = config.said.network_flows.as_ref().map_or(&[][..], |said| &said.value);
    let settings = config.name.as_deref();
    question(&Scene { world: &world, reach: &reach, asked: target, flows, settings, color })
}

impl<'w> Scene<'w> {
    fn about(&self) -> About<'w> {
        About {
            tool_version: env!("CARGO_PKG_VERSION"),
            enforcement: self.enforcement(),
            notes: Vec::new(),
            problems: self.problems(),
            gaps: self.gaps(),
        }
    }

    fn enforcement(&self) -> EnforcementRow {
        let seen = self.reach.enforcement.enforced();
        let because = match (self.asked.policies_enforced, seen) {
            (Enforced::Auto, None) => Because::Assumed,
            (Enforced::Auto, Some(_)) => Because::Seen,
            _ => Because::Told,
        };
        EnforcementRow {
            enforced: self.reach.model.cluster().enforced != Truth::No,
            because,
            plugins: self.reach.enforcement.names().collect(),
        }
    }

    /// What could not be seen and could change the answer.
    fn gaps(&self) -> Vec<&'w Gap> {
        let matters = |kind: &String| {
            REACHABILITY.iter().any(|own| own.kind == kind) || TEMPLATES.iter().any(|own| own.kind == kind)
        };
        let gaps = self.world.snapshot().gaps().iter().chain(self.world.gaps());
        gaps.filter(|gap| gap.affects.is_empty() || gap.affects.iter().any(matters)).collect()
    }

    /// What is wrong with policies, or not modelled of them.
    fn problems(&self) -> Vec<ProblemRow> {
        let row = |object: &Object, problem: &watertight_netpol::Problem| ProblemRow {
            object: object.identity().to_string(),
            path: format!(".{}", problem.path),
            why: problem.why.clone(),
            effect: match problem.effect {
                Effect::Refused => "refused",
                Effect::NotModelled => "not-modelled",
                Effect::WithoutEffect => "without-effect",
            },
            origin: origin(object, &path_of(&problem.path)),
        };
        let snapshot = self.world.snapshot();
        self.reach.problems.iter().map(|(id, problem)| row(snapshot.object(*id), problem)).collect()
    }

    /// Says on standard error what the answer takes for granted, where the form of the output has no place for it.
    fn tell_assumptions(&self, about: &About<'_>, form: NetFormat) {
        if matches!(form, NetFormat::Csv | NetFormat::Text | NetFormat::Dot) && !self.asked.reading.quiet {
            for note in about.enforcement.note().iter().chain(&about.notes) {
                eprintln!("watertight: note: {}", clean(note));
            }
        }
    }

    /// Says on standard error what could not be seen and what is wrong, and gives the exit code of an answer that is
    /// clean otherwise.
    fn tell(&self, about: &About<'_>) -> ExitCode {
        if !self.asked.reading.quiet {
            for gap in &about.gaps {
                eprintln!("watertight: not seen: {}: {}", clean(&gap.what), clean(&gap.why));
            }
            const TOLD: usize = 10;
            for problem in about.problems.iter().take(TOLD) {
                eprintln!("watertight: warning: {}", clean(&problem.to_string()));
            }
            if let Some(more) = about.problems.len().checked_sub(TOLD).filter(|&more| more > 0) {
                eprintln!("watertight: warning: {more} more problems of policies; `-o json` has all");
            }
        }
        let unread = about.problems.iter().any(|problem| problem.effect != "without-effect");
        if unread && !self.asked.allow_incomplete { ExitCode::from(INCOMPLETE) } else { self.unseen(about) }
    }

    /// The exit code as far as what could not be seen decides it.
    fn unseen(&self, about: &About<'_>) -> ExitCode {
        let incomplete = !about.gaps.is_empty() && !self.asked.allow_incomplete;
        ExitCode::from(if incomplete { INCOMPLETE } else { CLEAN })
    }
}

impl From<NetFormat> for Form {
    fn from(format: NetFormat) -> Self {
        match format {
            NetFormat::Table => Self::Table,
            NetFormat::Json => Self::Json,
            NetFormat::Csv => Self::Csv,
            NetFormat::Markdown => Self::Markdown,
            NetFormat::Text => Self::Text,
            NetFormat::Dot => Self::Dot,
        }
    }
}
