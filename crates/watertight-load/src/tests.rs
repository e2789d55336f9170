//! Reading of files, folders, snapshot files and standard input.

use std::path::{Path, PathBuf};

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
    let options = Options { limits: Limits { file_bytes: 10, ..Limits::default() }, ..Options::default() };
    let snapshot = load(&targets, &options, &mut POD.as_bytes(), |_| {}).unwrap();
    assert!(snapshot.gaps()[0].why.contains("--max-file-size"));
}
