//! What a folder makes of its files: templates of a chart are left alone, and a kustomization has to name a file
//! that is new.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Component, Path as FilePath, PathBuf};
use std::sync::Arc;

use watertight_syntax::edit::{Change, Text};
use watertight_syntax::{Limits, Path, Value, yaml};

use super::{EditedText, Existing};

/// What makes a folder one that helm renders.
const CHART: &str = "Chart.yaml";
/// The folder of a chart whose files are templates, whatever they hold.
const TEMPLATES: &str = "templates";
/// Upstream: `api/konfig/general.go`, `RecognizedKustomizationFileNames`.
const KUSTOMIZATIONS: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// The folders around the files that are to be edited.
pub(super) struct Folders<'a> {
    existing: &'a dyn Fn(&FilePath) -> Existing,
    charts: RefCell<BTreeMap<PathBuf, bool>>,
}

impl<'a> Folders<'a> {
    pub(super) fn of(existing: &'a dyn Fn(&FilePath) -> Existing) -> Self {
        Self { existing, charts: RefCell::default() }
    }

    /// Whether a file is one of a chart's templates: what stands in there is helm's to read.
    pub(super) fn is_template(&self, file: &FilePath) -> bool {
        is_template_of(file, |chart| self.is_chart(chart))
    }

    fn is_chart(&self, folder: &FilePath) -> bool {
        *self
            .charts
            .borrow_mut()
            .entry(folder.to_owned())
            .or_insert_with(|| !matches!((self.existing)(&folder.join(CHART)), Existing::Absent))
    }
}

/// Whether a file is one of a chart's templates, by which files there are.
#[must_use]
pub fn is_chart_template(file: &FilePath, exists: impl Fn(&FilePath) -> bool) -> bool {
    is_template_of(file, |folder| exists(&folder.join(CHART)))
}

fn is_template_of(file: &FilePath, is_chart: impl Fn(&FilePath) -> bool) -> bool {
    file.ancestors().skip(1).any(|folder| {
        folder.file_name().is_some_and(|name| name == TEMPLATES) && folder.parent().is_some_and(&is_chart)
    })
}

/// A file that is new, and the file whose object lacked what it holds.
pub(super) struct NewFile {
    pub(super) file: PathBuf,
    pub(super) beside: PathBuf,
}

/// Names new files in the kustomizations that name the file beside them, in their `resources`. Gives what the
/// user has to do where that cannot be done.
pub(super) fn list_in_kustomizations(
    new: &[NewFile],
    files: &mut BTreeMap<PathBuf, EditedText>,
    existing: &dyn Fn(&FilePath) -> Existing,
    limits: Limits,
) -> Vec<String> {
    let mut notes = Vec::new();
    for NewFile { file, beside } in new {
        for folder in beside.ancestors().skip(1) {
            let Some((path, text)) = kustomization(folder, files, existing) else { continue };
            let Some(inside) = relative(folder, beside) else { continue };
            let entries = entries(&text, limits);
            if !entries.iter().any(|entry| plain(FilePath::new(entry)) == inside) {
                continue;
            }
            let shown = (file.display(), path.display());
            let Some(entry) = relative(folder, file) else {
                notes.push(format!(
                    "{} is not below {}: name it in a kustomization that may",
                    shown.0, shown.1
                ));
                continue;
            };
            if entries.iter().any(|known| plain(FilePath::new(known)) == entry) {
                continue;
            }
            // As the others are written.
            let dotted = !entries.is_empty() && entries.iter().all(|entry| entry.starts_with("./"));
            let entry = format!("{}{}", if dotted { "./" } else { "" }, entry.to_string_lossy());
            match listed(&text, &entry, limits) {
                Some(after) => {
                    let before = files.remove(&path).map_or(Some(text), |text| text.before);
                    files.insert(path, EditedText { before, after: after.into() });
                }
                None => notes.push(format!("{} has to be named in `resources` of {}", shown.0, shown.1)),
            }
        }
    }
    notes
}

/// The kustomization of a folder, with its text as it is to be.
fn kustomization(
    folder: &FilePath,
    files: &BTreeMap<PathBuf, EditedText>,
    existing: &dyn Fn(&FilePath) -> Existing,
) -> Option<(PathBuf, Arc<str>)> {
    KUSTOMIZATIONS.iter().map(|name| folder.join(name)).find_map(|path| {
        let text = match files.get(&path) {
            Some(text) => Arc::clone(&text.after),
            None => match existing(&path) {
                Existing::Text(text) => text,
                Existing::Absent | Existing::Unreadable(_) => return None,
            },
        };
        Some((path, text))
    })
}

/// The `resources` of a kustomization; none when it is of another kind, or cannot be read.
fn entries(text: &Arc<str>, limits: Limits) -> Vec<String> {
    let mut found = Vec::new();
    yaml::parse_each(text, &limits, |parsed| {
        let Ok(Some(document)) = parsed.document else { return };
        let root = document.root();
        let group = root.get("apiVersion").and_then(Value::as_str).unwrap_or("kustomize.config.k8s.io/");
        // Flux has a kind of the same name.
        if group.starts_with("kustomize.config.k8s.io/") {
            let items = root.get("resources").into_iter().flat_map(Value::items);
            found.extend(items.filter_map(Value::as_str).map(str::to_owned));
        }
    });
    found
}

/// The kustomization with one more entry.
fn listed(text: &Arc<str>, entry: &str, limits: Limits) -> Option<String> {
    let whole = Text::new(text, limits);
    if whole.len() != 1 {
        return None;
    }
    let change = Change::Append { path: Path::root().key("resources"), value: entry.into() };
    let edited = whole.edit(1, &[change]).ok()?;
    whole.join(&BTreeMap::from([(1, edited)])).ok()
}

/// The path of a file as seen from a folder above it, without `.` and `..`.
fn relative(folder: &FilePath, file: &FilePath) -> Option<PathBuf> {
    let inside = plain(file);
    let inside = inside.strip_prefix(plain(folder)).ok()?;
    (!inside.components().any(|part| matches!(part, Component::ParentDir))).then(|| inside.to_owned())
}

fn plain(path: &FilePath) -> PathBuf {
    path.components().filter(|part| !matches!(part, Component::CurDir)).collect()
}
