//! Random clusters and packets.

use std::collections::{BTreeMap, BTreeSet};
use std::net::IpAddr;

use serde_json::json;

use super::alphabet::{self, values_of};
use super::random::Random;
use super::services;
use super::world::{ICMP, ICMPV6, Packet, SCTP, TCP, UDP, Who, Written};
use crate::{Account, Cluster, Inside, Labels, NamedPort, Namespace, Node, Pod, Protocol, Truth, Unknown};

/// How much of a cluster is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum View {
    Whole,
    Part,
}

fn labels(random: &mut Random, keys: &[&str], view: View, open: &str) -> Labels {
    let mut known = BTreeMap::new();
    for key in keys.iter().filter(|key| **key != "kubernetes.io/metadata.name") {
        if random.percent(70) {
            known.insert((*key).to_owned(), (*random.pick(values_of(key))).to_owned());
        }
    }
    let unknown = match random.below(6) {
        0 if view == View::Part => Unknown::Keys([open.to_owned()].into()),
        1 if view == View::Part => Unknown::Anything,
        _ => Unknown::Nothing,
    };
    Labels { known, unknown }
}

/// Addresses that nobody else has.
fn addresses(random: &mut Random, free: &mut Vec<&str>, view: View) -> Vec<IpAddr> {
    let several = if view == View::Whole { 1 } else { *random.pick(&[0, 1, 1, 1, 2]) };
    (0..several.min(free.len())).map(|_| free.remove(random.below(free.len())).parse().unwrap()).collect()
}

fn ports(random: &mut Random) -> Vec<NamedPort> {
    let protocols = [Protocol::Tcp, Protocol::Tcp, Protocol::Udp, Protocol::Sctp];
    let count = random.below(4);
    let port = |random: &mut Random| NamedPort {
        name: (*random.pick(&alphabet::PORT_NAMES)).to_owned(),
        protocol: *random.pick(&protocols),
        number: *random.pick(&alphabet::PORTS),
    };
    (0..count).map(|_| port(random)).collect()
}

/// The addresses that are left.
struct Free {
    pods: Vec<&'static str>,
    nodes: Vec<&'static str>,
}

fn pod(random: &mut Random, tag: u32, view: View, free: &mut Free) -> Pod {
    let host_network = random.percent(12);
    let known_nodes = ["n1", "n2", "n1", "n2", "n9"];
    let node = (view == View::Whole || random.percent(60)).then(|| (*random.pick(&known_nodes)).to_owned());
    // In the network of a node in view, it has the addresses of that.
    let of_node = host_network && node.as_ref().is_some_and(|name| name != "n9");
    let free = if host_network { &mut free.nodes } else { &mut free.pods };
    Pod {
        tag,
        namespace: (*random.pick(&alphabet::NAMESPACES)).to_owned(),
        labels: labels(random, &alphabet::POD_KEYS, view, "role"),
        host_network,
        node,
        addresses: if of_node { Vec::new() } else { addresses(random, free, view) },
        ports: ports(random),
        account: (*random.pick(&alphabet::ACCOUNTS)).to_owned(),
    }
}

fn namespaces(random: &mut Random, view: View) -> Vec<Namespace> {
    let mut all = Vec::new();
    for name in alphabet::NAMESPACES {
        if random.percent(15) {
            continue;
        }
        let mut labels = labels(random, &alphabet::NAMESPACE_KEYS, view, "team");
        labels.known.insert("kubernetes.io/metadata.name".to_owned(), name.to_owned());
        all.push(Namespace { name: name.to_owned(), labels });
    }
    all
}

fn accounts(random: &mut Random, view: View) -> Vec<Account> {
    let mut all = Vec::new();
    for namespace in alphabet::NAMESPACES {
        for name in alphabet::ACCOUNTS {
            if view == View::Whole || random.percent(80) {
                let labels = labels(random, &alphabet::ACCOUNT_KEYS, view, "side");
                all.push(Account { namespace: namespace.to_owned(), name: name.to_owned(), labels });
            }
        }
    }
    all
}

pub(super) fn cluster(random: &mut Random, view: View) -> Cluster {
    let pods = random.between(6, 10) as u32;
    let mut free = Free { pods: alphabet::POD_ADDRESSES.into(), nodes: alphabet::NODE_ADDRESSES.into() };
    let mut nodes = Vec::new();
    for (tag, name) in (100..).zip(alphabet::NODES) {
        let labels = labels(random, &alphabet::NODE_KEYS, view, "zone");
        let addresses = addresses(random, &mut free.nodes, view);
        nodes.push(Node { tag, name: name.to_owned(), labels, addresses });
    }
    let blocks: &[&str] = if view == View::Part && random.percent(30) { &["10.0.0.0/16"] } else { &[] };
    Cluster {
        namespaces: namespaces(random, view),
        all_namespaces: view == View::Whole || random.percent(30),
        pods: (0..pods).map(|tag| pod(random, tag, view, &mut free)).collect(),
        nodes,
        accounts: accounts(random, view),
        blocks_mean_pods: match (view, random.below(3)) {
            (View::Part, 0) => Inside::ByImplementation,
            (_, 1) => Inside::Never,
            _ => Inside::ByAddress,
        },
        asks_towards_own_node: random.percent(50),
        pod_blocks: blocks.iter().map(|block| block.parse().unwrap()).collect(),
        enforced: if random.percent(2) { Truth::No } else { Truth::Yes },
        ..Cluster::default()
    }
}

/// What Cilium looks at beside: API servers. Names of ports are unique in a pod (`ContainerPort.name`): of several, it
/// only keeps one.
pub(super) fn for_cilium(random: &mut Random, cluster: &mut Cluster, view: View) {
    for pod in &mut cluster.pods {
        let mut names = BTreeSet::new();
        pod.ports.retain(|port| names.insert(port.name.clone()));
    }
    if view == View::Whole || random.percent(50) {
        cluster.api_servers = Some(vec!["203.0.113.5".parse().unwrap()]);
    }
}

/// Services with a selector, and with endpoints that somebody lists.
pub(super) fn services(random: &mut Random, cluster: &Cluster) -> Vec<Written> {
    let mut all = Vec::new();
    for name in &alphabet::SERVICES[..2] {
        for namespace in &alphabet::NAMESPACES[..2] {
            let pods = &cluster.pods;
            let spec = match random.below(5) {
                0 => continue,
                1 | 2 => json!({"selector": {"app": random.pick(values_of("app"))}}),
                3 => json!({"endpoints": [
                    {"pod": random.pick(pods).tag}, {"address": random.pick(&alphabet::OUTSIDE)},
                ]}),
                _ => match random.pick(pods).addresses.first() {
                    Some(address) => json!({"endpoints": [{"address": address.to_string()}]}),
                    None => continue,
                },
            };
            all.push(Written {
                kind: services::KIND,
                namespace: Some((*namespace).to_owned()),
                name: (*name).to_owned(),
                labels: BTreeMap::new(),
                spec,
            });
        }
    }
    all
}

fn who(random: &mut Random, cluster: &Cluster) -> Who {
    match random.below(20) {
        0 => Who::Node(random.below(cluster.nodes.len())),
        1 => Who::SomeNode,
        2..=4 => Who::Address(random.pick(&alphabet::OUTSIDE).parse().unwrap()),
        _ => Who::Pod(random.below(cluster.pods.len())),
    }
}

/// Packets of all sorts: mostly to ports at and beside those that policies name.
pub(super) fn packet(random: &mut Random, cluster: &Cluster) -> Packet {
    let near: BTreeSet<u16> = alphabet::PORTS.iter().flat_map(|port| [port - 1, *port, port + 1]).collect();
    let near: Vec<u16> = near.into_iter().chain([1, 65535]).collect();
    let protocol = *random.pick(&[TCP, TCP, TCP, UDP, UDP, SCTP, ICMP, ICMPV6, 47, 136]);
    let has_ports = [TCP, UDP, SCTP].contains(&protocol);
    let kinds = [8u16 << 8, 8 << 8 | 1, 0, 3 << 8 | 1, 128 << 8, 135 << 8];
    let (from_port, to_port) = match protocol {
        _ if has_ports && random.percent(80) => {
            (*random.pick(&[40000, 53, 1023, 1024]), *random.pick(&alphabet::PORTS))
        }
        _ if has_ports => (*random.pick(&[40000, 53, 1023, 1024]), *random.pick(&near)),
        ICMP | ICMPV6 => (0, *random.pick(&kinds)),
        _ => (0, 0),
    };
    Packet { from: who(random, cluster), to: who(random, cluster), protocol, from_port, to_port }
}
