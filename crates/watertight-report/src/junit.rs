//! JUnit's XML, for those who show test results: Jenkins, GitLab, Azure DevOps and others.
//!
//! A suite for each layer, with the controls that ran as tests. Passes are counted by the engine and not listed, so a
//! control that passed somewhere is one passing test, and every object that fails it is a failing test of its own.
//! Unseen is never passed: what could not be judged, and every gap, is an error; a control that met nothing it
//! speaks of, what is waived, and what is out of view are skipped.

use std::collections::BTreeMap;
use std::io::{self, Write};

use watertight_engine::{Control, Counts};
use watertight_model::{Finding, Layer, ObjectId, Verdict};

use crate::Report;
use crate::at::{At, of_gap};
use crate::root::FileName;
use crate::style::Clean;
use crate::style::plural;
use crate::told::{ASSUME_COMPLETE, Told, note_text, waiver_text};
use crate::xml::Escaped;

/// Writes the report.
///
/// # Errors
/// When the writer fails.
pub fn write(report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
    let suites = suites(report);
    let mut all = Totals::default();
    suites.iter().for_each(|suite| all.add(&suite.totals()));
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    writeln!(out, "<testsuites name=\"watertight\" {}>", all.attributes())?;
    for suite in &suites {
        suite.write(report, out)?;
    }
    writeln!(out, "</testsuites>")
}

/// What became of tests.
#[derive(Default)]
struct Totals {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Totals {
    fn count(&mut self, became: &Became<'_>) {
        self.tests += 1;
        match became {
            Became::Passed(_) => {}
            Became::Failed(_) => self.failures += 1,
            Became::Unknown(_) | Became::Unseen(_) => self.errors += 1,
            Became::Waived(_) | Became::Skipped(_) => self.skipped += 1,
        }
    }

    fn add(&mut self, other: &Self) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.errors += other.errors;
        self.skipped += other.skipped;
    }

    fn attributes(&self) -> String {
        format!(
            "tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"{}\" time=\"0\"",
            self.tests, self.failures, self.errors, self.skipped
        )
    }
}

struct Suite<'r> {
    name: &'static str,
    tests: Vec<Test<'r>>,
}

struct Test<'r> {
    name: String,
    became: Became<'r>,
}

enum Became<'r> {
    /// With the number of subjects.
    Passed(u32),
    /// The findings of one control on one object.
    Failed(Vec<&'r Finding>),
    Waived(Vec<&'r Finding>),
    Unknown(&'r Finding),
    /// A gap.
    Unseen(&'r watertight_model::Gap),
    /// With the reason.
    Skipped(String),
}

fn suites<'r>(report: &'r Report<'_>) -> Vec<Suite<'r>> {
    let mut by_control: BTreeMap<&str, Vec<&Finding>> = BTreeMap::new();
    for finding in &report.outcome.findings {
        by_control.entry(finding.control).or_default().push(finding);
    }
    let mut suites: Vec<Suite<'_>> = Vec::new();
    for layer in Layer::ALL {
        let controls = report.controls.iter().filter(|control| control.layer == layer);
        let tests: Vec<_> = controls
            .flat_map(|control| {
                tests(report, control, by_control.get(control.name).map_or(&[], Vec::as_slice))
            })
            .collect();
        if !tests.is_empty() {
            suites.push(Suite { name: layer.name(), tests });
        }
    }
    let notes = report.outcome.notes.iter().map(|(kind, note)| Test {
        name: format!("no {kind} in view"),
        became: Became::Skipped(format!("{}; {ASSUME_COMPLETE}", note_text(kind, note))),
    });
    let gaps =
        report.outcome.gaps.iter().map(|gap| Test { name: gap.what.clone(), became: Became::Unseen(gap) });
    let remarks = report.outcome.remarks.iter().map(|remark| Test {
        name: format!("settings: {}", remark.place),
        became: Became::Skipped(remark.message.clone()),
    });
    let coverage: Vec<_> = gaps.chain(notes).chain(remarks).collect();
    if !coverage.is_empty() {
        suites.push(Suite { name: "coverage", tests: coverage });
    }
    suites
}

/// The tests of one control: its passes as one, then each object that it says something of.
fn tests<'r>(report: &'r Report<'_>, control: &Control, findings: &[&'r Finding]) -> Vec<Test<'r>> {
    let counts = report.outcome.counts.get(control.name).copied().unwrap_or_default();
    let mut tests = Vec::new();
    if counts.passed > 0 {
        tests.push(Test { name: control.name.to_owned(), became: Became::Passed(counts.passed) });
    } else if findings.is_empty() {
        tests.push(Test { name: control.name.to_owned(), became: Became::Skipped(silence(&counts)) });
    }
    let mut place: BTreeMap<(Option<ObjectId>, bool), usize> = BTreeMap::new();
    for &finding in findings {
        let name = || format!("{}: {}", control.name, finding.identity(report.snapshot));
        let waived = match finding.verdict {
            Verdict::Unknown => {
                tests.push(Test { name: name(), became: Became::Unknown(finding) });
                continue;
            }
            Verdict::Fail => false,
            Verdict::Waived(_) => true,
        };
        match place.get(&(finding.object, waived)).and_then(|&at| tests.get_mut(at)) {
            Some(Test { became: Became::Failed(all) | Became::Waived(all), .. }) => all.push(finding),
            _ => {
                place.insert((finding.object, waived), tests.len());
                let became = if waived { Became::Waived } else { Became::Failed };
                tests.push(Test { name: name(), became: became(vec![finding]) });
            }
        }
    }
    tests
}

/// Why a control that found nothing passed nothing either.
fn silence(counts: &Counts) -> String {
    match (counts.failed, counts.not_in_view) {
        (1.., _) => "what it found is below the severity that is shown".to_owned(),
        (0, 1..) => "what it needs is out of view".to_owned(),
        (0, 0) => "nothing that it speaks of was there".to_owned(),
    }
}

impl Suite<'_> {
    fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        self.tests.iter().for_each(|test| totals.count(&test.became));
        totals
    }

    fn write(&self, report: &Report<'_>, out: &mut dyn Write) -> io::Result<()> {
        let class = format!("watertight.{}", self.name);
        writeln!(out, "  <testsuite name=\"{}\" {}>", self.name, self.totals().attributes())?;
        for test in &self.tests {
            test.write(report, &class, out)?;
        }
        writeln!(out, "  </testsuite>")
    }
}

impl Test<'_> {
    fn write(&self, report: &Report<'_>, class: &str, out: &mut dyn Write) -> io::Result<()> {
        write!(out, "    <testcase name=\"{}\" classname=\"{class}\"", Escaped(Clean(&self.name)))?;
        // What came on standard input is in no file that could be opened.
        if let Some((file, line)) = self.place(report).filter(|(file, _)| *file != FileName::Stdin) {
            write!(out, " file=\"{}\" line=\"{line}\"", Escaped(Clean(file.text())))?;
        }
        writeln!(out, " time=\"0\">")?;
        match &self.became {
            Became::Passed(subjects) => {
                let passed = plural(*subjects as usize, "subject");
                writeln!(out, "      <system-out>{passed} passed</system-out>")?;
            }
            Became::Failed(findings) => failure(report, findings, out)?,
            Became::Waived(findings) => {
                let reasons = findings.iter().filter_map(|finding| match &finding.verdict {
                    Verdict::Waived(waiver) => {
                        Some(format!("{} (waived: {})", finding.message, waiver_text(waiver)))
                    }
                    Verdict::Fail | Verdict::Unknown => None,
                });
                let reasons: Vec<String> = reasons.collect();
                skipped(&reasons.join("; "), out)?;
            }
            Became::Unknown(finding) => error(&finding.message, "unknown", out)?,
            Became::Unseen(gap) => error(&format!("could not be seen: {}", gap.why), "gap", out)?,
            Became::Skipped(why) => skipped(why, out)?,
        }
        writeln!(out, "    </testcase>")
    }

    /// The file and line of what it is about.
    fn place(&self, report: &Report<'_>) -> Option<(FileName, u32)> {
        match &self.became {
            Became::Failed(findings) | Became::Waived(findings) => place(report, findings.first()?),
            Became::Unknown(finding) => place(report, finding),
            Became::Unseen(gap) => of_gap(report, gap),
            Became::Passed(_) | Became::Skipped(_) => None,
        }
    }
}

fn place(report: &Report<'_>, finding: &Finding) -> Option<(FileName, u32)> {
    finding.object?;
    let at = At::of(report, finding);
    Some((at.file, at.line))
}

fn skipped(why: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "      <skipped message=\"{}\"/>", Escaped(Clean(why)))
}

fn error(why: &str, kind: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "      <error message=\"{}\" type=\"{kind}\"/>", Escaped(Clean(why)))
}

/// One element for all findings, since many readers take the first only.
fn failure(report: &Report<'_>, findings: &[&Finding], out: &mut dyn Write) -> io::Result<()> {
    let Some(first) = findings.first() else { return Ok(()) };
    let more = match findings.len() {
        1 => String::new(),
        count => format!(" (and {} more)", count - 1),
    };
    let message = format!("{}: {}{more}", first.severity, first.message);
    writeln!(
        out,
        "      <failure message=\"{}\" type=\"{}\">",
        Escaped(Clean(message)),
        Escaped(first.severity)
    )?;
    for (number, finding) in findings.iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        let told = Told::of(report, finding);
        writeln!(out, "{}[{}]: {}", finding.severity, finding.control, Escaped(Clean(&finding.message)))?;
        if let Some((place, excerpt)) = &told.shown {
            writeln!(out, "at {}", Escaped(Clean(place)))?;
            for line in &excerpt.lines {
                writeln!(out, "{:>6} | {}", line.number, Escaped(&line.text))?;
            }
        }
        for (name, text) in told.notes() {
            writeln!(out, "{name}: {}", Escaped(Clean(text)))?;
        }
    }
    writeln!(out, "      </failure>")
}
