//! The settings file: finding it, reading it, and what is in force when flags are laid over it.
//!
//! What a file may say is `watertight_engine::settings`; start reading at [`Config::find`] and [`Effective`].

mod effective;
mod show;

use std::fmt::Write as _;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

pub use effective::{Effective, Exits, Source};
pub use show::run;
use watertight_engine::Catalogue;
use watertight_engine::settings::{self, ClassSaid, Said, SettingsFile};
use watertight_facts::{NamespaceClass, PlatformSubjects, Settings};
use watertight_graph::Weights;
use watertight_model::KubernetesVersion;

use crate::args::ReadingArgs;
use crate::exit::Failure;

/// What a settings file may be called. A folder that holds two of them is an error.
const NAMES: [&str; 4] = ["watertight.yaml", "watertight.yml", ".watertight.yaml", ".watertight.yml"];

/// The settings file of a command, or that there is none.
#[derive(Debug, Default)]
pub struct Config {
    /// What it says; nothing without a file.
    pub said: SettingsFile,
    /// Its path as people know it; `None` without a file.
    pub name: Option<String>,
    /// The folder that paths in it are relative to, without links; the working folder without a file.
    folder: PathBuf,
}

impl Config {
    /// Finds and reads the settings file of some targets: the one that `--config` names, or else the nearest
    /// in the folder of each target or above it, up to the root of its repository. Standard input counts as
    /// a file of the working folder.
    ///
    /// # Errors
    /// When the file cannot be read or something in it is wrong, and when targets have different ones.
    pub fn find(reading: &ReadingArgs, targets: &[PathBuf]) -> Result<Self, Failure> {
        let file = match &reading.config {
            _ if reading.no_config => None,
            Some(file) => Some(file.clone()),
            None => nearest_of_all(targets)?,
        };
        let Some(file) = file else {
            let folder = Path::new(".").canonicalize().unwrap_or_default();
            return Ok(Self { folder, ..Self::default() });
        };
        let config = Self::read(&file)?;
        if !reading.quiet {
            for note in &config.said.notes {
                let (line, column) = (note.position.line, note.position.column);
                eprintln!(
                    "watertight: warning: {}:{line}:{column}: {}; {}",
                    file.display(),
                    note.message,
                    note.help
                );
            }
        }
        Ok(config)
    }

    fn read(file: &Path) -> Result<Self, Failure> {
        let name = watertight_report::clean(&file.to_string_lossy());
        let unreadable = |error: std::io::Error| {
            Failure::new(format!("cannot read the settings in `{name}`: {error}"))
                .help("`--config FILE` names another file, `--no-config` goes without one")
        };
        let bytes = std::fs::read(file).map_err(unreadable)?;
        let folder = file.canonicalize().map_err(unreadable)?;
        let text: Arc<str> = match String::from_utf8(bytes) {
            Ok(text) => text.into(),
            Err(_) => return Err(Failure::new(format!("the settings in `{name}` are no UTF-8 text"))),
        };
        let catalogue = Catalogue::new(watertight_controls::all());
        let said = settings::read(&name, &text, &catalogue).map_err(|problems| {
            wrong("settings", &name, &problems)
                .help("docs/settings.md tells what it may hold; `--no-config` goes without it")
        })?;
        let folder = folder.parent().map(Path::to_owned).unwrap_or_default();
        Ok(Self { said, name: Some(name), folder })
    }

    /// The version that is judged by.
    pub fn kubernetes_version(&self, reading: &ReadingArgs) -> KubernetesVersion {
        let said = self.said.kubernetes_version.as_ref().map(|said| said.value);
        reading.kubernetes_version.or(said).unwrap_or_default()
    }

    /// Whether the input is the whole cluster.
    pub fn assume_complete(&self, reading: &ReadingArgs) -> bool {
        reading.assume_complete || self.said.assume_complete.as_ref().is_some_and(|said| said.value)
    }

    /// Subjects of the platform.
    pub fn platform_subjects(&self) -> PlatformSubjects {
        fn list<T: Clone>(said: Option<&Said<Vec<T>>>) -> Vec<T> {
            said.map(|said| said.value.clone()).unwrap_or_default()
        }
        let said = &self.said.platform_subjects;
        PlatformSubjects {
            users: list(said.users.as_ref()),
            groups: list(said.groups.as_ref()),
            service_accounts: list(said.service_accounts.as_ref()),
        }
    }

    /// What the facts are given where no control is run: versions, registries, classes of namespaces, subjects of the
    /// platform.
    pub fn facts(&self, reading: &ReadingArgs) -> Settings {
        let class = |said: Option<&Said<ClassSaid>>| {
            said.map_or_else(NamespaceClass::default, |said| NamespaceClass {
                names: said.value.names.clone(),
                labels: said.value.labels.clone(),
            })
        };
        let texts =
            |said: Option<&Said<Vec<String>>>| said.map(|said| said.value.clone()).unwrap_or_default();
        Settings {
            target: self.kubernetes_version(reading),
            trusted_registries: texts(self.said.trusted_registries.as_ref()),
            moving_tags: texts(self.said.moving_tags.as_ref()),
            platform_namespaces: class(self.said.namespaces.platform.as_ref()),
            production_namespaces: class(self.said.namespaces.production.as_ref()),
            development_namespaces: class(self.said.namespaces.development.as_ref()),
            platform_subjects: self.platform_subjects(),
            ..Settings::default()
        }
    }

    /// What the blast radius is measured with.
    pub fn weights(&self) -> Weights {
        let mut weights = Weights::default();
        let said = &self.said.blast;
        for (name, number) in
            [&said.weights, &said.ways_in, &said.likelihoods].into_iter().flatten().flat_map(|own| &own.value)
        {
            if let Some(own) = weights.named(name) {
                *own = *number;
            }
        }
        weights
    }

    /// A file that the settings name, relative to their folder, as short as people would write it.
    fn file(&self, path: &str) -> PathBuf {
        let file = self.folder.join(path);
        let here = Path::new(".").canonicalize().unwrap_or_default();
        file.strip_prefix(&here).map_or_else(|_| file.clone(), Path::to_owned)
    }

    /// The path of a text relative to the folder of the settings file, by its name as it was given.
    /// `None` when it lies elsewhere.
    pub fn relative(&self, name: &str) -> Option<String> {
        let here = Path::new(".").canonicalize().ok()?;
        let whole = without_dots(&here.join(name));
        let below = whole.strip_prefix(&self.folder).ok()?;
        Some(below.to_string_lossy().into_owned())
    }

    /// Whether the targets hold all that the settings file is for: the folder it stands in.
    pub fn is_whole(&self, targets: &[PathBuf]) -> bool {
        let holds = |target: &PathBuf| {
            target.canonicalize().is_ok_and(|target| target.is_dir() && self.folder.starts_with(target))
        };
        targets.iter().any(holds)
    }
}

/// `/a/./b/../c` as `/a/c`, without a look at the disk.
fn without_dots(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}

/// Everything that is wrong in a file.
pub fn wrong(what: &str, name: &str, problems: &[settings::Problem]) -> Failure {
    let name = watertight_report::clean(name);
    let count = problems.len();
    let mut text = format!("{count} error{} in the {what} `{name}`", if count == 1 { "" } else { "s" });
    for problem in problems {
        let (line, column) = (problem.position.line, problem.position.column);
        // Writing to a String cannot fail.
        let _ = write!(text, "\n  {name}:{line}:{column}: {}", watertight_report::clean(&problem.message));
        if !problem.help.is_empty() {
            let _ = write!(text, ": {}", watertight_report::clean(&problem.help));
        }
    }
    Failure::new(text)
}

/// The one settings file that is nearest to each target.
fn nearest_of_all(targets: &[PathBuf]) -> Result<Option<PathBuf>, Failure> {
    let mut found: Option<PathBuf> = None;
    for target in targets {
        let Some(file) = upwards(target, &NAMES)? else { continue };
        match &found {
            Some(before) if before.canonicalize().ok() != file.canonicalize().ok() => {
                let (one, other) = (before.display(), file.display());
                return Err(Failure::new(format!(
                    "the targets have different settings: `{one}` and `{other}`"
                ))
                .help("scan them one by one, or name one file with `--config`"));
            }
            Some(_) => {}
            None => found = Some(file),
        }
    }
    Ok(found)
}

/// The nearest file of one of some names: in the folder of a target, or above it up to the root of its
/// repository.
///
/// # Errors
/// When a folder holds two of them.
pub fn upwards(target: &Path, names: &[&str]) -> Result<Option<PathBuf>, Failure> {
    let target = if target.as_os_str() == "-" { Path::new(".") } else { target };
    // What cannot be read is told when it is read.
    let Ok(whole) = target.canonicalize() else { return Ok(None) };
    let here = Path::new(".").canonicalize().unwrap_or_default();
    let first = if whole.is_dir() { Some(whole.as_path()) } else { whole.parent() };
    for folder in first.into_iter().flat_map(Path::ancestors) {
        let files: Vec<PathBuf> =
            names.iter().map(|name| folder.join(name)).filter(|file| file.is_file()).collect();
        if let [one, other, ..] = files.as_slice() {
            let (one, other) = (one.display(), other.display());
            return Err(Failure::new(format!("two settings files in one folder: `{one}` and `{other}`"))
                .help("keep one of them, or name one with `--config`"));
        }
        if let [file] = files.as_slice() {
            // As short as people would write it.
            return Ok(Some(file.strip_prefix(&here).map_or_else(|_| file.clone(), Path::to_owned)));
        }
        if folder.join(".git").exists() {
            break;
        }
    }
    Ok(None)
}
