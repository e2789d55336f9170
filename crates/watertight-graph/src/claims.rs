//! Folders and devices of nodes that pods get through claims. Pod Security looks at pods alone and does not see them.
//!
//! A claim is known to be bound to a volume where one of the two names the other: `claimRef` of the volume
//! (`IsVolumeBoundToClaim` in `k8s.io/component-helpers/storage/volume`), `volumeName` of the claim. Which of several
//! volumes the controller picks for a claim that only asks for a class, a size or labels is not decided here
//! (`FindMatchingVolume` there).

use std::collections::BTreeMap;

use watertight_facts::identities::namespace_in_policy;
use watertight_facts::{Workload, World, clean_host_path};
use watertight_model::{GroupKind, ObjectId};
use watertight_syntax::{Path, Value};

/// A PersistentVolume that is a folder or a device of a node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeVolume {
    /// Its object.
    pub object: ObjectId,
    /// The node's path, cleaned.
    pub path: String,
    /// Whether it is `local`, not `hostPath`.
    pub local: bool,
    /// Whether it is given as a device, not mounted.
    pub block: bool,
    /// The claim that it names, by namespace and name.
    pub claim: Option<(String, String)>,
}

/// The claims of a world that are bound to folders and devices of nodes.
#[derive(Debug, Clone, Default)]
pub struct Claims {
    volumes: Vec<NodeVolume>,
    by_name: BTreeMap<String, Vec<usize>>,
    /// By namespace and name of the claim.
    by_claim: BTreeMap<(String, String), Vec<usize>>,
}

/// A volume of a pod that is such a claim.
#[derive(Debug, Clone)]
pub struct Claimed<'w> {
    /// What mounts call it.
    pub name: &'w str,
    /// Whether the pod asks for it to be read-only.
    pub read_only: bool,
    /// The place in the workload where it stands.
    pub field: Path,
    /// What it is bound to.
    pub volume: &'w NodeVolume,
}

fn text_at<'v>(value: Value<'v>, path: &'static str) -> Option<&'v str> {
    value.at(&Path::root().at(path)).and_then(Value::as_str).filter(|text| !text.is_empty())
}

impl Claims {
    /// Those of a world.
    #[must_use]
    pub fn of(world: &World<'_>) -> Self {
        const VOLUME: GroupKind = GroupKind::core("PersistentVolume");
        const CLAIM: GroupKind = GroupKind::core("PersistentVolumeClaim");
        let snapshot = world.snapshot();
        let mut claims = Self::default();
        let bodies = |kind: GroupKind| {
            let all = snapshot.of_kind(kind.kind).iter().map(|&id| (id, snapshot.object(id)));
            all.filter(move |(_, object)| kind.is(object.identity()))
        };
        for (id, object) in bodies(VOLUME) {
            let Ok(body) = object.body() else { continue };
            claims.add(&object.identity().name, id, body.root());
        }
        for (_, object) in bodies(CLAIM) {
            let Ok(body) = object.body() else { continue };
            let identity = object.identity();
            let key = (namespace_in_policy(&identity.namespace).to_owned(), identity.name.to_string());
            let Some(volume) = text_at(body.root(), "spec.volumeName") else { continue };
            let bound = claims.by_name.get(volume).into_iter().flatten().copied();
            // A volume that names a claim by itself is known already, and is given to no other.
            let bound: Vec<usize> = bound.filter(|at| claims.volumes[*at].claim.is_none()).collect();
            claims.by_claim.entry(key).or_default().extend(bound);
        }
        claims
    }

    fn add(&mut self, name: &str, object: ObjectId, root: Value<'_>) {
        let of_host = text_at(root, "spec.hostPath.path");
        let Some(path) = of_host.or_else(|| text_at(root, "spec.local.path")) else { return };
        let claim = text_at(root, "spec.claimRef.name")
            .zip(text_at(root, "spec.claimRef.namespace"))
            .map(|(name, namespace)| (namespace.to_owned(), name.to_owned()));
        let at = self.volumes.len();
        self.by_name.entry(name.to_owned()).or_default().push(at);
        if let Some(claim) = &claim {
            self.by_claim.entry(claim.clone()).or_default().push(at);
        }
        let block = text_at(root, "spec.volumeMode") == Some("Block");
        self.volumes.push(NodeVolume {
            object,
            path: clean_host_path(path),
            local: of_host.is_none(),
            block,
            claim,
        });
    }

    /// Each claim that is bound to one, by namespace and name, with what it is bound to.
    pub fn bound(&self) -> impl Iterator<Item = (&str, &str, &NodeVolume)> {
        let all = self.by_claim.iter();
        all.flat_map(move |((namespace, name), volumes)| {
            volumes.iter().map(move |at| (namespace.as_str(), name.as_str(), &self.volumes[*at]))
        })
    }

    /// The volumes of a workload that are such claims.
    #[must_use]
    pub fn of_workload<'w>(&'w self, workload: Workload<'w>, world: &World<'_>) -> Vec<Claimed<'w>> {
        if self.volumes.is_empty() {
            return Vec::new();
        }
        let namespace = namespace_in_policy(&workload.identity().namespace);
        let mut found = Vec::new();
        for (at, volume) in workload.spec().volumes.iter().flatten().enumerate() {
            let place = workload.path().key("volumes").index(at);
            if let Some(claim) = &volume.persistent_volume_claim {
                let key = (namespace.to_owned(), claim.claim_name.clone());
                let field = place.key("persistentVolumeClaim");
                let read_only = claim.read_only == Some(true);
                found.extend(self.claimed(self.by_claim.get(&key), &volume.name, read_only, &field));
            } else if let Some(template) =
                volume.ephemeral.as_ref().and_then(|own| own.volume_claim_template.as_ref())
            {
                let named = template.spec.volume_name.as_ref().and_then(|name| self.by_name.get(name));
                found.extend(self.claimed(named, &volume.name, false, &place.key("ephemeral")));
            }
        }
        if &*workload.identity().kind == "StatefulSet" {
            found.extend(self.of_templates(workload, namespace, world));
        }
        found
    }

    fn claimed<'w>(
        &'w self,
        volumes: Option<&'w Vec<usize>>,
        name: &'w str,
        read_only: bool,
        field: &Path,
    ) -> impl Iterator<Item = Claimed<'w>> {
        let volumes = volumes.into_iter().flatten();
        volumes.map(move |at| Claimed { name, read_only, field: field.clone(), volume: &self.volumes[*at] })
    }

    /// The claims that a StatefulSet makes for each of its pods, `TEMPLATE-NAME-NUMBER` (`getPersistentVolumeClaimName`
    /// in `pkg/controller/statefulset/stateful_set_utils.go`). A mount finds its template by name.
    fn of_templates<'w>(
        &'w self,
        workload: Workload<'w>,
        namespace: &str,
        world: &World<'_>,
    ) -> Vec<Claimed<'w>> {
        let mut found = Vec::new();
        let object = world.snapshot().object(workload.id());
        let Ok(body) = object.body() else { return found };
        let templates = body.root().at(&Path::root().at("spec.volumeClaimTemplates"));
        let own = &*workload.identity().name;
        for (at, template) in templates.into_iter().flat_map(Value::items).enumerate() {
            let Some(written) = text_at(template, "metadata.name") else { continue };
            // Only what is mounted counts, and the mount has the name for as long as the workload is open.
            let mounts = workload.containers().flat_map(|container| {
                let spec = container.spec();
                let mounted = spec.volume_mounts.iter().flatten().map(|mount| mount.name.as_str());
                mounted.chain(spec.volume_devices.iter().flatten().map(|device| device.name.as_str()))
            });
            let mut mounts = mounts.filter(|name| *name == written);
            let Some(name) = mounts.next() else { continue };
            let of_pods = (namespace.to_owned(), format!("{written}-{own}-"));
            let is_number = |rest: &str| !rest.is_empty() && rest.bytes().all(|byte| byte.is_ascii_digit());
            let by_claim = self
                .by_claim
                .range(of_pods.clone()..)
                .take_while(|((home, claim), _)| *home == of_pods.0 && claim.starts_with(&of_pods.1))
                .filter(|((_, claim), _)| is_number(&claim[of_pods.1.len()..]));
            let by_name = text_at(template, "spec.volumeName").and_then(|name| self.by_name.get(name));
            let mut volumes: Vec<usize> = by_claim
                .flat_map(|(_, volumes)| volumes)
                .chain(by_name.into_iter().flatten())
                .copied()
                .collect();
            volumes.sort_unstable();
            volumes.dedup();
            let field = Path::root().at("spec.volumeClaimTemplates").index(at);
            let claimed = |at: usize| Claimed {
                name,
                read_only: false,
                field: field.clone(),
                volume: &self.volumes[at],
            };
            found.extend(volumes.into_iter().map(claimed));
        }
        found
    }
}
