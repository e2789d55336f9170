//! Evidence in words.

use watertight_model::ObjectId;
use watertight_rbac::describe_rule;
use watertight_syntax::Path;

use crate::evidence::Fact;
use crate::graph::AttackGraph;
use crate::paths::Step;

/// One piece of evidence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shown {
    /// What it says.
    pub text: String,
    /// The object that says it, where one does.
    pub object: Option<ObjectId>,
    /// Where in the object.
    pub path: Path,
}

impl AttackGraph<'_> {
    /// Why a step can be taken: what was written, and what is taken for granted.
    #[must_use]
    pub fn shown(&self, step: &Step) -> Vec<Shown> {
        let mut found: Vec<Shown> = Vec::new();
        let mut add = |shown: Shown| {
            if !found.contains(&shown) {
                found.push(shown);
            }
        };
        for &number in &step.edges {
            let evidence = &self.evidence[self.edges[number as usize].evidence as usize];
            for fact in &evidence.facts {
                add(self.shown_fact(&self.facts[*fact as usize]));
            }
            if let Some(note) = &evidence.note {
                add(Shown { text: note.clone(), object: None, path: Path::root() });
            }
        }
        found
    }

    /// A fact in words.
    #[must_use]
    pub fn shown_fact(&self, fact: &Fact) -> Shown {
        let snapshot = self.scene.world.snapshot();
        let policy = self.scene.world.identities().policy();
        match fact {
            Fact::Bound(binding, place) => {
                let binding = policy.binding(*binding);
                let subject = binding.subjects().nth(*place as usize);
                let who = subject.map(|own| format!("{} {}", own.kind, own.name)).unwrap_or_default();
                let role = format!("{} {}", binding.role_kind(), binding.role_name());
                let path = Path::root().key("subjects").index(*place as usize);
                let text = format!("{binding} gives {role} to {who}");
                Shown { text, object: Some(ObjectId(binding.tag())), path }
            }
            Fact::Rule(role, rule) => {
                let role = policy.role(*role);
                let own = role.rules().get(*rule as usize);
                let says = own.map(describe_rule).unwrap_or_default();
                let path = Path::root().key("rules").index(*rule as usize);
                // A gathered rule stands in another role.
                let path = if role.aggregates() { Path::root() } else { path };
                Shown { text: format!("{role} has {says}"), object: Some(ObjectId(role.tag())), path }
            }
            Fact::Field(object, path) => {
                let identity = snapshot.object(*object).identity();
                Shown { text: format!("{path} of {identity}"), object: Some(*object), path: path.clone() }
            }
            Fact::Object(object) => {
                let identity = snapshot.object(*object).identity();
                Shown { text: identity.to_string(), object: Some(*object), path: Path::root() }
            }
            Fact::Unenforced(namespace) => {
                let object = self.namespace_object(namespace);
                let text = format!("Pod Security enforces nothing in the namespace {namespace}");
                Shown { text, object, path: Path::root().at("metadata.labels") }
            }
            Fact::Reachable(namespace) => Shown {
                text: format!("network policies let it through to the namespace {namespace}"),
                object: None,
                path: Path::root(),
            },
        }
    }

    /// The object of a namespace, where somebody wrote it.
    #[must_use]
    pub fn namespace_object(&self, namespace: &str) -> Option<ObjectId> {
        let name = self.names.find(namespace)?;
        let objects = &self.scene.namespaces.get(&name)?.objects;
        let snapshot = self.scene.world.snapshot();
        objects.iter().copied().find(|own| !snapshot.object(*own).is_implied())
    }
}
