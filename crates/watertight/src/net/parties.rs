//! From ends of connections to what is shown, and from words to ends.

use watertight_facts::identities::UNSPECIFIED_NAMESPACE;
use watertight_facts::reachability::{
    Connection, Exposure, Flow, Found, NotFound, Opening, Parties, Party, Reachability, Stranger, Who,
    WorkloadPods,
};
use watertight_netpol::{AddressRange, Connections, Family};
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
pub fn connection(connection: &Connection<'_>, reach: &Reachability) -> ConnectionRow {
    let [from, to] = [&connection.from, &connection.to].map(|end| party(end, reach.tells_ipv6()));
    row(from, to, &connection.sure, &connection.may)
}

/// The ends of two connections as one, where they only differ by being every address of one family and of the other.
pub fn both_families(ends: [(&Party<'_>, &Party<'_>); 2]) -> Option<[PartyRow; 2]> {
    let both = |(one, other): (&Party<'_>, &Party<'_>)| match (one, other) {
        (Party::Addresses(v4), Party::Addresses(v6)) => {
            let is_all = [v4, v6].into_iter().all(|range| Reachability::is_whole(*range));
            (is_all && v4.family() != v6.family()).then(|| addresses(&[*v4, *v6], true))
        }
        (one, other) if one == other => Some(party(other, true)),
        _ => None,
    };
    let [from, to] = ends.map(both);
    Some([from?, to?])
}

/// Connections between several.
pub fn flow(flow: &Flow<'_>, reach: &Reachability) -> ConnectionRow {
    let [from, to] = [&flow.from, &flow.to].map(|ends| parties(ends, reach.tells_ipv6()));
    row(from, to, &flow.sure, &flow.may)
}

fn row(from: PartyRow, to: PartyRow, sure: &Connections, may: &Connections) -> ConnectionRow {
    let text = |set: &Connections| if set.is_empty() { String::new() } else { set.to_string() };
    ConnectionRow { from, to, allowed: text(sure), unknown: text(&may.difference(sure)) }
}

/// One end; `ipv6` says whether addresses of IPv6 are told apart.
pub fn party(party: &Party<'_>, ipv6: bool) -> PartyRow {
    match party {
        Party::Workload(own) => one(own),
        Party::Addresses(range) => addresses(&[*range], ipv6),
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

fn parties(parties: &Parties<'_>, ipv6: bool) -> PartyRow {
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
        Parties::Addresses(ranges) => addresses(ranges, ipv6),
        Parties::IngressController => PartyRow::IngressController,
    }
}

/// Ranges in one text: as blocks where they are one.
pub fn ranges(ranges: &[AddressRange], ipv6: bool) -> String {
    addresses(ranges, ipv6).to_string()
}

/// Where nothing speaks of IPv6, every address of IPv4 is every address.
pub fn addresses(ranges: &[AddressRange], ipv6: bool) -> PartyRow {
    let has_all =
        |family| ranges.iter().any(|range| range.family() == family && Reachability::is_whole(*range));
    let shown = |range: &AddressRange| match (Reachability::is_whole(*range), range.family()) {
        (true, Family::V4) => "any IPv4 address outside".to_owned(),
        (true, Family::V6) => "any IPv6 address outside".to_owned(),
        (false, _) => range.block().map_or(range.to_string(), |block| block.to_string()),
    };
    PartyRow::Addresses {
        ranges: ranges.iter().map(ToString::to_string).collect(),
        shown: ranges.iter().map(shown).collect(),
        everything: has_all(Family::V4) && (!ipv6 || has_all(Family::V6)),
    }
}

/// What a stranger can open.
pub fn exposure(exposure: &Exposure<'_>, scene: &Scene<'_>) -> ConnectionRow {
    let who = match exposure.by {
        Stranger::Through(entrance) => {
            let object = scene.world.snapshot().object(entrance.object).identity();
            format!("outside, through {object} ({})", opening(&entrance.opening))
        }
        Stranger::Outside => {
            let from = addresses(&exposure.addresses, scene.reach.tells_ipv6());
            return row(from, one(exposure.workload), &exposure.sure, &exposure.may);
        }
        Stranger::HostNetwork => {
            let from = ranges(&exposure.addresses, scene.reach.tells_ipv6());
            format!("{from}, in the network of its node")
        }
        Stranger::InNamespace => "a pod without labels in its namespace".to_owned(),
        Stranger::InOtherNamespace(name) => format!("a pod without labels in {}", namespace(name)),
        Stranger::InNewNamespace => "a pod without labels in a new namespace".to_owned(),
    };
    row(PartyRow::Stranger { who }, one(exposure.workload), &exposure.sure, &exposure.may)
}

/// How something is opened to the outside, and to whom there.
fn opening(opening: &Opening) -> String {
    match opening {
        Opening::LoadBalancer { internal, ranges, .. } => {
            let how = if *internal { "internal load balancer" } else { "load balancer" };
            let ranges: Vec<String> = ranges.iter().map(ToString::to_string).collect();
            if ranges.is_empty() { how.to_owned() } else { format!("{how}, from {}", ranges.join(", ")) }
        }
        Opening::NodePort { .. } => "port of every node".to_owned(),
        Opening::ExternalAddresses => "external addresses".to_owned(),
        Opening::HostPort => "port of its node".to_owned(),
        Opening::Controller => "controller or gateway".to_owned(),
    }
}
