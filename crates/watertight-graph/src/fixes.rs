//! Changes that take edges away: what each edge rests on, turned into what somebody can do about it.

use std::collections::BTreeMap;

use watertight_model::{ObjectId, Safety};
use watertight_rbac::{BindingId, RoleId, Subject, SubjectId};
use watertight_syntax::Path;

use crate::evidence::Fact;
use crate::graph::AttackGraph;
use crate::shape::number;
use crate::thing::Thing;

/// What is changed.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Change {
    /// A binding is removed.
    Unbind(BindingId),
    /// A rule is taken out of a role.
    DropRule(RoleId, u32),
    /// A field of an object is changed so that it opens nothing.
    Field(ObjectId, Path),
    /// Everything in a workload's template that gives its node away is taken out.
    Harden(u32),
    /// An object is removed.
    Remove(ObjectId),
    /// Pod Security enforces `baseline` in a namespace, by name.
    Enforce(String),
    /// A default-deny policy, with what is needed let through, in a namespace, by name.
    Isolate(String),
}

/// A candidate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// What is changed.
    pub change: Change,
    /// Whether it may change how something behaves.
    pub safety: Safety,
    /// How much work it is, against others: 1 is one field of one object.
    pub effort: u32,
    /// The edges that it takes away, by number.
    pub edges: Vec<u32>,
}

impl AttackGraph<'_> {
    /// Every change that takes some edge away.
    #[must_use]
    pub fn fixes(&self) -> Vec<Fix> {
        let by_fact = self.edges_by_fact();
        let mut found: BTreeMap<Change, Vec<u32>> = BTreeMap::new();
        for (fact, edges) in self.facts.iter().zip(&by_fact) {
            if edges.is_empty() {
                continue;
            }
            for change in self.changes(fact, edges) {
                found.entry(change).or_default().extend(edges);
            }
        }
        let fixes = found.into_iter().map(|(change, mut edges)| {
            edges.sort_unstable();
            edges.dedup();
            let (safety, effort) = (self.safety(&change), effort(&change));
            Fix { change, safety, effort, edges }
        });
        // What hardens a workload is more than one of its fields.
        let mut fixes: Vec<Fix> = fixes.collect();
        let of_fields: BTreeMap<Vec<u32>, ()> = fixes
            .iter()
            .filter(|fix| matches!(fix.change, Change::Field(..)))
            .map(|fix| (fix.edges.clone(), ()))
            .collect();
        fixes.retain(|fix| !matches!(fix.change, Change::Harden(_)) || !of_fields.contains_key(&fix.edges));
        fixes
    }

    /// The fields by which a workload gives its node away: what [`Change::Harden`] takes out.
    #[must_use]
    pub fn fields_of(&self, place: u32) -> Vec<(ObjectId, Path)> {
        let hardened = Change::Harden(place);
        let by_fact = self.edges_by_fact();
        let fields = self.facts.iter().zip(&by_fact).filter_map(|(fact, edges)| match fact {
            Fact::Field(object, path) if !edges.is_empty() => {
                let changes = self.changes_of_field(*object, path, edges);
                changes.contains(&hardened).then(|| (*object, path.clone()))
            }
            _ => None,
        });
        fields.collect()
    }

    /// Whether nothing that works can notice a change. Of nearly all that cannot be shown: who uses a token, a rule or a
    /// folder is in no manifest. A binding gives nobody anything whose subjects are accounts that are not there, where
    /// every account is in view and no workload asks for one of them.
    fn safety(&self, change: &Change) -> Safety {
        let Change::Unbind(binding) = change else { return Safety::Review };
        let snapshot = self.scene.world.snapshot();
        let policy = self.scene.world.identities().policy();
        let is_gone = |subject: SubjectId| {
            let Subject::ServiceAccount { namespace, name } = policy.subject(subject) else { return false };
            let (Some(namespace), Some(name)) = (self.names.find(namespace), self.names.find(name)) else {
                return true;
            };
            let account = self.scene.accounts.get(&(namespace, name));
            account.is_none_or(Option::is_none) && !self.scene.accounts_used.contains(&(namespace, name))
        };
        let all_in_view = snapshot.is_complete("", "ServiceAccount");
        match all_in_view && policy.binding(*binding).subjects().all(|own| own.id.is_some_and(is_gone)) {
            true => Safety::Safe,
            false => Safety::Review,
        }
    }

    /// By fact: the edges that rest on it, by number.
    fn edges_by_fact(&self) -> Vec<Vec<u32>> {
        let mut by_evidence: Vec<Vec<u32>> = vec![Vec::new(); self.evidence.len()];
        for (at, edge) in self.edges.iter().enumerate() {
            if edge.evidence != 0 {
                by_evidence[edge.evidence as usize].push(number(at));
            }
        }
        let mut by_fact: Vec<Vec<u32>> = vec![Vec::new(); self.facts.len()];
        for (evidence, edges) in self.evidence.iter().zip(by_evidence) {
            for fact in &evidence.facts {
                by_fact[*fact as usize].extend(&edges);
            }
        }
        by_fact
    }

    /// What can be done about a fact. Nothing about what every cluster has.
    fn changes(&self, fact: &Fact, edges: &[u32]) -> Vec<Change> {
        let snapshot = self.scene.world.snapshot();
        let policy = self.scene.world.identities().policy();
        let is_written = |object: ObjectId| !snapshot.object(object).is_implied();
        match fact {
            Fact::Bound(binding, _) => {
                let object = ObjectId(policy.binding(*binding).tag());
                is_written(object).then_some(Change::Unbind(*binding)).into_iter().collect()
            }
            Fact::Rule(role, rule) => {
                let view = policy.role(*role);
                let own = is_written(ObjectId(view.tag())) && !view.aggregates();
                own.then_some(Change::DropRule(*role, *rule)).into_iter().collect()
            }
            Fact::Field(object, path) => self.changes_of_field(*object, path, edges),
            Fact::Object(object) => {
                is_written(*object).then_some(Change::Remove(*object)).into_iter().collect()
            }
            Fact::Unenforced(namespace) => vec![Change::Enforce(namespace.clone())],
            Fact::Reachable(namespace) => vec![Change::Isolate(namespace.clone())],
        }
    }

    fn changes_of_field(&self, object: ObjectId, path: &Path, edges: &[u32]) -> Vec<Change> {
        // What a container needs to work is no opening by itself: its image, and the Secrets that it reads.
        let kind = |edge: &u32| self.entry(self.edges[*edge as usize].kind).map(|entry| entry.id);
        let is_needed = |edge: &u32| {
            matches!(kind(edge), Some("image-pull" | "secret-read" | "pull-secret" | "projected-audience"))
        };
        if edges.iter().all(is_needed) {
            return Vec::new();
        }
        let mut changes = vec![Change::Field(object, path.clone())];
        let of_node = |edge: &u32| match self.thing(self.edges[*edge as usize].to) {
            Thing::Placed(place, _) => Some(place),
            _ => None,
        };
        let places: std::collections::BTreeSet<u32> = edges.iter().filter_map(of_node).collect();
        changes.extend(places.into_iter().map(Change::Harden));
        changes
    }
}

/// How much work a change is, against others.
fn effort(change: &Change) -> u32 {
    match change {
        Change::Field(..) => 1,
        Change::DropRule(..) | Change::Unbind(_) | Change::Remove(_) | Change::Enforce(_) => 2,
        Change::Harden(_) => 3,
        Change::Isolate(_) => 4,
    }
}
