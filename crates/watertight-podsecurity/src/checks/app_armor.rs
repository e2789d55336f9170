//! `appArmorProfile`: nobody switches AppArmor off or loads a profile of their own.

use crate::check::{Check, Described, Revision};
use crate::level::Level;
use crate::offence::{Found, Offence, Place, Remedy, Sink, Value};
use crate::pod::Pod;
use crate::text::{join_quote, plural, quote};

use super::{setters, values};

/// Follows `policy/check_appArmorProfile.go`.
pub(crate) static APP_ARMOR_PROFILE: Check = Check {
    id: "appArmorProfile",
    level: Level::Baseline,
    upstream: "policy/check_appArmorProfile.go",
    revisions: &[Revision { since: 0, find, describe, overrides: &[] }],
};

const ANNOTATION: &str = "container.apparmor.security.beta.kubernetes.io/";
const FIELD: &str = "securityContext.appArmorProfile.type";

fn find<'p>(pod: Pod<'p>, sink: Sink<'_, 'p>) -> Found {
    let of_pod = pod.security().and_then(|security| security.app_armor_profile.as_ref());
    let of_containers = pod.containers().map(|container| {
        let profile = container.security.and_then(|security| security.app_armor_profile.as_ref());
        (Place::from(container), profile)
    });
    for (place, profile) in std::iter::once((Place::Pod, of_pod)).chain(of_containers) {
        if let Some(profile) = profile
            && !matches!(profile.type_.as_str(), "RuntimeDefault" | "Localhost")
        {
            let (value, remedy) = (Value::Text(&profile.type_), Remedy::Set("RuntimeDefault"));
            sink(Offence { place, field: FIELD, item: 0, value, remedy })?;
        }
    }
    // Annotations are sorted by key; upstream sorts `key="value"`, which `describe` does.
    for (key, value) in pod.annotations.into_iter().flatten() {
        if key.starts_with(ANNOTATION) && !allowed_annotation(value) {
            let (place, value) = (Place::Annotation { key }, Value::Text(value));
            sink(Offence { place, field: "", item: 0, value, remedy: Remedy::Remove })?;
        }
    }
    Found::Continue(())
}

fn allowed_annotation(value: &str) -> bool {
    value.is_empty() || value == "runtime/default" || value.starts_with("localhost/")
}

fn describe(offences: &[Offence<'_>]) -> Described {
    let is_annotation = |offence: &Offence<'_>| matches!(offence.place, Place::Annotation { .. });
    let fields = offences.iter().position(is_annotation).unwrap_or(offences.len());
    let (fields, annotations) = offences.split_at(fields);
    let mut written: Vec<String> = annotations
        .iter()
        .filter_map(|offence| match (offence.place, offence.value) {
            (Place::Annotation { key }, Value::Text(value)) => Some(format!("{key}={}", quote(value))),
            _ => None,
        })
        .collect();
    written.sort_unstable();

    let mut setters = setters(fields);
    if !written.is_empty() {
        setters.push(plural("annotation", "annotations", written.len()).to_owned());
    }
    let mut bad: Vec<String> = values(fields).into_iter().map(str::to_owned).collect();
    bad.extend(written);
    Described {
        reason: plural("forbidden AppArmor profile", "forbidden AppArmor profiles", bad.len()),
        detail: format!(
            "{} must not set AppArmor profile type to {}",
            setters.join(" and "),
            join_quote(bad)
        ),
    }
}
