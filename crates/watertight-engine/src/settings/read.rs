//! From the text of a settings file to what it says.

use std::sync::Arc;

use watertight_facts::{AccountPattern, Bound, LabelQuery, NamePattern, TrustClass};
use watertight_model::Severity;
use watertight_syntax::{Limits, LineIndex, Value, yaml};

use super::reader::Reader;
use super::{ClassSaid, Numbers, Problem, Said, SettingsFile, waiver};
use crate::{Catalogue, Choice};

/// The keys of the file, in the order of its documentation.
pub const KEYS: &[&str] = &[
    "kubernetes-version",
    "assume-complete",
    "fail-on",
    "min-severity",
    "allow-incomplete",
    "disable",
    "severity",
    "trusted-registries",
    "blocked-registries",
    "moving-tags",
    "secret-names",
    "secret-values",
    "resource-bounds",
    "namespaces",
    "trust-classes",
    "platform-subjects",
    "network",
    "blast",
    "waivers",
    "peer-waivers",
    "baseline",
];

/// The keys below `network`.
pub const NETWORK: &[&str] = &["flows"];

/// The keys below `blast`.
pub const BLAST: &[&str] = &["weights", "ways-in", "likelihoods"];

/// What may have a weight: things, and classes of namespaces that multiply it.
pub const WEIGHTS: &[&str] = &[
    "workload",
    "secret",
    "service-account",
    "node",
    "cloud-identity",
    "cluster-admin-percent",
    "platform",
    "production",
    "development",
    "other",
];

/// The classes of ways in.
pub const WAYS_IN: &[&str] = &["exposed", "workloads", "identities", "images"];

/// What may be more or less likely than others of its class.
pub const LIKELIHOODS: &[&str] =
    &["anonymous", "authenticated", "identity", "automation", "image-pinned", "image-tagged", "image-moving"];

/// The largest of these numbers: sums of them have to fit.
const LARGEST: u32 = 1000;

/// The keys below `namespaces`.
pub const NAMESPACE_CLASSES: &[&str] = &["platform", "production", "development"];

/// The keys below a class of namespaces.
const CLASS: &[&str] = &["names", "labels"];

/// The keys below `platform-subjects`.
pub const PLATFORM_SUBJECTS: &[&str] = &["users", "groups", "service-accounts"];

/// What a text with labels has to look like.
pub(super) const LABELS: &str = "a label selector as kubectl takes it: \"team=payments,tier in (db, cache)\"";

/// A settings file is written by hand: what is larger or deeper than this is something else.
const LIMITS: Limits =
    Limits { file_bytes: 4 << 20, document_bytes: 4 << 20, depth: 20, alias_nodes: 100_000 };

/// Reads a settings file. `name` is how people know it; waivers say it with their line.
///
/// # Errors
/// Everything that is wrong in it, in the order of the places.
pub fn read(name: &str, text: &Arc<str>, catalogue: &Catalogue) -> Result<SettingsFile, Vec<Problem>> {
    let lines = LineIndex::new(text);
    let at = |offset: u32| lines.position(offset, text);
    if text.len() as u64 > LIMITS.file_bytes {
        return Err(vec![Problem::new(at(0), "this is too large for a settings file")]);
    }
    let mut documents = Vec::new();
    for parsed in yaml::parse(text, &LIMITS) {
        match parsed.document {
            Ok(document) => documents.extend(document),
            Err(error) => return Err(vec![Problem::new(at(error.offset), error.message)]),
        }
    }
    // An empty file says nothing, and that is allowed.
    let [document] = documents.as_slice() else {
        let Some(second) = documents.get(1) else { return Ok(SettingsFile::default()) };
        let position = at(second.root().span().start);
        let problem =
            Problem::new(position, "a second document").help("settings are one document: remove the `---`");
        return Err(vec![problem]);
    };
    let mut reader = Reader::new(text, &lines, document);
    let mut settings = SettingsFile::default();
    let root = document.root();
    if !root.is_null() {
        for (key, value) in reader.map(root, KEYS) {
            entry(&mut settings, &mut reader, key, value, name, catalogue);
        }
    }
    let Reader { mut problems, mut notes, .. } = reader;
    if !problems.is_empty() {
        problems.sort();
        return Err(problems);
    }
    notes.sort();
    settings.notes = notes;
    Ok(settings)
}

fn entry<'d>(
    settings: &mut SettingsFile,
    reader: &mut Reader<'d>,
    key: &str,
    value: Value<'d>,
    name: &str,
    catalogue: &Catalogue,
) {
    // `key:` with nothing behind it says nothing.
    if value.is_null() {
        return;
    }
    match key {
        "kubernetes-version" => {
            let text = reader.text_or_number(value, "a Kubernetes version");
            match text.as_deref().map(str::parse) {
                Some(Ok(version)) => settings.kubernetes_version = Some(said(reader, value, version)),
                Some(Err(error)) => reader.wrong(value, version_error(&error), ""),
                None => {}
            }
        }
        "assume-complete" => settings.assume_complete = reader.flag(value),
        "allow-incomplete" => settings.allow_incomplete = reader.flag(value),
        "network" => {
            for (_, list) in reader.map(value, NETWORK) {
                let path = watertight_syntax::Path::root().key("network").key("flows");
                match watertight_facts::flows::settings::read(list, &path) {
                    Ok(mut flows) => {
                        for (flow, item) in flows.iter_mut().zip(list.items()) {
                            flow.line = reader.line(item);
                        }
                        settings.network_flows = Some(said(reader, list, flows));
                    }
                    Err(problems) => problems.iter().for_each(|own| reader.wrong_at(own.span, &own.why)),
                }
            }
        }
        "blast" => blast(settings, reader, value),
        "peer-waivers" => settings.peer_waivers = reader.flag(value),
        "fail-on" => settings.fail_on = fail_on(reader, value),
        "min-severity" => {
            let severity = reader.parsed(value, SEVERITY);
            settings.min_severity = severity.map(|severity| said(reader, value, severity));
        }
        "disable" => settings.disable = Some(choices(reader, value, catalogue)),
        "severity" => severities(settings, reader, value, catalogue),
        "trusted-registries" => settings.trusted_registries = Some(texts(reader, value, "registries")),
        "blocked-registries" => settings.blocked_registries = Some(texts(reader, value, "registries")),
        "moving-tags" => settings.moving_tags = Some(texts(reader, value, "tags")),
        "secret-names" => settings.secret_names = Some(patterns(reader, value, str::to_lowercase)),
        "secret-values" => settings.secret_values = Some(patterns(reader, value, str::to_owned)),
        "resource-bounds" => {
            let form = "a field, `<=` or `>=`, and a quantity: \"limits.memory<=4Gi\", \"requests.cpu>=50m\"";
            settings.resource_bounds = Some(reader.all_parsed::<Bound>(value, "bounds", form));
        }
        "namespaces" => namespaces(settings, reader, value),
        "trust-classes" => settings.trust_classes = Some(trust_classes(reader, value)),
        "platform-subjects" => subjects(settings, reader, value),
        "waivers" => {
            for item in reader.list(value, "waivers") {
                settings.waivers.extend(waiver::read(reader, item, name, catalogue));
            }
        }
        "baseline" => {
            let file = reader.text(value, "the path of a baseline");
            settings.baseline = file.map(|file| said(reader, value, file));
        }
        _ => unreachable!("every key of `KEYS` has an arm; a test reads each"),
    }
}

const SEVERITY: &str = "info, low, medium, high or critical";

fn said<T>(reader: &Reader<'_>, at: Value<'_>, value: T) -> Said<T> {
    Said { value, line: reader.line(at) }
}

fn version_error(error: &watertight_model::VersionError) -> String {
    match error {
        watertight_model::VersionError::Malformed => "expected a Kubernetes version: \"1.36\"".to_owned(),
        watertight_model::VersionError::TooNew(_) => error.to_string(),
    }
}

fn fail_on<'d>(reader: &mut Reader<'d>, value: Value<'d>) -> Option<Said<Option<Severity>>> {
    let expected = "info, low, medium, high, critical or none";
    let text = reader.text(value, expected)?;
    let threshold = match text.to_ascii_lowercase().as_str() {
        "none" | "never" => None,
        other => match other.parse() {
            Ok(severity) => Some(severity),
            Err(_) => {
                reader.wrong(value, format!("expected {expected}"), "");
                return None;
            }
        },
    };
    Some(said(reader, value, threshold))
}

fn texts<'d>(reader: &mut Reader<'d>, value: Value<'d>, of: &str) -> Said<Vec<String>> {
    let items = reader.list(value, of);
    let texts = items.into_iter().filter_map(|item| reader.text(item, "a text")).collect();
    said(reader, value, texts)
}

/// Texts with `*` for any text. One that fits everything would make a credential of everything.
fn patterns<'d>(
    reader: &mut Reader<'d>,
    value: Value<'d>,
    form: fn(&str) -> String,
) -> Said<Vec<NamePattern>> {
    let mut patterns = Vec::new();
    for item in reader.list(value, "texts") {
        let Some(text) = reader.text(item, "a text") else { continue };
        if text.chars().all(|c| c == '*') {
            reader.wrong(item, "this fits everything", "say a part of the text: `*_key_*`");
        }
        patterns.extend(NamePattern::of_any(&form(&text)));
    }
    said(reader, value, patterns)
}

/// The control or layer of a name; a former name is noted.
pub(super) fn choice<'d>(reader: &mut Reader<'d>, at: Value<'d>, catalogue: &Catalogue) -> Option<Choice> {
    let text = reader.text(at, "the name of a control or layer")?;
    match catalogue.choice(&text) {
        Ok(choice) => {
            note_former(reader, at, &text, choice.name());
            Some(choice)
        }
        Err(help) => {
            reader.wrong(at, "there is no control or layer of this name", help);
            None
        }
    }
}

fn note_former(reader: &mut Reader<'_>, at: Value<'_>, written: &str, name: &str) {
    if written != name {
        let message = format!("`{written}` is now called `{name}`");
        reader.notes.push(Problem::new(reader.position(at), message).help("the former name still holds"));
    }
}

fn choices<'d>(reader: &mut Reader<'d>, value: Value<'d>, catalogue: &Catalogue) -> Said<Vec<Choice>> {
    let items = reader.list(value, "controls and layers");
    let chosen = items.into_iter().filter_map(|item| choice(reader, item, catalogue)).collect();
    said(reader, value, chosen)
}

fn severities<'d>(
    settings: &mut SettingsFile,
    reader: &mut Reader<'d>,
    value: Value<'d>,
    catalogue: &Catalogue,
) {
    for (key, written, value) in reader.named(value, "a map from controls to severities") {
        let severity = reader.parsed::<Severity>(value, SEVERITY);
        match catalogue.control(written) {
            Err(help) => reader.wrong(key, "there is no control of this name", help),
            Ok(control) => {
                note_former(reader, key, written, control.name);
                let Some(severity) = severity.map(|severity| said(reader, key, severity)) else { continue };
                let line = severity.line;
                if let Some(before) = settings.severity.insert(control.name, severity)
                    && before.line != line
                {
                    let message = format!("line {} speaks of the same control", before.line);
                    reader.wrong(key, message, "keep one of them");
                }
            }
        }
    }
}

fn namespaces<'d>(settings: &mut SettingsFile, reader: &mut Reader<'d>, value: Value<'d>) {
    for (key, value) in reader.map(value, NAMESPACE_CLASSES) {
        if value.is_null() {
            continue;
        }
        let class = Some(class(reader, value));
        match key {
            "platform" => settings.namespaces.platform = class,
            "production" => settings.namespaces.production = class,
            _ => settings.namespaces.development = class,
        }
    }
}

fn blast<'d>(settings: &mut SettingsFile, reader: &mut Reader<'d>, value: Value<'d>) {
    for (key, below) in reader.map(value, BLAST) {
        if below.is_null() {
            continue;
        }
        match key {
            "weights" => settings.blast.weights = Some(numbers(reader, below, WEIGHTS)),
            "ways-in" => {
                let said = numbers(reader, below, WAYS_IN);
                if said.value.len() == WAYS_IN.len() && said.value.values().all(|number| *number == 0) {
                    reader.wrong(below, "one of the ways in has to count", "leave one above 0");
                }
                settings.blast.ways_in = Some(said);
            }
            _ => settings.blast.likelihoods = Some(numbers(reader, below, LIKELIHOODS)),
        }
    }
}

/// Whole numbers by name.
fn numbers<'d>(reader: &mut Reader<'d>, value: Value<'d>, keys: &[&'static str]) -> Said<Numbers> {
    let mut found = Numbers::new();
    for (key, below) in reader.map(value, keys) {
        let Some(text) = reader.text_or_number(below, "a whole number") else { continue };
        match text.parse::<u32>().ok().filter(|number| *number <= LARGEST) {
            Some(number) => drop(found.insert(key, number)),
            None => reader.wrong(below, format!("expected a whole number from 0 to {LARGEST}"), ""),
        }
    }
    said(reader, value, found)
}

/// A list of names, or a map of names and labels.
fn class<'d>(reader: &mut Reader<'d>, value: Value<'d>) -> Said<ClassSaid> {
    const NAMES: &str = "the name of a namespace, with `*` for any text";
    let mut class = ClassSaid::default();
    if value.items().len() > 0 {
        class.names = reader.all_parsed::<NamePattern>(value, "names", NAMES).value;
        return said(reader, value, class);
    }
    for (key, below) in reader.map(value, CLASS) {
        match key {
            "names" => class.names = reader.all_parsed(below, "names", NAMES).value,
            _ => {
                let items = reader.one_or_more(below, "label selectors");
                class.labels =
                    items.into_iter().filter_map(|item| reader.parsed::<LabelQuery>(item, LABELS)).collect();
            }
        }
    }
    said(reader, value, class)
}

fn trust_classes<'d>(reader: &mut Reader<'d>, value: Value<'d>) -> Said<Vec<TrustClass>> {
    let mut classes = Vec::new();
    for (key, name, below) in reader.named(value, "a map from names to label selectors") {
        if name.trim().is_empty() {
            reader.wrong(key, "a class needs a name", "");
        }
        let form = "a label selector as kubectl takes it: \"app in (payment, vault)\"";
        if let Some(query) = reader.parsed(below, form) {
            classes.push(TrustClass { name: name.trim().to_owned(), query });
        }
    }
    said(reader, value, classes)
}

fn subjects<'d>(settings: &mut SettingsFile, reader: &mut Reader<'d>, value: Value<'d>) {
    for (key, value) in reader.map(value, PLATFORM_SUBJECTS) {
        if key == "service-accounts" {
            let form = "a service account as NAMESPACE/NAME, with `*` for any text";
            let accounts = reader.all_parsed::<AccountPattern>(value, "service accounts", form);
            settings.platform_subjects.service_accounts = Some(accounts);
            continue;
        }
        let names = texts(reader, value, "names");
        let patterns = names.value.iter().filter_map(|name| NamePattern::of_any(name)).collect();
        let patterns = Some(Said { value: patterns, line: names.line });
        match key {
            "users" => settings.platform_subjects.users = patterns,
            _ => settings.platform_subjects.groups = patterns,
        }
    }
}
