//! `watertight report`: one file that needs nothing else.

use crate::{folder, run, run_with};

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: open, namespace: shop}\nspec: {containers: [{name: a, image: a, securityContext: {privileged: true}}]}\n";

#[test]
fn the_page_of_the_example_says_what_the_commands_say() {
    let page = run(&["report", "examples/shop", "-o", "-"]);
    assert_eq!(page.code, 0, "{}", page.stderr);
    let blast = run(&["blast", "--target", "examples/shop", "-o", "json"]).json();
    let exposure = blast["exposure"].as_str().unwrap();
    assert!(page.stdout.contains(&format!("<strong>{exposure}</strong>")), "the exposure");
    assert!(page.stderr.contains(&format!("exposure {exposure} of 100")), "{}", page.stderr);
    let plan = run(&["plan", "examples/shop", "-o", "json"]).json();
    let steps = plan["steps"].as_array().unwrap();
    assert!(!steps.is_empty());
    for step in steps {
        assert!(page.stdout.contains(&format!("<strong>{}</strong>", step["exposure"].as_str().unwrap())));
    }
    let scan = run(&["scan", "examples/shop", "-o", "json", "--fail-on", "none"]).json();
    for finding in scan["findings"].as_array().unwrap() {
        let control = finding["control"].as_str().unwrap();
        assert!(page.stdout.contains(&format!("<code>{control}</code>")), "{control}");
    }
    for framework in ["CIS Kubernetes Benchmark", "NSA/CISA", "Pod Security Standards", "MITRE ATT&amp;CK"] {
        assert!(page.stdout.contains(framework), "{framework}");
    }
}

#[test]
fn the_page_loads_nothing_and_is_the_same_twice() {
    let [one, two] = [0, 1].map(|_| run(&["report", "examples/shop", "-o", "-", "-q"]));
    assert!(one.stdout == two.stdout && one.stderr.is_empty());
    for load in ["<script", "<link", "<img", "src=", "@import", "href=\"http"] {
        assert!(!one.stdout.contains(load), "{load}");
    }
}

#[test]
fn no_secret_value_is_shown() {
    let secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, namespace: shop}\nstringData: {password: hunter2-canary}\n";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p, namespace: shop}\nspec: {containers: [{name: a, image: a, env: [{name: DB_PASSWORD, value: hunter2-canary}]}]}\n";
    let files = folder(&[("s.yaml", secret), ("p.yaml", pod)]);
    let page = run_with(files.path(), &["report", ".", "-o", "-"], b"");
    assert!(page.stdout.contains("DB_PASSWORD"));
    assert!(!page.all().contains("hunter2-canary"));
}

#[test]
fn exit_codes_and_files() {
    let broken = "apiVersion: v1\nkind: Role\nrules: [\n";
    let files = folder(&[("a/open.yaml", POD), ("b/open.yaml", POD), ("b/broken.yaml", broken)]);
    let whole = run_with(files.path(), &["report", "a"], b"");
    assert_eq!(whole.code, 0, "{}", whole.all());
    assert!(
        whole.stdout.is_empty() && whole.stderr.contains("watertight-report.html: exposure "),
        "{}",
        whole.stderr
    );
    let written = std::fs::read_to_string(files.path().join("watertight-report.html")).unwrap();
    assert!(written.starts_with("<!DOCTYPE html>") && written.ends_with("</html>\n"));
    let part = run_with(files.path(), &["report", "b", "-o", "b.html"], b"");
    assert_eq!(part.code, 3, "{}", part.all());
    let written = std::fs::read_to_string(files.path().join("b.html")).unwrap();
    assert!(
        written.contains("broken.yaml") && written.contains("href=\"#gaps\">what was not</a> could change")
    );
    assert_eq!(run_with(files.path(), &["report", "b", "-o", "b.html", "--allow-incomplete"], b"").code, 0);
    assert_eq!(run_with(files.path(), &["report"], b"").code, 2);
    assert_eq!(run_with(files.path(), &["report", "nowhere"], b"").code, 2);
}

#[test]
fn without_a_namespace_findings_are_those_of_a_scan_and_the_graph_is_in_default() {
    let pod = POD.replace(", namespace: shop", "");
    let files = folder(&[("p.yaml", &pod)]);
    let baseline = run_with(files.path(), &["baseline", ".", "-o", "b.json", "-q"], b"");
    assert_eq!(baseline.code, 0, "{}", baseline.all());
    let page = run_with(files.path(), &["report", "-", "-o", "-", "--baseline", "b.json"], pod.as_bytes());
    assert!(page.stdout.contains("known in the baseline"), "fingerprints are those of a scan");
    assert!(page.stdout.contains("pod/default/open"), "the graph knows where it is");
}

#[test]
fn an_empty_cluster_and_no_plan() {
    let files = folder(&[("c.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n")]);
    let page = run_with(files.path(), &["report", ".", "-o", "-"], b"");
    assert_eq!(page.code, 0, "{}", page.stderr);
    assert!(page.stdout.contains("From no entry point in what was seen does a path lead to a goal"));
    let page = run_with(files.path(), &["report", ".", "-o", "-", "--top", "0"], b"");
    assert!(page.stdout.contains("No plan was asked for"));
}
