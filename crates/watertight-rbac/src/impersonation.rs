//! Whether a user may act as another one.
//!
//! Upstream: `k8s.io/apiserver` `pkg/endpoints/filters/impersonation/mode.go` (KEP-5284, on by default
//! from 1.36): five modes are tried, the narrow ones first. A narrow mode needs two permissions, one on
//! whom (`impersonate:MODE`) and one on the request itself (`impersonate-on:MODE:VERB`).

use crate::policy::Policy;
use crate::request::{Action, UserInfo};
use crate::subject::{self, ANONYMOUS, AUTHENTICATED, NODES, SYSTEM_MASTERS, UNAUTHENTICATED};

/// The API group of what the narrow modes impersonate, and of `uids` and `userextras` in all modes.
const AUTHENTICATION: &str = "authentication.k8s.io";

/// As many groups, or values of extra fields, are first asked for as `*` in a narrow mode.
const MANY: usize = 4;

/// A way to impersonate, in the order in which they are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ImpersonationMode {
    /// `associated-node`: a service account as the node that its pod runs on.
    AssociatedNode,
    /// `arbitrary-node`: as any node.
    ArbitraryNode,
    /// `serviceaccount`: as a service account.
    ServiceAccount,
    /// `user-info`: as a user who is neither, with groups, uid and extra fields.
    UserInfo,
    /// The verb `impersonate`: for every request.
    Legacy,
}

impl ImpersonationMode {
    /// All, in the order in which they are tried.
    pub const ALL: [Self; 5] =
        [Self::AssociatedNode, Self::ArbitraryNode, Self::ServiceAccount, Self::UserInfo, Self::Legacy];

    /// The name in verbs; empty for [`Legacy`](Self::Legacy).
    pub fn name(self) -> &'static str {
        match self {
            Self::AssociatedNode => "associated-node",
            Self::ArbitraryNode => "arbitrary-node",
            Self::ServiceAccount => "serviceaccount",
            Self::UserInfo => "user-info",
            Self::Legacy => "",
        }
    }

    /// The verb that is demanded on whom to impersonate.
    pub fn verb(self) -> String {
        match self {
            Self::Legacy => "impersonate".to_owned(),
            _ => format!("impersonate:{}", self.name()),
        }
    }

    /// The verb that is demanded on the request's own resource; `None` for [`Legacy`](Self::Legacy).
    pub fn verb_on(self, verb: &str) -> Option<String> {
        (self != Self::Legacy).then(|| format!("impersonate-on:{}:{verb}", self.name()))
    }
}

/// Whom a request's headers ask to act as.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// `Impersonate-User`.
    pub user: String,
    /// `Impersonate-Group`, each.
    pub groups: Vec<String>,
    /// `Impersonate-Uid`; empty for none.
    pub uid: String,
    /// `Impersonate-Extra-KEY`, each key with its value.
    pub extra: Vec<(String, String)>,
}

/// Whether and how a user may act as another for one request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Impersonation {
    /// In this mode, as this user.
    Allowed {
        /// The first mode that allows it.
        mode: ImpersonationMode,
        /// Who it then is, with the groups that the API server adds.
        acting: UserInfo,
    },
    /// Allowed if the requester's token says that its pod runs on the node it wants to be
    /// (`authentication.kubernetes.io/node-name`), which no object of RBAC tells.
    OnOwnNode {
        /// Who it then is.
        acting: UserInfo,
    },
    /// In no mode.
    Denied,
}

impl Policy {
    /// Whether a user may act as another one for a request. That the other one may then do it is another
    /// question, for [`Policy::authorize`].
    ///
    /// `constrained` says whether the feature gate `ConstrainedImpersonation` is on.
    pub fn impersonates(
        &self,
        user: &UserInfo,
        wanted: &Wanted,
        action: &Action<'_>,
        constrained: bool,
    ) -> Impersonation {
        let mut on_own_node = false;
        for mode in ImpersonationMode::ALL {
            let applies = mode.applies(user, wanted);
            if !applies || (mode != ImpersonationMode::Legacy && !constrained) {
                continue;
            }
            let on = mode.verb_on(action.verb);
            let on_allowed = on.is_none_or(|verb| self.allows(user, &Action { verb: &verb, ..*action }));
            if !on_allowed || !self.may_be(user, wanted, mode) {
                continue;
            }
            if mode == ImpersonationMode::AssociatedNode {
                on_own_node = true;
                continue;
            }
            return Impersonation::Allowed { mode, acting: wanted.acting(mode) };
        }
        if on_own_node {
            return Impersonation::OnOwnNode { acting: wanted.acting(ImpersonationMode::AssociatedNode) };
        }
        Impersonation::Denied
    }

    /// Whether a user may act as someone by the verb `impersonate`, by a rule in whatever namespace.
    pub(crate) fn may_impersonate_someone(&self, user: &UserInfo) -> bool {
        self.has_verb(user, |verb| verb == "impersonate" || verb == "*")
    }

    /// Whether a user has rules of both halves of a narrow mode.
    pub(crate) fn may_impersonate_constrained(&self, user: &UserInfo) -> bool {
        ImpersonationMode::ALL.iter().filter(|&&mode| mode != ImpersonationMode::Legacy).any(|mode| {
            let on = format!("impersonate-on:{}:", mode.name());
            self.has_verb(user, |verb| verb == mode.verb()) && self.has_verb(user, |v| v.starts_with(&on))
        })
    }

    fn has_verb(&self, user: &UserInfo, wanted: impl Fn(&str) -> bool) -> bool {
        self.ids_of(user).any(|id| {
            self.postings_of(id).iter().filter_map(|posting| posting.role).any(|role| {
                let rules = &self.roles[role.index()].rules;
                rules.iter().any(|rule| {
                    let resources = rule.resources.iter().flatten().any(|resource| {
                        let first = resource.split('/').next().unwrap_or_default();
                        ["*", "users", "groups", "serviceaccounts", "nodes", "uids", "userextras"]
                            .contains(&first)
                            || rule.verbs.iter().any(|verb| verb.starts_with("impersonate-on:"))
                    });
                    resources && rule.verbs.iter().any(|verb| wanted(verb))
                })
            })
        })
    }

    fn allows(&self, user: &UserInfo, action: &Action<'_>) -> bool {
        user.in_group(SYSTEM_MASTERS) || self.authorize(user, action).allowed()
    }

    /// `impersonationModeState.check`: each thing that is wanted needs its permission.
    fn may_be(&self, user: &UserInfo, wanted: &Wanted, mode: ImpersonationMode) -> bool {
        self.may_take_name(user, wanted, mode)
            && self.may_take_uid(user, wanted, mode)
            && self.may_take_groups(user, wanted, mode)
            && self.may_take_extra(user, wanted, mode)
    }

    fn may_take_name(&self, user: &UserInfo, wanted: &Wanted, mode: ImpersonationMode) -> bool {
        let group = if mode == ImpersonationMode::Legacy { "" } else { AUTHENTICATION };
        let verb = mode.verb();
        let action = if let Some((namespace, name)) = subject::service_account_of(&wanted.user) {
            Action::on(&verb, group, "serviceaccounts").in_namespace(namespace).named(name)
        } else {
            match subject::node_of(&wanted.user) {
                // The answer is kept for all nodes, so it has to hold for all.
                Some(_) if mode == ImpersonationMode::AssociatedNode => {
                    Action::on(&verb, group, "nodes").named("*")
                }
                Some(node) if mode != ImpersonationMode::Legacy => {
                    Action::on(&verb, group, "nodes").named(node)
                }
                _ => Action::on(&verb, group, "users").named(&wanted.user),
            }
        };
        self.allows(user, &action)
    }

    fn may_take_uid(&self, user: &UserInfo, wanted: &Wanted, mode: ImpersonationMode) -> bool {
        let verb = mode.verb();
        wanted.uid.is_empty()
            || self.allows(user, &Action::on(&verb, AUTHENTICATION, "uids").named(&wanted.uid))
    }

    fn may_take_groups(&self, user: &UserInfo, wanted: &Wanted, mode: ImpersonationMode) -> bool {
        let narrow = mode != ImpersonationMode::Legacy;
        let group = if narrow { AUTHENTICATION } else { "" };
        let verb = mode.verb();
        let ask = |name: &str| self.allows(user, &Action::on(&verb, group, "groups").named(name));
        if narrow && wanted.groups.iter().any(|name| name.is_empty() || name == SYSTEM_MASTERS) {
            return false;
        }
        (narrow && wanted.groups.len() >= MANY && ask("*")) || wanted.groups.iter().all(|name| ask(name))
    }

    fn may_take_extra(&self, user: &UserInfo, wanted: &Wanted, mode: ImpersonationMode) -> bool {
        let narrow = mode != ImpersonationMode::Legacy;
        let verb = mode.verb();
        let ask = |key: &str, value: &str| {
            let action = Action::on(&verb, AUTHENTICATION, "userextras").subresource(key).named(value);
            self.allows(user, &action)
        };
        let sound =
            |key: &str, value: &str| !key.is_empty() && key == key.to_lowercase() && !value.is_empty();
        if narrow && !wanted.extra.iter().all(|(key, value)| sound(key, value)) {
            return false;
        }
        (narrow && wanted.extra.len() >= MANY && ask("*", "*"))
            || wanted.extra.iter().all(|(key, value)| ask(key, value))
    }
}

impl ImpersonationMode {
    /// Whether the mode is for such a user at all.
    fn applies(self, user: &UserInfo, wanted: &Wanted) -> bool {
        let only_name = wanted.groups.is_empty() && wanted.uid.is_empty() && wanted.extra.is_empty();
        let node = subject::node_of(&wanted.user).is_some();
        let account = subject::service_account_of(&wanted.user).is_some();
        match self {
            Self::AssociatedNode => only_name && node && subject::service_account_of(&user.name).is_some(),
            Self::ArbitraryNode => only_name && node,
            Self::ServiceAccount => only_name && account,
            Self::UserInfo => !node && !account,
            Self::Legacy => true,
        }
    }
}

impl Wanted {
    /// Only a name.
    pub fn user(name: impl Into<String>) -> Self {
        Self { user: name.into(), ..Self::default() }
    }

    /// Who the request is then made by.
    fn acting(&self, mode: ImpersonationMode) -> UserInfo {
        let mut groups = self.groups.clone();
        if let Some((namespace, _)) = subject::service_account_of(&self.user) {
            if groups.is_empty() {
                groups.push(subject::SERVICE_ACCOUNTS.to_owned());
                groups.push(format!("{}:{namespace}", subject::SERVICE_ACCOUNTS));
            }
        } else if mode != ImpersonationMode::Legacy && subject::node_of(&self.user).is_some() {
            groups = vec![NODES.to_owned()];
        }
        let has = |groups: &[String], name: &str| groups.iter().any(|group| group == name);
        if self.user == ANONYMOUS {
            if !has(&groups, UNAUTHENTICATED) {
                groups.push(UNAUTHENTICATED.to_owned());
            }
        } else if !has(&groups, UNAUTHENTICATED) && !has(&groups, AUTHENTICATED) {
            groups.push(AUTHENTICATED.to_owned());
        }
        UserInfo { name: self.user.clone(), groups }
    }
}

/// What a grant of `impersonate-on:MODE:VERB` is for.
pub fn impersonate_on(verb: &str) -> Option<(ImpersonationMode, &str)> {
    let (mode, verb) = verb.strip_prefix("impersonate-on:")?.split_once(':')?;
    let mode = ImpersonationMode::ALL.into_iter().find(|known| known.name() == mode && !mode.is_empty())?;
    Some((mode, verb))
}
