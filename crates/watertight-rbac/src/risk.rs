//! What each subject can escalate to by RBAC alone: the worst it reaches, and a shortest way there.
//!
//! Start reading at [`Policy::risks`]; the table of what gives what is [`PRIMITIVES`].

mod abilities;
mod graph;
mod primitives;

use crate::authorize::Grant;
use crate::policy::Policy;
use crate::request::UserInfo;
use crate::subject::{self, Subject};
use crate::who_can::action_on;

use graph::Graph;
pub use graph::Party;
pub use primitives::{Gives, Need, PRIMITIVES, Primitive, Reach};

/// A service account that exists.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Account<'a> {
    /// Its namespace.
    pub namespace: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Whether pods run as it; `None` when that is not known, which counts as yes.
    pub runs: Option<bool>,
}

impl<'a> Account<'a> {
    pub(crate) fn subject(&self) -> Subject<'a> {
        Subject::ServiceAccount { namespace: self.namespace, name: self.name }
    }
}

/// What a subject can escalate to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Risk<'a> {
    /// Who. A group stands for each of its members.
    pub subject: Subject<'a>,
    /// The worst that it reaches.
    pub reach: Reach,
    /// A shortest way there.
    pub steps: Vec<Step<'a>>,
    /// Every entry of the table that the subject meets by its own bindings, in the order of the table,
    /// and where.
    pub direct: Vec<(&'static Primitive, Option<&'a str>)>,
}

/// One step of a way.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step<'a> {
    /// Who takes it.
    pub from: Party<'a>,
    /// Who one then is; `None` for a last step that leads to no one.
    pub to: Option<Party<'a>>,
    /// By which permission; `None` for what follows by itself, as that one who can be every service
    /// account can be this one.
    pub by: Option<&'static Primitive>,
    /// Where the permission is had; `None` for everywhere.
    pub namespace: Option<&'a str>,
    /// Through which bindings, one for each thing that it needs. Empty for permissions by name and for
    /// what follows by itself.
    pub grants: Vec<Grant>,
}

impl Policy {
    /// What every subject that a binding names, and every given service account, can escalate to by RBAC
    /// alone, worst first, then by the number of steps and by name. Who reaches nothing of the table is
    /// left out.
    ///
    /// That a group is bound says nothing about who its members are; a way through it begins at the group.
    pub fn risks<'a>(&'a self, accounts: &'a [Account<'a>]) -> Vec<Risk<'a>> {
        let graph = Graph::of(self, accounts);
        let farthest = graph.farthest();
        let mut risks = Vec::new();
        for (at, party) in graph.parties.iter().enumerate() {
            let (Party::Subject(subject), Some(far)) = (party, farthest[at]) else { continue };
            let steps = self.steps(&graph, &farthest, at);
            let mut direct: Vec<_> = graph.edges[at]
                .iter()
                .filter_map(|edge| edge.by.filter(|by| by.id != "member").map(|by| (by, edge.namespace)))
                .chain(graph.direct[at].iter().map(|&(_, by, namespace)| (by, namespace)))
                .collect();
            let place = |by: &Primitive| PRIMITIVES.iter().position(|entry| entry.id == by.id);
            direct.sort_by_key(|(by, namespace)| (place(by).unwrap_or(usize::MAX), *namespace));
            direct.dedup();
            risks.push(Risk { subject: *subject, reach: far.reach, steps, direct });
        }
        risks.sort_by(|a, b| (a.reach, a.steps.len(), a.subject).cmp(&(b.reach, b.steps.len(), b.subject)));
        risks
    }

    fn steps<'a>(
        &'a self,
        graph: &Graph<'a>,
        farthest: &[Option<graph::Far>],
        mut at: usize,
    ) -> Vec<Step<'a>> {
        let mut steps = Vec::new();
        while let Some(far) = farthest[at] {
            let from = graph.parties[at];
            let Some(next) = far.next else {
                let direct = graph.direct[at].iter().find(|(reach, _, _)| *reach == far.reach);
                if let Some(&(_, by, namespace)) = direct {
                    let grants = self.grants_of(from, by, namespace);
                    steps.push(Step { from, to: None, by: Some(by), namespace, grants });
                }
                break;
            };
            let edge = &graph.edges[at][next];
            let grants = edge.by.map(|by| self.grants_of(from, by, edge.namespace)).unwrap_or_default();
            let to = Some(graph.parties[edge.to]);
            steps.push(Step { from, to, by: edge.by, namespace: edge.namespace, grants });
            at = edge.to;
        }
        steps
    }

    /// For each thing that an entry needs, the binding that gives it first.
    fn grants_of(&self, party: Party<'_>, entry: &Primitive, namespace: Option<&str>) -> Vec<Grant> {
        let Party::Subject(subject) = party else { return Vec::new() };
        let user = match subject {
            // No user has this name.
            Subject::Group(name) => {
                let mut groups = vec![name.to_owned()];
                if name != subject::UNAUTHENTICATED {
                    groups.push(subject::AUTHENTICATED.to_owned());
                }
                UserInfo::new("\0", groups)
            }
            _ => UserInfo::authenticated(subject.name(), None::<String>),
        };
        let namespace = namespace.unwrap_or_default();
        let grant = |need: &Need| {
            let action = action_on(need.verb, need.group, need.resource).in_namespace(namespace);
            self.authorize(&user, &action).grant
        };
        entry.needs.iter().filter_map(|any| any.iter().find_map(grant)).collect()
    }
}
