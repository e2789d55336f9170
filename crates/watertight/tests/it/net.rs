//! `watertight net`.

mod conformance;
