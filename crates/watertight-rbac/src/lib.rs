#![doc = include_str!("../README.md")]
//!
//! # Where to start reading
//!
//! [`PolicyBuilder`] makes a [`Policy`] of objects, [`Policy::authorize`] decides. Everything else is asked
//! of the policy as well.

mod aggregation;
mod authorize;
pub mod bootstrap;
mod builder;
mod covers;
mod diff;
mod effect;
mod escalation;
mod impersonation;
mod intern;
mod minimize;
mod permission;
mod policy;
mod problem;
mod quote;
mod request;
mod resources;
mod risk;
mod rule;
mod selector;
mod subject;
mod usage;
mod verdict;
mod who_can;

#[cfg(test)]
mod conformance;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod question_tests;
#[cfg(test)]
mod risk_tests;
#[cfg(test)]
mod tests;

pub use k8s_openapi;

pub use authorize::{Decision, Grant};
pub use builder::PolicyBuilder;
pub use covers::{Covers, covers, describe_rule};
pub use diff::{Change, diff};
pub use effect::{Ineffective, NoEffect};
pub use escalation::{Escalation, RoleWrite};
pub use impersonation::{Impersonation, ImpersonationMode, Wanted, impersonate_on};
pub use minimize::{Generalize, Minimized, Minimizer, Times, policy_of};
pub use permission::{Permission, rules_of};
pub use policy::{Allowing, BindingId, BindingView, BoundSubject, Policy, RoleId, RoleView, SubjectId};
pub use problem::{Fault, Problem};
pub use request::{Action, Request, Target, UserInfo};
pub use resources::{ResourceInfo, built_in_resource, built_in_resources, resources_meant};
pub use risk::{Account, Gives, Need, PRIMITIVES, Party, Primitive, Reach, Risk, Step};
pub use selector::{Selector, SelectorError};
pub use subject::{
    ANONYMOUS, AUTHENTICATED, NODES, SERVICE_ACCOUNTS, SYSTEM_MASTERS, Subject, UNAUTHENTICATED,
    implicit_groups, namespace_of_group, node_of, service_account_of, service_account_user,
};
pub use usage::{Unused, Usage};
pub use verdict::{Answer, Authorization, Authorizer, Caveat, Verdict};
pub use who_can::{Cell, Held, Holder, Question, Rules, Scope};
