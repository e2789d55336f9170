//! Controls by name: the one place that knows which names there are.

use watertight_model::Layer;

use crate::Control;
use crate::suggest::nearest;

/// What the name of a control or of a layer stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Choice {
    /// One control, by its name of today.
    Control(&'static str),
    /// All controls of a layer.
    Layer(Layer),
}

impl Choice {
    /// Whether a control is meant.
    #[must_use]
    pub fn is(self, control: &Control) -> bool {
        self.covers(control.name, control.layer)
    }

    /// Whether the control of this name and layer is meant.
    #[must_use]
    pub fn covers(self, control: &str, layer: Layer) -> bool {
        match self {
            Self::Control(name) => name == control,
            Self::Layer(of) => of == layer,
        }
    }

    /// The name that stands for it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Control(name) => name,
            Self::Layer(layer) => layer.name(),
        }
    }
}

/// The controls that there are, by name. The engine does not know them: it is handed a list.
#[derive(Debug, Clone)]
pub struct Catalogue {
    controls: Vec<&'static Control>,
}

impl Catalogue {
    /// A catalogue of these controls.
    #[must_use]
    pub fn new(controls: impl IntoIterator<Item = &'static Control>) -> Self {
        Self { controls: controls.into_iter().collect() }
    }

    /// All of them, in the order they were given.
    pub fn all(&self) -> impl Iterator<Item = &'static Control> {
        self.controls.iter().copied()
    }

    /// The control of a name, also of a former one.
    #[must_use]
    pub fn named(&self, name: &str) -> Option<&'static Control> {
        let all = || self.controls.iter().copied();
        all()
            .find(|control| control.name == name)
            .or_else(|| all().find(|control| control.formerly.contains(&name)))
    }

    /// What a name of a control or of a layer stands for.
    ///
    /// # Errors
    /// What to do, when there is no such name: "did you mean …".
    pub fn choice(&self, name: &str) -> Result<Choice, String> {
        if let Some(layer) = Layer::ALL.into_iter().find(|layer| layer.name() == name) {
            return Ok(Choice::Layer(layer));
        }
        if let Some(control) = self.named(name) {
            return Ok(Choice::Control(control.name));
        }
        let layers = Layer::ALL.into_iter().map(Layer::name);
        Err(self.help(name, layers))
    }

    /// The control of a name.
    ///
    /// # Errors
    /// What to do, when there is no such name: "did you mean …".
    pub fn control(&self, name: &str) -> Result<&'static Control, String> {
        self.named(name).ok_or_else(|| self.help(name, []))
    }

    fn help(&self, name: &str, also: impl IntoIterator<Item = &'static str>) -> String {
        let names = self.controls.iter().map(|control| control.name).chain(also);
        match nearest(name, names) {
            Some(nearest) => format!("did you mean `{nearest}`? `watertight controls` lists all"),
            None => "`watertight controls` lists all".to_owned(),
        }
    }
}
