//! From arguments to the controls and settings that a world is judged with.

use std::time::SystemTime;

use watertight_engine::Control;
use watertight_facts::Settings;
use watertight_model::{Date, Layer};

use crate::args::{JudgeArgs, ReadingArgs};
use crate::catalogue;
use crate::exit::Failure;

/// What the user said of the world.
pub fn settings(arguments: &JudgeArgs, reading: &ReadingArgs) -> Settings {
    Settings {
        target: reading.kubernetes_version,
        trusted_registries: arguments.trusted_registry.clone(),
        blocked_registries: arguments.blocked_registry.clone(),
        moving_tags: arguments.moving_tag.clone(),
        bounds: arguments.resource_bound.clone(),
        platform_namespaces: arguments.platform_namespace.clone(),
        production_namespaces: arguments.production_namespace.clone(),
        trust_classes: arguments.trust_class.clone(),
        today: arguments.today.or_else(today),
    }
}

/// The day by the system's clock, in UTC; `None` when the clock stands before 1970.
fn today() -> Option<Date> {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).ok()?;
    i64::try_from(since.as_secs() / 86_400).ok().map(Date::from_days)
}

/// The controls to run: those selected (all when none are), without those ignored.
///
/// # Errors
/// When there is no control or layer of such a name, or none is left.
pub fn controls(arguments: &JudgeArgs) -> Result<Vec<&'static Control>, Failure> {
    let selected: Vec<Choice> =
        arguments.select.iter().map(|name| Choice::named(name)).collect::<Result<_, _>>()?;
    let ignored: Vec<Choice> =
        arguments.ignore.iter().map(|name| Choice::named(name)).collect::<Result<_, _>>()?;
    let chosen = |choices: &[Choice], control| choices.iter().any(|choice| choice.is(control));
    let left: Vec<&'static Control> = watertight_controls::all()
        .filter(|control| selected.is_empty() || chosen(&selected, control))
        .filter(|control| !chosen(&ignored, control))
        .collect();
    // "Nothing open" would be true and say nothing.
    if left.is_empty() && !selected.is_empty() {
        return Err(
            Failure::new("no control is left to run").help("`--ignore` takes away all that `--select` names")
        );
    }
    Ok(left)
}

/// What a name after `--select` or `--ignore` stands for.
enum Choice {
    One(&'static str),
    Layer(Layer),
}

impl Choice {
    fn named(name: &str) -> Result<Self, Failure> {
        if let Some(layer) = Layer::ALL.into_iter().find(|layer| layer.name() == name) {
            return Ok(Self::Layer(layer));
        }
        catalogue::find(name).map(|control| Self::One(control.name))
    }

    fn is(&self, control: &Control) -> bool {
        match self {
            Self::One(name) => *name == control.name,
            Self::Layer(layer) => *layer == control.layer,
        }
    }
}
