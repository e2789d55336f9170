//! A Service as a client meets it: its ports, where they lead, and the addresses that stand for it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use k8s_openapi::api::core::v1::{ServicePort as SpecPort, ServiceSpec};
use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;
use watertight_model::{Namespace, Object, ObjectId};
use watertight_netpol::{Protocol, Target};
use watertight_syntax::{Path, Value};

use crate::network::Selector;

/// A Service in view, or one that an operator makes.
#[derive(Debug, Clone)]
pub(super) struct Service {
    /// The object; that of the custom resource for one that an operator makes.
    pub(super) id: ObjectId,
    pub(super) namespace: Namespace,
    pub(super) name: String,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) annotations: BTreeMap<String, String>,
    /// The pods that it leads to; `None` when somebody lists its endpoints.
    pub(super) selector: Option<Selector>,
    pub(super) ports: Vec<ServicePort>,
    pub(super) headless: bool,
    pub(super) addresses: Vec<IpAddr>,
    pub(super) external_name: Option<String>,
}

/// A port of a Service.
#[derive(Debug, Clone)]
pub(super) struct ServicePort {
    pub(super) name: String,
    pub(super) protocol: Protocol,
    pub(super) number: u16,
    pub(super) target: Target,
}

/// Which ports of a Service are meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which<'t> {
    /// The one of this number.
    Number(u16),
    /// The one of this name.
    Name(&'t str),
    /// Those that lead to this target: a number or a name.
    Target(&'t str),
    /// All.
    Every,
}

impl Service {
    /// The Service that an object is. Fields that do not fit are gaps of the world already.
    pub(super) fn of(id: ObjectId, object: &Object) -> Option<Self> {
        let body = object.body().ok()?;
        let decoded = body.decode::<ServiceSpec>(&Path::root().key("spec"));
        let spec = decoded.and_then(Result::ok).map(|read| read.value).unwrap_or_default();
        let is_name = spec.type_.as_deref() == Some("ExternalName");
        let addresses = spec.cluster_ips.iter().flatten().chain(&spec.cluster_ip);
        let selector = spec.selector.as_ref().filter(|labels| !labels.is_empty() && !is_name);
        let mut addresses: Vec<IpAddr> = addresses.filter_map(|text| text.parse().ok()).collect();
        addresses.sort_unstable();
        addresses.dedup();
        Some(Self {
            id,
            namespace: object.identity().namespace.clone(),
            name: object.identity().name.to_string(),
            labels: texts(body.root(), "labels"),
            annotations: texts(body.root(), "annotations"),
            selector: selector.map(Selector::of_map),
            ports: spec.ports.iter().flatten().filter_map(port).collect(),
            headless: spec.cluster_ip.as_deref() == Some("None"),
            addresses,
            external_name: spec.external_name.filter(|_| is_name),
        })
    }

    /// The ports that are meant.
    pub(super) fn meant<'s>(&'s self, which: Which<'s>) -> impl Iterator<Item = &'s ServicePort> {
        self.ports.iter().filter(move |port| match which {
            Which::Every => true,
            Which::Number(number) => port.number == number,
            Which::Name(name) => port.name == name,
            Which::Target(text) => match &port.target {
                Target::Number(number) => number.to_string() == text,
                Target::Name(name) => name == text,
            },
        })
    }

    /// Its identity, as people write it.
    pub(super) fn described(&self) -> String {
        match self.namespace.name() {
            Some(namespace) => format!("Service {namespace}/{}", self.name),
            None => format!("Service {}", self.name),
        }
    }
}

/// The texts of a map of an object's metadata.
pub(super) fn texts(root: Value<'_>, key: &str) -> BTreeMap<String, String> {
    let map = root.get("metadata").and_then(|metadata| metadata.get(key));
    let texts = map.into_iter().flat_map(Value::entries);
    texts.filter_map(|(key, value)| Some((key.to_owned(), value.as_str()?.to_owned()))).collect()
}

/// The protocol of a field; `None` when it is none of those with ports.
pub(super) fn protocol_of(text: &str) -> Option<Protocol> {
    match text.to_ascii_uppercase().as_str() {
        "" | "TCP" => Some(Protocol::Tcp),
        "UDP" => Some(Protocol::Udp),
        "SCTP" => Some(Protocol::Sctp),
        _ => None,
    }
}

/// An unset target is the port itself (`SetDefaults_Service`, `pkg/apis/core/v1/defaults.go`).
fn port(port: &SpecPort) -> Option<ServicePort> {
    let number = u16::try_from(port.port).ok().filter(|number| *number > 0)?;
    let target = match &port.target_port {
        Some(IntOrString::Int(target)) if *target != 0 => Target::Number(u16::try_from(*target).ok()?),
        // A number in quotes is a number: `targetPort: "8080"` is refused, `FindPort` never sees it.
        Some(IntOrString::String(name)) if !name.is_empty() => Target::Name(name.clone()),
        _ => Target::Number(number),
    };
    let protocol = protocol_of(port.protocol.as_deref().unwrap_or_default())?;
    Some(ServicePort { name: port.name.clone().unwrap_or_default(), protocol, number, target })
}
