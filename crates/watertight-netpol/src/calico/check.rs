//! What Calico's API refuses (`libcalico-go/lib/validator/v3/validator.go`, and the rules that are written at the
//! types in `api/pkg/apis/projectcalico/v3`).

use std::net::IpAddr;

use crate::cidr::{Cidr, Family};
use crate::policy::Direction;

use super::problems::Problems;
use super::types::{Entity, Rule, Spec};

/// `nameLabelFmt`.
pub(super) fn is_name_part(part: &str) -> bool {
    let inside = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !part.is_empty() && part.bytes().all(inside) && !part.starts_with('-') && !part.ends_with('-')
}

/// `networkPolicyNameRegex` and `globalNetworkPolicyNameRegex`.
pub(super) fn name(name: &str, global: bool, problems: &mut Problems) {
    let parts: Vec<&str> = name.split('.').collect();
    let converted =
        ["knp.default.", "ossg.default."].iter().any(|prefix| name.starts_with(prefix)) && !global;
    if parts.len() > 2 && !converted || !parts.iter().all(|part| is_name_part(part)) {
        let why = "it has small letters, digits and `-`, and one `.` at most";
        problems.refused("metadata.name", why);
    }
}

/// Of fields that do not speak of one rule. Whether something leaves open what the policy would do.
pub(super) fn spec(spec: &Spec, global: bool, problems: &mut Problems) -> bool {
    let mut unclear = false;
    for (index, name) in spec.types.iter().enumerate() {
        let path = format!("spec.types[{index}]");
        if Direction::BOTH.iter().all(|direction| direction.name() != name) {
            problems.refused(path, "it is neither `Ingress` nor `Egress`");
            unclear |= Direction::BOTH.iter().all(|direction| !direction.name().eq_ignore_ascii_case(name));
        } else if spec.types[..index].contains(name) {
            problems.refused(path, "it is written twice");
        }
    }
    if !global {
        let fields = [
            ("namespaceSelector", !spec.namespace_selector.is_empty()),
            ("doNotTrack", spec.do_not_track),
            ("preDNAT", spec.pre_dnat),
            ("applyOnForward", spec.apply_on_forward),
        ];
        for (field, _) in fields.iter().filter(|(_, set)| *set) {
            problems.refused(format!("spec.{field}"), "only a GlobalNetworkPolicy has this field");
            unclear = true;
        }
        return unclear;
    }
    if spec.do_not_track && spec.pre_dnat {
        problems.refused("spec.preDNAT", "it and `doNotTrack` exclude each other");
    }
    if spec.pre_dnat && (!spec.egress.is_empty() || spec.types.iter().any(|name| name == "Egress")) {
        problems.refused("spec.preDNAT", "such a policy cannot be about egress");
    }
    if (spec.do_not_track || spec.pre_dnat) && !spec.apply_on_forward {
        problems.refused("spec.applyOnForward", "`doNotTrack` and `preDNAT` need it to be true");
    }
    unclear
}

/// Of fields of a rule that exclude each other. What one field by itself says is looked at where it is read.
pub(super) fn rule(rule: &Rule, direction: Direction, global: bool, path: &str, problems: &mut Problems) {
    if rule.http.is_some() {
        let path = format!("{path}.http");
        if direction == Direction::Egress {
            problems.refused(path, "it is not allowed in an egress rule");
        } else if rule.action != "Allow" {
            problems.refused(path, "it is only allowed in rules with the action `Allow`");
        }
    }
    let here = match direction {
        Direction::Ingress => (&rule.destination, "destination"),
        Direction::Egress => (&rule.source, "source"),
    };
    if here.0.services.is_some() {
        let path = format!("{path}.{}.services", here.1);
        problems
            .refused(path, format!("it is not allowed in the {} of an {} rule", here.1, direction.field()));
    }
    for (entity, name) in [(&rule.source, "source"), (&rule.destination, "destination")] {
        services(entity, global, name == "destination", &format!("{path}.{name}"), problems);
    }
    families(rule, path, problems);
}

fn services(entity: &Entity, global: bool, destination: bool, path: &str, problems: &mut Problems) {
    let Some(services) = &entity.services else { return };
    let others = [
        ("namespaceSelector", !entity.namespace_selector.is_empty()),
        ("selector", !entity.selector.is_empty()),
        ("notSelector", !entity.not_selector.is_empty()),
        ("nets", !entity.nets.is_empty()),
        ("notNets", !entity.not_nets.is_empty()),
        ("serviceAccounts", entity.service_accounts.is_some()),
        ("ports", destination && !entity.ports.is_empty()),
        ("notPorts", destination && !entity.not_ports.is_empty()),
    ];
    for (field, _) in others.iter().filter(|(_, set)| *set) {
        problems.refused(format!("{path}.{field}"), "it and `services` exclude each other");
    }
    if services.name.is_empty() {
        problems.refused(format!("{path}.services.name"), "the name of a service is missing");
    }
    if global && services.namespace.is_empty() {
        problems.refused(
            format!("{path}.services.namespace"),
            "a GlobalNetworkPolicy has no namespace, so that of the service has to be written",
        );
    }
}

/// `scanNets` in `validateRule`: all blocks are of one family, that of `ipVersion`.
fn families(rule: &Rule, path: &str, problems: &mut Problems) {
    let wanted = match rule.ip_version {
        None => None,
        Some(4) => Some(Family::V4),
        Some(6) => Some(Family::V6),
        Some(_) => {
            problems.refused(format!("{path}.ipVersion"), "it is neither 4 nor 6");
            None
        }
    };
    let mut seen = None;
    for (entity, end) in [(&rule.source, "source"), (&rule.destination, "destination")] {
        for (nets, field, negated) in [(&entity.nets, "nets", false), (&entity.not_nets, "notNets", true)] {
            for (index, net) in nets.iter().enumerate() {
                let path = format!("{path}.{end}.{field}[{index}]");
                let Some(block) = block_or_address(net) else {
                    problems.refused(path, "it is not a block of addresses such as `10.0.0.0/8`");
                    continue;
                };
                if wanted.is_some_and(|wanted| wanted != block.family()) {
                    problems.refused(path, "it is of another family than `ipVersion`");
                } else if *seen.get_or_insert(block.family()) != block.family() {
                    problems.refused(path, "the rule has blocks of both families: write one rule for each");
                } else if negated && block.is_everything() {
                    problems.refused(path, "without every address, the rule matches nothing");
                } else if !is_masked(net, block) {
                    let why = "a block is written with its length, and with zeros after that many bits";
                    problems.refused(path, why);
                }
            }
        }
    }
}

/// `validateIPNetwork`.
fn is_masked(text: &str, block: Cidr) -> bool {
    // An address alone is the block of itself.
    let address = text.split_once('/').map_or(text, |(address, _)| address).parse().ok();
    address == Some(block.range().ends().0)
}

/// A block or an address: `validateCIDR`. Go's parsers take no leading zeros.
pub(super) fn block_or_address(text: &str) -> Option<Cidr> {
    match text.split_once('/') {
        None => text.parse().ok().map(Cidr::one),
        Some((address, _)) => {
            address.parse::<IpAddr>().ok()?;
            text.parse().ok()
        }
    }
}
