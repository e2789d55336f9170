//! `cargo xtask generate-cluster`: a cluster that is skewed as real ones are, the same for the same seed.
//!
//! Benchmarks and tests need clusters of a size that nobody may hand out. What real ones have in common
//! is generated: few namespaces, workloads and accounts are large and most are small; pods of one
//! template differ in what the scheduler, the controllers and admission wrote into them; operators and a
//! few accounts may do nearly everything. All names are invented.
//!
//! [`plan`] decides how many of what there are; the other modules make the objects, by what they are
//! about. Start reading at [`parts`].

mod config;
mod names;
mod namespaces;
mod network;
mod nodes;
mod operators;
mod plan;
mod rbac;
mod template;
#[cfg(test)]
mod tests;
mod workloads;

use std::fs::File;
use std::io::{BufWriter, Write as _};
use std::path::Path;

use serde_json::{Value, json};
use watertight_model::{Snapshot, SnapshotBuilder};
use watertight_syntax::Limits;

use crate::generate::random::Random;
use crate::{Outcome, only, option};

use plan::Plan;

/// Addresses of nodes are made of two bytes; Kubernetes itself is tested up to 150,000 pods.
const MOST_PODS: u32 = 1_000_000;

/// Writes a cluster into a snapshot file.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    only(arguments, &["--pods", "--seed", "--out"], &[])?;
    let pods = option(arguments, "--pods")?.ok_or("--pods N is missing")?;
    let pods: u32 = pods
        .parse()
        .ok()
        .filter(|pods| (1..=MOST_PODS).contains(pods))
        .ok_or_else(|| format!("--pods needs a whole number from 1 to {MOST_PODS}, not `{pods}`"))?;
    let seed = option(arguments, "--seed")?.unwrap_or("1");
    let seed: u64 = seed
        .parse()
        .map_err(|_| format!("--seed needs a whole number from 0 to {}, not `{seed}`", u64::MAX))?;
    let out = option(arguments, "--out")?.ok_or("--out FILE.wt is missing")?;
    let snapshot = snapshot(pods, seed);
    write(&snapshot, Path::new(out)).map_err(|error| format!("cannot write `{out}`: {error}"))?;
    for (kind, count) in snapshot.kinds() {
        eprintln!("{count:>8} {kind}");
    }
    Ok(())
}

fn write(snapshot: &Snapshot, out: &Path) -> std::io::Result<()> {
    let mut file = BufWriter::new(File::create(out)?);
    watertight_load::write_snapshot(snapshot, env!("CARGO_PKG_VERSION"), &mut file)?;
    file.flush()
}

/// The cluster as commands see it once they have read it; Secrets are blanked.
pub(crate) fn snapshot(pods: u32, seed: u64) -> Snapshot {
    let mut builder = Snapshot::builder(Limits::default());
    let read = |builder: &mut SnapshotBuilder, name: &str, text: &mut String| {
        if !text.is_empty() {
            builder.text(format!("{name}.json"), std::mem::take(text));
        }
    };
    let (mut name, mut text) = (String::new(), String::new());
    for (of, objects) in parts(pods, seed) {
        if of != name {
            read(&mut builder, &name, &mut text);
            name = of;
        }
        for object in objects {
            text.push_str(&object.to_string());
            text.push('\n');
        }
    }
    read(&mut builder, &name, &mut text);
    builder.finish()
}

/// Every object of a cluster of this many pods. Only a workload's objects are in memory at a time.
#[cfg(test)]
pub(crate) fn objects(pods: u32, seed: u64) -> impl Iterator<Item = Value> {
    parts(pods, seed).flat_map(|(_, objects)| objects)
}

/// The objects in parts, each with the name of the text that it belongs to: the cluster's, then those
/// of one namespace after the other.
fn parts(pods: u32, seed: u64) -> impl Iterator<Item = (String, Vec<Value>)> {
    let plan = std::rc::Rc::new(Plan::new(pods, seed));
    let mut of_cluster: Vec<Value> = nodes::objects(&plan).collect();
    of_cluster.extend(operators::objects(&plan));
    of_cluster.extend(rbac::of_cluster(&plan));
    of_cluster.extend(config::classes(&plan));
    of_cluster.push(network::ingress_class(&plan));
    let namespaces = 0..plan.namespaces.len();
    let of_namespaces = namespaces.flat_map(move |index| {
        let begin = plan.workloads.partition_point(|workload| workload.namespace < index);
        let end = plan.workloads.partition_point(|workload| workload.namespace <= index);
        let own = of_namespace(&plan, index);
        let name = plan.namespaces[index].name.clone();
        let plan = std::rc::Rc::clone(&plan);
        let workloads = (begin..end).map(move |at| of_workload(&plan, at));
        std::iter::once(own).chain(workloads).map(move |objects| (name.clone(), objects))
    });
    std::iter::once(("cluster".to_owned(), of_cluster)).chain(of_namespaces)
}

fn of_namespace(plan: &Plan, index: usize) -> Vec<Value> {
    let mut objects = namespaces::objects(plan, index);
    objects.extend(rbac::of_namespace(plan, index));
    objects.extend(config::of_namespace(plan, index));
    objects.extend(network::of_namespace(plan, index));
    objects
}

fn of_workload(plan: &Plan, at: usize) -> Vec<Value> {
    let workload = &plan.workloads[at];
    let mut objects = workloads::objects(plan, workload);
    objects.extend(config::of_workload(plan, workload));
    objects.extend(network::of_workload(plan, workload));
    objects
}

/// What the API server gives every object; an empty namespace for one of the cluster.
fn metadata(plan: &Plan, kind: &str, namespace: &str, name: &str) -> Value {
    let mut random = Random::of(plan.seed, &["metadata", kind, namespace, name]);
    let mut metadata = json!({
        "creationTimestamp": time(&mut random),
        "name": name,
        "resourceVersion": random.between(1_000, 900_000_000).to_string(),
        "uid": plan.uid(kind, namespace, name),
    });
    if !namespace.is_empty() {
        metadata["namespace"] = json!(namespace);
    }
    metadata
}

/// Some moment of the half year before the cluster was looked at, most of them late in it.
fn time(random: &mut Random) -> String {
    let month = random.between(4, 9).max(random.between(4, 9));
    let (day, hour) = (random.between(1, 28), random.below(24));
    format!("2026-{month:02}-{day:02}T{hour:02}:{:02}:{:02}Z", random.below(60), random.below(60))
}
