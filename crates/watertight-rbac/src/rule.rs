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
    texts: Box<[Text]>,
}

impl Names {
    fn of(texts: &[String], interner: &mut Interner) -> Self {
        let all = texts.iter().any(|text| text == "*");
        Self { all, texts: texts.iter().map(|text| interner.add(text)).collect() }
    }

    /// A bit for each string, all of these bits for `*`.
    fn bits(&self, bits: u32) -> u64 {
        let all = (1 << bits) - 1;
        if self.all { all } else { self.texts.iter().fold(0, |sum, text| sum | text.bit(bits)) }
    }

    fn has(&self, text: Text) -> bool {
        self.all || self.texts.contains(&text)
    }
}

/// A resource of a rule: the part before the first `/`, and the part after it when there is one.
type Resource = (Text, Option<Text>);

/// A rule, ready for comparison.
pub(crate) struct Rule {
    sieve: Sieve,
    verbs: Names,
    groups: Names,
    all_resources: bool,
    resources: Box<[Resource]>,
    /// Names of objects; empty for all. `*` is a name like any other.
    names: Box<[Text]>,
    urls: Box<[Box<str>]>,
}

/// Bits without which no rule of a role can allow an action: those of an action all have to meet one of
/// the role's.
#[derive(Clone, Copy, Default)]
pub(crate) struct Sieve {
    /// Verbs in the lower half, API groups in the upper one.
    words: u64,
    resources: u64,
}

/// Bits for verbs, and for API groups.
const WORD_BITS: u32 = 31;
/// Where the bits for API groups begin.
const GROUPS: u32 = 32;
/// Bits for resources; the 64th is for paths.
const RESOURCE_BITS: u32 = 63;
/// Stands for every path in place of an API group and a resource.
const PATH_GROUP: u64 = 1 << 63;
const PATH: u64 = 1 << 63;

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
        let verbs = Names::of(&rule.verbs, interner);
        let groups = Names::of(list(rule.api_groups.as_ref()), interner);
        let mut sieve = Sieve {
            words: verbs.bits(WORD_BITS) | groups.bits(WORD_BITS) << GROUPS,
            resources: if all_resources {
                (1 << RESOURCE_BITS) - 1
            } else {
                resources.iter().fold(0, |sum, own| sum | own.0.bit_with(own.1, RESOURCE_BITS))
            },
        };
        let urls: Box<[Box<str>]> =
            list(rule.non_resource_urls.as_ref()).iter().map(|url| url.as_str().into()).collect();
        if !urls.is_empty() {
            sieve.words |= PATH_GROUP;
            sieve.resources |= PATH;
        }
        let names = list(rule.resource_names.as_ref()).iter().map(|name| interner.add(name)).collect();
        Self { sieve, verbs, groups, all_resources, resources, names, urls }
    }

    /// `RuleAllows`.
    pub(crate) fn allows(&self, asked: &Asked<'_>, star: Text) -> bool {
        if !self.sieve.may_allow(asked) || !self.verbs.has(asked.verb) {
            return false;
        }
        if let Some(path) = asked.path {
            return self.urls.iter().any(|url| url_matches(url, path));
        }
        self.groups.has(asked.group)
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
        self.words |= rule.sieve.words;
        self.resources |= rule.sieve.resources;
    }

    pub(crate) fn may_allow(self, asked: &Asked<'_>) -> bool {
        self.words & asked.verb_bit != 0
            && self.resources & asked.resource_bits != 0
            && self.words & asked.group_bit != 0
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
            verb_bit: verb.bit(WORD_BITS),
            group_bit: PATH_GROUP,
            resource_bits: PATH,
        };
        match action.target {
            Target::Path(path) => asked.path = Some(path),
            Target::Resource { group, resource, subresource, name } => {
                asked.group = interner.find(group);
                asked.group_bit = asked.group.bit(WORD_BITS) << GROUPS;
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
                asked.resource_bits = asked.resource.0.bit_with(asked.resource.1, RESOURCE_BITS);
                if asked.subresource.is_some() {
                    asked.resource_bits |= star.bit_with(asked.subresource, RESOURCE_BITS);
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
