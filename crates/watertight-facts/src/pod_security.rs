//! Pod Security by namespace: which level its workloads meet, and what stands in the way of the next.
//!
//! The verdicts are those of [`watertight_podsecurity`]; this joins them with namespaces, their labels
//! and what could not be seen. Start reading at [`PodSecurity::of`]; [`labels`] says what to write.

mod configuration;
pub mod labels;
mod namespace;
mod workload;

use std::collections::BTreeMap;

use watertight_model::{Gap, Namespace, ObjectId};
use watertight_podsecurity::{Admission, Configuration, Level, LevelVersion, Standards, Version};

pub use configuration::configuration;
pub use namespace::{Declared, Meets, NamespaceSecurity};
pub use workload::{Violation, WorkloadSecurity};

use crate::world::{Settings, World};

/// Pod Security over all namespaces of a world.
#[derive(Debug)]
pub struct PodSecurity {
    /// The version of the standards that levels are judged by, as it was asked for.
    pub version: Version,
    /// The same as the number behind `v1.`: what `latest`, or a version that is too new, means.
    pub minor: u64,
    /// The configuration of the admission plugin.
    pub configuration: Configuration,
    /// Every namespace with workloads or with an object of its own; named ones by name, then those
    /// workloads that name none.
    pub namespaces: Vec<NamespaceSecurity>,
    /// Everything that could not be seen and that may hide pods or labels, wherever.
    pub gaps: Vec<Gap>,
}

impl PodSecurity {
    /// Judges every workload of a world by the standards in a version, and by what its namespace asks.
    /// `latest` is the target version of the world's settings.
    #[must_use]
    pub fn of(world: &World<'_>, version: Version, configuration: Configuration) -> Self {
        let admission =
            Admission { standards: Standards::new(world.settings().target.minor.into()), configuration };
        let policy = LevelVersion { level: Level::Restricted, version };
        let minor = admission.standards.policy(policy).minor();
        let gaps = hiding_pods(world.snapshot().gaps());
        let mut rooms = Rooms { by_namespace: BTreeMap::new(), settings: world.settings(), gaps };
        let everywhere = rooms.gaps.len();
        rooms.declare(world, &admission);
        rooms.judge(world, &admission, version);
        rooms.note_unjudged(world);

        // Whoever is not bound to a namespace may run pods in any.
        let hidden: Vec<Gap> = rooms.gaps[..everywhere].to_vec();
        let labels_hidden = world
            .snapshot()
            .gaps()
            .iter()
            .find(|gap| gap.affects.is_empty() || gap.affects.iter().any(|kind| kind == "Namespace"));
        let mut namespaces: Vec<NamespaceSecurity> = rooms.by_namespace.into_values().collect();
        for namespace in &mut namespaces {
            namespace.hidden.extend(hidden.iter().cloned());
            if let (Declared::NotInView, Some(gap)) = (&namespace.declared, labels_hidden) {
                namespace.declared = Declared::Unreadable(gap.what.clone());
            }
            namespace.workloads.sort_by_cached_key(|workload| {
                let identity = world.snapshot().object(workload.object).identity();
                (identity.kind.clone(), identity.name.clone(), identity.clone())
            });
        }
        namespaces.sort_by_key(|namespace| namespace.namespace.name().is_none());
        let mut gaps = rooms.gaps;
        gaps.extend(labels_hidden.cloned());
        let of_labels = |gap: &&Gap| gap.affects.iter().any(|kind| kind == "Namespace");
        gaps.extend(world.gaps().iter().filter(of_labels).cloned());
        gaps.sort();
        gaps.dedup();
        Self { version, minor, configuration: admission.configuration, namespaces, gaps }
    }

    /// Whether something that was there could not be seen, and could change an answer.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        !self.gaps.is_empty()
    }
}

/// Namespaces while they are filled.
struct Rooms<'w> {
    by_namespace: BTreeMap<Namespace, NamespaceSecurity>,
    settings: &'w Settings,
    gaps: Vec<Gap>,
}

impl Rooms<'_> {
    fn room(&mut self, namespace: &Namespace, admission: &Admission) -> &mut NamespaceSecurity {
        self.by_namespace.entry(namespace.clone()).or_insert_with(|| NamespaceSecurity {
            namespace: namespace.clone(),
            declared: Declared::NotInView,
            policy: admission.configuration.defaults,
            platform: namespace.name().is_some_and(|name| self.settings.is_platform(name)),
            exempt: namespace.name().is_some_and(|name| admission.exempts_namespace(name)),
            workloads: Vec::new(),
            hidden: Vec::new(),
        })
    }

    /// The objects that namespaces have themselves, with their labels.
    fn declare(&mut self, world: &World<'_>, admission: &Admission) {
        let snapshot = world.snapshot();
        for &id in snapshot.of_kind("Namespace") {
            let object = snapshot.object(id);
            let identity = object.identity();
            if !identity.group.is_empty() || object.is_implied() {
                continue;
            }
            let declared = Declared::by(identity, world.namespace_facts(id));
            let labels = world.namespace_facts(id).map(|facts| &facts.labels);
            let platform =
                labels.is_some_and(|labels| self.settings.is_platform_labelled(&identity.name, labels));
            let room = self.room(&Namespace::Named(identity.name.clone()), admission);
            room.platform |= platform;
            room.declare(declared, &admission.configuration.defaults);
        }
    }

    fn judge(&mut self, world: &World<'_>, admission: &Admission, version: Version) {
        for entry in world.workloads() {
            let namespace = &world.snapshot().object(entry.object).identity().namespace;
            let policy = self.room(namespace, admission).policy;
            let asked = workload::Asked { admission, version, policy };
            let (judged, gaps) = asked.judge(world, entry);
            self.gaps.extend(gaps.iter().cloned());
            let room = self.room(namespace, admission);
            room.hidden.extend(gaps);
            room.workloads.extend(judged);
        }
        // An object that only refers to a workload makes no room of its own.
        self.by_namespace.retain(|_, room| {
            !room.workloads.is_empty() || !room.hidden.is_empty() || room.declared != Declared::NotInView
        });
    }

    /// Objects that hold a pod template which nobody here can judge.
    fn note_unjudged(&mut self, world: &World<'_>) {
        for (id, object) in world.snapshot().objects() {
            let Some(gap) = unjudged(world, id) else { continue };
            match self.by_namespace.get_mut(&object.identity().namespace) {
                Some(room) => room.hidden.push(gap.clone()),
                None if object.identity().namespace == Namespace::Cluster => {
                    for room in self.by_namespace.values_mut() {
                        room.hidden.push(gap.clone());
                    }
                }
                None => {}
            }
            self.gaps.push(gap);
        }
    }
}

fn unjudged(world: &World<'_>, id: ObjectId) -> Option<Gap> {
    let identity = world.snapshot().object(id).identity();
    let without_pods = identity.group.is_empty() && is_without_pods(&identity.kind);
    if without_pods { None } else { world.unjudged(id) }
}

/// The gaps that may hide something which runs pods.
fn hiding_pods(gaps: &[Gap]) -> Vec<Gap> {
    let hides = |gap: &&Gap| gap.affects.is_empty() || gap.affects.iter().any(|kind| !is_without_pods(kind));
    gaps.iter().filter(hides).cloned().collect()
}

/// Kinds of Kubernetes' own that run no pods, by name. A kind that is not here may be a custom resource
/// that does.
fn is_without_pods(kind: &str) -> bool {
    const WITHOUT: &[&str] = &[
        "APIService",
        "CSIDriver",
        "CertificateSigningRequest",
        "ClusterRole",
        "ClusterRoleBinding",
        "ConfigMap",
        "CustomResourceDefinition",
        "EndpointSlice",
        "Endpoints",
        "Event",
        "HorizontalPodAutoscaler",
        "Ingress",
        "IngressClass",
        "Lease",
        "LimitRange",
        "MutatingWebhookConfiguration",
        "Namespace",
        "NetworkPolicy",
        "Node",
        "PersistentVolume",
        "PersistentVolumeClaim",
        "PodDisruptionBudget",
        "PriorityClass",
        "ResourceQuota",
        "Role",
        "RoleBinding",
        "RuntimeClass",
        "Secret",
        "ServiceAccount",
        "StorageClass",
        "ValidatingAdmissionPolicy",
        "ValidatingAdmissionPolicyBinding",
        "ValidatingWebhookConfiguration",
    ];
    WITHOUT.contains(&kind)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::workload_kinds::TEMPLATES;

    fn gap(affects: &[&str]) -> Gap {
        let affects = affects.iter().map(|kind| (*kind).to_owned()).collect();
        Gap { what: "a.yaml:1:1".to_owned(), why: "broken".to_owned(), affects }
    }

    #[test]
    fn only_kinds_that_run_nothing_hide_nothing() {
        let hides = |affects: &[&str]| !hiding_pods(&[gap(affects)]).is_empty();
        assert!(hides(&[]) && hides(&["Pod"]) && hides(&["ConfigMap", "CronJob"]));
        assert!(hides(&["NobodyKnows"]), "a custom resource may run pods");
        // Knative has a Service too, and what does not parse tells no group.
        assert!(hides(&["Service"]));
        assert!(!hides(&["ConfigMap"]) && !hides(&["Namespace", "Secret"]));
        assert!(TEMPLATES.iter().all(|row| !is_without_pods(row.kind)));
    }
}
