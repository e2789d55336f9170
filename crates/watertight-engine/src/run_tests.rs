use watertight_facts::{ClusterScope, NamespaceScope, Settings, World, implied};
use watertight_model::{Fix, GroupKind, Layer, Severity, Snapshot, Verdict};
use watertight_syntax::{Limits, Path};

use crate::{Check, Control, Outcome, Sink, run};

const QUOTA: GroupKind = GroupKind::core("ResourceQuota");

static NO_QUOTA: Control = Control {
    name: "no-quota",
    formerly: &[],
    title: "nothing bounds anybody",
    severity: Severity::High,
    layer: Layer::Availability,
    maps: &[],
    reads: &[QUOTA],
    check: Check::Cluster(no_quota),
    markdown: "",
};

fn no_quota(cluster: ClusterScope<'_>, out: &mut Sink<'_>) {
    if !cluster.view().sees(QUOTA) {
        out.not_in_view(QUOTA);
    } else if cluster.view().objects(QUOTA).next().is_none() {
        out.fail(Path::root(), "there is no quota");
    }
}

fn judged(text: &str, whole: bool) -> Outcome {
    let mut builder = Snapshot::builder(Limits::default()).assume_complete(whole);
    builder.text("a.yaml", text);
    let (snapshot, settings) = (builder.finish(), Settings::default());
    run(&World::new(&snapshot, &settings), &[&NO_QUOTA])
}

#[test]
fn a_folder_cannot_show_what_the_cluster_lacks() {
    const OTHER: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";
    let outcome = judged(OTHER, false);
    assert_eq!((outcome.findings.len(), outcome.gaps.len()), (0, 0));
    let note = &outcome.notes[&QUOTA];
    assert_eq!((note.subjects, note.controls.contains("no-quota")), (1, true));
    assert_eq!(outcome.counts["no-quota"].not_in_view, 1);

    let outcome = judged(OTHER, true);
    assert!(outcome.notes.is_empty());
    let finding = &outcome.findings[0];
    assert_eq!((finding.object, finding.verdict.clone()), (None, Verdict::Fail));
    assert_eq!(outcome.failures(Severity::High), 1);

    let quota = "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: a, namespace: b}\n";
    let outcome = judged(quota, false);
    assert_eq!((outcome.findings.len(), outcome.counts["no-quota"].passed), (0, 1));
    // What could not be read may be one.
    let outcome = judged("apiVersion: v1\nkind: ResourceQuota\nspec: [\n", true);
    assert_eq!(outcome.findings[0].verdict, Verdict::Unknown);
}

static NO_LABEL: Control =
    Control { name: "no-label", check: Check::Namespace(no_label), reads: &[], ..NO_QUOTA };

fn no_label(namespace: NamespaceScope<'_>, out: &mut Sink<'_>) {
    let label = Path::root().at("metadata.labels.team");
    if namespace.label("team").is_none() {
        out.fail(label.clone(), "is nobody's").fix(Fix::review().set(label, "a"));
    }
}

fn with_namespaces(text: &str, whole: bool) -> Outcome {
    let mut builder = Snapshot::builder(Limits::default()).assume_complete(whole);
    builder.text("a.yaml", text);
    let settings = Settings::default();
    let snapshot = implied::complete(builder.finish(), settings.target);
    run(&World::new(&snapshot, &settings), &[&NO_LABEL])
}

const POD: &str =
    "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: shop}\nspec: {containers: []}\n---\n";

#[test]
fn a_folder_without_namespaces_gives_one_note() {
    let pods = POD.to_owned() + &POD.replace("shop", "bank") + &POD.replace(", namespace: shop", "");
    let outcome = with_namespaces(&pods, false);
    assert_eq!((outcome.findings.len(), outcome.gaps.len(), outcome.notes.len()), (0, 0, 1));
    assert_eq!(outcome.notes[&GroupKind::core("Namespace")].subjects, 3);
    assert_eq!(outcome.counts["no-label"].not_in_view, 3);
    // One namespace in view is judged; the other is only spoken of.
    let outcome =
        with_namespaces(&(pods + "apiVersion: v1\nkind: Namespace\nmetadata: {name: bank}\n"), false);
    assert_eq!((outcome.findings.len(), outcome.notes.len()), (1, 0));
    assert!(outcome.findings[0].object.is_some());
    // Nothing runs anywhere, so there is no question.
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, namespace: shop}\n";
    assert!(with_namespaces(config, false).notes.is_empty());
}

#[test]
fn namespaces_that_nobody_declares_are_judged_in_a_whole_cluster() {
    let pods = POD.to_owned() + "apiVersion: v1\nkind: Namespace\nmetadata: {name: bank}\n";
    let outcome = with_namespaces(&pods, true);
    assert!(outcome.notes.is_empty());
    let said: Vec<_> =
        outcome.findings.iter().map(|found| (found.object.is_some(), &*found.message)).collect();
    let undeclared = "namespace `shop`, which no object declares: is nobody's";
    assert_eq!(said, [(false, undeclared), (true, "is nobody's")]);
    let fix = outcome.findings[0].fix.as_ref().unwrap();
    assert_eq!(fix.changes, []);
    assert_eq!(fix.objects[0]["metadata"], serde_json::json!({"name": "shop", "labels": {"team": "a"}}));
    // kube-system and its like are there in every cluster, and nothing in view runs in them.
    assert_eq!(outcome.counts["no-label"].failed, 2);
}
