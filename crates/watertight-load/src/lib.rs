//! Files, folders and standard input into a [`Snapshot`].
//!
//! The only room for manifests and snapshot files that touches the disk. It decides which files are read; what they
//! mean is decided elsewhere. What should have been read and could not be is a gap, never silence. Kustomize
//! folders and charts are rendered by the tools that are there. Start reading at [`load`].

mod beside;
mod files;
mod render;
#[cfg(test)]
mod tests;
mod text;

use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use watertight_model::{Added, Snapshot, SnapshotBuilder, SnapshotFileError, is_snapshot};
use watertight_syntax::Limits;

pub use files::Files;
pub use render::{ChartValues, Rendering};

use crate::files::{Found, Text};
use crate::render::{Covered, Reading};
use crate::text::{Refused, reason, text};

/// How to read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What is accepted before it is refused.
    pub limits: Limits,
    /// The namespace of objects that name none.
    pub namespace: Option<String>,
    /// Which files below a folder are read.
    pub files: Files,
    /// How Kustomize folders and charts are rendered. Without it their files are read as they are.
    pub render: Option<Rendering>,
    /// Whether what is read is the whole cluster.
    pub assume_complete: bool,
}

/// How far reading has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress<'a> {
    /// So many files were read.
    Files(usize),
    /// A tool begins to render a folder.
    Rendering {
        /// The folder, as it is shown.
        what: &'a str,
        /// The tool, as people call it.
        tool: &'a str,
    },
}

/// Why nothing can be judged at all: the command was wrong.
#[derive(Debug, thiserror::Error)]
pub enum LoadError {
    /// A path that was named cannot be read.
    #[error("cannot read `{path}`: {reason}")]
    Unreadable {
        /// The path as given.
        path: String,
        /// The system's reason.
        reason: String,
    },
    /// A file that was named holds no Kubernetes object.
    #[error("`{path}` holds no Kubernetes object{}", detail(.broken))]
    NotKubernetes {
        /// The path as given.
        path: String,
        /// Where it stops being YAML or JSON, and why.
        broken: Option<(String, String)>,
    },
    /// An address instead of a path.
    #[error(
        "`{0}` is an address; download the file and scan it, or pipe it in: `curl … | watertight scan -`"
    )]
    Address(String),
    /// A snapshot file that this build cannot read.
    #[error("`{path}` is {why}")]
    Snapshot {
        /// The path as given.
        path: String,
        /// Which, and what is wrong with it.
        why: SnapshotFileError,
    },
}

fn detail(broken: &Option<(String, String)>) -> String {
    match broken {
        Some((place, why)) => format!(": {place}: {why}"),
        None => " (no document in it has `apiVersion` and `kind`)".to_owned(),
    }
}

/// Reads every target: a file, a folder with all below it, or `-` for standard input.
///
/// `progress` is told how far it has come.
///
/// # Errors
/// When a target that was named cannot be read or is not for Kubernetes. What goes wrong below a
/// folder is a gap in the snapshot.
pub fn load(
    targets: &[PathBuf],
    options: &Options,
    stdin: &mut dyn Read,
    mut progress: impl FnMut(Progress<'_>),
) -> Result<Snapshot, LoadError> {
    let mut builder = Snapshot::builder(options.limits)
        .namespace(options.namespace.as_deref())
        .assume_complete(options.assume_complete);
    let found = Found::look(targets, options.files, options.render.is_some())?;
    found.gaps.into_iter().for_each(|gap| builder.gap(gap));
    let mut covered = Covered::default();
    if let Some(rendering) = &options.render {
        for file in &rendering.values.files {
            values_file(file)?;
        }
        if !found.folders.is_empty() {
            let namespace = options.namespace.as_deref();
            covered = render::render(&found.folders, rendering, namespace, &mut builder, &mut progress);
        }
    }
    for (read, found) in (1..).zip(found.texts) {
        match found {
            Text::Stdin => named(&mut builder, Path::new("-"), stdin)?,
            // What makes a folder is rendered; what only looks so is read.
            Text::Named(_, canonical) if covered.reading(&canonical) == Reading::Never => {}
            Text::Named(path, _) => {
                let mut file = File::open(&path).map_err(|error| unreadable(&path, &error))?;
                named(&mut builder, &path, &mut file)?;
            }
            Text::Below(path, canonical) => met(&mut builder, &path, &covered.reading(&canonical)),
        }
        progress(Progress::Files(read));
    }
    beside::read(targets, &mut builder);
    Ok(builder.finish())
}

/// A file of values has to be there: helm would take anything else for an address.
fn values_file(file: &Path) -> Result<(), LoadError> {
    let shown = file.to_string_lossy();
    if shown.contains("://") {
        return Err(LoadError::Address(shown.into_owned()));
    }
    File::open(file).map(drop).map_err(|error| unreadable(file, &error))
}

pub(crate) fn unreadable(path: &Path, error: &io::Error) -> LoadError {
    LoadError::Unreadable { path: path.to_string_lossy().into_owned(), reason: reason(error) }
}

/// Reads a text that was asked for by name: it has to be for Kubernetes.
fn named(builder: &mut SnapshotBuilder, path: &Path, input: &mut dyn Read) -> Result<(), LoadError> {
    let shown = || path.to_string_lossy().into_owned();
    let text = match text(input, builder.limits()) {
        Ok(text) => text,
        Err(Refused::Io(error)) => return Err(unreadable(path, &error)),
        Err(refused) => {
            builder.gap(refused.gap(path));
            return Ok(());
        }
    };
    let added = match is_snapshot(&text) {
        true => {
            builder.snapshot_file(path, text).map_err(|why| LoadError::Snapshot { path: shown(), why })?
        }
        false => builder.text(path, text),
    };
    match added {
        Added { objects: 0, lists: 0, gaps: 0, broken, .. } => {
            Err(LoadError::NotKubernetes { path: shown(), broken })
        }
        _ => Ok(()),
    }
}

/// Reads a text that was met below a folder: it may be for something else.
fn met(builder: &mut SnapshotBuilder, path: &Path, reading: &Reading) {
    if *reading == Reading::Never {
        return;
    }
    let read = File::open(path).map_err(Refused::Io).and_then(|mut file| text(&mut file, builder.limits()));
    match read {
        Ok(text) if *reading == Reading::UnlessTemplate && text.contains("{{") => {}
        Ok(text) => {
            builder.text(path, text);
        }
        Err(refused) => builder.gap(refused.gap(path)),
    }
}

/// Compresses the lines of a snapshot file. Equal snapshots give equal bytes.
///
/// # Errors
/// When the writer fails.
pub fn write_snapshot(snapshot: &Snapshot, tool_version: &str, out: &mut dyn Write) -> io::Result<()> {
    // No time and no name in gzip's own header: the bytes depend on the content alone.
    let mut gzip = flate2::GzBuilder::new().mtime(0).write(out, flate2::Compression::default());
    snapshot.write_lines(tool_version, &mut gzip)?;
    gzip.finish()?.flush()
}
