//! Files, folders and standard input into a [`Snapshot`].
//!
//! The only room for manifests that touches the disk. It decides which files are read; what they
//! mean is decided elsewhere. What should have been read and could not be is a gap, never silence.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use watertight_model::{Added, Gap, Snapshot, SnapshotBuilder};
use watertight_syntax::Limits;

/// How to read.
#[derive(Debug, Clone, Default)]
pub struct Options {
    /// What is accepted before it is refused.
    pub limits: Limits,
    /// The namespace of objects that name none.
    pub namespace: Option<String>,
    /// Which files below a folder are read.
    pub files: Files,
}

/// Which files below a folder are read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Files {
    /// Also those that `.gitignore` and `.ignore` name.
    pub ignored: bool,
    /// Also those whose name, or a folder's above, begins with a dot.
    pub hidden: bool,
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
}

fn detail(broken: &Option<(String, String)>) -> String {
    match broken {
        Some((place, why)) => format!(": {place}: {why}"),
        None => " (no document in it has `apiVersion` and `kind`)".to_owned(),
    }
}

/// Reads every target: a file, a folder with all below it, or `-` for standard input.
///
/// `progress` is told the number of files read so far.
///
/// # Errors
/// When a target that was named cannot be read or is not for Kubernetes. What goes wrong below a
/// folder is a gap in the snapshot.
pub fn load(
    targets: &[PathBuf],
    options: &Options,
    stdin: &mut dyn Read,
    mut progress: impl FnMut(usize),
) -> Result<Snapshot, LoadError> {
    let mut builder = Snapshot::builder(options.limits).namespace(options.namespace.as_deref());
    let mut seen = BTreeSet::new();
    for target in targets {
        let shown = target.to_string_lossy();
        if shown == "-" {
            named(&mut builder, Path::new("-"), stdin)?;
            continue;
        }
        if shown.starts_with("http://") || shown.starts_with("https://") {
            return Err(LoadError::Address(shown.into_owned()));
        }
        let metadata = std::fs::metadata(target).map_err(|error| unreadable(target, &error))?;
        if metadata.is_dir() {
            folder(&mut builder, target, options.files, &mut seen, &mut progress)?;
        } else if first_visit(target, &mut seen) {
            let mut file = File::open(target).map_err(|error| unreadable(target, &error))?;
            named(&mut builder, target, &mut file)?;
        }
        progress(seen.len());
    }
    Ok(builder.finish())
}

fn unreadable(path: &Path, error: &io::Error) -> LoadError {
    LoadError::Unreadable { path: path.to_string_lossy().into_owned(), reason: reason(error) }
}

/// The system's words without the error number.
fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// Whether a file was not read before under another name (a link, the same path given twice).
fn first_visit(path: &Path, seen: &mut BTreeSet<PathBuf>) -> bool {
    seen.insert(path.canonicalize().unwrap_or_else(|_| path.to_owned()))
}

/// Reads a text that was asked for by name: it has to be for Kubernetes.
fn named(builder: &mut SnapshotBuilder, path: &Path, input: &mut dyn Read) -> Result<(), LoadError> {
    let text = match text(input, builder.limits()) {
        Ok(text) => text,
        Err(Refused::Io(error)) => return Err(unreadable(path, &error)),
        Err(refused) => {
            builder.gap(refused.gap(path));
            return Ok(());
        }
    };
    match builder.text(path, text) {
        Added { objects: 0, lists: 0, gaps: 0, broken, .. } => {
            Err(LoadError::NotKubernetes { path: path.to_string_lossy().into_owned(), broken })
        }
        _ => Ok(()),
    }
}

/// Why a file was not read.
enum Refused {
    Io(io::Error),
    TooLarge(u64),
    NotText,
}

impl Refused {
    fn gap(self, path: &Path) -> Gap {
        let why = match self {
            Self::Io(error) => reason(&error),
            Self::TooLarge(limit) => {
                format!("larger than the limit of {limit} bytes; raise it with --max-file-size")
            }
            Self::NotText => "not UTF-8 text; Kubernetes reads UTF-8 only".to_owned(),
        };
        Gap { what: path.to_string_lossy().into_owned(), why, affects: Vec::new() }
    }
}

/// Reads a whole text, up to the limit: pipes and growing files have no size to ask for.
fn text(input: &mut dyn Read, limits: &Limits) -> Result<String, Refused> {
    let limit = limits.file_bytes.min(u64::from(u32::MAX));
    let mut bytes = Vec::new();
    input.take(limit + 1).read_to_end(&mut bytes).map_err(Refused::Io)?;
    if bytes.len() as u64 > limit {
        return Err(Refused::TooLarge(limit));
    }
    String::from_utf8(bytes).map_err(|_| Refused::NotText)
}

/// Reads every YAML and JSON file below a folder, honouring `.gitignore` and `.ignore` and passing
/// over hidden files, as ripgrep does, unless told otherwise.
fn folder(
    builder: &mut SnapshotBuilder,
    root: &Path,
    files: Files,
    seen: &mut BTreeSet<PathBuf>,
    progress: &mut impl FnMut(usize),
) -> Result<(), LoadError> {
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
                builder.gap(walk_gap(root, &error));
                continue;
            }
        };
        let path = entry.path();
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
        if !is_file || !is_manifest_name(path) || !first_visit(path, seen) {
            continue;
        }
        let read =
            File::open(path).map_err(Refused::Io).and_then(|mut file| text(&mut file, builder.limits()));
        match read {
            Ok(text) => {
                builder.text(path, text);
            }
            Err(refused) => builder.gap(refused.gap(path)),
        }
        progress(seen.len());
    }
    Ok(())
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

/// Files that may hold manifests, by their ending.
fn is_manifest_name(path: &Path) -> bool {
    path.extension()
        .and_then(|ending| ending.to_str())
        .is_some_and(|ending| ["yaml", "yml", "json"].iter().any(|known| ending.eq_ignore_ascii_case(known)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n";

    fn scan(targets: &[&Path]) -> Result<Snapshot, LoadError> {
        let targets: Vec<PathBuf> = targets.iter().map(|path| path.to_path_buf()).collect();
        load(&targets, &Options::default(), &mut io::empty(), |_| {})
    }

    fn write(folder: &Path, name: &str, text: impl AsRef<[u8]>) -> PathBuf {
        let path = folder.join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(&path, text).unwrap();
        path
    }

    #[test]
    fn a_folder_is_read_to_its_end() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        write(root, "a.yaml", POD);
        write(root, "deep/er/b.YML", POD);
        write(root, "deep/c.json", r#"{"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "c"}}"#);
        write(root, "values.yaml", "image: x\n");
        write(root, "notes.txt", POD);
        write(root, "ignored/d.yaml", POD);
        write(root, ".gitignore", "ignored/\n");
        write(root, "broken.json", "{\"name\": ");
        write(root, ".hidden/e.yaml", POD);
        let snapshot = scan(&[root]).unwrap();
        assert_eq!((snapshot.len(), snapshot.passed_over(), snapshot.gaps().len()), (3, 2, 0));
        let count = |ignored, hidden| {
            let options = Options { files: Files { ignored, hidden }, ..Options::default() };
            load(&[root.to_path_buf()], &options, &mut io::empty(), |_| {}).unwrap().len()
        };
        assert_eq!([count(true, false), count(false, true), count(true, true)], [4, 4, 5]);
    }

    #[test]
    fn links_are_followed_once() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        let file = write(root, "a.yaml", POD);
        std::os::unix::fs::symlink(&file, root.join("b.yaml")).unwrap();
        std::os::unix::fs::symlink(root, root.join("loop")).unwrap();
        let snapshot = scan(&[root, &file]).unwrap();
        assert_eq!((snapshot.len(), snapshot.gaps().len()), (1, 0));
    }

    #[test]
    fn what_cannot_be_read_below_a_folder_is_a_gap() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        write(root, "latin.yaml", b"apiVersion: v1\nkind: Pod\n# \xe9\n");
        write(root, "broken.yaml", "apiVersion: v1\nkind: Deployment\nspec: [\n");
        write(root, "template.yaml", "apiVersion: v1\nkind: Role\nmetadata: {name: {{ .x }}}\n");
        std::os::unix::fs::symlink(root.join("nowhere"), root.join("dangling.yaml")).unwrap();
        let snapshot = scan(&[root]).unwrap();
        let gaps: Vec<_> = snapshot.gaps().iter().map(|gap| gap.affects.clone()).collect();
        assert_eq!(snapshot.gaps().len(), 4, "{:?}", snapshot.gaps());
        assert!(gaps.contains(&vec!["Deployment".to_owned()]) && gaps.contains(&vec!["Role".to_owned()]));
        assert!(snapshot.gaps().iter().any(|gap| gap.why.contains("helm template")));
    }

    #[test]
    fn what_was_named_has_to_be_there_and_for_kubernetes() {
        let folder = tempfile::tempdir().unwrap();
        let other = write(folder.path(), "compose.yaml", "services: {}\n");
        let broken = write(folder.path(), "x.yaml", "a: [\n");
        assert!(matches!(scan(&[&other]), Err(LoadError::NotKubernetes { broken: None, .. })));
        let error = scan(&[&broken]).unwrap_err().to_string();
        assert!(error.contains("x.yaml:"), "{error}");
        assert!(matches!(scan(&[&folder.path().join("no")]), Err(LoadError::Unreadable { .. })));
        assert!(matches!(scan(&[Path::new("https://example.com/a.yaml")]), Err(LoadError::Address(_))));
    }

    #[test]
    fn standard_input_is_a_text_like_any_other() {
        let targets = [PathBuf::from("-")];
        let snapshot = load(&targets, &Options::default(), &mut POD.as_bytes(), |_| {}).unwrap();
        assert_eq!(snapshot.len(), 1);
        assert!(load(&targets, &Options::default(), &mut io::empty(), |_| {}).is_err());
        let options =
            Options { limits: Limits { file_bytes: 10, ..Limits::default() }, ..Options::default() };
        let snapshot = load(&targets, &options, &mut POD.as_bytes(), |_| {}).unwrap();
        assert!(snapshot.gaps()[0].why.contains("--max-file-size"));
    }
}
