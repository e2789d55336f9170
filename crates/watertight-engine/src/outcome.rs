use std::collections::{BTreeMap, BTreeSet};

use watertight_model::{Finding, Gap, GroupKind, Severity, Verdict};

/// How often a control gave each verdict.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Subjects that failed at least once.
    pub failed: u32,
    /// Subjects that passed.
    pub passed: u32,
    /// Subjects that could not be judged.
    pub unknown: u32,
    /// Subjects that the control does not speak of.
    pub not_applicable: u32,
    /// Subjects that could not be judged because the input holds no object of some kind.
    pub not_in_view: u32,
}

/// What the input does not hold and some controls would have needed: no error, and no pass.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CoverageNote {
    /// The controls that did not judge.
    pub controls: BTreeSet<&'static str>,
    /// The subjects that were not judged, summed over controls.
    pub subjects: u32,
}

/// What a run gave.
#[derive(Debug, Default)]
pub struct Outcome {
    /// Findings, worst first, then by object and place.
    pub findings: Vec<Finding>,
    /// What could not be seen or judged: the snapshot's gaps and those of the run.
    pub gaps: Vec<Gap>,
    /// What is merely out of view, by kind.
    pub notes: BTreeMap<GroupKind, CoverageNote>,
    /// Verdicts per control, by name.
    pub counts: BTreeMap<&'static str, Counts>,
    /// Workloads that were judged.
    pub workloads: u32,
}

impl Outcome {
    /// Failures at or above a severity.
    #[must_use]
    pub fn failures(&self, at_least: Severity) -> usize {
        self.findings.iter().filter(|f| f.verdict == Verdict::Fail && f.severity >= at_least).count()
    }
}
