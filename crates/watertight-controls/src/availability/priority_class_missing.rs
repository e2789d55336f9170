use watertight_engine::prelude::*;
use watertight_facts::availability::PRIORITY_CLASS;

control! {
    /// When nodes are full or short of memory, pods of low priority give way, and pods without a class
    /// are of the lowest: a batch job of any class displaces them.
    ///
    /// Silent where a class in view is the default of the cluster (`globalDefault`).
    ///
    /// ## Remedy
    /// Set `priorityClassName` to a class of your own; the classes `system-…` are for the platform.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   priorityClassName: shop
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    /// ```yaml,pass
    /// apiVersion: scheduling.k8s.io/v1
    /// kind: PriorityClass
    /// metadata: {name: usual}
    /// value: 1000
    /// globalDefault: true
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    /// ```
    pub static PRIORITY_CLASS_MISSING = {
        title: "pods have no priority class",
        severity: Severity::Info,
        layer: Layer::Availability,
        maps: &[],
        reads: &[PRIORITY_CLASS],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let spec = workload.spec();
    // Admission writes the number of the class, also of the default one.
    let has_one = spec.priority_class_name.as_deref().is_some_and(|name| !name.is_empty())
        || spec.priority.is_some_and(|priority| priority != 0);
    if !has_one && !workload.view().has_default_priority() {
        let message = "no `priorityClassName` is set: the pods are the first to give way";
        out.fail(workload.path().key("priorityClassName"), message);
    }
}
