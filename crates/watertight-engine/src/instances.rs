//! Instances that differ from their owner: each distinct difference is judged once.

use std::collections::BTreeMap;

use watertight_facts::{Opened, WorkloadEntry, World};
use watertight_model::ObjectId;

/// A template to judge: the owner's, or that of instances which differ from it.
pub(crate) struct Variant {
    pub(crate) opened: Opened,
    /// Objects in view with this template.
    pub(crate) members: u32,
}

/// The distinct templates of a workload, the owner's first. What could not be opened is handed to `gap`.
pub(crate) fn variants(
    world: &World<'_>,
    entry: &WorkloadEntry,
    mut gap: impl FnMut(ObjectId, String),
) -> Vec<Variant> {
    let mut open = |id: ObjectId| match Opened::of(world, id) {
        Ok(opened) => opened,
        Err(why) => {
            gap(id, why);
            None
        }
    };
    let mut variants: Vec<Variant> = Vec::new();
    let owner = open(entry.object);
    if entry.instances.is_empty() {
        variants.extend(owner.map(|opened| Variant { opened, members: 1 }));
        return variants;
    }
    let mut by_digest: BTreeMap<[u8; 32], usize> = BTreeMap::new();
    if let Some(opened) = owner {
        by_digest.insert(opened.canonical_digest(), 0);
        variants.push(Variant { opened, members: 0 });
    }
    for &instance in &entry.instances {
        let Some(opened) = open(instance) else { continue };
        let next = variants.len();
        let at = *by_digest.entry(opened.canonical_digest()).or_insert(next);
        match variants.get_mut(at) {
            Some(variant) => variant.members += 1,
            None => variants.push(Variant { opened, members: 1 }),
        }
    }
    variants
}
