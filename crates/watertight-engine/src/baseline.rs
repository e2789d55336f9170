//! A baseline: the findings that are known, so that only new ones count.
//!
//! A finding is known by its fingerprint, which survives reformatting and new neighbours. Several findings
//! may have one fingerprint: a baseline knows as many as it holds. What became worse is new. The form is
//! `docs/schema/baseline.v1.json`; start reading at [`Baseline`].

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde_json::json;
use watertight_model::{Finding, Severity, Snapshot, Verdict, Waiver};
use watertight_syntax::{Limits, LineIndex, Value, yaml};

use crate::settings::{Problem, Reader};
use crate::{Control, Outcome, Remark};

/// The form that is written and read.
pub const SCHEMA: &str = "watertight.baseline/v1";

/// What every version of the form begins with.
const FAMILY: &str = "watertight.baseline/v";

/// What the fingerprints begin with that findings have.
const FINGERPRINT: &str = "v1:";

/// The findings that are known.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Baseline {
    /// By fingerprint, the worst first.
    entries: BTreeMap<String, Vec<Entry>>,
}

/// One finding that is known.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Entry {
    severity: Severity,
    control: String,
    object: String,
}

impl Baseline {
    /// The failures of an outcome.
    #[must_use]
    pub fn of(outcome: &Outcome, snapshot: &Snapshot) -> Self {
        let mut baseline = Self::default();
        for finding in outcome.findings.iter().filter(|finding| finding.verdict == Verdict::Fail) {
            let object = finding.identity(snapshot).to_string();
            let entry = Entry { severity: finding.severity, control: finding.control.to_owned(), object };
            baseline.add(finding.fingerprint.to_string(), entry);
        }
        baseline
    }

    fn add(&mut self, fingerprint: String, entry: Entry) {
        let entries = self.entries.entry(fingerprint).or_default();
        entries.push(entry);
        entries.sort_by(|one, other| other.cmp(one));
    }

    /// How many findings are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.values().map(Vec::len).sum()
    }

    /// Whether none is.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// The text of the file, sorted: equal findings give equal bytes.
    #[must_use]
    pub fn text(&self, tool_version: &str) -> String {
        let row = |(fingerprint, entry): (&String, &Entry)| {
            let (control, severity, object) = (&entry.control, entry.severity.name(), &entry.object);
            let row = json!({"fingerprint": fingerprint, "control": control, "severity": severity, "object": object});
            format!("    {row}")
        };
        let all =
            self.entries.iter().flat_map(|(key, entries)| entries.iter().map(move |entry| (key, entry)));
        let rows: Vec<String> = all.map(row).collect();
        let list = if rows.is_empty() { "[]".to_owned() } else { format!("[\n{}\n  ]", rows.join(",\n")) };
        let tool = json!({"name": "watertight", "version": tool_version});
        // One line for each finding, so that a change of the file is read like one of the findings.
        format!("{{\n  \"schema\": \"{SCHEMA}\",\n  \"tool\": {tool},\n  \"findings\": {list}\n}}\n")
    }

    /// Reads the text of a file.
    ///
    /// # Errors
    /// Everything that is wrong in it, in the order of the places.
    pub fn read(text: &Arc<str>) -> Result<Self, Vec<Problem>> {
        let lines = LineIndex::new(text);
        let at = |offset: u32| lines.position(offset, text);
        let mut parsed = yaml::parse(text, &Limits::default()).into_iter();
        let document = match parsed.next().map(|parsed| parsed.document) {
            Some(Ok(Some(document))) => document,
            Some(Err(error)) => return Err(vec![Problem::new(at(error.offset), error.message)]),
            _ => return Err(vec![Problem::new(at(0), "the file is empty")]),
        };
        if let Some(next) = parsed.next() {
            return Err(vec![Problem::new(at(next.span.start), "more stands behind the baseline")]);
        }
        let mut reader = Reader::new(text, &lines, &document);
        let mut baseline = Self::default();
        let root = document.root();
        let schema = root.get("schema").and_then(Value::as_str).unwrap_or_default();
        if schema != SCHEMA {
            let (message, help) = match schema.starts_with(FAMILY) {
                true => {
                    ("a baseline in a form that this build does not read", "write it anew with this build")
                }
                false => ("this is no baseline", "`watertight baseline` writes one"),
            };
            reader.wrong(root.get("schema").unwrap_or(root), message, help);
        } else {
            let mut found = None;
            for (key, value) in reader.map(root, &["schema", "tool", "findings"]) {
                if key == "findings" {
                    found = Some(value);
                }
            }
            match found {
                Some(found) => {
                    reader.list(found, "findings").into_iter().for_each(|row| baseline.row(&mut reader, row));
                }
                None => reader.wrong(root, "a baseline without `findings`", "write it anew"),
            }
        }
        if reader.problems.is_empty() {
            return Ok(baseline);
        }
        reader.problems.sort();
        Err(reader.problems)
    }

    fn row<'d>(&mut self, reader: &mut Reader<'d>, row: Value<'d>) {
        let before = reader.problems.len();
        let (mut fingerprint, mut severity, mut control, mut object) = (None, None, None, None);
        for (key, value) in reader.map(row, &["fingerprint", "control", "severity", "object"]) {
            match key {
                "severity" => severity = reader.parsed(value, "info, low, medium, high or critical"),
                "control" => control = reader.text(value, "the name of a control"),
                "object" => object = reader.text(value, "an object"),
                _ => {
                    fingerprint = reader.text(value, "a fingerprint");
                    if fingerprint.as_ref().is_some_and(|text| !text.starts_with(FINGERPRINT)) {
                        let message = "a fingerprint of another version than findings have";
                        reader.wrong(value, message, "write the baseline anew with this build");
                    }
                }
            }
        }
        match (fingerprint, severity, control, object) {
            (Some(fingerprint), Some(severity), Some(control), Some(object)) => {
                self.add(fingerprint, Entry { severity, control, object });
            }
            _ if reader.problems.len() > before => {}
            _ => reader.wrong(row, "a finding of which something is missing", "write the baseline anew"),
        }
    }

    /// Marks the failures of an outcome that are known as waived by the file `name`. One that became worse than
    /// it was known stays a failure and says so. What the baseline holds and is not found any more is told.
    /// `whole` says that everything was looked at that the baseline is of; else what it holds of objects out of
    /// view is not missed.
    pub fn apply(
        &self,
        outcome: &mut Outcome,
        snapshot: &Snapshot,
        controls: &[&'static Control],
        name: &str,
        whole: bool,
    ) {
        let mut found: BTreeMap<String, Vec<&mut Finding>> = BTreeMap::new();
        for finding in outcome.findings.iter_mut().filter(|finding| finding.verdict == Verdict::Fail) {
            found.entry(finding.fingerprint.to_string()).or_default().push(finding);
        }
        let mut gone: Vec<&Entry> = Vec::new();
        for (fingerprint, entries) in &self.entries {
            let mut findings = found.remove(fingerprint).unwrap_or_default();
            findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
            let mut left = entries.iter().peekable();
            let mut new = Vec::new();
            for finding in findings {
                match left.next_if(|entry| entry.severity >= finding.severity) {
                    Some(_) => finding.verdict = Verdict::Waived(Box::new(Waiver::baseline(name))),
                    None => new.push(finding),
                }
            }
            for (finding, entry) in new.into_iter().zip(left.by_ref()) {
                finding.message.push_str(&format!(" (known in {name} as {})", entry.severity));
            }
            gone.extend(left);
        }
        let here: BTreeSet<String> =
            snapshot.objects().map(|(_, object)| object.identity().to_string()).collect();
        let ran = |entry: &&&Entry| controls.iter().any(|control| control.name == entry.control);
        let in_view = |entry: &&&Entry| whole || here.contains(&entry.object);
        let gone = gone.iter().filter(ran).filter(in_view).count();
        if gone > 0 {
            let (of, are) = (self.len(), if gone == 1 { "is" } else { "are" });
            let message =
                format!("{gone} of its {of} findings {are} gone: write it anew with `watertight baseline`");
            outcome.remarks.push(Remark { place: name.to_owned(), message });
            outcome.remarks.sort();
        }
    }
}
