//! Flows that the user lists under `network.flows` of the settings.
//!
//! ```yaml
//! network:
//!   flows:
//!   - from: shop/web                 # NAMESPACE/NAME, NAMESPACE/KIND/NAME, NAMESPACE/*
//!     to: shop/db
//!     ports: [5432, 53/UDP]          # without ports, every port
//!   - from: shop/web
//!     to: api.example.com            # a host, an address, a block
//!     ports: 443
//!   - {from: outside, to: shop/web}  # outside, nodes, api-server, dns, ingress-controller
//! ```

use std::fmt;
use std::net::IpAddr;

use watertight_model::Namespace;
use watertight_netpol::Cidr;
use watertight_syntax::{Path, Span, Value};

use super::ground::Ground;
use super::mention;
use super::recorded::named;
use super::{Asks, Collector, Found, Party, Place, Port};
use crate::network::protocol_of;

/// A flow as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Who opens it.
    pub from: End,
    /// Who takes it.
    pub to: End,
    /// The ports; none is every port.
    pub ports: Vec<Port>,
    /// Where it stands in the settings.
    pub path: Path,
    /// The line in which it begins, from 1; 0 where whoever read the text did not say.
    pub line: u32,
}

/// The flow that a place in the settings belongs to.
#[must_use]
pub fn at<'f>(flows: &'f [Written], place: &Path) -> Option<&'f Written> {
    flows.iter().find(|flow| place.segments().starts_with(flow.path.segments()))
}

/// One end as it is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum End {
    /// A workload.
    Workload {
        /// Its namespace.
        namespace: String,
        /// Its kind, when it is given.
        kind: Option<String>,
        /// Its name.
        name: String,
    },
    /// Anything that needs no look at the cluster.
    Other(Party),
}

/// As it is written.
impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Workload { namespace, kind: Some(kind), name } => write!(f, "{namespace}/{kind}/{name}"),
            Self::Workload { namespace, kind: None, name } => write!(f, "{namespace}/{name}"),
            Self::Other(party) => match party {
                Party::Namespace(Namespace::Named(name)) => write!(f, "{name}/*"),
                Party::Addresses(block) => write!(f, "{block}"),
                Party::Fqdn(host) => f.write_str(host),
                Party::Outside => f.write_str("outside"),
                Party::Nodes => f.write_str("nodes"),
                Party::ApiServer => f.write_str("api-server"),
                Party::ClusterDns => f.write_str("dns"),
                Party::IngressController => f.write_str("ingress-controller"),
                // No text is read as one of these.
                Party::Workload(_) | Party::Namespace(_) | Party::Service { .. } => f.write_str("?"),
            },
        }
    }
}

/// Something that is wrong, and where.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// Where it stands in the text of the settings.
    pub span: Span,
    /// The path.
    pub path: Path,
    /// What is wrong and what is expected, quoting nothing.
    pub why: String,
}

/// The keys of one flow.
pub const KEYS: &[&str] = &["from", "to", "ports"];

const END: &str = "expected NAMESPACE/NAME, NAMESPACE/KIND/NAME, NAMESPACE/*, a host, an address, a block, or one of outside, nodes, \
                   api-server, dns, ingress-controller";

const NOBODY: &str = "neither end is a workload, NAMESPACE/NAME, or every pod of a namespace, NAMESPACE/*: policies are about \
                      pods, so nothing would come of it";

/// Whether policies can be written for an end.
fn is_governed(end: &End) -> bool {
    matches!(end, End::Workload { .. } | End::Other(Party::Namespace(_)))
}

/// Reads the list. `path` is where it stands.
///
/// # Errors
/// Everything that is wrong in it.
pub fn read(list: Value<'_>, path: &Path) -> Result<Vec<Written>, Vec<Problem>> {
    let (mut flows, mut problems) = (Vec::new(), Vec::new());
    if list.is_null() {
        return Ok(flows);
    }
    if list.kind() != watertight_syntax::Kind::List {
        let why = format!("expected a list of flows, found {}", list.kind().described());
        return Err(vec![Problem { span: list.span(), path: path.clone(), why }]);
    }
    for (index, item) in list.items().enumerate() {
        match one(item, path.index(index)) {
            Ok(flow) => flows.push(flow),
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(flows) } else { Err(problems) }
}

fn one(item: Value<'_>, path: Path) -> Result<Written, Vec<Problem>> {
    let problem = |value: Value<'_>, path: Path, why: String| Problem { span: value.span(), path, why };
    let mut problems = Vec::new();
    for (key, value) in item.pairs() {
        if !key.as_str().is_some_and(|key| KEYS.contains(&key)) {
            problems.push(problem(value, path.clone(), format!("a key that is none of {}", KEYS.join(", "))));
        }
    }
    let mut end = |key: &'static str| {
        let Some(value) = item.get(key) else {
            problems.push(problem(item, path.clone(), format!("`{key}` is missing: {END}")));
            return None;
        };
        let found = value.as_str().and_then(read_end);
        if found.is_none() {
            problems.push(problem(value, path.key(key), END.to_owned()));
        }
        found
    };
    let (from, to) = (end("from"), end("to"));
    let mut ports = Vec::new();
    let field = item.get("ports").filter(|ports| !ports.is_null());
    let at = path.key("ports");
    // One port needs no list.
    let single =
        field.filter(|field| field.kind() != watertight_syntax::Kind::List).map(|field| (at.clone(), field));
    let listed =
        field.into_iter().flat_map(Value::items).enumerate().map(|(index, port)| (at.index(index), port));
    for (path, value) in single.into_iter().chain(listed) {
        match read_port(value) {
            Some(port) => ports.push(port),
            None => {
                problems.push(problem(
                    value,
                    path,
                    "expected a port as in 443, 443/TCP or 53/UDP".to_owned(),
                ));
            }
        }
    }
    if let (Some(from), Some(to)) = (&from, &to)
        && !is_governed(from)
        && !is_governed(to)
    {
        problems.push(problem(item, path.clone(), NOBODY.to_owned()));
    }
    match (from, to) {
        (Some(from), Some(to)) if problems.is_empty() => Ok(Written { from, to, ports, path, line: 0 }),
        _ => Err(problems),
    }
}

fn read_port(value: Value<'_>) -> Option<Port> {
    let text =
        value.as_str().map(str::to_owned).or_else(|| value.as_i64().map(|number| number.to_string()))?;
    let (number, protocol) = text.split_once('/').unwrap_or((&text, "TCP"));
    let number = number.parse::<u16>().ok().filter(|number| *number > 0)?;
    Some(Port {
        protocol: Some(protocol_of(protocol).filter(|_| !protocol.is_empty())?),
        number: Some(number),
    })
}

fn read_end(text: &str) -> Option<End> {
    let text = text.trim();
    let word = match text {
        "outside" => Some(Party::Outside),
        "nodes" => Some(Party::Nodes),
        "api-server" => Some(Party::ApiServer),
        "dns" => Some(Party::ClusterDns),
        "ingress-controller" => Some(Party::IngressController),
        _ => outside(text),
    };
    if let Some(party) = word {
        return Some(End::Other(party));
    }
    let parts: Vec<&str> = text.split('/').collect();
    let is_name = |name: &&&str| {
        mention::host(name).is_some_and(|host| host == **name)
            || name.bytes().all(|byte| byte.is_ascii_digit()) && !name.is_empty()
    };
    match parts.as_slice() {
        [namespace, "*"] if is_name(&namespace) => {
            Some(End::Other(Party::Namespace(Namespace::Named((*namespace).into()))))
        }
        [namespace, name] if is_name(&namespace) && is_name(&name) => {
            Some(End::Workload { namespace: (*namespace).to_owned(), kind: None, name: (*name).to_owned() })
        }
        [namespace, kind, name] if is_name(&namespace) && is_name(&name) && !kind.is_empty() => {
            Some(End::Workload {
                namespace: (*namespace).to_owned(),
                kind: Some((*kind).to_owned()),
                name: (*name).to_owned(),
            })
        }
        _ => None,
    }
}

/// A block, an address, or a host with a dot: what is outside of the cluster.
pub(super) fn outside(text: &str) -> Option<Party> {
    if let Ok(block) = text.parse::<Cidr>() {
        return Some(Party::Addresses(block));
    }
    if let Ok(address) = text.parse::<IpAddr>() {
        return Some(Party::Addresses(Cidr::one(address)));
    }
    mention::host(text).filter(|host| host.contains('.')).map(Party::Fqdn)
}

/// The flows that are written; a workload that is not in view is a question.
#[must_use]
pub fn find(flows: &[Written], ground: &Ground<'_>) -> Found {
    let mut out = Collector::default();
    for flow in flows {
        let mut party = |end: &End, key: &'static str| match end {
            End::Other(party) => Some(party.clone()),
            End::Workload { namespace, kind, name } => {
                let found =
                    named(ground, &Namespace::Named(namespace.as_str().into()), kind.as_deref(), name);
                if found.is_none() {
                    let words =
                        format!("no workload `{namespace}/{name}` is in view, or several are: name its kind");
                    out.ask(None, Asks::Needed, Place::Settings(flow.path.key(key)), words);
                }
                found.map(Party::Workload)
            }
        };
        let (Some(from), Some(to)) = (party(&flow.from, "from"), party(&flow.to, "to")) else { continue };
        let ports = if flow.ports.is_empty() { &[Port::UNKNOWN][..] } else { &flow.ports };
        for (from, to) in governed(ground, &from, &to) {
            for port in ports {
                let place = Place::Settings(flow.path.clone());
                out.flow(&from, to.clone(), *port, place, "the settings say so");
            }
        }
    }
    out.finish()
}

/// The ends of a flow so that each workload that it is about is an end: rules are written for workloads, and a namespace
/// stands for those in view. One in which nothing is in view stays itself.
pub(super) fn governed(ground: &Ground<'_>, from: &Party, to: &Party) -> Vec<(Party, Party)> {
    let workloads = |party: &Party| match party {
        Party::Namespace(namespace) => {
            ground.pods_in(namespace).map(|pods| Party::Workload(pods.object)).collect()
        }
        _ => Vec::new(),
    };
    let (openers, takers) = (workloads(from), workloads(to));
    let is_workload = |party: &Party| matches!(party, Party::Workload(_));
    let mut pairs = Vec::new();
    // The rule of a workload lets the whole namespace in or out, also pods that are not in view.
    if openers.is_empty() && takers.is_empty() || is_workload(from) || is_workload(to) {
        pairs.push((from.clone(), to.clone()));
    }
    pairs.extend(openers.into_iter().map(|own| (own, to.clone())));
    pairs.extend(takers.into_iter().map(|own| (from.clone(), own)));
    pairs
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use watertight_syntax::{Limits, yaml};

    use super::*;

    fn read(text: &str) -> Result<Vec<Written>, Vec<String>> {
        let document = yaml::parse(&Arc::from(text), &Limits::default()).remove(0).document.unwrap().unwrap();
        let problem = |problem: Problem| problem.path.to_string();
        super::read(document.root(), &Path::root().at("network.flows"))
            .map_err(|found| found.into_iter().map(problem).collect())
    }

    #[test]
    fn flows_are_written_in_few_words() {
        let flows = read("[{from: shop/web, to: shop/StatefulSet/db, ports: [5432, 53/udp]}, {from: shop/*, to: 192.0.2.0/24, ports: 443}, {from: shop/web, to: api.example.com}]").unwrap();
        assert_eq!(
            flows[0].ports,
            [Port::tcp(5432), Port { protocol: protocol_of("UDP"), number: Some(53) }]
        );
        assert_eq!(
            flows[0].to,
            End::Workload { namespace: "shop".into(), kind: Some("StatefulSet".into()), name: "db".into() }
        );
        assert_eq!(flows[1].from, End::Other(Party::Namespace(Namespace::Named("shop".into()))));
        assert_eq!(flows[1].to, End::Other(Party::Addresses("192.0.2.0/24".parse().unwrap())));
        assert_eq!(flows[2].to, End::Other(Party::Fqdn("api.example.com".into())));
        assert!(flows[2].ports.is_empty() && read("~").unwrap().is_empty());
        let list = Path::root().at("network.flows");
        let place = list.index(1).key("to");
        assert_eq!(at(&flows, &place), Some(&flows[1]));
        assert_eq!(at(&flows, &list.index(11)), None);
    }

    #[test]
    fn ends_are_shown_as_they_are_written() {
        for text in [
            "shop/web",
            "shop/Deployment/web",
            "shop/*",
            "10.0.0.0/8",
            "api.example.com",
            "outside",
            "nodes",
            "api-server",
            "dns",
            "ingress-controller",
        ] {
            assert_eq!(read_end(text).unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_wrong_is_told_with_its_place() {
        for (text, paths) in [
            ("{}", vec![".network.flows"]),
            ("[{from: shop/web}]", vec![".network.flows[0]"]),
            (
                "[{from: web, to: shop/db, ports: [0, x, 1/ICMP]}]",
                vec![
                    ".network.flows[0].from",
                    ".network.flows[0].ports[0]",
                    ".network.flows[0].ports[1]",
                    ".network.flows[0].ports[2]",
                ],
            ),
            ("[{from: a/b, to: c/d, port: 1}]", vec![".network.flows[0]"]),
            ("[1]", vec![".network.flows[0]", ".network.flows[0]"]),
            ("[{from: outside, to: nodes}]", vec![".network.flows[0]"]),
            ("[{from: api.example.com, to: dns, ports: 53}]", vec![".network.flows[0]"]),
            ("[{from: a/b/c/d, to: 5}]", vec![".network.flows[0].from", ".network.flows[0].to"]),
        ] {
            assert_eq!(read(text).unwrap_err(), paths, "{text}");
        }
    }
}
