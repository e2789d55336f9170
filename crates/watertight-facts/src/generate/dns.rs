//! Where the DNS of the cluster is: its Service and pods, and the caches on nodes.

use std::collections::BTreeMap;
use std::net::IpAddr;

use watertight_model::Object;
use watertight_netpol::{
    Cluster, Connections, Intervals, Pod, PortSet, Protocol, Selector, Service, Target, Truth,
};
use watertight_syntax::{Path, Value};

use super::selectors;
use crate::reachability::Reachability;
use crate::world::World;

/// The protocols of the DNS.
pub(super) const PROTOCOLS: [Protocol; 2] = [Protocol::Udp, Protocol::Tcp];

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
    /// Whether its pods are in the network of their nodes.
    pub on_nodes: bool,
    /// What nothing in view tells, so that it is taken to be as in nearly every cluster.
    pub assumed: Option<&'static str>,
}

/// Services of the DNS: CoreDNS and kube-dns (`cluster/addons/dns/coredns/coredns.yaml.base`), RKE2, OpenShift.
const SERVICES: [(&str, &str); 4] = [
    ("kube-system", "kube-dns"),
    ("kube-system", "coredns"),
    ("kube-system", "rke2-coredns-rke2-coredns"),
    ("openshift-dns", "dns-default"),
];

/// The ports that a name in `targetPort` stands for, where no pod is in view: OpenShift's
/// (`assets/components/openshift-dns/dns/service.yaml` and `daemonset.yaml` of its DNS operator).
const NAMED_PORTS: [(&str, u16); 2] = [("dns", 5353), ("dns-tcp", 5353)];

/// What Services of the DNS are labelled with (`k8s-app` of the addon, and of Kubespray's).
const LABELS: [&str; 2] = ["kube-dns", "coredns"];

/// The address that NodeLocal DNSCache takes unless configured otherwise
/// (`docs/tasks/administer-cluster/nodelocaldns.md`).
const CACHE: &str = "169.254.20.10";

impl ClusterDns {
    pub(super) fn of(world: &World<'_>, reach: &Reachability) -> Self {
        let cluster = reach.model.cluster();
        let mut dns = Self {
            namespace: "kube-system".to_owned(),
            labels: BTreeMap::from([("k8s-app".to_owned(), "kube-dns".to_owned())]),
            ports: PROTOCOLS.map(|protocol| (protocol, 53)).into(),
            caches: caches(world),
            on_nodes: false,
            assumed: Some("it is not in view"),
        };
        if let Some(service) = service(cluster) {
            dns.see(service, cluster);
        }
        dns
    }

    /// Whether a pod has its labels.
    pub(super) fn is(&self, pod: &Pod) -> bool {
        let has = |(key, value): (&String, &String)| pod.labels.known.get(key) == Some(value);
        pod.namespace == self.namespace && self.labels.iter().all(has)
    }

    fn see(&mut self, service: &Service, cluster: &Cluster) {
        self.namespace.clone_from(&service.namespace);
        self.assumed = None;
        let behind: Vec<&Pod> =
            cluster.pods.iter().filter(|pod| service.selects(pod) == Truth::Yes).collect();
        self.on_nodes = !behind.is_empty() && behind.iter().all(|pod| pod.host_network);
        let common = || {
            let (first, rest) = behind.split_first()?;
            let mut common = selectors::stable(&first.labels.known);
            common.retain(|key, value| rest.iter().all(|pod| pod.labels.known.get(key) == Some(value)));
            Some(common)
        };
        match service.selector.as_ref().and_then(labels).or_else(common) {
            Some(labels) => self.labels = labels,
            None => self.assumed = Some("the labels of its pods are not in view"),
        }
        let mut open = Connections::none();
        for port in service.ports.iter().filter(|port| port.port == 53) {
            for pod in &behind {
                open = open.union(&service.reaches(port, pod));
            }
            if behind.is_empty() {
                // Targets by number are known all the same.
                let known = |name: &String| NAMED_PORTS.iter().find(|(known, _)| known == name);
                let number = match &port.target {
                    Target::Number(number) => Some(*number),
                    Target::Name(name) => known(name).map(|(_, number)| *number),
                };
                let number = number.map_or(Intervals::NONE, Intervals::one);
                open = open.union(&Connections::of(port.protocol, &number));
            }
        }
        let numbers = |protocol: Protocol| {
            let ports = open.ports(protocol).map(PortSet::destinations).unwrap_or_default();
            ports.ranges().iter().map(move |(first, _)| (protocol, *first)).collect::<Vec<_>>()
        };
        let ports: Vec<(Protocol, u16)> = PROTOCOLS.into_iter().flat_map(numbers).collect();
        match ports.is_empty() {
            true => self.assumed = Some("the port of its pods is not in view"),
            false => self.ports = ports,
        }
    }
}

/// The Service of the DNS: by its name, else by its labels and port.
fn service(cluster: &Cluster) -> Option<&Service> {
    let is_named =
        |service: &&Service| SERVICES.contains(&(service.namespace.as_str(), service.name.as_str()));
    let is_labelled = |service: &&Service| {
        let label = service.labels.known.get("k8s-app").map(String::as_str);
        let serves = service.ports.iter().any(|port| port.port == 53 && port.protocol == Protocol::Udp);
        serves && label.is_some_and(|label| LABELS.contains(&label))
    };
    let services = || cluster.services.iter();
    services().find(is_named).or_else(|| services().find(is_labelled))
}

/// The labels that a selector wants, where it wants each to have one value.
fn labels(selector: &Selector) -> Option<BTreeMap<String, String>> {
    match selector {
        Selector::In(key, values) => match &values[..] {
            [value] => Some(BTreeMap::from([(key.clone(), value.clone())])),
            _ => None,
        },
        Selector::All(parts) if !parts.is_empty() => {
            let parts: Option<Vec<_>> = parts.iter().map(labels).collect();
            Some(parts?.into_iter().flatten().collect())
        }
        _ => None,
    }
}

/// The addresses of caches on nodes, when one is in view: its DaemonSet is called so in every way to install it.
fn caches(world: &World<'_>) -> Vec<IpAddr> {
    let is_cache = |object: &Object| {
        let identity = object.identity();
        &*identity.kind == "DaemonSet" && matches!(&*identity.name, "node-local-dns" | "nodelocaldns")
    };
    let mut found: Vec<IpAddr> = Vec::new();
    for (_, object) in world.snapshot().objects().filter(|(_, object)| is_cache(object)) {
        let Ok(body) = object.body() else { continue };
        let containers = body.root().at(&Path::root().at("spec.template.spec.containers"));
        let words = containers.into_iter().flat_map(Value::items).flat_map(|own| {
            ["command", "args"].into_iter().filter_map(move |field| own.get(field)).flat_map(Value::items)
        });
        let words: Vec<&str> = words.filter_map(Value::as_str).collect();
        let before = found.len();
        found.extend(local_addresses(&words));
        if found.len() == before {
            found.extend(CACHE.parse::<IpAddr>());
        }
    }
    found.sort_unstable();
    found.dedup();
    found
}

/// The addresses of `-localip 169.254.20.10,10.0.0.10`, in each of the ways in which Go reads flags.
fn local_addresses(words: &[&str]) -> Vec<IpAddr> {
    let given = words.iter().enumerate().find_map(|(place, word)| {
        let flag = word.strip_prefix("--").or_else(|| word.strip_prefix('-'))?;
        match flag.strip_prefix("localip")? {
            "" => words.get(place + 1).copied(),
            rest => rest.strip_prefix('='),
        }
    });
    let listed = given.into_iter().flat_map(|list| list.split(','));
    listed.filter_map(|text| text.trim().parse().ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_addresses_of_caches_are_read_as_flags_are() {
        for words in [&["-localip", "169.254.20.10,10.0.0.10"][..], &["--localip=169.254.20.10, 10.0.0.10"]] {
            let found: Vec<String> = local_addresses(words).iter().map(ToString::to_string).collect();
            assert_eq!(found, ["169.254.20.10", "10.0.0.10"]);
        }
        assert!(local_addresses(&["-localip"]).is_empty());
    }
}
