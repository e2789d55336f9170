//! What is wrong with an object, as it is read.

use crate::policy::{Effect, Problem};

use super::types::Rest;

/// A list of problems that grows.
#[derive(Debug, Default)]
pub(super) struct Problems(Vec<Problem>);

impl Problems {
    fn add(&mut self, path: impl Into<String>, why: impl Into<String>, effect: Effect) {
        let problem = Problem { path: path.into(), why: why.into(), effect };
        // One field may be looked at for several reasons.
        if !self.0.contains(&problem) {
            self.0.push(problem);
        }
    }

    /// Calico's API refuses it.
    pub(super) fn refused(&mut self, path: impl Into<String>, why: impl Into<String>) {
        self.add(path, why, Effect::Refused);
    }

    /// It is not modelled.
    pub(super) fn not_modelled(&mut self, path: impl Into<String>, why: impl Into<String>) {
        self.add(path, why, Effect::NotModelled);
    }

    /// It does nothing.
    pub(super) fn without_effect(&mut self, path: impl Into<String>, why: impl Into<String>) {
        self.add(path, why, Effect::WithoutEffect);
    }

    /// Fields that nobody knows; whether there are any.
    pub(super) fn fields(&mut self, rest: &Rest, path: &str) -> bool {
        for name in rest.keys() {
            self.not_modelled(format!("{path}.{name}"), "this field is not known; check how it is written");
        }
        !rest.is_empty()
    }

    /// Whether the API refuses something.
    pub(super) fn any_refused(&self) -> bool {
        self.0.iter().any(|problem| problem.effect == Effect::Refused)
    }

    pub(super) fn into_inner(self) -> Vec<Problem> {
        self.0
    }
}
