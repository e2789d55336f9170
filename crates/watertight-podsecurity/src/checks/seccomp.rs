//! `seccompProfile_baseline` and `seccompProfile_restricted`: system calls stay filtered.

use k8s_openapi::api::core::v1::SeccompProfile;

use crate::check::{Check, Described, Revision};
use crate::level::Level;
use crate::offence::{Found, Offence, Place, Remedy, Sink, Value};
use crate::pod::{Container, Pod};
use crate::text::{join_quote, plural, quote};

use super::{container_names, containers, setters, values};

/// Nobody switches the filter off: by annotations up to 1.18, by fields since. Follows
/// `policy/check_seccompProfile_baseline.go`.
pub(crate) static BASELINE: Check = Check {
    id: "seccompProfile_baseline",
    level: Level::Baseline,
    upstream: "policy/check_seccompProfile_baseline.go",
    revisions: &[
        Revision { since: 0, find: find_annotations, describe: describe_annotations, overrides: &[] },
        Revision { since: 19, find: find_set, describe: describe_fields, overrides: &[] },
    ],
};

/// There has to be a filter, but on Windows from 1.25 on. Follows
/// `policy/check_seccompProfile_restricted.go`.
pub(crate) static RESTRICTED: Check = Check {
    id: "seccompProfile_restricted",
    level: Level::Restricted,
    upstream: "policy/check_seccompProfile_restricted.go",
    revisions: &[
        Revision {
            since: 19,
            find: find_unfiltered,
            describe: describe_fields,
            overrides: &["seccompProfile_baseline"],
        },
        Revision {
            since: 25,
            find: find_unfiltered_but_on_windows,
            describe: describe_fields,
            overrides: &["seccompProfile_baseline"],
        },
    ],
};

const POD_ANNOTATION: &str = "seccomp.security.alpha.kubernetes.io/pod";
const CONTAINER_ANNOTATION: &str = "container.seccomp.security.alpha.kubernetes.io/";
const FIELD: &str = "securityContext.seccompProfile.type";
const REMEDY: Remedy = Remedy::Set("RuntimeDefault");

/// Annotations that name no container of the pod are without effect and not judged.
fn find_annotations<'p>(pod: Pod<'p>, sink: Sink<'_, 'p>) -> Found {
    for (key, value) in pod.annotations.into_iter().flatten() {
        let judged = match key.strip_prefix(CONTAINER_ANNOTATION) {
            Some(name) => pod.containers().any(|container| container.name == name),
            None => key == POD_ANNOTATION,
        };
        if judged && !allowed_annotation(value) {
            let (place, value) = (Place::Annotation { key }, Value::Text(value));
            sink(Offence { place, field: "", item: 0, value, remedy: Remedy::Set("runtime/default") })?;
        }
    }
    Found::Continue(())
}

fn allowed_annotation(value: &str) -> bool {
    value == "runtime/default" || value == "docker/default" || value.starts_with("localhost/")
}

fn describe_annotations(offences: &[Offence<'_>]) -> Described {
    let mut written: Vec<String> = offences
        .iter()
        .filter_map(|offence| match (offence.place, offence.value) {
            (Place::Annotation { key }, Value::Text(value)) => Some(format!("{key}={}", quote(value))),
            _ => None,
        })
        .collect();
    written.sort_unstable();
    let noun = plural("annotation", "annotations", written.len());
    Described { reason: "seccompProfile", detail: format!("forbidden {noun} {}", written.join(", ")) }
}

fn of_pod(pod: Pod<'_>) -> Option<&SeccompProfile> {
    pod.security()?.seccomp_profile.as_ref()
}

fn of_container(container: Container<'_>) -> Option<&SeccompProfile> {
    container.security?.seccomp_profile.as_ref()
}

fn allowed(profile: &SeccompProfile) -> bool {
    matches!(profile.type_.as_str(), "Localhost" | "RuntimeDefault")
}

fn set_offence<'p>(place: Place<'p>, profile: &'p SeccompProfile) -> Offence<'p> {
    Offence { place, field: FIELD, item: 0, value: Value::Text(&profile.type_), remedy: REMEDY }
}

fn find_set<'p>(pod: Pod<'p>, sink: Sink<'_, 'p>) -> Found {
    if let Some(profile) = of_pod(pod).filter(|profile| !allowed(profile)) {
        sink(set_offence(Place::Pod, profile))?;
    }
    for container in pod.containers() {
        if let Some(profile) = of_container(container).filter(|profile| !allowed(profile)) {
            sink(set_offence(container.into(), profile))?;
        }
    }
    Found::Continue(())
}

fn find_unfiltered<'p>(pod: Pod<'p>, sink: Sink<'_, 'p>) -> Found {
    let of_pod = of_pod(pod);
    if let Some(profile) = of_pod.filter(|profile| !allowed(profile)) {
        sink(set_offence(Place::Pod, profile))?;
    }
    let inherited = of_pod.is_some_and(allowed);
    for container in pod.containers() {
        match of_container(container) {
            Some(profile) if !allowed(profile) => sink(set_offence(container.into(), profile))?,
            None if !inherited => {
                let (place, value) = (container.into(), Value::Absent);
                sink(Offence { place, field: FIELD, item: 0, value, remedy: REMEDY })?;
            }
            _ => {}
        }
    }
    Found::Continue(())
}

fn find_unfiltered_but_on_windows<'p>(pod: Pod<'p>, sink: Sink<'_, 'p>) -> Found {
    if pod.is_windows() { Found::Continue(()) } else { find_unfiltered(pod, sink) }
}

/// Upstream speaks of who sets a bad profile, and of those who set none only when nobody does.
fn describe_fields(offences: &[Offence<'_>]) -> Described {
    let explicit: Vec<_> =
        offences.iter().filter(|offence| offence.value != Value::Absent).copied().collect();
    let detail = if explicit.is_empty() {
        format!(
            r#"pod or {} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost""#,
            containers(&container_names(offences))
        )
    } else {
        format!(
            "{} must not set securityContext.seccompProfile.type to {}",
            setters(&explicit).join(" and "),
            join_quote(values(&explicit)),
        )
    };
    Described { reason: "seccompProfile", detail }
}
