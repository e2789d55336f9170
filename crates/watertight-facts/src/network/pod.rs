//! What joins need of a workload's pods, as far as the network goes.

use std::net::IpAddr;

use watertight_netpol::Protocol;
use watertight_syntax::Value;

use super::plugin::Plugin;
use super::service::protocol_of;

/// The network side of a pod template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PodNetwork {
    /// Whether its pods use the node's own network: policies do not see them as pods.
    pub host_network: bool,
    /// The ports that its containers declare, in order, those of sidecars last: init containers that are restarted run
    /// beside the others (`FindPort`, `pkg/api/v1/pod/util.go`).
    pub ports: Vec<ContainerPort>,
    /// Those of the other init containers: nothing listens there once the pod runs, and their names are no names of its
    /// ports.
    pub init_ports: Vec<ContainerPort>,
    /// Of both, those with a port of the node that is one of its loopback addresses: only what is on the node gets there.
    pub node_only: Vec<ContainerPort>,
    /// The node that a pod is on; `None` where that is not written.
    pub node: Option<String>,
    /// The addresses of a pod that runs.
    pub addresses: Vec<IpAddr>,
    /// The kind and name of a pod's controller, also of one that is only half named.
    pub controller: Option<(String, String)>,
    /// The network plugin whose agent it is.
    pub plugin: Option<Plugin>,
}

/// A port that a container declares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerPort {
    /// Its name, empty when it has none.
    pub name: String,
    /// `TCP` unless written otherwise.
    pub protocol: String,
    /// Its number.
    pub number: i64,
    /// The port of the node that leads to it.
    pub host_port: Option<i64>,
}

impl PodNetwork {
    /// Of a template's spec, and of the whole object where that is a pod.
    pub(crate) fn of(spec: Option<Value<'_>>, pod: Option<Value<'_>>) -> Self {
        let Some(spec) = spec else { return Self::default() };
        let port = |port: Value<'_>| {
            let text = |key| port.get(key).and_then(Value::as_str).unwrap_or_default();
            let protocol = Some(text("protocol")).filter(|text| !text.is_empty()).unwrap_or("TCP");
            Some(ContainerPort {
                name: text("name").to_owned(),
                protocol: protocol.to_owned(),
                number: port.get("containerPort")?.as_i64()?,
                host_port: port.get("hostPort").and_then(Value::as_i64).filter(|port| *port != 0),
            })
        };
        let of = |list: &'static str, wanted: fn(Value<'_>) -> bool| {
            let containers =
                spec.get(list).into_iter().flat_map(Value::items).filter(move |one| wanted(*one));
            containers.filter_map(|container| container.get("ports")).flat_map(Value::items)
        };
        let runs_beside = |container: Value<'_>| text_of(container, "restartPolicy") == Some("Always");
        let ends_before = |container: Value<'_>| text_of(container, "restartPolicy") != Some("Always");
        let all = || of("containers", |_| true).chain(of("initContainers", |_| true));
        // One port may be opened at several addresses of the node.
        let open: Vec<ContainerPort> = all().filter(|port| !is_loopback(*port)).filter_map(port).collect();
        let node_only = all().filter(|port| is_loopback(*port)).filter_map(port);
        Self {
            host_network: spec.get("hostNetwork").and_then(Value::as_bool) == Some(true),
            ports: of("containers", |_| true)
                .chain(of("initContainers", runs_beside))
                .filter_map(port)
                .collect(),
            init_ports: of("initContainers", ends_before).filter_map(port).collect(),
            node_only: node_only.filter(|port| !open.contains(port)).collect(),
            node: spec.get("nodeName").and_then(Value::as_str).map(str::to_owned),
            addresses: addresses(pod.and_then(|pod| pod.get("status"))),
            controller: pod.and_then(controller),
            plugin: Plugin::of(spec),
        }
    }

    /// Whether a container has a port of this name and protocol.
    #[must_use]
    pub fn names(&self, name: &str, protocol: Protocol) -> bool {
        self.ports.iter().any(|port| port.name == name && protocol_of(&port.protocol) == Some(protocol))
    }
}

fn text_of<'v>(value: Value<'v>, key: &str) -> Option<&'v str> {
    value.get(key).and_then(Value::as_str)
}

/// Whether the port of the node is one of a loopback address.
fn is_loopback(port: Value<'_>) -> bool {
    text_of(port, "hostIP")
        .and_then(|text| text.parse::<IpAddr>().ok())
        .is_some_and(|address| address.is_loopback())
}

fn controller(pod: Value<'_>) -> Option<(String, String)> {
    let owners = pod.get("metadata").and_then(|metadata| metadata.get("ownerReferences"))?;
    let controls = |owner: &Value<'_>| owner.get("controller").and_then(Value::as_bool) == Some(true);
    let owner = owners.items().find(controls)?;
    let text = |key| owner.get(key).and_then(Value::as_str);
    Some((text("kind").unwrap_or("Pod").to_owned(), text("name")?.to_owned()))
}

fn addresses(status: Option<Value<'_>>) -> Vec<IpAddr> {
    let Some(status) = status else { return Vec::new() };
    let several = status.get("podIPs").into_iter().flat_map(Value::items).filter_map(|one| one.get("ip"));
    let mut found: Vec<IpAddr> = several
        .chain(status.get("podIP"))
        .filter_map(Value::as_str)
        .filter_map(|text| text.parse().ok())
        .collect();
    found.sort_unstable();
    found.dedup();
    found
}
