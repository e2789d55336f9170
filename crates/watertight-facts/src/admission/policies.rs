//! Policies of the other engines, as far as it matters whether they refuse and whether they verify images.

use watertight_model::Identity;
use watertight_syntax::{Kind, Path, Value};

use super::text::At;
use super::{AdmissionFacts, Engine, Loose, Looseness, PolicyFacts, signer};

/// The facts of a policy or a binding of one.
pub(super) fn of(identity: &Identity, root: Value<'_>) -> Option<AdmissionFacts> {
    let at = At(root);
    let facts = match (&*identity.group, &*identity.kind) {
        ("constraints.gatekeeper.sh", kind) => gatekeeper(kind, at),
        ("templates.gatekeeper.sh", "ConstraintTemplate") => return template(at),
        ("policies.kubewarden.io", kind) if kind.contains("AdmissionPolicy") => kubewarden(at),
        ("policy.jspolicy.com", "JsPolicy") => refusing(Engine::JsPolicy),
        ("policy.sigstore.dev", "ClusterImagePolicy") => sigstore(at),
        ("config.openshift.io", "ClusterImagePolicy" | "ImagePolicy") => {
            PolicyFacts { verifies_images: true, ..refusing(Engine::OpenShift) }
        }
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicy") => built_in(at),
        ("admissionregistration.k8s.io", "ValidatingAdmissionPolicyBinding") => {
            return Some(AdmissionFacts::Binding(binding(at)));
        }
        _ => return None,
    };
    Some(AdmissionFacts::Policy(facts))
}

fn refusing(engine: Engine) -> PolicyFacts {
    PolicyFacts { refuses: true, ..PolicyFacts::of(engine) }
}

/// `enforcementAction` is `deny` unless written (`pkg/util/enforcement_action.go` of
/// open-policy-agent/gatekeeper). What `scoped` does is not looked into.
fn gatekeeper(kind: &str, at: At<'_>) -> PolicyFacts {
    let mut facts = PolicyFacts::of(Engine::Gatekeeper);
    facts.verifies_images = kind.to_ascii_lowercase().contains("ratify");
    match at.text("spec.enforcementAction") {
        Some(action @ ("dryrun" | "warn")) => {
            facts.only_reports.push((Path::root().at("spec.enforcementAction"), action.to_owned()));
        }
        _ => facts.refuses = true,
    }
    facts
}

/// A template that asks a provider of signatures. It refuses only with a constraint.
fn template(at: At<'_>) -> Option<AdmissionFacts> {
    const SIGNERS: [&str; 5] = ["ratify", "cosign", "notation", "notary", "signature"];
    let asks = |value: Value<'_>| {
        let rego = At(value).text("rego").unwrap_or_default().to_ascii_lowercase();
        rego.contains("external_data(") && SIGNERS.iter().any(|signer| rego.contains(signer))
    };
    let targets = at.value("spec.targets").into_iter().flat_map(Value::items);
    let verifies = targets.into_iter().any(asks);
    verifies.then(|| {
        AdmissionFacts::Policy(PolicyFacts { verifies_images: true, ..PolicyFacts::of(Engine::Gatekeeper) })
    })
}

/// `mode` is `protect` unless written (`api/policies/v1` of kubewarden/kubewarden-controller).
fn kubewarden(at: At<'_>) -> PolicyFacts {
    let mut facts = PolicyFacts::of(Engine::Kubewarden);
    facts.verifies_images = at.text("spec.module").is_some_and(|module| module.contains("verify-image"));
    let spec = Path::root().key("spec");
    if at.text("spec.mode") == Some("monitor") {
        facts.only_reports.push((spec.key("mode"), "monitor".to_owned()));
    } else {
        facts.refuses = true;
    }
    if at.text("spec.failurePolicy") == Some("Ignore") {
        facts.fails_open = Some(spec.key("failurePolicy"));
    }
    facts
}

/// `pkg/apis/policy/v1beta1/clusterimagepolicy_types.go` of sigstore/policy-controller: `mode` is
/// `enforce` unless written, and one authority that is met is enough.
fn sigstore(at: At<'_>) -> PolicyFacts {
    let mut facts = PolicyFacts { verifies_images: true, ..PolicyFacts::of(Engine::PolicyController) };
    if at.text("spec.mode") == Some("warn") {
        facts.only_reports.push((Path::root().at("spec.mode"), "warn".to_owned()));
    } else {
        facts.refuses = true;
    }
    for (path, authority) in at.items(&Path::root(), "spec.authorities") {
        if authority.text("static.action") == Some("pass") {
            facts.loose.push(Loose { path: path.at("static.action"), what: Looseness::AlwaysPasses });
        }
        if authority.value("keyless").is_none() {
            continue;
        }
        let path = path.key("keyless");
        let mut identities = authority.items(&path, "keyless.identities").peekable();
        if identities.peek().is_none() {
            facts.loose.push(Loose { path: path.key("identities"), what: Looseness::AnySubject });
        }
        for (index, (_, identity)) in identities.enumerate() {
            signer::identity(identity, &path.key("identities").index(index), &mut facts.loose);
        }
    }
    facts
}

/// Without a binding it decides nothing; what it refuses with is the binding's.
fn built_in(at: At<'_>) -> PolicyFacts {
    let mut facts = PolicyFacts::of(Engine::BuiltIn);
    if at.text("spec.failurePolicy") == Some("Ignore") {
        facts.fails_open = Some(Path::root().at("spec.failurePolicy"));
    }
    facts
}

/// A binding of a ValidatingAdmissionPolicy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BindingFacts {
    /// The name of the policy.
    pub policy: String,
    /// What happens to what violates it; none is refused by the API server.
    pub actions: Vec<String>,
}

impl BindingFacts {
    /// Whether it refuses what violates the policy.
    #[must_use]
    pub fn refuses(&self) -> bool {
        self.actions.iter().any(|action| action == "Deny")
    }
}

fn binding(at: At<'_>) -> BindingFacts {
    let actions = at.value("spec.validationActions").filter(|actions| actions.kind() == Kind::List);
    BindingFacts {
        policy: at.text("spec.policyName").unwrap_or_default().to_owned(),
        actions: actions
            .into_iter()
            .flat_map(Value::items)
            .filter_map(Value::as_str)
            .map(str::to_owned)
            .collect(),
    }
}
