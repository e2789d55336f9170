use std::collections::{BTreeMap, BTreeSet};

use watertight_engine::{Control, Outcome};
use watertight_model::{Layer, Severity, Verdict};

/// The numbers of an outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    /// Failures.
    pub failures: usize,
    /// Subjects that could not be judged by some control.
    pub unknown: usize,
    /// Findings that somebody decided to let be.
    pub waived: usize,
    /// How many of these nobody decided about: a baseline knows them.
    pub known: usize,
    /// Failures by layer and severity; every layer and severity is there.
    pub table: BTreeMap<Layer, BTreeMap<Severity, usize>>,
    /// Layers of which something was judged: a control found a subject that it speaks of.
    pub judged: BTreeSet<Layer>,
    /// Subjects that passed, summed over controls.
    pub passed: u64,
    /// Subjects that controls do not speak of, summed over controls.
    pub not_applicable: u64,
}

impl Summary {
    /// Counts an outcome of these controls.
    #[must_use]
    pub fn of(outcome: &Outcome, controls: &[&'static Control]) -> Self {
        let zeros = || Severity::ALL.into_iter().map(|severity| (severity, 0)).collect::<BTreeMap<_, _>>();
        let judged = controls.iter().filter(|control| {
            outcome.counts.get(control.name).is_some_and(|counts| counts.failed + counts.passed > 0)
        });
        let mut summary = Self {
            judged: judged.map(|control| control.layer).collect(),
            table: Layer::ALL.into_iter().map(|layer| (layer, zeros())).collect(),
            passed: outcome.counts.values().map(|counts| u64::from(counts.passed)).sum(),
            not_applicable: outcome.counts.values().map(|counts| u64::from(counts.not_applicable)).sum(),
            ..Self::default()
        };
        for finding in &outcome.findings {
            match &finding.verdict {
                Verdict::Fail => {
                    summary.failures += 1;
                    let row = summary.table.entry(finding.layer).or_default();
                    *row.entry(finding.severity).or_default() += 1;
                }
                Verdict::Unknown => summary.unknown += 1,
                Verdict::Waived(waiver) => {
                    summary.waived += 1;
                    summary.known += usize::from(waiver.is_baseline());
                }
            }
        }
        summary
    }

    /// Failures of a severity, over all layers.
    #[must_use]
    pub fn of_severity(&self, severity: Severity) -> usize {
        self.table.values().filter_map(|row| row.get(&severity)).sum()
    }

    /// The layers with failures, from the image outwards.
    pub fn open(&self) -> impl Iterator<Item = (Layer, &BTreeMap<Severity, usize>)> {
        let open = self.table.iter().filter(|(_, row)| row.values().any(|count| *count > 0));
        open.map(|(layer, row)| (*layer, row))
    }

    /// Layers without a failure, as they are told: those where something was judged, and those where nothing
    /// was there to judge or no control ran.
    #[must_use]
    pub fn silent(&self) -> (Vec<Layer>, Vec<Layer>) {
        let open: BTreeSet<Layer> = self.open().map(|(layer, _)| layer).collect();
        Layer::ALL
            .into_iter()
            .filter(|layer| !open.contains(layer))
            .partition(|layer| self.judged.contains(layer))
    }
}
