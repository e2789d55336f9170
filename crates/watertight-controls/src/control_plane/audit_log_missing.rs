use watertight_engine::prelude::*;

use crate::components::{must_be_given, read};

control! {
    /// Nobody will know afterwards who read which Secret and who changed which binding: without a log an
    /// intrusion is neither seen nor reconstructed.
    ///
    /// ## Remedy
    /// Name a file with `--audit-log-path`, or a receiver with `--audit-webhook-config-file`, and a policy
    /// with `--audit-policy-file`. The static pod has to mount the folder of the log.
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
    ///     - --authorization-mode=Node,RBAC
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///     profiling: "false"
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
    ///     - --audit-log-path=/var/log/kubernetes/audit.log
    /// ```
    /// ```yaml,pass
    /// apiVersion: kubeadm.k8s.io/v1beta4
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///   - {name: audit-webhook-config-file, value: /etc/kubernetes/audit-webhook.yaml}
    /// ```
    pub static AUDIT_LOG_MISSING = {
        title: "API server writes no audit log",
        severity: Severity::Medium,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.16"), Mapping::Attack("T1070")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(server: ComponentScope<'_>, out: &mut Sink<'_>) {
    let Some(webhook) = read(server, "audit-webhook-config-file", out) else { return };
    if webhook.is_empty() {
        must_be_given(server, "audit-log-path", "writes no audit log", out);
    }
}
