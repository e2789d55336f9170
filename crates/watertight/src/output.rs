//! Where results go: standard output, and files that are replaced as a whole.

use std::ffi::OsString;
use std::fs::{File, Metadata};
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use watertight_report::Style;

use crate::args::ColorWhen;
use crate::exit::Failure;

/// Whether standard output is colored.
pub fn style(when: ColorWhen) -> Style {
    let colored = match when {
        ColorWhen::Always => true,
        ColorWhen::Never => false,
        ColorWhen::Auto => anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never,
    };
    if colored { Style::Colored } else { Style::Plain }
}

/// Whether standard error is a terminal that a progress line can be drawn on.
pub fn has_progress() -> bool {
    io::stderr().is_terminal() && std::env::var_os("TERM").is_none_or(|term| term != "dumb")
}

/// Writes to standard output, buffered as a whole.
pub fn to_stdout(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let mut out = BufWriter::with_capacity(1 << 16, io::stdout().lock());
    write(&mut out)?;
    out.flush()?;
    Ok(())
}

/// Writes a file through a neighbour that takes its place: it is never half written.
/// Devices and pipes (`/dev/stderr`) are written to as they are.
pub fn to_file(path: &Path, write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Result<(), Failure> {
    let failed = |error: io::Error| Failure::new(format!("cannot write `{}`: {error}", path.display()));
    let special = std::fs::metadata(path).is_ok_and(|metadata| !metadata.is_file());
    if special {
        let mut out = BufWriter::new(File::options().write(true).open(path).map_err(failed)?);
        write(&mut out).and_then(|()| out.flush()).map_err(failed)?;
        return Ok(());
    }
    // A link is kept: what it points to is replaced.
    let target = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let name =
        target.file_name().ok_or_else(|| Failure::new(format!("`{}` is no file name", path.display())))?;
    // Nobody takes it for a manifest, should it stay behind: neither kubectl nor we read hidden files or `.tmp`.
    let mut neighbour = OsString::from(".");
    neighbour.push(name);
    neighbour.push(format!(".{}.tmp", std::process::id()));
    let neighbour = target.with_file_name(neighbour);
    // One that is there is what an interrupted run of the same number left, or somebody else's link.
    let _ = std::fs::remove_file(&neighbour);
    let result = File::options().write(true).create_new(true).open(&neighbour).and_then(|file| {
        if let Ok(metadata) = std::fs::metadata(&target) {
            keep_owner(&file, &metadata)?;
            file.set_permissions(metadata.permissions())?;
        }
        let mut out = BufWriter::new(file);
        write(&mut out)?;
        out.flush()?;
        out.get_ref().sync_all()?;
        std::fs::rename(&neighbour, &target)
    });
    if result.is_err() {
        // The result was not written; its unfinished copy must not stay behind.
        let _ = std::fs::remove_file(&neighbour);
    }
    result.map_err(failed)
}

/// A file that is replaced belongs to whom it belonged.
#[cfg(unix)]
fn keep_owner(file: &File, old: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, fchown};
    let new = file.metadata()?;
    if (new.uid(), new.gid()) == (old.uid(), old.gid()) {
        return Ok(());
    }
    fchown(file, Some(old.uid()), Some(old.gid())).map_err(|error| {
        io::Error::new(error.kind(), "it belongs to another user or group, and would not any more")
    })
}

#[cfg(not(unix))]
fn keep_owner(_file: &File, _old: &Metadata) -> io::Result<()> {
    Ok(())
}
