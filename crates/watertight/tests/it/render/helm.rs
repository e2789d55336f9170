//! Charts: with a program that plays helm everywhere, and with the real one where it is installed.

use super::{gaps, privileged, programs, real_helm, run_beside, run_in};
use crate::folder;

/// Plays `helm template NAME CHART …`: fills in two values, prints each template as helm does, and writes down how
/// it was called.
const HELM: &str = r##"printf '%s\n' "$@" > "$0.arguments"
name=$2 chart=$3
title=$(sed -n 's/^name: //p' "$chart/Chart.yaml")
for template in "$chart"/crds/*.yaml "$chart"/charts/*/templates/*.yaml "$chart"/templates/*.yaml; do
    test -f "$template" || continue
    printf -- '---\n# Source: %s\n' "$title/${template#"$chart/"}"
    sed -e "s/{{ .Release.Name }}/$name/" -e 's/{{ .Values.privileged }}/true/' "$template"
done"##;

const CHART: &[(&str, &str)] = &[
    ("charts/shop/Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
    ("charts/shop/values.yaml", "apiVersion: v1\nkind: Pod\nprivileged: true\n"),
    ("charts/shop/values-prod.yaml", "apiVersion: v1\nkind: Pod\n"),
    (
        "charts/shop/templates/web.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}-web\nspec:\n  containers:\n  - name: web\n    image: web\n    securityContext:\n      privileged: {{ .Values.privileged }}\n",
    ),
    ("charts/shop/templates/_helpers.tpl", "{{ define \"x\" }}{{ end }}\n"),
    (
        "charts/shop/charts/db/templates/db.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}-db\nspec:\n  containers:\n  - name: db\n    image: db\n    securityContext: {privileged: true}\n",
    ),
    ("charts/shop/charts/db/Chart.yaml", "apiVersion: v2\nname: db\nversion: 1.0.0\n"),
    (
        "charts/shop/crds/crd.yaml",
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: c}\n",
    ),
    (
        "charts/shop/examples/pod.yaml",
        "apiVersion: v1\nkind: Pod\nmetadata: {name: example}\nspec: {containers: []}\n",
    ),
    ("charts/lib/Chart.yaml", "apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n"),
    ("charts/lib/templates/_x.yaml", "{{ define \"lib.x\" }}kind: Pod{{ end }}\n"),
];

#[test]
fn findings_name_chart_and_template() {
    let files = folder(CHART);
    let tools = programs(&[("helm", HELM)]);
    let run = run_beside(files.path(), tools.path(), &["scan", ".", "-o", "json"]);
    assert_eq!(gaps(&run), Vec::<String>::new());
    let row = |file: &str| (file.to_owned(), "./charts/shop".to_owned());
    let mut found = privileged(&run);
    found.sort();
    assert_eq!(
        found,
        [row("./charts/shop/charts/db/templates/db.yaml"), row("./charts/shop/templates/web.yaml")]
    );
    // The example beside the chart is read; values and templates are not read as manifests.
    assert_eq!(run.json()["coverage"]["kinds"], serde_json::json!({"CustomResourceDefinition": 1, "Pod": 3}));
    assert!(run.stdout.contains("shop-web"), "the release is named after the chart");
    // Nobody named a namespace: what goes wherever the release goes does not lie in `default`.
    let said = std::fs::read_to_string(tools.path().join("helm.arguments")).unwrap();
    assert!(said.contains("--namespace\nrelease-namespace\n"), "{said}");
    let json = run.json();
    let findings = json["findings"].as_array().unwrap();
    let web = findings.iter().find(|finding| finding["object"]["name"] == "shop-web").unwrap();
    assert_eq!(web["object"]["namespace"], "release-namespace");
}

#[test]
fn values_and_names_are_passed_through() {
    let files = folder(CHART);
    let tools = programs(&[("helm", HELM)]);
    std::fs::write(files.path().join("a,b.yaml"), "x: 1\n").unwrap();
    let arguments = [
        "scan",
        "charts/shop",
        "-n",
        "prod",
        "--values",
        "charts/shop/values-prod.yaml",
        "-f",
        "a,b.yaml",
        "--set",
        "a=b,c=d",
        "--set-string",
        "e=1",
        "--release-name",
        "live",
        "--kubernetes-version",
        "1.33",
        "-o",
        "json",
    ];
    let run = run_beside(files.path(), tools.path(), &arguments);
    assert!(run.stdout.contains("live-web"), "{}", run.all());
    let root = files.path().canonicalize().unwrap();
    let said = std::fs::read_to_string(tools.path().join("helm.arguments")).unwrap();
    let said = said.replace(root.to_str().unwrap(), "ROOT").replace(files.path().to_str().unwrap(), "ROOT");
    let expected = "template live ROOT/charts/shop --include-crds --kube-version v1.33.0 --namespace prod \
                    --values ROOT/charts/shop/values-prod.yaml --values \"ROOT/a,b.yaml\" --set a=b,c=d \
                    --set-string e=1";
    assert_eq!(said.lines().collect::<Vec<_>>().join(" "), expected);
}

#[test]
fn values_have_to_be_files() {
    let files = folder(CHART);
    let tools = programs(&[("helm", HELM)]);
    for (values, expected) in [
        ("https://example.com/v.yaml", "is an address"),
        ("s3://b/v.yaml", "is an address"),
        ("gone.yaml", "cannot read `gone.yaml`"),
    ] {
        let run = run_beside(files.path(), tools.path(), &["scan", ".", "--values", values]);
        assert!(run.code == 2 && run.stderr.contains(expected), "{values}: {}", run.stderr);
        assert!(!tools.path().join("helm.arguments").exists());
    }
}

#[test]
fn what_helm_would_have_to_download_is_a_gap() {
    let files = folder(&[
        (
            "Chart.yaml",
            "apiVersion: v2\nname: shop\nversion: 1.0.0\ndependencies:\n- {name: redis, repository: 'https://example.com'}\n",
        ),
        ("templates/web.yaml", "kind: {{ .Values.kind }}\n"),
    ]);
    let tools = programs(&[("helm", HELM)]);
    let run = run_beside(files.path(), tools.path(), &["scan", ".", "-o", "json"]);
    assert_eq!(
        gaps(&run),
        [
            "./Chart.yaml: the chart needs `redis`, which its folder `charts` does not hold; run `helm dependency build .` and scan again"
        ]
    );
    assert!(!tools.path().join("helm.arguments").exists());
}

#[test]
fn a_missing_helm_is_one_gap_for_a_chart() {
    let files = folder(CHART);
    let tools = programs(&[]);
    let run = run_beside(files.path(), tools.path(), &["scan", "charts/shop", "-o", "json"]);
    let gaps = gaps(&run);
    assert!(
        gaps.len() == 1 && gaps[0].starts_with("charts/shop/Chart.yaml: `helm` is not in PATH"),
        "{gaps:?}"
    );
    assert_eq!(run.json()["gaps"][0]["affects"], serde_json::json!(["CustomResourceDefinition", "Pod"]));
    // What helm would have put out as it is, is read.
    assert_eq!(run.json()["coverage"]["kinds"], serde_json::json!({"CustomResourceDefinition": 1, "Pod": 1}));
}

#[test]
fn the_real_helm_renders_the_same_chart() {
    let Some(search) = real_helm() else { return };
    let files = folder(CHART);
    let run = run_in(files.path(), &search, &["scan", ".", "-o", "json"], &[]);
    assert_eq!(gaps(&run), Vec::<String>::new());
    let mut found = privileged(&run);
    found.sort();
    let row = |file: &str| (file.to_owned(), "./charts/shop".to_owned());
    assert_eq!(
        found,
        [row("./charts/shop/charts/db/templates/db.yaml"), row("./charts/shop/templates/web.yaml")]
    );
}

#[test]
fn the_real_helm_says_what_the_chart_wants() {
    let Some(search) = real_helm() else { return };
    let files = folder(&[
        ("Chart.yaml", "apiVersion: v2\nname: shop\nversion: 1.0.0\n"),
        ("values.yaml", "realm: hunter2\n"),
        (
            "templates/a.yaml",
            "a: {{ required \"'address' must be set\" .Values.address }}\nb: {{ .Values.realm }}\n",
        ),
    ]);
    let run = run_in(files.path(), &search, &["scan", ".", "-o", "json"], &[]);
    let gaps = gaps(&run);
    assert!(gaps.iter().any(|gap| gap.contains("'address' must be set")), "{gaps:?}");
}
