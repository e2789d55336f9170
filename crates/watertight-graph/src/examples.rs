//! Runs the page of every edge: of `yaml,edges` exactly those that `#>` names are drawn, of `yaml,none` none.

use std::collections::BTreeSet;

use watertight_facts::reachability::{Assumed as AssumedOfNetwork, Reachability};
use watertight_facts::{Settings, World, implied};
use watertight_model::{KubernetesVersion, Snapshot};
use watertight_syntax::Limits;

use crate::edge::AttackEdge;
use crate::listing::Listed;
use crate::page::Example;
use crate::scene::Assumed;
use crate::{AttackGraph, edges};

/// A world of manifests, and what is done with its graph.
pub(crate) fn with_graph<T>(yaml: &str, then: impl FnOnce(&AttackGraph<'_>) -> T) -> T {
    with_own_graph(KubernetesVersion::NEWEST, yaml, |graph| then(&graph))
}

/// The same of a version of Kubernetes, with a graph that may be changed.
pub(crate) fn with_own_graph<T>(
    target: KubernetesVersion,
    yaml: &str,
    then: impl FnOnce(AttackGraph<'_>) -> T,
) -> T {
    let settings = Settings { target, ..Settings::default() };
    let mut builder = Snapshot::builder(Limits::default()).namespace(Some("default"));
    builder.text("example.yaml", yaml);
    let snapshot = implied::complete(builder.finish(), settings.target);
    let world = World::new(&snapshot, &settings);
    let reach = Reachability::assuming(&world, AssumedOfNetwork::default());
    then(AttackGraph::of(&world, &reach, Assumed::default()))
}

/// What is listed of the graph of a manifest.
pub(crate) fn listing_of(yaml: &str) -> BTreeSet<Listed> {
    listing_in(KubernetesVersion::NEWEST, yaml)
}

fn listing_in(target: KubernetesVersion, yaml: &str) -> BTreeSet<Listed> {
    let mut all = BTreeSet::new();
    with_own_graph(target, yaml, |graph| all = graph.listing());
    all
}

/// The edges of an entry that the manifest brings about: every cluster has others, in namespaces that every cluster has.
fn drawn(entry: &AttackEdge, example: &Example, expected: &BTreeSet<String>) -> BTreeSet<String> {
    const OF_EVERY_CLUSTER: [&str; 6] = [
        "new-pod/default",
        "new-pod/kube-",
        "debugged-pods/default",
        "debugged-pods/kube-",
        "node/worker -[network]",
        "node/control-plane -[network]",
    ];
    let of_entry = |listed: &Listed| listed.edge == entry.id;
    let is_beside = |line: &String| {
        let everywhere = OF_EVERY_CLUSTER.iter().any(|own| line.contains(own));
        let new_neighbour = line.starts_with("new-pod/") && entry.id == "network";
        // Whoever may do everything in a namespace makes controllers act, in each namespace.
        everywhere || new_neighbour || line.starts_with("admin/")
    };
    let newest = KubernetesVersion::NEWEST;
    let target = example.version.as_deref().map_or(newest, |version| version.parse().unwrap());
    let all = listing_in(target, &example.yaml);
    let lines = all.into_iter().filter(of_entry).map(|own| own.to_string());
    lines.filter(|line| expected.contains(line) || !is_beside(line)).collect()
}

#[test]
fn every_page_is_true() {
    let mut wrong = Vec::new();
    for entry in edges::ALL {
        let page = entry.page();
        if page.precondition.is_empty() {
            wrong.push(format!("{}: says no precondition", entry.id));
        }
        for (kind, draws) in [("edges", true), ("none", false)] {
            let named = entry.markdown.matches(&format!("```yaml,{kind}")).count();
            let are = page.examples.iter().filter(|own| own.edges.is_empty() != draws).count();
            if named == 0 || named != are {
                wrong.push(format!("{}: {named} examples `yaml,{kind}`, of which {are} are", entry.id));
            }
        }
        for example in page.examples {
            let expected: BTreeSet<String> = example.edges.iter().cloned().collect();
            let drawn = drawn(entry, &example, &expected);
            if drawn != expected {
                wrong.push(format!("{}: expected {expected:#?}, drawn {drawn:#?}", entry.id));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_registry_holds_what_the_folder_holds() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/edges");
    let mut files: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "mod.rs")
        .map(|name| name.trim_end_matches(".rs").replace('_', "-"))
        .collect();
    files.sort();
    let registered: Vec<&str> = edges::ALL.iter().map(|entry| entry.id).collect();
    assert_eq!(registered, files);
}

/// JSON that splits into values but does not decode must not pass in silence.
#[test]
fn what_cannot_be_read_is_a_gap() {
    let text =
        r#"{"apiVersion":"v1","kind":"Secret","metadata":{"name":"a","namespace":"n"},"type":"x","x":1e999}"#;
    assert_eq!(with_graph(text, |graph| graph.gaps.len()), 1);
    assert_eq!(with_graph(&text.replace("1e999", "1"), |graph| graph.gaps.len()), 0);
}
