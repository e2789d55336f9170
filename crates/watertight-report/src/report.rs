//! `watertight report`: one page for people about exposure, what floods, the plan, and the findings.
//!
//! It needs nothing else: no script, no font, no picture from elsewhere, and its policy forbids them. A file per part
//! below `report/`; every picture is drawn twice, for wide and for narrow screens, and style sheets show one of both.
//! Start reading at [`write()`].

mod compartments;
mod curve;
mod findings;
mod flood;
mod frameworks;
mod page;
mod picture;
mod plan;
mod seen;
mod svg;
mod tanks;
#[cfg(test)]
mod tests;
mod ways;
mod worst;

use std::collections::BTreeSet;

use watertight_model::Gap;

use crate::Report;
use crate::blast::overview::Overview;
use crate::blast::plan::Plan;
use crate::blast::radius::RadiusRow;
use crate::blast::{About, PathRow};

pub use page::write;
pub use picture::write as picture;

/// Everything that the page shows.
#[derive(Debug)]
pub struct Page<'a> {
    /// What was looked at, by its name.
    pub title: String,
    /// What the graph rests on.
    pub about: About<'a>,
    /// How exposed the cluster is, and the worst things.
    pub overview: Overview,
    /// What to do first; `None` where nobody asked.
    pub plan: Option<Plan>,
    /// What falls with the worst entry point.
    pub cluster: Cluster,
    /// The ways that are drawn.
    pub ways: Vec<Way>,
    /// What a scan found.
    pub judged: &'a Report<'a>,
}

impl Page<'_> {
    /// Everything that was there and could not be seen or judged, by graph or scan.
    #[must_use]
    pub fn gaps(&self) -> BTreeSet<(&str, &str)> {
        let of_graph = self.about.gaps.iter().copied();
        let all = of_graph.chain(&self.judged.outcome.gaps);
        all.map(|gap: &Gap| (gap.what.as_str(), gap.why.as_str())).collect()
    }
}

/// How far something falls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Without a flaw in any software.
    Direct,
    /// With one flaw per hop through the network.
    Flaws,
    /// It holds.
    Dry,
}

/// Something that falls or holds, as it is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cell {
    /// Its name, without its namespace.
    pub name: String,
    /// Its kind.
    pub kind: String,
    /// How far it falls.
    pub level: Level,
    /// Whether it starts at all; what Pod Security refuses does not.
    pub starts: bool,
    /// Whether the attack begins here.
    pub entry: bool,
}

/// How many of some things fall.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Flooded {
    /// How many there are.
    pub all: usize,
    /// How many fall, with flaws.
    pub flaws: usize,
    /// How many of these fall without any.
    pub direct: usize,
}

impl Flooded {
    /// One more.
    pub fn add(&mut self, level: Level) {
        self.all += 1;
        self.flaws += usize::from(level != Level::Dry);
        self.direct += usize::from(level == Level::Direct);
    }

    /// The sum of cells.
    #[must_use]
    pub fn of<'c>(cells: impl IntoIterator<Item = &'c Cell>) -> Self {
        let mut flooded = Self::default();
        cells.into_iter().for_each(|cell| flooded.add(cell.level));
        flooded
    }

    fn plus(self, other: Self) -> Self {
        Self {
            all: self.all + other.all,
            flaws: self.flaws + other.flaws,
            direct: self.direct + other.direct,
        }
    }
}

/// A namespace.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Compartment {
    /// Its name.
    pub name: String,
    /// Its workloads.
    pub workloads: Vec<Cell>,
    /// Its Secrets.
    pub secrets: Flooded,
    /// Its service accounts, those that somebody wrote.
    pub accounts: Flooded,
}

/// The entry point that adds the most to the exposure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorstEntry {
    /// What falls with it, in numbers.
    pub radius: RadiusRow,
    /// Its class, in words.
    pub class: &'static str,
}

/// The cluster, and what of it falls with one entry point.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Cluster {
    /// Where the attack begins; `None` when nothing falls with any entry point.
    pub entry: Option<WorstEntry>,
    /// The goals of attacks.
    pub goals: Vec<Cell>,
    /// The nodes.
    pub nodes: Vec<Cell>,
    /// The namespaces, by name.
    pub compartments: Vec<Compartment>,
}

/// A way that is drawn.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Way {
    /// Where it begins.
    pub from: String,
    /// The goal that it gets to.
    pub to: String,
    /// Its steps.
    pub path: PathRow,
}
