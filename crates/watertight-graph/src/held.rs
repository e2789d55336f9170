//! What the pods of a workload hold, and what their node holds for them: containers, tokens, Secrets.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{Container as SpecContainer, Volume};
use watertight_facts::{Container, Joined, Role, Workload};
use watertight_netpol::Protocol;
use watertight_syntax::{Path, Value};

use crate::evidence::Fact;
use crate::scene::{Contained, Load};
use crate::thing::Names;

/// A Secret that a container gets, and the field that gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reference<'w> {
    /// Its name.
    pub secret: &'w str,
    /// The field.
    pub path: Path,
}

/// Adds what one template of a workload says.
pub(crate) fn contain(load: &mut Load, workload: Workload<'_>, names: &mut Names) {
    let token = mounts_token(workload);
    load.held.mounts_token |= token || projects_token(workload);
    for secret in volumes(workload).iter().flat_map(|volume| secrets_of(volume)) {
        let name = names.add(secret);
        load.held.mounted.insert(name);
        load.held.fetched.insert(name);
    }
    for (pull, _) in pull_secrets(workload) {
        load.held.fetched.insert(names.add(&pull));
    }
    for container in workload.containers() {
        let user = container.run_as_user().value;
        let root = !workload.has_user_namespace()
            && (user == Some(0) || (user.is_none() && container.run_as_non_root().value != Some(true)));
        for reference in references(workload, container) {
            let name = names.add(reference.secret);
            load.held.fetched.insert(name);
            if root && container.role() != Role::Init {
                load.held.of_root.insert(name);
            }
        }
        load.held.root_token |= root && (token || projects_token(workload));
        let name = names.add(container.name());
        let ports = container.spec().ports.iter().flatten().filter_map(|port| {
            let protocol = match port.protocol.as_deref() {
                None | Some("TCP") => Protocol::Tcp,
                Some("UDP") => Protocol::Udp,
                Some("SCTP") => Protocol::Sctp,
                Some(_) => return None,
            };
            Some((protocol, u16::try_from(port.container_port).ok()?))
        });
        let ports: Vec<_> = ports.collect();
        match load.containers.iter_mut().find(|own| own.name == name) {
            Some(known) => {
                known.root |= root;
                known.stays |= container.role() != Role::Init;
                for port in ports {
                    if !known.ports.contains(&port) {
                        known.ports.push(port);
                    }
                }
            }
            None => {
                load.containers.push(Contained { name, stays: container.role() != Role::Init, root, ports });
            }
        }
    }
}

fn volumes(workload: Workload<'_>) -> &[Volume] {
    workload.spec().volumes.as_deref().unwrap_or_default()
}

/// Whether the API server mounts a token of the account, which the account may refuse where the pod says nothing.
/// Of several accounts of one name any may be the one.
pub(crate) fn mounts_token(workload: Workload<'_>) -> bool {
    let own = match workload.view().service_account(workload.id()) {
        Joined::One((_, facts)) => facts.automount,
        _ => None,
    };
    workload.mounts_token(own)
}

/// The Secrets that images are pulled with, and the field that names each: those of the pod, and where it names none
/// those of its service account (`Admit` in `plugin/pkg/admission/serviceaccount/admission.go`).
pub(crate) fn pull_secrets(workload: Workload<'_>) -> Vec<(String, Fact)> {
    const KEY: &str = "imagePullSecrets";
    let own = workload.spec().image_pull_secrets.as_deref().unwrap_or_default();
    if !own.is_empty() {
        let named = own.iter().enumerate().filter(|(_, pull)| !pull.name.is_empty());
        let field = |at| Fact::Field(workload.id(), workload.path().key(KEY).index(at));
        return named.map(|(at, pull)| (pull.name.clone(), field(at))).collect();
    }
    let Joined::One((account, _)) = workload.view().service_account(workload.id()) else { return Vec::new() };
    let Ok(body) = workload.view().snapshot().object(account).body() else { return Vec::new() };
    let items = body.root().get(KEY).into_iter().flat_map(Value::items).enumerate();
    let named = items.filter_map(|(at, item)| Some((at, item.get("name")?.as_str()?.to_owned())));
    let named = named.filter(|(_, name)| !name.is_empty());
    named.map(|(at, name)| (name, Fact::Field(account, Path::root().key(KEY).index(at)))).collect()
}

/// Whether a pod projects a token for the API server by itself.
fn projects_token(workload: Workload<'_>) -> bool {
    volumes(workload).iter().any(|volume| token_audiences(volume).any(is_for_api_server))
}

/// The audiences of the tokens that a volume projects.
pub(crate) fn token_audiences(volume: &Volume) -> impl Iterator<Item = Option<&str>> {
    let sources = volume.projected.iter().flat_map(|projected| projected.sources.iter().flatten());
    sources.filter_map(|source| source.service_account_token.as_ref()).map(|token| token.audience.as_deref())
}

/// Whether the API server takes a token of an audience: its own by default (`--api-audiences`, which is the issuer).
pub(crate) fn is_for_api_server(audience: Option<&str>) -> bool {
    const OWN: [&str; 4] = [
        "https://kubernetes.default.svc",
        "https://kubernetes.default.svc.cluster.local",
        "kubernetes.default.svc",
        "api",
    ];
    audience.is_none_or(|audience| audience.is_empty() || OWN.contains(&audience))
}

/// The Secrets of a volume.
fn secrets_of(volume: &Volume) -> BTreeSet<&str> {
    let own = volume.secret.iter().filter_map(|secret| secret.secret_name.as_deref());
    let sources = volume.projected.iter().flat_map(|projected| projected.sources.iter().flatten());
    let projected = sources.filter_map(|source| source.secret.as_ref()).map(|secret| secret.name.as_str());
    own.chain(projected).filter(|name| !name.is_empty()).collect()
}

/// The Secrets that a container gets: by its environment and by the volumes that it mounts.
pub(crate) fn references<'w>(workload: Workload<'w>, container: Container<'w>) -> Vec<Reference<'w>> {
    let spec: &'w SpecContainer = container.spec();
    let mut found = Vec::new();
    for (at, from) in spec.env_from.iter().flatten().enumerate() {
        if let Some(secret) = &from.secret_ref {
            found.push(Reference { secret: &secret.name, path: container.path().key("envFrom").index(at) });
        }
    }
    for (at, env) in spec.env.iter().flatten().enumerate() {
        if let Some(secret) = env.value_from.as_ref().and_then(|from| from.secret_key_ref.as_ref()) {
            found.push(Reference { secret: &secret.name, path: container.path().key("env").index(at) });
        }
    }
    for (at, mount) in spec.volume_mounts.iter().flatten().enumerate() {
        let volume = volumes(workload).iter().find(|volume| volume.name == mount.name);
        let path = container.path().key("volumeMounts").index(at);
        let secrets = volume.into_iter().flat_map(secrets_of);
        found.extend(secrets.map(|secret| Reference { secret, path: path.clone() }));
    }
    found.retain(|reference| !reference.secret.is_empty());
    found
}
