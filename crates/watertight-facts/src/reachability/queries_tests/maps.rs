//! Maps of connections, as that tool prints them: rules like those of a firewall, or one line for each pair
//! (`nca/FWRules/FWRule.py`, `ConnectivityGraph.py`).
//!
//! They are compared by workload: a rule names the workload also where only some of its pods are meant. What a
//! workload's pods can open to each other is left out, as there.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::IpAddr;
use std::path::Path;

use serde_json::Value;
use watertight_netpol::{Cidr, Connections, Family, Intervals, Protocol};

use super::network::{Network, PolicyKind, Spot, Unknown};
use super::scheme::{Query, documents};
use super::topology::Pod;
use super::{Outcome, explained};

/// How many categories of changed connections a printed difference has.
pub(super) fn categories(output: &Path) -> Option<i64> {
    let text = fs::read_to_string(output).ok()?;
    let headers = text.lines().filter(|line| line.contains("(based on topology from config:"));
    i64::try_from(headers.count()).ok()
}

/// The sum of the numbers in an output of YAML or JSON, which has one for each comparison.
pub(super) fn sum_of_numbers(output: &Path) -> Option<i64> {
    let documents = documents(output);
    let lists = documents.iter().filter_map(Value::as_array).flatten();
    let numbers: Vec<i64> = lists.filter_map(|one| one.get("numerical_result")?.as_i64()).collect();
    (!numbers.is_empty()).then(|| numbers.iter().sum())
}

/// Who is at an end of a printed line.
enum Side {
    /// By place in the topology.
    Pods(BTreeSet<usize>),
    Addresses(Vec<(IpAddr, IpAddr)>),
    /// A name outside.
    Host,
}

struct Line {
    from: Side,
    to: Side,
    connections: Connections,
}

/// A form that is not read here.
struct OtherForm(&'static str);

/// Compares a map.
pub(super) fn compare(query: &Query, networks: &[(&str, Network)]) -> Outcome {
    let Some(output) = &query.output else { return Outcome::NotRead("nothing is expected".to_owned()) };
    if query.is_subset {
        return Outcome::NotRead("a part of a map".to_owned());
    }
    let Ok(text) = fs::read_to_string(output) else {
        return Outcome::NotRead("an expected output that is not there".to_owned());
    };
    let one_by_one = query.format == "txt_no_fw_rules";
    if !one_by_one && query.format != "txt" {
        return Outcome::NotRead(format!("a map as {}", query.format));
    }
    if one_by_one && networks.len() > 1 {
        return Outcome::NotRead("maps of several configurations one after the other".to_owned());
    }
    for (name, network) in networks {
        let section: Vec<&str> = match one_by_one {
            true => text.lines().collect(),
            false => section(&text, name),
        };
        if section.is_empty() && !one_by_one {
            return Outcome::NotRead("a map without the configuration".to_owned());
        }
        let lines = section.iter().skip(usize::from(!one_by_one)).filter(|line| !line.trim().is_empty());
        let read = lines.map(|line| if one_by_one { pair(line, network) } else { rule(line, network) });
        let lines: Vec<Line> = match read.collect::<Result<_, OtherForm>>() {
            Ok(lines) => lines,
            Err(OtherForm(why)) => return Outcome::NotRead(why.to_owned()),
        };
        let differs = |network: &Network| difference(network, &lines, query.with_ipv6);
        let Some(what) = differs(network) else { continue };
        if let Some(words) = explained::reading(|read| differs(&read(network)).is_none()) {
            return Outcome::Explained(words);
        }
        return match explained::why("connectivityMap", &[(*name, network)], !what.contains(", or ")) {
            Some(why) => Outcome::Explained(why),
            None => Outcome::Wrong(format!("{name}: {what}")),
        };
    }
    Outcome::Matched
}

/// The header of a configuration and its rules; nothing when it is not there.
fn section<'t>(text: &'t str, config: &str) -> Vec<&'t str> {
    let is_header = |line: &str| line.contains("final fw rules for query:");
    // A header does not say the kind of a single policy.
    let parts: Vec<&str> = config.split('/').collect();
    let is_kind = |word: &str| PolicyKind::ALL.iter().any(|kind| kind.word() == word);
    let named = parts.iter().enumerate().filter(|(place, part)| *place != 1 || !is_kind(part));
    let own = format!("config: {}:", named.map(|(_, part)| *part).collect::<Vec<_>>().join("/"));
    let mut lines = text.lines().skip_while(|line| !(is_header(line) && line.trim_end().ends_with(&own)));
    let header = lines.next();
    header.into_iter().chain(lines.take_while(|line| !is_header(line))).collect()
}

/// The first pair of workloads, or of one and an address, of which the map says something else.
fn difference(network: &Network, lines: &[Line], with_ipv6: bool) -> Option<String> {
    let view = network.view();
    let mut workloads: BTreeMap<(&str, &str), Vec<usize>> = BTreeMap::new();
    for (place, pod) in network.topology.pods.iter().enumerate() {
        workloads.entry((&pod.namespace, &pod.owner)).or_default().push(place);
    }
    let ipv6 = with_ipv6 || network.names_ipv6();
    let mut addresses: BTreeSet<IpAddr> = view.model.pieces().map(|(_, range)| range.ends().0).collect();
    let printed = lines.iter().flat_map(|line| [&line.from, &line.to]);
    for side in printed {
        if let Side::Addresses(ranges) = side {
            addresses.extend(ranges.iter().map(|(first, _)| *first));
        }
    }
    addresses.retain(|address| ipv6 || Family::of(*address) == Family::V4);
    let pods = workloads.iter().map(|((namespace, name), places)| {
        (format!("{namespace}/{name}"), places.iter().map(|place| Spot::Pod(*place)).collect::<Vec<_>>())
    });
    let outside = addresses.iter().map(|address| (address.to_string(), vec![Spot::Address(*address)]));
    let ends: Vec<(String, Vec<Spot>)> = pods.chain(outside).collect();
    for (from_name, from) in &ends {
        for (to_name, to) in &ends {
            let both_outside = matches!((from[0], to[0]), (Spot::Address(_), Spot::Address(_)));
            if from_name == to_name || both_outside {
                continue;
            }
            let pairs = || from.iter().flat_map(|from| to.iter().map(move |to| (*from, *to)));
            let ours = |unknown| {
                pairs()
                    .fold(Connections::none(), |all, (from, to)| all.union(&view.between(unknown, from, to)))
            };
            let theirs = pairs().fold(Connections::none(), |all, (from, to)| {
                let about = lines.iter().filter(|line| has(&line.from, from) && has(&line.to, to));
                about.fold(all, |all, line| all.union(&line.connections))
            });
            let (sure, may) = (ours(Unknown::Denied), ours(Unknown::Allowed));
            if sure != theirs || may != theirs {
                let unknown = if sure == may { String::new() } else { format!(", or {may}") };
                return Some(format!("{from_name} => {to_name}: {theirs}, answered {sure}{unknown}"));
            }
        }
    }
    None
}

fn has(side: &Side, spot: Spot) -> bool {
    match (side, spot) {
        (Side::Pods(pods), Spot::Pod(place)) => pods.contains(&place),
        (Side::Addresses(ranges), Spot::Address(address)) => ranges.iter().any(|(first, last)| {
            Family::of(*first) == Family::of(address) && *first <= address && address <= *last
        }),
        _ => false,
    }
}

/// `src_ns: [a] src_pods: [*] dst: 0.0.0.0/0 conn: All connections`.
fn rule(line: &str, network: &Network) -> Result<Line, OtherForm> {
    let (ends, connections) =
        line.split_once(" conn: ").ok_or(OtherForm("a line of a map in another form"))?;
    let at = ends
        .find("dst_ns: ")
        .or_else(|| ends.find("dst: "))
        .ok_or(OtherForm("a line of a map in another form"))?;
    let (from, to) = ends.split_at(at);
    Ok(Line {
        from: side(from.trim(), "src", network)?,
        to: side(to.trim(), "dst", network)?,
        connections: read_connections(connections)?,
    })
}

fn side(text: &str, which: &str, network: &Network) -> Result<Side, OtherForm> {
    let form = OtherForm("a line of a map in another form");
    if let Some(addresses) = text.strip_prefix(which).and_then(|rest| rest.strip_prefix(": ")) {
        return Ok(addresses_of(addresses));
    }
    let (namespaces, pods) = text.split_once("_pods: ").ok_or(form)?;
    let inner = |text: &str| {
        let start = text.find('[')? + 1;
        Some(text[start..text.rfind(']')?].to_owned())
    };
    let form = || OtherForm("a line of a map in another form");
    let (namespaces, wanted) = (inner(namespaces).ok_or_else(form)?, inner(pods).ok_or_else(form)?);
    let namespaces: BTreeSet<&str> = namespaces.split(',').map(str::trim).collect();
    let pods = network.topology.pods.iter().enumerate();
    let here = pods.filter(|(_, pod)| namespaces.contains(pod.namespace.as_str()));
    Ok(Side::Pods(here.filter(|(_, pod)| is_meant(&wanted, pod)).map(|(place, _)| place).collect()))
}

fn addresses_of(text: &str) -> Side {
    let range = |text: &str| {
        if let Some((first, last)) = text.split_once('-') {
            return Some((first.parse().ok()?, last.parse().ok()?));
        }
        text.parse::<Cidr>().ok().map(|block| block.range().ends())
    };
    let ranges: Option<Vec<_>> = text.split(',').map(|part| range(part.trim())).collect();
    ranges.map_or(Side::Host, Side::Addresses)
}

/// Whether a pod is among `*`, names, or what an expression over labels says.
fn is_meant(wanted: &str, pod: &Pod) -> bool {
    if wanted == "*" {
        return true;
    }
    let is_expression = wanted.contains('=') || wanted.contains("has(") || wanted.contains(" in (");
    if is_expression {
        return holds(wanted, pod);
    }
    wanted.split(", ").any(|name| is_named(name, pod))
}

fn is_named(name: &str, pod: &Pod) -> bool {
    // Of a Deployment's pods: its name and a number.
    let numbered =
        || pod.kind != "Pod" && name.strip_prefix(&pod.name).is_some_and(|rest| rest == "-1" || rest == "-2");
    pod.owner == name || pod.name == name || pod.workload.split('(').next() == Some(name) || numbered()
}

/// `has(a) and a!=b or !has(a)`, with brackets around parts.
fn holds(expression: &str, pod: &Pod) -> bool {
    let expression = expression.trim().trim_start_matches('{').trim_end_matches('}');
    if let Some((one, rest)) = split_outside(expression, " or ") {
        return holds(one, pod) || holds(rest, pod);
    }
    if let Some((one, rest)) = split_outside(expression, " and ") {
        return holds(one, pod) && holds(rest, pod);
    }
    if let Some(inner) = expression.strip_prefix('(').and_then(|rest| rest.strip_suffix(')')) {
        return holds(inner, pod);
    }
    let label = |key: &str| {
        let labels = match pod.kind.as_str() {
            "Pod" => pod.object.pointer("/metadata/labels"),
            "CronJob" => pod.object.pointer("/spec/jobTemplate/spec/template/metadata/labels"),
            _ => pod.object.pointer("/spec/template/metadata/labels"),
        };
        labels.and_then(|labels| labels.get(key)).and_then(|value| value.as_str())
    };
    let among = |values: &str, value: &str| {
        values.trim_start_matches('(').trim_end_matches(')').split(',').any(|one| one == value)
    };
    if let Some(key) = expression.strip_prefix("!has(").and_then(|rest| rest.strip_suffix(')')) {
        return label(key).is_none();
    }
    if let Some(key) = expression.strip_prefix("has(").and_then(|rest| rest.strip_suffix(')')) {
        return label(key).is_some();
    }
    if let Some((key, values)) = expression.split_once(" not in ") {
        return label(key).is_some_and(|value| !among(values, value));
    }
    if let Some((key, values)) = expression.split_once(" in ") {
        return label(key).is_some_and(|value| among(values, value));
    }
    if let Some((key, unwanted)) = expression.split_once("!=") {
        return label(key).is_some_and(|value| value != unwanted);
    }
    expression.split_once('=').is_some_and(|(key, wanted)| label(key) == Some(wanted))
}

/// Splits at a word that is not in brackets.
fn split_outside<'t>(text: &'t str, word: &str) -> Option<(&'t str, &'t str)> {
    let mut depth = 0_i32;
    for (at, letter) in text.char_indices() {
        match letter {
            '(' | '{' => depth += 1,
            ')' | '}' => depth -= 1,
            _ if depth == 0 && text[at..].starts_with(word) => {
                return Some((&text[..at], &text[at + word.len()..]));
            }
            _ => {}
        }
    }
    None
}

/// `default/a[Deployment] => 0.0.0.0-9.255.255.255 : All connections`.
fn pair(line: &str, network: &Network) -> Result<Line, OtherForm> {
    let form = || OtherForm("a line of a map in another form");
    let (ends, connections) = line.split_once(" : ").ok_or_else(form)?;
    let (from, to) = ends.split_once(" => ").ok_or_else(form)?;
    let side = |text: &str| {
        let Some((name, _)) = text.split_once('[') else { return addresses_of(text) };
        let Some((namespace, name)) = name.split_once('/') else { return Side::Host };
        let pods = network.topology.pods.iter().enumerate();
        let meant = pods.filter(|(_, pod)| pod.namespace == namespace && is_named(name, pod));
        Side::Pods(meant.map(|(place, _)| place).collect())
    };
    Ok(Line { from: side(from), to: side(to), connections: read_connections(connections)? })
}

/// `All connections`, `All but {…}`, `{protocols:TCP,dst_ports:80-90}`.
fn read_connections(text: &str) -> Result<Connections, OtherForm> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("All connections") {
        return Ok(Connections::all());
    }
    if text.eq_ignore_ascii_case("No connections") {
        return Ok(Connections::none());
    }
    if let Some(rest) = text.strip_prefix("All but ") {
        return Ok(Connections::all().difference(&read_connections(rest)?));
    }
    let inner = text.strip_prefix('{').and_then(|rest| rest.strip_suffix('}'));
    let inner = inner.ok_or(OtherForm("connections in another form"))?;
    let cubes = inner.split("},{").flat_map(|part| part.split("}, {"));
    cubes.map(cube).try_fold(Connections::none(), |all, cube| Ok(all.union(&cube?)))
}

/// `protocols:TCP, UDP,dst_ports:80,90-95`.
fn cube(text: &str) -> Result<Connections, OtherForm> {
    let mut fields: Vec<(&str, Vec<&str>)> = Vec::new();
    for part in text.split(',') {
        match (part.split_once(':'), fields.last_mut()) {
            (Some((key, value)), _) => fields.push((key.trim(), vec![value.trim()])),
            (None, Some((_, values))) => values.push(part.trim()),
            (None, None) => return Err(OtherForm("connections in another form")),
        }
    }
    let mut protocols = Vec::new();
    let (mut from, mut to) = (Intervals::range(0, u16::MAX), Intervals::range(0, u16::MAX));
    let (mut types, mut codes) = ((0, 255), (0, 255));
    let mut with_ports = false;
    for (key, values) in fields {
        match key {
            "protocols" => {
                for value in values {
                    protocols.extend(protocols_of(value)?);
                }
            }
            "src_ports" => (from, with_ports) = (intervals(&values)?, true),
            "dst_ports" => (to, with_ports) = (intervals(&values)?, true),
            "icmp_type" => types = numbers(values[0])?,
            "icmp_code" => codes = numbers(values[0])?,
            "hosts" | "paths" | "methods" => return Err(OtherForm("a map with paths of HTTP")),
            _ => return Err(OtherForm("connections in another form")),
        }
    }
    if protocols.is_empty() {
        protocols.extend(if with_ports { Protocol::WITH_PORTS.to_vec() } else { vec![] });
    }
    let icmp = (types.0..=types.1).fold(Intervals::NONE, |all, kind| {
        all.union(&Intervals::range(kind * 256 + codes.0, kind * 256 + codes.1))
    });
    Ok(protocols.into_iter().fold(Connections::none(), |all, protocol| {
        all.union(&match protocol {
            Protocol::Icmp | Protocol::Icmpv6 => Connections::of(protocol, &icmp),
            protocol => Connections::between(protocol, &from, &to),
        })
    }))
}

fn numbers(text: &str) -> Result<(u16, u16), OtherForm> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    match (first.parse(), last.parse()) {
        (Ok(first), Ok(last)) => Ok((first, last)),
        _ => Err(OtherForm("connections in another form")),
    }
}

fn intervals(values: &[&str]) -> Result<Intervals, OtherForm> {
    values.iter().try_fold(Intervals::NONE, |all, value| {
        let (first, last) = numbers(value)?;
        Ok(all.union(&Intervals::range(first, last)))
    })
}

fn protocols_of(text: &str) -> Result<Vec<Protocol>, OtherForm> {
    let number = match text {
        "TCP" => 6,
        "UDP" => 17,
        "SCTP" => 132,
        "ICMP" => 1,
        "ICMPv6" => 58,
        "UDPLite" => 136,
        other => {
            let (first, last) = numbers(other)?;
            let all = (first..=last).filter_map(|number| u8::try_from(number).ok());
            return Ok(all.map(Protocol::of_number).collect());
        }
    };
    Ok(vec![Protocol::of_number(number)])
}

#[test]
fn printed_connections_are_read() {
    let read = |text: &str| read_connections(text).map_err(|OtherForm(why)| why);
    let of = |protocol, ranges: &[(u16, u16)]| {
        let ports = ranges.iter().fold(Intervals::NONE, |all, (a, b)| all.union(&Intervals::range(*a, *b)));
        Connections::of(protocol, &ports)
    };
    let (tcp, udp) = (Protocol::Tcp, Protocol::Udp);
    for (text, wanted) in [
        ("All connections", Connections::all()),
        ("{protocols:TCP,dst_ports:80,90-95}", of(tcp, &[(80, 80), (90, 95)])),
        ("{protocols:TCP, UDP,dst_ports:53}", of(tcp, &[(53, 53)]).union(&of(udp, &[(53, 53)]))),
        (
            "{protocols:TCP,dst_ports:1},{protocols:UDP,dst_ports:2}",
            of(tcp, &[(1, 1)]).union(&of(udp, &[(2, 2)])),
        ),
        ("{protocols:ICMP,icmp_type:8}", of(Protocol::Icmp, &[(8 * 256, 8 * 256 + 255)])),
        ("All but {protocols:TCP}", Connections::all().difference(&Connections::of_protocol(tcp))),
    ] {
        assert_eq!(read(text), Ok(wanted), "{text}");
    }
    assert_eq!(read("{protocols:TCP,paths:/a}"), Err("a map with paths of HTTP"));
    assert!(read("GET only").is_err());
}

#[test]
fn printed_labels_mean_pods() {
    let pod = |labels: Value| {
        Pod::of("default".to_owned(), "web-1".to_owned(), serde_json::json!({"metadata": {"labels": labels}}))
    };
    let web = pod(serde_json::json!({"app": "web", "tier": "front"}));
    let bare = pod(serde_json::json!({}));
    for (text, is_web, is_bare) in [
        ("*", true, true),
        ("web-1", true, true),
        ("other", false, false),
        ("app=web", true, false),
        ("app!=web", false, false),
        ("!has(app)", false, true),
        ("!has(app) or (has(app) and app!=db)", true, true),
        ("app in (web,db) and tier=front", true, false),
        ("app not in (web,db)", false, false),
    ] {
        assert_eq!((is_meant(text, &web), is_meant(text, &bare)), (is_web, is_bare), "{text}");
    }
}
