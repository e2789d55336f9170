//! `watertight fix`: differences that are right and quote nothing, files that are edited as a whole or not at all.

use std::os::unix::fs::{PermissionsExt, symlink};

use crate::{folder, output, run_with};

const POD: &str = "\
apiVersion: v1
kind: Pod
metadata:
  name: web # the front
spec:
    hostPID: true   # why not
    containers:
    -   name: web
        image: registry.example.com/web:1
        env:
        -   {name: PASSWORD, value: C4N4RY}
";

/// Controls that a short text can satisfy.
const SELECT: &str = "host-pid,privilege-escalation-allowed,capabilities-not-dropped,seccomp-not-set";

fn read(folder: &tempfile::TempDir, file: &str) -> String {
    std::fs::read_to_string(folder.path().join(file)).unwrap()
}

#[test]
fn a_difference_is_shown_and_nothing_is_written() {
    let files = folder(&[("web.yaml", POD)]);
    let run = run_with(files.path(), &["fix", "web.yaml", "--select", SELECT, "--review"], b"");
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    insta::assert_snapshot!(run.stdout, @r"
    --- web.yaml
    +++ web.yaml
    @@ -3,9 +3,17 @@
     metadata:
       name: web # •••
     spec:
    -    hostPID: true   # •••
    +    hostPID: false   # •••
         containers:
         -   name: web
             image: registry.example.com/web:1
             env:
             -   {name: PASSWORD, value: •••}
    +        securityContext:
    +            allowPrivilegeEscalation: false
    +            capabilities:
    +                drop:
    +                -   ALL
    +    securityContext:
    +        seccompProfile:
    +            type: RuntimeDefault

    4 findings can be fixed in 1 file, 4 of them to be reviewed
    ");
    assert_eq!(read(&files, "web.yaml"), POD);
    let check = run_with(files.path(), &["fix", "web.yaml", "--select", SELECT, "--review", "--check"], b"");
    assert_eq!(check.code, 1);
    let safe = run_with(files.path(), &["fix", "web.yaml", "--select", SELECT, "--check"], b"");
    assert_eq!(safe.code, 0, "{}", safe.all());
    assert!(safe.stdout.contains("--review"), "{}", safe.stdout);
    let colored =
        run_with(files.path(), &["fix", ".", "--select", SELECT, "--review", "--color", "always"], b"");
    assert!(colored.stdout.contains("\u{1b}[32m+") && colored.stdout.contains("\u{1b}[31m-"));
}

#[test]
fn files_are_edited_in_place_and_once() {
    let other = "kind: other # untouched\r\nx: [1,\r\n 2]";
    let files = folder(&[("a/web.yaml", POD), ("other.yaml", other), ("list.json", "{}")]);
    let path = files.path().join("a/web.yaml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
    symlink("a/web.yaml", files.path().join("link.yaml")).unwrap();
    let arguments = ["fix", ".", "--select", SELECT, "--review", "--write"];
    let run = run_with(files.path(), &arguments, b"");
    assert_eq!(run.code, 0, "{}", run.all());
    let wanted = POD.replace("hostPID: true", "hostPID: false")
        + "        securityContext:
            allowPrivilegeEscalation: false
            capabilities:
                drop:
                -   ALL
    securityContext:
        seccompProfile:
            type: RuntimeDefault
";
    assert_eq!(read(&files, "a/web.yaml"), wanted);
    assert_eq!(read(&files, "other.yaml"), other);
    let metadata = std::fs::metadata(&path).unwrap();
    assert_eq!(metadata.permissions().mode() & 0o777, 0o640);
    assert!(std::fs::symlink_metadata(files.path().join("link.yaml")).unwrap().is_symlink());
    assert!(!run.all().contains("C4N4RY"));
    let fixed = read(&files, "a/web.yaml");
    let again = run_with(files.path(), &arguments, b"");
    assert_eq!((again.code, again.stdout.contains("nothing to fix")), (0, true), "{}", again.all());
    assert_eq!(read(&files, "a/web.yaml"), fixed);
    let scan = run_with(files.path(), &["scan", ".", "--select", SELECT], b"");
    assert_eq!(scan.code, 0, "{}", scan.all());
    let left: Vec<_> = std::fs::read_dir(files.path().join("a")).unwrap().collect();
    assert_eq!(left.len(), 1, "a temporary file stayed");
}

#[test]
fn what_cannot_be_written_is_told() {
    let files = folder(&[("web.yaml", POD)]);
    let path = files.path().join("web.yaml");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o444)).unwrap();
    let run = run_with(files.path(), &["fix", ".", "--select", "host-pid", "--review", "--write"], b"");
    assert_eq!(run.code, 3, "{}", run.all());
    assert!(run.stdout.contains("web.yaml: it is read-only"), "{}", run.stdout);
    assert_eq!(read(&files, "web.yaml"), POD);

    let snapshot = run_with(files.path(), &["snapshot", "web.yaml", "-o", "c.wt", "-q"], b"");
    assert_eq!(snapshot.code, 0);
    let run = run_with(files.path(), &["fix", "c.wt", "--select", "host-pid", "--review", "--write"], b"");
    assert!(run.stdout.contains("snapshot file"), "{}", run.stdout);
    let anchored = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {hostPID: &t true, hostIPC: *t, containers: []}\n";
    let files = folder(&[("a.yaml", anchored), ("broken.yaml", "apiVersion: v1\nkind: Role\nx: [\n")]);
    let run = run_with(files.path(), &["fix", ".", "--select", "host-pid", "--review"], b"");
    assert_eq!(run.code, 3, "{}", run.all());
    assert!(run.stdout.contains("an anchor, an alias or a merge key"), "{}", run.stdout);
    assert!(run.stdout.contains("broken.yaml"), "{}", run.stdout);
    let both = run_with(files.path(), &["fix", "a.yaml", "--select", "host-pid,host-ipc", "--review"], b"");
    assert!(both.stdout.contains("2 findings can be fixed"), "{}", both.stdout);
}

#[test]
fn standard_input_comes_out_fixed() {
    let files = folder(&[]);
    let run = run_with(files.path(), &["fix", "-", "--select", "host-pid", "--review"], POD.as_bytes());
    assert_eq!((run.code, run.stdout), (0, POD.replace("hostPID: true", "hostPID: false")));
    assert!(run.stderr.contains("1 finding can be fixed"), "{}", run.stderr);
    let same = run_with(files.path(), &["fix", "-", "--select", "host-ipc", "-q"], POD.as_bytes());
    assert_eq!((same.stdout.as_str(), same.stderr.as_str()), (POD, ""));
    let diff =
        run_with(files.path(), &["fix", "-", "--select", "host-pid", "--review", "--diff"], POD.as_bytes());
    assert!(
        diff.stdout.contains("-    hostPID: true   # •••") && !diff.all().contains("C4N4RY"),
        "{}",
        diff.stdout
    );
    for arguments in [&["fix", "-", "--write"][..], &["fix", "-", "."], &["fix", ".", "--write", "--check"]] {
        assert_eq!(run_with(files.path(), arguments, POD.as_bytes()).code, 2, "{arguments:?}");
    }
}

#[test]
fn machines_get_what_the_schema_says() {
    let files = folder(&[("web.yaml", POD), ("broken.yaml", "apiVersion: v1\nkind: Role\nx: [\n")]);
    let schema = output::schema("fix.v1.json");
    for arguments in [&["fix", ".", "-o", "json"][..], &["fix", ".", "-o", "json", "--review", "--write"]] {
        let run = run_with(files.path(), arguments, b"");
        let json = run.json();
        let wrong: Vec<_> = schema.iter_errors(&json).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{wrong:?}");
        assert!(!run.all().contains("C4N4RY"));
    }
    assert!(!schema.is_valid(&serde_json::json!({})), "the schema takes anything");
}

#[test]
fn missing_objects_go_to_a_file_of_their_own() {
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n";
    let account = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: default\n  namespace: shop\nautomountServiceAccountToken: false\n";
    let select = ["--select", "default-account-automounts", "--review", "--assume-complete"];
    let files = folder(&[("base/ns.yaml", namespace)]);
    let run = run_with(files.path(), &[&["fix", "base"][..], &select].concat(), b"");
    assert!(run.stdout.contains("--- /dev/null\n+++ base/serviceaccount-default.yaml"), "{}", run.stdout);
    let write = [&["fix", "base", "--write"][..], &select].concat();
    assert_eq!(run_with(files.path(), &write, b"").code, 0);
    assert_eq!(read(&files, "base/serviceaccount-default.yaml"), account);
    let again = run_with(files.path(), &write, b"");
    assert!(again.stdout.contains("nothing to fix"), "{}", again.stdout);

    let files = folder(&[("ns.yaml", namespace), ("more.yaml", "kind: x")]);
    let write = [&["fix", "ns.yaml", "--write", "--output", "more.yaml"][..], &select].concat();
    let run = run_with(files.path(), &write, b"");
    assert_eq!(run.code, 0, "{}", run.all());
    assert_eq!(read(&files, "more.yaml"), format!("kind: x\n---\n{account}"));
    // The file is not read by the command, and holds the account all the same.
    let again = run_with(files.path(), &write, b"");
    assert!(again.stdout.contains("is there already"), "{}", again.stdout);
    assert_eq!(read(&files, "more.yaml"), format!("kind: x\n---\n{account}"));
}

#[test]
fn a_kustomization_names_what_is_new_and_a_chart_is_left_alone() {
    let namespace = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: shop\n";
    let files = folder(&[
        ("base/ns.yaml", namespace),
        ("base/kustomization.yaml", "resources:\n- ns.yaml # first\n"),
        ("chart/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("chart/templates/web.yaml", POD),
    ]);
    let write = [
        "fix",
        ".",
        "--no-render",
        "--review",
        "--assume-complete",
        "--select",
        "default-account-automounts,host-pid",
        "--write",
    ];
    let run = run_with(files.path(), &write, b"");
    assert_eq!(
        read(&files, "base/kustomization.yaml"),
        "resources:\n- ns.yaml # first\n- serviceaccount-default.yaml\n"
    );
    assert_eq!(read(&files, "chart/templates/web.yaml"), POD);
    assert!(run.stdout.contains("the file is a template of a chart"), "{}", run.all());
    let again = run_with(files.path(), &write, b"");
    assert!(again.stdout.contains("nothing to fix"), "{}", again.all());
}

/// The first policy brings policies into view, and with them what could not be asked of the other pods before.
#[test]
fn what_only_comes_into_view_keeps_nothing_open() {
    let pod = |name: &str, namespace: &str| {
        POD.replace("web # the front", &format!("{name}\n  namespace: {namespace}"))
    };
    let files = folder(&[
        ("a/namespace.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n"),
        ("a/web.yaml", &pod("web", "a")),
        ("b/web.yaml", &pod("web", "b")),
    ]);
    let select = "default-deny-missing,pod-not-isolated,host-pid,seccomp-not-set";
    let fix = || run_with(files.path(), &["fix", ".", "--write", "--review", "--select", select], b"");
    let first = fix();
    assert!(first.stdout.contains("created ./a/"), "{}", first.all());
    for file in ["a/web.yaml", "b/web.yaml"] {
        assert!(read(&files, file).contains("hostPID: false"), "{file}: {}", first.all());
    }
    assert!(fix().stdout.contains("nothing to fix"), "{}", fix().all());
}
