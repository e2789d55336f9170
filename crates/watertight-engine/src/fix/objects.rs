//! Fixes that are new objects: a file named by the user, or one beside the object that lacks them.

use std::collections::BTreeMap;
use std::path::{Path as FilePath, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;
use watertight_model::{Finding, Standing};
use watertight_syntax::edit::block_document;
use watertight_syntax::{json, yaml};

use super::folders::NewFile;
use super::{EditedText, Existing, Left, Numbers, Round};

/// The keys that people expect first.
const FIRST: &[&str] = &[
    "apiVersion",
    "kind",
    "metadata",
    "name",
    "namespace",
    "podSelector",
    "policyTypes",
    "to",
    "from",
    "protocol",
];

/// Objects that fixes ask for, each once.
pub(super) struct NewObjects<'r> {
    round: &'r Round<'r>,
    /// What stood in the files before, with the edits of earlier rounds.
    before: &'r BTreeMap<PathBuf, EditedText>,
    wanted: BTreeMap<Key, Wanted>,
}

/// API group with version, kind, namespace and name.
type Key = [String; 4];

struct Wanted {
    object: Json,
    file: PathBuf,
    /// The file of the object that lacks it.
    beside: Option<PathBuf>,
    by: Numbers,
}

fn key_of(object: &Json) -> Option<Key> {
    let text = |value: &Json| value.as_str().map(str::to_owned);
    let metadata = object.get("metadata")?;
    Some([
        text(object.get("apiVersion")?)?,
        text(object.get("kind")?)?,
        metadata.get("namespace").and_then(text).unwrap_or_default(),
        text(metadata.get("name")?)?,
    ])
}

fn described([_, kind, namespace, name]: &Key) -> String {
    match namespace.as_str() {
        "" => format!("{kind} {name}"),
        _ => format!("{kind} {namespace}/{name}"),
    }
}

fn other(key: &Key) -> Left {
    Left::ObjectExists(format!("{} is there already, and is another", described(key)))
}

impl<'r> NewObjects<'r> {
    pub(super) fn of(round: &'r Round<'r>, before: &'r BTreeMap<PathBuf, EditedText>) -> Self {
        Self { round, before, wanted: BTreeMap::new() }
    }

    /// Notes what the fix of a finding wants to create; all of it or nothing.
    pub(super) fn want(&mut self, number: usize, finding: &Finding) -> Result<(), Left> {
        let objects = finding.fix.iter().flat_map(|fix| &fix.objects);
        let keyed: Option<Vec<(Key, &Json)>> =
            objects.map(|object| key_of(object).map(|key| (key, object))).collect();
        let keyed = keyed.ok_or(Left::NoFix(None))?;
        for (key, object) in &keyed {
            let differs = self.wanted.get(key).is_some_and(|wanted| wanted.object != **object);
            if differs || self.is_written(key) {
                return Err(other(key));
            }
        }
        for (key, object) in keyed {
            let file = self.file(finding, &key);
            self.check(&file, &key, object)?;
            let wanted = self.wanted.entry(key).or_insert_with(|| Wanted {
                object: object.clone(),
                file,
                beside: finding
                    .shown(self.round.current)
                    .map(|object| object.origin().source.path().to_owned()),
                by: Numbers::new(),
            });
            wanted.by.insert(number);
        }
        Ok(())
    }

    /// Whether somebody wrote an object of this identity: it is never overwritten.
    fn is_written(&self, [version, kind, namespace, name]: &Key) -> bool {
        let snapshot = self.round.current;
        let group = version.rsplit_once('/').map_or("", |(group, _)| group);
        snapshot.of_kind(kind).iter().any(|id| {
            let object = snapshot.object(*id);
            let identity = object.identity();
            !object.is_implied()
                && *identity.group == *group
                && identity.namespace.name().unwrap_or_default() == namespace
                && *identity.name == **name
        })
    }

    /// Where a new object goes.
    fn file(&self, finding: &Finding, [_, kind, _, name]: &Key) -> PathBuf {
        if let Some(file) = self.round.options.new_objects {
            return file.to_owned();
        }
        let source = finding.shown(self.round.current).map(|object| &object.origin().source);
        match source.map(|source| source.path()) {
            Some(path) if path == FilePath::new("-") => path.to_owned(),
            path => {
                let folder = path.and_then(FilePath::parent).unwrap_or(FilePath::new(""));
                folder.join(format!("{}-{name}.yaml", kind.to_lowercase()))
            }
        }
    }

    /// A file that was not read may hold the object, or cannot be added to.
    fn check(&self, file: &FilePath, key: &Key, object: &Json) -> Result<(), Left> {
        let shown = file.display();
        if self.round.folders.is_template(file) {
            return Err(Left::Template);
        }
        if let Existing::Unreadable(why) = self.existing(file) {
            return Err(Left::ObjectFile(format!("{shown} cannot be read: {why}")));
        }
        let Some(text) = standing(self.round, self.before, file) else { return Ok(()) };
        let values = values(&text, self.round)
            .ok_or_else(|| Left::ObjectFile(format!("{shown} has a document that cannot be read")))?;
        match values.iter().find(|value| key_of(value).as_ref() == Some(key)) {
            Some(value) if value == object => {
                Err(Left::ObjectExists(format!("{} is there already, in {shown}", described(key))))
            }
            Some(_) => Err(Left::ObjectExists(format!("{} is there already", described(key)))),
            None => Ok(()),
        }
    }

    fn existing(&self, file: &FilePath) -> Existing {
        match standing_of_read(self.round, self.before, file) {
            Some(text) => Existing::Text(text),
            None => (self.round.options.existing)(file),
        }
    }
}

/// The text of a file that was read, with the edits of earlier rounds.
fn standing_of_read(
    round: &Round<'_>,
    before: &BTreeMap<PathBuf, EditedText>,
    file: &FilePath,
) -> Option<Arc<str>> {
    if let Some(text) = before.get(file) {
        return Some(Arc::clone(&text.after));
    }
    let read = round
        .current
        .objects()
        .map(|(_, object)| object.origin())
        .find(|origin| origin.standing == Standing::Read && origin.source.path() == file)?;
    Some(read.source.raw_for_edit().into())
}

/// The text of a file, read or not; nothing when there is no such file.
pub(super) fn standing(
    round: &Round<'_>,
    before: &BTreeMap<PathBuf, EditedText>,
    file: &FilePath,
) -> Option<Arc<str>> {
    standing_of_read(round, before, file).or_else(|| match (round.options.existing)(file) {
        Existing::Text(text) => Some(text),
        Existing::Absent | Existing::Unreadable(_) => None,
    })
}

/// The values of a text; nothing when one of them cannot be read.
fn values(text: &Arc<str>, round: &Round<'_>) -> Option<Vec<Json>> {
    if json::looks_like_json(text)
        && let Ok(values) = json::split(text)
    {
        return values.into_iter().map(|at| Some(json::decode(text, at).ok()?.root().to_json())).collect();
    }
    let mut read = Some(Vec::new());
    yaml::parse_each(text, &round.options.limits, |parsed| match (parsed.document, &mut read) {
        (Ok(document), Some(values)) => values.extend(document.map(|document| document.root().to_json())),
        _ => read = None,
    });
    read
}

/// Adds the objects whose fixes were accepted to the texts, and gives their files. A fix whose object cannot be
/// added is left.
pub(super) fn write(
    new: NewObjects<'_>,
    accepted: &mut Numbers,
    left: &mut BTreeMap<usize, Left>,
    texts: &mut BTreeMap<PathBuf, Arc<str>>,
) -> Vec<NewFile> {
    let mut written = Vec::new();
    for (_, wanted) in new.wanted {
        if wanted.by.intersection(accepted).next().is_none() {
            continue;
        }
        let old = texts.get(&wanted.file).cloned();
        let old = old.or_else(|| standing(new.round, new.before, &wanted.file));
        match added(old.as_ref(), &wanted, new.round) {
            Some(text) => {
                let file = wanted.file.clone();
                written.extend(wanted.beside.map(|beside| NewFile { file, beside }));
                texts.insert(wanted.file, text);
            }
            None => {
                let why = format!("{} cannot be added to so that it reads back", wanted.file.display());
                for number in wanted.by.into_iter().filter(|number| accepted.remove(number)) {
                    left.insert(number, Left::ObjectFile(why.clone()));
                }
            }
        }
    }
    written
}

/// A text with one more object, proven to hold what it held and the object.
fn added(old: Option<&Arc<str>>, wanted: &Wanted, round: &Round<'_>) -> Option<Arc<str>> {
    let old = old.map_or("", |text| text);
    let is_json = match old.trim() {
        "" => wanted.file.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")),
        text => json::looks_like_json(text) && json::split(text).is_ok(),
    };
    let mut text = old.to_owned();
    let line_break = if old.contains("\r\n") { "\r\n" } else { "\n" };
    if !text.is_empty() && !text.ends_with('\n') {
        text.push_str(line_break);
    }
    let object = match is_json {
        true => serde_json::to_string_pretty(&wanted.object).ok()? + "\n",
        false => block_document(&wanted.object, FIRST),
    };
    if !is_json && !text.trim().is_empty() {
        text.push_str("---\n");
    }
    text.push_str(&object);
    if line_break == "\r\n" {
        text = text.replace("\r\n", "\n").replace('\n', "\r\n");
    }
    let text: Arc<str> = text.into();
    let mut planned = if old.trim().is_empty() { Vec::new() } else { values(&old.into(), round)? };
    planned.push(wanted.object.clone());
    (values(&text, round)? == planned).then_some(text)
}
