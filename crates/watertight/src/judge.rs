//! From a world to an outcome: running the controls, then severities, waivers and the baseline of the settings.
//! Every command that tells findings goes this way.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use watertight_engine::baseline::Baseline;
use watertight_engine::waivers::{self, Marks, Terms, peers};
use watertight_engine::{Catalogue, Control, Outcome};
use watertight_facts::{Settings, World};
use watertight_model::Date;

use crate::args::{JudgeArgs, ReadingArgs};
use crate::config::{Config, Effective, upwards, wrong};
use crate::exit::Failure;

/// The files by which Trivy ignores findings.
const TRIVY: [&str; 3] = [".trivyignore", ".trivyignore.yaml", ".trivyignore.yml"];

/// What a world is judged with: the settings file and the flags over it, and the files that they name.
pub struct Judge {
    /// The settings file.
    pub config: Config,
    /// The controls to run.
    pub controls: Vec<&'static Control>,
    /// What the user said of the world.
    pub settings: Settings,
    effective: Effective,
    catalogue: Catalogue,
    targets: Vec<PathBuf>,
    /// Ignore files of peers, with the names that they are told by.
    ignored: Vec<(String, Arc<str>)>,
    baseline: Option<(PathBuf, Baseline)>,
}

impl Judge {
    /// Finds the settings file of some targets, lays the flags over it, and reads what they name.
    ///
    /// # Errors
    /// When the settings file, a flag or a file that one of them names is wrong, or no control is left.
    pub fn of(reading: &ReadingArgs, judge: &JudgeArgs, targets: &[PathBuf]) -> Result<Self, Failure> {
        let mut this = Self::without_baseline(reading, judge, targets)?;
        this.baseline = match &this.effective.baseline.value {
            Some(file) => Some((file.clone(), read_baseline(file)?)),
            None => None,
        };
        Ok(this)
    }

    /// As [`Judge::of`], for commands that want to see what a baseline would hide: those that write one, and
    /// those that close findings.
    ///
    /// # Errors
    /// As for [`Judge::of`].
    pub fn without_baseline(
        reading: &ReadingArgs,
        judge: &JudgeArgs,
        targets: &[PathBuf],
    ) -> Result<Self, Failure> {
        let config = Config::find(reading, targets)?;
        let effective = Effective::of(&config, reading, judge)?;
        let mut ignored = Vec::new();
        if effective.peer_waivers.value {
            for file in ignore_files(targets)? {
                let name = watertight_report::clean(&file.to_string_lossy());
                ignored.push((name, text(&file, "ignore file")?));
            }
        }
        Ok(Self {
            controls: effective.controls()?,
            settings: effective.settings(today),
            catalogue: Catalogue::new(watertight_controls::all()),
            targets: targets.to_vec(),
            baseline: None,
            config,
            effective,
            ignored,
        })
    }

    /// The baseline that a flag or the settings name.
    pub fn named_baseline(&self) -> Option<&Path> {
        self.effective.baseline.value.as_deref()
    }

    /// Runs the controls over a world and lays the settings over what they say.
    pub fn outcome(&self, world: &World<'_>) -> Outcome {
        let snapshot = world.snapshot();
        let mut marks = Marks::of(snapshot, &self.catalogue, self.effective.peer_waivers.value);
        for (name, text) in &self.ignored {
            let read = peers::ignore_file(name, text, &self.catalogue);
            marks.rules.extend(read.rules);
            marks.remarks.extend(read.remarks);
        }
        let mut outcome = watertight_engine::run(world, &self.controls);
        outcome.regrade(&self.effective.severities(), snapshot);
        outcome.remarks.append(&mut marks.remarks);
        let rules = [self.config.said.waivers.as_slice(), &marks.rules].concat();
        let terms = Terms {
            today: self.settings.today,
            controls: &self.controls,
            whole: self.config.is_whole(&self.targets),
            relative: &|name| self.config.relative(name),
        };
        waivers::apply(&mut outcome, world, &rules, &terms);
        if let Some((file, baseline)) = &self.baseline {
            let name = watertight_report::clean(&file.to_string_lossy());
            let below = is_below(file, &self.targets);
            baseline.apply(&mut outcome, snapshot, &self.controls, &name, below);
        }
        outcome
    }
}

/// The day by the system's clock, in UTC; `None` when the clock stands before 1970.
fn today() -> Option<Date> {
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
