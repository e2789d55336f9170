//! What must not be read: credentials, and where they stand.
//!
//! What counts as a credential is decided by `watertight-credentials`; here is where one must not stand,
//! and how the good forms can go wrong. A message names the field and the kind of credential, never the
//! value.

use std::collections::BTreeMap;

use watertight_credentials::{Detection, Strength, in_value};
use watertight_engine::prelude::*;
use watertight_facts::{NamePattern, Settings};

crate::registry! {
    credential_in_annotation::CREDENTIAL_IN_ANNOTATION,
    credential_in_command::CREDENTIAL_IN_COMMAND,
    credential_in_config_map::CREDENTIAL_IN_CONFIG_MAP,
    credential_in_environment::CREDENTIAL_IN_ENVIRONMENT,
    credential_in_field::CREDENTIAL_IN_FIELD,
    external_secret_not_refreshed::EXTERNAL_SECRET_NOT_REFRESHED,
    long_lived_token_secret::LONG_LIVED_TOKEN_SECRET,
    sealed_secret_unencrypted::SEALED_SECRET_UNENCRYPTED,
    sealed_secret_wide_scope::SEALED_SECRET_WIDE_SCOPE,
    secret_copied_in_annotation::SECRET_COPIED_IN_ANNOTATION,
    secret_in_environment::SECRET_IN_ENVIRONMENT,
    secret_in_manifest::SECRET_IN_MANIFEST,
    secret_provider_syncs_secret::SECRET_PROVIDER_SYNCS_SECRET,
    secret_store_open::SECRET_STORE_OPEN,
    secret_store_static_credential::SECRET_STORE_STATIC_CREDENTIAL,
    sops_value_unencrypted::SOPS_VALUE_UNENCRYPTED,
    storage_class_unencrypted::STORAGE_CLASS_UNENCRYPTED,
}

const SECRET: GroupKind = GroupKind::core("Secret");
const CONFIG_MAP: GroupKind = GroupKind::core("ConfigMap");
const SEALED_SECRET: GroupKind = GroupKind { group: "bitnami.com", kind: "SealedSecret" };
/// The group of the External Secrets Operator.
const EXTERNAL_SECRETS: &str = "external-secrets.io";

/// How bad a credential is where anybody who reads the object finds it.
fn grade(strength: Strength) -> Severity {
    match strength {
        Strength::Whole => Severity::High,
        Strength::Part => Severity::Medium,
        Strength::Hash => Severity::Low,
    }
}

/// Says what the value of a named field holds, and else whether the settings call it a credential.
fn report_value(
    out: &mut Sink<'_>,
    settings: &Settings,
    path: &Path,
    place: &str,
    (name, value): (&str, &str),
) {
    let found = in_value(name, value);
    if !found.is_empty() {
        return report(out, path, place, value, &found);
    }
    let fits = |patterns: &[NamePattern], text: &str| patterns.iter().any(|pattern| pattern.fits(text));
    if value.trim().is_empty() {
        return;
    }
    if fits(&settings.secret_names, &name.to_lowercase()) {
        out.fail(
            path.clone(),
            format!("{place} holds what `secret-names` of the settings calls a credential"),
        );
    } else if fits(&settings.secret_values, value) {
        out.fail(
            path.clone(),
            format!("{place} holds what `secret-values` of the settings calls a credential"),
        );
    }
}

/// Says what a field holds: one finding for each kind of credential and name in it. `place` is how the
/// message calls the field, `text` what was looked at.
fn report(out: &mut Sink<'_>, path: &Path, place: &str, text: &str, found: &[Detection]) {
    let mut told: BTreeMap<(&str, &str), (&Detection, usize)> = BTreeMap::new();
    for one in found {
        let name = one.name.clone().and_then(|name| text.get(name)).unwrap_or_default();
        told.entry((name, one.format.said)).or_insert((one, 0)).1 += 1;
    }
    let single = told.len() == 1;
    for ((name, said), (one, count)) in told {
        let mut message = format!("{place} holds {said}");
        if let Some(prefix) = one.shown(text) {
            message.push_str(&format!(" (`{prefix}…`)"));
        }
        if one.is_encoded {
            message.push_str(", in base64");
        }
        if !name.is_empty() {
            message.push_str(&format!(" at `{name}`"));
        }
        if count > 1 {
            message.push_str(&format!(", {count} times"));
        }
        let finding = out.fail(path.clone(), message).severity(grade(one.format.strength));
        if !single {
            finding.discriminator(format!("{said} {name}"));
        }
    }
}
