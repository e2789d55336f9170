//! `watertight fix`.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use watertight_engine::fix::{EditedText, Existing, Repair, RepairOptions, repair};
use watertight_report::Style;
use watertight_report::fix::{self, FixReport};

use crate::args::{ColorWhen, FixArgs, FixFormat};
use crate::exit::{CLEAN, FINDINGS, Failure, INCOMPLETE};
use crate::judge::Judge;
use crate::load::{limits, load_from};
use crate::output::{style, to_file, to_stdout};

/// Repairs, and shows or writes what comes of it.
pub fn run(arguments: &FixArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    let reading = &arguments.target.reading;
    let judge = Judge::without_baseline(reading, &arguments.judge, &arguments.target.paths)?;
    let stdin = standard_input(arguments)?;
    let input = &mut stdin.as_deref().unwrap_or_default();
    let snapshot = load_from(&arguments.target.paths, reading, &judge.config, input)?;
    let limits = limits(reading);
    let options = RepairOptions {
        review: arguments.review,
        limits,
        namespace: reading.namespace.as_deref(),
        new_objects: arguments.output.as_deref(),
        existing: &existing,
    };
    let repair = repair(&snapshot, &judge.settings, &|world| judge.outcome(world), &options);
    let failed = if arguments.write { write_files(&repair) } else { BTreeMap::new() };
    let report = FixReport {
        repair: &repair,
        gaps: snapshot.gaps(),
        written: arguments.write,
        failed: &failed,
        review: arguments.review,
        limits,
        tool_version: env!("CARGO_PKG_VERSION"),
    };
    tell(arguments, &report, stdin.as_deref(), color)?;
    let incomplete = !snapshot.gaps().is_empty() && !arguments.allow_incomplete;
    let code = match (arguments.check && !repair.files.is_empty(), incomplete || !failed.is_empty()) {
        (true, _) => FINDINGS,
        (false, true) => INCOMPLETE,
        (false, false) => CLEAN,
    };
    Ok(ExitCode::from(code))
}

/// Standard input as it came, when it is what is to be fixed.
fn standard_input(arguments: &FixArgs) -> Result<Option<Vec<u8>>, Failure> {
    let paths = &arguments.target.paths;
    if !paths.iter().any(|path| path == Path::new("-")) {
        return Ok(None);
    }
    if paths.len() > 1 {
        return Err(Failure::new("standard input cannot be fixed together with files")
            .help("its fixed text is printed: run it alone"));
    }
    if arguments.write {
        return Err(Failure::new("standard input cannot be written to")
            .help("without --write the fixed text is printed"));
    }
    let mut bytes = Vec::new();
    // What is larger than the limit is told by the reader.
    let limit = arguments.target.reading.limits.max_file_size.saturating_add(1);
    let read = std::io::stdin().lock().take(limit).read_to_end(&mut bytes);
    read.map_err(|error| Failure::new(format!("cannot read standard input: {}", reason(&error))))?;
    Ok(Some(bytes))
}

/// What stands in a file that was not read.
fn existing(path: &Path) -> Existing {
    match std::fs::read_to_string(path) {
        Ok(text) => Existing::Text(text.into()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Existing::Absent,
        Err(error) => Existing::Unreadable(reason(&error)),
    }
}

/// The system's words without the error number.
fn reason(error: &std::io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// Writes every file that changes; gives the reasons of those that were not written.
fn write_files(repair: &Repair) -> BTreeMap<PathBuf, String> {
    let mut failed = BTreeMap::new();
    // What is new comes last: who is interrupted between a kustomization and the file that it now names is told
    // by kustomize, and by the next run; the other way round nobody would know that the file counts nowhere.
    let (new, old): (Vec<_>, Vec<_>) = repair.files.iter().partition(|(_, text)| text.before.is_none());
    for (path, text) in old.into_iter().chain(new) {
        if let Err(why) = write_file(path, text) {
            failed.insert(path.clone(), why);
        }
    }
    failed
}

/// Writes one file as a whole, unless it is not what was read.
fn write_file(path: &Path, text: &EditedText) -> Result<(), String> {
    match (&text.before, std::fs::read(path)) {
        (None, Err(error)) if error.kind() == std::io::ErrorKind::NotFound => {}
        (None, Ok(_)) => return Err("there is such a file by now: run again".to_owned()),
        (Some(before), Ok(bytes)) => unchanged(before, &bytes)?,
        (_, Err(error)) => return Err(reason(&error)),
    }
    if std::fs::metadata(path).is_ok_and(|metadata| metadata.permissions().readonly()) {
        return Err("it is read-only".to_owned());
    }
    to_file(path, |out| out.write_all(text.after.as_bytes())).map_err(|failure| failure.message().to_owned())
}

fn unchanged(before: &Arc<str>, bytes: &[u8]) -> Result<(), String> {
    if bytes == before.as_bytes() {
        return Ok(());
    }
    Err(match bytes {
        [0x1f, 0x8b, ..] => "it is compressed: unpack it first".to_owned(),
        _ => "it changed since it was read: run again".to_owned(),
    })
}

/// Prints what was asked for: for standard input the fixed text, with the summary beside it.
fn tell(
    arguments: &FixArgs,
    report: &FixReport<'_>,
    stdin: Option<&[u8]>,
    color: ColorWhen,
) -> Result<(), Failure> {
    match (arguments.format, stdin) {
        (FixFormat::Json, _) => to_stdout(|out| fix::write_json(report, out)),
        (FixFormat::Diff, Some(bytes)) if !arguments.diff => {
            let fixed = report.repair.files.get(Path::new("-"));
            let text = fixed.map_or(bytes, |text| text.after.as_bytes());
            to_stdout(|out| out.write_all(text))?;
            for path in report.repair.files.keys().filter(|path| *path != Path::new("-")) {
                eprintln!("watertight: {} is not written when standard input is fixed", path.display());
            }
            if !arguments.target.reading.quiet {
                let mut stderr = std::io::stderr().lock();
                // When nobody reads the summary there is nobody to tell.
                let _ = fix::write_summary(report, Style::Plain, &mut stderr);
            }
            Ok(())
        }
        (FixFormat::Diff, _) => to_stdout(|out| fix::write(report, style(color), out)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(before: Option<&str>) -> EditedText {
        EditedText { before: before.map(Into::into), after: "new".into() }
    }

    #[test]
    fn only_what_was_read_is_replaced() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.yaml");
        let now = || std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, "changed since").unwrap();
        let error = write_file(&path, &text(Some("old"))).unwrap_err();
        assert_eq!(
            (error.as_str(), now().as_str()),
            ("it changed since it was read: run again", "changed since")
        );
        let error = write_file(&path, &text(None)).unwrap_err();
        assert_eq!(
            (error.as_str(), now().as_str()),
            ("there is such a file by now: run again", "changed since")
        );
        let compressed = [0x1f, 0x8b, 8];
        assert!(unchanged(&"old".into(), &compressed).unwrap_err().contains("unpack"));
        assert_eq!(write_file(&path, &text(Some("changed since"))), Ok(()));
        assert_eq!(now(), "new");
        std::fs::remove_file(&path).unwrap();
        assert!(write_file(&path, &text(Some("new"))).is_err(), "what is gone stays gone");
        assert_eq!(write_file(&path, &text(None)), Ok(()));
        assert!(write_file(&folder.path().join("gone/a.yaml"), &text(None)).is_err());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
