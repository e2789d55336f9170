//! `procMount` and `procMount_restricted`: `/proc` stays masked.

use crate::check::{Check, Described, Revision};
use crate::level::Level;
use crate::offence::{Found, Offence, Remedy, Sink, Value};
use crate::pod::Pod;
use crate::text::join_quote;

use super::{container_names, containers, values};

/// From 1.35 on, baseline lets a pod with a user namespace of its own see all of `/proc`. Follows
/// `policy/check_procMount_baseline.go`.
pub(crate) static BASELINE: Check = Check {
    id: "procMount",
    level: Level::Baseline,
    upstream: "policy/check_procMount_baseline.go",
    revisions: &[
        Revision { since: 0, find, describe, overrides: &[] },
        Revision { since: 35, find: find_but_in_user_namespaces, describe, overrides: &[] },
    ],
};

/// Restricted goes on to refuse that. Follows `policy/check_procMount_restricted.go`.
pub(crate) static RESTRICTED: Check = Check {
    id: "procMount_restricted",
    level: Level::Restricted,
    upstream: "policy/check_procMount_restricted.go",
    revisions: &[Revision { since: 35, find, describe, overrides: &["procMount"] }],
};

fn find<'p>(pod: Pod<'p>, sink: Sink<'_, 'p>) -> Found {
    for container in pod.containers() {
        let set = container.security.and_then(|security| security.proc_mount.as_deref());
        if let Some(kind) = set.filter(|&kind| kind != "Default") {
            let (place, value) = (container.into(), Value::Text(kind));
            let field = "securityContext.procMount";
            sink(Offence { place, field, item: 0, value, remedy: Remedy::Remove })?;
        }
    }
    Found::Continue(())
}

fn find_but_in_user_namespaces<'p>(pod: Pod<'p>, sink: Sink<'_, 'p>) -> Found {
    if pod.has_user_namespace() { Found::Continue(()) } else { find(pod, sink) }
}

fn describe(offences: &[Offence<'_>]) -> Described {
    let containers = containers(&container_names(offences));
    let kinds = join_quote(values(offences));
    Described {
        reason: "procMount",
        detail: format!("{containers} must not set securityContext.procMount to {kinds}"),
    }
}
