use watertight_facts::{ClusterScope, Settings, World};
use watertight_model::{GroupKind, Layer, Severity, Snapshot, Verdict};
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
