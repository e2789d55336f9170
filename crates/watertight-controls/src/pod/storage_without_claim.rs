use k8s_openapi::api::core::v1::Volume;
use watertight_engine::prelude::*;
use watertight_model::KubernetesVersion;

control! {
    /// The pod names the storage itself, past the claims and classes that an administrator controls: who may
    /// write the pod chooses the server and what is mounted from it, by the node and with its rights.
    ///
    /// High for `gitRepo` below 1.33: the kubelet then clones it as root on the node.
    ///
    /// ## Remedy
    /// Let an administrator offer the storage as a PersistentVolume or class, and mount a claim. Instead of
    /// `gitRepo`, clone in an init container into an `emptyDir`.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///   volumes:
    ///   - {name: share, nfs: {server: nfs.example.com, path: /}}
    ///   - {name: source, gitRepo: {repository: "https://git.example.com/web"}}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///   volumes:
    ///   - {name: data, persistentVolumeClaim: {claimName: data}}
    ///   - {name: scratch, ephemeral: {volumeClaimTemplate: {spec: {}}}}
    ///   - {name: keys, csi: {driver: secrets-store.csi.k8s.io}}  # the driver says what it allows
    ///   - {name: tmp, emptyDir: {}}
    ///   - {name: node, hostPath: {path: /srv}}  # that is host-path
    /// ```
    pub static STORAGE_WITHOUT_CLAIM = {
        title: "volume names its storage without a claim",
        severity: Severity::Low,
        layer: Layer::Pod,
        maps: &[Mapping::PodSecurity("restricted"), Mapping::Nsa("pod-security")],
        reads: &[],
        check: Check::Workload(check),
    }
}

/// From here on kubelets refuse `gitRepo` unless told otherwise (`GitRepoVolumeDriver` in
/// pkg/features/kube_features.go).
const GIT_REPO_OFF: KubernetesVersion = KubernetesVersion::new(33);

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let volumes = workload.spec().volumes.iter().flatten().enumerate();
    for (index, volume) in volumes {
        let Some(kind) = direct(volume) else { continue };
        let cloned = kind == "gitRepo" && workload.settings().target < GIT_REPO_OFF;
        let severity = if cloned { Severity::High } else { Severity::Low };
        let path = workload.path().key("volumes").index(index).key(kind);
        // No fix: the claim that would replace it is not in the manifest.
        out.fail(path, format!("volume `{}` names its storage itself (`{kind}`)", volume.name)).severity(severity);
    }
}

/// The type of a volume that the level Restricted refuses, `hostPath` aside (`restrictedVolumes_1_0` in
/// policy/check_restrictedVolumes.go of k8s.io/pod-security-admission).
fn direct(volume: &Volume) -> Option<&'static str> {
    let types = [
        ("awsElasticBlockStore", volume.aws_elastic_block_store.is_some()),
        ("azureDisk", volume.azure_disk.is_some()),
        ("azureFile", volume.azure_file.is_some()),
        ("cephfs", volume.cephfs.is_some()),
        ("cinder", volume.cinder.is_some()),
        ("fc", volume.fc.is_some()),
        ("flexVolume", volume.flex_volume.is_some()),
        ("flocker", volume.flocker.is_some()),
        ("gcePersistentDisk", volume.gce_persistent_disk.is_some()),
        ("gitRepo", volume.git_repo.is_some()),
        ("glusterfs", volume.glusterfs.is_some()),
        ("iscsi", volume.iscsi.is_some()),
        ("nfs", volume.nfs.is_some()),
        ("photonPersistentDisk", volume.photon_persistent_disk.is_some()),
        ("portworxVolume", volume.portworx_volume.is_some()),
        ("quobyte", volume.quobyte.is_some()),
        ("rbd", volume.rbd.is_some()),
        ("scaleIO", volume.scale_io.is_some()),
        ("storageos", volume.storageos.is_some()),
        ("vsphereVolume", volume.vsphere_volume.is_some()),
    ];
    types.into_iter().find(|(_, is)| *is).map(|(kind, _)| kind)
}
