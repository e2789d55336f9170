//! Which needs of the table each role, and each subject in each namespace, meets: bits, computed once.

use std::collections::BTreeMap;

use super::primitives::{Need, PRIMITIVES, Primitive};
use crate::intern::Text;
use crate::policy::{Policy, Posting, RoleId, SubjectId};
use crate::resources::built_in_resource;
use crate::rule::{Asked, list};
use crate::who_can::action_on;

/// One bit per need of the table.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Mask([u64; 4]);

impl Mask {
    fn set(&mut self, bit: usize) {
        self.0[bit / 64] |= 1 << (bit % 64);
    }

    pub(super) fn has(self, bit: usize) -> bool {
        self.0[bit / 64] & (1 << (bit % 64)) != 0
    }

    pub(super) fn or(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] | other.0[at]))
    }

    fn and(self, other: Self) -> Self {
        Self(std::array::from_fn(|at| self.0[at] & other.0[at]))
    }

    pub(super) fn is_empty(self) -> bool {
        self == Self::default()
    }
}

/// What a subject meets.
#[derive(Clone, Debug, Default)]
pub(super) struct Ability {
    /// By cluster role bindings: everywhere.
    pub(super) everywhere: Mask,
    /// By role bindings, in each namespace, without what is met everywhere.
    pub(super) by_namespace: BTreeMap<Text, Mask>,
}

/// A need of the table, met for objects of certain names.
pub(super) struct Named<'p> {
    pub(super) need: usize,
    pub(super) names: &'p [String],
}

/// The table's needs against a policy.
pub(super) struct Abilities<'p> {
    pub(super) needs: Vec<Need>,
    /// By role.
    pub(super) roles: Vec<Mask>,
    /// By role.
    pub(super) named: Vec<Vec<Named<'p>>>,
    /// By subject.
    pub(super) subjects: Vec<Ability>,
    /// What counts through a role binding.
    pub(super) in_namespaces: Mask,
    /// By entry of the table: each list of needs as bits.
    primitives: Vec<Vec<Vec<usize>>>,
}

impl<'p> Abilities<'p> {
    pub(super) fn of(policy: &'p Policy) -> Self {
        let mut needs: Vec<Need> = PRIMITIVES
            .iter()
            .flat_map(|entry| entry.needs.iter().flat_map(|any| any.iter().copied()))
            .collect();
        needs.extend([EVERY_NAMED_NEED.0, EVERY_NAMED_NEED.1]);
        needs.sort();
        needs.dedup();
        let place = |need: &Need| needs.binary_search(need).expect("the needs were gathered from this table");
        let primitives = PRIMITIVES
            .iter()
            .map(|entry| entry.needs.iter().map(|any| any.iter().map(place).collect()).collect())
            .collect();
        let mut in_namespaces = Mask::default();
        for (bit, need) in needs.iter().enumerate().filter(|(_, need)| counts_in_namespace(need)) {
            debug_assert!(bit < 256, "{need:?} needs a wider mask");
            in_namespaces.set(bit);
        }
        let asked: Vec<Asked<'_>> = needs
            .iter()
            .map(|need| {
                let action = action_on(need.verb, need.group, need.resource);
                Asked::of(&action, &policy.words, policy.star)
            })
            .collect();
        let (mut roles, mut named) = (Vec::new(), Vec::new());
        for role in &policy.roles {
            let mut mask = Mask::default();
            let mut by_name = Vec::new();
            for (need, asked) in asked.iter().enumerate().filter(|(_, asked)| role.sieve.may_allow(asked)) {
                if role.compiled.iter().any(|rule| rule.allows(asked, policy.star)) {
                    mask.set(need);
                    continue;
                }
                for (place, _) in
                    role.compiled.iter().enumerate().filter(|(_, rule)| rule.allows_some(asked, policy.star))
                {
                    by_name.push(Named { need, names: list(role.rules[place].resource_names.as_ref()) });
                }
            }
            roles.push(mask);
            named.push(by_name);
        }
        let subjects = policy
            .subjects()
            .map(|(subject, _)| ability(policy.postings_of(subject), &roles, in_namespaces))
            .collect();
        Self { needs, roles, named, subjects, in_namespaces, primitives }
    }

    /// Whether a mask meets an entry of the table.
    pub(super) fn meets(&self, mask: Mask, entry: usize) -> bool {
        self.primitives[entry].iter().all(|any| any.iter().any(|&bit| mask.has(bit)))
    }

    /// Whether a mask meets one of these needs.
    pub(super) fn meets_any(&self, mask: Mask, needs: &[Need]) -> bool {
        needs.iter().any(|need| self.needs.binary_search(need).is_ok_and(|bit| mask.has(bit)))
    }

    /// What a role gives through a role binding.
    pub(super) fn in_namespace(&self, role: RoleId) -> Mask {
        self.roles[role.index()].and(self.in_namespaces)
    }

    /// What a subject meets; nothing for one that no binding names.
    pub(super) fn subject(&self, subject: Option<SubjectId>) -> Option<&Ability> {
        subject.map(|id| &self.subjects[id.index()])
    }
}

/// Needs that only named permissions of the table have.
const EVERY_NAMED_NEED: (Need, Need) = (
    Need { group: "rbac.authorization.k8s.io", resource: "clusterroles", verb: "bind" },
    Need { group: "rbac.authorization.k8s.io", resource: "roles", verb: "bind" },
);

fn ability(postings: &[Posting], roles: &[Mask], in_namespaces: Mask) -> Ability {
    let mut ability = Ability::default();
    for posting in postings {
        let Some(role) = posting.role else { continue };
        let mask = roles[role.index()];
        match posting.namespace {
            None => ability.everywhere = ability.everywhere.or(mask),
            Some(namespace) => {
                let here = ability.by_namespace.entry(namespace).or_default();
                *here = here.or(mask.and(in_namespaces));
            }
        }
    }
    ability
}

/// Whether a role binding can grant it. `bind` on a cluster role is asked in the namespace of the binding,
/// and a request for one namespace is made in that namespace.
fn counts_in_namespace(need: &Need) -> bool {
    let namespaced = built_in_resource(need.group, need.resource).is_none_or(|resource| resource.namespaced);
    namespaced
        || (need.resource == "clusterroles" && need.verb == "bind")
        || (need.resource == "namespaces" && matches!(need.verb, "update" | "patch"))
}

/// The entry of the table that is everything.
pub(super) fn is_everything(entry: &Primitive) -> bool {
    entry.id == "everything"
}
