//! Everything that a world is judged with, for the commands that run controls: the settings file and the
//! flags over it, the controls, the waivers.

use std::path::PathBuf;
use std::time::SystemTime;

use watertight_engine::waivers::{self, Terms};
use watertight_engine::{Control, Outcome};
use watertight_facts::{Settings, World};
use watertight_model::Date;

use crate::args::{JudgeArgs, ReadingArgs};
use crate::config::{Config, Effective};
use crate::exit::Failure;

/// What a world is judged with.
pub struct Judge {
    /// The settings file.
    pub config: Config,
    /// The controls to run.
    pub controls: Vec<&'static Control>,
    /// What the user said of the world.
    pub settings: Settings,
    effective: Effective,
    whole: bool,
}

impl Judge {
    /// Finds the settings file of some targets and lays the flags over it.
    ///
    /// # Errors
    /// When the settings file or a flag is wrong, or no control is left.
    pub fn of(reading: &ReadingArgs, judge: &JudgeArgs, targets: &[PathBuf]) -> Result<Self, Failure> {
        let config = Config::find(reading, targets)?;
        let effective = Effective::of(&config, reading, judge)?;
        let controls = effective.controls()?;
        let settings = effective.settings(today);
        let whole = config.is_whole(targets);
        Ok(Self { config, controls, settings, effective, whole })
    }

    /// Runs the controls, grades as the settings say, and applies waivers.
    pub fn outcome(&self, world: &World<'_>) -> Outcome {
        let mut outcome = watertight_engine::run(world, &self.controls);
        outcome.regrade(&self.effective.severities(), world.snapshot());
        let terms = Terms {
            today: self.settings.today,
            controls: &self.controls,
            whole: self.whole,
            relative: &|name| self.config.relative(name),
        };
        waivers::apply(&mut outcome, world, &self.config.said.waivers, &terms);
        outcome
    }
}

/// The day by the system's clock, in UTC; `None` when the clock stands before 1970.
fn today() -> Option<Date> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs() / 86_400).ok().map(Date::from_days)
}
