//! `privileged`: no container holds all capabilities and all devices of the node.

use crate::check::{Check, Described, Revision};
use crate::level::Level;
use crate::offence::{Found, Offence, Remedy, Sink, Value};
use crate::pod::Pod;

use super::{container_names, containers};

/// Follows `policy/check_privileged.go`.
pub(crate) static PRIVILEGED: Check = Check {
    id: "privileged",
    level: Level::Baseline,
    upstream: "policy/check_privileged.go",
    revisions: &[Revision { since: 0, find, describe, overrides: &[] }],
};

fn find<'p>(pod: Pod<'p>, sink: Sink<'_, 'p>) -> Found {
    for container in pod.containers() {
        if container.security.is_some_and(|security| security.privileged == Some(true)) {
            sink(Offence {
                place: container.into(),
                field: "securityContext.privileged",
                item: 0,
                value: Value::Bool(true),
                remedy: Remedy::Remove,
            })?;
        }
    }
    Found::Continue(())
}

fn describe(offences: &[Offence<'_>]) -> Described {
    let containers = containers(&container_names(offences));
    Described {
        reason: "privileged",
        detail: format!("{containers} must not set securityContext.privileged=true"),
    }
}
