//! `watertight fix --write` and the file system: what is written is written as a whole or not at all, and stays
//! what it was but for its text.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::{folder, run_with};

const ARGUMENTS: &[&str] = &["fix", ".", "--select", "host-pid", "--review", "--write"];

/// A manifest of several documents, so that half of it would be seen.
fn manifest(number: usize) -> String {
    let mut text = String::new();
    for part in 0..6 {
        let _ = write!(
            text,
            "---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web-{number}-{part} # kept\nspec:\n  hostPID: true\n  containers:\n  - name: web\n    image: registry.example.com/web:1\n"
        );
    }
    text
}

fn texts(folder: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .map(|path| (path.file_name().unwrap().to_str().unwrap().to_owned(), std::fs::read(&path).unwrap()))
        .collect()
}

#[test]
fn a_killed_run_leaves_every_file_old_or_new() {
    const FILES: usize = 300;
    let old: BTreeMap<String, String> =
        (0..FILES).map(|number| (format!("{number:03}.yaml"), manifest(number))).collect();
    let new = |text: &str| text.replace("hostPID: true", "hostPID: false");
    let mut midway = 0;
    let random =
        usize::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().subsec_micros()).unwrap();
    // Killed when this many files are new: near the beginning, the middle, the end, and anywhere.
    for wanted in [1, 40, 150, 290, 1 + random % FILES] {
        let listed: Vec<(&str, &str)> =
            old.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
        let files = folder(&listed);
        let started = Command::new(env!("CARGO_BIN_EXE_watertight"))
            .args(ARGUMENTS)
            .current_dir(files.path())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn();
        let mut child = started.unwrap();
        let last = files.path().join(format!("{:03}.yaml", wanted - 1));
        let inode = std::fs::metadata(&last).unwrap().ino();
        let begun = Instant::now();
        // Another inode: the file was replaced.
        while std::fs::metadata(&last).unwrap().ino() == inode && child.try_wait().unwrap().is_none() {
            assert!(begun.elapsed() < Duration::from_secs(120), "nothing is written");
        }
        std::thread::sleep(Duration::from_micros(u64::try_from(random % 700).unwrap()));
        child.kill().unwrap();
        child.wait().unwrap();

        let found = texts(files.path());
        let mut written = 0;
        for (name, old) in &old {
            let text = std::str::from_utf8(&found[name]).unwrap();
            assert!(text == old || text == new(old), "{name} is neither old nor new");
            written += usize::from(text != old);
        }
        midway += usize::from(written > 0 && written < FILES);
        // What else lies there is no manifest to anybody.
        let others: Vec<&String> = found.keys().filter(|name| !old.contains_key(*name)).collect();
        assert!(others.iter().all(|name| name.starts_with('.') && name.ends_with(".tmp")), "{others:?}");
        let scan = run_with(files.path(), &["scan", ".", "--select", "host-pid", "-o", "json"], b"").json();
        let open = scan["findings"].as_array().unwrap().len();
        assert_eq!((open, scan["gaps"].as_array().unwrap().len()), ((FILES - written) * 6, 0));

        let next = run_with(files.path(), ARGUMENTS, b"");
        assert_eq!(next.code, 0, "{}", next.all());
        let done = texts(files.path());
        assert!(old.iter().all(|(name, old)| done[name] == new(old).as_bytes()), "the work is not finished");
        let again = run_with(files.path(), ARGUMENTS, b"");
        assert!(again.stdout.contains("nothing to fix"), "{}", again.stdout);
        assert_eq!(texts(files.path()), done);
    }
    assert!(midway > 0, "no run was killed midway");
}

#[test]
fn the_form_of_a_file_is_kept() {
    let pod = "# a\ttab\napiVersion: v1\nkind: Pod\nmetadata:\n  name: web\t# another\nspec:\n  hostPID: true \t# why\n  containers: []\n";
    let crlf = pod.replace('\n', "\r\n");
    let bom = format!("\u{feff}{pod}");
    let open_end = pod.trim_end().to_owned();
    let mixed = pod.replacen('\n', "\r\n", 3);
    let umlauts = pod.replace("# a\t", "# ä 日本 \u{1f980}\t");
    let spare = format!("{pod}\n\n...\n# the end");
    let cases = [pod.to_owned(), crlf, bom, open_end, mixed, umlauts, spare];
    for (number, text) in cases.iter().enumerate() {
        let files = folder(&[("web.yaml", text)]);
        let run = run_with(files.path(), ARGUMENTS, b"");
        assert_eq!(run.code, 0, "{number}: {}", run.all());
        let wanted = text.replace("hostPID: true", "hostPID: false");
        assert_eq!(std::fs::read_to_string(files.path().join("web.yaml")).unwrap(), wanted, "{number}");
    }
}

#[test]
fn a_link_stays_a_link_and_what_it_names_keeps_its_mode_and_owner() {
    let text = manifest(0);
    let files = folder(&[("real/web.yaml", &text)]);
    let (link, real) = (files.path().join("link.yaml"), files.path().join("real/web.yaml"));
    symlink("real/web.yaml", &link).unwrap();
    std::fs::set_permissions(&real, std::fs::Permissions::from_mode(0o604)).unwrap();
    // Only root may give a file away; who else runs this has files of one owner only.
    let given = std::os::unix::fs::chown(&real, Some(12345), Some(54321)).is_ok();
    let run =
        run_with(files.path(), &["fix", "link.yaml", "--select", "host-pid", "--review", "--write"], b"");
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(std::fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(std::fs::read_to_string(&real).unwrap(), text.replace("true", "false"));
    let metadata = std::fs::metadata(&real).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o7777, 0o604);
    assert!(!given || (metadata.uid(), metadata.gid()) == (12345, 54321));
    assert_eq!(std::fs::read_dir(files.path().join("real")).unwrap().count(), 1, "something stayed behind");
}

/// A limit on the size of files stands for a disk that is full.
#[test]
fn a_full_disk_leaves_the_file_as_it_was() {
    let text: String = (0..40).map(manifest).collect();
    let files = folder(&[
        ("large.yaml", &text),
        (
            "small.yaml",
            "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {hostPID: true, containers: []}\n",
        ),
    ]);
    let script = "trap '' XFSZ; ulimit -f 4; exec \"$0\" \"$@\"";
    let run = Command::new("sh")
        .args(["-c", script, env!("CARGO_BIN_EXE_watertight")])
        .args(ARGUMENTS)
        .current_dir(files.path())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&run.stdout);
    assert_eq!(run.status.code(), Some(3), "{told}{}", String::from_utf8_lossy(&run.stderr));
    assert!(
        told.contains("not written ./large.yaml: cannot write") && told.contains("fixed ./small.yaml"),
        "{told}"
    );
    let left = texts(files.path());
    assert_eq!(left.keys().collect::<Vec<_>>(), ["large.yaml", "small.yaml"]);
    assert!(
        left["large.yaml"] == text.as_bytes() && left["small.yaml"].windows(5).any(|word| word == b"false")
    );
}
