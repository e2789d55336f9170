//! Flow logs of Calico.
//!
//! Those of Calico Enterprise and Cloud are documented field by field ("Flow log data types"); those of open source are
//! `FlowKey` of `goldmane/proto/api.proto`, which whisker hands on (`whisker-backend/pkg/apis/v1/flows.go`).

use std::net::IpAddr;

use serde_json::Value;
use watertight_netpol::{Cidr, Protocol};

use super::super::ground::Ground;
use super::super::mention;
use super::super::references::party;
use super::super::{Party, Port};
use super::attribute::Index;
use super::hubble::behind;
use super::{End, Line, Says, number, word};

/// The part of a line with the ends of the flow; `None` when it is no flow of Calico.
pub(super) fn key(line: &Value) -> Option<&Value> {
    let has = |value: &&Value| {
        ["source_namespace", "sourceNamespace", "source_name_aggr"].iter().any(|key| value.get(key).is_some())
    };
    [line.get("Key"), line.get("key"), line.get("flow"), Some(line)].into_iter().flatten().find(has)
}

/// The text of a field in one of its spellings; `-` stands for nothing.
fn text<'v>(value: &'v Value, names: &[&str]) -> &'v str {
    let mut found = names.iter().filter_map(|name| value.get(name)?.as_str());
    found.find(|text| !text.is_empty() && *text != "-").unwrap_or_default()
}

/// `Action`.
const ACTIONS: &[&str] = &["ActionUnspecified", "Allow", "Deny", "Pass"];
/// `EndpointType`.
const TYPES: &[&str] =
    &["EndpointTypeUnspecified", "WorkloadEndpoint", "HostEndpoint", "NetworkSet", "Network"];

/// Reads a flow.
pub(super) fn read(flow: &Value, ground: &Ground<'_>, index: &Index) -> Says {
    let Some(action) = word(flow, "action", ACTIONS) else {
        return Says::Wrong("`action` is none of Allow, Deny and Pass".to_owned());
    };
    let written = text(flow, &["proto", "protocol"]);
    let by_number = || number(flow, "proto").and_then(|number| u8::try_from(number).ok());
    let protocol = match written.to_ascii_lowercase().as_str() {
        "tcp" => Protocol::Tcp,
        "udp" => Protocol::Udp,
        "sctp" => Protocol::Sctp,
        _ => match by_number().map(Protocol::of_number) {
            Some(protocol) if Protocol::WITH_PORTS.contains(&protocol) => protocol,
            _ => return Says::Nothing,
        },
    };
    let port = number(flow, "dest_port").or_else(|| number(flow, "destPort"));
    let Some(port) = port.and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0) else {
        return Says::Nothing;
    };
    let from = end(flow, ["source_", "source"], ground, index);
    let mut to = end(flow, ["dest_", "dest"], ground, index);
    let mut found = Port { protocol: Some(protocol), number: Some(port) };
    let address = text(flow, &["dest_ip", "destIp"]).parse::<IpAddr>().ok();
    if let Some((behind, number)) = address.and_then(|address| behind(address, port, ground)) {
        to.party = Some(behind);
        found.number = number;
    }
    let line = Line { from, to, port: found, is_denied: action == 2 };
    match action {
        1 | 2 => Says::Flow(line),
        _ => Says::Undecided(
            line,
            "its action is neither Allow nor Deny: whether it was let through is not told",
        ),
    }
}

/// One end, whose fields begin with one of two prefixes.
fn end(flow: &Value, [snake, camel]: [&str; 2], ground: &Ground<'_>, index: &Index) -> End {
    let field = |name: &str, capital: &str| {
        let (snake, camel) = (format!("{snake}{name}"), format!("{camel}{capital}"));
        text(flow, &[&snake, &camel])
    };
    let namespace = field("namespace", "Namespace");
    let (name, aggregated) = (field("name", "Name"), field("name_aggr", "NameAggr"));
    let shown = if name.is_empty() { aggregated } else { name };
    let address = field("ip", "Ip").parse::<IpAddr>().ok();
    let end = |party: Option<Party>| {
        let shown = if namespace.is_empty() { shown.to_owned() } else { format!("{namespace}/{shown}") };
        let shown = address
            .filter(|_| shown.is_empty() || party.is_none())
            .map_or(shown.clone(), |address| format!("{shown} {address}"));
        End { text: shown.trim().to_owned(), party, is_here: index.has(namespace), ..End::default() }
    };
    let pod = || {
        let by_name =
            Some(name).filter(|name| !name.is_empty()).and_then(|name| index.prefix(ground, namespace, name));
        by_name
            .or_else(|| index.prefix(ground, namespace, aggregated))
            .or_else(|| address.and_then(|address| ground.pod_at(address)))
    };
    // By its number in an enumeration, else by its word.
    let of_number = [format!("{snake}type"), format!("{camel}Type")]
        .iter()
        .find_map(|key| word(flow, key, TYPES))
        .map(|number| TYPES[number]);
    match of_number.unwrap_or_else(|| field("type", "Type")).to_ascii_lowercase().as_str() {
        "wep" | "workloadendpoint" => end(pod().map(party)),
        "hep" | "hostendpoint" => end(Some(Party::Nodes)),
        "net" | "network" | "ns" | "networkset" => {
            let domains = flow.get("dest_domains").and_then(Value::as_array).into_iter().flatten();
            let domain =
                domains.filter_map(Value::as_str).filter_map(mention::host).find(|_| snake == "dest_");
            let in_pod = address.and_then(|address| ground.pod_at(address)).map(party);
            let outside = domain
                .map(Party::Fqdn)
                .or_else(|| address.map(|address| Party::Addresses(Cidr::one(address))));
            // `pub` is whoever is on the internet; as a source it needs no address to be attributed.
            let anybody = (snake == "source_" && shown == "pub").then_some(Party::Outside);
            end(in_pod.or(outside).or(anybody))
        }
        _ if !namespace.is_empty() => end(pod().map(party)),
        // Whisker tells no types.
        _ if snake == "source_" && shown == "pub" => end(Some(Party::Outside)),
        _ => end(None),
    }
}
