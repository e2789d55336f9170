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
use std::fmt;
use std::path::{Path as FilePath, PathBuf};

use watertight_engine::waivers::{self, Terms};
use watertight_engine::{Catalogue, Check, Control, run, settings};
use watertight_facts::{Opened, Workload, World};
use watertight_model::{Finding, KubernetesVersion, ObjectId, Snapshot, Verdict};

use cases::Case;
use crosswalk::{Mapped, Rule};

/// Rows that say which rule is which control, and how the cases of these rules are judged.
struct Table {
    /// As it is printed.
    name: &'static str,
    /// The folder of the cases.
    suite: &'static str,
    rows: &'static str,
    read: fn(&FilePath, &str) -> Vec<Case>,
    /// The version of Kubernetes that the rules were written for, where that makes a difference; else the newest.
    target: Option<KubernetesVersion>,
    /// What the rules leave out by themselves, whatever it may do, as whoever comes from there writes it into
    /// `watertight.yaml`.
    exemptions: &'static str,
}

/// Every table. Those of one suite are apart by what they are about and how they are judged.
static TABLES: [Table; 7] = [
    Table {
        name: "posture-regolibrary",
        rows: include_str!("../conformance/posture-regolibrary.tsv"),
        ..OF_REGOLIBRARY
    },
    Table {
        name: "posture-regolibrary, RBAC",
        rows: include_str!("../conformance/posture-regolibrary-rbac.tsv"),
        exemptions: include_str!("../conformance/posture-regolibrary-exemptions.yaml"),
        ..OF_REGOLIBRARY
    },
    Table {
        name: "posture-regolibrary, control plane",
        rows: include_str!("../conformance/posture-regolibrary-components.tsv"),
        // What its host scanner saw is no manifest and is left out.
        read: cases::regolibrary_manifests,
        // The newest CIS Benchmark that the rules follow, 1.12, is for 1.32 to 1.34.
        target: Some(KubernetesVersion::new(34)),
        ..OF_REGOLIBRARY
    },
    Table {
        name: "posture-regolibrary, network",
        rows: include_str!("../conformance/posture-regolibrary-network.tsv"),
        ..OF_REGOLIBRARY
    },
    Table { name: "posture-polaris", rows: include_str!("../conformance/posture-polaris.tsv"), ..OF_POLARIS },
    Table {
        name: "posture-polaris, RBAC",
        rows: include_str!("../conformance/posture-polaris-rbac.tsv"),
        // The checks are of the time when `get` on `pods/exec` was enough.
        target: Some(KubernetesVersion::new(34)),
        exemptions: include_str!("../conformance/posture-polaris-exemptions.yaml"),
        ..OF_POLARIS
    },
    Table {
        name: "posture-polaris, network",
        rows: include_str!("../conformance/posture-polaris-network.tsv"),
        ..OF_POLARIS
    },
];

const OF_REGOLIBRARY: Table = Table {
    name: "",
    suite: "posture-regolibrary",
    rows: "",
    read: cases::regolibrary,
    target: None,
    exemptions: "",
};

const OF_POLARIS: Table = Table { suite: "posture-polaris", read: cases::polaris, ..OF_REGOLIBRARY };

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
    /// How many of the matched ones do so because an exemption of the rule is written as a waiver.
    exempted: usize,
    explained: Vec<String>,
    wrong: Vec<String>,
    /// Rows of which the suite at hand has no case.
    without_case: usize,
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
            self.exempted += usize::from(judged.is_exempted);
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

    fn print(&self, table: &str) {
        eprintln!("{table}: {} rules, {self}", self.rules.len());
        if self.without_case > 0 {
            eprintln!("  {} more rules have no case here", self.without_case);
        }
        for (rule, (matched, cases)) in self.rules.iter().filter(|(_, (matched, cases))| matched < cases) {
            eprintln!("  {matched} of {cases} match in {rule}");
        }
        for line in &self.explained {
            eprintln!("  explained {line}");
        }
    }

    fn append(&mut self, other: Self) {
        self.rules.extend(other.rules);
        self.cases += other.cases;
        self.matched += other.matched;
        self.exempted += other.exempted;
        self.explained.extend(other.explained);
        self.wrong.extend(other.wrong);
        self.without_case += other.without_case;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} cases: {} matched ({} of them with the peer's exemption written as a waiver), {} explained, {} wrong",
            self.cases,
            self.matched,
            self.exempted,
            self.explained.len(),
            self.wrong.len()
        )
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
    /// Whether something that the controls say was waived as the rule does.
    is_exempted: bool,
}

impl<'w> Judged<'w> {
    fn of(case: &'w Case, rule: &Rule, world: &'w World<'w>) -> Self {
        let controls: Vec<&'static Control> = rule.controls.iter().map(|mapped| mapped.control).collect();
        let mut outcome = run(world, &controls);
        let terms =
            Terms { today: None, controls: &controls, whole: false, relative: &|name| Some(name.to_owned()) };
        waivers::apply(&mut outcome, world, &case.exemptions, &terms);
        // Who asks nothing of pods misses nothing where a pod template is missing.
        let of_pods = controls.iter().any(|control| matches!(control.check, Check::Workload(_)));
        let gaps = outcome.gaps.iter().filter(|gap| of_pods || !gap.why.contains("without a pod template"));
        let mut unread: Vec<String> = gaps.map(|gap| format!("{gap:?}")).collect();
        let (mut findings, mut is_exempted) = (Vec::new(), false);
        for finding in outcome.findings {
            match finding.verdict {
                Verdict::Unknown => unread.push(finding.message.clone()),
                _ if !rule.controls.iter().any(|mapped| mapped.counts(&finding)) => {}
                Verdict::Fail => findings.push(finding),
                Verdict::Waived(_) => is_exempted = true,
            }
        }
        let snapshot = world.snapshot();
        let opened = snapshot.objects().filter_map(|(id, _)| Opened::of(world, id).ok().flatten()).collect();
        Self { case, opened, world, findings, unread, is_exempted }
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

/// Judges every mapped case of a table; `None` when its suite is not there.
fn compare(table: &Table) -> Option<Tally> {
    let name = table.name;
    let rules = crosswalk::read(table.rows).unwrap_or_else(|message| panic!("{name}: {message}"));
    let folder = folder_of(table.suite)?;
    let catalogue = Catalogue::new(crate::all());
    let exemptions = settings::read("watertight.yaml", &table.exemptions.into(), &catalogue)
        .unwrap_or_else(|problems| panic!("{name}: exemptions: {problems:?}"));
    let mut tally = Tally::default();
    for rule in &rules {
        let mut cases = (table.read)(&folder, &rule.name);
        tally.without_case += usize::from(cases.is_empty());
        for case in &mut cases {
            case.exemptions.clone_from(&exemptions.waivers);
            case.settings.target = table.target.unwrap_or(case.settings.target);
            tally.add(case, rule);
        }
    }
    Some(tally)
}

/// The one gate: over all tables each case counts, also those whose label Kubernetes contradicts, and none differs
/// without a reason.
#[test]
fn enough_cases_match() {
    let mut all = Tally::default();
    for table in &TABLES {
        let Some(tally) = compare(table) else { return };
        tally.print(table.name);
        assert!(tally.cases > 0, "{}: no case is in the suite", table.name);
        all.append(tally);
    }
    eprintln!("posture, every table: {all}");
    assert!(all.wrong.is_empty(), "wrong\n  {}", all.wrong.join("\n  "));
    assert!(
        all.matched * 100 >= all.cases * MATCHED_PERCENT,
        "less than {MATCHED_PERCENT} % match: {all}; not matched:\n  {}",
        all.explained.join("\n  ")
    );
}

impl Mapped {
    /// Whether a finding counts for the rule: of this control, and with the word that the row asks for.
    fn counts(&self, finding: &Finding) -> bool {
        finding.control == self.control.name
            && self.word.as_ref().is_none_or(|word| finding.message.contains(word.as_str()))
    }
}
