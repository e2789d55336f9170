//! `watertight report`: one page about exposure, plan and findings.
//!
//! Findings are those of a scan, the graph is that of `blast`; what both are made of is read once, or twice where a
//! scan leaves open in which namespace an object is and the graph may not. Start reading at [`run`]; what is drawn is
//! gathered in `report/`.

mod cluster;
mod ways;

use std::io::Read;
use std::path::PathBuf;
use std::process::ExitCode;

use watertight_engine::Outcome;
use watertight_facts::World;
use watertight_graph::{EntryClass, Reading, Vertex};
use watertight_model::{Namespace, Snapshot, Verdict};
use watertight_report::report::Page;
use watertight_report::{Report, clean};

use crate::args::ReportArgs;
use crate::blast::{HOME, Scene, ask_closing, overview, plan};
use crate::exit::{CLEAN, Failure, INCOMPLETE};
use crate::judge::Judge;
use crate::load::{load_from, load_in_from};
use crate::output::{to_file, to_stdout};

/// How many of the worst things are listed.
const WORST: usize = 20;

/// Reads, judges, draws, and writes.
pub fn run(arguments: &ReportArgs) -> Result<ExitCode, Failure> {
    let reading = &arguments.graph.reading;
    let judge = Judge::of(reading, &arguments.judge, &arguments.target)?;
    let mut stdin = Vec::new();
    if arguments.target.iter().any(|path| path.as_os_str() == "-") {
        std::io::stdin().lock().read_to_end(&mut stdin)?;
    }
    let snapshot = load_from(&arguments.target, reading, &judge.config, &mut stdin.as_slice())?;
    let world = World::new(&snapshot, &judge.settings);
    let outcome = judge.outcome(&world);
    let report =
        Report::new(&snapshot, &outcome, &judge.settings, &judge.controls, env!("CARGO_PKG_VERSION"));
    let again = match has_homeless(&snapshot) {
        true => Some(load_in_from(&arguments.target, reading, &judge.config, HOME, &mut stdin.as_slice())?),
        false => None,
    };
    ask_closing(again.as_ref().unwrap_or(&snapshot), &judge.config, &arguments.graph, |scene| {
        let page = page(scene, &report, arguments);
        match arguments.output.as_os_str() == "-" {
            true => to_stdout(|out| watertight_report::report::write(&page, out))?,
            false => to_file(&arguments.output, |out| watertight_report::report::write(&page, out))?,
        }
        let gaps = page.gaps().len();
        if !reading.quiet {
            tell(&page, arguments, gaps);
        }
        let incomplete = (gaps > 0 || has_unknown(&outcome)) && !arguments.graph.allow_incomplete;
        Ok(ExitCode::from(if incomplete { INCOMPLETE } else { CLEAN }))
    })
}

fn page<'a>(scene: &'a Scene<'_, '_>, report: &'a Report<'a>, arguments: &ReportArgs) -> Page<'a> {
    let entries = entries(scene);
    Page {
        title: title(&arguments.target),
        about: scene.about(),
        overview: overview::answer(scene, WORST),
        plan: (arguments.top > 0).then(|| plan::answer(scene, arguments.top, None)),
        cluster: cluster::of(scene, entries.first()),
        ways: ways::of(scene, &entries),
        judged: report,
    }
}

fn tell(page: &Page<'_>, arguments: &ReportArgs, gaps: usize) {
    let place = match arguments.output.as_os_str() == "-" {
        true => String::new(),
        false => format!("{}: ", clean(&arguments.output.to_string_lossy())),
    };
    let (exposure, direct) = (&page.overview.exposure, &page.overview.exposure_direct);
    eprintln!("{place}exposure {exposure} of 100, without a flaw in any software {direct}");
    if gaps > 0 {
        eprintln!("watertight: warning: {gaps} times something was not seen; the page says what");
    }
}

/// Whether an object names no namespace and nobody said where it belongs.
fn has_homeless(snapshot: &Snapshot) -> bool {
    snapshot.objects().any(|(_, object)| object.identity().namespace == Namespace::Unspecified)
}

fn has_unknown(outcome: &Outcome) -> bool {
    outcome.findings.iter().any(|finding| finding.verdict == Verdict::Unknown)
}

/// What was looked at, by its names.
fn title(targets: &[PathBuf]) -> String {
    let name = |path: &PathBuf| match path.as_os_str().to_str() {
        Some("-") => "standard input".to_owned(),
        _ => {
            let whole = path.canonicalize().unwrap_or_else(|_| path.clone());
            whole.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
        }
    };
    targets.iter().map(name).collect::<Vec<_>>().join(", ")
}

/// An entry point, and how much it adds to the exposure in both readings together.
pub struct WayIn {
    vertex: Vertex,
    class: EntryClass,
    adds: u128,
}

/// The entry points that add something to the exposure, the worst first.
fn entries(scene: &Scene<'_, '_>) -> Vec<WayIn> {
    let measure = scene.measure;
    let mut found = Vec::new();
    for (class, entries) in EntryClass::ALL.into_iter().zip(&measure.entries.classes) {
        let weight = match class {
            EntryClass::Exposed => measure.weights.exposed,
            EntryClass::Breached => measure.weights.breached,
            EntryClass::Identities => measure.weights.identities,
            EntryClass::Images => measure.weights.images,
        };
        let sum: u128 = entries.iter().map(|entry| u128::from(entry.likelihood)).sum();
        for entry in entries {
            let scores =
                Reading::BOTH.map(|reading| u128::from(measure.radius(entry.vertex, reading).score.0));
            // In millionths of millionths, so that little of it is lost.
            let whole = u128::from(weight) * u128::from(entry.likelihood) * scores.iter().sum::<u128>();
            let adds = (whole * 1_000_000).checked_div(sum).unwrap_or_default();
            found.push(WayIn { vertex: entry.vertex, class, adds });
        }
    }
    found.retain(|own| own.adds > 0);
    let label = |own: &WayIn| scene.graph.label(scene.graph.thing(own.vertex));
    found.sort_by_cached_key(|own| (std::cmp::Reverse(own.adds), label(own), own.class));
    found
}
