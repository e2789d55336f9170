//! Protocols, kinds of ICMP and ports of a rule.

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::connections::{Connections, Protocol};
use crate::intervals::Intervals;
use crate::policy::{Ports, Traffic};

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

const NAMED_SOURCE: &str = "a source port is given by the name that it has at the source";
const NOT_ICMP: &str = "a kind of ICMP is excluded without the protocol ICMP";

/// The connections that a rule matches, and why it may match fewer.
pub(super) fn traffic(rule: &Rule, path: &str, problems: &mut Problems) -> (Traffic, Option<&'static str>) {
    let mut read = Reader { path, problems, uncertain: None };
    let protocol = rule.protocol.as_ref().and_then(|protocol| read.protocol(protocol, "protocol"));
    let not_protocol = rule.not_protocol.as_ref().and_then(|protocol| read.protocol(protocol, "notProtocol"));
    read.family(rule, protocol, "protocol");
    read.family(rule, not_protocol, "notProtocol");
    let mut exclude: Vec<Ports> = not_protocol
        .into_iter()
        .map(|protocol| Ports::Connections(Connections::of_protocol(protocol)))
        .collect();

    let from = read.ports(&rule.source.ports, rule, protocol, "source.ports");
    let to = read.ports(&rule.destination.ports, rule, protocol, "destination.ports");
    let not_from = read.ports(&rule.source.not_ports, rule, protocol, "source.notPorts");
    let not_to = read.ports(&rule.destination.not_ports, rule, protocol, "destination.notPorts");
    // Names of source ports are those of the source (`SrcNamedPortIPSetIDs` in `felix/calc/rule_scanner.go`).
    if from.has_names() || not_from.has_names() {
        read.uncertain = Some(NAMED_SOURCE);
    }
    let every = Intervals::range(0, u16::MAX);
    let sources = match &from {
        Written { names, .. } if !names.is_empty() => every.clone(),
        Written { none: true, .. } => every.clone(),
        Written { numbers, .. } => numbers.clone(),
    };
    let kinds = read.kinds(rule.icmp.as_ref(), protocol, "icmp");
    let mut include = Vec::new();
    match (protocol, kinds) {
        (Some(protocol), Some(kinds)) => include.push(Ports::Connections(Connections::of(protocol, &kinds))),
        (Some(protocol), None) => {
            let destinations = if to.none { &every } else { &to.numbers };
            if !destinations.is_empty() {
                include.push(Ports::Connections(Connections::between(protocol, &sources, destinations)));
            }
        }
        // Without a protocol, ports have names.
        (None, _) if to.none => include.push(Ports::Connections(Connections::all())),
        (None, _) => {}
    }
    let limit = (sources != every).then_some(sources);
    include.extend(to.named(protocol, limit));

    if let Some(kinds) = read.kinds(rule.not_icmp.as_ref(), protocol, "notICMP") {
        match protocol {
            Some(protocol @ (Protocol::Icmp | Protocol::Icmpv6)) => {
                exclude.push(Ports::Connections(Connections::of(protocol, &kinds)));
            }
            _ => read.uncertain = Some(NOT_ICMP),
        }
    }
    if let Some(protocol) = protocol {
        for (from, to) in [(&not_from.numbers, &every), (&every, &not_to.numbers)] {
            if !from.is_empty() && !to.is_empty() {
                exclude.push(Ports::Connections(Connections::between(protocol, from, to)));
            }
        }
    }
    exclude.extend(not_to.named(protocol, None));
    (Traffic { include, exclude }, read.uncertain)
}

/// A list of ports.
struct Written {
    /// Whether there is no list.
    none: bool,
    numbers: Intervals,
    names: Vec<String>,
}

impl Written {
    fn has_names(&self) -> bool {
        !self.names.is_empty()
    }

    fn named(&self, protocol: Option<Protocol>, from: Option<Intervals>) -> impl Iterator<Item = Ports> {
        let port = move |name: &String| Ports::Named { protocol, name: name.clone(), from: from.clone() };
        self.names.iter().map(port)
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

    /// `validateProtocol`, and `UnmarshalJSON` in `api/pkg/lib/numorstring/uint8orstring.go`.
    fn protocol(&mut self, written: &IntOrString, field: &str) -> Option<Protocol> {
        let number = match written {
            IntOrString::Int(number) => u8::try_from(*number).ok(),
            IntOrString::String(text) => match PROTOCOLS.iter().find(|(name, _)| name == text) {
                Some((_, protocol)) => return Some(*protocol),
                None => digits(text).and_then(|number| u8::try_from(number).ok()),
            },
        };
        let found = number.filter(|number| *number > 0).map(Protocol::of_number);
        if found.is_none() {
            let why = "it is none of TCP, UDP, ICMP, ICMPv6, SCTP, UDPLite and the numbers from 1 to 255";
            self.refused(field, why);
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
        if field == "icmp" && !matches!(protocol, Some(Protocol::Icmp | Protocol::Icmpv6)) {
            self.refused(field, "it needs the protocol ICMP or ICMPv6");
            return None;
        }
        let Some(kind) = icmp.kind else {
            if icmp.code.is_some() {
                self.refused(&format!("{field}.code"), "a code needs a type");
            }
            return None;
        };
        let Some(kind) = u16::try_from(kind).ok().filter(|kind| *kind <= 254) else {
            self.refused(&format!("{field}.type"), "types are numbers from 0 to 254");
            return None;
        };
        let Some(code) = icmp.code else {
            return Some(Intervals::range(kind << 8, kind << 8 | 0xff));
        };
        match u16::try_from(code).ok().filter(|code| *code <= 255) {
            Some(code) => Some(Intervals::one(kind << 8 | code)),
            None => {
                self.refused(&format!("{field}.code"), "codes are numbers from 0 to 255");
                None
            }
        }
    }

    /// A list of ports, with what `validateRule` and `validatePort` refuse.
    fn ports(
        &mut self,
        list: &[IntOrString],
        rule: &Rule,
        protocol: Option<Protocol>,
        field: &str,
    ) -> Written {
        let mut written = Written { none: list.is_empty(), numbers: Intervals::NONE, names: Vec::new() };
        for (index, port) in list.iter().enumerate() {
            let path = format!("{field}[{index}]");
            match port_of(port) {
                Ok(Port::Name(name)) => written.names.push(name),
                Ok(Port::Range(from, to)) => {
                    written.numbers = written.numbers.union(&Intervals::range(from, to));
                    if rule.protocol.is_none() {
                        self.refused(&path, "ports with numbers need the protocol TCP, UDP or SCTP");
                    }
                }
                Err(why) => self.refused(&path, why),
            }
        }
        let without_ports = protocol.is_some_and(|protocol| !Protocol::WITH_PORTS.contains(&protocol));
        if without_ports && !list.is_empty() {
            self.refused(field, "ports need the protocol TCP, UDP or SCTP");
        }
        written
    }
}

enum Port {
    Range(u16, u16),
    Name(String),
}

/// `PortFromString` in `api/pkg/lib/numorstring/port.go`, and `validatePort` and `validatePortName`.
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
    if is_port_name(text) {
        Ok(Port::Name(text.clone()))
    } else {
        Err("it is no number, no range such as `8000:8080`, and no name of a port")
    }
}

/// A number of digits only.
fn digits(text: &str) -> Option<u32> {
    text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse().ok()).flatten()
}

/// `IsValidPortName` in `k8s.io/apimachinery/pkg/util/validation/validation.go`.
fn is_port_name(name: &str) -> bool {
    (1..=15).contains(&name.len())
        && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
        && name.bytes().any(|byte| byte.is_ascii_lowercase())
        && !name.contains("--")
        && !name.starts_with('-')
        && !name.ends_with('-')
}
