//! Calico's NetworkPolicy and GlobalNetworkPolicy, with tiers, network sets and profiles: what its documentation says
//! (`calico_versioned_docs/*/reference/resources/{networkpolicy,globalnetworkpolicy,tier,networkset}.mdx`), and where
//! that is silent what Felix does.

use serde_json::Value;

use super::calico_selector::{Selector, Things};
use super::world::{ICMP, ICMPV6, Packet, SCTP, TCP, UDP, Way, Who, World, Written, field, list, text};
use super::{blocks, kubernetes, services};

/// As users write them.
pub(super) const KIND: &str = "projectcalico.org/v3";
/// As they are stored.
pub(super) const STORED: &str = "crd.projectcalico.org/v1";
pub(super) const TIER: &str = "Tier";
/// With a namespace a NetworkSet, else a GlobalNetworkSet.
pub(super) const SET: &str = "NetworkSet";
pub(super) const PROFILE: &str = "Profile";

/// What becomes of a packet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Allow,
    Deny,
    Pass,
}

struct Tier {
    order: f64,
    name: String,
    /// What happens at its end.
    end: Fate,
}

/// "Tiers are ordered; policies are ordered in them" (`tier.mdx`): the first rule that matches decides, but `Log`
/// goes on with the next rule and `Pass` with the next tier. "If no policy in a tier applies to an endpoint, the
/// packet is passed to the next tier"; else what matches no rule meets the default action of the tier.
pub(super) fn allows(world: &mut World<'_>, way: Way, pod: usize, packet: &Packet) -> bool {
    for tier in tiers(world) {
        let mut applies = false;
        let mut fate = None;
        for policy in policies(world, &tier.name) {
            if fate.is_some() || !has_type(policy, way) || !is_about(world, policy, pod) {
                continue;
            }
            applies = true;
            fate = ask(world, policy, way, packet);
        }
        if applies {
            match fate.unwrap_or(tier.end) {
                Fate::Allow => return true,
                Fate::Deny => return false,
                Fate::Pass => {}
            }
        }
    }
    profiles_allow(world, way, pod, packet)
}

/// Lowest order first, those without one last, then by name (`TierLess` in `felix/calc/policy_sorter.go`). Some are
/// always there (`api/pkg/apis/projectcalico/v3/tier.go`).
fn tiers(world: &mut World<'_>) -> Vec<Tier> {
    let mut all = vec![
        Tier { order: 1_000.0, name: "kube-admin".into(), end: Fate::Pass },
        Tier { order: 1_000_000.0, name: "default".into(), end: Fate::Deny },
        Tier { order: 10_000_000.0, name: "kube-baseline".into(), end: Fate::Pass },
    ];
    for written in world.of_kind(TIER) {
        let end = if text(&written.spec, "defaultAction") == "Pass" { Fate::Pass } else { Fate::Deny };
        all.push(Tier { order: order(&written.spec), name: written.name.clone(), end });
    }
    all.sort_by(|a, b| a.order.total_cmp(&b.order).then(a.name.cmp(&b.name)));
    // Of a tier that is not in view, neither the place nor the end is known.
    let unseen = |policy: &&Written| all.iter().all(|tier| tier.name != tier_of(policy));
    let unseen = calico_policies(world).find(unseen).map(tier_of);
    if let Some(name) = unseen {
        let place = world.guess.of(format!("the place of tier {name}"), all.len() + 1);
        let end = if world.guess.yes(format!("tier {name} passes")) { Fate::Pass } else { Fate::Deny };
        all.insert(place, Tier { order: 0.0, name: name.to_owned(), end });
    }
    all
}

fn calico_policies<'c>(world: &World<'c>) -> impl Iterator<Item = &'c Written> + use<'c> {
    world.of_kind(KIND).chain(world.of_kind(STORED))
}

fn tier_of(policy: &Written) -> &str {
    match text(&policy.spec, "tier") {
        "" => "default",
        named => named,
    }
}

/// "If you do not specify the order of a policy, it is applied last."
fn order(spec: &Value) -> f64 {
    spec.get("order").and_then(Value::as_f64).unwrap_or(f64::INFINITY)
}

/// The policies of a tier in order; equal ones by name, namespace and kind (`PolKVLess` in `policy_sorter.go`).
/// Kubernetes' own ones are in the tier `default` with the order 1000
/// (`K8sNetworkPolicyToCalico` in `libcalico-go/lib/backend/k8s/conversion/conversion.go`).
fn policies<'c>(world: &World<'c>, tier: &str) -> Vec<&'c Written> {
    let mut all = Vec::new();
    for policy in calico_policies(world) {
        if tier_of(policy) == tier {
            let namespace = policy.namespace.as_deref().unwrap_or("");
            let kind = if policy.namespace.is_some() { "NetworkPolicy" } else { "GlobalNetworkPolicy" };
            all.push((order(&policy.spec), format!("{}/{namespace}/{kind}", policy.name), policy));
        }
    }
    if tier == "default" {
        for policy in world.of_kind(kubernetes::KIND) {
            let namespace = policy.namespace.as_deref().unwrap_or("");
            all.push((1_000.0, format!("{}/{namespace}/KubernetesNetworkPolicy", policy.name), policy));
        }
    }
    all.sort_by(|a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
    all.into_iter().map(|(_, _, policy)| policy).collect()
}

/// `types` "depends on presence of ingress/egress rules": with neither, or with ingress rules only, it is ingress;
/// with egress rules only, egress; with both, both. In the stored form none means both (`ExtractPolicyMetadata`).
fn has_type(policy: &Written, way: Way) -> bool {
    if policy.kind == kubernetes::KIND {
        return kubernetes::has_type(policy, way);
    }
    let types = list(&policy.spec, "types");
    let (ingress, egress) =
        (!list(&policy.spec, "ingress").is_empty(), !list(&policy.spec, "egress").is_empty());
    match way {
        _ if types.is_empty() && policy.kind == STORED => true,
        Way::In if types.is_empty() => ingress || !egress,
        Way::Out if types.is_empty() => egress,
        Way::In => types.iter().any(|named| named == "Ingress"),
        Way::Out => types.iter().any(|named| named == "Egress"),
    }
}

/// `selector`, `namespaceSelector` and `serviceAccountSelector` all have to select the pod; one of a namespace is only
/// about that. `doNotTrack` and `preDNAT` are for host endpoints.
fn is_about(world: &mut World<'_>, policy: &Written, pod: usize) -> bool {
    if policy.kind == kubernetes::KIND {
        return kubernetes::is_about(world, policy, pod);
    }
    let spec = &policy.spec;
    if spec.get("doNotTrack") == Some(&Value::Bool(true)) || spec.get("preDNAT") == Some(&Value::Bool(true)) {
        return false;
    }
    if policy.namespace.as_ref().is_some_and(|own| *own != world.cluster.pods[pod].namespace) {
        return false;
    }
    let thing = Thing::Pod(pod);
    selected(world, text(spec, "selector"), "", thing)
        && selected(world, text(spec, "namespaceSelector"), "pcns.", thing)
        && selected(world, text(spec, "serviceAccountSelector"), "pcsa.", thing)
}

/// What the first rule of a policy that matches does, if one does.
fn ask(world: &mut World<'_>, policy: &Written, way: Way, packet: &Packet) -> Option<Fate> {
    for rule in kubernetes::rules(policy, way) {
        if policy.kind == kubernetes::KIND {
            if kubernetes::rule_matches(world, policy, way, rule, packet) {
                return Some(Fate::Allow);
            }
            continue;
        }
        let fate = match text(rule, "action") {
            "Allow" => Fate::Allow,
            "Deny" => Fate::Deny,
            "Pass" => Fate::Pass,
            "Log" => continue,
            other => panic!("action {other}"),
        };
        if rule_matches(world, policy, rule, packet) {
            return Some(fate);
        }
    }
    None
}

/// "Profiles are asked after all tiers": a pod has that of its namespace, which Kubernetes' datastore makes with rules
/// that allow all, and that of its account, which has none
/// (`libcalico-go/lib/backend/k8s/conversion/conversion.go`). What none allows is denied.
fn profiles_allow(world: &mut World<'_>, way: Way, pod: usize, packet: &Packet) -> bool {
    let pod = &world.cluster.pods[pod];
    let of_namespace = format!("kns.{}", pod.namespace);
    let of_account = format!("ksa.{}.{}", pod.namespace, pod.account);
    let written = |world: &World<'_>, name: &str| {
        world.written.iter().position(|object| object.kind == PROFILE && object.name == name)
    };
    let (first, second) = (written(world, &of_namespace), written(world, &of_account));
    if first.is_none() {
        return true;
    }
    for profile in [first, second].into_iter().flatten() {
        let profile = &world.written[profile];
        if let Some(fate) = ask(world, profile, way, packet) {
            return fate == Fate::Allow;
        }
    }
    false
}

/// "All conditions of a rule have to hold" (`Rule` in the documentation).
fn rule_matches(world: &mut World<'_>, policy: &Written, rule: &Value, packet: &Packet) -> bool {
    family_matches(world, rule, packet)
        && protocol_matches(rule, packet)
        && end_matches(world, policy, rule, "source", packet)
        && end_matches(world, policy, rule, "destination", packet)
        && (field(rule, "http").is_none() || world.guess.yes(format!("{} is such a request", policy.name)))
}

/// `ipVersion`. A rule with blocks of one family is only for packets of that family (`FilterRuleToIPVersion` in
/// `felix/rules/policy.go`).
fn family_matches(world: &mut World<'_>, rule: &Value, packet: &Packet) -> bool {
    let mut wanted: Vec<bool> = Vec::new();
    if let Some(version) = rule.get("ipVersion").and_then(Value::as_u64) {
        wanted.push(version == 4);
    }
    for end in ["source", "destination"] {
        for nets in ["nets", "notNets"] {
            for net in rule.get(end).map_or(&[][..], |end| list(end, nets)) {
                wanted.push(!net.as_str().unwrap().contains(':'));
            }
        }
    }
    wanted.iter().all(|wanted| *wanted == world.is_v4(packet))
}

fn number_of(protocol: &Value) -> u8 {
    match protocol {
        Value::String(name) => match name.as_str() {
            "TCP" => TCP,
            "UDP" => UDP,
            "SCTP" => SCTP,
            "ICMP" => ICMP,
            "ICMPv6" => ICMPV6,
            "UDPLite" => 136,
            other => panic!("protocol {other}"),
        },
        number => u8::try_from(number.as_u64().unwrap()).unwrap(),
    }
}

fn protocol_matches(rule: &Value, packet: &Packet) -> bool {
    let is = |field_name: &str| field(rule, field_name).map(|wanted| number_of(wanted) == packet.protocol);
    let kind = |field_name: &str| {
        let wanted = field(rule, field_name)?;
        let kind = wanted.get("type").and_then(Value::as_u64)?;
        let code = wanted.get("code").and_then(Value::as_u64);
        let (found, found_code) = (u64::from(packet.to_port >> 8), u64::from(packet.to_port & 0xff));
        Some(kind == found && code.is_none_or(|code| code == found_code))
    };
    is("protocol") != Some(false)
        && is("notProtocol") != Some(true)
        && kind("icmp") != Some(false)
        && kind("notICMP") != Some(true)
}

/// `EntityRule`: `nets`, `notNets`, the selectors, `ports` and `notPorts`.
fn end_matches(world: &mut World<'_>, policy: &Written, rule: &Value, end: &str, packet: &Packet) -> bool {
    let Some(entity) = field(rule, end) else { return true };
    let who = if end == "source" { packet.from } else { packet.to };
    let nets = list(entity, "nets");
    let in_one = |world: &mut World<'_>, nets: &[Value]| {
        let address = world.address(who);
        nets.iter().any(|net| blocks::contains(net.as_str().unwrap(), address))
    };
    let not_nets = list(entity, "notNets");
    (nets.is_empty() || in_one(world, nets))
        && (not_nets.is_empty() || !in_one(world, not_nets))
        && field(entity, "services").is_none_or(|wanted| is_behind_service(world, policy, wanted, end, who))
        && who_matches(world, policy, entity, who)
        && (list(entity, "ports").is_empty() || port_is_one_of(world, policy, rule, end, "ports", packet))
        && !port_is_one_of(world, policy, rule, end, "notPorts", packet)
}

/// `ServiceMatch`: the addresses of the service's endpoints, "and for the destination, their ports": which ports these
/// are is not looked at here. Whether a service without a namespace is looked for is not documented.
fn is_behind_service(world: &mut World<'_>, policy: &Written, wanted: &Value, end: &str, who: Who) -> bool {
    let written = text(wanted, "namespace");
    if written.is_empty() && !world.guess.yes("services without a namespace are looked for".into()) {
        return false;
    }
    let own = policy.namespace.as_deref().unwrap_or("");
    let name = text(wanted, "name");
    let found = services::named(world, Some(if written.is_empty() { own } else { written }), name);
    let member = match found[..] {
        // One that is not in view may lead anywhere.
        [] => world.guess.yes(format!("{who:?} is behind {name}")),
        [service, ..] => {
            services::is_behind(world, service, who) || services::lists_address(world, service, who)
        }
    };
    member && (end == "source" || world.guess.yes(format!("{} {name}: a port of the service", policy.name)))
}

/// The selectors become sets of addresses: those of pods and of network sets that are selected
/// (`felix/calc/rule_scanner.go`).
fn who_matches(world: &mut World<'_>, policy: &Written, entity: &Value, who: Who) -> bool {
    if limits_to_known(policy, entity) {
        let things = things_at(world, who);
        return things
            .into_iter()
            .any(|thing| is_selected(world, policy, entity, thing) && thing_has(world, thing, who));
    }
    let not = text(entity, "notSelector");
    if not.is_empty() {
        return true;
    }
    let things = things_at(world, who);
    !things.into_iter().any(|thing| selected(world, not, "", thing) && thing_has(world, thing, who))
}

/// Whether only what Calico knows is meant: "any selector limits a rule of a namespaced policy to that namespace, also
/// notSelector" (`GetEntityRuleSelector`).
fn limits_to_known(policy: &Written, entity: &Value) -> bool {
    let accounts = field(entity, "serviceAccounts")
        .is_some_and(|wanted| !text(wanted, "selector").is_empty() || !list(wanted, "names").is_empty());
    let selectors = ["selector", "namespaceSelector"].iter().any(|name| !text(entity, name).is_empty());
    accounts || selectors || policy.namespace.is_some() && !text(entity, "notSelector").is_empty()
}

/// Whether a pod or a network set is one that the selectors of an entity mean: `getEndpointSelector`, and
/// `combineMatchesIfPossible` for `notSelector`.
fn is_selected(world: &mut World<'_>, policy: &Written, entity: &Value, thing: Thing) -> bool {
    let spaces = text(entity, "namespaceSelector");
    let in_space = match &policy.namespace {
        _ if !spaces.is_empty() => selected(world, spaces, "pcns.", thing),
        Some(own) => label_of(world, thing, "projectcalico.org/namespace").as_ref() == Some(own),
        None => true,
    };
    let not = text(entity, "notSelector");
    in_space
        && selected(world, text(entity, "selector"), "", thing)
        && field(entity, "serviceAccounts").is_none_or(|wanted| runs_as(world, wanted, thing))
        && (not.is_empty() || !selected(world, not, "", thing))
}

/// `parseServiceAccounts`: one of the names, and the labels.
fn runs_as(world: &mut World<'_>, wanted: &Value, thing: Thing) -> bool {
    let names = list(wanted, "names");
    let named = names.is_empty() || {
        let own = label_of(world, thing, "projectcalico.org/serviceaccount");
        names.iter().any(|name| own.as_deref() == name.as_str())
    };
    named && selected(world, text(wanted, "selector"), "pcsa.", thing)
}

/// A list of ports: numbers, ranges such as `8000:8080`, names. Names are those of the ports of pods that the
/// selectors of the entity mean (`namedPortsToIPSets`).
fn port_is_one_of(
    world: &mut World<'_>,
    policy: &Written,
    rule: &Value,
    end: &str,
    ports: &str,
    packet: &Packet,
) -> bool {
    let entity = &rule[end];
    let (who, port) =
        if end == "source" { (packet.from, packet.from_port) } else { (packet.to, packet.to_port) };
    for wanted in list(entity, ports) {
        let matches = match wanted {
            Value::Number(number) => number.as_u64() == Some(u64::from(port)),
            Value::String(range) if range.contains(':') => {
                let (first, last) = range.split_once(':').unwrap();
                (first.parse().unwrap()..=last.parse().unwrap()).contains(&port)
            }
            Value::String(name) => {
                // The code under test does not look at names of source ports.
                world.guess.coarse |= end == "source";
                let Some(pod) = world.pod(who) else { continue };
                let found = world.cluster.pods[pod].ports.iter().any(|own| {
                    own.name == *name && own.number == port && own.protocol.number() == packet.protocol
                });
                let limited = limits_to_known(policy, entity);
                found && (!limited || is_selected(world, policy, entity, Thing::Pod(pod)))
            }
            other => panic!("port {other}"),
        };
        if matches {
            return true;
        }
    }
    false
}

/// Something that has labels and addresses to Calico.
#[derive(Debug, Clone, Copy)]
enum Thing {
    Pod(usize),
    /// A network set, by its place among the objects.
    Set(usize),
}

/// Whoever may have the address of somebody: the pod itself, and network sets.
fn things_at(world: &World<'_>, who: Who) -> Vec<Thing> {
    let pod = world.pod(who).map(Thing::Pod);
    let sets = (0..world.written.len()).filter(|place| world.written[*place].kind == SET).map(Thing::Set);
    pod.into_iter().chain(sets).collect()
}

fn thing_has(world: &mut World<'_>, thing: Thing, who: Who) -> bool {
    match thing {
        Thing::Pod(_) => true,
        Thing::Set(place) => {
            let address = world.address(who);
            let nets = list(&world.written[place].spec, "nets");
            nets.iter().any(|net| blocks::contains(net.as_str().unwrap(), address))
        }
    }
}

/// An empty selector selects everything.
fn selected(world: &mut World<'_>, selector: &str, prefix: &str, thing: Thing) -> bool {
    selector.is_empty() || Selector::read(selector).selects(prefix, &mut Looked { world, thing })
}

struct Looked<'w, 'c> {
    world: &'w mut World<'c>,
    thing: Thing,
}

impl Things for Looked<'_, '_> {
    fn label(&mut self, key: &str) -> Option<String> {
        label_of(self.world, self.thing, key)
    }

    fn has_namespace(&self) -> bool {
        match self.thing {
            Thing::Pod(_) => true,
            Thing::Set(place) => self.world.written[place].namespace.is_some(),
        }
    }
}

/// The labels that Calico gives: to pods `projectcalico.org/namespace`, `.../orchestrator`, `.../serviceaccount`
/// (`libcalico-go/lib/backend/k8s/conversion/workload_endpoint_default.go`), and what they inherit from the profiles
/// of their namespace and account (`NamespaceToProfile`, `ServiceAccountToProfile` in `conversion.go`); to network
/// sets with a namespace that and the labels of it (`networksetprocessor.go`).
fn label_of(world: &mut World<'_>, thing: Thing, key: &str) -> Option<String> {
    let (namespace, account) = match thing {
        Thing::Pod(pod) => {
            let pod = &world.cluster.pods[pod];
            (Some(pod.namespace.clone()), Some(pod.account.clone()))
        }
        Thing::Set(place) => (world.written[place].namespace.clone(), None),
    };
    match key {
        "projectcalico.org/namespace" | "pcns.projectcalico.org/name" => return namespace,
        "projectcalico.org/orchestrator" => return account.map(|_| "k8s".to_owned()),
        "projectcalico.org/serviceaccount" | "pcsa.projectcalico.org/name" => return account,
        _ => {}
    }
    if let Some(key) = key.strip_prefix("pcns.") {
        return world.namespace_label(&namespace?, key);
    }
    if let Some(key) = key.strip_prefix("pcsa.") {
        return world.account_label(&namespace?, &account?, key);
    }
    match thing {
        Thing::Pod(pod) => world.pod_label(pod, key),
        Thing::Set(place) => world.written[place].labels.get(key).cloned(),
    }
}
