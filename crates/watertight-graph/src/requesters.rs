//! What one requester may do by all of its roles: for what the API server asks of one request, it does not help to hold
//! somebody else who may do the rest.

use std::collections::{BTreeMap, BTreeSet};

use watertight_rbac::{RoleId, Subject, SubjectId};

use crate::build::{Drawing, Vertex};
use crate::edge::{AttackEdge, Draw, Need};
use crate::evidence::Evidence;
use crate::grants::{Allowed, Granted, Grants, Holding, conjoin, subject_vertex};
use crate::scene::Scene;
use crate::subjects::groups_of;
use crate::thing::{Name, Scope, Thing};

/// A role that a requester has, or may bind to itself.
pub(crate) struct Had {
    pub(crate) role: RoleId,
    pub(crate) scope: Scope,
    /// That it has it.
    pub(crate) facts: Vec<u32>,
}

impl Grants<'_> {
    /// Whoever meets all lists alone: by one role, or by the roles of one subject and its groups.
    pub(crate) fn of_one_requester(&self, lists: &[BTreeSet<u16>], drawing: &mut Drawing) -> Vec<Granted> {
        let mut granted = Vec::new();
        for &(role, scope) in &self.roles {
            let from = drawing.vertex(Thing::Role(role, scope));
            let held = self.held(&Had { role, scope, facts: Vec::new() }, from, lists, drawing);
            granted.extend(alone(lists, &held, drawing));
        }
        for (subject, roles) in &self.requesters {
            let meets =
                |had: &Had, list: &BTreeSet<u16>| self.powers_of(had).any(|own| list.contains(&own.need));
            let all: Vec<&Had> =
                roles.iter().filter(|had| lists.iter().any(|list| meets(had, list))).collect();
            if all.len() < 2 || !lists.iter().all(|list| all.iter().any(|had| meets(had, list))) {
                continue;
            }
            let from = subject_vertex(self.policy.subject(*subject), drawing);
            let held: Vec<Holding> =
                all.iter().flat_map(|had| self.held(had, from, lists, drawing)).collect();
            // What one role gives is told by the role, and here again: when a rule of that role goes, another may stand in
            // for it.
            granted.extend(alone(lists, &held, drawing));
        }
        granted
    }

    /// What a role allows where it is had.
    fn powers_of(&self, had: &Had) -> impl Iterator<Item = &Allowed> {
        let scope = had.scope;
        self.allowed[&had.role].iter().filter(move |own| self.counts(own.need, scope))
    }

    /// What a role allows of some needs.
    fn held(&self, had: &Had, from: Vertex, lists: &[BTreeSet<u16>], drawing: &mut Drawing) -> Vec<Holding> {
        let mut found = Vec::new();
        for own in &self.allowed[&had.role] {
            if !self.counts(own.need, had.scope) || !lists.iter().any(|list| list.contains(&own.need)) {
                continue;
            }
            let evidence = self.also(&had.facts, own.evidence, drawing);
            let holding = |name| Holding { need: own.need, scope: had.scope, name, from, evidence };
            match own.names.as_slice() {
                [] => found.push(holding(None)),
                names => found.extend(names.iter().map(|name| holding(Some(*name)))),
            }
        }
        found
    }

    /// A reason with further facts.
    fn also(&self, facts: &[u32], evidence: u32, drawing: &mut Drawing) -> u32 {
        if facts.is_empty() {
            return evidence;
        }
        let mut all: Vec<u32> =
            drawing.evidence[evidence as usize].facts.iter().chain(facts).copied().collect();
        all.sort_unstable();
        all.dedup();
        drawing.evidence(Evidence { facts: all, note: None })
    }

    /// Whoever may make requests of which more is asked than one permission: by subject, the roles. Others are left
    /// out, which are most.
    pub(crate) fn find_requesters(
        &self,
        catalogue: &[&'static AttackEdge],
        scene: &Scene<'_>,
        drawing: &Drawing,
    ) -> Vec<(SubjectId, Vec<Had>)> {
        let asked: BTreeSet<Need> = catalogue
            .iter()
            .filter_map(|entry| match entry.draw {
                Draw::Request { needs, .. } => Some(needs.iter().flat_map(|list| list.iter().copied())),
                _ => None,
            })
            .flatten()
            .collect();
        let counts = |had: &Had| {
            self.speaks_of_modes(had.role)
                || self.powers_of(had).any(|own| asked.contains(&self.needs[own.need as usize]))
        };
        let subjects = self.bound.keys().copied();
        let all = subjects.map(|subject| (subject, self.roles_of_requester(subject, scene, drawing)));
        all.filter(|(_, roles)| roles.iter().any(counts)).collect()
    }

    /// The roles that a subject has by itself and its groups, and those that it may bind to itself with them.
    fn roles_of_requester(&self, subject: SubjectId, scene: &Scene<'_>, drawing: &Drawing) -> Vec<Had> {
        let groups = groups_of(self.policy.subject(subject));
        let groups = groups.iter().filter_map(|group| self.policy.find_subject(&Subject::Group(group)));
        let mut found: Vec<Had> = Vec::new();
        let mut known: BTreeSet<(RoleId, Scope)> = BTreeSet::new();
        for own in std::iter::once(subject).chain(groups).filter_map(|own| self.bound.get(&own)).flatten() {
            let &(role, scope, fact) = own;
            if known.insert((role, scope)) {
                found.push(Had { role, scope, facts: vec![fact] });
            }
        }
        let mut at = 0;
        while at < found.len() {
            for own in self.bindable(found[at].role, found[at].scope, scene, &drawing.names) {
                if known.contains(&(own.role, own.scope)) {
                    continue;
                }
                let Some(writes) = self.writes_bindings(&found, own.scope) else { continue };
                known.insert((own.role, own.scope));
                let rules = [own.evidence, writes.1].map(|own| drawing.evidence[own as usize].facts.clone());
                let facts =
                    found[at].facts.iter().chain(&found[writes.0].facts).chain(rules.iter().flatten());
                let facts = facts.copied().collect();
                found.push(Had { role: own.role, scope: own.scope, facts });
            }
            at += 1;
        }
        found
    }

    /// Which of some roles writes bindings in a scope, and the rule.
    fn writes_bindings(&self, roles: &[Had], scope: Scope) -> Option<(usize, u32)> {
        let resource = if scope == Scope::Everywhere { "clusterrolebindings" } else { "rolebindings" };
        let reaching = |own: &Had| own.scope == Scope::Everywhere || own.scope == scope;
        roles.iter().enumerate().filter(|(_, own)| reaching(own)).find_map(|(at, own)| {
            let rule = self.allowed[&own.role].iter().find(|own| {
                let need = &self.needs[own.need as usize];
                need.resource == resource && own.names.is_empty()
            });
            rule.map(|rule| (at, rule.evidence))
        })
    }
}

/// Where one requester's powers meet all lists.
fn alone(lists: &[BTreeSet<u16>], held: &[Holding], drawing: &mut Drawing) -> Vec<Granted> {
    let meets = |list: &BTreeSet<u16>| held.iter().any(|own| list.contains(&own.need));
    if !lists.iter().all(meets) {
        return Vec::new();
    }
    let mut known: BTreeMap<(usize, Scope, Option<Name>), Vertex> = BTreeMap::new();
    conjoin(lists, held, drawing, |list, own, drawing| {
        *known.entry((list, own.scope, own.name)).or_insert_with(|| drawing.own())
    })
}

#[cfg(test)]
mod tests {
    use crate::examples::{listing_of, with_graph};
    use crate::{Change, Measure, Reading, Weights};

    /// Rules of a role of `shop`, and whom it is bound to.
    fn role(name: &str, rules: &str, subject: &str) -> String {
        format!(
            "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {{name: {name}, namespace: shop}}\n\
             rules: [{rules}]\n---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\n\
             metadata: {{name: {name}, namespace: shop}}\n\
             roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: Role, name: {name}}}\nsubjects: [{subject}]\n"
        )
    }

    const BIND: &str = "{apiGroups: [rbac.authorization.k8s.io], resources: [clusterroles], verbs: [bind]}";
    const CREATE: &str =
        "{apiGroups: [rbac.authorization.k8s.io], resources: [rolebindings], verbs: [create]}";

    /// Who may have everything in `shop` by binding it.
    fn binders(yaml: &str) -> Vec<String> {
        let all = listing_of(yaml).into_iter();
        let own = all.filter(|own| own.edge == "rolebindings-bind" && own.to == "admin/shop");
        own.map(|own| own.from.join(" & ")).collect()
    }

    #[test]
    fn two_requesters_are_not_one() {
        let yaml = role("a", BIND, "{kind: User, name: ann}") + &role("b", CREATE, "{kind: User, name: bob}");
        assert_eq!(binders(&yaml), Vec::<String>::new());
    }

    #[test]
    fn a_rule_that_another_stands_in_for_takes_nothing_away() {
        let yaml = role("a", &format!("{BIND}, {CREATE}"), "{kind: User, name: ann}")
            + &role("b", CREATE, "{kind: User, name: ann}");
        with_graph(&yaml, |graph| {
            let measure = Measure::of(graph, Weights::default());
            let fixes = graph.fixes();
            let prices = measure.price(&fixes, Reading::Direct);
            for (at, fix) in fixes.iter().enumerate() {
                let Change::DropRule(role, rule) = fix.change else { continue };
                let name = graph.scene.world.identities().policy().role(role).name().to_owned();
                let is_needed = (name.as_str(), rule) == ("a", 0);
                assert_eq!(prices.value(at).0 > 0, is_needed, "rule {rule} of {name}");
            }
        });
    }

    #[test]
    fn a_requester_has_what_its_groups_have() {
        let everybody = "{kind: Group, name: 'system:authenticated'}";
        let yaml = role("a", BIND, "{kind: User, name: ann}") + &role("b", CREATE, everybody);
        assert_eq!(binders(&yaml), ["user/ann"]);
    }

    #[test]
    fn a_requester_has_what_it_may_bind_to_itself() {
        let bind = "{apiGroups: [rbac.authorization.k8s.io], resources: [roles], verbs: [bind]}";
        let yaml = role("a", &format!("{bind}, {CREATE}"), "{kind: User, name: ann}") + &role("b", BIND, "");
        assert_eq!(binders(&yaml), ["user/ann"]);
        let without = role("a", bind, "{kind: User, name: ann}") + &role("b", BIND, "");
        assert_eq!(binders(&without), Vec::<String>::new());
    }
}
