//! `watertight net map`.

use std::collections::BTreeMap;
use std::process::ExitCode;

use watertight_facts::reachability::{Opening, Parties, Reachability, Stranger};
use watertight_netpol::{Direction, End as ModelEnd, Truth};
use watertight_report::net::map::{self, Certainty, Compartment, End, Flow, Map, Node, Outside};

use super::{ask, parties};
use crate::args::{ColorWhen, MapArgs, MapFormat};
use crate::exit::Failure;
use crate::output::to_stdout;

/// Draws who reaches whom.
pub fn run(arguments: &MapArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    ask(&arguments.target, color, true, |scene| {
        let about = scene.about();
        let code = scene.tell(&about);
        let title = arguments.title.clone().unwrap_or_else(|| {
            let targets: Vec<String> =
                arguments.target.paths.target.iter().map(|path| path.display().to_string()).collect();
            format!("Who reaches whom: {}", targets.join(", "))
        });
        let mut drawn = picture(scene.reach, title);
        drawn.notes.extend(about.enforcement.note());
        drawn.notes.extend(about.gaps.iter().map(|gap| format!("not seen: {}: {}", gap.what, gap.why)));
        let text = match arguments.output {
            MapFormat::Svg => map::svg(&drawn),
            MapFormat::Html => map::html(&drawn),
            MapFormat::Dot => map::dot(&drawn),
        };
        to_stdout(|out| out.write_all(text.as_bytes()))?;
        Ok(code)
    })
}

/// What there is to draw.
pub(super) fn picture(reach: &Reachability, title: String) -> Map {
    let mut namespaces: Vec<Compartment> = Vec::new();
    let mut place_of_namespace: BTreeMap<&str, usize> = BTreeMap::new();
    for name in reach.by_namespace().keys() {
        place_of_namespace.insert(name, namespaces.len());
        let denies = |direction| is_closed(reach, name, direction);
        namespaces.push(Compartment {
            name: parties::namespace(name),
            default_deny_ingress: denies(Direction::Ingress),
            default_deny_egress: denies(Direction::Egress),
        });
    }
    let exposures = reach.exposures();
    let from_outside = |by: &Stranger<'_>| match by {
        Stranger::Through(entrance) => {
            !matches!(entrance.opening, Opening::LoadBalancer { internal: true, .. })
        }
        Stranger::HostNetwork => true,
        // What policies leave open is drawn as a connection.
        Stranger::Outside
        | Stranger::InNamespace
        | Stranger::InOtherNamespace(_)
        | Stranger::InNewNamespace => false,
    };
    let mut workloads = Vec::new();
    let mut place_of_workload = BTreeMap::new();
    for (place, own) in reach.workloads.iter().enumerate() {
        place_of_workload.insert(own.object, place);
        let isolated = |direction| {
            own.pods.iter().all(|&pod| {
                let endpoint = reach.model.endpoint(ModelEnd::Pod(pod));
                reach.model.is_isolated(endpoint, direction) == Truth::Yes
            })
        };
        workloads.push(Node {
            namespace: place_of_namespace.get(own.namespace.as_str()).copied().unwrap_or_default(),
            name: own.name.clone(),
            kind: own.kind.clone(),
            instances: u32::try_from(own.pods.len()).unwrap_or(u32::MAX),
            exposed: exposures
                .iter()
                .any(|exposure| exposure.workload.object == own.object && from_outside(&exposure.by)),
            isolated_ingress: isolated(Direction::Ingress),
            isolated_egress: isolated(Direction::Egress),
        });
    }
    let mut outside: Vec<Outside> = Vec::new();
    let mut flows = Vec::new();
    reach.flows(&mut |flow| {
        let mut ends = |parties: &Parties<'_>| -> Vec<End> {
            match parties {
                Parties::Everyone => vec![End::Everyone],
                Parties::Namespaces(names) => names
                    .iter()
                    .filter_map(|name| place_of_namespace.get(name))
                    .map(|&place| End::Namespace(place))
                    .collect(),
                Parties::Group(group) => group
                    .workloads
                    .iter()
                    .filter_map(|own| place_of_workload.get(&own.object))
                    .map(|&place| End::Workload(place))
                    .collect(),
                Parties::Addresses(ranges) => {
                    vec![named(&mut outside, parties::ranges(ranges, reach.tells_ipv6()))]
                }
                Parties::IngressController => vec![named(&mut outside, "ingress controller".to_owned())],
            }
        };
        let (from, to) = (ends(&flow.from), ends(&flow.to));
        let perhaps = flow.may.difference(&flow.sure);
        for (connections, certainty) in [(&flow.sure, Certainty::Allowed), (&perhaps, Certainty::Unknown)] {
            if !connections.is_empty() {
                let (from, to) = (from.clone(), to.clone());
                flows.push(Flow { from, to, connections: connections.to_string(), certainty });
            }
        }
    });
    Map { title, namespaces, workloads, outside, flows, notes: Vec::new() }
}

fn named(outside: &mut Vec<Outside>, name: String) -> End {
    let place = outside.iter().position(|own| own.name == name).unwrap_or_else(|| {
        outside.push(Outside { name });
        outside.len() - 1
    });
    End::Outside(place)
}

/// Whether pods without labels that may come into a namespace are cut off.
fn is_closed(reach: &Reachability, namespace: &str, direction: Direction) -> bool {
    reach.neighbour(namespace).is_some_and(|place| {
        let endpoint = reach.model.endpoint(ModelEnd::Pod(place));
        reach.model.is_isolated(endpoint, direction) == Truth::Yes
    })
}
