//! How pods look names up: the hosts file that `hostAliases` fill, and servers of DNS that are not the cluster's.

use std::collections::BTreeMap;
use std::net::IpAddr;

use watertight_model::{Object, ObjectId};
use watertight_netpol::{Cidr, Protocol};
use watertight_syntax::{Path, Value};

use super::ground::{Ground, Means};
use super::references::party;
use super::service_ports::Which;
use super::{Asks, Collector, Party, Place, Port};
use crate::workload_kinds::template_of;

/// The path of the pod spec of an object with a template.
pub(super) fn spec_path(object: &Object) -> Option<Path> {
    let template = template_of(object.identity())?;
    let base = if template.path.is_empty() { Path::root() } else { Path::root().at(template.path) };
    Some(base.key("spec"))
}

/// The names that `hostAliases` of a template give addresses, in lower case.
pub(super) fn aliases(object: &Object) -> BTreeMap<String, Vec<IpAddr>> {
    let mut found: BTreeMap<String, Vec<IpAddr>> = BTreeMap::new();
    let (Some(spec), Ok(body)) = (spec_path(object), object.body()) else { return found };
    let list = body.root().at(&spec.key("hostAliases"));
    for alias in list.into_iter().flat_map(Value::items) {
        let Some(address) = alias.get("ip").and_then(Value::as_str).and_then(|text| text.parse().ok()) else {
            continue;
        };
        let names = alias.get("hostnames").into_iter().flat_map(Value::items).filter_map(Value::as_str);
        for name in names {
            let addresses = found.entry(name.trim_end_matches('.').to_ascii_lowercase()).or_default();
            if !addresses.contains(&address) {
                addresses.push(address);
            }
        }
    }
    found
}

/// Finds the flows to servers of DNS that templates name (`GetPodDNS`, `pkg/kubelet/network/dns/dns.go`): they are asked
/// beside those of the policy. That of the cluster is needed by everybody, and is not told here. What is in the network of
/// a node is not governed.
pub(super) fn find(ground: &Ground<'_>, out: &mut Collector) {
    for pods in ground.all_pods().filter(|pods| !pods.is_virtual && !pods.host_network) {
        servers(ground, pods.object, out);
    }
}

fn servers(ground: &Ground<'_>, id: ObjectId, out: &mut Collector) {
    let object = ground.world().snapshot().object(id);
    let (Some(spec), Ok(body)) = (spec_path(object), object.body()) else { return };
    let from = party(id);
    let policy = spec.key("dnsPolicy");
    if body.root().at(&policy).and_then(Value::as_str) == Some("Default") {
        let words = "looks names up as its node does, and the address of the node's server of DNS is not in view: list it \
                     under `network.flows`, with 53/UDP and 53/TCP";
        out.ask(Some(&from), Asks::Needed, Place::Object(id, policy), words);
    }
    let list = spec.at("dnsConfig.nameservers");
    for (index, server) in body.root().at(&list).into_iter().flat_map(Value::items).enumerate() {
        let Some(address) = server.as_str().and_then(|text| text.parse::<IpAddr>().ok()) else { continue };
        let place = Place::Object(id, list.index(index));
        let words = "looks names up at this server of DNS";
        let to = match ground.address(address) {
            Means::Services(indices) => {
                for index in indices {
                    let service = ground.service(index);
                    let words = format!("{words}, {}", service.described());
                    ground.to_ports(&from, service, Which::Number(53), &place, &words, out);
                }
                continue;
            }
            Means::Address(_) => {
                ground.pod_at(address).map_or(Party::Addresses(Cidr::one(address)), Party::Workload)
            }
            Means::OutOfView(..) | Means::ApiServer | Means::External(_) | Means::Own | Means::Unclear(_) => {
                continue;
            }
        };
        for protocol in [Protocol::Udp, Protocol::Tcp] {
            let port = Port { protocol: Some(protocol), number: Some(53) };
            out.flow(&from, to.clone(), port, place.clone(), words);
        }
    }
}
