//! The controls themselves: the list, and one page each.

use std::io::{self, Write};

use serde::Serialize;
use watertight_engine::{Control, ExampleKind};

use crate::Style;
use crate::style::plural;

/// The version of the list's JSON form, `docs/schema/controls.v1.json`.
pub const SCHEMA: &str = "watertight.controls/v1";

/// Writes one line per control, by layer.
///
/// # Errors
/// When the writer fails.
pub fn table(controls: &[&'static Control], style: Style, out: &mut dyn Write) -> io::Result<()> {
    let width = controls.iter().map(|control| control.name.len()).max().unwrap_or(0);
    let mut layer = None;
    for control in controls {
        if layer != Some(control.layer) {
            if layer.is_some() {
                writeln!(out)?;
            }
            writeln!(out, "{}", style.strong(control.layer))?;
            layer = Some(control.layer);
        }
        let severity = style.severity(control.severity, format!("{:8}", control.severity.name()));
        writeln!(out, "  {:width$}  {severity}  {}", control.name, control.title)?;
    }
    writeln!(out, "\n{}; `watertight explain NAME` shows one whole", plural(controls.len(), "control"))
}

/// Writes the page of one control.
///
/// # Errors
/// When the writer fails.
pub fn page(control: &Control, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let docs = control.docs();
    let severity = style.severity(control.severity, control.severity.name());
    writeln!(out, "{}: {}", style.strong(control.name), control.title)?;
    writeln!(out, "{severity} · layer {} · judges each {}", control.layer, control.check.scope())?;
    if !control.maps.is_empty() {
        let maps: Vec<String> =
            control.maps.iter().map(|mapping| format!("{} {}", mapping.framework(), mapping.id())).collect();
        writeln!(out, "{}", style.faint(maps.join(" · ")))?;
    }
    if !control.reads.is_empty() {
        let reads: Vec<String> = control.reads.iter().map(ToString::to_string).collect();
        writeln!(out, "{}", style.faint(format!("also reads {}", reads.join(", "))))?;
    }
    writeln!(out, "\n{}\n", docs.why)?;
    if !docs.more.is_empty() {
        writeln!(out, "{}\n", docs.more)?;
    }
    writeln!(out, "{}\n{}", style.strong("Remedy"), docs.remedy)?;
    for example in &docs.examples {
        let label = match example.kind {
            ExampleKind::Fail => "Fails",
            ExampleKind::Fixed => "Fixed",
            ExampleKind::Pass => "Passes",
        };
        writeln!(out, "\n{}", style.strong(label))?;
        for line in example.yaml.lines() {
            writeln!(out, "    {line}")?;
        }
    }
    Ok(())
}

/// An edge of the attack graph, as its page shows it.
#[derive(Debug, Clone)]
pub struct EdgePage<'a> {
    /// Its name.
    pub id: &'a str,
    /// What the attacker does.
    pub title: &'a str,
    /// The technique of MITRE ATT&CK.
    pub technique: &'a str,
    /// Whether it needs a flaw in software that listens.
    pub needs_flaw: bool,
    /// What it takes, and what else there is to say: a paragraph each.
    pub paragraphs: Vec<String>,
    /// Where it is written upstream; empty where that is nowhere.
    pub upstream: String,
    /// What takes it away.
    pub removed_by: &'a [&'a str],
    /// Manifests, each with the edges that it draws.
    pub examples: Vec<(Vec<String>, String)>,
}

impl EdgePage<'_> {
    /// Writes it.
    ///
    /// # Errors
    /// When the writer fails.
    pub fn write(&self, style: Style, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{}: {}", style.strong(self.id), self.title)?;
        let flaw = if self.needs_flaw {
            "needs a flaw in software that listens"
        } else {
            "needs no flaw in software"
        };
        writeln!(
            out,
            "edge of the attack graph · {flaw}\n{}\n",
            style.faint(format!("MITRE ATT&CK {}", self.technique))
        )?;
        for paragraph in &self.paragraphs {
            writeln!(out, "{paragraph}\n")?;
        }
        if !self.upstream.is_empty() {
            writeln!(out, "{}\n", style.faint(format!("Upstream: {}", self.upstream)))?;
        }
        writeln!(out, "{}", style.strong("Removed by"))?;
        for change in self.removed_by {
            writeln!(out, "- {change}")?;
        }
        for (edges, yaml) in &self.examples {
            writeln!(out, "\n{}", style.strong(if edges.is_empty() { "Draws nothing" } else { "Draws" }))?;
            for edge in edges {
                writeln!(out, "  {edge}")?;
            }
            for line in yaml.lines() {
                writeln!(out, "    {line}")?;
            }
        }
        Ok(())
    }
}

#[derive(Serialize)]
struct List<'a> {
    schema: &'static str,
    controls: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    name: &'a str,
    formerly: &'a [&'a str],
    title: &'a str,
    severity: &'a str,
    layer: &'a str,
    scope: &'a str,
    reads: Vec<String>,
    maps: Vec<MappingRow<'a>>,
    why: String,
    remedy: String,
}

#[derive(Serialize)]
struct MappingRow<'a> {
    framework: &'a str,
    id: &'a str,
}

/// Writes the list for machines.
///
/// # Errors
/// When the writer fails.
pub fn json(controls: &[&'static Control], out: &mut dyn Write) -> io::Result<()> {
    let row = |control: &&'static Control| {
        let docs = control.docs();
        Row {
            name: control.name,
            formerly: control.formerly,
            title: control.title,
            severity: control.severity.name(),
            layer: control.layer.name(),
            scope: control.check.scope(),
            reads: control.reads.iter().map(ToString::to_string).collect(),
            maps: control
                .maps
                .iter()
                .map(|mapping| MappingRow { framework: mapping.framework(), id: mapping.id() })
                .collect(),
            why: docs.why,
            remedy: docs.remedy,
        }
    };
    let list = List { schema: SCHEMA, controls: controls.iter().map(row).collect() };
    serde_json::to_writer_pretty(&mut *out, &list)?;
    out.write_all(b"\n")
}
