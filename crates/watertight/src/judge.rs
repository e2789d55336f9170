//! From a world to an outcome: running the controls, then severities, waivers and the baseline of the settings.
//! Every command that tells findings goes this way.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use watertight_engine::baseline::Baseline;
use watertight_engine::waivers::{self, Marks, Terms, peers};
use watertight_engine::{Catalogue, Control, Outcome};
use watertight_facts::World;
use watertight_model::Date;

use crate::config::{Config, Effective, upwards, wrong};
use crate::exit::Failure;

/// The files by which Trivy ignores findings.
const TRIVY: [&str; 3] = [".trivyignore", ".trivyignore.yaml", ".trivyignore.yml"];

/// Runs controls over a world and lays the settings over what they say.
///
/// # Errors
/// When a file that the settings or flags name cannot be read.
pub fn judge(
    world: &World<'_>,
    controls: &[&'static Control],
    config: &Config,
    effective: &Effective,
    targets: &[PathBuf],
) -> Result<Outcome, Failure> {
    let snapshot = world.snapshot();
    let catalogue = Catalogue::new(watertight_controls::all());
    let peers = effective.peer_waivers.value;
    let mut marks = Marks::of(snapshot, &catalogue, peers);
    if peers {
        for file in ignore_files(targets)? {
            let name = watertight_report::clean(&file.to_string_lossy());
            let read = peers::ignore_file(&name, &text(&file, "ignore file")?, &catalogue);
            marks.rules.extend(read.rules);
            marks.remarks.extend(read.remarks);
        }
    }
    let baseline = match &effective.baseline.value {
        Some(file) => Some((file, read_baseline(file)?)),
        None => None,
    };
    let mut outcome = watertight_engine::run(world, controls);
    outcome.regrade(&effective.severities(), snapshot);
    outcome.remarks.append(&mut marks.remarks);
    let whole = config.is_whole(targets);
    let rules = [config.said.waivers.as_slice(), &marks.rules].concat();
    let terms =
        Terms { today: world.settings().today, controls, whole, relative: &|name| config.relative(name) };
    waivers::apply(&mut outcome, world, &rules, &terms);
    if let Some((file, baseline)) = baseline {
        let name = watertight_report::clean(&file.to_string_lossy());
        baseline.apply(&mut outcome, snapshot, controls, &name, is_below(file, targets));
    }
    Ok(outcome)
}

/// The day by the system's clock, in UTC; `None` when the clock stands before 1970.
pub fn today() -> Option<Date> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs() / 86_400).ok().map(Date::from_days)
}

/// The ignore files of each kind that are nearest to the targets.
fn ignore_files(targets: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = BTreeSet::new();
    for target in targets {
        for name in TRIVY {
            files.extend(upwards(target, &[name])?);
        }
    }
    Ok(files.into_iter().collect())
}

/// Whether some target holds the folder of a file.
fn is_below(file: &Path, targets: &[PathBuf]) -> bool {
    let Ok(file) = file.canonicalize() else { return false };
    let folder = file.parent().unwrap_or(Path::new("/"));
    targets
        .iter()
        .any(|target| target.canonicalize().is_ok_and(|target| target.is_dir() && folder.starts_with(target)))
}

fn read_baseline(file: &Path) -> Result<Baseline, Failure> {
    let text = text(file, "baseline").map_err(|failure| failure.help("`watertight baseline` writes one"))?;
    Baseline::read(&text).map_err(|problems| {
        wrong("baseline", &file.to_string_lossy(), &problems).help("`watertight baseline` writes it anew")
    })
}

fn text(file: &Path, what: &str) -> Result<Arc<str>, Failure> {
    let shown = watertight_report::clean(&file.to_string_lossy());
    let bytes = std::fs::read(file)
        .map_err(|error| Failure::new(format!("cannot read the {what} `{shown}`: {error}")))?;
    match String::from_utf8(bytes) {
        Ok(text) => Ok(text.into()),
        Err(_) => Err(Failure::new(format!("the {what} `{shown}` is no UTF-8 text"))),
    }
}
