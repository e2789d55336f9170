use k8s_openapi::api::core::v1::{NodeSelectorTerm, Toleration};
use watertight_engine::prelude::*;

control! {
    /// The pod may run beside the API server and etcd: a container that is broken out of there
    /// holds the keys of the whole cluster, not those of one node.
    ///
    /// Node agents that tolerate every taint are usual; for a DaemonSet a toleration alone is low.
    ///
    /// ## Remedy
    /// Remove the toleration and what selects control plane nodes. An agent that must run on all
    /// other nodes tolerates their taints by name.
    ///
    /// ```yaml,fail
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   template:
    ///     spec:
    ///       tolerations:
    ///       - key: dedicated
    ///         value: web
    ///       - key: node-role.kubernetes.io/control-plane
    ///         operator: Exists
    ///         effect: NoSchedule
    ///       - key: node-role.kubernetes.io/master
    ///       containers:
    ///       - name: web
    ///         image: web
    /// ```
    /// ```yaml,fixed
    /// apiVersion: apps/v1
    /// kind: Deployment
    /// metadata: {name: web}
    /// spec:
    ///   template:
    ///     spec:
    ///       tolerations:
    ///       - key: dedicated
    ///         value: web
    ///       containers:
    ///       - name: web
    ///         image: web
    /// ```
    /// ```yaml,fail
    /// apiVersion: apps/v1
    /// kind: DaemonSet
    /// metadata: {name: agent}
    /// spec:
    ///   template:
    ///     spec:
    ///       tolerations:
    ///       - operator: Exists  # every taint
    ///       containers:
    ///       - name: agent
    ///         image: agent
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   affinity:
    ///     nodeAffinity:
    ///       requiredDuringSchedulingIgnoredDuringExecution:
    ///         nodeSelectorTerms:
    ///         - matchExpressions:
    ///           - {key: node-role.kubernetes.io/control-plane, operator: Exists}
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   nodeName: kind-control-plane  # no scheduler and no taint is asked
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,pass
    /// apiVersion: apps/v1
    /// kind: DaemonSet
    /// metadata: {name: agent}
    /// spec:
    ///   template:
    ///     spec:
    ///       tolerations:
    ///       - operator: Exists
    ///       affinity:
    ///         nodeAffinity:
    ///           requiredDuringSchedulingIgnoredDuringExecution:
    ///             nodeSelectorTerms:
    ///             - matchExpressions:
    ///               - {key: node-role.kubernetes.io/control-plane, operator: DoesNotExist}
    ///       containers:
    ///       - name: agent
    ///         image: agent
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   nodeName: webmaster-1
    ///   tolerations:
    ///   - {operator: Exists, effect: NoExecute}  # does not help against NoSchedule
    ///   - {key: node-role.kubernetes.io/control-plane, value: other}
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    pub static SCHEDULES_ON_CONTROL_PLANE = {
        title: "pod may run on control plane nodes",
        severity: Severity::Medium,
        layer: Layer::Pod,
        maps: &[],
        reads: &[],
        check: Check::Workload(check),
    }
}

/// Taints and labels of control plane nodes: kubeadm's (`LabelNodeRoleControlPlane` in
/// `cmd/kubeadm/app/constants/constants.go`), its former one, which OpenShift keeps, and RKE's.
const ROLES: [&str; 3] = [
    "node-role.kubernetes.io/control-plane",
    "node-role.kubernetes.io/master",
    "node-role.kubernetes.io/controlplane",
];

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    // No control plane runs on Windows; a mirror pod is where its file is.
    if workload.os() == Os::Windows || workload.is_mirror_pod() {
        out.not_applicable();
        return;
    }
    let spec = workload.spec();
    let at = |keys| workload.path().at(keys);
    if let Some(node) = spec.node_name.as_deref().filter(|node| is_named_so(node)) {
        out.fail(at("nodeName"), format!("bound to `{node}`, a control plane node by its name"));
        return;
    }
    let mut labels = spec.node_selector.iter().flatten();
    if let Some((role, _)) = labels.find(|(role, value)| is_role(role) && is_plain(value)) {
        out.fail(at("nodeSelector").key(role.clone()), "selects control plane nodes");
        return;
    }
    let affinity = spec.affinity.as_ref().and_then(|affinity| affinity.node_affinity.as_ref());
    let required = affinity
        .and_then(|node| node.required_during_scheduling_ignored_during_execution.as_ref())
        .map_or(&[][..], |required| &required.node_selector_terms);
    if required.iter().any(selects) {
        let path = at("affinity.nodeAffinity.requiredDuringSchedulingIgnoredDuringExecution");
        out.fail(path, "requires control plane nodes");
        return;
    }
    // One term is enough for a node to fit: each of them has to keep control plane nodes out.
    if !required.is_empty() && required.iter().all(excludes) {
        return;
    }
    let tolerations = spec.tolerations.as_deref().unwrap_or_default();
    let open: Vec<(usize, &Toleration)> =
        tolerations.iter().enumerate().filter(|(_, toleration)| tolerates(toleration)).collect();
    let list = at("tolerations");
    let Some((first, toleration)) = open.first() else { return };
    let what = match toleration.key.as_deref().unwrap_or_default() {
        "" => "every taint, those of control plane nodes too".to_owned(),
        key => format!("`{key}`, a taint of control plane nodes"),
    };
    let finding = out.fail(list.index(*first), format!("tolerates {what}"));
    finding.severity(if workload.is_node_agent() { Severity::Low } else { Severity::Medium });
    // What tolerates every taint may be there for another one.
    if open.iter().all(|(_, toleration)| toleration.key.as_deref().is_some_and(|key| !key.is_empty())) {
        let remove = |fix: Fix, (index, _): &(usize, &Toleration)| fix.remove(list.index(*index));
        finding.fix(open.iter().fold(Fix::review(), remove));
    }
}

/// Whether a node is called what installers call their control plane nodes (`kind-control-plane`,
/// `master-0`): all that a manifest tells of a node.
fn is_named_so(node: &str) -> bool {
    let node = node.to_ascii_lowercase();
    let mut words = node.split(|c: char| !c.is_ascii_alphanumeric());
    node.contains("control-plane")
        || words.any(|word| {
            matches!(word.trim_end_matches(|c: char| c.is_ascii_digit()), "controlplane" | "master")
        })
}

fn is_role(key: &str) -> bool {
    ROLES.contains(&key)
}

/// The value of these labels and taints: none, with some distributions `true`.
fn is_plain(value: &str) -> bool {
    value.is_empty() || value == "true"
}

/// `ToleratesTaint` in `k8s.io/api/core/v1/toleration.go`, for the taint `NoSchedule` of these nodes.
fn tolerates(toleration: &Toleration) -> bool {
    let text = |field: &Option<String>| field.clone().unwrap_or_default();
    let (key, effect, value) = (text(&toleration.key), text(&toleration.effect), text(&toleration.value));
    let fits = match &*text(&toleration.operator) {
        "Exists" => key.is_empty() || is_role(&key),
        "" | "Equal" => is_role(&key) && is_plain(&value),
        _ => false,
    };
    fits && matches!(&*effect, "" | "NoSchedule")
}

fn selects(term: &NodeSelectorTerm) -> bool {
    term.match_expressions.iter().flatten().any(|wanted| {
        let values = wanted.values.as_deref().unwrap_or_default();
        is_role(&wanted.key)
            && (wanted.operator == "Exists"
                || (wanted.operator == "In" && values.iter().any(|value| is_plain(value))))
    })
}

fn excludes(term: &NodeSelectorTerm) -> bool {
    let mut wanted = term.match_expressions.iter().flatten();
    wanted.any(|wanted| wanted.key == ROLES[0] && wanted.operator == "DoesNotExist")
}
