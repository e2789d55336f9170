//! One container as the kubelet runs it: its own settings over the pod's, defaults filled in.

use k8s_openapi::api::core::v1::{
    AppArmorProfile, Capabilities, Container as SpecContainer, PodSecurityContext, SELinuxOptions,
    SeccompProfile, SecurityContext, WindowsSecurityContextOptions,
};
use watertight_model::KubernetesVersion;
use watertight_syntax::Path;

use crate::image::{ImageRef, PullPolicy};
use crate::object_facts::LimitDefaults;
use crate::quantity::{Quantity, QuantityError};
use crate::resources::{Asked, Resource};
use crate::workload::Workload;

/// When a container runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Before the others, to its end.
    Init,
    /// An init container with `restartPolicy: Always`: beside the others.
    Sidecar,
    /// The workload's own.
    Main,
    /// Added to a running pod for debugging.
    Ephemeral,
}

/// A setting in force, and the field that decides it.
#[derive(Debug, Clone, PartialEq)]
pub struct Effective<T> {
    /// The value; `None` when neither container nor pod sets it.
    pub value: Option<T>,
    /// The field that sets it, or the container's own field when nothing does.
    pub path: Path,
}

/// What a container gets of a resource, as far as the manifest says.
#[derive(Debug, Clone, PartialEq)]
pub struct Share<'w> {
    /// The quantity as written.
    pub text: &'w str,
    /// What it is worth; `None` for a limit of 0, which limits nothing.
    pub amount: Result<Option<Quantity>, QuantityError>,
    /// The field that sets it.
    pub path: Path,
    /// Whether the pod as a whole sets it and the container does not.
    pub is_of_pod: bool,
}

/// A seccomp profile.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Seccomp<'w> {
    /// The runtime's own.
    RuntimeDefault,
    /// One on the node, by file name; empty when none is named, which the API server refuses.
    Localhost(&'w str),
    /// None.
    Unconfined,
    /// A type that Kubernetes does not have.
    Other(&'w str),
}

impl<'w> Seccomp<'w> {
    fn of_field(profile: &'w SeccompProfile) -> Self {
        match profile.type_.as_str() {
            "RuntimeDefault" => Self::RuntimeDefault,
            "Unconfined" => Self::Unconfined,
            "Localhost" => Self::Localhost(profile.localhost_profile.as_deref().unwrap_or_default()),
            other => Self::Other(other),
        }
    }

    /// What the API server made of an annotation (`SeccompFieldForAnnotation` in
    /// `pkg/api/pod/util.go` up to 1.26).
    fn of_annotation(value: &'w str) -> Option<Self> {
        match value {
            "runtime/default" | "docker/default" => Some(Self::RuntimeDefault),
            "unconfined" => Some(Self::Unconfined),
            _ => value.strip_prefix("localhost/").filter(|name| !name.is_empty()).map(Self::Localhost),
        }
    }
}

/// The version from which annotations no longer set a seccomp profile.
const SECCOMP_ANNOTATIONS_GONE: KubernetesVersion = KubernetesVersion::new(27);

/// One container of a workload.
#[derive(Debug, Clone, Copy)]
pub struct Container<'w> {
    workload: Workload<'w>,
    spec: &'w SpecContainer,
    role: Role,
    list: &'static str,
    index: usize,
}

impl<'w> Container<'w> {
    pub(crate) fn new(
        workload: Workload<'w>,
        spec: &'w SpecContainer,
        role: Role,
        list: &'static str,
        index: usize,
    ) -> Self {
        Self { workload, spec, role, list, index }
    }

    /// Its name.
    #[must_use]
    pub fn name(self) -> &'w str {
        &self.spec.name
    }

    /// How messages call it: "init container `setup`"; by position when it has no name.
    #[must_use]
    pub fn described(self) -> String {
        let role = match self.role {
            Role::Init => "init container",
            Role::Sidecar => "sidecar",
            Role::Main => "container",
            Role::Ephemeral => "ephemeral container",
        };
        match self.name() {
            "" => format!("{role} number {}", self.index + 1),
            name => format!("{role} `{name}`"),
        }
    }

    /// When it runs.
    #[must_use]
    pub fn role(self) -> Role {
        self.role
    }

    /// The container as written.
    #[must_use]
    pub fn spec(self) -> &'w SpecContainer {
        self.spec
    }

    /// Its path in the object.
    #[must_use]
    pub fn path(self) -> Path {
        self.workload.path().key(self.list).index(self.index)
    }

    /// A path below it: `at("securityContext.privileged")`.
    #[must_use]
    pub fn at(self, keys: &'static str) -> Path {
        self.path().at(keys)
    }

    /// Its image, when one is written.
    #[must_use]
    pub fn image(self) -> Option<ImageRef<'w>> {
        self.spec.image.as_deref().filter(|image| !image.is_empty()).map(ImageRef::parse)
    }

    /// The pull policy in force.
    #[must_use]
    pub fn pull_policy(self) -> Option<PullPolicy> {
        Some(self.image()?.pull_policy(self.spec.image_pull_policy.as_deref()))
    }

    /// Its own security context.
    #[must_use]
    pub fn security(self) -> Option<&'w SecurityContext> {
        self.spec.security_context.as_ref()
    }

    /// Its capabilities as written.
    #[must_use]
    pub fn capabilities(self) -> Option<&'w Capabilities> {
        self.security()?.capabilities.as_ref()
    }

    /// Whether it runs privileged.
    #[must_use]
    pub fn is_privileged(self) -> bool {
        self.security().and_then(|security| security.privileged) == Some(true)
    }

    /// A setting that the container takes from the pod when it has none of its own
    /// (`DetermineEffectiveSecurityContext` in `pkg/securitycontext/util.go`).
    fn effective<T>(
        self,
        field: &'static str,
        own: impl FnOnce(&'w SecurityContext) -> Option<T>,
        pod: impl FnOnce(&'w PodSecurityContext) -> Option<T>,
    ) -> Effective<T> {
        let own_path = || self.path().key("securityContext").key(field);
        if let Some(value) = self.security().and_then(own) {
            return Effective { value: Some(value), path: own_path() };
        }
        match self.workload.spec().security_context.as_ref().and_then(pod) {
            Some(value) => {
                let path = self.workload.path().key("securityContext").key(field);
                Effective { value: Some(value), path }
            }
            None => Effective { value: None, path: own_path() },
        }
    }

    /// The user it runs as, when one is set.
    #[must_use]
    pub fn run_as_user(self) -> Effective<i64> {
        self.effective("runAsUser", |own| own.run_as_user, |pod| pod.run_as_user)
    }

    /// The primary group it runs as, when one is set.
    #[must_use]
    pub fn run_as_group(self) -> Effective<i64> {
        self.effective("runAsGroup", |own| own.run_as_group, |pod| pod.run_as_group)
    }

    /// Whether the kubelet refuses to start it as root.
    #[must_use]
    pub fn run_as_non_root(self) -> Effective<bool> {
        self.effective("runAsNonRoot", |own| own.run_as_non_root, |pod| pod.run_as_non_root)
    }

    /// Its seccomp profile. Up to 1.26 the API server filled empty fields from annotations; since then
    /// these say nothing (CHANGELOG-1.27, "seccomp annotations").
    #[must_use]
    pub fn seccomp(self) -> Effective<Seccomp<'w>> {
        let field = self.effective(
            "seccompProfile",
            |own| own.seccomp_profile.as_ref().map(Seccomp::of_field),
            |pod| pod.seccomp_profile.as_ref().map(Seccomp::of_field),
        );
        let is_own = field.value.is_some() && self.path().covers(&field.path);
        if is_own || self.workload.settings().target >= SECCOMP_ANNOTATIONS_GONE {
            return field;
        }
        let annotated = |key: String| {
            let value = Seccomp::of_annotation(self.workload.annotations().get(&key)?)?;
            let path = self.workload.metadata_path().key("annotations").key(key);
            Some(Effective { value: Some(value), path })
        };
        let own = annotated(format!("container.seccomp.security.alpha.kubernetes.io/{}", self.name()));
        match (own, field.value) {
            (Some(own), _) => own,
            (None, Some(_)) => field,
            (None, None) => annotated("seccomp.security.alpha.kubernetes.io/pod".into()).unwrap_or(field),
        }
    }

    /// Its SELinux options.
    #[must_use]
    pub fn selinux(self) -> Effective<&'w SELinuxOptions> {
        self.effective(
            "seLinuxOptions",
            |own| own.se_linux_options.as_ref(),
            |pod| pod.se_linux_options.as_ref(),
        )
    }

    /// A field of its Windows options: each field is taken from the pod on its own.
    #[must_use]
    pub fn windows<T>(
        self,
        field: &'static str,
        read: impl Fn(&'w WindowsSecurityContextOptions) -> Option<T>,
    ) -> Effective<T> {
        let mut found = self.effective(
            "windowsOptions",
            |own| own.windows_options.as_ref().and_then(&read),
            |pod| pod.windows_options.as_ref().and_then(&read),
        );
        found.path = found.path.key(field);
        found
    }

    /// Its AppArmor profile in the form of the annotation (`runtime/default`, `localhost/NAME`,
    /// `unconfined`). The annotation, deprecated since 1.30, fills the container's own field when
    /// that is empty, and so wins over the pod's; what it cannot mean is passed over
    /// (`applyAppArmorVersionSkew` in `pkg/registry/core/pod/strategy.go`).
    #[must_use]
    pub fn apparmor(self) -> Effective<String> {
        let word = |profile: &AppArmorProfile| match profile.type_.as_str() {
            "RuntimeDefault" => "runtime/default".to_owned(),
            "Unconfined" => "unconfined".to_owned(),
            "Localhost" => format!("localhost/{}", profile.localhost_profile.as_deref().unwrap_or_default()),
            other => other.to_owned(),
        };
        let field = self.effective(
            "appArmorProfile",
            |own| own.app_armor_profile.as_ref().map(word),
            |pod| pod.app_armor_profile.as_ref().map(word),
        );
        let key = format!("container.apparmor.security.beta.kubernetes.io/{}", self.name());
        let means = |value: &&String| {
            matches!(value.as_str(), "runtime/default" | "unconfined")
                || value.strip_prefix("localhost/").is_some_and(|name| !name.is_empty())
        };
        let is_own = field.value.is_some() && self.path().covers(&field.path);
        match self.workload.annotations().get(&key).filter(means) {
            Some(value) if !is_own => Effective {
                value: Some(value.clone()),
                path: self.workload.metadata_path().key("annotations").key(key),
            },
            _ => field,
        }
    }

    /// Whether a request for the resource is in force: the pod's as a whole, its own, its limit
    /// (requests default to limits, `SetDefaults_Pod` in `pkg/apis/core/v1/defaults.go`), or the
    /// default that a limit range gives (`mergeContainerResources` in
    /// `plugin/pkg/admission/limitranger/admission.go`). What is written as 0 gets no default.
    #[must_use]
    pub fn has_request(self, resource: Resource, defaults: &LimitDefaults) -> bool {
        let pod = self.workload.spec().resources.as_ref();
        if resource.is_in(pod.and_then(|pod| pod.requests.as_ref()))
            || resource.is_in(pod.and_then(|pod| pod.limits.as_ref()))
        {
            return true;
        }
        let own = self.spec.resources.as_ref();
        let requests = own.and_then(|own| own.requests.as_ref());
        let limits = own.and_then(|own| own.limits.as_ref());
        match [requests, limits].into_iter().flatten().find(|list| list.contains_key(resource.name())) {
            Some(written) => resource.is_in(Some(written)),
            None => defaults.requests.contains(resource.name()),
        }
    }

    /// The request or limit in force, where the manifest has one. A request that is not written is the
    /// limit (`SetDefaults_Pod` in `pkg/apis/core/v1/defaults.go`); a container without any draws from
    /// the pod's (`spec.resources`). What a limit range would give is not looked at.
    #[must_use]
    pub fn share(self, asked: Asked, resource: Resource) -> Option<Share<'w>> {
        let own = self.spec.resources.as_ref();
        let pod = self.workload.spec().resources.as_ref();
        let fields = match asked {
            Asked::Request => &[Asked::Request, Asked::Limit][..],
            Asked::Limit => &[Asked::Limit],
        };
        let path = |base: Path, field: Asked| base.key("resources").key(field.key()).key(resource.name());
        let of_own = || fields.iter().find_map(|&field| Some((field, field.of(own, resource)?)));
        let of_pod = || {
            let written = |&field: &Asked| Some((field, field.of(pod, resource)?));
            // Zero is none: `is_in`.
            let (field, text) = fields.iter().filter_map(written).find(|(_, text)| !is_zero(text))?;
            let amount = text.parse().map(Some);
            Some(Share { text, amount, path: path(self.workload.path().clone(), field), is_of_pod: true })
        };
        match of_own() {
            None => of_pod(),
            // A limit of 0 is none to the kubelet (`milliCPUToQuota` in
            // `pkg/kubelet/kuberuntime/helpers_linux.go`), which leaves the pod's.
            Some((field, text)) if asked == Asked::Limit && is_zero(text) => of_pod().or_else(|| {
                Some(Share { text, amount: Ok(None), path: path(self.path(), field), is_of_pod: false })
            }),
            Some((field, text)) => {
                let amount = text.parse().map(Some);
                Some(Share { text, amount, path: path(self.path(), field), is_of_pod: false })
            }
        }
    }

    /// Whether a limit for the resource is in force: the pod's as a whole, its own, or the default
    /// that a limit range gives. What is written as 0 gets no default.
    #[must_use]
    pub fn has_limit(self, resource: Resource, defaults: &LimitDefaults) -> bool {
        if resource.is_in(self.workload.spec().resources.as_ref().and_then(|pod| pod.limits.as_ref())) {
            return true;
        }
        let own = self.spec.resources.as_ref().and_then(|own| own.limits.as_ref());
        match own.filter(|own| own.contains_key(resource.name())) {
            Some(own) => resource.is_in(Some(own)),
            None => defaults.limits.contains(resource.name()),
        }
    }
}

fn is_zero(quantity: &str) -> bool {
    quantity.parse() == Ok(Quantity::ZERO)
}

#[cfg(test)]
#[path = "container_tests.rs"]
mod tests;
