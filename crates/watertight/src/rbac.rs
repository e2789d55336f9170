//! `watertight rbac`: who may do what, over manifests or a snapshot.
//!
//! One file per question below `rbac/`. Each fills an answer of `watertight_report::rbac`; what it means is
//! decided in `watertight-rbac`. Start reading at [`run`] and [`Scene`].

mod can_i;
mod diff;
mod lookup;
mod matrix;
mod minimize;
mod resources;
mod risks;
mod shown;
mod system;
mod who_can;

use std::path::PathBuf;
use std::process::ExitCode;

use watertight_facts::identities::UNSPECIFIED_NAMESPACE;
use watertight_facts::{Identities, RBAC, Settings, World};
use watertight_model::{Gap, Snapshot};
use watertight_rbac::{BindingView, Policy};
use watertight_report::clean;
use watertight_report::rbac::{About, Answer, Note, ProblemRow};

use crate::args::{
    ColorWhen, RbacArgs, RbacCommand, RbacFormat, RbacOutputArgs, RbacTargetArgs, ReadingArgs,
};
use crate::config::Config;
use crate::exit::{CLEAN, Failure, INCOMPLETE};
use crate::load::load_paths;
use crate::output::{style, to_stdout};
use shown::Shown;

/// Carries out one of the commands.
pub fn run(arguments: &RbacArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    match &arguments.command {
        RbacCommand::WhoCan(arguments) => who_can::run(arguments, color),
        RbacCommand::CanI(arguments) => can_i::run(arguments, color),
        RbacCommand::Matrix(arguments) => matrix::run(arguments, color),
        RbacCommand::Lookup(arguments) => lookup::run(arguments, color),
        RbacCommand::Risks(arguments) => risks::run(arguments, color),
        RbacCommand::Diff(arguments) => diff::run(arguments, color),
        RbacCommand::Minimize(arguments) => minimize::run(arguments, color),
    }
}

/// What a question is asked of.
struct Scene<'w> {
    world: &'w World<'w>,
    /// Kinds beside those of RBAC whose gaps could change the answer.
    also: &'static [&'static str],
    color: ColorWhen,
    output: &'w RbacOutputArgs,
    quiet: bool,
}

/// Reads the targets and asks.
fn ask<T>(
    target: &RbacTargetArgs,
    color: ColorWhen,
    also: &'static [&'static str],
    question: impl FnOnce(&Scene<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    look(&target.paths.target, &target.reading, &target.output, color, also, question)
}

/// Reads paths and asks.
fn look<T>(
    paths: &[PathBuf],
    reading: &ReadingArgs,
    output: &RbacOutputArgs,
    color: ColorWhen,
    also: &'static [&'static str],
    question: impl FnOnce(&Scene<'_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let config = Config::find(reading, paths)?;
    let snapshot = load_paths(paths, reading, &config)?;
    let settings = Settings {
        target: config.kubernetes_version(reading),
        platform_subjects: config.platform_subjects(),
        ..Settings::default()
    };
    let world = World::new(&snapshot, &settings);
    question(&Scene { world: &world, also, color, output, quiet: reading.quiet })
}

impl<'w> Scene<'w> {
    fn identities(&self) -> &'w Identities {
        self.world.identities()
    }

    fn policy(&self) -> &'w Policy {
        self.identities().policy()
    }

    fn snapshot(&self) -> &'w Snapshot {
        self.world.snapshot()
    }

    fn shown(&self) -> Shown<'w> {
        Shown::of(self.snapshot())
    }

    /// What could not be seen and could change the answer.
    fn gaps(&self) -> Vec<&'w Gap> {
        let matters =
            |kind: &String| RBAC.iter().any(|rbac| rbac.kind == kind) || self.also.contains(&kind.as_str());
        let gaps = self.snapshot().gaps().iter().chain(self.world.gaps());
        gaps.filter(|gap| gap.affects.is_empty() || gap.affects.iter().any(matters)).collect()
    }

    /// What is wrong with roles and bindings.
    fn problems(&self) -> Vec<ProblemRow> {
        let shown = self.shown();
        self.policy().problems().iter().map(|problem| shown.problem(problem)).collect()
    }

    /// A namespace of which nothing is in view is most likely misspelt.
    fn warn_of_unknown_namespace(&self, namespace: Option<&str>) {
        let Some(namespace) = namespace else { return };
        let here = |identity: &watertight_model::Identity| {
            identity.namespace.name() == Some(namespace)
                || (&*identity.kind == "Namespace" && &*identity.name == namespace)
        };
        if !self.snapshot().objects().any(|(_, object)| here(object.identity())) {
            self.warn(&format!("nothing in view is in the namespace {namespace}"));
        }
    }

    fn warn(&self, text: &str) {
        if !self.quiet {
            eprintln!("watertight: warning: {}", clean(text));
        }
    }

    /// Says that bindings are in a namespace that nobody named.
    fn note_unspecified_namespace(&self) {
        let nowhere = |binding: BindingView<'_>| binding.namespace() == Some(UNSPECIFIED_NAMESPACE);
        if self.policy().bindings().any(nowhere) && !self.quiet {
            let shown = shown::UNSPECIFIED;
            eprintln!(
                "watertight: note: objects that name no namespace are in {shown}; -n says which that is"
            );
        }
    }

    /// Prints an answer with what could change it, and gives the exit code of one that is always clean.
    fn answer<T: Answer>(&self, answer: &T, caveats: Vec<Note>) -> Result<ExitCode, Failure> {
        let problems = self.problems();
        self.tell_problems(&problems);
        self.print(answer, caveats, problems)?;
        let incomplete = !self.gaps().is_empty() && !self.output.allow_incomplete;
        Ok(ExitCode::from(if incomplete { INCOMPLETE } else { CLEAN }))
    }

    fn print<T: Answer>(
        &self,
        answer: &T,
        caveats: Vec<Note>,
        problems: Vec<ProblemRow>,
    ) -> Result<(), Failure> {
        self.print_with(answer, caveats, problems, self.gaps())
    }

    fn print_with<T: Answer>(
        &self,
        answer: &T,
        caveats: Vec<Note>,
        problems: Vec<ProblemRow>,
        gaps: Vec<&Gap>,
    ) -> Result<(), Failure> {
        if !self.quiet {
            for gap in &gaps {
                eprintln!("watertight: not seen: {}: {}", clean(&gap.what), clean(&gap.why));
            }
        }
        self.note_unspecified_namespace();
        let about = About {
            tool_version: env!("CARGO_PKG_VERSION"),
            kubernetes_version: self.world.settings().target.to_string(),
            caveats,
            problems,
            gaps,
        };
        let style = style(self.color);
        let written = to_stdout(|out| match self.output.output {
            RbacFormat::Table | RbacFormat::Wide => {
                answer.table(self.output.output == RbacFormat::Wide, style, out)?;
                if T::TELLS_CAVEATS {
                    Ok(())
                } else {
                    watertight_report::rbac::caveats(&about.caveats, style, out)
                }
            }
            RbacFormat::Json => watertight_report::rbac::json(answer, &about, out),
        });
        match written {
            // The answer is what it is, whether or not somebody reads to the end.
            Err(failure) if failure.is_closed_pipe() => Ok(()),
            written => written,
        }
    }

    /// On standard error, the first of them.
    fn tell_problems(&self, problems: &[ProblemRow]) {
        const TOLD: usize = 10;
        for problem in problems.iter().take(TOLD) {
            self.warn(&problem.to_string());
        }
        if let Some(more) = problems.len().checked_sub(TOLD).filter(|&more| more > 0) {
            self.warn(&format!("{more} more problems of roles and bindings; `-o json` has all"));
        }
    }
}
