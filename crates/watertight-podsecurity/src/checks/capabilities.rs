//! `capabilities_baseline` and `capabilities_restricted`: what root in a container may do.

use crate::check::{Check, Described, Revision};
use crate::level::Level;
use crate::offence::{Found, Offence, Remedy, Sink, Value};
use crate::pod::Pod;
use crate::text::join_quote;

use super::{container_names, containers, values};

/// Only what container runtimes give by default may be added. Follows
/// `policy/check_capabilities_baseline.go`.
pub(crate) static BASELINE: Check = Check {
    id: "capabilities_baseline",
    level: Level::Baseline,
    upstream: "policy/check_capabilities_baseline.go",
    revisions: &[Revision { since: 0, find: find_baseline, describe: describe_baseline, overrides: &[] }],
};

/// Everything is dropped, and only `NET_BIND_SERVICE` may be added; Windows has no capabilities.
/// Follows `policy/check_capabilities_restricted.go`.
pub(crate) static RESTRICTED: Check = Check {
    id: "capabilities_restricted",
    level: Level::Restricted,
    upstream: "policy/check_capabilities_restricted.go",
    revisions: &[
        Revision {
            since: 22,
            find: find_restricted,
            describe: describe_restricted,
            overrides: &["capabilities_baseline"],
        },
        Revision {
            since: 25,
            find: find_restricted_but_on_windows,
            describe: describe_restricted,
            overrides: &["capabilities_baseline"],
        },
    ],
};

const ADD: &str = "securityContext.capabilities.add[]";
const DROP: &str = "securityContext.capabilities.drop";

/// `NET_RAW` is what runtimes give and is missing here on purpose: adding it by name is forbidden.
const DEFAULT: &[&str] = &[
    "AUDIT_WRITE",
    "CHOWN",
    "DAC_OVERRIDE",
    "FOWNER",
    "FSETID",
    "KILL",
    "MKNOD",
    "NET_BIND_SERVICE",
    "SETFCAP",
    "SETGID",
    "SETPCAP",
    "SETUID",
    "SYS_CHROOT",
];

fn find_baseline<'p>(pod: Pod<'p>, sink: Sink<'_, 'p>) -> Found {
    for container in pod.containers() {
        let capabilities = container.security.and_then(|security| security.capabilities.as_ref());
        let added = capabilities.into_iter().flat_map(|capabilities| capabilities.add.iter().flatten());
        for (item, name) in added.enumerate().filter(|(_, name)| !DEFAULT.contains(&name.as_str())) {
            let (place, value) = (container.into(), Value::Text(name));
            sink(Offence { place, field: ADD, item, value, remedy: Remedy::Remove })?;
        }
    }
    Found::Continue(())
}

fn describe_baseline(offences: &[Offence<'_>]) -> Described {
    Described { reason: "non-default capabilities", detail: must_not_include(offences) }
}

fn must_not_include(offences: &[Offence<'_>]) -> String {
    format!(
        "{} must not include {} in securityContext.capabilities.add",
        containers(&container_names(offences)),
        join_quote(values(offences)),
    )
}

fn find_restricted<'p>(pod: Pod<'p>, sink: Sink<'_, 'p>) -> Found {
    for container in pod.containers() {
        let place = container.into();
        let capabilities = container.security.and_then(|security| security.capabilities.as_ref());
        let mut dropped =
            capabilities.into_iter().flat_map(|capabilities| capabilities.drop.iter().flatten());
        if !dropped.any(|name| name == "ALL") {
            let remedy = Remedy::Append("ALL");
            sink(Offence { place, field: DROP, item: 0, value: Value::Absent, remedy })?;
        }
        let added = capabilities.into_iter().flat_map(|capabilities| capabilities.add.iter().flatten());
        for (item, name) in added.enumerate().filter(|(_, name)| *name != "NET_BIND_SERVICE") {
            let value = Value::Text(name);
            sink(Offence { place, field: ADD, item, value, remedy: Remedy::Remove })?;
        }
    }
    Found::Continue(())
}

fn find_restricted_but_on_windows<'p>(pod: Pod<'p>, sink: Sink<'_, 'p>) -> Found {
    if pod.is_windows() { Found::Continue(()) } else { find_restricted(pod, sink) }
}

fn describe_restricted(offences: &[Offence<'_>]) -> Described {
    let (missing, added): (Vec<_>, Vec<_>) = offences.iter().partition(|offence| offence.field == DROP);
    let mut details = Vec::new();
    if !missing.is_empty() {
        let names = container_names(&missing);
        details.push(format!(r#"{} must set securityContext.capabilities.drop=["ALL"]"#, containers(&names)));
    }
    if !added.is_empty() {
        details.push(must_not_include(&added));
    }
    Described { reason: "unrestricted capabilities", detail: details.join("; ") }
}
