//! Files, folders and standard input into a [`Snapshot`].
//!
//! The only room for manifests and snapshot files that touches the disk. It decides which files are read; what they
//! mean is decided elsewhere. What should have been read and could not be is a gap, never silence.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use ignore::WalkBuilder;
use watertight_model::{Added, Gap, Snapshot, SnapshotBuilder, SnapshotFileError, is_snapshot};
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
    /// Whether what is read is the whole cluster.
    pub assume_complete: bool,
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
    let mut builder = Snapshot::builder(options.limits)
        .namespace(options.namespace.as_deref())
        .assume_complete(options.assume_complete);
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

/// Why a file was not read.
enum Refused {
    Io(io::Error),
    TooLarge(u64),
    NotText,
    Compressed(io::Error),
}

impl Refused {
    fn gap(self, path: &Path) -> Gap {
        let why = match self {
            Self::Io(error) => reason(&error),
            Self::TooLarge(limit) => {
                format!("larger than the limit of {limit} bytes; raise it with --max-file-size")
            }
            Self::Compressed(error) => format!("its gzip data is damaged or cut off: {}", reason(&error)),
            Self::NotText => "not UTF-8 text; Kubernetes reads UTF-8 only".to_owned(),
        };
        Gap { what: path.to_string_lossy().into_owned(), why, affects: Vec::new() }
    }
}

/// What gzip data begins with (RFC 1952, section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Reads a whole text, up to the limit: pipes and growing files have no size to ask for. Text that is
/// compressed with gzip is taken as what it holds.
fn text(input: &mut dyn Read, limits: &Limits) -> Result<String, Refused> {
    let limit = limits.file_bytes.min(u64::from(u32::MAX));
    let mut bytes = Vec::new();
    input.take(limit + 1).read_to_end(&mut bytes).map_err(Refused::Io)?;
    if bytes.starts_with(&GZIP) {
        let compressed = std::mem::take(&mut bytes);
        let inner = flate2::read::MultiGzDecoder::new(compressed.as_slice());
        // A small file may hold a large text: the limit is for what comes out.
        inner.take(limit + 1).read_to_end(&mut bytes).map_err(Refused::Compressed)?;
    }
    if bytes.len() as u64 > limit {
        return Err(Refused::TooLarge(limit));
    }
    String::from_utf8(bytes).map_err(|_| Refused::NotText)
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

    fn written(snapshot: &Snapshot) -> Vec<u8> {
        let mut bytes = Vec::new();
        write_snapshot(snapshot, "1", &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn a_snapshot_is_read_as_what_it_was_taken_of() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        write(
            root,
            "m/a.yaml",
            "kind: Pod\napiVersion: v1\nmetadata: {name: a, name: b}\n---\nkind: Secret\napiVersion: v1\nmetadata: {name: s}\nstringData: {k: hunter2}\n",
        );
        write(root, "m/broken.yaml", "apiVersion: v1\nkind: Role\nx: [\n");
        let taken = scan(&[&root.join("m")]).unwrap();
        let file = write(root, "c.wt", written(&taken));
        let read = scan(&[&file]).unwrap();
        assert_eq!((read.len(), read.gaps(), read.texts()), (2, taken.gaps(), 2));
        let pod = read.object(read.of_kind("Pod")[0]);
        assert_eq!(pod.duplicate_keys().len(), 1);
        assert!(pod.origin().name().ends_with("m/a.yaml"));
        assert_eq!(pod.recorded().line, 1);
        assert_eq!(read.object(read.of_kind("Secret")[0]).recorded().line, 5);
        // Whoever takes a snapshot of a snapshot gets the same bytes, and no secret at any time.
        assert_eq!(written(&read), std::fs::read(&file).unwrap());
        let mut lines = Vec::new();
        read.write_lines("1", &mut lines).unwrap();
        assert!(!String::from_utf8(lines).unwrap().contains("hunter2"));
    }

    #[test]
    fn a_damaged_snapshot_is_never_whole() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        write(root, "m/a.yaml", format!("{POD}---\n{POD}---\n{POD}"));
        let whole = written(&scan(&[&root.join("m")]).unwrap());
        let mut lines = Vec::new();
        scan(&[&root.join("m")]).unwrap().write_lines("1", &mut lines).unwrap();
        let lines = String::from_utf8(lines).unwrap();
        let read = |name: &str, bytes: &[u8]| scan(&[&write(root, name, bytes)]);
        assert_eq!(read("plain.wt", lines.as_bytes()).unwrap().gaps(), []);
        for (name, bytes) in [
            ("cut.wt", &whole[..whole.len() - 9]),
            ("line.wt", lines.trim_end().rsplit_once('\n').unwrap().0.as_bytes()),
            ("garbage.wt", lines.replacen("{\"at\"", "{\"at\":", 1).as_bytes()),
        ] {
            assert!(!read(name, bytes).unwrap().gaps().is_empty(), "{name}");
        }
        let newer = lines.replacen("snapshot/v1", "snapshot/v2", 1);
        let error = read("newer.wt", newer.as_bytes()).unwrap_err();
        assert!(matches!(error, LoadError::Snapshot { why: SnapshotFileError::Newer(_), .. }), "{error}");
        let header = lines.replacen("\"gaps\"", "\"holes\"", 1);
        assert!(matches!(read("header.wt", header.as_bytes()), Err(LoadError::Snapshot { .. })));
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
