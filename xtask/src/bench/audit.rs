//! Simulating an audit policy, against only parsing the same lines.

use std::hint::black_box;
use std::time::Duration;

use serde_json::{Value, json};
use watertight_audit::{LogLimits, LogVolume, Simulation, read_log, recommended};

use crate::Outcome;

use super::{Measured, median, megabytes, timed};

/// Simulation has at least this share of the speed of parsing.
const SHARE: f64 = 0.5;
/// Size of the log, in bytes.
const SIZE: usize = 40_000_000;

pub(super) fn measure(rounds: usize) -> Outcome<[Measured; 2]> {
    Ok([
        measured("audit simulation against parsing", &log(false)?, rounds)?,
        measured("the same, metadata only", &log(true)?, rounds)?,
    ])
}

fn measured(what: &'static str, log: &str, rounds: usize) -> Outcome<Measured> {
    let rounds = rounds.min(5);
    let (mut parses, mut simulations) = (Vec::new(), Vec::new());
    let (mut lines, mut events) = (0, 0);
    for _ in 0..rounds {
        parses.push(timed(|| lines = parse(log)));
        simulations.push(timed(|| events = simulate(log)));
    }
    if lines != events {
        return Err(format!("of {lines} lines {events} were simulated"));
    }
    let (parse, simulation) = (median(parses), median(simulations));
    let share = parse.as_secs_f64() / simulation.as_secs_f64();
    let speed = |time: Duration| megabytes(log.len()) / time.as_secs_f64();
    Ok(Measured {
        what,
        figure: format!("{share:.2} ({:.0} : {:.0} MB/s)", speed(simulation), speed(parse)),
        gate: format!(">= {SHARE}"),
        met: share >= SHARE,
    })
}

/// What any reader of the log does at least.
fn parse(log: &str) -> u64 {
    log.lines().filter(|line| black_box(serde_json::from_str::<Value>(line)).is_ok()).count() as u64
}

fn simulate(log: &str) -> u64 {
    let policy = recommended(LogVolume::Medium);
    let mut simulation = Simulation::new(&policy, None);
    read_log(log.as_bytes(), &LogLimits::default(), |logged| simulation.add(logged));
    black_box(simulation.finish()).events
}

/// Events as an API server writes them: most are reads, some hold bodies.
fn log(metadata_only: bool) -> Outcome<String> {
    let pod = include_str!("pod.json").replace("@NUMBER@", "00001");
    let pod: Value = serde_json::from_str(&pod).map_err(|error| error.to_string())?;
    let mut log = String::with_capacity(SIZE + (1 << 16));
    let mut number = 0;
    while log.len() < SIZE {
        let (verb, resource, group) = [
            ("get", "pods", ""),
            ("list", "deployments", "apps"),
            ("watch", "configmaps", ""),
            ("update", "leases", "coordination.k8s.io"),
            ("create", "pods", ""),
            ("patch", "nodes", ""),
            ("get", "secrets", ""),
            ("create", "roles", "rbac.authorization.k8s.io"),
        ][number % 8];
        let user = format!("system:serviceaccount:team-{}:app-{}", number % 40, number % 97);
        let namespace = format!("team-{}", number % 40);
        let mut event = json!({
            "kind": "Event", "apiVersion": "audit.k8s.io/v1", "level": "Metadata",
            "auditID": format!("7a1c9f0e-0000-4000-8000-{number:012}"), "stage": "ResponseComplete",
            "requestURI": format!("/api/v1/namespaces/{namespace}/{resource}/name-{number}?timeout=30s"),
            "verb": verb,
            "user": {
                "username": user, "uid": "4d7f6f0c-96cb-4f0a-9e62-8d5f5b7d1c11",
                "groups": ["system:serviceaccounts", format!("system:serviceaccounts:{namespace}"), "system:authenticated"],
                "extra": {"authentication.kubernetes.io/pod-name": ["app-7d9c8b6f5-x2k4q"]},
            },
            "sourceIPs": ["10.0.12.7"], "userAgent": "app/v0.0.0 (linux/amd64) kubernetes/$Format",
            "objectRef": {"resource": resource, "namespace": namespace, "name": format!("name-{number}"), "apiGroup": group, "apiVersion": "v1"},
            "responseStatus": {"metadata": {}, "code": 200},
            "requestReceivedTimestamp": "2026-11-24T09:00:00.123456Z", "stageTimestamp": "2026-11-24T09:00:00.128811Z",
            "annotations": {
                "authorization.k8s.io/decision": "allow",
                "authorization.k8s.io/reason": format!("RBAC: allowed by RoleBinding \"app/{namespace}\" of Role \"app\""),
            },
        });
        if verb == "create" && !metadata_only {
            event["level"] = json!("RequestResponse");
            event["requestObject"] = pod.clone();
            event["responseObject"] = pod.clone();
        }
        log.push_str(&event.to_string());
        log.push('\n');
        number += 1;
    }
    Ok(log)
}
