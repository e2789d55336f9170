//! The target `snapshot`: the lines of a snapshot file, as read after decompression.

use watertight_model::{Snapshot, SnapshotBuilder, is_snapshot};

/// Text to a snapshot: what can be read is written again as it was, and what cannot be read is a gap or
/// an error, never silence.
pub fn snapshot(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if !is_snapshot(text) {
        return;
    }
    let read = |text: &str| -> Option<Snapshot> {
        let mut builder: SnapshotBuilder = Snapshot::builder(super::limits());
        builder.snapshot_file("cluster.wt", text).ok()?;
        Some(builder.finish())
    };
    let Some(first) = read(text) else { return };
    let lines = text.lines().skip(1).filter(|line| !line.trim().is_empty()).count();
    assert!(first.len() == lines || !first.gaps().is_empty(), "a line passes unseen");
    let mut written = Vec::new();
    first.write_lines("fuzz", &mut written).expect("memory can be written to");
    let written = String::from_utf8(written).expect("what is written is text");
    let second = read(&written).expect("what was written can be read");
    let mut again = Vec::new();
    second.write_lines("fuzz", &mut again).expect("memory can be written to");
    assert_eq!(written.as_bytes(), again, "reading changes what is written");
}
