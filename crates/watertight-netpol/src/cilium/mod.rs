//! CiliumNetworkPolicy and CiliumClusterwideNetworkPolicy (`cilium.io/v2`), read into the common language.
//!
//! After Cilium's own `pkg/policy/api` and `pkg/k8s/apis/cilium.io/utils`.
//!
//! - What denies goes before everything in the tier `default`, also before Kubernetes' policies: it wins against all
//!   that allows (`Documentation/security/policy/deny.rst`). So one `spec` becomes two policies.
//! - A pod is cut off in a direction that has a section with rules, unless `enableDefaultDeny` says otherwise.
//! - A rule without peers and ports matches nothing; its section cuts off all the same.
//! - Peers by labels are pods, in the policy's own namespace unless the selector says more; `labels.rs` tells who else.
//! - Blocks of addresses mean what is outside of the cluster.
//! - What looks into connections (HTTP, DNS, TLS, authentication) and what asks for names or groups of a cloud may
//!   match, and is uncertain.
//! - Policies for nodes (`nodeSelector`) work only where the host firewall is on. They become policies about nodes
//!   that are uncertain throughout; to pods they say nothing.
//! - The agents are taken to be configured as they are by default. What is known to depend on an option is uncertain.

mod entities;
mod icmp;
mod labels;
mod peers;
mod ports;
mod reader;
mod spec;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use crate::cidr::Cidr;
use crate::policy::{Policy, Problem};
use crate::reading::Notes;

pub use ports::doubt_names_of_egress;
pub use spec::{CidrGroupSpec, Specs};

/// What policies refer to.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// The groups of blocks in view.
    pub groups: Vec<CidrGroup>,
    /// Whether these are all.
    pub all_groups: bool,
}

/// A CiliumCIDRGroup.
#[derive(Debug, Clone)]
pub struct CidrGroup {
    /// Its name.
    pub name: String,
    /// Its labels.
    pub labels: BTreeMap<String, String>,
    /// Its `spec.externalCIDRs`.
    pub blocks: Vec<Cidr>,
}

/// A CiliumCIDRGroup of a name (`pkg/k8s/apis/cilium.io/v2/cidrgroups_types.go`). `None` where a part of it cannot be
/// read: what it stands for is not known then, and the groups in view are not all ([`Context::all_groups`]).
#[must_use]
pub fn cidr_group(
    name: &str,
    labels: BTreeMap<String, String>,
    spec: &CidrGroupSpec,
) -> (Option<CidrGroup>, Vec<Problem>) {
    let mut notes = Notes::default();
    notes.unknown_fields("spec", &spec.rest);
    let texts = spec.external_cidrs.as_deref().unwrap_or_default();
    let one = |(index, text): (usize, &String)| {
        peers::block(&format!("spec.externalCIDRs[{index}]"), text, &mut notes)
    };
    let blocks: Vec<Cidr> = texts.iter().enumerate().filter_map(one).collect();
    let group = CidrGroup { name: name.to_owned(), labels, blocks };
    (notes.problems.is_empty().then_some(group), notes.problems)
}

/// The policies that an object stands for, and what is wrong with it. A CiliumNetworkPolicy has a namespace, a
/// CiliumClusterwideNetworkPolicy has none. Of an object that is refused, all is uncertain.
#[must_use]
pub fn policies(
    context: &Context,
    namespace: Option<&str>,
    name: &str,
    tag: u32,
    specs: &Specs,
) -> (Vec<Policy>, Vec<Problem>) {
    reader::Reader::new(context, namespace, name, tag).policies(specs)
}
