//! Who scrapes whom: the custom resources of prometheus-operator, and the annotations of Prometheus' examples.
//!
//! Selectors mean what `pkg/apis/monitoring/v1/types.go` of prometheus-operator says: an unset one selects nothing, an
//! empty one everything, and without a selector of namespaces the own namespace is meant.

use std::collections::BTreeMap;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use watertight_model::{GroupKind, Namespace, ObjectId};
use watertight_netpol::{Protocol, Target};
use watertight_syntax::{Path, Value};

use super::ground::{Ground, Pods, is_kubernetes};
use super::mention::{self, Form, Mention};
use super::names::Hint;
use super::operator_pods::{ALERTMANAGER, GROUP, PROMETHEUS, PROMETHEUS_AGENT, THANOS_RULER};
use super::references::{Speaker, party};
use super::scrapers;
use super::service_ports::Which;
use super::{Asks, Collector, Party, Place, Port};
use crate::network::{Selector, may_select_pods, protocol_of, texts};

const SERVICE_MONITOR: GroupKind = GroupKind { group: GROUP, kind: "ServiceMonitor" };
const POD_MONITOR: GroupKind = GroupKind { group: GROUP, kind: "PodMonitor" };
const PROBE: GroupKind = GroupKind { group: GROUP, kind: "Probe" };
const SCRAPE_CONFIG: GroupKind = GroupKind { group: GROUP, kind: "ScrapeConfig" };

/// The kinds that say what is scraped, with the fields of a Prometheus that select them.
const MONITORS: [(GroupKind, &str, &str); 4] = [
    (SERVICE_MONITOR, "serviceMonitorSelector", "serviceMonitorNamespaceSelector"),
    (POD_MONITOR, "podMonitorSelector", "podMonitorNamespaceSelector"),
    (PROBE, "probeSelector", "probeNamespaceSelector"),
    (SCRAPE_CONFIG, "scrapeConfigSelector", "scrapeConfigNamespaceSelector"),
];

/// Finds who scrapes whom, and who sends alerts where.
pub(super) fn find(ground: &Ground<'_>, out: &mut Collector) {
    for (monitor, field, namespaces) in MONITORS {
        for id in of_kind(ground, monitor) {
            let scrapers: Vec<Party> = [PROMETHEUS, PROMETHEUS_AGENT]
                .into_iter()
                .flat_map(|kind| of_kind(ground, kind))
                .filter(|&prometheus| selects(ground, prometheus, id, field, namespaces))
                .map(|prometheus| ground.party_of(prometheus))
                .collect();
            if scrapers.is_empty() {
                let words = "no Prometheus in view selects it: who scrapes what it names is not known";
                out.ask(None, Asks::NotInView, Place::Object(id, Path::root()), words);
            }
            for from in &scrapers {
                monitored(ground, id, monitor, from, out);
            }
        }
    }
    for kind in [PROMETHEUS, PROMETHEUS_AGENT, THANOS_RULER] {
        for id in of_kind(ground, kind) {
            alerts_and_urls(ground, id, out);
        }
    }
    for id in of_kind(ground, ALERTMANAGER) {
        alertmanager(ground, id, out);
    }
    annotated(ground, out);
}

fn of_kind<'g>(ground: &'g Ground<'_>, kind: GroupKind) -> impl Iterator<Item = ObjectId> + 'g {
    let snapshot = ground.world().snapshot();
    snapshot.of_kind(kind.kind).iter().copied().filter(move |&id| kind.is(snapshot.object(id).identity()))
}

/// The selector at a path: `None` when it is not written.
fn selector(ground: &Ground<'_>, id: ObjectId, path: &Path) -> Option<Selector> {
    let body = ground.world().snapshot().object(id).body().ok()?;
    // A null is as if nothing were written.
    body.root().at(path).filter(|written| !written.is_null())?;
    let decoded = body.decode::<LabelSelector>(path)?.ok()?;
    Some(Selector::of(&decoded.value))
}

/// Whether a Prometheus selects a monitor.
fn selects(
    ground: &Ground<'_>,
    prometheus: ObjectId,
    monitor: ObjectId,
    field: &'static str,
    namespaces: &'static str,
) -> bool {
    let snapshot = ground.world().snapshot();
    let spec = Path::root().key("spec");
    let Some(labels) = selector(ground, prometheus, &spec.key(field)) else { return false };
    let own = &snapshot.object(prometheus).identity().namespace;
    let of = &snapshot.object(monitor).identity().namespace;
    let here = match selector(ground, prometheus, &spec.key(namespaces)) {
        None => own == of,
        Some(selector) if selector.is_everything() => true,
        Some(selector) => of.name().is_some_and(|name| {
            let mut objects =
                ground.world().namespaces().filter(|(known, _)| *known == name).flat_map(|(_, ids)| ids);
            objects.any(|&id| {
                ground.world().namespace_facts(id).is_some_and(|facts| selector.selects_known(&facts.labels))
            })
        }),
    };
    let Ok(body) = snapshot.object(monitor).body() else { return false };
    here && labels.selects_known(&texts(body.root(), "labels"))
}

fn monitored(ground: &Ground<'_>, id: ObjectId, kind: GroupKind, from: &Party, out: &mut Collector) {
    let Ok(body) = ground.world().snapshot().object(id).body() else { return };
    let Some(spec) = body.root().get("spec") else { return };
    match kind {
        SERVICE_MONITOR => service_monitor(ground, id, spec, from, out),
        POD_MONITOR => pod_monitor(ground, id, spec, from, out),
        PROBE => probe(ground, id, spec, from, out),
        _ => scrape_config(ground, id, spec, from, out),
    }
}

/// Whether a monitor looks into a namespace.
fn looks_into(spec: Value<'_>, own: &Namespace, namespace: &Namespace) -> bool {
    let Some(selector) = spec.get("namespaceSelector").filter(|selector| !selector.is_null()) else {
        return own == namespace;
    };
    if selector.get("any").and_then(Value::as_bool) == Some(true) {
        return true;
    }
    let names: Vec<&str> =
        selector.get("matchNames").into_iter().flat_map(Value::items).filter_map(Value::as_str).collect();
    if names.is_empty() {
        own == namespace
    } else {
        namespace.name().is_some_and(|name| names.contains(&name))
    }
}

/// The port of an endpoint: of a Service by name, of pods by name or number.
fn written_port(endpoint: Value<'_>) -> Option<(bool, String)> {
    let text = |key: &str| {
        let value = endpoint.get(key)?;
        value.as_str().map(str::to_owned).or_else(|| value.as_i64().map(|number| number.to_string()))
    };
    let named = text("port").filter(|port| !port.is_empty()).map(|port| (false, port));
    named.or_else(|| text("portNumber").or_else(|| text("targetPort")).map(|port| (true, port)))
}

fn service_monitor(ground: &Ground<'_>, id: ObjectId, spec: Value<'_>, from: &Party, out: &mut Collector) {
    let own = &ground.world().snapshot().object(id).identity().namespace;
    let Some(selector) = selector(ground, id, &Path::root().at("spec.selector")) else { return };
    let found: Vec<_> = ground
        .services()
        .filter(|service| {
            looks_into(spec, own, &service.namespace) && selector.selects_known(&service.says.labels)
        })
        .collect();
    for (index, endpoint) in spec.get("endpoints").into_iter().flat_map(Value::items).enumerate() {
        let place = Place::Object(id, Path::root().at("spec.endpoints").index(index).key("port"));
        let Some((is_target, port)) = written_port(endpoint) else { continue };
        let mut leads = false;
        for service in &found {
            let words = format!("scrapes port `{port}` of {}", service.described());
            if is_kubernetes(service) {
                to_api_server(ground, from, &place, out);
                leads = true;
                continue;
            }
            let which = if is_target { Which::Target(&port) } else { Which::Name(&port) };
            // Of several Services that are selected, not each has to have the port.
            if service.meant(which).next().is_some() {
                ground.to_ports(from, service, which, &place, &words, out);
                leads = true;
            } else if is_target {
                for pods in ground.selected(service) {
                    leads |= to_pods(from, pods, &port, &place, &words, out);
                }
            }
        }
        if !leads && !found.is_empty() {
            let words = format!("scrapes port `{port}`, which no Service that it selects has");
            out.ask(Some(from), Asks::NotInView, place.clone(), words);
        }
        if found.is_empty() {
            let is_meant = |namespace: &str, labels: &BTreeMap<String, String>| {
                looks_into(spec, own, &Namespace::Named(namespace.into())) && selector.selects_known(labels)
            };
            of_the_platform(ground, &is_meant, &port, from, &place, out);
        }
    }
}

fn to_api_server(ground: &Ground<'_>, from: &Party, place: &Place, out: &mut Collector) {
    for &port in ground.api_ports() {
        out.flow(from, Party::ApiServer, port, place.clone(), "scrapes the API server");
    }
}

/// Labels of Services that no manifest holds, and what they lead to: that of the API server makes itself
/// (`pkg/controlplane/controller/kubernetesservice`), of the kubelets prometheus-operator
/// (`pkg/kubelet/controller.go`), of the DNS kubeadm (`cmd/kubeadm/app/phases/addons/dns`).
type Known = (&'static str, &'static [(&'static str, &'static str)], &'static [(&'static str, u16)]);

const KUBELET_PORTS: &[(&str, u16)] =
    &[("https-metrics", 10250), ("http-metrics", 10255), ("cadvisor", 4194)];

const PLATFORM: &[Known] = &[
    ("default", &[("component", "apiserver"), ("provider", "kubernetes")], &[("https", 443)]),
    (
        "kube-system",
        &[
            ("k8s-app", "kubelet"),
            ("app.kubernetes.io/name", "kubelet"),
            ("app.kubernetes.io/managed-by", "prometheus-operator"),
        ],
        KUBELET_PORTS,
    ),
    (
        "kube-system",
        &[
            ("k8s-app", "kube-dns"),
            ("kubernetes.io/cluster-service", "true"),
            ("kubernetes.io/name", "CoreDNS"),
        ],
        &[("metrics", 9153), ("dns", 53), ("dns-tcp", 53)],
    ),
];

/// A monitor of a Service that is not in view.
fn of_the_platform(
    ground: &Ground<'_>,
    is_meant: &dyn Fn(&str, &BTreeMap<String, String>) -> bool,
    port: &str,
    from: &Party,
    place: &Place,
    out: &mut Collector,
) {
    for (index, (namespace, labels, ports)) in PLATFORM.iter().enumerate() {
        let labels = labels.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect();
        if !is_meant(namespace, &labels) {
            continue;
        }
        let Some((_, number)) = ports.iter().find(|(name, _)| *name == port) else { continue };
        match index {
            0 => to_api_server(ground, from, place, out),
            1 => out.flow(from, Party::Nodes, Port::tcp(*number), place.clone(), "scrapes the kubelets"),
            _ => out.flow(
                from,
                Party::ClusterDns,
                Port::tcp(*number),
                place.clone(),
                "scrapes the DNS of the cluster",
            ),
        }
        return;
    }
    let words = format!("scrapes port `{port}` of a Service that is not in view");
    out.ask(Some(from), Asks::NotInView, place.clone(), words);
}

/// Adds the flow to a port of pods, by name or number, when they have it.
fn to_pods(from: &Party, pods: &Pods, port: &str, place: &Place, words: &str, out: &mut Collector) -> bool {
    let target = port.parse().map_or_else(|_| Target::Name(port.to_owned()), Target::Number);
    let number = pods.port(&target, Protocol::Tcp);
    if let Some(number) = number {
        out.flow(from, party(pods.object), Port::tcp(number), place.clone(), words);
    }
    number.is_some()
}

fn pod_monitor(ground: &Ground<'_>, id: ObjectId, spec: Value<'_>, from: &Party, out: &mut Collector) {
    let own = &ground.world().snapshot().object(id).identity().namespace;
    let Some(selector) = selector(ground, id, &Path::root().at("spec.selector")) else { return };
    let found: Vec<&Pods> = ground
        .all_pods()
        .filter(|pods| looks_into(spec, own, &pods.namespace) && may_select_pods(&selector, &pods.labels))
        .collect();
    for (index, endpoint) in spec.get("podMetricsEndpoints").into_iter().flat_map(Value::items).enumerate() {
        let place = Place::Object(id, Path::root().at("spec.podMetricsEndpoints").index(index).key("port"));
        let Some((_, port)) = written_port(endpoint) else { continue };
        let words = format!("scrapes port `{port}` of pods");
        let mut leads = false;
        for pods in &found {
            leads |= to_pods(from, pods, &port, &place, &words, out);
        }
        if !leads {
            let words = format!("scrapes port `{port}` of pods, and none in view that it selects has it");
            out.ask(Some(from), Asks::NotInView, place.clone(), words);
        }
    }
}

/// A prober is asked, and asks its targets.
fn probe(ground: &Ground<'_>, id: ObjectId, spec: Value<'_>, from: &Party, out: &mut Collector) {
    let namespace = &ground.world().snapshot().object(id).identity().namespace;
    let place = Place::Object(id, Path::root().at("spec.prober.url"));
    let speaker = Speaker {
        party: from,
        namespace,
        place: &place,
        what: "the prober",
        hint: Hint::Host,
        is_file: false,
    };
    let url =
        spec.get("prober").and_then(|prober| prober.get("url")).and_then(Value::as_str).unwrap_or_default();
    // The URL of a prober has no scheme: `spec.prober.scheme` is beside it.
    let mentions = of_url(url);
    let mut probers: Vec<Party> = Vec::new();
    for mention in &mentions {
        ground.refer(speaker, mention, out);
        if let super::ground::Means::Services(indices) = ground.means(&mention.host, namespace) {
            let selected = indices.iter().flat_map(|&index| ground.selected(ground.service(index)));
            probers.extend(selected.map(|pods| party(pods.object)));
        }
    }
    let statics = spec
        .at(&Path::root().at("targets.staticConfig.static"))
        .into_iter()
        .flat_map(Value::items)
        .enumerate();
    for (index, target) in statics.filter_map(|(index, target)| Some((index, target.as_str()?))) {
        let place = Place::Object(id, Path::root().at("spec.targets.staticConfig.static").index(index));
        for prober in &probers {
            let speaker = Speaker { party: prober, place: &place, what: "a target of the probe", ..speaker };
            for mention in of_url(target) {
                ground.refer(speaker, &mention, out);
            }
        }
    }
    if spec.at(&Path::root().at("targets.ingress")).is_some_and(|ingress| !ingress.is_null()) {
        let place = Place::Object(id, Path::root().at("spec.targets.ingress"));
        out.ask(
            probers.first(),
            Asks::NotModelled,
            place,
            "the targets are the hosts of Ingresses: list them under `network.flows`",
        );
    }
}

/// The host of a URL that may have no scheme.
fn of_url(text: &str) -> Vec<Mention> {
    let found = mention::mentions(text);
    if !found.is_empty() {
        return found;
    }
    let bare = mention::bare(text).into_iter();
    bare.map(|host| Mention::of(host, None, Form::Bare)).collect()
}

fn scrape_config(ground: &Ground<'_>, id: ObjectId, spec: Value<'_>, from: &Party, out: &mut Collector) {
    let namespace = &ground.world().snapshot().object(id).identity().namespace;
    let list = Path::root().at("spec.staticConfigs");
    for (number, config) in spec.get("staticConfigs").into_iter().flat_map(Value::items).enumerate() {
        for (index, target) in config.get("targets").into_iter().flat_map(Value::items).enumerate() {
            let place = Place::Object(id, list.index(number).key("targets").index(index));
            let speaker = Speaker {
                party: from,
                namespace,
                place: &place,
                what: "a target",
                hint: Hint::Host,
                is_file: false,
            };
            for mention in of_url(target.as_str().unwrap_or_default()) {
                ground.refer(speaker, &mention, out);
            }
        }
    }
    for (key, _) in
        spec.entries().filter(|(key, value)| key.ends_with("SDConfigs") && value.items().len() > 0)
    {
        let place = Place::Object(id, Path::root().key("spec").key(key.to_owned()));
        out.ask(
            Some(from),
            Asks::NotModelled,
            place,
            "its targets are discovered: list them under `network.flows`",
        );
    }
}

/// The Alertmanagers that a Prometheus sends to, and the URLs that it or a ruler names.
fn alerts_and_urls(ground: &Ground<'_>, id: ObjectId, out: &mut Collector) {
    let object = ground.world().snapshot().object(id);
    let Ok(body) = object.body() else { return };
    let Some(spec) = body.root().get("spec") else { return };
    let from = ground.party_of(id);
    let list = Path::root().at("spec.alerting.alertmanagers");
    for (index, to) in body.root().at(&list).into_iter().flat_map(Value::items).enumerate() {
        let place = Place::Object(id, list.index(index).key("name"));
        alerts(ground, &from, &object.identity().namespace, to, &place, out);
    }
    // The first two hold maps with a `url`, the others URLs.
    for key in ["remoteWrite", "remoteRead", "queryEndpoints", "alertmanagersUrl"] {
        for (index, item) in spec.get(key).into_iter().flat_map(Value::items).enumerate() {
            let at = Path::root().key("spec").key(key).index(index);
            let (place, url) = match item.get("url") {
                Some(url) => (Place::Object(id, at.key("url")), url),
                None => (Place::Object(id, at), item),
            };
            let what = format!("`{key}`");
            let speaker = Speaker {
                party: &from,
                namespace: &object.identity().namespace,
                place: &place,
                what: &what,
                hint: Hint::Host,
                is_file: false,
            };
            // `dnssrv+_http._tcp.query` says neither host nor port.
            for mention in of_url(url.as_str().unwrap_or_default()) {
                ground.refer(speaker, &mention, out);
            }
        }
    }
    for key in
        ["additionalScrapeConfigs", "additionalAlertManagerConfigs", "queryConfig", "alertmanagersConfig"]
    {
        if spec.get(key).is_some_and(|value| !value.is_null()) {
            let words = "flows that it configures cannot be seen; list them under `network.flows`";
            let place = Place::Object(id, Path::root().key("spec").key(key));
            out.ask(Some(&from), Asks::FromSecret, place, words);
        }
    }
}

/// One Alertmanager that alerts are sent to: a Service by namespace and name, and its port by name or number.
fn alerts(
    ground: &Ground<'_>,
    from: &Party,
    own: &Namespace,
    to: Value<'_>,
    place: &Place,
    out: &mut Collector,
) {
    let text = |key: &str| to.get(key).and_then(Value::as_str);
    let Some(name) = text("name") else { return };
    let namespace = text("namespace").map_or_else(|| own.clone(), |name| Namespace::Named(name.into()));
    let number = to.get("port").and_then(Value::as_i64).and_then(|port| u16::try_from(port).ok());
    let which = match (number, text("port")) {
        (Some(number), _) => Which::Number(number),
        (None, Some(port)) => port.parse().map_or(Which::Name(port), Which::Number),
        (None, None) => Which::Every,
    };
    let found = ground.named(&namespace, name);
    for &index in found {
        ground.to_ports(from, ground.service(index), which, place, "sends alerts", out);
    }
    if found.is_empty() {
        let to = Party::Service { namespace, name: name.to_owned() };
        out.flow(from, to, Port::UNKNOWN, place.clone(), "sends alerts to a Service that is not in view");
    }
}

/// Alertmanagers speak with each other, and with receivers that a Secret names.
fn alertmanager(ground: &Ground<'_>, id: ObjectId, out: &mut Collector) {
    let object = ground.world().snapshot().object(id);
    let Ok(body) = object.body() else { return };
    let Some(spec) = body.root().get("spec") else { return };
    let from = ground.party_of(id);
    let at = Path::root().key("spec");
    // One by default (`minReplicas`, `pkg/alertmanager/statefulset.go`).
    let replicas = spec.get("replicas").and_then(Value::as_i64).unwrap_or(1);
    let forced = spec.get("forceEnableClusterMode").and_then(Value::as_bool) == Some(true);
    if replicas > 1 || forced {
        for protocol in [Protocol::Tcp, Protocol::Udp] {
            let port = Port { protocol: Some(protocol), number: Some(9094) };
            out.flow(
                &from,
                from.clone(),
                port,
                Place::Object(id, at.key("replicas")),
                "its pods speak with each other",
            );
        }
    }
    let words =
        "its receivers are in a Secret: flows to them cannot be seen; list them under `network.flows`";
    out.ask(Some(&from), Asks::FromSecret, Place::Object(id, at.key("configSecret")), words);
}

/// Pods and Services with `prometheus.io/scrape`: a convention that some Prometheus has to follow.
fn annotated(ground: &Ground<'_>, out: &mut Collector) {
    let world = ground.world();
    let scrapers = scrapers::of_annotations(ground);
    for pods in ground.all_pods().filter(|pods| !pods.is_virtual) {
        let object = world.snapshot().object(pods.object);
        let (Some(facts), Ok(body)) = (world.workload_facts(pods.object), object.body()) else { continue };
        let base =
            if facts.template.path.is_empty() { Path::root() } else { Path::root().at(facts.template.path) };
        let Some(template) = body.root().at(&base) else { continue };
        let annotations = texts(template, "annotations");
        scrape_annotation(&annotations, pods, &base, &scrapers, out);
    }
    for service in ground
        .services()
        .filter(|service| service.annotations.get(SCRAPE).is_some_and(|value| value == "true"))
    {
        let place = Place::Object(service.id, Path::root().at("metadata.annotations").key(SCRAPE));
        let words = format!(
            "{} asks to be scraped: list it under `network.flows` when some Prometheus does",
            service.described()
        );
        out.ask(None, Asks::NotModelled, place, words);
    }
}

const SCRAPE: &str = "prometheus.io/scrape";

fn scrape_annotation(
    annotations: &BTreeMap<String, String>,
    pods: &Pods,
    base: &Path,
    scrapers: &[ObjectId],
    out: &mut Collector,
) {
    if annotations.get(SCRAPE).is_none_or(|value| value != "true") {
        return;
    }
    let place = Place::Object(pods.object, base.at("metadata.annotations").key(SCRAPE));
    let written = annotations.get("prometheus.io/port").and_then(|port| port.parse::<u16>().ok());
    let declared = pods.ports.iter().filter(|port| protocol_of(&port.protocol) == Some(Protocol::Tcp));
    let ports: Vec<u16> = match written {
        Some(port) => vec![port],
        None => declared.filter_map(|port| u16::try_from(port.number).ok()).collect(),
    };
    if scrapers.is_empty() {
        out.ask(
            None,
            Asks::NotInView,
            place,
            "asks to be scraped, and no Prometheus in view reads that annotation",
        );
        return;
    }
    for (scraper, port) in scrapers.iter().flat_map(|scraper| ports.iter().map(move |port| (scraper, port))) {
        out.flow(&party(*scraper), party(pods.object), Port::tcp(*port), place.clone(), "asks to be scraped");
    }
}
