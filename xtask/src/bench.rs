//! `cargo xtask bench`: what a user waits for, as ratios within one run.
//!
//! Absolute times differ from machine to machine, so speed is judged against reading the same bytes.
//! Rounds of both sides are interleaved, so that a busy machine slows both.

mod audit;
mod blast;
mod cluster;
mod network;
mod podsecurity;
mod process;
mod rbac;

use std::fmt::Write as _;
use std::sync::Arc;
use std::time::{Duration, Instant};

use watertight_engine::run as judge;
use watertight_facts::{Settings, World, implied};
use watertight_model::Snapshot;
use watertight_report::{Report, Style};
use watertight_syntax::{Limits, yaml};

use crate::workspace::{cargo, files_below, is_manifest, release_binary, suites};
use crate::{Outcome, only, option};

/// Scanning may take this many times as long as parsing.
const SCAN_RATIO: f64 = 2.0;
/// JSON into a snapshot, in millions of bytes per second.
const JSON_SPEED: f64 = 60.0;
/// Size of the generated JSON, in bytes.
const JSON_SIZE: usize = 50_000_000;
/// Peak resident memory of a scan of the corpus, in MiB.
const PEAK_MEMORY: f64 = 64.0;
/// CPU time of `--version`, in milliseconds.
const START_UP: f64 = 10.0;

/// One line of the table.
struct Measured {
    what: &'static str,
    figure: String,
    gate: String,
    met: bool,
}

/// Measures everything and prints the table.
pub(crate) fn run(arguments: &[String]) -> Outcome {
    only(arguments, &["--rounds", "--only"], &["--check"])?;
    if cfg!(debug_assertions) {
        let mut command = cargo();
        command.args(["run", "--release", "--quiet", "--package", "xtask", "--", "bench"]).args(arguments);
        return crate::steps::step("bench", &mut command);
    }
    let rounds: usize = option(arguments, "--rounds")?
        .unwrap_or("11")
        .parse()
        .ok()
        .filter(|&rounds| rounds > 0)
        .ok_or("--rounds needs a whole number above 0")?;
    let table = measured(rounds, option(arguments, "--only")?)?;
    let width = table.iter().map(|line| line.what.len()).max().unwrap_or_default();
    for line in &table {
        let verdict = if line.met { "met" } else { "MISSED" };
        println!("{:width$}  {:>44}  {:>14}  {verdict}", line.what, line.figure, line.gate);
    }
    if arguments.iter().any(|argument| argument == "--check") && table.iter().any(|line| !line.met) {
        return Err("a gate is missed".to_owned());
    }
    Ok(())
}

/// All that is measured, or one part.
fn measured(rounds: usize, part: Option<&str>) -> Outcome<Vec<Measured>> {
    type Part = (&'static str, fn(usize) -> Outcome<Vec<Measured>>);
    const PARTS: [Part; 7] = [
        ("reading", |rounds| {
            Ok(vec![scan_against_parse(rounds)?, json_speed(rounds.min(5)), peak_memory()?, start_up()?])
        }),
        ("cluster", cluster::measure),
        ("network", network::measure),
        ("blast", blast::measure),
        ("podsecurity", |rounds| Ok(podsecurity::measure(rounds)?.into())),
        ("rbac", |rounds| Ok(rbac::measure(rounds))),
        ("audit", |rounds| Ok(audit::measure(rounds)?.into())),
    ];
    if let Some(name) = part.filter(|name| !PARTS.iter().any(|(known, _)| known == name)) {
        let names = PARTS.map(|(name, _)| name).join(", ");
        return Err(format!("--only needs one of {names}, not `{name}`"));
    }
    let mut table = Vec::new();
    for (_, measure) in PARTS.iter().filter(|(name, _)| part.is_none_or(|part| part == *name)) {
        table.extend(measure(rounds)?);
    }
    Ok(table)
}

/// The corpus as bytes in memory, with the names of its files.
fn corpus() -> Outcome<Vec<(String, Vec<u8>)>> {
    let files = files_below(&suites().join("corpus"))?.into_iter().filter(|file| is_manifest(file));
    files
        .map(|file| {
            let name = file.display().to_string();
            std::fs::read(&file)
                .map(|bytes| (name.clone(), bytes))
                .map_err(|error| format!("{name}: {error}"))
        })
        .collect()
}

fn text_of(bytes: &[u8]) -> Arc<str> {
    String::from_utf8_lossy(bytes).into()
}

fn scan_against_parse(rounds: usize) -> Outcome<Measured> {
    let corpus = corpus()?;
    let bytes: usize = corpus.iter().map(|(_, bytes)| bytes.len()).sum();
    let (mut scans, mut parses) = (Vec::new(), Vec::new());
    let mut documents = 0;
    for _ in 0..rounds {
        parses.push(timed(|| documents = parse(&corpus)));
        scans.push(timed(|| std::hint::black_box(scan(&corpus))));
    }
    let (scan, parse) = (median(scans), median(parses));
    let ratio = scan.as_secs_f64() / parse.as_secs_f64();
    Ok(Measured {
        what: "scan against parse, corpus",
        figure: format!(
            "{ratio:.2} ({:.1} ms : {:.1} ms, {:.1} MB, {documents} docs)",
            scan.as_secs_f64() * 1e3,
            parse.as_secs_f64() * 1e3,
            megabytes(bytes),
        ),
        gate: format!("<= {SCAN_RATIO}"),
        met: ratio <= SCAN_RATIO,
    })
}

/// Bytes to spanned, resolved documents: the least that any reader of manifests does.
fn parse(corpus: &[(String, Vec<u8>)]) -> usize {
    let limits = Limits::default();
    corpus.iter().map(|(_, bytes)| std::hint::black_box(yaml::parse(&text_of(bytes), &limits)).len()).sum()
}

/// Bytes to a report.
fn scan(corpus: &[(String, Vec<u8>)]) -> usize {
    let mut builder = Snapshot::builder(Limits::default());
    for (name, bytes) in corpus {
        builder.text(name.as_str(), text_of(bytes));
    }
    let snapshot = implied::complete(builder.finish(), Settings::default().target);
    let settings = Settings::default();
    let world = World::new(&snapshot, &settings);
    let controls: Vec<_> = watertight_controls::all().collect();
    let outcome = judge(&world, &controls);
    let report = Report::new(&snapshot, &outcome, &settings, &controls, "bench");
    // Writing into a sink cannot fail; the count below keeps the work from being left out.
    let _ = watertight_report::terminal::write(&report, Style::Plain, &mut std::io::sink());
    outcome.findings.len()
}

fn json_speed(rounds: usize) -> Measured {
    let text: Arc<str> = pod_list(JSON_SIZE).into();
    let times = (0..rounds).map(|_| {
        timed(|| {
            let mut builder = Snapshot::builder(Limits::default());
            builder.text("pods.json", Arc::clone(&text));
            builder.finish().len()
        })
    });
    let time = median(times.collect());
    let speed = megabytes(text.len()) / time.as_secs_f64();
    Measured {
        what: "JSON into a snapshot",
        figure: format!("{speed:.0} MB/s ({:.0} MB)", megabytes(text.len())),
        gate: format!(">= {JSON_SPEED} MB/s"),
        met: speed >= JSON_SPEED,
    }
}

/// A `List` of pods as `kubectl get pods -A -o json` prints it: defaulted, with status.
fn pod_list(size: usize) -> String {
    let mut text = String::with_capacity(size + 8192);
    text.push_str("{\n    \"apiVersion\": \"v1\",\n    \"items\": [\n");
    let mut number = 0;
    while text.len() < size {
        if number > 0 {
            text.push_str(",\n");
        }
        let pod = include_str!("bench/pod.json").trim_end();
        let named = pod.replace("@NUMBER@", &format!("{number:05}"));
        text.push_str(&named);
        number += 1;
    }
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "\n    ],\n    \"kind\": \"List\",\n    \"metadata\": {{\"resourceVersion\": \"\"}}\n}}"
    );
    text
}

fn peak_memory() -> Outcome<Measured> {
    const RUNS: usize = 5;
    let corpus = suites().join("corpus");
    let binary = release_binary()?;
    let mut peak = 0;
    let mut output = 0;
    for _ in 0..RUNS {
        let run = process::watch(std::process::Command::new(&binary).arg("scan").arg(&corpus))?;
        peak = peak.max(run.peak_bytes);
        output = run.output_bytes;
        if !matches!(run.code, Some(0 | 1 | 3)) {
            output = 0;
        }
    }
    if peak == 0 {
        // Nothing seen must not pass for nothing used.
        return Err("no peak memory could be read from /proc/PID/status".to_owned());
    }
    let mebibytes = peak as f64 / f64::from(1 << 20);
    Ok(Measured {
        what: "peak memory, corpus",
        // A scan that says nothing was none.
        figure: if output == 0 { "the scan failed".to_owned() } else { format!("{mebibytes:.1} MiB") },
        gate: format!("<= {PEAK_MEMORY} MiB"),
        met: output > 0 && mebibytes <= PEAK_MEMORY,
    })
}

fn start_up() -> Outcome<Measured> {
    const RUNS: usize = 20;
    let binary = release_binary()?;
    let mut times = Vec::new();
    let mut output = 0;
    for _ in 0..RUNS {
        let run = process::watch(std::process::Command::new(&binary).arg("--version"))?;
        times.push(run.cpu);
        output = run.output_bytes;
    }
    let milliseconds = median(times).as_secs_f64() * 1e3;
    Ok(Measured {
        what: "start-up (--version), CPU",
        figure: if output == 0 { "prints nothing".to_owned() } else { format!("{milliseconds:.2} ms") },
        gate: format!("< {START_UP} ms"),
        met: output > 0 && milliseconds < START_UP,
    })
}

fn timed<T>(work: impl FnOnce() -> T) -> Duration {
    let begun = Instant::now();
    std::hint::black_box(work());
    begun.elapsed()
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times.get(times.len() / 2).copied().unwrap_or_default()
}

fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_generated_list_is_read_as_pods() {
        let mut builder = Snapshot::builder(Limits::default());
        builder.text("pods.json", pod_list(20_000));
        let snapshot = builder.finish();
        assert_eq!(snapshot.gaps(), []);
        assert!(snapshot.of_kind("Pod").len() > 3);
        assert_eq!(snapshot.of_kind("Pod").len(), snapshot.len());
    }
}
