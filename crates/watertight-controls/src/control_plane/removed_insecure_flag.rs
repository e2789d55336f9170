use watertight_engine::prelude::*;

control! {
    /// These flags opened a port without authentication, took passwords from a file or left TLS out.
    /// Kubernetes dropped them: a component of today does not start with one, and where it starts it is old
    /// and open.
    ///
    /// ## Remedy
    /// Remove the flag, and upgrade.
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
    ///     - --insecure-port=8080
    ///     - --authorization-mode=Node,RBAC
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
    ///     - --authorization-mode=Node,RBAC
    /// ```
    /// ```yaml,fail
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///     basic-auth-file: /etc/kubernetes/passwords.csv
    ///     profiling: "false"
    /// ```
    /// ```yaml,fixed
    /// apiVersion: kubeadm.k8s.io/v1beta3
    /// kind: ClusterConfiguration
    /// apiServer:
    ///   extraArgs:
    ///     profiling: "false"
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-scheduler, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-scheduler
    ///     image: registry.k8s.io/kube-scheduler:v1.36.0
    ///     command:
    ///     - kube-scheduler
    ///     - --port=10251
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: kube-apiserver, namespace: kube-system}
    /// spec:
    ///   containers:
    ///   - name: kube-apiserver
    ///     image: registry.k8s.io/kube-apiserver:v1.36.0
    ///     command:  # no port, and no flag since 1.24
    ///     - kube-apiserver
    ///     - --insecure-port=0
    /// ```
    pub static REMOVED_INSECURE_FLAG = {
        title: "flag of old versions turns protection off",
        severity: Severity::High,
        layer: Layer::ControlPlane,
        maps: &[Mapping::Nsa("authentication")],
        reads: &[],
        check: Check::Component(&[Component::ApiServer, Component::ControllerManager, Component::Scheduler, Component::Kubelet], check),
    }
}

/// A flag, on which components, what it does unless it has the harmless value, since when it is gone.
struct Gone {
    flag: &'static str,
    of: &'static [Component],
    harmless: &'static str,
    does: &'static str,
    since: u16,
}

const MANAGERS: &[Component] = &[Component::ControllerManager, Component::Scheduler];

/// From the release notes: the changelogs of 1.19, 1.22 and 1.24.
static GONE: &[Gone] = &[
    Gone { flag: "insecure-port", of: &[Component::ApiServer], harmless: "0", does: "opens a port without authentication", since: 24 },
    Gone { flag: "insecure-bind-address", of: &[Component::ApiServer], harmless: "", does: "opens an address without authentication", since: 24 },
    Gone { flag: "basic-auth-file", of: &[Component::ApiServer], harmless: "", does: "takes passwords from a file", since: 19 },
    Gone { flag: "kubelet-https", of: &[Component::ApiServer], harmless: "true", does: "talks to kubelets without TLS", since: 22 },
    Gone { flag: "port", of: MANAGERS, harmless: "0", does: "opens a port without authentication", since: 24 },
    Gone { flag: "address", of: MANAGERS, harmless: "127.0.0.1", does: "opens an address without authentication", since: 24 },
    Gone { flag: "allow-privileged", of: &[Component::Kubelet], harmless: "false", does: "lets every pod be privileged", since: 15 },
];

fn check(component: ComponentScope<'_>, out: &mut Sink<'_>) {
    let configured = component.configured();
    for gone in GONE.iter().filter(|gone| gone.of.contains(&component.component())) {
        let Some((path, value)) = configured.written(gone.flag) else { continue };
        if value == Some(gone.harmless) {
            continue;
        }
        let (name, target) = (component.component().name(), component.target());
        let start = if target.minor >= gone.since { "does not start with it" } else { "still has it" };
        let message = format!(
            "`--{}` {}; it is gone since 1.{}, and {name} {target} {start}",
            gone.flag, gone.does, gone.since
        );
        let draft = out.fail(path.clone(), message);
        draft.discriminator(gone.flag);
        if let Some(fix) = configured.remove(gone.flag, Fix::review()) {
            draft.fix(fix);
        }
    }
}
