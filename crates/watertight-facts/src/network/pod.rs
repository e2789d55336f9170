//! What joins need of a workload's pods, as far as the network goes.

use watertight_syntax::Value;

/// The network side of a pod template.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PodNetwork {
    /// Whether its pods use the node's own network: policies do not see them as pods.
    pub host_network: bool,
    /// The ports that its containers declare, in order, those of init containers last.
    pub ports: Vec<ContainerPort>,
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
}

impl PodNetwork {
    pub(crate) fn of(spec: Option<Value<'_>>) -> Self {
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
            })
        };
        Self {
            host_network: spec.get("hostNetwork").and_then(Value::as_bool) == Some(true),
            ports: ports.flat_map(Value::items).filter_map(port).collect(),
        }
    }

    /// Whether a container has a port of this name and protocol.
    #[must_use]
    pub fn names(&self, name: &str, protocol: &str) -> bool {
        self.ports.iter().any(|port| port.name == name && port.protocol == protocol)
    }
}
