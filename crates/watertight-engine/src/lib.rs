//! Runs controls over a snapshot and collects what they say.
//!
//! The engine does not know the controls: it is handed a list of [`Control`]s. It decides what a
//! control cannot: verdicts for what was not seen, folding of instances, counting, ranking, and
//! that a panic in one control is a gap and not the end.
//!
//! Start reading at [`run`] and [`Control`].

pub mod baseline;
mod choice;
mod control;
mod docs;
mod instances;
mod outcome;
mod run;
pub mod settings;
mod sink;
mod suggest;
pub mod waivers;

pub use choice::{Catalogue, Choice};
pub use control::{Check, Control, kebab};
pub use docs::{Docs, Example, ExampleKind};
pub use outcome::{Counts, CoverageNote, Outcome, Remark};
pub use run::run;
pub use sink::{Draft, ObjectView, Sink};
pub use suggest::nearest;
/// What a control file needs.
pub mod prelude {
    pub use crate::{Check, Control, ObjectView, Sink, control};
    pub use watertight_facts::control_plane::{Component, Setting};
    pub use watertight_facts::{
        Asked, BindingScope, Bound, ClusterScope, ComponentScope, Container, DEFAULT_CAPABILITIES, Effective,
        HostMount, HostVolume, ImageRef, Joined, NamespaceScope, Os, PullPolicy, Quantity, RBAC, Resource,
        Role, RoleScope, Seccomp, Settings, Share, Side, View, Workload,
    };
    pub use watertight_model::{Fix, GroupKind, Layer, Mapping, Severity};
    pub use watertight_syntax::Path;
}
