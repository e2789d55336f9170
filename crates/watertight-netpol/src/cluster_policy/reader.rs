//! Subjects, peers and rules.

use std::collections::BTreeSet;

use crate::cidr::{Cidr, Family};
use crate::policy::{
    Action, Direction, Endpoints, Inside, Namespaces, Policy, Position, Problem, Rule, Side, Tier, Traffic,
};
use crate::reading::{Notes, Wanted, strict_block};
use crate::selector::{Selector, Truth};

use super::ports::{self, Asked};
use super::spec::{self, NamespacedPod, Peer, Spec, Subject};

const UNREADABLE: &str = "a part of it could not be read";
const REFUSED: &str = "the API refuses the object";
const UNKNOWN_FIELD: &str = "it has a field that is not known";
const ONE_FIELD: &str = "must have exactly one field";
/// `MaxLength` of the name of a rule.
const MOST_NAME: usize = 100;
/// `MaxItems` of `networks` and of `domainNames`.
const MOST_NETWORKS: usize = 25;

/// The kind of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Admin,
    Baseline,
    Cluster,
}

impl Kind {
    /// `MaxItems` of rules, peers and ports.
    fn most(self) -> usize {
        if self == Self::Cluster { 25 } else { 100 }
    }

    fn allow(self) -> &'static str {
        if self == Self::Cluster { "Accept" } else { "Allow" }
    }

    fn actions(self) -> &'static str {
        match self {
            Self::Admin => "must be Allow, Deny or Pass",
            Self::Baseline => "must be Allow or Deny",
            Self::Cluster => "must be Accept, Deny or Pass",
        }
    }
}

/// Reads one object.
pub(super) struct Reader {
    kind: Kind,
    notes: Notes,
}

/// What was found at a peer.
enum Found {
    /// Who it is.
    Known(Endpoints),
    /// It has no field.
    Nothing,
    /// It has a field that is not known, or one that could not be read.
    Unknown,
}

impl Reader {
    pub(super) fn new(kind: Kind) -> Self {
        Self { kind, notes: Notes::default() }
    }

    pub(super) fn policy(mut self, name: &str, tag: u32, spec: &Spec) -> (Policy, Vec<Problem>) {
        if self.kind == Kind::Baseline && name != "default" {
            self.notes.refused("metadata.name", "must be default: there is one such policy at most");
        }
        let mut unknown = self.notes.unknown_fields("spec", &spec.rest);
        let tier = self.tier(spec.tier.as_deref(), &mut unknown);
        let position = self.position(spec.priority, &mut unknown);
        let subject = self.subject(spec.subject.as_ref());
        let ingress = self.side(Direction::Ingress, spec.ingress.as_deref());
        let egress = self.side(Direction::Egress, spec.egress.as_deref());
        let mut policy = Policy { tag, tier, position, name: name.to_owned(), subject, ingress, egress };
        if self.notes.is_refused() {
            policy.doubt(REFUSED);
        } else if unknown {
            policy.doubt(UNKNOWN_FIELD);
        }
        (policy, self.notes.problems)
    }

    fn tier(&mut self, tier: Option<&str>, unknown: &mut bool) -> Tier {
        match (self.kind, tier) {
            (Kind::Cluster, Some("Admin")) | (Kind::Admin, None) => Tier::admin(),
            (Kind::Cluster, Some("Baseline")) | (Kind::Baseline, None) => Tier::baseline(),
            (Kind::Cluster, _) => {
                self.notes.refused("spec.tier", "must be Admin or Baseline");
                Tier::admin()
            }
            (kind, Some(_)) => {
                self.notes.unknown_field("spec", "tier");
                *unknown = true;
                if kind == Kind::Admin { Tier::admin() } else { Tier::baseline() }
            }
        }
    }

    fn position(&mut self, priority: Option<i64>, unknown: &mut bool) -> Position {
        match (self.kind, priority) {
            (Kind::Baseline, None) => Position::LAST,
            (Kind::Baseline, Some(_)) => {
                self.notes.unknown_field("spec", "priority");
                *unknown = true;
                Position::LAST
            }
            (_, Some(priority @ 0..=1000)) => Position::of(priority as f64),
            _ => {
                self.notes.refused("spec.priority", "must be a number from 0 to 1000");
                Position::LAST
            }
        }
    }

    fn subject(&mut self, subject: Option<&Subject>) -> Endpoints {
        let path = "spec.subject";
        let Some(subject) = subject else {
            self.notes.refused(path, "is missing; give namespaces or pods");
            return Endpoints::Unknown(UNREADABLE);
        };
        if self.notes.unknown_fields(path, &subject.rest) {
            return Endpoints::Unknown(UNKNOWN_FIELD);
        }
        match (&subject.namespaces, &subject.pods) {
            (Some(wanted), None) => self.all_of(&format!("{path}.namespaces"), wanted),
            (None, Some(pods)) => {
                let pods = self.pods(&format!("{path}.pods"), pods);
                pods.unwrap_or(Endpoints::Unknown(UNKNOWN_FIELD))
            }
            _ => {
                self.notes.refused(path, ONE_FIELD);
                Endpoints::Unknown(UNREADABLE)
            }
        }
    }

    /// Every pod of namespaces.
    fn all_of(&mut self, path: &str, wanted: &Wanted) -> Endpoints {
        let namespaces = namespaces(wanted.selector(path, &mut self.notes));
        Endpoints::Pods { namespaces, labels: Selector::EVERYTHING }
    }

    fn pods(&mut self, path: &str, pods: &NamespacedPod) -> Option<Endpoints> {
        let unknown = self.notes.unknown_fields(path, &pods.rest);
        let mut selector = |field: &str, wanted: Option<&Wanted>| {
            let path = format!("{path}.{field}");
            if let Some(wanted) = wanted {
                return wanted.selector(&path, &mut self.notes);
            }
            // v1alpha2 asks for `podSelector` only, v1alpha1 for both; implementations read what is missing as {}.
            if field == "podSelector" || self.kind != Kind::Cluster {
                self.notes
                    .without_effect(path, "is missing, which counts as {}: all; write {} if that is meant");
            }
            Selector::EVERYTHING
        };
        let namespaces = namespaces(selector("namespaceSelector", pods.namespace_selector.as_ref()));
        let labels = selector("podSelector", pods.pod_selector.as_ref());
        if unknown { None } else { Some(Endpoints::Pods { namespaces, labels }) }
    }

    fn side(&mut self, direction: Direction, rules: Option<&[spec::Rule]>) -> Option<Side> {
        let rules = rules.filter(|rules| !rules.is_empty())?;
        let path = format!("spec.{}", direction.field());
        self.at_most(&path, rules.len(), self.kind.most());
        let rules = rules
            .iter()
            .enumerate()
            .flat_map(|(index, rule)| self.rule(direction, &format!("{path}[{index}]"), rule))
            .collect();
        // A tier of these policies never ends with what no rule decides.
        Some(Side { isolates: Truth::No, rules })
    }

    fn at_most(&mut self, path: &str, length: usize, most: usize) {
        if length > most {
            self.notes.refused(path, format!("has {length} entries; the API allows {most} at most"));
        }
    }

    fn rule(&mut self, direction: Direction, path: &str, rule: &spec::Rule) -> Vec<Rule> {
        if rule.name.as_ref().is_some_and(|name| name.chars().count() > MOST_NAME) {
            self.notes.refused(format!("{path}.name"), "is longer than 100 characters");
        }
        let unknown = self.has_foreign_field(direction, path, rule);
        let (field, peers) = match direction {
            Direction::Ingress => ("from", rule.from.as_deref()),
            Direction::Egress => ("to", rule.to.as_deref()),
        };
        let asked = self.asked(path, rule);
        let action = self.action(path, rule.action.as_deref());
        let found = self.peers(direction, &format!("{path}.{field}"), peers, action, asked.named);
        let uncertain = if unknown { Some(UNKNOWN_FIELD) } else { (!asked.readable).then_some(UNREADABLE) };
        let one = |action, peers, traffic, uncertain| Rule {
            path: path.to_owned(),
            action,
            subject: Endpoints::Everyone,
            peers,
            traffic,
            uncertain,
        };
        rules_of(action, found, asked.traffic, uncertain, &one)
    }

    /// Whether a field is there that this kind of object does not have.
    fn has_foreign_field(&mut self, direction: Direction, path: &str, rule: &spec::Rule) -> bool {
        let mut unknown = self.notes.unknown_fields(path, &rule.rest);
        let cluster = self.kind == Kind::Cluster;
        for (field, foreign) in [
            ("from", rule.from.is_some() && direction == Direction::Egress),
            ("to", rule.to.is_some() && direction == Direction::Ingress),
            ("ports", rule.ports.is_some() && cluster),
            ("protocols", rule.protocols.is_some() && !cluster),
        ] {
            if foreign {
                self.notes.unknown_field(path, field);
                unknown = true;
            }
        }
        unknown
    }

    fn asked(&mut self, path: &str, rule: &spec::Rule) -> Asked {
        let (field, length) = match self.kind {
            Kind::Cluster => ("protocols", rule.protocols.as_ref().map(Vec::len)),
            Kind::Admin | Kind::Baseline => ("ports", rule.ports.as_ref().map(Vec::len)),
        };
        let Some(length) = length else { return Asked::everything() };
        let path = format!("{path}.{field}");
        self.at_most(&path, length, self.kind.most());
        if length == 0 {
            self.notes.refused(path, "is empty; remove the field if every port is meant");
            return Asked { readable: false, ..Asked::everything() };
        }
        match self.kind {
            Kind::Cluster => {
                ports::of_protocols(&path, rule.protocols.as_deref().unwrap_or_default(), &mut self.notes)
            }
            _ => ports::of_ports(&path, rule.ports.as_deref().unwrap_or_default(), &mut self.notes),
        }
    }

    fn action(&mut self, path: &str, action: Option<&str>) -> Option<Action> {
        match action {
            Some(word) if word == self.kind.allow() => Some(Action::Allow),
            Some("Deny") => Some(Action::Deny),
            Some("Pass") if self.kind != Kind::Baseline => Some(Action::Pass),
            _ => {
                self.notes.refused(format!("{path}.action"), self.kind.actions());
                None
            }
        }
    }

    fn peers(
        &mut self,
        direction: Direction,
        path: &str,
        peers: Option<&[Peer]>,
        action: Option<Action>,
        named: bool,
    ) -> Vec<Found> {
        let peers = peers.unwrap_or_default();
        if peers.is_empty() {
            self.notes.refused(path, "is empty; give at least one peer");
            return vec![Found::Unknown];
        }
        self.at_most(path, peers.len(), self.kind.most());
        let mut found = Vec::new();
        for (index, peer) in peers.iter().enumerate() {
            let path = format!("{path}[{index}]");
            let without_names =
                peer.networks.is_some() || peer.nodes.is_some() || peer.domain_names.is_some();
            if named && without_names && direction == Direction::Egress {
                self.notes.refused(&path, "has no named ports, which the rule asks for; ask for numbers");
            }
            found.push(self.peer(direction, &path, peer, action));
        }
        found
    }

    fn peer(&mut self, direction: Direction, path: &str, peer: &Peer, action: Option<Action>) -> Found {
        let mut unknown = self.notes.unknown_fields(path, &peer.rest);
        let outside = direction == Direction::Egress;
        let domains = outside && self.kind != Kind::Baseline;
        for (field, foreign) in [
            ("nodes", peer.nodes.is_some() && !outside),
            ("networks", peer.networks.is_some() && !outside),
            ("domainNames", peer.domain_names.is_some() && !domains),
        ] {
            if foreign {
                self.notes.unknown_field(path, field);
                unknown = true;
            }
        }
        if unknown {
            return Found::Unknown;
        }
        let known = match (&peer.namespaces, &peer.pods, &peer.nodes, &peer.networks, &peer.domain_names) {
            (Some(wanted), None, None, None, None) => {
                Some(self.all_of(&format!("{path}.namespaces"), wanted))
            }
            (None, Some(pods), None, None, None) => self.pods(&format!("{path}.pods"), pods),
            (None, None, Some(wanted), None, None) => {
                Some(Endpoints::Nodes(wanted.selector(&format!("{path}.nodes"), &mut self.notes)))
            }
            (None, None, None, Some(blocks), None) => self.networks(&format!("{path}.networks"), blocks),
            (None, None, None, None, Some(names)) => {
                Some(self.domains(&format!("{path}.domainNames"), names, action))
            }
            (None, None, None, None, None) => {
                self.notes.refused(path, ONE_FIELD);
                return Found::Nothing;
            }
            _ => {
                self.notes.refused(path, ONE_FIELD);
                None
            }
        };
        known.map_or(Found::Unknown, Found::Known)
    }

    fn networks(&mut self, path: &str, texts: &[String]) -> Option<Endpoints> {
        self.some_of(path, texts);
        let mut blocks = Some(Vec::new());
        for (index, text) in texts.iter().enumerate() {
            match strict_block(text).filter(|_| !is_mapped(text)) {
                Some(block) => {
                    if let Some(blocks) = &mut blocks {
                        blocks.push(block);
                    }
                }
                None => {
                    self.notes.refused(
                        format!("{path}[{index}]"),
                        "is no block of addresses; write it as in 10.0.0.0/8 or fd00::/8",
                    );
                    blocks = None;
                }
            }
        }
        blocks.map(|blocks| Endpoints::Blocks { blocks, inside: Inside::ByAddress })
    }

    /// What an entry of `networks` or `domainNames` has to keep, whatever it says.
    fn some_of(&mut self, path: &str, texts: &[String]) {
        if texts.is_empty() {
            self.notes.refused(path, "is empty; give at least one entry");
        }
        self.at_most(path, texts.len(), MOST_NETWORKS);
        if texts.iter().collect::<BTreeSet<_>>().len() < texts.len() {
            self.notes.refused(path, "has an entry twice");
        }
    }

    /// Names of what is outside of the cluster, as far as they do not look like names of Services: those are not
    /// recommended, but not excluded either (`npeps/npep-133-fqdn-egress-selector.md`).
    fn domains(&mut self, path: &str, names: &[String], action: Option<Action>) -> Endpoints {
        const ADDRESSES: &str = Endpoints::DOMAIN_NAMES;
        self.some_of(path, names);
        if action.is_some_and(|action| action != Action::Allow) {
            self.notes.not_modelled(path, "works only in rules that allow");
        }
        let mut inside = false;
        for (index, name) in names.iter().enumerate() {
            if !is_domain_name(name) {
                self.notes
                    .refused(format!("{path}[{index}]"), "is no domain name, with or without *. before it");
            }
            let name = name.trim_end_matches('.');
            inside |= [".local", ".svc"].iter().any(|end| name.ends_with(end));
        }
        if inside {
            return Endpoints::Unknown(ADDRESSES);
        }
        Endpoints::All(vec![Endpoints::World, Endpoints::Unknown(ADDRESSES)])
    }
}

/// The rules that say what one rule says, with its peers as they were found.
fn rules_of(
    action: Option<Action>,
    found: Vec<Found>,
    traffic: Traffic,
    uncertain: Option<&'static str>,
    one: &impl Fn(Action, Endpoints, Traffic, Option<&'static str>) -> Rule,
) -> Vec<Rule> {
    let (mut known, mut nothing, mut unknown) = (Vec::new(), false, false);
    for found in found {
        match found {
            Found::Known(endpoints) => known.push(endpoints),
            Found::Nothing => nothing = true,
            Found::Unknown => unknown = true,
        }
    }
    let known_peers = || any(known.clone());
    let all_peers = || {
        let mut peers = known.clone();
        if unknown {
            peers.push(Endpoints::Unknown(UNREADABLE));
        }
        any(peers)
    };
    let deny_all = |why| one(Action::Deny, Endpoints::Everyone, Traffic::all(), why);
    match action {
        Some(Action::Allow) if nothing => vec![one(Action::Allow, Endpoints::Nobody, traffic, uncertain)],
        Some(_) if nothing => vec![deny_all(uncertain)],
        // Who does not know the field takes the whole rule for one that matches nothing, or that denies all.
        Some(Action::Allow) if unknown => vec![one(Action::Allow, all_peers(), traffic, Some(UNKNOWN_FIELD))],
        Some(Action::Deny) if unknown => {
            vec![one(Action::Deny, known_peers(), traffic, uncertain), deny_all(Some(UNKNOWN_FIELD))]
        }
        Some(Action::Pass) if unknown => {
            vec![deny_all(Some(UNKNOWN_FIELD)), one(Action::Pass, all_peers(), traffic, Some(UNKNOWN_FIELD))]
        }
        Some(action) => vec![one(action, all_peers(), traffic, uncertain)],
        // It may allow or deny: where a rule may match, its opposite follows.
        None => [Action::Deny, Action::Allow]
            .map(|action| one(action, all_peers(), traffic.clone(), Some(UNREADABLE)))
            .to_vec(),
    }
}

fn any(mut endpoints: Vec<Endpoints>) -> Endpoints {
    match endpoints.len() {
        0 => Endpoints::Nobody,
        1 => endpoints.remove(0),
        _ => Endpoints::Any(endpoints),
    }
}

fn namespaces(selector: Selector) -> Namespaces {
    if selector.is_everything() { Namespaces::Every } else { Namespaces::Labelled(selector) }
}

/// `isCIDR` of the API server's rules takes no IPv4 address that is written as one of IPv6
/// (`staging/src/k8s.io/apiserver/pkg/cel/library/cidr.go`).
fn is_mapped(text: &str) -> bool {
    let mapped = "::ffff:0:0/96".parse::<Cidr>().ok();
    let block = text.parse::<Cidr>().ok();
    let inside = mapped.zip(block).is_some_and(|(mapped, block)| mapped.range().covers(block.range()));
    inside && block.is_some_and(|block| block.family() == Family::V6)
}

/// The pattern of `DomainName`.
fn is_domain_name(name: &str) -> bool {
    let name = name.strip_prefix("*.").unwrap_or(name);
    let name = name.strip_suffix('.').unwrap_or(name);
    let label = |label: &str| {
        let (first, last) = (label.bytes().next(), label.bytes().last());
        let ends = first.is_some_and(|byte| byte.is_ascii_alphanumeric())
            && last.is_some_and(|byte| byte.is_ascii_alphanumeric());
        ends && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
    };
    name.contains('.') && name.split('.').all(label)
}
