//! Ends of connections in people's words: `shop/web`, `ns/shop`, `app=web`, `10.0.0.0/8`, `internet`.

use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

use watertight_netpol::{AddressRange, Cidr, End, EndpointId, Family};

use super::Reachability;
use crate::label_query::LabelQuery;

/// Whom somebody means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Who {
    /// A workload or a pod.
    Named {
        /// Its namespace, when one is said.
        namespace: Option<String>,
        /// Its kind, when one is said.
        kind: Option<&'static str>,
        /// Its name.
        name: String,
    },
    /// A service: what is behind it.
    Service {
        /// Its namespace, when one is said.
        namespace: Option<String>,
        /// Its name.
        name: String,
    },
    /// Every pod of a namespace.
    Namespace(String),
    /// Pods with labels.
    Labelled(LabelQuery),
    /// Addresses: of pods, of nodes, of a service, and what is outside of the cluster.
    Block(Cidr),
    /// Every address outside that is not private.
    Internet,
    /// Every node, and what is in the network of one.
    Nodes,
}

/// The kinds that can stand before a name, as kubectl takes them.
const KINDS: &[(&[&str], &str)] = &[
    (&["pod", "pods", "po"], "Pod"),
    (&["deployment", "deployments", "deploy"], "Deployment"),
    (&["statefulset", "statefulsets", "sts"], "StatefulSet"),
    (&["daemonset", "daemonsets", "ds"], "DaemonSet"),
    (&["replicaset", "replicasets", "rs"], "ReplicaSet"),
    (&["replicationcontroller", "replicationcontrollers", "rc"], "ReplicationController"),
    (&["job", "jobs"], "Job"),
    (&["cronjob", "cronjobs", "cj"], "CronJob"),
    (&["service", "services", "svc"], "Service"),
    (&["namespace", "namespaces", "ns"], "Namespace"),
    (&["rollout", "rollouts"], "Rollout"),
    (&["virtualmachine", "virtualmachines", "vm"], "VirtualMachine"),
];

fn kind_of(word: &str) -> Option<&'static str> {
    let lower = word.to_ascii_lowercase();
    KINDS.iter().find(|(words, _)| words.contains(&lower.as_str())).map(|(_, kind)| *kind)
}

impl Who {
    /// Reads what somebody wrote.
    ///
    /// # Errors
    /// When it is none of the forms.
    pub fn read(text: &str) -> Result<Self, String> {
        match text {
            "internet" => return Ok(Self::Internet),
            "nodes" => return Ok(Self::Nodes),
            "" => return Err("this is empty; name a workload, a namespace, labels or addresses".to_owned()),
            _ => {}
        }
        if let Ok(address) = text.parse::<IpAddr>() {
            return Ok(Self::Block(Cidr::one(address)));
        }
        if let Ok(block) = text.parse::<Cidr>() {
            return Ok(Self::Block(block));
        }
        if let Some((address, _)) = text.split_once('/')
            && address.parse::<IpAddr>().is_ok()
        {
            return Err(
                "this is no block of addresses; one is written as in 10.0.0.0/8 or fd00::/8".to_owned()
            );
        }
        if text.contains(['=', '!', '(', ',']) || text.contains(" in ") || text.contains(" notin ") {
            return text.parse().map(Self::Labelled);
        }
        // As it is shown: `shop/web[Deployment]`.
        let (text, shown_kind) = match text.strip_suffix(']').and_then(|text| text.split_once('[')) {
            Some((rest, kind)) => {
                (rest, Some(kind_of(kind).ok_or(format!("`{kind}` is no kind of workload"))?))
            }
            None => (text, None),
        };
        let parts: Vec<&str> = text.split('/').collect();
        let (namespace, kind, name) = match parts[..] {
            [name] => (None, shown_kind, name),
            [first, name] => match kind_of(first) {
                Some(kind) => (None, Some(kind), name),
                None => (Some(first), shown_kind, name),
            },
            [namespace, kind, name] => {
                let known = kind_of(kind).ok_or_else(|| format!("`{kind}` is no kind of workload"))?;
                (Some(namespace), Some(known), name)
            }
            _ => {
                return Err(
                    "write it as in shop/web, shop/deployment/web, ns/shop, app=web or 10.0.0.0/8".to_owned()
                );
            }
        };
        if name.is_empty() {
            return Err("a name is missing after the `/`".to_owned());
        }
        let (namespace, name) = (namespace.map(str::to_owned), name.to_owned());
        Ok(match kind {
            Some("Namespace") => Self::Namespace(name),
            Some("Service") => Self::Service { namespace, name },
            kind => Self::Named { namespace, kind, name },
        })
    }
}

/// Somebody who was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// The ends, one for each endpoint and each workload: those that no policy tells apart are one.
    pub ends: Vec<(Label, End)>,
    /// The service that was named, by place among the services of the cluster.
    pub service: Option<usize>,
}

/// What an end is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Label {
    /// A workload, by place among the workloads.
    Workload(usize),
    /// Some node.
    Node,
    /// A range of addresses.
    Addresses(AddressRange),
    /// Pods that may have an address in a block: where pods have theirs is not in view. What is let through to such a
    /// pod may be let through, and no more is known.
    PerhapsPods(Cidr),
}

/// Nobody of that name, or too many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotFound {
    /// Nobody; the names that are near.
    Nobody(Vec<String>),
    /// Several workloads, of which one has to be chosen.
    Several(Vec<String>),
}

impl fmt::Display for NotFound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nobody(near) if near.is_empty() => f.write_str("nobody in view is called so"),
            Self::Nobody(near) => write!(f, "nobody in view is called so; perhaps {}", near.join(", ")),
            Self::Several(all) => write!(f, "several in view are called so: {}", all.join(", ")),
        }
    }
}

impl Reachability {
    /// Who is meant. `home` is the namespace of names that say none.
    ///
    /// # Errors
    /// When nobody is, or when it cannot be told which of several.
    pub fn find(&self, who: &Who, home: Option<&str>) -> Result<Found, NotFound> {
        let pods: Vec<usize> = match who {
            Who::Internet => {
                return Ok(self.outside_ends(|range| !is_private(range) && self.speaks_of(range.family())));
            }
            Who::Block(block) => match self.service_with_address(*block) {
                Some(place) => return Ok(self.behind(place)),
                None => return Ok(self.in_block(*block)),
            },
            Who::Nodes => return Ok(self.node_ends()),
            Who::Namespace(name) => self.pods_where(|pod| pod.namespace == *name),
            Who::Labelled(query) => self.pods_where(|pod| {
                query.selects(&pod.labels.known) && home.is_none_or(|home| home == pod.namespace)
            }),
            Who::Service { namespace, name } => {
                return self.service(namespace.as_deref().or(home), name).map(|place| self.behind(place));
            }
            Who::Named { namespace, kind, name } => self.named(namespace.as_deref().or(home), *kind, name)?,
        };
        let ends = self.pod_ends(&pods);
        if ends.is_empty() { Err(NotFound::Nobody(Vec::new())) } else { Ok(Found { ends, service: None }) }
    }

    fn pod_ends(&self, pods: &[usize]) -> Vec<(Label, End)> {
        let mut ends: BTreeMap<(usize, EndpointId), usize> = BTreeMap::new();
        for (number, workload) in self.workloads.iter().enumerate() {
            for place in workload.pods.iter().filter(|place| pods.contains(place)) {
                ends.entry((number, self.model.endpoint(End::Pod(*place)))).or_insert(*place);
            }
        }
        ends.into_iter().map(|((number, _), place)| (Label::Workload(number), End::Pod(place))).collect()
    }

    /// What is behind a service: its pods, or what its EndpointSlices list.
    fn behind(&self, place: usize) -> Found {
        let service = &self.model.cluster().services[place];
        let pods = self.pods_where(|pod| service.selects(pod) != watertight_netpol::Truth::No);
        let mut ends = self.pod_ends(&pods);
        let listed = service.endpoints.iter().filter(|own| service.selector.is_none() && own.pod.is_none());
        for address in listed.flat_map(|own| &own.addresses) {
            ends.extend(
                self.in_block(Cidr::one(*address))
                    .ends
                    .into_iter()
                    .filter(|end| !ends.contains(end))
                    .collect::<Vec<_>>(),
            );
        }
        Found { ends, service: Some(place) }
    }

    /// The service that has an address: clients connect to it, policies see what is behind it.
    fn service_with_address(&self, block: Cidr) -> Option<usize> {
        let (address, last) = block.range().ends();
        let mut services = self.model.cluster().services.iter();
        if address == last { services.position(|own| own.addresses.contains(&address)) } else { None }
    }

    /// The pods and nodes with an address in a block, and the block as far as it is outside.
    fn in_block(&self, block: Cidr) -> Found {
        let is_inside = |addresses: &[IpAddr]| addresses.iter().any(|address| block.contains(*address));
        let pods = self.pods_where(|pod| !pod.host_network && is_inside(&pod.addresses));
        let mut ends = self.pod_ends(&pods);
        let nodes = self.model.cluster().nodes.iter().enumerate();
        let nodes = nodes.filter(|(_, node)| is_inside(&node.addresses));
        ends.extend(nodes.map(|(place, _)| (Label::Node, End::Node(place))));
        let (first, last) = block.range().ends();
        if first != last || ends.is_empty() {
            ends.extend(self.outside_ends(|range| block.range().overlaps(range)).within(block).ends);
            if self.may_hold_pods(block) {
                ends.extend(self.each_pod().map(|end| (Label::PerhapsPods(block), end)));
            }
        }
        Found { ends, service: None }
    }

    /// Of pods that policies do not tell apart two, so that each has another; and the pod that nobody knows anything of.
    fn each_pod(&self) -> impl Iterator<Item = End> {
        let real = self.pods_where(|pod| !pod.host_network);
        let mut ends: BTreeMap<EndpointId, Vec<usize>> = BTreeMap::new();
        for place in real.into_iter().chain([self.somebody]) {
            let known = ends.entry(self.model.endpoint(End::Pod(place))).or_default();
            if known.len() < 2 {
                known.push(place);
            }
        }
        ends.into_values().flatten().map(End::Pod)
    }

    /// Whether pods may have addresses in a block, where those of pods are not in view.
    fn may_hold_pods(&self, block: Cidr) -> bool {
        let cluster = self.model.cluster();
        let mut real = cluster.pods.iter().take(self.pods.len());
        let mut blocks = cluster.pod_blocks.iter().copied();
        !real.any(|pod| pod.addresses.iter().any(|address| Family::of(*address) == block.family()))
            && match cluster.pod_blocks.is_empty() {
                true => Cidr::private().any(|private| !is_local(private) && private.overlaps(block)),
                false => blocks.any(|own| own.overlaps(block)),
            }
    }

    fn pods_where(&self, wanted: impl Fn(&watertight_netpol::Pod) -> bool) -> Vec<usize> {
        let real = self.model.cluster().pods.iter().take(self.pods.len()).enumerate();
        real.filter(|(_, pod)| wanted(pod)).map(|(place, _)| place).collect()
    }

    fn named(&self, namespace: Option<&str>, kind: Option<&str>, name: &str) -> Result<Vec<usize>, NotFound> {
        let here = |own: &str| namespace.is_none_or(|wanted| wanted == own);
        let workloads = self.workloads.iter().filter(|own| here(&own.namespace) && own.name == name);
        let found: Vec<_> = workloads.filter(|own| kind.is_none_or(|kind| kind == own.kind)).collect();
        match &found[..] {
            [one] => return Ok(one.pods.clone()),
            [] => {}
            several => {
                let shown = several.iter().map(|own| format!("{}/{}[{}]", own.namespace, own.name, own.kind));
                return Err(NotFound::Several(shown.collect()));
            }
        }
        // A pod of a workload.
        if kind.is_none_or(|kind| kind == "Pod") {
            let pod = self.pod_names.iter().position(|(home, own)| here(home) && own == name);
            if let Some(place) = pod {
                return Ok(vec![place]);
            }
        }
        let near = self.workloads.iter().filter(|own| {
            own.name == name || here(&own.namespace) && (own.name.contains(name) || name.contains(&own.name))
        });
        Err(NotFound::Nobody(near.take(5).map(|own| format!("{}/{}", own.namespace, own.name)).collect()))
    }

    fn service(&self, namespace: Option<&str>, name: &str) -> Result<usize, NotFound> {
        let services = self.model.cluster().services.iter().enumerate();
        let here = |own: &str| namespace.is_none_or(|wanted| wanted == own);
        let found: Vec<_> = services.filter(|(_, own)| own.name == name && here(&own.namespace)).collect();
        match &found[..] {
            [(place, _)] => Ok(*place),
            [] => Err(NotFound::Nobody(Vec::new())),
            several => {
                let shown = several.iter().map(|(_, own)| format!("{}/svc/{}", own.namespace, own.name));
                Err(NotFound::Several(shown.collect()))
            }
        }
    }

    fn outside_ends(&self, wanted: impl Fn(AddressRange) -> bool) -> Found {
        let pieces = self.model.pieces().map(|(_, range)| range).filter(|range| wanted(*range));
        let end = |range: AddressRange| (Label::Addresses(range), End::Address(range.ends().0));
        Found { ends: pieces.map(end).collect(), service: None }
    }

    fn node_ends(&self) -> Found {
        let known = (0..self.nodes.len()).map(|place| (Label::Node, End::Node(place)));
        let mut ends: Vec<_> = known.collect();
        if ends.is_empty() {
            ends.push((Label::Node, End::SomeNode));
        }
        Found { ends, service: None }
    }
}

impl Found {
    /// Only what is in a block.
    fn within(mut self, block: Cidr) -> Self {
        let wanted = block.range();
        for (label, end) in &mut self.ends {
            if let Label::Addresses(range) = label
                && let Some(both) = range.intersection(wanted)
            {
                *range = both;
                *end = End::Address(both.ends().0);
            }
        }
        self
    }
}

/// Whether the addresses of a block are only good on one machine or one link: no pod has such.
fn is_local(block: Cidr) -> bool {
    match block.range().ends().0 {
        IpAddr::V4(address) => address.is_loopback() || address.is_link_local(),
        IpAddr::V6(address) => address.is_loopback() || address.is_unicast_link_local(),
    }
}

fn is_private(range: AddressRange) -> bool {
    Cidr::private().any(|block| block.range().covers(range))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_have_a_meaning() {
        let named = |namespace: Option<&str>, kind, name: &str| Who::Named {
            namespace: namespace.map(str::to_owned),
            kind,
            name: name.to_owned(),
        };
        for (text, wanted) in [
            ("web", named(None, None, "web")),
            ("shop/web", named(Some("shop"), None, "web")),
            ("deploy/web", named(None, Some("Deployment"), "web")),
            ("shop/sts/db", named(Some("shop"), Some("StatefulSet"), "db")),
            ("shop/web[Deployment]", named(Some("shop"), Some("Deployment"), "web")),
            ("ns/shop", Who::Namespace("shop".to_owned())),
            ("internet", Who::Internet),
            ("nodes", Who::Nodes),
            ("10.0.0.0/8", Who::Block("10.0.0.0/8".parse().unwrap())),
            ("10.1.2.3", Who::Block("10.1.2.3/32".parse().unwrap())),
            ("app=web", Who::Labelled("app=web".parse().unwrap())),
            ("svc/web", Who::Service { namespace: None, name: "web".to_owned() }),
        ] {
            assert_eq!(Who::read(text), Ok(wanted), "{text}");
        }
        for text in ["", "a/b/c/d", "shop/thing/web", "ns/", "web[Thing]", "10.0.0.0/33", "fd00::/x"] {
            assert!(Who::read(text).is_err(), "{text}");
        }
    }
}
