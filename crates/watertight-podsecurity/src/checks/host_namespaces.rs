//! `hostNamespaces`: nobody shares network, processes or memory with the node.

use crate::check::{Check, Described, Revision};
use crate::level::Level;
use crate::offence::{Found, Offence, Place, Remedy, Sink, Value};
use crate::pod::Pod;

/// Follows `policy/check_hostNamespaces.go`.
pub(crate) static HOST_NAMESPACES: Check = Check {
    id: "hostNamespaces",
    level: Level::Baseline,
    upstream: "policy/check_hostNamespaces.go",
    revisions: &[Revision { since: 0, find, describe, overrides: &[] }],
};

fn find<'p>(pod: Pod<'p>, sink: Sink<'_, 'p>) -> Found {
    let fields = [
        ("hostNetwork", pod.spec.host_network),
        ("hostPID", pod.spec.host_pid),
        ("hostIPC", pod.spec.host_ipc),
    ];
    for (field, value) in fields {
        if value == Some(true) {
            let (place, value) = (Place::Pod, Value::Bool(true));
            sink(Offence { place, field, item: 0, value, remedy: Remedy::Remove })?;
        }
    }
    Found::Continue(())
}

fn describe(offences: &[Offence<'_>]) -> Described {
    let set: Vec<String> = offences.iter().map(|offence| format!("{}=true", offence.field)).collect();
    Described { reason: "host namespaces", detail: set.join(", ") }
}
