//! What is wrong where: one field of one pod that a check does not allow. Start reading at [`Offence`].

use std::fmt;

use crate::pod::{Container, ContainerList};
use crate::text::quote;

/// One field that a check does not allow, or that it asks for and that is not there.
#[derive(Clone, Copy, Debug)]
pub struct Offence<'p> {
    /// Whose field it is.
    pub place: Place<'p>,
    /// The field below its place, with `[]` where the item [`Offence::item`] of a list stands:
    /// `securityContext.capabilities.add[]`. Empty when the place itself is meant.
    pub field: &'static str,
    /// Which item of the list it is, from 0.
    pub item: usize,
    /// What the field holds.
    pub value: Value<'p>,
    /// What makes the check content.
    pub remedy: Remedy,
}

/// Whose field it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place<'p> {
    /// The pod's own: a field of the spec.
    Pod,
    /// A container's.
    Container {
        /// The list it stands in.
        list: ContainerList,
        /// Its place in that list, from 0.
        index: usize,
        /// Its name.
        name: &'p str,
    },
    /// A volume's.
    Volume {
        /// Its place in `spec.volumes`, from 0.
        index: usize,
        /// Its name.
        name: &'p str,
    },
    /// An annotation.
    Annotation {
        /// Its key.
        key: &'p str,
    },
}

impl<'p> From<Container<'p>> for Place<'p> {
    fn from(container: Container<'p>) -> Self {
        Self::Container { list: container.list, index: container.index, name: container.name }
    }
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'p> {
    /// Nothing: it is not set.
    Absent,
    /// A text. It stands in the manifest and may be shown: no judged field holds a secret.
    Text(&'p str),
    /// A number.
    Number(i64),
    /// True or false.
    Bool(bool),
    /// An object of this type, as a volume's source.
    Object(&'static str),
}

impl fmt::Display for Value<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Absent => f.write_str("not set"),
            Self::Text(text) => write!(f, "{text}"),
            Self::Number(number) => write!(f, "{number}"),
            Self::Bool(value) => write!(f, "{value}"),
            Self::Object(kind) => f.write_str(kind),
        }
    }
}

/// What makes a check content with a field. Whether the program still runs is another question.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Remedy {
    /// Leave the field, the item or the annotation out.
    Remove,
    /// Set the field to this, written as in YAML.
    Set(&'static str),
    /// Add this item to the list.
    Append(&'static str),
    /// Take something else; says what.
    Replace(&'static str),
}

/// A step of a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Segment<'p> {
    /// Into the field of this name.
    Key(&'p str),
    /// Into this item of a list, from 0.
    Index(usize),
}

impl<'p> Offence<'p> {
    /// The way from the pod, or from the template, to the field: `spec`, `containers`, 0,
    /// `securityContext`, `privileged`. A field that is not set has a path too.
    pub fn path(&self) -> impl Iterator<Item = Segment<'p>> {
        use Segment::{Index, Key};
        let head = match self.place {
            Place::Pod => [Some(Key("spec")), None, None],
            Place::Container { list, index, .. } => {
                [Some(Key("spec")), Some(Key(list.field())), Some(Index(index))]
            }
            Place::Volume { index, .. } => [Some(Key("spec")), Some(Key("volumes")), Some(Index(index))],
            Place::Annotation { key } => [Some(Key("metadata")), Some(Key("annotations")), Some(Key(key))],
        };
        let item = self.item;
        let tail = self.field.split('.').filter(|step| !step.is_empty()).flat_map(move |step| {
            match step.strip_suffix("[]") {
                Some(list) => [Some(Key(list)), Some(Index(item))],
                None => [Some(Key(step)), None],
            }
        });
        head.into_iter().chain(tail).flatten()
    }

    /// The name of the container, when it is a container's field.
    pub fn container(&self) -> Option<&'p str> {
        match self.place {
            Place::Container { name, .. } => Some(name),
            _ => None,
        }
    }
}

impl fmt::Display for Segment<'_> {
    /// As in a path of fields: `.spec`, `[0]`, `["a.b/c"]` for a key that is no word.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Key(key) if key.bytes().all(|byte| byte.is_ascii_alphanumeric()) => write!(f, ".{key}"),
            Self::Key(key) => write!(f, "[{}]", quote(key)),
            Self::Index(index) => write!(f, "[{index}]"),
        }
    }
}

/// Takes offences one by one, and may have enough.
pub(crate) type Sink<'s, 'p> = &'s mut dyn FnMut(Offence<'p>) -> Found;

/// Go on, or enough.
pub(crate) type Found = std::ops::ControlFlow<()>;

#[cfg(test)]
mod tests {
    use crate::{Level, LevelVersion, PodManifest, Standards, Version};

    use super::*;

    /// `check path value remedy` of every offence.
    fn offences(level: Level, minor: u64, pod: &str) -> Vec<String> {
        let manifest: PodManifest = serde_json::from_str(pod).unwrap();
        let standards = Standards::default();
        let policy = standards.policy(LevelVersion { level, version: Version::Minor(minor) });
        let offences = policy.offences(manifest.pod());
        let line = |(check, offence): &(&crate::Check, Offence<'_>)| {
            let path: String = offence.path().map(|segment| segment.to_string()).collect();
            format!("{} {path} = {}: {:?}", check.id, offence.value, offence.remedy)
        };
        offences.iter().map(line).collect()
    }

    #[test]
    fn offences_name_the_field() {
        let pod = r#"{"metadata": {"annotations": {"container.apparmor.security.beta.kubernetes.io/c": "unconfined"}},
            "spec": {"hostPID": true,
                "securityContext": {"sysctls": [{"name": "net.ipv4.tcp_rmem", "value": ""}, {"name": "a.b", "value": ""}]},
                "volumes": [{"name": "v", "emptyDir": {}}, {"name": "w", "hostPath": {"path": "/etc"}}],
                "initContainers": [{"name": "i", "securityContext": {"capabilities": {"add": ["KILL", "SYS_ADMIN"]}}}],
                "containers": [{"name": "c", "ports": [{"containerPort": 1}, {"containerPort": 2, "hostPort": 2}],
                    "lifecycle": {"preStop": {"tcpSocket": {"host": "h", "port": 1}}}}],
                "ephemeralContainers": [{"name": "e", "securityContext": {"seLinuxOptions": {"role": "r"}}}]}}"#;
        assert_eq!(
            offences(Level::Baseline, 37, pod),
            [
                "appArmorProfile .metadata.annotations[\"container.apparmor.security.beta.kubernetes.io/c\"] = unconfined: Remove",
                "capabilities_baseline .spec.initContainers[0].securityContext.capabilities.add[1] = SYS_ADMIN: Remove",
                "hostNamespaces .spec.hostPID = true: Remove",
                "hostPathVolumes .spec.volumes[1].hostPath = /etc: Replace(\"an emptyDir or a persistentVolumeClaim\")",
                "hostPorts .spec.containers[0].ports[1].hostPort = 2: Remove",
                "hostProbesAndHostLifecycle .spec.containers[0].lifecycle.preStop.tcpSocket.host = h: Remove",
                "seLinuxOptions .spec.ephemeralContainers[0].securityContext.seLinuxOptions.role = r: Remove",
                "sysctls .spec.securityContext.sysctls[1].name = a.b: Remove",
            ]
        );
    }

    #[test]
    fn what_is_missing_has_a_path_too() {
        let pod = r#"{"spec": {"volumes": [{"name": "v"}], "containers": [{"name": "c"}]}}"#;
        assert_eq!(
            offences(Level::Restricted, 37, pod),
            [
                "allowPrivilegeEscalation .spec.containers[0].securityContext.allowPrivilegeEscalation = not set: Set(\"false\")",
                "capabilities_restricted .spec.containers[0].securityContext.capabilities.drop = not set: Append(\"ALL\")",
                "restrictedVolumes .spec.volumes[0] = no source: Replace(\"an emptyDir or a persistentVolumeClaim\")",
                "runAsNonRoot .spec.containers[0].securityContext.runAsNonRoot = not set: Set(\"true\")",
                "seccompProfile_restricted .spec.containers[0].securityContext.seccompProfile.type = not set: Set(\"RuntimeDefault\")",
            ]
        );
        assert_eq!(offences(Level::Baseline, 37, pod), [""; 0]);
    }

    #[test]
    fn newer_sysctls_are_allowed_by_newer_versions() {
        for (name, since) in [
            ("net.ipv4.tcp_syncookies", 0),
            ("net.ipv4.ip_local_reserved_ports", 27),
            ("net.ipv4.tcp_fin_timeout", 29),
            ("net.ipv4.tcp_rmem", 32),
            ("net.ipv4.tcp_notsent_lowat", 37),
            ("net.ipv4.tcp_slow_start_after_idle", 37),
        ] {
            let pod = format!(
                r#"{{"spec": {{"containers": [], "securityContext": {{"sysctls": [{{"name": "{name}", "value": ""}}]}}}}}}"#
            );
            assert_eq!(offences(Level::Baseline, since, &pod), [""; 0], "{name}");
            if since > 0 {
                assert_eq!(offences(Level::Baseline, since - 1, &pod).len(), 1, "{name}");
            }
        }
    }
}
