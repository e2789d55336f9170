use watertight_engine::prelude::*;
use watertight_syntax::Value;

control! {
    /// Volumes of this class are written to the disk in clear text: whoever gets at a snapshot, a copy or the
    /// disk itself reads what the workloads keep.
    ///
    /// Judged are drivers that encrypt only when they are told to. Those of Azure and Google Cloud always do; of
    /// others nothing is known. At AWS, an account that encrypts new volumes by itself does so all the same,
    /// which no manifest tells.
    ///
    /// ## Remedy
    /// Set the driver's parameter. Existing volumes stay as they are: copy what is in them.
    ///
    /// ```yaml,fail
    /// apiVersion: storage.k8s.io/v1
    /// kind: StorageClass
    /// metadata: {name: fast}
    /// provisioner: ebs.csi.aws.com
    /// parameters: {type: gp3}
    /// ```
    /// ```yaml,pass
    /// apiVersion: storage.k8s.io/v1
    /// kind: StorageClass
    /// metadata: {name: fast}
    /// provisioner: ebs.csi.aws.com
    /// parameters: {type: gp3, encrypted: "true"}
    /// ---
    /// apiVersion: storage.k8s.io/v1
    /// kind: StorageClass
    /// metadata: {name: disk}
    /// provisioner: disk.csi.azure.com
    /// ```
    pub static STORAGE_CLASS_UNENCRYPTED = {
        title: "storage class does not encrypt",
        severity: Severity::Low,
        layer: Layer::Secrets,
        maps: &[],
        reads: &[],
        check: Check::Kinds(&[GroupKind { group: "storage.k8s.io", kind: "StorageClass" }], check),
    }
}

/// Drivers that do not encrypt unless a parameter says `true`, by the end of their name, each with its documentation.
static DRIVERS: &[(&str, &str)] = &[
    // kubernetes-sigs/aws-ebs-csi-driver, docs/parameters.md; kubernetes.io/docs/concepts/storage/storage-classes
    ("ebs.csi.aws.com", "encrypted"),
    ("kubernetes.io/aws-ebs", "encrypted"),
    // kubernetes-sigs/alibaba-cloud-csi-driver, docs/disk.md
    ("diskplugin.csi.alibabacloud.com", "encrypted"),
    // ceph/ceph-csi, examples/rbd/storageclass.yaml and examples/cephfs/storageclass.yaml; operators put their
    // namespace before the name
    ("rbd.csi.ceph.com", "encrypted"),
    ("cephfs.csi.ceph.com", "encrypted"),
    // linode/linode-blockstorage-csi-driver, docs/encrypted-drives.md
    ("linodebs.csi.linode.com", "linodebs.csi.linode.com/luks-encrypted"),
    // longhorn.io/docs, advanced-resources/security/volume-encryption
    ("driver.longhorn.io", "encrypted"),
    // scaleway/scaleway-csi, README.md
    ("csi.scaleway.com", "encrypted"),
];

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Ok(body) = object.object().body() else { return };
    let provisioner = body.root().get("provisioner").and_then(Value::as_str).unwrap_or_default();
    let is = |name: &str| provisioner == name || provisioner.ends_with(&format!(".{name}"));
    let Some((_, key)) = DRIVERS.iter().find(|(name, _)| is(name)) else { return out.not_applicable() };
    // Drivers compare keys without regard to capitals.
    let parameters = body.root().get("parameters").into_iter().flat_map(Value::entries);
    let mut set = parameters.filter(|(name, _)| name.eq_ignore_ascii_case(key));
    if set.any(|(_, value)| value.as_str().is_some_and(|text| text.eq_ignore_ascii_case("true"))) {
        return;
    }
    let path = Path::root().key("parameters").key(*key);
    out.fail(path, format!("volumes of `{provisioner}` are not encrypted unless `{key}` is `true`"));
}
