//! `watertight plan --write-dir`: the files apply, and what is left is what was promised.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::{Run, folder, root, run_with};

/// A copy of a folder or of a file, below `cluster` of a folder of its own.
fn copy(of: &Path) -> tempfile::TempDir {
    let copy = tempfile::tempdir().unwrap();
    let to = copy.path().join("cluster");
    match of.is_dir() {
        true => copy_folder(of, &to),
        false => {
            std::fs::create_dir(&to).unwrap();
            std::fs::copy(of, to.join("it.yaml")).unwrap();
        }
    }
    copy
}

fn copy_folder(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().map(Result::unwrap) {
        let to = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy_folder(&entry.path(), &to),
            false => {
                std::fs::copy(entry.path(), to).unwrap();
            }
        }
    }
}

/// Every file below a folder, by name.
fn texts(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let mut found = BTreeMap::new();
    for entry in std::fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.path().is_dir() {
            true => found.extend(texts(&entry.path())),
            false => {
                found.insert(entry.path(), std::fs::read(entry.path()).unwrap());
            }
        }
    }
    found
}

fn plan(home: &Path, more: &[&str]) -> Run {
    run_with(home, &[&["plan", "cluster", "--write-dir", "out", "-o", "json"], more].concat(), b"")
}

fn files(home: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(home.join("out")).unwrap();
    let mut names: Vec<String> =
        entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

/// The exposure of the cluster as it is now, in both readings.
fn exposure(home: &Path) -> [String; 2] {
    let told = run_with(home, &["blast", "-t", "cluster", "-o", "json", "--allow-incomplete"], b"").json();
    ["exposure", "exposureDirect"].map(|key| told[key].as_str().unwrap().to_owned())
}

/// Applies a patch with `git`, and says what it says when it does not go.
fn apply(home: &Path, name: &str) {
    let patch = home.join("out").join(name);
    let done = Command::new("git")
        .args(["apply", "--unidiff-zero"])
        .arg(&patch)
        .current_dir(home.join("cluster"))
        .env("GIT_CEILING_DIRECTORIES", home)
        .output()
        .unwrap();
    assert!(done.status.success(), "{name}: {}", String::from_utf8_lossy(&done.stderr));
}

/// The steps whose exposure is not what the plan said, once all patches up to them are applied. Ends at the first step
/// that is no patch. Panics when a patch does not go.
fn broken_promises(home: &tempfile::TempDir, run: &Run) -> Vec<String> {
    followed(home, run).1
}

/// The same of a manifest, with how many steps were followed.
fn follow(manifest: &Path) -> (usize, Vec<String>) {
    let home = copy(manifest);
    let run = plan(home.path(), &["--allow-incomplete"]);
    assert_eq!(run.code, 0, "{}", run.all());
    followed(&home, &run)
}

fn followed(home: &tempfile::TempDir, run: &Run) -> (usize, Vec<String>) {
    let names = files(home.path());
    let (mut count, mut broken) = (0, Vec::new());
    for step in run.json()["steps"].as_array().unwrap() {
        let number = format!("{:02}-", step["step"].as_u64().unwrap());
        let Some(name) = names.iter().find(|name| name.starts_with(&number)) else { break };
        apply(home.path(), name);
        let promised = ["exposure", "exposureDirect"].map(|key| step[key].as_str().unwrap().to_owned());
        let is = exposure(home.path());
        if promised != is {
            broken.push(format!("{name}: {promised:?} {is:?}"));
        }
        count += 1;
    }
    (count, broken)
}

#[test]
fn the_patches_of_the_example_do_what_the_plan_promises() {
    let home = copy(&root().join("examples/shop"));
    let before = texts(&home.path().join("cluster"));
    let run = plan(home.path(), &["--top", "5"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(texts(&home.path().join("cluster")), before, "nothing but the folder is written");
    assert_eq!(broken_promises(&home, &run), [] as [String; 0]);
    let readme = std::fs::read_to_string(home.path().join("out/README.md")).unwrap();
    for step in run.json()["steps"].as_array().unwrap() {
        let (flaws, direct) = (step["exposure"].as_str().unwrap(), step["exposureDirect"].as_str().unwrap());
        let row = format!("| {flaws} | {direct} | {flaws} | {direct} |");
        assert!(readme.contains(&row), "{row}: {readme}");
    }
}

/// Manifests whose steps leave workloads alike that were not: equal workloads share one likelihood as a way in, so the
/// mean is another though no edge is. What falls with each thing is what was promised.
const ALIKE_AFTER: [&str; 3] = ["ROLE_BIND_CRB_CR", "ROLE_BIND_RB_CR-SA", "ROLE_BIND_RB_R-SA"];

#[test]
fn patches_of_attack_manifests_do_what_the_plan_promises() {
    let home = std::env::var_os("WATERTIGHT_SUITES").map_or_else(|| root().join("../shared"), PathBuf::from);
    let suite = home.join("suites/attack-kubehound");
    if !suite.is_dir() {
        let required = std::env::var_os("WATERTIGHT_REQUIRE_SUITES").is_some_and(|value| value == "1");
        assert!(!required, "WATERTIGHT_REQUIRE_SUITES=1, and there is no {}", suite.display());
        eprintln!("NOT COMPARED: there is no {}", suite.display());
        return;
    }
    let mut compared = 0;
    for entry in std::fs::read_dir(&suite).unwrap().map(Result::unwrap) {
        let name = entry.path().file_stem().unwrap().to_str().unwrap().to_owned();
        if entry.path().extension().is_some_and(|ending| ending == "yaml") {
            let (steps, broken) = follow(&entry.path());
            compared += steps;
            assert!(broken.is_empty() || ALIKE_AFTER.contains(&name.as_str()), "{name}: {broken:#?}");
        }
    }
    assert!(compared > 20, "only {compared} steps were compared");
}

/// A cluster where each kind of change is worth something.
const ALL: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: shop}
---
# Who deploys.
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: admins}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: web, namespace: shop}]
---
apiVersion: v1
kind: Secret
metadata: {name: token, namespace: shop, annotations: {kubernetes.io/service-account.name: web}}
type: kubernetes.io/service-account-token
stringData: {token: C4N4RY}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      containers:
      - name: web
        image: web:1
        env: [{name: PASSWORD, value: C4N4RY}]
        ports: [{containerPort: 8080}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
";

#[test]
fn a_binding_that_goes_takes_its_document_and_no_more() {
    let home = folder(&[("cluster/all.yaml", ALL)]);
    let run = plan(home.path(), &["--top", "1"]);
    assert_eq!(run.code, 0, "{}", run.all());
    let names = files(home.path());
    assert!(names.len() == 2 && names[0].starts_with("01-"), "{names:?}");
    for name in &names {
        let text = std::fs::read_to_string(home.path().join("out").join(name)).unwrap();
        assert!(!text.contains("C4N4RY"), "{name}: {text}");
    }
    let patch = std::fs::read_to_string(home.path().join("out").join(&names[0])).unwrap();
    assert!(patch.starts_with("--- a/all.yaml\n+++ b/all.yaml\n"), "{patch}");
    let home =
        folder(&[("cluster/all.yaml", &ALL[..ALL.find("---\napiVersion: v1\nkind: Secret").unwrap()])]);
    let run = plan(home.path(), &[]);
    assert_eq!(broken_promises(&home, &run), [] as [String; 0]);
    let left = std::fs::read_to_string(home.path().join("cluster/all.yaml")).unwrap();
    assert!(!left.contains("ClusterRoleBinding") && left.contains("kind: ServiceAccount"), "{left}");
}

#[test]
fn what_is_in_a_snapshot_is_changed_by_commands() {
    let home = folder(&[("all.yaml", ALL)]);
    let made = run_with(home.path(), &["snapshot", "all.yaml", "--output", "cluster"], b"");
    assert_eq!(made.code, 0, "{}", made.all());
    let run = plan(home.path(), &["--allow-incomplete"]);
    assert_eq!(run.code, 0, "{}", run.all());
    let readme = std::fs::read_to_string(home.path().join("out/README.md")).unwrap();
    assert!(!files(home.path()).iter().any(|name| name.ends_with(".patch")), "{readme}");
    assert!(readme.contains("kubectl "), "{readme}");
    assert!(!readme.contains("C4N4RY"), "{readme}");
}

#[test]
fn a_folder_that_holds_something_is_left_alone() {
    let home = folder(&[("cluster/all.yaml", ALL), ("out/mine.txt", "mine")]);
    let run = plan(home.path(), &[]);
    assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{}", run.all());
    assert!(run.stderr.contains("`out` is not empty"), "{}", run.stderr);
    assert_eq!(files(home.path()), ["mine.txt"]);
}

/// What a step of the guides is worth in a cluster: changes, exposure after it and value, as told.
fn guide(yaml: &str) -> Vec<Value> {
    let home = folder(&[("cluster/all.yaml", yaml)]);
    let run = run_with(home.path(), &["plan", "cluster", "-o", "json"], b"");
    let told = super::fits("plan.v1.json", &run);
    told["guide"].as_array().unwrap().clone()
}

#[test]
fn the_guides_are_priced_by_what_they_are_worth_here() {
    let all = guide(&ALL[..ALL.find("---\napiVersion: v1\nkind: Secret").unwrap()]);
    let names: Vec<&str> = all.iter().map(|row| row["step"].as_str().unwrap()).collect();
    assert_eq!(all.len(), 8, "{names:?}");
    let audit = all.iter().find(|row| row["step"] == "RBAC audit").unwrap();
    assert_eq!((&audit["exposure"], &audit["planStep"]), (&"0.0".into(), &1.into()), "{audit}");
    let isolation = all.iter().find(|row| row["step"] == "default-deny network policies").unwrap();
    assert_eq!((&isolation["changes"], &isolation["value"]), (&0.into(), &"0.0".into()), "{isolation}");
    for name in ["signed images", "audit logging"] {
        let row = all.iter().find(|row| row["step"] == name).unwrap();
        assert!(row.get("exposure").is_none() && row.get("value").is_none(), "{row}");
        assert!(row["note"].as_str().unwrap().starts_with("not priced: "), "{row}");
    }
    let table =
        run_with(folder(&[("cluster/all.yaml", ALL)]).path(), &["plan", "cluster", "--top", "1"], b"");
    assert!(table.stdout.contains("the order of the hardening guides"), "{}", table.stdout);
}

#[test]
fn pod_security_counts_what_baseline_refuses_and_no_more() {
    let pod = |namespace: &str| {
        format!(
            "---\napiVersion: v1\nkind: Pod\nmetadata: {{name: a, namespace: {namespace}}}\nspec:\n  hostPID: true\n  \
             automountServiceAccountToken: false\n  containers: [{{name: a, image: a, securityContext: {{privileged: true}}}}]\n"
        )
    };
    let row = |yaml: &str| guide(yaml).remove(0);
    let production = row(&pod("production"));
    assert_ne!(production["value"], "0.0", "{production}");
    assert!(production.get("note").is_none(), "{production}");
    // What runs on the nodes of the platform is no matter of production namespaces.
    let other = row(&(pod("kube-system")
        + &pod("production")
            .replace("privileged: true", "privileged: false")
            .replace("hostPID: true", "hostPID: false")));
    assert_eq!(other["value"], "0.0", "{other}");
}

#[test]
fn a_binding_of_accounts_that_are_not_there_is_safe_to_remove() {
    const GHOST: &str = "\
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ghosts}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: ServiceAccount, name: ghost, namespace: shop}]
";
    let account = "---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {name: ghost, namespace: shop}\n";
    let user = GHOST.replace("{kind: ServiceAccount, name: ghost, namespace: shop}", "{kind: User, name: ann}");
    let pod = "---\napiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\nspec:\n  serviceAccountName: ghost\n  \
               automountServiceAccountToken: false\n  containers: [{name: a, image: a}]\n";
    let safety = |yaml: &str, more: &[&str]| {
        let home = folder(&[("cluster/all.yaml", yaml)]);
        let run = run_with(home.path(), &[&["plan", "cluster", "-o", "json"], more].concat(), b"");
        let steps = run.json()["steps"].as_array().unwrap().clone();
        let own = steps.iter().find(|step| step["change"].as_str().unwrap().contains("ghosts"));
        own.map(|step| step["safety"].as_str().unwrap().to_owned())
    };
    let all = ["--assume-complete"];
    assert_eq!(safety(GHOST, &all).as_deref(), Some("safe"));
    // Not every account is in view, somebody has it, or it is no account.
    assert_eq!(safety(GHOST, &[]).as_deref(), Some("review"));
    assert_eq!(safety(&format!("{GHOST}{account}"), &all).as_deref(), Some("review"));
    assert_ne!(safety(&format!("{GHOST}{pod}"), &all).as_deref(), Some("safe"));
    assert_eq!(safety(&user, &all).as_deref(), Some("review"));
}
