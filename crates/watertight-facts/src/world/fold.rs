//! Which workload owns which: the top-most owner in view stands for what is below it.

use std::collections::{BTreeMap, HashMap};

use watertight_model::{Namespace, ObjectId};

use super::{WorkloadEntry, World};

/// The controllers, by group and kind, that make all their objects from one template. A node, which
/// owns its mirror pods, is none.
const ONE_TEMPLATE: [(&str, &str); 7] = [
    ("", "ReplicationController"),
    ("apps", "DaemonSet"),
    ("apps", "Deployment"),
    ("apps", "ReplicaSet"),
    ("apps", "StatefulSet"),
    ("batch", "CronJob"),
    ("batch", "Job"),
];

impl World<'_> {
    /// Puts owned workloads below their top-most owner in view; of those that one controller out of
    /// view made from one template, as in `kubectl get pods -o yaml`, the first stands for it.
    pub(super) fn fold(&mut self) {
        let mut by_identity: HashMap<(Namespace, &str, &str, &str), ObjectId> = HashMap::new();
        for (id, object) in self.snapshot.objects() {
            if self.workload_facts(id).is_some() {
                let who = object.identity();
                by_identity.entry((who.namespace.clone(), &who.group, &who.kind, &who.name)).or_insert(id);
            }
        }
        let owner_key = |id: ObjectId| {
            let (group, kind, name) = self.workload_facts(id)?.owner.as_ref()?;
            let namespace = self.snapshot.object(id).identity().namespace.clone();
            Some((namespace, group.as_str(), kind.as_str(), name.as_str()))
        };
        let mut leaders: HashMap<(Namespace, &str, &str, &str), ObjectId> = HashMap::new();
        for (id, _) in self.snapshot.objects() {
            let Some(key) = owner_key(id).filter(|key| !by_identity.contains_key(key)) else { continue };
            if ONE_TEMPLATE.contains(&(key.1, key.2)) {
                leaders.entry(key).or_insert(id);
            }
        }
        let leads = |id: ObjectId| owner_key(id).is_some_and(|key| leaders.get(&key) == Some(&id));
        let owner_of = |id: ObjectId| -> Option<ObjectId> {
            let key = owner_key(id)?;
            by_identity.get(&key).or_else(|| leaders.get(&key)).copied()
        };
        let mut below: BTreeMap<ObjectId, Vec<ObjectId>> = BTreeMap::new();
        for (id, _) in self.snapshot.objects().filter(|(id, _)| self.workload_facts(*id).is_some()) {
            let mut top = id;
            // Owners may form a circle in a hand-written file; a chain longer than this is one.
            for _ in 0..8 {
                match owner_of(top).filter(|&owner| owner != top) {
                    Some(owner) => top = owner,
                    None => break,
                }
            }
            let owned = below.entry(top).or_default();
            if top != id {
                owned.push(id);
            }
        }
        self.workloads = below
            .into_iter()
            .map(|(object, mut owned)| {
                // It is one of those that it stands for.
                if leads(object) && !owned.is_empty() {
                    owned.insert(0, object);
                }
                let is_pod = |id: &ObjectId| &*self.snapshot.object(*id).identity().kind == "Pod";
                let pods: Vec<ObjectId> = owned.iter().copied().filter(is_pod).collect();
                WorkloadEntry { object, instances: if pods.is_empty() { owned } else { pods } }
            })
            .collect();
        for entry in &self.workloads {
            self.owners.extend(entry.instances.iter().map(|&instance| (instance, entry.object)));
        }
    }
}
