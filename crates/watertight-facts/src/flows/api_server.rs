//! Who calls the API server, and where it is.

use std::collections::BTreeSet;
use std::net::IpAddr;

use watertight_model::{GroupKind, ObjectId};
use watertight_rbac::Subject;
use watertight_syntax::{Path, Value};

use super::ground::{Ground, Pods};
use super::references::party;
use super::{Asks, Collector, Party, Place, Port};
use crate::identities::namespace_in_policy;
use crate::network::NetworkObject;
use crate::object_facts::SERVICE_ACCOUNT;
use crate::workload::{Opened, Workload};
use crate::world::{Joined, View, World};

const READS: &[GroupKind] = &[SERVICE_ACCOUNT];

/// The addresses and ports at which the API servers are, as the endpoints of the Service `kubernetes` list them. Empty
/// when these are not in view.
#[must_use]
pub fn api_server_endpoints(world: &World<'_>) -> Vec<(IpAddr, u16)> {
    let mut found = BTreeSet::new();
    for &id in &world.network().listed {
        if world.snapshot().object(id).identity().namespace.name() == Some("default")
            && let Some(NetworkObject::Endpoints(lists)) = world.network_object(id)
            && lists.service.as_deref() == Some("kubernetes")
        {
            for own in &lists.endpoints {
                let ports = || own.ports.iter().map(|port| port.number);
                found.extend(
                    own.addresses.iter().flat_map(|&address| ports().map(move |port| (address, port))),
                );
            }
        }
    }
    found.into_iter().collect()
}

/// The ports of the API servers: those of its endpoints, else the two that are usual: of the Service, which plugins that
/// look before the address is replaced see, and of kubeadm's servers.
pub(super) fn ports(world: &World<'_>) -> Vec<Port> {
    let known: BTreeSet<u16> = api_server_endpoints(world).into_iter().map(|(_, port)| port).collect();
    if known.is_empty() {
        vec![Port::tcp(443), Port::tcp(6443)]
    } else {
        known.into_iter().map(Port::tcp).collect()
    }
}

/// Finds the workloads that call the API server: their account is granted something, and its token is in their
/// pods.
pub(super) fn find(ground: &Ground<'_>, out: &mut Collector) {
    let mut untold = 0_usize;
    let has_bindings = ["RoleBinding", "ClusterRoleBinding"].iter().any(|kind| {
        let snapshot = ground.world().snapshot();
        snapshot.of_kind(kind).iter().any(|&id| !snapshot.object(id).is_implied())
    });
    for pods in ground.all_pods() {
        if !has_token(ground, pods) {
            continue;
        }
        let from = party(pods.object);
        match grant(ground.world(), pods) {
            Some((object, name)) => {
                for port in ground.api_ports() {
                    let words = format!(
                        "grants its account `{}`, whose token is in its pods, `{name}`",
                        pods.account
                    );
                    out.flow(
                        &from,
                        Party::ApiServer,
                        *port,
                        Place::Object(object, Path::root().key("subjects")),
                        words,
                    );
                }
            }
            None if !has_bindings && pods.account != "default" => untold += 1,
            None => {}
        }
    }
    if untold > 0 {
        let words = format!(
            "{untold} workloads have the token of an account of their own, and no binding is in view: whether they call the \
             API server is not known"
        );
        out.ask(None, Asks::NotInView, Place::Input, words);
    }
}

/// Whether the token of their account is in the pods.
fn has_token(ground: &Ground<'_>, pods: &Pods) -> bool {
    let world = ground.world();
    if pods.is_virtual {
        let at = Path::root().at("spec.automountServiceAccountToken");
        let body = world.snapshot().object(pods.object).body().ok();
        let written = body.as_ref().and_then(|body| body.root().at(&at)).and_then(Value::as_bool);
        let mut accounts = world.service_accounts(&pods.namespace, &pods.account).iter();
        let own = accounts.find_map(|&id| View::new(world, READS).automount(id));
        return written.or(own).unwrap_or(true);
    }
    let Ok(Some(opened)) = Opened::of(world, pods.object) else { return false };
    let workload = Workload::new(&opened, world, READS);
    let account = match workload.view().service_account(pods.object) {
        Joined::One((_, account)) => account.automount,
        Joined::Ambiguous | Joined::NotInView => None,
    };
    let projects = || {
        let mounted: BTreeSet<&str> = workload
            .containers()
            .flat_map(|container| container.spec().volume_mounts.iter().flatten())
            .map(|mount| mount.name.as_str())
            .collect();
        let mut volumes = workload.spec().volumes.iter().flatten();
        volumes.any(|volume| {
            let sources = volume.projected.iter().flat_map(|projected| projected.sources.iter().flatten());
            let mut tokens = sources.filter_map(|source| source.service_account_token.as_ref());
            let is_for_api = tokens.any(|token| token.audience.as_deref().unwrap_or_default().is_empty());
            is_for_api && mounted.contains(volume.name.as_str())
        })
    };
    workload.mounts_token(account) || projects()
}

/// A binding that grants the account of pods something, and the role's name. Discovery, which every account has, is
/// among Kubernetes' own bindings and does not count.
fn grant(world: &World<'_>, pods: &Pods) -> Option<(ObjectId, String)> {
    let identities = world.identities();
    let policy = identities.policy();
    let namespace = namespace_in_policy(&pods.namespace);
    let of_namespace = format!("system:serviceaccounts:{namespace}");
    let subjects = [
        Subject::ServiceAccount { namespace, name: &pods.account },
        Subject::Group("system:serviceaccounts"),
        Subject::Group(&of_namespace),
    ];
    let bindings = subjects
        .iter()
        .filter_map(|subject| policy.find_subject(subject))
        .flat_map(|id| policy.bindings_of(id));
    for (binding, _) in bindings {
        let object = ObjectId(binding.tag());
        let is_own = identities.is_default(object) || world.snapshot().object(object).is_implied();
        // A role that is not in view may grant anything; one that does not exist grants nothing.
        let may_grant = match binding.role() {
            Some(role) => !role.rules().is_empty(),
            None => !world.snapshot().is_complete("rbac.authorization.k8s.io", binding.role_kind()),
        };
        if !is_own && may_grant {
            return Some((object, format!("{} {}", binding.role_kind(), binding.role_name())));
        }
    }
    None
}
