//! What is in force, by version and by the way in which it is written.

use serde_json::Value as Json;
use watertight_model::{Fix, KubernetesVersion, ObjectId, Snapshot, apply};
use watertight_syntax::Limits;

use super::defaults::{self, TABLE};
use super::{Component, Configured, PodSecurityFile, Unseen};
use crate::{Settings, World};

const NEWEST: KubernetesVersion = KubernetesVersion::NEWEST;

fn snapshot(text: &str) -> Snapshot {
    let mut builder = Snapshot::builder(Limits::default());
    builder.text("a.yaml", text);
    builder.finish()
}

/// Everything that a text configures, in the order of its objects.
fn configured(text: &str) -> Vec<Configured> {
    let (snapshot, settings) = (snapshot(text), Settings::default());
    let world = World::new(&snapshot, &settings);
    snapshot.objects().flat_map(|(id, _)| world.components(id).to_vec()).collect()
}

fn pod(container: &str) -> String {
    format!(
        "{{apiVersion: v1, kind: Pod, metadata: {{name: p}}, spec: {{containers: [{{name: c, {container}}}]}}}}"
    )
}

fn of_container(container: &str) -> Option<Configured> {
    let mut all = configured(&pod(container));
    assert!(all.len() <= 1, "{container}");
    all.pop()
}

fn server(words: &str) -> Configured {
    of_container(&format!("command: [kube-apiserver, {words}]")).unwrap()
}

fn value(configured: &Configured, flag: &str) -> Result<String, Unseen> {
    configured.setting(flag, NEWEST).map(|setting| setting.list().join(","))
}

#[test]
fn components_are_recognised_by_what_is_run() {
    for (container, component) in [
        ("command: [kube-apiserver]", Some(Component::ApiServer)),
        ("command: [/usr/local/bin/kube-controller-manager]", Some(Component::ControllerManager)),
        ("command: [kube-scheduler], args: [--v=2]", Some(Component::Scheduler)),
        ("args: [kube-apiserver, --v=2]", Some(Component::ApiServer)),
        ("command: [/hyperkube, apiserver]", Some(Component::ApiServer)),
        ("image: operator, args: [--kubelet-service=kube-system/kubelet]", None),
        ("image: operator, command: [run, --x=/a/etcd]", None),
        ("command: [/hyperkube, kubelet]", Some(Component::Kubelet)),
        ("command: [/go-runner, --log-file=/var/log/a.log, /usr/local/bin/etcd]", Some(Component::Etcd)),
        (
            "command: [/bin/sh, -c, 'exec kube-apiserver --v=2 1>>/var/log/a.log 2>&1']",
            Some(Component::ApiServer),
        ),
        ("command: [/bin/sh, -ec], args: [\"ulimit -n 9\\nexec etcd\"]", Some(Component::Etcd)),
        ("image: registry.k8s.io/kube-proxy:v1.36.0, args: [--config=/a]", Some(Component::Proxy)),
        ("image: registry.k8s.io/etcd@sha256:0", Some(Component::Etcd)),
        ("image: registry.k8s.io/kube-apiserver:v1.36.0", None),
        ("command: [sleep, kube-apiserver]", None),
        ("command: [kube-apiserver-proxy]", None),
        ("command: [/bin/sh, -c, 'echo kube-apiserver']", None),
        ("image: quay.io/prometheus/kube-scheduler-exporter", None),
        ("image: registry.k8s.io/kube-proxy:v1.36.0, command: [sleep, '1']", None),
    ] {
        let found = of_container(container).map(|configured| configured.component());
        assert_eq!(found, component, "{container}");
    }
}

#[test]
fn flags_are_parsed_as_pflag_does() {
    for (words, flag, expected) in [
        ("--profiling=false", "profiling", "false"),
        ("--profiling", "profiling", "true"),
        // A boolean takes no second word: `false` is no flag and belongs to nobody.
        ("--profiling, 'false'", "profiling", "true"),
        ("--anonymous_auth=0", "anonymous-auth", "0"),
        ("--audit-log-path, /var/log/a.log", "audit-log-path", "/var/log/a.log"),
        // A text takes the next word, whatever it is.
        ("--audit-log-path, --profiling=false", "audit-log-path", "--profiling=false"),
        ("--audit-log-path, --profiling=false", "profiling", "true"),
        ("--secure-port=0, --secure-port=8443", "secure-port", "8443"),
        (
            "--authorization-mode=Node, '--authorization-mode=RBAC,Webhook'",
            "authorization-mode",
            "Node,RBAC,Webhook",
        ),
        ("--, --profiling=false", "profiling", "true"),
        ("-v, --profiling=false", "profiling", "true"),
        ("-v=2, --profiling=false", "profiling", "false"),
        ("-profiling=false", "profiling", "true"),
        ("--unknown, --profiling=false", "profiling", "false"),
        ("--unknown, value, --profiling=false", "profiling", "false"),
        ("--audit-log-path=a=b", "audit-log-path", "a=b"),
        ("--client-ca-file=", "client-ca-file", ""),
        ("'--profiling=true --anonymous-auth=false'", "anonymous-auth", "true"),
    ] {
        assert_eq!(value(&server(words), flag), Ok(expected.to_owned()), "{words}: {flag}");
    }
}

#[test]
fn etcd_parses_with_the_package_flag() {
    let etcd = |words: &str| of_container(&format!("command: [etcd, {words}]")).unwrap();
    for (words, flag, expected) in [
        ("-auto-tls", "auto-tls", "true"),
        ("--auto-tls=false", "auto-tls", "false"),
        ("-cert-file, /a", "cert-file", "/a"),
        // The first word that is no flag ends them.
        ("--auto-tls, 'true', --client-cert-auth", "client-cert-auth", "false"),
        ("--client_cert_auth", "client-cert-auth", "false"),
    ] {
        assert_eq!(value(&etcd(words), flag), Ok(expected.to_owned()), "{words}");
    }
    let from_env = of_container(
        "command: [etcd, --auto-tls=false], env: [{name: ETCD_AUTO_TLS, value: 'true'}, \
         {name: ETCD_CERT_FILE, value: /a}, {name: ETCD_KEY_FILE, valueFrom: {secretKeyRef: {name: a, key: b}}}]",
    )
    .unwrap();
    assert_eq!(value(&from_env, "auto-tls"), Ok("false".to_owned()), "flags overrule variables");
    assert_eq!(value(&from_env, "cert-file"), Ok("/a".to_owned()));
    assert!(matches!(value(&from_env, "key-file"), Err(Unseen::Unreadable(_))));
    assert!(matches!(value(&etcd("--config-file=/a"), "auto-tls"), Err(Unseen::Unreadable(_))));
}

#[test]
fn what_is_filled_in_elsewhere_is_not_known() {
    let with_env = |words: &str| {
        of_container(&format!(
            "command: [kube-apiserver, {words}], env: [{{name: A, value: 'false'}}, \
             {{name: B, valueFrom: {{fieldRef: {{fieldPath: status.podIP}}}}}}]"
        ))
        .unwrap()
    };
    let unreadable =
        |configured: &Configured, flag: &str| matches!(value(configured, flag), Err(Unseen::Unreadable(_)));
    assert_eq!(value(&with_env("--profiling=$(A)"), "profiling"), Ok("false".to_owned()));
    assert!(unreadable(&with_env("--profiling=$(B)"), "profiling"));
    assert_eq!(value(&with_env("--profiling=$(B)"), "anonymous-auth"), Ok("true".to_owned()));
    assert!(unreadable(&with_env("$(B)"), "anonymous-auth"), "it may be any flag");
    assert_eq!(value(&with_env("$(A)"), "anonymous-auth"), Ok("true".to_owned()), "a word that is no flag");
    // What does not exist stays as it is, and is no boolean.
    assert!(matches!(value(&with_env("--profiling=$(C)"), "profiling"), Err(Unseen::Invalid(_))));
    assert!(matches!(value(&with_env("--profiling=$$(A)"), "profiling"), Err(Unseen::Invalid(_))));
    let script =
        |text: &str| of_container(&format!("command: [sh, -c, {}]", serde_json::json!(text))).unwrap();
    assert_eq!(
        value(&script("A=1 exec kube-apiserver --profiling='false'"), "profiling"),
        Ok("false".to_owned())
    );
    assert_eq!(
        value(&script("set -e; kube-apiserver \\\n  --profiling=false"), "profiling"),
        Ok("false".to_owned())
    );
    assert!(unreadable(&script("kube-apiserver --profiling=$PROFILING"), "profiling"));
    assert_eq!(
        value(&script("kube-apiserver --profiling=$PROFILING"), "anonymous-auth"),
        Ok("true".to_owned())
    );
    assert!(unreadable(&script("kube-apiserver $FLAGS"), "profiling"));
    assert!(unreadable(&script("if true; then kube-apiserver; fi"), "profiling"));
    assert!(unreadable(&script("kube-apiserver --profiling=false | tee /log"), "profiling"));
    assert!(script("kube-apiserver").set("profiling", "false", Fix::safe()).is_none(), "no edit in a script");
}

#[test]
fn defaults_follow_the_version() {
    let plain = server("--v=2");
    for (flag, minor, expected) in [
        ("audit-log-maxage", 35, "0"),
        ("audit-log-maxage", 36, "366"),
        ("audit-log-maxbackup", 25, "0"),
        ("audit-log-maxbackup", 37, "100"),
        ("anonymous-auth", 25, "true"),
        ("authorization-mode", 30, "AlwaysAllow"),
    ] {
        let setting = plain.setting(flag, KubernetesVersion::new(minor)).unwrap();
        assert_eq!(setting.text(), expected, "{flag} in 1.{minor}");
        assert!(!setting.is_written());
        assert!(
            setting.said("is so").contains(&format!("kube-apiserver 1.{minor} is so when `--{flag}`")),
            "{flag}"
        );
    }
    for row in TABLE {
        let ascending = row.defaults.windows(2).all(|pair| pair[0].0 < pair[1].0);
        assert!(ascending && !row.source.is_empty(), "{}", row.flag);
        let twins = TABLE.iter().filter(|other| other.component == row.component && other.flag == row.flag);
        assert_eq!(twins.count(), 1, "{}", row.flag);
        assert!(defaults::row(row.component, row.flag).is_some());
    }
}

const KUBELET_FILE: &str = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";

#[test]
fn a_kubelet_with_a_file_has_the_defaults_of_the_file() {
    let text = |configured: &Configured, flag: &str| value(configured, flag).unwrap();
    let flags = of_container("command: [kubelet]").unwrap();
    let file = configured(KUBELET_FILE).remove(0);
    for (flag, by_flag, by_file) in [
        ("anonymous-auth", "true", "false"),
        ("authentication-token-webhook", "false", "true"),
        ("authorization-mode", "AlwaysAllow", "Webhook"),
        ("read-only-port", "10255", "0"),
        ("rotate-certificates", "false", "false"),
        ("seccomp-default", "false", "false"),
    ] {
        assert_eq!(text(&flags, flag), by_flag, "{flag}");
        assert_eq!(text(&file, flag), by_file, "{flag}");
    }
    let both = of_container("command: [kubelet, --config=/a, --anonymous-auth=true]").unwrap();
    assert_eq!(text(&both, "anonymous-auth"), "true", "a flag overrules the file");
    assert_eq!(value(&both, "read-only-port"), Err(Unseen::InFile(super::KUBELET_FILE)));
    let zero = configured(&format!(
        "{KUBELET_FILE}streamingConnectionIdleTimeout: 0s\nauthorization: {{mode: ''}}\n"
    ));
    assert_eq!(text(&zero[0], "streaming-connection-idle-timeout"), "4h0m0s");
    assert_eq!(text(&zero[0], "authorization-mode"), "Webhook");
}

#[test]
fn flags_of_others_are_without_effect_beside_a_file() {
    let scheduler = of_container("command: [kube-scheduler, --config=/a, --profiling=false]").unwrap();
    assert_eq!(value(&scheduler, "profiling"), Err(Unseen::InFile(super::SCHEDULER_FILE)));
    assert_eq!(value(&scheduler, "bind-address"), Ok("0.0.0.0".to_owned()), "no field stands for it");
}

#[test]
fn kubeadm_reads_a_kubelet_s_file_in_its_own_text() {
    let init = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n---\n";
    let all = configured(&format!("{init}{KUBELET_FILE}rotateCertificates: false\n"));
    assert_eq!(all.len(), 1);
    assert_eq!(value(&all[0], "rotate-certificates"), Ok("true".to_owned()));
    assert!(!value(&all[0], "client-ca-file").unwrap().is_empty());
    let alone = configured(&format!("{KUBELET_FILE}rotateCertificates: true\n"));
    assert_eq!(value(&alone[0], "rotate-certificates"), Ok("true".to_owned()));
    assert_eq!(value(&alone[0], "client-ca-file"), Ok(String::new()));
}

#[test]
fn kubeadm_passes_arguments_of_its_own() {
    for (version, args) in
        [("v1beta3", "{profiling: 'false'}"), ("v1beta4", "[{name: profiling, value: 'false'}]")]
    {
        let text = format!(
            "apiVersion: kubeadm.k8s.io/{version}\nkind: ClusterConfiguration\napiServer: {{extraArgs: {args}}}\n"
        );
        let all = configured(&text);
        let components: Vec<_> = all.iter().map(Configured::component).collect();
        assert_eq!(
            components,
            [Component::ApiServer, Component::ControllerManager, Component::Scheduler, Component::Etcd]
        );
        assert_eq!(value(&all[0], "profiling"), Ok("false".to_owned()));
        assert_eq!(value(&all[0], "authorization-mode"), Ok("Node,RBAC".to_owned()));
        assert_eq!(value(&all[0], "anonymous-auth"), Ok("true".to_owned()));
        assert_eq!(value(&all[1], "bind-address"), Ok("127.0.0.1".to_owned()));
        assert_eq!(value(&all[3], "client-cert-auth"), Ok("true".to_owned()));
    }
    let external = configured(
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n\
         etcd: {external: {endpoints: ['http://a:2379'], caFile: ''}}\n\
         apiServer: {extraArgs: [{name: authorization-config, value: /a}]}\n",
    );
    assert_eq!(external.len(), 3, "an etcd that kubeadm does not run");
    assert_eq!(value(&external[0], "etcd-servers"), Ok("http://a:2379".to_owned()));
    assert_eq!(value(&external[0], "etcd-cafile"), Ok(String::new()));
    assert_eq!(
        value(&external[0], "authorization-mode"),
        Ok("AlwaysAllow".to_owned()),
        "kubeadm passes none"
    );
}

#[test]
fn cluster_api_holds_configurations_of_kubeadm() {
    let plane = |version: &str, args: &str| {
        configured(&format!(
            "apiVersion: controlplane.cluster.x-k8s.io/{version}\nkind: KubeadmControlPlane\nmetadata: {{name: a}}\n\
             spec: {{kubeadmConfigSpec: {{clusterConfiguration: {{apiServer: {{extraArgs: {args}}}}}, \
             initConfiguration: {{nodeRegistration: {{kubeletExtraArgs: {{}}}}}}}}}}\n"
        ))
    };
    let old = plane("v1beta1", "{anonymous-auth: 'false'}");
    let new = plane("v1beta2", "[{name: anonymous-auth, value: 'false'}]");
    for all in [old, new] {
        assert_eq!(all.len(), 5);
        assert_eq!(value(&all[0], "anonymous-auth"), Ok("false".to_owned()));
        assert_eq!(all[4].component(), Component::Kubelet);
        assert_eq!(value(&all[4], "anonymous-auth"), Err(Unseen::InFile(super::KUBELET_FILE)));
    }
    let worker = configured(
        "apiVersion: bootstrap.cluster.x-k8s.io/v1beta1\nkind: KubeadmConfigTemplate\nmetadata: {name: a}\n\
         spec: {template: {spec: {joinConfiguration: {nodeRegistration: {kubeletExtraArgs: {read-only-port: '1'}}}}}}\n",
    );
    assert_eq!(worker.len(), 1);
    assert_eq!(value(&worker[0], "read-only-port"), Ok("1".to_owned()));
}

#[test]
fn instances_are_their_owner_s() {
    let proxy = "containers: [{name: c, command: [kube-proxy]}]";
    let all = configured(&format!(
        "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{name: d, namespace: kube-system}}\n\
         spec: {{template: {{spec: {{{proxy}}}}}}}\n---\n\
         apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\n  namespace: kube-system\n  ownerReferences:\n  \
         - {{apiVersion: apps/v1, kind: DaemonSet, name: d, controller: true}}\nspec: {{{proxy}}}\n"
    ));
    assert_eq!(all.len(), 1);
}

/// What an edit gives is what is in force afterwards, in every form.
#[test]
fn a_value_that_is_set_is_in_force() {
    let kubeadm = |version: &str, args: &str| {
        format!(
            "apiVersion: kubeadm.k8s.io/{version}\nkind: ClusterConfiguration\napiServer: {{extraArgs: {args}}}\n"
        )
    };
    for text in [
        pod("command: [kube-apiserver]"),
        pod("command: [kube-apiserver, --profiling, --anonymous-auth=true]"),
        pod("command: [kube-apiserver], args: [--audit-log-path, /a]"),
        pod("command: [kube-apiserver, --secure-port=1, --secure-port, '2']"),
        kubeadm("v1beta3", "{}"),
        kubeadm("v1beta3", "{profiling: 'true'}"),
        kubeadm("v1beta4", "[]"),
        kubeadm("v1beta4", "[{name: profiling, value: 'true'}, {name: secure-port, value: '1'}]"),
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n".to_owned(),
    ] {
        for (flag, new) in [("profiling", "false"), ("secure-port", "7"), ("audit-log-path", "/b")] {
            let before = configured(&text).remove(0);
            let fix = before.set(flag, new, Fix::review()).unwrap();
            let mut object = json_of(&text);
            assert_eq!(apply(&mut object, &fix.changes), None, "{text}");
            let after = configured(&object.to_string()).remove(0);
            assert_eq!(value(&after, flag), Ok(new.to_owned()), "{text}");
            for other in ["profiling", "anonymous-auth", "secure-port", "audit-log-path"] {
                if other != flag {
                    assert_eq!(value(&after, other), value(&before, other), "{text}: {other}");
                }
            }
            let gone = after.remove(flag, Fix::review()).unwrap();
            let mut plan = watertight_model::FixPlan::default();
            plan.add(&gone).unwrap();
            assert_eq!(apply(&mut object, plan.changes()), None);
            assert!(!configured(&object.to_string()).remove(0).gives(flag), "{text}");
        }
    }
}

fn json_of(text: &str) -> Json {
    snapshot(text).object(ObjectId(0)).body().unwrap().root().to_json()
}

#[test]
fn messages_show_words_of_kubernetes_and_no_other_value() {
    let said = |words: &str, flag: &str| server(words).setting(flag, NEWEST).unwrap().said("is so");
    assert_eq!(
        said("--anonymous-auth=true", "anonymous-auth"),
        "kube-apiserver is so: `--anonymous-auth=true`"
    );
    assert_eq!(
        said("'--authorization-mode=Node,AlwaysAllow'", "authorization-mode"),
        "kube-apiserver is so: `--authorization-mode=Node,AlwaysAllow`"
    );
    assert_eq!(
        said("--authorization-mode=hunter2", "authorization-mode"),
        "kube-apiserver is so: `--authorization-mode` is given"
    );
    assert_eq!(
        said("--etcd-servers=http://u:hunter2@a", "etcd-servers"),
        "kube-apiserver is so: `--etcd-servers` is given"
    );
    assert_eq!(
        said("--token-auth-file=", "token-auth-file"),
        "kube-apiserver is so: `--token-auth-file` is empty"
    );
    assert_eq!(
        said("--v=2", "token-auth-file"),
        "kube-apiserver 1.37 is so when `--token-auth-file` is not given"
    );
}

#[test]
fn the_configuration_of_pod_security_is_found_inside_and_beside() {
    let of = |text: &str| PodSecurityFile::of(snapshot(text).object(ObjectId(0)));
    let plugin = "apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins:\n- name: PodSecurity\n";
    assert_eq!(of(&format!("{plugin}  path: a.yaml\n")), Some(PodSecurityFile::Elsewhere));
    assert!(matches!(
        of(&format!("{plugin}  configuration: {{kind: x}}\n")),
        Some(PodSecurityFile::Refused(..))
    ));
    assert_eq!(
        of("apiVersion: apiserver.config.k8s.io/v1\nkind: AdmissionConfiguration\nplugins: []\n"),
        None
    );
    assert_eq!(of(&pod("image: a")), None);
}
