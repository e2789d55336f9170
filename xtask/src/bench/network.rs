//! Who reaches whom in a cluster of 10,000 pods, some namespaces open and some closed.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use watertight_facts::reachability::Reachability;
use watertight_facts::{Settings, World, implied};
use watertight_model::{ObjectId, Snapshot};
use watertight_netpol::{Connection, End, Model, Protocol};
use watertight_syntax::Limits;

use super::{Measured, median, process, timed};
use crate::Outcome;
use crate::generate::cluster;
use crate::workspace::release_binary;

const PODS: u32 = 10_000;
const POLICIES: usize = 1_000;
/// All reach by class, in milliseconds.
const REACH: f64 = 200.0;
/// `net list` of a snapshot file, in seconds of wall-clock time.
const LIST: f64 = 1.0;
/// Its peak resident memory, in MiB.
const MEMORY: f64 = 300.0;
/// One check on a loaded snapshot, in milliseconds.
const CHECK: f64 = 1.0;
/// So many times as many pods with the same labels may take so many times as long.
const TIMES: usize = 5;
const GROWTH: f64 = 1.5;
const ROUNDS: usize = 5;

/// Measures the model and the list.
pub(super) fn measure(rounds: usize) -> Outcome<Vec<Measured>> {
    let rounds = rounds.min(ROUNDS);
    let lines = lines()?;
    let snapshot = read(&lines)?;
    let settings = Settings::default();
    let world = World::new(&snapshot, &settings);
    let reach = world.reachability();
    let model = &reach.model;
    let namespaces = reach.by_namespace().len();
    let size = format!(
        "{} pods, {namespaces} namespaces, {} policies",
        model.cluster().pods.len(),
        model.policies().len()
    );
    if model.policies().len() < POLICIES || namespaces < 200 {
        return Err(format!("the generated cluster is too small: {size}"));
    }
    let pairs = |model: &Model| {
        let ends: Vec<_> = model.endpoints().collect();
        let open = ends.iter().flat_map(|from| ends.iter().map(move |to| (*from, *to)));
        open.filter(|(from, to)| !model.reach(*from, *to).sure().is_empty()).count()
    };
    let (cluster, policies) = (model.cluster().clone(), model.policies().to_vec());
    let mut more = cluster.clone();
    for _ in 1..TIMES {
        more.pods.extend(cluster.pods.iter().cloned());
    }
    let (mut ones, mut others, mut found) = (Vec::new(), Vec::new(), 0);
    for _ in 0..rounds {
        let (own, rules) = (cluster.clone(), policies.clone());
        ones.push(timed(|| found = pairs(&Model::new(own, rules))));
        let (own, rules) = (more.clone(), policies.clone());
        others.push(timed(|| std::hint::black_box(pairs(&Model::new(own, rules)))));
    }
    let (one, other) = (median(ones), median(others));
    let growth = other.as_secs_f64() / one.as_secs_f64();
    let milliseconds = |time: Duration| time.as_secs_f64() * 1e3;
    Ok(vec![
        Measured {
            what: "network: all reach by class",
            figure: format!("{:.0} ms ({size}, {found} open pairs)", milliseconds(one)),
            gate: format!("<= {REACH} ms"),
            met: found > 0 && milliseconds(one) <= REACH,
        },
        Measured {
            what: "network: the same with more pods alike",
            figure: format!("{growth:.2} times for {TIMES} times the pods ({:.0} ms)", milliseconds(other)),
            gate: format!("<= {GROWTH}"),
            met: growth <= GROWTH,
        },
        check(reach, rounds),
        list(&lines, rounds)?,
    ])
}

/// The lines of a snapshot file with at least [`POLICIES`] policies.
fn lines() -> Outcome<Arc<str>> {
    let snapshot = cluster::snapshot(PODS, 1);
    let mut lines = Vec::new();
    let mut builder = watertight_model::SnapshotBuilder::of(snapshot);
    builder.text("more.json", more_policies());
    builder.finish().write_lines("bench", &mut lines).map_err(|error| error.to_string())?;
    String::from_utf8(lines).map(Into::into).map_err(|error| error.to_string())
}

/// Policies of workloads that a generated cluster has none for: each lets the pods of one application out to those of
/// another.
fn more_policies() -> String {
    let snapshot = cluster::snapshot(PODS, 1);
    let named = |kind: &str| -> Vec<ObjectId> { snapshot.of_kind(kind).to_vec() };
    let there = named("NetworkPolicy").len();
    let fenced: std::collections::BTreeSet<_> = named("NetworkPolicy")
        .into_iter()
        .filter_map(|id| snapshot.object(id).identity().namespace.name().map(str::to_owned))
        .collect();
    let of_fenced = named("Deployment")
        .into_iter()
        .map(|id| snapshot.object(id).identity())
        .filter(|identity| identity.namespace.name().is_some_and(|namespace| fenced.contains(namespace)));
    let mut text = String::new();
    let mut left = POLICIES.saturating_sub(there);
    // Several for a workload, where there are too few workloads.
    let workloads: Vec<_> = of_fenced.collect();
    for number in 0.. {
        for (place, identity) in workloads.iter().enumerate() {
            if left == 0 {
                return text;
            }
            left -= 1;
            let peer = workloads[(place * 7 + number) % workloads.len()];
            let (namespace, name) = (identity.namespace.name().unwrap_or_default(), &*identity.name);
            let policy = json!({
                "apiVersion": "networking.k8s.io/v1",
                "kind": "NetworkPolicy",
                "metadata": {"name": format!("{name}-out-{number}"), "namespace": namespace},
                "spec": {
                    "podSelector": {"matchLabels": {"app.kubernetes.io/name": name}},
                    "policyTypes": ["Egress"],
                    "egress": [{
                        "to": [{
                            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": peer.namespace.name()}},
                            "podSelector": {"matchLabels": {"app.kubernetes.io/name": &*peer.name}},
                        }],
                        "ports": [{"port": 8000 + place % 50, "protocol": "TCP"}],
                    }],
                },
            });
            text.push_str(&policy.to_string());
            text.push('\n');
        }
    }
    text
}

fn read(lines: &Arc<str>) -> Outcome<Snapshot> {
    let mut builder = Snapshot::builder(Limits::default());
    builder.snapshot_file("cluster.wt", Arc::clone(lines)).map_err(|error| format!("{error:?}"))?;
    Ok(implied::complete(builder.finish(), Settings::default().target))
}

/// Yes or no with reasons, from pods all over the cluster.
fn check(reach: &Reachability, rounds: usize) -> Measured {
    const CHECKS: usize = 1_000;
    let pods = reach.pods.len();
    let mut answers = 0;
    let times = (0..rounds).map(|_| {
        timed(|| {
            for number in 0..CHECKS {
                let (from, to) = (End::Pod(number * 7919 % pods), End::Pod(number * 104_729 % pods));
                let wanted = Connection::to_port(Protocol::Tcp, 8080);
                let why = reach.model.explain(from, to, wanted);
                answers += usize::from(reach.model.between(from, to).truth(wanted) == why.answer);
            }
        })
    });
    let time = median(times.collect()).as_secs_f64() * 1e3 / CHECKS as f64;
    Measured {
        what: "network: one check with its reasons",
        figure: format!("{time:.3} ms"),
        gate: format!("<= {CHECK} ms"),
        met: answers == CHECKS * rounds && time <= CHECK,
    }
}

fn list(lines: &Arc<str>, rounds: usize) -> Outcome<Measured> {
    let binary = release_binary()?;
    let folder = std::env::temp_dir().join(format!("watertight-bench-{}", std::process::id()));
    let failed = |error: std::io::Error| format!("cannot write the snapshot: {error}");
    std::fs::create_dir_all(&folder).map_err(failed)?;
    let file = folder.join("cluster.wt");
    let snapshot = read(lines)?;
    let mut out = std::io::BufWriter::new(std::fs::File::create(&file).map_err(failed)?);
    watertight_load::write_snapshot(&snapshot, "bench", &mut out).map_err(failed)?;
    std::io::Write::flush(&mut out).map_err(failed)?;
    let (mut times, mut peak, mut output) = (Vec::new(), 0, 0);
    for _ in 0..rounds {
        let mut command = std::process::Command::new(&binary);
        command.args(["net", "list", "-t"]).arg(&file);
        let mut run = None;
        times.push(timed(|| run = Some(process::watch(&mut command))));
        let run = run.ok_or("nothing was run")??;
        peak = peak.max(run.peak_bytes);
        output = if matches!(run.code, Some(0 | 3)) { run.output_bytes } else { 0 };
    }
    // What is left behind is in a folder for such.
    let _ = std::fs::remove_dir_all(&folder);
    let (time, mebibytes) = (median(times).as_secs_f64(), peak as f64 / f64::from(1 << 20));
    Ok(Measured {
        what: "network: net list of a snapshot file",
        figure: format!("{time:.2} s, {mebibytes:.0} MiB ({:.1} MB printed)", output as f64 / 1e6),
        gate: format!("<= {LIST} s, {MEMORY} MiB"),
        met: output > 0 && time <= LIST && mebibytes <= MEMORY,
    })
}
