//! From ends of connections to what is shown, and from words to ends.

use watertight_facts::identities::UNSPECIFIED_NAMESPACE;
use watertight_facts::reachability::{
    Connection, Exposure, Flow, Found, NotFound, Opening, Parties, Party, Reachability, Stranger, Who,
    WorkloadPods,
};
use watertight_netpol::{AddressRange, Connections};
use watertight_report::net::PartyRow;
use watertight_report::net::list::ConnectionRow;

use super::Scene;
use crate::exit::Failure;

/// How the namespace of objects that name none is shown. No namespace can be called so.
const UNSPECIFIED: &str = "<unspecified>";

/// A namespace as it is shown.
pub fn namespace(name: &str) -> String {
    if name == UNSPECIFIED_NAMESPACE { UNSPECIFIED.to_owned() } else { name.to_owned() }
}

/// The reverse of [`text`]: what is shown can be asked for.
pub fn of_shown(shown: &str) -> String {
    shown.replace(UNSPECIFIED, UNSPECIFIED_NAMESPACE)
}

/// A text of the model as it is shown.
pub fn text(of: &str) -> String {
    of.replace(UNSPECIFIED_NAMESPACE, UNSPECIFIED)
}

/// Finds whom somebody means with a flag.
pub fn find(scene: &Scene<'_>, flag: &str, words: &str, home: Option<&str>) -> Result<Found, Failure> {
    let who = Who::read(&of_shown(words)).map_err(|why| Failure::new(format!("{flag} {words}: {why}")))?;
    scene.reach.find(&who, home).map_err(|why| {
        let failure = Failure::new(format!("{flag} {words}: {}", text(&why.to_string())));
        match why {
            NotFound::Several(_) => {
                failure.help("name the namespace and the kind, as in shop/deployment/web")
            }
            NotFound::Nobody(near) if near.is_empty() => {
                let names = scene.reach.workloads.iter().map(|own| own.name.as_str());
                let name = words.rsplit('/').next().unwrap_or(words);
                match watertight_engine::nearest(name, names) {
                    Some(near) => failure.help(format!("did you mean `{near}`?")),
                    None => failure.help("`watertight net list` tells who is in view"),
                }
            }
            NotFound::Nobody(_) => failure,
        }
    })
}

/// A workload as in `web[Deployment]`.
pub fn workload(workload: &WorkloadPods) -> String {
    format!("{}[{}]", workload.name, workload.kind)
}

/// A connection between two.
pub fn connection(connection: &Connection<'_>) -> ConnectionRow {
    row(party(&connection.from), party(&connection.to), &connection.sure, &connection.may)
}

/// Connections between several.
pub fn flow(flow: &Flow<'_>) -> ConnectionRow {
    row(parties(&flow.from), parties(&flow.to), &flow.sure, &flow.may)
}

fn row(from: PartyRow, to: PartyRow, sure: &Connections, may: &Connections) -> ConnectionRow {
    let text = |set: &Connections| if set.is_empty() { String::new() } else { set.to_string() };
    ConnectionRow { from, to, allowed: text(sure), unknown: text(&may.difference(sure)) }
}

/// One end.
pub fn party(party: &Party<'_>) -> PartyRow {
    match party {
        Party::Workload(own) => one(own),
        Party::Addresses(range) => addresses(&[*range]),
        Party::IngressController => PartyRow::IngressController,
    }
}

fn one(own: &WorkloadPods) -> PartyRow {
    PartyRow::Workloads {
        namespace: namespace(&own.namespace),
        workloads: vec![workload(own)],
        all_but: Vec::new(),
    }
}

fn parties(parties: &Parties<'_>) -> PartyRow {
    let names = |workloads: &[&WorkloadPods]| workloads.iter().map(|own| workload(own)).collect();
    match parties {
        Parties::Everyone => PartyRow::Everyone,
        Parties::Namespaces(names) => {
            PartyRow::Namespaces { namespaces: names.iter().map(|name| namespace(name)).collect() }
        }
        Parties::Group(group) => PartyRow::Workloads {
            namespace: namespace(group.namespace),
            workloads: names(&group.workloads),
            all_but: names(&group.others),
        },
        Parties::Addresses(ranges) => addresses(ranges),
        Parties::IngressController => PartyRow::IngressController,
    }
}

/// Ranges in one text: as blocks where they are one.
pub fn ranges(ranges: &[AddressRange]) -> String {
    addresses(ranges).to_string()
}

fn addresses(ranges: &[AddressRange]) -> PartyRow {
    let block = |range: &AddressRange| range.block().map_or(range.to_string(), |block| block.to_string());
    PartyRow::Addresses {
        ranges: ranges.iter().map(ToString::to_string).collect(),
        shown: ranges.iter().map(block).collect(),
        everything: ranges.iter().all(|range| Reachability::is_whole(*range)),
    }
}

/// What a stranger can open.
pub fn exposure(exposure: &Exposure<'_>, scene: &Scene<'_>) -> ConnectionRow {
    let who = match exposure.by {
        Stranger::Through(entrance) => {
            let object = scene.world.snapshot().object(entrance.object).identity();
            let how = match &entrance.opening {
                Opening::LoadBalancer { internal: true, .. } => "internal load balancer",
                Opening::LoadBalancer { .. } => "load balancer",
                Opening::NodePort { .. } => "port of every node",
                Opening::ExternalAddresses => "external addresses",
                Opening::HostPort => "port of its node",
                Opening::Controller => "controller or gateway",
            };
            format!("outside, through {object} ({how})")
        }
        Stranger::HostNetwork => "outside, in the network of its node".to_owned(),
        Stranger::InNamespace => "a pod without labels in its namespace".to_owned(),
        Stranger::InNewNamespace => "a pod without labels in a new namespace".to_owned(),
    };
    row(PartyRow::Stranger { who }, one(exposure.workload), &exposure.sure, &exposure.may)
}
