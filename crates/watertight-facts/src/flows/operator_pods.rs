//! Pods that no template tells of: those of the custom resources of prometheus-operator.
//!
//! Labels and ports are those of `makeStatefulSetSpec` in `pkg/prometheus/server/statefulset.go`,
//! `pkg/prometheus/agent/statefulset.go`, `pkg/alertmanager/statefulset.go` and `pkg/thanos/statefulset.go`; the governing
//! Services those of the same packages. The config reloader beside them listens on 8080
//! (`pkg/operator/config_reloader.go`).

use std::borrow::Cow;
use std::collections::BTreeMap;

use watertight_model::{GroupKind, Object, ObjectId};
use watertight_netpol::{Protocol, ServicePort, Target};
use watertight_syntax::Value;

use super::ground::Pods;
use super::service_ports::Service;
use crate::network::{self, ContainerPort, Selector};

pub(super) const GROUP: &str = "monitoring.coreos.com";
pub(super) const PROMETHEUS: GroupKind = GroupKind { group: GROUP, kind: "Prometheus" };
pub(super) const PROMETHEUS_AGENT: GroupKind = GroupKind { group: GROUP, kind: "PrometheusAgent" };
pub(super) const ALERTMANAGER: GroupKind = GroupKind { group: GROUP, kind: "Alertmanager" };
pub(super) const THANOS_RULER: GroupKind = GroupKind { group: GROUP, kind: "ThanosRuler" };

/// The kinds whose operator runs pods as described here.
pub(super) const KINDS: [GroupKind; 4] = [PROMETHEUS, PROMETHEUS_AGENT, ALERTMANAGER, THANOS_RULER];

/// What the operator makes of one kind.
struct Made {
    kind: GroupKind,
    /// The value of `app.kubernetes.io/name`.
    name: &'static str,
    /// The label with the name of the custom resource.
    own: Option<&'static str>,
    /// Whether pods have `operator.prometheus.io/name`.
    has_operator_label: bool,
    /// The port that `spec.portName` renames; `web` otherwise.
    web: u16,
    others: &'static [(&'static str, Protocol, u16)],
    /// The headless Service that the operator makes.
    service: &'static str,
}

const MADE: [Made; 4] = [
    Made {
        kind: PROMETHEUS,
        name: "prometheus",
        own: Some("prometheus"),
        has_operator_label: true,
        web: 9090,
        others: &[],
        service: "prometheus-operated",
    },
    Made {
        kind: PROMETHEUS_AGENT,
        name: "prometheus-agent",
        own: None,
        has_operator_label: true,
        web: 9090,
        others: &[],
        service: "prometheus-agent-operated",
    },
    Made {
        kind: ALERTMANAGER,
        name: "alertmanager",
        own: Some("alertmanager"),
        has_operator_label: false,
        web: 9093,
        others: &[("mesh-tcp", Protocol::Tcp, 9094), ("mesh-udp", Protocol::Udp, 9094)],
        service: "alertmanager-operated",
    },
    Made {
        kind: THANOS_RULER,
        name: "thanos-ruler",
        own: Some("thanos-ruler"),
        has_operator_label: false,
        web: 10902,
        others: &[("grpc", Protocol::Tcp, 10901)],
        service: "thanos-ruler-operated",
    },
];

/// The pods that the operator makes for a custom resource, and the Service that it makes for them; `None` for other
/// kinds, and what cannot be read.
pub(super) fn made(id: ObjectId, object: &Object) -> Option<(Pods, Option<Service<'static>>)> {
    let identity = object.identity();
    let made = MADE.iter().find(|made| made.kind.is(identity))?;
    let body = object.body().ok()?;
    let spec = body.root().get("spec")?;
    let pods = Pods {
        object: id,
        namespace: identity.namespace.clone(),
        labels: labels(made, &identity.name, spec),
        ports: ports(made, spec),
        host_network: spec.get("hostNetwork").and_then(Value::as_bool) == Some(true),
        account: text(spec, "serviceAccountName").unwrap_or("default").to_owned(),
        is_virtual: true,
    };
    // With `serviceName`, somebody else makes the Service.
    let service = text(spec, "serviceName").is_none().then(|| service(made, id, object, spec));
    Some((pods, service))
}

fn text<'v>(spec: Value<'v>, key: &str) -> Option<&'v str> {
    spec.get(key)?.as_str().filter(|text| !text.is_empty())
}

fn label(key: &str, value: &str) -> (String, String) {
    (key.to_owned(), value.to_owned())
}

/// The labels that are the same for all pods: the shard and the version are not among them.
fn labels(made: &Made, name: &str, spec: Value<'_>) -> BTreeMap<String, String> {
    let metadata = spec.get("podMetadata").and_then(|metadata| metadata.get("labels"));
    let written = metadata.into_iter().flat_map(Value::entries);
    let mut labels: BTreeMap<String, String> =
        written.filter_map(|(key, value)| Some(label(key, value.as_str()?))).collect();
    labels.extend([
        label("app.kubernetes.io/name", made.name),
        label("app.kubernetes.io/managed-by", "prometheus-operator"),
        label("app.kubernetes.io/instance", name),
    ]);
    labels.extend(made.own.map(|key| label(key, name)));
    labels.extend(made.has_operator_label.then(|| label("operator.prometheus.io/name", name)));
    labels
}

fn ports(made: &Made, spec: Value<'_>) -> Vec<ContainerPort> {
    let port = |name: &str, protocol: Protocol, number: u16| ContainerPort {
        name: name.to_owned(),
        protocol: if protocol == Protocol::Udp { "UDP" } else { "TCP" }.to_owned(),
        number: i64::from(number),
        host_port: None,
    };
    let mut ports = Vec::new();
    let listens_local = spec.get("listenLocal").and_then(Value::as_bool) == Some(true);
    if !listens_local {
        ports.push(port(text(spec, "portName").unwrap_or("web"), Protocol::Tcp, made.web));
        ports.push(port("reloader-web", Protocol::Tcp, 8080));
    }
    ports.extend(made.others.iter().map(|(name, protocol, number)| port(name, *protocol, *number)));
    // The sidecar of Thanos beside a Prometheus.
    if spec.get("thanos").is_some_and(|thanos| !thanos.is_null()) {
        ports.extend([port("grpc", Protocol::Tcp, 10901), port("http", Protocol::Tcp, 10902)]);
    }
    ports.extend(written_ports(spec));
    ports
}

fn service(made: &Made, id: ObjectId, object: &Object, spec: Value<'_>) -> Service<'static> {
    let port = |name: &str, protocol: Protocol, number: u16| ServicePort {
        name: name.to_owned(),
        protocol,
        port: number,
        target: Target::Number(number),
        node_port: None,
    };
    let mut ports = vec![port(text(spec, "portName").unwrap_or("web"), Protocol::Tcp, made.web)];
    ports.extend(made.others.iter().map(|(name, protocol, number)| port(name, *protocol, *number)));
    // Of several custom resources of a kind in a namespace, each has a Service of this name here; it is one.
    let own = BTreeMap::from([
        label("app.kubernetes.io/name", made.name),
        label("app.kubernetes.io/instance", &object.identity().name),
    ]);
    let says = network::Service {
        labels: BTreeMap::from([label("managed-by", "prometheus-operator")]),
        selector: Some(Selector::of_map(&own)),
        ports,
        headless: true,
        ..network::Service::default()
    };
    Service {
        id,
        namespace: object.identity().namespace.clone(),
        name: made.service.to_owned(),
        annotations: BTreeMap::new(),
        says: Cow::Owned(says),
    }
}

/// The ports of containers that the custom resource adds or patches.
fn written_ports(spec: Value<'_>) -> Vec<ContainerPort> {
    let containers = spec.get("containers").into_iter().flat_map(Value::items);
    let ports = containers.filter_map(|container| container.get("ports")).flat_map(Value::items);
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
    ports.filter_map(port).collect()
}
