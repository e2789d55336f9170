use watertight_syntax::{Limits, Path, yaml};

use crate::{Object, ObjectId, Snapshot};

fn read(text: &str) -> Snapshot {
    let mut builder = Snapshot::builder(Limits::default());
    builder.text("a.yaml", text);
    builder.finish()
}

/// What stands in texts: "KIND NAME".
fn inner(snapshot: &Snapshot) -> Vec<String> {
    let inner = snapshot.objects().filter(|(_, object)| object.within().is_some());
    inner.map(|(_, object)| object.identity().to_string()).collect()
}

fn as_json(text: &str) -> String {
    let all = yaml::parse(&text.into(), &Limits::default());
    all.into_iter().map(|parsed| parsed.document.unwrap().unwrap().root().to_json().to_string()).collect()
}

const CLUSTER: &str = "apiVersion: v1
kind: ConfigMap
metadata: {name: kubeadm-config, namespace: kube-system}
data:
  ClusterConfiguration: |
    apiServer:
      extraArgs:
        anonymous-auth: \"false\"
    apiVersion: kubeadm.k8s.io/v1beta3
    kind: ClusterConfiguration
  other: |
    apiVersion: v1
    kind: Pod
---
apiVersion: v1
kind: ConfigMap
metadata: {name: kube-proxy, namespace: kube-system}
data:
  config.conf: |-
    apiVersion: kubeproxy.config.k8s.io/v1alpha1
    kind: KubeProxyConfiguration
    metricsBindAddress: 0.0.0.0:10249
  kubeconfig.conf: |-
    apiVersion: v1
    kind: Config
    clusters: [{name: c, cluster: {server: 'https://a:6443'}}]
    contexts: []
    users: [{name: u, user: {token: hunter2hunter2}}]
";

#[test]
fn config_maps_hold_configurations() {
    let snapshot = read(CLUSTER);
    let expected = [
        "ClusterConfiguration kubeadm-config/ClusterConfiguration",
        "KubeProxyConfiguration kube-proxy/config.conf",
        "Config kube-proxy/kubeconfig.conf",
    ];
    assert_eq!(inner(&snapshot), expected);
    assert!(snapshot.gaps().is_empty());
    let proxy = snapshot.object(snapshot.of_kind("KubeProxyConfiguration")[0]);
    let place = proxy.place(&".metricsBindAddress".parse().unwrap());
    assert_eq!(place.position.line, 22);
    assert_eq!(proxy.beside(&place), " (in .data['config.conf'] of ConfigMap kube-system/kube-proxy)");
    let shown = proxy.excerpt(&".metricsBindAddress".parse().unwrap(), &place);
    assert!(shown.lines[0].text.contains("metricsBindAddress: 0.0.0.0:10249"), "{shown:?}");
    let config = snapshot.object(snapshot.of_kind("Config")[0]);
    assert!(!config.body().unwrap().root().to_json().to_string().contains("hunter2"), "blanked as any");
}

#[test]
fn a_dump_in_json_holds_them_too() {
    let snapshot = read(&as_json(CLUSTER));
    assert_eq!(inner(&snapshot).len(), 3);
    let config = snapshot.object(snapshot.of_kind("ClusterConfiguration")[0]);
    let path = ".apiServer.extraArgs".parse().unwrap();
    let place = config.place(&path);
    assert_eq!(config.excerpt(&path, &place).lines[0].text, "ClusterConfiguration: •••");
    assert!(!config.body().unwrap().root().is_null());
    let config = snapshot.object(snapshot.of_kind("Config")[0]);
    assert!(!config.body().unwrap().root().to_json().to_string().contains("hunter2"));
}

#[test]
fn a_snapshot_file_and_an_edited_world_hold_each_once() {
    let snapshot = read(CLUSTER);
    let mut lines = Vec::new();
    snapshot.write_lines("1", &mut lines).unwrap();
    let mut builder = Snapshot::builder(Limits::default());
    builder.snapshot_file("c.wt", String::from_utf8(lines.clone()).unwrap()).unwrap();
    let again = builder.finish();
    let sorted = |snapshot: &Snapshot| {
        let mut inner = inner(snapshot);
        inner.sort();
        inner
    };
    assert_eq!(sorted(&again), sorted(&snapshot));
    let mut twice = Vec::new();
    again.write_lines("1", &mut twice).unwrap();
    assert_eq!(lines, twice);
    let edited = snapshot.with_texts(&std::collections::BTreeMap::new(), Limits::default(), None);
    assert_eq!((edited.len(), inner(&edited)), (snapshot.len(), inner(&snapshot)));
}

#[test]
fn patches_of_kind_may_leave_their_version_out() {
    let snapshot = read(
        "apiVersion: kind.x-k8s.io/v1alpha4
kind: Cluster
name: dev
kubeadmConfigPatches:
- |
  kind: ClusterConfiguration
  apiServer: {extraArgs: {profiling: 'false'}}
  ---
  kind: KubeletConfiguration
  readOnlyPort: 1
- |
  kind: Nonsense
nodes:
- role: control-plane
  kubeadmConfigPatches: ['kind: InitConfiguration', 'kind: [']
",
    );
    let names = [
        "ClusterConfiguration kubeadmConfigPatches[0]",
        "KubeletConfiguration kubeadmConfigPatches[0]",
        "InitConfiguration nodes[0].kubeadmConfigPatches[0]",
    ];
    assert_eq!(inner(&snapshot), names);
    assert!(snapshot.object(ObjectId(1)).within().unwrap().is_patch);
    assert_eq!(snapshot.gaps().len(), 1, "a patch that cannot be read: {:?}", snapshot.gaps());
    let json = "apiVersion: kind.x-k8s.io/v1alpha4\nkind: Cluster\nkubeadmConfigPatchesJSON6902: [{group: kubeadm.k8s.io}]\n";
    assert_eq!(read(json).gaps().len(), 1);
}

#[test]
fn files_of_machines_are_read_and_other_texts_are_let_be() {
    let policy = "apiVersion: audit.k8s.io/v1\\nkind: Policy\\nrules: [{level: None}]\\n";
    let files = format!(
        "[{{path: /a, content: \"{policy}\"}}, {{path: /b, encoding: base64, content: eA==}}, {{path: /c, contentFrom: {{}}}}]"
    );
    let plane = format!(
        "apiVersion: controlplane.cluster.x-k8s.io/v1beta1\nkind: KubeadmControlPlane\nmetadata: {{name: p}}\nspec: {{kubeadmConfigSpec: {{files: {files}}}}}\n"
    );
    assert_eq!(inner(&read(&plane)), ["Policy p/spec.kubeadmConfigSpec.files[0].content"]);
    let map = |data: &str| {
        read(&format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: m}}\ndata:\n  a: |\n{data}"))
    };
    for (data, found, gaps) in [
        ("    #!/bin/sh\n    cat <<E\n    apiVersion: audit.k8s.io/v1\n    kind: Policy\n", 0, 0),
        ("    apiVersion: audit.k8s.io/v1\n    kind: [\n", 0, 1),
        ("    apiVersion: audit.k8s.io/v1\n    kind: Policy\n    rules: {{ toYaml . }}\n", 0, 1),
        ("    see audit.k8s.io/v1\n", 0, 0),
        ("    apiVersion: v1\n    kind: ConfigMap\n    # audit.k8s.io\n", 0, 0),
        (
            "    apiVersion: audit.k8s.io/v1\n    kind: Policy\n    ---\n    apiVersion: audit.k8s.io/v1\n    kind: Policy\n",
            2,
            0,
        ),
    ] {
        let snapshot = map(data);
        assert_eq!(
            (inner(&snapshot).len(), snapshot.gaps().len()),
            (found, gaps),
            "{data}: {:?}",
            snapshot.gaps()
        );
    }
    let numbers = read("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: m}\ndata: [a, {b: c}]\n");
    assert!(inner(&numbers).is_empty());
    let all: Vec<&Object> = numbers.objects().map(|(_, object)| object).collect();
    assert_eq!(all.len(), 1);
    assert!(all[0].within().is_none() && all[0].place(&Path::root()).position.line == 2);
}
