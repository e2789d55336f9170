//! What a check is, and all of them. Start reading at [`CHECKS`].

use crate::checks;
use crate::level::Level;
use crate::offence::{Found, Offence, Sink};
use crate::pod::Pod;

/// One check of the standards (`policy/checks.go`, `Check`).
#[derive(Debug)]
pub struct Check {
    /// Upstream's name of it, as `hostPathVolumes`.
    pub id: &'static str,
    /// The level that brings it: baseline checks are run for restricted namespaces too, unless a
    /// restricted one stands in for them.
    pub level: Level,
    /// The file of kubernetes/pod-security-admission that it follows.
    pub upstream: &'static str,
    /// What it is in which versions, the oldest first.
    pub(crate) revisions: &'static [Revision],
}

impl Check {
    /// The first version that has this check, as the number behind `v1.`.
    pub fn since(&self) -> u64 {
        self.revisions.first().map_or(0, |revision| revision.since)
    }

    /// What the check is in this version, when it is there yet (`policy/registry.go`,
    /// `inflateVersions`).
    pub(crate) fn revision(&self, minor: u64) -> Option<&'static Revision> {
        self.revisions.iter().rev().find(|revision| revision.since <= minor)
    }
}

/// A check from one version on (`policy/checks.go`, `VersionedCheck`).
#[derive(Debug)]
pub(crate) struct Revision {
    /// The number behind `v1.`.
    pub(crate) since: u64,
    /// Finds the offences of a pod, in upstream's order; the one place where a check is decided.
    pub(crate) find: for<'p> fn(Pod<'p>, Sink<'_, 'p>) -> Found,
    /// Puts offences, at least one, into upstream's words.
    pub(crate) describe: fn(&[Offence<'_>]) -> Described,
    /// Ids of the baseline checks that this one stands in for.
    pub(crate) overrides: &'static [&'static str],
}

/// Offences of one check in upstream's words.
pub(crate) struct Described {
    /// Upstream's `ForbiddenReason`.
    pub(crate) reason: &'static str,
    /// Upstream's `ForbiddenDetail`.
    pub(crate) detail: String,
}

/// Every check: first those of baseline and then those of restricted, each by id. Messages come in
/// this order (`policy/registry.go`, `populate`).
pub static CHECKS: &[&Check] = &[
    &checks::app_armor::APP_ARMOR_PROFILE,
    &checks::capabilities::BASELINE,
    &checks::host_namespaces::HOST_NAMESPACES,
    &checks::volumes::HOST_PATH_VOLUMES,
    &checks::host_ports::HOST_PORTS,
    &checks::host_probes::HOST_PROBES_AND_HOST_LIFECYCLE,
    &checks::privileged::PRIVILEGED,
    &checks::proc_mount::BASELINE,
    &checks::selinux::SE_LINUX_OPTIONS,
    &checks::seccomp::BASELINE,
    &checks::sysctls::SYSCTLS,
    &checks::host_process::WINDOWS_HOST_PROCESS,
    &checks::privilege_escalation::ALLOW_PRIVILEGE_ESCALATION,
    &checks::capabilities::RESTRICTED,
    &checks::proc_mount::RESTRICTED,
    &checks::volumes::RESTRICTED_VOLUMES,
    &checks::run_as::RUN_AS_NON_ROOT,
    &checks::run_as::RUN_AS_USER,
    &checks::seccomp::RESTRICTED,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_stand_in_the_order_of_messages() {
        let order: Vec<_> = CHECKS.iter().map(|check| (check.level, check.id)).collect();
        let mut sorted = order.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(order, sorted);
    }

    /// What upstream asks of its own table (`policy/registry.go`, `validateChecks`).
    #[test]
    fn the_table_is_sound() {
        for check in CHECKS {
            assert!(check.level != Level::Privileged, "{}", check.id);
            assert!(check.revisions.is_sorted_by(|a, b| a.since < b.since), "{}", check.id);
            assert!(!check.revisions.is_empty(), "{}", check.id);
            for id in check.revisions.iter().flat_map(|revision| revision.overrides) {
                assert_eq!(check.level, Level::Restricted, "{}", check.id);
                let other = CHECKS.iter().find(|other| other.id == *id).expect("an override names a check");
                assert_eq!(other.level, Level::Baseline, "{}", check.id);
            }
        }
    }
}
