//! `PodSecurityConfiguration`: defaults and exemptions of the admission plugin.
//!
//! Follows `admission/api/` of kubernetes/pod-security-admission (`load/load.go`, `v1/defaults.go`,
//! `validation/validation.go`). Start reading at [`Configuration`].

use std::collections::BTreeSet;
use std::fmt;

use serde::Deserialize;

use crate::level::{LevelVersion, NamespacePolicy};
use crate::text::quote;

/// How the admission plugin is configured. The default is what an API server does without any.
///
/// Read with serde from an object of `pod-security.admission.config.k8s.io` in `v1`, `v1beta1` or
/// `v1alpha1`, which are alike. As strict as upstream: an unknown field, an unknown level or version, a
/// name that cannot be one, or a name that stands twice is an error that names the field.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Written")]
pub struct Configuration {
    /// What is in force where a namespace has no label.
    pub defaults: NamespacePolicy,
    /// Who is not asked.
    pub exemptions: Exemptions,
}

/// Requests that Pod Security lets pass unasked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Exemptions {
    /// Users, by their authenticated name. A controller's service account is one.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub usernames: Vec<String>,
    /// Namespaces.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub namespaces: Vec<String>,
    /// Runtime classes that pods name.
    #[serde(default, deserialize_with = "null_is_empty")]
    pub runtime_classes: Vec<String>,
}

/// What is wrong with a configuration, as `defaults.enforce: "Baseline" …`. Several are separated by `; `.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigurationError(Vec<String>);

impl fmt::Display for ConfigurationError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.join("; "))
    }
}

impl std::error::Error for ConfigurationError {}

const GROUP: &str = "pod-security.admission.config.k8s.io";
const VERSIONS: [&str; 3] = ["v1", "v1beta1", "v1alpha1"];
const KIND: &str = "PodSecurityConfiguration";

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Written {
    #[serde(default)]
    api_version: Option<String>,
    #[serde(default)]
    kind: Option<String>,
    #[serde(default)]
    defaults: Option<Defaults>,
    #[serde(default)]
    exemptions: Option<Exemptions>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Defaults {
    #[serde(default)]
    enforce: Option<String>,
    #[serde(default)]
    enforce_version: Option<String>,
    #[serde(default)]
    audit: Option<String>,
    #[serde(default)]
    audit_version: Option<String>,
    #[serde(default)]
    warn: Option<String>,
    #[serde(default)]
    warn_version: Option<String>,
}

fn null_is_empty<'de, D: serde::Deserializer<'de>>(from: D) -> Result<Vec<String>, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

impl TryFrom<Written> for Configuration {
    type Error = ConfigurationError;

    fn try_from(written: Written) -> Result<Self, ConfigurationError> {
        let mut wrong = Vec::new();
        let version = written.api_version.as_deref().unwrap_or_default();
        let known = version
            .strip_prefix(GROUP)
            .and_then(|rest| rest.strip_prefix('/'))
            .is_some_and(|version| VERSIONS.contains(&version));
        if !known {
            wrong.push(format!("apiVersion: {} is not {GROUP}/v1", quote(version)));
        }
        let kind = written.kind.as_deref().unwrap_or_default();
        if kind != KIND {
            wrong.push(format!("kind: {} is not {KIND}", quote(kind)));
        }
        let defaults = written.defaults.unwrap_or_default().read(&mut wrong);
        let exemptions = written.exemptions.unwrap_or_default();
        exemptions.check(&mut wrong);
        if wrong.is_empty() { Ok(Self { defaults, exemptions }) } else { Err(ConfigurationError(wrong)) }
    }
}

impl Defaults {
    /// What is missing or empty is `privileged` and `latest` (`v1/defaults.go`,
    /// `SetDefaults_PodSecurityDefaults`).
    fn read(self, wrong: &mut Vec<String>) -> NamespacePolicy {
        let mut mode = |name: &str, level: Option<String>, version: Option<String>| {
            let mut mode = LevelVersion::PRIVILEGED;
            if let Some(level) = level.filter(|level| !level.is_empty()) {
                match level.parse() {
                    Ok(level) => mode.level = level,
                    Err(why) => wrong.push(format!("defaults.{name}: {} {why}", quote(&level))),
                }
            }
            if let Some(version) = version.filter(|version| !version.is_empty()) {
                match version.parse() {
                    Ok(version) => mode.version = version,
                    Err(why) => wrong.push(format!("defaults.{name}-version: {} {why}", quote(&version))),
                }
            }
            mode
        };
        NamespacePolicy {
            enforce: mode("enforce", self.enforce, self.enforce_version),
            warn: mode("warn", self.warn, self.warn_version),
            audit: mode("audit", self.audit, self.audit_version),
        }
    }
}

impl Exemptions {
    /// `validation/validation.go`, `validateNamespaces`, `validateRuntimeClasses`, `validateUsernames`.
    fn check(&self, wrong: &mut Vec<String>) {
        let mut check = |field: &str, names: &[String], sound: fn(&str) -> bool, wanted: &str| {
            let mut seen = BTreeSet::new();
            for (index, name) in names.iter().enumerate() {
                if !sound(name) {
                    wrong.push(format!("exemptions.{field}[{index}]: {} is not {wanted}", quote(name)));
                } else if !seen.insert(name) {
                    wrong.push(format!("exemptions.{field}[{index}]: {} stands there twice", quote(name)));
                }
            }
        };
        check("namespaces", &self.namespaces, is_label, "the name of a namespace");
        check("runtimeClasses", &self.runtime_classes, is_subdomain, "the name of a runtime class");
        check("usernames", &self.usernames, |name| !name.is_empty(), "the name of a user");
    }
}

/// A label of RFC 1123, as apimachinery's `IsDNS1123Label` reads it.
fn is_label(name: &str) -> bool {
    name.len() <= 63 && is_label_of_any_length(name)
}

/// A subdomain of RFC 1123, as apimachinery's `IsDNS1123Subdomain` reads it: only its whole length is
/// limited.
fn is_subdomain(name: &str) -> bool {
    name.len() <= 253 && name.split('.').all(is_label_of_any_length)
}

fn is_label_of_any_length(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    !name.is_empty() && name.bytes().all(inner) && !name.starts_with('-') && !name.ends_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(rest: &str) -> Result<Configuration, String> {
        let text = format!(
            r#"{{"apiVersion": "pod-security.admission.config.k8s.io/v1", "kind": "PodSecurityConfiguration"{rest}}}"#
        );
        serde_json::from_str(&text).map_err(|error| error.to_string())
    }

    #[test]
    fn what_is_missing_is_privileged() {
        assert_eq!(read(""), Ok(Configuration::default()));
        assert_eq!(read(r#", "defaults": {}, "exemptions": {}"#), Ok(Configuration::default()));
        let nothing =
            r#", "defaults": {"enforce": "", "warn-version": null}, "exemptions": {"usernames": null}"#;
        assert_eq!(read(nothing), Ok(Configuration::default()));
        let read = read(r#", "defaults": {"enforce": "baseline", "audit-version": "v1.9"}"#).unwrap();
        assert_eq!(read.defaults.enforce.to_string(), "baseline:latest");
        assert_eq!(read.defaults.audit.to_string(), "privileged:v1.9");
        assert_eq!(read.defaults.warn.to_string(), "privileged:latest");
    }

    #[test]
    fn three_versions_and_no_other() {
        for version in ["v1", "v1beta1", "v1alpha1"] {
            let text = format!(r#"{{"apiVersion": "{GROUP}/{version}", "kind": "{KIND}"}}"#);
            assert!(serde_json::from_str::<Configuration>(&text).is_ok(), "{version}");
        }
        for text in [
            r#"{"apiVersion": "pod-security.admission.config.k8s.io/v99", "kind": "PodSecurityConfiguration"}"#,
            r#"{"apiVersion": "pod-security.admission.config.k8s.iov1", "kind": "PodSecurityConfiguration"}"#,
            r#"{"apiVersion": "v1", "kind": "PodSecurityConfiguration"}"#,
            r#"{"apiVersion": "pod-security.admission.config.k8s.io/v1", "kind": "PodSecurity"}"#,
            r#"{"defaults": {}}"#,
            "{}",
            "[]",
        ] {
            assert!(serde_json::from_str::<Configuration>(text).is_err(), "{text}");
        }
    }

    #[test]
    fn errors_name_the_field() {
        let levels = r#", "defaults": {"enforce": "baslein", "enforce-version": "v.122", "audit": "lorum"}"#;
        assert_eq!(
            read(levels).unwrap_err(),
            "defaults.enforce: \"baslein\" must be one of privileged, baseline, restricted; \
             defaults.enforce-version: \"v.122\" must be \"latest\" or \"v1.x\"; \
             defaults.audit: \"lorum\" must be one of privileged, baseline, restricted"
        );
        let names = r#", "exemptions": {
            "namespaces": ["", "_&$%#", "TEST", "-a", "a.b", "testing", "testing"],
            "runtimeClasses": ["", "TEST", "a..b", "a.b", "a.b"],
            "usernames": ["", "User X", "User X"]}"#;
        let error = read(names).unwrap_err();
        let fields: Vec<&str> = error.split("; ").filter_map(|error| error.split(": ").next()).collect();
        assert_eq!(
            fields,
            [
                "exemptions.namespaces[0]",
                "exemptions.namespaces[1]",
                "exemptions.namespaces[2]",
                "exemptions.namespaces[3]",
                "exemptions.namespaces[4]",
                "exemptions.namespaces[6]",
                "exemptions.runtimeClasses[0]",
                "exemptions.runtimeClasses[1]",
                "exemptions.runtimeClasses[2]",
                "exemptions.runtimeClasses[4]",
                "exemptions.usernames[0]",
                "exemptions.usernames[2]",
            ]
        );
        assert!(read(&format!(r#", "exemptions": {{"namespaces": ["{}"]}}"#, "a".repeat(64))).is_err());
        assert!(read(&format!(r#", "exemptions": {{"namespaces": ["{}"]}}"#, "a".repeat(63))).is_ok());
    }

    #[test]
    fn unknown_fields_are_errors() {
        for rest in [
            r#", "default": {}"#,
            r#", "defaults": {"enforceVersion": "latest"}"#,
            r#", "exemptions": {"users": []}"#,
            r#", "defaults": {"enforce": "baseline", "enforce": "restricted"}"#,
        ] {
            assert!(read(rest).is_err(), "{rest}");
        }
    }
}
