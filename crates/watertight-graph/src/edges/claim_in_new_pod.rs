//! See the page of the edge.

use watertight_facts::runtime_socket_at;
use watertight_podsecurity::Level;

use crate::claims::NodeVolume;
use crate::edge;
use crate::edge::Draw;
use crate::evidence::Fact;
use crate::host_files::{read, writes_core_pattern, written};
use crate::scene::Scene;
use crate::thing::{Every, Hold, Scope, Thing};

edge! {
    /// Whoever may create pods in a namespace mounts every claim of it, also one that is bound to a folder or a device
    /// of a node. No level of Pod Security forbids a claim.
    ///
    /// `restricted` forbids root. It leaves what the kubelet gives to the pod's `fsGroup`, which are `local` volumes,
    /// and sockets of group 0, which it does not forbid. A `hostPath` volume is on every node; on which nodes a `local`
    /// one is, is not evaluated: on workers.
    ///
    /// Upstream: `docs/concepts/security/pod-security-standards.md` of Kubernetes' pages (volume types, running as
    /// non-root); `SetUpAt` in `pkg/volume/local/local.go`.
    ///
    /// ```yaml,edges
    /// #> new-pod/shop -[claim-in-new-pod]-> nodes/*
    /// #> new-pod/closed -[claim-in-new-pod]-> node/worker
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: shop, labels: {pod-security.kubernetes.io/enforce: baseline}}
    /// ---
    /// apiVersion: v1
    /// kind: PersistentVolume
    /// metadata: {name: etc}
    /// spec: {hostPath: {path: /etc}, claimRef: {namespace: shop, name: etc}}
    /// ---
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: closed, labels: {pod-security.kubernetes.io/enforce: restricted}}
    /// ---
    /// apiVersion: v1
    /// kind: PersistentVolume
    /// metadata: {name: cron}
    /// spec: {local: {path: /etc/cron.d}, claimRef: {namespace: closed, name: jobs}}
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Namespace
    /// metadata: {name: closed, labels: {pod-security.kubernetes.io/enforce: restricted}}
    /// ---
    /// apiVersion: v1
    /// kind: PersistentVolume
    /// metadata: {name: etc}
    /// spec: {hostPath: {path: /etc}, claimRef: {namespace: closed, name: etc}}
    /// ---
    /// apiVersion: v1
    /// kind: PersistentVolume
    /// metadata: {name: data}
    /// spec: {local: {path: /mnt/disks/a}, claimRef: {namespace: closed, name: data}}
    /// ```
    pub static CLAIM_IN_NEW_POD = {
        title: "mount a claim that is bound to a folder of a node",
        technique: "T1611",
        removed_by: &["another volume for the claim", "no right to create pods"],
        draw: Draw::Scene(|scene, pen| {
            const WORKERS: &str = "on which nodes the volume is, is not evaluated";
            for (namespace, _, volume) in scene.claims.bound() {
                let Some(name) = pen.drawing.names.find(namespace) else { continue };
                let Some(space) = scene.namespaces.get(&name) else { continue };
                let from = pen.vertex(Thing::All(Every::NewPod, Scope::In(name)));
                for hold in given(volume, space.enforced) {
                    let fact = Fact::Object(volume.object);
                    if hold == Hold::Root && !volume.local {
                        pen.edge(from, Thing::EveryNode, [fact], None);
                        continue;
                    }
                    for node in nodes(scene, volume) {
                        let note = volume.local.then_some(WORKERS);
                        pen.edge(from, Thing::Node(node, hold), [fact.clone()], note);
                    }
                }
            }
        }),
    }
}

/// What a volume gives to a pod of one's own choice that a level lets in.
fn given(volume: &NodeVolume, level: Level) -> Vec<Hold> {
    let root = level != Level::Restricted;
    if volume.block {
        return if root && volume.local { vec![Hold::Root] } else { Vec::new() };
    }
    if runtime_socket_at(&volume.path).is_some_and(|runtime| root || runtime != "Docker") {
        return vec![Hold::Root];
    }
    if !root && !volume.local {
        return Vec::new();
    }
    let of_kernel = root && writes_core_pattern(&volume.path, false, false);
    match written(&volume.path).or(of_kernel.then_some(Hold::Root)) {
        Some(hold) => vec![hold],
        None => {
            read(&volume.path).into_iter().filter(|hold| !volume.local || *hold != Hold::Volumes).collect()
        }
    }
}

/// The nodes that a volume may be on.
fn nodes(scene: &Scene<'_>, volume: &NodeVolume) -> Vec<u32> {
    let all = (0u32..).zip(&scene.nodes);
    let workers: Vec<u32> =
        all.clone().filter(|(_, node)| !node.control_plane).map(|(node, _)| node).collect();
    if volume.local && !workers.is_empty() { workers } else { all.map(|(node, _)| node).collect() }
}
