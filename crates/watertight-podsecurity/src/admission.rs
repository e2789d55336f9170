//! What the admission plugin answers to requests. Start reading at [`Admission`].
//!
//! Follows `admission/admission.go` of kubernetes/pod-security-admission. What only a running API server
//! knows is left to the caller: decoding, which operations and subresources are asked about, and the time
//! that a namespace's pods may take.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::api::core::v1::{Container, EphemeralContainer, PodSpec};

use crate::configuration::Configuration;
use crate::level::{InvalidLabel, Labels, Level, LevelVersion, NamespacePolicy};
use crate::pod::Pod;
use crate::standards::Standards;
use crate::text::quote;

/// The admission plugin: standards and a configuration.
#[derive(Clone, Debug, Default)]
pub struct Admission {
    /// Which versions there are.
    pub standards: Standards,
    /// Defaults and exemptions.
    pub configuration: Configuration,
}

/// Who wants to create or change what, and where.
#[derive(Clone, Copy, Debug)]
pub struct Request<'r> {
    /// The namespace of the pod or of the controller.
    pub namespace: &'r str,
    /// The labels of that namespace.
    pub labels: &'r BTreeMap<String, String>,
    /// The authenticated name of the user.
    pub user: &'r str,
    /// The resource, with its group unless that is the core group: `pods`, `deployments.apps`.
    pub resource: &'r str,
    /// The name of the object; empty when the API server still has to make one.
    pub name: &'r str,
}

/// What the client and the audit log get to see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// Why the request is refused; `None` when it is allowed.
    pub refused: Option<String>,
    /// What the client is told all the same.
    pub warnings: Vec<String>,
    /// What goes into the audit event, by its whole key.
    pub audit_annotations: BTreeMap<&'static str, String>,
}

impl Response {
    /// Whether the request goes on.
    pub fn allowed(&self) -> bool {
        self.refused.is_none()
    }

    fn allow() -> Self {
        Self { refused: None, warnings: Vec::new(), audit_annotations: BTreeMap::new() }
    }

    fn exempt(what: &str) -> Self {
        let mut response = Self::allow();
        response.audit_annotations.insert(EXEMPT, what.to_owned());
        response
    }
}

/// A pod that is there when the policy of its namespace changes.
#[derive(Clone, Copy, Debug)]
pub struct Running<'p> {
    /// Its name.
    pub name: &'p str,
    /// The UID of its controller: of the pods of one controller, one is asked before those of others.
    pub controller: Option<&'p str>,
    /// The pod.
    pub pod: Pod<'p>,
}

/// Keys of audit annotations (`api/constants.go`).
const EXEMPT: &str = "pod-security.kubernetes.io/exempt";
const ERROR: &str = "pod-security.kubernetes.io/error";
const ENFORCED: &str = "pod-security.kubernetes.io/enforce-policy";
const VIOLATIONS: &str = "pod-security.kubernetes.io/audit-violations";

/// Of how many pods of a namespace at most the plugin looks (`defaultNamespaceMaxPodsToCheck`).
const PODS_OF_NAMESPACE: usize = 3000;

impl Admission {
    /// The policy of a namespace, and the labels of it that cannot be read.
    pub fn policy_of(&self, labels: &BTreeMap<String, String>) -> (NamespacePolicy, Vec<InvalidLabel>) {
        NamespacePolicy::from_labels(labels, &self.configuration.defaults)
    }

    /// Whether pods of this runtime class are not asked (`exemptRuntimeClass`).
    pub fn exempts_runtime_class_of(&self, spec: &PodSpec) -> bool {
        let class = spec.runtime_class_name.as_deref().unwrap_or_default();
        !class.is_empty()
            && self.configuration.exemptions.runtime_classes.iter().any(|exempt| exempt == class)
    }

    /// Whether nothing in this namespace is asked (`exemptNamespace`).
    pub fn exempts_namespace(&self, namespace: &str) -> bool {
        !namespace.is_empty()
            && self.configuration.exemptions.namespaces.iter().any(|exempt| exempt == namespace)
    }

    /// Whether this user is not asked (`exemptUser`).
    pub fn exempts_user(&self, user: &str) -> bool {
        !user.is_empty() && self.configuration.exemptions.usernames.iter().any(|exempt| exempt == user)
    }

    /// A pod is created, or changed in a way that [`is_significant_update`] (`ValidatePod`).
    pub fn pod(&self, request: Request<'_>, pod: Pod<'_>) -> Response {
        if let Some(exempt) = self.exempt(request) {
            return exempt;
        }
        let (policy, invalid) = self.policy_of(request.labels);
        if invalid.is_empty() && policy.fully_privileged() {
            let mut response = Response::allow();
            response.audit_annotations.insert(ENFORCED, LevelVersion::PRIVILEGED.to_string());
            return response;
        }
        self.evaluate(request, &policy, &invalid, pod, true)
    }

    /// An object with a pod template is created or changed. It is never refused: the policy is enforced
    /// upon the pods that it makes (`ValidatePodController`).
    pub fn controller(&self, request: Request<'_>, template: Pod<'_>) -> Response {
        if let Some(exempt) = self.exempt(request) {
            return exempt;
        }
        let (policy, invalid) = self.policy_of(request.labels);
        let privileged = |mode: LevelVersion| mode.level == Level::Privileged;
        if invalid.is_empty() && privileged(policy.warn) && privileged(policy.audit) {
            return Response::allow();
        }
        self.evaluate(request, &policy, &invalid, template, false)
    }

    /// A namespace is created: its labels have to be valid (`ValidateNamespace`).
    pub fn create_namespace(&self, name: &str, labels: &BTreeMap<String, String>) -> Response {
        let (policy, invalid) = self.policy_of(labels);
        if !invalid.is_empty() {
            return refuse_labels(name, &invalid);
        }
        let mut response = Response::allow();
        if self.exempts_namespace(name) {
            response.warnings.extend(self.ignored_labels(name, &policy, labels));
        }
        response
    }

    /// The labels of a namespace change. What is invalid may stay invalid; pods that are there already
    /// and violate a stricter `enforce` are told, and stay (`ValidateNamespace`).
    pub fn update_namespace<'p>(
        &self,
        name: &str,
        old: &BTreeMap<String, String>,
        new: &BTreeMap<String, String>,
        pods: impl IntoIterator<Item = Running<'p>>,
    ) -> Response {
        let (new_policy, new_invalid) = self.policy_of(new);
        let (old_policy, old_invalid) = self.policy_of(old);
        if !new_invalid.is_empty() && new_invalid != old_invalid {
            return refuse_labels(name, &new_invalid);
        }
        let mut response = Response::allow();
        let (enforce, before) = (new_policy.enforce, old_policy.enforce);
        let relaxed = enforce.version == before.version && enforce.level <= before.level;
        if enforce == before || enforce.level == Level::Privileged || relaxed {
            return response;
        }
        if self.exempts_namespace(name) {
            response.warnings.extend(self.ignored_labels(name, &new_policy, new));
        } else {
            response.warnings = self.violations_in_namespace(name, enforce, pods);
        }
        response
    }

    /// What a client is told about the pods of a namespace when a policy is about to be enforced
    /// (`EvaluatePodsInNamespace`). Upstream stops after a second; this does not look at a clock.
    pub fn violations_in_namespace<'p>(
        &self,
        namespace: &str,
        enforce: LevelVersion,
        pods: impl IntoIterator<Item = Running<'p>>,
    ) -> Vec<String> {
        /// The first name by spelling, and how many pods there are.
        type Count<'p> = (&'p str, usize);
        let policy = self.standards.policy(enforce);
        let pods = self.one_of_each_controller_first(pods);
        let mut counts: BTreeMap<String, Count<'p>> = BTreeMap::new();
        for running in pods.iter().take(PODS_OF_NAMESPACE) {
            let verdict = policy.evaluate(running.pod);
            if !verdict.allowed() {
                let (first, count) = counts.entry(verdict.reason()).or_insert((running.name, 0));
                *first = (*first).min(running.name);
                *count += 1;
            }
        }
        let mut warnings = Vec::new();
        if pods.len() > PODS_OF_NAMESPACE {
            warnings.push(format!(
                "new PodSecurity enforce level only checked against the first {PODS_OF_NAMESPACE} of {} existing pods",
                pods.len()
            ));
        }
        if !counts.is_empty() {
            warnings.push(format!(
                "existing pods in namespace {} violate the new PodSecurity enforce level \"{enforce}\"",
                quote(namespace)
            ));
        }
        let mut by_pod: Vec<String> = counts
            .into_iter()
            .map(|(reason, (first, count))| match count {
                1 => format!("{first}: {reason}"),
                2 => format!("{first} (and 1 other pod): {reason}"),
                _ => format!("{first} (and {} other pods): {reason}", count - 1),
            })
            .collect();
        by_pod.sort_unstable();
        warnings.append(&mut by_pod);
        warnings
    }

    /// `prioritizePods`
    fn one_of_each_controller_first<'p>(
        &self,
        pods: impl IntoIterator<Item = Running<'p>>,
    ) -> Vec<Running<'p>> {
        let mut seen = BTreeSet::new();
        let asked = pods.into_iter().filter(|running| !self.exempts_runtime_class_of(running.pod.spec));
        let (mut first, mut others): (Vec<_>, Vec<_>) =
            asked.partition(|running| running.controller.is_none_or(|controller| seen.insert(controller)));
        first.append(&mut others);
        first
    }

    fn exempt(&self, request: Request<'_>) -> Option<Response> {
        if self.exempts_namespace(request.namespace) {
            Some(Response::exempt("namespace"))
        } else if self.exempts_user(request.user) {
            Some(Response::exempt("user"))
        } else {
            None
        }
    }

    /// `EvaluatePod`
    fn evaluate(
        &self,
        request: Request<'_>,
        policy: &NamespacePolicy,
        invalid: &[InvalidLabel],
        pod: Pod<'_>,
        enforce: bool,
    ) -> Response {
        if self.exempts_runtime_class_of(pod.spec) {
            return Response::exempt("runtimeClass");
        }
        let mut response = Response::allow();
        if !invalid.is_empty() {
            response
                .audit_annotations
                .insert(ERROR, format!("Failed to parse policy: {}", aggregate(invalid)));
        }
        let violation = |mode: LevelVersion| {
            let verdict = self.standards.policy(mode).evaluate(pod);
            (!verdict.allowed()).then(|| format!("PodSecurity \"{mode}\": {}", verdict.detail()))
        };
        if enforce {
            response.audit_annotations.insert(ENFORCED, policy.enforce.to_string());
            response.refused =
                violation(policy.enforce).map(|why| forbidden(request, &format!("violates {why}")));
        }
        if let Some(why) = violation(policy.audit) {
            response.audit_annotations.insert(VIOLATIONS, format!("would violate {why}"));
        }
        // Who is refused is not warned as well.
        if response.allowed() {
            response.warnings.extend(violation(policy.warn).map(|why| format!("would violate {why}")));
        }
        response
    }

    /// What is told when labels are set that an exemption makes ineffective (`exemptNamespaceWarning`).
    fn ignored_labels(
        &self,
        namespace: &str,
        policy: &NamespacePolicy,
        labels: &BTreeMap<String, String>,
    ) -> Option<String> {
        if policy.fully_privileged() || policy.equivalent(&self.configuration.defaults) {
            return None;
        }
        let modes = [
            ("enforce", policy.enforce, Labels::ENFORCE),
            ("audit", policy.audit, Labels::AUDIT),
            ("warn", policy.warn, Labels::WARN),
        ];
        let ignored: Vec<String> = modes
            .into_iter()
            .filter(|(_, mode, keys)| mode.level != Level::Privileged && keys.set_in(labels))
            .map(|(name, mode, _)| format!("{name}={mode}"))
            .collect();
        Some(format!(
            "namespace {} is exempt from Pod Security, and the policy ({}) will be ignored",
            quote(namespace),
            ignored.join(", ")
        ))
    }
}

/// Whether a change of a pod is one that the plugin asks about: a container or an image that was not
/// there (`isSignificantPodUpdate`). Everything else that is judged cannot be changed.
pub fn is_significant_update(new: &PodSpec, old: &PodSpec) -> bool {
    fn images(containers: &[Container]) -> impl Iterator<Item = &str> {
        containers.iter().map(|container| container.image.as_deref().unwrap_or_default())
    }
    fn init(spec: &PodSpec) -> &[Container] {
        spec.init_containers.as_deref().unwrap_or_default()
    }
    let was_there = |container: &EphemeralContainer| {
        let mut olds = old.ephemeral_containers.iter().flatten();
        let before = olds.find(|before| before.name == container.name);
        before.is_some_and(|before| {
            before.image.as_deref().unwrap_or_default() == container.image.as_deref().unwrap_or_default()
        })
    };
    !images(&new.containers).eq(images(&old.containers))
        || !images(init(new)).eq(images(init(old)))
        || !new.ephemeral_containers.iter().flatten().all(was_there)
}

/// `NewForbidden` of apimachinery's `api/errors/errors.go`.
fn forbidden(request: Request<'_>, why: &str) -> String {
    if request.name.is_empty() {
        format!("{} is forbidden: {why}", request.resource)
    } else {
        format!("{} {} is forbidden: {why}", request.resource, quote(request.name))
    }
}

/// `NewInvalid` of apimachinery's `api/errors/errors.go`.
fn refuse_labels(namespace: &str, invalid: &[InvalidLabel]) -> Response {
    let why = format!("Namespace {} is invalid: {}", quote(namespace), aggregate(invalid));
    Response { refused: Some(why), ..Response::allow() }
}

/// Several errors in brackets, one without (`util/errors/errors.go` of apimachinery, `aggregate.Error`).
fn aggregate(invalid: &[InvalidLabel]) -> String {
    let errors: Vec<String> = invalid.iter().map(ToString::to_string).collect();
    match &errors[..] {
        [one] => one.clone(),
        several => format!("[{}]", several.join(", ")),
    }
}

#[cfg(test)]
#[path = "admission_tests.rs"]
mod tests;
