//! The layers around the RBAC authorizer: `system:masters`, the other authorizers, and what none of
//! the objects of RBAC tells.
//!
//! Upstream: `pkg/kubeapiserver/authorizer/config.go` (`NewAuthorizer` puts the group `system:masters`
//! before everything), `pkg/kubeapiserver/authorizer/modes`, `k8s.io/apiserver`
//! `pkg/authorization/union/union.go` (the first authorizer with an opinion decides),
//! `plugin/pkg/auth/authorizer/node/node_authorizer.go` (allows or has no opinion),
//! `pkg/auth/nodeidentifier/default.go` (`NodeIdentity`), `plugin/pkg/admission/noderestriction`.

use std::fmt;

use crate::authorize::{Decision, Grant};
use crate::policy::Policy;
use crate::request::{Action, Target, UserInfo};
use crate::subject::{self, NODES, SYSTEM_MASTERS};

/// One of the authorizers that an API server can be told to ask (`--authorization-mode`, or `type` in an
/// `AuthorizationConfiguration`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Authorizer {
    /// Allows kubelets what their pods need; never denies.
    Node,
    /// The one of this crate; never denies.
    Rbac,
    /// Asks a service, which may allow and deny.
    Webhook,
    /// Reads a file of policies; never denies.
    Abac,
    /// Allows everything.
    AlwaysAllow,
    /// Has no opinion, whatever its name says.
    AlwaysDeny,
}

impl Authorizer {
    /// By the name in `--authorization-mode`.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "Node" => Self::Node,
            "RBAC" => Self::Rbac,
            "Webhook" => Self::Webhook,
            "ABAC" => Self::Abac,
            "AlwaysAllow" => Self::AlwaysAllow,
            "AlwaysDeny" => Self::AlwaysDeny,
            _ => return None,
        })
    }
}

/// How the API server authorizes, as far as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    /// The authorizers in their order; `None` when nobody knows. Unknown by default.
    pub authorizers: Option<Vec<Authorizer>>,
    /// Whether the feature gate `ConstrainedImpersonation` is on: from 1.36 by default.
    pub constrained_impersonation: bool,
}

impl Default for Authorization {
    fn default() -> Self {
        Self { authorizers: None, constrained_impersonation: true }
    }
}

impl Authorization {
    /// `Node,RBAC`, as kubeadm and most providers set it.
    pub fn node_and_rbac() -> Self {
        Self { authorizers: Some(vec![Authorizer::Node, Authorizer::Rbac]), ..Self::default() }
    }

    fn may_ask(&self, authorizer: Authorizer) -> bool {
        self.authorizers.as_ref().is_none_or(|list| list.contains(&authorizer))
    }
}

/// An answer with what could change it.
#[derive(Clone, Debug)]
pub struct Verdict<'p> {
    /// The answer.
    pub answer: Answer,
    /// What RBAC alone says.
    pub rbac: Decision<'p>,
    /// What could change the answer and is not in any object of RBAC; sorted.
    pub caveats: Vec<Caveat>,
}

/// Who allowed a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Allowed before RBAC is asked: the user is a member of `system:masters`.
    SystemMasters,
    /// Allowed by RBAC.
    Rbac(Grant),
    /// Allowed by the authorizer that allows everything.
    AlwaysAllow,
    /// Allowed by none of those that can be judged here.
    Denied,
}

/// Something that RBAC does not tell and that could change an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Caveat {
    /// Which authorizers the API server asks is not known.
    AuthorizersUnknown,
    /// The API server does not ask RBAC at all.
    RbacOff,
    /// A webhook is asked before RBAC and may allow or deny.
    WebhookBefore,
    /// A webhook is asked after RBAC and may allow.
    WebhookAfter,
    /// The ABAC file may allow it.
    Abac,
    /// The Node authorizer may allow it to a kubelet.
    NodeAuthorizer,
    /// The user is a kubelet, and the admission plugin NodeRestriction may refuse it.
    NodeRestriction,
    /// The user may impersonate others, who may be allowed it.
    Impersonation,
    /// The user may impersonate others for some verbs only.
    ConstrainedImpersonation,
    /// Bindings refer to roles that are not in view.
    MissingRoles,
    /// Members of `system:masters` may do everything, and no object tells who they are.
    SystemMasters,
}

/// What could change the answer, as half a sentence.
impl fmt::Display for Caveat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::AuthorizersUnknown => {
                "which authorizers the API server asks is not known; another than RBAC may allow or deny it"
            }
            Self::RbacOff => "the API server does not ask RBAC",
            Self::WebhookBefore => "a webhook is asked before RBAC and may allow or deny it",
            Self::WebhookAfter => "a webhook is asked after RBAC and may allow it",
            Self::Abac => "the ABAC policy file may allow it",
            Self::NodeAuthorizer => "the Node authorizer may allow it to kubelets",
            Self::NodeRestriction => "the user is a kubelet and NodeRestriction may refuse it at admission",
            Self::Impersonation => "the user may impersonate others who may be allowed it",
            Self::ConstrainedImpersonation => {
                "the user may impersonate others for some verbs, who may be allowed it"
            }
            Self::MissingRoles => "bindings refer to roles that are not in view",
            Self::SystemMasters => {
                "members of system:masters may do everything, and no object tells who they are"
            }
        })
    }
}

impl Verdict<'_> {
    /// Whether the request is allowed, as far as it can be judged.
    pub fn allowed(&self) -> bool {
        self.answer != Answer::Denied
    }

    /// Why it is allowed, as half a sentence; `None` when it is not.
    pub fn reason(&self) -> Option<String> {
        match self.answer {
            Answer::SystemMasters => Some("allowed before RBAC: member of system:masters".to_owned()),
            Answer::AlwaysAllow => Some("the authorizer AlwaysAllow allows everything".to_owned()),
            Answer::Rbac(_) => self.rbac.reason(),
            Answer::Denied => None,
        }
    }
}

impl Policy {
    /// Decides as [`Policy::authorize`] does, with the layers around it, and says what could change the
    /// answer.
    pub fn decide(&self, authorization: &Authorization, user: &UserInfo, action: &Action<'_>) -> Verdict<'_> {
        let rbac = self.authorize(user, action);
        if user.in_group(SYSTEM_MASTERS) {
            return Verdict { answer: Answer::SystemMasters, rbac, caveats: Vec::new() };
        }
        let always = authorization
            .authorizers
            .as_ref()
            .is_some_and(|authorizers| authorizers.contains(&Authorizer::AlwaysAllow));
        let answer = match rbac.grant.filter(|_| authorization.may_ask(Authorizer::Rbac)) {
            Some(grant) => Answer::Rbac(grant),
            None if always => Answer::AlwaysAllow,
            None => Answer::Denied,
        };
        let mut caveats = self.caveats(authorization, user, action, answer != Answer::Denied);
        if answer == Answer::Denied && !rbac.skipped.is_empty() {
            caveats.push(Caveat::MissingRoles);
        }
        caveats.sort_unstable();
        Verdict { answer, rbac, caveats }
    }

    /// What could change the answer of [`Policy::who_can`]: who else may be able to.
    pub fn caveats_of_who_can(&self, authorization: &Authorization, action: &Action<'_>) -> Vec<Caveat> {
        // As for a user whom nothing allows it.
        let nobody = UserInfo::default();
        let mut caveats = self.caveats(authorization, &nobody, action, false);
        caveats.retain(|caveat| !matches!(caveat, Caveat::Impersonation | Caveat::ConstrainedImpersonation));
        if authorization.may_ask(Authorizer::Node) && matches!(action.target, Target::Resource { .. }) {
            caveats.push(Caveat::NodeAuthorizer);
        }
        if self.bindings.iter().any(|binding| binding.role.is_none()) {
            caveats.push(Caveat::MissingRoles);
        }
        caveats.push(Caveat::SystemMasters);
        caveats.sort_unstable();
        caveats
    }

    fn caveats(
        &self,
        authorization: &Authorization,
        user: &UserInfo,
        action: &Action<'_>,
        allowed: bool,
    ) -> Vec<Caveat> {
        let mut caveats = Vec::new();
        let place =
            |of| authorization.authorizers.as_ref().and_then(|list| list.iter().position(|&one| one == of));
        if authorization.authorizers.is_none() {
            caveats.push(Caveat::AuthorizersUnknown);
        } else if place(Authorizer::Rbac).is_none() {
            caveats.push(Caveat::RbacOff);
        }
        // A webhook that allows before RBAC changes nothing that RBAC allows, but it may deny.
        match (place(Authorizer::Webhook), place(Authorizer::Rbac)) {
            (Some(webhook), Some(rbac)) if webhook > rbac => {
                if !allowed {
                    caveats.push(Caveat::WebhookAfter);
                }
            }
            (Some(_), _) => caveats.push(Caveat::WebhookBefore),
            (None, _) => {}
        }
        if !allowed && place(Authorizer::Abac).is_some() {
            caveats.push(Caveat::Abac);
        }
        // `NodeIdentity`: the name and the group together.
        if subject::node_of(&user.name).is_some() && user.in_group(NODES) {
            if !allowed && authorization.may_ask(Authorizer::Node) {
                caveats.push(Caveat::NodeAuthorizer);
            }
            if allowed && is_write(action) {
                caveats.push(Caveat::NodeRestriction);
            }
        }
        if !allowed {
            if self.may_impersonate_someone(user) {
                caveats.push(Caveat::Impersonation);
            }
            if authorization.constrained_impersonation && self.may_impersonate_constrained(user) {
                caveats.push(Caveat::ConstrainedImpersonation);
            }
        }
        caveats
    }
}

/// Whether admission sees the request.
fn is_write(action: &Action<'_>) -> bool {
    let verb = matches!(action.verb, "create" | "update" | "patch" | "delete" | "deletecollection");
    verb && matches!(action.target, Target::Resource { .. })
}
