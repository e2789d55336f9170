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
mod tests {
    use watertight_model::Snapshot;
    use watertight_syntax::Limits;

    use crate::{Opened, Settings, World};

    use super::*;

    /// What is asked of the only container of a pod.
    fn ask<T>(yaml: &str, target: u16, question: impl FnOnce(Container<'_>) -> T) -> T {
        let mut builder = Snapshot::builder(Limits::default());
        builder.text("pod.yaml", yaml);
        let snapshot = builder.finish();
        let settings = Settings { target: KubernetesVersion::new(target), ..Settings::default() };
        let world = World::new(&snapshot, &settings);
        let opened = Opened::of(&world, world.workloads()[0].object).unwrap().unwrap();
        assert!(opened.left_out().is_empty(), "{:?}\n{yaml}", opened.left_out());
        let workload = Workload::new(&opened, &world, &[]);
        question(workload.containers().next().unwrap())
    }

    /// A pod in flow style with annotations, the pod's security context and the container's.
    fn pod(annotations: &str, pod: &str, own: &str) -> String {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p, annotations: {{{annotations}}}}}\nspec:\n  \
             securityContext: {pod}\n  containers:\n  - {{name: c, image: i, securityContext: {own}}}\n"
        )
    }

    const OWN: &str = ".spec.containers[0].securityContext";
    const POD: &str = ".spec.securityContext";

    /// Value and deciding field of each setting that a container shares with its pod, as words.
    fn words(container: Container<'_>, field: &str) -> (Option<String>, String) {
        fn of<T>(effective: Effective<T>, word: impl FnOnce(T) -> String) -> (Option<String>, String) {
            (effective.value.map(word), effective.path.to_string())
        }
        match field {
            "runAsUser" => of(container.run_as_user(), |id| id.to_string()),
            "runAsGroup" => of(container.run_as_group(), |id| id.to_string()),
            "runAsNonRoot" => of(container.run_as_non_root(), |set| set.to_string()),
            "seccompProfile" => of(container.seccomp(), |profile| format!("{profile:?}")),
            "appArmorProfile" => of(container.apparmor(), |word| word),
            "seLinuxOptions" => of(container.selinux(), |options| options.type_.clone().unwrap_or_default()),
            "windowsOptions.runAsUserName" => {
                of(container.windows("runAsUserName", |options| options.run_as_user_name.clone()), |name| {
                    name
                })
            }
            "windowsOptions.hostProcess" => {
                of(container.windows("hostProcess", |options| options.host_process), |set| set.to_string())
            }
            _ => unreachable!("{field}"),
        }
    }

    /// Each field with two values: how it is written, and what it then is.
    const SHARED: [(&str, [&str; 2], [&str; 2]); 8] = [
        ("runAsUser", ["{runAsUser: 0}", "{runAsUser: 7}"], ["0", "7"]),
        ("runAsGroup", ["{runAsGroup: 0}", "{runAsGroup: 7}"], ["0", "7"]),
        ("runAsNonRoot", ["{runAsNonRoot: false}", "{runAsNonRoot: true}"], ["false", "true"]),
        (
            "seccompProfile",
            [
                "{seccompProfile: {type: Unconfined}}",
                "{seccompProfile: {type: Localhost, localhostProfile: x}}",
            ],
            ["Unconfined", "Localhost(\"x\")"],
        ),
        (
            "appArmorProfile",
            [
                "{appArmorProfile: {type: Unconfined}}",
                "{appArmorProfile: {type: Localhost, localhostProfile: x}}",
            ],
            ["unconfined", "localhost/x"],
        ),
        // A present but empty map replaces the pod's: the API keeps it as a pointer that is not nil.
        ("seLinuxOptions", ["{seLinuxOptions: {}}", "{seLinuxOptions: {type: spc_t}}"], ["", "spc_t"]),
        (
            "windowsOptions.runAsUserName",
            [
                "{windowsOptions: {runAsUserName: a}}",
                "{windowsOptions: {runAsUserName: b, hostProcess: true}}",
            ],
            ["a", "b"],
        ),
        (
            "windowsOptions.hostProcess",
            ["{windowsOptions: {hostProcess: false}}", "{windowsOptions: {hostProcess: true}}"],
            ["false", "true"],
        ),
    ];

    #[test]
    fn the_container_wins_over_the_pod_field_by_field() {
        for (field, written, words_of) in SHARED {
            let is = |pod_says: &str, own_says: &str| {
                ask(&pod("", pod_says, own_says), 37, |container| words(container, field))
            };
            let (own, inherited) = (format!("{OWN}.{field}"), format!("{POD}.{field}"));
            for unset in ["{}", "null"] {
                assert_eq!(is(unset, unset), (None, own.clone()), "{field}");
                for (value, word) in written.iter().zip(words_of) {
                    assert_eq!(is(value, unset), (Some(word.into()), inherited.clone()), "{field}");
                    assert_eq!(is(unset, value), (Some(word.into()), own.clone()), "{field}");
                    for other in written {
                        assert_eq!(is(other, value), (Some(word.into()), own.clone()), "{field}");
                    }
                }
            }
            // What another field says changes nothing.
            for (other, values, _) in SHARED.iter().filter(|(other, ..)| other[..4] != field[..4]) {
                assert_eq!(
                    is(written[0], values[1]),
                    (Some(words_of[0].into()), inherited.clone()),
                    "{other}"
                );
                assert_eq!(is(values[1], written[1]), (Some(words_of[1].into()), own.clone()), "{other}");
            }
        }
    }

    #[test]
    fn windows_options_are_inherited_one_by_one() {
        let text = pod(
            "",
            "{windowsOptions: {hostProcess: true, runAsUserName: a}}",
            "{windowsOptions: {runAsUserName: b}}",
        );
        ask(&text, 37, |container| {
            let host = words(container, "windowsOptions.hostProcess");
            assert_eq!(host, (Some("true".into()), format!("{POD}.windowsOptions.hostProcess")));
            let user = words(container, "windowsOptions.runAsUserName");
            assert_eq!(user, (Some("b".into()), format!("{OWN}.windowsOptions.runAsUserName")));
        });
    }

    #[test]
    fn annotations_stand_between_the_containers_field_and_the_pods() {
        const APPARMOR: &str = "container.apparmor.security.beta.kubernetes.io/c";
        const SECCOMP: &str = "container.seccomp.security.alpha.kubernetes.io/c";
        const SECCOMP_POD: &str = "seccomp.security.alpha.kubernetes.io/pod";
        let none = "{}";
        let (armor, unarmored) =
            ("{appArmorProfile: {type: RuntimeDefault}}", "{appArmorProfile: {type: Unconfined}}");
        let (sec, unsec) =
            ("{seccompProfile: {type: RuntimeDefault}}", "{seccompProfile: {type: Unconfined}}");
        for (key, said, pod_says, own_says, target, field, word) in [
            (APPARMOR, "unconfined", none, none, 37, "appArmorProfile", Some("unconfined")),
            (APPARMOR, "unconfined", armor, none, 37, "appArmorProfile", Some("unconfined")),
            (APPARMOR, "runtime/default", unarmored, none, 29, "appArmorProfile", Some("runtime/default")),
            (APPARMOR, "unconfined", none, armor, 37, "appArmorProfile", Some("runtime/default")),
            (APPARMOR, "nonsense", none, none, 37, "appArmorProfile", None),
            (APPARMOR, "localhost/", unarmored, none, 37, "appArmorProfile", Some("unconfined")),
            (SECCOMP, "unconfined", sec, none, 26, "seccompProfile", Some("Unconfined")),
            (SECCOMP, "unconfined", sec, none, 27, "seccompProfile", Some("RuntimeDefault")),
            (SECCOMP, "docker/default", unsec, none, 26, "seccompProfile", Some("RuntimeDefault")),
            (SECCOMP, "unconfined", none, sec, 26, "seccompProfile", Some("RuntimeDefault")),
            (SECCOMP, "nonsense", none, none, 26, "seccompProfile", None),
            (SECCOMP_POD, "localhost/x", none, none, 26, "seccompProfile", Some("Localhost(\"x\")")),
            (SECCOMP_POD, "unconfined", sec, none, 26, "seccompProfile", Some("RuntimeDefault")),
            (SECCOMP_POD, "unconfined", none, none, 27, "seccompProfile", None),
        ] {
            let text = pod(&format!("{key}: {said}"), pod_says, own_says);
            let found = ask(&text, target, |container| words(container, field).0);
            assert_eq!(found.as_deref(), word, "at 1.{target}\n{text}");
        }
    }

    #[test]
    fn capabilities_are_added_and_dropped_as_runtimes_do() {
        for (own, keeps) in [
            ("{}", true),
            ("{capabilities: {}}", true),
            ("{capabilities: {drop: null, add: null}}", true),
            ("{capabilities: {drop: [ALL]}}", false),
            ("{capabilities: {drop: [all]}}", false),
            ("{capabilities: {drop: [net_raw]}}", false),
            ("{capabilities: {drop: [CAP_NET_RAW]}}", true),
            ("{capabilities: {drop: [CHOWN]}}", true),
            ("{capabilities: {drop: [ALL], add: [net_raw]}}", true),
            ("{capabilities: {drop: [ALL], add: [CAP_NET_RAW]}}", true),
            ("{capabilities: {drop: [ALL], add: [CHOWN]}}", false),
            ("{capabilities: {drop: [ALL], add: [ALL]}}", true),
            ("{capabilities: {drop: [NET_RAW], add: [NET_RAW, ALL]}}", false),
        ] {
            let found =
                ask(&pod("", "{}", own), 37, |container| container.keeps_default_capability("NET_RAW"));
            assert_eq!(found, keeps, "{own}");
        }
        let added = ask(&pod("", "{}", "{capabilities: {add: [cap_sys_admin, ALL]}}"), 37, |container| {
            container.added_capabilities().map(|added| (added.index, added.name)).collect::<Vec<_>>()
        });
        assert_eq!(added, [(0, "SYS_ADMIN".to_owned()), (1, "ALL".to_owned())]);
    }

    #[test]
    fn a_user_namespace_needs_a_version_that_has_it() {
        let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  hostUsers: false\n  containers: [{name: c}]\n";
        for (target, has) in [(32, false), (33, true)] {
            ask(text, target, |container| assert_eq!(container.workload.has_user_namespace(), has));
        }
    }

    #[test]
    fn what_only_the_container_has_is_not_inherited() {
        let text = pod("", "{runAsUser: 7}", "{}");
        ask(&text, 37, |container| {
            assert!(container.allows_privilege_escalation() && !container.is_privileged());
            assert!(container.is_surely_not_root());
        });
        for (own, allows) in
            [("{allowPrivilegeEscalation: false}", false), ("{allowPrivilegeEscalation: true}", true)]
        {
            ask(&pod("", "{}", own), 37, |container| {
                assert_eq!(container.allows_privilege_escalation(), allows, "{own}");
            });
        }
        for (own, sure) in [
            ("{}", false),
            ("{runAsUser: 0}", false),
            ("{runAsNonRoot: false}", false),
            ("{runAsUser: 0, runAsNonRoot: true}", true),
            ("{runAsUser: 1, runAsNonRoot: false}", true),
            ("{runAsNonRoot: true}", true),
        ] {
            ask(&pod("", "{}", own), 37, |container| {
                assert_eq!(container.is_surely_not_root(), sure, "{own}");
            });
        }
    }

    /// Text, worth and path of what a pod with resources of its own and of its container asks for.
    fn asked(pod: &str, own: &str, asked: Asked) -> Option<(String, Option<Quantity>, String)> {
        let yaml = format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: p}}\nspec:\n  resources: {pod}\n  \
             containers:\n  - {{name: c, image: i, resources: {own}}}\n"
        );
        ask(&yaml, 37, |container| {
            let share = container.share(asked, Resource::Cpu)?;
            assert_eq!(share.is_of_pod, !container.path().covers(&share.path));
            Some((share.text.to_owned(), share.amount.unwrap(), share.path.to_string()))
        })
    }

    #[test]
    fn what_is_asked_for_is_the_containers_or_else_the_pods() {
        let own = ".spec.containers[0].resources";
        let pod = ".spec.resources";
        for (pods, owns, of, expected) in [
            ("{}", "{}", Asked::Limit, None),
            ("{}", "{requests: {cpu: 1}}", Asked::Limit, None),
            ("{}", "{requests: {memory: 1}}", Asked::Request, None),
            ("{}", "{requests: null, limits: {}}", Asked::Request, None),
            (
                "{}",
                "{requests: {cpu: 1}, limits: {cpu: 2}}",
                Asked::Request,
                Some(("1", "1", own, "requests")),
            ),
            ("{}", "{limits: {cpu: 1.5}}", Asked::Request, Some(("1.5", "1500m", own, "limits"))),
            ("{}", "{limits: {cpu: ' 2 '}}", Asked::Limit, Some(("2", "2", own, "limits"))),
            (
                "{}",
                "{requests: {cpu: 0}, limits: {cpu: 2}}",
                Asked::Request,
                Some(("0", "0", own, "requests")),
            ),
            ("{limits: {cpu: 4}}", "{limits: {cpu: 2}}", Asked::Limit, Some(("2", "2", own, "limits"))),
            ("{limits: {cpu: 4}}", "{}", Asked::Limit, Some(("4", "4", pod, "limits"))),
            ("{limits: {cpu: 4}}", "{limits: {cpu: 0}}", Asked::Limit, Some(("4", "4", pod, "limits"))),
            ("{limits: {cpu: 4}}", "{}", Asked::Request, Some(("4", "4", pod, "limits"))),
            (
                "{requests: {cpu: 3}, limits: {cpu: 4}}",
                "{}",
                Asked::Request,
                Some(("3", "3", pod, "requests")),
            ),
            ("{limits: {cpu: 0}}", "{}", Asked::Limit, None),
        ] {
            let expected = expected.map(|(text, worth, base, list): (&str, &str, &str, &str)| {
                (text.to_owned(), Some(worth.parse().unwrap()), format!("{base}.{list}.cpu"))
            });
            assert_eq!(asked(pods, owns, of), expected, "{pods} {owns} {of:?}");
        }
        let none = (String::from("0"), None, format!("{own}.limits.cpu"));
        assert_eq!(asked("{}", "{limits: {cpu: 0m}}", Asked::Limit).map(|found| found.1), Some(None));
        assert_eq!(asked("{}", "{limits: {cpu: 0}}", Asked::Limit), Some(none));
    }
}
