//! RBAC exactly as the Kubernetes API server decides it: who can do what, through which binding.
//!
//! Start reading at [`PolicyBuilder`] and [`Policy::authorize`].

mod aggregation;
mod authorize;
pub mod bootstrap;
mod builder;
mod covers;
mod effect;
mod escalation;
mod impersonation;
mod intern;
mod policy;
mod problem;
mod quote;
mod request;
mod resources;
mod rule;
mod selector;
mod subject;
mod verdict;
mod who_can;

#[cfg(test)]
mod conformance;

pub use k8s_openapi;

pub use authorize::{Decision, Grant};
pub use builder::PolicyBuilder;
pub use covers::{Covers, covers, describe_rule};
pub use effect::{Ineffective, NoEffect};
pub use escalation::{Escalation, RoleWrite};
pub use impersonation::{Impersonation, ImpersonationMode, Wanted, impersonate_on};
pub use policy::{Allowing, BindingId, BindingView, BoundSubject, Policy, RoleId, RoleView, SubjectId};
pub use problem::{Fault, Problem};
pub use request::{Action, Request, Target, UserInfo};
pub use resources::{ResourceInfo, built_in_resource, built_in_resources, resources_meant};
pub use selector::{Selector, SelectorError};
pub use subject::{
    ANONYMOUS, AUTHENTICATED, NODES, SERVICE_ACCOUNTS, SYSTEM_MASTERS, Subject, UNAUTHENTICATED,
    implicit_groups, namespace_of_group, node_of, service_account_of, service_account_user,
};
pub use verdict::{Answer, Authorization, Authorizer, Caveat, Verdict};
pub use who_can::{Cell, Held, Holder, Question, Rules, Scope};
