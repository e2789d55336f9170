//! From arguments to a snapshot, with progress for people.

use std::path::PathBuf;
use std::time::Duration;

use watertight_load::{ChartValues, Progress, Rendering};
use watertight_model::Snapshot;
use watertight_syntax::Limits;

use crate::args::{ReadingArgs, TargetArgs};
use crate::config::Config;
use crate::exit::Failure;
use crate::output::has_progress;

/// Reads what a command looks at, and adds what is implied. Warns when there is nothing in it.
///
/// # Errors
/// When a path that was named cannot be read or holds nothing for Kubernetes.
pub fn load(target: &TargetArgs, config: &Config) -> Result<Snapshot, Failure> {
    load_paths(&target.paths, &target.reading, config)
}

/// Reads paths, as [`load`] does.
///
/// # Errors
/// As for [`load`].
pub fn load_paths(paths: &[PathBuf], reading: &ReadingArgs, config: &Config) -> Result<Snapshot, Failure> {
    load_from(paths, reading, config, &mut std::io::stdin().lock())
}

/// Reads paths, as [`load`] does; objects that name no namespace are in `home`, unless `-n` says otherwise.
///
/// # Errors
/// As for [`load`].
pub fn load_in(
    paths: &[PathBuf],
    reading: &ReadingArgs,
    config: &Config,
    home: &str,
) -> Result<Snapshot, Failure> {
    load_in_from(paths, reading, config, home, &mut std::io::stdin().lock())
}

/// Reads paths, as [`load_in`] does, with `stdin` for `-`.
///
/// # Errors
/// As for [`load`].
pub fn load_in_from(
    paths: &[PathBuf],
    reading: &ReadingArgs,
    config: &Config,
    home: &str,
    stdin: &mut dyn std::io::Read,
) -> Result<Snapshot, Failure> {
    let namespace = reading.namespace.as_deref().or(Some(home));
    read(paths, reading, config, namespace, stdin)
}

/// Reads paths, as [`load`] does, with `stdin` for `-`.
///
/// # Errors
/// As for [`load`].
pub fn load_from(
    paths: &[PathBuf],
    reading: &ReadingArgs,
    config: &Config,
    stdin: &mut dyn std::io::Read,
) -> Result<Snapshot, Failure> {
    read(paths, reading, config, reading.namespace.as_deref(), stdin)
}

fn read(
    paths: &[PathBuf],
    reading: &ReadingArgs,
    config: &Config,
    namespace: Option<&str>,
    stdin: &mut dyn std::io::Read,
) -> Result<Snapshot, Failure> {
    let show = has_progress() && !reading.quiet;
    let mut drawn = false;
    let progress = |progress: Progress<'_>| match progress {
        _ if !show => {}
        // Short work needs no line; every 100 files is often enough to see that it goes on.
        Progress::Files(files) if files >= 100 && files.is_multiple_of(100) => {
            eprint!("\r\u{1b}[Kreading… {files} files");
            drawn = true;
        }
        Progress::Files(_) => {}
        Progress::Rendering { what, tool } => {
            eprint!("\r\u{1b}[Krendering {what} with {tool}…");
            drawn = true;
        }
    };
    let snapshot = watertight_load::load(paths, &options(reading, config, namespace), stdin, progress);
    if drawn {
        eprint!("\r\u{1b}[K");
    }
    let snapshot = snapshot.map_err(|error| Failure::new(error.to_string()))?;
    if snapshot.is_empty() && snapshot.gaps().is_empty() && !reading.quiet {
        eprintln!("watertight: warning: no Kubernetes object found{}", passed_by(reading));
    }
    Ok(watertight_facts::implied::complete(snapshot, config.kubernetes_version(reading)))
}

/// The limits that were asked for.
pub fn limits(reading: &ReadingArgs) -> Limits {
    Limits {
        file_bytes: reading.limits.max_file_size,
        document_bytes: reading.limits.max_document_size,
        depth: reading.limits.max_depth,
        alias_nodes: reading.limits.max_alias_nodes,
    }
}

fn options(reading: &ReadingArgs, config: &Config, namespace: Option<&str>) -> watertight_load::Options {
    let limits = limits(reading);
    let files = watertight_load::Files { ignored: reading.no_ignore, hidden: reading.hidden };
    let render = (!reading.render.no_render).then(|| rendering(reading, config));
    watertight_load::Options {
        limits,
        namespace: namespace.map(str::to_owned),
        files,
        assume_complete: config.assume_complete(reading),
        render,
    }
}

fn rendering(reading: &ReadingArgs, config: &Config) -> Rendering {
    let asked = &reading.render;
    Rendering {
        search: std::env::var_os("PATH").unwrap_or_default(),
        timeout: Duration::from_secs(u64::from(asked.render_timeout)),
        kubernetes_version: config.kubernetes_version(reading).to_string(),
        values: ChartValues {
            files: asked.values.clone(),
            set: asked.set.clone(),
            set_string: asked.set_string.clone(),
            release: asked.release_name.clone(),
        },
    }
}

/// What a folder may hold that was not read by choice.
fn passed_by(reading: &ReadingArgs) -> &'static str {
    match (reading.no_ignore, reading.hidden) {
        (false, false) => {
            "; files that .gitignore names and hidden ones are not read (--no-ignore, --hidden)"
        }
        (false, true) => "; files that .gitignore names are not read (--no-ignore)",
        (true, false) => "; hidden files are not read (--hidden)",
        (true, true) => "",
    }
}
