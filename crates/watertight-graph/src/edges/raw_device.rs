//! See the page of the edge.

use crate::edge;
use crate::edge::Draw;
use crate::thing::{Hold, Thing};

edge! {
    /// A claim is bound to a `local` PersistentVolume that is given as a device, `volumeMode: Block`: root in the
    /// container reads and writes it past the file system that is on it.
    ///
    /// Nothing says what is on the device. It is taken for one that holds files of the node. The kubelet gives devices
    /// of `local` volumes only: the one for `hostPath` knows no devices, and a device that is mounted as a file stays
    /// shut by the container's control group.
    ///
    /// Upstream: `makeBlockVolumes` in `pkg/kubelet/kubelet_pods.go` for the permission; `BlockVolumePlugin` is
    /// implemented in `pkg/volume/local/local.go` and not in `pkg/volume/hostpath/host_path.go`.
    ///
    /// ```yaml,edges
    /// #> pod/default/a -[raw-device]-> node/worker
    /// #> pod/default/b -[raw-device]-> node-files/worker
    /// apiVersion: v1
    /// kind: PersistentVolume
    /// metadata: {name: disk}
    /// spec: {volumeMode: Block, local: {path: /dev/sda}, claimRef: {namespace: default, name: disk}}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   containers: [{name: a, image: a, volumeDevices: [{name: v, devicePath: /dev/v}]}]
    ///   volumes: [{name: v, persistentVolumeClaim: {claimName: disk}}]
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: b}
    /// spec:
    ///   containers: [{name: a, image: a, volumeDevices: [{name: v, devicePath: /dev/v}]}]
    ///   volumes: [{name: v, persistentVolumeClaim: {claimName: disk, readOnly: true}}]
    /// ```
    /// ```yaml,none
    /// apiVersion: v1
    /// kind: PersistentVolume
    /// metadata: {name: disk}
    /// spec: {volumeMode: Block, local: {path: /dev/sda}, claimRef: {namespace: default, name: disk}}
    /// ---
    /// apiVersion: v1
    /// kind: PersistentVolume
    /// metadata: {name: folder}
    /// spec: {local: {path: /mnt/disks/a}, claimRef: {namespace: default, name: folder}}
    /// ---
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: a}
    /// spec:
    ///   containers:
    ///   - name: a
    ///     image: a
    ///     securityContext: {runAsUser: 1000}
    ///     volumeDevices: [{name: v, devicePath: /dev/v}]
    ///   - {name: b, image: a, volumeMounts: [{name: w, mountPath: /w}]}
    ///   volumes:
    ///   - {name: v, persistentVolumeClaim: {claimName: disk}}
    ///   - {name: w, persistentVolumeClaim: {claimName: folder}}
    /// ```
    pub static RAW_DEVICE = {
        title: "write to a device of the node past its file system",
        technique: "T1611",
        removed_by: &["another volume for the claim", "another user than root", "`hostUsers: false`"],
        draw: Draw::Process(|process, pen| {
            const DEVICE: &str = "nothing says what is on the device, which is taken for files of the node";
            if process.is_root().is_none() {
                return;
            }
            let devices = process.container.spec().volume_devices.iter().flatten();
            for device in devices {
                let claims = process.claims.iter().filter(|claimed| claimed.name == device.name);
                for claimed in claims.filter(|claimed| claimed.volume.block && claimed.volume.local) {
                    let hold = if claimed.read_only { Hold::Files } else { Hold::Root };
                    let facts =
                        [process.field(claimed.field.clone()), crate::Fact::Object(claimed.volume.object)];
                    pen.edge(process.vertex, Thing::Placed(process.place, hold), facts, Some(DEVICE));
                }
            }
        }),
    }
}
