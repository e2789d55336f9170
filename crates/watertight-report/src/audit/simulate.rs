//! What a policy would have kept of logs.
//!
//! A size that is not known to the end is never shown as if it were: it has a `>` before it, and the
//! events behind it are counted.

use std::io::{self, Write};

use serde::Serialize;
use watertight_audit::{Compared, Level, Policy, Simulated, Tally, Volume};

use super::{Source, Tool, rule_path};
use crate::style::Clean;
use crate::style::plural;
use crate::{Style, Table};

const SCHEMA: &str = "watertight.audit-simulate/v1";

/// A simulation with everything that it was made of.
#[derive(Debug, Clone, Copy)]
pub struct Simulation<'a> {
    /// The policy that was simulated.
    pub source: Source<'a>,
    /// The same as values.
    pub policy: &'a Policy,
    /// The file of the policy that it was compared with; `None` for what was logged.
    pub against: Option<&'a str>,
    /// The logs, with what came of reading each.
    pub logs: &'a [(String, Tally)],
    /// The result.
    pub found: &'a Simulated,
    /// How many users are shown to people; machines see all.
    pub top: usize,
}

/// Writes totals, then levels, rules and the users with most events, then what is not known.
///
/// # Errors
/// When the writer fails.
pub fn table(simulation: &Simulation<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let Simulation { source, found, against, .. } = simulation;
    let before = against.map_or_else(|| "what was logged".to_owned(), ToOwned::to_owned);
    writeln!(out, "{} against {}: {}", Clean(source.file), Clean(before), plural(found.events, "event"))?;
    writeln!(out)?;
    levels(found, style, out)?;
    writeln!(out)?;
    rules(simulation, style, out)?;
    writeln!(out)?;
    users(simulation, style, out)?;
    let notes = notes(simulation);
    if !notes.is_empty() {
        writeln!(out)?;
    }
    for note in notes {
        writeln!(out, "{}: {}", style.warning("note"), Clean(note))?;
    }
    unread(simulation, style, out)
}

fn levels(found: &Simulated, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new(&["LEVEL", "EVENTS BEFORE", "AFTER", "BYTES BEFORE", "AFTER"]);
    for (level, compared) in &found.levels {
        table.row(compared_row(level.to_string(), compared));
    }
    table.row(compared_row("all".to_owned(), &found.total));
    table.write(style, out)
}

fn compared_row(name: String, compared: &Compared) -> [String; 5] {
    let Compared { before, after } = compared;
    [name, before.events.to_string(), after.events.to_string(), size(before), size(after)]
}

fn rules(simulation: &Simulation<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let mut table = Table::new(&["RULE", "AT", "LEVEL", "DECIDES", "KEEPS", "BYTES"]);
    for (index, (rule, volume)) in simulation.policy.rules.iter().zip(&simulation.found.rules).enumerate() {
        let path = rule_path(index);
        table.row([
            path.to_string(),
            simulation.source.shown(&path),
            rule.level.to_string(),
            volume.decided.to_string(),
            volume.kept.events.to_string(),
            size(&volume.kept),
        ]);
    }
    if simulation.found.unmatched > 0 {
        let unmatched = simulation.found.unmatched.to_string();
        table.row(["no rule", "", Level::None.as_str(), &unmatched, "0", "0 B"]);
    }
    table.write(style, out)
}

fn users(simulation: &Simulation<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    let found = simulation.found;
    let mut users: Vec<(&String, &Compared)> = found.users.iter().collect();
    let weight = |compared: &Compared| compared.before.events.max(compared.after.events);
    users.sort_by(|one, other| weight(other.1).cmp(&weight(one.1)).then_with(|| one.0.cmp(other.0)));
    let mut table = Table::new(&["USER", "EVENTS BEFORE", "AFTER", "BYTES BEFORE", "AFTER"]);
    for (name, compared) in users.iter().take(simulation.top) {
        let name = if name.is_empty() { "(refused credentials)" } else { name };
        table.row(compared_row(name.to_owned(), compared));
    }
    table.write(style, out)?;
    let hidden = users.len().saturating_sub(simulation.top);
    if hidden > 0 {
        writeln!(out, "{} more (--top shows more, -o json all)", plural(hidden as u64, "user"))?;
    }
    if weight(&found.further_users) > 0 {
        let events = weight(&found.further_users);
        writeln!(out, "{} of users beyond the first {}", plural(events, "event"), found.users.len())?;
    }
    Ok(())
}

/// What the numbers do not tell.
fn notes(simulation: &Simulation<'_>) -> Vec<String> {
    let Simulation { found, against, .. } = simulation;
    let mut notes = Vec::new();
    if found.dropped_by_level + found.dropped_by_stage > 0 {
        notes.push(format!(
            "dropped are {} by their level and {} by their stage",
            plural(found.dropped_by_level, "event"),
            found.dropped_by_stage
        ));
    }
    for (volume, whose) in [(found.total.before, "before"), (found.total.after, "after")] {
        if volume.unknown_size > 0 {
            notes.push(format!(
                "of the events {whose}, {} would hold bodies that were not logged: their size is not known, and `>` \
                 means at least",
                volume.unknown_size
            ));
        }
    }
    if found.unseen_arrivals > 0 {
        notes.push(format!(
            "the policy writes the stage RequestReceived too, which was not logged: about {} more, in no count",
            plural(found.unseen_arrivals, "event")
        ));
    }
    if found.managed_fields_unseen {
        notes.push(
            "the policy keeps managed fields, which the logged bodies lack: they would be longer".to_owned(),
        );
    }
    if against.is_none() {
        notes.push(
            "what the policy in force did not log is not in the log: this policy may keep more of that"
                .to_owned(),
        );
    }
    notes
}

fn unread(simulation: &Simulation<'_>, style: Style, out: &mut dyn Write) -> io::Result<()> {
    const SHOWN: usize = 10;
    for (file, tally) in simulation.logs.iter().filter(|(_, tally)| !tally.is_complete()) {
        writeln!(out)?;
        let total = tally.unread_total();
        if total > 0 {
            let what = format!(
                "{file}: {} of {} could not be read",
                plural(total, "place"),
                plural(tally.lines, "line")
            );
            writeln!(out, "{}", style.warning(what))?;
        }
        for (reason, count) in &tally.unread {
            writeln!(out, "  {count} × {}", reason.as_str())?;
        }
        for place in tally.places.iter().take(SHOWN) {
            writeln!(out, "  {}:{}: {}", Clean(file), place.line, place.reason.as_str())?;
        }
        if total > SHOWN as u64 {
            writeln!(out, "  and {} more", total - SHOWN as u64)?;
        }
        if let Some(why) = &tally.stopped {
            writeln!(
                out,
                "{}",
                style.warning(format!("{file}: reading stopped after line {}: {why}", tally.lines))
            )?;
        }
    }
    Ok(())
}

/// A size for people, with `>` when more is not known.
fn size(volume: &Volume) -> String {
    const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
    let mut unit = 0;
    // Tenths, so that no float is rounded.
    let mut tenths = u128::from(volume.bytes) * 10;
    while tenths >= 10_000 && unit + 1 < UNITS.len() {
        tenths = (tenths + 500) / 1000;
        unit += 1;
    }
    let more = if volume.unknown_size > 0 { "> " } else { "" };
    let number =
        if unit == 0 { (tenths / 10).to_string() } else { format!("{}.{}", tenths / 10, tenths % 10) };
    format!("{more}{number} {}", UNITS[unit])
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Document<'a> {
    schema: &'static str,
    tool: Tool<'a>,
    policy: &'a str,
    against: Option<&'a str>,
    complete: bool,
    events: u64,
    total: ComparedRow,
    levels: Vec<LevelRow>,
    rules: Vec<RuleRow>,
    unmatched: u64,
    users: Vec<UserRow<'a>>,
    further_users: ComparedRow,
    dropped_by_level: u64,
    dropped_by_stage: u64,
    unseen_arrivals: u64,
    managed_fields_unseen: bool,
    logs: Vec<LogRow<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct VolumeRow {
    events: u64,
    bytes: u64,
    unknown_size: u64,
}

#[derive(Serialize)]
struct ComparedRow {
    before: VolumeRow,
    after: VolumeRow,
}

#[derive(Serialize)]
struct LevelRow {
    level: &'static str,
    before: VolumeRow,
    after: VolumeRow,
}

#[derive(Serialize)]
struct RuleRow {
    rule: usize,
    level: &'static str,
    line: u32,
    column: u32,
    decides: u64,
    keeps: VolumeRow,
}

#[derive(Serialize)]
struct UserRow<'a> {
    user: &'a str,
    before: VolumeRow,
    after: VolumeRow,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct LogRow<'a> {
    file: &'a str,
    lines: u64,
    events: u64,
    unknown_fields: u64,
    unread: u64,
    places: Vec<PlaceRow>,
    stopped: Option<&'a str>,
}

#[derive(Serialize)]
struct PlaceRow {
    line: u64,
    reason: &'static str,
}

impl From<Volume> for VolumeRow {
    fn from(volume: Volume) -> Self {
        Self { events: volume.events, bytes: volume.bytes, unknown_size: volume.unknown_size }
    }
}

impl From<Compared> for ComparedRow {
    fn from(compared: Compared) -> Self {
        Self { before: compared.before.into(), after: compared.after.into() }
    }
}

/// Writes the numbers for machines (`docs/schema/audit-simulate.v1.json`).
///
/// # Errors
/// When the writer fails.
pub fn json(simulation: &Simulation<'_>, out: &mut dyn Write) -> io::Result<()> {
    let Simulation { source, policy, against, logs, found, .. } = simulation;
    let rules = policy.rules.iter().zip(&found.rules).enumerate().map(|(index, (rule, volume))| {
        let (line, column) = source.place.place_of(&rule_path(index));
        let level = rule.level.as_str();
        RuleRow { rule: index, level, line, column, decides: volume.decided, keeps: volume.kept.into() }
    });
    let document = Document {
        schema: SCHEMA,
        tool: source.tool(),
        policy: source.file,
        against: *against,
        complete: logs.iter().all(|(_, tally)| tally.is_complete()),
        events: found.events,
        total: found.total.into(),
        levels: found
            .levels
            .iter()
            .map(|(level, compared)| LevelRow {
                level: level.as_str(),
                before: compared.before.into(),
                after: compared.after.into(),
            })
            .collect(),
        rules: rules.collect(),
        unmatched: found.unmatched,
        users: found
            .users
            .iter()
            .map(|(user, compared)| UserRow {
                user,
                before: compared.before.into(),
                after: compared.after.into(),
            })
            .collect(),
        further_users: found.further_users.into(),
        dropped_by_level: found.dropped_by_level,
        dropped_by_stage: found.dropped_by_stage,
        unseen_arrivals: found.unseen_arrivals,
        managed_fields_unseen: found.managed_fields_unseen,
        logs: logs.iter().map(log_row).collect(),
    };
    serde_json::to_writer_pretty(&mut *out, &document)?;
    out.write_all(b"\n")
}

fn log_row((file, tally): &(String, Tally)) -> LogRow<'_> {
    let places =
        tally.places.iter().map(|place| PlaceRow { line: place.line, reason: place.reason.as_str() });
    LogRow {
        file,
        lines: tally.lines,
        events: tally.events,
        unknown_fields: tally.unknown_fields,
        unread: tally.unread_total(),
        places: places.collect(),
        stopped: tally.stopped.as_deref(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_for_people() {
        let shown = |bytes, unknown_size| size(&Volume { events: 1, bytes, unknown_size });
        assert_eq!(shown(0, 0), "0 B");
        assert_eq!(shown(999, 0), "999 B");
        assert_eq!(shown(1234, 0), "1.2 kB");
        assert_eq!(shown(999_960, 0), "1.0 MB");
        assert_eq!(shown(12_345_678_901, 1), "> 12.3 GB");
    }
}
