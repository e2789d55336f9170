//! Why answers differ: other ways to read configurations, and properties of what is asked about, each with the places
//! upstream.

use serde_json::Value;

use super::network::{Network, PolicyKind};

/// Kubernetes: "a Pod cannot block access to itself" (the page "Network Policies" of its documentation).
pub(super) const SELF: &str = "only a pod's connections to itself differ: policies decide about them upstream \
    (`check_equivalence` of `nca/NetworkConfig/NetworkConfigQuery.py`), never in a cluster";

type Reading = (fn(&Network) -> Network, &'static str);

const READINGS: [Reading; 3] = [
    (
        Network::without_profiles,
        "it is so without what profiles say: upstream reads their labels only \
        (`parse_policies_in_parse_queue` of `nca/NetworkConfig/PoliciesFinder.py`)",
    ),
    (
        Network::in_written_order,
        "it is so when policies of one order are asked as they are written: upstream does so \
        (`add_policy` of `nca/NetworkConfig/NetworkLayer.py`), Calico asks them by name (`felix/calc/policy_sorter.go`)",
    ),
    (
        Network::with_blocks_outside,
        "it is so when blocks of Calico's rules are no pods: upstream does so (`_get_rule_peers` of \
        `nca/Parsers/CalicoPolicyYamlParser.py`), Calico matches by address (`felix/rules/policy.go`)",
    ),
];

const SEVERAL: &str = "it is so with several of upstream's readings together";

/// The reading, or the combination of readings, with which the answer is that of upstream.
pub(super) fn reading(is_so: impl Fn(&dyn Fn(&Network) -> Network) -> bool) -> Option<&'static str> {
    let several: Vec<usize> = (1_usize..1 << READINGS.len()).collect();
    let simple_first = |chosen: &usize| chosen.count_ones();
    let mut several = several;
    several.sort_by_key(simple_first);
    let found = several.into_iter().find(|chosen| {
        is_so(&|network: &Network| {
            let wanted = READINGS.iter().enumerate().filter(|(place, _)| chosen >> place & 1 == 1);
            wanted.fold(network.clone(), |network, (_, (read, _))| read(&network))
        })
    })?;
    let place = found.trailing_zeros() as usize;
    Some(if found.count_ones() == 1 { READINGS[place].1 } else { SEVERAL })
}

/// A reason, with what has to be so of a question and a configuration.
struct Reason {
    words: &'static str,
    holds: fn(&str, &Network) -> bool,
}

const REASONS: &[Reason] = &[
    Reason {
        words: "`global()` is combined with something, which Calico refuses \
            (`validateEntityRule` in `libcalico-go/lib/validator/v3/validator.go`)",
        holds: |_, network| {
            calico(network, |key, value| {
                let text = value.as_str().unwrap_or_default();
                key == "namespaceSelector" && text.contains("global()") && text.trim() != "global()"
            })
        },
    },
    Reason {
        words: "hosts of Istio's ServiceEntry are ends of connections upstream \
            (`_add_dns_entries_from_yaml` of `nca/NetworkConfig/TopologyObjectsFinder.py`), and not modelled",
        holds: |_, network| network.topology.hosts,
    },
    Reason {
        words: "a type or code of ICMP is 0, which upstream takes for any \
            (`_parse_icmp` of `nca/Parsers/CalicoPolicyYamlParser.py`)",
        holds: |_, network| {
            calico(network, |key, value| {
                let zero = |field| value.get(field).and_then(Value::as_i64) == Some(0);
                (key == "icmp" || key == "notICMP") && (zero("type") || zero("code"))
            })
        },
    },
    Reason {
        words: "a rule has `protocol` and `notProtocol`, or one thing in `icmp` and `notICMP`: upstream warns, and lets \
            it match nothing or all (`_parse_xgress_rule` and `_parse_icmp` beside it)",
        holds: |_, network| {
            let both =
                |rule: &Value, one: &str, other: &str| rule.get(one).is_some() && rule.get(other).is_some();
            calico_rules(network, |rule| {
                both(rule, "protocol", "notProtocol") || both(rule, "icmp", "notICMP")
            })
        },
    },
    Reason {
        words: "a policy is `doNotTrack` or `preDNAT`: it is about host endpoints only in Calico, about everybody \
            upstream (`_set_affects_ingress_egress` beside it)",
        holds: |_, network| {
            calico(network, |key, value| {
                (key == "doNotTrack" || key == "preDNAT") && value == &Value::Bool(true)
            })
        },
    },
    Reason {
        words: "`Exists` or `DoesNotExist` stands beside a `namespaceSelector`: upstream looks in the policy's own \
            namespace only (`parse_label_selector_requirement` of `nca/Parsers/K8sPolicyYamlParser.py`)",
        holds: |_, network| {
            kubernetes(network, |_, value| {
                let expressions = value.pointer("/podSelector/matchExpressions").map(Value::to_string);
                value.get("namespaceSelector").is_some_and(|selector| !selector.is_null())
                    && expressions.is_some_and(|text| text.contains("Exist"))
            })
        },
    },
    Reason {
        words: "`egress` is written and empty and `policyTypes` is not written: egress is then governed upstream \
            (`parse_policy` beside it), not in Kubernetes (`pkg/apis/networking/v1/defaults.go`)",
        holds: |_, network| {
            kubernetes(network, |key, value| {
                let empty = |field: &str| {
                    value.get(field).is_some_and(|list| list.as_array().is_none_or(Vec::is_empty))
                };
                key == "spec"
                    && empty("egress")
                    && value.get("policyTypes").is_none_or(|types| types.as_array().is_none_or(Vec::is_empty))
            })
        },
    },
    Reason {
        words: "a network set may be what a selector of Calico selects, which upstream counts as somebody that a policy \
            is about (`_get_selected_peers` of `nca/Parsers/CalicoPolicyYamlParser.py`)",
        holds: |question, network| {
            let counts = ["emptiness", "disjointness", "sanity"].contains(&question);
            counts && !network.topology.sets.is_empty() && calico(network, |key, _| key == "spec")
        },
    },
    Reason {
        words: "host endpoints are ends of connections upstream (`_add_hep_from_yaml` of \
            `nca/NetworkConfig/TopologyObjectsFinder.py`), and not modelled",
        holds: |_, network| network.topology.host_endpoints,
    },
];

/// Whether a field, by key and content, of something is as asked.
fn any_field(value: &Value, wanted: fn(&str, &Value) -> bool) -> bool {
    match value {
        Value::Array(all) => all.iter().any(|one| wanted("", one) || any_field(one, wanted)),
        Value::Object(fields) => {
            fields.iter().any(|(key, content)| wanted(key, content) || any_field(content, wanted))
        }
        _ => false,
    }
}

fn calico(network: &Network, wanted: fn(&str, &Value) -> bool) -> bool {
    let mut policies = network.policies.iter().filter(|policy| policy.kind != PolicyKind::Kubernetes);
    policies.any(|policy| any_field(&policy.object, wanted))
}

fn calico_rules(network: &Network, wanted: impl Fn(&Value) -> bool) -> bool {
    let policies = network.policies.iter().filter(|policy| policy.kind != PolicyKind::Kubernetes);
    let lists =
        policies.flat_map(|policy| ["/spec/ingress", "/spec/egress"].map(|at| policy.object.pointer(at)));
    lists.flatten().filter_map(Value::as_array).flatten().any(wanted)
}

fn kubernetes(network: &Network, wanted: fn(&str, &Value) -> bool) -> bool {
    let mut policies = network.policies.iter().filter(|policy| policy.kind == PolicyKind::Kubernetes);
    policies.any(|policy| any_field(&policy.object, wanted))
}

/// What an API refuses means nothing for certain.
const REFUSED: &str = "a policy is refused by its API, so that our answer is unknown \
    (`pkg/apis/networking/validation/validation.go` of Kubernetes, `libcalico-go/lib/validator/v3/validator.go`)";

/// Why our answer is another one, or is not certain, if the reason is known.
pub(super) fn why(question: &str, networks: &[(&str, &Network)], is_certain: bool) -> Option<&'static str> {
    let refused = |network: &Network| network.policies.iter().any(|policy| policy.refused);
    if !is_certain && networks.iter().any(|(_, network)| refused(network)) {
        return Some(REFUSED);
    }
    let applies = |reason: &&Reason| networks.iter().any(|(_, network)| (reason.holds)(question, network));
    REASONS.iter().find(applies).map(|reason| reason.words)
}
