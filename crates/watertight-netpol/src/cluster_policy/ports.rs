//! `ports` of v1alpha1 and `protocols` of v1alpha2.

use crate::connections::{Connections, Protocol};
use crate::intervals::Intervals;
use crate::policy::{Ports, Traffic};
use crate::reading::Notes;

use super::spec::{AdminPort, ClusterProtocol, DestinationPort, PortRange, Transport};

const ONE_FIELD: &str = "must have exactly one field";

/// The connections of a rule.
pub(super) struct Asked {
    /// The connections, all of them where some could not be read.
    pub(super) traffic: Traffic,
    /// Whether all could be read.
    pub(super) readable: bool,
    /// Whether a port is asked for by its name.
    pub(super) named: bool,
}

impl Asked {
    /// Of what is not written.
    pub(super) fn everything() -> Self {
        Self { traffic: Traffic::all(), readable: true, named: false }
    }

    fn of(parts: Vec<Option<Ports>>) -> Self {
        let named = parts.iter().flatten().any(|part| matches!(part, Ports::Named { .. }));
        let include: Option<Vec<Ports>> = parts.into_iter().collect();
        let readable = include.is_some();
        let traffic = include.map_or_else(Traffic::all, |include| Traffic { include, exclude: Vec::new() });
        Self { traffic, readable, named }
    }
}

/// What `ports` ask for (`AdminNetworkPolicyPort`, `apis/v1alpha1/shared_types.go`).
pub(super) fn of_ports(path: &str, ports: &[AdminPort], notes: &mut Notes) -> Asked {
    let one = |(index, port): (usize, &AdminPort)| {
        let path = format!("{path}[{index}]");
        if notes.unknown_fields(&path, &port.rest) {
            return None;
        }
        match (&port.port_number, &port.port_range, &port.named_port) {
            (Some(number), None, None) => {
                let path = format!("{path}.portNumber");
                let unknown = notes.unknown_fields(&path, &number.rest);
                let protocol = protocol(&path, number.protocol.as_deref(), notes);
                let ports = Intervals::one(port_of(&format!("{path}.port"), number.port, notes)?);
                if unknown { None } else { Some(Ports::Connections(Connections::of(protocol?, &ports))) }
            }
            (None, Some(range), None) => {
                let path = format!("{path}.portRange");
                let protocol = protocol(&path, range.protocol.as_deref(), notes);
                let ports = range_of(&path, range, Ends::MayBeWrong, notes)?;
                Some(Ports::Connections(Connections::of(protocol?, &ports)))
            }
            (None, None, Some(name)) => named(&format!("{path}.namedPort"), name, notes),
            _ => {
                notes.refused(path, ONE_FIELD);
                None
            }
        }
    };
    Asked::of(ports.iter().enumerate().map(one).collect())
}

/// What `protocols` ask for (`ClusterNetworkPolicyProtocol`, `apis/v1alpha2/clusternetworkpolicy_types.go`).
pub(super) fn of_protocols(path: &str, protocols: &[ClusterProtocol], notes: &mut Notes) -> Asked {
    let one = |(index, asked): (usize, &ClusterProtocol)| {
        let path = format!("{path}[{index}]");
        if notes.unknown_fields(&path, &asked.rest) {
            return None;
        }
        match (&asked.tcp, &asked.udp, &asked.sctp, &asked.destination_named_port) {
            (Some(tcp), None, None, None) => transport(&format!("{path}.tcp"), Protocol::Tcp, tcp, notes),
            (None, Some(udp), None, None) => transport(&format!("{path}.udp"), Protocol::Udp, udp, notes),
            (None, None, Some(sctp), None) => transport(&format!("{path}.sctp"), Protocol::Sctp, sctp, notes),
            (None, None, None, Some(name)) => named(&format!("{path}.destinationNamedPort"), name, notes),
            _ => {
                notes.refused(path, ONE_FIELD);
                None
            }
        }
    };
    Asked::of(protocols.iter().enumerate().map(one).collect())
}

fn transport(path: &str, protocol: Protocol, asked: &Transport, notes: &mut Notes) -> Option<Ports> {
    if notes.unknown_fields(path, &asked.rest) {
        return None;
    }
    let Some(port) = &asked.destination_port else {
        notes.refused(path, ONE_FIELD);
        return None;
    };
    let ports = destination(&format!("{path}.destinationPort"), port, notes)?;
    Some(Ports::Connections(Connections::of(protocol, &ports)))
}

fn destination(path: &str, port: &DestinationPort, notes: &mut Notes) -> Option<Intervals> {
    if notes.unknown_fields(path, &port.rest) {
        return None;
    }
    match (port.number, &port.range) {
        (Some(number), None) => port_of(&format!("{path}.number"), Some(number), notes).map(Intervals::one),
        (None, Some(range)) => {
            let path = format!("{path}.range");
            if range.protocol.is_some() {
                notes.unknown_field(&path, "protocol");
                return None;
            }
            range_of(&path, range, Ends::AreChecked, notes)
        }
        _ => {
            notes.refused(path, ONE_FIELD);
            None
        }
    }
}

/// Whether the API server checks that a range ends after it begins: v1alpha1 only says so.
#[derive(Clone, Copy)]
enum Ends {
    AreChecked,
    MayBeWrong,
}

fn range_of(path: &str, range: &PortRange, ends: Ends, notes: &mut Notes) -> Option<Intervals> {
    let unknown = notes.unknown_fields(path, &range.rest);
    let start = port_of(&format!("{path}.start"), range.start, notes);
    let end = port_of(&format!("{path}.end"), range.end, notes);
    let (start, end) = (start?, end?);
    if start >= end {
        let why = "must end with a port above the one that it begins with";
        match ends {
            Ends::AreChecked => notes.refused(path, why),
            Ends::MayBeWrong => notes.not_modelled(path, why),
        }
        return None;
    }
    if unknown { None } else { Some(Intervals::range(start, end)) }
}

fn port_of(path: &str, port: Option<i64>, notes: &mut Notes) -> Option<u16> {
    let found = port.and_then(|port| u16::try_from(port).ok()).filter(|port| *port > 0);
    if found.is_none() {
        notes.refused(path, "must be a port from 1 to 65535");
    }
    found
}

fn named(path: &str, name: &str, notes: &mut Notes) -> Option<Ports> {
    if name.is_empty() {
        // Upstream a string without content is like a missing one.
        notes.refused(path, "is empty; give the name of a container's port");
        return None;
    }
    Some(Ports::Named { protocol: None, name: name.to_owned(), from: None })
}

fn protocol(path: &str, protocol: Option<&str>, notes: &mut Notes) -> Option<Protocol> {
    match protocol {
        // The default of the API server.
        None | Some("TCP") => Some(Protocol::Tcp),
        Some("UDP") => Some(Protocol::Udp),
        Some("SCTP") => Some(Protocol::Sctp),
        Some(_) => {
            // The API server takes any text.
            notes.not_modelled(format!("{path}.protocol"), "is none of TCP, UDP and SCTP");
            None
        }
    }
}
