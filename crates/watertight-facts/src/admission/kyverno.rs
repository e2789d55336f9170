//! Policies of Kyverno: `kyverno.io`, and the newer kinds of `policies.kyverno.io`.

use watertight_model::Identity;
use watertight_syntax::{Path, Value};

use super::text::At;
use super::{Engine, Loose, Looseness, PolicyFacts, pattern, signer};

/// The facts of a policy.
pub(super) fn of(identity: &Identity, root: Value<'_>) -> Option<PolicyFacts> {
    match (&*identity.group, &*identity.kind) {
        ("kyverno.io", "ClusterPolicy" | "Policy") => Some(rules(At(root))),
        ("policies.kyverno.io", kind) => newer(kind, At(root)),
        _ => None,
    }
}

/// `spec.rules`. What a rule does about a violation is its own `failureAction`, else the policy's
/// `validationFailureAction`, else `Audit` (`api/kyverno/v1/spec_types.go`).
fn rules(at: At<'_>) -> PolicyFacts {
    let mut facts = PolicyFacts::of(Engine::Kyverno);
    let spec = Path::root().key("spec");
    let action_at = spec.key("validationFailureAction");
    let of_policy = at.text("spec.validationFailureAction");
    if at.text("spec.failurePolicy") == Some("Ignore") {
        facts.fails_open = Some(spec.key("failurePolicy"));
    }
    for (path, rule) in at.items(&Path::root(), "spec.rules") {
        if rule.value("validate").is_some() {
            let own = rule.text("validate.failureAction");
            let place = if own.is_some() { path.at("validate.failureAction") } else { action_at.clone() };
            facts.acts(own.or(of_policy), place);
            facts.passes_unset.extend(unset(rule, &path.key("validate")));
        }
        for (path, verification) in rule.items(&path, "verifyImages") {
            facts.verifies_images = true;
            let own = verification.text("failureAction");
            let place = if own.is_some() { path.key("failureAction") } else { action_at.clone() };
            facts.acts(own.or(of_policy), place);
            image_verification(verification, &path, &mut facts.loose);
        }
    }
    facts
}

/// `validate.pattern`, or `validate.anyPattern`, of which one has to be met.
fn unset(rule: At<'_>, path: &Path) -> Option<Path> {
    if let Some(wanted) = rule.value("validate.pattern") {
        return pattern::passes_unset(wanted).map(|below| path.key("pattern").join(&below));
    }
    let mut alternatives = rule.items(path, "validate.anyPattern");
    alternatives.find_map(|(_, At(wanted))| {
        let below = pattern::passes_unset(wanted)?;
        Some(path.key("anyPattern").join(&below))
    })
}

/// `ImageVerification` in `api/kyverno/v1/image_verification_types.go`.
fn image_verification(at: At<'_>, path: &Path, found: &mut Vec<Loose>) {
    for (field, what) in [
        ("required", Looseness::NotRequired),
        ("mutateDigest", Looseness::TagStays),
        ("verifyDigest", Looseness::TagAccepted),
    ] {
        if at.bool(field) == Some(false) {
            found.push(Loose { path: path.key(field), what });
        }
    }
    for (path, set) in at.items(path, "attestors") {
        for (path, entry) in set.items(&path, "entries") {
            if let Some(keyless) = entry.value("keyless") {
                signer::identity(At(keyless), &path.key("keyless"), found);
            }
        }
    }
}

/// `ValidatingPolicy`, `ImageValidatingPolicy` and their namespaced forms; without `validationActions`
/// they refuse (`api/policies.kyverno.io`).
fn newer(kind: &str, at: At<'_>) -> Option<PolicyFacts> {
    let kind = kind.strip_prefix("Namespaced").unwrap_or(kind);
    if !matches!(kind, "ValidatingPolicy" | "ImageValidatingPolicy") {
        return None;
    }
    let mut facts = PolicyFacts::of(Engine::Kyverno);
    let spec = Path::root().key("spec");
    facts.verifies_images = kind == "ImageValidatingPolicy";
    if at.text("spec.failurePolicy") == Some("Ignore") {
        facts.fails_open = Some(spec.key("failurePolicy"));
    }
    let actions: Vec<&str> = at.texts("spec.validationActions").collect();
    if actions.is_empty() || actions.contains(&"Deny") {
        facts.refuses = true;
    } else {
        facts.only_reports.push((spec.key("validationActions"), actions.join(", ")));
    }
    for (path, attestor) in at.items(&Path::root(), "spec.attestors") {
        for (path, identity) in attestor.items(&path, "cosign.keyless.identities") {
            signer::identity(identity, &path, &mut facts.loose);
        }
    }
    Some(facts)
}
