//! SARIF 2.1.0 (OASIS), as GitHub code scanning, Azure DevOps and editors read it.
//!
//! Decisions that the standard leaves open, or that its readers force:
//!
//! - `executionSuccessful` is true whenever the scan ran to its end, also with gaps: GitHub throws away a whole
//!   upload that says false. Gaps are notifications of level `error`, which is the standard's word for
//!   "results are incomplete".
//! - What could not be judged is a notification of level `warning` with its rule, not a result of kind `open`:
//!   GitHub takes every result for a failure, whatever its kind.
//! - What is waived has a `suppression`. GitHub alone ignores it and shows an alert: leave such results out before the
//!   upload, or dismiss them.
//! - `fixes` are left out: they want the exact replacement of bytes. The fix is told in the message.
//! - Names are relative to `%SRCROOT%`, the root of the repository, which is given no value: the file is the same on
//!   every machine, and GitHub and CodeQL agree on that name.
//!
//! Start reading at [`write()`]; results are in `result.rs`, rules in `rule.rs`.

mod notification;
mod result;
mod rule;

use std::collections::BTreeMap;
use std::io::{self, Write};

use serde::Serialize;
use watertight_model::{Finding, Verdict};

use crate::Report;
use crate::stream::Each;
use crate::style::Clean;

/// The schema that the output follows.
const SCHEMA: &str =
    "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json";

/// The most results that GitHub takes of one run.
pub const MOST_RESULTS: usize = 25_000;

/// Writes the report.
///
/// # Errors
/// When the writer fails.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    write_at_most(report, MOST_RESULTS, out)
}

fn write_at_most(report: &Report<'_>, most: usize, out: &mut dyn Write) -> io::Result<()> {
    let results = results(report, most);
    let numbers: BTreeMap<&str, usize> =
        report.controls.iter().enumerate().map(|(index, control)| (control.name, index)).collect();
    let rules = Each(|| report.controls.iter().map(|control| rule::Rule::of(control)));
    let log = Log {
        schema: SCHEMA,
        version: "2.1.0",
        runs: [Run {
            tool: Tool {
                driver: Driver {
                    name: "watertight",
                    version: report.tool_version,
                    semantic_version: report.tool_version,
                    rules,
                    notifications: notification::descriptors(),
                },
            },
            invocations: [Invocation {
                execution_successful: true,
                tool_execution_notifications: Each(|| notification::all(report, &results).into_iter()),
                tool_configuration_notifications: notification::of_settings(report),
            }],
            results: Each(|| {
                results.shown.iter().map(|finding| result::of(report, finding, &numbers, results.waivers))
            }),
            column_kind: "unicodeCodePoints",
            properties: RunProperties { kubernetes_version: report.settings.target.to_string() },
        }],
    };
    serde_json::to_writer_pretty(&mut *out, &log)?;
    out.write_all(b"\n")
}

/// The findings that become results, and how many do not fit.
struct Results<'r> {
    shown: Vec<&'r Finding>,
    left_out: usize,
    /// Whether any of them is waived.
    waivers: bool,
}

/// Failures before what is waived, both ranked: what is cut is the least severe.
fn results<'r>(report: &'r Report<'_>, most: usize) -> Results<'r> {
    let of = |waived: bool| {
        report.outcome.findings.iter().filter(move |finding| match finding.verdict {
            Verdict::Fail => !waived,
            Verdict::Waived(_) => waived,
            Verdict::Unknown => false,
        })
    };
    let all = || of(false).chain(of(true));
    let shown: Vec<_> = all().take(most).collect();
    Results { left_out: all().count() - shown.len(), shown, waivers: of(true).next().is_some() }
}

#[derive(Serialize)]
struct Log<'a, R, N, F> {
    #[serde(rename = "$schema")]
    schema: &'static str,
    version: &'static str,
    runs: [Run<'a, R, N, F>; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Run<'a, R, N, F> {
    tool: Tool<'a, R>,
    invocations: [Invocation<N>; 1],
    results: F,
    column_kind: &'static str,
    properties: RunProperties,
}

#[derive(Serialize)]
struct Tool<'a, R> {
    driver: Driver<'a, R>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Driver<'a, R> {
    name: &'static str,
    version: &'a str,
    semantic_version: &'a str,
    rules: R,
    notifications: Vec<notification::Descriptor>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Invocation<N> {
    execution_successful: bool,
    tool_execution_notifications: N,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tool_configuration_notifications: Vec<notification::Notification>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct RunProperties {
    kubernetes_version: String,
}

/// A `message` or `multiformatMessageString`.
#[derive(Serialize)]
struct Text {
    text: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    markdown: Option<String>,
}

impl Text {
    fn new(text: &str) -> Self {
        Self { text: literal(text), markdown: None }
    }
}

/// Text as the standard's plain text messages take it literally: `[x](y)` would be a link and `{0}` an argument.
fn literal(text: &str) -> String {
    let text = Clean(text).to_string().replace("](", "] (");
    let mut literal = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(open) = rest.find('{') {
        let (before, from) = rest.split_at(open);
        literal.push_str(before);
        let digits = from[1..].bytes().take_while(u8::is_ascii_digit).count();
        let end = 1 + digits;
        if digits > 0 && from[end..].starts_with('}') {
            literal.push_str("{{");
            literal.push_str(&from[1..end]);
            literal.push_str("}}");
            rest = &from[end + 1..];
        } else {
            literal.push('{');
            rest = &from[1..];
        }
    }
    literal.push_str(rest);
    literal
}

#[cfg(test)]
mod tests {
    use super::literal;

    #[test]
    fn text_is_taken_literally() {
        assert_eq!(literal("a [b](http://x) {0} {a} { {12}"), "a [b] (http://x) {{0}} {a} { {{12}}");
        assert_eq!(literal("bell\u{7}"), "bell\\u{{7}}");
    }
}
