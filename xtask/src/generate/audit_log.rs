//! An audit log as kube-apiserver's log backend writes it, of a cluster that does not exist.
//!
//! `cargo xtask generate-audit-log --events N --seed S [--policy FILE] [--rbac FILE]
//! [--garbage PERCENT] --out FILE[.gz]`. The same arguments give the same bytes.
//!
//! Start at [`events`]. `applications.rs` and `world.rs` say who is there and what they may do,
//! `traffic.rs` who asks for what and in which proportions, `event.rs` what is written of it. Whether a
//! request is let in, and through which binding, is decided by the RBAC authorizer over
//! [`World::objects`]; what is logged of it by an audit policy.
//!
//! Proportions, of a thousand requests: 430 renew leases, 420 are other work of nodes, control plane and
//! probes, 123 are applications', most of them of a few, 18 are people's; some 9 are refused. A watch is
//! written twice or three times, most other requests once.

mod applications;
mod bodies;
mod event;
#[cfg(test)]
mod minimize_tests;
mod request;
#[cfg(test)]
mod tests;
mod traffic;
mod world;

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::io::{BufWriter, Write};

use serde_json::{Value, json};
use watertight_audit::Policy;

use self::traffic::Traffic;
pub(crate) use self::world::World;
use super::random::Random;
use crate::{Outcome, only, option};

/// When the log begins: 2026-09-01 06:00 UTC, in microseconds since 1970.
const BEGIN: u64 = 1_788_242_400_000_000;

/// The mean time between two requests, in microseconds: some forty a second, as on a dozen nodes.
const PAUSE: u64 = 24_000;

/// The policy of the log when none is given: everything that can be seen, secrets too (they are made
/// up), without what everybody leaves out: the arrival of the commonest requests.
const POLICY: &str = r#"{
    "apiVersion": "audit.k8s.io/v1",
    "kind": "Policy",
    "rules": [
        {"level": "Metadata", "resources": [{"group": "coordination.k8s.io"}],
            "omitStages": ["RequestReceived"]},
        {"level": "Metadata", "nonResourceURLs": ["*"], "omitStages": ["RequestReceived"]},
        {"level": "Metadata", "verbs": ["watch"]},
        {"level": "RequestResponse", "resources": [
            {"group": "", "resources": ["secrets", "serviceaccounts/token"]}
        ]},
        {"level": "Request", "verbs": ["get", "list"], "omitStages": ["RequestReceived"]},
        {"level": "Request", "userGroups": ["system:nodes"],
            "omitManagedFields": true, "omitStages": ["RequestReceived"]},
        {"level": "RequestResponse"}
    ]
}"#;

/// The first `count` events of the world of this seed, in the order in which they are written.
pub(crate) fn events(seed: u64, count: usize) -> impl Iterator<Item = Value> {
    Log::new(seed, built_in()).take(count)
}

/// A log without end.
struct Log {
    world: World,
    traffic: Traffic,
    policy: Policy,
    random: Random,
    now: u64,
    /// Events that are still to come, the earliest first; the number keeps those of one moment in order.
    pending: BinaryHeap<Reverse<Pending>>,
    number: u64,
}

/// An event, compared by its moment.
struct Pending {
    key: (u64, u64),
    event: Value,
}

impl PartialEq for Pending {
    fn eq(&self, other: &Self) -> bool {
        self.key == other.key
    }
}

impl Eq for Pending {}

impl PartialOrd for Pending {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Pending {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key.cmp(&other.key)
    }
}

impl Log {
    fn new(seed: u64, policy: Policy) -> Self {
        let world = World::of(seed);
        let traffic = Traffic::new(seed, &world);
        let random = Random::of(seed, &["audit-log", "events"]);
        Self { world, traffic, policy, random, now: BEGIN, pending: BinaryHeap::new(), number: 0 }
    }

    /// The next request, with all that will be written of it.
    fn arrive(&mut self) {
        self.now += self.random.between(1, 2 * PAUSE);
        let (_, request) = self.traffic.next(&self.world);
        let ruling = self.world.rule(&request);
        for (moment, event) in event::of(&request, &ruling, &self.policy, self.now, &mut self.random) {
            self.number += 1;
            self.pending.push(Reverse(Pending { key: (moment, self.number), event }));
        }
    }
}

impl Iterator for Log {
    type Item = Value;

    /// `None` when the policy keeps so little that a hundred thousand requests leave no event.
    fn next(&mut self) -> Option<Value> {
        for _ in 0..100_000 {
            match self.pending.peek() {
                Some(Reverse(first)) if first.key.0 <= self.now => {
                    return self.pending.pop().map(|Reverse(first)| first.event);
                }
                _ => self.arrive(),
            }
        }
        None
    }
}

/// Writes the log that the arguments ask for.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    only(arguments, &["--events", "--seed", "--policy", "--rbac", "--garbage", "--out"], &[])?;
    let number = |name: &str| -> Outcome<Option<u64>> {
        let Some(text) = option(arguments, name)? else { return Ok(None) };
        text.parse().map(Some).map_err(|_| format!("{name} needs a number, not `{text}`"))
    };
    let count = number("--events")?.ok_or("say how many events: --events N")?;
    let seed = number("--seed")?.unwrap_or(1);
    let garbage = number("--garbage")?.unwrap_or(0);
    let out = option(arguments, "--out")?.ok_or("say where to write: --out FILE, or FILE.gz")?;
    if garbage > 100 {
        return Err("--garbage is a percentage, up to 100".to_owned());
    }
    let limit = usize::try_from(count).map_err(|_| "--events is more than this machine can count")?;
    let events: Box<dyn Iterator<Item = Value>> = match option(arguments, "--policy")? {
        Some(file) => Box::new(Log::new(seed, read_policy(file)?).take(limit)),
        None => Box::new(events(seed, limit)),
    };
    if let Some(file) = option(arguments, "--rbac")? {
        let list = objects(&World::of(seed)).to_string();
        std::fs::write(file, list).map_err(|error| format!("{file}: {error}"))?;
    }
    let written = write(out, events, seed, garbage).map_err(|error| format!("{out}: {error}"))?;
    if written < count {
        return Err(format!("{out}: the policy keeps so little that only {written} events were written"));
    }
    Ok(())
}

fn read_policy(file: &str) -> Outcome<Policy> {
    let text = std::fs::read_to_string(file).map_err(|error| format!("{file}: {error}"))?;
    let documents = watertight_syntax::yaml::parse(&text.into(), &watertight_syntax::Limits::default());
    let [parsed] = documents.as_slice() else { return Err(format!("{file}: expected one document")) };
    let document = parsed.document.as_ref().map_err(|error| format!("{file}: {error}"))?;
    let value = document.as_ref().map_or(Value::Null, |document| document.root().to_json());
    decode(&value).map_err(|error| format!("{file}: {error}"))
}

fn built_in() -> Policy {
    let value: Value = serde_json::from_str(POLICY).expect("the constant is JSON");
    decode(&value).expect("the constant is a policy that the API server takes")
}

fn decode(value: &Value) -> Outcome<Policy> {
    Policy::decode(value).map(|decoded| decoded.policy).map_err(|invalid| invalid.to_string())
}

/// The RBAC objects of the world as one list.
fn objects(world: &World) -> Value {
    let objects = &world.objects;
    let json = |object: serde_json::Result<Value>| object.expect("an object of the API is JSON");
    let mut items: Vec<Value> = Vec::new();
    items.extend(objects.cluster_roles.iter().map(|object| json(serde_json::to_value(object))));
    items.extend(objects.cluster_role_bindings.iter().map(|object| json(serde_json::to_value(object))));
    items.extend(objects.roles.iter().map(|object| json(serde_json::to_value(object))));
    items.extend(objects.role_bindings.iter().map(|object| json(serde_json::to_value(object))));
    json!({"kind": "List", "apiVersion": "v1", "items": items})
}

/// Writes the log, compressed when the name says so, and tells how many lines that were.
fn write(out: &str, events: impl Iterator<Item = Value>, seed: u64, garbage: u64) -> std::io::Result<u64> {
    let mut file = BufWriter::new(std::fs::File::create(out)?);
    if !out.ends_with(".gz") {
        let written = write_lines(&mut file, events, seed, garbage)?;
        file.flush()?;
        return Ok(written);
    }
    // The header holds no time and no name, so the bytes depend on the arguments alone.
    let mut packed = flate2::write::GzEncoder::new(file, flate2::Compression::default());
    let written = write_lines(&mut packed, events, seed, garbage)?;
    packed.finish()?.flush()?;
    Ok(written)
}

fn write_lines(
    out: &mut impl Write,
    events: impl Iterator<Item = Value>,
    seed: u64,
    garbage: u64,
) -> std::io::Result<u64> {
    let mut random = Random::of(seed, &["audit-log", "garbage"]);
    let mut written = 0;
    for event in events {
        let mut line = line(&event);
        if random.below(100) < garbage {
            line = spoil(&line, &mut random);
        }
        writeln!(out, "{line}")?;
        written += 1;
    }
    Ok(written)
}

/// What is left of a line when a disk is full, a process dies, or two write into one file.
fn spoil(line: &str, random: &mut Random) -> String {
    match random.below(4) {
        0 => String::new(),
        1 => "E0901 06:00:00.000000       1 backend.go:117] failed to write: no space left on device"
            .to_owned(),
        // Every line of a log is ASCII, so that every place is between two characters.
        2 => line[..random.index(line.len())].to_owned(),
        _ => format!("{}{line}", &line[..random.index(line.len())]),
    }
}

/// One line, with the fields in the order of upstream's types and escaped as Go's encoder does: `&`,
/// `<` and `>` by their numbers. In JSON these stand in texts only.
pub(crate) fn line(event: &Value) -> String {
    const EVENT: &[&str] = &[
        "kind",
        "apiVersion",
        "level",
        "auditID",
        "stage",
        "requestURI",
        "verb",
        "user",
        "impersonatedUser",
        "sourceIPs",
        "userAgent",
        "objectRef",
        "responseStatus",
        "requestObject",
        "responseObject",
        "requestReceivedTimestamp",
        "stageTimestamp",
        "annotations",
    ];
    const USER: &[&str] = &["username", "uid", "groups", "extra"];
    const OBJECT: &[&str] = &["resource", "namespace", "name", "apiGroup", "apiVersion", "subresource"];
    const STATUS: &[&str] = &["metadata", "status", "message", "reason", "details", "code"];
    let text = ordered(event, EVENT, &|key, value| match key {
        "user" | "impersonatedUser" => ordered(value, USER, &|_, value| value.to_string()),
        "objectRef" => ordered(value, OBJECT, &|_, value| value.to_string()),
        "responseStatus" => ordered(value, STATUS, &|_, value| value.to_string()),
        _ => value.to_string(),
    });
    text.replace('&', "\\u0026").replace('<', "\\u003c").replace('>', "\\u003e")
}

fn ordered(object: &Value, keys: &[&str], each: &dyn Fn(&str, &Value) -> String) -> String {
    let fields = keys.iter().filter_map(|&key| Some(format!("\"{key}\":{}", each(key, object.get(key)?))));
    format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
}
