//! Kustomizations and charts that are broken, hostile or odd, whether or not the tools are installed.

use super::{Case, answer, with};

/// A kustomization in the folder `k` that cannot be rendered, and what is said besides its file.
const KUSTOMIZATIONS: &[(&str, &str, &str)] = &[
    ("empty", "", ""),
    ("a text", "C4N4RY\n", ""),
    ("a list", "- C4N4RY\n", ""),
    ("broken", "resources: [C4N4RY\n", "kustomization.yaml:1"),
    ("a tab", "resources:\n\t- a.yaml\n", "kustomization.yaml:2"),
    ("an anchor within itself", "resources: &a [*a]\n", "kustomization.yaml:1"),
    ("an entry that is not there", "resources: [gone.yaml]\n", ""),
    ("itself", "resources: [.]\n", ""),
    ("the folder above", "resources: [..]\n", ""),
    ("a file outside", "resources: [../../../../../etc/hostname]\n", ""),
    ("an entry that is a map", "resources: [{a: C4N4RY}]\n", ""),
    ("resources is a text", "resources: C4N4RY\n", ""),
    ("an unknown field", "resourcez: [a.yaml]\n", ""),
    ("a literal without a key", "configMapGenerator: [{name: a, literals: [C4N4RY]}]\n", ""),
    ("a broken patch", "resources: [a.yaml]\npatches: [{patch: 'a: [C4N4RY'}]\n", ""),
    ("a patch for nobody", "resources: [a.yaml]\npatches: [{path: p.yaml}]\n", ""),
    (
        "an address with a password",
        "resources: ['https://me:C4N4RY@example.com/x']\n",
        "https://…@example.com/x",
    ),
    (
        "an address with a query",
        "resources: ['https://example.com/x?token=C4N4RY']\n",
        "`https://example.com/x`",
    ),
    ("a repository by ssh", "bases: ['C4N4RY@example.com:org/repo']\n", "would fetch from the network"),
    (
        "a chart",
        "helmCharts: [{name: a, repo: 'https://example.com', valuesInline: {p: C4N4RY}}]\n",
        "`helmCharts` lets kustomize download and run helm",
    ),
    (
        "a plugin written out",
        "generators:\n- |-\n  apiVersion: x/v1\n  kind: Mine\n  metadata: {name: C4N4RY}\n",
        "names a plugin",
    ),
    ("a plugin that is broken", "transformers: [broken.yaml]\n", "cannot be read"),
    (
        "a later document",
        "resources: [a.yaml]\n---\nresources: ['https://example.com/x']\n",
        "kustomization.yaml:3",
    ),
    ("a field in other letters", "RESOURCES: ['https://example.com/x']\n", "would fetch from the network"),
];

/// A chart in the folder `c` that cannot be rendered: its `Chart.yaml`, and a template.
const CHARTS: &[(&str, &str, &str)] = &[
    ("broken", "name: [C4N4RY\n", "kind: Pod\n"),
    ("without a version", "apiVersion: v2\nname: c\n", "kind: {{ C4N4RY }}\n"),
    (
        "a missing dependency",
        "apiVersion: v2\nname: c\nversion: 1.0.0\ndependencies: [{name: redis}]\n",
        "x: {{ .Values.x }}\n",
    ),
    (
        "a template that is cut off",
        "apiVersion: v2\nname: c\nversion: 1.0.0\n",
        "password: {{ .Values.C4N4RY\n",
    ),
];

pub fn cases() -> Vec<Case> {
    let mut all = Vec::new();
    for (name, text, says) in KUSTOMIZATIONS {
        let files = with(&[
            ("k/kustomization.yaml", text),
            ("k/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {a: C4N4RY}\n"),
            ("k/p.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: nobody}\ndata: {a: C4N4RY}\n"),
            ("k/broken.yaml", "a: [C4N4RY\n"),
        ]);
        let arguments = vec!["scan", "k", "--fail-on", "none"];
        all.push(Case { name, files, arguments, code: 3, says: vec!["k/kustomization.yaml", says] });
    }
    for (name, chart, template) in CHARTS {
        let files = with(&[
            ("c/Chart.yaml", chart),
            ("c/values.yaml", "x: C4N4RY\n"),
            ("c/templates/a.yaml", template),
        ]);
        let arguments = vec!["scan", "c", "--fail-on", "none"];
        all.push(Case { name, files, arguments, code: 3, says: vec!["c/Chart.yaml"] });
    }
    let two = [("k/kustomization.yaml", "resources: []\n"), ("k/Kustomization", "resources: []\n")];
    let arguments = vec!["scan", "k"];
    all.push(Case {
        name: "two files",
        files: with(&two),
        arguments,
        code: 3,
        says: vec!["k/kustomization.yaml"],
    });
    all
}

#[test]
fn every_odd_folder_is_answered() {
    answer(&cases());
}
