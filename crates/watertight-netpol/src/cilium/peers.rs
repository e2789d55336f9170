//! Who is at the other end.

use crate::cidr::Cidr;
use crate::policy::{Endpoints, Inside, Namespaces};
use crate::reading::{Notes, Wanted, strict_block};
use crate::selector::{Labels, Selector, Truth};

use super::entities;
use super::labels::{Asked, For};
use super::spec::{CidrRule, DomainName, Service, Written};
use super::{CidrGroup, Context};

const GROUP_OF_BLOCKS: &str = "the blocks of a CiliumCIDRGroup are not known";
const GROUP_OF_CLOUD: &str = "the addresses of a group of a cloud are not known";
const NODES: &str = "the agents may not tell nodes apart by their labels";
const SERVICES: &str = "older versions of Cilium look only at services without a selector";
const UNREADABLE: &str = "a peer could not be read";

/// What the peers of a rule depend on.
pub(super) struct Peers<'a> {
    pub(super) context: &'a Context,
    /// The namespace of the policy.
    pub(super) namespace: Option<&'a str>,
    /// Whether the policy is about pods that are being started.
    pub(super) subject_is_init: bool,
    /// Whether the rule denies.
    pub(super) deny: bool,
    /// `from` or `to`.
    pub(super) prefix: &'static str,
}

impl Peers<'_> {
    /// The peers of a rule; `None` where none are asked for, which is everybody if the rule asks for ports, and
    /// nobody otherwise. An empty list is nobody (`mergeEndpointSelectors`, `pkg/policy/utils/parserules.go`), but only of
    /// some fields.
    pub(super) fn of(&self, path: &str, written: &Written<'_>, notes: &mut Notes) -> Option<Endpoints> {
        let mut nobody = false;
        for (field, length) in [
            ("Endpoints", written.endpoints.map(<[_]>::len)),
            ("Nodes", written.nodes.map(<[_]>::len)),
            ("Entities", written.entities.map(<[_]>::len)),
            ("CIDR", written.cidr.map(<[_]>::len)),
            ("CIDRSet", written.cidr_set.map(<[_]>::len)),
        ] {
            if length == Some(0) {
                notes.without_effect(
                    format!("{path}.{}{field}", self.prefix),
                    "is empty, so the rule matches nobody; remove the field if everybody is meant",
                );
                nobody = true;
            }
        }
        let mut kinds = vec![
            self.endpoints(path, written.endpoints.unwrap_or_default(), notes),
            self.nodes(path, written.nodes.unwrap_or_default(), notes),
            self.entities(path, written.entities.unwrap_or_default(), notes),
            self.blocks(path, written.cidr.unwrap_or_default(), notes),
            self.block_rules(path, written.cidr_set.unwrap_or_default(), notes),
            self.services(path, written.services.unwrap_or_default(), notes),
            outside(written.groups.unwrap_or_default().len(), GROUP_OF_CLOUD),
            names(written.fqdns.unwrap_or_default()),
        ];
        kinds.retain(|kind| !kind.is_empty());
        if kinds.len() > 1 {
            // `IngressCommonRule.Validate` and `EgressCommonRule.Validate`.
            notes.refused(
                path,
                "has more than one kind of peers, which Cilium refuses; write a rule for each",
            );
        }
        let mut all: Vec<Endpoints> = kinds.into_iter().flatten().collect();
        match all.len() {
            _ if nobody => Some(Endpoints::Nobody),
            0 => None,
            1 => Some(all.remove(0)),
            _ => Some(Endpoints::Any(all)),
        }
    }

    fn field(&self, path: &str, field: &str, index: usize) -> String {
        format!("{path}.{}{field}[{index}]", self.prefix)
    }

    fn endpoints(&self, path: &str, selectors: &[Wanted], notes: &mut Notes) -> Vec<Endpoints> {
        let one = |(index, wanted): (usize, &Wanted)| {
            self.endpoint(&self.field(path, "Endpoints", index), wanted, notes)
        };
        selectors.iter().enumerate().map(one).collect()
    }

    /// Whom one selector selects.
    pub(super) fn endpoint(&self, path: &str, wanted: &Wanted, notes: &mut Notes) -> Endpoints {
        let asked = Asked::of(path, wanted, For::Peers, notes);
        let within = asked.limit(self.namespace, self.subject_is_init);
        asked.endpoints(within)
    }

    /// Refused unless the agent has `enable-node-selector-labels`.
    fn nodes(&self, path: &str, selectors: &[Wanted], notes: &mut Notes) -> Vec<Endpoints> {
        let mut all = Vec::new();
        for (index, wanted) in selectors.iter().enumerate() {
            let path = self.field(path, "Nodes", index);
            let selector = Asked::of(&path, wanted, For::Nodes, notes).of_nodes();
            notes.not_modelled(path, "works only where the agents have enable-node-selector-labels");
            all.push(Endpoints::All(vec![Endpoints::Nodes(selector), Endpoints::Unknown(NODES)]));
        }
        all
    }

    fn entities(&self, path: &str, names: &[String], notes: &mut Notes) -> Vec<Endpoints> {
        let named = |wanted: &str| names.iter().any(|name| name == wanted);
        // Together they are every node: nobody has to know which is the pod's own.
        let nodes = named("host") && named("remote-node");
        let mut all: Vec<Endpoints> =
            nodes.then_some(Endpoints::Nodes(Selector::EVERYTHING)).into_iter().collect();
        for (index, name) in names.iter().enumerate() {
            if nodes && ["host", "remote-node"].contains(&name.as_str()) {
                continue;
            }
            let path = self.field(path, "Entities", index);
            let found = entities::of(name, &path, notes);
            if found.is_none() {
                notes.refused(path, "is no entity of Cilium");
            }
            all.push(found.unwrap_or(Endpoints::Unknown(UNREADABLE)));
        }
        all
    }

    /// Blocks only mean what is outside of the cluster: pods and nodes have identities of their own. (Of nodes, the
    /// agents can be told otherwise by `policy-cidr-match-mode`.)
    fn blocks(&self, path: &str, texts: &[String], notes: &mut Notes) -> Vec<Endpoints> {
        let mut all = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            let block = block(&self.field(path, "CIDR", index), text, notes);
            all.push(block.map_or(Endpoints::Unknown(UNREADABLE), |block| of_blocks(vec![block])));
        }
        all
    }

    fn block_rules(&self, path: &str, rules: &[CidrRule], notes: &mut Notes) -> Vec<Endpoints> {
        let mut all = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            let path = self.field(path, "CIDRSet", index);
            let found = self.block_rule(&path, rule, notes);
            all.push(found.unwrap_or(Endpoints::Unknown(UNREADABLE)));
        }
        all
    }

    /// `CIDRRule` (`pkg/policy/api/cidr.go`) and its validation.
    fn block_rule(&self, path: &str, rule: &CidrRule, notes: &mut Notes) -> Option<Endpoints> {
        if notes.unknown_fields(path, &rule.rest) {
            return None;
        }
        let text = rule.cidr.as_deref().filter(|text| !text.is_empty());
        let group = rule.cidr_group_ref.as_deref().filter(|name| !name.is_empty());
        let mut within = None;
        let whole = match (text, group, &rule.cidr_group_selector) {
            (Some(text), None, None) => {
                within = Some(block(&format!("{path}.cidr"), text, notes)?);
                of_blocks(within.into_iter().collect())
            }
            (None, Some(name), None) => {
                self.groups(|group| Truth::from(group.name == name), Truth::from(self.has_group(name)))
            }
            (None, None, Some(wanted)) => {
                // Keys without a source have that of groups.
                let rename = |key: &str| match key.split_once(':') {
                    None => Some(key.to_owned()),
                    Some(("cidrgroup" | "any", key)) => Some(key.to_owned()),
                    Some(_) => None,
                };
                let path = format!("{path}.cidrGroupSelector");
                let selector = wanted.selector_of_keys(&path, notes, rename);
                self.groups(|group| selector.selects(&Labels::of(group.labels.clone())), Truth::Maybe)
            }
            _ => {
                notes.refused(path, "must have exactly one of cidr, cidrGroupRef and cidrGroupSelector");
                return None;
            }
        };
        let mut except = Vec::new();
        for (index, text) in rule.except.iter().flatten().enumerate() {
            let path = format!("{path}.except[{index}]");
            let block = block(&path, text, notes)?;
            if within.is_some_and(|within: Cidr| !within.range().covers(block.range())) {
                notes.refused(path, "is not inside of the block that it is an exception of");
            }
            except.push(block);
        }
        if except.is_empty() {
            return Some(whole);
        }
        Some(Endpoints::All(vec![whole, Endpoints::Not(Box::new(of_blocks(except)))]))
    }

    fn has_group(&self, name: &str) -> bool {
        self.context.groups.iter().any(|group| group.name == name)
    }

    /// The blocks of groups; `found` is whether the groups in view are all that are meant.
    fn groups(&self, wanted: impl Fn(&CidrGroup) -> Truth, found: Truth) -> Endpoints {
        let mut all = Vec::new();
        for group in &self.context.groups {
            let blocks = of_blocks(group.blocks.clone());
            match wanted(group) {
                Truth::Yes => all.push(blocks),
                Truth::Maybe => all.push(Endpoints::All(vec![blocks, Endpoints::Unknown(UNREADABLE)])),
                Truth::No => {}
            }
        }
        if found != Truth::Yes && !self.context.all_groups {
            all.extend(outside(1, GROUP_OF_BLOCKS));
        }
        Endpoints::Any(all)
    }

    /// The endpoints of services. Since some version services with a selector count too (`policyWatcher`,
    /// `pkg/policy/k8s/service.go`); rules that deny are not looked at in all versions.
    fn services(&self, path: &str, services: &[Service], notes: &mut Notes) -> Vec<Endpoints> {
        let mut all = Vec::new();
        for (index, service) in services.iter().enumerate() {
            let path = self.field(path, "Services", index);
            let found = service_of(&path, service, notes).unwrap_or(Endpoints::Unknown(UNREADABLE));
            let pods = Endpoints::Pods { namespaces: Namespaces::Every, labels: Selector::EVERYTHING };
            let unknown = Endpoints::Unknown(SERVICES);
            if self.deny {
                notes.not_modelled(path, "is not looked at by all versions of Cilium in rules that deny");
                all.push(Endpoints::All(vec![found, unknown]));
                continue;
            }
            let outside = Endpoints::Not(Box::new(pods.clone()));
            all.push(Endpoints::All(vec![found.clone(), outside]));
            all.push(Endpoints::All(vec![found, pods, unknown]));
        }
        all
    }
}

fn service_of(path: &str, service: &Service, notes: &mut Notes) -> Option<Endpoints> {
    if notes.unknown_fields(path, &service.rest) {
        return None;
    }
    let namespaces = |namespace: Option<&String>| match namespace {
        Some(name) if !name.is_empty() => Namespaces::Named(name.clone()),
        _ => Namespaces::Every,
    };
    match (&service.k8s_service, &service.k8s_service_selector) {
        (Some(named), None) => {
            if notes.unknown_fields(&format!("{path}.k8sService"), &named.rest) {
                return None;
            }
            let name = named.service_name.clone().unwrap_or_default();
            if name.is_empty() {
                notes.without_effect(
                    format!("{path}.k8sService.serviceName"),
                    "is missing: nothing has no name",
                );
                return Some(Endpoints::Nobody);
            }
            let namespaces = namespaces(named.namespace.as_ref());
            Some(Endpoints::Services { namespaces, name: Some(name), labels: Selector::EVERYTHING })
        }
        (None, Some(wanted)) => {
            let path = format!("{path}.k8sServiceSelector");
            if notes.unknown_fields(&path, &wanted.rest) {
                return None;
            }
            let Some(selector) = &wanted.selector else {
                notes.refused(format!("{path}.selector"), "is missing; {} selects every service");
                return None;
            };
            let path = format!("{path}.selector");
            // Services have their own labels: no source is looked at.
            let labels = Asked::of(&path, selector, For::Nodes, notes).of_nodes();
            let namespaces = namespaces(wanted.namespace.as_ref());
            Some(Endpoints::Services { namespaces, name: None, labels })
        }
        _ => {
            notes.not_modelled(path, "must have either k8sService or k8sServiceSelector");
            None
        }
    }
}

/// Hosts by name. A pattern of stars and dots alone is every name (`ToRegexp`, `pkg/fqdn/matchpattern/matchpattern.go`).
fn names(names: &[DomainName]) -> Vec<Endpoints> {
    let is_every =
        |pattern: &String| pattern.contains('*') && pattern.chars().all(|part| "*.".contains(part));
    let every = names.iter().filter_map(|name| name.match_pattern.as_ref()).any(is_every);
    outside(names.len(), if every { Endpoints::EVERY_DOMAIN_NAME } else { Endpoints::DOMAIN_NAMES })
}

/// As many that are outside of the cluster, somewhere.
fn outside(many: usize, why: &'static str) -> Vec<Endpoints> {
    let one = (many > 0).then(|| Endpoints::All(vec![Endpoints::World, Endpoints::Unknown(why)]));
    one.into_iter().collect()
}

fn of_blocks(blocks: Vec<Cidr>) -> Endpoints {
    Endpoints::Blocks { blocks, inside: Inside::Never }
}

pub(super) fn block(path: &str, text: &str, notes: &mut Notes) -> Option<Cidr> {
    let block = strict_block(text);
    if block.is_none() {
        notes.refused(path, "is no block of addresses; write it as in 10.0.0.0/8 or fd00::/8");
    }
    block
}
