//! Where the DNS of the cluster is: its Service and pods, and the caches on nodes.

use std::collections::BTreeMap;
use std::net::IpAddr;

use watertight_netpol::{Connections, Intervals, Protocol, Truth};

use super::selectors;
use crate::reachability::Reachability;
use crate::world::World;

/// The DNS of the cluster, as policies have to let it through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClusterDns {
    /// Its namespace.
    pub namespace: String,
    /// The labels of its pods.
    pub labels: BTreeMap<String, String>,
    /// The ports of the pods, UDP then TCP.
    pub ports: Vec<(Protocol, u16)>,
    /// Addresses of NodeLocal DNSCache.
    pub caches: Vec<IpAddr>,
    /// Whether nothing in view tells: it is where nearly every cluster has it.
    pub assumed: bool,
}

/// Services of the DNS: CoreDNS and kube-dns (`cluster/addons/dns/coredns/coredns.yaml.base`), RKE2, OpenShift.
const SERVICES: [(&str, &str); 4] = [
    ("kube-system", "kube-dns"),
    ("kube-system", "coredns"),
    ("kube-system", "rke2-coredns-rke2-coredns"),
    ("openshift-dns", "dns-default"),
];

/// The address that NodeLocal DNSCache takes unless configured otherwise
/// (`docs/tasks/administer-cluster/nodelocaldns.md`).
const CACHE: &str = "169.254.20.10";

impl ClusterDns {
    pub(super) fn of(world: &World<'_>, reach: &Reachability) -> Self {
        let cluster = reach.model.cluster();
        let is_dns = |service: &&watertight_netpol::Service| {
            SERVICES.contains(&(service.namespace.as_str(), service.name.as_str()))
        };
        let mut dns = Self {
            namespace: "kube-system".to_owned(),
            labels: BTreeMap::from([("k8s-app".to_owned(), "kube-dns".to_owned())]),
            ports: vec![(Protocol::Udp, 53), (Protocol::Tcp, 53)],
            caches: caches(world),
            assumed: true,
        };
        let Some(service) = cluster.services.iter().find(is_dns) else { return dns };
        dns.namespace.clone_from(&service.namespace);
        dns.assumed = false;
        let behind: Vec<_> = cluster.pods.iter().filter(|pod| service.selects(pod) != Truth::No).collect();
        if let Some(watertight_netpol::Selector::In(key, values)) = &service.selector
            && let [value] = &values[..]
        {
            dns.labels = BTreeMap::from([(key.clone(), value.clone())]);
        } else if let [first, rest @ ..] = &behind[..] {
            let mut common = selectors::stable(&first.labels.known);
            common.retain(|key, value| rest.iter().all(|pod| pod.labels.known.get(key) == Some(value)));
            dns.labels = common;
        }
        let mut open = Connections::none();
        for pod in &behind {
            for port in service.ports.iter().filter(|port| port.port == 53) {
                open = open.union(&service.reaches(port, pod));
            }
        }
        // Where no pod is in view, targets by number are known all the same.
        if behind.is_empty() {
            for port in service.ports.iter().filter(|port| port.port == 53) {
                if let watertight_netpol::Target::Number(number) = port.target {
                    open = open.union(&Connections::of(port.protocol, &Intervals::one(number)));
                }
            }
        }
        let ports: Vec<(Protocol, u16)> = [Protocol::Udp, Protocol::Tcp]
            .into_iter()
            .flat_map(|protocol| {
                let ports =
                    open.ports(protocol).map(watertight_netpol::PortSet::destinations).unwrap_or_default();
                ports.ranges().iter().map(|(first, _)| (protocol, *first)).collect::<Vec<_>>()
            })
            .collect();
        if !ports.is_empty() {
            dns.ports = ports;
        }
        dns
    }
}

/// The addresses of caches on nodes, when one is in view: its DaemonSet is called so in every way to install it.
fn caches(world: &World<'_>) -> Vec<IpAddr> {
    let snapshot = world.snapshot();
    let is_cache = |object: &watertight_model::Object| {
        let identity = object.identity();
        &*identity.kind == "DaemonSet" && matches!(&*identity.name, "node-local-dns" | "nodelocaldns")
    };
    let mut found: Vec<IpAddr> = Vec::new();
    for (_, object) in snapshot.objects().filter(|(_, object)| is_cache(object)) {
        let Ok(body) = object.body() else { continue };
        let containers = body.root().at(&watertight_syntax::Path::root().at("spec.template.spec.containers"));
        let containers = containers.into_iter().flat_map(watertight_syntax::Value::items);
        let arguments =
            containers.flat_map(|own| own.get("args").into_iter().flat_map(watertight_syntax::Value::items));
        let texts: Vec<&str> = arguments.filter_map(watertight_syntax::Value::as_str).collect();
        // `-localip 169.254.20.10,10.0.0.10`.
        let after = texts.iter().position(|text| matches!(*text, "-localip" | "--localip"));
        let listed = after.and_then(|place| texts.get(place + 1));
        let addresses = listed
            .into_iter()
            .flat_map(|list| list.split(','))
            .filter_map(|text| text.trim().parse::<IpAddr>().ok());
        let before = found.len();
        found.extend(addresses);
        if found.len() == before {
            found.extend(CACHE.parse::<IpAddr>());
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}
