//! Kustomize folders, with the real kustomize where it is installed.

use super::{DEPLOYMENT, gaps, privileged, programs, real_kustomize, run_beside, run_in};
use crate::folder;

/// A base and two overlays, one with a patch that names half an object.
const TREE: &[(&str, &str)] = &[
    (
        "base/kustomization.yaml",
        "resources: [web.yaml]\nnamePrefix: shop-\nconfigMapGenerator:\n- {name: settings, files: [data.yaml]}\n",
    ),
    ("base/web.yaml", DEPLOYMENT),
    ("base/data.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: data-of-a-generator}\nspec: {}\n"),
    ("overlays/dev/kustomization.yaml", "resources: [../../base]\nnameSuffix: -dev\n"),
    (
        "overlays/prod/Kustomization",
        "resources: [../../base]\nnamespace: prod\npatches: [{path: patch.yaml}]\n",
    ),
    (
        "overlays/prod/patch.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2}\n",
    ),
    ("beside.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: beside}\n"),
];

#[test]
fn overlays_are_rendered_and_bases_within_them() {
    let Some(search) = real_kustomize() else { return };
    let files = folder(TREE);
    let run = run_in(files.path(), &search, &["scan", ".", "-o", "json"], &[]);
    assert_eq!(gaps(&run), Vec::<String>::new());
    let file = |of: &str| ("./base/web.yaml".to_owned(), of.to_owned());
    let mut found = privileged(&run);
    found.sort();
    assert_eq!(found, [file("./overlays/dev"), file("./overlays/prod")]);
    let json = run.json();
    // Two deployments, two generated ConfigMaps, and the file that nobody refers to.
    assert_eq!(json["coverage"]["objects"], 5);
    let names: Vec<&str> =
        json["findings"].as_array().unwrap().iter().filter_map(|f| f["object"]["name"].as_str()).collect();
    assert!(names.contains(&"shop-web-dev") && names.contains(&"shop-web"), "{names:?}");
    let mut prints: Vec<&str> =
        json["findings"].as_array().unwrap().iter().map(|f| f["fingerprint"].as_str().unwrap()).collect();
    let all = prints.len();
    prints.sort_unstable();
    prints.dedup();
    assert_eq!(prints.len(), all, "fingerprints tell findings of two overlays apart");
}

#[test]
fn a_named_folder_or_file_is_rendered_whoever_uses_it() {
    let Some(search) = real_kustomize() else { return };
    let files = folder(TREE);
    for (target, of) in [
        ("base", "base"),
        ("base/kustomization.yaml", "base"),
        ("overlays/prod/Kustomization", "overlays/prod"),
    ] {
        let run = run_in(files.path(), &search, &["scan", target, "-o", "json"], &[]);
        assert_eq!(privileged(&run), [("base/web.yaml".to_owned(), of.to_owned())], "{target}");
    }
}

#[test]
fn terminal_and_concise_name_the_overlay_and_the_file() {
    let Some(search) = real_kustomize() else { return };
    let files = folder(TREE);
    let arguments = ["scan", "overlays/prod", "--select", "privileged-container"];
    let run = run_in(files.path(), &search, &arguments, &[]);
    assert!(run.stdout.contains("--> base/web.yaml (line "), "{}", run.stdout);
    assert!(run.stdout.contains(" as rendered by kustomize from overlays/prod)"), "{}", run.stdout);
    let run = run_in(files.path(), &search, &[&arguments[..], &["-o", "concise"]].concat(), &[]);
    assert!(run.stdout.starts_with("base/web.yaml:1:1: critical"), "{}", run.stdout);
}

#[test]
fn origins_are_known_or_not_claimed() {
    let Some(search) = real_kustomize() else { return };
    let files = folder(&[
        ("one/kustomization.yaml", "resources: [../base/a, ../base/b]\nbuildMetadata: [originAnnotations]\n"),
        ("base/a/kustomization.yaml", "resources: [web.yaml]\nnamespace: a\n"),
        ("base/b/kustomization.yaml", "resources: [web.yaml]\nnamespace: b\n"),
        ("base/a/web.yaml", DEPLOYMENT),
        ("base/b/web.yaml", DEPLOYMENT),
        ("two/kustomization.yaml", "resources: [../base/a, ../base/b]\n"),
    ]);
    let run = run_in(files.path(), &search, &["scan", "one", "two", "-o", "json"], &[]);
    let mut found = privileged(&run);
    found.sort();
    let row = |file: &str, of: &str| (file.to_owned(), of.to_owned());
    assert_eq!(
        found,
        [
            row("base/a/web.yaml", "one"),
            row("base/b/web.yaml", "one"),
            // Either file could have given either.
            row("two/kustomization.yaml", "two"),
            row("two/kustomization.yaml", "two"),
        ]
    );
}

#[test]
fn a_snapshot_remembers_what_was_rendered() {
    let Some(search) = real_kustomize() else { return };
    let files = folder(TREE);
    let live = run_in(files.path(), &search, &["scan", "overlays", "-o", "json"], &[]);
    let taken = run_in(files.path(), &search, &["snapshot", "overlays", "-o", "c.wt"], &[]);
    assert_eq!(taken.code, 0, "{}", taken.stderr);
    let again = run_in(files.path(), &search, &["scan", "c.wt", "-o", "json"], &[]);
    let prints = |run: &crate::Run| -> Vec<(String, serde_json::Value)> {
        let all = run.json()["findings"].as_array().unwrap().clone();
        all.iter()
            .map(|finding| {
                let rendered = &finding["location"]["rendered"];
                (
                    finding["fingerprint"].to_string(),
                    serde_json::json!([rendered["by"], rendered["of"], rendered["from"]]),
                )
            })
            .collect()
    };
    assert_eq!(prints(&live), prints(&again));
}

#[test]
fn without_rendering_files_are_read_as_they_are() {
    let files = folder(TREE);
    let nothing = programs(&[]);
    let run = run_beside(files.path(), nothing.path(), &["scan", "base", "--no-render", "-o", "json"]);
    assert_eq!(privileged(&run), [("base/web.yaml".to_owned(), String::new())]);
}

/// Remote entries in every place that kustomize loads from: the tool is never started.
#[test]
fn remote_entries_are_refused_before_anything_runs() {
    let tools = programs(&[("kustomize", "echo ran >> ran; exit 0"), ("kubectl", "echo ran >> ran; exit 0")]);
    let url = "https://example.com/x.yaml";
    let cases: Vec<(String, u32)> = vec![
        (format!("resources:\n- {url}\n"), 2),
        (format!("Resources: [{url}]\n"), 1),
        (format!("re\u{17f}ources: [{url}]\n"), 1),
        ("resources: [github.com/org/repo//x?ref=v1]\n".into(), 1),
        ("resources: ['git@example.com:org/repo']\n".into(), 1),
        ("resources: ['ssh://git@example.com/org/repo']\n".into(), 1),
        ("resources: ['git::https://example.com/org/repo']\n".into(), 1),
        ("resources: ['file:///srv/repo']\n".into(), 1),
        ("resources: ['oci://example.com/x']\n".into(), 1),
        ("resources: [example.com/org/repo]\n".into(), 1),
        ("bases: [me@example.com/org/repo]\n".into(), 1),
        (format!("components: [{url}]\n"), 1),
        (format!("crds: [{url}]\n"), 1),
        (format!("configurations: [{url}]\n"), 1),
        (format!("openapi: {{path: {url}}}\n"), 1),
        (format!("patches:\n- target: {{kind: Pod}}\n  path: {url}\n"), 3),
        (format!("patchesJson6902: [{{path: {url}}}]\n"), 1),
        (format!("patchesStrategicMerge: [{url}]\n"), 1),
        (format!("replacements: [{{path: {url}}}]\n"), 1),
        (format!("configMapGenerator: [{{name: a, files: [{url}]}}]\n"), 1),
        (format!("configMapGenerator: [{{name: a, files: [k={url}]}}]\n"), 1),
        (format!("configMapGenerator: [{{name: a, envs: [{url}]}}]\n"), 1),
        (format!("secretGenerator: [{{name: a, env: {url}}}]\n"), 1),
        (format!("generators: [{url}]\n"), 1),
        (
            format!(
                "transformers:\n- |-\n  apiVersion: builtin\n  kind: PatchTransformer\n  metadata: {{name: p}}\n  path: {url}\n"
            ),
            2,
        ),
        ("helmCharts: [{name: a, repo: https://example.com}]\n".into(), 1),
        ("helmChartInflationGenerator: [{chartName: a}]\n".into(), 1),
        ("generators: [plugin.yaml]\n".into(), 1),
        ("transformers: [function.yaml]\n".into(), 1),
        ("validators: [helm.yaml]\n".into(), 1),
        ("resources: [../below]\n".into(), 3),
        ("resources: [\n".into(), 1),
    ];
    for (text, line) in cases {
        let files = folder(&[
            ("k/kustomization.yaml", &text),
            ("k/plugin.yaml", "apiVersion: example.com/v1\nkind: Mine\nmetadata: {name: m}\n"),
            (
                "k/function.yaml",
                "apiVersion: builtin\nkind: Mine\nmetadata:\n  name: m\n  annotations: {config.kubernetes.io/function: 'exec: {path: ./x}'}\n",
            ),
            ("k/helm.yaml", "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: m}\n"),
            ("below/kustomization.yaml", "\n\nresources: ['https://example.com/x']\n"),
        ]);
        let run = run_beside(files.path(), tools.path(), &["scan", "k", "-o", "json"]);
        assert!(!files.path().join("k/ran").exists() && !files.path().join("ran").exists(), "{text}");
        let gaps = gaps(&run);
        let place = if text.contains("below") { "below" } else { "k" };
        let file = format!("{place}/kustomization.yaml:{line}: ");
        assert!(gaps.len() == 1 && gaps[0].starts_with(&file), "{text}: {gaps:?}");
        assert!(gaps[0].ends_with("; not rendered: k"), "{gaps:?}");
        assert_eq!(run.code, 3, "{text}");
    }
}

/// Addresses that are only text: kustomize loads nothing from them, and neither do we refuse them.
#[test]
fn addresses_in_other_places_are_no_entries() {
    let tools =
        programs(&[("kustomize", "printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: a}\\n'")]);
    for text in [
        "commonAnnotations: {see: 'https://example.com'}\nresources: [a.yaml]\n",
        "patches: [{patch: '[{op: add, path: /metadata/annotations/see, value: \"https://example.com\"}]'}]\n",
        "configMapGenerator: [{name: a, literals: ['u=https://example.com']}]\n",
        "images: [{name: a, newName: example.com/org/a}]\n",
        "patchesStrategicMerge:\n- |\n  apiVersion: v1\n  kind: Pod\n  metadata: {name: a, annotations: {see: 'https://example.com'}}\n",
    ] {
        let files = folder(&[("k/kustomization.yaml", text), ("k/a.yaml", DEPLOYMENT)]);
        let run = run_beside(files.path(), tools.path(), &["scan", "k", "-o", "json"]);
        assert_eq!(gaps(&run), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn what_cannot_be_rendered_leaves_its_whole_objects() {
    let files = folder(&[
        (
            "o/kustomization.yaml",
            "resources: [../base, 'https://example.com/x']\npatches: [{path: p.yaml}]\n",
        ),
        ("o/p.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 2}\n"),
        ("base/kustomization.yaml", "resources: [web.yaml]\n"),
        ("base/web.yaml", DEPLOYMENT),
    ]);
    let tools = programs(&[("kubectl", "test \"$1\" = kustomize && cat \"$2/web.yaml\"")]);
    let run = run_beside(files.path(), tools.path(), &["scan", ".", "-o", "json"]);
    // The base, which can be rendered, is; the patch is no object.
    assert_eq!(privileged(&run), [("./base/web.yaml".to_owned(), "./base".to_owned())]);
    assert_eq!(gaps(&run).len(), 1, "{:?}", gaps(&run));
    let nothing = programs(&[]);
    let run = run_beside(files.path(), nothing.path(), &["scan", "base", "-o", "json"]);
    assert_eq!(privileged(&run), [("base/web.yaml".to_owned(), String::new())]);
    assert!(gaps(&run)[0].contains("neither `kustomize` nor `kubectl` is in PATH"), "{:?}", gaps(&run));
    assert_eq!(run.json()["gaps"][0]["affects"], serde_json::json!(["Deployment"]));
}

#[test]
fn circles_components_and_flux_are_told_apart() {
    let Some(search) = real_kustomize() else { return };
    let files = folder(&[
        ("a/kustomization.yaml", "resources: [../b]\n"),
        ("b/kustomization.yaml", "resources: [../a]\n"),
        ("c/kustomization.yaml", "kind: Component\nresources: [web.yaml]\npatches: [{path: p.yaml}]\n"),
        ("c/web.yaml", DEPLOYMENT),
        ("c/p.yaml", "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: half}\n"),
        (
            "f/kustomization.yaml",
            "apiVersion: kustomize.toolkit.fluxcd.io/v1\nkind: Kustomization\nmetadata: {name: flux}\n",
        ),
        ("e/kustomization.yaml", ""),
    ]);
    let run = run_in(files.path(), &search, &["scan", ".", "-o", "json"], &[]);
    let gaps = gaps(&run);
    assert!(gaps.iter().any(|gap| gap.contains("cycle detected")), "{gaps:?}");
    assert!(gaps.iter().any(|gap| gap.starts_with("./e/kustomization.yaml: ")), "{gaps:?}");
    assert_eq!(privileged(&run), [("./c/web.yaml".to_owned(), String::new())]);
    assert_eq!(run.json()["coverage"]["kinds"], serde_json::json!({"Deployment": 1, "Kustomization": 1}));
}
