use watertight_engine::prelude::*;
use watertight_model::ObjectId;

control! {
    /// A namespace is the wall that secrets, roles and network policies stand on: what shares it with
    /// a sensitive workload is one role, one Secret or one policy away from it.
    ///
    /// Judged where the settings name classes of workloads by their labels
    /// (`--trust-class 'sensitive=app in (payment, vault)'`): those of one class share a namespace with
    /// their own class only.
    ///
    /// ## Remedy
    /// Move the workloads of the class into a namespace of their own.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: payment, namespace: shop, labels: {trust: sensitive}}
    /// spec: {containers: [{name: payment, image: payment}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: blog, namespace: shop}
    /// spec: {containers: [{name: blog, image: blog}]}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: payment, namespace: payments, labels: {trust: sensitive}}
    /// spec: {containers: [{name: payment, image: payment}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: ledger, namespace: payments, labels: {trust: sensitive}}
    /// spec: {containers: [{name: ledger, image: ledger}]}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: blog, namespace: shop}
    /// spec: {containers: [{name: blog, image: blog}]}
    /// ```
    pub static MIXED_TRUST_NAMESPACE = {
        title: "workloads of different trust share a namespace",
        severity: Severity::Medium,
        layer: Layer::Namespace,
        maps: &[Mapping::Nsa("network-separation")],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    if workload.settings().trust_classes.is_empty() {
        return out.not_applicable();
    }
    let view = workload.view();
    let class = |id| {
        let labels = view.workload_labels(id);
        workload.settings().trust_classes.iter().find(|class| class.query.selects(labels))
    };
    let own = view.top_most(workload.id());
    let Some(of) = class(own) else { return out.not_applicable() };
    let others: Vec<ObjectId> = view
        .workloads_of(&workload.identity().namespace)
        .filter(|&other| other != own && class(other) != Some(of))
        .collect();
    // The order of files must not decide which of them is named.
    let Some(identity) = others.iter().map(|&id| view.snapshot().object(id).identity()).min() else { return };
    let more = match others.len() - 1 {
        0 => String::new(),
        count => format!(" and {count} more"),
    };
    let message = format!("is `{}` and shares its namespace with {identity}{more}", of.name);
    out.fail(Path::root().at("metadata.namespace"), message);
}
