//! What whoever may impersonate in a narrow mode may do as others: a permission on whom, and one for each verb on each
//! resource, `impersonate-on:MODE:VERB`.
//!
//! Upstream: `k8s.io/apiserver` `pkg/endpoints/filters/impersonation/mode.go` (KEP-5284).

use std::collections::{BTreeMap, BTreeSet};

use watertight_model::KubernetesVersion;
use watertight_rbac::{Action, ImpersonationMode, RoleId, SYSTEM_MASTERS, Subject};

use crate::build::{Drawing, Kind, Pen, Vertex};
use crate::edge::Need;
use crate::evidence::{Evidence, Fact};
use crate::grants::{Grants, action_of, counts_in_namespace, subject_vertex};
use crate::requesters::Had;
use crate::scene::Scene;
use crate::thing::{Name, Scope, Thing};

/// The first version whose API server has the modes without being asked to.
const CONSTRAINED: KubernetesVersion = KubernetesVersion::new(36);

/// The API group of what is impersonated.
const AUTHENTICATION: &str = "authentication.k8s.io";

/// The verbs of requests. Others, as `bind`, are asked for within one, of who is impersonated.
const OF_REQUESTS: [&str; 8] =
    ["get", "list", "watch", "create", "update", "patch", "delete", "deletecollection"];

/// Whom a permission lets one act as.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Whom {
    Nodes,
    Accounts,
    /// With the groups that every user is in.
    Users,
    /// With any group beside.
    UsersInGroups,
}

impl Whom {
    const ALL: [Self; 4] = [Self::Nodes, Self::Accounts, Self::Users, Self::UsersInGroups];

    fn modes(self) -> &'static [ImpersonationMode] {
        match self {
            // The node of one's own pod is some node.
            Self::Nodes => &[ImpersonationMode::ArbitraryNode, ImpersonationMode::AssociatedNode],
            Self::Accounts => &[ImpersonationMode::ServiceAccount],
            Self::Users | Self::UsersInGroups => &[ImpersonationMode::UserInfo],
        }
    }

    /// The resources on which the permission is asked for.
    fn resources(self) -> &'static [&'static str] {
        match self {
            Self::Nodes => &["nodes"],
            Self::Accounts => &["serviceaccounts"],
            Self::Users => &["users"],
            Self::UsersInGroups => &["users", "groups"],
        }
    }

    /// Whether whoever may act as all of these may have what a subject has.
    fn includes(self, subject: Subject<'_>, scope: Scope, drawing: &Drawing) -> bool {
        let everybody = |name: &str| name == watertight_rbac::AUTHENTICATED;
        match (self, subject) {
            (Self::Nodes, Subject::User(name)) => watertight_rbac::node_of(name).is_some(),
            (Self::Nodes, Subject::Group(name)) => name == watertight_rbac::NODES || everybody(name),
            (Self::Accounts, Subject::ServiceAccount { namespace, .. }) => is_in(namespace, scope, drawing),
            (Self::Accounts, Subject::Group(name)) => {
                let of_one = watertight_rbac::namespace_of_group(name);
                everybody(name)
                    || name == watertight_rbac::SERVICE_ACCOUNTS
                    || of_one.is_some_and(|namespace| is_in(namespace, scope, drawing))
            }
            (Self::Users | Self::UsersInGroups, Subject::User(name)) => {
                watertight_rbac::node_of(name).is_none()
            }
            (Self::Users, Subject::Group(name)) => everybody(name),
            (Self::UsersInGroups, Subject::Group(name)) => name != SYSTEM_MASTERS,
            _ => false,
        }
    }
}

fn is_in(namespace: &str, scope: Scope, drawing: &Drawing) -> bool {
    match scope {
        Scope::Everywhere => true,
        Scope::In(own) => drawing.names.text(own) == namespace,
    }
}

/// The narrower of two scopes, if they have anything in common.
fn both(one: Scope, other: Scope) -> Option<Scope> {
    match (one, other) {
        (Scope::Everywhere, scope) | (scope, Scope::Everywhere) => Some(scope),
        (one, other) => (one == other).then_some(one),
    }
}

impl Grants<'_> {
    /// Draws what requesters may do as others. What they get are powers, which the entries of the catalogue lead on from.
    pub(crate) fn impersonate(&mut self, kind: Kind, scene: &Scene<'_>, drawing: &mut Drawing) {
        if scene.target() < CONSTRAINED {
            return;
        }
        let requesters = std::mem::take(&mut self.requesters);
        for (subject, roles) in &requesters {
            if !roles.iter().any(|had| self.speaks_of_modes(had.role)) {
                continue;
            }
            let from = subject_vertex(self.policy.subject(*subject), drawing);
            for whom in Whom::ALL {
                for &mode in whom.modes() {
                    self.act_as(whom, mode, roles, from, &mut Pen::new(drawing, kind));
                }
            }
        }
        self.requesters = requesters;
    }

    /// Whether a role lets one do something as somebody else in a narrow mode.
    pub(crate) fn speaks_of_modes(&self, role: RoleId) -> bool {
        let rules = self.policy.role(role).rules();
        rules.iter().flat_map(|rule| &rule.verbs).any(|verb| verb.starts_with("impersonate-on:"))
    }

    /// Draws what one requester may do in one mode.
    fn act_as(
        &mut self,
        whom: Whom,
        mode: ImpersonationMode,
        roles: &[Had],
        from: Vertex,
        pen: &mut Pen<'_>,
    ) {
        let verb = mode.verb();
        let asked = whom.resources().iter().map(|resource| Action::on(&verb, AUTHENTICATION, resource));
        let allowed: Vec<BTreeMap<Scope, Vec<u32>>> =
            asked.map(|action| self.reasons(&action, roles, whom == Whom::Accounts, pen.drawing)).collect();
        let Some((first, rest)) = allowed.split_first() else { return };
        for (&scope, reasons) in first {
            // Users and groups have no namespace.
            let rest: Option<Vec<&Vec<u32>>> = rest.iter().map(|own| own.get(&scope)).collect();
            let Some(rest) = rest else { continue };
            let all = std::iter::once(reasons).chain(rest);
            let premises: Vec<Vertex> = all.map(|reasons| own(from, reasons, pen.drawing)).collect();
            let held = self.held_by(whom, scope, pen.drawing);
            let needs: BTreeSet<u16> = held.iter().map(|(need, ..)| *need).collect();
            for need in needs {
                let on = self.on_request(need, mode, roles, pen.drawing);
                for (on, reasons) in on {
                    let mut premises = premises.clone();
                    premises.push(own(from, &reasons, pen.drawing));
                    let requester = pen.both(premises);
                    for &(_, scope, name) in held.iter().filter(|(own, ..)| *own == need) {
                        let Some(scope) = both(scope, on) else { continue };
                        let thing = Thing::Power(need, scope, name);
                        let power = pen.vertex(thing);
                        self.powers.insert((need, scope, name), power);
                        pen.given(requester, thing);
                    }
                }
            }
        }
    }

    /// By scope: why roles allow an action on whatever name.
    fn reasons(
        &self,
        action: &Action<'_>,
        roles: &[Had],
        namespaced: bool,
        drawing: &mut Drawing,
    ) -> BTreeMap<Scope, Vec<u32>> {
        let mut found: BTreeMap<Scope, Vec<u32>> = BTreeMap::new();
        for had in roles.iter().filter(|had| namespaced || had.scope == Scope::Everywhere) {
            let rules = self.policy.role(had.role).rules_allowing(action);
            for rule in rules.into_iter().filter(|rule| rule.names.is_empty()) {
                let rule = Fact::Rule(had.role, u32::try_from(rule.rule).unwrap_or(u32::MAX));
                let mut facts = had.facts.clone();
                facts.push(drawing.fact(rule));
                facts.sort_unstable();
                facts.dedup();
                let evidence = drawing.evidence(Evidence { facts, note: None });
                found.entry(had.scope).or_default().push(evidence);
            }
        }
        found
    }

    /// By scope: why roles allow what a need says as somebody else.
    fn on_request(
        &self,
        need: u16,
        mode: ImpersonationMode,
        roles: &[Had],
        drawing: &mut Drawing,
    ) -> BTreeMap<Scope, Vec<u32>> {
        let need: Need = self.needs[need as usize];
        let verb = mode.verb_on(need.verb).filter(|_| OF_REQUESTS.contains(&need.verb));
        let Some(verb) = verb else { return BTreeMap::new() };
        let own = action_of(&need);
        let action = Action { verb: &verb, ..own };
        self.reasons(&action, roles, counts_in_namespace(&need), drawing)
    }

    /// What those whom a permission lets one act as may do of the needs.
    fn held_by(&self, whom: Whom, scope: Scope, drawing: &Drawing) -> BTreeSet<(u16, Scope, Option<Name>)> {
        let mut found = BTreeSet::new();
        for (&subject, bound) in &self.bound {
            if !whom.includes(self.policy.subject(subject), scope, drawing) {
                continue;
            }
            for &(role, scope, _) in bound {
                for own in &self.allowed[&role] {
                    // Whoever may do everything may do what each need says.
                    let all = self.needs[own.need as usize].verb == "*";
                    let needs = if all {
                        (0u16..).zip(&self.needs).map(|(at, _)| at).collect()
                    } else {
                        vec![own.need]
                    };
                    let counts = |need: &u16| self.counts(*need, scope);
                    for need in needs.into_iter().filter(counts) {
                        match own.names.as_slice() {
                            [] => drop(found.insert((need, scope, None))),
                            names => found.extend(names.iter().map(|name| (need, scope, Some(*name)))),
                        }
                    }
                }
            }
        }
        found
    }
}

/// That one requester is allowed something, for any of some reasons.
fn own(from: Vertex, reasons: &[u32], drawing: &mut Drawing) -> Vertex {
    let vertex = drawing.own();
    for &reason in reasons {
        drawing.edge(from, vertex, Kind::DEFINITION, reason);
    }
    vertex
}

#[cfg(test)]
mod tests {
    use crate::examples::listing_of;

    /// Rules of a cluster role, and whom it is bound to everywhere.
    fn role(name: &str, group: &str, resources: &str, verbs: &str, subject: &str) -> String {
        format!(
            "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {{name: {name}}}\n\
             rules: [{{apiGroups: ['{group}'], resources: [{resources}], verbs: ['{verbs}']}}]\n---\n\
             apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {{name: {name}}}\n\
             roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {name}}}\n\
             subjects: [{subject}]\n"
        )
    }

    const DEV: &str = "{kind: User, name: dev}";

    /// Whether `dev`, who may impersonate some in one mode and read Secrets as them in another, reads them all.
    fn reads_secrets(whom: &str, mode: &str, on: &str, others: &str) -> bool {
        let yaml = role("whom", "authentication.k8s.io", whom, &format!("impersonate:{mode}"), DEV)
            + &role("on", "", "secrets", &format!("impersonate-on:{on}:get"), DEV)
            + others;
        let all = listing_of(&yaml).into_iter();
        let mut own = all.filter(|own| own.edge == "impersonate-constrained" && own.from == ["user/dev"]);
        own.any(|own| own.to == "secrets/*")
    }

    #[test]
    fn both_permissions_are_of_one_mode() {
        let reader = role("reader", "", "secrets", "get", "{kind: User, name: ann}");
        assert!(reads_secrets("users", "user-info", "user-info", &reader));
        assert!(!reads_secrets("users", "user-info", "serviceaccount", &reader));
    }

    #[test]
    fn groups_are_asked_for_beside_users() {
        let reader = role("reader", "", "secrets", "get", "{kind: Group, name: readers}");
        assert!(!reads_secrets("groups", "user-info", "user-info", &reader));
        assert!(reads_secrets("users, groups", "user-info", "user-info", &reader));
    }

    #[test]
    fn whoever_may_do_everything_may_do_this() {
        let root = role("root", "*", "'*'", "*", "{kind: User, name: root}");
        assert!(reads_secrets("users", "user-info", "user-info", &root));
        assert!(!reads_secrets("nodes", "arbitrary-node", "arbitrary-node", &root));
    }
}
