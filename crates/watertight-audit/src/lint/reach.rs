//! Which rules, and which parts of rules, can decide a request at all.
//!
//! A rule can never match when each request that it describes is decided by an earlier one, or when
//! there is no such request. Both are found by asking the policy about requests. Only few need
//! asking: in each dimension the words of the rule, or where it names none, one word that no rule
//! names, since any other is matched by at least as many earlier rules. Requests are those that
//! Kubernetes makes: verbs and scopes of known resources, names that URLs hold, groups that the API
//! server gives.

use std::borrow::Cow;
use std::collections::BTreeSet;

use super::builtin;
use super::words::{RESOURCE_VERBS, URL_VERBS, Wrong};
use super::{Check, Finding, Severity, fresh, rule_path};
use crate::evaluate::{Identity, Request, Target};
use crate::field::FieldPath;
use crate::policy::{GroupResources, Policy, Rule};
use crate::url;
use crate::words::{ANONYMOUS, UNAUTHENTICATED, implied_groups};

/// How many requests are asked about for one part of a rule. Beyond, nothing is said of it.
const MOST_QUESTIONS: usize = 200_000;

/// One list of a rule.
type ListOf = fn(&mut Rule) -> &mut Vec<String>;

/// What became of the requests of a rule.
enum Reach {
    Decides,
    /// There are no such requests.
    Impossible,
    /// These rules decide them all.
    TakenBy(BTreeSet<usize>),
    /// Too many to ask.
    Undecided,
}

pub(super) fn check(policy: &Policy, index: usize, wrong: &Wrong, findings: &mut Vec<Finding>) {
    let rule = &policy.rules[index];
    let path = rule_path(index);
    if all_wrong(rule, &path, wrong) {
        return;
    }
    let asking = Asking::new(policy);
    match asking.reach(index, rule) {
        Reach::Decides => parts(&asking, index, wrong, findings),
        Reach::Undecided => {}
        Reach::Impossible => findings.push(Finding {
            check: Check::NeverMatches,
            severity: Severity::High,
            message: format!("no request is as the rule says: {}", asking.why_impossible(rule)),
            remedy: "Correct or remove the rule.".to_owned(),
            path,
        }),
        Reach::TakenBy(rules) => {
            let same = rules.iter().all(|&earlier| same_outcome(policy, earlier, index));
            let severity = if same { Severity::Low } else { Severity::High };
            let effect = if same { ", in the same way" } else { ", in another way" };
            findings.push(Finding {
                check: Check::NeverMatches,
                severity,
                message: format!(
                    "the rule never matches: whatever it describes is decided by {} before it{effect}",
                    these(&rules)
                ),
                remedy: if same {
                    "Remove the rule, or the earlier one.".to_owned()
                } else {
                    "Move the rule before them, or remove it. The first rule that matches decides.".to_owned()
                },
                path,
            });
        }
    }
}

/// Whether some field of the rule has only words that match nothing: that is told already.
fn all_wrong(rule: &Rule, path: &FieldPath, wrong: &Wrong) -> bool {
    let lists = [
        ("users", rule.users.len()),
        ("userGroups", rule.user_groups.len()),
        ("verbs", rule.verbs.len()),
        ("namespaces", rule.namespaces.len()),
    ];
    let dead = |path: FieldPath, length: usize| {
        length > 0 && (0..length).all(|position| wrong.contains(&path.index(position)))
    };
    lists.into_iter().any(|(key, length)| dead(path.key(key), length))
        || (!rule.resources.is_empty()
            && rule.resources.iter().enumerate().all(|(position, entry)| {
                let path = path.key("resources").index(position);
                wrong.contains(&path.key("group"))
                    || dead(path.key("resources"), entry.resources.len())
                    || dead(path.key("resourceNames"), entry.resource_names.len())
            }))
}

/// Looks at each word of a rule that as a whole decides something.
fn parts(asking: &Asking<'_>, index: usize, wrong: &Wrong, findings: &mut Vec<Finding>) {
    let rule = &asking.policy.rules[index];
    let path = rule_path(index);
    let mut one = |slice: Rule, at: FieldPath, word: &str| {
        let entry = at.segments().len() > 3 && at.segments()[2] == crate::Segment::Key("resources".into());
        let group_wrong = entry && {
            let mut up = rule_path(index).key("resources");
            if let crate::Segment::Index(position) = at.segments()[3] {
                up = up.index(position).key("group");
            }
            wrong.contains(&up)
        };
        if wrong.contains(&at) || group_wrong {
            return;
        }
        let what = match asking.reach(index, &slice) {
            Reach::Decides | Reach::Undecided => return,
            Reach::Impossible => format!("no request is as the rule says: {}", asking.why_impossible(&slice)),
            Reach::TakenBy(rules) => format!("decided by {} before", these(&rules)),
        };
        findings.push(Finding {
            check: Check::PartNeverMatches,
            severity: Severity::Low,
            path: at,
            message: format!("`{word}` never matches here: {what}"),
            remedy: "Remove it, or move the rule before those that decide.".to_owned(),
        });
    };
    // A single word is the rule itself.
    for (position, entry) in rule.resources.iter().enumerate() {
        let path = path.key("resources").index(position);
        if entry.resources.is_empty() && rule.resources.len() > 1 {
            let slice = Rule { resources: vec![entry.clone()], ..rule.clone() };
            one(slice, path.clone(), if entry.group.is_empty() { "group: \"\"" } else { &entry.group });
        }
        for (number, word) in entry.resources.iter().enumerate() {
            if entry.resources.len() > 1 || rule.resources.len() > 1 {
                let only = GroupResources { resources: vec![word.clone()], ..entry.clone() };
                let slice = Rule { resources: vec![only], ..rule.clone() };
                one(slice, path.key("resources").index(number), word);
            }
        }
    }
    let lists: [(&'static str, &Vec<String>, ListOf); 5] = [
        ("users", &rule.users, |rule| &mut rule.users),
        ("userGroups", &rule.user_groups, |rule| &mut rule.user_groups),
        ("verbs", &rule.verbs, |rule| &mut rule.verbs),
        ("namespaces", &rule.namespaces, |rule| &mut rule.namespaces),
        ("nonResourceURLs", &rule.non_resource_urls, |rule| &mut rule.non_resource_urls),
    ];
    for (key, words, field) in lists {
        for (position, word) in words.iter().enumerate().filter(|_| words.len() > 1) {
            let mut slice = rule.clone();
            *field(&mut slice) = vec![word.clone()];
            one(slice, path.key(key).index(position), word);
        }
    }
}

fn same_outcome(policy: &Policy, one: usize, other: usize) -> bool {
    let (one, other) = (&policy.rules[one], &policy.rules[other]);
    one.level == other.level
        && one.omit_stages.union(policy.omit_stages) == other.omit_stages.union(policy.omit_stages)
        && one.omit_managed_fields.unwrap_or(policy.omit_managed_fields)
            == other.omit_managed_fields.unwrap_or(policy.omit_managed_fields)
}

fn these(rules: &BTreeSet<usize>) -> String {
    let names: Vec<String> = rules.iter().map(|rule| format!("rules[{rule}]")).collect();
    names.join(", ")
}

struct Asking<'p> {
    policy: &'p Policy,
    /// A word that no rule names.
    other: String,
}

/// A user and the groups that come with the name.
struct Who {
    name: String,
    groups: Vec<String>,
}

/// What is asked for, in its own memory.
struct What {
    verb: &'static str,
    group: String,
    resource: String,
    subresource: String,
    namespace: String,
    name: String,
    /// The path of a request that is for no resource.
    path: Option<String>,
}

impl<'p> Asking<'p> {
    fn new(policy: &'p Policy) -> Self {
        Self { policy, other: fresh(policy, "some-other") }
    }

    /// Asks whether the rule of this number decides a request that the slice of it describes.
    fn reach(&self, index: usize, slice: &Rule) -> Reach {
        let mut taken = BTreeSet::new();
        let mut questions = 0;
        let whats = self.whats(slice);
        for who in self.whos(slice) {
            for what in &whats {
                let request = request(who.as_ref(), what);
                if slice.mismatch(&request).is_some() {
                    continue;
                }
                questions += 1;
                if questions > MOST_QUESTIONS {
                    return Reach::Undecided;
                }
                match self.policy.evaluate(&request).rule {
                    Some(rule) if rule < index => drop(taken.insert(rule)),
                    _ => return Reach::Decides,
                }
            }
        }
        if questions == 0 { Reach::Impossible } else { Reach::TakenBy(taken) }
    }

    fn exists(&self, rule: &Rule) -> bool {
        let whats = self.whats(rule);
        self.whos(rule)
            .iter()
            .any(|who| whats.iter().any(|what| rule.mismatch(&request(who.as_ref(), what)).is_none()))
    }

    /// Finds the condition without which there would be such requests.
    fn why_impossible(&self, rule: &Rule) -> String {
        let mut unnamed = rule.clone();
        unnamed.resources.iter_mut().for_each(|entry| entry.resource_names.clear());
        if self.exists(&unnamed) {
            return "with these verbs the request holds no name of an object".to_owned();
        }
        if self.exists(&Rule { namespaces: Vec::new(), ..rule.clone() }) {
            return "these resources are never in these namespaces (`\"\"` is cluster scope)".to_owned();
        }
        if self.exists(&Rule { verbs: Vec::new(), ..rule.clone() }) {
            return "these resources or URLs have no such verbs".to_owned();
        }
        if self.exists(&Rule { user_groups: Vec::new(), ..rule.clone() }) {
            return "these users are never in these groups".to_owned();
        }
        if !rule.non_resource_urls.is_empty() {
            return "these are URLs of resources; name them in `resources`".to_owned();
        }
        "its conditions exclude each other".to_owned()
    }

    /// `None` is a request whose authentication failed.
    fn whos(&self, rule: &Rule) -> Vec<Option<Who>> {
        let mut whos = Vec::new();
        let names: Vec<String> = if rule.users.is_empty() {
            let namespaces = rule.user_groups.iter().filter_map(|group| {
                let namespace = group.strip_prefix("system:serviceaccounts:");
                namespace.or((group == "system:serviceaccounts").then_some(self.other.as_str()))
            });
            let accounts =
                namespaces.map(|namespace| format!("system:serviceaccount:{namespace}:{}", self.other));
            [self.other.clone(), ANONYMOUS.to_owned()].into_iter().chain(accounts).collect()
        } else {
            rule.users.clone()
        };
        for name in names {
            let given = implied_groups(&name);
            if rule.user_groups.is_empty() || rule.user_groups.iter().any(|group| given.contains(group)) {
                whos.push(Some(Who { name: name.clone(), groups: given.clone() }));
            }
            // Groups of accounts and of requests without credentials are theirs alone.
            let fixed = name == ANONYMOUS || name.starts_with("system:serviceaccount:");
            let own = |group: &String| {
                group == UNAUTHENTICATED
                    || group == "system:serviceaccounts"
                    || group.starts_with("system:serviceaccounts:")
            };
            for group in rule.user_groups.iter().filter(|group| !fixed && !own(group)) {
                let mut groups = given.clone();
                groups.push(group.clone());
                whos.push(Some(Who { name: name.clone(), groups }));
            }
        }
        if rule.users.is_empty() && rule.user_groups.is_empty() {
            whos.push(None);
        }
        whos
    }

    fn whats(&self, rule: &Rule) -> Vec<What> {
        let about_resources = !rule.resources.is_empty() || !rule.namespaces.is_empty();
        let mut whats = Vec::new();
        if rule.non_resource_urls.is_empty() {
            for (entry, word) in self.resources(rule) {
                self.of_resource(rule, entry, &word, &mut whats);
            }
        }
        if !about_resources {
            let anything = ["*".to_owned()];
            let specs =
                if rule.non_resource_urls.is_empty() { &anything[..] } else { &rule.non_resource_urls };
            for path in specs.iter().flat_map(|spec| self.paths(spec)) {
                for verb in URL_VERBS {
                    whats.push(What::url(verb, path.clone()));
                }
            }
        }
        whats
    }

    /// Paths that stand for all that the word matches.
    fn paths(&self, spec: &str) -> Vec<String> {
        let Some(stem) = spec.strip_suffix('*') else {
            return [spec]
                .into_iter()
                .filter(|path| !url::is_resource_path(path))
                .map(str::to_owned)
                .collect();
        };
        let stem = if stem.is_empty() { "/" } else { stem.trim_end_matches('*') };
        let longer = format!("{stem}{}", self.other);
        [longer, stem.to_owned()].into_iter().filter(|path| !url::is_resource_path(path)).collect()
    }

    /// Each entry with each of its words, as (group, resource, subresource).
    fn resources<'r>(&self, rule: &'r Rule) -> Vec<(Option<&'r GroupResources>, [String; 3])> {
        if rule.resources.is_empty() {
            return vec![(None, [self.other.clone(), self.other.clone(), String::new()])];
        }
        let mut all = Vec::new();
        for entry in &rule.resources {
            let anything = ["*".to_owned()];
            let words = if entry.resources.is_empty() { &anything[..] } else { &entry.resources };
            for word in words {
                for group in self.groups(entry, word) {
                    for (resource, subresource) in self.names(&group, word) {
                        all.push((Some(entry), [group.clone(), resource, subresource]));
                    }
                }
            }
        }
        all
    }

    fn groups(&self, entry: &GroupResources, word: &str) -> Vec<String> {
        if entry.group != "*" {
            return vec![entry.group.clone()];
        }
        let name = word.split('/').next().unwrap_or_default();
        let real = builtin::groups_of(name).map(str::to_owned);
        std::iter::once(self.other.clone()).chain(real).collect()
    }

    /// Resources and subresources that stand for all that the word matches in the group.
    fn names(&self, group: &str, word: &str) -> Vec<(String, String)> {
        let other = self.other.as_str();
        let (name, sub) = word.split_once('/').unwrap_or((word, ""));
        let known = builtin::resource(group, name);
        let subs: Vec<&str> = match (sub, known) {
            ("*", Some(known)) => std::iter::once("").chain(known.subresources.iter().copied()).collect(),
            ("*", None) => vec!["", other],
            (sub, _) => vec![sub],
        };
        let names: Vec<&str> = match name {
            "*" => {
                let serves = builtin::group(group).into_iter().flatten();
                let with_sub =
                    serves.filter(|known| known.subresources.contains(&sub)).map(|known| known.name);
                std::iter::once(other).chain(with_sub.filter(|_| !sub.is_empty())).collect()
            }
            _ => vec![name],
        };
        names
            .iter()
            .flat_map(|name| subs.iter().map(move |sub| ((*name).to_owned(), (*sub).to_owned())))
            .collect()
    }

    fn of_resource(
        &self,
        rule: &Rule,
        entry: Option<&GroupResources>,
        [group, resource, subresource]: &[String; 3],
        whats: &mut Vec<What>,
    ) {
        let known = builtin::resource(group, resource);
        let scopes =
            [known.is_none_or(|known| known.namespaced), known.is_none_or(|known| !known.namespaced)];
        let other = [self.other.clone()];
        let names = entry.map(|entry| &entry.resource_names).filter(|names| !names.is_empty());
        let names = names.map_or(&other[..], |names| names);
        for verb in RESOURCE_VERBS {
            let list = matches!(*verb, "list" | "watch");
            let unnamed =
                subresource.is_empty() && matches!(*verb, "create" | "deletecollection" | "list" | "watch");
            if !subresource.is_empty() && (list || *verb == "deletecollection") {
                continue;
            }
            // A field selector may name an object of a list.
            let named = (!unnamed || list).then_some(names.iter().map(String::as_str));
            let with_names: Vec<&str> = named.into_iter().flatten().chain(unnamed.then_some("")).collect();
            for name in with_names {
                let mut namespaces: Vec<&str> = Vec::new();
                let is_namespace = group.is_empty() && resource == "namespaces";
                if is_namespace && !name.is_empty() && !list {
                    // The URL of a namespace is taken for one inside of it.
                    namespaces.push(name);
                } else {
                    if scopes[0] {
                        namespaces.push(&self.other);
                        namespaces
                            .extend(rule.namespaces.iter().map(String::as_str).filter(|n| !n.is_empty()));
                    }
                    if scopes[1] || list {
                        namespaces.push("");
                    }
                }
                if is_namespace && !name.is_empty() && !list && name == self.other {
                    namespaces.extend(rule.namespaces.iter().map(String::as_str).filter(|n| !n.is_empty()));
                }
                for namespace in namespaces {
                    let of_itself = is_namespace && !namespace.is_empty();
                    whats.push(What {
                        verb,
                        group: group.clone(),
                        resource: resource.clone(),
                        subresource: subresource.clone(),
                        namespace: namespace.to_owned(),
                        name: if of_itself { namespace } else { name }.to_owned(),
                        path: None,
                    });
                }
            }
        }
    }
}

impl What {
    fn url(verb: &'static str, path: String) -> Self {
        let empty = String::new;
        Self {
            verb,
            group: empty(),
            resource: empty(),
            subresource: empty(),
            namespace: empty(),
            name: empty(),
            path: Some(path),
        }
    }
}

fn request<'a>(who: Option<&'a Who>, what: &'a What) -> Request<'a> {
    let user = who.map(|who| Identity {
        name: &who.name,
        groups: who.groups.iter().map(|group| Cow::Borrowed(group.as_str())).collect(),
    });
    let target = match &what.path {
        Some(path) => Target::NonResource { path },
        None => Target::Resource {
            api_group: &what.group,
            resource: &what.resource,
            subresource: &what.subresource,
            namespace: &what.namespace,
            name: &what.name,
        },
    };
    Request { user, verb: what.verb, target }
}
