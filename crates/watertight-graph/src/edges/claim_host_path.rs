//! See the page of the edge.

use watertight_facts::Os;

use crate::edge;
use crate::edge::Draw;
use crate::host_files::{opens_socket, read, seen_by_claim, writes_core_pattern, written};
use crate::thing::{Hold, Thing};

edge! {
    /// A claim is bound to a PersistentVolume that is a folder of the node, `hostPath` or `local`: whoever mounts it
    /// has what the folder gives, as with `hostPath` in the pod. Pod Security looks at the pod and sees a claim.
    ///
    /// The kubelet gives what is in a `local` volume to the pod's `fsGroup`, so that another user than root has it too.
    /// Only volumes that name the claim, or are named by it, are known to be bound to it: which of several fits a class
    /// or labels is decided by the controller and is not drawn.
    ///
    /// Upstream: `IsVolumeBoundToClaim` in `k8s.io/component-helpers/storage/volume`; `SetUpAt` in
    /// `pkg/volume/local/local.go`.
    ///
    /// ```yaml,edges
    /// #> pod/default/a -[claim-host-path]-> node/worker
    /// #> pod/default/b -[claim-host-path]-> node/worker
    /// #> statefulset/default/c -[claim-host-path]-> node-tokens/worker
    /// apiVersion: v1
    /// kind: PersistentVolume
    /// metadata: {name: etc}
    /// spec: {hostPath: {path: /etc}, claimRef: {namespace: default, name: etc}}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   containers: [{name: a, image: a, volumeMounts: [{name: v, mountPath: /v}]}]
    ///   volumes: [{name: v, persistentVolumeClaim: {claimName: etc}}]
    /// ---
    /// apiVersion: v1
    /// kind: PersistentVolume
    /// metadata: {name: cron}
    /// spec: {local: {path: /etc/cron.d}}
    /// ---
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata: {name: jobs}
    /// spec: {volumeName: cron}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: b}
    /// spec:
    ///   securityContext: {runAsUser: 1000, fsGroup: 1000}
    ///   containers: [{name: a, image: a, volumeMounts: [{name: v, mountPath: /v}]}]
    ///   volumes: [{name: v, persistentVolumeClaim: {claimName: jobs}}]
    /// ---
    /// apiVersion: v1
    /// kind: PersistentVolume
    /// metadata: {name: pods}
    /// spec: {hostPath: {path: /var/lib/kubelet/pods}, claimRef: {namespace: default, name: data-c-0}}
    /// ---
    /// apiVersion: apps/v1
    /// kind: StatefulSet
    /// metadata: {name: c}
    /// spec:
    ///   selector: {matchLabels: {app: c}}
    ///   template:
    ///     metadata: {labels: {app: c}}
    ///     spec:
    ///       containers: [{name: a, image: a, volumeMounts: [{name: data, mountPath: /v, readOnly: true}]}]
    ///   volumeClaimTemplates: [{metadata: {name: data}}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: PersistentVolume
    /// metadata: {name: etc}
    /// spec: {hostPath: {path: /etc}, claimRef: {namespace: elsewhere, name: etc}}
    /// ---
    /// apiVersion: v1
    /// kind: PersistentVolumeClaim
    /// metadata: {name: etc}
    /// spec: {volumeName: etc}
    /// ---
    /// apiVersion: v1
    /// kind: PersistentVolume
    /// metadata: {name: cron}
    /// spec: {hostPath: {path: /etc/cron.d}, claimRef: {namespace: default, name: jobs}}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   containers:
    ///   - {name: a, image: a, volumeMounts: [{name: v, mountPath: /v}, {name: w, mountPath: /w, readOnly: true}]}
    ///   - {name: b, image: a, securityContext: {runAsUser: 1000}, volumeMounts: [{name: w, mountPath: /w}]}
    ///   volumes:
    ///   - {name: v, persistentVolumeClaim: {claimName: etc}}
    ///   - {name: w, persistentVolumeClaim: {claimName: jobs}}
    /// ```
    pub static CLAIM_HOST_PATH = {
        title: "use a folder of the node that a claim is bound to",
        technique: "T1611",
        removed_by: &["another volume for the claim", "the claim not mounted", "another user than root"],
        draw: Draw::Process(|process, pen| {
            const GIVEN: &str = "the kubelet gives what is in the volume to the group of the pod";
            for seen in seen_by_claim(process) {
                let root = Thing::Placed(process.place, Hold::Root);
                if let Some(note) = opens_socket(process, &seen.shows) {
                    pen.edge(process.vertex, root, seen.facts.clone(), note);
                }
                let given = seen.is_given.then_some(Some(GIVEN));
                let Some(note) = process.is_root_within().or(given).filter(|_| process.workload.os() != Os::Windows)
                else {
                    continue;
                };
                if let Some(hold) = written(&seen.shows).filter(|_| !seen.read_only) {
                    pen.edge(process.vertex, Thing::Placed(process.place, hold), seen.facts.clone(), note);
                    continue;
                }
                let of_kernel = writes_core_pattern(&seen.shows, seen.read_only, seen.all_read_only);
                if let Some(note) = process.is_root_in_kernel().filter(|_| of_kernel) {
                    pen.edge(process.vertex, root, seen.facts.clone(), note);
                }
                // Tokens and Secrets of pods are mounted below the folder of pods.
                let there = |hold: &Hold| seen.recursive || *hold != Hold::Volumes;
                for hold in read(&seen.shows).into_iter().filter(there) {
                    pen.edge(process.vertex, Thing::Placed(process.place, hold), seen.facts.clone(), note);
                }
            }
        }),
    }
}
