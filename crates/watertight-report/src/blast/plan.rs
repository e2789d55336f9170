//! `watertight plan`: the ranked fixes, with what is left after each.

use std::io::{self, Write};

use serde::Serialize;

use super::{About, Head, Tail, footer, json};
use crate::rbac::Origin;
use crate::style::plural;
use crate::{Style, clean};

/// The version of the JSON form, by the file in `docs/schema`.
pub const SCHEMA: &str = "watertight.plan/v1";

/// One step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StepRow {
    /// Its number, from 1.
    pub step: usize,
    /// What is changed, in words.
    pub change: String,
    /// How to change it.
    pub how: String,
    /// `safe` or `review`.
    pub safety: &'static str,
    /// How much work it is, against others.
    pub effort: u32,
    /// Where it is written.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
    /// The exposure after it.
    pub exposure: String,
    /// The same without a flaw in any software.
    pub exposure_direct: String,
    /// How much it takes away, of the exposure before it.
    pub value: String,
    /// The same without a flaw in any software.
    pub value_direct: String,
}

/// One step of the guides' order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct GuideRow {
    /// Its place in the guides' order, from 1.
    pub number: usize,
    /// The step, as guides call it.
    pub step: &'static str,
    /// How many changes that is here.
    pub changes: usize,
    /// The exposure after all of them together and nothing else; nothing where it is no matter of paths.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exposure: Option<String>,
    /// The same without a flaw in any software.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exposure_direct: Option<String>,
    /// How much all of them together take away.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The same without a flaw in any software.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value_direct: Option<String>,
    /// The first step of the plan that is one of its changes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plan_step: Option<usize>,
    /// What bounds the figure, or why there is none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub note: Option<String>,
}

impl GuideRow {
    /// What is left and how much that takes away, in both readings: `12.3 (−4.5)`; empty where nothing is priced.
    #[must_use]
    pub fn figures(&self) -> [String; 2] {
        let of = |after: &Option<String>, value: &Option<String>| match (after, value) {
            (Some(after), Some(value)) => format!("{after} (−{value})"),
            _ => "–".to_owned(),
        };
        [of(&self.exposure, &self.value), of(&self.exposure_direct, &self.value_direct)]
    }

    /// Where the plan begins with it.
    #[must_use]
    pub fn in_plan(&self) -> String {
        self.plan_step.map_or_else(|| "–".to_owned(), |step| step.to_string())
    }
}

/// A plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Plan {
    /// The exposure before.
    pub exposure: String,
    /// The same without a flaw in any software.
    pub exposure_direct: String,
    /// How many changes were priced.
    pub candidates: usize,
    /// The steps, in order.
    pub steps: Vec<StepRow>,
    /// The priority order of the hardening guides, and what each step is worth in this cluster.
    pub guide: Vec<GuideRow>,
}

#[derive(Serialize)]
struct Written<'a> {
    #[serde(flatten)]
    head: Head<'a>,
    #[serde(flatten)]
    plan: &'a Plan,
    #[serde(flatten)]
    tail: Tail<'a>,
}

impl Plan {
    /// Writes it for people.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn table(&self, about: &About<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "exposure {} of 100, without a flaw in any software {} ({} priced)",
            style.strong(&self.exposure),
            style.strong(&self.exposure_direct),
            plural(self.candidates, "change")
        )?;
        if self.steps.is_empty() {
            writeln!(out, "\nno single change takes anything away")?;
        }
        for step in &self.steps {
            let at = step.origin.as_ref().map(|at| format!("  {at}")).unwrap_or_default();
            writeln!(out, "\n{:>2}. {}{}", step.step, style.strong(clean(&step.change)), style.faint(at))?;
            writeln!(out, "    {}", clean(&step.how))?;
            writeln!(
                out,
                "    {} · exposure {} (−{}), direct {} (−{})",
                step.safety, step.exposure, step.value, step.exposure_direct, step.value_direct
            )?;
        }
        if !self.guide.is_empty() {
            writeln!(
                out,
                "\n{}",
                style.strong("the order of the hardening guides, and what each step is worth here")
            )?;
            let titles = ["", "step", "changes", "exposure after", "direct", "in the plan", ""];
            let mut table = crate::Table::new(&titles);
            for row in &self.guide {
                let [flaws, direct] = row.figures();
                table.row([
                    row.number.to_string(),
                    row.step.to_owned(),
                    row.changes.to_string(),
                    flaws,
                    direct,
                    row.in_plan(),
                    row.note.clone().unwrap_or_default(),
                ]);
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
        json(&Written { head: Head::of(SCHEMA, about), plan: self, tail: Tail::of(about) }, out)
    }

    /// Writes it as a change request.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn markdown(&self, about: &About<'_>, out: &mut dyn Write) -> io::Result<()> {
        let cell = |text: &str| clean(text).replace('|', "\\|");
        writeln!(out, "# Shrink the blast radius\n")?;
        let last = self.steps.last();
        let after = last
            .map_or((&self.exposure, &self.exposure_direct), |step| (&step.exposure, &step.exposure_direct));
        writeln!(
            out,
            "Exposure today: **{}** of 100 ({} without a flaw in any software). After the {} below: **{}** ({}).\n",
            self.exposure,
            self.exposure_direct,
            plural(self.steps.len(), "step"),
            after.0,
            after.1
        )?;
        writeln!(out, "| # | Change | Where | Kind | Exposure after | Direct |\n|---|---|---|---|---|---|")?;
        for step in &self.steps {
            let at = step.origin.as_ref().map(ToString::to_string).unwrap_or_default();
            writeln!(
                out,
                "| {} | {} | {} | {} | {} (−{}) | {} (−{}) |",
                step.step,
                cell(&step.change),
                cell(&at),
                step.safety,
                step.exposure,
                step.value,
                step.exposure_direct,
                step.value_direct
            )?;
        }
        writeln!(out, "\n## Steps\n")?;
        for step in &self.steps {
            writeln!(
                out,
                "- [ ] **{}. {}** ({}): {}",
                step.step,
                clean(&step.change),
                step.safety,
                clean(&step.how)
            )?;
        }
        if !self.guide.is_empty() {
            writeln!(out, "\n## The order of the hardening guides, in this cluster\n")?;
            writeln!(
                out,
                "| # | Step | Changes | Exposure after | Direct | In the plan | |\n|---|---|---|---|---|---|---|"
            )?;
            for row in &self.guide {
                let [flaws, direct] = row.figures();
                writeln!(
                    out,
                    "| {} | {} | {} | {flaws} | {direct} | {} | {} |",
                    row.number,
                    row.step,
                    row.changes,
                    row.in_plan(),
                    row.note.as_deref().unwrap_or_default()
                )?;
            }
        }
        for note in &about.notes {
            writeln!(out, "\n_{}_", clean(note))?;
        }
        for gap in &about.gaps {
            writeln!(out, "\nNot seen: {}: {}", clean(&gap.what), clean(&gap.why))?;
        }
        Ok(())
    }
}
