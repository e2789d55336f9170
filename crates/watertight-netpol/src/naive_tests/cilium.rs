//! CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy, after Cilium's documentation (`Documentation/security/policy`)
//! and the comments at its types (`pkg/policy/api`).

use serde_json::Value;

use super::labels::selects;
use super::world::{ICMP, ICMPV6, Packet, SCTP, TCP, UDP, Way, Who, World, Written, field, list, text};
use super::{blocks, kubernetes, services};

/// With a namespace a CiliumNetworkPolicy, else a CiliumClusterwideNetworkPolicy.
pub(super) const KIND: &str = "CiliumNetworkPolicy";
pub(super) const GROUP: &str = "CiliumCIDRGroup";

const NAMESPACE: &str = "io.kubernetes.pod.namespace";
const NAMESPACE_LABELS: &str = "io.cilium.k8s.namespace.labels.";
const ACCOUNT: &str = "io.cilium.k8s.policy.serviceaccount";

/// "Deny policies take precedence over allow policies" (`deny.rst`). "If any rule selects an Endpoint and the rule has
/// an ingress section, the endpoint goes into default deny mode for ingress", and so for egress (`intro.rst`); all of
/// Kubernetes' policies, Cilium's and cluster-wide ones together.
pub(super) fn allows(world: &mut World<'_>, way: Way, pod: usize, packet: &Packet) -> bool {
    let of_kubernetes = kubernetes::allows(world, way, pod, packet);
    let (mut isolated, mut allowed) = (of_kubernetes.is_some(), of_kubernetes == Some(true));
    for policy in world.of_kind(KIND) {
        for (index, spec) in specs(policy).into_iter().enumerate() {
            if !is_about(world, policy, &spec["endpointSelector"], pod) {
                continue;
            }
            let at = format!("{} {index} {way:?}", policy.name);
            if any_matches(world, policy, way, sections(spec, way).1, packet, &format!("{at} deny")) {
                return false;
            }
            allowed = any_matches(world, policy, way, sections(spec, way).0, packet, &at) || allowed;
            isolated = isolates(world, spec, way, &at) || isolated;
        }
    }
    allowed || !isolated
}

/// "spec" and "specs": a policy may have one rule or a list of them.
fn specs(policy: &Written) -> Vec<&Value> {
    field(&policy.spec, "spec").into_iter().chain(list(&policy.spec, "specs")).collect()
}

/// What allows, and what denies.
fn sections(spec: &Value, way: Way) -> (&[Value], &[Value]) {
    match way {
        Way::In => (list(spec, "ingress"), list(spec, "ingressDeny")),
        Way::Out => (list(spec, "egress"), list(spec, "egressDeny")),
    }
}

/// `enableDefaultDeny`: "determines whether this policy configures the subject endpoint(s) to have a default deny mode.
/// If any are true, this implies that there is a corresponding section; if not specified, it is true for a direction
/// that has rules."
fn isolates(world: &mut World<'_>, spec: &Value, way: Way, at: &str) -> bool {
    let (allow, deny) = sections(spec, way);
    let written = spec["enableDefaultDeny"].get(if way == Way::In { "ingress" } else { "egress" });
    match (written.and_then(Value::as_bool), allow.is_empty() && deny.is_empty()) {
        (Some(false), _) | (None, true) => false,
        (_, false) => true,
        // Versions differ (`RulesToPolicyEntries` has nothing to hang it on).
        (Some(true), true) => world.guess.yes(format!("{at} isolates without a rule")),
    }
}

/// A CiliumNetworkPolicy is about pods of its namespace (`ParseToCiliumRule` in `pkg/k8s/apis/cilium.io/utils/utils.go`).
fn is_about(world: &mut World<'_>, policy: &Written, selector: &Value, pod: usize) -> bool {
    let namespace = &world.cluster.pods[pod].namespace;
    policy.namespace.as_ref().is_none_or(|own| own == namespace)
        && selects(selector, &mut |key| label(world, Who::Pod(pod), key))
}

/// A label of somebody's identity (`Documentation/gettingstarted/terminology.rst`, "Special Identities"): a pod has its own labels,
/// its namespace, the labels of that and its account; everybody else has labels of the source `reserved`, without a value.
fn label(world: &mut World<'_>, who: Who, key: &str) -> Option<String> {
    if let Some(name) = key.strip_prefix("reserved:") {
        return entity_is(world, name, who).then(String::new);
    }
    let name = key.strip_prefix("k8s:").or_else(|| key.strip_prefix("any:")).unwrap_or(key);
    let pod = world.pod(who)?;
    let namespace = world.cluster.pods[pod].namespace.clone();
    if let Some(name) = name.strip_prefix(NAMESPACE_LABELS) {
        return world.namespace_label(&namespace, name);
    }
    match name {
        NAMESPACE => Some(namespace),
        ACCOUNT => Some(world.cluster.pods[pod].account.clone()),
        _ => world.pod_label(pod, name),
    }
}

fn any_matches(
    world: &mut World<'_>,
    policy: &Written,
    way: Way,
    rules: &[Value],
    packet: &Packet,
    at: &str,
) -> bool {
    for (index, rule) in rules.iter().enumerate() {
        if rule_matches(world, policy, way, rule, packet, &format!("{at} {index}")) {
            return true;
        }
    }
    false
}

/// The peers and the ports both have to match. "An empty rule matches nothing" (`language.rst`: `ingress: [{}]` is how
/// all is denied); without peers, all of them are meant if there are ports.
fn rule_matches(
    world: &mut World<'_>,
    policy: &Written,
    way: Way,
    rule: &Value,
    packet: &Packet,
    at: &str,
) -> bool {
    let ports = list(rule, "toPorts");
    let icmps = list(rule, "icmps");
    let has_ports = !ports.is_empty() || !icmps.is_empty();
    let on_ports = !has_ports
        || ports.iter().any(|entry| ports_match(world, way, entry, packet, at))
        || icmps.iter().any(|entry| icmp_matches(entry, packet));
    let (prefix, peer) = match way {
        Way::In => ("from", packet.from),
        Way::Out => ("to", packet.to),
    };
    on_ports && peers_match(world, policy, rule, prefix, peer, at).unwrap_or(has_ports)
}

/// `None` where no peers are written. An empty list of peers is nobody.
fn peers_match(
    world: &mut World<'_>,
    policy: &Written,
    rule: &Value,
    prefix: &str,
    peer: Who,
    at: &str,
) -> Option<bool> {
    let mut written = false;
    for kind in ["Endpoints", "Entities", "CIDR", "CIDRSet", "FQDNs", "Services"] {
        let Some(peers) = field(rule, &format!("{prefix}{kind}")) else { continue };
        written = true;
        for (index, wanted) in peers.as_array().unwrap().iter().enumerate() {
            let matches = match kind {
                "Endpoints" => endpoint_matches(world, policy, wanted, peer),
                "Entities" => entity_is(world, wanted.as_str().unwrap(), peer),
                "CIDR" => is_in(peer, wanted.as_str().unwrap()),
                "CIDRSet" => in_cidr_rule(world, wanted, peer),
                "Services" => is_behind_service(world, &wanted["k8sService"], peer, at),
                // Which addresses a name has is not known; they are outside of the cluster.
                _ => {
                    let outside = matches!(peer, Who::Address(_));
                    outside && world.guess.yes(format!("{at} name {index} has {peer:?}"))
                }
            };
            if matches {
                return Some(true);
            }
        }
    }
    written.then_some(false)
}

/// `getEndpointSelector` in `pkg/k8s/apis/cilium.io/utils/utils.go`: a selector that names no reserved label and no
/// namespace is about the policy's own namespace, in a cluster-wide policy about whatever has a namespace.
fn endpoint_matches(world: &mut World<'_>, policy: &Written, selector: &Value, who: Who) -> bool {
    let mut keys: Vec<&str> = Vec::new();
    for requirement in list(selector, "matchExpressions") {
        keys.push(text(requirement, "key"));
    }
    if let Some(labels) = selector.get("matchLabels").and_then(Value::as_object) {
        keys.extend(labels.keys().map(String::as_str));
    }
    let bare = |key: &&str| key.trim_start_matches("k8s:").trim_start_matches("any:").to_owned();
    let reserved = keys.iter().any(|key| key.starts_with("reserved:"));
    let namespace = keys.iter().any(|key| bare(key) == NAMESPACE);
    let namespace_labels = keys.iter().any(|key| bare(key).starts_with(NAMESPACE_LABELS));
    if !selects(selector, &mut |key| label(world, who, key)) {
        return false;
    }
    if reserved {
        return true;
    }
    if !namespace {
        let own = label(world, who, NAMESPACE);
        match &policy.namespace {
            None if own.is_none() => return false,
            Some(wanted) if !namespace_labels && own.as_ref() != Some(wanted) => return false,
            _ => {}
        }
    }
    // Newer versions limit such a selector to the cluster, which is a label of pods (`addClusterFilterByDefault`).
    world.pod(who).is_some() || !world.guess.yes("selectors are about the cluster".into())
}

/// "Entities Based" (`layer3.rst`).
fn entity_is(world: &mut World<'_>, name: &str, who: Who) -> bool {
    let outside = matches!(who, Who::Address(_));
    match name {
        "all" => true,
        "world" => outside,
        // Only where a cluster has both families there is one for each.
        "world-ipv4" | "world-ipv6" => {
            let Who::Address(address) = who else { return false };
            address.is_ipv4() == (name == "world-ipv4") && world.guess.yes("there are two worlds".into())
        }
        "cluster" => !outside || is_api_server(world, who),
        // The code under test does not tell these apart, as long as only one of both is named.
        "host" | "remote-node" => {
            world.guess.coarse |= world.is_node(who);
            world.is_node(who) && world.is_on_own_node() == (name == "host")
        }
        "kube-apiserver" => is_api_server(world, who),
        "none" | "health" | "init" | "ingress" | "unmanaged" => false,
        other => panic!("entity {other}"),
    }
}

fn is_api_server(world: &mut World<'_>, who: Who) -> bool {
    match (who, &world.cluster.api_servers) {
        (Who::Address(address), Some(known)) => known.contains(&address),
        _ if world.pod(who).is_some() => false,
        _ => {
            let who = world.as_policies_see(who);
            world.guess.yes(format!("{who:?} is an API server"))
        }
    }
}

/// "CIDR rules do not apply to traffic where both sides of the connection are either managed by Cilium or use an IP
/// address belonging to a node in the cluster" (`layer3.rst`).
fn is_in(who: Who, block: &str) -> bool {
    matches!(who, Who::Address(address) if blocks::contains(block, address))
}

/// `CIDRRule` (`pkg/policy/api/cidr.go`): a block or a group of blocks, without exceptions.
fn in_cidr_rule(world: &mut World<'_>, rule: &Value, who: Who) -> bool {
    if !matches!(who, Who::Address(_)) {
        return false;
    }
    for except in list(rule, "except") {
        if is_in(who, except.as_str().unwrap()) {
            return false;
        }
    }
    let Some(name) = rule.get("cidrGroupRef").and_then(Value::as_str) else {
        return is_in(who, text(rule, "cidr"));
    };
    for group in world.of_kind(GROUP) {
        if group.name == name {
            return list(&group.spec, "externalCIDRs")
                .iter()
                .any(|block| is_in(who, block.as_str().unwrap()));
        }
    }
    world.guess.yes(format!("{who:?} is in group {name}"))
}

/// "Services Based" (`layer3.rst`): at first only services without selectors; since some version pods behind those with
/// one too (`policyWatcher` in `pkg/policy/k8s/service.go`). Rules that deny are not looked at in all versions.
fn is_behind_service(world: &mut World<'_>, wanted: &Value, who: Who, at: &str) -> bool {
    if at.contains("deny") && !world.guess.yes("services count in rules that deny".into()) {
        return false;
    }
    let name = text(wanted, "serviceName");
    let namespace = wanted.get("namespace").and_then(Value::as_str);
    let found = services::named(world, namespace, name);
    let is_pod = world.pod(who).is_some();
    let mut behind = found.is_empty() && world.guess.yes(format!("{who:?} is behind {name}"));
    for service in found {
        behind = behind || services::is_behind(world, service, who);
        // Blocks are not about pods. The code under test only knows that a pod may be behind the service.
        world.guess.coarse |= is_pod && services::lists_address(world, service, who);
    }
    behind && (!is_pod || world.guess.yes("pods behind services count".into()))
}

/// `PortRule`: one of `ports`, and beyond that what looks into connections, which may match or not.
fn ports_match(world: &mut World<'_>, way: Way, entry: &Value, packet: &Packet, at: &str) -> bool {
    let matches = list(entry, "ports").iter().any(|port| port_matches(world, way, port, packet));
    matches
        && (field(entry, "rules").is_none() || world.guess.yes(format!("{at}: {} matches", entry["rules"])))
}

fn port_matches(world: &mut World<'_>, way: Way, wanted: &Value, packet: &Packet) -> bool {
    // "ANY" and no protocol: all that have ports.
    let protocol = match text(wanted, "protocol") {
        "" | "ANY" => [TCP, UDP, SCTP].contains(&packet.protocol),
        "TCP" => packet.protocol == TCP,
        "UDP" => packet.protocol == UDP,
        _ => packet.protocol == SCTP,
    };
    if !protocol {
        return false;
    }
    let port = text(wanted, "port");
    let Ok(first) = port.parse::<u64>() else {
        // Names are compared without regard to case.
        return named_port_matches(world, way, &port.to_lowercase(), packet);
    };
    // "Port can be 0 to match all ports"; "endPort can only be an L4 port number" and is inclusive.
    let last = wanted.get("endPort").and_then(Value::as_u64).unwrap_or(first);
    first == 0 || (first..=last).contains(&u64::from(packet.to_port))
}

/// For ingress, a name is that of the pod's own port. For egress it is that of the destination since pull request
/// 45760 of `cilium/cilium`; before, one number for all destinations, if all pods that are looked at agree on one
/// (`GetNamedPort` in `pkg/types/portmap.go`): those that are selected since pull request 44429, before all of them.
fn named_port_matches(world: &mut World<'_>, way: Way, name: &str, packet: &Packet) -> bool {
    if way == Way::In || world.guess.of("how named ports are resolved".into(), 2) == 0 {
        return world.is_named_port(packet, name);
    }
    let mut numbers = Vec::new();
    for pod in world.cluster.pods.iter().filter(|pod| !pod.host_network) {
        for port in &pod.ports {
            if port.name == name && port.protocol.number() == packet.protocol {
                numbers.push(port.number);
            }
        }
    }
    numbers.sort_unstable();
    numbers.dedup();
    numbers == [packet.to_port]
}

/// `ICMPField`: a family, IPv4 if none is written, and a type.
fn icmp_matches(entry: &Value, packet: &Packet) -> bool {
    list(entry, "fields").iter().any(|wanted| {
        let protocol = if text(wanted, "family") == "IPv6" { ICMPV6 } else { ICMP };
        packet.protocol == protocol && wanted["type"] == u64::from(packet.to_port >> 8)
    })
}
