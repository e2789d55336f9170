//! Outside frameworks: per id, what the controls that map to it said.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use watertight_engine::Control;
use watertight_model::{Mapping, Verdict};

use super::svg::safe;
use crate::Report;
use crate::style::plural;

/// What a control said as a whole, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Said {
    Failed,
    Unknown,
    Waived,
    Passed,
    Nothing,
}

impl Said {
    const ALL: [Self; 5] = [Self::Failed, Self::Unknown, Self::Waived, Self::Passed, Self::Nothing];

    fn name(self) -> &'static str {
        match self {
            Self::Failed => "failed",
            Self::Unknown => "unknown",
            Self::Waived => "waived",
            Self::Passed => "passed",
            Self::Nothing => "not concerned",
        }
    }

    /// A sign, so that it is not told by colour alone.
    fn sign(self) -> &'static str {
        match self {
            Self::Failed => "✗",
            Self::Unknown => "?",
            Self::Waived => "~",
            Self::Passed => "✓",
            Self::Nothing => "–",
        }
    }
}

/// The frameworks in the order in which they are told, with their whole names.
const FRAMEWORKS: [(&str, &str); 4] = [
    ("cis", "CIS Kubernetes Benchmark v1.12"),
    ("nsa-cisa", "NSA/CISA Kubernetes Hardening Guide v1.2"),
    ("pod-security", "Pod Security Standards"),
    ("mitre-attack", "MITRE ATT&CK"),
];

pub(super) fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    writeln!(
        out,
        "<section id=\"frameworks\">\n<h2>Frameworks</h2>\n<p>Per id of a framework: the controls that speak of it, and \
         what they said. An id whose controls all passed is covered by them and not certified; one with unknown \
         verdicts was not judged to the end.</p>"
    )?;
    let said = said(report);
    for (framework, title) in FRAMEWORKS {
        table(report, &said, framework, title, out)?;
    }
    writeln!(out, "</section>")
}

/// By control: what it said as a whole.
fn said(report: &Report<'_>) -> BTreeMap<&'static str, Said> {
    let mut by_finding: BTreeMap<&str, BTreeSet<Said>> = BTreeMap::new();
    for finding in &report.outcome.findings {
        let said = match &finding.verdict {
            Verdict::Fail => Said::Failed,
            Verdict::Unknown => Said::Unknown,
            // What a baseline knows is open, whoever counts it.
            Verdict::Waived(waiver) if waiver.is_baseline() => Said::Failed,
            Verdict::Waived(_) => Said::Waived,
        };
        by_finding.entry(finding.control).or_default().insert(said);
    }
    let of = |control: &&'static Control| {
        let counts = report.outcome.counts.get(control.name).copied().unwrap_or_default();
        let worst = by_finding.get(control.name).and_then(|all| all.first().copied());
        let said = match worst {
            Some(Said::Failed) => Said::Failed,
            _ if counts.unknown + counts.not_in_view > 0 => Said::Unknown,
            Some(worst) => worst,
            None if counts.passed > 0 => Said::Passed,
            None => Said::Nothing,
        };
        (control.name, said)
    };
    report.controls.iter().map(of).collect()
}

/// What a control said, and its name.
type Asked<'a> = (Said, &'a str);

fn table(
    report: &Report<'_>,
    said: &BTreeMap<&'static str, Said>,
    framework: &str,
    title: &str,
    out: &mut dyn Write,
) -> io::Result<()> {
    let mut ids: BTreeMap<Vec<Part>, (&str, Vec<Asked<'_>>)> = BTreeMap::new();
    for control in &report.controls {
        let own = said.get(control.name).copied().unwrap_or(Said::Nothing);
        for mapping in control.maps.iter().filter(|mapping: &&Mapping| mapping.framework() == framework) {
            let entry = ids.entry(parts(mapping.id())).or_insert((mapping.id(), Vec::new()));
            entry.1.push((own, control.name));
        }
    }
    let worst = |controls: &[Asked<'_>]| controls.iter().map(|(said, _)| *said).min();
    let failed = ids.values().filter(|(_, controls)| worst(controls) == Some(Said::Failed)).count();
    writeln!(
        out,
        "<h3>{}</h3>\n<details>\n<summary>{failed} of {} with a failure</summary>\n<div class=\"scroll\" tabindex=\"0\" \
         role=\"region\" aria-label=\"{}\"><table class=\"framework\">\n<caption>Controls by id and verdict</caption>\n\
         <thead><tr><th scope=\"col\">id</th>",
        safe(title),
        plural(ids.len(), "id"),
        safe(title)
    )?;
    for said in Said::ALL {
        write!(out, "<th scope=\"col\" class=\"number\">{} {}</th>", said.sign(), said.name())?;
    }
    writeln!(out, "<th scope=\"col\">controls</th></tr></thead>\n<tbody>")?;
    for (id, mut controls) in ids.into_values() {
        controls.sort_unstable();
        write!(out, "<tr><th scope=\"row\">{}</th>", safe(id))?;
        for said in Said::ALL {
            let count = controls.iter().filter(|(own, _)| *own == said).count();
            let class = if count == 0 { "faint" } else { said.name() };
            write!(out, "<td class=\"number {class}\">{count}</td>")?;
        }
        let names: Vec<String> = controls
            .iter()
            .map(|(said, name)| {
                format!(
                    "<span class=\"said {}\" title=\"{}\">{} {name}</span>",
                    said.name(),
                    said.name(),
                    said.sign()
                )
            })
            .collect();
        writeln!(out, "<td>{}</td></tr>", names.join(" "))?;
    }
    writeln!(out, "</tbody>\n</table></div>\n</details>")
}

/// A piece of an id: numbers go by their value, so that 1.2.10 comes after 1.2.9.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Number(u64),
    Word(String),
}

fn parts(id: &str) -> Vec<Part> {
    let part = |text: &str| text.parse().map_or_else(|_| Part::Word(text.to_owned()), Part::Number);
    id.split('.').map(part).collect()
}

#[cfg(test)]
mod tests {
    use super::parts;

    #[test]
    fn ids_go_by_their_numbers() {
        let mut ids = ["1.2.10", "1.2.9", "1.10.1", "T1613"];
        ids.sort_by_key(|id| parts(id));
        assert_eq!(ids, ["1.2.9", "1.2.10", "1.10.1", "T1613"]);
    }
}
