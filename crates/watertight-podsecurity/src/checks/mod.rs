//! The checks, one file for each subject. Each names the file upstream that it follows, all of them in
//! `policy/` of kubernetes/pod-security-admission.

pub(crate) mod app_armor;
pub(crate) mod capabilities;
pub(crate) mod host_namespaces;
pub(crate) mod host_ports;
pub(crate) mod host_probes;
pub(crate) mod host_process;
pub(crate) mod privilege_escalation;
pub(crate) mod privileged;
pub(crate) mod proc_mount;
pub(crate) mod run_as;
pub(crate) mod seccomp;
pub(crate) mod selinux;
pub(crate) mod sysctls;
pub(crate) mod volumes;

use std::collections::BTreeSet;

use crate::offence::{Offence, Place, Value};
use crate::text::{join_quote, plural};

/// The names of the containers among these offences, each container once, in their order. Two
/// containers of one name are two.
fn container_names<'p>(offences: &[Offence<'p>]) -> Vec<&'p str> {
    let mut names = Vec::new();
    let mut last = None;
    for offence in offences {
        if let Place::Container { list, index, name } = offence.place
            && last != Some((list, index))
        {
            last = Some((list, index));
            names.push(name);
        }
    }
    names
}

/// `container "a"`, `containers "a", "b"`.
fn containers(names: &[&str]) -> String {
    format!("{} {}", plural("container", "containers", names.len()), join_quote(names))
}

/// `pod and containers "a", "b"`: whoever sets something.
fn setters(offences: &[Offence<'_>]) -> Vec<String> {
    let mut setters = Vec::new();
    if offences.iter().any(|offence| offence.place == Place::Pod) {
        setters.push("pod".to_owned());
    }
    let names = container_names(offences);
    if !names.is_empty() {
        setters.push(containers(&names));
    }
    setters
}

/// The distinct texts that the fields hold, sorted.
fn values<'p>(offences: &[Offence<'p>]) -> BTreeSet<&'p str> {
    let text = |offence: &Offence<'p>| match offence.value {
        Value::Text(text) => Some(text),
        _ => None,
    };
    offences.iter().filter_map(text).collect()
}
