//! `seLinuxOptions`: nobody chooses a user or a role of SELinux, or a type that confines less.

use k8s_openapi::api::core::v1::SELinuxOptions;

use crate::check::{Check, Described, Revision};
use crate::level::Level;
use crate::offence::{Found, Offence, Place, Remedy, Sink, Value};
use crate::pod::Pod;
use crate::text::{join_quote, plural};

use super::{setters, values};

/// 1.31 added `container_engine_t`. Follows `policy/check_seLinuxOptions.go`.
pub(crate) static SE_LINUX_OPTIONS: Check = Check {
    id: "seLinuxOptions",
    level: Level::Baseline,
    upstream: "policy/check_seLinuxOptions.go",
    revisions: &[
        Revision { since: 0, find: |pod, sink| find(pod, &TYPES[..4], sink), describe, overrides: &[] },
        Revision { since: 31, find: |pod, sink| find(pod, &TYPES, sink), describe, overrides: &[] },
    ],
};

const TYPES: [&str; 5] = ["", "container_t", "container_init_t", "container_kvm_t", "container_engine_t"];
const TYPE: &str = "securityContext.seLinuxOptions.type";
const USER: &str = "securityContext.seLinuxOptions.user";
const ROLE: &str = "securityContext.seLinuxOptions.role";

fn find<'p>(pod: Pod<'p>, types: &[&str], sink: Sink<'_, 'p>) -> Found {
    let of_pod = pod.security().and_then(|security| security.se_linux_options.as_ref());
    let of_containers = pod.containers().map(|container| {
        let options = container.security.and_then(|security| security.se_linux_options.as_ref());
        (Place::from(container), options)
    });
    for (place, options) in std::iter::once((Place::Pod, of_pod)).chain(of_containers) {
        if let Some(options) = options {
            find_in(place, options, types, sink)?;
        }
    }
    Found::Continue(())
}

fn find_in<'p>(place: Place<'p>, options: &'p SELinuxOptions, types: &[&str], sink: Sink<'_, 'p>) -> Found {
    let mut offence = |field, text| {
        sink(Offence { place, field, item: 0, value: Value::Text(text), remedy: Remedy::Remove })
    };
    let set = |text: &'p Option<String>| text.as_deref().filter(|text| !text.is_empty());
    if let Some(type_) = options.type_.as_deref().filter(|type_| !types.contains(type_)) {
        offence(TYPE, type_)?;
    }
    if let Some(user) = set(&options.user) {
        offence(USER, user)?;
    }
    if let Some(role) = set(&options.role) {
        offence(ROLE, role)?;
    }
    Found::Continue(())
}

fn describe(offences: &[Offence<'_>]) -> Described {
    let of_type: Vec<_> = offences.iter().filter(|offence| offence.field == TYPE).copied().collect();
    let types = values(&of_type);
    let mut bad = Vec::new();
    if !types.is_empty() {
        bad.push(format!("{} {}", plural("type", "types", types.len()), join_quote(&types)));
    }
    for (field, name) in [(USER, "user"), (ROLE, "role")] {
        if offences.iter().any(|offence| offence.field == field) {
            bad.push(format!("{name} may not be set"));
        }
    }
    let setters = setters(offences).join(" and ");
    let detail = format!("{setters} set forbidden securityContext.seLinuxOptions: {}", bad.join("; "));
    Described { reason: "seLinuxOptions", detail }
}
