//! `runAsNonRoot` and `runAsUser`: nobody runs as root.

use crate::check::{Check, Described, Revision};
use crate::level::Level;
use crate::offence::{Found, Offence, Place, Remedy, Sink, Value};
use crate::pod::Pod;

use super::{container_names, containers, setters};

/// Follows `policy/check_runAsNonRoot.go`. From 1.35 on, root in a user namespace of the pod's own is
/// allowed: it is nobody on the node. Windows is not exempt.
pub(crate) static RUN_AS_NON_ROOT: Check = Check {
    id: "runAsNonRoot",
    level: Level::Restricted,
    upstream: "policy/check_runAsNonRoot.go",
    revisions: &[
        Revision { since: 0, find: find_non_root, describe: describe_non_root, overrides: &[] },
        Revision {
            since: 35,
            find: |pod, sink| but_in_user_namespaces(find_non_root, pod, sink),
            describe: describe_non_root,
            overrides: &[],
        },
    ],
};

/// Follows `policy/check_runAsUser.go`.
pub(crate) static RUN_AS_USER: Check = Check {
    id: "runAsUser",
    level: Level::Restricted,
    upstream: "policy/check_runAsUser.go",
    revisions: &[
        Revision { since: 23, find: find_user, describe: describe_user, overrides: &[] },
        Revision {
            since: 35,
            find: |pod, sink| but_in_user_namespaces(find_user, pod, sink),
            describe: describe_user,
            overrides: &[],
        },
    ],
};

fn but_in_user_namespaces<'p>(
    find: impl FnOnce(Pod<'p>, Sink<'_, 'p>) -> Found,
    pod: Pod<'p>,
    sink: Sink<'_, 'p>,
) -> Found {
    if pod.has_user_namespace() { Found::Continue(()) } else { find(pod, sink) }
}

fn find_non_root<'p>(pod: Pod<'p>, sink: Sink<'_, 'p>) -> Found {
    let of_pod = pod.security().and_then(|security| security.run_as_non_root);
    let mut offence = |place, set: Option<bool>| {
        sink(Offence {
            place,
            field: "securityContext.runAsNonRoot",
            item: 0,
            value: set.map_or(Value::Absent, Value::Bool),
            remedy: Remedy::Set("true"),
        })
    };
    if of_pod == Some(false) {
        offence(Place::Pod, of_pod)?;
    }
    for container in pod.containers() {
        let set = container.security.and_then(|security| security.run_as_non_root);
        if set.or(of_pod) != Some(true) {
            offence(container.into(), set)?;
        }
    }
    Found::Continue(())
}

/// Upstream speaks of who sets it to false, and of those who leave it out only when nobody does.
fn describe_non_root(offences: &[Offence<'_>]) -> Described {
    let explicit: Vec<_> =
        offences.iter().filter(|offence| offence.value != Value::Absent).copied().collect();
    let detail = if explicit.is_empty() {
        format!(
            "pod or {} must set securityContext.runAsNonRoot=true",
            containers(&container_names(offences))
        )
    } else {
        format!("{} must not set securityContext.runAsNonRoot=false", setters(&explicit).join(" and "))
    };
    Described { reason: "runAsNonRoot != true", detail }
}

fn find_user<'p>(pod: Pod<'p>, sink: Sink<'_, 'p>) -> Found {
    let of_pod = pod.security().and_then(|security| security.run_as_user);
    let of_containers = pod.containers().map(|container| {
        (Place::from(container), container.security.and_then(|security| security.run_as_user))
    });
    for (place, user) in std::iter::once((Place::Pod, of_pod)).chain(of_containers) {
        if user == Some(0) {
            let field = "securityContext.runAsUser";
            let remedy = Remedy::Replace("a user ID above 0, or leave it to the image");
            sink(Offence { place, field, item: 0, value: Value::Number(0), remedy })?;
        }
    }
    Found::Continue(())
}

fn describe_user(offences: &[Offence<'_>]) -> Described {
    let detail = format!("{} must not set runAsUser=0", setters(offences).join(" and "));
    Described { reason: "runAsUser=0", detail }
}
