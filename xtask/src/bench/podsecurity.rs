//! Pod Security: verdicts of baseline and restricted together, on pods as an API server holds them.

use std::hint::black_box;
use std::time::Duration;

use watertight_podsecurity::{Level, LevelVersion, Pod, PodManifest, Standards, Version};

use crate::Outcome;

use super::{Measured, median, timed};

/// Typed pod specs per second on one core.
const TYPED_SPEED: f64 = 100_000.0;
/// Pods per second from the bytes of their JSON, on one core.
const JSON_SPEED: f64 = 25_000.0;
/// How many pods one round judges.
const PODS: usize = 10_000;

/// What is replaced by what, so that pods stop at different checks.
const SHAPES: [(&str, &str); 4] = [
    // Meets restricted, so that every check of both levels is asked to the end.
    (
        r#""name": "proxy""#,
        r#""name": "proxy", "securityContext": {"allowPrivilegeEscalation": false, "capabilities": {"drop": ["ALL"]}}"#,
    ),
    // Only baseline.
    (r#""allowPrivilegeEscalation": false"#, r#""allowPrivilegeEscalation": true"#),
    // Neither, by an early and by a late check.
    (r#""serviceAccountName": "orders""#, r#""hostNetwork": true"#),
    (r#""type": "RuntimeDefault""#, r#""type": "Unconfined""#),
];

pub(super) fn measure(rounds: usize) -> Outcome<[Measured; 2]> {
    let standards = Standards::default();
    let texts: Vec<String> = SHAPES
        .iter()
        .map(|(from, to)| include_str!("pod.json").replace("@NUMBER@", "00000").replace(from, to))
        .collect();
    let read = |text: &String| serde_json::from_str::<PodManifest>(text).map_err(|error| error.to_string());
    let pods = texts.iter().map(read).collect::<Outcome<Vec<_>>>()?;
    let met: Vec<Level> = pods.iter().map(|pod| standards.strictest(pod.pod(), Version::Latest)).collect();

    let typed = (0..rounds).map(|_| {
        timed(|| pods.iter().cycle().take(PODS).filter(|pod| both(&standards, black_box(pod.pod()))).count())
    });
    let from_json = (0..rounds.min(5)).map(|_| {
        timed(|| {
            let texts = texts.iter().cycle().take(PODS);
            texts.filter(|text| read(black_box(text)).is_ok_and(|pod| both(&standards, pod.pod()))).count()
        })
    });
    let size = texts.iter().map(String::len).sum::<usize>() / texts.len();
    Ok([
        measured(
            "Pod Security, typed specs",
            median(typed.collect()),
            TYPED_SPEED,
            &format!("{met:?}"),
            &met,
        ),
        measured(
            "Pod Security, from JSON",
            median(from_json.collect()),
            JSON_SPEED,
            &format!("{size} bytes"),
            &met,
        ),
    ])
}

fn measured(what: &'static str, time: Duration, gate: f64, note: &str, levels: &[Level]) -> Measured {
    let speed = PODS as f64 / time.as_secs_f64();
    // Pods that all stop at the first check would measure little.
    let sound = Level::ALL.iter().all(|level| levels.contains(level));
    Measured {
        what,
        figure: format!("{speed:.0} pods/s ({note})"),
        gate: format!(">= {gate:.0} pods/s"),
        met: sound && speed >= gate,
    }
}

/// Whether both levels allow the pod, each asked whatever the other says.
fn both(standards: &Standards, pod: Pod<'_>) -> bool {
    let ask =
        |level| black_box(standards.policy(LevelVersion { level, version: Version::Latest }).allows(pod));
    ask(Level::Baseline) & ask(Level::Restricted)
}
