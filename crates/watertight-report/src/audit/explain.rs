//! How one request is logged, and why.

use std::io::{self, Write};

use serde::Serialize;
use watertight_audit::{Decision, Level, Mismatch, Request, Stage, Target};

use super::{Source, Tool, rule_path};
use crate::style::Clean;
use crate::{Style, Table};

const SCHEMA: &str = "watertight.audit-explain/v1";

/// A request and what a policy makes of it.
#[derive(Debug, Clone, Copy)]
pub struct Explained<'a> {
    /// The policy.
    pub source: Source<'a>,
    /// The request.
    pub request: &'a Request<'a>,
    /// What is decided.
    pub decision: Decision,
    /// Why the rules before do not match, in their order.
    pub before: &'a [Mismatch],
}

impl Explained<'_> {
    /// Stages of which an event is written; a request that is no watch and no stream has no
    /// `ResponseStarted`, and `Panic` takes the place of `ResponseComplete`.
    fn stages(&self) -> Vec<&'static str> {
        let logged = |stage: &Stage| !self.decision.omit_stages.contains(*stage);
        let all = if self.decision.level == Level::None { &[][..] } else { &Stage::ALL };
        all.iter().filter(|stage| logged(stage)).map(|stage| stage.as_str()).collect()
    }

    fn asked(&self) -> String {
        let user = match &self.request.user {
            Some(user) => format!("{} ({})", user.name, user.groups.join(", ")),
            None => "someone whose credentials were refused".to_owned(),
        };
        let verb = self.request.verb;
        match self.request.target {
            Target::NonResource { path } => format!("{user}: {verb} {path}"),
            Target::Resource { api_group, resource, subresource, namespace, name } => {
                let dot = if api_group.is_empty() { "" } else { "." };
                let slash = if subresource.is_empty() { "" } else { "/" };
                let mut asked = format!("{user}: {verb} {resource}{dot}{api_group}{slash}{subresource}");
                if !name.is_empty() {
                    asked += &format!(" {name}");
                }
                match namespace {
                    "" => asked + " without a namespace",
                    namespace => asked + &format!(" in namespace {namespace}"),
                }
            }
        }
    }
}

/// Writes the decision, then each rule that was asked before.
///
/// # Errors
/// When the writer fails.
pub fn table(explained: &Explained<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let Explained { source, decision, .. } = explained;
    writeln!(out, "{}", Clean(explained.asked()))?;
    let by = match decision.rule {
        Some(index) => {
            let path = rule_path(index);
            format!("{path} decides, {}", source.shown(&path))
        }
        None => "no rule matches".to_owned(),
    };
    writeln!(out, "level: {}  ({})", style.strong(decision.level), Clean(by))?;
    if decision.level > Level::None {
        let stages = explained.stages();
        let stages = if stages.is_empty() { "none: all are omitted".to_owned() } else { stages.join(", ") };
        writeln!(out, "stages that are logged when they happen: {stages}")?;
    }
    if decision.level >= Level::Request {
        let managed = if decision.omit_managed_fields { "left out" } else { "logged" };
        writeln!(out, "managed fields: {managed}")?;
    }
    if !explained.before.is_empty() {
        writeln!(out)?;
        let mut table = Table::new(&["RULE", "AT", "DOES NOT MATCH: IT"]);
        for (index, mismatch) in explained.before.iter().enumerate() {
            let path = rule_path(index);
            table.row([path.to_string(), source.shown(&path), mismatch.to_string()]);
        }
        table.write(style, out)?;
    }
    Ok(())
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema: &'static str,
    tool: Tool<'a>,
    policy: &'a str,
    request: RequestRow<'a>,
    level: &'static str,
    rule: Option<usize>,
    line: Option<u32>,
    column: Option<u32>,
    stages: Vec<&'static str>,
    omit_stages: Vec<&'static str>,
    omit_managed_fields: bool,
    before: Vec<BeforeRow>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RequestRow<'a> {
    user: Option<&'a str>,
    groups: Vec<&'a str>,
    verb: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<ResourceRow<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ResourceRow<'a> {
    api_group: &'a str,
    resource: &'a str,
    subresource: &'a str,
    namespace: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct BeforeRow {
    rule: usize,
    line: u32,
    column: u32,
    why: String,
}

/// Writes the decision for machines (`docs/schema/audit-explain.v1.json`).
///
/// # Errors
/// When the writer fails.
pub fn json(explained: &Explained<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Explained { source, request, decision, before } = explained;
    let (resource, url) = match request.target {
        Target::NonResource { path } => (None, Some(path)),
        Target::Resource { api_group, resource, subresource, namespace, name } => {
            (Some(ResourceRow { api_group, resource, subresource, namespace, name }), None)
        }
    };
    let place = decision.rule.map(|index| source.place.place_of(&rule_path(index)));
    let user = request.user.as_ref();
    let document = Document {
        schema: SCHEMA,
        tool: source.tool(),
        policy: source.file,
        request: RequestRow {
            user: user.map(|user| user.name),
            groups: user.map(|user| user.groups.iter().map(AsRef::as_ref).collect()).unwrap_or_default(),
            verb: request.verb,
            resource,
            url,
        },
        level: decision.level.as_str(),
        rule: decision.rule,
        line: place.map(|place| place.0),
        column: place.map(|place| place.1),
        stages: explained.stages(),
        omit_stages: decision.omit_stages.iter().map(Stage::as_str).collect(),
        omit_managed_fields: decision.omit_managed_fields,
        before: before
            .iter()
            .enumerate()
            .map(|(rule, mismatch)| {
                let (line, column) = source.place.place_of(&rule_path(rule));
                BeforeRow { rule, line, column, why: mismatch.to_string() }
            })
            .collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}
