//! `allowPrivilegeEscalation`: no set-user-ID program makes a container more than it is.

use crate::check::{Check, Described, Revision};
use crate::level::Level;
use crate::offence::{Found, Offence, Remedy, Sink, Value};
use crate::pod::Pod;

use super::{container_names, containers};

/// Asked since the field is there; not of Windows from 1.25 on, where it cannot be set. Follows
/// `policy/check_allowPrivilegeEscalation.go`.
pub(crate) static ALLOW_PRIVILEGE_ESCALATION: Check = Check {
    id: "allowPrivilegeEscalation",
    level: Level::Restricted,
    upstream: "policy/check_allowPrivilegeEscalation.go",
    revisions: &[
        Revision { since: 8, find, describe, overrides: &[] },
        Revision { since: 25, find: find_but_on_windows, describe, overrides: &[] },
    ],
};

fn find<'p>(pod: Pod<'p>, sink: Sink<'_, 'p>) -> Found {
    for container in pod.containers() {
        let set = container.security.and_then(|security| security.allow_privilege_escalation);
        if set != Some(false) {
            sink(Offence {
                place: container.into(),
                field: "securityContext.allowPrivilegeEscalation",
                item: 0,
                value: set.map_or(Value::Absent, Value::Bool),
                remedy: Remedy::Set("false"),
            })?;
        }
    }
    Found::Continue(())
}

fn find_but_on_windows<'p>(pod: Pod<'p>, sink: Sink<'_, 'p>) -> Found {
    if pod.is_windows() { Found::Continue(()) } else { find(pod, sink) }
}

fn describe(offences: &[Offence<'_>]) -> Described {
    let containers = containers(&container_names(offences));
    Described {
        reason: "allowPrivilegeEscalation != false",
        detail: format!("{containers} must set securityContext.allowPrivilegeEscalation=false"),
    }
}
