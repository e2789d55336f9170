//! `watertight rbac lookup`.

use std::process::ExitCode;

use watertight_rbac::{BindingView, BoundSubject, service_account_user};
use watertight_report::rbac::SubjectRow;
use watertight_report::rbac::lookup::{BoundRole, Lookup, LookupRow};

use super::shown::{self, text};
use super::system::System;
use super::{Scene, ask};
use crate::args::{ColorWhen, LookupArgs, SubjectKind};
use crate::exit::Failure;

/// Shows the bindings of subjects.
pub fn run(arguments: &LookupArgs, color: ColorWhen) -> Result<ExitCode, Failure> {
    ask(&arguments.target, color, &[], |scene| {
        let policy = scene.policy();
        let system = System::of(scene);
        let mut rows = Vec::new();
        for binding in policy.bindings() {
            for (place, bound) in (0..).zip(binding.subjects()) {
                let row = row(scene, binding, place, bound);
                let own = bound.id.is_some_and(|id| system.binds(binding, &policy.subject(id)));
                let hidden = own && !arguments.system && arguments.subject.is_none();
                if !hidden && is_wanted(arguments, &row.subject) {
                    rows.push(row);
                }
            }
        }
        let key = |row: &LookupRow| {
            let subject = &row.subject;
            (
                subject.name.clone(),
                subject.namespace.clone(),
                subject.kind.clone(),
                row.scope.clone(),
                row.role.name.clone(),
                row.role.kind.clone(),
                row.binding.name.clone(),
            )
        };
        rows.sort_by_cached_key(key);
        scene.answer(&Lookup { subject: arguments.subject.clone(), rows }, Vec::new())
    })
}

fn row(scene: &Scene<'_>, binding: BindingView<'_>, place: u32, bound: BoundSubject<'_>) -> LookupRow {
    let show = scene.shown();
    let subject = match bound.id {
        Some(id) => shown::subject(scene.policy().subject(id)),
        None => SubjectRow {
            kind: bound.kind.to_owned(),
            namespace: bound.namespace.map(text),
            name: bound.name.to_owned(),
        },
    };
    let role = BoundRole {
        kind: binding.role_kind().to_owned(),
        name: binding.role_name().to_owned(),
        origin: binding.role().map(|role| show.role(role).origin),
    };
    LookupRow {
        subject,
        scope: binding.namespace().map(text),
        effective: bound.id.is_some() && role.origin.is_some(),
        role,
        binding: show.binding(binding, place),
    }
}

fn is_wanted(arguments: &LookupArgs, subject: &SubjectRow) -> bool {
    let kind = match arguments.kind {
        None => true,
        Some(SubjectKind::User) => subject.kind == "User",
        Some(SubjectKind::Group) => subject.kind == "Group",
        Some(SubjectKind::ServiceAccount) => subject.kind == "ServiceAccount",
    };
    let Some(wanted) = &arguments.subject else { return kind };
    let mut names = vec![subject.name.clone()];
    if let Some(namespace) = &subject.namespace {
        names.push(format!("{namespace}:{}", subject.name));
        names.push(format!("{namespace}/{}", subject.name));
        names.push(service_account_user(namespace, &subject.name));
    }
    let wanted = wanted.to_lowercase();
    let matches = |name: &String| match arguments.exact {
        true => name.to_lowercase() == wanted,
        false => name.to_lowercase().contains(&wanted),
    };
    kind && names.iter().any(matches)
}
