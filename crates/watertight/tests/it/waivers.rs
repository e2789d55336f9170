//! What is let be: in the settings file, as comments, as annotations, and by the marks of other tools.

use std::collections::BTreeSet;

use serde_json::Value;
use watertight_engine::waivers::peers::PEERS;

use crate::output::schema;
use crate::{Run, folder, run_with};

/// A pod with three openings of their own.
const POD: &str = "apiVersion: v1
kind: Pod
metadata:
  name: open
  namespace: shop
spec:
  hostNetwork: true
  hostPID: true
  containers:
  - name: a
    image: a:1
    securityContext:
      privileged: true
";

const SELECT: &str = "host-network,host-pid,privileged-container";

/// Scans files with the three controls.
fn scan(files: &[(&str, &str)], arguments: &[&str]) -> Run {
    let folder = folder(files);
    let fixed = ["scan", ".", "-o", "json", "--select", SELECT, "--today", "2026-06-15"];
    let run = run_with(folder.path(), &[&fixed, arguments].concat(), b"");
    if run.code < 2 {
        let json = run.json();
        let errors: Vec<String> = schema("scan.v1.json").iter_errors(&json).map(|e| e.to_string()).collect();
        assert!(errors.is_empty(), "{errors:?}");
    }
    run
}

/// The names of the controls that were waived.
fn waived(run: &Run) -> Vec<String> {
    let json = run.json();
    let findings = json["findings"].as_array().unwrap();
    let waived = findings.iter().filter(|finding| finding["verdict"] == "waived");
    let names: BTreeSet<String> =
        waived.map(|finding| finding["control"].as_str().unwrap().to_owned()).collect();
    names.into_iter().collect()
}

/// "PLACE: MESSAGE" of each remark.
fn remarks(run: &Run) -> Vec<String> {
    let json = run.json();
    let remarks = json["remarks"].as_array().unwrap();
    remarks
        .iter()
        .map(|r| format!("{}: {}", r["place"].as_str().unwrap(), r["message"].as_str().unwrap()))
        .collect()
}

fn with_settings(settings: &str) -> Run {
    scan(&[("pod.yaml", POD), ("watertight.yaml", settings)], &[])
}

/// The labels of the object count, not those of its template.
#[test]
fn waivers_select_by_labels() {
    let labelled = "apiVersion: apps/v1
kind: Deployment
metadata: {name: a, namespace: shop, labels: {team: payments, tier: db}}
spec: {template: {metadata: {labels: {team: web}}, spec: {hostNetwork: true, containers: []}}}
";
    for (labels, is_waived) in [
        ("team=payments", true),
        ("'team=payments,tier in (db, cache)'", true),
        ("[team=web, '!canary']", true),
        ("team=web", false),
        ("'team=payments,tier!=db'", false),
        ("owner", false),
    ] {
        let settings = format!("waivers:\n- {{control: host-network, labels: {labels}, reason: why}}\n");
        let run = scan(&[("deployment.yaml", labelled), ("watertight.yaml", &settings)], &[]);
        let expected: &[&str] = if is_waived { &["host-network"] } else { &[] };
        assert_eq!(waived(&run), expected, "{labels}");
    }
}

#[test]
fn waivers_of_the_file_select_by_what_is_said() {
    let all = ["host-network", "host-pid", "privileged-container"];
    let cases: &[(&str, &[&str])] = &[
        ("control: host-network", &["host-network"]),
        ("control: [host-network, host-pid]", &["host-network", "host-pid"]),
        ("control: pod", &all),
        ("control: '*', kind: pod", &all),
        ("control: '*', kind: [Job, Pod]", &all),
        ("control: '*', kind: Job", &[]),
        ("control: host-pid, namespace: shop", &["host-pid"]),
        ("control: host-pid, namespace: sh*", &["host-pid"]),
        ("control: host-pid, namespace: other", &[]),
        ("control: host-pid, name: [x, o*n]", &["host-pid"]),
        ("control: host-pid, name: ope", &[]),
        ("control: '*', file: pod.yaml", &all),
        ("control: '*', file: '*.yaml'", &all),
        ("control: '*', file: sub/pod.yaml", &[]),
        ("control: '*', path: '.spec.containers[name=a]'", &["privileged-container"]),
        ("control: '*', path: '.spec.containers[0].securityContext.privileged'", &["privileged-container"]),
        ("control: '*', path: .spec.hostPID", &["host-pid"]),
        ("control: '*', path: .spec.host*", &["host-network", "host-pid"]),
        ("control: '*', path: .spec.host", &[]),
    ];
    for (selector, expected) in cases {
        let run = with_settings(&format!("waivers:\n- {{{selector}, reason: because}}\n"));
        assert_eq!(waived(&run), *expected, "{selector}: {}", run.all());
        assert_eq!(run.code, i32::from(expected.len() < 3), "{selector}");
        assert_eq!(remarks(&run).len(), usize::from(expected.is_empty()), "{selector}: {:?}", remarks(&run));
    }
    let json = with_settings("").json();
    let fingerprint = json["findings"][0]["fingerprint"].as_str().unwrap();
    let run = with_settings(&format!("waivers:\n- {{fingerprint: '{fingerprint}', reason: because}}\n"));
    assert_eq!(waived(&run), [json["findings"][0]["control"].as_str().unwrap()]);
}

#[test]
fn a_waiver_says_who_and_why_and_until_when() {
    let settings =
        "waivers:\n- control: host-network\n  reason: needs it\n  owner: net team\n  until: 2026-06-15\n";
    let run = with_settings(settings);
    let json = run.json();
    let of = |name: &str| {
        let findings = json["findings"].as_array().unwrap();
        findings.iter().find(|finding| finding["control"] == name).unwrap().clone()
    };
    let waiver = serde_json::json!({"given": "watertight.yaml:2", "reason": "needs it", "owner": "net team", "until": "2026-06-15"});
    assert_eq!(of("host-network")["waiver"], waiver, "the last day counts");
    assert_eq!(of("host-pid")["verdict"], "fail");
    assert_eq!((&json["summary"]["waived"], &json["summary"]["findings"]), (&1.into(), &2.into()));
    let files = folder(&[("pod.yaml", POD), ("watertight.yaml", settings)]);
    for format in ["table", "concise", "sarif", "junit", "markdown", "github", "gitlab"] {
        let run = run_with(
            files.path(),
            &["scan", "pod.yaml", "-o", format, "--select", "host-network", "--today", "2026-06-01"],
            b"",
        );
        assert!(run.code == 0 && run.stdout.contains("needs it"), "{format}: {}", run.all());
    }
}

#[test]
fn an_expired_waiver_is_a_finding_again() {
    let settings = "waivers:\n- {control: host-network, reason: needs it, until: 2026-06-14}\n";
    let run = with_settings(settings);
    assert!(waived(&run).is_empty() && run.code == 1);
    assert!(
        run.stdout.contains("(the waiver in watertight.yaml:2 expired after 2026-06-14)"),
        "{}",
        run.stdout
    );
    let both = format!("{settings}- {{control: host-network, reason: again}}\n");
    assert_eq!(waived(&with_settings(&both)), ["host-network"], "another one is in force");
}

#[test]
fn what_waives_nothing_is_told_where_it_could() {
    let unused = "waivers:\n- {control: host-ipc, kind: Pod, reason: because}\n- {control: host-pid, kind: Job, reason: because}\n";
    let files = folder(&[("sub/pod.yaml", POD), ("watertight.yaml", unused)]);
    let told = |arguments: &[&str]| {
        let fixed = ["scan", "-o", "json", "--select", "host-ipc,host-pid"];
        let run = run_with(files.path(), &[&fixed, arguments].concat(), b"");
        remarks(&run)
    };
    let whole = told(&["."]);
    assert_eq!(whole.len(), 2, "{whole:?}");
    assert_eq!(whole[0], "watertight.yaml:2: the waiver of `host-ipc` waives nothing: remove it");
    assert_eq!(told(&["sub"]).len(), 1, "of a part, only what has an object in view");
    assert_eq!(told(&[".", "--select", "host-network"]).len(), 2, "a second list adds up");
    let run = run_with(files.path(), &["scan", ".", "--select", "host-network", "-o", "json"], b"");
    assert!(remarks(&run).is_empty(), "its control did not run: {:?}", remarks(&run));
    let table = run_with(files.path(), &["scan", ".", "--select", "host-ipc,host-pid"], b"").stdout;
    assert!(table.contains("note: watertight.yaml:2: the waiver of `host-ipc` waives nothing"), "{table}");
}

/// A pod with a comment put behind a line of it, or above it.
fn commented(at: &str, comment: &str) -> String {
    assert!(POD.contains(at), "{at}");
    POD.replacen(at, &at.trim_end().replace(at.trim_end(), &format!("{} {comment}", at.trim_end())), 1)
}

fn above(at: &str, comment: &str) -> String {
    let indent = " ".repeat(at.len() - at.trim_start().len());
    POD.replacen(at, &format!("{indent}{comment}\n{at}"), 1)
}

#[test]
fn a_comment_waives_its_line_and_what_is_below() {
    let all = ["host-network", "host-pid", "privileged-container"];
    let waives = |names: &str| {
        format!("# watertight: waive {names} because we need it (owner: me, until: 2027-01-31)")
    };
    let cases: &[(String, &[&str])] = &[
        (commented("  hostNetwork: true", &waives("host-network")), &["host-network"]),
        (above("  hostNetwork: true", &waives("host-network")), &["host-network"]),
        (above("  hostNetwork: true", &format!("{}\n  # more", waives("host-network"))), &["host-network"]),
        (commented("  hostNetwork: true", &waives("pod")), &["host-network"]),
        (commented("  hostPID: true", &waives("host-network")), &[]),
        (commented("spec:", &waives("host-network")), &["host-network"]),
        (commented("spec:", &waives("*")), &all),
        (commented("spec:", &waives("host-network, host-pid")), &["host-network", "host-pid"]),
        (commented("spec:", &waives("host-network,host-pid")), &["host-network", "host-pid"]),
        (commented("spec:", &waives("host-network , host-pid")), &["host-network", "host-pid"]),
        (commented("  - name: a", &waives("privileged-container")), &["privileged-container"]),
        (commented("    securityContext:", &waives("privileged-container")), &["privileged-container"]),
        (commented("    image: a:1", &waives("privileged-container")), &[]),
        (commented("metadata:", &waives("pod")), &[]),
        (format!("{}\n{POD}", waives("*")), &all),
        (format!("---\n{}\n\n{POD}", waives("pod")), &all),
        (commented("apiVersion: v1", &waives("host-pid")), &["host-pid"]),
    ];
    for (text, expected) in cases {
        let run = scan(&[("pod.yaml", text)], &[]);
        assert_eq!(waived(&run), *expected, "{text}: {}", run.all());
        assert_eq!(remarks(&run).len(), usize::from(expected.is_empty()), "{text}: {:?}", remarks(&run));
    }
    let run = scan(&[("pod.yaml", &cases[0].0)], &[]);
    let json = run.json();
    let finding = json["findings"].as_array().unwrap().iter().find(|f| f["verdict"] == "waived").unwrap();
    assert_eq!(
        finding["waiver"],
        serde_json::json!({"given": "./pod.yaml:7", "reason": "because we need it", "owner": "me", "until": "2027-01-31"})
    );
}

#[test]
fn a_comment_of_one_document_is_not_for_the_next() {
    let comment = "# watertight: waive host-network because\n";
    let other = POD.replace("name: open", "name: other");
    let run = scan(&[("pods.yaml", &format!("{comment}{POD}---\n{other}"))], &[]);
    assert_eq!(waived(&run), ["host-network"]);
    assert_eq!(run.json()["summary"]["waived"], 1);
    let list = format!(
        "{comment}apiVersion: v1\nkind: List\nitems:\n{}",
        POD.lines()
            .enumerate()
            .map(|(n, l)| format!("{} {l}\n", if n == 0 { "-" } else { " " }))
            .collect::<String>()
    );
    assert_eq!(waived(&scan(&[("list.yaml", &list)], &[])), ["host-network"], "{list}");
}

#[test]
fn an_annotation_waives_for_its_object() {
    let annotated = |key: &str, value: &str| {
        POD.replacen(
            "  namespace: shop",
            &format!("  namespace: shop\n  annotations:\n    {key}: {value}"),
            1,
        )
    };
    let all = ["host-network", "host-pid", "privileged-container"];
    let cases: &[(&str, &str, &[&str])] = &[
        ("watertight/waive.host-network", "needs it (owner=me, until=2027-01-31)", &["host-network"]),
        ("watertight/waive.pod", "needs it", &all),
        ("watertight/waive.all", "needs it", &all),
    ];
    for (key, value, expected) in cases {
        let run = scan(&[("pod.yaml", &annotated(key, value))], &[]);
        assert_eq!(waived(&run), *expected, "{key}: {}", run.all());
        assert!(remarks(&run).is_empty());
    }
    // On the template, in JSON, and in a snapshot file.
    let job = format!(
        "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: j}}\nspec:\n  template:\n    metadata: {{annotations: {{watertight/waive.host-pid: needs it}}}}\n{}",
        POD.lines().skip(5).map(|line| format!("    {line}\n")).collect::<String>()
    );
    assert_eq!(waived(&scan(&[("job.yaml", &job)], &[])), ["host-pid"], "{job}");
    let json = "{\"apiVersion\": \"v1\", \"kind\": \"Pod\", \"metadata\": {\"name\": \"a\", \"annotations\": {\"watertight/waive.host-pid\": \"needs it\"}}, \"spec\": {\"hostPID\": true, \"containers\": []}}";
    let files = folder(&[("pod.json", json)]);
    assert_eq!(run_with(files.path(), &["snapshot", "pod.json", "-o", "c.wt", "-q"], b"").code, 0);
    for target in ["pod.json", "c.wt"] {
        let run = run_with(files.path(), &["scan", target, "-o", "json", "--select", "host-pid"], b"");
        assert_eq!(waived(&run), ["host-pid"], "{target}: {}", run.all());
    }
    // A pod carries the annotation of its template: nobody is told to remove it there.
    let pods = "apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: r, uid: u1, annotations: {watertight/waive.host-pid: needs it}}
spec: {template: {spec: {hostPID: true, containers: []}}}
---
apiVersion: v1
kind: Pod
metadata: {name: r-1, annotations: {watertight/waive.host-pid: needs it}, ownerReferences: [{apiVersion: apps/v1, kind: ReplicaSet, name: r, uid: u1, controller: true}]}
spec: {hostPID: true, containers: []}
";
    let run = scan(&[("pods.yaml", pods)], &[]);
    assert_eq!((waived(&run), remarks(&run)), (vec!["host-pid".to_owned()], Vec::new()));
}

/// What is written like a waiver and is none: a comment or an annotation, and what has to be said.
const WRONG: &[(&str, &str)] = &[
    ("# watertight: waive", "the control is missing"),
    ("# watertight: waive host-network", "a waiver without a reason"),
    ("# watertight: waive host-network --", "a waiver without a reason"),
    ("# watertight: waive host-network (owner: me)", "a waiver without a reason"),
    ("# watertight: waive host-netwrk because", "did you mean `host-network`?"),
    ("# watertight: waive C4N4RY because", "of a control that there is not"),
    ("# watertight: waive host-network, C4N4RY because", "of a control that there is not"),
    ("# watertight: waive host-network because (until: soon)", "`until` is no day"),
    ("# watertight: waive host-network because (until: 2027-02-30)", "there is no such day"),
    ("# watertight: waive host-network because (onwer: me)", "did you mean `owner`?"),
    ("# watertight: waive host-network because (expires: 2027-01-01)", "did you mean `until`?"),
    ("# watertight: waive host-network because (owner: me, C4N4RY)", "are known"),
    ("# watertight: waive host-network because (owner:)", "names nobody"),
    ("# watertight: ignore host-network because", "expected `watertight: waive CONTROL reason`"),
    ("# watertight: waiver host-network because", "did you mean `waive`?"),
    ("# watertight: C4N4RY", "expected `watertight: waive CONTROL reason`"),
    ("# watertight:", "expected `watertight: waive CONTROL reason`"),
    ("# watertight: waive *, host-pid because", "of a control that there is not"),
    ("watertight/waive.host-network: ''", "a waiver without a reason"),
    ("watertight/waive.host-network:", "a text: put it in quotes"),
    ("watertight/waive.host-network: true", "a text: put it in quotes"),
    ("watertight/waive.host-network: [a]", "a text: put it in quotes"),
    ("watertight/waive.host-netwrk: because", "did you mean `host-network`?"),
    ("watertight/waive.C4N4RY: because", "of a control that there is not"),
    ("watertight/waive: host-network", "an annotation that is not known"),
    ("watertight/ignore.host-network: because", "an annotation that is not known"),
    ("watertight/waive.host-network: because (until=C4N4RY)", "`until` is no day"),
];

#[test]
fn what_is_written_wrongly_waives_nothing_and_is_told() {
    let mut wrong = Vec::new();
    for (mark, said) in WRONG {
        let (text, place) = match mark.starts_with('#') {
            true => (commented("  hostNetwork: true", mark), "./pod.yaml:7: "),
            false => (
                POD.replacen(
                    "  namespace: shop",
                    &format!("  namespace: shop\n  annotations:\n    {mark}"),
                    1,
                ),
                "./pod.yaml:7: ",
            ),
        };
        let run = scan(&[("pod.yaml", &text)], &[]);
        let told = remarks(&run);
        if !waived(&run).is_empty()
            || told.len() != 1
            || !told[0].starts_with(place)
            || !told[0].contains(said)
        {
            wrong.push(format!("{mark}: waived {:?}, told {told:?}", waived(&run)));
        }
        if run.all().contains("C4N4RY") && !mark.contains("waive.C4N4RY") {
            wrong.push(format!("{mark}: quoted"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_marks_of_other_tools_waive_what_they_stand_for() {
    let annotated = |lines: &str| {
        POD.replacen("  namespace: shop", &format!("  namespace: shop\n  annotations:\n{lines}"), 1)
    };
    let all = ["host-network", "host-pid", "privileged-container"];
    let cases: &[(String, &[&str])] = &[
        (above("  hostNetwork: true", "# checkov:skip=CKV_K8S_19:needs it"), &["host-network"]),
        (
            above("    image: a:1", "#checkov:skip=CKV_K8S_16,CKV_K8S_17: anywhere in the object"),
            &["host-pid", "privileged-container"],
        ),
        (
            annotated("    checkov.io/skip1: CKV_K8S_19=needs it\n    checkov.io/skip2: CKV_K8S_17"),
            &["host-network", "host-pid"],
        ),
        (
            annotated("    ignore-check.kube-linter.io/privileged-container: needs it"),
            &["privileged-container"],
        ),
        (annotated("    kube-linter.io/ignore-all: legacy"), &all),
        (
            annotated("    kube-score/ignore: pod-probes, container-security-context-privileged"),
            &["privileged-container"],
        ),
        (annotated("    polaris.fairwinds.com/exempt: \"true\""), &all),
        (annotated("    polaris.fairwinds.com/hostPIDSet-exempt: \"true\""), &["host-pid"]),
        (commented("  hostPID: true", "#trivy:ignore:AVD-KSV-0010"), &["host-pid"]),
        (commented("  hostPID: true", "# trivy:ignore:AVD-KSV-0017"), &[]),
        (
            commented("spec:", "# trivy:ignore:KSV017 trivy:ignore:KSV-0010:exp:2026-06-16"),
            &["host-pid", "privileged-container"],
        ),
        (commented("spec:", "# trivy:ignore:KSV-0010:exp:2026-06-15"), &[]),
    ];
    for (text, expected) in cases {
        let run = scan(&[("pod.yaml", text)], &[]);
        assert_eq!(waived(&run), *expected, "{text}: {}", run.all());
        let off = scan(&[("pod.yaml", text)], &["--no-peer-waivers"]);
        assert!(waived(&off).is_empty() && remarks(&off).is_empty(), "{text}: {}", off.all());
        let off = scan(&[("pod.yaml", text), ("watertight.yaml", "peer-waivers: false\n")], &[]);
        assert!(waived(&off).is_empty(), "{text}");
    }
    let run = scan(&[("pod.yaml", &cases[0].0)], &[]);
    assert!(run.stdout.contains("needs it (checkov CKV_K8S_19)"), "{}", run.stdout);
}

#[test]
fn what_of_a_peer_is_not_mapped_is_told() {
    for (mark, said) in [
        (
            "checkov.io/skip1: CKV_K8S_34=no tiller",
            "./pod.yaml:7: checkov's `CKV_K8S_34` has no control here: nothing is waived by it",
        ),
        ("checkov.io/skip1: CKV_K8S_9999", "a check that checkov is not known to have"),
        (
            "ignore-check.kube-linter.io/dnsconfig-options: x",
            "kube-linter's `dnsconfig-options` has no control here",
        ),
        ("ignore-check.kube-linter.io/privileged-containers: x", "(`privileged-container`?)"),
        ("kube-score/ignore: label-values", "kube-score's `label-values` has no control here"),
        (
            "polaris.fairwinds.com/metadataAndInstanceMismatched-exempt: 'true'",
            "polaris's `metadataAndInstanceMismatched`",
        ),
    ] {
        let text =
            POD.replacen("  namespace: shop", &format!("  namespace: shop\n  annotations:\n    {mark}"), 1);
        let run = scan(&[("pod.yaml", &text)], &[]);
        assert!(waived(&run).is_empty());
        let told = remarks(&run);
        assert!(told.len() == 1 && told[0].contains(said), "{mark}: {told:?}");
    }
}

#[test]
fn trivys_ignore_files_are_found() {
    let settings = |name: &'static str, text: &'static str| scan(&[("pod.yaml", POD), (name, text)], &[]);
    let run = settings(
        ".trivyignore",
        "# the node's own network\nAVD-KSV-0009\nKSV010 exp:2026-06-15\nKSV-0007\nCVE-2024-1\n",
    );
    assert_eq!(waived(&run), ["host-network"], "{}", run.all());
    assert!(run.stdout.contains("the node's own network (trivy KSV-0009)"), "{}", run.stdout);
    assert_eq!(
        remarks(&run),
        [".trivyignore:4: trivy's `KSV-0007` has no control here: nothing is waived by it"]
    );
    let yaml = "misconfigurations:\n- id: AVD-KSV-0009\n  paths: [pod.yaml]\n  statement: needed\n- id: KSV-0010\n  paths: [other.yaml]\n";
    assert_eq!(waived(&settings(".trivyignore.yaml", yaml)), ["host-network"]);
    let off = scan(&[("pod.yaml", POD), (".trivyignore", "KSV009\n")], &["--no-peer-waivers"]);
    assert!(waived(&off).is_empty());
}

/// The data of the peers' marks fits the controls that there are.
#[test]
fn every_mapped_name_is_a_control() {
    let names: BTreeSet<&str> = watertight_controls::all().map(|control| control.name).collect();
    for peer in PEERS {
        for (check, controls) in peer.checks {
            for control in *controls {
                assert!(names.contains(control), "{} {check}: there is no control `{control}`", peer.name);
            }
        }
        let mapped = peer.checks.iter().filter(|(_, controls)| !controls.is_empty()).count();
        assert!(mapped * 4 > peer.checks.len(), "{}: {mapped} of {}", peer.name, peer.checks.len());
    }
}

#[test]
fn waivers_are_for_bindings_and_secrets_too() {
    let binding = "apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata:
  name: ops
  annotations:
    watertight/waive.cluster-admin-binding: 'the team on call (owner: anna)'
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: oncall}]
";
    let files = folder(&[("b.yaml", binding)]);
    let run =
        run_with(files.path(), &["scan", "b.yaml", "-o", "json", "--select", "cluster-admin-binding"], b"");
    assert_eq!((waived(&run), run.code), (vec!["cluster-admin-binding".to_owned()], 0));
    // Annotations of a Secret are blanked but for those that speak to scanners.
    let secret = "apiVersion: v1
kind: Secret
metadata:
  name: s
  annotations: {watertight/waive.nonsense-name: because}
data: {a: aHVudGVyMg==}
";
    let files = folder(&[("s.yaml", secret)]);
    let run = run_with(files.path(), &["scan", "s.yaml", "-o", "json"], b"");
    assert!(
        remarks(&run).iter().any(|told| told.contains("of a control that there is not")),
        "{}",
        run.all()
    );
}

#[test]
fn the_whole_output_for_people() {
    let text = commented("  hostNetwork: true", "# watertight: waive host-network needs it (owner: me)");
    let text = text.replacen("  hostPID: true", "  hostPID: true # watertight: waive host-ipc no", 1);
    let files = folder(&[
        ("pod.yaml", &text),
        (
            "watertight.yaml",
            "waivers:\n- {control: privileged-container, reason: legacy, until: 2026-01-01}\n",
        ),
    ]);
    let run = run_with(
        files.path(),
        &[
            "scan",
            "pod.yaml",
            "--select",
            &format!("{SELECT},host-ipc"),
            "--today",
            "2026-06-15",
            "-o",
            "concise",
        ],
        b"",
    );
    insta::assert_snapshot!(run.stdout, @r"
    pod.yaml:13:7: critical[privileged-container] Pod shop/open: container `a` runs privileged (the waiver in watertight.yaml:2 expired after 2026-01-01)
    pod.yaml:7:3: waived[host-network] Pod shop/open: the pod shares the network of its node (waived: needs it, by me (pod.yaml:7))
    pod.yaml:8:3: high[host-pid] Pod shop/open: the pod shares the process namespace of its node
    pod.yaml:8: note the waiver of `host-ipc` waives nothing: remove it
    ");
}

#[test]
fn remarks_and_waivers_never_change_the_exit_code_of_what_is_clean() {
    let run = scan(
        &[(
            "pod.yaml",
            "apiVersion: v1\nkind: Pod # watertight: waive host-network because\nmetadata: {name: a}\nspec: {containers: []}\n",
        )],
        &[],
    );
    assert_eq!((run.code, remarks(&run).len()), (0, 1));
    assert_eq!(run.json()["findings"], Value::Array(Vec::new()));
}
