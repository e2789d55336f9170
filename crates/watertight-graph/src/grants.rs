//! What roles let whom do, as far as the catalogue asks: from subjects over roles in their scope to powers.
//!
//! A power is one [`Need`] in one scope. Whoever holds it may have it from several bindings, groups and rules; what
//! needs several powers asks for each on its own, whoever gave it. So grants cost as many edges as there are bindings
//! and rules, and none per pair of a subject and what it reaches.

use std::collections::{BTreeMap, BTreeSet};

use watertight_rbac::{
    Action, BindingView, Policy, RoleId, RoleView, Subject, SubjectId, built_in_resource,
    k8s_openapi::api::rbac::v1::PolicyRule,
};

use crate::build::{Drawing, Kind, Pen, Vertex};
use crate::edge::{AttackEdge, Draw, Need};
use crate::evidence::{Evidence, Fact};
use crate::requesters::Had;
use crate::scene::Scene;
use crate::thing::{Every, Name, Names, Scope, Thing};

/// Somebody who meets what an entry of the catalogue needs.
#[derive(Debug, Clone, Copy)]
pub struct Granted {
    /// Whoever that is.
    pub from: Vertex,
    /// The need that they meet; `None` where there are several.
    pub need: Option<Need>,
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
        match entry.draw {
            Draw::Grant { needs: own, .. }
            | Draw::Request { needs: own, .. }
            | Draw::With { needs: own, .. } => {
                needs.extend(own.iter().flat_map(|list| list.iter().copied()));
            }
            Draw::Deputy { needs: own, .. } => needs.extend(own.iter().copied()),
            _ => {}
        }
    }
    needs.into_iter().collect()
}

/// Subjects, roles and powers while they are drawn.
pub(crate) struct Grants<'p> {
    pub(crate) policy: &'p Policy,
    pub(crate) needs: Vec<Need>,
    /// By need: whether it leads nowhere here, as nothing in view acts upon what it is about.
    idle: Vec<bool>,
    /// By need: whether a role binding can grant it.
    in_namespace: Vec<bool>,
    /// Who is bound to what, by subject: the role, where, and the fact that says so.
    pub(crate) bound: BTreeMap<SubjectId, Vec<(RoleId, Scope, u32)>>,
    /// Whoever may make requests of which more is asked than one permission, with all of their roles.
    pub(crate) requesters: Vec<(SubjectId, Vec<Had>)>,
    /// The roles that somebody has or may bind to themselves.
    pub(crate) roles: BTreeSet<(RoleId, Scope)>,
    /// The powers that somebody may have, by need, scope and name.
    pub(crate) powers: BTreeMap<(u16, Scope, Option<Name>), Vertex>,
    /// What the rules of a role allow, for those that were asked about.
    pub(crate) allowed: BTreeMap<RoleId, Vec<Allowed>>,
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
        let idle = idle(catalogue, scene);
        let mut grants = Self {
            policy,
            idle: needs.iter().map(|own| idle.contains(own)).collect(),
            in_namespace: needs.iter().map(counts_in_namespace).collect(),
            needs,
            bound: BTreeMap::new(),
            requesters: Vec::new(),
            roles: BTreeSet::new(),
            powers: BTreeMap::new(),
            allowed: BTreeMap::new(),
        };
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
                grants.bound.entry(id).or_default().push((role.id(), scope, fact));
                let evidence = drawing.evidence(Evidence { facts: vec![fact], note: None });
                drawing.edge(from, to, Kind::DEFINITION, evidence);
            }
        }
        while let Some((role, scope)) = waiting.pop() {
            if grants.roles.insert((role, scope)) {
                grants.draw_role(role, scope, drawing);
                waiting.extend(
                    grants
                        .bindable(role, scope, scene, &drawing.names)
                        .into_iter()
                        .map(|own| (own.role, own.scope)),
                );
            }
        }
        grants.requesters = grants.find_requesters(catalogue, scene, drawing);
        grants
    }

    /// What the rules of a role allow of the needs.
    fn allow(&mut self, role: RoleId, drawing: &mut Drawing) {
        if self.allowed.contains_key(&role) {
            return;
        }
        let view = self.policy.role(role);
        let mut allowed = Vec::new();
        for (need, own) in (0u16..).zip(&self.needs).filter(|(need, _)| !self.idle[*need as usize]) {
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

    /// Whether a role that is had in a scope gives a need there.
    pub(crate) fn counts(&self, need: u16, scope: Scope) -> bool {
        scope == Scope::Everywhere || self.in_namespace[need as usize]
    }

    fn draw_role(&mut self, role: RoleId, scope: Scope, drawing: &mut Drawing) {
        self.allow(role, drawing);
        let from = drawing.vertex(Thing::Role(role, scope));
        for own in &self.allowed[&role] {
            if !self.counts(own.need, scope) {
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
    pub(crate) fn bindable(
        &self,
        role: RoleId,
        scope: Scope,
        scene: &Scene<'_>,
        texts: &Names,
    ) -> Vec<Bindable> {
        let policy = self.policy;
        let namespaces = || match scope {
            Scope::Everywhere => scene.namespaces.keys().copied().collect(),
            Scope::In(namespace) => vec![namespace],
        };
        let mut found = Vec::new();
        for own in self.allowed[&role].iter().filter(|own| self.needs[own.need as usize].verb == "bind") {
            let evidence = own.evidence;
            let mut add = |role, scope| found.push(Bindable { role, scope, evidence });
            let names: Vec<&str> = own.names.iter().map(|name| texts.text(*name)).collect();
            if self.needs[own.need as usize].resource == "clusterroles" {
                for role in names.iter().filter_map(|name| policy.cluster_role(name)) {
                    if scope == Scope::Everywhere {
                        add(role.id(), scope);
                    }
                    namespaces().into_iter().for_each(|name| add(role.id(), Scope::In(name)));
                }
                continue;
            }
            for namespace in namespaces() {
                let text = texts.text(namespace);
                let roles = match names.as_slice() {
                    [] => roles_of(policy, text, None),
                    names => names.iter().flat_map(|name| roles_of(policy, text, Some(name))).collect(),
                };
                roles.into_iter().for_each(|role| add(role, Scope::In(namespace)));
            }
        }
        found
    }

    /// Draws where an entry of the catalogue leads.
    pub(crate) fn lead(
        &self,
        place: usize,
        entry: &'static AttackEdge,
        scene: &Scene<'_>,
        drawing: &mut Drawing,
    ) {
        let (needs, names, leads, by_one) = match entry.draw {
            Draw::Grant { needs, names, leads } | Draw::With { needs, names, leads, .. } => {
                (needs, names, leads, false)
            }
            Draw::Request { needs, names, leads } => (needs, names, leads, true),
            _ => return,
        };
        let number = |need: &Need| {
            let at = self.needs.binary_search(need).unwrap_or_default();
            u16::try_from(at).unwrap_or(u16::MAX)
        };
        let lists: Vec<BTreeSet<u16>> = needs.iter().map(|list| list.iter().map(number).collect()).collect();
        let mut granted: Vec<Granted> = match lists.as_slice() {
            [list] => {
                let own = self.powers.iter().filter(|((need, ..), _)| list.contains(need));
                own.map(|(&(need, scope, name), &from)| {
                    let need = self.needs.get(need as usize).copied();
                    Granted { from, need, scope, name }
                })
                .collect()
            }
            lists if by_one => self.of_one_requester(lists, drawing),
            lists => self.of_whomever(place, lists, drawing),
        };
        granted.retain(|own| names || own.name.is_none());
        let mut pen = Pen::new(drawing, Kind::entry(place));
        for own in &granted {
            leads(own, scene, &mut pen);
        }
    }

    /// Draws where an entry leads by what a controller does.
    pub(crate) fn lead_by_deputies(
        &self,
        place: usize,
        entry: &'static AttackEdge,
        scene: &Scene<'_>,
        drawing: &mut Drawing,
    ) {
        let Draw::Deputy { when, needs, leads } = entry.draw else { return };
        if !when(scene) {
            return;
        }
        let mut pen = Pen::new(drawing, Kind::entry(place));
        for (&(need, scope, name), &from) in &self.powers {
            let need = &self.needs[need as usize];
            if needs.contains(need) {
                leads(&Granted { from, need: Some(*need), scope, name }, need, scene, &mut pen);
            }
        }
        let mut asked: BTreeSet<(&str, &str)> = BTreeSet::new();
        for need in needs.iter().filter(|need| asked.insert((need.group, need.resource))) {
            for &namespace in scene.namespaces.keys() {
                let scope = Scope::In(namespace);
                let from = pen.vertex(Thing::All(Every::Admin, scope));
                leads(&Granted { from, need: Some(*need), scope, name: None }, need, scene, &mut pen);
            }
        }
    }

    /// Whoever meets all lists, each perhaps as somebody else.
    fn of_whomever(&self, place: usize, lists: &[BTreeSet<u16>], drawing: &mut Drawing) -> Vec<Granted> {
        let entry = u16::try_from(place).unwrap_or(u16::MAX);
        let powers = self.powers.iter();
        let held: Vec<Holding> = powers
            .map(|(&(need, scope, name), &from)| Holding { need, scope, name, from, evidence: 0 })
            .collect();
        conjoin(lists, &held, drawing, |list, own, drawing| match own.name {
            Some(_) => own.from,
            None => drawing.vertex(Thing::Met(entry, u8::try_from(list).unwrap_or(u8::MAX), own.scope)),
        })
    }
}

/// The needs of entries whose controllers are not in view, and of no other entry.
fn idle(catalogue: &[&'static AttackEdge], scene: &Scene<'_>) -> BTreeSet<Need> {
    let acts = |entry: &AttackEdge| match entry.draw {
        Draw::Deputy { when, .. } => when(scene),
        _ => true,
    };
    let (busy, idle): (Vec<_>, Vec<_>) = catalogue.iter().copied().partition(|entry| acts(entry));
    let busy: BTreeSet<Need> = needs_of(&busy).into_iter().collect();
    needs_of(&idle).into_iter().filter(|need| !busy.contains(need)).collect()
}

/// A power of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Holding {
    pub(crate) need: u16,
    pub(crate) scope: Scope,
    /// The only object that it is about; `None` for whichever.
    pub(crate) name: Option<Name>,
    /// Who has it.
    pub(crate) from: Vertex,
    /// Why.
    pub(crate) evidence: u32,
}

/// A role that whoever may `bind` can bind to themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Bindable {
    pub(crate) role: RoleId,
    pub(crate) scope: Scope,
    /// The rule that allows it.
    pub(crate) evidence: u32,
}

/// Whoever meets all lists, by scope; the first of them perhaps for one name only. `vertex_of` is where meeting a list
/// by a power is drawn to, one for each list, scope and name.
pub(crate) fn conjoin(
    lists: &[BTreeSet<u16>],
    powers: &[Holding],
    drawing: &mut Drawing,
    mut vertex_of: impl FnMut(usize, &Holding, &mut Drawing) -> Vertex,
) -> Vec<Granted> {
    let mut scopes: BTreeSet<Scope> = BTreeSet::new();
    let mut met: BTreeMap<(usize, Scope), Vertex> = BTreeMap::new();
    let mut named: BTreeSet<(Scope, Name, Vertex)> = BTreeSet::new();
    for own in powers {
        for (at, _) in lists.iter().enumerate().filter(|(_, list)| list.contains(&own.need)) {
            if own.name.is_some() && at > 0 {
                continue;
            }
            let vertex = vertex_of(at, own, drawing);
            drawing.edge(own.from, vertex, Kind::DEFINITION, own.evidence);
            match own.name {
                Some(name) => {
                    named.insert((own.scope, name, vertex));
                }
                None => {
                    met.insert((at, own.scope), vertex);
                }
            }
            scopes.insert(own.scope);
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
            granted.push(Granted { from, need: None, scope, name: None });
        }
        let Some(others) = premises[1..].iter().copied().collect::<Option<Vec<Vertex>>>() else { continue };
        // A name that is granted everywhere counts in the namespace as well.
        for &(_, name, power) in named.iter().filter(|(own, ..)| *own == scope || *own == Scope::Everywhere) {
            let mut all = others.clone();
            all.push(power);
            let from = drawing.both(all);
            granted.push(Granted { from, need: None, scope, name: Some(name) });
        }
    }
    granted
}

/// The roles of a namespace, or the one of a name.
pub(crate) fn roles_of(policy: &Policy, namespace: &str, name: Option<&str>) -> Vec<RoleId> {
    match name {
        Some(name) => policy.role_named(namespace, name).map(RoleView::id).into_iter().collect(),
        None => policy.roles_in(namespace).map(RoleView::id).collect(),
    }
}

/// The roles that role bindings of a namespace grant.
pub(crate) fn roles_bound_in(policy: &Policy, namespace: &str) -> BTreeSet<RoleId> {
    policy.bindings_in(namespace).filter_map(BindingView::role).map(RoleView::id).collect()
}

/// What a rule of a role allows.
pub(crate) struct Allowed {
    pub(crate) need: u16,
    /// Only on these; empty for all.
    pub(crate) names: Vec<Name>,
    pub(crate) evidence: u32,
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

pub(crate) fn action_of(need: &Need) -> Action<'static> {
    let action = match need.resource.split_once('/') {
        Some((resource, subresource)) => Action::on(need.verb, need.group, resource).subresource(subresource),
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
pub(crate) fn counts_in_namespace(need: &Need) -> bool {
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
