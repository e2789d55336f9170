//! `watertight net check`: yes, no or unknown, and why.

use std::io::{self, Write};

use serde::Serialize;

use super::{About, EnforcementRow, Head, Rest, cell, csv, footer};
use crate::json::Tool;
use crate::rbac::Origin;
use crate::{Style, clean};

/// The version of the JSON form, by the file in `docs/schema`.
pub const SCHEMA: &str = "watertight.net-check/v1";

/// Yes, no, or not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Answer {
    /// It cannot be opened.
    No,
    /// Not known.
    Unknown,
    /// It can.
    Yes,
}

impl Answer {
    fn word(self) -> &'static str {
        match self {
            Self::No => "no",
            Self::Unknown => "unknown",
            Self::Yes => "yes",
        }
    }
}

/// Whether someone reaches someone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Check {
    /// Who was asked about.
    pub from: String,
    /// Whom they want to reach.
    pub to: String,
    /// On what, as in `TCP 5432`; `None` for any connection.
    pub on: Option<String>,
    /// The answer: yes when some pair can, no when none can.
    pub answer: Answer,
    /// How many pairs of ends there are that policies tell apart, by answer: yes, unknown, no.
    pub counts: [usize; 3],
    /// One for each pair of ends that policies tell apart.
    pub pairs: Vec<Pair>,
}

/// One pair of ends.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Pair {
    /// The one end, as in `shop/web[Deployment]`.
    pub from: String,
    /// The other.
    pub to: String,
    /// The answer.
    pub answer: Answer,
    /// What can be opened for certain, of what was asked for.
    pub allowed: String,
    /// What may be opened beside that.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub unknown: String,
    /// The connection that the reasons are about, as in `TCP 5432`.
    pub example: String,
    /// What makes policies of no matter.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub beyond: Option<&'static str>,
    /// What the policies of the one end say.
    pub egress: SideRow,
    /// What those of the other say.
    pub ingress: SideRow,
}

/// What the policies of one end say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SideRow {
    /// Whether they let it through.
    pub answer: Answer,
    /// The policies that are about the end.
    pub policies: Vec<PolicyRow>,
    /// What decides, step by step, in words.
    pub reasons: Vec<Reason>,
    /// Rules that nearly let it through.
    pub near: Vec<Reason>,
}

/// A policy that is about an end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct PolicyRow {
    /// The object, as in `NetworkPolicy shop/web`.
    pub policy: String,
    /// Where it is written.
    pub origin: Origin,
    /// Whether it cuts the end off from what no rule names.
    pub isolates: bool,
    /// Whether it is about the end for certain.
    pub certain: bool,
}

/// One step of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reason {
    /// In words.
    pub text: String,
    /// The place that decides, if one does.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Origin>,
}

/// So many pairs, rules and policies are told before the rest is counted.
const TOLD: usize = 8;

impl Check {
    /// Writes it for people.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn table(&self, about: &About<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}", style.strong(self.answer.word()))?;
        let [yes, unknown, no] = self.counts;
        if yes + unknown + no > 1 {
            let text = format!("of {} pairs: {yes} yes, {unknown} unknown, {no} no", yes + unknown + no);
            writeln!(out, "{}", style.faint(text))?;
        }
        for pair in self.pairs.iter().take(TOLD) {
            writeln!(out)?;
            pair.write(style, out)?;
        }
        if let Some(more) = self.pairs.len().checked_sub(TOLD).filter(|&more| more > 0) {
            writeln!(out, "\n{}", style.faint(format!("and {more} more pairs; `-o json` has all")))?;
        }
        footer(about, style, out)
    }

    /// Writes the pairs for spreadsheets.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn csv(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "from,to,answer,allowed,unknown")?;
        for pair in &self.pairs {
            let cells =
                [pair.from.as_str(), &pair.to, pair.answer.word(), &pair.allowed, &pair.unknown].map(csv);
            writeln!(out, "{}", cells.join(","))?;
        }
        Ok(())
    }

    /// Writes the answer and the pairs, with what decides about them, for pages and comments.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn markdown(&self, about: &About<'_>, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "**{}**\n", self.answer.word())?;
        writeln!(
            out,
            "| From | To | Answer | Allowed | Unknown | Why |\n| --- | --- | --- | --- | --- | --- |"
        )?;
        for pair in &self.pairs {
            let sides = [("egress", &pair.egress), ("ingress", &pair.ingress)];
            let reasons = sides.into_iter().flat_map(|(name, side)| {
                side.reasons.iter().map(move |reason| format!("{name}: {}", reason.text))
            });
            let why: Vec<String> = pair.beyond.map(str::to_owned).into_iter().chain(reasons).collect();
            let cells = [
                pair.from.as_str(),
                &pair.to,
                pair.answer.word(),
                &pair.allowed,
                &pair.unknown,
                &why.join("; "),
            ]
            .map(cell);
            writeln!(out, "| {} |", cells.join(" | "))?;
        }
        let notes = Rest::of(about).notes;
        notes.iter().try_for_each(|note| writeln!(out, "\n{}", cell(note)))
    }

    /// Writes it for machines.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn json(&self, about: &About<'_>, out: &mut dyn Write) -> io::Result<()> {
        #[derive(Serialize)]
        struct Document<'a> {
            #[serde(flatten)]
            head: Head<'a>,
            #[serde(flatten)]
            check: &'a Check,
            #[serde(flatten)]
            rest: Rest<'a>,
        }
        let tool = Tool { name: "watertight", version: about.tool_version };
        let enforcement: &EnforcementRow = &about.enforcement;
        let head = Head { schema: SCHEMA, tool, enforcement };
        serde_json::to_writer_pretty(&mut *out, &Document { head, check: self, rest: Rest::of(about) })?;
        out.write_all(b"\n")
    }
}

impl Pair {
    fn write(&self, style: Style, out: &mut dyn Write) -> io::Result<()> {
        let allowed = match (self.allowed.is_empty(), self.unknown.is_empty()) {
            (false, true) => self.allowed.clone(),
            (false, false) => format!("{}, perhaps {}", self.allowed, self.unknown),
            (true, false) => format!("perhaps {}", self.unknown),
            (true, true) => "nothing".to_owned(),
        };
        let line = format!("{} → {}: {}", self.from, self.to, allowed);
        writeln!(out, "{} {}", style.strong(self.answer.word()), style.plain(clean(&line)))?;
        if let Some(beyond) = self.beyond {
            writeln!(out, "  {beyond}")?;
        }
        for (name, side) in [("egress", &self.egress), ("ingress", &self.ingress)] {
            side.write(name, style, out)?;
        }
        Ok(())
    }
}

impl SideRow {
    fn write(&self, name: &str, style: Style, out: &mut dyn Write) -> io::Result<()> {
        let mut label = name;
        let mut line = |text: String, origin: Option<&Origin>, out: &mut dyn Write| -> io::Result<()> {
            let at = origin.map(|origin| format!("  {origin}")).unwrap_or_default();
            let text = style.plain(clean(&text)).to_string();
            writeln!(out, "  {} {text}{}", style.faint(format!("{label:8}")), style.faint(clean(&at)))?;
            label = "";
            Ok(())
        };
        for policy in self.policies.iter().take(TOLD) {
            let perhaps = if policy.certain { "" } else { "perhaps " };
            let does = if policy.isolates { ", and cuts it off from what it does not name" } else { "" };
            line(format!("{perhaps}selected by {}{does}", policy.policy), Some(&policy.origin), out)?;
        }
        if let Some(more) = self.policies.len().checked_sub(TOLD).filter(|&more| more > 0) {
            line(format!("and by {more} more policies"), None, out)?;
        }
        for reason in &self.reasons {
            line(reason.text.clone(), reason.origin.as_ref(), out)?;
        }
        for near in self.near.iter().take(3) {
            line(format!("nearly: {}", near.text), near.origin.as_ref(), out)?;
        }
        Ok(())
    }
}
