//! Manifests that others published to show attacks, each labelled by hand with every edge and every goal, compared with
//! what is drawn of it: nothing may be missing, nothing may be there beside.
//!
//! The manifests are those of KubeHound and Bad Pods. They lie in `suites` of the folder named by `WATERTIGHT_SUITES`,
//! or of `shared` beside the checkout, and are never copied here; the labels beside this file are ours.

mod labels;

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use watertight_rbac::Subject;

use crate::AttackGraph;
use crate::examples::{listing_of, with_graph};
use crate::listing::Listed;
use crate::thing::{Every, Scope, Thing};
use labels::Labels;

/// The folder of a suite, or `None`, which is loud, and a failure when the suites are required.
fn folder_of(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("WATERTIGHT_SUITES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = root.join("suites").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    let required = std::env::var_os("WATERTIGHT_REQUIRE_SUITES").is_some_and(|value| value == "1");
    assert!(!required, "WATERTIGHT_REQUIRE_SUITES=1, and there is no {}", folder.display());
    eprintln!("NOT COMPARED with {name}: there is no {}", folder.display());
    None
}

/// The labels of a suite: by the name of the file, without what is behind the dot.
fn labels_of(suite: &str) -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/suite_tests/labels").join(suite);
    let files = std::fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().path());
    let mut found: Vec<(String, String)> = files
        .map(|path| {
            let name = path.file_stem().unwrap().to_str().unwrap().to_owned();
            (name, std::fs::read_to_string(&path).unwrap())
        })
        .collect();
    found.sort();
    found
}

/// Every manifest below a folder, as a path below it.
fn manifests(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|own| own == "yaml") {
                found.push(path);
            }
        }
    }
    found.sort();
    found
}

/// How the lines came out.
#[derive(Default)]
struct Tally {
    files: usize,
    matched: usize,
    missing: usize,
    extra: usize,
    goals: usize,
    differences: Vec<String>,
}

impl Tally {
    /// Compares what is drawn of a manifest with its labels.
    fn compare(&mut self, file: &str, yaml: &str, labels: &Labels, of_every_cluster: &BTreeSet<Listed>) {
        self.files += 1;
        with_graph(yaml, |graph| {
            let drawn = drawn(graph, of_every_cluster);
            let expected = labels::expand(&labels.edges, &workloads(graph));
            self.matched += drawn.intersection(&expected).count();
            for line in expected.difference(&drawn) {
                self.missing += 1;
                self.differences.push(format!("{file}: missing: {line}"));
            }
            for line in drawn.difference(&expected) {
                self.extra += 1;
                self.differences.push(format!("{file}: extra: {line}"));
            }
            for (thing, goals) in &labels.goals {
                let reached = goals_of(graph, thing);
                self.goals += 1;
                if reached != *goals {
                    self.differences.push(format!("{file}: {thing} reaches {reached:?}, not {goals:?}"));
                }
            }
        });
    }

    fn report(&self, suite: &str) {
        let percent = |part: usize, rest: usize| {
            let thousandths = (part * 1000).checked_div(part + rest).unwrap_or(0);
            format!("{}.{} %", thousandths / 10, thousandths % 10)
        };
        println!(
            "{suite}: {} files, {} edges matched, {} missing, {} extra: precision {}, recall {}; {} things' goals",
            self.files,
            self.matched,
            self.missing,
            self.extra,
            percent(self.matched, self.extra),
            percent(self.matched, self.missing),
            self.goals,
        );
        assert!(self.matched > 0 && self.goals > 0, "{suite}: nothing was compared");
        assert!(self.differences.is_empty(), "{suite}:\n{}", self.differences.join("\n"));
    }
}

fn workloads(graph: &AttackGraph<'_>) -> Vec<String> {
    let places = (0u32..).zip(&graph.scene.workloads).map(|(place, _)| Thing::Workload(place));
    places.map(|thing| graph.label(thing)).collect()
}

/// What is listed of a manifest, without what every cluster has: the edges of a world without objects, and who can
/// speak to whom from a node or from a pod that somebody makes. Of pods that somebody makes they count where the
/// manifest lets somebody make them.
fn drawn(graph: &AttackGraph<'_>, of_every_cluster: &BTreeSet<Listed>) -> BTreeSet<String> {
    let all = graph.listing();
    let of_manifest = |own: &&Listed| !of_every_cluster.contains(*own);
    let from = all.iter().filter(of_manifest).flat_map(|own| own.from.clone());
    let from: BTreeSet<String> = from.chain(workloads(graph)).collect();
    let mut makes_pods: BTreeSet<String> = BTreeSet::new();
    let starts = (0..graph.len()).filter(|at| from.contains(&graph.label(graph.things[*at])));
    let starts: Vec<usize> = starts.filter(|at| !is_of_namespace(graph.things[*at])).collect();
    for (at, _) in reached(graph, &starts).iter().enumerate().filter(|(_, reached)| **reached) {
        makes_pods.extend(is_of_namespace(graph.things[at]).then(|| graph.label(graph.things[at])));
    }
    let is_home_of_kubernetes = |from: &String| from.contains("/kube-");
    let counts = |own: &&Listed| {
        let from_everywhere = own
            .from
            .iter()
            .any(|from| ["new-pod/", "debugged-pods/", "node/"].iter().any(|own| from.starts_with(own)));
        match (own.edge, from_everywhere) {
            ("network", true) => false,
            // Every image without a digest hangs on its registry: the labels begin at images.
            ("registry-push", _) => false,
            (_, true) => {
                own.from.iter().all(|from| makes_pods.contains(from) && !is_home_of_kubernetes(from))
            }
            _ => of_manifest(own),
        }
    };
    all.iter().filter(counts).map(Listed::to_string).collect()
}

/// Whether a thing is what pods of one's own choice in a namespace are.
fn is_of_namespace(thing: Thing) -> bool {
    matches!(thing, Thing::All(Every::NewPod | Every::DebuggedPods, Scope::In(_)))
}

/// What follows without a flaw, by vertex: over and over all edges and conjunctions until nothing is new.
fn reached(graph: &AttackGraph<'_>, starts: &[usize]) -> Vec<bool> {
    let mut reached = vec![false; graph.len()];
    starts.iter().for_each(|at| reached[*at] = true);
    loop {
        let before = reached.iter().filter(|own| **own).count();
        for edge in graph.edges.iter().filter(|edge| !graph.needs_flaw(edge.kind)) {
            reached[edge.to.index()] |= reached[edge.from.index()];
        }
        for (premises, then) in &graph.both {
            reached[then.index()] |= premises.iter().all(|own| reached[own.index()]);
        }
        if reached.iter().filter(|own| **own).count() == before {
            return reached;
        }
    }
}

/// The goals that follow for who holds a thing.
fn goals_of(graph: &AttackGraph<'_>, thing: &str) -> BTreeSet<String> {
    const LABELLED: [&str; 5] = ["node-root", "cluster-admin", "all-secrets", "kube-system", "cloud-account"];
    let starts: Vec<usize> = (0..graph.len()).filter(|at| graph.label(graph.things[*at]) == thing).collect();
    if starts.is_empty() {
        // Who is bound to roles that are not there has no vertex.
        let policy = graph.scene.world.identities().policy();
        let subject = match thing.split_once('/') {
            Some(("user", name)) => Subject::User(name),
            Some(("group", name)) => Subject::Group(name),
            _ => panic!("{thing} is not drawn"),
        };
        assert!(policy.find_subject(&subject).is_some(), "{thing} is nobody");
    }
    let reached = reached(graph, &starts);
    let has = |goal: &str| {
        let goal = format!("goal/{goal}");
        (0..graph.len()).any(|at| reached[at] && graph.label(graph.things[at]) == goal)
    };
    let all = has("cluster-admin");
    let reached = LABELLED.into_iter().filter(|goal| has(goal) || (all && *goal != "cloud-account"));
    reached.map(str::to_owned).collect()
}

#[test]
fn kubehound() {
    let Some(folder) = folder_of("attack-kubehound") else { return };
    let (mut tally, everywhere) = (Tally::default(), listing_of(""));
    let all = labels_of("kubehound");
    let labelled: Vec<PathBuf> = all.iter().map(|(name, _)| folder.join(format!("{name}.yaml"))).collect();
    assert_eq!(manifests(&folder), labelled, "each manifest is labelled");
    for ((name, text), path) in all.iter().zip(&labelled) {
        let yaml = std::fs::read_to_string(path).unwrap();
        tally.compare(name, &yaml, &labels::read(text, name, &[]), &everywhere);
    }
    tally.report("KubeHound");
}

#[test]
fn bad_pods() {
    let Some(folder) = folder_of("attack-badpods") else { return };
    let (mut tally, everywhere) = (Tally::default(), listing_of(""));
    for (level, text) in labels_of("badpods") {
        let folder = folder.join(&level);
        let all = manifests(&folder);
        assert_eq!(all.len(), 16, "{level}: two of each kind");
        for section in labels::sections(&text) {
            assert!(all.contains(&folder.join(section)), "{level}: there is no {section}");
        }
        for path in all {
            let yaml = std::fs::read_to_string(&path).unwrap();
            let file = path.strip_prefix(&folder).unwrap().to_str().unwrap();
            let image = if file.contains("-exec-") { "ubuntu" } else { "raesene/ncat" };
            let workload = workload_of(file, &yaml);
            let fill = [("{workload}", workload.as_str()), ("{image}", image)];
            tally.compare(&format!("{level}/{file}"), &yaml, &labels::read(&text, file, &fill), &everywhere);
        }
    }
    tally.report("Bad Pods");
}

/// The workload of a file of Bad Pods: of the kind of its folder, with the name that stands below that kind.
fn workload_of(file: &str, yaml: &str) -> String {
    let kind = file.split('/').next().unwrap().replace("deamonset", "daemonset");
    let is_kind =
        |line: &&str| line.strip_prefix("kind: ").is_some_and(|own| own.trim().eq_ignore_ascii_case(&kind));
    let mut lines = yaml.lines().skip_while(|line| !is_kind(line));
    let name = lines.find_map(|line| line.strip_prefix("  name: "));
    format!("{kind}/default/{}", name.unwrap_or_else(|| panic!("{file} names nothing")).trim())
}
