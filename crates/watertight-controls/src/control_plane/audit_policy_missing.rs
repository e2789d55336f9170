use watertight_engine::prelude::*;

use crate::components::must_be_given;

control! {
    /// Without a policy no event is recorded, whatever log or receiver is configured: the log that somebody
    /// counts on stays empty.
    ///
    /// ## Remedy
    /// Give `--audit-policy-file`. `watertight audit policy` writes one to start from.
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
    ///     - --audit-log-path=/var/log/kubernetes/audit.log
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///   - {name: audit-log-path, value: /var/log/kubernetes/audit.log}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:
    ///     - kube-apiserver
    ///     - --audit-policy-file=/etc/kubernetes/audit-policy.yaml
    /// ```
    pub static AUDIT_POLICY_MISSING = {
        title: "API server has no audit policy",
        severity: Severity::Medium,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("3.2.1"), Mapping::Attack("T1070")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(component: ComponentScope<'_>, out: &mut Sink<'_>) {
    must_be_given(component, "audit-policy-file", "records no audit event", out);
}
