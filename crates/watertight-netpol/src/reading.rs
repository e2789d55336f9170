//! What the readers of custom resources have in common: fields that nobody knows, problems, strict blocks.

use std::collections::BTreeMap;
use std::net::IpAddr;

use k8s_openapi::apimachinery::pkg::apis::meta::v1::{LabelSelector, LabelSelectorRequirement};
use serde::Deserialize;
use serde::de::IgnoredAny;

use crate::cidr::Cidr;
use crate::policy::{Effect, Problem};
use crate::selector::Selector;

/// The fields of an object that its type does not name. Newer versions of an API may give them a meaning.
pub(crate) type Rest = BTreeMap<String, IgnoredAny>;

/// A selector as it is written. An older `namespaces` of AdminNetworkPolicy had other fields in its place: these
/// must not be read as a selector of everything.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
pub(crate) struct Wanted {
    pub(crate) match_labels: Option<BTreeMap<String, String>>,
    pub(crate) match_expressions: Option<Vec<LabelSelectorRequirement>>,
    #[serde(flatten)]
    pub(crate) rest: Rest,
}

impl Wanted {
    /// What it selects; what cannot be read is noted, and [`Selector::Unknown`].
    pub(crate) fn selector(&self, path: &str, notes: &mut Notes) -> Selector {
        self.selector_of_keys(path, notes, |key| Some(key.to_owned()))
    }

    /// The same with other keys, as [`Selector::of_keys`].
    pub(crate) fn selector_of_keys(
        &self,
        path: &str,
        notes: &mut Notes,
        rename: impl Fn(&str) -> Option<String>,
    ) -> Selector {
        if !self.is_readable(path, notes) {
            return Selector::Unknown;
        }
        let (match_labels, match_expressions) = (self.match_labels.clone(), self.match_expressions.clone());
        Selector::of_keys(&LabelSelector { match_labels, match_expressions }, rename)
    }

    /// Whether all of it can be read; what cannot is noted.
    pub(crate) fn is_readable(&self, path: &str, notes: &mut Notes) -> bool {
        let mut readable = !notes.unknown_fields(path, &self.rest);
        for (index, wanted) in self.match_expressions.iter().flatten().enumerate() {
            let path = format!("{path}.matchExpressions[{index}]");
            let values = wanted.values.as_ref().is_some_and(|values| !values.is_empty());
            let why = match wanted.operator.as_str() {
                "In" | "NotIn" if values => continue,
                "Exists" | "DoesNotExist" if !values => continue,
                "In" | "NotIn" => "has no values; give one at least",
                "Exists" | "DoesNotExist" => "has values, which this operator cannot have; remove them",
                _ => "has an operator that is none of In, NotIn, Exists and DoesNotExist",
            };
            notes.not_modelled(path, why);
            readable = false;
        }
        readable
    }
}

/// The problems of one object, gathered while it is read.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    pub(crate) problems: Vec<Problem>,
}

impl Notes {
    pub(crate) fn refused(&mut self, path: impl Into<String>, why: impl Into<String>) {
        self.add(path.into(), why.into(), Effect::Refused);
    }

    pub(crate) fn not_modelled(&mut self, path: impl Into<String>, why: impl Into<String>) {
        self.add(path.into(), why.into(), Effect::NotModelled);
    }

    pub(crate) fn without_effect(&mut self, path: impl Into<String>, why: impl Into<String>) {
        self.add(path.into(), why.into(), Effect::WithoutEffect);
    }

    fn add(&mut self, path: String, why: String, effect: Effect) {
        self.problems.push(Problem { path, why, effect });
    }

    /// Notes each field that is not known, and tells whether there is one.
    pub(crate) fn unknown_fields(&mut self, path: &str, rest: &Rest) -> bool {
        for field in rest.keys() {
            self.unknown_field(path, field);
        }
        !rest.is_empty()
    }

    pub(crate) fn unknown_field(&mut self, path: &str, field: &str) {
        self.not_modelled(
            format!("{path}.{field}"),
            "is not a field that is known here; what it would do is not known either",
        );
    }

    /// Whether the API refuses the object.
    pub(crate) fn is_refused(&self) -> bool {
        self.problems.iter().any(|problem| problem.effect == Effect::Refused)
    }
}

/// A block as `netip.ParsePrefix` of Go reads it: no number begins with a zero.
pub(crate) fn strict_block(text: &str) -> Option<Cidr> {
    let (address, length) = text.split_once('/')?;
    address.parse::<IpAddr>().ok()?;
    let plain = length == "0" || !length.starts_with('0');
    if plain { text.parse().ok() } else { None }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::policy::Policy;
    use crate::{cilium, cluster_policy};

    type Read = fn(&Value) -> Option<(Vec<Policy>, Vec<Problem>)>;

    fn one((policy, problems): (Policy, Vec<Problem>)) -> (Vec<Policy>, Vec<Problem>) {
        (vec![policy], problems)
    }

    /// Objects with nearly every field, one of each way to read them.
    fn objects() -> [(Value, Read); 3] {
        let selector = || {
            json!({
                "matchLabels": {"a": "b"},
                "matchExpressions": [{"key": "k8s:c", "operator": "In", "values": ["d"]}],
            })
        };
        let peers = json!([
            {"namespaces": selector()},
            {"pods": {"namespaceSelector": selector(), "podSelector": selector()}},
            {"networks": ["10.0.0.0/8"]},
            {"domainNames": ["a.b"]},
        ]);
        let admin = json!({
            "priority": 1, "subject": {"namespaces": selector()},
            "egress": [{"name": "x", "action": "Pass", "to": peers, "ports": [
                {"portNumber": {"port": 1, "protocol": "TCP"}}, {"portRange": {"start": 1, "end": 2}},
            ]}],
        });
        let cluster = json!({
            "tier": "Admin", "priority": 1, "subject": {"pods": {"podSelector": selector()}},
            "egress": [{"name": "x", "action": "Accept", "to": peers, "protocols": [
                {"tcp": {"destinationPort": {"number": 1}}},
                {"udp": {"destinationPort": {"range": {"start": 1, "end": 2}}}},
            ]}],
        });
        let port = json!({"port": "80", "endPort": 90, "protocol": "TCP"});
        let service = json!({"k8sServiceSelector": {"namespace": "a", "selector": selector()}});
        let cilium = json!({"spec": {
            "endpointSelector": selector(),
            "enableDefaultDeny": {"ingress": true},
            "ingress": [
                {"fromEndpoints": [selector()], "authentication": {"mode": "required"}},
                {"fromNodes": [selector()], "toPorts": [{"ports": [port], "rules": {"http": [{}]}}]},
            ],
            "ingressDeny": [{"fromEntities": ["world"], "icmps": [{"fields": [{"type": 8, "family": "IPv4"}]}]}],
            "egress": [
                {"toCIDR": ["10.0.0.0/8"], "toPorts": [{"ports": [port], "rules": {"dns": [{"matchName": "a"}]}}]},
                {"toCIDRSet": [{"cidr": "10.0.0.0/8", "except": ["10.1.0.0/16"]}, {"cidrGroupSelector": selector()}]},
                {"toServices": [service, {"k8sService": {"serviceName": "a"}}]},
                {"toFQDNs": [{"matchPattern": "*.a"}]},
            ],
        }});
        [
            (admin, |value| {
                serde_json::from_value(value.clone())
                    .ok()
                    .map(|spec| one(cluster_policy::admin("a", 0, &spec)))
            }),
            (cluster, |value| {
                serde_json::from_value(value.clone())
                    .ok()
                    .map(|spec| one(cluster_policy::cluster("a", 0, &spec)))
            }),
            (cilium, |value| {
                let specs = serde_json::from_value(value.clone()).ok()?;
                Some(cilium::policies(&cilium::Context::default(), Some("a"), "a", 0, &specs))
            }),
        ]
    }

    /// Hands on a value with each of its parts replaced by something else.
    fn each_broken(value: &Value, each: &mut dyn FnMut(Value)) {
        let texts = ["", "x", "10.0.0.0/99", "-1", "99999", "reserved:", "$", ":", "é"].map(Value::from);
        let numbers = [0, -1, 65536, i64::MAX].map(Value::from);
        let others = [Value::Null, json!([]), json!({}), json!([{}]), json!({"x": 1}), json!(1.5)];
        texts.into_iter().chain(numbers).chain(others).for_each(&mut *each);
        match value {
            Value::Array(parts) => {
                for (index, part) in parts.iter().enumerate() {
                    each_broken(part, &mut |broken| {
                        let mut parts = parts.clone();
                        parts[index] = broken;
                        each(Value::Array(parts));
                    });
                }
                each(Value::Array(vec![parts[0].clone(); 101]));
            }
            Value::Object(fields) => {
                for (field, part) in fields {
                    let mut without = fields.clone();
                    without.remove(field);
                    each(Value::Object(without));
                    each_broken(part, &mut |broken| {
                        let mut fields = fields.clone();
                        fields.insert(field.clone(), broken);
                        each(Value::Object(fields));
                    });
                }
            }
            _ => {}
        }
    }

    #[test]
    fn nothing_that_is_broken_is_taken_for_certain() {
        let mut read_all = 0;
        for (whole, read) in objects() {
            let (_, problems) = read(&whole).unwrap();
            assert!(!problems.iter().any(|problem| problem.effect == Effect::Refused), "{problems:?}");
            each_broken(&whole, &mut |broken| {
                let Some((policies, problems)) = read(&broken) else { return };
                read_all += 1;
                let refused = problems.iter().any(|problem| problem.effect == Effect::Refused);
                let sides = policies.iter().flat_map(|policy| policy.ingress.iter().chain(&policy.egress));
                for side in sides {
                    let certain = side.rules.iter().any(|rule| rule.uncertain.is_none());
                    assert!(!(refused && (certain || side.isolates == crate::Truth::Yes)), "{broken}");
                }
            });
        }
        assert!(read_all > 1000, "{read_all}");
    }

    #[test]
    fn blocks_are_read_as_the_newer_fields_read_them() {
        for text in ["10.0.0.0/8", "0.0.0.0/0", "10.1.2.3/8", "fd00::/8", "::/0"] {
            assert!(strict_block(text).is_some(), "{text}");
        }
        for text in ["010.0.0.0/8", "10.0.0.0/08", "10.0.0.0", "10.0.0.0/33", "fe80::%1/64", "a/8", "::/00"] {
            assert!(strict_block(text).is_none(), "{text}");
        }
    }
}
