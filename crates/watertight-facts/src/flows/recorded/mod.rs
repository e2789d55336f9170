//! Flows that somebody recorded: Hubble, Calico, or a list of one's own.
//!
//! Three forms are read, each line told by what is in it:
//!
//! - Hubble: `hubble observe -o json` or `-o jsonpb`, with and without the `flow` around each. Words of enumerations may
//!   be numbers, as JSON of protobuf allows.
//! - Calico: the flow logs of Calico Enterprise and Cloud (`source_name_aggr`, …), those of whisker and goldmane in open
//!   source (`source_name`, … or `sourceName`, …), also several in one line as an API answers them (`items`, `flows`).
//! - A list: JSON lines with the keys below, or CSV whose first line names columns among them.
//!
//! | key | what it says |
//! |---|---|
//! | `from_namespace` | the namespace of who opens the connection |
//! | `from_workload` | its name, or `KIND/NAME`; `*` for every pod of the namespace; empty when it comes from outside of the cluster |
//! | `to_namespace`, `to_workload` | the same of who takes it |
//! | `to_address` | an address, a block, or a host outside of the cluster, when it goes to no workload |
//! | `port` | the number; empty when it is not known |
//! | `protocol` | `TCP` (the default), `UDP` or `SCTP` |
//!
//! Replies are passed over. What was denied is listed and is not needed; what cannot be attributed to a workload in view
//! is listed and never guessed.

mod attribute;
mod calico;
mod csv;
mod hubble;
mod own;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::net::IpAddr;

use serde_json::Value;

use super::{Collector, Found, Ground, Party, Place, Port, settings};

pub(super) use own::named;

/// A line that is longer is no flow, in bytes.
pub const LONGEST_LINE: usize = 1 << 20;
/// Lines after which nothing more is read.
pub const MOST_LINES: u64 = 50_000_000;
/// How many different flows are kept; more are counted.
pub const MOST_FLOWS: usize = 200_000;
/// How many different problems, and how many flows that are denied or cannot be attributed, are kept; more are counted.
pub const MOST_KEPT: usize = 10_000;

/// A line that could not be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LineError {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong, quoting nothing, and what to do.
    pub why: String,
}

/// A flow that counts for nothing: it was denied, or nobody knows whose it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Seen {
    /// Who opened it, as the recording says, masked.
    pub from: String,
    /// Who was to take it, as the recording says, masked.
    pub to: String,
    /// The port.
    pub port: Port,
    /// Why it counts for nothing.
    pub why: &'static str,
    /// Whether an end is in view, or in a namespace with pods in view: what closes these may break it.
    pub touches_view: bool,
}

/// How many of a kind there were, and where the first was.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// How many.
    pub count: u64,
    /// The line of the first.
    pub first_line: u64,
}

/// As in `once, line 3` and `12 times, the first in line 3`.
impl fmt::Display for Times {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.count {
            1 => write!(f, "once, line {}", self.first_line),
            count => write!(f, "{count} times, the first in line {}", self.first_line),
        }
    }
}

/// What a recording holds.
#[derive(Debug, Default)]
pub struct Recorded {
    /// The flows that are needed.
    pub found: Found,
    /// Where the API servers were seen.
    pub api_servers: BTreeSet<IpAddr>,
    /// Flows that somebody denied.
    pub denied: BTreeMap<Seen, Times>,
    /// Flows of which an end is no workload in view.
    pub unattributed: BTreeMap<Seen, Times>,
    /// Lines that could not be read.
    pub errors: Vec<LineError>,
    /// Lines that could not be read and are not among the errors, as these are many.
    pub more_errors: u64,
    /// Lines whose flows are in none of the lists, as these are full: what is found is then not all.
    pub more_seen: u64,
    /// Lines that tell of no connection: replies, other events, protocols without ports.
    pub passed_over: u64,
    /// Lines that were read.
    pub lines: u64,
    /// Whether there were more than [`MOST_LINES`].
    pub is_cut: bool,
}

/// One end of a flow, as a recording tells of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct End {
    /// How people know it.
    text: String,
    /// Whom it is; `None` when that cannot be told.
    party: Option<Party>,
    /// Whether it is in a namespace with pods in view.
    is_here: bool,
    /// Its address, when it is an API server.
    api_server: Option<IpAddr>,
}

impl End {
    fn touches_view(&self) -> bool {
        self.is_here || self.party.as_ref().is_some_and(is_inside)
    }
}

fn is_inside(party: &Party) -> bool {
    matches!(party, Party::Workload(_) | Party::Namespace(_))
}

/// A flow of one line.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Line {
    from: End,
    to: End,
    /// Several when a block of addresses has several hosts.
    port: Port,
    is_denied: bool,
}

/// What a line says.
enum Says {
    Flow(Line),
    /// A connection of which it is not told whether it was let through; why.
    Undecided(Line, &'static str),
    /// No connection.
    Nothing,
    Wrong(String),
}

/// Reads a recording line by line.
#[derive(Debug)]
pub struct Recorder<'g, 'w> {
    ground: &'g Ground<'w>,
    index: attribute::Index,
    flows: BTreeMap<(Party, Party, Port), Times>,
    recorded: Recorded,
    /// The name of the recording, to be told.
    name: Option<String>,
    /// The columns of a list in CSV.
    columns: Option<Vec<own::Column>>,
}

impl<'g, 'w> Recorder<'g, 'w> {
    /// A recorder that has read nothing.
    #[must_use]
    pub fn new(ground: &'g Ground<'w>) -> Self {
        Self {
            ground,
            index: attribute::Index::of(ground),
            flows: BTreeMap::new(),
            recorded: Recorded::default(),
            name: None,
            columns: None,
        }
    }

    /// With the name of the recording, such as that of its file, for reasons.
    #[must_use]
    pub fn named(mut self, name: impl Into<String>) -> Self {
        self.name = Some(name.into());
        self
    }

    /// Reads one line, without its end. Lines that are no text of UTF-8 are wrong, and the next is read.
    pub fn line(&mut self, bytes: &[u8]) {
        if self.recorded.lines >= MOST_LINES {
            self.recorded.is_cut = true;
            return;
        }
        self.recorded.lines += 1;
        let number = self.recorded.lines;
        if bytes.len() > LONGEST_LINE {
            return self.wrong(number, format!("the line is longer than {LONGEST_LINE} bytes"));
        }
        let Ok(text) = std::str::from_utf8(bytes) else {
            return self.wrong(number, "the line is not UTF-8".to_owned());
        };
        // A byte-order mark is no content.
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() || text.starts_with('#') {
            self.recorded.passed_over += 1;
            return;
        }
        if text.starts_with(['{', '[']) {
            match serde_json::from_str(text) {
                Ok(value) => self.value(&value, number),
                Err(error) => {
                    let why = format!(
                        "no JSON, at column {}: each line is a value of its own, as `jq -c` writes it",
                        error.column()
                    );
                    self.wrong(number, why);
                }
            }
        } else {
            let says = self.says_of_csv(text);
            self.take(says, number);
        }
    }

    /// A value of JSON: a flow, or several.
    fn value(&mut self, value: &Value, number: u64) {
        let several =
            value.as_array().or_else(|| ["items", "flows"].iter().find_map(|key| value.get(key)?.as_array()));
        match several {
            Some(several) if several.is_empty() => self.recorded.passed_over += 1,
            Some(several) => {
                for one in several {
                    let says = self.says(one);
                    self.take(says, number);
                }
            }
            None => {
                let says = self.says(value);
                self.take(says, number);
            }
        }
    }

    fn take(&mut self, says: Says, number: u64) {
        match says {
            Says::Wrong(why) => self.wrong(number, why),
            Says::Nothing => self.recorded.passed_over += 1,
            Says::Flow(line) => self.add(&line, number),
            Says::Undecided(line, why) => self.keep(false, seen(&line, why), number),
        }
    }

    /// What was read.
    #[must_use]
    pub fn finish(mut self) -> Recorded {
        let mut collector = Collector::default();
        let of = self.name.map_or_else(String::new, |name| format!("in {name} "));
        for ((from, to, port), times) in self.flows {
            let words = format!("was seen {of}{times}");
            for (from, to) in settings::governed(self.ground, &from, &to) {
                collector.flow(&from, to, port, Place::Line(times.first_line), words.clone());
            }
        }
        self.recorded.found = collector.finish();
        self.recorded
    }

    fn says(&self, value: &Value) -> Says {
        let inner = value.get("flow").filter(|flow| flow.is_object()).unwrap_or(value);
        if own::is(inner) {
            own::of_json(inner, self.ground)
        } else if hubble::is(inner) {
            hubble::read(inner, self.ground, &self.index)
        } else if let Some(key) = calico::key(inner) {
            calico::read(key, self.ground, &self.index)
        } else if hubble::is_other(value) {
            Says::Nothing
        } else {
            Says::Wrong(
                "neither a flow of Hubble nor of Calico, and no key `from_workload` or `to_workload`"
                    .to_owned(),
            )
        }
    }

    fn says_of_csv(&mut self, text: &str) -> Says {
        let Some(fields) = csv::fields(text) else {
            return Says::Wrong("a quotation mark is not closed".to_owned());
        };
        match &self.columns {
            Some(columns) => own::of_fields(columns, &fields, self.ground),
            None => match own::columns(&fields) {
                Ok(columns) => {
                    self.columns = Some(columns);
                    Says::Nothing
                }
                Err(why) => Says::Wrong(why),
            },
        }
    }

    fn wrong(&mut self, line: u64, why: String) {
        if self.recorded.errors.len() < MOST_KEPT {
            self.recorded.errors.push(LineError { line, why });
        } else {
            self.recorded.more_errors += 1;
        }
    }

    fn add(&mut self, line: &Line, number: u64) {
        if line.is_denied {
            return self.keep(true, seen(line, "it was denied"), number);
        }
        if self.recorded.api_servers.len() < MOST_KEPT {
            self.recorded.api_servers.extend(line.from.api_server.into_iter().chain(line.to.api_server));
        }
        let (from, to) = match (&line.from.party, &line.to.party) {
            (Some(from), Some(to)) => (from, to),
            (None, _) => return self.keep(false, seen(line, "who opened it is no workload in view"), number),
            (_, None) => return self.keep(false, seen(line, "who took it is no workload in view"), number),
        };
        if !is_inside(from) && !is_inside(to) {
            return self.keep(false, seen(line, "neither end is a workload in view"), number);
        }
        let key = (from.clone(), to.clone(), line.port);
        if let Some(times) = self.flows.get_mut(&key) {
            times.count += 1;
        } else if self.flows.len() >= MOST_FLOWS {
            self.recorded.more_seen += 1;
        } else {
            self.flows.insert(key, Times { count: 1, first_line: number });
        }
    }

    fn keep(&mut self, denied: bool, seen: Seen, line: u64) {
        let kept = if denied { &mut self.recorded.denied } else { &mut self.recorded.unattributed };
        if let Some(times) = kept.get_mut(&seen) {
            times.count += 1;
        } else if kept.len() < MOST_KEPT {
            kept.insert(seen, Times { count: 1, first_line: line });
        } else {
            self.recorded.more_seen += 1;
        }
    }
}

fn seen(line: &Line, why: &'static str) -> Seen {
    Seen {
        from: super::masked(&line.from.text),
        to: super::masked(&line.to.text),
        port: line.port,
        why,
        touches_view: line.from.touches_view() || line.to.touches_view(),
    }
}

/// Reads a recording that is in memory as a whole.
#[must_use]
pub fn read(ground: &Ground<'_>, bytes: &[u8]) -> Recorded {
    let mut recorder = Recorder::new(ground);
    for line in bytes.split(|byte| *byte == b'\n') {
        recorder.line(line);
    }
    recorder.finish()
}

/// The text at a key; empty when there is none.
fn text<'v>(value: &'v Value, key: &str) -> &'v str {
    value.get(key).and_then(Value::as_str).unwrap_or_default()
}

/// The number of a word of an enumeration, which JSON of protobuf may write either way. `words` begin with that of 0.
fn word(value: &Value, key: &str, words: &[&str]) -> Option<usize> {
    match value.get(key)? {
        Value::String(text) => words.iter().position(|word| word.eq_ignore_ascii_case(text)),
        other => other
            .as_u64()
            .and_then(|number| usize::try_from(number).ok())
            .filter(|number| *number < words.len()),
    }
}

/// A number at a key, which JSON of protobuf writes as a text when it may be large.
fn number(value: &Value, key: &str) -> Option<u64> {
    let field = value.get(key)?;
    field.as_u64().or_else(|| field.as_str()?.trim().parse().ok())
}
