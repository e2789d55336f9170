//! `hostPathVolumes` and `restrictedVolumes`: what a pod mounts.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::Volume;

use crate::check::{Check, Described, Revision};
use crate::level::Level;
use crate::offence::{Found, Offence, Place, Remedy, Sink, Value};
use crate::pod::Pod;
use crate::text::{join_quote, plural};

/// No file of the node. Follows `policy/check_hostPathVolumes.go`.
pub(crate) static HOST_PATH_VOLUMES: Check = Check {
    id: "hostPathVolumes",
    level: Level::Baseline,
    upstream: "policy/check_hostPathVolumes.go",
    revisions: &[Revision { since: 0, find: find_host_path, describe: describe_host_path, overrides: &[] }],
};

/// Only volumes that the cluster hands out. Follows `policy/check_restrictedVolumes.go`.
pub(crate) static RESTRICTED_VOLUMES: Check = Check {
    id: "restrictedVolumes",
    level: Level::Restricted,
    upstream: "policy/check_restrictedVolumes.go",
    revisions: &[Revision {
        since: 0,
        find: find_restricted,
        describe: describe_restricted,
        overrides: &["hostPathVolumes"],
    }],
};

const HOST_PATH: &str = "hostPath";
const OTHER_VOLUME: Remedy = Remedy::Replace("an emptyDir or a persistentVolumeClaim");

fn find_host_path<'p>(pod: Pod<'p>, sink: Sink<'_, 'p>) -> Found {
    for (index, volume) in pod.spec.volumes.iter().flatten().enumerate() {
        if let Some(source) = &volume.host_path {
            let place = Place::Volume { index, name: &volume.name };
            let value = Value::Text(&source.path);
            sink(Offence { place, field: HOST_PATH, item: 0, value, remedy: OTHER_VOLUME })?;
        }
    }
    Found::Continue(())
}

fn volume_names<'p>(offences: &[Offence<'p>]) -> Vec<&'p str> {
    let name = |offence: &Offence<'p>| match offence.place {
        Place::Volume { name, .. } => Some(name),
        _ => None,
    };
    offences.iter().filter_map(name).collect()
}

fn describe_host_path(offences: &[Offence<'_>]) -> Described {
    let names = volume_names(offences);
    let detail = format!("{} {}", plural("volume", "volumes", names.len()), join_quote(&names));
    Described { reason: "hostPath volumes", detail }
}

fn find_restricted<'p>(pod: Pod<'p>, sink: Sink<'_, 'p>) -> Found {
    for (index, volume) in pod.spec.volumes.iter().flatten().enumerate().filter(|(_, v)| !allowed(v)) {
        let kind = restricted_kind(volume);
        if kind.is_none() && pod.defaults_volumes() {
            continue;
        }
        let place = Place::Volume { index, name: &volume.name };
        let value = match &volume.host_path {
            Some(source) => Value::Text(&source.path),
            None => Value::Object(kind.unwrap_or("no source")),
        };
        sink(Offence { place, field: kind.unwrap_or_default(), item: 0, value, remedy: OTHER_VOLUME })?;
    }
    Found::Continue(())
}

fn allowed(volume: &Volume) -> bool {
    volume.config_map.is_some()
        || volume.csi.is_some()
        || volume.downward_api.is_some()
        || volume.empty_dir.is_some()
        || volume.ephemeral.is_some()
        || volume.image.is_some()
        || volume.persistent_volume_claim.is_some()
        || volume.projected.is_some()
        || volume.secret.is_some()
}

/// The field of the source. A volume without any, or with one that is newer than this crate, has none of
/// these.
fn restricted_kind(volume: &Volume) -> Option<&'static str> {
    let kinds = [
        (HOST_PATH, volume.host_path.is_some()),
        ("gcePersistentDisk", volume.gce_persistent_disk.is_some()),
        ("awsElasticBlockStore", volume.aws_elastic_block_store.is_some()),
        ("gitRepo", volume.git_repo.is_some()),
        ("nfs", volume.nfs.is_some()),
        ("iscsi", volume.iscsi.is_some()),
        ("glusterfs", volume.glusterfs.is_some()),
        ("rbd", volume.rbd.is_some()),
        ("flexVolume", volume.flex_volume.is_some()),
        ("cinder", volume.cinder.is_some()),
        ("cephfs", volume.cephfs.is_some()),
        ("flocker", volume.flocker.is_some()),
        ("fc", volume.fc.is_some()),
        ("azureFile", volume.azure_file.is_some()),
        ("vsphereVolume", volume.vsphere_volume.is_some()),
        ("quobyte", volume.quobyte.is_some()),
        ("azureDisk", volume.azure_disk.is_some()),
        ("photonPersistentDisk", volume.photon_persistent_disk.is_some()),
        ("portworxVolume", volume.portworx_volume.is_some()),
        ("scaleIO", volume.scale_io.is_some()),
        ("storageos", volume.storageos.is_some()),
    ];
    kinds.into_iter().find(|(_, set)| *set).map(|(kind, _)| kind)
}

fn describe_restricted(offences: &[Offence<'_>]) -> Described {
    let names = volume_names(offences);
    let kind = |offence: &Offence<'_>| if offence.field.is_empty() { "unknown" } else { offence.field };
    let kinds: BTreeSet<&str> = offences.iter().map(kind).collect();
    let detail = format!(
        "{} {} {} {} {}",
        plural("volume", "volumes", names.len()),
        join_quote(&names),
        plural("uses", "use", names.len()),
        plural("restricted volume type", "restricted volume types", kinds.len()),
        join_quote(&kinds),
    );
    Described { reason: "restricted volume types", detail }
}
