//! An outcome as people and machines read it.
//!
//! One [`Report`], many renderers, a file or folder each: [`terminal`] and [`concise`] for people, [`json`] and
//! [`sarif`] for machines; [`catalogue`] for the controls themselves; answers about who may do what are in [`rbac`],
//! about who reaches whom in [`net`]. Lists are a [`Table`]. Renderers decide nothing; text of a source comes from
//! excerpts only, which mask what may be secret. Formats for continuous integration name files as the repository does: [`Root`].

mod at;
pub mod audit;
pub mod blast;
pub mod catalogue;
pub mod concise;
pub mod fix;
#[cfg(test)]
mod formats_tests;
pub mod github;
pub mod gitlab;
pub mod html;
pub mod json;
pub mod junit;
pub mod markdown;
pub mod net;
pub mod psa;
pub mod rbac;
pub mod report;
mod root;
pub mod sarif;
mod stream;
mod style;
mod summary;
mod table;
pub mod terminal;
mod told;
mod way;
mod xml;
mod yaml;

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use root::FileName;
pub use root::Root;
pub use style::Style;
pub use summary::Summary;
pub use table::Table;
use watertight_engine::{Control, Docs, Outcome};
use watertight_facts::Settings;
use watertight_model::{ObjectId, Snapshot};
pub use way::Way;

/// Text from outside as it may go to a terminal: control characters, and those that turn the direction of
/// writing, as escapes.
#[must_use]
pub fn clean(text: &str) -> String {
    style::Clean(text).to_string()
}

/// Everything a renderer may show.
#[derive(Debug)]
pub struct Report<'a> {
    /// What was looked at.
    pub snapshot: &'a Snapshot,
    /// What was found.
    pub outcome: &'a Outcome,
    /// What it was judged with.
    pub settings: &'a Settings,
    /// The version of the program.
    pub tool_version: &'a str,
    /// By object: the way that it is on.
    ways: BTreeMap<ObjectId, Way>,
    root: Root,
    anchor: OnceCell<FileName>,
    /// Every control that ran.
    controls: Vec<&'static Control>,
    /// The pages of those that found something.
    pages: BTreeMap<&'static str, (&'static Control, Docs)>,
}

impl<'a> Report<'a> {
    /// A report on an outcome of these controls. File names are as they were given until [`Report::rooted`]
    /// says what they are relative to.
    #[must_use]
    pub fn new(
        snapshot: &'a Snapshot,
        outcome: &'a Outcome,
        settings: &'a Settings,
        controls: &[&'static Control],
        tool_version: &'a str,
    ) -> Self {
        let used: BTreeSet<_> = outcome.findings.iter().map(|finding| finding.control).collect();
        let pages = controls
            .iter()
            .filter(|control| used.contains(control.name))
            .map(|control| (control.name, (*control, control.docs())))
            .collect();
        Self {
            snapshot,
            outcome,
            settings,
            tool_version,
            ways: BTreeMap::new(),
            root: Root::default(),
            anchor: OnceCell::new(),
            controls: controls.to_vec(),
            pages,
        }
    }

    /// Says of findings which way their object is on.
    #[must_use]
    pub fn over(mut self, ways: BTreeMap<ObjectId, Way>) -> Self {
        self.ways = ways;
        self
    }

    /// Names files as the repository does, in formats for continuous integration.
    #[must_use]
    pub fn rooted(mut self, root: Root) -> Self {
        self.root = root;
        self
    }

    fn docs(&self, control: &str) -> Option<&Docs> {
        self.pages.get(control).map(|(_, docs)| docs)
    }

    fn title(&self, control: &str) -> &'static str {
        self.pages.get(control).map_or("", |(control, _)| control.title)
    }

    /// The numbers of it.
    #[must_use]
    pub fn summary(&self) -> Summary {
        Summary::of(self.outcome, &self.controls)
    }

    /// The file that stands for the whole where a format demands one and there is none: the first by name that
    /// was read, else standard input.
    pub(crate) fn anchor(&self) -> FileName {
        let first = || {
            let written = self.snapshot.objects().filter(|(_, object)| !object.is_implied());
            let files: BTreeSet<String> = written.map(|(_, object)| object.origin().name()).collect();
            let files = files.iter().map(|file| self.root.name(file));
            files.filter(|file| *file != FileName::Stdin).min().unwrap_or(FileName::Stdin)
        };
        self.anchor.get_or_init(first).clone()
    }
}
