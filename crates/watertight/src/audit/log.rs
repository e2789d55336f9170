//! Reading audit logs, with progress for people.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

use watertight_audit::{LogLimits, Logged, Tally, read_log};

use crate::exit::Failure;
use crate::output::has_progress;

/// Bytes between two updates of the progress line.
const STEP: u64 = 16 << 20;

/// Reads one log, or standard input for `-`.
///
/// # Errors
/// When there is no such file, or it is none. What goes wrong while it is read is in the tally.
pub fn read(
    path: &Path,
    limits: &LogLimits,
    quiet: bool,
    each: impl FnMut(&Logged<'_>),
) -> Result<Tally, Failure> {
    let show = has_progress() && !quiet;
    if path.as_os_str() == "-" {
        return Ok(with_progress(io::stdin().lock(), None, show, limits, each));
    }
    let failed = |error: io::Error| Failure::new(format!("cannot read `{}`: {error}", path.display()));
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(Failure::new(format!("`{}` is a folder", path.display()))
            .help("name the log files; rotated and compressed ones are read too"));
    }
    Ok(with_progress(file, Some(metadata.len()), show, limits, each))
}

fn with_progress(
    input: impl Read,
    size: Option<u64>,
    show: bool,
    limits: &LogLimits,
    each: impl FnMut(&Logged<'_>),
) -> Tally {
    let mut counted = Counted { input, read: 0, told: 0, size, show };
    let tally = read_log(&mut counted, limits, each);
    if counted.told > 0 {
        eprint!("\r\u{1b}[K");
    }
    tally
}

/// Counts what is read, as it is in the file: compressed or not.
struct Counted<R> {
    input: R,
    read: u64,
    told: u64,
    size: Option<u64>,
    show: bool,
}

impl<R: Read> Read for Counted<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        self.read += count as u64;
        if self.show && self.read - self.told >= STEP {
            self.told = self.read;
            match self.size.filter(|&size| size > 0) {
                Some(size) => eprint!("\rreading… {} %", self.read * 100 / size),
                None => eprint!("\rreading… {} MB", self.read / 1_000_000),
            }
        }
        Ok(count)
    }
}
