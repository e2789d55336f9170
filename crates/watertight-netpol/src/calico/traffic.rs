//! Protocols, kinds of ICMP and ports of a rule.

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::connections::{Connections, Protocol};
use crate::intervals::Intervals;
use crate::kubernetes::is_port_name;
use crate::policy::{Endpoints, Ports, Traffic};

use super::problems::Problems;
use super::types::{Icmp, Rule};

/// The names of protocols (`protocolRegex` in `libcalico-go/lib/validator/v3/validator.go`): in this case only.
const PROTOCOLS: &[(&str, Protocol)] = &[
    ("TCP", Protocol::Tcp),
    ("UDP", Protocol::Udp),
    ("ICMP", Protocol::Icmp),
    ("ICMPv6", Protocol::Icmpv6),
    ("SCTP", Protocol::Sctp),
    ("UDPLite", Protocol::Other(136)),
];

const UNREADABLE: &str = "a part of the rule cannot be read";
const NAMED_SOURCE: &str = "a source port is given by the name that it has at the source";
const NOT_ICMP: &str = "a kind of ICMP is excluded without the protocol ICMP";

/// The connections that a rule matches, and why it may match fewer. What cannot be read limits nothing.
pub(super) fn traffic(rule: &Rule, path: &str, problems: &mut Problems) -> (Traffic, Option<&'static str>) {
    let mut read = Reader { path, problems, uncertain: None };
    let protocol = rule.protocol.as_ref().and_then(|protocol| read.protocol(protocol, "protocol"));
    let not_protocol = rule.not_protocol.as_ref().and_then(|protocol| read.protocol(protocol, "notProtocol"));
    read.family(rule, protocol, "protocol");
    read.family(rule, not_protocol, "notProtocol");
    let from = read.ports(&rule.source.ports, protocol, "source.ports");
    let to = read.ports(&rule.destination.ports, protocol, "destination.ports");
    let not_from = read.ports(&rule.source.not_ports, protocol, "source.notPorts");
    let not_to = read.ports(&rule.destination.not_ports, protocol, "destination.notPorts");
    // Names of source ports are those of the source (`SrcNamedPortIPSetIDs` in `felix/calc/rule_scanner.go`).
    if !from.names.is_empty() || !not_from.names.is_empty() {
        read.uncertain = Some(NAMED_SOURCE);
    }
    let kinds = read.kinds(rule.icmp.as_ref(), protocol, "icmp");
    let not_kinds = read.kinds(rule.not_icmp.as_ref(), protocol, "notICMP");

    let every = Intervals::range(0, u16::MAX);
    let sources = if from.names.is_empty() { from.limit().unwrap_or(&every) } else { &every };
    let mut include = Vec::new();
    match (protocol, kinds, to.limit()) {
        (Some(protocol), Some(kinds), _) => include.push(Connections::of(protocol, &kinds)),
        (Some(protocol), None, to) => {
            include.push(Connections::between(protocol, sources, to.unwrap_or(&every)));
        }
        (None, _, None) => include.push(Connections::all()),
        // Ports without a protocol have names.
        (None, _, Some(_)) => {}
    }
    let mut exclude: Vec<Connections> = not_protocol.into_iter().map(Connections::of_protocol).collect();
    if let Some(protocol) = protocol {
        exclude.extend(not_kinds.map(|kinds| Connections::of(protocol, &kinds)));
        // Protocols without ports have no lists of them either.
        if !not_from.numbers.is_empty() {
            exclude.push(Connections::between(protocol, &not_from.numbers, &every));
        }
        if !not_to.numbers.is_empty() {
            exclude.push(Connections::between(protocol, &every, &not_to.numbers));
        }
    }
    let limit = (*sources != every).then_some(sources);
    let named_to = if to.limit().is_some() { to.named(protocol, limit) } else { Vec::new() };
    let traffic = Traffic {
        include: listed(include, named_to),
        exclude: listed(exclude, not_to.named(protocol, None)),
    };
    (traffic, read.uncertain)
}

fn listed(connections: Vec<Connections>, named: Vec<Ports>) -> Vec<Ports> {
    let some = connections.into_iter().filter(|connections| !connections.is_empty());
    some.map(Ports::Connections).chain(named).collect()
}

/// A rule's destination with its connections, apart for ports with numbers and with names: these are the ports of
/// pods that the selectors select themselves, not of pods whose address is in a network set that they select
/// (`CalculateEndpointContribution` in `felix/labelindex/named_port_index.go`: sets have no ports).
pub(super) fn by_names(traffic: Traffic, whole: Endpoints, pods: Endpoints) -> Vec<(Endpoints, Traffic)> {
    if traffic.names().next().is_none() || whole == pods {
        return vec![(whole, traffic)];
    }
    let is_named = |ports: &Ports| matches!(ports, Ports::Named { .. });
    let (named, include): (Vec<Ports>, Vec<Ports>) = traffic.include.iter().cloned().partition(is_named);
    let (not_named, exclude): (Vec<Ports>, Vec<Ports>) = traffic.exclude.iter().cloned().partition(is_named);
    let others = match include.is_empty() {
        true => None,
        false if not_named.is_empty() => Some(whole),
        false => Some(Endpoints::All(vec![whole, Endpoints::Not(Box::new(pods.clone()))])),
    };
    // What is excluded by its name has to be asked together with what it is taken from.
    let of_pods =
        if not_named.is_empty() { Traffic { include: named, exclude: exclude.clone() } } else { traffic };
    let others = others.map(|others| (others, Traffic { include, exclude }));
    let of_pods = (!of_pods.include.is_empty()).then_some((pods, of_pods));
    of_pods.into_iter().chain(others).collect()
}

/// A list of ports.
struct Written {
    /// Whether the list limits anything: there is one, and all of it can be read.
    limits: bool,
    numbers: Intervals,
    names: Vec<String>,
}

impl Written {
    /// The numbers, when the list limits anything.
    fn limit(&self) -> Option<&Intervals> {
        self.limits.then_some(&self.numbers)
    }

    fn named(&self, protocol: Option<Protocol>, from: Option<&Intervals>) -> Vec<Ports> {
        let port = |name: &String| Ports::Named { protocol, name: name.clone(), from: from.cloned() };
        self.names.iter().map(port).collect()
    }
}

struct Reader<'a> {
    path: &'a str,
    problems: &'a mut Problems,
    uncertain: Option<&'static str>,
}

impl Reader<'_> {
    fn refused(&mut self, field: &str, why: &str) {
        self.problems.refused(format!("{}.{field}", self.path), why);
    }

    /// What cannot be read limits nothing.
    fn unreadable(&mut self, field: &str, why: &str) {
        self.refused(field, why);
        self.uncertain = Some(UNREADABLE);
    }

    /// `validateProtocol`, and `UnmarshalJSON` in `api/pkg/lib/numorstring/uint8orstring.go`.
    fn protocol(&mut self, written: &IntOrString, field: &str) -> Option<Protocol> {
        const WHY: &str = "it is none of TCP, UDP, ICMP, ICMPv6, SCTP, UDPLite and the numbers from 1 to 255";
        let number = match written {
            IntOrString::Int(number) => u8::try_from(*number).ok(),
            IntOrString::String(text) => {
                if let Some((name, protocol)) =
                    PROTOCOLS.iter().find(|(name, _)| name.eq_ignore_ascii_case(text))
                {
                    if name != text {
                        self.refused(field, WHY);
                    }
                    return Some(*protocol);
                }
                digits(text).and_then(|number| u8::try_from(number).ok())
            }
        };
        let found = number.filter(|number| *number > 0).map(Protocol::of_number);
        if found.is_none() {
            self.unreadable(field, WHY);
        }
        found
    }

    /// The two families have their own ICMP.
    fn family(&mut self, rule: &Rule, protocol: Option<Protocol>, field: &str) {
        let wanted = match protocol {
            Some(Protocol::Icmp) => 4,
            Some(Protocol::Icmpv6) => 6,
            _ => return,
        };
        if rule.ip_version.is_some_and(|version| version != wanted) {
            self.refused(field, "it is of another family than `ipVersion`");
        }
    }

    /// The types and codes, as numbers of [`Connections`]; `None` for no limit.
    fn kinds(&mut self, icmp: Option<&Icmp>, protocol: Option<Protocol>, field: &str) -> Option<Intervals> {
        let icmp = icmp?;
        if self.problems.fields(&icmp.rest, &format!("{}.{field}", self.path)) {
            self.uncertain = Some("a field of ICMP is not known");
        }
        if !matches!(protocol, Some(Protocol::Icmp | Protocol::Icmpv6)) {
            match field {
                "icmp" => self.unreadable(field, "it needs the protocol ICMP or ICMPv6"),
                _ => self.uncertain = Some(NOT_ICMP),
            }
            return None;
        }
        let Some(kind) = icmp.kind else {
            if icmp.code.is_some() {
                self.unreadable(&format!("{field}.code"), "a code needs a type");
            }
            return None;
        };
        let Some(kind) = u16::try_from(kind).ok().filter(|kind| *kind <= 254) else {
            self.unreadable(&format!("{field}.type"), "types are numbers from 0 to 254");
            return None;
        };
        let Some(code) = icmp.code else {
            return Some(Intervals::range(kind << 8, kind << 8 | 0xff));
        };
        match u16::try_from(code).ok().filter(|code| *code <= 255) {
            Some(code) => Some(Intervals::one(kind << 8 | code)),
            None => {
                self.unreadable(&format!("{field}.code"), "codes are numbers from 0 to 255");
                None
            }
        }
    }

    /// A list of ports, with what `validateRule` and `validatePort` refuse.
    fn ports(&mut self, list: &[IntOrString], protocol: Option<Protocol>, field: &str) -> Written {
        let mut written = Written { limits: !list.is_empty(), numbers: Intervals::NONE, names: Vec::new() };
        let with_ports = protocol.is_some_and(|protocol| Protocol::WITH_PORTS.contains(&protocol));
        if !list.is_empty() && !with_ports && protocol.is_some() {
            self.unreadable(field, "ports need the protocol TCP, UDP or SCTP");
            return Written { limits: false, ..written };
        }
        for (index, port) in list.iter().enumerate() {
            let path = format!("{field}[{index}]");
            match port_of(port) {
                Ok(Port::Name(name)) => {
                    if !is_port_name(&name) {
                        self.refused(&path, "names of ports have small letters, digits and `-`, 15 at most");
                    }
                    written.names.push(name);
                }
                Ok(Port::Range(from, to)) if with_ports => {
                    written.numbers = written.numbers.union(&Intervals::range(from, to));
                }
                Ok(Port::Range(..)) => {
                    self.unreadable(&path, "ports with numbers need the protocol TCP, UDP or SCTP");
                    written.limits = false;
                }
                Err(why) => {
                    self.unreadable(&path, why);
                    written.limits = false;
                }
            }
        }
        written
    }
}

enum Port {
    Range(u16, u16),
    Name(String),
}

/// `PortFromString` in `api/pkg/lib/numorstring/port.go`, and `validatePort`.
fn port_of(written: &IntOrString) -> Result<Port, &'static str> {
    const NUMBERS: &str = "ports are numbers from 1 to 65535, and a range is written from its lower end";
    let number = |number: u32| u16::try_from(number).ok().filter(|number| *number > 0).ok_or(NUMBERS);
    let text = match written {
        IntOrString::Int(written) => {
            let written = number(u32::try_from(*written).map_err(|_| NUMBERS)?)?;
            return Ok(Port::Range(written, written));
        }
        IntOrString::String(text) => text,
    };
    let all_digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let read = |text: &str| digits(text).ok_or(NUMBERS).and_then(number);
    if all_digits(text) {
        let port = read(text)?;
        return Ok(Port::Range(port, port));
    }
    if let Some((from, to)) = text.split_once(':').filter(|(from, to)| all_digits(from) && all_digits(to)) {
        let (from, to) = (read(from)?, read(to)?);
        return if from <= to { Ok(Port::Range(from, to)) } else { Err(NUMBERS) };
    }
    let in_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-');
    if (1..=128).contains(&text.len()) && text.bytes().all(in_name) {
        Ok(Port::Name(text.clone()))
    } else {
        Err("it is no number, no range such as `8000:8080`, and no name of a port")
    }
}

/// A number of digits only.
fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}
