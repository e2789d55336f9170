//! Where a label contradicts Kubernetes: each a predicate on what the manifest says, with its source.
//! Never the name of a case.

use watertight_facts::{Container, Os, Resource, Role, Seccomp, Workload};
use watertight_model::Finding;

use super::{Case, Judged};

/// Which way the verdicts differ.
#[derive(PartialEq)]
pub(super) enum Differs {
    /// The label says fail and we are silent.
    WeAreSilent,
    /// The label says pass and we speak.
    WeSpeak,
}

/// One reason for which a label is not followed.
pub(super) struct Disagreement {
    pub(super) why: &'static str,
    /// The rules whose definition has the flaw.
    pub(super) rules: &'static [&'static str],
    pub(super) differs: Differs,
    /// Whether it is met at a container. Without a container it never is.
    pub(super) met: fn(&Case, Workload<'_>, Container<'_>) -> bool,
}

static DISAGREEMENTS: &[Disagreement] = &[
    Disagreement {
        why: "a request that is not written is the limit (SetDefaults_Pod, pkg/apis/core/v1/defaults.go)",
        rules: &["cpuRequestsMissing", "resources-cpu-limit-and-request", "resources-cpu-requests"],
        differs: Differs::WeAreSilent,
        met: |_, _, container| request_is_limit(container, Resource::Cpu),
    },
    Disagreement {
        why: "a request that is not written is the limit (SetDefaults_Pod, pkg/apis/core/v1/defaults.go)",
        rules: &["memoryRequestsMissing", "resources-memory-limit-and-request", "resources-memory-requests"],
        differs: Differs::WeAreSilent,
        met: |_, _, container| request_is_limit(container, Resource::Memory),
    },
    Disagreement {
        why: "an unset pull policy is Always for the tag `latest`, written or implied \
              (SetDefaults_Container, pkg/apis/core/v1/defaults.go)",
        rules: &["pullPolicyNotAlways"],
        differs: Differs::WeAreSilent,
        met: |_, _, container| {
            let unset = container.spec().image_pull_policy.as_deref().is_none_or(str::is_empty);
            unset && container.image().is_some_and(|image| image.is_latest())
        },
    },
    Disagreement {
        why: "a digest names its content, wherever the copy comes from \
              (docs: concepts/containers/images, image pull policy)",
        rules: &["pullPolicyNotAlways"],
        differs: Differs::WeAreSilent,
        met: |_, _, container| container.image().is_some_and(|image| image.is_pinned()),
    },
    Disagreement {
        why: "without a seccomp profile a container runs unconfined by seccomp, whatever SELinux, AppArmor \
              and capabilities do (docs: tutorials/security/seccomp; kubelet's seccompDefault is off)",
        rules: &["linuxHardening"],
        differs: Differs::WeSpeak,
        met: |_, _, container| {
            let drops = container.capabilities().and_then(|own| own.drop.as_ref());
            container.seccomp().value.is_none()
                && (container.selinux().value.is_some()
                    || container.apparmor().value.is_some()
                    || drops.is_some_and(|drops| !drops.is_empty()))
        },
    },
    Disagreement {
        why: "the field exists on containers only: PodSecurityContext in core/v1/types.go has none",
        rules: &["notReadOnlyRootFilesystem", "privilegeEscalationAllowed", "runAsPrivileged"],
        differs: Differs::WeSpeak,
        met: |case, workload, _| pod_level(case, workload),
    },
    Disagreement {
        why: "the field exists on containers only: PodSecurityContext in core/v1/types.go has none",
        rules: &["privilegeEscalationAllowed", "runAsPrivileged"],
        differs: Differs::WeAreSilent,
        met: |case, workload, _| pod_level(case, workload),
    },
    Disagreement {
        why: "a first part that is no host name is a path on docker.io \
              (splitDockerDomain, github.com/distribution/reference)",
        rules: &["container-image-repository", "rule-identify-blocklisted-image-registries"],
        differs: Differs::WeAreSilent,
        met: |_, _, container| hostless(container),
    },
    Disagreement {
        why: "a first part that is no host name is a path on docker.io \
              (splitDockerDomain, github.com/distribution/reference)",
        rules: &["container-image-repository", "rule-identify-blocklisted-image-registries"],
        differs: Differs::WeSpeak,
        met: |_, _, container| hostless(container),
    },
    Disagreement {
        why: "init, sidecar and ephemeral containers run with the same rights as others \
              (EachContainerVisitor, pkg/api/v1/pod/util.go), and the rule looks at `containers` only",
        rules: &[
            "container-hostPort",
            "container-image-repository",
            "drop-capability-netraw",
            "image-pull-policy-is-not-set-to-always",
            "rule-allow-privilege-escalation",
            "rule-identify-blocklisted-image-registries",
            "rule-identify-old-k8s-registry",
            "set-seccomp-profile",
            "set-seccomp-profile-RuntimeDefault",
        ],
        differs: Differs::WeSpeak,
        met: |_, _, container| container.role() != Role::Main,
    },
    Disagreement {
        why: "host port 0 is unset (ContainerPort, core/v1/types.go)",
        rules: &["container-hostPort"],
        differs: Differs::WeAreSilent,
        met: |_, _, container| {
            let ports = container.spec().ports.as_deref().unwrap_or_default();
            ports.iter().any(|port| port.host_port == Some(0))
                && ports.iter().all(|port| port.host_port.is_none_or(|host_port| host_port == 0))
        },
    },
    Disagreement {
        why: "the registry is frozen for every namespace (kubernetes.io/blog/2023/02/06/k8s-gcr-io-freeze-announcement)",
        rules: &["rule-identify-old-k8s-registry"],
        differs: Differs::WeSpeak,
        met: |_, workload, _| workload.identity().namespace.name() != Some("kube-system"),
    },
    Disagreement {
        why: "a profile of the node's own is allowed by Restricted \
              (check_seccompProfile_restricted.go, k8s.io/pod-security-admission)",
        rules: &["set-seccomp-profile-RuntimeDefault"],
        differs: Differs::WeAreSilent,
        met: |_, _, container| matches!(container.seccomp().value, Some(Seccomp::Localhost(name)) if !name.is_empty()),
    },
    Disagreement {
        why: "an unset procMount is Default (SecurityContext, core/v1/types.go)",
        rules: &["set-procmount-default"],
        differs: Differs::WeAreSilent,
        met: |_, _, container| container.security().is_none_or(|own| own.proc_mount.is_none()),
    },
    Disagreement {
        why: "the kubelet does not start ContainerAdministrator under runAsNonRoot \
              (verifyRunAsNonRoot, pkg/kubelet/kuberuntime/security_context_windows.go)",
        rules: &["set-runasusername-value"],
        differs: Differs::WeAreSilent,
        met: |_, workload, container| {
            workload.os() == Os::Windows && container.run_as_non_root().value == Some(true)
        },
    },
    Disagreement {
        why: "the kubelet does not start UID 0 under runAsNonRoot, and another UID is not root without it \
              (verifyRunAsNonRoot, pkg/kubelet/kuberuntime/security_context_others.go)",
        rules: &["runAsRootAllowed"],
        differs: Differs::WeAreSilent,
        met: |_, _, container| {
            let (user, guarded) = (container.run_as_user().value, container.run_as_non_root().value);
            matches!((user, guarded), (Some(0), Some(true)) | (Some(1..), Some(false)))
        },
    },
    Disagreement {
        why: "other capabilities also lead to the node: Baseline forbids them \
              (check_capabilities_baseline.go, k8s.io/pod-security-admission), and the check knows three",
        rules: &["dangerousCapabilities"],
        differs: Differs::WeSpeak,
        met: |_, _, container| {
            let known = ["ALL", "SYS_ADMIN", "NET_ADMIN"];
            let added = container.capabilities().and_then(|own| own.add.as_deref()).unwrap_or_default();
            added.iter().all(|name| !known.iter().any(|known| name.eq_ignore_ascii_case(known)))
        },
    },
    Disagreement {
        why: "the colon begins a port, so that the tag is `latest` (ReferenceRegexp, github.com/distribution/reference)",
        rules: &["tagNotSpecified"],
        differs: Differs::WeSpeak,
        met: |_, _, container| {
            container.image().is_some_and(|image| image.registry.contains(':') && image.tag.is_none())
        },
    },
    Disagreement {
        why: "of one replica a budget keeps none or blocks every drain \
              (getExpectedPodCount, pkg/controller/disruption/disruption.go); `replicas` not written is one \
              (SetDefaults_Deployment, pkg/apis/apps/v1/defaults.go)",
        rules: &["missingPodDisruptionBudget"],
        differs: Differs::WeAreSilent,
        met: |_, workload, _| replicas(workload).is_some_and(|count| count <= 1),
    },
];

/// Why the verdicts differ, when every place at which they do is accounted for.
pub(super) fn explain(judged: &Judged<'_>) -> Option<&'static str> {
    if !judged.unread.is_empty() || judged.speaks() == judged.case.fails {
        return None;
    }
    if let Some(why) = super::rbac::explain(judged)
        .or_else(|| super::secrets::explain(judged))
        .or_else(|| super::availability::explain(judged))
        .or_else(|| super::network::explain(judged))
    {
        return Some(why);
    }
    let at = if judged.speaks() { Differs::WeSpeak } else { Differs::WeAreSilent };
    let places = if judged.speaks() { spoken(judged)? } else { labelled(judged)? };
    let mut why = None;
    for one_of in places {
        let found = one_of.into_iter().find_map(|(workload, container)| {
            DISAGREEMENTS.iter().chain(super::components::DISAGREEMENTS).find(|entry| {
                entry.differs == at
                    && entry.rules.contains(&judged.case.rule.as_str())
                    && (entry.met)(judged.case, workload, container)
            })
        });
        why.get_or_insert(found?.why);
    }
    why
}

/// Places, each with the containers one of which must be accounted for.
type Places<'a> = Vec<Vec<(Workload<'a>, Container<'a>)>>;

/// The container of every finding.
fn spoken<'a>(judged: &'a Judged<'_>) -> Option<Places<'a>> {
    let at = |finding: &Finding| {
        let workload = judged.workload(finding.shown_by?)?;
        let container = workload.containers().find(|container| container.path().covers(&finding.path))?;
        Some(vec![(workload, container)])
    };
    judged.findings.iter().map(at).collect()
}

/// The containers that the label names; all of them as one place when it names none.
fn labelled<'a>(judged: &'a Judged<'_>) -> Option<Places<'a>> {
    let all = |workload: Workload<'a>| workload.containers().map(move |container| (workload, container));
    if judged.case.places.is_empty() {
        return Some(vec![judged.workloads().flat_map(all).collect()]);
    }
    let at = |place: &super::cases::Place| {
        let is_it = |workload: &Workload<'_>| {
            let who = judged.snapshot().object(workload.id()).identity();
            *who.kind == *place.kind && *who.name == *place.name
        };
        let named = |container: &Container<'_>| {
            let own = container.path().to_string();
            place.container.as_ref().is_none_or(|name| super::cases::container(&own).as_ref() == Some(name))
        };
        let found: Vec<_> = judged
            .workloads()
            .filter(is_it)
            .flat_map(all)
            .filter(|(_, container)| named(container))
            .collect();
        Some(found).filter(|found| !found.is_empty())
    };
    judged.case.places.iter().map(at).collect()
}

fn wrote(container: Container<'_>, resource: Resource, also_request: bool) -> bool {
    let resources = container.spec().resources.as_ref();
    let limit = resources.and_then(|own| own.limits.as_ref());
    let request = resources.and_then(|own| own.requests.as_ref());
    limit.is_some_and(|list| list.contains_key(resource.name()))
        && (!also_request || request.is_some_and(|list| list.contains_key(resource.name())))
}

fn request_is_limit(container: Container<'_>, resource: Resource) -> bool {
    wrote(container, resource, false) && !wrote(container, resource, true)
}

fn hostless(container: Container<'_>) -> bool {
    container.image().is_some_and(|image| {
        image.registry == "docker.io"
            && image.repository.contains('/')
            && !image.text.starts_with("docker.io/")
    })
}

/// The replicas that a workload asks for.
fn replicas(workload: Workload<'_>) -> Option<i64> {
    let written = workload.view().snapshot().object(workload.id()).body().ok()?;
    let replicas = written.root().get("spec")?.get("replicas");
    Some(replicas.and_then(watertight_syntax::Value::as_i64).unwrap_or(1))
}

/// Whether the pod's security context has the container field that the rule is about.
fn pod_level(case: &Case, workload: Workload<'_>) -> bool {
    let field = match case.rule.as_str() {
        "notReadOnlyRootFilesystem" => "readOnlyRootFilesystem",
        "privilegeEscalationAllowed" => "allowPrivilegeEscalation",
        _ => "privileged",
    };
    workload.unknown_fields().contains(&workload.path().key("securityContext").key(field))
}

/// A disagreement explains what it is about, and nothing that is merely near.
#[test]
fn only_what_is_meant_is_explained() {
    let pod = |container: &str| {
        format!(
            "{{apiVersion: v1, kind: Pod, metadata: {{name: p}}, spec: {{containers: [{{name: c, {container}}}]}}}}"
        )
    };
    let limit_only = "image: a, resources: {limits: {cpu: 1}}";
    for (rule, fails, controls, container, explained) in [
        ("cpuRequestsMissing", true, "cpu-request-missing", limit_only, true),
        // The same silence under a rule about another resource, or without the limit, is wrong.
        ("memoryRequestsMissing", true, "cpu-request-missing", limit_only, false),
        (
            "cpuRequestsMissing",
            true,
            "cpu-request-missing",
            "image: a, resources: {requests: {cpu: 1}}",
            false,
        ),
        ("pullPolicyNotAlways", true, "stale-image-allowed", "image: a", true),
        ("pullPolicyNotAlways", true, "stale-image-allowed", "image: a, imagePullPolicy: Always", false),
        (
            "linuxHardening",
            false,
            "seccomp-not-set",
            "image: a, securityContext: {capabilities: {drop: [ALL]}}",
            true,
        ),
        ("linuxHardening", false, "seccomp-not-set", "image: a", false),
        ("tagNotSpecified", false, "image-tag-latest", "image: 'host:5000/a'", true),
        ("tagNotSpecified", false, "image-tag-latest", "image: a", false),
        (
            "dangerousCapabilities",
            false,
            "dangerous-capability",
            "securityContext: {capabilities: {add: [SYS_MODULE]}}",
            true,
        ),
        (
            "dangerousCapabilities",
            false,
            "dangerous-capability",
            "securityContext: {capabilities: {add: [sys_admin]}}",
            false,
        ),
        (
            "runAsRootAllowed",
            true,
            "may-run-as-root",
            "securityContext: {runAsNonRoot: true, runAsUser: 0}",
            true,
        ),
        ("runAsRootAllowed", true, "may-run-as-root", "securityContext: {runAsNonRoot: true}", false),
        ("container-hostPort", true, "host-port", "ports: [{containerPort: 1, hostPort: 0}]", true),
        ("container-hostPort", true, "host-port", "ports: [{containerPort: 1}]", false),
        (
            "ensure-that-the-api-server-request-timeout-argument-is-set-as-appropriate",
            true,
            "request-timeout-long",
            "command: [kube-apiserver, --request-timeout=30s]",
            true,
        ),
        (
            "ensure-that-the-api-server-request-timeout-argument-is-set-as-appropriate",
            true,
            "request-timeout-long",
            "command: [kube-apiserver]",
            false,
        ),
        ("missingPodDisruptionBudget", true, "disruption-budget-missing", "image: a", true),
        (
            "resources-cpu-limit-and-request",
            true,
            "cpu-limit-missing",
            "resources: {limits: {cpu: 9}, requests: {cpu: 9}}",
            false,
        ),
    ] {
        let case = Case::of_text(rule, fails, &pod(container));
        let rows = super::crosswalk::read(&format!("rule\tcontrols\tnote\n{rule}\t{controls}\t")).unwrap();
        let snapshot = case.snapshot();
        let world = watertight_facts::World::new(&snapshot, &case.settings);
        let judged = Judged::of(&case, &rows[0], &world);
        assert_ne!(judged.speaks(), fails, "{rule}: {container}: no disagreement");
        assert_eq!(explain(&judged).is_some(), explained, "{rule}: {container}");
    }
}
