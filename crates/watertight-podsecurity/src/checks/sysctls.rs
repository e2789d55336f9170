//! `sysctls`: only those kernel settings that stay inside the pod.

use crate::check::{Check, Described, Revision};
use crate::level::Level;
use crate::offence::{Found, Offence, Place, Remedy, Sink, Value};
use crate::pod::Pod;

/// Each version adds to those before it. Follows `policy/check_sysctls.go`.
pub(crate) static SYSCTLS: Check = Check {
    id: "sysctls",
    level: Level::Baseline,
    upstream: "policy/check_sysctls.go",
    revisions: &[
        Revision { since: 0, find: |pod, sink| find(pod, 0, sink), describe, overrides: &[] },
        Revision { since: 27, find: |pod, sink| find(pod, 27, sink), describe, overrides: &[] },
        Revision { since: 29, find: |pod, sink| find(pod, 29, sink), describe, overrides: &[] },
        Revision { since: 32, find: |pod, sink| find(pod, 32, sink), describe, overrides: &[] },
        Revision { since: 37, find: |pod, sink| find(pod, 37, sink), describe, overrides: &[] },
    ],
};

/// What is allowed, with the minor version that began to.
const ALLOWED: &[(u64, &str)] = &[
    (0, "kernel.shm_rmid_forced"),
    (0, "net.ipv4.ip_local_port_range"),
    (0, "net.ipv4.tcp_syncookies"),
    (0, "net.ipv4.ping_group_range"),
    (0, "net.ipv4.ip_unprivileged_port_start"),
    (27, "net.ipv4.ip_local_reserved_ports"),
    (29, "net.ipv4.tcp_keepalive_time"),
    (29, "net.ipv4.tcp_fin_timeout"),
    (29, "net.ipv4.tcp_keepalive_intvl"),
    (29, "net.ipv4.tcp_keepalive_probes"),
    (32, "net.ipv4.tcp_rmem"),
    (32, "net.ipv4.tcp_wmem"),
    (37, "net.ipv4.tcp_slow_start_after_idle"),
    (37, "net.ipv4.tcp_notsent_lowat"),
];

fn find<'p>(pod: Pod<'p>, minor: u64, sink: Sink<'_, 'p>) -> Found {
    let sysctls = pod.security().and_then(|security| security.sysctls.as_ref());
    for (item, sysctl) in sysctls.into_iter().flatten().enumerate() {
        if !ALLOWED.iter().any(|&(since, name)| since <= minor && name == sysctl.name) {
            sink(Offence {
                place: Place::Pod,
                field: "securityContext.sysctls[].name",
                item,
                value: Value::Text(&sysctl.name),
                remedy: Remedy::Remove,
            })?;
        }
    }
    Found::Continue(())
}

/// Names stand as they are written, and as often.
fn describe(offences: &[Offence<'_>]) -> Described {
    let names: Vec<String> = offences.iter().map(|offence| offence.value.to_string()).collect();
    Described { reason: "forbidden sysctls", detail: names.join(", ") }
}
