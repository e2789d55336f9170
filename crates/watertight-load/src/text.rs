//! One text from a file or a stream: within the limit, unpacked, UTF-8.

use std::io::{self, Read};
use std::path::Path;

use watertight_model::Gap;
use watertight_syntax::Limits;

/// Why a file was not read.
pub(crate) enum Refused {
    Io(io::Error),
    TooLarge(u64),
    NotText,
    Compressed(io::Error),
    Archive,
}

impl Refused {
    /// What to say about a file that was met.
    pub(crate) fn gap(self, path: &Path) -> Gap {
        let what = path.to_string_lossy().into_owned();
        Gap { what, why: self.why(), affects: Vec::new() }
    }

    /// What is wrong, and what to do.
    pub(crate) fn why(&self) -> String {
        match self {
            Self::Io(error) => reason(error),
            Self::TooLarge(limit) => {
                format!("larger than the limit of {limit} bytes; raise it with --max-file-size")
            }
            Self::Compressed(error) => format!("its gzip data is damaged or cut off: {}", reason(error)),
            Self::Archive => {
                "an archive of files, which is not opened; unpack it (a chart: `tar -xzf`) and scan the folder"
                    .to_owned()
            }
            Self::NotText => "not UTF-8 text; Kubernetes reads UTF-8 only".to_owned(),
        }
    }
}

/// The system's words without the error number.
pub(crate) fn reason(error: &io::Error) -> String {
    let text = error.to_string();
    text.split(" (os error").next().unwrap_or(&text).to_lowercase()
}

/// What gzip data begins with (RFC 1952, section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];

/// Reads a whole text, up to the limit: pipes and growing files have no size to ask for. Text that is
/// compressed with gzip is taken as what it holds.
pub(crate) fn text(input: &mut dyn Read, limits: &Limits) -> Result<String, Refused> {
    let limit = largest(limits);
    let mut bytes = Vec::new();
    input.take(limit + 1).read_to_end(&mut bytes).map_err(Refused::Io)?;
    if bytes.starts_with(&GZIP) {
        let compressed = std::mem::take(&mut bytes);
        let inner = flate2::read::MultiGzDecoder::new(compressed.as_slice());
        // A small file may hold a large text: the limit is for what comes out.
        inner.take(limit + 1).read_to_end(&mut bytes).map_err(Refused::Compressed)?;
    }
    if bytes.len() as u64 > limit {
        return Err(Refused::TooLarge(limit));
    }
    if is_archive(&bytes) {
        return Err(Refused::Archive);
    }
    String::from_utf8(bytes).map_err(|_| Refused::NotText)
}

/// tar has its mark in the header of the first file (POSIX, pax: "ustar header block"), zip begins with one.
fn is_archive(bytes: &[u8]) -> bool {
    bytes.get(257..262) == Some(b"ustar") || bytes.starts_with(b"PK\x03\x04")
}

/// The largest text that is read, in bytes: places are offsets of 32 bits.
pub(crate) fn largest(limits: &Limits) -> u64 {
    limits.file_bytes.min(u64::from(u32::MAX))
}
