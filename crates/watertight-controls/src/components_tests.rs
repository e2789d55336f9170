//! Controls about components together: what a real configuration gives, how versions change it, and
//! what is unknown or out of view.

use std::collections::BTreeSet;

use watertight_engine::{Outcome, run};
use watertight_facts::{Settings, World};
use watertight_model::{KubernetesVersion, Layer, Severity, Snapshot, Verdict};
use watertight_syntax::Limits;

fn judged(text: &str, minor: u16, names: &[&str]) -> Outcome {
    let mut builder = Snapshot::builder(Limits::default());
    builder.text("a.yaml", text);
    let snapshot = builder.finish();
    let settings = Settings { target: KubernetesVersion::new(minor), ..Settings::default() };
    let world = World::new(&snapshot, &settings);
    let all: Vec<_> = match names {
        [] => crate::all()
            .filter(|control| matches!(control.layer, Layer::ControlPlane | Layer::Node))
            .collect(),
        names => names.iter().map(|name| crate::named(name).unwrap()).collect(),
    };
    run(&world, &all)
}

fn spoken(outcome: &Outcome) -> BTreeSet<&'static str> {
    let failed = outcome.findings.iter().filter(|finding| finding.verdict == Verdict::Fail);
    failed.map(|finding| finding.control).collect()
}

fn speaks(text: &str, minor: u16, name: &str) -> bool {
    let outcome = judged(text, minor, &[name]);
    assert!(outcome.gaps.is_empty() && outcome.counts[name].unknown == 0, "{name}: {outcome:?}");
    !outcome.findings.is_empty()
}

/// What `kubeadm config print init-defaults --component-configs KubeletConfiguration` prints, cut to
/// what has a meaning here.
const INIT_DEFAULTS: &str = "\
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
localAPIEndpoint: {advertiseAddress: 1.2.3.4, bindPort: 6443}
nodeRegistration:
  criSocket: unix:///var/run/containerd/containerd.sock
  imagePullPolicy: IfNotPresent
  name: node
  taints: null
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
apiServer: {}
certificatesDir: /etc/kubernetes/pki
clusterName: kubernetes
controllerManager: {}
dns: {}
etcd: {local: {dataDir: /var/lib/etcd}}
imageRepository: registry.k8s.io
kubernetesVersion: 1.36.0
networking: {dnsDomain: cluster.local, serviceSubnet: 10.96.0.0/12}
proxy: {}
scheduler: {}
---
apiVersion: kubelet.config.k8s.io/v1beta1
kind: KubeletConfiguration
authentication:
  anonymous: {enabled: false}
  webhook: {cacheTTL: 0s, enabled: true}
  x509: {clientCAFile: /etc/kubernetes/pki/ca.crt}
authorization:
  mode: Webhook
  webhook: {cacheAuthorizedTTL: 0s, cacheUnauthorizedTTL: 0s}
cgroupDriver: systemd
clusterDNS: [10.96.0.10]
clusterDomain: cluster.local
healthzBindAddress: 127.0.0.1
healthzPort: 10248
rotateCertificates: true
staticPodPath: /etc/kubernetes/manifests
streamingConnectionIdleTimeout: 0s
";

#[test]
fn the_defaults_of_kubeadm_leave_what_they_really_leave_open() {
    let outcome = judged(INIT_DEFAULTS, 36, &[]);
    assert!(outcome.gaps.is_empty());
    let expected = [
        "api-server-anonymous-requests",
        "audit-log-missing",
        "audit-policy-missing",
        "encryption-at-rest-missing",
        "event-rate-not-limited",
        "external-ips-admitted",
        "images-shared-on-nodes",
        "kernel-defaults-unprotected",
        "kubelet-certificate-not-verified",
        "kubelet-certificate-self-signed",
        "people-without-identity-provider",
        "pod-pids-unlimited",
        "profiling-enabled",
        "seccomp-default-off",
        "token-expiration-extended",
    ];
    assert_eq!(spoken(&outcome), BTreeSet::from(expected));
    assert!(outcome.findings.iter().all(|finding| finding.severity <= Severity::Medium));
}

#[test]
fn verdicts_follow_the_version() {
    let server = |words: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{containers: [{{name: c, command: [kube-apiserver{words}]}}]}}\n"
        )
    };
    let file = |text: &str| {
        format!("apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n{text}")
    };
    let health = "anonymous: {enabled: true, conditions: [{path: /livez}]}\n";
    let by_file = format!("{}---\n{}", server(", --authentication-config=/a"), file(health));
    for (text, name, silent_in, speaks_in) in [
        (server(", --audit-log-path=/a"), "audit-log-retention-short", 36, 35),
        (server(""), "weak-cipher-suites", 30, 29),
        // An older API server does not know the block: its own default holds.
        (by_file, "api-server-anonymous-requests", 31, 30),
    ] {
        assert!(!speaks(&text, silent_in, name), "{name} in 1.{silent_in}");
        assert!(speaks(&text, speaks_in, name), "{name} in 1.{speaks_in}");
    }
    let kms = "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n\
               resources: [{resources: [secrets], providers: [{kms: {name: a, endpoint: unix:///a}}]}]\n";
    for (minor, severity) in [(28, Severity::Low), (29, Severity::Medium)] {
        assert_eq!(judged(kms, minor, &["weak-encryption-provider"]).findings[0].severity, severity);
    }
    let disabled = server(", --disable-admission-plugins=ValidatingAdmissionPolicy");
    assert!(speaks(&disabled, 30, "admission-plugin-disabled"));
    assert!(!speaks(&disabled, 25, "admission-plugin-disabled"), "there is none to turn off");
}

#[test]
fn what_is_elsewhere_is_a_note_and_what_cannot_be_read_is_unknown() {
    let kubelet = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n\
                   spec: {containers: [{name: c, command: [kubelet, --config=/a]}]}\n";
    let outcome = judged(kubelet, 36, &["kubelet-read-only-port"]);
    assert_eq!((outcome.findings.len(), outcome.notes.len()), (0, 1));
    assert_eq!(outcome.counts["kubelet-read-only-port"].not_in_view, 1);
    // The file is there, and judged by itself.
    let both = format!(
        "{kubelet}---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nreadOnlyPort: 1\n"
    );
    let outcome = judged(&both, 36, &["kubelet-read-only-port"]);
    assert_eq!((outcome.findings.len(), outcome.notes.len()), (1, 0));

    let script = "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\n\
                  spec: {containers: [{name: c, command: [sh, -c, 'kube-apiserver $FLAGS']}]}\n";
    let outcome = judged(script, 36, &["profiling-enabled"]);
    assert_eq!(outcome.findings[0].verdict, Verdict::Unknown);
    // What is no component is not counted at all.
    let other =
        "apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: c, command: [nginx]}]}\n";
    assert_eq!(
        judged(other, 36, &["profiling-enabled"]).counts["profiling-enabled"],
        watertight_engine::Counts::default()
    );
}

#[test]
fn an_etcd_of_an_application_is_graded_lower() {
    let etcd = |metadata: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {metadata}\nspec: {{containers: [{{name: c, command: [etcd]}}]}}\n"
        )
    };
    let severity = |metadata: &str| {
        judged(&etcd(metadata), 36, &["etcd-clients-not-authenticated"]).findings[0].severity
    };
    assert_eq!(severity("{name: etcd, namespace: kube-system}"), Severity::Critical);
    assert_eq!(severity("{name: etcd, namespace: a, labels: {tier: control-plane}}"), Severity::Critical);
    assert_eq!(severity("{name: etcd, namespace: shop}"), Severity::Medium);
}

/// Keys and odd values reach no message.
#[test]
fn no_message_holds_a_value_that_may_be_secret() {
    const CANARY: &str = "canary7f3a9c1e";
    let texts = [
        format!(
            "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\nresources:\n\
             - resources: [secrets]\n  providers: [{{aescbc: {{keys: [{{name: k, secret: {CANARY}}}]}}}}]\n"
        ),
        format!("apiVersion: audit.k8s.io/v1\nkind: Policy\nrules: [{{level: {CANARY}}}]\n"),
    ];
    for text in texts {
        let outcome = judged(&text, 36, &[]);
        assert!(!outcome.findings.is_empty());
        assert!(outcome.findings.iter().all(|finding| !finding.message.contains(CANARY)), "{outcome:?}");
    }
    let rows = watertight_facts::control_plane::defaults::TABLE;
    for component in watertight_facts::control_plane::Component::ALL {
        let flags = rows.iter().filter(|row| row.component == component);
        let words: Vec<String> = flags.map(|row| format!("'--{}={CANARY}'", row.flag)).collect();
        let pod = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: a}}\nspec: {{containers: [{{name: c, command: [{}, {}]}}]}}\n",
            component.name(),
            words.join(", ")
        );
        let outcome = judged(&pod, 36, &[]);
        assert!(outcome.findings.iter().all(|finding| !finding.message.contains(CANARY)), "{outcome:?}");
    }
}
