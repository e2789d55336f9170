//! The configuration file of a k3s or RKE2 server or agent: a map of options, without a type.
//!
//! Its options hand flags to the components of Kubernetes, which is why it is read; others hold the token that
//! nodes join with and the password of the data store. Those are replaced by a word when the file is read.
//! Upstream: `docs.k3s.io/installation/configuration`; `pkg/configfilearg` of `github.com/k3s-io/k3s`.

use watertight_syntax::{Document, Kind, NodeId, Value};

use crate::{GroupKind, Identity};

/// The kind that such a file is taken for. No API has it.
pub const RANCHER_CONFIG: GroupKind = GroupKind { group: "k3s.io", kind: "K3sConfiguration" };

pub(crate) const API_VERSION: &str = "k3s.io/v1";

/// The options that hand flags to components, each with the component.
pub const RANCHER_ARGUMENTS: [(&str, &str); 6] = [
    ("etcd-arg", "etcd"),
    ("kube-apiserver-arg", "kube-apiserver"),
    ("kube-controller-manager-arg", "kube-controller-manager"),
    ("kube-proxy-arg", "kube-proxy"),
    ("kube-scheduler-arg", "kube-scheduler"),
    ("kubelet-arg", "kubelet"),
];

/// What stands in place of a value that is not read.
const BLANKED: &str = "(blanked)";

/// Whether a map is such a file. An option may end in `+`, which adds to what an earlier file gives.
pub(crate) fn is_rancher_map(map: Value<'_>) -> bool {
    let is_option = |key: &str| RANCHER_ARGUMENTS.iter().any(|(option, _)| *option == option_of(key));
    map.kind() == Kind::Map
        && map.get("apiVersion").is_none()
        && map.get("kind").is_none()
        && map
            .entries()
            .any(|(key, value)| is_option(key) && matches!(value.kind(), Kind::List | Kind::String))
}

/// The option that a key of such a file is.
#[must_use]
pub fn option_of(key: &str) -> &str {
    key.strip_suffix('+').unwrap_or(key)
}

pub(crate) fn is_rancher(identity: &Identity) -> bool {
    RANCHER_CONFIG.is(identity)
}

/// Replaces every text that hands no flag to a component.
pub(crate) fn blank_rancher(document: &mut Document, root: NodeId) {
    let mut secret = Vec::new();
    for (key, value) in document.value(root).entries() {
        let known = RANCHER_ARGUMENTS.iter().any(|(option, _)| *option == option_of(key));
        if !known && !matches!(key, "apiVersion" | "kind") {
            texts(value, &mut secret);
        }
    }
    for node in secret {
        document.replace(node, BLANKED);
    }
}

fn texts(value: Value<'_>, found: &mut Vec<NodeId>) {
    if matches!(value.kind(), Kind::String | Kind::Number) {
        found.push(value.id());
    }
    value.entries().for_each(|(_, child)| texts(child, found));
    value.items().for_each(|child| texts(child, found));
}

#[cfg(test)]
mod tests {
    use watertight_syntax::Limits;

    use crate::{ObjectId, Snapshot};

    fn read(name: &str, text: &str) -> Snapshot {
        let mut builder = Snapshot::builder(Limits::default());
        builder.text(name, text);
        builder.finish()
    }

    #[test]
    fn a_file_is_known_by_its_options_and_its_secrets_are_not_kept() {
        let text = "token: hunter2\nagent-token: [hunter2]\ndatastore-endpoint: 'postgres://u:hunter2@h/k3s'\n\
                    etcd-s3-secret-key: {a: 48151623}\nkube-apiserver-arg+: [anonymous-auth=true]\nsecrets-encryption: true\n";
        let json = r#"{"token": "hunter2", "kubelet-arg": ["read-only-port=1"]}"#;
        for (name, text) in [("etc/config.yaml", text), ("config.json", json)] {
            let snapshot = read(name, text);
            assert_eq!(snapshot.len(), 1, "{name}");
            let object = snapshot.object(ObjectId(0));
            assert_eq!(
                object.identity().to_string(),
                format!("K3sConfiguration {}", name.rsplit('/').next().unwrap())
            );
            let all = object.body().unwrap().root().to_json().to_string();
            assert!(!all.contains("hunter2") && !all.contains("48151623"), "{all}");
            let mut lines = Vec::new();
            snapshot.write_lines("1", &mut lines).unwrap();
            let lines = String::from_utf8(lines).unwrap();
            assert!(!lines.contains("hunter2"), "{lines}");
            let mut builder = Snapshot::builder(Limits::default());
            builder.snapshot_file("c.wt", lines).unwrap();
            assert_eq!(builder.finish().of_kind("K3sConfiguration").len(), 1);
        }
    }

    #[test]
    fn other_files_are_passed_over() {
        for text in [
            "kube-apiserver-args: [a]\n",
            "kubelet-arg: {a: b}\n",
            "- kubelet-arg\n",
            "x: {kubelet-arg: [a]}\n",
        ] {
            assert!(read("config.yaml", text).is_empty(), "{text}");
        }
    }
}
