//! `watertight net list`.

use std::collections::BTreeSet;
use std::io;
use std::process::ExitCode;

use watertight_facts::reachability::{Connection, Exposure, Label, Party, Reachability, WorkloadPods};
use watertight_model::ObjectId;
use watertight_netpol::{AddressRange, End, Family};
use watertight_report::net::list::{ConnectionRow, ListWriter};

use super::{Scene, ask, parties};
use crate::args::{ColorWhen, ListArgs};
use crate::exit::Failure;
use crate::output::{style, to_stdout};

/// Lists connections.
pub fn run(arguments: &ListArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    ask(&arguments.target, color, arguments.exposed, |scene| list(scene, arguments))
}

fn list(scene: &Scene<'_>, arguments: &ListArgs) -> Result<ExitCode, Failure> {
    let focus = Focus::of(scene, &arguments.focus, arguments.target.assumed.reading.namespace.as_deref())?;
    let about = scene.about();
    let code = scene.tell(&about);
    scene.tell_assumptions(&about, arguments.output);
    let written = to_stdout(|out| {
        let mut writer = ListWriter::new(arguments.output.into(), style(scene.color), &about, out)?;
        let mut rows = Rows { writer: &mut writer, last: None, failed: Ok(()) };
        if arguments.exposed {
            for exposure in scene.reach.exposures().iter().filter(|own| focus.has_exposure(own)) {
                rows.push(&parties::exposure(exposure, scene));
            }
        } else if arguments.expand || !focus.is_everybody() {
            scene.reach.connections_beside(
                scene.reach.tells_ipv6() || focus.ranges.iter().any(|range| range.family() == Family::V6),
                &|one, other| focus.may_have(one, other),
                &mut |connection| {
                    if focus.has_end(&connection.from) || focus.has_end(&connection.to) {
                        rows.connection(connection, scene);
                    }
                },
            );
        } else {
            scene.reach.flows(&mut |flow| rows.push(&parties::flow(&flow, scene.reach)));
        }
        rows.end(scene)?;
        writer.end()
    });
    match written {
        // The answer is what it is, whether or not somebody reads to the end.
        Err(failure) if failure.is_closed_pipe() => Ok(code),
        written => written.map(|()| code),
    }
}

/// Rows on their way out, until writing one fails.
struct Rows<'r, 'w, 'o, 'a> {
    writer: &'r mut ListWriter<'o, 'a>,
    /// Connections with every address of IPv4: when those with every one of IPv6 are the same, both are one row.
    last: Option<Connection<'w>>,
    failed: io::Result<()>,
}

impl<'w> Rows<'_, 'w, '_, '_> {
    fn push(&mut self, row: &ConnectionRow) {
        if self.failed.is_ok() {
            self.failed = self.writer.row(row);
        }
    }

    fn connection(&mut self, connection: Connection<'w>, scene: &Scene<'w>) {
        match self.last.take() {
            Some(last) if last.sure == connection.sure && last.may == connection.may => {
                let ends = [(&last.from, &connection.from), (&last.to, &connection.to)];
                if let Some([from, to]) = parties::both_families(ends) {
                    self.push(&ConnectionRow { from, to, ..parties::connection(&connection, scene.reach) });
                    return;
                }
                self.push(&parties::connection(&last, scene.reach));
            }
            Some(last) => self.push(&parties::connection(&last, scene.reach)),
            None => {}
        }
        let is_all =
            |end: &Party<'_>| matches!(end, Party::Addresses(range) if Reachability::is_whole(*range));
        if is_all(&connection.from) || is_all(&connection.to) {
            self.last = Some(connection);
        } else {
            self.push(&parties::connection(&connection, scene.reach));
        }
    }

    fn end(mut self, scene: &Scene<'w>) -> io::Result<()> {
        if let Some(last) = self.last.take() {
            self.push(&parties::connection(&last, scene.reach));
        }
        self.failed
    }
}

/// Whom a list is about.
pub(super) struct Focus {
    is_everybody: bool,
    workloads: BTreeSet<ObjectId>,
    /// Addresses outside.
    ranges: Vec<AddressRange>,
}

impl Focus {
    /// Reads the words of `--focus`. A node is what is in its network.
    pub(super) fn of(scene: &Scene<'_>, words: &[String], home: Option<&str>) -> Result<Self, Failure> {
        let mut focus =
            Self { is_everybody: words.is_empty(), workloads: BTreeSet::new(), ranges: Vec::new() };
        for word in words {
            for (label, end) in parties::find(scene, "--focus", word, home)?.ends {
                match label {
                    Label::Workload(place) => {
                        focus.workloads.insert(scene.reach.workloads[place].object);
                    }
                    Label::Node => focus.workloads.extend(on_node(scene, end)),
                    Label::Addresses(range) => focus.ranges.push(range),
                    Label::PerhapsPods(_) => {}
                }
            }
        }
        Ok(focus)
    }

    fn is_everybody(&self) -> bool {
        self.is_everybody
    }

    fn has(&self, workload: &WorkloadPods) -> bool {
        self.is_everybody || self.workloads.contains(&workload.object)
    }

    /// Whether a row of two workloads, or of one and the outside, may be among those that are wanted.
    fn may_have(&self, one: &WorkloadPods, other: Option<&WorkloadPods>) -> bool {
        self.has(one) || other.map_or(!self.ranges.is_empty(), |other| self.has(other))
    }

    fn has_end(&self, end: &Party<'_>) -> bool {
        match end {
            Party::Workload(workload) => self.has(workload),
            Party::Addresses(range) => self.has_addresses(std::slice::from_ref(range)),
            Party::IngressController => false,
        }
    }

    fn has_addresses(&self, addresses: &[AddressRange]) -> bool {
        self.ranges.iter().any(|wanted| addresses.iter().any(|range| wanted.overlaps(*range)))
    }

    fn has_exposure(&self, exposure: &Exposure<'_>) -> bool {
        self.has(exposure.workload) || self.has_addresses(&exposure.addresses)
    }
}

/// The workloads that may be in the network of a node.
fn on_node(scene: &Scene<'_>, end: End) -> Vec<ObjectId> {
    let cluster = scene.reach.model.cluster();
    let name = match end {
        End::Node(place) => Some(cluster.nodes[place].name.as_str()),
        _ => None,
    };
    let is_there = |place: &usize| {
        let pod = &cluster.pods[*place];
        let elsewhere = name.is_some_and(|name| pod.node.as_deref().is_some_and(|node| node != name));
        pod.host_network && !elsewhere
    };
    let workloads = scene.reach.workloads.iter().filter(|own| own.pods.iter().any(is_there));
    workloads.map(|own| own.object).collect()
}
