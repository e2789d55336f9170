//! See the page of the edge.

use watertight_facts::{Os, is_or_holds};

use crate::edge;
use crate::edge::{Draw, Need};
use crate::grants::Granted;
use crate::host_files::{seen, seen_by_claim};
use crate::scene::Scene;
use crate::thing::{Hold, Name, Scope, Thing};

edge! {
    /// Root in a container puts a link in the place of a log of its node; whoever may read that log has the kubelet
    /// follow the link, as root, to any file of the node.
    ///
    /// The kubelet answers `pods/log` from `/var/log/pods`, for pods that are on the node: those of the container's
    /// own workload, Kubernetes' own in `kube-system`, and others in view that may be there. It answers `nodes/log`,
    /// and `nodes/proxy`, from all of `/var/log`. Without such a container these give logs, which hold no credential
    /// by what they are: they alone are no edge.
    ///
    /// Upstream: `BuildContainerLogsDirectory` in `pkg/kubelet/kuberuntime/helpers.go` and `ReadLogs` in
    /// `pkg/kubelet/kuberuntime/logs` for pods, `logServer` in `pkg/kubelet/kubelet.go`, a `http.FileServer`, for nodes;
    /// `GetRequestAttributes` in `pkg/kubelet/server/auth.go` for what each asks.
    ///
    /// ```yaml,edges
    /// #> pod/default/a & user/dev -[var-log-symlink]-> node-files/worker
    /// #> pod/default/a & user/op -[var-log-symlink]-> node-files/worker
    /// #> pod/default/b & user/op -[var-log-symlink]-> node-files/worker
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   containers: [{name: a, image: a, volumeMounts: [{name: v, mountPath: /v}]}]
    ///   volumes: [{name: v, hostPath: {path: /var/log/pods}}]
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: b}
    /// spec:
    ///   containers: [{name: a, image: a, volumeMounts: [{name: v, mountPath: /v}]}]
    ///   volumes: [{name: v, hostPath: {path: /var/log/own}}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r}
    /// rules: [{apiGroups: [''], resources: ['pods/log'], verbs: [get]}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRole
    /// metadata: {name: n}
    /// rules: [{apiGroups: [''], resources: ['nodes/log'], verbs: [get]}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: ClusterRoleBinding
    /// metadata: {name: n}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: n}
    /// subjects: [{kind: User, name: op}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   containers: [{name: a, image: a, volumeMounts: [{name: v, mountPath: /v, readOnly: true}]}]
    ///   volumes: [{name: v, hostPath: {path: /var/log}}]
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: b}
    /// spec:
    ///   containers: [{name: a, image: a, volumeMounts: [{name: v, mountPath: /v}]}]
    ///   volumes: [{name: v, hostPath: {path: /var/log}}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: Role
    /// metadata: {name: r, namespace: elsewhere}
    /// rules: [{apiGroups: [''], resources: ['pods/log'], verbs: [get]}]
    /// ---
    /// apiVersion: rbac.authorization.k8s.io/v1
    /// kind: RoleBinding
    /// metadata: {name: r, namespace: elsewhere}
    /// roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r}
    /// subjects: [{kind: User, name: dev}]
    /// ```
    pub static VAR_LOG_SYMLINK = {
        title: "have the kubelet read any file of the node through a link among its logs",
        technique: "T1611",
        removed_by: &["the hostPath removed", "the mount read-only", "another user than root", "the rule removed"],
        draw: Draw::With {
            process: |process, pen| {
                let Some(note) = process.is_root_within().filter(|_| process.workload.os() != Os::Windows) else {
                    return;
                };
                let direct = seen(process).map(|seen| (seen.shows.to_owned(), seen.read_only, vec![seen.field]));
                let claimed = seen_by_claim(process).into_iter();
                let claimed = claimed.map(|seen| (seen.shows, seen.read_only, seen.facts.to_vec()));
                for (shows, read_only, facts) in direct.chain(claimed) {
                    // Whoever writes to `/` has the node anyway.
                    if read_only || shows == "/" {
                        continue;
                    }
                    let touches = |folder: &str| is_or_holds(&shows, folder) || is_or_holds(folder, &shows);
                    if touches("/var/log/pods") {
                        pen.step(process.vertex, Thing::PodLogs(process.place), facts.clone(), note);
                    }
                    if touches("/var/log") {
                        pen.step(process.vertex, Thing::NodeLogs(process.place), facts, note);
                    }
                }
            },
            needs: &[&[
                Need::of("get", "", "pods/log"),
                Need::of("get", "", "nodes/log"),
                Need::of("get", "", "nodes/proxy"),
            ]],
            names: true,
            leads: |granted, scene, pen| {
                let of_pods = granted.need.is_some_and(|need| need.resource == "pods/log");
                let named = granted.name.filter(|_| of_pods);
                let pods = named.map(|name| scene.pods_named(granted, name, &pen.drawing.names));
                let kube_system = pen.name("kube-system");
                let written = pen.written_logs(of_pods);
                let others = others(granted, scene, written.is_empty());
                for (place, logs) in written {
                    let nodes = match (&pods, of_pods) {
                        (Some(pods), _) => Some(nodes_shared(scene, place, pods)),
                        (None, true) => nodes_of_pods(granted, scene, place, kube_system, &others),
                        (None, false) => granted.name.map(|name| nodes_named(scene, place, name)),
                    };
                    if nodes.as_ref().is_some_and(Vec::is_empty) {
                        continue;
                    }
                    let both = pen.both(vec![granted.from, logs]);
                    match nodes {
                        None => pen.given(both, Thing::Placed(place, Hold::Files)),
                        Some(nodes) => {
                            nodes.into_iter().for_each(|node| pen.given(both, Thing::Node(node, Hold::Files)));
                        }
                    }
                }
            },
        },
    }
}

/// The workloads of the namespace that something is granted in, where that is asked.
fn others(granted: &Granted, scene: &Scene<'_>, unasked: bool) -> Vec<u32> {
    let Scope::In(namespace) = granted.scope else { return Vec::new() };
    let all = (0u32..).zip(&scene.workloads).filter(|(_, load)| !unasked && load.namespace == namespace);
    all.map(|(place, _)| place).collect()
}

/// Those nodes of a workload on which there are pods whose logs may be read; `None` for all of them.
fn nodes_of_pods(
    granted: &Granted,
    scene: &Scene<'_>,
    place: u32,
    kube_system: Name,
    others: &[u32],
) -> Option<Vec<u32>> {
    let Scope::In(namespace) = granted.scope else { return None };
    // Its own pods are on all of them, and so are Kubernetes' own.
    let own = namespace == scene.workloads[place as usize].namespace || namespace == kube_system;
    (!own).then(|| nodes_shared(scene, place, others))
}

/// Those nodes of a workload on which pods of others may be.
fn nodes_shared(scene: &Scene<'_>, place: u32, others: &[u32]) -> Vec<u32> {
    let runs = |other: &u32, node: u32| {
        let load = &scene.workloads[*other as usize];
        !load.refused && scene.may_run_on(load, node)
    };
    let nodes = scene.nodes_of(place).iter().copied();
    nodes.filter(|node| others.iter().any(|other| runs(other, *node))).collect()
}

/// The node of a name, if it is one of a workload.
fn nodes_named(scene: &Scene<'_>, place: u32, name: Name) -> Vec<u32> {
    let nodes = scene.nodes_of(place).iter().copied();
    nodes.filter(|node| scene.nodes[*node as usize].name == name).collect()
}
