//! `hostProbesAndHostLifecycle`: the kubelet, which stands outside of every network policy, is not made
//! to call hosts of somebody's choice.

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::{HTTPGetAction, TCPSocketAction};

use crate::check::{Check, Described, Revision};
use crate::level::Level;
use crate::offence::{Found, Offence, Remedy, Sink, Value};
use crate::pod::{Container, Pod};
use crate::text::{join_quote, plural};

use super::values;

/// Follows `policy/check_hostProbesAndhostLifecycle.go`.
pub(crate) static HOST_PROBES_AND_HOST_LIFECYCLE: Check = Check {
    id: "hostProbesAndHostLifecycle",
    level: Level::Baseline,
    upstream: "policy/check_hostProbesAndhostLifecycle.go",
    revisions: &[Revision { since: 34, find, describe, overrides: &[] }],
};

/// The two actions of a probe or a hook that name a host, with the paths of their hosts.
type Actions<'p> = [(&'static str, Option<&'p str>); 2];

fn actions<'p>(
    [http_path, tcp_path]: [&'static str; 2],
    http: Option<&'p HTTPGetAction>,
    tcp: Option<&'p TCPSocketAction>,
) -> Actions<'p> {
    [
        (http_path, http.and_then(|http| http.host.as_deref())),
        (tcp_path, tcp.and_then(|tcp| tcp.host.as_deref())),
    ]
}

/// Probes first, then the hooks of the lifecycle.
fn handlers(container: Container<'_>) -> impl Iterator<Item = Actions<'_>> {
    const PROBES: [[&str; 2]; 3] = [
        ["livenessProbe.httpGet.host", "livenessProbe.tcpSocket.host"],
        ["readinessProbe.httpGet.host", "readinessProbe.tcpSocket.host"],
        ["startupProbe.httpGet.host", "startupProbe.tcpSocket.host"],
    ];
    const HOOKS: [[&str; 2]; 2] = [
        ["lifecycle.postStart.httpGet.host", "lifecycle.postStart.tcpSocket.host"],
        ["lifecycle.preStop.httpGet.host", "lifecycle.preStop.tcpSocket.host"],
    ];
    let probes = PROBES.into_iter().zip(container.probes).filter_map(|(paths, probe)| {
        let probe = probe?;
        Some(actions(paths, probe.http_get.as_ref(), probe.tcp_socket.as_ref()))
    });
    let hooks = container.lifecycle.map(|hooks| [hooks.post_start.as_ref(), hooks.pre_stop.as_ref()]);
    let hooks = HOOKS.into_iter().zip(hooks.into_iter().flatten()).filter_map(|(paths, hook)| {
        let hook = hook?;
        Some(actions(paths, hook.http_get.as_ref(), hook.tcp_socket.as_ref()))
    });
    probes.chain(hooks)
}

fn find<'p>(pod: Pod<'p>, sink: Sink<'_, 'p>) -> Found {
    for container in pod.containers() {
        for (field, host) in handlers(container).flatten() {
            if let Some(host) = host.filter(|host| !host.is_empty()) {
                let (place, value) = (container.into(), Value::Text(host));
                sink(Offence { place, field, item: 0, value, remedy: Remedy::Remove })?;
            }
        }
    }
    Found::Continue(())
}

fn describe(offences: &[Offence<'_>]) -> Described {
    // Unlike in other checks, the names are a sorted set.
    let names: BTreeSet<&str> = offences.iter().filter_map(Offence::container).collect();
    let hosts = values(offences);
    let detail = format!(
        "{} {} {} {} {}",
        plural("container", "containers", names.len()),
        join_quote(&names),
        plural("uses", "use", names.len()),
        plural("probe or lifecycle host", "probe or lifecycle hosts", hosts.len()),
        join_quote(&hosts),
    );
    Described { reason: "probe or lifecycle host", detail }
}
