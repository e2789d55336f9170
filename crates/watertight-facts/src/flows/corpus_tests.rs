//! The flows of manifests that people install, compared with what is known of them.
//!
//! The manifests lie in `corpus` of the folder named by `WATERTIGHT_SUITES`, or of `shared` beside the checkout, and are
//! never copied here.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path as FilePath, PathBuf};

use k8s_openapi::api::networking::v1::NetworkPolicySpec;
use watertight_model::{KubernetesVersion, Snapshot, SnapshotBuilder};
use watertight_syntax::{Limits, Path};

use super::*;
use crate::world::Settings;

/// A folder of the corpus, or `None`, which is loud, and a failure when the suites are required.
fn folder_of(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("WATERTIGHT_SUITES")
        .map_or_else(|| FilePath::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = root.join("corpus").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    let required = std::env::var_os("WATERTIGHT_REQUIRE_SUITES").is_some_and(|value| value == "1");
    assert!(!required, "WATERTIGHT_REQUIRE_SUITES=1, and there is no {}", folder.display());
    eprintln!("NOT COMPARED with {name}: there is no {}", folder.display());
    None
}

fn snapshot_of(folder: &FilePath) -> Snapshot {
    let mut builder: SnapshotBuilder = Snapshot::builder(Limits::default());
    let mut files: Vec<PathBuf> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "yaml")) {
        builder.text(file.clone(), fs::read_to_string(file).unwrap());
    }
    crate::implied::complete(builder.finish(), KubernetesVersion::default())
}

/// A party in a few words: the name of a workload.
fn short(world: &World<'_>, party: &Party) -> String {
    match party {
        Party::Workload(id) => world.snapshot().object(*id).identity().name.to_string(),
        other => format!("{other:?}"),
    }
}

fn lines(world: &World<'_>, found: &Found) -> BTreeSet<String> {
    let line =
        |flow: &Flow| format!("{} -> {} {}", short(world, &flow.from), short(world, &flow.to), flow.port);
    found.flows.iter().map(line).collect()
}

fn show(world: &World<'_>, found: &Found) {
    for flow in &found.flows {
        let why: Vec<&str> = flow.why.iter().map(|reason| reason.words.as_str()).collect();
        println!(
            "{} -> {} {}: {}",
            short(world, &flow.from),
            short(world, &flow.to),
            flow.port,
            why.join(" | ")
        );
    }
    for question in &found.questions {
        let from = question.from.as_ref().map(|from| short(world, from));
        println!("? {:?} {from:?} {}", question.asks, question.words);
    }
}

/// What the services of the shop call, by their own description of it (its README, "Architecture").
#[test]
fn the_flows_of_the_boutique_are_those_of_its_architecture() {
    let Some(folder) = folder_of("online-boutique") else { return };
    let snapshot = snapshot_of(&folder);
    let settings = Settings::default();
    let world = World::new(&snapshot, &settings);
    let found = find_in(&world);
    show(&world, &found);
    let wanted = [
        "cartservice -> redis-cart 6379/TCP",
        "checkoutservice -> cartservice 7070/TCP",
        "checkoutservice -> currencyservice 7000/TCP",
        "checkoutservice -> emailservice 8080/TCP",
        "checkoutservice -> paymentservice 50051/TCP",
        "checkoutservice -> productcatalogservice 3550/TCP",
        "checkoutservice -> shippingservice 50051/TCP",
        "frontend -> adservice 9555/TCP",
        "frontend -> cartservice 7070/TCP",
        "frontend -> checkoutservice 5050/TCP",
        "frontend -> currencyservice 7000/TCP",
        "frontend -> productcatalogservice 3550/TCP",
        "frontend -> recommendationservice 8080/TCP",
        "frontend -> shippingservice 50051/TCP",
        "loadgenerator -> frontend 8080/TCP",
        "recommendationservice -> productcatalogservice 3550/TCP",
        "Outside -> frontend 8080/TCP",
    ];
    assert_eq!(lines(&world, &found), wanted.map(str::to_owned).into());
    let asked: Vec<&str> = found.questions.iter().map(|question| question.words.as_str()).collect();
    assert_eq!(asked.len(), 2, "{asked:?}");
    assert!(asked.iter().any(|words| words.contains("`shoppingassistantservice`")), "{asked:?}");
}

/// Its own policies say who reaches whom: each flow that is found is allowed by them, and each ingress rule of theirs is
/// found, but for those that the manifests do not tell of.
#[test]
fn the_flows_of_kube_prometheus_are_those_of_its_policies() {
    let Some(folder) = folder_of("kube-prometheus") else { return };
    let snapshot = snapshot_of(&folder);
    let settings = Settings::default();
    let world = World::new(&snapshot, &settings);
    let ground = Ground::of(&world);
    let found = find(&ground);
    show(&world, &found);
    let (mut allowed, mut any): (BTreeSet<(String, String, Port)>, BTreeSet<String>) = Default::default();
    for &id in snapshot.of_kind("NetworkPolicy") {
        let body = snapshot.object(id).body().unwrap();
        let spec: NetworkPolicySpec = body.decode(&Path::root().key("spec")).unwrap().unwrap().value;
        let of = |selector: &BTreeMap<String, String>| -> Vec<String> {
            let selected = ground
                .all_pods()
                .filter(|pods| selector.iter().all(|(key, value)| pods.labels.get(key) == Some(value)));
            selected.map(|pods| short(&world, &Party::Workload(pods.object))).collect()
        };
        let to = of(spec.pod_selector.unwrap().match_labels.as_ref().unwrap());
        assert_eq!(to.len(), 1, "the labels that the operator gives its pods are known");
        for rule in spec.ingress.iter().flatten() {
            if rule.from.is_none() {
                any.insert(to[0].clone());
            }
            for peer in rule.from.iter().flatten() {
                let from = of(peer.pod_selector.as_ref().unwrap().match_labels.as_ref().unwrap());
                for (from, port) in
                    from.iter().flat_map(|from| rule.ports.iter().flatten().map(move |port| (from, port)))
                {
                    let number = match port.port.as_ref().unwrap() {
                        k8s_openapi::apimachinery::pkg::util::intstr::IntOrString::Int(number) => {
                            u16::try_from(*number).unwrap()
                        }
                        other => panic!("{other:?}"),
                    };
                    let protocol = crate::network::protocol_of(port.protocol.as_deref().unwrap_or_default());
                    allowed.insert((from.clone(), to[0].clone(), Port { protocol, number: Some(number) }));
                }
            }
        }
    }
    let inside = |flow: &&Flow| matches!(flow.to, Party::Workload(_));
    let own = |flow: &Flow| (short(&world, &flow.from), short(&world, &flow.to), flow.port);
    let needed: BTreeSet<(String, String, Port)> = found.flows.iter().filter(inside).map(own).collect();
    let beyond: Vec<_> =
        needed.iter().filter(|flow| !allowed.contains(*flow) && !any.contains(&flow.1)).collect();
    assert!(beyond.is_empty(), "found, and not allowed by the policies: {beyond:?}");
    let missed: Vec<String> =
        allowed.difference(&needed).map(|(from, to, port)| format!("{from} -> {to} {port}")).collect();
    // The data source of Grafana is in a Secret; port 19115 is for Probes, of which there are none.
    assert_eq!(missed, ["grafana -> k8s 9090/TCP", "k8s -> blackbox-exporter 19115/TCP"]);
    let asks = |what: &str| found.questions.iter().any(|question| question.words.contains(what));
    assert!(asks("`grafana-datasources`") && !asks("`grafana-dashboard"), "the Secret is named");
    let all = lines(&world, &found);
    for wanted in [
        "ApiServer -> prometheus-adapter 6443/TCP",
        "k8s -> ApiServer 6443/TCP",
        "k8s -> Nodes 10250/TCP",
        "k8s -> ClusterDns 9153/TCP",
        "kube-state-metrics -> ApiServer 6443/TCP",
        "prometheus-operator -> ApiServer 6443/TCP",
    ] {
        assert!(all.contains(wanted), "{wanted}");
    }
    assert!(!all.iter().any(|line| line.starts_with("grafana -> ApiServer")), "it has no token");
}
