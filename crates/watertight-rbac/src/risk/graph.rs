//! Who can become whom, and how far that goes: nodes, edges, and the shortest way to the worst reach.

use std::collections::{BTreeMap, VecDeque};

use super::Account;
use super::abilities::{Abilities, Ability, Mask, is_everything};
use super::primitives::{
    BIND_NAMED, Gives, IMPERSONATE_NAMED, MEMBER, PRIMITIVES, Primitive, Reach, SYSTEM_MASTERS_MEMBER,
    TOKEN_OF_NAMED,
};
use crate::policy::{Policy, RoleId, SubjectId};
use crate::subject::{self, Subject};

/// What an edge leads to or from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Party<'a> {
    /// A subject: a user, a member of a group, a service account.
    Subject(Subject<'a>),
    /// Every service account of a namespace, or of all.
    Accounts(Option<&'a str>),
    /// Every service account that a pod of a namespace runs as, or a pod of all.
    RunningAccounts(Option<&'a str>),
    /// Whoever has this role, everywhere or in a namespace.
    Role(RoleId, Option<&'a str>),
    /// Anyone but members of `system:masters`.
    AnyIdentity,
    /// Any user who is no service account.
    AnyUser,
    /// Whoever may do everything, everywhere or in a namespace.
    Admin(Option<&'a str>),
}

pub(super) struct Edge<'a> {
    pub(super) to: usize,
    /// `None` for what follows by itself.
    pub(super) by: Option<&'static Primitive>,
    /// Where the permission is had; `None` for everywhere.
    pub(super) namespace: Option<&'a str>,
}

pub(super) struct Graph<'a> {
    policy: &'a Policy,
    abilities: Abilities<'a>,
    accounts: &'a [Account<'a>],
    numbers: BTreeMap<Party<'a>, usize>,
    accounts_by_name: BTreeMap<&'a str, Vec<Subject<'a>>>,
    pub(super) parties: Vec<Party<'a>>,
    /// By party.
    pub(super) edges: Vec<Vec<Edge<'a>>>,
    /// By party: what is had without a further step, by which entry and where.
    pub(super) direct: Vec<Vec<(Reach, &'static Primitive, Option<&'a str>)>>,
}

/// The worst reach of a party: in how many steps, and by which edge first.
#[derive(Clone, Copy)]
pub(super) struct Far {
    pub(super) reach: Reach,
    pub(super) next: Option<usize>,
}

impl<'a> Graph<'a> {
    pub(super) fn of(policy: &'a Policy, accounts: &'a [Account<'a>]) -> Self {
        let mut graph = Self {
            policy,
            abilities: Abilities::of(policy),
            accounts,
            numbers: BTreeMap::new(),
            accounts_by_name: BTreeMap::new(),
            parties: Vec::new(),
            edges: Vec::new(),
            direct: Vec::new(),
        };
        for (_, subject) in policy.subjects() {
            graph.party(Party::Subject(subject));
        }
        for account in accounts {
            graph.party(Party::Subject(account.subject()));
        }
        graph.link();
        graph
    }

    fn party(&mut self, party: Party<'a>) -> usize {
        let next = self.parties.len();
        let number = *self.numbers.entry(party).or_insert(next);
        if number == next {
            self.parties.push(party);
            self.edges.push(Vec::new());
            self.direct.push(Vec::new());
        }
        number
    }

    /// The edges of every party. Parties that edges lead to are added while it goes on.
    fn link(&mut self) {
        let subjects: Vec<Subject<'a>> = self
            .parties
            .iter()
            .filter_map(|party| if let Party::Subject(subject) = party { Some(*subject) } else { None })
            .collect();
        let mut namespaces: BTreeMap<&'a str, Vec<(usize, bool)>> = BTreeMap::new();
        for &subject in &subjects {
            if let Subject::ServiceAccount { namespace, name } = subject {
                self.accounts_by_name.entry(name).or_default().push(subject);
                let number = self.party(Party::Subject(subject));
                namespaces.entry(namespace).or_default().push((number, true));
            }
        }
        for account in self.accounts.iter().filter(|account| account.runs == Some(false)) {
            let number = self.party(Party::Subject(account.subject()));
            let list = namespaces.entry(account.namespace).or_default();
            list.iter_mut().filter(|entry| entry.0 == number).for_each(|entry| entry.1 = false);
        }
        let mut at = 0;
        while at < self.parties.len() {
            match self.parties[at] {
                Party::Subject(subject) => self.link_subject(at, subject),
                Party::Role(role, namespace) => self.link_role(at, role, namespace),
                Party::Accounts(None) => self.link_all(at, &namespaces, Party::Accounts),
                Party::RunningAccounts(None) => self.link_all(at, &namespaces, Party::RunningAccounts),
                Party::Accounts(Some(namespace)) => {
                    let all = namespaces.get(namespace).into_iter().flatten();
                    self.edges[at].extend(all.map(|&(to, _)| Edge { to, by: None, namespace: None }));
                }
                Party::RunningAccounts(Some(namespace)) => {
                    let running = namespaces.get(namespace).into_iter().flatten().filter(|entry| entry.1);
                    self.edges[at].extend(running.map(|&(to, _)| Edge { to, by: None, namespace: None }));
                }
                Party::AnyIdentity | Party::AnyUser => self.link_identities(at, &subjects),
                Party::Admin(Some(namespace)) => self.follow(at, Party::Accounts(Some(namespace))),
                Party::Admin(None) => {}
            }
            at += 1;
        }
    }

    fn follow(&mut self, from: usize, to: Party<'a>) {
        let to = self.party(to);
        self.edges[from].push(Edge { to, by: None, namespace: None });
    }

    fn lead(&mut self, from: usize, to: Party<'a>, by: &'static Primitive, namespace: Option<&'a str>) {
        let to = self.party(to);
        if to != from {
            self.edges[from].push(Edge { to, by: Some(by), namespace });
        }
    }

    fn link_all(
        &mut self,
        from: usize,
        namespaces: &BTreeMap<&'a str, Vec<(usize, bool)>>,
        party: fn(Option<&'a str>) -> Party<'a>,
    ) {
        for &namespace in namespaces.keys() {
            self.follow(from, party(Some(namespace)));
        }
    }

    fn link_identities(&mut self, from: usize, subjects: &[Subject<'a>]) {
        let any_user = self.parties[from] == Party::AnyUser;
        for &subject in subjects {
            let counts = match subject {
                Subject::User(_) => true,
                Subject::Group(name) => !any_user && name != subject::SYSTEM_MASTERS,
                Subject::ServiceAccount { .. } => !any_user,
            };
            if counts {
                self.follow(from, Party::Subject(subject));
            }
        }
    }

    fn link_subject(&mut self, from: usize, subject: Subject<'a>) {
        if subject == Subject::Group(subject::SYSTEM_MASTERS) {
            self.lead(from, Party::Admin(None), &SYSTEM_MASTERS_MEMBER, None);
            return;
        }
        let own = self.policy.find_subject(&subject);
        let groups: Vec<SubjectId> =
            memberships(subject).iter().filter_map(|group| self.policy.group(group)).collect();
        for &group in &groups {
            let to = self.party(Party::Subject(self.policy.subject(group)));
            if to != from {
                self.edges[from].push(Edge { to, by: Some(&MEMBER), namespace: None });
            }
        }
        let Some(own) = own else { return };
        let ability = self.abilities.subjects[own.index()].clone();
        let mut shared = Ability::default();
        for ability in groups.iter().filter_map(|&group| self.abilities.subject(Some(group))) {
            shared.everywhere = shared.everywhere.or(ability.everywhere);
            for (&namespace, &mask) in &ability.by_namespace {
                let here = shared.by_namespace.entry(namespace).or_default();
                *here = here.or(mask);
            }
        }
        self.link_ability(from, &ability, &shared);
        self.link_named(from, own, ability.everywhere.or(shared.everywhere));
    }

    /// What a subject has, together with what its groups have; what the groups have alone is theirs.
    fn link_ability(&mut self, from: usize, own: &Ability, shared: &Ability) {
        let everywhere = own.everywhere.or(shared.everywhere);
        let had = self.link_mask(from, everywhere, &[shared.everywhere], None);
        if had.everything {
            return;
        }
        let mut namespaces: Vec<_> = own.by_namespace.keys().copied().collect();
        if !own.everywhere.is_empty() {
            namespaces.extend(shared.by_namespace.keys().copied());
        }
        namespaces.sort_unstable();
        namespaces.dedup();
        for namespace in namespaces {
            let mask = |ability: &Ability| ability.by_namespace.get(&namespace).copied().unwrap_or_default();
            let of_groups = shared.everywhere.or(mask(shared));
            let all = everywhere.or(mask(own)).or(mask(shared));
            let name = self.policy.strings.text(namespace);
            if !name.is_empty() {
                self.link_mask(from, all, &[everywhere, of_groups], Some(name));
            }
        }
    }

    /// Edges and reach for the entries that a mask meets, and none of those that are told elsewhere does.
    fn link_mask(&mut self, from: usize, mask: Mask, told: &[Mask], namespace: Option<&'a str>) -> Had {
        let mut had = Had { everything: false };
        for (index, entry) in PRIMITIVES.iter().enumerate() {
            let met = self.abilities.meets(mask, index);
            if !met || told.iter().any(|&told| self.abilities.meets(told, index)) {
                continue;
            }
            let to = match entry.gives {
                Gives::Admin => Party::Admin(namespace),
                Gives::ClusterAdmin => Party::Admin(None),
                Gives::AnyIdentity => Party::AnyIdentity,
                Gives::AnyUser => Party::AnyUser,
                Gives::Accounts => Party::Accounts(namespace),
                Gives::RunningAccounts => Party::RunningAccounts(namespace),
                Gives::AllRunningAccounts => {
                    self.direct[from].push((Reach::Nodes, entry, namespace));
                    Party::RunningAccounts(None)
                }
                Gives::Only(reach) => {
                    let everywhere = reach == Reach::Secrets && namespace.is_none();
                    let reach = if everywhere { Reach::EverySecret } else { reach };
                    self.direct[from].push((reach, entry, namespace));
                    continue;
                }
            };
            self.lead(from, to, entry, namespace);
            if is_everything(entry) {
                had.everything = true;
                break;
            }
        }
        had
    }

    fn link_role(&mut self, from: usize, role: RoleId, namespace: Option<&'a str>) {
        let mask = match namespace {
            None => self.abilities.roles[role.index()],
            Some(_) => self.abilities.in_namespace(role),
        };
        self.link_mask(from, mask, &[], namespace);
    }

    /// Permissions on objects of certain names that lead on.
    fn link_named(&mut self, from: usize, own: SubjectId, everywhere: Mask) {
        let policy = self.policy;
        let mut found: Vec<(Party<'a>, &'static Primitive, Option<&'a str>)> = Vec::new();
        for posting in policy.postings_of(own) {
            let Some(role) = posting.role else { continue };
            let namespace = posting.namespace.map(|namespace| policy.strings.text(namespace));
            let here = match posting.namespace {
                None => everywhere,
                Some(text) => {
                    let own = self.abilities.subjects[own.index()].by_namespace.get(&text);
                    everywhere.or(own.copied().unwrap_or_default())
                }
            };
            for named in &self.abilities.named[role.index()] {
                let need = self.abilities.needs[named.need];
                let to = |name: &'a str| self.named_parties(need.resource, need.verb, name, namespace, here);
                let by = match (need.verb, need.resource) {
                    ("create", "serviceaccounts/token") => &TOKEN_OF_NAMED,
                    ("impersonate", "users" | "groups" | "serviceaccounts") => &IMPERSONATE_NAMED,
                    ("bind", _) => &BIND_NAMED,
                    _ => continue,
                };
                let parties = named.names.iter().flat_map(|name| to(name));
                found.extend(parties.map(|party| (party, by, namespace)));
            }
        }
        for (party, by, namespace) in found {
            self.lead(from, party, by, namespace);
        }
    }

    fn named_parties(
        &self,
        resource: &str,
        verb: &str,
        name: &'a str,
        namespace: Option<&'a str>,
        here: Mask,
    ) -> Vec<Party<'a>> {
        let accounts = || {
            let of_name = self.accounts_by_name.get(name).into_iter().flatten();
            let here = of_name.filter(|subject| match subject {
                Subject::ServiceAccount { namespace: home, .. } => {
                    namespace.is_none_or(|namespace| namespace == *home)
                }
                _ => false,
            });
            here.map(|&subject| Party::Subject(subject)).collect()
        };
        match (verb, resource) {
            ("create" | "impersonate", "serviceaccounts/token" | "serviceaccounts") => accounts(),
            // What has no namespace is not granted in one.
            ("impersonate", _) if namespace.is_some() => Vec::new(),
            ("impersonate", "users") => vec![Party::Subject(Subject::User(name))],
            ("impersonate", "groups") if name == subject::SYSTEM_MASTERS => vec![Party::Admin(None)],
            ("impersonate", "groups") => vec![Party::Subject(Subject::Group(name))],
            ("bind", "clusterroles") => {
                let role = self.policy.cluster_role(name).map(crate::policy::RoleView::id);
                let everywhere = self.abilities.meets_any(here, &BIND_NAMED.needs[1][..3]);
                let in_namespace = self.abilities.meets_any(here, &BIND_NAMED.needs[1][3..]);
                match (role, namespace) {
                    (Some(role), None) if everywhere => vec![Party::Role(role, None)],
                    (Some(role), Some(namespace)) if in_namespace => {
                        vec![Party::Role(role, Some(namespace))]
                    }
                    _ => Vec::new(),
                }
            }
            ("bind", "roles") => {
                let namespace = namespace.unwrap_or_default();
                let role = self.policy.role_named(namespace, name).map(crate::policy::RoleView::id);
                let written = self.abilities.meets_any(here, &BIND_NAMED.needs[1][3..]);
                role.filter(|_| written).map(|role| Party::Role(role, Some(namespace))).into_iter().collect()
            }
            _ => Vec::new(),
        }
    }

    /// How far each party gets: for every reach, worst first, breadth first against the edges.
    pub(super) fn farthest(&self) -> Vec<Option<Far>> {
        let mut back: Vec<Vec<(usize, usize)>> = vec![Vec::new(); self.parties.len()];
        for (from, edges) in self.edges.iter().enumerate() {
            for (index, edge) in edges.iter().enumerate() {
                back[edge.to].push((from, index));
            }
        }
        let mut far: Vec<Option<Far>> = vec![None; self.parties.len()];
        for reach in Reach::ALL {
            let mut queue: VecDeque<usize> = VecDeque::new();
            for (at, far) in far.iter_mut().enumerate() {
                if far.is_none() && self.has_directly(at, reach) {
                    *far = Some(Far { reach, next: None });
                    queue.push_back(at);
                }
            }
            while let Some(to) = queue.pop_front() {
                for &(from, edge) in &back[to] {
                    if far[from].is_none() {
                        far[from] = Some(Far { reach, next: Some(edge) });
                        queue.push_back(from);
                    }
                }
            }
        }
        far
    }

    fn has_directly(&self, at: usize, reach: Reach) -> bool {
        let own = match self.parties[at] {
            Party::Admin(None) => Some(Reach::ClusterAdmin),
            Party::Admin(Some(_)) => Some(Reach::Namespace),
            Party::AnyIdentity => Some(Reach::AnyIdentity),
            Party::AnyUser | Party::Subject(_) | Party::Role(..) => None,
            Party::Accounts(None) | Party::RunningAccounts(None) => Some(Reach::EveryAccount),
            Party::Accounts(Some(_)) | Party::RunningAccounts(Some(_)) => Some(Reach::Accounts),
        };
        own == Some(reach) || self.direct[at].iter().any(|(direct, _, _)| *direct == reach)
    }
}

struct Had {
    everything: bool,
}

/// The groups that a subject is in without anyone's doing. Whoever is in a group was authenticated, unless
/// it is the group of those who were not.
fn memberships(subject: Subject<'_>) -> Vec<String> {
    match subject {
        Subject::Group(subject::UNAUTHENTICATED | subject::AUTHENTICATED) => Vec::new(),
        Subject::Group(name) => {
            let mut groups = vec![subject::AUTHENTICATED.to_owned()];
            if subject::namespace_of_group(name).is_some() {
                groups.push(subject::SERVICE_ACCOUNTS.to_owned());
            }
            groups
        }
        Subject::User(_) | Subject::ServiceAccount { .. } => subject.implicit_groups(),
    }
}
