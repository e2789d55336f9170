//! Which kustomizations are rendered, and how.
//!
//! Rendered are those that no other one in view builds on, and those that were asked for by name: a base
//! is judged as its overlays use it, since that is what reaches a cluster. When an overlay cannot be rendered,
//! what it builds on is. Start reading at [`render_all`].

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::path::{Path, PathBuf};

use watertight_model::{Object, RenderedPart, Renderer, Snapshot};
use watertight_syntax::Limits;

use super::chart::cut;
use super::kustomization::Kustomization;
use super::message::{Roots, Words, relative};
use super::origin::{self, Origins};
use super::{Covered, Seen, Tool, Work, process};
use crate::Progress;

/// Every kustomization that was looked at, by its canonical folder; `None` where there is none.
type Known = BTreeMap<PathBuf, Option<Kustomization>>;

/// Renders what is to be rendered of the folders in view.
pub(super) fn render_all(folders: &BTreeMap<PathBuf, Seen>, work: &mut Work<'_, '_>, covered: &mut Covered) {
    let mut known = Known::new();
    let limits = *work.builder.limits();
    let mut unread: Vec<PathBuf> = folders.keys().cloned().collect();
    while let Some(folder) = unread.pop() {
        if let Entry::Vacant(place) = known.entry(folder) {
            let read = place.key().clone();
            let read = place.insert(Kustomization::read(&read, &limits));
            unread.extend(read.iter().flat_map(|here| here.uses.iter().cloned()));
        }
    }
    let known = known;
    let in_view: BTreeMap<&PathBuf, &Seen> =
        folders.iter().filter(|(folder, _)| matches!(known.get(*folder), Some(Some(_)))).collect();
    if in_view.is_empty() {
        return;
    }
    let tool = tool(work);
    let mut refusals: BTreeMap<(String, String), BTreeSet<String>> = BTreeMap::new();
    let mut done: BTreeSet<PathBuf> = BTreeSet::new();
    let mut covered_folders: BTreeSet<PathBuf> = BTreeSet::new();
    // What could not be rendered leaves what it builds on, which has its turn when all others had theirs.
    let mut left: VecDeque<PathBuf> = VecDeque::new();
    let mut queue = roots(&in_view, &known);
    while let Some(folder) = queue.pop_front().or_else(|| left.pop_front()) {
        let Some(seen) = in_view.get(&folder).filter(|_| done.insert(folder.clone())) else { continue };
        if covered_folders.contains(&folder) && !seen.named {
            continue;
        }
        let below = reach(&folder, &known);
        let overlay = Overlay { folder: &folder, shown: &seen.shown, below: &below, known: &known };
        match overlay.refusals(&mut refusals) {
            true => {}
            false if overlay.render(tool.as_ref(), work) => {
                for folder in &below {
                    covered.files.extend(
                        known
                            .get(folder)
                            .into_iter()
                            .flatten()
                            .flat_map(|here| here.resources.iter().chain([&here.file]).cloned()),
                    );
                }
                covered_folders.extend(below);
                continue;
            }
            false => {}
        }
        if tool.is_some() {
            let uses = known.get(&folder).into_iter().flatten().flat_map(|here| &here.uses);
            left.extend(uses.filter(|below| !is_component(below, &known)).cloned());
        }
    }
    for ((what, why), overlays) in refusals {
        let overlays: Vec<String> = overlays.into_iter().collect();
        work.gap(what, format!("{why}; not rendered: {}", overlays.join(", ")), Vec::new());
    }
    // Patches and data of generators are no objects, whatever became of the kustomization. A file that
    // another one, which was not rendered, takes for objects is read.
    let resources: BTreeSet<&PathBuf> = known.values().flatten().flat_map(|here| &here.resources).collect();
    for here in known.values().flatten() {
        covered.files.extend(here.inputs.iter().filter(|file| !resources.contains(file)).cloned());
        covered.files.insert(here.file.clone());
    }
}

/// The folders that nobody else in view builds on, and those that were asked for; then, so that a circle is
/// not passed over in silence, what none of these leads to.
fn roots(in_view: &BTreeMap<&PathBuf, &Seen>, known: &Known) -> VecDeque<PathBuf> {
    let candidates: Vec<&PathBuf> =
        in_view.keys().copied().filter(|folder| !is_component(folder, known)).collect();
    let mut used = BTreeSet::new();
    for folder in &candidates {
        used.extend(reach(folder, known).into_iter().filter(|below| below != *folder));
    }
    let mut roots: VecDeque<PathBuf> = VecDeque::new();
    let mut reached = BTreeSet::new();
    let (first, rest): (Vec<_>, Vec<_>) =
        candidates.into_iter().partition(|&folder| !used.contains(folder) || in_view[folder].named);
    for folder in first {
        reached.extend(reach(folder, known));
        roots.push_back(folder.clone());
    }
    for folder in rest {
        if !reached.contains(folder) {
            reached.extend(reach(folder, known));
            roots.push_back(folder.clone());
        }
    }
    roots
}

/// A folder and all that it builds on.
fn reach(folder: &Path, known: &Known) -> BTreeSet<PathBuf> {
    let mut reached = BTreeSet::new();
    let mut queue = vec![folder.to_owned()];
    while let Some(folder) = queue.pop() {
        if let Some(Some(here)) = known.get(&folder)
            && reached.insert(folder)
        {
            queue.extend(here.uses.iter().cloned());
        }
    }
    reached
}

fn is_component(folder: &Path, known: &Known) -> bool {
    matches!(known.get(folder), Some(Some(here)) if here.component)
}

/// kustomize by itself, which is the newer one where both are there; else the one within kubectl.
fn tool(work: &Work<'_, '_>) -> Option<Tool> {
    let find = |name| process::find(&work.rendering.search, name);
    let kustomize =
        || Some(Tool { name: "kustomize build", program: find("kustomize")?, before: &["build"] });
    let kubectl =
        || Some(Tool { name: "kubectl kustomize", program: find("kubectl")?, before: &["kustomize"] });
    kustomize().or_else(kubectl)
}

/// One kustomization that is to be rendered.
struct Overlay<'a> {
    folder: &'a Path,
    shown: &'a str,
    /// Itself and all that it builds on.
    below: &'a BTreeSet<PathBuf>,
    known: &'a Known,
}

impl Overlay<'_> {
    fn kustomizations(&self) -> impl Iterator<Item = &Kustomization> {
        self.below.iter().filter_map(|folder| self.known.get(folder)?.as_ref())
    }

    /// Whether it must not be rendered. Each reason is told once, with all overlays that it concerns.
    fn refusals(&self, refusals: &mut BTreeMap<(String, String), BTreeSet<String>>) -> bool {
        let mut refused = false;
        for here in self.kustomizations() {
            if let Some((line, why)) = &here.refused {
                let file = origin::shown(&here.file, self.folder, self.shown);
                refusals
                    .entry((format!("{file}:{line}"), why.clone()))
                    .or_default()
                    .insert(self.shown.to_owned());
                refused = true;
            }
        }
        refused
    }

    /// Runs the tool and takes in its output. Whatever goes wrong is a gap; then it gives false.
    fn render(&self, tool: Option<&Tool>, work: &mut Work<'_, '_>) -> bool {
        let origins = || Origins::of(self.folder, self.known, &limits_of(work));
        let Some(tool) = tool else {
            let why = format!(
                "neither `kustomize` nor `kubectl` is in PATH, so it was not rendered; install one, or scan the \
                 output of `kustomize build {}`",
                self.shown
            );
            let kinds = origins().kinds();
            work.gap(self.file(), why, kinds);
            return false;
        };
        let origins = origins();
        (work.progress)(Progress::Rendering { what: self.shown, tool: tool.name });
        let alias = None;
        let roots = Roots { folder: self.folder, shown: self.shown, alias };
        let output =
            work.run(tool, vec![self.folder.into()], Vec::new(), self.folder, || self.words(), &roots);
        match output {
            Ok(output) => {
                let parts = self.parts(&output, &origins, &limits_of(work));
                work.builder.rendered(Renderer::Kustomize, self.shown, parts);
                true
            }
            Err(why) => {
                work.gap(self.file(), why, origins.kinds());
                false
            }
        }
    }

    /// The file that says what is rendered, as it is shown.
    fn file(&self) -> String {
        let here = self.known.get(self.folder).and_then(Option::as_ref);
        here.map_or_else(|| self.shown.to_owned(), |here| origin::shown(&here.file, self.folder, self.shown))
    }

    fn parts(&self, output: &str, origins: &Origins, limits: &Limits) -> Vec<RenderedPart> {
        cut(output)
            .map(|text| {
                let mut probe = Snapshot::builder(*limits);
                probe.text(self.shown, text);
                let probe = probe.finish();
                let mut objects = probe.objects();
                let only: Option<&Object> = objects.next().map(|(_, object)| object);
                let only = only.filter(|_| objects.next().is_none());
                let from = only
                    .and_then(|object| origins.file(object))
                    .map(|file| origin::shown(&file, self.folder, self.shown));
                let name = from.clone().unwrap_or_else(|| self.file());
                RenderedPart { from, name, text: text.to_owned() }
            })
            .collect()
    }

    /// What may stand in a message as a value.
    fn words(&self) -> Words {
        let mut words = Words::default();
        words.name(self.shown);
        for here in self.kustomizations() {
            words.file(&here.file);
            for file in here.resources.iter().chain(&here.inputs) {
                words.file(file);
                words.name(&relative(self.folder, file).to_string_lossy());
            }
        }
        words
    }
}

fn limits_of(work: &Work<'_, '_>) -> Limits {
    *work.builder.limits()
}
