//! Configurations in other forms than files of their own: texts in ConfigMaps, patches, drop-ins, k3s.

use watertight_model::{KubernetesVersion, Snapshot};
use watertight_syntax::Limits;

use super::{Component, Configured, Unseen};
use crate::{Settings, World};

/// Everything that some files configure, in the order of their objects, and the gaps.
fn read(files: &[(&str, &str)]) -> (Vec<Configured>, usize) {
    let mut builder = Snapshot::builder(Limits::default());
    for (name, text) in files {
        builder.text(*name, *text);
    }
    let (snapshot, settings) = (builder.finish(), Settings::default());
    let world = World::new(&snapshot, &settings);
    let all = snapshot.objects().flat_map(|(id, _)| world.components(id).to_vec()).collect();
    (all, snapshot.gaps().len() + world.gaps().len())
}

fn value(configured: &Configured, flag: &str) -> Result<String, Unseen> {
    configured.setting(flag, KubernetesVersion::NEWEST).map(|setting| setting.list().join(","))
}

const KUBELET: &str = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";

#[test]
fn a_kubelet_s_file_in_a_config_map_is_what_kubelets_get() {
    let dump = "apiVersion: v1
kind: ConfigMap
metadata: {name: kubeadm-config, namespace: kube-system}
data:
  ClusterConfiguration: |
    apiVersion: kubeadm.k8s.io/v1beta4
    kind: ClusterConfiguration
    apiServer: {extraArgs: [{name: profiling, value: 'false'}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: kubelet-config, namespace: kube-system}
data:
  kubelet: |
    apiVersion: kubelet.config.k8s.io/v1beta1
    kind: KubeletConfiguration
    rotateCertificates: false
";
    let (all, gaps) = read(&[("dump.yaml", dump)]);
    assert_eq!((all.len(), gaps), (5, 0));
    assert_eq!(value(&all[0], "profiling"), Ok("false".to_owned()));
    assert_eq!(value(&all[0], "authorization-mode"), Ok("Node,RBAC".to_owned()), "kubeadm passes it");
    // kubeadm wrote it and reads it no more.
    assert_eq!(value(&all[4], "rotate-certificates"), Ok("false".to_owned()));
    assert_eq!(value(&all[4], "client-ca-file"), Ok(String::new()));
}

#[test]
fn of_a_patch_only_what_it_writes_is_known() {
    let cluster = "apiVersion: kind.x-k8s.io/v1alpha4
kind: Cluster
kubeadmConfigPatches:
- |
  kind: ClusterConfiguration
  apiServer: {extraArgs: {enable-admission-plugins: PodSecurity}}
- |
  kind: ClusterConfiguration
  apiServer: {extraArgs: {anonymous-auth: 'false'}}
- |
  kind: KubeletConfiguration
  readOnlyPort: 10255
";
    let (all, gaps) = read(&[("kind.yaml", cluster)]);
    assert_eq!((all.len(), gaps), (9, 0));
    assert_eq!(value(&all[0], "enable-admission-plugins"), Ok("PodSecurity".to_owned()));
    assert_eq!(value(&all[0], "anonymous-auth"), Err(Unseen::NotWritten));
    assert_eq!(value(&all[4], "anonymous-auth"), Ok("false".to_owned()));
    assert_eq!(value(&all[8], "read-only-port"), Ok("10255".to_owned()));
    assert_eq!(value(&all[8], "seccomp-default"), Err(Unseen::NotWritten));
    assert_eq!(value(&all[8], "rotate-certificates"), Err(Unseen::NotWritten));
}

#[test]
fn drop_ins_are_laid_over_the_file_beside_their_folder() {
    let of = |fields: &str| format!("{KUBELET}{fields}");
    let (file, first, last) =
        (of("readOnlyPort: 1\n"), of("readOnlyPort: 2\nseccompDefault: true\n"), of("readOnlyPort: 0\n"));
    let (all, _) = read(&[
        ("etc/kubelet.yaml", &file),
        ("etc/kubelet.conf.d/20-b.conf", &last),
        ("etc/kubelet.conf.d/10-a.conf", &first),
        ("other/kubelet.yaml", &file),
    ]);
    let port = |at: usize| value(&all[at], "read-only-port");
    assert_eq!(port(0), Err(Unseen::NotWritten), "a drop-in says it");
    assert_eq!((port(1), port(2)), (Ok("0".to_owned()), Err(Unseen::NotWritten)), "the last holds");
    assert_eq!(value(&all[0], "seccomp-default"), Err(Unseen::NotWritten));
    assert_eq!(value(&all[2], "seccomp-default"), Ok("true".to_owned()));
    assert_eq!(value(&all[1], "protect-kernel-defaults"), Err(Unseen::NotWritten));
    assert_eq!(value(&all[0], "protect-kernel-defaults"), Ok("false".to_owned()));
    assert_eq!(port(3), Ok("1".to_owned()), "another machine");
}

#[test]
fn k3s_hands_flags_to_components() {
    let config = "write-kubeconfig-mode: '0644'
token: hunter2
protect-kernel-defaults: true
kube-apiserver-arg:
- anonymous-auth=true
- --audit-log-path=/var/log/a=b
- profiling
kube-apiserver-arg+: [enable_admission_plugins=NodeRestriction]
kubelet-arg: read-only-port=10255
etcd-arg: ['listen-metrics-urls=http://0.0.0.0:2381', 5, null]
";
    let (all, gaps) = read(&[("etc/rancher/k3s/config.yaml", config)]);
    assert_eq!(gaps, 1, "it cannot be judged as a whole");
    let components: Vec<_> = all.iter().map(Configured::component).collect();
    assert_eq!(components, [Component::Etcd, Component::ApiServer, Component::Kubelet]);
    for (flag, expected) in [
        ("anonymous-auth", "true"),
        ("audit-log-path", "/var/log/a=b"),
        ("profiling", "true"),
        ("enable-admission-plugins", "NodeRestriction"),
    ] {
        assert_eq!(value(&all[1], flag), Ok(expected.to_owned()), "{flag}");
    }
    assert_eq!(value(&all[1], "authorization-mode"), Err(Unseen::NotWritten), "k3s passes one of its own");
    assert_eq!(value(&all[2], "read-only-port"), Ok("10255".to_owned()));
    assert_eq!(value(&all[2], "protect-kernel-defaults"), Ok("true".to_owned()));
    assert!(all[1].set("anonymous-auth", "false", watertight_model::Fix::safe()).is_none());
}

#[test]
fn a_kubelet_of_windows_is_told_by_its_paths() {
    for (fields, expected) in [
        ("staticPodPath: 'C:\\etc\\kubernetes'\n", true),
        ("authentication: {x509: {clientCAFile: 'c:/k/ca.crt'}}\n", true),
        ("containerRuntimeEndpoint: npipe:////./pipe/containerd-containerd\n", true),
        ("staticPodPath: /etc/kubernetes/manifests\n", false),
        ("containerRuntimeEndpoint: unix:///run/containerd.sock\n", false),
        ("", false),
    ] {
        let (all, _) = read(&[("a.yaml", &format!("{KUBELET}{fields}"))]);
        assert_eq!(all[0].on_windows(), expected, "{fields}");
    }
}
