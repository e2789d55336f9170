//! `windowsHostProcess`: no container of a Windows node runs as a process of the node.

use crate::check::{Check, Described, Revision};
use crate::level::Level;
use crate::offence::{Found, Offence, Place, Remedy, Sink, Value};
use crate::pod::Pod;

use super::setters;

/// Follows `policy/check_windowsHostProcess.go`.
pub(crate) static WINDOWS_HOST_PROCESS: Check = Check {
    id: "windowsHostProcess",
    level: Level::Baseline,
    upstream: "policy/check_windowsHostProcess.go",
    revisions: &[Revision { since: 0, find, describe, overrides: &[] }],
};

const FIELD: &str = "securityContext.windowsOptions.hostProcess";

fn find<'p>(pod: Pod<'p>, sink: Sink<'_, 'p>) -> Found {
    let of_pod = pod.security().and_then(|security| security.windows_options.as_ref());
    let of_containers = pod.containers().map(|container| {
        let options = container.security.and_then(|security| security.windows_options.as_ref());
        (Place::from(container), options)
    });
    for (place, options) in std::iter::once((Place::Pod, of_pod)).chain(of_containers) {
        if options.is_some_and(|options| options.host_process == Some(true)) {
            let value = Value::Bool(true);
            sink(Offence { place, field: FIELD, item: 0, value, remedy: Remedy::Remove })?;
        }
    }
    Found::Continue(())
}

fn describe(offences: &[Offence<'_>]) -> Described {
    let setters = setters(offences).join(" and ");
    Described {
        reason: "hostProcess",
        detail: format!("{setters} must not set securityContext.windowsOptions.hostProcess=true"),
    }
}
