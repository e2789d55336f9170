//! Files that a kubeconfig names: certificates and tokens that stand beside it.
//!
//! Only what is below a folder that is scanned is read, wherever a path or a link leads: a scan looks nowhere
//! else on the disk. What is not read stays a gap of the kubeconfig.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use watertight_model::SnapshotBuilder;
use watertight_syntax::Limits;

use crate::text::text;

/// No certificate and no token is larger, in bytes.
const LARGEST: u64 = 256 << 10;

/// Reads the files that the kubeconfigs name.
pub(crate) fn read(targets: &[PathBuf], builder: &mut SnapshotBuilder) {
    let named = builder.named_files();
    if named.is_empty() {
        return;
    }
    let folders: Vec<PathBuf> = targets
        .iter()
        .filter_map(|target| fs::canonicalize(target).ok())
        .filter(|path| path.is_dir())
        .collect();
    for file in named {
        if let Some(content) = content(&file.folder.join(&file.file), &folders, builder.limits()) {
            builder.named_file(&file, &content);
        }
    }
}

fn content(path: &Path, folders: &[PathBuf], limits: &Limits) -> Option<String> {
    let canonical = fs::canonicalize(path).ok()?;
    if !folders.iter().any(|folder| canonical.starts_with(folder)) {
        return None;
    }
    let metadata = fs::metadata(&canonical).ok()?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return None;
    }
    text(&mut File::open(&canonical).ok()?, limits).ok()
}
