//! What findings are worth: the way from the outside over their object to a goal.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use watertight_engine::Outcome;
use watertight_facts::World;
use watertight_facts::reachability::{Assumed as AssumedOfNetwork, Reachability};
use watertight_graph::scene::Assumed;
use watertight_graph::{AttackGraph, Measure, Outside, Stand, Weights};
use watertight_model::{ObjectId, Severity, Verdict};
use watertight_report::Way;

/// The ways of objects, where somebody has to know: of what has findings.
pub fn of(world: &World<'_>, outcome: &Outcome) -> BTreeMap<ObjectId, Stand> {
    if !outcome.findings.iter().any(|finding| finding.verdict == Verdict::Fail) {
        return BTreeMap::new();
    }
    let reach = Reachability::assuming(world, AssumedOfNetwork::default());
    let graph = AttackGraph::of(world, &reach, Assumed::default());
    Measure::of(&graph, Weights::default()).stands()
}

/// Ranks findings by what the way over their object is worth: of the high and critical ones first those behind which
/// the internet reaches the worst goal in the fewest steps, then the others by severity; and so on below.
pub fn rank(outcome: &mut Outcome, stands: &BTreeMap<ObjectId, Stand>) {
    // Stable: what is worth the same stays as it was ranked.
    outcome.findings.sort_by_key(|finding| {
        let stand = finding.object.and_then(|object| stands.get(&object));
        (
            finding.verdict == Verdict::Unknown,
            finding.severity < Severity::High,
            stand.is_none(),
            stand.map(|own| (own.behind, own.goal.rank(), own.steps.is_none(), own.steps)),
            Reverse(finding.severity),
        )
    });
}

/// The ways as reports tell them.
pub fn told(stands: &BTreeMap<ObjectId, Stand>) -> BTreeMap<ObjectId, Way> {
    let told = |stand: &Stand| Way {
        goal: stand.goal.name(),
        steps: stand.steps,
        from_internet: stand.behind == Outside::Reaches,
    };
    stands.iter().map(|(object, stand)| (*object, told(stand))).collect()
}
