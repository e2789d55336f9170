//! Judges the labelled cases of other projects and compares the verdicts, case by case.
//!
//! `conformance/*.tsv` says which of their rules is which of our controls. A case is *matched* when
//! the mapped controls speak exactly where the label says so, *explained* when they differ and a
//! [`disagreements`] predicate says why Kubernetes is on our side, and *wrong* otherwise. Nothing of
//! the suites is kept here: they lie in the folder named by `WATERTIGHT_SUITES`, or in `shared` beside
//! the checkout.

mod attacks;
mod availability;
mod cases;
mod components;
mod crosswalk;
mod disagreements;
mod network;
mod rbac;
mod repairs;
mod secrets;
mod unmapped;

use std::collections::BTreeMap;
use std::path::{Path as FilePath, PathBuf};

use watertight_engine::{Check, Control, run};
use watertight_facts::{Opened, Workload, World};
use watertight_model::{Finding, ObjectId, Snapshot, Verdict};

use cases::Case;
use crosswalk::{Mapped, Rule};

/// What must at least be compared. The numbers only grow.
struct Floor {
    rules: usize,
    cases: usize,
}

/// Which suite, its table, how it is read, and its floor.
struct Suite {
    /// The folder.
    name: &'static str,
    table: &'static str,
    read: fn(&FilePath, &str) -> Vec<Case>,
    floor: Floor,
}

static REGOLIBRARY: Suite = Suite {
    name: "posture-regolibrary",
    table: include_str!("../conformance/posture-regolibrary.tsv"),
    read: cases::regolibrary,
    floor: Floor { rules: 61, cases: 155 },
};

/// The same suite's rules about roles and bindings. Several of its labels read rules otherwise than the
/// authorizer, which `rbac.rs` tells, so they stand apart.
static REGOLIBRARY_RBAC: Suite = Suite {
    name: "posture-regolibrary",
    table: include_str!("../conformance/posture-regolibrary-rbac.tsv"),
    read: cases::regolibrary,
    floor: Floor { rules: 18, cases: 28 },
};

/// The same suite's rule about variables, which compares parts of values with lists of words (`JWT`, `_key_`).
/// We know no such list, which `secrets.rs` tells, so it stands apart.
static REGOLIBRARY_WORDS: Suite = Suite {
    name: "posture-regolibrary",
    table: include_str!("../conformance/posture-regolibrary-words.tsv"),
    read: cases::regolibrary,
    floor: Floor { rules: 1, cases: 7 },
};

/// The same suite's rules about the control plane. What its host scanner saw is no manifest and is left out.
static REGOLIBRARY_COMPONENTS: Suite = Suite {
    name: "posture-regolibrary",
    table: include_str!("../conformance/posture-regolibrary-components.tsv"),
    read: cases::regolibrary_manifests,
    floor: Floor { rules: 46, cases: 102 },
};

/// The same suite's rules about the network. Its cases stand for whole clusters: what is not there, is not.
static REGOLIBRARY_NETWORK: Suite = Suite {
    name: "posture-regolibrary",
    table: include_str!("../conformance/posture-regolibrary-network.tsv"),
    read: cases::regolibrary,
    floor: Floor { rules: 7, cases: 41 },
};

static POLARIS_NETWORK: Suite = Suite {
    name: "posture-polaris",
    table: include_str!("../conformance/posture-polaris-network.tsv"),
    read: cases::polaris,
    floor: Floor { rules: 2, cases: 5 },
};

static POLARIS: Suite = Suite {
    name: "posture-polaris",
    table: include_str!("../conformance/posture-polaris.tsv"),
    read: cases::polaris,
    floor: Floor { rules: 32, cases: 102 },
};

/// The same suite's checks of bindings. They exempt names, which `rbac.rs` tells, so they stand apart.
static POLARIS_RBAC: Suite = Suite {
    name: "posture-polaris",
    table: include_str!("../conformance/posture-polaris-rbac.tsv"),
    read: cases::polaris_of_1_34,
    floor: Floor { rules: 6, cases: 46 },
};

/// Every table.
static SUITES: [&Suite; 6] =
    [&REGOLIBRARY, &REGOLIBRARY_RBAC, &REGOLIBRARY_WORDS, &REGOLIBRARY_COMPONENTS, &POLARIS, &POLARIS_RBAC];

/// How many of a hundred mapped cases must match. An explained case is mapped and does not match.
const MATCHED_PERCENT: usize = 97;

/// The folder with the suites, or `None`, which is loud, and a failure when they are required.
fn folder_of(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("WATERTIGHT_SUITES")
        .map_or_else(|| FilePath::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = root.join("suites").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    let required = std::env::var_os("WATERTIGHT_REQUIRE_SUITES").is_some_and(|value| value == "1");
    assert!(!required, "WATERTIGHT_REQUIRE_SUITES=1, and there is no {}", folder.display());
    eprintln!("NOT COMPARED with {name}: there is no {}", folder.display());
    None
}

/// How the cases of one suite came out.
#[derive(Default)]
struct Tally {
    /// Of each rule, the cases that match and all of them.
    rules: BTreeMap<String, (usize, usize)>,
    cases: usize,
    matched: usize,
    explained: Vec<String>,
    wrong: Vec<String>,
}

impl Tally {
    fn add(&mut self, case: &Case, rule: &Rule) {
        let of_rule = self.rules.entry(case.rule.clone()).or_default();
        of_rule.1 += 1;
        self.cases += 1;
        let snapshot = case.snapshot();
        let world = World::new(&snapshot, &case.settings);
        let judged = Judged::of(case, rule, &world);
        let name = format!("{}/{}", case.rule, case.name);
        if judged.speaks() == case.fails && judged.unread.is_empty() {
            self.matched += 1;
            of_rule.0 += 1;
        } else if let Some(why) = disagreements::explain(&judged) {
            self.explained.push(format!("{name}: {why}"));
        } else {
            let said: Vec<String> =
                judged.findings.iter().map(|f| format!("{} at {}", f.control, f.path)).collect();
            let label = if case.fails { "fail" } else { "pass" };
            self.wrong
                .push(format!("{name}: labelled {label}, we said {said:?}, not read: {:?}", judged.unread));
        }
    }

    fn print(&self, suite: &str) {
        eprintln!(
            "{suite}: {} rules, {} cases: {} matched, {} explained, {} wrong",
            self.rules.len(),
            self.cases,
            self.matched,
            self.explained.len(),
            self.wrong.len()
        );
        for (rule, (matched, cases)) in self.rules.iter().filter(|(_, (matched, cases))| matched < cases) {
            eprintln!("  {matched} of {cases} match in {rule}");
        }
        for line in &self.explained {
            eprintln!("  explained {line}");
        }
    }
}

/// A case with what the mapped controls say of it.
struct Judged<'w> {
    case: &'w Case,
    opened: Vec<Opened>,
    world: &'w World<'w>,
    findings: Vec<Finding>,
    /// What could not be judged. It is no pass, so such a case never matches.
    unread: Vec<String>,
}

impl<'w> Judged<'w> {
    fn of(case: &'w Case, rule: &Rule, world: &'w World<'w>) -> Self {
        let controls: Vec<&'static Control> = rule.controls.iter().map(|mapped| mapped.control).collect();
        let outcome = run(world, &controls);
        // Who asks nothing of pods misses nothing where a pod template is missing.
        let of_pods = controls.iter().any(|control| matches!(control.check, Check::Workload(_)));
        let gaps = outcome.gaps.iter().filter(|gap| of_pods || !gap.why.contains("without a pod template"));
        let mut unread: Vec<String> = gaps.map(|gap| format!("{gap:?}")).collect();
        let mut findings = Vec::new();
        for finding in outcome.findings {
            match finding.verdict {
                Verdict::Unknown => unread.push(finding.message.clone()),
                Verdict::Fail if rule.controls.iter().any(|mapped| mapped.counts(&finding)) => {
                    findings.push(finding);
                }
                Verdict::Fail | Verdict::Waived(_) => {}
            }
        }
        let snapshot = world.snapshot();
        let opened = snapshot.objects().filter_map(|(id, _)| Opened::of(world, id).ok().flatten()).collect();
        Self { case, opened, world, findings, unread }
    }

    fn speaks(&self) -> bool {
        !self.findings.is_empty()
    }

    fn workloads(&self) -> impl Iterator<Item = Workload<'_>> {
        self.opened.iter().map(|opened| Workload::new(opened, self.world, &[]))
    }

    fn workload(&self, id: ObjectId) -> Option<Workload<'_>> {
        self.workloads().find(|workload| workload.id() == id)
    }

    fn snapshot(&self) -> &Snapshot {
        self.world.snapshot()
    }
}

/// Judges every mapped case of a suite; `None` when the suite is not there.
fn compare(suite: &Suite) -> Option<Tally> {
    let name = suite.name;
    let rules = crosswalk::read(suite.table).unwrap_or_else(|message| panic!("{name}.tsv: {message}"));
    let folder = folder_of(name)?;
    let mut tally = Tally::default();
    for rule in &rules {
        let cases = (suite.read)(&folder, &rule.name);
        assert!(!cases.is_empty(), "{name}.tsv: `{}` has no case in {}", rule.name, folder.display());
        for case in &cases {
            tally.add(case, rule);
        }
    }
    Some(tally)
}

fn nothing_is_wrong(suite: &Suite) {
    let Some(tally) = compare(suite) else { return };
    let (name, floor) = (suite.name, &suite.floor);
    tally.print(name);
    assert!(tally.wrong.is_empty(), "{name}: wrong\n  {}", tally.wrong.join("\n  "));
    assert!(
        tally.rules.len() >= floor.rules && tally.cases >= floor.cases,
        "{name}: {} rules and {} cases are compared, which were {} and {}",
        tally.rules.len(),
        tally.cases,
        floor.rules,
        floor.cases
    );
}

#[test]
fn no_verdict_differs_from_regolibrary_without_a_reason() {
    nothing_is_wrong(&REGOLIBRARY);
}

#[test]
fn no_verdict_about_rbac_differs_from_regolibrary_without_a_reason() {
    nothing_is_wrong(&REGOLIBRARY_RBAC);
}

#[test]
fn no_verdict_about_variables_differs_from_regolibrary_without_a_reason() {
    nothing_is_wrong(&REGOLIBRARY_WORDS);
}

#[test]
fn no_verdict_about_the_control_plane_differs_from_regolibrary_without_a_reason() {
    nothing_is_wrong(&REGOLIBRARY_COMPONENTS);
}

#[test]
fn no_verdict_about_bindings_differs_from_polaris_without_a_reason() {
    nothing_is_wrong(&POLARIS_RBAC);
}

#[test]
fn no_verdict_about_the_network_differs_without_a_reason() {
    nothing_is_wrong(&REGOLIBRARY_NETWORK);
    nothing_is_wrong(&POLARIS_NETWORK);
}

#[test]
fn no_verdict_differs_from_polaris_without_a_reason() {
    nothing_is_wrong(&POLARIS);
}

/// Over the two large tables each case counts, also those whose label we do not follow. Of the tables that
/// stand apart because their labels contradict Kubernetes itself, those cases are told and left out.
#[test]
fn enough_cases_match() {
    let all: Vec<Tally> = SUITES.into_iter().filter_map(compare).collect();
    let (cases, explained): (usize, usize) =
        all.iter().fold((0, 0), |sum, tally| (sum.0 + tally.cases, sum.1 + tally.explained.len()));
    let matched: usize = all.iter().map(|tally| tally.matched).sum();
    eprintln!(
        "posture, every table: {matched} of {cases} cases match, {explained} have a label that Kubernetes contradicts"
    );
    assert!(
        matched * 100 >= (cases - explained) * MATCHED_PERCENT,
        "{matched} of {cases}, {explained} explained"
    );
    let tallies: Vec<Tally> = [&REGOLIBRARY, &POLARIS].into_iter().filter_map(compare).collect();
    let cases: usize = tallies.iter().map(|tally| tally.cases).sum();
    let matched: usize = tallies.iter().map(|tally| tally.matched).sum();
    eprintln!("posture: {matched} of {cases} mapped cases match");
    assert!(
        matched * 100 >= cases * MATCHED_PERCENT,
        "{matched} of {cases} mapped cases match, which is less than {MATCHED_PERCENT} %; not matched:\n  {}",
        tallies
            .iter()
            .flat_map(|tally| tally.explained.iter().chain(&tally.wrong))
            .cloned()
            .collect::<Vec<_>>()
            .join("\n  ")
    );
}

impl Mapped {
    /// Whether a finding counts for the rule: of this control, and with the word that the row asks for.
    fn counts(&self, finding: &Finding) -> bool {
        finding.control == self.control.name
            && self.word.as_ref().is_none_or(|word| finding.message.contains(word.as_str()))
    }
}
