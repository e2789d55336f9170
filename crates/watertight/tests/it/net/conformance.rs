//! Every case of `suites/network-policy` through `watertight net list`, line by line.
//!
//! A line is *matched* when both have it, *explained* when a predicate with an upstream source says why only one has
//! it, and *wrong* otherwise. Ranges of addresses that touch and have equal connections are one range on both sides:
//! netpol-analyzer leaves some of them apart, which says the same.

use std::collections::{BTreeMap, BTreeSet};
use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};

use watertight_facts::World;
use watertight_facts::reachability::Reachability;
use watertight_load::{Files, Options};
use watertight_syntax::Limits;

use crate::run;

const SUITE: &str = "network-policy";

/// The folder of the suite, or `None`, which is loud, and a failure when it is required.
fn folder() -> Option<PathBuf> {
    let root = std::env::var_os("WATERTIGHT_SUITES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = root.join("suites").join(SUITE);
    if folder.is_dir() {
        return Some(folder);
    }
    let required = std::env::var_os("WATERTIGHT_REQUIRE_SUITES").is_some_and(|value| value == "1");
    assert!(!required, "WATERTIGHT_REQUIRE_SUITES=1, and there is no {}", folder.display());
    eprintln!("NOT COMPARED with {SUITE}: there is no {}", folder.display());
    None
}

/// A connection as both print it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Line {
    from: String,
    to: String,
    connections: String,
}

impl Line {
    /// Whether an end of it is called so.
    fn names(&self, end: &str) -> bool {
        self.from == end || self.to == end
    }
}

/// The connections of an output, with ranges as large as they get.
fn lines(text: &str) -> BTreeSet<Line> {
    let mut lines = BTreeSet::new();
    let mut ranges: BTreeMap<(bool, String, String), Vec<(u32, u32)>> = BTreeMap::new();
    for line in text.lines() {
        // Tables of other things may follow.
        let Some((ends, connections)) = line.rsplit_once(" : ") else { continue };
        let Some((from, to)) = ends.split_once(" => ") else { continue };
        match (range(from), range(to)) {
            (Some(range), _) => {
                ranges.entry((true, to.to_owned(), connections.to_owned())).or_default().push(range);
            }
            (_, Some(range)) => {
                ranges.entry((false, from.to_owned(), connections.to_owned())).or_default().push(range);
            }
            _ => {
                let (from, to, connections) = (from.to_owned(), to.to_owned(), connections.to_owned());
                lines.insert(Line { from, to, connections });
            }
        }
    }
    for ((inwards, workload, connections), mut ranges) in ranges {
        ranges.sort_unstable();
        let mut joined: Vec<(u32, u32)> = Vec::new();
        for (first, last) in ranges {
            match joined.last_mut() {
                Some(known) if first <= known.1.saturating_add(1) => known.1 = known.1.max(last),
                _ => joined.push((first, last)),
            }
        }
        for (first, last) in joined {
            let outside = format!("{}-{}", Ipv4Addr::from(first), Ipv4Addr::from(last));
            let (from, to) = if inwards { (outside, workload.clone()) } else { (workload.clone(), outside) };
            lines.insert(Line { from, to, connections: connections.clone() });
        }
    }
    lines
}

fn range(text: &str) -> Option<(u32, u32)> {
    let (first, last) = text.strip_suffix("[External]")?.split_once('-')?;
    let number = |text: &str| text.parse::<Ipv4Addr>().ok().map(u32::from);
    Some((number(first)?, number(last)?))
}

/// What the predicates look at.
struct Seen {
    /// Workloads with a pod in the network of its node.
    in_host_network: BTreeSet<String>,
    has_blocks: bool,
}

impl Seen {
    fn of(input: &Path) -> Self {
        let options = Options {
            limits: Limits::default(),
            namespace: Some("default".to_owned()),
            files: Files { ignored: true, hidden: false },
            render: None,
            assume_complete: true,
        };
        let snapshot =
            watertight_load::load(&[input.to_owned()], &options, &mut std::io::empty(), |_| {}).unwrap();
        let settings = watertight_facts::Settings::default();
        let world = World::new(&snapshot, &settings);
        let reach: &Reachability = world.reachability();
        let pods = &reach.model.cluster().pods;
        let host =
            reach.workloads.iter().filter(|own| own.pods.iter().any(|&place| pods[place].host_network));
        let name = |own: &watertight_facts::reachability::WorkloadPods| {
            format!("{}/{}[{}]", own.namespace, own.name, own.kind)
        };
        let has_blocks = format!("{:?}", reach.model.policies()).contains("Blocks {");
        Self { in_host_network: host.map(name).collect(), has_blocks }
    }
}

/// Why only one side has a line, with the upstream source; `None` is wrong.
fn explained(line: &Line, seen: &Seen) -> Option<&'static str> {
    if seen.in_host_network.iter().any(|workload| line.names(workload)) {
        return Some(
            "a pod in the network of its node is the node to policies: \
             docs/concepts/services-networking/network-policies.md, \"NetworkPolicy and hostNetwork pods\"",
        );
    }
    if line.from.contains("::") || line.to.contains("::") {
        return Some("the analyzer prints IPv4 only: README of np-guard/netpol-analyzer");
    }
    if line.connections.starts_with("? ") && seen.has_blocks {
        return Some(
            "whether a block means pods with an address in it is left open: ipBlock in \
             docs/concepts/services-networking/network-policies.md",
        );
    }
    None
}

#[test]
fn conformance() {
    let Some(folder) = folder() else { return };
    let mut cases: Vec<PathBuf> =
        std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    cases.retain(|case| case.join("expected.txt").is_file());
    cases.sort();
    assert!(!cases.is_empty(), "no case below {}", folder.display());
    let (mut matched, mut wrong, mut exact) = (0, Vec::new(), 0);
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for case in &cases {
        let input = case.join("input");
        let target = input.to_str().unwrap();
        let answer = run(&[
            "net",
            "list",
            "-t",
            target,
            "-n",
            "default",
            "-o",
            "text",
            "--expand",
            "--assume-complete",
            "--no-render",
            "--no-ignore",
        ]);
        let got = lines(&answer.stdout);
        let expected = lines(&std::fs::read_to_string(case.join("expected.txt")).unwrap());
        matched += got.intersection(&expected).count();
        exact += usize::from(got == expected);
        let seen = Seen::of(&input);
        for line in got.symmetric_difference(&expected) {
            match explained(line, &seen) {
                Some(reason) => *reasons.entry(reason).or_default() += 1,
                None => {
                    let sign = if got.contains(line) { "+" } else { "-" };
                    let name = case.file_name().unwrap().display();
                    wrong.push(format!("{name}: {sign} {} => {} : {}", line.from, line.to, line.connections));
                }
            }
        }
    }
    println!("{SUITE}: {} cases, {exact} without any difference", cases.len());
    println!(
        "  {matched} lines matched, {} explained, {} wrong",
        reasons.values().sum::<usize>(),
        wrong.len()
    );
    reasons.iter().for_each(|(reason, count)| println!("  {count} explained: {reason}"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(matched > 0);
}
