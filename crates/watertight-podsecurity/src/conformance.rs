//! Compares with verdicts that Kubernetes' own code printed, and with the labelled pods of its tests.
//!
//! `vectors/pod-security.jsonl.gz` holds random pods with what API server 1.36 says of them, and
//! `suites/pod-security/LEVEL/VERSION/{pass,fail}` holds pods as YAML. They lie in the folder named by
//! `WATERTIGHT_SUITES`, or in `shared` beside the checkout, and are never copied here.

mod yaml;

use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde::Deserialize;

use crate::{Check, Level, LevelVersion, PodManifest, Standards};

/// The version that printed the vectors.
const VECTORS_ARE_OF: u64 = 36;

/// A file or folder of the suites, or `None`, which is loud, and a failure when they are required.
fn shared(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("WATERTIGHT_SUITES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let path = root.join(name);
    if path.exists() {
        return Some(path);
    }
    let required = std::env::var_os("WATERTIGHT_REQUIRE_SUITES").is_some_and(|value| value == "1");
    assert!(!required, "WATERTIGHT_REQUIRE_SUITES=1, and there is no {}", path.display());
    eprintln!("NOT COMPARED with {name}: there is no {}", path.display());
    None
}

#[derive(Deserialize)]
struct Vector {
    #[serde(flatten)]
    pod: PodManifest,
    results: Vec<Expected>,
}

#[derive(Deserialize)]
struct Expected {
    level: String,
    version: String,
    allowed: bool,
    #[serde(default)]
    reason: String,
    #[serde(default)]
    detail: String,
}

fn vectors() -> Option<impl Iterator<Item = (usize, Vector)>> {
    let file = std::fs::File::open(shared("vectors/pod-security.jsonl.gz")?).unwrap();
    let lines = BufReader::new(flate2::read::MultiGzDecoder::new(file)).lines();
    Some((1..).zip(lines).map(|(line, text)| {
        let text = text.unwrap();
        (line, serde_json::from_str(&text).unwrap_or_else(|error| panic!("line {line}: {error}")))
    }))
}

/// What differs from the vector: empty when nothing does.
fn difference(standards: &Standards, vector: &Vector, expected: &Expected) -> String {
    let wanted =
        LevelVersion { level: expected.level.parse().unwrap(), version: expected.version.parse().unwrap() };
    let policy = standards.policy(wanted);
    let pod = vector.pod.pod();
    let verdict = policy.evaluate(pod);
    let mut wrong = String::new();
    let mut compare = |what: &str, ours: &str, theirs: &str| {
        if ours != theirs {
            wrong.push_str(&format!("\n  {wanted} {what}\n    ours:   {ours}\n    theirs: {theirs}"));
        }
    };
    compare("allowed", &verdict.allowed().to_string(), &expected.allowed.to_string());
    compare("reason", &verdict.reason(), &expected.reason);
    compare("detail", &verdict.detail(), &expected.detail);
    // The quick answer and the fields say the same as the words.
    compare("allows", &policy.allows(pod).to_string(), &expected.allowed.to_string());
    compare("offences", &policy.offences(pod).is_empty().to_string(), &expected.allowed.to_string());
    wrong
}

#[test]
fn conformance_with_the_api_server() {
    let Some(vectors) = vectors() else { return };
    let standards = Standards::new(VECTORS_ARE_OF);
    let (mut results, mut wrong) = (0, Vec::new());
    for (line, vector) in vectors {
        for expected in &vector.results {
            results += 1;
            let difference = difference(&standards, &vector, expected);
            if !difference.is_empty() {
                wrong.push(format!("line {line}: {difference}"));
            }
        }
    }
    eprintln!("pod-security vectors, latest = 1.{VECTORS_ARE_OF}: {results} verdicts, {} wrong", wrong.len());
    assert!(results > 0, "the vectors hold no verdict");
    assert!(wrong.is_empty(), "{}", wrong[..wrong.len().min(10)].join("\n"));
}

/// The standards of 1.37 differ from those of 1.36 in two sysctls and in nothing else: taking these out
/// of a pod, both versions say the same.
#[test]
fn conformance_of_the_next_version() {
    /// Allowed from 1.37 on, see `policy/check_sysctls.go`, `sysctlsAllowedV1Dot37`.
    const NEW: [&str; 2] = ["net.ipv4.tcp_slow_start_after_idle", "net.ipv4.tcp_notsent_lowat"];
    let Some(vectors) = vectors() else { return };
    let standards = Standards::new(VECTORS_ARE_OF + 1);
    let older = Standards::new(VECTORS_ARE_OF);
    let (mut results, mut explained, mut wrong) = (0, 0, Vec::new());
    for (line, mut vector) in vectors {
        let differences: Vec<(String, bool)> = vector
            .results
            .iter()
            .map(|expected| {
                let agrees = difference(&older, &vector, expected).is_empty();
                (difference(&standards, &vector, expected), agrees)
            })
            .collect();
        let spec = &mut vector.pod.spec;
        if let Some(sysctls) = spec.security_context.as_mut().and_then(|security| security.sysctls.as_mut()) {
            sysctls.retain(|sysctl| !NEW.contains(&sysctl.name.as_str()));
        }
        for (expected, (differs, older_agrees)) in vector.results.iter().zip(differences) {
            results += 1;
            if differs.is_empty() {
                continue;
            }
            let wanted = LevelVersion {
                level: expected.level.parse().unwrap(),
                version: expected.version.parse().unwrap(),
            };
            let say = |standards: &Standards| standards.policy(wanted).evaluate(vector.pod.pod()).detail();
            let judged_as_new = standards.policy(wanted).minor() > VECTORS_ARE_OF;
            if judged_as_new && older_agrees && say(&standards) == say(&older) {
                explained += 1;
            } else {
                wrong.push(format!("line {line}: {differs}"));
            }
        }
    }
    eprintln!(
        "pod-security vectors, latest = 1.{}: {results} verdicts, {explained} explained, {} wrong",
        VECTORS_ARE_OF + 1,
        wrong.len()
    );
    assert!(wrong.is_empty(), "{}", wrong[..wrong.len().min(10)].join("\n"));
}

/// What a file of the suite says of itself: `LEVEL/VERSION/pass/NAME.yaml`.
struct Labelled {
    wanted: LevelVersion,
    passes: bool,
    /// The file's name without its number: the check that it is about, in lower case.
    about: String,
    file: PathBuf,
}

fn folders(below: &Path) -> Vec<PathBuf> {
    let mut found: Vec<PathBuf> = std::fs::read_dir(below)
        .unwrap_or_else(|error| panic!("{}: {error}", below.display()))
        .map(|entry| entry.unwrap().path())
        .collect();
    found.sort();
    found
}

fn name_of(path: &Path) -> &str {
    path.file_name().and_then(|name| name.to_str()).expect("names of the suite are texts")
}

fn labelled(suite: &Path) -> Vec<Labelled> {
    let mut cases = Vec::new();
    for (level, folder) in [(Level::Baseline, "baseline"), (Level::Restricted, "restricted")] {
        for version_folder in folders(&suite.join(folder)) {
            let version = name_of(&version_folder).parse().expect("a folder is named after a version");
            for (passes, label) in [(true, "pass"), (false, "fail")] {
                for file in folders(&version_folder.join(label)) {
                    let name = name_of(&file).trim_end_matches(".yaml");
                    let about = name.trim_end_matches(|c: char| c.is_ascii_digit()).to_owned();
                    cases.push(Labelled { wanted: LevelVersion { level, version }, passes, about, file });
                }
            }
        }
    }
    cases
}

/// What is wrong about our verdict, if anything.
fn disagreement(case: &Labelled, standards: &Standards) -> Option<String> {
    let text = std::fs::read_to_string(&case.file).unwrap();
    let manifest: PodManifest = serde_json::from_value(yaml::read(&text)).unwrap();
    let policy = standards.policy(case.wanted);
    // Upstream's tests give these files to an API server.
    let pod = manifest.pod().as_written();
    let verdict = policy.evaluate(pod);
    if policy.allows(pod) != verdict.allowed() {
        return Some("the quick answer differs from the whole one".to_owned());
    }
    // The check itself, or one that stands in for it.
    let minor = policy.minor();
    let about = |check: &Check| {
        let stands_in = check.revision(minor).map_or(&[][..], |revision| revision.overrides);
        check.id.eq_ignore_ascii_case(&case.about)
            || stands_in.iter().any(|id| id.eq_ignore_ascii_case(&case.about))
    };
    match (case.passes, verdict.allowed()) {
        (true, true) => None,
        (true, false) => Some(format!("passes, and we forbid it: {}", verdict.detail())),
        (false, true) => Some("fails, and we allow it".to_owned()),
        (false, false) if verdict.forbidden.iter().any(|forbidden| about(forbidden.check)) => None,
        (false, false) => Some(format!("fails by another check: {}", verdict.detail())),
    }
}

#[test]
fn conformance_with_labelled_pods() {
    let Some(suite) = shared("suites/pod-security") else { return };
    let standards = Standards::default();
    let cases = labelled(&suite);
    let wrong: Vec<String> = cases
        .iter()
        .filter_map(|case| Some(format!("{}: {}", case.file.display(), disagreement(case, &standards)?)))
        .collect();
    eprintln!("pod-security suite: {} pods, {} wrong", cases.len(), wrong.len());
    assert!(cases.iter().any(|case| case.passes) && cases.iter().any(|case| !case.passes), "no case");
    assert!(wrong.is_empty(), "{}", wrong[..wrong.len().min(10)].join("\n"));
}
