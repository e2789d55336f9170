//! Policies and their rules.

use crate::cidr::{Cidr, Family};
use crate::policy::Tier;
use crate::policy::{
    Action, Direction, Endpoints, Inside, Namespaces, Policy, Position, Problem, Rule, Side,
};
use crate::selector::{Selector, Truth};

use super::problems::Problems;
use super::selector::Expression;
use super::types::{self, Entity, ServiceMatch, Spec};
use super::who::{Field, Want};
use super::{Context, PolicyObject, check, traffic};

const REFUSED: &str = "Calico's API refuses the policy";
const ENTITY: &str = "a field of the rule is not known";
const UNCLEAR: &str = "what the policy would do is not known";
const NET: &str = "a block of addresses cannot be read";
const NO_SELECTOR: &str = "the selector cannot be read";
const HTTP: &str = "only some HTTP requests match";
const SERVICE_PORTS: &str = "only the ports of the service's endpoints match";
const SERVICE_NAMESPACE: &str = "Calico may not look for a service without a namespace";

/// Of policies at one place, `PolKVLess` in `felix/calc/policy_sorter.go` takes the first by this.
pub(super) fn place_name(name: &str, namespace: &str, kind: &str) -> String {
    format!("{name}/{namespace}/{kind}")
}

pub(super) fn policy(
    context: &Context,
    object: &PolicyObject<'_>,
    spec: &Spec,
) -> (Vec<Policy>, Vec<Problem>) {
    let mut reader = Reader::new(context, object.namespace);
    let policy = reader.policy(object, spec);
    (policy.into_iter().collect(), reader.problems.into_inner())
}

/// Of whom selectors are asked.
#[derive(Clone, Copy)]
enum Selected {
    All,
    /// Not of network sets.
    Pods,
}

pub(super) struct Reader<'a> {
    context: &'a Context,
    namespace: Option<&'a str>,
    pub(super) problems: Problems,
    /// Whether something is wrong that leaves open what the policy would do.
    pub(super) unclear: bool,
}

impl<'a> Reader<'a> {
    /// Reads what is in a namespace, or in none.
    pub(super) fn new(context: &'a Context, namespace: Option<&'a str>) -> Self {
        Self { context, namespace, problems: Problems::default(), unclear: false }
    }

    /// A subject that is only meant perhaps when nobody knows what the object will do.
    pub(super) fn doubted(&self, subject: Endpoints) -> Endpoints {
        let refused = self.problems.any_refused() && !self.context.taken;
        let doubt = self.unclear.then_some(UNCLEAR).or(refused.then_some(REFUSED));
        match doubt {
            Some(doubt) => Endpoints::All(vec![subject, Endpoints::Unknown(doubt)]),
            None => subject,
        }
    }

    fn policy(&mut self, object: &PolicyObject<'_>, spec: &Spec) -> Option<Policy> {
        let global = self.namespace.is_none();
        self.unclear = check::spec(spec, global, &mut self.problems);
        self.unclear |= self.problems.fields(&spec.rest, "spec");
        let tier_name = if spec.tier.is_empty() { "default" } else { &spec.tier };
        check::name(object.name, global, &mut self.problems);
        // The stored form has the tier before the name, which is the same for all of a tier.
        let name = object.name.strip_prefix(tier_name).and_then(|name| name.strip_prefix('.'));
        let (tier, isolates) = self.tier(tier_name);
        let subject = self.subject(spec);
        let (ingress, egress) = governs(spec, object.stored);
        // Rules of a direction that it does not govern are looked at all the same: the API refuses wrong ones.
        let rules = self.rules(&spec.ingress, Direction::Ingress);
        let ingress = ingress.then_some(Side { isolates, rules });
        let rules = self.rules(&spec.egress, Direction::Egress);
        let egress = egress.then_some(Side { isolates, rules });
        if self.is_for_host_endpoints(spec) {
            return None;
        }
        let subject = self.doubted(subject);
        let kind = if global { "GlobalNetworkPolicy" } else { "NetworkPolicy" };
        Some(Policy {
            tag: object.tag,
            tier,
            position: spec.order.map_or(Position::LAST, Position::of),
            name: place_name(name.unwrap_or(object.name), self.namespace.unwrap_or_default(), kind),
            subject,
            ingress,
            egress,
        })
    }

    /// A tier, and what happens at its end. One that is not known may come before or after any other, and whether a
    /// policy in it decides is open. It is asked first: what others decide stays possible then, and what it says
    /// too.
    fn tier(&mut self, name: &str) -> (Tier, Truth) {
        self.context.tiers.get(name).unwrap_or_else(|| {
            let why = "no Tier of this name is in view, so its order is not known";
            self.problems.not_modelled("spec.tier", why);
            self.unclear = true;
            (Tier { position: Position::of(f64::NEG_INFINITY), name: name.to_owned() }, Truth::Maybe)
        })
    }

    /// Whether only host endpoints are asked (`tierInfoToProtoTierInfo` in `felix/calc/event_sequencer.go`).
    fn is_for_host_endpoints(&mut self, spec: &Spec) -> bool {
        let fields = [("doNotTrack", spec.do_not_track), ("preDNAT", spec.pre_dnat)];
        let only = fields.into_iter().find(|(_, set)| *set && self.namespace.is_none());
        let Some(field) = only.map(|(field, _)| field).or(spec.apply_on_forward.then_some("applyOnForward"))
        else {
            return false;
        };
        let path = format!("spec.{field}");
        if self.context.host_endpoints {
            self.problems.not_modelled(path, "what host endpoints do with this policy is not modelled");
        } else if only.is_some() {
            self.problems.without_effect(path, "only host endpoints have such policies, and none is in view");
        }
        only.is_some()
    }

    /// `ConvertNetworkPolicyV3ToV1Value` and `ConvertGlobalNetworkPolicyV3ToV1Value` in
    /// `libcalico-go/lib/backend/syncersv1/updateprocessors`.
    fn subject(&mut self, spec: &Spec) -> Endpoints {
        let fields = [
            ("selector", &spec.selector, Field::Endpoint),
            ("namespaceSelector", &spec.namespace_selector, Field::Namespace),
            ("serviceAccountSelector", &spec.service_account_selector, Field::Account),
        ];
        let mut wants: Vec<Want> = self.namespace.map(Want::in_namespace).into_iter().collect();
        for (field, text, kind) in fields {
            // It is not a field of policies with a namespace.
            if kind == Field::Namespace && self.namespace.is_some() {
                continue;
            }
            wants.extend(self.selector(text, kind, &format!("spec.{field}"), false));
        }
        Want::All(wants).pods()
    }

    /// What a selector wants; `None` for an empty one.
    fn selector(&mut self, text: &str, field: Field, path: &str, may_be_global: bool) -> Option<Want> {
        if text.is_empty() {
            return None;
        }
        match Expression::parse(text) {
            Ok(Expression::Global) if may_be_global => Some(Want::of(&Expression::Global, field)),
            Ok(expression) if expression.has_global() => {
                let why =
                    "`global()` is only allowed in the `namespaceSelector` of a rule, with nothing beside it";
                self.problems.refused(path, why);
                Some(Want::of(&expression, field))
            }
            Ok(expression) => Some(Want::of(&expression, field)),
            Err(error) => {
                self.problems.refused(path, error.to_string());
                Some(Want::Unknown(NO_SELECTOR))
            }
        }
    }

    pub(super) fn rules(&mut self, rules: &[types::Rule], direction: Direction) -> Vec<Rule> {
        let path = |index| format!("spec.{}[{index}]", direction.field());
        rules.iter().enumerate().flat_map(|(index, rule)| self.rule(rule, direction, &path(index))).collect()
    }

    fn rule(&mut self, rule: &types::Rule, direction: Direction, path: &str) -> Vec<Rule> {
        check::rule(rule, direction, self.namespace.is_none(), path, &mut self.problems);
        let (traffic, mut uncertain) = traffic::traffic(rule, path, &mut self.problems);
        let source = self.entity(&rule.source, &format!("{path}.source"), Selected::All);
        let destination = self.entity(&rule.destination, &format!("{path}.destination"), Selected::All);
        let of_pods = self.entity(&rule.destination, &format!("{path}.destination"), Selected::Pods);
        let peer = match direction {
            Direction::Ingress => &rule.source,
            Direction::Egress => &rule.destination,
        };
        let mut limits: Vec<Endpoints> = family(rule, peer).into_iter().collect();
        if self.problems.fields(&rule.rest, path) {
            limits.push(Endpoints::Unknown(ENTITY));
        }
        if let Some(services) = &rule.destination.services {
            // `ServiceIncludePorts` in `felix/calc/rule_scanner.go`: of a destination only.
            uncertain = uncertain.or(Some(SERVICE_PORTS));
            uncertain = services.namespace.is_empty().then_some(SERVICE_NAMESPACE).or(uncertain);
        } else if rule.source.services.as_ref().is_some_and(|services| services.namespace.is_empty()) {
            uncertain = uncertain.or(Some(SERVICE_NAMESPACE));
        }
        if rule.http.is_some() {
            uncertain = uncertain.or(Some(HTTP));
        }
        let Some(action) = self.action(&rule.action, path) else { return Vec::new() };
        let one = |(destination, traffic)| {
            let (subject, peers) = match direction {
                Direction::Ingress => (destination, source.clone()),
                Direction::Egress => (source.clone(), destination),
            };
            let peers = all([vec![peers], limits.clone()].concat());
            Rule { path: path.to_owned(), action, subject, peers, traffic, uncertain }
        };
        traffic::by_names(traffic, destination, of_pods).into_iter().map(one).collect()
    }

    /// What a rule does; `None` when the next one is asked.
    fn action(&mut self, written: &str, path: &str) -> Option<Action> {
        // `ruleActionAPIV3ToBackend` in `libcalico-go/lib/backend/syncersv1/updateprocessors/rules.go`.
        let actions =
            [("Allow", Some(Action::Allow)), ("Deny", Some(Action::Deny)), ("Pass", Some(Action::Pass))];
        let known =
            actions.into_iter().chain([("Log", None)]).find(|(name, _)| name.eq_ignore_ascii_case(written));
        if known.is_none_or(|(name, _)| name != written) {
            self.problems
                .refused(format!("{path}.action"), "it is none of `Allow`, `Deny`, `Log` and `Pass`");
        }
        self.unclear |= known.is_none();
        known.and_then(|(_, action)| action)
    }

    /// One end of connections, but for its ports.
    fn entity(&mut self, entity: &Entity, path: &str, of: Selected) -> Endpoints {
        let mut parts = Vec::new();
        let blocks = |nets: &[String]| {
            let blocks: Option<Vec<Cidr>> = nets.iter().map(|net| check::block_or_address(net)).collect();
            let inside = Inside::ByAddress;
            blocks.map_or(Endpoints::Unknown(NET), |blocks| Endpoints::Blocks { blocks, inside })
        };
        if !entity.nets.is_empty() {
            parts.push(blocks(&entity.nets));
        }
        parts.extend(self.selected(entity, path, of));
        if let Some(services) = &entity.services {
            parts.push(self.services(services, path));
        }
        if !entity.not_nets.is_empty() {
            parts.push(Endpoints::Not(Box::new(blocks(&entity.not_nets))));
        }
        if self.problems.fields(&entity.rest, path) {
            return Endpoints::Unknown(ENTITY);
        }
        all(parts)
    }

    /// What the selectors mean: `getEndpointSelector` in
    /// `libcalico-go/lib/backend/syncersv1/updateprocessors/rules.go`.
    fn selected(&mut self, entity: &Entity, path: &str, of: Selected) -> Option<Endpoints> {
        let mut selector = |text: &str, field, name: &str| {
            self.selector(text, field, &format!("{path}.{name}"), name == "namespaceSelector")
        };
        let namespaces = selector(&entity.namespace_selector, Field::Namespace, "namespaceSelector");
        let labels = selector(&entity.selector, Field::Endpoint, "selector");
        let not = selector(&entity.not_selector, Field::Endpoint, "notSelector");
        let (mut accounts, mut unknown) = (Vec::new(), false);
        if let Some(wanted) = &entity.service_accounts {
            accounts.extend(selector(&wanted.selector, Field::Account, "serviceAccounts.selector"));
            if !wanted.names.is_empty() {
                accounts.push(Want::runs_as(&wanted.names));
            }
            unknown = self.problems.fields(&wanted.rest, &format!("{path}.serviceAccounts"));
        }
        if unknown {
            return Some(Endpoints::Unknown(ENTITY));
        }
        // Any selector of a policy with a namespace means that namespace only, also `notSelector`.
        let any = labels.is_some() || not.is_some() || !accounts.is_empty();
        let own = self.namespace.filter(|_| any).map(Want::in_namespace);
        let mut wants: Vec<Want> = namespaces.or(own).into_iter().collect();
        wants.append(&mut accounts);
        wants.extend(labels);
        let host_endpoints = self.context.host_endpoints;
        match (wants.is_empty(), not) {
            (true, None) => None,
            // By itself it leaves everybody else, also outside of the cluster.
            (true, Some(not)) => Some(Endpoints::Not(Box::new(not.endpoints(host_endpoints)))),
            (false, not) => {
                // `combineMatchesIfPossible` in `felix/calc/rule_scanner.go`: of one endpoint, both have to hold.
                wants.extend(not.map(|not| Want::Not(Box::new(not))));
                let wanted = Want::All(wants);
                Some(match of {
                    Selected::All => wanted.endpoints(host_endpoints),
                    Selected::Pods => wanted.pods(),
                })
            }
        }
    }

    fn services(&mut self, services: &ServiceMatch, path: &str) -> Endpoints {
        if self.problems.fields(&services.rest, &format!("{path}.services")) {
            return Endpoints::Unknown(ENTITY);
        }
        let namespace = match (services.namespace.as_str(), self.namespace) {
            ("", Some(own)) => own,
            (written, _) => written,
        };
        Endpoints::Services {
            namespaces: Namespaces::Named(namespace.to_owned()),
            name: Some(services.name.clone()),
            labels: Selector::EVERYTHING,
        }
    }
}

/// The directions that a policy governs: `defaultPolicyTypesField` in `api/pkg/defaults/networkpolicy.go`. In the
/// stored form nobody fills them in, and there none means both (`ExtractPolicyMetadata` in
/// `felix/calc/policy_sorter.go`).
fn governs(spec: &Spec, stored: bool) -> (bool, bool) {
    let named = |direction: Direction, name: &String| name.eq_ignore_ascii_case(direction.name());
    let known = |name: &String| Direction::BOTH.iter().any(|direction| named(*direction, name));
    // What a wrong name was meant to be is not known.
    let has = |direction| spec.types.iter().any(|name| named(direction, name) || !known(name));
    match (spec.types.is_empty(), stored) {
        (false, _) => (has(Direction::Ingress), has(Direction::Egress)),
        (true, true) => (true, true),
        (true, false) => (spec.egress.is_empty() || !spec.ingress.is_empty(), !spec.egress.is_empty()),
    }
}

/// What a rule of one family says of the peers: `FilterRuleToIPVersion` in `felix/rules/policy.go` leaves it out for
/// a family of which one of its lists has no block, also of `notNets`, and for one of which `notNets` has all.
fn family(rule: &types::Rule, peer: &Entity) -> Option<Endpoints> {
    let ends = [&rule.source, &rule.destination];
    let lists = ends.into_iter().flat_map(|end| [(&end.nets, false), (&end.not_nets, true)]);
    let lists: Vec<(Vec<Cidr>, bool)> = lists
        .filter(|(nets, _)| !nets.is_empty())
        .map(|(nets, negated)| {
            (nets.iter().filter_map(|net| check::block_or_address(net)).collect(), negated)
        })
        .collect();
    let allows = |family: Family| {
        let version = if family == Family::V4 { 4 } else { 6 };
        rule.ip_version.is_none_or(|wanted| wanted == version)
            && lists.iter().all(|(blocks, negated)| {
                let mut own = blocks.iter().filter(|block| block.family() == family).peekable();
                own.peek().is_some() && !(*negated && own.any(|block| block.is_everything()))
            })
    };
    match (allows(Family::V4), allows(Family::V6)) {
        (true, true) => None,
        (false, false) => Some(Endpoints::Nobody),
        (v4, _) => {
            let family = if v4 { Family::V4 } else { Family::V6 };
            let own =
                |net: &String| check::block_or_address(net).is_some_and(|block| block.family() == family);
            // Blocks of the family say as much.
            let limited = !peer.nets.is_empty() && peer.nets.iter().all(own);
            let every = Endpoints::Blocks { blocks: vec![Cidr::every(family)], inside: Inside::ByAddress };
            (!limited).then_some(every)
        }
    }
}

/// Those who are in all of these.
fn all(parts: Vec<Endpoints>) -> Endpoints {
    let mut flat = Vec::new();
    for part in parts {
        match part {
            Endpoints::Everyone => {}
            Endpoints::All(inner) => flat.extend(inner),
            other => flat.push(other),
        }
    }
    match flat.len() {
        0 => Endpoints::Everyone,
        1 => flat.remove(0),
        _ => Endpoints::All(flat),
    }
}
