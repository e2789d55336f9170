//! `hostPorts`: no port of the node leads into a container.

use std::collections::BTreeSet;

use crate::check::{Check, Described, Revision};
use crate::level::Level;
use crate::offence::{Found, Offence, Remedy, Sink, Value};
use crate::pod::Pod;
use crate::text::plural;

use super::{container_names, containers};

/// Follows `policy/check_hostPorts.go`.
pub(crate) static HOST_PORTS: Check = Check {
    id: "hostPorts",
    level: Level::Baseline,
    upstream: "policy/check_hostPorts.go",
    revisions: &[Revision { since: 0, find, describe, overrides: &[] }],
};

fn find<'p>(pod: Pod<'p>, sink: Sink<'_, 'p>) -> Found {
    for container in pod.containers() {
        for (item, port) in container.ports.into_iter().flatten().enumerate() {
            if let Some(number) = port.host_port.filter(|&number| number != 0) {
                let (place, value) = (container.into(), Value::Number(number.into()));
                sink(Offence { place, field: "ports[].hostPort", item, value, remedy: Remedy::Remove })?;
            }
        }
    }
    Found::Continue(())
}

fn describe(offences: &[Offence<'_>]) -> Described {
    let names = container_names(offences);
    // Sorted as texts: 1000 comes before 80.
    let ports: BTreeSet<String> = offences.iter().map(|offence| offence.value.to_string()).collect();
    let detail = format!(
        "{} {} {} {}",
        containers(&names),
        plural("uses", "use", names.len()),
        plural("hostPort", "hostPorts", ports.len()),
        ports.into_iter().collect::<Vec<_>>().join(", "),
    );
    Described { reason: "hostPort", detail }
}
