//! Files that are read together: a kubelet's file by kubeadm, and a kubelet's file with those laid over it.

use std::collections::BTreeSet;
use std::path::Path;

use watertight_model::{Object, ObjectId, Snapshot};

use super::{Configured, KUBELET_FILE, is_kubeadm};
use crate::object_facts::ObjectFacts;

/// Puts into each kubelet's file what other objects say of it. `facts` are those of the snapshot's objects.
pub(crate) fn join(snapshot: &Snapshot, facts: &mut [ObjectFacts]) {
    let files: Vec<ObjectId> = snapshot
        .of_kind(KUBELET_FILE.kind)
        .iter()
        .copied()
        .filter(|&id| KUBELET_FILE.is(snapshot.object(id).identity()))
        .collect();
    read_through_kubeadm(snapshot, &files, facts);
    lay_over(snapshot, &files, facts);
}

/// A kubelet's configuration file in one text with a configuration of kubeadm is read by kubeadm, which sets what
/// it leaves out.
fn read_through_kubeadm(snapshot: &Snapshot, files: &[ObjectId], facts: &mut [ObjectFacts]) {
    let kubeadm: Vec<&Object> = ["ClusterConfiguration", "InitConfiguration", "JoinConfiguration"]
        .into_iter()
        .flat_map(|kind| snapshot.of_kind(kind))
        .map(|&id| snapshot.object(id))
        .filter(|object| is_kubeadm(object.identity()))
        .collect();
    for &id in files {
        let file = snapshot.object(id);
        // What stands in a ConfigMap kubeadm has filled in already.
        let near = file.within().is_none()
            && kubeadm.iter().any(|object| object.origin().is_same_text(file.origin()));
        if let ObjectFacts::Components(components) = &mut facts[id.0 as usize]
            && near
        {
            *components = std::mem::take(components).into_iter().map(Configured::through_kubeadm).collect();
        }
    }
}

/// Whether an object is a file that is laid over the kubelet's own: `kubelet.conf.d/10-seccomp.conf`
/// (`--config-dir`; `mergeKubeletConfigurations`, `cmd/kubelet/app/server.go`).
pub(crate) fn is_drop_in(object: &Object) -> bool {
    let name = object.origin().name();
    let path = Path::new(&name);
    let folder = path.parent().and_then(Path::file_name).unwrap_or_default().to_string_lossy();
    KUBELET_FILE.is(object.identity())
        && object.within().is_none()
        && path.extension().is_some_and(|ending| ending == "conf")
        && folder.ends_with(".conf.d")
}

/// What a drop-in says is judged there, and not in the file beside its folder or in a drop-in before it.
fn lay_over(snapshot: &Snapshot, files: &[ObjectId], facts: &mut [ObjectFacts]) {
    let mut drop_ins: Vec<(String, ObjectId)> = files
        .iter()
        .filter(|id| is_drop_in(snapshot.object(**id)))
        .map(|&id| (snapshot.object(id).origin().name(), id))
        .collect();
    drop_ins.sort();
    for (at, (name, over)) in drop_ins.iter().enumerate() {
        let said: BTreeSet<String> = match &facts[over.0 as usize] {
            ObjectFacts::Components(components) => {
                components.iter().flat_map(|configured| configured.flags.given.keys().cloned()).collect()
            }
            _ => continue,
        };
        let folder = Path::new(name).parent();
        let beside = files.iter().copied().filter(|&id| {
            let object = snapshot.object(id);
            !is_drop_in(object)
                && object.within().is_none()
                && object.origin().folder() == folder.and_then(Path::parent)
        });
        let before = drop_ins[..at].iter().filter(|(name, _)| Path::new(name).parent() == folder);
        for id in beside.chain(before.map(|(_, id)| *id)) {
            if let ObjectFacts::Components(components) = &mut facts[id.0 as usize] {
                for configured in components {
                    configured.overruled.extend(said.iter().cloned());
                }
            }
        }
    }
}
