//! Levels, versions, and the labels of a namespace: what a policy is called.
//!
//! Follows `api/constants.go` and `api/helpers.go` of kubernetes/pod-security-admission. Start
//! reading at [`NamespacePolicy::from_labels`].

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use crate::text::quote;

/// How strict a policy is. Levels are ordered: the greater one is the stricter one
/// (`api/helpers.go`, `CompareLevels`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// Everything is allowed.
    Privileged,
    /// The known ways to the node are closed.
    Baseline,
    /// Baseline, and what hardening asks of a pod.
    Restricted,
}

impl Level {
    /// Every level, the least strict first.
    pub const ALL: [Self; 3] = [Self::Privileged, Self::Baseline, Self::Restricted];

    /// The word that labels use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Privileged => "privileged",
            Self::Baseline => "baseline",
            Self::Restricted => "restricted",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl FromStr for Level {
    type Err = Unknown;

    /// `privileged`, `baseline` or `restricted`, in lower case (`api/helpers.go`, `ParseLevel`).
    fn from_str(text: &str) -> Result<Self, Unknown> {
        Self::ALL.into_iter().find(|level| level.as_str() == text).ok_or(Unknown::Level)
    }
}

/// The version of the standards: what a minor version of Kubernetes understood by a level.
///
/// `Latest` is newer than any number, as upstream orders them (`api/helpers.go`, `Version.Older`).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// `v1.` and this number. A version that [`Standards`](crate::Standards) does not know yet means
    /// the newest that it knows.
    Minor(u64),
    /// `latest`: the newest version that the API server knows.
    Latest,
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Minor(minor) => f.pad(&format!("v1.{minor}")),
            Self::Latest => f.pad("latest"),
        }
    }
}

impl FromStr for Version {
    type Err = Unknown;

    /// `latest` or `v1.N` without leading zeros (`api/helpers.go`, `ParseVersion`).
    fn from_str(text: &str) -> Result<Self, Unknown> {
        if text == "latest" {
            return Ok(Self::Latest);
        }
        let minor = text.strip_prefix("v1.").ok_or(Unknown::Version)?;
        let plain = minor.bytes().all(|byte| byte.is_ascii_digit());
        if minor.is_empty() || !plain || (minor.len() > 1 && minor.starts_with('0')) {
            return Err(Unknown::Version);
        }
        // Upstream reads into a signed 64-bit number and refuses what does not fit.
        let number = minor.parse::<i64>().map_err(|_| Unknown::Version)?;
        u64::try_from(number).map(Self::Minor).map_err(|_| Unknown::Version)
    }
}

/// A word that is no level or no version. Prints as the API server prints it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unknown {
    /// Not one of the three levels.
    Level,
    /// Neither `latest` nor `v1.N`.
    Version,
}

impl fmt::Display for Unknown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Level => "must be one of privileged, baseline, restricted",
            Self::Version => r#"must be "latest" or "v1.x""#,
        })
    }
}

impl std::error::Error for Unknown {}

/// A level in a version; prints as `restricted:v1.30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct LevelVersion {
    /// How strict.
    pub level: Level,
    /// As which version of Kubernetes understands it.
    pub version: Version,
}

impl LevelVersion {
    /// `privileged:latest`, which is in force where nothing is said.
    pub const PRIVILEGED: Self = Self { level: Level::Privileged, version: Version::Latest };

    /// Whether both come to the same: privileged is privileged in every version (`api/helpers.go`,
    /// `LevelVersion.Equivalent`).
    pub fn equivalent(self, other: Self) -> bool {
        self == other || (self.level == Level::Privileged && other.level == Level::Privileged)
    }
}

impl fmt::Display for LevelVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.level, self.version)
    }
}

/// The two labels of one mode (`api/constants.go`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Labels {
    /// The label that holds the level.
    pub level: &'static str,
    /// The label that holds the version.
    pub version: &'static str,
}

impl Labels {
    /// Pods that violate this policy are refused.
    pub const ENFORCE: Self = Self {
        level: "pod-security.kubernetes.io/enforce",
        version: "pod-security.kubernetes.io/enforce-version",
    };
    /// Violations are noted in the audit log.
    pub const AUDIT: Self = Self {
        level: "pod-security.kubernetes.io/audit",
        version: "pod-security.kubernetes.io/audit-version",
    };
    /// Violations are told to the client.
    pub const WARN: Self =
        Self { level: "pod-security.kubernetes.io/warn", version: "pod-security.kubernetes.io/warn-version" };

    /// Whether one of the two is set.
    pub fn set_in(self, labels: &BTreeMap<String, String>) -> bool {
        labels.contains_key(self.level) || labels.contains_key(self.version)
    }
}

/// A label whose value is no level or no version. Prints as a field error of the API server:
/// `metadata.labels[pod-security.kubernetes.io/warn]: Invalid value: "Baseline": must be one of …`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidLabel {
    /// The key of the label.
    pub label: &'static str,
    /// What it is set to.
    pub value: String,
    /// What is wrong with that.
    pub why: Unknown,
}

impl fmt::Display for InvalidLabel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "metadata.labels[{}]: Invalid value: {}: {}", self.label, quote(&self.value), self.why)
    }
}

/// What a namespace asks of its pods (`api/helpers.go`, `Policy`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NamespacePolicy {
    /// Pods that violate it are refused.
    pub enforce: LevelVersion,
    /// Pods and pod templates that violate it are noted in the audit log.
    pub audit: LevelVersion,
    /// Whoever creates a pod or a pod template that violates it is warned.
    pub warn: LevelVersion,
}

impl Default for NamespacePolicy {
    /// `privileged:latest` in all three modes, which is what an API server without
    /// `PodSecurityConfiguration` does.
    fn default() -> Self {
        Self {
            enforce: LevelVersion::PRIVILEGED,
            audit: LevelVersion::PRIVILEGED,
            warn: LevelVersion::PRIVILEGED,
        }
    }
}

impl NamespacePolicy {
    /// The policy that the labels of a namespace make, and every label that could not be read
    /// (`api/helpers.go`, `PolicyToEvaluate`).
    ///
    /// A policy is given in any case. A label that is not set leaves the default. One that cannot be
    /// read fails closed for `enforce` (restricted) and open for `audit` and `warn` (privileged); a
    /// version that cannot be read means latest. Where only `enforce` is set and is stricter than
    /// `warn` would be, clients are warned by the same policy.
    pub fn from_labels(labels: &BTreeMap<String, String>, defaults: &Self) -> (Self, Vec<InvalidLabel>) {
        let mut policy = *defaults;
        let mut invalid = Vec::new();

        let enforce = mode(labels, Labels::ENFORCE, &mut policy.enforce, Level::Restricted, &mut invalid);
        mode(labels, Labels::AUDIT, &mut policy.audit, Level::Privileged, &mut invalid);
        mode(labels, Labels::WARN, &mut policy.warn, Level::Privileged, &mut invalid);

        let warn_is_set = labels.contains_key(Labels::WARN.level);
        if !warn_is_set && enforce && policy.enforce.level > policy.warn.level {
            policy.warn.level = policy.enforce.level;
            if !labels.contains_key(Labels::WARN.version) {
                policy.warn.version = policy.enforce.version;
            }
        }
        (policy, invalid)
    }

    /// Whether nothing is asked in any mode (`api/helpers.go`, `Policy.FullyPrivileged`).
    pub fn fully_privileged(&self) -> bool {
        [self.enforce, self.audit, self.warn].iter().all(|mode| mode.level == Level::Privileged)
    }

    /// Whether both come to the same in each mode (`api/helpers.go`, `Policy.Equivalent`).
    pub fn equivalent(&self, other: &Self) -> bool {
        self.enforce.equivalent(other.enforce)
            && self.audit.equivalent(other.audit)
            && self.warn.equivalent(other.warn)
    }
}

/// Reads one mode into `policy`. Whether its level is set to a level there is.
fn mode(
    labels: &BTreeMap<String, String>,
    keys: Labels,
    policy: &mut LevelVersion,
    otherwise: Level,
    invalid: &mut Vec<InvalidLabel>,
) -> bool {
    let mut refuse = |label, value: &String, why| {
        invalid.push(InvalidLabel { label, value: value.clone(), why });
    };
    let mut set = false;
    if let Some(value) = labels.get(keys.level) {
        let read = value.parse();
        set = read.is_ok();
        policy.level = read.unwrap_or_else(|why| {
            refuse(keys.level, value, why);
            otherwise
        });
    }
    if let Some(value) = labels.get(keys.version) {
        policy.version = value.parse().unwrap_or_else(|why| {
            refuse(keys.version, value, why);
            Version::Latest
        });
    }
    set
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(labels: &[(&str, &str)]) -> (String, Vec<String>) {
        policy_over(labels, &NamespacePolicy::default())
    }

    fn policy_over(labels: &[(&str, &str)], defaults: &NamespacePolicy) -> (String, Vec<String>) {
        let labels = labels
            .iter()
            .map(|(key, value)| (format!("pod-security.kubernetes.io/{key}"), (*value).to_owned()))
            .collect();
        let (policy, invalid) = NamespacePolicy::from_labels(&labels, defaults);
        let text = format!("{} {} {}", policy.enforce, policy.audit, policy.warn);
        (text, invalid.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn labels_that_can_be_read() {
        for (labels, expected) in [
            (&[][..], "privileged:latest privileged:latest privileged:latest"),
            (&[("enforce", "baseline")], "baseline:latest privileged:latest baseline:latest"),
            (
                &[("enforce", "baseline"), ("enforce-version", "v1.22")],
                "baseline:v1.22 privileged:latest baseline:v1.22",
            ),
            (
                &[("enforce", "restricted"), ("enforce-version", "v1.22"), ("warn-version", "v1.9")],
                "restricted:v1.22 privileged:latest restricted:v1.9",
            ),
            (
                &[("enforce", "restricted"), ("warn", "baseline")],
                "restricted:latest privileged:latest baseline:latest",
            ),
            (&[("audit", "restricted")], "privileged:latest restricted:latest privileged:latest"),
            (&[("enforce-version", "v1.0")], "privileged:v1.0 privileged:latest privileged:latest"),
        ] {
            assert_eq!(policy(labels), (expected.to_owned(), vec![]), "{labels:?}");
        }
    }

    #[test]
    fn enforce_fails_closed_and_the_other_modes_fail_open() {
        let (text, invalid) = policy(&[("enforce", "Baseline"), ("audit", ""), ("warn", "strict")]);
        assert_eq!(text, "restricted:latest privileged:latest privileged:latest");
        assert_eq!(
            invalid,
            [
                "metadata.labels[pod-security.kubernetes.io/enforce]: Invalid value: \"Baseline\": must be one of privileged, baseline, restricted",
                "metadata.labels[pod-security.kubernetes.io/audit]: Invalid value: \"\": must be one of privileged, baseline, restricted",
                "metadata.labels[pod-security.kubernetes.io/warn]: Invalid value: \"strict\": must be one of privileged, baseline, restricted",
            ]
        );
        let (text, invalid) = policy(&[("enforce", "baseline"), ("enforce-version", "1.22")]);
        assert_eq!(text, "baseline:latest privileged:latest baseline:latest");
        assert_eq!(invalid.len(), 1, "{invalid:?}");
        // A level that cannot be read is no reason to warn by it.
        assert_eq!(policy(&[("enforce", "all")]).0, "restricted:latest privileged:latest privileged:latest");
    }

    #[test]
    fn what_is_not_set_is_the_default() {
        let baseline = LevelVersion { level: Level::Baseline, version: Version::Minor(30) };
        let defaults = NamespacePolicy { enforce: baseline, audit: baseline, warn: baseline };
        let of = |labels| policy_over(labels, &defaults).0;
        assert_eq!(of(&[]), "baseline:v1.30 baseline:v1.30 baseline:v1.30");
        assert_eq!(of(&[("enforce", "privileged")]), "privileged:v1.30 baseline:v1.30 baseline:v1.30");
        assert_eq!(of(&[("enforce", "restricted")]), "restricted:v1.30 baseline:v1.30 restricted:v1.30");
    }

    #[test]
    fn versions() {
        for (text, version) in
            [("latest", Version::Latest), ("v1.0", Version::Minor(0)), ("v1.37", Version::Minor(37))]
        {
            assert_eq!(text.parse(), Ok(version));
            assert_eq!(version.to_string(), text);
        }
        let largest = i64::MAX.unsigned_abs();
        assert_eq!(format!("v1.{largest}").parse(), Ok(Version::Minor(largest)));
        for text in [
            "",
            "v1",
            "v1.",
            "v1.00",
            "v1.01",
            "v1.-1",
            "v1.+1",
            "v1.1 ",
            "V1.1",
            "v2.1",
            "1.1",
            "v1.1.1",
            "Latest",
            "v1.9223372036854775808",
            "v1.1\n",
            "v1.١",
        ] {
            assert_eq!(text.parse::<Version>(), Err(Unknown::Version), "{text:?}");
        }
        assert!(Version::Latest > Version::Minor(u64::MAX));
    }
}
