//! Whether a rule allows an action, on interned strings.
//!
//! Upstream: `plugin/pkg/auth/authorizer/rbac/rbac.go` (`RuleAllows`), `pkg/apis/rbac/v1/evaluation_helpers.go`.

use k8s_openapi::api::rbac::v1::PolicyRule;

use crate::intern::{Interner, Text};
use crate::request::{Action, Target};

/// A list in which `*` may stand for everything.
#[derive(Default)]
struct Names {
    all: bool,
    bits: u64,
    texts: Box<[Text]>,
}

impl Names {
    fn of(texts: &[String], interner: &mut Interner) -> Self {
        let all = texts.iter().any(|text| text == "*");
        let texts: Box<[Text]> = texts.iter().map(|text| interner.add(text)).collect();
        let bits = if all { u64::MAX } else { texts.iter().fold(0, |bits, text| bits | text.bit()) };
        Self { all, bits, texts }
    }

    fn has(&self, text: Text) -> bool {
        self.all || self.texts.contains(&text)
    }
}

/// A resource of a rule: the part before the first `/`, and the part after it when there is one.
type Resource = (Text, Option<Text>);

/// A rule, ready for comparison.
pub(crate) struct Rule {
    verbs: Names,
    groups: Names,
    all_resources: bool,
    resource_bits: u64,
    resources: Box<[Resource]>,
    /// Names of objects; empty for all. `*` is a name like any other.
    names: Box<[Text]>,
    urls: Box<[Box<str>]>,
}

/// Bits without which no rule of a role can allow an action.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sieve {
    verbs: u64,
    groups: u64,
    resources: u64,
    urls: bool,
}

/// An action in the policy's numbers.
pub(crate) struct Asked<'a> {
    verb: Text,
    group: Text,
    resource: Resource,
    /// As it was given: `*/exec` is compared with the subresource, not with the rest of the path.
    subresource: Option<Text>,
    name: Text,
    path: Option<&'a str>,
    verb_bit: u64,
    group_bit: u64,
    resource_bits: u64,
}

impl Rule {
    pub(crate) fn of(rule: &PolicyRule, interner: &mut Interner) -> Self {
        let resources = list(rule.resources.as_ref());
        let all_resources = resources.iter().any(|resource| resource == "*");
        let resources: Box<[Resource]> = resources.iter().map(|text| split(text, interner)).collect();
        let resource_bits = if all_resources {
            u64::MAX
        } else {
            resources.iter().fold(0, |bits, resource| bits | resource.0.bit_with(resource.1))
        };
        Self {
            verbs: Names::of(&rule.verbs, interner),
            groups: Names::of(list(rule.api_groups.as_ref()), interner),
            all_resources,
            resource_bits,
            resources,
            names: list(rule.resource_names.as_ref()).iter().map(|name| interner.add(name)).collect(),
            urls: list(rule.non_resource_urls.as_ref()).iter().map(|url| url.as_str().into()).collect(),
        }
    }

    /// `RuleAllows`.
    pub(crate) fn allows(&self, asked: &Asked<'_>, star: Text) -> bool {
        if self.verbs.bits & asked.verb_bit == 0 {
            return false;
        }
        if let Some(path) = asked.path {
            return self.verbs.has(asked.verb) && self.urls.iter().any(|url| url_matches(url, path));
        }
        self.resource_bits & asked.resource_bits != 0
            && self.groups.bits & asked.group_bit != 0
            && self.verbs.has(asked.verb)
            && self.groups.has(asked.group)
            && self.has_resource(asked, star)
            && (self.names.is_empty() || self.names.contains(&asked.name))
    }

    /// Whether it allows the action on objects of certain names only.
    pub(crate) fn allows_some(&self, asked: &Asked<'_>, star: Text) -> bool {
        asked.path.is_none()
            && !self.names.is_empty()
            && self.verbs.has(asked.verb)
            && self.groups.has(asked.group)
            && self.has_resource(asked, star)
    }

    fn has_resource(&self, asked: &Asked<'_>, star: Text) -> bool {
        self.all_resources
            || self.resources.iter().any(|&resource| {
                resource == asked.resource
                    || asked.subresource.is_some_and(|sub| resource == (star, Some(sub)))
            })
    }
}

impl Sieve {
    pub(crate) fn add(&mut self, rule: &Rule) {
        self.verbs |= rule.verbs.bits;
        self.groups |= rule.groups.bits;
        self.resources |= rule.resource_bits;
        self.urls |= !rule.urls.is_empty();
    }

    pub(crate) fn may_allow(&self, asked: &Asked<'_>) -> bool {
        let target = match asked.path {
            Some(_) => self.urls,
            None => self.resources & asked.resource_bits != 0 && self.groups & asked.group_bit != 0,
        };
        target && self.verbs & asked.verb_bit != 0
    }
}

impl<'a> Asked<'a> {
    pub(crate) fn of(action: &Action<'a>, interner: &Interner, star: Text) -> Self {
        let verb = interner.find(action.verb);
        let mut asked = Self {
            verb,
            group: Text::UNKNOWN,
            resource: (Text::UNKNOWN, None),
            subresource: None,
            name: Text::UNKNOWN,
            path: None,
            verb_bit: verb.bit(),
            group_bit: 0,
            resource_bits: 0,
        };
        match action.target {
            Target::Path(path) => asked.path = Some(path),
            Target::Resource { group, resource, subresource, name } => {
                asked.group = interner.find(group);
                asked.group_bit = asked.group.bit();
                asked.name = interner.find(name);
                asked.subresource = (!subresource.is_empty()).then(|| interner.find(subresource));
                asked.resource = if resource.contains('/') {
                    let whole = if subresource.is_empty() {
                        resource.to_owned()
                    } else {
                        format!("{resource}/{subresource}")
                    };
                    let (first, rest) = whole.split_once('/').unwrap_or((&whole, ""));
                    (interner.find(first), Some(interner.find(rest)))
                } else {
                    (interner.find(resource), asked.subresource)
                };
                asked.resource_bits = asked.resource.0.bit_with(asked.resource.1);
                if asked.subresource.is_some() {
                    asked.resource_bits |= star.bit_with(asked.subresource);
                }
            }
        }
        asked
    }
}

fn split(resource: &str, interner: &mut Interner) -> Resource {
    match resource.split_once('/') {
        Some((first, rest)) => (interner.add(first), Some(interner.add(rest))),
        None => (interner.add(resource), None),
    }
}

/// `NonResourceURLMatches`: equal, or the beginning when the rule ends in `*`, of which any number is cut off.
pub(crate) fn url_matches(pattern: &str, path: &str) -> bool {
    pattern == path || prefix_matches(pattern, path)
}

/// Whether a pattern that ends in `*` matches a beginning of the path.
pub(crate) fn prefix_matches(pattern: &str, path: &str) -> bool {
    pattern.ends_with('*') && path.starts_with(pattern.trim_end_matches('*'))
}

/// The strings of an optional list.
pub(crate) fn list(texts: Option<&Vec<String>>) -> &[String] {
    texts.map_or(&[], Vec::as_slice)
}
