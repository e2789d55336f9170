//! Which field of a pod spec hardens a pod, and where it has to stand to do so.
//!
//! The fields are those of `SecurityContext`, `PodSecurityContext` and `PodSpec` in
//! `k8s.io/api/core/v1/types.go` (1.37).

use watertight_syntax::{Path, Segment};

/// A place in a pod spec where fields of security stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Home {
    /// Directly in the pod spec.
    Pod,
    /// In the pod's `securityContext`.
    PodSecurity,
    /// Directly in a container.
    Container,
    /// In a container's `securityContext`.
    ContainerSecurity,
}

impl Home {
    /// How messages call it.
    #[must_use]
    pub const fn described(self) -> &'static str {
        match self {
            Self::Pod => "the pod spec",
            Self::PodSecurity => "the pod's `securityContext`",
            Self::Container => "a container",
            Self::ContainerSecurity => "a container's `securityContext`",
        }
    }
}

/// A field of security and the places where it has an effect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SecurityField {
    /// Its name.
    pub name: &'static str,
    /// The places where it has an effect.
    pub homes: &'static [Home],
}

/// A field that Kubernetes drops though it was written to harden, or to open, a pod.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Misplaced<'a> {
    /// The field as written.
    pub path: &'a Path,
    /// Its name as written.
    pub name: &'a str,
    /// The field that must be meant, when its name tells.
    pub meant: Option<&'static SecurityField>,
    /// Where it stands, when that is a place for fields of security.
    pub here: Option<Home>,
}

const BOTH: &[Home] = &[Home::PodSecurity, Home::ContainerSecurity];
const CONTAINER: &[Home] = &[Home::ContainerSecurity];
const POD_SECURITY: &[Home] = &[Home::PodSecurity];
const POD: &[Home] = &[Home::Pod];

const fn field(name: &'static str, homes: &'static [Home]) -> SecurityField {
    SecurityField { name, homes }
}

static FIELDS: &[SecurityField] = &[
    field("allowPrivilegeEscalation", CONTAINER),
    field("appArmorProfile", BOTH),
    field("automountServiceAccountToken", POD),
    field("capabilities", CONTAINER),
    field("fsGroup", POD_SECURITY),
    field("fsGroupChangePolicy", POD_SECURITY),
    field("hostIPC", POD),
    field("hostNetwork", POD),
    field("hostPID", POD),
    field("hostUsers", POD),
    field("privileged", CONTAINER),
    field("procMount", CONTAINER),
    field("readOnlyRootFilesystem", CONTAINER),
    field("runAsGroup", BOTH),
    field("runAsNonRoot", BOTH),
    field("runAsUser", BOTH),
    field("runtimeClassName", POD),
    field("seLinuxChangePolicy", POD_SECURITY),
    field("seLinuxOptions", BOTH),
    field("seccompProfile", BOTH),
    field("securityContext", &[Home::Pod, Home::Container]),
    field("serviceAccountName", POD),
    field("shareProcessNamespace", POD),
    field("supplementalGroups", POD_SECURITY),
    field("supplementalGroupsPolicy", POD_SECURITY),
    field("sysctls", POD_SECURITY),
    field("windowsOptions", BOTH),
];

/// Whether an unknown field of a pod spec is one of security: anything unknown inside a
/// `securityContext`, and a name that but for letter case and separators is that of a field of
/// security. Kubernetes compares names exactly (`sigs.k8s.io/json`), so it drops all of these.
#[must_use]
pub fn misplaced<'a>(spec_path: &Path, path: &'a Path) -> Option<Misplaced<'a>> {
    let inner = path.segments().strip_prefix(spec_path.segments())?;
    let (last, parents) = inner.split_last()?;
    let Segment::Key(name) = last else { return None };
    let plain = |name: &str| {
        name.chars().filter(char::is_ascii_alphanumeric).collect::<String>().to_ascii_lowercase()
    };
    let wanted = plain(name);
    let meant = FIELDS.iter().find(|field| plain(field.name) == wanted);
    let is_key = |segment: &Segment, key: &str| matches!(segment, Segment::Key(name) if name == key);
    let is_list = |segment: &Segment| {
        ["containers", "initContainers", "ephemeralContainers"].iter().any(|list| is_key(segment, list))
    };
    let here = match parents {
        [] => Some(Home::Pod),
        [context] if is_key(context, "securityContext") => Some(Home::PodSecurity),
        [list, Segment::Index(_)] if is_list(list) => Some(Home::Container),
        [list, Segment::Index(_), context] if is_list(list) && is_key(context, "securityContext") => {
            Some(Home::ContainerSecurity)
        }
        _ => None,
    };
    let inside = parents.iter().any(|segment| is_key(segment, "securityContext"));
    (inside || meant.is_some()).then_some(Misplaced { path, name, meant, here })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn judged(path: &str) -> Option<(Option<&'static str>, Option<Home>)> {
        let path: Path = path.parse().unwrap();
        let found = misplaced(&".spec".parse().unwrap(), &path)?;
        Some((found.meant.map(|field| field.name), found.here))
    }

    #[test]
    fn fields_of_security_are_told_from_others() {
        assert_eq!(judged(".spec.runAsNonroot"), Some((Some("runAsNonRoot"), Some(Home::Pod))));
        assert_eq!(judged(".spec.host-network"), Some((Some("hostNetwork"), Some(Home::Pod))));
        assert_eq!(
            judged(".spec.securityContext.privileged"),
            Some((Some("privileged"), Some(Home::PodSecurity)))
        );
        assert_eq!(
            judged(".spec.initContainers[1].securityContext.fsGroup"),
            Some((Some("fsGroup"), Some(Home::ContainerSecurity)))
        );
        assert_eq!(
            judged(".spec.containers[0].privileged"),
            Some((Some("privileged"), Some(Home::Container)))
        );
        assert_eq!(judged(".spec.containers[0].securityContext.capabilities.dropp"), Some((None, None)));
        assert_eq!(judged(".spec.securityContext.nonsense"), Some((None, Some(Home::PodSecurity))));
        assert_eq!(judged(".spec.containers[0].imagePullpolicy"), None);
        assert_eq!(judged(".spec.replicas"), None);
    }
}
