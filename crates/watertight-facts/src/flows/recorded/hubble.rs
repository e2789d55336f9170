//! Flows of Hubble: `Flow` of `api/v1/flow/flow.proto` of Cilium, in the JSON of protobuf with the names of the fields.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde_json::Value;
use watertight_netpol::{Cidr, Protocol};

use super::super::ground::{Ground, Means};
use super::super::mention;
use super::super::references::party;
use super::super::service_ports::Which;
use super::super::{Party, Port};
use super::attribute::Index;
use super::{End, Line, Says, number, text, word};

/// Whether a value is a flow of Hubble.
pub(super) fn is(flow: &Value) -> bool {
    flow.get("verdict").is_some() || flow.get("l4").is_some() && flow.get("IP").is_some()
}

/// Whether a line is another message of `hubble observe`: a node's status, lost events, an event of the agent.
pub(super) fn is_other(value: &Value) -> bool {
    ["node_status", "lost_events", "agent_event", "debug_event"].iter().any(|key| value.get(key).is_some())
}

/// `Verdict`.
const VERDICTS: &[&str] =
    &["VERDICT_UNKNOWN", "FORWARDED", "DROPPED", "ERROR", "AUDIT", "REDIRECTED", "TRACED", "TRANSLATED"];

/// Reads a flow.
pub(super) fn read(flow: &Value, ground: &Ground<'_>, index: &Index) -> Says {
    let Some((protocol, port, syn_only)) = layer_4(flow) else { return Says::Nothing };
    // A socket's view, before the address of a Service is replaced; the packet follows.
    if word(flow, "Type", &["UNKNOWN_TYPE", "L3_L4", "L7", "SOCK"]) == Some(3) {
        return Says::Nothing;
    }
    let is_denied = match word(flow, "verdict", VERDICTS).map(|number| VERDICTS[number]) {
        Some("FORWARDED" | "AUDIT" | "REDIRECTED" | "TRACED" | "TRANSLATED") => false,
        Some("DROPPED" | "ERROR") => true,
        // Of a socket's view, and of what is not known yet, there is none.
        Some(_) => return Says::Nothing,
        None if flow.get("verdict").is_none_or(Value::is_null) => return Says::Nothing,
        None => return Says::Wrong("`verdict` is none of those of Hubble".to_owned()),
    };
    let is_reply = flow.get("is_reply").and_then(Value::as_bool).or_else(|| {
        // The old field is written only where it is true.
        flow.get("reply").and_then(Value::as_bool).filter(|reply| *reply)
    });
    // Of what is no reply for certain, only the first packet of a connection says who opened it.
    let opens = is_reply == Some(false) || is_reply.is_none() && (syn_only || is_denied);
    if !opens {
        return Says::Nothing;
    }
    // From its own node a pod is always reached: probes are that.
    let source = flow.get("source").unwrap_or(&Value::Null);
    let labels = source.get("labels").and_then(Value::as_array).into_iter().flatten();
    let is_apiserver = || labels.clone().any(|label| label == "reserved:kube-apiserver");
    let is_host =
        number(source, "identity") == Some(1) || labels.clone().any(|label| label == "reserved:host");
    if is_host && !is_apiserver() {
        return Says::Nothing;
    }
    let address = |key: &str| flow.get("IP").and_then(|ip| text(ip, key).parse::<IpAddr>().ok());
    let names = |key: &str| {
        let list = flow.get(key).and_then(Value::as_array).into_iter().flatten();
        list.filter_map(Value::as_str).filter_map(mention::host).collect::<Vec<_>>()
    };
    let mut found = Port { protocol: Some(protocol), number: Some(port) };
    let from = end(flow.get("source"), address("source"), &[], ground, index);
    let mut to =
        end(flow.get("destination"), address("destination"), &names("destination_names"), ground, index);
    if let Some((behind, number)) = address("destination").and_then(|address| behind(address, port, ground)) {
        to.party = Some(behind);
        found.number = number;
    }
    Says::Flow(Line { from, to, port: found, is_denied })
}

/// The protocol, the destination's port, and whether it is the first packet of a connection of TCP.
fn layer_4(flow: &Value) -> Option<(Protocol, u16, bool)> {
    let layer = flow.get("l4")?;
    for (key, protocol) in [("TCP", Protocol::Tcp), ("UDP", Protocol::Udp), ("SCTP", Protocol::Sctp)] {
        if let Some(found) = layer.get(key) {
            let port = u16::try_from(number(found, "destination_port")?).ok().filter(|port| *port > 0)?;
            let flag =
                |name: &str| found.get("flags").and_then(|flags| flags.get(name)?.as_bool()) == Some(true);
            return Some((protocol, port, flag("SYN") && !flag("ACK")));
        }
    }
    None
}

/// Where the address of a Service leads, when it is the only place: a recording of a plugin without its own Services may
/// show these.
pub(super) fn behind(address: IpAddr, port: u16, ground: &Ground<'_>) -> Option<(Party, Option<u16>)> {
    match ground.address(address) {
        Means::ApiServer => Some((Party::ApiServer, Some(port))),
        Means::Services(indices) => {
            let leads: Vec<_> = indices
                .iter()
                .flat_map(|&index| ground.leads(ground.service(index), Which::Number(port)))
                .collect();
            match leads.as_slice() {
                [(party, port)] => Some((party.clone(), port.number)),
                _ => None,
            }
        }
        _ => None,
    }
}

/// One end: `Endpoint` of the same file. Reserved identities are those of `pkg/identity/numericidentity.go`.
fn end(
    endpoint: Option<&Value>,
    address: Option<IpAddr>,
    names: &[String],
    ground: &Ground<'_>,
    index: &Index,
) -> End {
    let null = Value::Null;
    let endpoint = endpoint.unwrap_or(&null);
    let (namespace, pod) = (text(endpoint, "namespace"), text(endpoint, "pod_name"));
    let labels: Vec<&str> = endpoint
        .get("labels")
        .and_then(Value::as_array)
        .into_iter()
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    if !namespace.is_empty() {
        let found = of_pod(endpoint, namespace, pod, &labels, ground, index);
        let is_dns = || namespace == "kube-system" && labels.contains(&"k8s:k8s-app=kube-dns");
        let party = found.map(party).or_else(|| is_dns().then_some(Party::ClusterDns));
        let text = format!("{namespace}/{pod}");
        return End { text, party, is_here: index.has(namespace), ..End::default() };
    }
    let identity = number(endpoint, "identity");
    let is = |label: &str, numbers: &[u64]| {
        labels.contains(&label) || identity.is_some_and(|identity| numbers.contains(&identity))
    };
    let reserved = [
        ("reserved:kube-apiserver", &[7][..], "the API server", Party::ApiServer),
        ("reserved:ingress", &[8], "Cilium's ingress", Party::IngressController),
        ("reserved:host", &[1], "a node", Party::Nodes),
        ("reserved:remote-node", &[6], "a node", Party::Nodes),
    ];
    for (label, numbers, text, party) in reserved {
        if is(label, numbers) {
            // The address of the Service is not one of theirs.
            let is_own = |address: &IpAddr| matches!(ground.address(*address), Means::Address(_));
            let api_server = address.filter(|address| party == Party::ApiServer && is_own(address));
            return End { text: text.to_owned(), party: Some(party), is_here: false, api_server };
        }
    }
    let is_world = ["reserved:world", "reserved:world-ipv4", "reserved:world-ipv6"]
        .iter()
        .any(|label| is(label, &[2, 9, 10]));
    // A label of a block or of a name that policies speak of is one of the world as well.
    let is_block = labels.iter().any(|label| label.starts_with("cidr:") || label.starts_with("fqdn:"));
    let outside = || match names.iter().find(|name| name.contains('.')) {
        Some(name) => Some(Party::Fqdn(name.clone())),
        None => address.map(|address| Party::Addresses(Cidr::one(address))),
    };
    let in_pod = address.and_then(|address| ground.pod_at(address)).map(party);
    let party = in_pod.or_else(|| (is_world || is_block).then(outside).flatten());
    let shown = || address.map_or_else(|| "?".to_owned(), |address| address.to_string());
    End { text: names.first().cloned().unwrap_or_else(shown), party, ..End::default() }
}

fn of_pod(
    endpoint: &Value,
    namespace: &str,
    pod: &str,
    labels: &[&str],
    ground: &Ground<'_>,
    index: &Index,
) -> Option<watertight_model::ObjectId> {
    let workloads = endpoint.get("workloads").and_then(Value::as_array).into_iter().flatten();
    let mut by_workload = workloads.filter_map(|workload| {
        index.workload(ground, namespace, Some(text(workload, "kind")), text(workload, "name"))
    });
    if let Some(found) = by_workload.next().or_else(|| index.pod(ground, namespace, pod)) {
        return Some(found);
    }
    let own: BTreeMap<String, String> = labels
        .iter()
        .filter_map(|label| label.strip_prefix("k8s:")?.split_once('='))
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .collect();
    index.labelled(ground, namespace, &own)
}
