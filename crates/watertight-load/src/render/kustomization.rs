//! Reads a kustomization without running anything: what it names, and whether it stays on this machine.
//!
//! kustomize fetches whatever it takes for an address, from any entry, without being asked. So every
//! entry is looked at before it runs (`api/types/kustomization.go` names them all), in bases and components
//! below too. Start reading at [`Kustomization::read`].

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use watertight_syntax::{Kind, Limits, Value, yaml};

use super::documents::{documents, field, folded, line};
use super::remote::{self, is_address, is_host_like, is_repository};

/// What kustomize looks for in a folder. Upstream: `api/konfig/general.go`,
/// `RecognizedKustomizationFileNames`.
pub(crate) const FILE_NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// One kustomization: a folder with the file that says what to make of others. Paths are canonical.
#[derive(Default)]
pub(super) struct Kustomization {
    /// The file.
    pub(super) file: PathBuf,
    /// Part of other kustomizations, never rendered by itself.
    pub(super) component: bool,
    /// Files that hold objects.
    pub(super) resources: BTreeSet<PathBuf>,
    /// Files that hold something else: patches, data of generators, configurations.
    pub(super) inputs: BTreeSet<PathBuf>,
    /// Folders of the kustomizations that it builds on.
    pub(super) uses: BTreeSet<PathBuf>,
    /// Entries that name nothing which is there: the tool will say so.
    pub(super) missing: Vec<String>,
    /// Why it must not be rendered: the line of the file, from 1, and the reason.
    pub(super) refused: Option<(u32, String)>,
    pub(super) prefix: String,
    pub(super) suffix: String,
    /// ConfigMaps and Secrets that it generates: kind and name.
    pub(super) generates: Vec<(&'static str, String)>,
}

/// How kustomize reads what an entry names.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Entry {
    /// A file of objects, or the folder of another kustomization.
    Resource,
    /// The folder of another kustomization.
    Root,
    /// A file.
    File,
    /// A file that may hold an object that kustomize does not put out.
    Definition,
    /// `key=file` or a file.
    KeyedFile,
    /// The configuration of a generator, transformer or validator: written out, a file, or a folder.
    Plugin,
}

impl Kustomization {
    /// Reads the kustomization of a folder; `None` when it has none. Flux has a kind of the same name, whose
    /// objects are for a cluster.
    pub(super) fn read(folder: &Path, limits: &Limits) -> Option<Self> {
        let file = FILE_NAMES.iter().map(|name| folder.join(name)).find(|file| file.is_file())?;
        let mut reader = Reader {
            folder,
            limits,
            text: Arc::from(""),
            found: Self { file: file.clone(), ..Self::default() },
        };
        match documents(&file, limits) {
            Ok((_, documents)) if documents.iter().any(|document| is_of_another_group(document.root())) => {
                return None;
            }
            Ok((text, documents)) => {
                reader.text = text;
                for document in &documents {
                    reader.root(document.root());
                }
            }
            Err((line, why)) => reader.found.refused = Some((line, why)),
        }
        Some(reader.found)
    }
}

fn is_of_another_group(root: Value<'_>) -> bool {
    let version = field(root, "apiversion").and_then(Value::as_str);
    version.is_some_and(|version| version.contains('/') && !version.starts_with("kustomize.config.k8s.io/"))
}

struct Reader<'a> {
    folder: &'a Path,
    limits: &'a Limits,
    text: Arc<str>,
    found: Kustomization,
}

impl Reader<'_> {
    fn root(&mut self, root: Value<'_>) {
        for (key, value) in root.entries() {
            match folded(key).as_str() {
                "kind" => self.found.component = value.as_str() == Some("Component"),
                "nameprefix" => value.as_str().unwrap_or_default().clone_into(&mut self.found.prefix),
                "namesuffix" => value.as_str().unwrap_or_default().clone_into(&mut self.found.suffix),
                "resources" | "bases" => self.each(key, value, Entry::Resource),
                "components" => self.each(key, value, Entry::Root),
                // What is listed there may be a CRD, which is an object for the cluster.
                "crds" => self.each(key, value, Entry::Definition),
                "configurations" => self.each(key, value, Entry::File),
                "patchesstrategicmerge" => self.patches(key, value),
                "generators" | "transformers" | "validators" => self.each(key, value, Entry::Plugin),
                "patches" | "patchesjson6902" | "replacements" => {
                    value.items().for_each(|item| self.fields(item, &["path"], Entry::File));
                }
                "openapi" => self.fields(value, &["path"], Entry::File),
                "configmapgenerator" => self.generator("ConfigMap", value),
                "secretgenerator" => self.generator("Secret", value),
                "helmcharts" | "helmchartinflationgenerator" if value.items().len() > 0 => {
                    let why = format!(
                        "`{key}` lets kustomize download and run helm; render the chart by itself and \
                         scan the result (`helm template`)"
                    );
                    self.refuse(value, why);
                }
                _ => {}
            }
        }
    }

    fn generator(&mut self, kind: &'static str, list: Value<'_>) {
        for item in list.items() {
            self.fields(item, &["files"], Entry::KeyedFile);
            self.fields(item, &["envs", "env"], Entry::File);
            let name = field(item, "name").and_then(Value::as_str);
            self.found.generates.extend(name.map(|name| (kind, name.to_owned())));
        }
    }

    /// Each is a file, or a patch written out. Upstream: `PatchStrategicMergeTransformer`.
    fn patches(&mut self, key: &str, list: Value<'_>) {
        for item in list.items() {
            let Some(entry) = item.as_str() else { continue };
            // A patch that is written out may well name an address.
            if !entry.contains('\n') && !entry.trim_start().starts_with('{') {
                self.entry(key, item, entry, Entry::File);
            }
        }
    }

    /// Fields of a map that hold an entry or a list of them.
    fn fields(&mut self, map: Value<'_>, names: &[&str], how: Entry) {
        for (key, value) in map.entries().filter(|(key, _)| names.contains(&folded(key).as_str())) {
            match value.as_str() {
                Some(entry) => self.entry(key, value, entry, how),
                None => self.each(key, value, how),
            }
        }
    }

    fn each(&mut self, key: &str, list: Value<'_>, how: Entry) {
        for item in list.items() {
            if let Some(entry) = item.as_str() {
                self.entry(key, item, entry, how);
            }
        }
    }

    fn entry(&mut self, key: &str, at: Value<'_>, entry: &str, how: Entry) {
        if how == Entry::Plugin && self.inline_plugin(key, at, entry) {
            return;
        }
        let path = match (how, entry.split_once('=')) {
            (Entry::KeyedFile, Some((_, path))) => path,
            _ => entry,
        };
        let clones = matches!(how, Entry::Resource | Entry::Root | Entry::Plugin);
        // `files` is taken apart at `=`, and an address may hold one: both readings are looked at.
        if [entry, path].into_iter().any(is_address) || clones && is_repository(path) {
            return self.refuse_remote(key, at, path);
        }
        let Ok(there) = self.folder.join(path).canonicalize() else {
            // Not there: the tool says so, unless it looks like an address to one of its versions.
            if is_host_like(path) {
                self.refuse_remote(key, at, path);
            }
            self.found.missing.push(path.to_owned());
            return;
        };
        match (there.is_dir(), how) {
            (true, Entry::Resource | Entry::Root | Entry::Plugin) => {
                self.found.uses.insert(there);
            }
            (true, _) | (false, Entry::Definition) => {}
            (false, Entry::Resource) => {
                self.found.resources.insert(there);
            }
            (false, Entry::Plugin) => {
                self.plugin_file(key, at, &there);
                self.found.inputs.insert(there);
            }
            (false, _) => {
                self.found.inputs.insert(there);
            }
        }
    }

    /// Whether the entry is a configuration written out. Upstream: `configureExternalGenerators` tries
    /// that first.
    fn inline_plugin(&mut self, key: &str, at: Value<'_>, entry: &str) -> bool {
        if !entry.contains(['\n', '{']) {
            return false;
        }
        for parsed in yaml::parse(&Arc::from(entry), self.limits) {
            if let Ok(Some(document)) = parsed.document {
                self.plugin(key, at, document.root());
            }
        }
        true
    }

    fn plugin_file(&mut self, key: &str, at: Value<'_>, file: &Path) {
        match documents(file, self.limits) {
            Ok((_, documents)) => documents.iter().for_each(|document| self.plugin(key, at, document.root())),
            Err((_, why)) => self.refuse(at, format!("a file that `{key}` names cannot be read: {why}")),
        }
    }

    /// Only what is built into kustomize may run, and that not helm. Upstream:
    /// `api/internal/plugins/loader/loader.go`, `isBuiltinPlugin`; functions: `fnplugin.GetFunctionSpec`.
    fn plugin(&mut self, key: &str, at: Value<'_>, root: Value<'_>) {
        if root.kind() != Kind::Map {
            return;
        }
        let text = |name| field(root, name).and_then(Value::as_str).unwrap_or_default();
        if text("kind") == "HelmChartInflationGenerator" {
            return self.refuse(at, format!("`{key}` lets kustomize download and run helm"));
        }
        let annotations = field(root, "metadata").and_then(|metadata| metadata.get("annotations"));
        let is_function = |(name, _): (&str, _)| name.starts_with("config.k") && name.ends_with("/function");
        if text("apiversion") != "builtin" || annotations.is_some_and(|all| all.entries().any(is_function)) {
            let why = format!(
                "`{key}` names a plugin, a program that kustomize would run; render it yourself and scan the result"
            );
            return self.refuse(at, why);
        }
        self.plugin_paths(key, at, root);
    }

    /// Files that built-in plugins load: the same kinds of fields, at any depth.
    fn plugin_paths(&mut self, key: &str, at: Value<'_>, value: Value<'_>) {
        const PATHS: [&str; 7] = ["path", "paths", "files", "envs", "env", "resources", "targetfilepath"];
        for (name, child) in value.entries() {
            if PATHS.contains(&folded(name).as_str()) {
                let entries = child.as_str().into_iter().chain(child.items().filter_map(Value::as_str));
                for entry in entries.filter(|entry| !entry.contains('\n')) {
                    self.entry(key, at, entry, Entry::KeyedFile);
                }
            }
            self.plugin_paths(key, at, child);
        }
        value.items().for_each(|item| self.plugin_paths(key, at, item));
    }

    fn refuse_remote(&mut self, key: &str, at: Value<'_>, entry: &str) {
        let why = format!(
            "`{key}` names `{}`, which kustomize would fetch from the network; keep a copy beside it, or \
             render it yourself and scan the result",
            remote::shown(entry)
        );
        self.refuse(at, why);
    }

    /// The first reason is enough.
    fn refuse(&mut self, at: Value<'_>, why: String) {
        let line = line(&self.text, at.span().start);
        self.found.refused.get_or_insert((line, why));
    }
}
