//! Which labels of Pod Security a namespace should have: never stricter than what passes, unless that is
//! asked for, and never looser than what is there. Start reading at [`plan`].

use std::collections::BTreeMap;

use watertight_podsecurity::{Labels, Level, LevelVersion, NamespacePolicy, Version};

use super::PodSecurity;
use super::namespace::{Declared, Meets, NamespaceSecurity};

/// One of the three things that a label makes Pod Security do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Mode {
    /// Refuse pods.
    Enforce,
    /// Note violations in the audit log.
    Audit,
    /// Warn whoever creates a workload.
    Warn,
}

impl Mode {
    /// Its labels.
    #[must_use]
    pub fn labels(self) -> Labels {
        match self {
            Self::Enforce => Labels::ENFORCE,
            Self::Audit => Labels::AUDIT,
            Self::Warn => Labels::WARN,
        }
    }

    fn of(self, policy: &NamespacePolicy) -> LevelVersion {
        match self {
            Self::Enforce => policy.enforce,
            Self::Audit => policy.audit,
            Self::Warn => policy.warn,
        }
    }
}

/// What somebody wants of the labels.
#[derive(Debug, Clone)]
pub struct Wish {
    /// At most this level; with `force`, exactly this level. The strictest that passes when not set.
    pub level: Option<Level>,
    /// Also where workloads fail it, or where it is not known whether they do.
    pub force: bool,
    /// Which modes to label.
    pub modes: Vec<Mode>,
    /// The version to write; the one that was judged by when not set.
    pub version: Option<Version>,
}

/// What to do with one namespace.
#[derive(Debug)]
pub struct Plan<'p> {
    /// The namespace.
    pub security: &'p NamespaceSecurity,
    /// What to do.
    pub decision: Decision,
}

/// Whether and how to label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// Set these labels.
    Label {
        /// The level they hold.
        level: Level,
        /// Key to value: those that are not so already.
        labels: BTreeMap<&'static str, String>,
        /// Why this level.
        because: Because,
    },
    /// Leave it as it is.
    Leave(Leave),
}

/// Why a namespace gets its level.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    /// All workloads meet it; those that fail the next level are counted.
    AllMeetIt,
    /// Kubernetes itself runs there.
    Platform,
    /// Some workloads meet no other.
    NeedsPrivileged,
    /// It was asked for although not everything is known to meet it.
    Forced,
}

/// Why a namespace is left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Leave {
    /// The workloads name no namespace.
    Unspecified,
    /// The name is none that a namespace can have.
    NoName,
    /// The configuration exempts it: labels are without effect.
    Exempt,
    /// No workload is in view.
    NoWorkload,
    /// Something that may hide workloads could not be seen.
    Unknown,
    /// Its object could not be read, or is there several times and says different things.
    LabelsUnknown,
    /// It is labelled so already.
    AlreadySo,
    /// It is labelled more strictly, or the configuration's default is stricter.
    Stricter,
}

/// What to do with each namespace.
#[must_use]
pub fn plan<'p>(security: &'p PodSecurity, wish: &Wish) -> Vec<Plan<'p>> {
    let version = wish.version.unwrap_or(Version::Minor(security.minor));
    let defaults = &security.configuration.defaults;
    let decide =
        |namespace| Plan { security: namespace, decision: decide(namespace, wish, version, defaults) };
    security.namespaces.iter().map(decide).collect()
}

fn decide(
    namespace: &NamespaceSecurity,
    wish: &Wish,
    version: Version,
    defaults: &NamespacePolicy,
) -> Decision {
    let Some(name) = namespace.namespace.name() else { return Decision::Leave(Leave::Unspecified) };
    if !is_name(name) {
        return Decision::Leave(Leave::NoName);
    }
    if namespace.exempt {
        return Decision::Leave(Leave::Exempt);
    }
    if matches!(namespace.declared, Declared::Unreadable(_) | Declared::Ambiguous) && !wish.force {
        return Decision::Leave(Leave::LabelsUnknown);
    }
    match level(namespace, wish) {
        Ok((level, because)) => {
            // Where Kubernetes itself runs, a default that is too strict is what the label is for.
            let nothing = NamespacePolicy::default();
            let defaults = if because == Because::Platform { &nothing } else { defaults };
            labelled(namespace, wish, (level, version, because), defaults)
        }
        Err(leave) => Decision::Leave(leave),
    }
}

/// Which level, and why. Force does not reach the namespaces that Kubernetes runs in.
fn level(namespace: &NamespaceSecurity, wish: &Wish) -> Result<(Level, Because), Leave> {
    if namespace.platform {
        return Ok((Level::Privileged, Because::Platform));
    }
    let meets = namespace.meets();
    if let Some(level) = wish.level.filter(|_| wish.force) {
        let passes = meets.certain().is_some_and(|met| met >= level);
        return Ok((level, if passes { Because::AllMeetIt } else { Because::Forced }));
    }
    match meets {
        Meets::Level(Level::Privileged) => Ok((Level::Privileged, Because::NeedsPrivileged)),
        Meets::Level(met) => Ok((wish.level.map_or(met, |level| level.min(met)), Because::AllMeetIt)),
        Meets::AtMost(_) => Err(Leave::Unknown),
        Meets::Nothing => Err(Leave::NoWorkload),
    }
}

fn labelled(
    namespace: &NamespaceSecurity,
    wish: &Wish,
    (level, version, because): (Level, Version, Because),
    defaults: &NamespacePolicy,
) -> Decision {
    let nothing = BTreeMap::new();
    let set = match &namespace.declared {
        Declared::Labels { set, .. } => set,
        _ => &nothing,
    };
    let mut labels = BTreeMap::new();
    let mut stricter = false;
    for mode in &wish.modes {
        let keys = mode.labels();
        let is = set.get(keys.level).and_then(|level| level.parse::<Level>().ok());
        if is.unwrap_or(mode.of(defaults).level) > level {
            stricter = true;
            continue;
        }
        if is != Some(level) {
            labels.insert(keys.level, level.to_string());
        }
        let pinned = set.get(keys.version).and_then(|version| version.parse::<Version>().ok());
        // A newer version asks more: taking it back would be looser.
        let newer = is == Some(level) && pinned.is_some_and(|pinned| pinned >= version);
        // Privileged is the same in every version.
        if level != Level::Privileged && !newer {
            labels.insert(keys.version, version.to_string());
        }
    }
    match (labels.is_empty(), stricter) {
        (false, _) => Decision::Label { level, labels, because },
        (true, true) => Decision::Leave(Leave::Stricter),
        (true, false) => Decision::Leave(Leave::AlreadySo),
    }
}

/// Whether a text can be the name of a namespace. What cannot must not get into a command for a shell.
fn is_name(name: &str) -> bool {
    let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&name.len())
        && name.bytes().all(inner)
        && !name.starts_with('-')
        && !name.ends_with('-')
}
