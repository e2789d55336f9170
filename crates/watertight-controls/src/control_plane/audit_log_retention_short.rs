use watertight_engine::prelude::*;

use crate::components::{Wrong, read};

control! {
    /// Intrusions are often found weeks later. A log that is gone by then, or that fills the disk of the
    /// API server because nothing ever removes it, does not help.
    ///
    /// Age and number of old files are without bound when they are 0, which was the default before 1.36;
    /// the size of a file then is 100 MB.
    ///
    /// ## Remedy
    /// Keep 30 days, 10 files and 100 MB a file at least, or ship the log and keep what fits.
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
    ///     - --audit-log-path=/var/log/audit.log
    ///     - --audit-log-maxage=7
    ///     - --audit-log-maxbackup=10
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:
    ///     - kube-apiserver
    ///     - --audit-log-path=/var/log/audit.log
    ///     - --audit-log-maxage=30
    ///     - --audit-log-maxbackup=10
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///     audit-log-path: /var/log/audit.log
    ///     audit-log-maxbackup: "2"
    ///     audit-log-maxsize: "10"
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///     audit-log-path: /var/log/audit.log
    ///     audit-log-maxbackup: "10"
    ///     audit-log-maxsize: "100"
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:  # 366 days, 100 files, 100 MB since 1.36
    ///     - kube-apiserver
    ///     - --audit-log-path=/var/log/audit.log
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:  # to standard output, where nothing is removed
    ///     - kube-apiserver
    ///     - --audit-log-path=-
    ///     - --audit-log-maxage=1
    /// ```
    pub static AUDIT_LOG_RETENTION_SHORT = {
        title: "audit log is lost early",
        severity: Severity::Low,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Cis("1.2.17"), Mapping::Cis("1.2.18"), Mapping::Cis("1.2.19"), Mapping::Attack("T1070")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer], check),
    }
}

fn check(server: ComponentScope<'_>, out: &mut Sink<'_>) {
    let Some(path) = read(server, "audit-log-path", out) else { return };
    if path.is_empty() || path.text() == "-" {
        return out.not_applicable();
    }
    for (flag, least, unit) in
        [("audit-log-maxage", 30, "days"), ("audit-log-maxbackup", 10, "old files"), ("audit-log-maxsize", 100, "MB a file")]
    {
        let Some(kept) = read(server, flag, out) else { continue };
        if (1..least).contains(&kept.number()) {
            let does = format!("keeps {} {unit} of its audit log", kept.number());
            let fix = server.configured().set(flag, &least.to_string(), Fix::safe());
            Wrong { setting: &kept, does: &does, fix }.say(flag, out);
        }
    }
    let unbounded = |flag| server.setting(flag).is_ok_and(|kept| kept.number() == 0);
    if unbounded("audit-log-maxage") && unbounded("audit-log-maxbackup") {
        let Some(age) = read(server, "audit-log-maxage", out) else { return };
        let does = "never removes an old audit log, until the disk is full,";
        let fix = server.configured().set("audit-log-maxage", "30", Fix::safe());
        Wrong { setting: &age, does, fix }.say("audit-log-maxage", out);
    }
}
