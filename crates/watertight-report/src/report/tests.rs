use watertight_engine::Outcome;
use watertight_facts::Settings;
use watertight_model::{Gap, Snapshot};
use watertight_syntax::Limits;

use super::flood::DRAWN;
use super::{Cell, Cluster, Compartment, Level, Page, Way, WorstEntry, write};
use crate::Report;
use crate::blast::overview::{ClassRow, Overview, SizeRow};
use crate::blast::plan::{Plan, StepRow as PlanRow};
use crate::blast::radius::RadiusRow;
use crate::blast::{About, EvidenceRow, PathRow, StepRow};

const EVIL: &str = "<script>alert(1)</script>\"'&";

fn radius(thing: &str) -> RadiusRow {
    RadiusRow {
        thing: thing.to_owned(),
        score: "70.0".to_owned(),
        cluster_admin: true,
        node_root: true,
        other_tenants: 2,
        score_direct: "10.0".to_owned(),
        cluster_admin_direct: false,
        node_root_direct: false,
        other_tenants_direct: 0,
    }
}

fn step(from: &str, edge: &'static str, to: &str, with: &[&str]) -> StepRow {
    StepRow {
        edge,
        title: "do it",
        technique: "T1000",
        from: from.to_owned(),
        with: with.iter().map(|own| (*own).to_owned()).collect(),
        to: to.to_owned(),
        needs_flaw: edge == "network",
        evidence: vec![EvidenceRow { text: EVIL.to_owned(), origin: None }],
        removed_by: vec!["a policy"],
    }
}

fn cell(name: String, level: Level) -> Cell {
    Cell { name, kind: "deployment".to_owned(), level, starts: true, entry: false }
}

/// So many namespaces with so many workloads each.
fn cluster(namespaces: usize, workloads: usize) -> Cluster {
    let levels = [Level::Direct, Level::Flaws, Level::Dry];
    let compartment = |at: usize| Compartment {
        name: format!("ns-{at}{EVIL}"),
        workloads: (0..workloads).map(|own| cell(format!("w-{own}{EVIL}"), levels[own % 3])).collect(),
        ..Compartment::default()
    };
    Cluster {
        entry: Some(WorstEntry { radius: radius(EVIL), class: "images" }),
        goals: vec![Cell { kind: "goal".to_owned(), ..cell("cluster-admin".to_owned(), Level::Flaws) }],
        nodes: (0..40).map(|at| cell(format!("node-{at}"), Level::Dry)).collect(),
        compartments: (0..namespaces).map(compartment).collect(),
    }
}

fn page_of(cluster: Cluster, steps: usize, ways: Vec<Way>, gaps: &[Gap]) -> String {
    let row = |number: usize| PlanRow {
        step: number,
        change: format!("change {number} {EVIL}"),
        how: EVIL.to_owned(),
        safety: "review",
        effort: 1,
        origin: None,
        exposure: "20.0".to_owned(),
        exposure_direct: "0.0".to_owned(),
        value: "5.0".to_owned(),
        value_direct: "0.0".to_owned(),
        cuts: None,
    };
    let overview = Overview {
        exposure: "50.1".to_owned(),
        exposure_direct: "7.7".to_owned(),
        classes: vec![ClassRow {
            class: "images",
            title: "images",
            entries: 1,
            score: "1.0".to_owned(),
            score_direct: "0.0".to_owned(),
        }],
        worst: vec![radius(EVIL)],
        things: 1,
        graph: SizeRow { vertices: 1, edges: 1, conjunctions: 0 },
    };
    let plan = Plan {
        exposure: "50.1".to_owned(),
        exposure_direct: "7.7".to_owned(),
        candidates: steps,
        steps: (1..=steps).map(row).collect(),
        guide: Vec::new(),
    };
    let snapshot = Snapshot::builder(Limits::default()).finish();
    let (outcome, settings) = (Outcome::default(), Settings::default());
    let judged = Report::new(&snapshot, &outcome, &settings, &[], "1.2.3");
    let about = About {
        tool_version: "1.2.3",
        reading: "flaws",
        notes: vec![EVIL.to_owned()],
        gaps: gaps.iter().collect(),
    };
    let page =
        Page { title: EVIL.to_owned(), about, overview, plan: Some(plan), cluster, ways, judged: &judged };
    let mut out = Vec::new();
    write(&page, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn ways() -> Vec<Way> {
    let steps = vec![
        step("internet", "exposed", "deployment/a/b", &[]),
        step("deployment/a/b", "network", "sa/a/c", &[]),
        step("sa/a/c", "certificates-approve", "goal/cluster-admin", &[EVIL]),
    ];
    vec![Way {
        from: "internet".to_owned(),
        to: "goal/cluster-admin".to_owned(),
        path: PathRow { length: 3, flaws: 1, steps },
    }]
}

fn page() -> String {
    page_of(cluster(3, 5), 4, ways(), &[])
}

/// The levels of the headings, in order.
fn headings(page: &str) -> Vec<u32> {
    let tags = page.match_indices("<h").filter_map(|(at, _)| page[at + 2..].chars().next());
    tags.filter_map(|level| level.to_digit(10)).collect()
}

#[test]
fn names_are_never_markup() {
    let page = page();
    assert!(!page.contains("<script"), "a script");
    assert!(page.contains("&lt;script&gt;"));
}

#[test]
fn nothing_is_loaded_from_elsewhere() {
    let page = page();
    for load in ["src=", "@import", "<link", "<iframe", "href=\"http", "url(http", "xlink"] {
        assert!(!page.contains(load), "{load}");
    }
    assert!(page.contains("default-src 'none'"));
}

#[test]
fn headings_are_in_order_and_the_first_is_the_only_one_of_its_level() {
    let found = headings(&page());
    assert_eq!(found.first(), Some(&1));
    assert_eq!(found.iter().filter(|level| **level == 1).count(), 1);
    assert!(found.len() > 10);
    for pair in found.windows(2) {
        assert!(pair[1] <= pair[0] + 1, "{found:?}");
    }
}

#[test]
fn every_picture_has_a_title_and_every_table_a_caption() {
    let page = page();
    let pictures: Vec<&str> = page.split("<svg ").skip(1).collect();
    assert!(pictures.len() >= 7);
    for picture in pictures {
        let head = picture.split_once("</title>").unwrap().0;
        assert!(head.contains("role=\"img\"") && !head.contains("<g"), "{head}");
    }
    assert_eq!(page.matches("<table").count(), page.matches("<caption").count());
    assert!(!page.contains("<th>"), "a header without scope");
}

#[test]
fn what_links_name_is_there_and_ids_are_told_once() {
    let page = page();
    let ids: Vec<&str> = page.split(" id=\"").skip(1).filter_map(|rest| rest.split('"').next()).collect();
    let unique: std::collections::BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(ids.len(), unique.len(), "{ids:?}");
    for link in page.split("href=\"#").skip(1).filter_map(|rest| rest.split('"').next()) {
        assert!(unique.contains(link), "{link}");
    }
    for used in page.split("url(#").skip(1).filter_map(|rest| rest.split(')').next()) {
        assert!(unique.contains(used), "{used}");
    }
}

#[test]
fn pictures_draw_at_most_so_many() {
    for (namespaces, workloads) in [(0, 0), (1, 279), (1, 5000), (12, 60), (30, 8), (30, 20), (900, 6)] {
        let page = page_of(cluster(namespaces, workloads), 0, Vec::new(), &[]);
        for picture in page.split("<svg class=\"flood").skip(1) {
            let picture = picture.split("</svg>").next().unwrap();
            let drawn = picture.matches("<g class=").count() + picture.matches("class=\"space").count();
            assert!(drawn > 13 && drawn <= DRAWN, "{drawn} of {namespaces} with {workloads}");
            if (namespaces, workloads) == (12, 60) {
                assert!(picture.contains("and 39 more"), "the rest is said");
            }
            if namespaces == 900 {
                assert!(picture.contains("and 781 more") && picture.contains("more nodes"));
            }
        }
        assert!(page.len() < 3_000_000);
    }
}

#[test]
fn both_readings_are_told_by_words_and_form() {
    let page = page();
    for sign in ["url(#p-direct-wide)", "url(#p-flaws-wide)", "deployment · by a flaw", "deployment · holds"]
    {
        assert!(page.contains(sign), "{sign}");
    }
    assert!(page.contains("arrow flaw") && page.contains("needs a flaw there"));
}

#[test]
fn every_gap_is_told_and_no_gap_is_too() {
    assert!(page().contains("Everything that was there could be read"));
    let gap = Gap { what: "a.yaml:3".to_owned(), why: "is broken".to_owned(), affects: Vec::new() };
    let page = page_of(cluster(1, 1), 1, Vec::new(), &[gap.clone(), gap]);
    assert_eq!(page.matches("<code>a.yaml:3</code>: is broken").count(), 1);
    assert!(page.contains("could change"), "the number says that it is not the whole");
}

#[test]
fn the_same_is_written_the_same() {
    assert_eq!(page(), page());
}
