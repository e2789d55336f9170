//! Questions that another tool asks of policies, and its answers, compared with ours.
//!
//! The suite is that of IBM/network-config-analyzer. It lies in `suites/network-queries` of the folder named by
//! `WATERTIGHT_SUITES`, or of `shared` beside the checkout, and is never copied here. Start reading at
//! [`conformance_of_queries`].

mod explained;
mod maps;
mod network;
mod questions;
mod reading;
mod scheme;
mod topology;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use network::{Network, Unknown};
use questions::{Answer, How};
use scheme::{Query, Scheme};
use topology::Topology;

/// The folder of the suite, or `None`, which is loud, and a failure when the suites are required.
fn folder_of(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("WATERTIGHT_SUITES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let folder = root.join("suites").join(name);
    if folder.is_dir() {
        return Some(folder);
    }
    let required = std::env::var_os("WATERTIGHT_REQUIRE_SUITES").is_some_and(|value| value == "1");
    assert!(!required, "WATERTIGHT_REQUIRE_SUITES=1, and there is no {}", folder.display());
    eprintln!("NOT COMPARED with {name}: there is no {}", folder.display());
    None
}

/// How a query came out.
enum Outcome {
    Matched,
    /// It differs, and this is why.
    Explained(&'static str),
    Wrong(String),
    /// It was not asked.
    NotRead(String),
}

/// The configurations of a scheme file, read when a query names them.
struct Configs<'s> {
    scheme: &'s Scheme,
    global: Result<Topology, &'static str>,
    read: BTreeMap<String, Result<Network, String>>,
}

impl<'s> Configs<'s> {
    fn of(scheme: &'s Scheme) -> Self {
        let global = Topology::of(&scheme.global, &scheme.folder, None);
        Self { scheme, global, read: BTreeMap::new() }
    }

    /// A configuration, or one policy of it: `config/namespace/policy` or `config/kind/namespace/policy`.
    fn get(&mut self, name: &str) -> Result<Network, String> {
        let (config, policy) =
            name.split_once('/').map_or((name, None), |(config, rest)| (config, Some(rest)));
        if !self.read.contains_key(config) {
            let read = self.read_config(config);
            self.read.insert(config.to_owned(), read);
        }
        let whole = self.read[config].as_ref().map_err(Clone::clone)?;
        let Some(policy) = policy else { return Ok(whole.clone()) };
        let kinds =
            [network::PolicyKind::Kubernetes, network::PolicyKind::Calico, network::PolicyKind::CalicoGlobal];
        let (kind, wanted) = match policy.split_once('/') {
            Some((word, rest)) if kinds.iter().any(|kind| kind.word() == word) => (Some(word), rest),
            _ => (None, policy),
        };
        let is_kind = |own: &network::Written| kind.is_none_or(|kind| kind == own.kind.word());
        let mut alone = whole.with(|own| is_kind(own) && own.full_name == wanted);
        if alone.policies.is_empty() {
            alone = whole.with(|own| is_kind(own) && own.full_name.rsplit('/').next() == Some(wanted));
        }
        match alone.policies.len() {
            1 => Ok(alone.without_others()),
            0 if !whole.others.is_empty() => Err("a policy of a kind that is not modelled".to_owned()),
            0 => Err("a policy that is not there".to_owned()),
            _ => Err("several policies of one name".to_owned()),
        }
    }

    fn read_config(&self, name: &str) -> Result<Network, String> {
        let config = self.scheme.configs.iter().find(|config| config.name == name);
        let config = config.ok_or("a configuration that is not there")?;
        if config.refused {
            return Err("a configuration that the tool's own parser refuses".to_owned());
        }
        let global = self.global.as_ref().map_err(|why| (*why).to_owned())?;
        let network = reading::network(&config.lists, &self.scheme.folder, Some(global))?;
        for problem in &network.problems {
            eprintln!("  {name}: {problem}");
        }
        Ok(network)
    }
}

/// Why a question cannot be asked of a network, if so.
fn unreadable(question: &str, network: &Network) -> Option<&'static str> {
    // Only global policies can be about them: without one, pods alone are asked about.
    if network.topology.host_endpoints && network.policies.iter().any(network::Written::is_global) {
        return Some("host endpoints, which a global policy may be about");
    }
    let names = network.policies.iter().map(|policy| (&policy.full_name, policy.kind));
    if names.collect::<BTreeSet<_>>().len() < network.policies.len() {
        return Some("two policies of one kind and name, which that tool refuses");
    }
    if question == "allCaptured" && (network.topology.host_endpoints || !network.topology.sets.is_empty()) {
        return Some("host endpoints and network sets, which are counted like pods");
    }
    if network.others.iter().any(|kind| kind != "Ingress") {
        return Some("policies of Istio");
    }
    // These leave Ingress out upstream: `clone_without_gateway_layers`, and the loops over layers.
    let without = ["vacuity", "redundancy", "sanity", "disjointness", "allCaptured"];
    if !network.others.is_empty() && !without.contains(&question) {
        return Some("Ingress as a policy of what a controller opens");
    }
    network.policies.iter().any(|policy| policy.read.is_empty()).then_some("a policy that our reader refuses")
}

fn ask(query: &Query, configs: &mut Configs<'_>) -> Outcome {
    // Of several questions the last one's answer is kept (`run_queries` of `nca/SchemeRunner.py`).
    let Some((question, names)) = query.questions.last() else {
        return Outcome::NotRead("no question".to_owned());
    };
    let mut networks = Vec::new();
    for name in names {
        match configs.get(name) {
            Ok(network) => networks.push((name.as_str(), network)),
            Err(why) => return Outcome::NotRead(why),
        }
    }
    if let Some(why) = networks.iter().find_map(|(_, network)| unreadable(question, network)) {
        return Outcome::NotRead(why.to_owned());
    }
    if question == "connectivityMap" {
        return maps::compare(query, &networks);
    }
    let expected = match (query.expected, &query.output) {
        (Some(number), _) => Some(number),
        (None, Some(output)) if question == "semanticDiff" && query.format.starts_with("txt") => {
            maps::categories(output)
        }
        (None, Some(output)) if query.format == "yaml" || query.format == "json" => {
            maps::sum_of_numbers(output)
        }
        _ => None,
    };
    if expected.is_none() && query.not_executed.is_none() {
        return Outcome::NotRead("nothing is expected".to_owned());
    }
    judge(question, &networks, query, expected)
}

/// Compares the answer to a question with what is expected.
fn judge(question: &str, networks: &[(&str, Network)], query: &Query, expected: Option<i64>) -> Outcome {
    let fits = |answer: Answer| {
        expected.is_none_or(|number| number == answer.number)
            && answer.not_executed == query.not_executed.unwrap_or(0)
    };
    let answer = |networks: &[(&str, Network)], unknown, selves| {
        let named: Vec<(&str, &Network)> = networks.iter().map(|(name, network)| (*name, network)).collect();
        let how = How { unknown, selves, ipv6: query.with_ipv6, by_workload: query.by_workload };
        questions::answer(question, &named, how)
    };
    let Some(strict) = answer(networks, Unknown::Denied, false) else {
        return Outcome::NotRead(format!("a question that is not known: {question}"));
    };
    let certain = |networks: &[(&str, Network)], selves| {
        let strict = answer(networks, Unknown::Denied, selves);
        strict.filter(|strict| answer(networks, Unknown::Allowed, selves) == Some(*strict))
    };
    let ours = certain(networks, false);
    if ours.is_some_and(fits) {
        return Outcome::Matched;
    }
    if certain(networks, true).is_some_and(fits) {
        return Outcome::Explained(explained::SELF);
    }
    let reading = explained::reading(|read| {
        let other: Vec<(&str, Network)> =
            networks.iter().map(|(name, network)| (*name, read(network))).collect();
        certain(&other, false).is_some_and(fits)
    });
    if let Some(words) = reading {
        return Outcome::Explained(words);
    }
    let named: Vec<(&str, &Network)> = networks.iter().map(|(name, network)| (*name, network)).collect();
    match explained::why(question, &named, ours.is_some()) {
        Some(why) => Outcome::Explained(why),
        None => {
            let unknown = if ours.is_some() { "" } else { ", or something else" };
            Outcome::Wrong(format!("expected {expected:?}, answered {strict:?}{unknown}"))
        }
    }
}

/// Of the queries that are asked, how many of a hundred have to match: reasons are not to explain everything.
const MATCHED_PERCENT: usize = 70;

/// How many queries of a question came out how.
#[derive(Default)]
struct Row {
    matched: usize,
    explained: usize,
    wrong: usize,
    not_read: usize,
}

/// How all came out.
#[derive(Default)]
struct Tally {
    rows: BTreeMap<String, Row>,
    reasons: BTreeMap<&'static str, usize>,
    unread: BTreeMap<String, usize>,
    wrong: Vec<String>,
}

impl Tally {
    fn add(&mut self, scheme: &str, query: &Query, outcome: Outcome) {
        let question = query.questions.last().map_or("none", |(question, _)| question);
        let name = format!("{scheme}: {} ({question})", query.name);
        let row = self.rows.entry(question.to_owned()).or_default();
        match outcome {
            Outcome::Matched => row.matched += 1,
            Outcome::Explained(why) => {
                row.explained += 1;
                *self.reasons.entry(why).or_default() += 1;
                eprintln!("explained {name}: {why}");
            }
            Outcome::Wrong(what) => {
                row.wrong += 1;
                self.wrong.push(format!("{name}: {what}"));
            }
            Outcome::NotRead(why) => {
                row.not_read += 1;
                eprintln!("not read {name}: {why}");
                *self.unread.entry(why).or_default() += 1;
            }
        }
    }

    fn print(&self) {
        eprintln!("{:20} matched explained wrong not-read", "question");
        for (question, row) in &self.rows {
            eprintln!(
                "{question:20} {:7} {:9} {:5} {:8}",
                row.matched, row.explained, row.wrong, row.not_read
            );
        }
        for (why, count) in &self.reasons {
            eprintln!("explained {count:4}: {why}");
        }
        for (why, count) in &self.unread {
            eprintln!("not read {count:4}: {why}");
        }
    }
}

#[test]
fn conformance_of_queries() {
    let Some(suite) = folder_of("network-queries") else { return };
    let schemes = scheme::all(&suite);
    assert!(!schemes.is_empty(), "no scheme file is in {}", suite.display());
    let mut tally = Tally::default();
    let (mut refused, mut host_network) = (0, 0);
    for (name, scheme) in &schemes {
        let mut configs = Configs::of(scheme);
        refused += scheme.configs.iter().filter(|config| config.refused).count();
        host_network += configs.global.as_ref().map_or(0, |global| global.host_network);
        for query in &scheme.queries {
            let outcome = ask(query, &mut configs);
            tally.add(name, query, outcome);
        }
    }
    tally.print();
    eprintln!("{refused} configurations are about that tool's own parser alone, and are not read");
    eprintln!("{host_network} pods in the network of their node were taken for others, as that tool does");
    let (matched, explained) =
        tally.rows.values().fold((0, 0), |sum, row| (sum.0 + row.matched, sum.1 + row.explained));
    assert!(
        matched * 100 >= (matched + explained) * MATCHED_PERCENT,
        "less than {MATCHED_PERCENT} % match: {matched}, explained {explained}"
    );
    let wrong = &tally.wrong;
    assert!(wrong.is_empty(), "{} wrong\n  {}", wrong.len(), wrong.join("\n  "));
}
