use watertight_engine::prelude::*;

control! {
    /// Only the last value holds: whoever reads the first believes in a protection that is not there, and a
    /// tool that sorts or merges flags turns it around.
    ///
    /// ## Remedy
    /// Remove the value that is not meant.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:
    ///     - kube-apiserver
    ///     - --anonymous-auth=false
    ///     - --anonymous-auth=true
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///   - {name: profiling, value: "false"}
    ///   - {name: profiling, value: "true"}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:  # a list adds up
    ///     - kube-apiserver
    ///     - --authorization-mode=Node
    ///     - --authorization-mode=RBAC
    ///     - --profiling=false
    ///     - --profiling=false
    /// ```
    pub static FLAG_GIVEN_TWICE = {
        title: "flag is given twice with different values",
        severity: Severity::Low,
        layer: Layer::ControlPlane,
        maps: &[],
        reads: &[],
        check: Check::Component(&[Component::ApiServer, Component::ControllerManager, Component::Scheduler, Component::Etcd, Component::Kubelet, Component::Proxy], check),
    }
}

fn check(component: ComponentScope<'_>, out: &mut Sink<'_>) {
    let name = component.component().name();
    // No fix: the value that is without effect may be the one that was meant.
    for (flag, path) in component.configured().contradicting() {
        let message = format!("{name} is given `--{flag}` more than once; the last value holds");
        out.fail(path.clone(), message).discriminator(flag);
    }
}
