//! `watertight blast THING`: what falls with it; and `blast --to`: what can get there.

use std::io::{self, Write};

use serde::Serialize;

use super::paths::Reachable;
use super::{About, Head, PathRow, Tail, footer, json};
use crate::style::plural;
use crate::{Style, Table, clean};

/// The version of the JSON form, by the file in `docs/schema`.
pub const SCHEMA: &str = "watertight.blast/v1";

/// What falls with something, in numbers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RadiusRow {
    /// The thing.
    pub thing: String,
    /// The share of the cluster's weighted value that falls beside it, from 0 to 100.
    pub score: String,
    /// Whether the whole cluster does.
    pub cluster_admin: bool,
    /// Whether some node does.
    pub node_root: bool,
    /// In how many other namespaces something does.
    pub other_tenants: u32,
    /// The score without a flaw in any software.
    pub score_direct: String,
    /// Whether the whole cluster falls without a flaw in any software.
    pub cluster_admin_direct: bool,
    /// Whether some node falls without a flaw in any software.
    pub node_root_direct: bool,
    /// In how many other namespaces something falls without a flaw in any software.
    pub other_tenants_direct: u32,
}

impl RadiusRow {
    /// The flags, in words.
    pub(crate) fn flags(&self) -> String {
        let mut flags = Vec::new();
        if self.cluster_admin {
            flags.push("cluster admin".to_owned());
        } else if self.node_root {
            flags.push("node root".to_owned());
        }
        if !self.cluster_admin && self.other_tenants > 0 {
            flags.push(format!("{} more", plural(self.other_tenants, "namespace")));
        }
        flags.join(", ")
    }
}

/// A goal, and a shortest way there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GoalRow {
    /// The goal, as in `goal/cluster-admin`.
    pub goal: String,
    /// Whether it is reached, in the reading that was asked for.
    pub reachable: Reachable,
    /// Whether it is reached without a flaw in any software.
    pub reachable_direct: Reachable,
    /// A shortest way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub path: Option<PathRow>,
}

/// Things of one kind that fall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct KindRow {
    /// The kind, as in `secret`.
    pub kind: String,
    /// How many fall.
    pub count: usize,
    /// Which.
    pub things: Vec<String>,
}

/// A single change that would make less fall.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ShrinkRow {
    /// What is changed.
    pub fix: String,
    /// `safe` or `review`.
    pub safety: &'static str,
    /// The score afterwards.
    pub score: String,
}

/// What falls with a thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Blast {
    /// Its numbers.
    #[serde(flatten)]
    pub radius: RadiusRow,
    /// The goals.
    pub goals: Vec<GoalRow>,
    /// What falls, by kind; empty for who is cluster admin, since everything does.
    pub reached: Vec<KindRow>,
    /// Single changes that would make less fall, the best first.
    pub shrinks: Vec<ShrinkRow>,
}

#[derive(Serialize)]
struct Written<'a, T> {
    #[serde(flatten)]
    head: Head<'a>,
    #[serde(flatten)]
    answer: &'a T,
    #[serde(flatten)]
    tail: Tail<'a>,
}

/// So many things of a kind are told before the rest is counted.
const TOLD: usize = 6;

fn kinds(rows: &[KindRow], style: Style, out: &mut dyn Write) -> io::Result<()> {
    for row in rows {
        let told: Vec<String> = row.things.iter().take(TOLD).map(|own| clean(own)).collect();
        let more = row.things.len().saturating_sub(TOLD);
        let more = if more > 0 { format!(", and {more} more") } else { String::new() };
        writeln!(out, "  {:<16} {}", style.strong(plural(row.count, &row.kind)), told.join(", ") + &more)?;
    }
    Ok(())
}

impl Blast {
    /// Writes it for people.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn table(&self, about: &About<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
        let radius = &self.radius;
        writeln!(out, "{}", style.strong(clean(&radius.thing)))?;
        let flags = radius.flags();
        let flags = if flags.is_empty() { String::new() } else { format!(": {flags}") };
        writeln!(
            out,
            "{} of 100 falls with it{flags} (without a flaw in any software {})",
            radius.score, radius.score_direct
        )?;
        writeln!(out)?;
        for goal in &self.goals {
            let direct = match (goal.reachable, goal.reachable_direct) {
                (Reachable::Yes, Reachable::Yes) => ", without a flaw in any software",
                (Reachable::Yes, _) => ", through a flaw in software",
                _ => "",
            };
            writeln!(out, "{} {}{direct}", style.strong(&goal.goal), goal.reachable.word())?;
            if let Some(path) = &goal.path {
                path.write("    ", style, out)?;
            }
        }
        if !self.reached.is_empty() {
            writeln!(out, "\n{}", style.strong("falls"))?;
            kinds(&self.reached, style, out)?;
        }
        if !self.shrinks.is_empty() {
            writeln!(out, "\n{}", style.strong("a single change that helps"))?;
            let mut table = Table::new(&["score after", "kind", "change"]);
            for shrink in &self.shrinks {
                table.row([shrink.score.as_str(), shrink.safety, &shrink.fix]);
            }
            table.write(style, out)?;
        }
        footer(about, style, out)
    }

    /// Writes it for programs.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn json(&self, about: &About<'_>, out: &mut dyn Write) -> io::Result<()> {
        json(&Written { head: Head::of(SCHEMA, about), answer: self, tail: Tail::of(about) }, out)
    }
}

/// The version of the JSON form of [`Towards`], by the file in `docs/schema`.
pub const TOWARDS_SCHEMA: &str = "watertight.blast-to/v1";

/// A thing that every way goes through.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ChokeRow {
    /// The thing.
    pub thing: String,
    /// How many of those that get there have no way around it.
    pub cuts_off: usize,
}

/// Everything that can get somewhere.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Towards {
    /// Where.
    pub to: String,
    /// Who, by kind, in the reading that was asked for.
    pub from: Vec<KindRow>,
    /// How many need no flaw in any software.
    pub direct: usize,
    /// What they have no way around, the most important first.
    pub choke_points: Vec<ChokeRow>,
    /// The changes with the least effort that cut them off; none where that takes more than 40.
    pub cut: Vec<String>,
    /// Their effort.
    pub effort: u32,
    /// What every set of changes that cuts them off takes at least.
    pub effort_at_least: u32,
    /// How many still get there after these: what is had without anything that could be changed.
    pub left: usize,
}

impl Towards {
    /// Writes it for people.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn table(&self, about: &About<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
        let all: usize = self.from.iter().map(|row| row.count).sum();
        writeln!(
            out,
            "{} is reached by {}, by {} of them without a flaw in any software",
            style.strong(&self.to),
            plural(all, "thing"),
            self.direct
        )?;
        kinds(&self.from, style, out)?;
        if !self.choke_points.is_empty() {
            writeln!(out, "\n{}", style.strong("no way around"))?;
            let mut table = Table::new(&["cuts off", "thing"]);
            for row in &self.choke_points {
                table.row([row.cuts_off.to_string(), row.thing.clone()]);
            }
            table.write(style, out)?;
        }
        self.cut_table(style, out)?;
        footer(about, style, out)
    }

    /// Writes what cuts them off.
    fn cut_table(&self, style: Style, out: &mut dyn Write) -> io::Result<()> {
        if self.from.is_empty() {
            return Ok(());
        }
        let others = match self.left {
            0 => "none gets there".to_owned(),
            1 => "one still gets there, whatever else is changed".to_owned(),
            left => format!("{left} still get there, whatever else is changed"),
        };
        if self.cut.is_empty() {
            let why = match self.effort_at_least {
                0 => "no change that is known here cuts any of them off".to_owned(),
                least => {
                    format!(
                        "no small set of changes cuts them all off: that takes an effort of {least} at least"
                    )
                }
            };
            return writeln!(out, "\n{}", style.strong(why));
        }
        let how = if self.effort == self.effort_at_least {
            format!("the least effort: {}", self.effort)
        } else {
            format!("effort {}, at least {} is needed", self.effort, self.effort_at_least)
        };
        writeln!(out, "\n{} ({how})", style.strong(format!("changes after which {others}")))?;
        for change in &self.cut {
            writeln!(out, "  {}", clean(change))?;
        }
        Ok(())
    }

    /// Writes it for programs.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn json(&self, about: &About<'_>, out: &mut dyn Write) -> io::Result<()> {
        json(&Written { head: Head::of(TOWARDS_SCHEMA, about), answer: self, tail: Tail::of(about) }, out)
    }
}
