//! The flows that workloads need, as far as anything in view says so.
//!
//! [`find`] reads manifests; [`recorded`] reads what a network plugin saw; [`settings`] what the user says. Each
//! [`Flow`] tells why it is needed. What looks like a flow and is none for certain is a [`Question`]: nothing is
//! guessed.
//!
//! The target of a flow is what a packet meets after the address of a Service was replaced: a workload and the port
//! of its container. Probes need no flow, as Kubernetes lets traffic between a pod and its own node pass whatever
//! policies say (`docs/concepts/services-networking/network-policies.md` of the website). Nor does the DNS of the
//! cluster: every workload needs it, and nothing says so.
//!
//! Start reading at [`find`], then `manifest.rs`.

mod api_server;
mod arguments;
mod config_text;
mod controllers;
mod entries;
mod ground;
mod hooks;
mod manifest;
mod mention;
mod monitoring;
mod names;
mod operator_pods;
pub mod recorded;
mod references;
mod resolvers;
mod scrapers;
mod service_ports;
pub mod settings;
mod webhooks;

#[cfg(test)]
mod corpus_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod tests_of_pods;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use watertight_model::{Namespace, ObjectId};
use watertight_netpol::{Cidr, Protocol};
use watertight_syntax::Path;

pub use api_server::api_server_endpoints;
pub(crate) use controllers::Controllers;
pub use ground::{Ground, Pods};

use crate::world::World;

/// One end of a flow.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party {
    /// The pods of a workload, or of a custom resource whose operator runs them: see [`Ground::pods`].
    Workload(ObjectId),
    /// Every pod of a namespace.
    Namespace(Namespace),
    /// What a Service leads to, where that is not in view.
    Service {
        /// Its namespace.
        namespace: Namespace,
        /// Its name.
        name: String,
    },
    /// The API servers.
    ApiServer,
    /// Addresses outside of the cluster, or whose owner is not known.
    Addresses(Cidr),
    /// A host outside of the cluster, by name.
    Fqdn(String),
    /// Whoever is outside of the cluster.
    Outside,
    /// An ingress controller that is not in view: some pod, or something outside of the cluster.
    IngressController,
    /// The nodes, and what is in their network.
    Nodes,
    /// The DNS of the cluster.
    ClusterDns,
}

/// The port of a flow, at its destination.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Port {
    /// The protocol; `None` when it is not known.
    pub protocol: Option<Protocol>,
    /// The number; `None` when it is not known.
    pub number: Option<u16>,
}

impl Port {
    /// Nothing is known of it.
    pub const UNKNOWN: Self = Self { protocol: None, number: None };

    /// A port of TCP.
    #[must_use]
    pub const fn tcp(number: u16) -> Self {
        Self { protocol: Some(Protocol::Tcp), number: Some(number) }
    }
}

/// As in `8080/TCP`; `?` is what is not known.
impl fmt::Display for Port {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number {
            Some(number) => write!(f, "{number}/")?,
            None => f.write_str("?/")?,
        }
        f.write_str(match self.protocol {
            Some(Protocol::Tcp) => "TCP",
            Some(Protocol::Udp) => "UDP",
            Some(Protocol::Sctp) => "SCTP",
            _ => "?",
        })
    }
}

/// A connection that is needed: between two parties, on one port.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    /// Who opens it.
    pub from: Party,
    /// Who takes it.
    pub to: Party,
    /// The port that `to` listens on.
    pub port: Port,
    /// Why it is needed; never empty.
    pub why: Vec<Reason>,
}

/// Something that says that a flow is needed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Reason {
    /// Where it is said.
    pub place: Place,
    /// What it says, in a few words without a value that could be secret.
    pub words: String,
}

/// Where something is said.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Place {
    /// In an object, at a path within it.
    Object(ObjectId, Path),
    /// In a line of a recording, counted from 1.
    Line(u64),
    /// In the settings.
    Settings(Path),
    /// Nowhere in particular: the input as a whole.
    Input,
}

/// What kind of question it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Asks {
    /// A word that may name a destination, in a place that does not say so.
    Ambiguous,
    /// A destination that is named and not in view.
    NotInView,
    /// A flow that is needed for certain, and whose ends are not in view: it stays closed where nobody answers.
    Needed,
    /// Configuration that comes from a Secret, which is not read.
    FromSecret,
    /// An address outside of the cluster in a text that may or may not be followed.
    External,
    /// Something that finds its destinations by itself, in a way that is not modelled.
    NotModelled,
}

/// Something that may mean a flow, and does not for certain.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Question {
    /// Whose flow it would be; `None` when that is not known either.
    pub from: Option<Party>,
    /// What kind of question it is.
    pub asks: Asks,
    /// Where it arises.
    pub place: Place,
    /// What is not known, and what to do, masked.
    pub words: String,
}

/// What was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// The flows, by their ends and port.
    pub flows: Vec<Flow>,
    /// What may be flows, and is for people to answer.
    pub questions: Vec<Question>,
}

impl Found {
    /// Takes in what was found elsewhere: a flow that both have has the reasons of both.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        let mut collector = Collector::default();
        for found in [self, other] {
            for flow in found.flows {
                let reasons = collector.flows.entry((flow.from, flow.to, flow.port)).or_default();
                reasons.extend(flow.why);
            }
            collector.questions.extend(found.questions);
        }
        collector.finish()
    }
}

/// Finds the flows that the objects of a world speak of.
#[must_use]
pub fn find(ground: &Ground<'_>) -> Found {
    let mut out = Collector::default();
    manifest::find(ground, &mut out);
    webhooks::find(ground, &mut out);
    entries::find(ground, &mut out);
    monitoring::find(ground, &mut out);
    api_server::find(ground, &mut out);
    resolvers::find(ground, &mut out);
    out.finish()
}

/// Finds the flows that the objects of a world speak of, of a world that nobody asks again.
#[must_use]
pub fn find_in(world: &World<'_>) -> Found {
    find(&Ground::of(world))
}

/// What was found so far.
#[derive(Debug, Default)]
struct Collector {
    flows: BTreeMap<(Party, Party, Port), BTreeSet<Reason>>,
    questions: BTreeSet<Question>,
}

impl Collector {
    fn flow(&mut self, from: &Party, to: Party, port: Port, place: Place, words: impl Into<String>) {
        let reasons = self.flows.entry((from.clone(), to, port)).or_default();
        reasons.insert(Reason { place, words: masked(&words.into()) });
    }

    fn ask(&mut self, from: Option<&Party>, asks: Asks, place: Place, words: impl Into<String>) {
        let words = masked(&words.into());
        self.questions.insert(Question { from: from.cloned(), asks, place, words });
    }

    /// Whether there is a flow between two parties.
    fn has(&self, from: &Party, to: &Party) -> bool {
        let first = (from.clone(), to.clone(), Port::UNKNOWN);
        self.flows.range(first..).next().is_some_and(|((one, other, _), _)| one == from && other == to)
    }

    fn finish(self) -> Found {
        let flow = |((from, to, port), why): ((Party, Party, Port), BTreeSet<Reason>)| Flow {
            from,
            to,
            port,
            why: why.into_iter().collect(),
        };
        Found {
            flows: self.flows.into_iter().map(flow).collect(),
            questions: self.questions.into_iter().collect(),
        }
    }
}

fn masked(text: &str) -> String {
    watertight_credentials::masked(text).into_owned()
}
