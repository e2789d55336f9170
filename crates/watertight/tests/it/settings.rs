//! The settings file: found, read, laid under the flags, and every way in which it can be wrong.

use std::sync::Arc;

use serde_json::Value;
use watertight_engine::{Catalogue, settings};

use crate::output::schema;
use crate::{Run, folder, root, run_with};

const POD: &str = "apiVersion: v1
kind: Pod
metadata: {name: open, namespace: shop}
spec: {hostNetwork: true, containers: [{name: a, image: docker.io/a:dev, securityContext: {privileged: true}}]}
";

fn catalogue() -> Catalogue {
    Catalogue::new(watertight_controls::all())
}

/// The example of `docs/settings.md`.
fn example() -> String {
    let page = std::fs::read_to_string(root().join("docs/settings.md")).unwrap();
    let (_, after) = page.split_once("```yaml\n").unwrap();
    after.split_once("```").unwrap().0.to_owned()
}

fn as_json(yaml: &str) -> Value {
    let text: Arc<str> = yaml.into();
    let parsed = watertight_syntax::yaml::parse(&text, &watertight_syntax::Limits::default()).remove(0);
    parsed.document.unwrap().unwrap().root().to_json()
}

#[test]
fn the_documented_example_is_read_and_holds_every_key() {
    let text: Arc<str> = example().into();
    let said = settings::read("watertight.yaml", &text, &catalogue()).unwrap();
    assert_eq!(said.waivers.len(), 1);
    assert!(said.notes.is_empty(), "{:?}", said.notes);
    let json = as_json(&text);
    let errors: Vec<String> =
        schema("watertight.v1.json").iter_errors(&json).map(|e| e.to_string()).collect();
    assert!(errors.is_empty(), "{errors:?}");
    for key in settings::KEYS.iter().filter(|key| **key != "baseline") {
        assert!(json.get(key).is_some(), "docs/settings.md does not show `{key}`");
    }
}

/// What the page shows is what holds without a file, and every number that can be said changes something.
#[test]
fn the_blast_radius_is_measured_with_what_is_said() {
    let text: Arc<str> = example().into();
    let said = settings::read("watertight.yaml", &text, &catalogue()).unwrap().blast;
    let mut defaults = watertight_graph::Weights::default();
    for numbers in [&said.weights, &said.ways_in, &said.likelihoods] {
        for (name, number) in &numbers.as_ref().unwrap().value {
            assert_eq!(defaults.named(name).copied(), Some(*number), "{name}");
        }
    }
    for name in [settings::WEIGHTS, settings::WAYS_IN, settings::LIKELIHOODS].concat() {
        assert!(defaults.named(name).is_some(), "{name}");
    }
    let exposure = |settings: &str| {
        let files = [("pod.yaml", POD), ("watertight.yaml", settings)];
        let run = run_with(folder(&files).path(), &["blast", "-o", "json"], b"");
        assert_eq!(run.code, 0, "{}", run.all());
        run.json()["exposure"].as_str().unwrap().parse::<f64>().unwrap()
    };
    let before = exposure("{}");
    // The pod gives its node, and one in two of what there is of that kind.
    assert!(exposure("blast: {weights: {node: 1000}}\n") != before);
    assert!(exposure("blast: {ways-in: {exposed: 0, identities: 0, images: 0}}\n") > before);
    let other = exposure("blast: {weights: {cluster-admin-percent: 0}}\n");
    assert!(other > before, "{other} of {before}");
}

#[test]
fn the_schema_has_the_keys_that_are_read() {
    let text = std::fs::read_to_string(root().join("docs/schema/watertight.v1.json")).unwrap();
    let schema: Value = serde_json::from_str(&text).unwrap();
    let keys = |pointer: &str| -> Vec<String> {
        let mut keys: Vec<String> =
            schema.pointer(pointer).unwrap().as_object().unwrap().keys().cloned().collect();
        keys.sort();
        keys
    };
    let sorted = |keys: &[&str]| {
        let mut keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
        keys.sort();
        keys
    };
    assert_eq!(keys("/properties"), sorted(settings::KEYS));
    assert_eq!(keys("/properties/namespaces/properties"), sorted(settings::NAMESPACE_CLASSES));
    assert_eq!(keys("/properties/platform-subjects/properties"), sorted(settings::PLATFORM_SUBJECTS));
    assert_eq!(keys("/properties/network/properties"), sorted(settings::NETWORK));
    assert_eq!(keys("/properties/blast/properties"), sorted(settings::BLAST));
    for (group, names) in [
        ("weights", settings::WEIGHTS),
        ("ways-in", settings::WAYS_IN),
        ("likelihoods", settings::LIKELIHOODS),
    ] {
        assert_eq!(keys(&format!("/properties/blast/properties/{group}/properties")), sorted(names));
    }
    let flow = "/properties/network/properties/flows/items/properties";
    assert_eq!(keys(flow), sorted(watertight_facts::flows::settings::KEYS));
    assert_eq!(keys("/$defs/waiver/properties"), sorted(settings::WAIVER_KEYS));
    let words: Vec<&str> = schema["properties"]["min-severity"]["enum"]
        .as_array()
        .unwrap()
        .iter()
        .map(|w| w.as_str().unwrap())
        .collect();
    let all: Vec<&str> =
        watertight_model::Severity::ALL.into_iter().map(watertight_model::Severity::name).collect();
    assert_eq!(words, all);
}

fn scan(files: &[(&str, &str)], arguments: &[&str]) -> Run {
    let folder = folder(files);
    run_with(folder.path(), &[&["scan"], arguments].concat(), b"")
}

#[test]
fn the_file_is_found_upwards_and_only_within_the_repository() {
    let outer = folder(&[
        ("watertight.yaml", "fail-on: none\n"),
        ("repo/.git/HEAD", "x"),
        ("repo/sub/pod.yaml", POD),
        ("plain/sub/pod.yaml", POD),
        ("inner/watertight.yaml", "fail-on: critical\nmin-severity: critical\n"),
        ("inner/sub/pod.yaml", POD),
    ]);
    let code = |arguments: &[&str]| run_with(outer.path(), &[&["scan"], arguments].concat(), b"").code;
    assert_eq!(code(&["plain/sub/pod.yaml"]), 0, "above the file");
    assert_eq!(code(&["plain"]), 0, "above the folder");
    assert_eq!(code(&["repo/sub"]), 1, "not beyond the root of the repository");
    assert_eq!(code(&["inner/sub"]), 1, "the nearest");
    assert_eq!(code(&["plain", "--no-config"]), 1);
    assert_eq!(code(&["plain", "--config", "inner/watertight.yaml"]), 1);
    assert_eq!(code(&["inner", "--config", "watertight.yaml"]), 0);
    assert_eq!(code(&["plain", "--fail-on", "high"]), 1, "a flag wins");
    let input = run_with(outer.path(), &["scan", "-"], POD.as_bytes());
    assert_eq!(input.code, 0, "standard input has the settings of the working folder");
    for (arguments, said) in [
        (&["plain", "inner"][..], "different settings"),
        (&["plain", "--config", "nowhere.yaml"], "cannot read the settings in `nowhere.yaml`"),
        (&["plain", "--config", "plain"], "cannot read the settings"),
        (&["plain", "--config", "watertight.yaml", "--no-config"], "cannot be used with"),
    ] {
        let run = run_with(outer.path(), &[&["scan"], arguments].concat(), b"");
        assert!(run.code == 2 && run.stderr.contains(said), "{arguments:?}: {}", run.all());
    }
    let two = folder(&[("watertight.yaml", ""), (".watertight.yml", ""), ("pod.yaml", POD)]);
    let run = run_with(two.path(), &["scan", "pod.yaml"], b"");
    assert!(run.code == 2 && run.stderr.contains("two settings files in one folder"), "{}", run.all());
}

#[test]
fn settings_steer_a_scan() {
    let controls = |settings: &str, arguments: &[&str]| {
        let arguments = [&["pod.yaml", "-o", "json"], arguments].concat();
        let run = scan(&[("pod.yaml", POD), ("watertight.yaml", settings)], &arguments);
        assert!(run.code < 2, "{settings}: {}", run.all());
        run.controls()
    };
    let has = |controls: &[String], name: &str| controls.iter().any(|control| control == name);
    assert!(has(&controls("", &[]), "privileged-container"));
    assert!(!has(&controls("disable: [pod]\n", &[]), "privileged-container"));
    assert!(!has(&controls("disable: [privileged-container]\n", &[]), "privileged-container"));
    let named = controls("disable: [pod]\n", &["--select", "privileged-container"]);
    assert_eq!(named, ["privileged-container"], "what a flag names is run");
    let layer = controls("disable: [privileged-container]\n", &["--select", "pod"]);
    assert!(!has(&layer, "privileged-container") && has(&layer, "host-network"));
    let replaced = controls("disable: [pod]\n", &["--ignore", "host-network"]);
    assert!(has(&replaced, "privileged-container") && !has(&replaced, "host-network"));

    let before = controls("", &["--select", "image"]);
    let after = controls("blocked-registries: [docker.io]\n", &["--select", "image"]);
    assert!(after.len() > before.len(), "{before:?} {after:?}");
    assert_eq!(
        controls("blocked-registries: [docker.io]\n", &["--select", "image", "--blocked-registry", "x.io"]),
        before
    );

    let run = scan(
        &[("pod.yaml", POD), ("watertight.yaml", "severity: {privileged-container: info}\n")],
        &["pod.yaml", "-o", "json", "--select", "privileged-container"],
    );
    assert_eq!((run.code, &run.json()["findings"][0]["severity"]), (0, &"info".into()));
    let run = scan(
        &[("pod.yaml", POD), ("watertight.yaml", "kubernetes-version: 1.30\n")],
        &["pod.yaml", "-o", "json"],
    );
    assert_eq!(run.json()["kubernetesVersion"], "1.30", "as it is written, not 1.3");
}

#[test]
fn subjects_of_the_platform_are_not_judged() {
    let binding = "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ops}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects:
- {kind: Group, apiGroup: rbac.authorization.k8s.io, name: platform-admins}
- {kind: User, apiGroup: rbac.authorization.k8s.io, name: anna}
- {kind: ServiceAccount, namespace: flux-system, name: kustomize-controller}
- {kind: Group, apiGroup: rbac.authorization.k8s.io, name: 'system:authenticated'}
";
    let told = |settings: &str| {
        let run = scan(
            &[("b.yaml", binding), ("watertight.yaml", settings)],
            &["b.yaml", "-o", "json", "--select", "cluster-admin-binding"],
        );
        run.json()["findings"].as_array().unwrap_or(&Vec::new()).len()
    };
    assert_eq!(told(""), 4);
    assert_eq!(told("platform-subjects: {groups: [platform-*]}\n"), 3);
    assert_eq!(told("platform-subjects: {users: ['anna'], service-accounts: ['flux-system/*']}\n"), 2);
    assert_eq!(
        told("platform-subjects: {groups: ['*'], users: ['*']}\n"),
        2,
        "everybody is nobody's platform"
    );
}

#[test]
fn classes_of_namespaces_go_by_name_or_label() {
    let namespace = "apiVersion: v1
kind: Namespace
metadata: {name: web-prod, labels: {team: platform, purpose: preview}}
";
    let told = |settings: &str, control: &str| {
        let run = scan(
            &[("n.yaml", namespace), ("watertight.yaml", settings)],
            &["n.yaml", "-o", "json", "--select", control],
        );
        run.controls() == [control.to_owned()]
    };
    assert!(told("", "pod-security-not-enforced"));
    assert!(!told("namespaces: {platform: {labels: team=platform}}\n", "pod-security-not-enforced"));
    assert!(!told("namespaces: {platform: [web-*]}\n", "pod-security-not-enforced"));
    let psa = |settings: &str| {
        let files = folder(&[("n.yaml", namespace), ("watertight.yaml", settings)]);
        run_with(files.path(), &["psa", "label", "n.yaml", "-o", "json"], b"").stdout
    };
    assert_ne!(psa(""), psa("namespaces: {platform: {labels: team=platform}}\n"));
}

/// By name without regard to capitals, by text with it, in variables and in ConfigMaps.
#[test]
fn settings_say_what_else_is_a_credential() {
    let objects = "apiVersion: v1
kind: Pod
metadata: {name: p, namespace: n}
spec: {containers: [{name: a, image: a, env: [{name: Shop_Pin, value: blue}, {name: B, value: shop_key_a}]}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: c, namespace: n}
data: {a: shop_key_b, b: SHOP_KEY_C, shop_pin: ''}
";
    let found = |settings: &str| -> Vec<String> {
        let files = folder(&[("a.yaml", objects), ("watertight.yaml", settings)]);
        let run = run_with(files.path(), &["scan", ".", "-o", "json", "--select", "secrets"], b"");
        assert!(!run.stdout.contains("shop_key_a"), "{}", run.stdout);
        let json = run.json();
        let findings = json["findings"].as_array().unwrap();
        findings.iter().map(|finding| finding["path"].as_str().unwrap().to_owned()).collect()
    };
    let variable = |index: u8| format!(".spec.containers[0].env[{index}].value");
    assert!(found("").is_empty());
    assert_eq!(found("secret-names: ['*_PIN']\n"), [variable(0)]);
    let mut by_value = found("secret-values: ['shop_key_*']\n");
    by_value.sort();
    assert_eq!(by_value, [".data.a".to_owned(), variable(1)]);
}

#[test]
fn what_is_in_force_is_shown_with_its_source() {
    let files = folder(&[
        (
            "watertight.yaml",
            "fail-on: medium\nmoving-tags: [dev]\nnamespaces:\n  platform: [infra]\nnetwork: {flows: [{from: a/web, to: a/sts/db, ports: 5432}, {from: a/*, to: nodes}]}\nwaivers:\n- {control: host-network, kind: Pod, reason: why not}\n",
        ),
        ("pod.yaml", POD),
    ]);
    let show = |arguments: &[&str]| run_with(files.path(), &[&["config", "show"], arguments].concat(), b"");
    let json = show(&["-o", "json", "--moving-tag", "edge"]).json();
    let validator = schema("config.v1.json");
    assert!(
        validator.is_valid(&json),
        "{:?}",
        validator.iter_errors(&json).map(|e| e.to_string()).collect::<Vec<_>>()
    );
    let of = |key: &str| {
        json["settings"].as_array().unwrap().iter().find(|row| row["key"] == key).unwrap().clone()
    };
    assert_eq!(
        of("fail-on")["source"],
        serde_json::json!({"kind": "file", "file": "watertight.yaml", "line": 1})
    );
    assert_eq!(of("moving-tags")["value"], serde_json::json!(["edge"]));
    assert_eq!(of("moving-tags")["source"], serde_json::json!({"kind": "flag", "flag": "--moving-tag"}));
    assert_eq!(of("min-severity")["source"], serde_json::json!({"kind": "default"}));
    assert_eq!(of("namespaces.platform")["source"]["line"], 4);
    assert_eq!(
        of("network.flows")["value"],
        serde_json::json!([{"from": "a/web", "to": "a/sts/db", "ports": ["5432/TCP"]}, {"from": "a/*", "to": "nodes"}])
    );
    assert_eq!(of("network.flows")["source"]["line"], 5);
    assert_eq!(of("waivers")["source"]["line"], 7);
    let table = show(&[]).stdout;
    for said in ["settings: watertight.yaml", "watertight.yaml:2", "why not", "default"] {
        assert!(table.contains(said), "{table}");
    }
    assert!(show(&["--no-config"]).stdout.contains("settings: no file"));
    // What is shown as a settings file is one, and says the same.
    let yaml = show(&["-o", "yaml"]).stdout;
    std::fs::write(files.path().join("again.yaml"), &yaml).unwrap();
    let again = show(&["-o", "yaml", "--config", "again.yaml"]);
    let values = |text: &str| {
        text.lines().map(|line| line.split(" # ").next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(values(&again.stdout), values(&yaml), "{}", again.stderr);
    let full = example();
    std::fs::write(files.path().join("watertight.yaml"), &full).unwrap();
    let yaml = show(&["-o", "yaml"]).stdout;
    assert!(schema("watertight.v1.json").is_valid(&as_json(&yaml)), "{yaml}");
}

/// Settings that are wrong: the text, where (line:column), and what has to be said.
const WRONG: &[(&str, &str, &str)] = &[
    ("serverity: {}\n", "1:1", "unknown key: did you mean `severity`?"),
    ("failOn: high\n", "1:1", "did you mean `fail-on`?"),
    ("fail_on: high\n", "1:1", "did you mean `fail-on`?"),
    ("zzz: 1\n", "1:1", "known here: `kubernetes-version`"),
    ("1: 1\n", "1:1", "unknown key"),
    ("- a\n", "1:1", "expected a map"),
    ("hello\n", "1:1", "expected a map"),
    ("42\n", "1:1", "expected a map"),
    ("a: [\n", "1:4", ""),
    ("fail-on: high\n---\nfail-on: low\n", "3:1", "a second document"),
    ("fail-on: high\nfail-on: low\n", "2:1", "stands twice: it is there in line 1"),
    ("fail-on: severe\n", "1:10", "expected info, low, medium, high, critical or none"),
    ("fail-on: 3\n", "1:10", "found a number: put it in quotes"),
    ("fail-on: [high]\n", "1:10", "found a list"),
    ("fail-on: ''\n", "1:10", "an empty text"),
    ("min-severity: none\n", "1:15", "expected info, low, medium, high or critical"),
    ("min-severity: {a: b}\n", "1:15", "found a map"),
    ("allow-incomplete: 'yes'\n", "1:19", "expected true or false"),
    ("assume-complete: 1\n", "1:18", "expected true or false"),
    ("peer-waivers: maybe\n", "1:15", "expected true or false"),
    ("kubernetes-version: latest\n", "1:21", "expected a Kubernetes version"),
    ("kubernetes-version: '1.99'\n", "1:21", "newer than this build knows"),
    ("kubernetes-version: [1.30]\n", "1:21", "found a list"),
    ("kubernetes-version: true\n", "1:21", "found a boolean: put it in quotes"),
    (
        "disable: availability\n",
        "1:10",
        "expected a list of controls and layers, found a string: put it into brackets",
    ),
    ("disable: [priviledged-container]\n", "1:11", "did you mean `privileged-container`?"),
    ("disable: [qqqq]\n", "1:11", "`watertight controls` lists all"),
    ("disable: [1]\n", "1:11", "found a number"),
    ("disable:\n- pod\n- {a: b}\n", "3:3", "found a map"),
    ("severity: high\n", "1:11", "expected a map from controls to severities"),
    ("severity: {host-netwrk: high}\n", "1:12", "did you mean `host-network`?"),
    ("severity: {pod: high}\n", "1:12", "there is no control of this name"),
    ("severity: {host-network: huge}\n", "1:26", "expected info, low"),
    ("severity: {host-network: high, host-network: low}\n", "1:32", "stands twice"),
    ("trusted-registries: x.io\n", "1:21", "expected a list of registries"),
    ("trusted-registries: ['']\n", "1:22", "an empty text"),
    ("blocked-registries: [1]\n", "1:22", "found a number: put it in quotes"),
    ("moving-tags: [1.0]\n", "1:15", "put it in quotes"),
    ("moving-tags: {a: b}\n", "1:14", "found a map"),
    ("secret-values: ['*']\n", "1:17", "this fits everything"),
    ("secret-names: pass\n", "1:15", "expected a list of texts"),
    ("resource-bounds: [limits.memory]\n", "1:19", "expected a field, `<=` or `>=`, and a quantity"),
    ("resource-bounds: ['limits.disk<=1Gi']\n", "1:19", "expected a field"),
    ("resource-bounds: ['limits.memory<=4GB']\n", "1:19", "expected a field"),
    ("namespaces: [a]\n", "1:13", "expected a map with `platform`, `production` or `development`"),
    ("namespaces: {prod: [a]}\n", "1:14", "did you mean `production`?"),
    ("namespaces: {platform: infra}\n", "1:24", "expected a map with `names` or `labels`"),
    ("namespaces: {platform: [Infra]}\n", "1:25", "the name of a namespace"),
    ("namespaces: {platform: {names: infra}}\n", "1:32", "expected a list of names"),
    ("namespaces: {platform: {label: a}}\n", "1:25", "did you mean `labels`?"),
    ("namespaces: {platform: {labels: 'a in ('}}\n", "1:33", "expected a label selector"),
    ("namespaces: {platform: {labels: {team: a}}}\n", "1:33", "found a map"),
    ("trust-classes: [a]\n", "1:16", "expected a map from names to label selectors"),
    ("trust-classes: {a: 'b c'}\n", "1:20", "expected a label selector"),
    ("trust-classes: {'': 'b'}\n", "1:17", "a class needs a name"),
    ("blast: {weigths: {}}\n", "1:9", "did you mean `weights`?"),
    ("blast: {weights: {secrets: 1}}\n", "1:19", "did you mean `secret`?"),
    ("blast: {weights: {node: -1}}\n", "1:25", "expected a whole number from 0 to 1000"),
    ("blast: {weights: {node: 1.5}}\n", "1:25", "expected a whole number from 0 to 1000"),
    ("blast: {likelihoods: {anonymous: 1001}}\n", "1:34", "expected a whole number from 0 to 1000"),
    ("blast: {ways-in: [1]}\n", "1:18", "expected a map with `exposed`"),
    (
        "blast: {ways-in: {exposed: 0, workloads: 0, identities: 0, images: 0}}\n",
        "1:18",
        "one of the ways in has to count",
    ),
    ("platform-subjects: [a]\n", "1:20", "expected a map with `users`"),
    ("platform-subjects: {user: [a]}\n", "1:21", "did you mean `users`?"),
    ("platform-subjects: {users: a}\n", "1:28", "expected a list of names"),
    ("platform-subjects: {service-accounts: [default]}\n", "1:40", "as NAMESPACE/NAME"),
    ("network: [a]\n", "1:10", "expected a map with `flows`"),
    ("network: {flow: []}\n", "1:11", "did you mean `flows`?"),
    ("network: {flows: {from: shop/web}}\n", "1:18", "expected a list of flows, found a map"),
    ("network: {flows: [shop/web]}\n", "1:19", "`from` is missing"),
    ("network: {flows: [{from: shop/web}]}\n", "1:19", "`to` is missing: expected NAMESPACE/NAME"),
    ("network: {flows: [{from: web, to: shop/db}]}\n", "1:26", "expected NAMESPACE/NAME"),
    ("network: {flows: [{from: a/web, to: a/db, ports: [70000]}]}\n", "1:51", "expected a port as in 443"),
    ("network: {flows: [{from: a/web, to: a/db, port: 80}]}\n", "1:49", "none of from, to, ports"),
    ("waivers: {control: a}\n", "1:10", "expected a list of waivers"),
    ("waivers: [host-network]\n", "1:11", "expected a map with `control`"),
    ("waivers:\n- control: host-network\n", "2:3", "a waiver without a reason"),
    ("waivers:\n- {control: host-network, reason: ''}\n", "2:35", "an empty text"),
    ("waivers:\n- {control: host-network, reason: }\n", "2:33", "found null"),
    ("waivers:\n- {reason: why}\n", "2:3", "a waiver without a control"),
    ("waivers:\n- {control: [], reason: why}\n", "2:3", "a waiver without a control"),
    ("waivers:\n- {control: host-pid, labels: 'a in', reason: why}\n", "2:31", "a label selector"),
    ("waivers:\n- {control: '*', reason: why}\n", "2:3", "a waiver of everything"),
    ("waivers:\n- {control: host-netwrk, reason: why}\n", "2:13", "did you mean `host-network`?"),
    (
        "waivers:\n- {control: host-network, reason: why, until: 2027-02-30}\n",
        "2:47",
        "a day as YYYY-MM-DD that there is",
    ),
    ("waivers:\n- {control: host-network, reason: why, until: tomorrow}\n", "2:47", "a day as YYYY-MM-DD"),
    ("waivers:\n- {control: host-network, reason: why, until: 20270101}\n", "2:47", "found a number"),
    (
        "waivers:\n- {control: host-network, reason: why, expires: 2027-01-01}\n",
        "2:40",
        "did you mean `until`?",
    ),
    ("waivers:\n- {control: host-network, reason: why, path: spec}\n", "2:46", "expected a path"),
    ("waivers:\n- {control: host-network, reason: why, file: ../x}\n", "2:46", "as in .gitignore"),
    ("waivers:\n- {control: host-network, reason: why, kind: [1]}\n", "2:47", "found a number"),
    ("waivers:\n- {control: host-network, reason: why, name: {a: b}}\n", "2:46", "found a map"),
    ("waivers:\n- {fingerprint: abc, reason: why}\n", "2:17", "expected a fingerprint"),
    ("waivers:\n- {control: host-network, reason: why, owner: [a]}\n", "2:47", "found a list"),
    ("baseline: [a]\n", "1:11", "found a list"),
    ("baseline: ''\n", "1:11", "an empty text"),
    ("a: *b\n", "1:4", ""),
    ("fail-on: \"high\n", "2:1", ""),
];

#[test]
fn every_wrong_setting_is_pointed_at() {
    let mut wrong = Vec::new();
    for (text, place, said) in WRONG {
        let shared: Arc<str> = (*text).into();
        let Err(problems) = settings::read("w.yaml", &shared, &catalogue()) else {
            wrong.push(format!("{text:?} is taken"));
            continue;
        };
        let told: Vec<String> = problems
            .iter()
            .map(|p| format!("{}:{}: {}: {}", p.position.line, p.position.column, p.message, p.help))
            .collect();
        if !told.iter().any(|line| line.starts_with(&format!("{place}: ")) && line.contains(said)) {
            wrong.push(format!("{text:?}: wanted {place} {said:?}, told {told:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn all_errors_are_told_at_once_with_file_and_place() {
    let run = scan(
        &[("pod.yaml", POD), ("watertight.yaml", "serverity: 1\nfail-on: huge\ndisable: [nonsense-x]\n")],
        &["pod.yaml"],
    );
    assert_eq!((run.code, run.stdout.as_str()), (2, ""));
    for said in [
        "3 errors in the settings `watertight.yaml`",
        "watertight.yaml:1:1: unknown key",
        "watertight.yaml:2:10: expected",
        "watertight.yaml:3:11: ",
    ] {
        assert!(run.stderr.contains(said), "{}", run.stderr);
    }
    let bytes = folder(&[("pod.yaml", POD)]);
    std::fs::write(bytes.path().join("watertight.yaml"), b"fail-on: \xff\n").unwrap();
    let run = run_with(bytes.path(), &["scan", "pod.yaml"], b"");
    assert!(run.code == 2 && run.stderr.contains("no UTF-8"), "{}", run.all());
}

#[test]
fn empty_settings_say_nothing() {
    for text in ["", "\n", "# only a comment\n", "---\n", "fail-on:\n", "waivers: []\n", "{}\n"] {
        let run = scan(&[("pod.yaml", POD), ("watertight.yaml", text)], &["pod.yaml"]);
        assert_eq!(run.code, 1, "{text:?}: {}", run.stderr);
    }
}

/// Whoever pastes a password into the wrong file must not find it in a log.
#[test]
fn errors_quote_no_value() {
    for (text, _, _) in WRONG {
        let planted: String = text
            .split_inclusive(['\n', ' ', ',', '[', '{', '}', ']'])
            .map(|word| {
                if word.contains(':') || word.trim().len() < 4 {
                    word.to_owned()
                } else {
                    format!("C4N4RY{word}")
                }
            })
            .collect();
        let run = scan(&[("pod.yaml", POD), ("watertight.yaml", &planted)], &["pod.yaml"]);
        assert!(!run.all().contains("C4N4RY"), "{planted}: {}", run.all());
    }
}
