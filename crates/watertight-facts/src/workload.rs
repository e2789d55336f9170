//! One workload, opened: its pod template typed, its containers in one list.

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::{Container as SpecContainer, EphemeralContainer, PodSpec};
use watertight_model::{GroupKind, Identity, KubernetesVersion, Object, ObjectId};
use watertight_syntax::{Kind, Path, Value};

use crate::container::{Container, Role};
use crate::host_path::HostVolume;
use crate::workload_kinds::Template;
use crate::world::{Settings, View, World};

/// The operating system that a workload's pods run on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Os {
    /// Linux, also when nothing is said.
    Linux,
    /// Windows: `spec.os.name`, or a node selector that leaves only Windows nodes.
    Windows,
}

/// The decoded pod template of one object. Made once per object, used by all controls, dropped.
#[derive(Debug)]
pub struct Opened {
    object: ObjectId,
    template: &'static Template,
    spec: PodSpec,
    metadata: TemplateMetadata,
    ephemeral: Vec<SpecContainer>,
    spec_path: Path,
    metadata_path: Path,
    left_out: Vec<(Path, String)>,
    unknown: Vec<Path>,
}

#[derive(Debug, Default, serde::Deserialize)]
#[serde(default)]
struct TemplateMetadata {
    annotations: BTreeMap<String, String>,
    labels: BTreeMap<String, String>,
}

impl Opened {
    /// Decodes the pod template of an object.
    ///
    /// # Errors
    /// Why there is nothing to judge: the text for a gap. `Ok(None)` when the object refers to
    /// another workload instead of having a template.
    pub fn of(world: &World<'_>, id: ObjectId) -> Result<Option<Self>, String> {
        let Some(facts) = world.workload_facts(id) else { return Ok(None) };
        let object = world.snapshot().object(id);
        let template = facts.template;
        let body = object.body().map_err(|error| error.message)?;
        let base = if template.path.is_empty() { Path::root() } else { Path::root().at(template.path) };
        let (spec_path, metadata_path) = (base.key("spec"), base.key("metadata"));
        let Some(spec) = body.decode::<PodSpec>(&spec_path) else {
            return missing(object, template, &spec_path);
        };
        let spec = spec.map_err(|message| format!("{spec_path}: {message}"))?;
        let mut left_out = spec.left_out;
        let metadata = match body.decode::<TemplateMetadata>(&metadata_path) {
            None => TemplateMetadata::default(),
            Some(Err(message)) => {
                left_out.push((metadata_path.clone(), message));
                TemplateMetadata::default()
            }
            Some(Ok(metadata)) => {
                left_out.extend(metadata.left_out);
                metadata.value
            }
        };
        // `namespace: n` is a boolean to the API server's decoder, and `name: 123` a number.
        for field in ["name", "namespace", "generateName"] {
            let path = Path::root().key("metadata").key(field);
            let kind = body.root().at(&path).map_or(Kind::Null, Value::kind);
            if !matches!(kind, Kind::Null | Kind::String) {
                left_out.push((path, format!("expected a string, found {}", kind.described())));
            }
        }
        let extra = |path: &Path| template.extra_fields.iter().any(|field| *path == spec_path.key(*field));
        let unknown = spec.unknown.into_iter().filter(|path| !extra(path)).collect();
        let ephemeral = spec.value.ephemeral_containers.iter().flatten().map(as_container).collect();
        Ok(Some(Self {
            object: id,
            template,
            spec: spec.value,
            metadata,
            ephemeral,
            spec_path,
            metadata_path,
            left_out,
            unknown,
        }))
    }

    /// The object it was decoded from.
    #[must_use]
    pub fn object(&self) -> ObjectId {
        self.object
    }

    /// Fields of a wrong type that were left out, with the reason.
    #[must_use]
    pub fn left_out(&self) -> &[(Path, String)] {
        &self.left_out
    }

    /// The path of the pod spec within the object.
    #[must_use]
    pub fn spec_path(&self) -> &Path {
        &self.spec_path
    }

    /// A digest that pods of one template share: what differs from pod to pod is left out.
    #[must_use]
    pub fn canonical_digest(&self) -> [u8; 32] {
        crate::canonical::digest(&self.spec, &self.metadata.annotations)
    }
}

fn missing(object: &Object, template: &Template, spec_path: &Path) -> Result<Option<Opened>, String> {
    let refers = template.instead.is_some_and(|field| {
        object.body().is_ok_and(|body| body.root().at(&Path::root().key("spec").key(field)).is_some())
    });
    if refers || !template.must_exist(object.identity()) {
        return Ok(None);
    }
    Err(format!("a {} without a pod template: nothing at `{spec_path}`", template.kind))
}

/// An ephemeral container has the fields of a container that it may set, and no others.
fn as_container(ephemeral: &EphemeralContainer) -> SpecContainer {
    SpecContainer {
        args: ephemeral.args.clone(),
        command: ephemeral.command.clone(),
        env: ephemeral.env.clone(),
        image: ephemeral.image.clone(),
        image_pull_policy: ephemeral.image_pull_policy.clone(),
        lifecycle: ephemeral.lifecycle.clone(),
        liveness_probe: ephemeral.liveness_probe.clone(),
        name: ephemeral.name.clone(),
        ports: ephemeral.ports.clone(),
        readiness_probe: ephemeral.readiness_probe.clone(),
        resources: ephemeral.resources.clone(),
        security_context: ephemeral.security_context.clone(),
        startup_probe: ephemeral.startup_probe.clone(),
        volume_devices: ephemeral.volume_devices.clone(),
        volume_mounts: ephemeral.volume_mounts.clone(),
        ..SpecContainer::default()
    }
}

/// A workload as one control sees it.
#[derive(Debug, Clone, Copy)]
pub struct Workload<'w> {
    opened: &'w Opened,
    view: View<'w>,
}

impl<'w> Workload<'w> {
    /// An opened workload in the view of a control that declares `reads`.
    #[must_use]
    pub fn new(opened: &'w Opened, world: &'w World<'w>, reads: &'static [GroupKind]) -> Self {
        Self { opened, view: View::new(world, reads) }
    }

    /// Its number in the snapshot.
    #[must_use]
    pub fn id(self) -> ObjectId {
        self.opened.object
    }

    /// Who it is.
    #[must_use]
    pub fn identity(self) -> &'w Identity {
        self.view.snapshot().object(self.opened.object).identity()
    }

    /// The world, as far as the control declares it.
    #[must_use]
    pub fn view(self) -> View<'w> {
        self.view
    }

    /// What the user said.
    #[must_use]
    pub fn settings(self) -> &'w Settings {
        self.view.settings()
    }

    /// The pod spec as written. For what the kubelet makes of it, ask the [`Container`].
    #[must_use]
    pub fn spec(self) -> &'w PodSpec {
        &self.opened.spec
    }

    /// The path of the pod spec: `.spec.template.spec`, or `.spec` for a pod.
    #[must_use]
    pub fn path(self) -> &'w Path {
        &self.opened.spec_path
    }

    /// The path of the template's metadata.
    #[must_use]
    pub fn metadata_path(self) -> &'w Path {
        &self.opened.metadata_path
    }

    /// The template's annotations.
    #[must_use]
    pub fn annotations(self) -> &'w BTreeMap<String, String> {
        &self.opened.metadata.annotations
    }

    /// The template's labels.
    #[must_use]
    pub fn labels(self) -> &'w BTreeMap<String, String> {
        &self.opened.metadata.labels
    }

    /// Fields of the pod spec that Kubernetes does not know.
    #[must_use]
    pub fn unknown_fields(self) -> &'w [Path] {
        &self.opened.unknown
    }

    /// Whether it is a pod that nothing in view owns and that names no owner.
    #[must_use]
    pub fn is_bare_pod(self) -> bool {
        let owned = self.view.snapshot().object(self.id()).body().is_ok_and(|body| {
            let owners = body.root().at(&Path::root().at("metadata.ownerReferences"));
            owners.is_some_and(|owners| owners.items().len() > 0)
        });
        self.opened.template.kind == "Pod" && !owned
    }

    /// Whether its pods are one per node: a DaemonSet, or a pod that a DaemonSet controls.
    #[must_use]
    pub fn is_node_agent(self) -> bool {
        if self.opened.template.kind != "Pod" {
            return self.opened.template.kind == "DaemonSet";
        }
        self.view.snapshot().object(self.id()).body().is_ok_and(|body| {
            let owners = body.root().at(&Path::root().at("metadata.ownerReferences"));
            owners.is_some_and(|owners| {
                owners.items().any(|owner| {
                    owner.get("kind").and_then(Value::as_str) == Some("DaemonSet")
                        && owner.get("controller").and_then(Value::as_bool) == Some(true)
                })
            })
        })
    }

    /// Whether it is the API server's copy of a pod that a kubelet runs from a file on its node
    /// (`ConfigMirrorAnnotationKey` in `pkg/kubelet/types/pod_update.go`).
    #[must_use]
    pub fn is_mirror_pod(self) -> bool {
        self.opened.template.kind == "Pod" && self.annotations().contains_key("kubernetes.io/config.mirror")
    }

    /// The operating system of its nodes.
    #[must_use]
    pub fn os(self) -> Os {
        let named = self.spec().os.as_ref().map(|os| os.name.as_str());
        let selected =
            self.spec().node_selector.as_ref().and_then(|selector| selector.get("kubernetes.io/os"));
        match named.or(selected.map(String::as_str)) {
            Some("windows") => Os::Windows,
            _ => Os::Linux,
        }
    }

    /// Its `hostPath` volumes, also those that nothing mounts.
    #[must_use]
    pub fn host_volumes(self) -> Vec<HostVolume<'w>> {
        HostVolume::of(self)
    }

    /// Whether its pods run in a user namespace: root in the container is nobody on the node. Before
    /// 1.33 the API server drops the field unless told otherwise (`UserNamespacesSupport` in
    /// `pkg/features/kube_features.go`).
    #[must_use]
    pub fn has_user_namespace(self) -> bool {
        self.spec().host_users == Some(false) && self.settings().target >= KubernetesVersion::new(33)
    }

    /// The service account its pods run as, `default` when none is named.
    #[must_use]
    pub fn service_account(self) -> &'w str {
        let named = |name: &'w Option<String>| name.as_deref().filter(|name| !name.is_empty());
        named(&self.spec().service_account_name)
            .or_else(|| named(&self.spec().service_account))
            .unwrap_or("default")
    }

    /// Whether the API server mounts a service account token into a container of its pods, the
    /// account's own setting given: `shouldAutomount` and `mountServiceAccountToken` in
    /// `plugin/pkg/admission/serviceaccount/admission.go`. A token that the pod projects by itself
    /// is no matter of this; a mount of its own at the token's path keeps the token out.
    #[must_use]
    pub fn mounts_token(self, account: Option<bool>) -> bool {
        const PATH: &str = "/var/run/secrets/kubernetes.io/serviceaccount";
        if self.is_mirror_pod() || !self.spec().automount_service_account_token.or(account).unwrap_or(true) {
            return false;
        }
        let mut admitted = self.containers().filter(|container| container.role() != Role::Ephemeral);
        admitted.any(|container| {
            let mounts = container.spec().volume_mounts.as_deref().unwrap_or_default();
            // A stored pod already has the volume that admission added.
            mounts
                .iter()
                .find(|mount| mount.mount_path == PATH)
                .is_none_or(|mount| mount.name.starts_with("kube-api-access-"))
        })
    }

    /// Every container: init containers (sidecars told apart), containers, ephemeral containers.
    pub fn containers(self) -> impl Iterator<Item = Container<'w>> {
        let spec = self.spec();
        let numbered = |list: &'static str, containers: &'w [SpecContainer]| {
            containers.iter().enumerate().map(move |(index, container)| (list, index, container))
        };
        numbered("initContainers", spec.init_containers.as_deref().unwrap_or_default())
            .chain(numbered("containers", &spec.containers))
            .chain(numbered("ephemeralContainers", &self.opened.ephemeral))
            .map(move |(list, index, container)| {
                let role = match list {
                    "initContainers" if container.restart_policy.as_deref() == Some("Always") => {
                        Role::Sidecar
                    }
                    "initContainers" => Role::Init,
                    "containers" => Role::Main,
                    _ => Role::Ephemeral,
                };
                Container::new(self, container, role, list, index)
            })
    }
}
