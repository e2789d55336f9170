//! What a binding lets its subjects do that an intruder would want.
//!
//! A power is told where it is granted, once for each binding and subject. Who gets nearly everything by
//! a binding is told that once, by the controls of its [`Breadth`], whose messages name the powers; those
//! that follow from it are then silent. The powers are data, in [`table`]; start reading at [`tell`].

pub(crate) mod breadth;
pub(crate) mod roles;
pub(crate) mod subjects;
pub(crate) mod table;

use std::fmt;

use watertight_engine::prelude::*;
use watertight_facts::identities::UNSPECIFIED_NAMESPACE;
use watertight_rbac::{Action, BindingView, Policy, RoleView, built_in_resource};

use breadth::Breadth;
use subjects::Grantee;

/// Something that a subject may be able to do.
pub(crate) struct Power {
    /// What, after "may".
    pub(crate) does: &'static str,
    /// Any of these gives it.
    pub(crate) asks: &'static [Ask],
    /// One of these is needed besides, through whatever binding; without it the grant waits for somebody
    /// to add the other half, and is low.
    pub(crate) with: &'static [Ask],
    /// How much it matters, by reach.
    pub(crate) grades: Grades,
    /// Whether `edit` gives it.
    pub(crate) in_edit: bool,
}

/// Verbs on a resource.
pub(crate) struct Ask {
    verbs: &'static [&'static str],
    group: &'static str,
    /// With the subresource, as in `pods/exec`.
    resource: &'static str,
    /// Of the object of this name; empty for any.
    name: &'static str,
}

/// Severities by reach; `None` where it is not worth telling.
#[derive(Clone, Copy)]
pub(crate) struct Grades {
    pub(crate) everywhere: Severity,
    /// In `kube-system`: who rules it rules the accounts and pods that rule the cluster.
    pub(crate) system: Option<Severity>,
    pub(crate) namespace: Option<Severity>,
}

/// How far a binding reaches.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reach<'a> {
    Everywhere,
    /// The namespace; `None` when the manifest names none.
    Namespace(Option<&'a str>),
}

/// That a role gives a power in the reach of a binding.
pub(crate) struct Hit<'p> {
    /// By which verbs on what: `get, list secrets`.
    what: String,
    /// The only objects it is for; empty for all.
    pub(crate) names: &'p [String],
    /// The place of the first rule that gives it.
    pub(crate) rule: usize,
    /// How many resources are among what.
    pub(crate) resources: usize,
}

/// Tells of each subject the worst of the powers that it gets by a binding.
pub(crate) fn tell(scope: BindingScope<'_>, powers: &[&'static Power], out: &mut Sink<'_>) {
    tell_of(scope, powers, 1, out);
}

/// The same of powers over at least so many resources.
pub(crate) fn tell_of(
    scope: BindingScope<'_>,
    powers: &[&'static Power],
    resources: usize,
    out: &mut Sink<'_>,
) {
    let Some(role) = scope.binding().role() else { return };
    let breadth = Breadth::of(role);
    let reach = Reach::of(scope.binding());
    let found = |power: &&'static Power| {
        let hit = power.hit(role, reach).filter(|hit| hit.resources >= resources)?;
        let severity = hit.grade(reach.grade(power.grades)?);
        (!breadth.implies(power, role, &hit)).then_some((*power, severity, hit))
    };
    let found: Vec<_> = powers.iter().filter_map(found).collect();
    if found.is_empty() {
        return;
    }
    let policy = scope.view().identities().policy();
    for grantee in subjects::judged(scope) {
        let held = |ask: &Ask| ask.is_held(policy, &grantee, reach, scope.binding());
        let graded = found.iter().map(|(power, severity, hit)| {
            let complete = power.with.is_empty() || power.with.iter().any(held);
            let severity = if complete { *severity } else { (*severity).min(Severity::Low) };
            (severity, complete, power, hit)
        });
        // Of equal ones the first.
        let Some((severity, complete, power, hit)) = graded.rev().max_by_key(|graded| graded.0) else {
            continue;
        };
        let mut message = hit.sentence(power, &grantee, reach, role);
        if !complete {
            message.push_str("; it takes effect once the subject may also ");
            message.push_str(&power.with.iter().map(Ask::to_string).collect::<Vec<_>>().join(" or "));
        }
        out.fail(grantee.path(), message).severity(severity).discriminator(grantee.key());
    }
}

impl Power {
    /// What, and where: `read Secrets in every namespace`. What is in no namespace is not in every one.
    pub(crate) fn said(&self, reach: Reach<'_>) -> String {
        match reach {
            Reach::Everywhere if !self.asks[0].is_namespaced() => self.does.to_owned(),
            _ => format!("{} {reach}", self.does),
        }
    }

    /// How a role gives it: by rules for every object, or else by rules for some.
    pub(crate) fn hit<'p>(&self, role: RoleView<'p>, reach: Reach<'_>) -> Option<Hit<'p>> {
        let mut found = Vec::new();
        for ask in self.asks.iter().filter(|ask| ask.is_reached(reach)) {
            for &verb in ask.verbs {
                if let Some(rule) = role.allowing(&ask.action(verb)) {
                    // A rule for the one object that matters is not a narrow one.
                    let names = if ask.name.is_empty() { rule.names } else { &[] };
                    found.push((ask, verb, names, rule.rule));
                }
            }
        }
        if found.iter().any(|(_, _, names, _)| names.is_empty()) {
            found.retain(|(_, _, names, _)| names.is_empty());
        }
        let &(_, _, names, rule) = found.first()?;
        let mut by_resource: Vec<(&str, Vec<&str>)> = Vec::new();
        for (ask, verb, ..) in found {
            match by_resource.iter_mut().find(|(resource, _)| *resource == ask.resource) {
                Some((_, verbs)) if verbs.contains(&verb) => {}
                Some((_, verbs)) => verbs.push(verb),
                None => by_resource.push((ask.resource, vec![verb])),
            }
        }
        let words = by_resource.iter().map(|(resource, verbs)| format!("{} {resource}", verbs.join("/")));
        Some(Hit { what: first_few(words), names, rule, resources: by_resource.len() })
    }
}

impl Hit<'_> {
    /// What is left of a severity when the grant is for a few named objects.
    pub(crate) fn grade(&self, severity: Severity) -> Severity {
        match severity {
            _ if self.names.is_empty() => severity,
            Severity::Critical => Severity::Medium,
            Severity::High | Severity::Medium => Severity::Low,
            Severity::Low | Severity::Info => Severity::Info,
        }
    }

    /// Who may do what, where, and by which rule.
    pub(crate) fn sentence(
        &self,
        power: &Power,
        grantee: &Grantee<'_>,
        reach: Reach<'_>,
        role: RoleView<'_>,
    ) -> String {
        let (does, only) = (power.said(reach), only(self.names));
        format!("{grantee} may {does}: {}{only}, by {}", self.what, by(role, self.rule))
    }
}

/// `get/list secrets, create pods, patch nodes and 2 more`.
pub(crate) fn first_few(words: impl ExactSizeIterator<Item = String>) -> String {
    const SHOWN: usize = 3;
    let more = words.len().saturating_sub(SHOWN);
    let mut text = words.take(SHOWN).collect::<Vec<_>>().join(", ");
    if more > 0 {
        text.push_str(&format!(" and {more} more"));
    }
    text
}

/// `rules[2] of ClusterRole view`, as its path is written. The rules of a role that gathers others stand elsewhere.
pub(crate) fn by(role: RoleView<'_>, rule: usize) -> String {
    let (kind, name) = (role.kind(), role.name());
    if role.aggregates() { format!("{kind} `{name}`") } else { format!("rules[{rule}] of {kind} `{name}`") }
}

/// ` named `a`, `b``; nothing for all.
fn only(names: &[String]) -> String {
    if names.is_empty() {
        return String::new();
    }
    format!(" named {} only", first_few(names.iter().map(|name| format!("`{name}`"))))
}

impl Ask {
    pub(crate) const fn of(
        verbs: &'static [&'static str],
        group: &'static str,
        resource: &'static str,
    ) -> Self {
        Self { verbs, group, resource, name: "" }
    }

    /// The same of the one object of this name.
    pub(crate) const fn named(self, name: &'static str) -> Self {
        Self { name, ..self }
    }

    fn action<'a>(&self, verb: &'a str) -> Action<'a> {
        action(verb, self.group, self.resource).named(self.name)
    }

    fn is_namespaced(&self) -> bool {
        built_in_resource(self.group, self.resource).is_none_or(|known| known.namespaced)
    }

    /// Whether a binding can grant it: what has no namespace is not reached through a RoleBinding. Whether
    /// one may refer to a ClusterRole is asked in the binding's namespace (`BindingAuthorized`,
    /// `pkg/registry/rbac/escalation_check.go`), and a request for one namespace is made in it.
    fn is_reached(&self, reach: Reach<'_>) -> bool {
        let in_namespace = self.verbs == ["bind"] || self.resource == "namespaces";
        reach == Reach::Everywhere || self.is_namespaced() || in_namespace
    }

    /// Whether a subject has it somewhere within a reach, through whatever binding.
    fn is_held(
        &self,
        policy: &Policy,
        grantee: &Grantee<'_>,
        reach: Reach<'_>,
        binding: BindingView<'_>,
    ) -> bool {
        let user = grantee.user();
        let here = |namespace: &str| {
            let actions = self.verbs.iter().map(|verb| self.action(verb).in_namespace(namespace));
            actions.into_iter().any(|action| policy.authorize(&user, &action).allowed())
        };
        if !self.is_namespaced() {
            return here("");
        }
        match reach {
            Reach::Namespace(_) => here(binding.namespace().unwrap_or_default()),
            Reach::Everywhere => {
                let bound = policy.bindings_of(grantee.id);
                here("") || bound.iter().filter_map(|(binding, _)| binding.namespace()).any(here)
            }
        }
    }
}

/// `create rolebindings`.
impl fmt::Display for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.verbs.join("/"), self.resource)
    }
}

impl<'a> Reach<'a> {
    pub(crate) fn of(binding: BindingView<'a>) -> Self {
        match binding.namespace() {
            None => Self::Everywhere,
            Some(UNSPECIFIED_NAMESPACE) => Self::Namespace(None),
            Some(name) => Self::Namespace(Some(name)),
        }
    }

    pub(crate) fn grade(self, grades: Grades) -> Option<Severity> {
        match self {
            Self::Everywhere => Some(grades.everywhere),
            Self::Namespace(Some("kube-system")) => grades.system,
            Self::Namespace(_) => grades.namespace,
        }
    }
}

/// As in `in every namespace` or `in namespace shop`.
impl fmt::Display for Reach<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Everywhere => f.write_str("in every namespace"),
            Self::Namespace(Some(name)) => write!(f, "in namespace `{name}`"),
            Self::Namespace(None) => f.write_str("in its namespace"),
        }
    }
}

/// A verb on `pods` or `pods/exec`.
pub(crate) fn action<'a>(verb: &'a str, group: &'a str, resource: &'a str) -> Action<'a> {
    match resource.split_once('/') {
        Some((resource, subresource)) => Action::on(verb, group, resource).subresource(subresource),
        None => Action::on(verb, group, resource),
    }
}
