//! Where a label about bindings contradicts the authorizer: each a predicate on a binding, with its
//! source. Never the name of a case.

use watertight_engine::prelude::*;
use watertight_model::ObjectId;
use watertight_rbac::{Action, NoEffect};

use super::{Case, Judged};

/// One reason for which a label about a binding is not followed.
struct Disagreement {
    why: &'static str,
    rules: &'static [&'static str],
    /// Whether the label says pass and we speak; else it says fail and we are silent.
    we_speak: bool,
    met: fn(BindingScope<'_>) -> bool,
}

static DISAGREEMENTS: &[Disagreement] = &[
    Disagreement {
        why: "nodes and volumes are in no namespace, so a RoleBinding does not grant them \
              (VisitRulesFor, pkg/registry/rbac/validation/rule.go)",
        rules: &["rule-can-access-proxy-subresource", "rule-can-create-pv"],
        we_speak: false,
        met: |scope| {
            let (node, volume) =
                (Action::on("create", "", "nodes"), Action::on("create", "", "persistentvolumes"));
            let role = scope.binding().role();
            let grants = |action: &Action<'_>| role.is_some_and(|role| role.allowing(action).is_some());
            scope.binding().namespace().is_some() && (grants(&node.subresource("proxy")) || grants(&volume))
        },
    },
    Disagreement {
        why: "`pods/*` is no pattern and matches nothing (ResourceMatches, pkg/apis/rbac/v1/evaluation_helpers.go)",
        rules: &[
            "clusterrolebindingPodExecAttach",
            "exec-into-container-v1",
            "rolebindingClusterRolePodExecAttach",
            "rolebindingRolePodExecAttach",
            "system-authenticated-allowed-to-take-over-cluster",
        ],
        we_speak: false,
        met: |binding| without_effect(binding, |why| matches!(why, NoEffect::Pattern(_))),
    },
];

/// Whether the role of a binding, or the binding, holds a grant that is none, for this reason.
fn without_effect(scope: BindingScope<'_>, reason: fn(&NoEffect) -> bool) -> bool {
    let identities = scope.view().identities();
    let role = scope.binding().role().map(|role| ObjectId(role.tag()));
    let grants = [Some(scope.id()), role].into_iter().flatten();
    grants.flat_map(|id| identities.without_effect(id)).any(|found| reason(&found.why))
}

/// Why the verdicts differ, when every binding at which they do is accounted for.
pub(super) fn explain(judged: &Judged<'_>) -> Option<&'static str> {
    let view = View::new(judged.world, &RBAC);
    let scope = |id| BindingScope::of(judged.world, id, view);
    let bindings: Vec<BindingScope<'_>> = if judged.speaks() {
        judged.findings.iter().map(|finding| scope(finding.shown_by?)).collect::<Option<_>>()?
    } else {
        judged
            .snapshot()
            .objects()
            .filter(|(_, object)| !object.is_implied())
            .filter_map(|(id, _)| scope(id))
            .collect()
    };
    let mut why = None;
    for binding in bindings {
        why.get_or_insert(explained(judged.case, judged.speaks(), binding)?);
    }
    why
}

fn explained(case: &Case, we_speak: bool, binding: BindingScope<'_>) -> Option<&'static str> {
    let entry = DISAGREEMENTS.iter().find(|entry| {
        entry.we_speak == we_speak && entry.rules.contains(&case.rule.as_str()) && (entry.met)(binding)
    });
    entry.map(|entry| entry.why)
}

/// A disagreement explains what it is about, and nothing that is merely near.
#[test]
fn only_what_is_meant_is_explained() {
    let bound = |rule: &str, subject: &str, label: &str| {
        format!(
            "apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: a, namespace: default}}\nrules: [{rule}]\n---\n\
             apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {{name: a, namespace: default, labels: {{{label}}}}}\n\
             roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: a}}\nsubjects: [{subject}]\n"
        )
    };
    let volumes = "{apiGroups: [''], resources: [persistentvolumes], verbs: [create]}";
    let pods = "{apiGroups: [''], resources: [pods], verbs: [get]}";
    let all_of_pods = "{apiGroups: [''], resources: ['pods/*'], verbs: [create]}";
    let user = "{kind: User, name: jane}";
    for (rule, fails, control, text, is_explained) in [
        ("rule-can-create-pv", true, "persistent-volumes-creatable", bound(volumes, user, ""), true),
        ("rule-can-create-pv", true, "persistent-volumes-creatable", bound(pods, user, ""), false),
        ("exec-into-container-v1", true, "exec-granted", bound(all_of_pods, user, ""), true),
        ("exec-into-container-v1", true, "exec-granted", bound(pods, user, ""), false),
    ] {
        let case = Case::of_text(rule, fails, &text);
        let rows = super::crosswalk::read(&format!("rule\tcontrols\tnote\n{rule}\t{control}\t")).unwrap();
        let snapshot = case.snapshot();
        let world = watertight_facts::World::new(&snapshot, &case.settings);
        let judged = Judged::of(&case, &rows[0], &world);
        assert_ne!(judged.speaks(), fails, "{rule}: no disagreement\n{text}");
        assert_eq!(explain(&judged).is_some(), is_explained, "{rule}\n{text}");
    }
}

/// What every API server has is nobody's fault, though a dump of a cluster holds it.
#[test]
fn nothing_is_said_of_the_default_policy() {
    let Some(folder) = super::folder_of("rbac-bootstrap") else { return };
    let mut texts = Vec::new();
    super::cases::collect(&folder, &mut texts);
    assert!(!texts.is_empty(), "{} is empty", folder.display());
    let mut builder = watertight_model::Snapshot::builder(watertight_syntax::Limits::default());
    for (name, text) in texts {
        // Everything but the roles that hold what is in no release.
        if !name.contains("featuregates") {
            builder.text(name, text);
        }
    }
    let (snapshot, settings) = (builder.finish(), Settings::default());
    let world = watertight_facts::World::new(&snapshot, &settings);
    let controls: Vec<_> = crate::rbac::ALL.to_vec();
    let outcome = watertight_engine::run(&world, &controls);
    let said: Vec<String> = outcome
        .findings
        .iter()
        .map(|finding| format!("{} {}: {}", finding.control, finding.identity(&snapshot), finding.message))
        .collect();
    assert!(said.is_empty() && outcome.gaps.is_empty(), "{}\n{:?}", said.join("\n"), outcome.gaps);
    eprintln!("rbac-bootstrap: nothing is said of {} objects", snapshot.len());
}
