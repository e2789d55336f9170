//! What holds for every set of waivers, tried on random ones.

use std::sync::OnceLock;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use watertight_engine::waivers::{self, Concerns, Reach, Selector, Terms, WaiverRule};
use watertight_engine::{Choice, Control, Outcome};
use watertight_facts::{NamePattern, Settings, World};
use watertight_model::{Date, Finding, Snapshot, Verdict, Waiver};
use watertight_syntax::Limits;

const OBJECTS: &str = "apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop}
spec: {hostNetwork: true, hostPID: true, containers: [{name: a, image: a, securityContext: {privileged: true}}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: shop}
spec: {template: {spec: {hostNetwork: true, containers: [{name: a, image: a}, {name: b, image: b}]}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: ops}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: cluster-admin}
subjects: [{kind: Group, apiGroup: rbac.authorization.k8s.io, name: ops}]
";

const CONTROLS: [&str; 5] =
    ["host-network", "host-pid", "privileged-container", "cluster-admin-binding", "memory-limit-missing"];

fn snapshot() -> &'static Snapshot {
    static SNAPSHOT: OnceLock<Snapshot> = OnceLock::new();
    SNAPSHOT.get_or_init(|| {
        let mut builder = Snapshot::builder(Limits::default());
        builder.text("all.yaml", OBJECTS);
        builder.finish()
    })
}

fn controls() -> Vec<&'static Control> {
    CONTROLS.iter().filter_map(|name| crate::named(name)).collect()
}

/// A rule, and what it speaks of in plain words: controls (all when empty) and the name of an object.
fn rule() -> impl Strategy<Value = (WaiverRule, Vec<&'static str>, &'static str)> {
    let names = subsequence(&CONTROLS[..], 0..=2);
    let object = select(vec!["web", "api", "ops", "*", "nobody"]);
    let until = prop::option::of(-3i64..3);
    (names, object, until, any::<bool>(), 0u8..3).prop_map(|(names, object, until, peer, number)| {
        let concerns = match names.is_empty() {
            true => Concerns::Any,
            false => Concerns::These(names.iter().map(|name| Choice::Control(name)).collect()),
        };
        let selector = Selector { names: vec![NamePattern::of_any(object).unwrap()], ..Selector::default() };
        let waiver = Waiver {
            given: format!("w.yaml:{number}"),
            reason: "because".to_owned(),
            owner: None,
            until: until.map(|days| Date::from_days(TODAY + days)),
        };
        (WaiverRule { concerns, reach: Reach::Selected(selector), waiver, peer }, names, object)
    })
}

const TODAY: i64 = 20_000;

fn applied(found: &[Finding], world: &World<'_>, rules: &[WaiverRule]) -> Outcome {
    let mut outcome = Outcome { findings: found.to_vec(), ..Outcome::default() };
    let controls = controls();
    let terms = Terms {
        today: Some(Date::from_days(TODAY)),
        controls: &controls,
        whole: true,
        relative: &|name| Some(name.to_owned()),
    };
    waivers::apply(&mut outcome, world, rules, &terms);
    outcome
}

/// Everything that can be seen of an outcome.
fn seen(outcome: &Outcome) -> String {
    let findings: Vec<_> =
        outcome.findings.iter().map(|f| (&f.fingerprint, &f.message, &f.verdict)).collect();
    format!("{findings:?} {:?}", outcome.remarks)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn a_waiver_hides_what_it_speaks_of_and_nothing_else(rules in prop::collection::vec(rule(), 0..6)) {
        let settings = Settings::default();
        let world = World::new(snapshot(), &settings);
        let found = watertight_engine::run(&world, &controls()).findings;
        prop_assert!(found.len() >= 6);
        let plain: Vec<WaiverRule> = rules.iter().map(|(rule, ..)| rule.clone()).collect();
        let outcome = applied(&found, &world, &plain);
        for (finding, before) in outcome.findings.iter().zip(&found) {
            let name = snapshot().object(finding.object.unwrap()).identity().name.clone();
            let fits = |(_, names, object): &&(WaiverRule, Vec<&str>, &str)| {
                (names.is_empty() || names.contains(&finding.control)) && (*object == "*" || *object == &*name)
            };
            let in_force = |(rule, ..): &(WaiverRule, Vec<&str>, &str)| {
                rule.waiver.until.is_none_or(|until| until >= Date::from_days(TODAY))
            };
            let fitting: Vec<_> = rules.iter().filter(fits).collect();
            let waived = matches!(finding.verdict, Verdict::Waived(_));
            prop_assert_eq!(waived, fitting.iter().any(|rule| in_force(rule)));
            prop_assert_eq!(finding.message != before.message, !waived && !fitting.is_empty(), "an expired one is told");
        }
        let unused = rules.iter().filter(|(rule, _, object)| !rule.peer && *object == "nobody").count();
        prop_assert!(unused == 0 || !outcome.remarks.is_empty());
    }

    #[test]
    fn the_order_of_waivers_does_not_matter(
        (rules, shuffled) in prop::collection::vec(rule(), 0..6)
            .prop_map(|rules| rules.into_iter().map(|(rule, ..)| rule).collect::<Vec<_>>())
            .prop_flat_map(|rules| (Just(rules.clone()), Just(rules).prop_shuffle()))
    ) {
        let settings = Settings::default();
        let world = World::new(snapshot(), &settings);
        let found = watertight_engine::run(&world, &controls()).findings;
        prop_assert_eq!(seen(&applied(&found, &world, &rules)), seen(&applied(&found, &world, &shuffled)));
        let twice: Vec<WaiverRule> = rules.iter().chain(&rules).cloned().collect();
        prop_assert_eq!(seen(&applied(&found, &world, &rules)), seen(&applied(&found, &world, &twice)));
    }
}
