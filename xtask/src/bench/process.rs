//! A process that is watched from outside: CPU time and peak memory, read from `/proc`.

use std::io::Read as _;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crate::Outcome;

/// What one run took.
pub(crate) struct Run {
    /// CPU time of its first thread, user and system.
    pub(crate) cpu: Duration,
    /// Peak resident memory, in bytes.
    pub(crate) peak_bytes: u64,
    /// What it printed to standard output, in bytes.
    pub(crate) output_bytes: usize,
    /// Its exit code.
    pub(crate) code: Option<i32>,
}

/// Runs a command to its end. Linux only, as the measurements of the other gates need not be.
pub(crate) fn watch(command: &mut Command) -> Outcome<Run> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::null());
    let failed = |error: std::io::Error| format!("cannot run the measured command: {error}");
    let mut child = command.spawn().map_err(failed)?;
    let proc = std::path::PathBuf::from(format!("/proc/{}", child.id()));
    let read = |file: &str| std::fs::read_to_string(proc.join(file)).unwrap_or_default();
    let (peak, ended) = (AtomicU64::new(0), AtomicBool::new(false));
    let mut output = Vec::new();
    let mut stdout = child.stdout.take().ok_or("no output to read")?;
    std::thread::scope(|scope| {
        // The kernel keeps the peak itself and forgets it when the process ends, so only what
        // happens between the last look and the end can be missed.
        scope.spawn(|| {
            while !ended.load(Ordering::Relaxed) {
                peak.fetch_max(peak_of(&read("status")), Ordering::Relaxed);
                std::thread::sleep(Duration::from_micros(200));
            }
        });
        let result = stdout.read_to_end(&mut output);
        // Not waited for yet, so the process stays as a zombie that still knows its CPU time.
        while !is_zombie(&read("stat")) {
            std::thread::sleep(Duration::from_micros(200));
        }
        ended.store(true, Ordering::Relaxed);
        result
    })
    .map_err(failed)?;
    let nanoseconds = read("schedstat").split_whitespace().next().and_then(|first| first.parse().ok());
    let status = child.wait().map_err(failed)?;
    Ok(Run {
        cpu: Duration::from_nanos(nanoseconds.ok_or("this kernel tells no CPU time in /proc/PID/schedstat")?),
        peak_bytes: peak.into_inner(),
        output_bytes: output.len(),
        code: status.code(),
    })
}

/// `VmHWM:     1234 kB` of `/proc/PID/status`, in bytes.
fn peak_of(status: &str) -> u64 {
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kibibytes: Option<u64> = line.and_then(|rest| rest.split_whitespace().next()?.parse().ok());
    kibibytes.unwrap_or_default() * 1024
}

/// The state stands after the command's name, which may hold anything but ends with the last `)`.
fn is_zombie(stat: &str) -> bool {
    let state = stat.rsplit_once(')').map(|(_, rest)| rest.trim_start());
    state.is_none_or(|state| state.starts_with('Z') || state.starts_with('X'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_the_kernel_writes() {
        assert_eq!(peak_of("Name:\tx\nVmHWM:\t   1234 kB\n"), 1234 * 1024);
        assert!(is_zombie("12 (a) b) Z 1 1"));
        assert!(!is_zombie("12 (Z) R 1 1"));
    }
}
