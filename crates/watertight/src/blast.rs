//! `watertight blast` and `watertight paths`: what falls when one thing falls.
//!
//! One file per question below `blast/`. Each fills an answer of `watertight_report::blast`; what falls is worked out
//! in `watertight-graph`. Start reading at [`ask`] and [`Scene`].

mod diff;
pub mod overview;
mod paths;
pub mod plan;
mod radius;

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;

use watertight_facts::World;
use watertight_facts::flows::{self, Ground};
use watertight_facts::generate::{self, Made, Wanted};
use watertight_facts::reachability::{Assumed as AssumedOfNetwork, Reachability};
use watertight_graph::scene::Assumed;
use watertight_graph::thing::Thing;
use watertight_graph::{AttackGraph, Measure, Path, Reading, Step, Weights};
use watertight_model::{Gap, Snapshot};
use watertight_report::blast::paths::Reachable;
use watertight_report::blast::{About, EvidenceRow, PathRow, StepRow};
use watertight_report::clean;

use crate::args::{BlastArgs, BlastCommand, ColorWhen, GraphArgs, PathsArgs, PlanArgs};
use crate::config::Config;
use crate::exit::{CLEAN, Failure, INCOMPLETE};
use crate::load::load_in;
use crate::written::origin;

/// Carries out `blast`.
pub fn run(arguments: &BlastArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    if let Some(BlastCommand::Diff(arguments)) = &arguments.command {
        return diff::run(arguments, color);
    }
    let target = &arguments.target;
    ask(&target.paths.target, &target.graph, |scene| match (&arguments.thing, &arguments.to) {
        (Some(thing), _) => radius::of_thing(scene, thing, arguments, color),
        (None, Some(to)) => radius::towards(scene, to, arguments, color),
        (None, None) => overview::run(scene, arguments, color),
    })
}

/// Carries out `paths`.
pub fn paths(arguments: &PathsArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    let target = &arguments.target;
    ask(&target.paths.target, &target.graph, |scene| paths::run(scene, arguments, color))
}

/// Carries out `plan`.
pub fn plan(arguments: &PlanArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    if let Some(folder) = &arguments.write_dir {
        plan::check_folder(folder)?;
    }
    let (targets, asked) = (&arguments.target, &arguments.graph);
    let config = Config::find(&asked.reading, targets)?;
    let snapshot = load_in(targets, &asked.reading, &config, HOME)?;
    ask_closing(&snapshot, &config, asked, |scene| plan::run(scene, &config, arguments, color))
}

/// Where objects are that name no namespace, as `kubectl apply` puts them.
pub const HOME: &str = "default";

/// What a question is asked of.
pub struct Scene<'a, 'w> {
    /// The graph.
    pub graph: &'a AttackGraph<'w>,
    /// Its numbers.
    pub measure: &'a Measure<'a, 'w>,
    /// The policies that close namespaces to all but what is needed, where they were asked for.
    pub policies: &'a [Made],
    asked: &'a GraphArgs,
    reading: Reading,
}

/// Reads paths and asks.
fn ask<T>(
    paths: &[PathBuf],
    asked: &GraphArgs,
    question: impl FnOnce(&Scene<'_, '_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let config = Config::find(&asked.reading, paths)?;
    let snapshot = load_in(paths, &asked.reading, &config, HOME)?;
    ask_of(&snapshot, &config, asked, question)
}

/// Asks of what was read.
pub fn ask_of<T>(
    snapshot: &Snapshot,
    config: &Config,
    asked: &GraphArgs,
    question: impl FnOnce(&Scene<'_, '_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let settings = config.facts(&asked.reading);
    let world = World::new(snapshot, &settings);
    let reach = Reachability::assuming(&world, AssumedOfNetwork::default());
    let graph = AttackGraph::of(&world, &reach, assumed(asked));
    drawn(&graph, &[], asked, question)
}

/// The same where changes are priced: what is needed in the network is found out, so that policies are priced by what
/// they close.
pub fn ask_closing<T>(
    snapshot: &Snapshot,
    config: &Config,
    asked: &GraphArgs,
    question: impl FnOnce(&Scene<'_, '_>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let settings = config.facts(&asked.reading);
    let world = World::new(snapshot, &settings);
    let reach = Reachability::assuming(&world, AssumedOfNetwork::default());
    let ground = Ground::of(&world);
    let said = config.said.network_flows.as_ref().map_or(&[][..], |said| &said.value);
    let found = flows::find(&ground).with(flows::settings::find(said, &ground));
    let plan = generate::plan(&world, &reach, &ground, found, &Wanted::default());
    let closed = generate::closed(&reach, &plan);
    let graph = AttackGraph::closing(&world, &reach, &closed, assumed(asked));
    drawn(&graph, &plan.objects, asked, question)
}

fn assumed(asked: &GraphArgs) -> Assumed {
    Assumed { managed_control_plane: asked.managed_control_plane, anonymous_off: false }
}

fn drawn<'w, T>(
    graph: &AttackGraph<'w>,
    policies: &[Made],
    asked: &GraphArgs,
    question: impl FnOnce(&Scene<'_, 'w>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let measure = Measure::of(graph, Weights::default());
    let reading = if asked.direct { Reading::Direct } else { Reading::Flaws };
    question(&Scene { graph, measure: &measure, policies, asked, reading })
}

impl Scene<'_, '_> {
    /// The thing that a text names.
    fn thing(&self, text: &str) -> Result<Thing, Failure> {
        self.graph.find(text).map_err(|unknown| {
            let failure = Failure::new(unknown.why);
            match unknown.help {
                Some(help) => failure.help(help),
                None => failure,
            }
        })
    }

    /// What answers rest on.
    pub fn about(&self) -> About<'_> {
        About {
            tool_version: env!("CARGO_PKG_VERSION"),
            reading: match self.reading {
                Reading::Direct => "direct",
                Reading::Flaws => "flaws",
            },
            notes: self.notes(),
            gaps: self.gaps(),
        }
    }

    fn notes(&self) -> Vec<String> {
        let mut notes = Vec::new();
        if !self.graph.scene.nodes_in_view {
            let control_plane = match self.asked.managed_control_plane {
                true => "",
                false => " and one of the control plane (--managed-control-plane takes that away)",
            };
            notes.push(format!(
                "no nodes are in view: at least one worker{control_plane} is taken to be there"
            ));
        }
        for workload in self.refused() {
            notes.push(format!("{workload} will not start: Pod Security of its namespace refuses its pods"));
        }
        notes
    }

    /// The workloads that will not start.
    fn refused(&self) -> Vec<String> {
        let loads = (0u32..).zip(&self.graph.scene.workloads).filter(|(_, load)| load.refused);
        loads.map(|(place, _)| self.graph.label(Thing::Workload(place))).collect()
    }

    /// What could not be seen and could change the answer. Nearly every kind may lead somewhere.
    fn gaps(&self) -> Vec<&Gap> {
        let world = self.graph.scene.world;
        let all = world.snapshot().gaps().iter().chain(world.gaps()).chain(&self.graph.gaps);
        let unique: BTreeSet<&Gap> = all.collect();
        unique.into_iter().collect()
    }

    /// Whether something is reached; what is not may be by what was not seen.
    fn reachable(&self, yes: bool) -> Reachable {
        match yes {
            true => Reachable::Yes,
            false if self.gaps().is_empty() => Reachable::No,
            false => Reachable::Unknown,
        }
    }

    /// Says on standard error what could not be seen, and gives the exit code.
    fn tell(&self, about: &About<'_>) -> ExitCode {
        if !self.asked.reading.quiet {
            for gap in &about.gaps {
                eprintln!("watertight: not seen: {}: {}", clean(&gap.what), clean(&gap.why));
            }
        }
        let incomplete = !about.gaps.is_empty() && !self.asked.allow_incomplete;
        ExitCode::from(if incomplete { INCOMPLETE } else { CLEAN })
    }

    /// A way in words.
    pub fn path_row(&self, path: &Path) -> PathRow {
        let steps: Vec<StepRow> = path.steps.iter().map(|step| self.step_row(step)).collect();
        let flaws = steps.iter().filter(|step| step.needs_flaw).count();
        PathRow { length: path.len(), flaws, steps }
    }

    fn step_row(&self, step: &Step) -> StepRow {
        let label = |vertex| self.graph.label(self.graph.thing(vertex));
        let mut from = step.from.iter().map(|vertex| label(*vertex));
        let entry = step.entry(self.graph);
        let snapshot = self.graph.scene.world.snapshot();
        let evidence = self.graph.shown(step).into_iter().map(|shown| EvidenceRow {
            text: shown.text,
            origin: shown.object.map(|object| origin(snapshot.object(object), &shown.path)),
        });
        StepRow {
            edge: entry.map_or("by-definition", |entry| entry.id),
            title: entry.map_or("", |entry| entry.title),
            technique: entry.map_or("", |entry| entry.technique),
            from: from.next().unwrap_or_default(),
            with: from.collect(),
            to: label(step.to),
            needs_flaw: entry.is_some_and(|entry| entry.needs_flaw),
            evidence: evidence.collect(),
            removed_by: entry.map(|entry| entry.removed_by.to_vec()).unwrap_or_default(),
        }
    }
}
