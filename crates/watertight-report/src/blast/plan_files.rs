//! The README of a plan that was written as files: what each is, how it is applied, and what is left after it.

use std::io::{self, Write};

use super::About;
use super::plan::{Plan, StepRow};
use crate::clean;
use crate::style::plural;

/// What was written of one step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepFiles {
    /// The names of its files, in the order in which they are applied.
    pub files: Vec<String>,
    /// How, as commands in the folder of the files.
    pub commands: Vec<String>,
    /// How, as commands in the folder that patches are taken from.
    pub patches: Vec<String>,
    /// Why there is no file; what is to be done then stands in the notes.
    pub by_hand: Option<String>,
    /// What has to be looked at beside.
    pub notes: Vec<String>,
    /// The exposure that comes of the files up to here, and without a flaw in any software; nothing where some step so
    /// far is no patch of texts.
    pub measured: Option<(String, String)>,
}

/// A plan and its files.
#[derive(Debug)]
pub struct PlanFiles<'a> {
    /// The plan.
    pub plan: &'a Plan,
    /// By step.
    pub steps: Vec<StepFiles>,
    /// What was looked at, as it was named.
    pub targets: String,
    /// The folder that patches are taken from.
    pub root: String,
}

impl PlanFiles<'_> {
    /// Writes the README, in Markdown.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn readme(&self, about: &About<'_>, out: &mut dyn Write) -> io::Result<()> {
        let plan = self.plan;
        writeln!(out, "# What to change first in {}\n", clean(&self.targets))?;
        writeln!(
            out,
            "Exposure today: **{}** of 100, {} without a flaw in any software. Written by `watertight plan --write-dir`, \
             version {}; nothing was changed yet.\n",
            plan.exposure, plan.exposure_direct, about.tool_version
        )?;
        if plan.steps.is_empty() {
            writeln!(out, "No single change takes anything away.")?;
        } else {
            self.how(out)?;
            self.table(out)?;
        }
        for (step, files) in plan.steps.iter().zip(&self.steps) {
            section(step, files, out)?;
        }
        if !about.notes.is_empty() || !about.gaps.is_empty() {
            writeln!(out, "## What this rests on\n")?;
        }
        for note in &about.notes {
            writeln!(out, "- {}", clean(note))?;
        }
        for gap in &about.gaps {
            writeln!(out, "- Not seen: {}: {}", clean(&gap.what), clean(&gap.why))?;
        }
        Ok(())
    }

    fn how(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "The steps are made in order: each file stands on those before it, and each figure is what is left once all \
             steps up to it are done. *Promised* is what the attack graph says; *measured* is what it says of the texts \
             with these files applied, worked out anew.\n"
        )?;
        if self.steps.iter().flat_map(|step| &step.files).any(|file| file.ends_with(".patch")) {
            writeln!(
                out,
                "Patches are taken in {}, with DIR for this folder:\n\n\
                 ```sh\nfor patch in DIR/*.patch; do git apply --unidiff-zero \"$patch\" || break; done\n```\n\n\
                 `patch -p1 < FILE` does the same. Lines that may be secret are left out of the context, so that some \
                 changes have none behind them; that is what `--unidiff-zero` is for.\n",
                match self.root.as_str() {
                    "" | "." => "the folder that was looked at".to_owned(),
                    root => format!("`{}`", clean(root)),
                }
            )?;
        }
        Ok(())
    }

    fn table(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(
            out,
            "| # | File | Kind | Promised | Direct | Measured | Direct |\n|---|---|---|---|---|---|---|"
        )?;
        for (step, files) in self.plan.steps.iter().zip(&self.steps) {
            let names: Vec<String> = files.files.iter().map(|name| format!("[{name}]({name})")).collect();
            let named = match (names.is_empty(), &files.by_hand) {
                (true, Some(_)) => "by hand".to_owned(),
                (true, None) => "a command".to_owned(),
                (false, _) => names.join(" "),
            };
            let measured = files.measured.clone();
            let (measured, direct) = measured.unwrap_or_else(|| ("–".to_owned(), "–".to_owned()));
            writeln!(
                out,
                "| {} | {named} | {} | {} | {} | {measured} | {direct} |",
                step.step, step.safety, step.exposure, step.exposure_direct
            )?;
        }
        writeln!(out)
    }
}

fn section(step: &StepRow, files: &StepFiles, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "## {}. {}\n", step.step, clean(&step.change))?;
    if let Some(origin) = &step.origin {
        writeln!(out, "At `{}`. ", clean(&origin.to_string()))?;
    }
    let review = match step.safety {
        "safe" => "Nothing that works can notice it.",
        _ => "Somebody may use what it takes away: look before.",
    };
    writeln!(out, "{review} {} of effort.\n", plural(step.effort as usize, "unit"))?;
    if let Some(why) = &files.by_hand {
        writeln!(out, "**By hand**, since {}: {}.\n", clean(why), clean(&step.how))?;
    }
    for patch in &files.patches {
        writeln!(out, "```sh\n{}\n```\n", clean(patch))?;
    }
    if !files.commands.is_empty() {
        writeln!(out, "```sh")?;
        for command in &files.commands {
            writeln!(out, "{}", clean(command))?;
        }
        writeln!(out, "```\n")?;
    }
    for note in &files.notes {
        writeln!(out, "- {}", clean(note))?;
    }
    if !files.notes.is_empty() {
        writeln!(out)?;
    }
    Ok(())
}
