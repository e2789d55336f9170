//! `watertight config show`: what is in force, and where each value comes from.

use std::io::{self, Write};
use std::process::ExitCode;

use serde_json::{Value, json};
use watertight_engine::Choice;
use watertight_engine::settings::{ClassSaid, LIKELIHOODS, WAYS_IN, WEIGHTS};
use watertight_facts::flows::settings::Written;
use watertight_report::Table;

use super::effective::{Exits, Sourced};
use super::{Config, Effective, Source};
use crate::args::{ColorWhen, ConfigArgs, ConfigCommand, ConfigFormat, ConfigShowArgs, Threshold};
use crate::exit::{CLEAN, Failure};
use crate::output::{style, to_stdout};

/// Runs the command below `config`.
pub fn run(arguments: &ConfigArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    let ConfigCommand::Show(arguments) = &arguments.command;
    let shown = Shown::of(arguments)?;
    to_stdout(|out| match arguments.shown_as {
        ConfigFormat::Table => shown.table(color, out),
        ConfigFormat::Json => shown.json(out),
        ConfigFormat::Yaml => shown.yaml(out),
    })?;
    Ok(ExitCode::from(CLEAN))
}

/// One setting by its key in the file.
struct Row {
    key: Vec<&'static str>,
    value: Value,
    source: Source,
}

struct Shown {
    file: Option<String>,
    rows: Vec<Row>,
}

impl Shown {
    fn of(arguments: &ConfigShowArgs) -> Result<Self, Failure> {
        let scan = &arguments.scan;
        let config = Config::find(&scan.target.reading, &scan.target.paths)?;
        let effective = Effective::of(&config, &scan.target.reading, &scan.judge)?;
        let exits = Exits::of(&config, scan);
        let mut rows = rows(&effective, &exits);
        for rule in &config.said.waivers {
            let waiver = &rule.waiver;
            let value = json!({
                "control": rule.concerns.to_string().replace('`', ""),
                "reason": waiver.reason,
                "owner": waiver.owner,
                "until": waiver.until.map(|until| until.to_string()),
            });
            let line = waiver.given.rsplit(':').next().and_then(|line| line.parse().ok()).unwrap_or(0);
            rows.push(Row { key: vec!["waivers"], value, source: Source::File(line) });
        }
        Ok(Self { file: config.name, rows })
    }

    fn place(&self, source: Source) -> String {
        match (source, &self.file) {
            (Source::Default, _) => "default".to_owned(),
            (Source::Flag(flag), _) => flag.to_owned(),
            (Source::File(line), Some(file)) => format!("{file}:{line}"),
            (Source::File(line), None) => format!("line {line}"),
        }
    }

    fn table(&self, color: ColorWhen, out: &mut dyn Write) -> io::Result<()> {
        match &self.file {
            Some(file) => writeln!(out, "settings: {}", watertight_report::clean(file))?,
            None => writeln!(out, "settings: no file")?,
        }
        let mut table = Table::new(&["SETTING", "VALUE", "FROM"]);
        for row in &self.rows {
            table.row([row.key.join("."), plain(&row.value), self.place(row.source)]);
        }
        table.write(style(color), out)
    }

    fn json(&self, out: &mut dyn Write) -> io::Result<()> {
        let rows: Vec<Value> = self.rows.iter().map(|row| self.row(row)).collect();
        let document = json!({
            "schema": "watertight.config/v1",
            "tool": {"name": "watertight", "version": env!("CARGO_PKG_VERSION")},
            "file": self.file,
            "settings": rows,
        });
        serde_json::to_writer_pretty(&mut *out, &document)?;
        writeln!(out)
    }

    fn row(&self, row: &Row) -> Value {
        let source = match row.source {
            Source::Default => json!({"kind": "default"}),
            Source::File(line) => json!({"kind": "file", "file": self.file, "line": line}),
            Source::Flag(flag) => json!({"kind": "flag", "flag": flag}),
        };
        json!({"key": row.key.join("."), "value": row.value, "source": source})
    }

    /// A settings file that says what is in force. Waivers are not in it: they stay where they stand.
    fn yaml(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "# What is in force; `watertight config show -o yaml` wrote it.")?;
        let mut above = "";
        let in_a_file =
            |row: &&Row| !matches!(row.key[0], "select" | "today" | "waivers") && !row.value.is_null();
        for row in self.rows.iter().filter(in_a_file) {
            let value = serde_json::to_string(&row.value)?;
            let from = watertight_report::clean(&self.place(row.source));
            match row.key.as_slice() {
                [key] => writeln!(out, "{key}: {value} # {from}")?,
                [first, below @ ..] => {
                    if *first != above {
                        writeln!(out, "{first}:")?;
                    }
                    writeln!(out, "  {}: {value} # {from}", below.join("."))?;
                }
                [] => {}
            }
            above = row.key[0];
        }
        Ok(())
    }
}

fn rows(effective: &Effective, exits: &Exits) -> Vec<Row> {
    let mut rows = Vec::new();
    let mut add = |key: &[&'static str], value: Value, source: Source| {
        rows.push(Row { key: key.to_vec(), value, source });
    };
    let version = &effective.kubernetes_version;
    add(&["kubernetes-version"], json!(version.value.to_string()), version.source);
    add(&["assume-complete"], json!(effective.assume_complete.value), effective.assume_complete.source);
    let fail_on = match exits.fail_on.value {
        Threshold::At(severity) => severity.name(),
        Threshold::Never => "none",
    };
    add(&["fail-on"], json!(fail_on), exits.fail_on.source);
    add(&["min-severity"], json!(exits.min_severity.value.name()), exits.min_severity.source);
    add(&["allow-incomplete"], json!(exits.allow_incomplete.value), exits.allow_incomplete.source);
    let names =
        |choices: &Sourced<Vec<Choice>>| choices.value.iter().map(|choice| choice.name()).collect::<Vec<_>>();
    add(&["select"], json!(names(&effective.select)), effective.select.source);
    add(&["disable"], json!(names(&effective.disable)), effective.disable.source);
    for (&name, severity) in &effective.severity {
        add(&["severity", name], json!(severity.value.name()), severity.source);
    }
    let texts = |items: &Sourced<Vec<String>>| json!(items.value);
    add(&["trusted-registries"], texts(&effective.trusted_registries), effective.trusted_registries.source);
    add(&["blocked-registries"], texts(&effective.blocked_registries), effective.blocked_registries.source);
    add(&["moving-tags"], texts(&effective.moving_tags), effective.moving_tags.source);
    add(&["secret-names"], shown(&effective.secret_names.value), effective.secret_names.source);
    add(&["secret-values"], shown(&effective.secret_values.value), effective.secret_values.source);
    add(&["resource-bounds"], shown(&effective.resource_bounds.value), effective.resource_bounds.source);
    for (key, class) in [
        ("platform", &effective.platform),
        ("production", &effective.production),
        ("development", &effective.development),
    ] {
        add(&["namespaces", key], class_value(&class.value), class.source);
    }
    let classes = &effective.trust_classes;
    let by_name = classes.value.iter().map(|class| (class.name.clone(), json!(class.query.to_string())));
    add(&["trust-classes"], Value::Object(by_name.collect()), classes.source);
    let (users, groups) = (&effective.platform_users, &effective.platform_groups);
    add(&["platform-subjects", "users"], shown(&users.value), users.source);
    add(&["platform-subjects", "groups"], shown(&groups.value), groups.source);
    let accounts = &effective.platform_accounts;
    add(&["platform-subjects", "service-accounts"], shown(&accounts.value), accounts.source);
    let flows = &effective.network_flows;
    add(&["network", "flows"], Value::Array(flows.value.iter().map(flow).collect()), flows.source);
    for (key, said, names) in [
        ("weights", &effective.blast.weights, WEIGHTS),
        ("ways-in", &effective.blast.ways_in, WAYS_IN),
        ("likelihoods", &effective.blast.likelihoods, LIKELIHOODS),
    ] {
        let source = said.as_ref().map_or(Source::Default, |said| Source::File(said.line));
        let mut weights = effective.weights.clone();
        let value = |name: &&'static str| Some(((*name).to_owned(), json!(*weights.named(name)?)));
        add(&["blast", key], Value::Object(names.iter().filter_map(value).collect()), source);
    }
    add(&["peer-waivers"], json!(effective.peer_waivers.value), effective.peer_waivers.source);
    let baseline = &effective.baseline;
    let file = baseline.value.as_ref().map(|file| file.to_string_lossy().into_owned());
    add(&["baseline"], json!(file), baseline.source);
    if let Some(today) = effective.today {
        add(&["today"], json!(today.to_string()), Source::Flag("--today"));
    }
    rows
}

fn shown<T: ToString>(items: &[T]) -> Value {
    json!(items.iter().map(ToString::to_string).collect::<Vec<_>>())
}

/// A flow with the keys that the file has for it; without ports it is about every port.
fn flow(flow: &Written) -> Value {
    let mut value = json!({"from": flow.from.to_string(), "to": flow.to.to_string()});
    if !flow.ports.is_empty() {
        value["ports"] = shown(&flow.ports);
    }
    value
}

fn class_value(class: &ClassSaid) -> Value {
    json!({"names": shown(&class.names), "labels": shown(&class.labels)})
}

/// A value in a cell: texts without quotes, lists with commas, nothing for what is empty.
fn plain(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(plain).collect::<Vec<_>>().join(", "),
        Value::Object(map) => {
            let parts =
                map.iter().map(|(key, value)| (key, plain(value))).filter(|(_, text)| !text.is_empty());
            parts.map(|(key, text)| format!("{key}: {text}")).collect::<Vec<_>>().join("; ")
        }
        other => other.to_string(),
    }
}
