#![doc = include_str!("../README.md")]
//!
//! # Where to start reading
//!
//! `policy.rs` is the language into which policies of every kind are read, [`Cluster`] what they speak of.
//! [`cluster_policy`] and [`cilium`] read kinds that are not built in.

mod bits;
pub mod calico;
mod cidr;
pub mod cilium;
mod cluster;
pub mod cluster_policy;
mod connections;
mod explain;
mod forms;
mod intervals;
pub mod kubernetes;
mod members;
mod model;
#[cfg(test)]
mod naive_tests;
mod policy;
mod profile;
mod reading;
mod roles;
mod selector;
mod table;
mod towards;
mod universe;

pub use k8s_openapi;

pub use cidr::{AddressRange, Cidr, Family, NoBlock, pieces, pieces_of};
pub use cluster::{
    Account, Cluster, Endpoint, NAMESPACE_NAME_LABEL, NamedPort, Namespace, NetworkSet, Node, Pod, Service,
    ServicePort, Target,
};
pub use connections::{Connection, Connections, PortSet, Protocol};
pub use explain::{Beyond, Explanation, NearMiss, Selecting, SideExplanation, Step};
pub use intervals::Intervals;
pub use model::{End, EndpointKind, Model, Reach};
pub use policy::{
    Action, Direction, Effect, Endpoints, Inside, Namespaces, Policy, Ports, Position, Problem, Rule, Side,
    Tier, Traffic,
};
pub use profile::Verdict;
pub use roles::Roles;
pub use selector::{Label, Labels, Selector, Truth, Unknown, is_label_key, is_label_value};
pub use table::ConnectionsId;
pub use towards::Towards;
pub use universe::EndpointId;
