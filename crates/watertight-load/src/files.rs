//! Which files are read: those that were named, and below a folder those that may hold manifests.
//!
//! Everything is looked for before anything is read, since whether a file is read as it is depends on the
//! Kustomize folders and charts in view. Start reading at [`Found::look`].

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use watertight_model::Gap;

use crate::render::{Folders, makes_folder};
use crate::text::reason;
use crate::{LoadError, unreadable};

/// Which files below a folder are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Files {
    /// Also those that `.gitignore` and `.ignore` name.
    pub ignored: bool,
    /// Also those whose name, or a folder's above, begins with a dot.
    pub hidden: bool,
}

/// What is to be read, in order.
#[derive(Default)]
pub(crate) struct Found {
    pub(crate) texts: Vec<Text>,
    /// Folders that can be rendered; none when that was not asked for.
    pub(crate) folders: Folders,
    pub(crate) gaps: Vec<Gap>,
    seen: BTreeSet<PathBuf>,
}

/// One text.
pub(crate) enum Text {
    /// Standard input.
    Stdin,
    /// A file that was asked for by name, and its canonical path.
    Named(PathBuf, PathBuf),
    /// A file below a folder, and its canonical path.
    Below(PathBuf, PathBuf),
}

impl Found {
    /// Looks at every target. With `render`, folders that can be rendered are told from others.
    ///
    /// # Errors
    /// When a target is not there, or is no path.
    pub(crate) fn look(targets: &[PathBuf], files: Files, render: bool) -> Result<Self, LoadError> {
        let mut found = Self::default();
        for target in targets {
            let shown = target.to_string_lossy();
            if shown == "-" {
                found.texts.push(Text::Stdin);
                continue;
            }
            if shown.starts_with("http://") || shown.starts_with("https://") {
                return Err(LoadError::Address(shown.into_owned()));
            }
            let metadata = std::fs::metadata(target).map_err(|error| unreadable(target, &error))?;
            if metadata.is_dir() {
                found.folder(target, files, render)?;
                continue;
            }
            if render && makes_folder(target) {
                found.folders.met(target, true);
            }
            if let Some(canonical) = found.first_visit(target) {
                found.texts.push(Text::Named(target.clone(), canonical));
            }
        }
        Ok(found)
    }

    /// The canonical path of a file that was not met before under another name (a link, the same path given
    /// twice).
    fn first_visit(&mut self, path: &Path) -> Option<PathBuf> {
        let canonical = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        self.seen.insert(canonical.clone()).then_some(canonical)
    }

    /// Every YAML and JSON file below a folder, honouring `.gitignore` and `.ignore` and passing over hidden
    /// files, as ripgrep does, unless told otherwise.
    fn folder(&mut self, root: &Path, files: Files, render: bool) -> Result<(), LoadError> {
        std::fs::read_dir(root).map_err(|error| unreadable(root, &error))?;
        // A chart or a manifest folder is often unpacked outside git; its .gitignore counts all the same.
        let walk = WalkBuilder::new(root)
            .standard_filters(!files.ignored)
            .hidden(!files.hidden)
            .require_git(false)
            .follow_links(true)
            .sort_by_file_path(Path::cmp)
            .build();
        for entry in walk {
            let entry = match entry {
                Ok(entry) => entry,
                // A link to a folder above is visited already.
                Err(error) if is_loop(&error) => continue,
                Err(error) => {
                    self.gaps.push(walk_gap(root, &error));
                    continue;
                }
            };
            let path = entry.path();
            if !entry.file_type().is_some_and(|kind| kind.is_file()) {
                continue;
            }
            if render && makes_folder(path) {
                self.folders.met(path, path.parent() == Some(root));
            }
            if is_manifest_name(path)
                && let Some(canonical) = self.first_visit(path)
            {
                self.texts.push(Text::Below(path.to_owned(), canonical));
            }
        }
        Ok(())
    }
}

fn is_loop(error: &ignore::Error) -> bool {
    match error {
        ignore::Error::Loop { .. } => true,
        ignore::Error::WithPath { err, .. } | ignore::Error::WithDepth { err, .. } => is_loop(err),
        _ => false,
    }
}

fn walk_gap(root: &Path, error: &ignore::Error) -> Gap {
    let what = match error {
        ignore::Error::WithPath { path, .. } => path.as_path(),
        ignore::Error::WithDepth { err, .. } => match &**err {
            ignore::Error::WithPath { path, .. } => path.as_path(),
            _ => root,
        },
        _ => root,
    };
    let why = error.io_error().map_or_else(|| "could not be read".to_owned(), reason);
    Gap { what: what.to_string_lossy().into_owned(), why, affects: Vec::new() }
}

/// Files that may hold manifests, by their ending, and kubeconfigs by the names that kubectl and kubeadm give
/// them (`cmd/kubeadm/app/constants`).
fn is_manifest_name(path: &Path) -> bool {
    const ENDINGS: [&str; 4] = ["yaml", "yml", "json", "kubeconfig"];
    const KUBECONFIGS: [&str; 6] = [
        "kubeconfig",
        "admin.conf",
        "super-admin.conf",
        "kubelet.conf",
        "controller-manager.conf",
        "scheduler.conf",
    ];
    let text =
        |part: Option<&std::ffi::OsStr>| part.unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let (name, ending) = (text(path.file_name()), text(path.extension()));
    let is_of_kubectl =
        || name == "config" && path.parent().is_some_and(|above| text(above.file_name()) == ".kube");
    // Files that are laid over a kubelet's own (`--config-dir`).
    let is_drop_in = || {
        ending == "conf" && path.parent().is_some_and(|above| text(above.file_name()).ends_with(".conf.d"))
    };
    ENDINGS.contains(&&*ending) || KUBECONFIGS.contains(&&*name) || is_of_kubectl() || is_drop_in()
}
