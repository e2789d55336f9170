//! What of a pod is judged: its spec and its annotations. Start reading at [`Pod`].

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1 as core;
use serde::{Deserialize, Deserializer};

/// What of a pod is judged, borrowed from wherever it is kept.
#[derive(Clone, Copy, Debug)]
pub struct Pod<'p> {
    /// `metadata.annotations`; old versions and AppArmor are judged by them.
    pub annotations: Option<&'p BTreeMap<String, String>>,
    /// The spec of the pod or of the template.
    pub spec: &'p core::PodSpec,
    /// See [`Pod::as_written`].
    written: bool,
}

impl<'p> Pod<'p> {
    /// These annotations and this spec as the API server holds them: with all defaults in place.
    pub fn new(annotations: Option<&'p BTreeMap<String, String>>, spec: &'p core::PodSpec) -> Self {
        Self { annotations, spec, written: false }
    }

    /// A pod, or nothing when it has no spec.
    pub fn of_pod(pod: &'p core::Pod) -> Option<Self> {
        Some(Self::new(pod.metadata.annotations.as_ref(), pod.spec.as_ref()?))
    }

    /// The template of a controller, or nothing when it has no spec: Pod Security judges its metadata,
    /// never those of the controller (`admission/admission.go`, `extractPodSpecFromTemplate`).
    pub fn of_template(template: &'p core::PodTemplateSpec) -> Option<Self> {
        let metadata = template.metadata.as_ref();
        let annotations = metadata.and_then(|metadata| metadata.annotations.as_ref());
        Some(Self::new(annotations, template.spec.as_ref()?))
    }

    /// The same as somebody wrote it into a manifest: the API server puts defaults into it before it
    /// asks Pod Security, and so it is judged here.
    ///
    /// One default changes a verdict: a volume without a source becomes an `emptyDir`
    /// (`pkg/apis/core/v1/defaults.go` of kubernetes/kubernetes, `SetDefaults_Volume`).
    #[must_use]
    pub fn as_written(self) -> Self {
        Self { written: true, ..self }
    }

    /// Whether a volume without a source is an `emptyDir`.
    pub(crate) fn defaults_volumes(self) -> bool {
        self.written
    }

    /// Every container in the order that checks speak of them: init containers, containers, ephemeral
    /// containers (`policy/visitor.go`, `visitContainers`).
    pub fn containers(self) -> impl Iterator<Item = Container<'p>> {
        let spec = self.spec;
        let init = spec.init_containers.iter().flatten().enumerate();
        let ephemeral = spec.ephemeral_containers.iter().flatten().enumerate();
        init.map(|(index, container)| Container::of(ContainerList::Init, index, container))
            .chain(
                spec.containers
                    .iter()
                    .enumerate()
                    .map(|(index, container)| Container::of(ContainerList::Main, index, container)),
            )
            .chain(ephemeral.map(|(index, container)| Container::of_ephemeral(index, container)))
    }

    pub(crate) fn security(self) -> Option<&'p core::PodSecurityContext> {
        self.spec.security_context.as_ref()
    }

    /// Whether `spec.os.name` is `windows`. Container fields that Linux alone has are not asked of such
    /// a pod from version 1.25 on.
    pub(crate) fn is_windows(self) -> bool {
        self.spec.os.as_ref().is_some_and(|os| os.name == "windows")
    }

    /// Whether the pod has a user namespace of its own: root in it is nobody on the node
    /// (`policy/helpers.go`, `relaxPolicyForUserNamespacePod`).
    pub(crate) fn has_user_namespace(self) -> bool {
        self.spec.host_users == Some(false)
    }
}

/// The list that a container stands in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ContainerList {
    /// `spec.initContainers`
    Init,
    /// `spec.containers`
    Main,
    /// `spec.ephemeralContainers`
    Ephemeral,
}

impl ContainerList {
    /// The field of the spec.
    pub fn field(self) -> &'static str {
        match self {
            Self::Init => "initContainers",
            Self::Main => "containers",
            Self::Ephemeral => "ephemeralContainers",
        }
    }
}

/// What of a container is judged. The three kinds of containers differ in nothing of it.
#[derive(Clone, Copy, Debug)]
pub struct Container<'p> {
    /// Where it stands.
    pub list: ContainerList,
    /// Its place in that list, from 0.
    pub index: usize,
    /// Its name; empty when it has none.
    pub name: &'p str,
    pub(crate) security: Option<&'p core::SecurityContext>,
    pub(crate) ports: Option<&'p Vec<core::ContainerPort>>,
    /// Liveness, readiness, startup.
    pub(crate) probes: [Option<&'p core::Probe>; 3],
    pub(crate) lifecycle: Option<&'p core::Lifecycle>,
}

impl<'p> Container<'p> {
    fn of(list: ContainerList, index: usize, container: &'p core::Container) -> Self {
        Self {
            list,
            index,
            name: &container.name,
            security: container.security_context.as_ref(),
            ports: container.ports.as_ref(),
            probes: [
                container.liveness_probe.as_ref(),
                container.readiness_probe.as_ref(),
                container.startup_probe.as_ref(),
            ],
            lifecycle: container.lifecycle.as_ref(),
        }
    }

    fn of_ephemeral(index: usize, container: &'p core::EphemeralContainer) -> Self {
        Self {
            list: ContainerList::Ephemeral,
            index,
            name: &container.name,
            security: container.security_context.as_ref(),
            ports: container.ports.as_ref(),
            probes: [
                container.liveness_probe.as_ref(),
                container.readiness_probe.as_ref(),
                container.startup_probe.as_ref(),
            ],
            lifecycle: container.lifecycle.as_ref(),
        }
    }
}

/// What of a pod, or of a pod template, is judged, to be read from JSON: everything else is skipped,
/// which is faster than reading a whole pod.
///
/// As the API server's decoder does, it takes a null for an absent field.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct PodManifest {
    /// The annotations of the pod.
    #[serde(default, deserialize_with = "null_is_absent")]
    pub metadata: PodMetadata,
    /// The spec of the pod. There has to be one: a pod without is not judged but an error.
    pub spec: core::PodSpec,
}

impl PodManifest {
    /// The same, borrowed. [`Pod::as_written`] says that no API server has seen it yet.
    pub fn pod(&self) -> Pod<'_> {
        Pod::new(Some(&self.metadata.annotations), &self.spec)
    }
}

/// What of a pod's metadata is judged.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
pub struct PodMetadata {
    /// `metadata.annotations`
    #[serde(default, deserialize_with = "annotations")]
    pub annotations: BTreeMap<String, String>,
}

fn null_is_absent<'de, D: Deserializer<'de>, T: Default + Deserialize<'de>>(from: D) -> Result<T, D::Error> {
    Ok(Option::deserialize(from)?.unwrap_or_default())
}

fn annotations<'de, D: Deserializer<'de>>(from: D) -> Result<BTreeMap<String, String>, D::Error> {
    let read: Option<BTreeMap<String, Option<String>>> = Option::deserialize(from)?;
    // Go decodes a null value of a map of texts as the empty text.
    Ok(read.into_iter().flatten().map(|(key, value)| (key, value.unwrap_or_default())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nulls_are_absent_fields() {
        let read: PodManifest = serde_json::from_str(
            r#"{"metadata": {"annotations": {"a": null, "b": "c"}, "name": "p"},
                "spec": {"containers": [{"name": "c", "securityContext": null}], "volumes": null}, "status": {}}"#,
        )
        .unwrap();
        assert_eq!(read.pod().annotations.unwrap().len(), 2);
        assert_eq!(read.pod().containers().count(), 1);
        let read: PodManifest = serde_json::from_str(r#"{"metadata": null, "spec": {}}"#).unwrap();
        assert_eq!(read, PodManifest::default());
        assert!(serde_json::from_str::<PodManifest>(r#"{"metadata": {}}"#).is_err(), "no spec, no verdict");
    }
}
