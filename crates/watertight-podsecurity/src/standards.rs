//! Which checks a level means in a version. Start reading at [`Standards::policy`].
//!
//! Follows `policy/registry.go` of kubernetes/pod-security-admission.

use crate::check::{CHECKS, Check, Revision};
use crate::level::{Level, LevelVersion, Version};
use crate::offence::{Found, Offence};
use crate::pod::Pod;
use crate::verdict::{Forbidden, Verdict};

/// The Pod Security Standards as an API server of one version knows them.
#[derive(Clone, Debug)]
pub struct Standards {
    newest: u64,
    privileged: Policy,
    /// Baseline and restricted of each minor version from 0 to the newest.
    policies: Vec<[Policy; 2]>,
}

/// The checks of one level in one version.
#[derive(Clone, Debug)]
pub struct Policy {
    level: Level,
    minor: u64,
    checks: Vec<(&'static Check, &'static Revision)>,
}

impl Standards {
    /// The newest version that this crate knows, as the number behind `v1.`.
    pub const NEWEST: u64 = 37;

    /// The standards as the API server of version `1.newest` knows them: `latest`, and every version
    /// behind it, means `newest`. Above [`Standards::NEWEST`], `newest` is taken for that.
    pub fn new(newest: u64) -> Self {
        let newest = newest.min(Self::NEWEST);
        let of = |level, minor| Policy { level, minor, checks: checks(level, minor) };
        Self {
            newest,
            privileged: of(Level::Privileged, newest),
            policies: (0..=newest)
                .map(|minor| [of(Level::Baseline, minor), of(Level::Restricted, minor)])
                .collect(),
        }
    }

    /// What `latest` means, as the number behind `v1.`.
    pub fn newest(&self) -> u64 {
        self.newest
    }

    /// The checks of a level in a version (`policy/registry.go`, `EvaluatePod`).
    pub fn policy(&self, wanted: LevelVersion) -> &Policy {
        let minor = match wanted.version {
            Version::Minor(minor) => minor.min(self.newest),
            Version::Latest => self.newest,
        };
        let of_version = usize::try_from(minor).ok().and_then(|minor| self.policies.get(minor));
        match (wanted.level, of_version) {
            (Level::Baseline, Some([baseline, _])) => baseline,
            (Level::Restricted, Some([_, restricted])) => restricted,
            _ => &self.privileged,
        }
    }

    /// The strictest level that allows the pod in this version.
    ///
    /// Each level is asked: there are pods that restricted allows and baseline does not, as when an
    /// override replaces a check by one that Windows is exempt from. Such a pod meets restricted.
    pub fn strictest(&self, pod: Pod<'_>, version: Version) -> Level {
        let allows = |level: &Level| self.policy(LevelVersion { level: *level, version }).allows(pod);
        Level::ALL.into_iter().rev().find(allows).unwrap_or(Level::Privileged)
    }
}

impl Default for Standards {
    /// Everything that this crate knows.
    fn default() -> Self {
        Self::new(Self::NEWEST)
    }
}

impl Policy {
    /// The level.
    pub fn level(&self) -> Level {
        self.level
    }

    /// The version whose checks these are, as the number behind `v1.`: never newer than the standards
    /// know.
    pub fn minor(&self) -> u64 {
        self.minor
    }

    /// The checks in the order of their messages.
    pub fn checks(&self) -> impl Iterator<Item = &'static Check> {
        self.checks.iter().map(|(check, _)| *check)
    }

    /// Whether the pod is allowed. Stops at the first offence and puts no text together.
    pub fn allows(&self, pod: Pod<'_>) -> bool {
        self.checks.iter().all(|(_, check)| (check.find)(pod, &mut |_| Found::Break(())).is_continue())
    }

    /// What the API server would say of the pod (`policy/checks.go`, `AggregateCheckResults`). Texts are
    /// put together for checks that forbid the pod only.
    pub fn evaluate(&self, pod: Pod<'_>) -> Verdict {
        let mut forbidden = Vec::new();
        let mut offences = Vec::new();
        for (check, revision) in &self.checks {
            offences.clear();
            collect(revision, pod, &mut offences);
            if !offences.is_empty() {
                let described = (revision.describe)(&offences);
                forbidden.push(Forbidden { check, reason: described.reason, detail: described.detail });
            }
        }
        Verdict { forbidden }
    }

    /// Every field that is in the way, with the check that does not allow it, in the order of messages.
    ///
    /// More than the messages tell: upstream does not mention containers that leave `runAsNonRoot` out
    /// while another one sets it to false.
    pub fn offences<'p>(&self, pod: Pod<'p>) -> Vec<(&'static Check, Offence<'p>)> {
        let mut all = Vec::new();
        let mut offences = Vec::new();
        for (check, revision) in &self.checks {
            collect(revision, pod, &mut offences);
            all.extend(offences.drain(..).map(|offence| (*check, offence)));
        }
        all
    }
}

fn collect<'p>(revision: &Revision, pod: Pod<'p>, offences: &mut Vec<Offence<'p>>) {
    let mut push = |offence| {
        offences.push(offence);
        Found::Continue(())
    };
    // The sink never has enough, so the search never ends early.
    let _ = (revision.find)(pod, &mut push);
}

/// The checks of a level in a version, in the order of messages (`policy/registry.go`, `populate`).
fn checks(level: Level, minor: u64) -> Vec<(&'static Check, &'static Revision)> {
    let active = || {
        CHECKS
            .iter()
            .filter(|check| check.level <= level)
            .filter_map(|check| Some((*check, check.revision(minor)?)))
    };
    let overridden = |id| active().any(|(_, revision)| revision.overrides.contains(&id));
    active().filter(|(check, _)| !overridden(check.id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(level: Level, version: Version) -> Vec<&'static str> {
        Standards::default().policy(LevelVersion { level, version }).checks().map(|check| check.id).collect()
    }

    #[test]
    fn restricted_checks_stand_in_for_baseline_ones() {
        let old = ids(Level::Restricted, Version::Minor(0));
        assert!(!old.contains(&"hostPathVolumes") && old.contains(&"restrictedVolumes"));
        assert!(old.contains(&"capabilities_baseline") && old.contains(&"seccompProfile_baseline"));
        assert!(old.contains(&"procMount"));
        let new = ids(Level::Restricted, Version::Latest);
        for gone in ["hostPathVolumes", "capabilities_baseline", "seccompProfile_baseline", "procMount"] {
            assert!(!new.contains(&gone), "{gone}");
            assert!(ids(Level::Baseline, Version::Latest).contains(&gone), "{gone}");
        }
    }

    #[test]
    fn checks_begin_with_their_version() {
        for (id, since) in [
            ("hostProbesAndHostLifecycle", 34),
            ("procMount_restricted", 35),
            ("runAsUser", 23),
            ("capabilities_restricted", 22),
            ("seccompProfile_restricted", 19),
            ("allowPrivilegeEscalation", 8),
        ] {
            assert!(!ids(Level::Restricted, Version::Minor(since - 1)).contains(&id), "{id}");
            assert!(ids(Level::Restricted, Version::Minor(since)).contains(&id), "{id}");
        }
    }

    #[test]
    fn versions_that_are_too_new_mean_the_newest() {
        let standards = Standards::new(33);
        for version in [Version::Latest, Version::Minor(33), Version::Minor(99), Version::Minor(u64::MAX)] {
            let policy = standards.policy(LevelVersion { level: Level::Baseline, version });
            assert_eq!(policy.minor(), 33);
            assert!(policy.checks().all(|check| check.id != "hostProbesAndHostLifecycle"));
        }
        assert_eq!(Standards::new(u64::MAX).newest(), Standards::NEWEST);
    }

    #[test]
    fn privileged_asks_nothing() {
        assert_eq!(ids(Level::Privileged, Version::Latest), [""; 0]);
    }
}
