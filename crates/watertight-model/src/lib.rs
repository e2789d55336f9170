//! What one look at the world holds, and what is said about it.
//!
//! An [`Object`] is an identity, an origin and a private body; a [`Snapshot`] is all objects of one
//! look plus what could not be seen ([`Gap`]); a [`Finding`] says what is open and where; a [`Fix`]
//! says how to close it. This crate decides nothing and does no I/O.
//!
//! Start reading at [`Snapshot`] and [`Object`].

mod blanked;
mod comment;
mod date;
mod edited;
mod encryption_keys;
mod excerpt;
mod finding;
mod fingerprint;
mod fix;
mod gap;
mod identity;
mod kubeconfig;
mod list;
mod masked;
mod object;
mod rancher;
mod rendered;
mod shown;
mod snapshot;
mod snapshot_file;
mod source;
mod version;
mod waiver;
mod within;

pub use blanked::content_before;
pub use comment::{About, Comment};
pub use date::Date;
pub use encryption_keys::KeptKey;
pub use excerpt::{Excerpt, ExcerptLine};
pub use finding::{Finding, Layer, Mapping, Severity, Verdict};
pub use fingerprint::{Fingerprint, merge_key_path};
pub use fix::{Conflict, Fix, FixPlan, START, Safety};
pub use gap::Gap;
pub use identity::{GroupKind, Identity, Namespace};
pub use kubeconfig::{
    BlankedToken, NamedFile, kept_certificate, kept_file, kept_proxy_password, kept_server, kept_type,
};
pub use masked::MaskedText;
pub use object::{Body, Decoded, Object, ObjectError, Origin, Place, Standing};
pub use rancher::{RANCHER_ARGUMENTS, RANCHER_CONFIG, option_of};
pub use rendered::{RELEASE_NAMESPACE, Rendered, RenderedPart, Renderer};
pub use snapshot::{Added, Coverage, ObjectId, Snapshot, SnapshotBuilder};
pub use snapshot_file::{FORMAT as SNAPSHOT_FORMAT, Recorded, SnapshotFileError, is_snapshot};
pub use source::Source;
pub use version::{KubernetesVersion, VersionError};
pub use waiver::Waiver;
pub use watertight_syntax::edit::{Change, apply};
pub use within::Within;
