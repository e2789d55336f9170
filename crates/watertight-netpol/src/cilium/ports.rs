//! `toPorts` and `icmps`.

use k8s_openapi::apimachinery::pkg::util::intstr::IntOrString;

use crate::connections::{Connections, Protocol};
use crate::intervals::Intervals;
use crate::policy::{Policy, Ports, Problem};
use crate::reading::Notes;

use super::icmp;
use super::spec::{IcmpRule, Layer7, Port, PortRule};

/// `maxPorts` and `maxICMPFields` (`pkg/policy/api/rule_validation.go`).
const MOST: usize = 40;

const LAYER_7: &str = "more than addresses and ports is asked for";
const OPTION: &str = "it works only with an option of the agent";
const NAMED: &str = "versions of Cilium look up names of ports in different ways for egress";
const WRITE_THE_NUMBER: &str =
    "is a name, which versions of Cilium look up in different ways for egress; write the number";
const UNREADABLE: &str = "a part of it could not be read";

/// Some connections, and why a rule may match less of them.
pub(super) struct Asked {
    pub(super) ports: Vec<Ports>,
    pub(super) uncertain: Option<&'static str>,
}

/// All connections, of which nobody knows which are meant.
fn unreadable() -> Asked {
    Asked { ports: vec![Ports::Connections(Connections::all())], uncertain: Some(UNREADABLE) }
}

/// Where a rule stands.
#[derive(Clone, Copy)]
pub(super) struct Place {
    pub(super) ingress: bool,
    pub(super) deny: bool,
}

/// What each entry of `toPorts` asks for. One without a port asks for nothing: upstream a rule becomes one entry of
/// the policy for each port (`mergeIngress`, `pkg/policy/rule.go`).
pub(super) fn of_rules(path: &str, rules: &[PortRule], place: Place, notes: &mut Notes) -> Vec<Asked> {
    let mut all = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        let path = format!("{path}[{index}]");
        let uncertain = beyond_ports(&path, rule, place, notes);
        let ports = rule.ports.as_deref().unwrap_or_default();
        if ports.is_empty() && !rule.rest.is_empty() {
            all.push(unreadable());
        } else if ports.is_empty() {
            notes.without_effect(
                format!("{path}.ports"),
                "is empty, so the entry matches nothing; give ports",
            );
        }
        if ports.len() > MOST {
            notes.refused(format!("{path}.ports"), "has more than 40 entries");
        }
        for (index, port) in ports.iter().enumerate() {
            // In a rule that denies, what looks into connections is no field, and noted as such.
            let beyond = rule.rules.as_ref().filter(|_| !place.deny);
            let path = format!("{path}.ports[{index}]");
            let mut asked = one(&path, port, beyond, notes);
            let perhaps = named(&asked.ports);
            if !place.ingress && !perhaps.is_empty() {
                notes.not_modelled(format!("{path}.port"), WRITE_THE_NUMBER);
                all.push(Asked { ports: perhaps, uncertain: Some(NAMED) });
                asked.uncertain = asked.uncertain.or(Some(NAMED));
            }
            all.push(Asked { uncertain: uncertain.or(asked.uncertain), ..asked });
        }
    }
    all
}

/// What the names of ports in an egress rule may stand for. Newest versions look at the ports of each destination.
/// Older ones take one number for all destinations if all pods of the cluster (later, all that the rule selects) agree
/// on one, and leave the port out otherwise (`GetNamedPort`, `pkg/types/portmap.go`; pull requests 44429 and 45760).
fn named(asked: &[Ports]) -> Vec<Ports> {
    let every = |ports: &Ports| match ports {
        Ports::Connections(_) => None,
        Ports::Named { protocol, .. } => {
            let protocols = protocol.map_or(Protocol::WITH_PORTS.to_vec(), |protocol| vec![protocol]);
            let all = protocols.into_iter().map(Connections::of_protocol);
            Some(Ports::Connections(all.fold(Connections::none(), |all, one| all.union(&one))))
        }
    };
    asked.iter().filter_map(every).collect()
}

/// Makes uncertain where Cilium enforces a policy of Kubernetes what its egress rules say of ports by name, as Cilium
/// looks these up like those of its own policies (`ParseNetworkPolicy`, `pkg/k8s/network_policy.go`).
pub fn doubt_names_of_egress(policy: &mut Policy) -> Vec<Problem> {
    let mut notes = Notes::default();
    for rule in policy.egress.iter_mut().flat_map(|side| &mut side.rules) {
        let perhaps = named(&rule.traffic.include);
        if !perhaps.is_empty() {
            notes.not_modelled(format!("{}.ports", rule.path), WRITE_THE_NUMBER);
            rule.traffic.include.extend(perhaps);
            rule.uncertain = rule.uncertain.or(Some(NAMED));
        }
    }
    notes.problems
}

/// Why an entry matches less than its ports say.
fn beyond_ports(path: &str, rule: &PortRule, place: Place, notes: &mut Notes) -> Option<&'static str> {
    let mut uncertain = notes.unknown_fields(path, &rule.rest).then_some(UNREADABLE);
    let names = rule.server_names.as_ref().is_some_and(|names| !names.is_empty());
    for (field, there) in [
        ("rules", rule.rules.is_some()),
        ("serverNames", names),
        ("listener", rule.listener.is_some()),
        ("terminatingTLS", rule.terminating_tls.is_some()),
        ("originatingTLS", rule.originating_tls.is_some()),
    ] {
        if there && place.deny {
            notes.unknown_field(path, field);
            uncertain = Some(UNREADABLE);
        }
    }
    if place.deny {
        return uncertain;
    }
    let redirected =
        names || rule.listener.is_some() || rule.terminating_tls.is_some() || rule.originating_tls.is_some();
    if redirected {
        uncertain = uncertain.or(Some(LAYER_7));
    }
    if place.ingress && rule.listener.is_some() {
        notes.refused(format!("{path}.listener"), "cannot be used for ingress");
    }
    uncertain.or(rule.rules.as_ref().and_then(|rules| layer_7(&format!("{path}.rules"), rules, place, notes)))
}

fn layer_7(path: &str, rules: &Layer7, place: Place, notes: &mut Notes) -> Option<&'static str> {
    if notes.unknown_fields(path, &rules.rest) {
        return Some(UNREADABLE);
    }
    let generic = rules.l7proto.is_some() || rules.l7.is_some();
    let kinds = [rules.http.is_some(), rules.kafka.is_some(), rules.dns.is_some(), generic];
    if kinds.iter().filter(|kind| **kind).count() > 1 {
        notes.refused(path, "has rules of more than one protocol");
    }
    let Some(dns) = &rules.dns else { return kinds.contains(&true).then_some(LAYER_7) };
    if place.ingress && !dns.is_empty() {
        notes.refused(format!("{path}.dns"), "cannot be used for ingress");
    }
    let mut unknown = false;
    for (index, name) in dns.iter().enumerate() {
        unknown |= notes.unknown_fields(&format!("{path}.dns[{index}]"), &name.rest);
    }
    // A pattern for every name refuses none: the proxy only looks at the answers.
    let every = dns.iter().any(|name| name.match_pattern.as_deref() == Some("*"));
    if unknown || !every || kinds[0] || kinds[1] || kinds[3] { Some(LAYER_7) } else { None }
}

/// One entry of `ports` (`PortProtocol.Validate`, `pkg/policy/api/rule_validation.go`).
fn one(path: &str, port: &Port, beyond: Option<&Layer7>, notes: &mut Notes) -> Asked {
    if notes.unknown_fields(path, &port.rest) {
        return unreadable();
    }
    let protocols = match port.protocol.as_deref() {
        None | Some("" | "ANY") => Protocol::WITH_PORTS.to_vec(),
        Some("TCP") => vec![Protocol::Tcp],
        Some("UDP") => vec![Protocol::Udp],
        Some("SCTP") => vec![Protocol::Sctp],
        Some(name) => return without_ports(path, name, port, notes).unwrap_or_else(unreadable),
    };
    let text = match &port.port {
        Some(IntOrString::String(text)) if !text.is_empty() => text,
        Some(IntOrString::Int(_)) => {
            notes.refused(format!("{path}.port"), "must be a text: write the number in quotes");
            return unreadable();
        }
        _ => {
            notes.refused(format!("{path}.port"), "is missing; give a number in quotes, or a name");
            return unreadable();
        }
    };
    let layer_7 =
        beyond.is_some_and(|rules| rules.http.is_some() || rules.kafka.is_some() || rules.l7.is_some());
    if layer_7 && protocols != [Protocol::Tcp] {
        notes.refused(format!("{path}.protocol"), "must be TCP where rules of HTTP, Kafka or l7 are given");
    }
    if is_service_name(text) {
        let protocol = if protocols.len() == 1 { Some(protocols[0]) } else { None };
        // Names are compared without regard to case. An `endPort` beside a name is ignored.
        let named = Ports::Named { protocol, name: text.to_ascii_lowercase(), from: None };
        return Asked { ports: vec![named], uncertain: None };
    }
    let Some(first) = number(text) else {
        notes.refused(format!("{path}.port"), "is neither a number from 0 to 65535 nor the name of a port");
        return unreadable();
    };
    if first == 0 && beyond.is_some_and(|rules| layer_7 || rules.dns.is_some()) {
        notes.refused(format!("{path}.port"), "cannot be 0 where rules above ports are given");
    }
    let (range, uncertain) = range(path, first, port.end_port, notes);
    let all = protocols.iter().map(|protocol| Connections::of(*protocol, &range));
    let connections = all.fold(Connections::none(), |all, one| all.union(&one));
    Asked { ports: vec![Ports::Connections(connections)], uncertain }
}

/// The ports from one to another. Port 0 is every port, and an end that is not above the port does not count
/// (`keysForRange`, `pkg/policy/l4.go`).
fn range(path: &str, first: u16, end: Option<i64>, notes: &mut Notes) -> (Intervals, Option<&'static str>) {
    let every = Intervals::range(0, u16::MAX);
    let path = format!("{path}.endPort");
    let end = match end.map(u16::try_from) {
        None => 0,
        Some(Ok(end)) => end,
        Some(Err(_)) => {
            notes.refused(path, "must be a number from 0 to 65535");
            return (every, Some(UNREADABLE));
        }
    };
    if end > 0 && (first == 0 || end < first) {
        notes.without_effect(
            path,
            "is below the port, or stands beside port 0; give a range from low to high",
        );
    }
    let range = if first == 0 { every } else { Intervals::range(first, end.max(first)) };
    (range, None)
}

/// Protocols without ports: `isExtendedIPProtocol`. They need an option of the agent.
fn without_ports(path: &str, name: &str, port: &Port, notes: &mut Notes) -> Option<Asked> {
    let number = match name {
        "IGMP" => 2,
        "IPIP" => 4,
        "IPV6" => 41,
        "GRE" => 47,
        "ESP" => 50,
        "AH" => 51,
        "VRRP" => 112,
        _ => {
            notes.refused(format!("{path}.protocol"), "must be TCP, UDP, SCTP or ANY, in capitals");
            return None;
        }
    };
    let empty = match &port.port {
        None => true,
        Some(IntOrString::String(text)) => text.is_empty() || text == "0",
        Some(IntOrString::Int(_)) => false,
    };
    if !empty {
        notes.refused(format!("{path}.port"), "must be empty for a protocol that has no ports");
    }
    let connections = Connections::of_protocol(Protocol::of_number(number));
    Some(Asked { ports: vec![Ports::Connections(connections)], uncertain: Some(OPTION) })
}

/// `IsSvcName` (`pkg/iana/svcname.go`): letters, digits and single hyphens between them, with a letter at least.
fn is_service_name(text: &str) -> bool {
    let plain = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    let letter = text.bytes().any(|byte| byte.is_ascii_alphabetic());
    let hyphens = text.starts_with('-') || text.ends_with('-') || text.contains("--");
    plain && letter && !hyphens && text.len() <= 15
}

/// As Go reads a number that may begin with a zero, which makes it one of base 8.
fn number(text: &str) -> Option<u16> {
    if !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    match text.strip_prefix('0') {
        Some(rest) if !rest.is_empty() => u16::from_str_radix(rest, 8).ok(),
        _ => text.parse().ok(),
    }
}

/// What `icmps` ask for (`pkg/policy/api/icmp.go`): types with all their codes.
pub(super) fn of_icmps(path: &str, rules: &[IcmpRule], notes: &mut Notes) -> Vec<Asked> {
    let mut all = Vec::new();
    for (index, rule) in rules.iter().enumerate() {
        let path = format!("{path}[{index}]");
        let unknown = notes.unknown_fields(&path, &rule.rest);
        let fields = rule.fields.as_deref().unwrap_or_default();
        if unknown && fields.is_empty() {
            all.push(unreadable());
        }
        if fields.len() > MOST {
            notes.refused(format!("{path}.fields"), "has more than 40 entries");
        }
        for (index, field) in fields.iter().enumerate() {
            let path = format!("{path}.fields[{index}]");
            let unknown = unknown | notes.unknown_fields(&path, &field.rest);
            let v6 = match field.family.as_deref() {
                None | Some("" | "IPv4") => false,
                Some("IPv6") => true,
                Some(_) => {
                    notes.refused(format!("{path}.family"), "must be IPv4 or IPv6");
                    false
                }
            };
            let protocol = if v6 { Protocol::Icmpv6 } else { Protocol::Icmp };
            let found = field.r#type.as_ref().and_then(|asked| icmp::type_of(asked, v6));
            if found.is_none() {
                notes.refused(format!("{path}.type"), "must be a type of ICMP: 0 to 255, or its name");
            }
            let codes = found.map_or(Intervals::range(0, u16::MAX), |found| {
                let first = u16::from(found) << 8;
                Intervals::range(first, first | 0xff)
            });
            let ports = vec![Ports::Connections(Connections::of(protocol, &codes))];
            all.push(Asked { ports, uncertain: unknown.then_some(UNREADABLE) });
        }
    }
    all
}
