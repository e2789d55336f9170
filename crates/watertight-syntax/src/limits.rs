/// How much of an input is accepted before it is refused.
///
/// Every limit protects against an input that is small on disk and large in memory or on the stack.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Largest file, in bytes. Default 512 MiB; byte offsets are 32 bits wide, so never above 4 GiB.
    pub file_bytes: u64,
    /// Largest single document, in bytes. Default 256 MiB.
    pub document_bytes: u64,
    /// Deepest nesting of maps and lists, aliases followed. Default 100, hard upper bound 250.
    pub depth: u16,
    /// Most nodes that aliases may add to one document beyond those written. Default 1,000,000.
    pub alias_nodes: u64,
}

impl Limits {
    /// The deepest nesting that can be asked for: values are walked recursively.
    pub const MAX_DEPTH: u16 = 250;
}

impl Default for Limits {
    fn default() -> Self {
        Self { file_bytes: 512 << 20, document_bytes: 256 << 20, depth: 100, alias_nodes: 1_000_000 }
    }
}
