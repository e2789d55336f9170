//! What has to be true before anything is let in.

use watertight_engine::prelude::*;
use watertight_facts::admission::{
    ADMISSION_POLICY, ADMISSION_POLICY_BINDING, AdmissionFacts, Engine, MUTATING_WEBHOOKS, PolicyFacts,
    VALIDATING_WEBHOOKS, WebhookFacts,
};

use crate::registry;

registry! {
    admission_fails_open::ADMISSION_FAILS_OPEN,
    admission_policies_missing::ADMISSION_POLICIES_MISSING,
    admission_policy_only_reports::ADMISSION_POLICY_ONLY_REPORTS,
    admission_policy_unbound::ADMISSION_POLICY_UNBOUND,
    admission_webhook_opt_in::ADMISSION_WEBHOOK_OPT_IN,
    image_policy_without_namespace::IMAGE_POLICY_WITHOUT_NAMESPACE,
    image_signatures_unverified::IMAGE_SIGNATURES_UNVERIFIED,
    image_verification_loose::IMAGE_VERIFICATION_LOOSE,
    pattern_passes_unset::PATTERN_PASSES_UNSET,
    pod_security_exemption::POD_SECURITY_EXEMPTION,
    webhook_outside_cluster::WEBHOOK_OUTSIDE_CLUSTER,
}

/// The kinds by which it is known what is asked before an object is let in. Constraints of Gatekeeper are
/// of as many kinds as there are templates.
const ADMISSION: &[GroupKind] = &[
    VALIDATING_WEBHOOKS,
    MUTATING_WEBHOOKS,
    ADMISSION_POLICY,
    ADMISSION_POLICY_BINDING,
    GroupKind { group: "kyverno.io", kind: "ClusterPolicy" },
    GroupKind { group: "policies.kyverno.io", kind: "ImageValidatingPolicy" },
    GroupKind { group: "policies.kyverno.io", kind: "ValidatingPolicy" },
    GroupKind { group: "policy.sigstore.dev", kind: "ClusterImagePolicy" },
    GroupKind { group: "config.openshift.io", kind: "ClusterImagePolicy" },
    GroupKind { group: "templates.gatekeeper.sh", kind: "ConstraintTemplate" },
];

/// Whether everything that decides about admission is in view. Each engine but the API server itself
/// registers a webhook.
fn all_in_view(view: View<'_>) -> bool {
    [VALIDATING_WEBHOOKS, MUTATING_WEBHOOKS]
        .iter()
        .all(|kind| view.snapshot().is_complete(kind.group, kind.kind))
}

/// The policy that an object is.
fn policy(object: ObjectView<'_>) -> Option<&PolicyFacts> {
    match object.view().admission(object.id())? {
        AdmissionFacts::Policy(policy) => Some(policy),
        AdmissionFacts::Binding(_) | AdmissionFacts::Webhooks(_) => None,
    }
}

/// The webhooks that an object registers.
pub(crate) fn webhooks(object: ObjectView<'_>) -> Option<&[WebhookFacts]> {
    match object.view().admission(object.id())? {
        AdmissionFacts::Webhooks(webhooks) => Some(webhooks),
        AdmissionFacts::Binding(_) | AdmissionFacts::Policy(_) => None,
    }
}

/// The name of an engine.
fn engine(engine: Engine) -> &'static str {
    match engine {
        Engine::BuiltIn => "the API server",
        Engine::Kyverno => "Kyverno",
        Engine::Gatekeeper => "Gatekeeper",
        Engine::Kubewarden => "Kubewarden",
        Engine::JsPolicy => "jsPolicy",
        Engine::PolicyController => "policy-controller",
        Engine::OpenShift => "OpenShift",
    }
}
