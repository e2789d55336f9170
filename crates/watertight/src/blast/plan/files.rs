//! The edits of a plan's steps in the texts that hold the objects, and as commands for objects that no file holds.
//!
//! Each file is edited from the text that was read with the edits of all steps so far, so that positions in lists stay
//! true; a patch is the difference between the texts of two steps. Nothing is written here. Start reading at
//! [`Tree::take`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Component, Path as FilePath, PathBuf};
use std::sync::Arc;

use serde_json::Value as Json;
use watertight_engine::fix::{EditedText, is_chart_template};
use watertight_model::{Fix, FixPlan, Object, ObjectId, Snapshot, Standing};
use watertight_report::fix::{Patch, patch};
use watertight_syntax::edit::{Change, Text, block_document};
use watertight_syntax::{Limits, Path};

use super::edits::Edit;
use super::live::Live;

/// What of a step goes into a file of its own, or is a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// A patch of files.
    Patch(Patch),
    /// A file whose patch would quote what may be secret.
    Secret(PathBuf),
    /// Objects that are new, to be applied.
    Manifest(String),
    /// A JSON patch of an object, and the command that takes it up to the name of its file.
    JsonPatch(String, String),
    /// A command.
    Command(String),
    /// What is to be done beside.
    Note(String),
}

/// What was changed of a text, by document.
#[derive(Debug, Clone, Default)]
struct Changed {
    plans: BTreeMap<u32, BTreeMap<Path, (ObjectId, FixPlan)>>,
    /// Items of lists that go.
    items: BTreeMap<u32, BTreeSet<Path>>,
    documents: BTreeSet<u32>,
}

/// The texts as they are after the steps so far.
#[derive(Clone)]
pub(super) struct Tree<'a> {
    snapshot: &'a Snapshot,
    limits: Limits,
    /// The folder that patches are taken from.
    pub(super) root: PathBuf,
    changed: BTreeMap<PathBuf, Changed>,
    /// Texts that are new or changed.
    pub(super) texts: BTreeMap<PathBuf, Arc<str>>,
    live: Live<'a>,
    /// Whether every edit so far is one of texts.
    pub(super) is_of_texts: bool,
}

impl<'a> Tree<'a> {
    pub(super) fn of(snapshot: &'a Snapshot, limits: Limits, targets: &[PathBuf]) -> Self {
        Self {
            snapshot,
            limits,
            root: root(targets),
            changed: BTreeMap::new(),
            texts: BTreeMap::new(),
            live: Live::of(snapshot),
            is_of_texts: true,
        }
    }

    /// Takes the edits of a step, all or none.
    ///
    /// # Errors
    /// Why they cannot be made.
    pub(super) fn take(&mut self, edits: &[Edit]) -> Result<Vec<Part>, String> {
        let mut next = self.clone();
        let mut parts = Vec::new();
        let mut touched: BTreeSet<PathBuf> = BTreeSet::new();
        let mut new: BTreeMap<PathBuf, String> = BTreeMap::new();
        for edit in edits {
            match edit {
                Edit::Change(id, fix) => match next.file_of(*id)? {
                    Some(file) => {
                        next.change(&file, *id, fix)?;
                        touched.insert(file);
                    }
                    None => parts.extend(next.live.change(*id, fix)?),
                },
                Edit::Delete(id) => match next.file_of(*id)? {
                    Some(file) => {
                        next.delete(&file, *id)?;
                        touched.insert(file);
                    }
                    None => parts.push(next.live.delete(*id)?),
                },
                Edit::Create(namespace, object) => {
                    let place = next.place(namespace, object, edits.len() > 1);
                    // Without a file in view it is a manifest of its own.
                    let text = new.entry(place.unwrap_or_default()).or_default();
                    if !text.is_empty() {
                        text.push_str("---\n");
                    }
                    text.push_str(&block_document(object, FIRST));
                }
            }
        }
        if let Some(text) = new.remove(FilePath::new("")) {
            parts.push(Part::Manifest(text));
        }
        next.is_of_texts &= parts.is_empty();
        let mut diffs = Vec::new();
        for file in touched {
            let after = next.edited(&file)?;
            diffs.extend(next.written(file, after)?);
        }
        for (file, text) in new {
            parts.extend(next.beside(&file));
            diffs.extend(next.written(file, (None, text.into()))?);
        }
        // All of a step or nothing of it: a patch of a part would be a change that nobody priced.
        let secret = |part: &Part| matches!(part, Part::Secret(_));
        if diffs.iter().any(secret) {
            parts.extend(diffs.into_iter().filter(secret));
        } else if !diffs.is_empty() {
            let all = diffs.into_iter().filter_map(|part| match part {
                Part::Patch(own) => Some(own),
                _ => None,
            });
            let joined = all.fold(Patch { text: String::new(), is_bare: false }, |whole, own| Patch {
                text: whole.text + &own.text,
                is_bare: whole.is_bare || own.is_bare,
            });
            parts.insert(0, Part::Patch(joined));
        }
        *self = next;
        Ok(parts)
    }

    /// The file that holds an object and can be edited; `None` for one that is in a snapshot or came by standard input.
    fn file_of(&self, id: ObjectId) -> Result<Option<PathBuf>, String> {
        let object = self.snapshot.object(id);
        let identity = object.identity();
        let path = object.origin().source.path();
        match &object.origin().standing {
            Standing::Recorded(_) => return Ok(None),
            Standing::Read if path == FilePath::new("-") => return Ok(None),
            Standing::Read => {}
            Standing::Implied => return Err(format!("every API server has {identity} by itself")),
            Standing::Rendered(rendered) => {
                return Err(format!("{identity} is {rendered}: what it is made from has to change"));
            }
        }
        if let Some(within) = object.within() {
            return Err(format!("{identity} stands {within}: texts within texts are not edited"));
        }
        if is_chart_template(path, FilePath::exists) {
            let shown = path.display();
            return Err(format!("{shown} is a template of a chart: what helm makes of it is not known"));
        }
        match std::fs::read(path) {
            Ok(bytes) if bytes == object.origin().source.raw_for_edit().as_bytes() => {
                Ok(Some(path.to_owned()))
            }
            _ => Err(format!("{} is compressed, or not any more what was read", path.display())),
        }
    }

    fn change(&mut self, file: &FilePath, id: ObjectId, fix: &Fix) -> Result<(), String> {
        let (document, within) = self.within(file, id)?;
        let plans = self.changed.entry(file.to_owned()).or_default().plans.entry(document).or_default();
        let (_, plan) = plans.entry(within).or_insert((id, FixPlan::default()));
        plan.add(fix).map_err(|conflict| format!("an earlier step changes the same place: {conflict}"))
    }

    fn delete(&mut self, file: &FilePath, id: ObjectId) -> Result<(), String> {
        let (document, within) = self.within(file, id)?;
        let changed = self.changed.entry(file.to_owned()).or_default();
        if within.is_root() {
            changed.documents.insert(document);
            changed.plans.remove(&document);
        } else {
            changed.plans.entry(document).or_default().remove(&within);
            changed.items.entry(document).or_default().insert(within);
        }
        Ok(())
    }

    /// The document of an object, and where in it the object is.
    fn within(&self, file: &FilePath, id: ObjectId) -> Result<(u32, Path), String> {
        let object = self.snapshot.object(id);
        let document = object.origin().document;
        let text = self.read(object);
        let found = text.paths_at(document, &BTreeSet::from([object.start()])).remove(&object.start());
        let style = || format!("{}: {} is in a style that is not edited", file.display(), object.identity());
        Ok((document, found.ok_or_else(style)?))
    }

    fn read(&self, object: &Object) -> Text {
        Text::new(&object.origin().source.raw_for_edit().into(), self.limits)
    }

    /// The text of a file that was read, and with all edits so far.
    fn edited(&self, file: &FilePath) -> Result<(Option<Arc<str>>, Arc<str>), String> {
        let is_of_file = |(_, object): &(ObjectId, &Object)| {
            object.origin().standing == Standing::Read && object.origin().source.path() == file
        };
        let Some((_, object)) = self.snapshot.objects().find(is_of_file) else {
            return Err(format!("{} was not read", file.display()));
        };
        let base: Arc<str> = object.origin().source.raw_for_edit().into();
        let refused = |refusal: watertight_syntax::edit::Refusal| format!("{}: {refusal}", file.display());
        let changed = self.changed.get(file).cloned().unwrap_or_default();
        let text = Text::new(&base, self.limits);
        let mut edited: BTreeMap<u32, String> = BTreeMap::new();
        let documents: BTreeSet<u32> = changed.plans.keys().chain(changed.items.keys()).copied().collect();
        for document in documents.difference(&changed.documents) {
            let mut changes: Vec<Change> = Vec::new();
            for (within, (id, plan)) in changed.plans.get(document).into_iter().flatten() {
                let body = self.snapshot.object(*id).body().map_err(|error| error.message)?;
                let own = plan.changes_for(&body.root().to_json());
                changes.extend(own.iter().map(|change| change.below(within)));
            }
            let items = changed.items.get(document).into_iter().flatten();
            changes.extend(items.map(|path| Change::Remove { path: path.clone() }));
            edited.insert(*document, text.edit(*document, &changes).map_err(refused)?);
        }
        let joined: Arc<str> = text.join(&edited).map_err(refused)?.into();
        let mut after: Arc<str> = match changed.documents.is_empty() {
            true => joined,
            false => Text::new(&joined, self.limits).without(&changed.documents).map_err(refused)?.into(),
        };
        if says_nothing(&after) {
            after = "".into();
        }
        Ok((Some(base), after))
    }

    /// The patch of a file from the step before to this one; its text is another from now on.
    fn written(
        &mut self,
        file: PathBuf,
        (base, after): (Option<Arc<str>>, Arc<str>),
    ) -> Result<Option<Part>, String> {
        let name = self.name(&file)?;
        let before = self.texts.get(&file).cloned().or(base);
        if before.as_ref() == Some(&after) {
            return Ok(None);
        }
        let text = EditedText { before, after: Arc::clone(&after) };
        let part = patch(&name, &file, &text, &self.limits).map_or(Part::Secret(file.clone()), Part::Patch);
        self.texts.insert(file, after);
        Ok(Some(part))
    }

    /// A file as patches name it.
    fn name(&self, file: &FilePath) -> Result<String, String> {
        let below = file.strip_prefix(&self.root).unwrap_or(file);
        let parts: Option<Vec<&str>> = below
            .components()
            .filter(|part| *part != Component::CurDir)
            .map(|part| match part {
                Component::Normal(name) => name.to_str(),
                _ => None,
            })
            .collect();
        let name = parts.map(|parts| parts.join("/"));
        name.filter(|name| !name.chars().any(|own| own.is_control() || matches!(own, '"' | '\\')))
            .ok_or_else(|| format!("{} has a name that patches cannot give", file.display()))
    }

    /// The file for a new object: beside the first in view of its namespace.
    fn place(&self, namespace: &str, object: &Json, several: bool) -> Option<PathBuf> {
        let is_beside = |(_, object): &(ObjectId, &Object)| {
            let identity = object.identity();
            let is_own = identity.namespace.name() == Some(namespace)
                || (&*identity.kind == "Namespace" && &*identity.name == namespace);
            let source = object.origin().source.path();
            let is_read = object.origin().standing == Standing::Read && object.within().is_none();
            is_own && is_read && source != FilePath::new("-") && !is_chart_template(source, FilePath::exists)
        };
        let files = self.snapshot.objects().filter(is_beside).map(|(_, own)| own.origin().source.path());
        let folder = files.min()?.parent()?.to_owned();
        let kind = object["kind"].as_str().unwrap_or_default().to_lowercase();
        let name = object["metadata"]["name"].as_str().unwrap_or_default();
        let name = match (several, kind.as_str()) {
            (true, _) => format!("{kind}s-{namespace}"),
            (false, "namespace") => format!("namespace-{name}"),
            (false, _) => format!("{kind}-{namespace}-{name}"),
        };
        let free = (1..).map(|number| match number {
            1 => folder.join(format!("{name}.yaml")),
            _ => folder.join(format!("{name}-{number}.yaml")),
        });
        free.take(100).find(|file| !file.exists() && !self.texts.contains_key(file))
    }

    /// What a new file needs beside.
    fn beside(&self, file: &FilePath) -> Option<Part> {
        const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];
        let folder = file.parent()?;
        let found = KUSTOMIZATIONS.iter().map(|name| folder.join(name)).find(|own| own.exists())?;
        let name = file.file_name()?.to_string_lossy();
        Some(Part::Note(format!("add `{name}` to `resources` of {}", found.display())))
    }
}

/// The keys that people expect first.
const FIRST: &[&str] = &["apiVersion", "kind", "metadata", "name", "namespace", "podSelector", "policyTypes"];

/// Whether there are only comments and marks between documents.
fn says_nothing(text: &str) -> bool {
    text.lines().map(str::trim).all(|line| matches!(line, "" | "---" | "...") || line.starts_with('#'))
}

/// The folder that patches are taken from: the one that was read, or the nearest above all that were.
fn root(targets: &[PathBuf]) -> PathBuf {
    let folder = |target: &PathBuf| match target.is_dir() {
        true => target.clone(),
        false => target.parent().unwrap_or(FilePath::new("")).to_owned(),
    };
    let mut folders = targets.iter().map(folder);
    let first = folders.next().unwrap_or_default();
    folders.fold(first, |common, folder| {
        let same = common.components().zip(folder.components()).take_while(|(one, other)| one == other);
        same.map(|(one, _)| one).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patches_are_taken_from_the_folder_above_all_targets() {
        let root = |targets: &[&str]| super::root(&targets.iter().map(PathBuf::from).collect::<Vec<_>>());
        assert_eq!(root(&["a/b/one.yaml", "a/b/two.yaml"]), PathBuf::from("a/b"));
        assert_eq!(root(&["a/b/one.yaml", "a/c/two.yaml"]), PathBuf::from("a"));
        assert_eq!(root(&["one.yaml", "a/c/two.yaml"]), PathBuf::new());
        assert_eq!(root(&["."]), PathBuf::from("."));
        assert_eq!(root(&["-"]), PathBuf::new());
    }

    #[test]
    fn a_text_of_comments_says_nothing() {
        assert!(says_nothing("# a\n---\n\n  # b\n"));
        assert!(!says_nothing("# a\n---\na: 1\n"));
    }
}
