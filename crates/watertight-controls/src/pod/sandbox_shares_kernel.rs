use watertight_engine::prelude::*;
use watertight_facts::{Isolation, RUNTIME_CLASS};

control! {
    /// A sandbox runs code that nobody has read, on the same kernel as everything else of the node: one flaw of
    /// the kernel is the way out.
    ///
    /// Judged are sandboxes and templates of Agent Sandbox. A runtime class is known by the handler of its
    /// RuntimeClass, or else by its name: gVisor, Kata Containers, Firecracker, Hyper-V and Edera give a kernel of
    /// its own; runc, crun, youki, Sysbox and NVIDIA's wrapper do not.
    ///
    /// ## Remedy
    /// Install gVisor or Kata Containers on the nodes and name its class in `runtimeClassName`.
    ///
    /// ```yaml,fail
    /// apiVersion: extensions.agents.x-k8s.io/v1beta1
    /// kind: SandboxTemplate
    /// metadata: {name: python, namespace: agents}
    /// spec: {podTemplate: {spec: {containers: [{name: python, image: python}]}}}
    /// ```
    /// ```yaml,fail
    /// # The name says otherwise.
    /// apiVersion: agents.x-k8s.io/v1alpha1
    /// kind: Sandbox
    /// metadata: {name: python, namespace: agents}
    /// spec: {podTemplate: {spec: {runtimeClassName: gvisor, containers: [{name: python, image: python}]}}}
    /// ---
    /// apiVersion: node.k8s.io/v1
    /// kind: RuntimeClass
    /// metadata: {name: gvisor}
    /// handler: runc
    /// ```
    /// ```yaml,pass
    /// apiVersion: extensions.agents.x-k8s.io/v1beta1
    /// kind: SandboxTemplate
    /// metadata: {name: python, namespace: agents}
    /// spec: {podTemplate: {spec: {runtimeClassName: gvisor, containers: [{name: python, image: python}]}}}
    /// ---
    /// apiVersion: extensions.agents.x-k8s.io/v1beta1
    /// kind: SandboxTemplate
    /// metadata: {name: node, namespace: agents}
    /// spec: {podTemplate: {spec: {runtimeClassName: untrusted, containers: [{name: node, image: node}]}}}
    /// ---
    /// apiVersion: node.k8s.io/v1
    /// kind: RuntimeClass
    /// metadata: {name: untrusted}
    /// handler: kata-qemu
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web, namespace: shop}
    /// spec: {containers: [{name: web, image: web}]}
    /// ```
    pub static SANDBOX_SHARES_KERNEL = {
        title: "sandbox shares the kernel of its node",
        severity: Severity::Medium,
        layer: Layer::Pod,
        maps: &[Mapping::Attack("T1611")],
        reads: &[RUNTIME_CLASS],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    if !workload.identity().group.ends_with("agents.x-k8s.io") {
        return out.not_applicable();
    }
    let class = workload.spec().runtime_class_name.as_deref().unwrap_or_default();
    let handler = workload.view().runtime_handler(class);
    let path = workload.path().key("runtimeClassName");
    match (Isolation::of(handler.unwrap_or(class)), handler) {
        (Isolation::OwnKernel, _) => {}
        (Isolation::SharedKernel, _) if class.is_empty() => {
            out.fail(path, "no runtime class is named: its containers share the kernel of the node");
        }
        (Isolation::SharedKernel, _) => {
            out.fail(path, format!("the runtime class `{class}` shares the kernel of the node"));
        }
        (Isolation::Unknown, Some(_)) => {
            let message = format!("the runtime class `{class}` has a handler that is not known to keep the kernel apart");
            out.fail(path, message).severity(Severity::Low);
        }
        (Isolation::Unknown, None) => out.not_in_view(RUNTIME_CLASS),
    }
}
