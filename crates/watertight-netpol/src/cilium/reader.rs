//! Specs and rules.

use crate::connections::Connections;
use crate::policy::{
    Action, Direction, Endpoints, Policy, Ports, Position, Problem, Rule, Side, Tier, Traffic,
};
use crate::reading::{Notes, Wanted};
use crate::selector::Truth;

use super::Context;
use super::labels::{Asked, For, Within};
use super::peers::Peers;
use super::ports::{self, Place};
use super::spec::{Spec, Specs, Written};

const REFUSED: &str = "Cilium refuses the object";
const UNKNOWN_FIELD: &str = "it has a field that is not known";
const AUTHENTICATION: &str = "authentication is asked for";
const REQUIRES: &str = "only some versions of Cilium know what is required of peers";
const HOST: &str = "it works only where the host firewall is on";

/// Reads one object.
pub(super) struct Reader<'a> {
    context: &'a Context,
    namespace: Option<&'a str>,
    name: &'a str,
    tag: u32,
    notes: Notes,
}

/// Whom a spec is about.
struct Subject {
    endpoints: Endpoints,
    is_init: bool,
    is_nodes: bool,
}

impl<'a> Reader<'a> {
    pub(super) fn new(context: &'a Context, namespace: Option<&'a str>, name: &'a str, tag: u32) -> Self {
        Self { context, namespace, name, tag, notes: Notes::default() }
    }

    pub(super) fn policies(mut self, specs: &Specs) -> (Vec<Policy>, Vec<Problem>) {
        let mut policies = Vec::new();
        let more = specs.specs.as_deref().unwrap_or_default();
        let alone = usize::from(specs.spec.is_some()) + more.len() == 1;
        if let Some(spec) = &specs.spec {
            policies.extend(self.spec("spec", spec, alone));
        }
        for (index, spec) in more.iter().enumerate() {
            policies.extend(self.spec(&format!("specs[{index}]"), spec, alone));
        }
        if specs.spec.is_none() && more.is_empty() {
            self.notes.refused("spec", "is missing, and specs too");
        }
        if self.notes.is_refused() {
            policies.iter_mut().for_each(|policy| policy.doubt(REFUSED));
        }
        (policies, self.notes.problems)
    }

    fn spec(&mut self, path: &str, spec: &Spec, alone: bool) -> Vec<Policy> {
        let unknown = self.notes.unknown_fields(path, &spec.rest);
        let subject = self.subject(path, spec);
        let ingress = Sections {
            direction: Direction::Ingress,
            allow: spec.ingress.iter().flatten().map(|rule| rule.written()).collect(),
            deny: spec.ingress_deny.iter().flatten().map(|rule| rule.written()).collect(),
        };
        let egress = Sections {
            direction: Direction::Egress,
            allow: spec.egress.iter().flatten().map(|rule| rule.written()).collect(),
            deny: spec.egress_deny.iter().flatten().map(|rule| rule.written()).collect(),
        };
        if ingress.is_empty() && egress.is_empty() {
            self.without_rules(path, spec, alone);
        }
        let (deny_ingress, allow_ingress) = self.sides(path, spec, &subject, &ingress);
        let (deny_egress, allow_egress) = self.sides(path, spec, &subject, &egress);
        let mut policies: Vec<Policy> = [
            (Position::of(f64::NEG_INFINITY), deny_ingress, deny_egress),
            (Position::of(0.0), allow_ingress, allow_egress),
        ]
        .into_iter()
        .filter(|(_, ingress, egress)| ingress.is_some() || egress.is_some())
        .map(|(position, ingress, egress)| Policy {
            tag: self.tag,
            tier: Tier::default_tier(),
            position,
            name: self.name.to_owned(),
            subject: subject.endpoints.clone(),
            ingress,
            egress,
        })
        .collect();
        let doubts = [(unknown, UNKNOWN_FIELD), (subject.is_nodes, HOST)];
        for (_, why) in doubts.into_iter().filter(|(doubtful, _)| *doubtful) {
            policies.iter_mut().for_each(|policy| policy.doubt(why));
        }
        policies
    }

    /// Newer versions refuse an object with such a spec, for older ones it does nothing.
    fn without_rules(&mut self, path: &str, spec: &Spec, alone: bool) {
        let asked = spec.enable_default_deny.as_ref();
        let denies = asked.is_some_and(|asked| asked.ingress == Some(true) || asked.egress == Some(true));
        if !alone {
            self.notes.refused(path, "has no rules; remove it");
        } else if denies {
            let why =
                "has no rules, which newer versions of Cilium refuse; write [{}] to deny all in a direction";
            self.notes.not_modelled(path, why);
        } else {
            self.notes
                .without_effect(path, "has no rules, so it does nothing; [{}] denies all in a direction");
        }
    }

    fn subject(&mut self, path: &str, spec: &Spec) -> Subject {
        match (&spec.endpoint_selector, &spec.node_selector) {
            (Some(wanted), None) => self.pods(&format!("{path}.endpointSelector"), wanted),
            (None, Some(wanted)) => {
                let path = format!("{path}.nodeSelector");
                if self.namespace.is_some() {
                    self.notes.refused(&path, "can only be used in a CiliumClusterwideNetworkPolicy");
                }
                let selector = Asked::of(&path, wanted, For::Nodes, &mut self.notes).of_nodes();
                self.notes.not_modelled(
                    path,
                    "is about nodes, for which policies work only with the host firewall",
                );
                Subject { endpoints: Endpoints::Nodes(selector), is_init: false, is_nodes: true }
            }
            _ => {
                self.notes.refused(path, "must have exactly one of endpointSelector and nodeSelector");
                Subject { endpoints: Endpoints::Unknown(REFUSED), is_init: false, is_nodes: false }
            }
        }
    }

    fn pods(&mut self, path: &str, wanted: &Wanted) -> Subject {
        let asked = Asked::of(path, wanted, For::Subject(self.namespace), &mut self.notes);
        let is_init = asked.names_init;
        let within = self.namespace.map_or(Within::Pods, |name| Within::Namespace(name.to_owned()));
        let endpoints = asked.endpoints(within);
        if endpoints == Endpoints::Nobody {
            self.notes.without_effect(path, "asks for a reserved label, which no running pod has");
        }
        Subject { endpoints, is_init, is_nodes: false }
    }

    /// Whether a spec cuts its pods off in a direction.
    fn isolates(&mut self, path: &str, spec: &Spec, sections: &Sections<'_>) -> Truth {
        let asked = spec.enable_default_deny.as_ref();
        let explicit = match sections.direction {
            Direction::Ingress => asked.and_then(|asked| asked.ingress),
            Direction::Egress => asked.and_then(|asked| asked.egress),
        };
        let isolates = match (explicit, sections.is_empty()) {
            (Some(false), _) | (None, true) => Truth::No,
            (_, false) => Truth::Yes,
            // Versions differ: some have nothing to hang it on without a rule (`RulesToPolicyEntries`).
            (Some(true), true) => Truth::Maybe,
        };
        let Some(asked) = asked.filter(|asked| !asked.rest.is_empty()) else { return isolates };
        // Both directions look at it; one of them tells.
        if sections.direction == Direction::Ingress {
            self.notes.unknown_fields(&format!("{path}.enableDefaultDeny"), &asked.rest);
        }
        isolates.and(Truth::Maybe)
    }

    /// What a spec says of a direction: the side that denies, and the one that allows.
    fn sides(
        &mut self,
        path: &str,
        spec: &Spec,
        subject: &Subject,
        sections: &Sections<'_>,
    ) -> (Option<Side>, Option<Side>) {
        let direction = sections.direction;
        let mut isolates = self.isolates(path, spec, sections);
        let (mut deny, mut allow) = (Vec::new(), Vec::new());
        for (index, rule) in sections.deny.iter().enumerate() {
            let path = format!("{path}.{}Deny[{index}]", direction.field());
            deny.extend(self.rule(&path, direction, subject, rule, Action::Deny));
        }
        for (index, rule) in sections.allow.iter().enumerate() {
            let path = format!("{path}.{}[{index}]", direction.field());
            allow.extend(self.rule(&path, direction, subject, rule, Action::Allow));
            deny.extend(self.required(&path, direction, subject, rule));
        }
        if spec.rest.keys().any(|field| field.starts_with(direction.field())) {
            // A section that is not known may allow and deny whatever there is.
            isolates = isolates.or(Truth::Maybe);
            deny.push(anything(path, Action::Deny));
            allow.push(anything(path, Action::Allow));
        }
        let denies = !deny.is_empty();
        let allows = !allow.is_empty() || !sections.allow.is_empty() || (!denies && isolates != Truth::No);
        (denies.then_some(Side { isolates, rules: deny }), allows.then_some(Side { isolates, rules: allow }))
    }

    fn peers(&self, direction: Direction, subject: &Subject, action: Action) -> Peers<'a> {
        Peers {
            context: self.context,
            namespace: self.namespace,
            subject_is_init: subject.is_init,
            deny: action == Action::Deny,
            prefix: if direction == Direction::Ingress { "from" } else { "to" },
        }
    }

    fn rule(
        &mut self,
        path: &str,
        direction: Direction,
        subject: &Subject,
        written: &Written<'_>,
        action: Action,
    ) -> Vec<Rule> {
        let deny = action == Action::Deny;
        let uncertain = self.doubts(path, direction, written, deny);
        let mut asked = Vec::new();
        let (to_ports, icmps) = (written.ports.unwrap_or_default(), written.icmps.unwrap_or_default());
        if !to_ports.is_empty() && !icmps.is_empty() {
            self.notes
                .refused(path, "has both toPorts and icmps, which Cilium refuses; write a rule for each");
        }
        let place = Place { ingress: direction == Direction::Ingress, deny };
        asked.extend(ports::of_rules(&format!("{path}.toPorts"), to_ports, place, &mut self.notes));
        asked.extend(ports::of_icmps(&format!("{path}.icmps"), icmps, &mut self.notes));
        let every_port = to_ports.is_empty() && icmps.is_empty();
        let found = self.peers(direction, subject, action).of(path, written, &mut self.notes);
        let peers = match found {
            Some(peers) => peers,
            // A field that is not known may be one of peers.
            None if every_port && written.rest.is_some_and(|rest| !rest.is_empty()) => {
                Endpoints::Unknown(UNKNOWN_FIELD)
            }
            None if every_port => Endpoints::Nobody,
            None => Endpoints::Everyone,
        };
        let one = |include: Vec<Ports>, uncertain| Rule {
            path: path.to_owned(),
            action,
            subject: Endpoints::Everyone,
            peers: peers.clone(),
            traffic: Traffic { include, exclude: Vec::new() },
            uncertain,
        };
        if every_port {
            return vec![one(vec![Ports::Connections(Connections::all())], uncertain)];
        }
        let (certain, doubtful): (Vec<_>, Vec<_>) =
            asked.into_iter().partition(|part| part.uncertain.is_none());
        let certain: Vec<Ports> = certain.into_iter().flat_map(|part| part.ports).collect();
        let doubtful = doubtful.into_iter().map(|part| one(part.ports, uncertain.or(part.uncertain)));
        let first = (!certain.is_empty()).then(|| one(certain, uncertain));
        first.into_iter().chain(doubtful).collect()
    }

    /// Why a rule may match less than its peers and ports say.
    fn doubts(
        &mut self,
        path: &str,
        direction: Direction,
        written: &Written<'_>,
        deny: bool,
    ) -> Option<&'static str> {
        let rest = written.rest.is_some_and(|rest| self.notes.unknown_fields(path, rest));
        let mut uncertain = rest.then_some(UNKNOWN_FIELD);
        for (field, there) in [
            ("authentication", deny && written.authentication.is_some()),
            ("toFQDNs", deny && written.fqdns.is_some_and(|names| !names.is_empty())),
        ] {
            if there {
                self.notes.unknown_field(path, field);
                uncertain = Some(UNKNOWN_FIELD);
            }
        }
        for (index, name) in written.fqdns.iter().copied().flatten().enumerate() {
            self.notes.unknown_fields(&format!("{path}.toFQDNs[{index}]"), &name.rest);
        }
        if written.requires.is_some_and(|requires| !requires.is_empty()) {
            let field = if direction == Direction::Ingress { "fromRequires" } else { "toRequires" };
            self.notes.not_modelled(
                format!("{path}.{field}"),
                "is refused by newer versions of Cilium, and limits other rules in older ones",
            );
            uncertain = uncertain.or(Some(REQUIRES));
        }
        let Some(authentication) = written.authentication.filter(|_| !deny) else { return uncertain };
        let path = format!("{path}.authentication");
        if self.notes.unknown_fields(&path, &authentication.rest) {
            uncertain = uncertain.or(Some(UNKNOWN_FIELD));
        }
        match authentication.mode.as_deref() {
            Some("disabled") => uncertain,
            Some("required" | "test-always-fail") => uncertain.or(Some(AUTHENTICATION)),
            _ => {
                self.notes.refused(format!("{path}.mode"), "must be disabled, required or test-always-fail");
                uncertain
            }
        }
    }

    /// What `fromRequires` and `toRequires` may take away: in older versions they limit the peers by labels of every
    /// rule that is about the same pods.
    fn required(
        &mut self,
        path: &str,
        direction: Direction,
        subject: &Subject,
        written: &Written<'_>,
    ) -> Option<Rule> {
        let requires = written.requires.filter(|requires| !requires.is_empty())?;
        let peers = self.peers(direction, subject, Action::Deny);
        let all = requires.iter().enumerate().map(|(index, wanted)| {
            peers.endpoint(&format!("{path}.{}Requires[{index}]", peers.prefix), wanted, &mut self.notes)
        });
        Some(Rule {
            path: path.to_owned(),
            action: Action::Deny,
            subject: Endpoints::Everyone,
            peers: Endpoints::Not(Box::new(Endpoints::All(all.collect()))),
            traffic: Traffic::all(),
            uncertain: Some(REQUIRES),
        })
    }
}

/// The rules of a direction.
struct Sections<'a> {
    direction: Direction,
    allow: Vec<Written<'a>>,
    deny: Vec<Written<'a>>,
}

impl Sections<'_> {
    fn is_empty(&self) -> bool {
        self.allow.is_empty() && self.deny.is_empty()
    }
}

/// What may be said by a field that is not known.
fn anything(path: &str, action: Action) -> Rule {
    Rule {
        path: path.to_owned(),
        action,
        subject: Endpoints::Everyone,
        peers: Endpoints::Unknown(UNKNOWN_FIELD),
        traffic: Traffic::all(),
        uncertain: Some(UNKNOWN_FIELD),
    }
}
