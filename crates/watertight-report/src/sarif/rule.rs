use std::fmt::Write as _;

use serde::Serialize;
use watertight_engine::{Control, Docs, ExampleKind};
use watertight_model::{Layer, Severity};

use super::Text;

/// The most tags that GitHub shows of a rule.
const MOST_TAGS: usize = 20;

/// A `reportingDescriptor` of a control.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Rule {
    id: &'static str,
    #[serde(skip_serializing_if = "<[&str]>::is_empty")]
    deprecated_ids: &'static [&'static str],
    name: String,
    short_description: Text,
    full_description: Text,
    help: Text,
    default_configuration: Configuration,
    properties: Properties,
}

#[derive(Serialize)]
struct Configuration {
    level: &'static str,
}

#[derive(Serialize)]
struct Properties {
    tags: Vec<String>,
    precision: &'static str,
    /// GitHub's own: a score as text, of which it makes a severity.
    #[serde(rename = "security-severity")]
    score: &'static str,
    /// GitHub's own, for rules that it does not take for security.
    #[serde(rename = "problem.severity")]
    problem: &'static str,
    severity: &'static str,
    layer: &'static str,
}

impl Rule {
    pub(super) fn of(control: &'static Control) -> Self {
        let docs = control.docs();
        Self {
            id: control.name,
            deprecated_ids: control.formerly,
            name: camel(control.name),
            short_description: Text { text: capitalized(control.title), markdown: None },
            full_description: Text { text: docs.why.clone(), markdown: None },
            help: help(&docs),
            default_configuration: Configuration { level: level(control.severity) },
            properties: Properties {
                tags: tags(control),
                precision: "high",
                score: score(control.severity),
                problem: problem(control.severity),
                severity: control.severity.name(),
                layer: control.layer.name(),
            },
        }
    }
}

/// The standard's grade of a severity.
pub(super) fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "note",
    }
}

/// A score inside the range that GitHub shows as this severity: critical from 9.0, high from 7.0, medium from
/// 4.0, low above 0. It knows nothing below low.
pub(super) fn score(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "9.5",
        Severity::High => "8.0",
        Severity::Medium => "5.5",
        Severity::Low => "2.5",
        Severity::Info => "0.1",
    }
}

fn problem(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical | Severity::High => "error",
        Severity::Medium => "warning",
        Severity::Low | Severity::Info => "recommendation",
    }
}

fn tags(control: &Control) -> Vec<String> {
    let mut tags = vec!["kubernetes".to_owned(), control.layer.name().to_owned()];
    // Whether something goes on when a part is lost is no matter of intruders.
    if control.layer != Layer::Availability {
        tags.insert(0, "security".to_owned());
    }
    tags.extend(
        control.maps.iter().map(|mapping| format!("external/{}/{}", mapping.framework(), mapping.id())),
    );
    tags.truncate(MOST_TAGS);
    tags
}

/// `host-port` to `HostPort`, as names of rules are written.
fn camel(name: &str) -> String {
    name.split('-').map(capitalized).collect()
}

fn capitalized(text: &str) -> String {
    let mut characters = text.chars();
    characters.next().map_or_else(String::new, |first| first.to_uppercase().chain(characters).collect())
}

/// The control's page. The text of it is our own: no scanned text is in it.
fn help(docs: &Docs) -> Text {
    let text = format!("{}\n\nRemedy: {}", docs.why, docs.remedy);
    let mut markdown = format!("{}\n", docs.why);
    if !docs.more.is_empty() {
        let _ = write!(markdown, "\n{}\n", docs.more);
    }
    // Writing to a String cannot fail.
    let _ = write!(markdown, "\n## Remedy\n\n{}\n", docs.remedy);
    for example in &docs.examples {
        let label = match example.kind {
            ExampleKind::Fail => "Fails",
            ExampleKind::Fixed => "Fixed",
            ExampleKind::Pass => "Passes",
        };
        let _ = write!(markdown, "\n### {label}\n\n```yaml\n{}```\n", example.yaml);
    }
    Text { text, markdown: Some(markdown) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The borders are GitHub's.
    #[test]
    fn scores_fall_into_the_ranges_of_their_severity() {
        let tenths = |severity| score(severity).replace('.', "").parse::<u32>().unwrap();
        let ranges = [
            (Severity::Critical, 90..=100),
            (Severity::High, 70..=89),
            (Severity::Medium, 40..=69),
            (Severity::Low, 1..=39),
            (Severity::Info, 1..=39),
        ];
        for (severity, range) in ranges {
            assert!(range.contains(&tenths(severity)), "{severity}");
        }
        assert_eq!(camel("host-port"), "HostPort");
    }
}
