use std::collections::{BTreeMap, BTreeSet};

use watertight_model::{Finding, Gap, GroupKind, Severity, Snapshot, Verdict};

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
    /// Whether some objects of the kind are in view: then it is others that may be elsewhere.
    pub partly: bool,
}

/// Something about what steered the run, such as a waiver that waives nothing: worth saying, and no finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Remark {
    /// Where: file and line, or the object and its annotation.
    pub place: String,
    /// What, and what to do. Quotes no value.
    pub message: String,
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
    /// What was odd about waivers, sorted.
    pub remarks: Vec<Remark>,
    /// Verdicts per control, by name.
    pub counts: BTreeMap<&'static str, Counts>,
    /// Workloads that were judged.
    pub workloads: u32,
}

impl Outcome {
    /// Puts the findings into their order: what was judged before what was not, worst first, then by file,
    /// object, control and place. Files may be read in any order: the order of results is that of names.
    pub fn rank(&mut self, snapshot: &Snapshot) {
        let rank = |finding: &Finding| {
            let origin = finding.object.map(|id| snapshot.object(id).origin().distinct_name());
            (
                finding.verdict == Verdict::Unknown,
                std::cmp::Reverse(finding.severity),
                origin,
                finding.identity(snapshot),
                finding.control,
                finding.path.clone(),
                finding.message.clone(),
            )
        };
        self.findings.sort_by_cached_key(rank);
    }

    /// Gives the findings of some controls the severity that the user gave these.
    pub fn regrade(&mut self, severities: &BTreeMap<&'static str, Severity>, snapshot: &Snapshot) {
        for finding in &mut self.findings {
            if let Some(severity) = severities.get(finding.control) {
                finding.severity = *severity;
            }
        }
        self.rank(snapshot);
    }

    /// Failures at or above a severity.
    #[must_use]
    pub fn failures(&self, at_least: Severity) -> usize {
        self.findings.iter().filter(|f| f.verdict == Verdict::Fail && f.severity >= at_least).count()
    }
}
