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
    /// The ports that its containers declare, in order, those of init containers last.
    pub ports: Vec<ContainerPort>,
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
        let containers = ["containers", "initContainers"].into_iter().filter_map(|list| spec.get(list));
        let ports = containers.flat_map(Value::items).filter_map(|container| container.get("ports"));
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
        Self {
            host_network: spec.get("hostNetwork").and_then(Value::as_bool) == Some(true),
            ports: ports.flat_map(Value::items).filter_map(port).collect(),
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
