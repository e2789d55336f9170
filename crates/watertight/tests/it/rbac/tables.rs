//! `watertight rbac matrix`, `lookup`, `risks` and `diff`.

use serde_json::Value;

use super::{SHOP, ask, fits, shop, texts};
use crate::{folder, run_with};

/// The cells of a row, by the name of its resource or subject.
fn cells<'a>(matrix: &'a Value, name: &str) -> Vec<&'a str> {
    let rows = matrix["rows"].as_array().unwrap().iter();
    let named = |row: &&Value| row["resource"] == name || row["subject"]["name"] == name;
    let row = rows.into_iter().find(named).unwrap_or_else(|| panic!("no row {name}: {matrix}"));
    row["cells"].as_array().unwrap().iter().map(|cell| cell.as_str().unwrap()).collect()
}

#[test]
fn a_matrix_of_someone_says_where_and_for_which_names() {
    let matrix = |arguments: &[&str]| {
        let run = shop(&[&["matrix", "--verbs", "get,list,create", "-o", "json"], arguments].concat());
        assert_eq!(run.code, 0, "{}", run.all());
        fits("rbac-matrix.v1.json", &run)
    };
    let web = matrix(&["--sa", "shop:web"]);
    assert_eq!(cells(&web, "pods"), ["some-namespaces", "some-namespaces", "no"]);
    assert_eq!(cells(&web, "secrets"), ["some-names", "no", "no"]);
    assert_eq!(cells(&web, "tokenreviews.authentication.k8s.io"), ["none", "none", "no"]);
    let here = matrix(&["--sa", "web", "-n", "shop"]);
    assert_eq!(cells(&here, "pods"), ["yes", "yes", "no"]);
    assert!(!here.to_string().contains("\"nodes\""), "what is in no namespace is not asked for in one");
    assert_eq!(
        cells(&matrix(&["--group", "dev"]), "configmaps"),
        ["some-namespaces", "some-namespaces", "no"]
    );
    assert_eq!(cells(&matrix(&["--user", "lost"]), "pods"), ["no", "no", "no"]);
    let master = matrix(&["--group", "system:masters"]);
    assert_eq!(cells(&master, "nodes"), ["yes", "yes", "yes"]);
}

#[test]
fn a_matrix_of_a_resource_has_a_row_per_subject() {
    let run = shop(&["matrix", "resource", "po", "-o", "json"]);
    let json = fits("rbac-matrix.v1.json", &run);
    assert_eq!(
        texts(&json["rows"], |row| &row["subject"]["name"]),
        ["dev", "system:serviceaccounts:ops", "operator", "web"]
    );
    assert_eq!(cells(&json, "operator"), ["yes", "yes", "yes", "yes"]);
    assert_eq!(cells(&json, "dev"), ["some-namespaces", "no", "no", "no"]);
    let system = shop(&["matrix", "resource", "po", "--system"]).stdout;
    assert!(system.contains("system:masters") && system.contains("deployment-controller"), "{system}");
    let exec =
        shop(&["matrix", "resource", "pods", "--subresource", "exec", "-o", "json", "--verbs", "create"]);
    assert_eq!(
        texts(&exec.json()["rows"], |row| &row["subject"]["name"]),
        ["system:serviceaccounts:ops", "operator"]
    );
    insta::assert_snapshot!(shop(&["matrix", "resource", "secrets", "-n", "shop", "--verbs", "get,list", "-q"]).stdout, @r"
    NAME                         KIND             SA-NAMESPACE   GET       LIST
    system:serviceaccounts:ops   Group            -              ✔         ✔
    operator                     ServiceAccount   ops            ✔         ✔
    web                          ServiceAccount   shop           ✔ names   ✖

    ✔ names: for objects of certain names only (see who-can)
    ");
}

#[test]
fn a_matrix_of_everyone_counts() {
    let run = shop(&["matrix", "-o", "json", "--verbs", "get"]);
    let json = fits("rbac-matrix.v1.json", &run);
    let web = json["rows"].as_array().unwrap().iter().find(|row| row["subject"]["name"] == "web").unwrap();
    assert_eq!(web["cells"][0], 2, "pods and secrets");
    assert_eq!(shop(&["matrix", "--verbs", "fly"]).code, 2);
    assert_eq!(shop(&["matrix", "of", "pods"]).code, 2);
    assert_eq!(shop(&["matrix", "resource", "pods", "--sa", "shop:web"]).code, 2);
    assert_eq!(shop(&["matrix", "--user", "a", "--group", "b"]).code, 2);
}

#[test]
fn lookup_finds_parts_of_names() {
    let rows = |arguments: &[&str]| {
        let run = shop(&[&["lookup", "-o", "json"], arguments].concat());
        assert_eq!(run.code, 0);
        let json = fits("rbac-lookup.v1.json", &run);
        json["rows"]
            .as_array()
            .unwrap()
            .iter()
            .map(|row| row["binding"]["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(rows(&["WEB"]), ["web"]);
    assert_eq!(rows(&["shop:web"]), ["web"]);
    assert_eq!(rows(&["system:serviceaccount:shop:web", "--exact"]), ["web"]);
    assert_eq!(rows(&["we", "--exact"]), [""; 0]);
    assert_eq!(rows(&["ops", "-k", "group"]), ["operator"]);
    assert_eq!(rows(&["ops", "-k", "user"]), [""; 0]);
    // Without a name, Kubernetes' own are left out.
    assert_eq!(rows(&[]).len(), 5);
    assert!(rows(&["--system"]).len() > 50);
    assert_eq!(rows(&["system:masters"]), ["cluster-admin"]);
    insta::assert_snapshot!(shop(&["lookup", "-q"]).stdout, @r"
    SUBJECT                      SCOPE          ROLE
    dev                          shop           ClusterRole/view
    lost                         shop           Role/not-here (not in view)
    ops:operator                 cluster-wide   ClusterRole/edit
    system:serviceaccounts:ops   cluster-wide   ClusterRole/edit
    shop:web                     shop           Role/web
    ");
    let wide = shop(&["lookup", "lost", "-o", "wide", "-q"]).stdout;
    assert!(
        wide.contains("User/lost") && wide.contains("RoleBinding/lost") && wide.contains("a.yaml:43"),
        "{wide}"
    );
}

#[test]
fn a_subject_that_means_nobody_is_looked_up_too() {
    let binding = "---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: nobody}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: homeless}]
";
    let run = ask(&format!("{SHOP}{binding}"), &["lookup", "homeless", "-o", "json"]);
    let json = fits("rbac-lookup.v1.json", &run);
    assert_eq!(json["rows"][0]["effective"], false);
    assert!(run.stderr.contains("needs a namespace here"), "{}", run.stderr);
    assert!(json["problems"].to_string().contains("needs a namespace here"));
}

#[test]
fn risks_are_worst_first_and_of_the_users_own() {
    let run = shop(&["risks", "-o", "json"]);
    let json = fits("rbac-risks.v1.json", &run);
    assert_eq!(run.code, 0);
    let subjects = texts(&json["risks"], |row| &row["subject"]["name"]);
    // The group, and its members: the account that each namespace has, and the declared one.
    assert_eq!(&subjects[..3], ["system:serviceaccounts:ops", "default", "operator"]);
    assert!(!subjects.contains(&"system:kube-controller-manager"), "{subjects:?}");
    assert_eq!(shop(&["risks", "a.yaml", "-q"]).stdout, shop(&["risks", "-t", "a.yaml", "-q"]).stdout);
    let all = shop(&["risks", "-o", "json", "--system"]).json();
    assert_eq!(all["hidden"], 0);
    let hidden = usize::try_from(json["hidden"].as_u64().unwrap()).unwrap();
    assert_eq!(all["risks"].as_array().unwrap().len(), subjects.len() + hidden);
    let table = shop(&["risks", "-q"]).stdout;
    assert_eq!(table.lines().take_while(|line| !line.is_empty()).count(), subjects.len() + 1, "{table}");
    // What somebody binds to a subject of Kubernetes is not Kubernetes' own.
    let opened = SHOP.replace("name: 'system:serviceaccounts:ops'", "name: 'system:authenticated'");
    let run = ask(&opened, &["risks", "-o", "json"]);
    assert!(texts(&run.json()["risks"], |row| &row["subject"]["name"]).contains(&"system:authenticated"));
}

#[test]
fn a_difference_is_what_subjects_gain_and_lose() {
    let after = SHOP
        .replace(
            "resources: [pods, pods/log], verbs: [get, list]",
            "resources: [pods], verbs: [get, list, delete]",
        )
        .replace("kind: Group, apiGroup: rbac.authorization.k8s.io, name: dev", "kind: Group, name: dev");
    let files = folder(&[("before.yaml", SHOP), ("after.yaml", &after)]);
    let diff = |arguments: &[&str]| run_with(files.path(), &[&["rbac", "diff"], arguments].concat(), b"");
    let run = diff(&["before.yaml", "after.yaml", "-q"]);
    assert_eq!(run.code, 0);
    insta::assert_snapshot!(run.stdout, @r"
        SUBJECT                   SCOPE   VERBS      ON         ONLY
    +   ServiceAccount shop/web   shop    delete     pods       -
    -   ServiceAccount shop/web   shop    get,list   pods/log   -

    + 1 subject gains · - 1 subject loses
    ");
    assert_eq!(diff(&["before.yaml", "after.yaml", "--fail-on-gain"]).code, 1);
    let json = fits("rbac-diff.v1.json", &diff(&["before.yaml", "after.yaml", "-o", "json"]));
    assert_eq!(json["changes"][0]["gained"][0]["rules"][0]["verbs"][0], "delete");
    let same = diff(&["before.yaml", "before.yaml", "--fail-on-gain"]);
    assert_eq!((same.code, same.stdout.as_str()), (0, "No subject gains or loses anything\n"));
    assert_eq!(diff(&["-", "-"]).code, 2);
    let losing = folder(&[("before.yaml", &after), ("after.yaml", &after.replace(", delete]", "]"))]);
    let run =
        run_with(losing.path(), &["rbac", "diff", "before.yaml", "after.yaml", "--fail-on-gain", "-q"], b"");
    assert_eq!(run.code, 0, "a loss is no gain: {}", run.stdout);
    let broken = folder(&[
        ("before.yaml", SHOP),
        ("after.yaml", "kind: Role\napiVersion: rbac.authorization.k8s.io/v1\nx: [\n"),
    ]);
    std::fs::create_dir(broken.path().join("after")).unwrap();
    std::fs::rename(broken.path().join("after.yaml"), broken.path().join("after/a.yaml")).unwrap();
    assert_eq!(run_with(broken.path(), &["rbac", "diff", "before.yaml", "after"], b"").code, 3);
}

#[test]
fn a_namespace_that_nobody_named_is_shown_as_such() {
    let nameless = SHOP.replace(", namespace: shop", "");
    let lookup = ask(&nameless, &["lookup", "web"]);
    assert!(lookup.stdout.contains("<unspecified>:web   <unspecified>   Role/web"), "{}", lookup.stdout);
    assert!(lookup.stderr.contains("-n says which that is"), "{}", lookup.stderr);
    for command in [&["who-can", "get", "pods"][..], &["can-i", "--sa", "web", "get", "pods"], &["risks"]] {
        for format in ["table", "wide", "json"] {
            let run = ask(&nameless, &[command, &["-o", format]].concat());
            assert_eq!(run.code, 0, "{}", run.all());
            assert!(!run.all().contains("watertight--"), "{}", run.all());
        }
    }
    let named = ask(&nameless, &["can-i", "--sa", "shop:web", "get", "pods", "-n", "shop"]);
    assert_eq!(named.code, 0, "{}", named.all());
}
