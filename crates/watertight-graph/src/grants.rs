//! What roles let whom do, as far as the catalogue asks: from subjects over roles in their scope to powers.
//!
//! A power is one [`Need`] in one scope. Whoever holds it may have it from several bindings, groups and rules; what
//! needs several powers asks for each on its own, whoever gave it. So grants cost as many edges as there are bindings
//! and rules, and none per pair of a subject and what it reaches.

use std::collections::{BTreeMap, BTreeSet};

use watertight_rbac::{
    Action, Policy, RoleId, Subject, built_in_resource, k8s_openapi::api::rbac::v1::PolicyRule,
};

use crate::build::{Drawing, Kind, Pen, Vertex};
use crate::edge::{AttackEdge, Draw, Need};
use crate::evidence::{Evidence, Fact};
use crate::scene::Scene;
use crate::thing::{Every, Name, Scope, Thing};

/// Somebody who meets what an entry of the catalogue needs.
#[derive(Debug, Clone, Copy)]
pub struct Granted {
    /// Whoever that is.
    pub from: Vertex,
    /// Where.
    pub scope: Scope,
    /// The only object that it is about; `None` for whichever.
    pub name: Option<Name>,
}

impl Granted {
    /// Leads to all of a kind in its scope, for who is not bound to one name.
    pub fn to_all(&self, every: Every, pen: &mut Pen<'_>) {
        if self.name.is_none() {
            pen.given(self.from, Thing::All(every, self.scope));
        }
    }

    /// The namespaces that it is about.
    #[must_use]
    pub fn namespaces(&self, scene: &Scene<'_>) -> Vec<Name> {
        match self.scope {
            Scope::Everywhere => scene.namespaces.keys().copied().collect(),
            Scope::In(namespace) => vec![namespace],
        }
    }

    /// Whether it reaches a namespace.
    #[must_use]
    pub fn reaches(&self, namespace: Name) -> bool {
        self.scope == Scope::Everywhere || self.scope == Scope::In(namespace)
    }
}

/// The needs of a catalogue, each once.
pub(crate) fn needs_of(catalogue: &[&'static AttackEdge]) -> Vec<Need> {
    let mut needs: BTreeSet<Need> = BTreeSet::new();
    for entry in catalogue {
        if let Draw::Grant { needs: own, .. } = entry.draw {
            needs.extend(own.iter().flat_map(|list| list.iter().copied()));
        }
    }
    needs.into_iter().collect()
}

/// Subjects, roles and powers while they are drawn.
pub(crate) struct Grants<'p> {
    policy: &'p Policy,
    needs: Vec<Need>,
    /// The powers that somebody may have, by need, scope and name.
    powers: BTreeMap<(u16, Scope, Option<Name>), Vertex>,
    /// What the rules of a role allow, for those that were asked about.
    allowed: BTreeMap<RoleId, Vec<Allowed>>,
}

impl<'p> Grants<'p> {
    /// Draws who is bound to what, and what roles allow: those that are bound, and those that whoever may `bind` can
    /// bind to themselves.
    pub(crate) fn draw(
        policy: &'p Policy,
        catalogue: &[&'static AttackEdge],
        scene: &Scene<'_>,
        drawing: &mut Drawing,
    ) -> Self {
        let needs = needs_of(catalogue);
        let mut grants = Self { policy, needs, powers: BTreeMap::new(), allowed: BTreeMap::new() };
        let mut drawn: BTreeSet<(RoleId, Scope)> = BTreeSet::new();
        let mut waiting: Vec<(RoleId, Scope)> = Vec::new();
        for binding in policy.bindings() {
            let Some(role) = binding.role() else { continue };
            let scope = match binding.namespace() {
                Some(namespace) => Scope::In(drawing.names.add(namespace)),
                None => Scope::Everywhere,
            };
            for (place, subject) in (0u32..).zip(binding.subjects()) {
                let Some(id) = subject.id else { continue };
                waiting.push((role.id(), scope));
                let from = subject_vertex(policy.subject(id), drawing);
                let to = drawing.vertex(Thing::Role(role.id(), scope));
                let fact = drawing.fact(Fact::Bound(binding.id(), place));
                let evidence = drawing.evidence(Evidence { facts: vec![fact], note: None });
                drawing.edge(from, to, Kind::DEFINITION, evidence);
            }
        }
        while let Some((role, scope)) = waiting.pop() {
            if drawn.insert((role, scope)) {
                grants.draw_role(role, scope, drawing);
                grants.bindable(role, scope, scene, drawing, &mut waiting);
            }
        }
        grants
    }

    /// What the rules of a role allow of the needs.
    fn allow(&mut self, role: RoleId, drawing: &mut Drawing) {
        if self.allowed.contains_key(&role) {
            return;
        }
        let view = self.policy.role(role);
        let mut allowed = Vec::new();
        for (need, own) in (0u16..).zip(&self.needs) {
            let action = action_of(own);
            for found in view.rules_allowing(&action) {
                // What may do everything is told by the one entry that says so.
                if own.verb != "*" && is_everything(&view.rules()[found.rule]) {
                    continue;
                }
                let fact = drawing.fact(Fact::Rule(role, u32::try_from(found.rule).unwrap_or(u32::MAX)));
                let evidence = drawing.evidence(Evidence { facts: vec![fact], note: None });
                let names = match own.name {
                    Some(_) => Vec::new(),
                    None => found.names.iter().map(|name| drawing.names.add(name)).collect(),
                };
                allowed.push(Allowed { need, names, evidence });
            }
        }
        self.allowed.insert(role, allowed);
    }

    fn draw_role(&mut self, role: RoleId, scope: Scope, drawing: &mut Drawing) {
        self.allow(role, drawing);
        let from = drawing.vertex(Thing::Role(role, scope));
        for own in &self.allowed[&role] {
            if scope != Scope::Everywhere && !counts_in_namespace(&self.needs[own.need as usize]) {
                continue;
            }
            let mut names: Vec<Option<Name>> = own.names.iter().copied().map(Some).collect();
            if names.is_empty() {
                names.push(None);
            }
            for name in names {
                let to = drawing.vertex(Thing::Power(own.need, scope, name));
                self.powers.insert((own.need, scope, name), to);
                drawing.edge(from, to, Kind::DEFINITION, own.evidence);
            }
        }
    }

    /// The roles that whoever has a role may be able to bind. What may bind every cluster role needs no list.
    fn bindable(
        &self,
        role: RoleId,
        scope: Scope,
        scene: &Scene<'_>,
        drawing: &Drawing,
        waiting: &mut Vec<(RoleId, Scope)>,
    ) {
        let policy = self.policy;
        let namespaces = || match scope {
            Scope::Everywhere => scene.namespaces.keys().copied().collect(),
            Scope::In(namespace) => vec![namespace],
        };
        for own in &self.allowed[&role] {
            let need = &self.needs[own.need as usize];
            if need.verb != "bind" {
                continue;
            }
            let names: Vec<&str> = own.names.iter().map(|name| drawing.names.text(*name)).collect();
            if need.resource == "clusterroles" {
                let roles = names.iter().filter_map(|name| policy.cluster_role(name));
                for role in roles {
                    waiting.extend((scope == Scope::Everywhere).then_some((role.id(), scope)));
                    waiting.extend(namespaces().into_iter().map(|name| (role.id(), Scope::In(name))));
                }
                continue;
            }
            for namespace in namespaces() {
                let text = drawing.names.text(namespace);
                let found = match names.as_slice() {
                    [] => roles_of(policy, text, None),
                    names => names.iter().flat_map(|name| roles_of(policy, text, Some(name))).collect(),
                };
                waiting.extend(found.into_iter().map(|role| (role, Scope::In(namespace))));
            }
        }
    }

    /// Draws where an entry of the catalogue leads.
    pub(crate) fn lead(
        &self,
        place: usize,
        entry: &'static AttackEdge,
        scene: &Scene<'_>,
        drawing: &mut Drawing,
    ) {
        let Draw::Grant { needs, names, leads } = entry.draw else { return };
        let number = |need: &Need| {
            let at = self.needs.binary_search(need).unwrap_or_default();
            u16::try_from(at).unwrap_or(u16::MAX)
        };
        let lists: Vec<BTreeSet<u16>> = needs.iter().map(|list| list.iter().map(number).collect()).collect();
        let mut granted: Vec<Granted> = match lists.as_slice() {
            [list] => {
                let own = self.powers.iter().filter(|((need, ..), _)| list.contains(need));
                own.map(|(&(_, scope, name), &from)| Granted { from, scope, name }).collect()
            }
            lists => self.conjoin(place, lists, drawing),
        };
        granted.retain(|own| names || own.name.is_none());
        let mut pen = Pen::new(drawing, Kind::entry(place));
        for own in &granted {
            leads(own, scene, &mut pen);
        }
    }

    /// Whoever meets all lists, by scope; the first of them perhaps for one name only.
    fn conjoin(&self, place: usize, lists: &[BTreeSet<u16>], drawing: &mut Drawing) -> Vec<Granted> {
        let entry = u16::try_from(place).unwrap_or(u16::MAX);
        let mut scopes: BTreeSet<Scope> = BTreeSet::new();
        let mut met: BTreeMap<(usize, Scope), Vertex> = BTreeMap::new();
        let mut named: BTreeSet<(Scope, Name, Vertex)> = BTreeSet::new();
        for (&(need, scope, name), &power) in &self.powers {
            for (at, _) in lists.iter().enumerate().filter(|(_, list)| list.contains(&need)) {
                match name {
                    Some(name) if at == 0 => {
                        named.insert((scope, name, power));
                    }
                    Some(_) => continue,
                    None => {
                        let list = u8::try_from(at).unwrap_or(u8::MAX);
                        let vertex = drawing.vertex(Thing::Met(entry, list, scope));
                        drawing.edge(power, vertex, Kind::DEFINITION, 0);
                        met.insert((at, scope), vertex);
                    }
                }
                scopes.insert(scope);
            }
        }
        let mut granted = Vec::new();
        for scope in scopes {
            let mut premises: Vec<Option<Vertex>> = Vec::new();
            for at in 0..lists.len() {
                let everywhere = met.get(&(at, Scope::Everywhere)).copied();
                let here = met.get(&(at, scope)).copied();
                if let (Some(here), Some(everywhere)) = (here, everywhere) {
                    drawing.edge(everywhere, here, Kind::DEFINITION, 0);
                }
                premises.push(here.or(everywhere));
            }
            if let Some(all) = premises.iter().copied().collect::<Option<Vec<Vertex>>>() {
                let from = drawing.both(all);
                granted.push(Granted { from, scope, name: None });
            }
            let Some(others) = premises[1..].iter().copied().collect::<Option<Vec<Vertex>>>() else { continue };
            // A name that is granted everywhere counts in the namespace as well.
            for &(own, name, power) in named.iter().filter(|(own, ..)| *own == scope || *own == Scope::Everywhere) {
                debug_assert!(own == scope || own == Scope::Everywhere);
                let mut all = others.clone();
                all.push(power);
                let from = drawing.both(all);
                granted.push(Granted { from, scope, name: Some(name) });
            }
        }
        granted
    }
}

/// The roles of a namespace, or the one of a name.
pub(crate) fn roles_of(policy: &Policy, namespace: &str, name: Option<&str>) -> Vec<RoleId> {
    match name {
        Some(name) => policy.role_named(namespace, name).map(|role| role.id()).into_iter().collect(),
        None => {
            let own = policy.roles().filter(|role| role.namespace() == Some(namespace));
            own.map(|role| role.id()).collect()
        }
    }
}

/// The roles that role bindings of a namespace grant.
pub(crate) fn roles_bound_in(policy: &Policy, namespace: &str) -> BTreeSet<RoleId> {
    let own = policy.bindings().filter(|binding| binding.namespace() == Some(namespace));
    own.filter_map(|binding| binding.role()).map(|role| role.id()).collect()
}

/// What a rule of a role allows.
struct Allowed {
    need: u16,
    /// Only on these; empty for all.
    names: Vec<Name>,
    evidence: u32,
}

/// The vertex of a subject.
pub(crate) fn subject_vertex(subject: Subject<'_>, drawing: &mut Drawing) -> Vertex {
    let thing = match subject {
        Subject::User(name) => Thing::User(drawing.names.add(name)),
        Subject::Group(name) => Thing::Group(drawing.names.add(name)),
        Subject::ServiceAccount { namespace, name } => {
            Thing::Account(drawing.names.add(namespace), drawing.names.add(name))
        }
    };
    drawing.vertex(thing)
}

fn action_of(need: &Need) -> Action<'static> {
    let action = match need.resource.split_once('/') {
        Some((resource, subresource)) => {
            Action::on(need.verb, need.group, resource).subresource(subresource)
        }
        None => Action::on(need.verb, need.group, need.resource),
    };
    action.named(need.name.unwrap_or_default())
}

/// Whether a rule allows everything on everything.
fn is_everything(rule: &PolicyRule) -> bool {
    let star = |list: Option<&Vec<String>>| list.is_some_and(|list| list.iter().any(|text| text == "*"));
    star(Some(&rule.verbs))
        && star(rule.api_groups.as_ref())
        && star(rule.resources.as_ref())
        && rule.resource_names.as_ref().is_none_or(Vec::is_empty)
}

/// Whether a role binding can grant it: what has a namespace, `bind` on a cluster role, which is asked in the
/// namespace of the binding (`BindingAuthorized` in `pkg/registry/rbac/escalation_check.go`), and a namespace itself,
/// which is requested within itself (`NewRequestInfo` in `k8s.io/apiserver` `pkg/endpoints/request/requestinfo.go`).
fn counts_in_namespace(need: &Need) -> bool {
    // What is impersonated, and signers, are no objects: only service accounts among them have a namespace.
    const OF_NO_NAMESPACE: [&str; 5] = ["users", "groups", "uids", "userextras", "signers"];
    let (resource, _) = need.resource.split_once('/').unwrap_or((need.resource, ""));
    if OF_NO_NAMESPACE.contains(&resource) {
        return false;
    }
    built_in_resource(need.group, resource).is_none_or(|own| own.namespaced)
        || (resource == "clusterroles" && need.verb == "bind")
        || (need.group.is_empty() && resource == "namespaces")
}
