//! Which file an object of kustomize's output comes from, where that can be known.
//!
//! kustomize says so only when the kustomization asks for it (`buildMetadata: [originAnnotations]`).
//! Otherwise an object is known by its kind and name: those of a resource file with the prefixes and
//! suffixes on the way up, or those of a generator with a hash behind. What several files could have
//! given, and what a transformer renamed, is not known. Start reading at [`Origins::of`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use watertight_model::{Object, Snapshot};
use watertight_syntax::{Limits, Value, yaml};

use super::kustomization::Kustomization;
use super::message::lexical;
use crate::text::text;

/// Kind, API group and name of an object as it comes out.
type Known = (String, String, String);

/// Where objects of one overlay come from.
#[derive(Default)]
pub(super) struct Origins {
    files: BTreeMap<Known, BTreeSet<PathBuf>>,
    /// Kind, name and file of what generators make, without the hash.
    generated: Vec<(&'static str, String, PathBuf)>,
    /// Kinds in the resource files; `None` when one of them could not be read.
    kinds: Option<BTreeSet<String>>,
    /// Kustomizations visited: each counts once for each way that leads to it.
    visits: u32,
}

/// Most ways through a tree of kustomizations that are followed: forty lines can lead to millions.
const MOST_VISITS: u32 = 10_000;

impl Origins {
    /// Collects what an overlay and all below it name. `known` holds every kustomization by its folder.
    pub(super) fn of(
        overlay: &Path,
        known: &BTreeMap<PathBuf, Option<Kustomization>>,
        limits: &Limits,
    ) -> Self {
        let mut origins = Self { kinds: Some(BTreeSet::new()), ..Self::default() };
        origins.collect(overlay, known, "", "", limits, &mut Vec::new());
        origins
    }

    fn collect(
        &mut self,
        folder: &Path,
        known: &BTreeMap<PathBuf, Option<Kustomization>>,
        prefix: &str,
        suffix: &str,
        limits: &Limits,
        above: &mut Vec<PathBuf>,
    ) {
        let Some(Some(here)) = known.get(folder) else { return };
        self.visits += 1;
        if self.visits > MOST_VISITS {
            self.kinds = None;
            return;
        }
        if above.iter().any(|folder_above| folder_above == folder) {
            return;
        }
        // The innermost is put on first, so the outermost stands outermost.
        let (prefix, suffix) = (format!("{prefix}{}", here.prefix), format!("{}{suffix}", here.suffix));
        for file in &here.resources {
            self.resource_file(file, &prefix, &suffix, limits);
        }
        for (kind, name) in &here.generates {
            self.generated.push((kind, format!("{prefix}{name}{suffix}"), here.file.clone()));
            self.kinds.iter_mut().for_each(|kinds| {
                kinds.insert((*kind).to_owned());
            });
        }
        above.push(folder.to_owned());
        for below in &here.uses {
            self.collect(below, known, &prefix, &suffix, limits, above);
        }
        above.pop();
    }

    fn resource_file(&mut self, file: &Path, prefix: &str, suffix: &str, limits: &Limits) {
        let read = std::fs::File::open(file).ok().and_then(|mut opened| text(&mut opened, limits).ok());
        let Some(read) = read else {
            self.kinds = None;
            return;
        };
        let mut builder = Snapshot::builder(*limits);
        builder.text(file, read);
        let snapshot = builder.finish();
        if !snapshot.gaps().is_empty() {
            self.kinds = None;
        }
        for (_, object) in snapshot.objects() {
            let identity = object.identity();
            self.kinds.iter_mut().for_each(|kinds| {
                kinds.insert(identity.kind.to_string());
            });
            // Some kinds keep their name (`prefixFieldSpecsToSkip`): both are looked for.
            for name in [format!("{prefix}{}{suffix}", identity.name), identity.name.to_string()] {
                let known = (identity.kind.to_string(), identity.group.to_string(), name);
                self.files.entry(known).or_default().insert(file.to_owned());
            }
        }
    }

    /// Kinds that the overlay puts out. Empty when that is not known.
    pub(super) fn kinds(&self) -> Vec<String> {
        self.kinds.iter().flatten().cloned().collect()
    }

    /// The file that an object comes from: canonical, or relative to the overlay's folder.
    pub(super) fn file(&self, object: &Object) -> Option<PathBuf> {
        if let Some(annotated) = annotated(object) {
            return Some(annotated);
        }
        let identity = object.identity();
        let known = (identity.kind.to_string(), identity.group.to_string(), identity.name.to_string());
        let mut files: BTreeSet<&PathBuf> = self.files.get(&known).into_iter().flatten().collect();
        files.extend(self.generated.iter().filter_map(|(kind, name, file)| {
            let rest = identity.name.strip_prefix(name.as_str())?;
            let hash = rest.strip_prefix('-').is_some_and(|hash| hash.len() == 10 && !hash.contains('-'));
            (*kind == &*identity.kind && (rest.is_empty() || hash)).then_some(file)
        }));
        let mut files = files.into_iter();
        files.next().filter(|_| files.next().is_none()).cloned()
    }
}

/// What kustomize itself says. Upstream: `api/resource/origin.go`: `path` or `configuredIn`, relative to the
/// folder that was rendered.
fn annotated(object: &Object) -> Option<PathBuf> {
    let body = object.body().ok()?;
    let annotations = body.root().get("metadata")?.get("annotations")?;
    let text = annotations.get("config.kubernetes.io/origin")?.as_str()?;
    let parsed = yaml::parse(&text.into(), &Limits::default());
    let document = parsed.into_iter().find_map(|parsed| parsed.document.ok().flatten())?;
    let root = document.root();
    let path = root.get("path").or_else(|| root.get("configuredIn")).and_then(Value::as_str)?;
    Some(PathBuf::from(path)).filter(|path| path.is_relative())
}

/// How a file that an object comes from is shown, seen from the overlay.
pub(super) fn shown(file: &Path, overlay: &Path, overlay_shown: &str) -> String {
    match file.is_absolute() {
        true => lexical(overlay_shown, &super::message::relative(overlay, file)),
        false => lexical(overlay_shown, file),
    }
}
