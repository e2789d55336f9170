//! Whether a pattern of Kyverno lets a pod pass that sets nothing.
//!
//! Upstream: `pkg/engine/validate/validate.go` and `pkg/engine/anchor` of kyverno/kyverno. Read is what
//! the question needs: anchors, maps, lists, and whether a leaf can be met by nothing.

use watertight_syntax::{Kind, Path, Value};

/// Fields whose absence leaves a pod as weak as the wrong value would.
const WEAK_WHEN_UNSET: [&str; 8] = [
    "allowPrivilegeEscalation",
    "automountServiceAccountToken",
    "capabilities",
    "readOnlyRootFilesystem",
    "runAsNonRoot",
    "runAsUser",
    "seccompProfile",
    "drop",
];

/// The first field that a pattern asks for and that a pod without it meets all the same; `None` when such
/// a pod is refused, or no such field is asked for.
pub(super) fn passes_unset(pattern: Value<'_>) -> Option<Path> {
    let spec = pattern.entries().find(|(key, _)| anchor(key).1 == "spec")?.1;
    let field = weak_field(pattern, &Path::root())?;
    meets_bare_pod(spec).then_some(field)
}

/// An anchor and the key in it: `=(a)` is `=` and `a`.
fn anchor(key: &str) -> (&str, &str) {
    for sign in ["=", "^", "X", "+", "<", ""] {
        if let Some(inner) = key.strip_prefix(sign).and_then(|key| key.strip_prefix('('))
            && let Some(inner) = inner.strip_suffix(')')
        {
            return (if sign.is_empty() { "(" } else { sign }, inner);
        }
    }
    ("", key)
}

fn weak_field(pattern: Value<'_>, path: &Path) -> Option<Path> {
    for (key, below) in pattern.entries() {
        let (sign, name) = anchor(key);
        let here = path.key(key.to_owned());
        if sign != "X" && WEAK_WHEN_UNSET.contains(&name) && below.kind() != Kind::Null {
            return Some(here);
        }
        if let Some(found) = weak_field(below, &here) {
            return Some(found);
        }
    }
    pattern.items().enumerate().find_map(|(index, item)| weak_field(item, &path.index(index)))
}

/// Whether the spec of a pod with one container, which has a name and an image, meets a pattern.
fn meets_bare_pod(spec: Value<'_>) -> bool {
    spec.entries().all(|(key, wanted)| match anchor(key) {
        (_, "containers") => wanted.items().all(meets_bare_container),
        (sign, _) => met_by_nothing(sign, wanted),
    })
}

fn meets_bare_container(pattern: Value<'_>) -> bool {
    // A conditional anchor that is not met leaves the container alone.
    let skips = |(key, wanted): (&str, Value<'_>)| {
        let (sign, name) = anchor(key);
        matches!(sign, "(" | "<") && !matches!(name, "name" | "image") && wanted.kind() != Kind::Null
    };
    pattern.entries().any(skips)
        || pattern.entries().all(|(key, wanted)| match anchor(key) {
            (_, "name" | "image") => true,
            (sign, _) => met_by_nothing(sign, wanted),
        })
}

/// Whether an absent field meets what is wanted of it.
fn met_by_nothing(sign: &str, wanted: Value<'_>) -> bool {
    match sign {
        // Only looked at when the field is there, or set when it is not.
        "=" | "X" | "(" | "<" | "+" => true,
        "^" => false,
        _ => match wanted.kind() {
            Kind::Null => true,
            Kind::Map => {
                let mut entries = wanted.entries().peekable();
                entries.peek().is_some() && entries.all(|(key, below)| met_by_nothing(anchor(key).0, below))
            }
            _ => false,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use watertight_syntax::{Limits, yaml};

    fn weak(pattern: &str) -> Option<String> {
        let documents = yaml::parse(&pattern.into(), &Limits::default());
        let document = documents[0].document.as_ref().unwrap().as_ref().unwrap();
        passes_unset(document.root()).map(|path| path.to_string())
    }

    #[test]
    fn what_is_asked_for_only_if_it_is_there_lets_bare_pods_pass() {
        for pattern in [
            "{spec: {=(securityContext): {=(runAsNonRoot): true}, containers: [{=(securityContext): {=(runAsNonRoot): true}}]}}",
            "{spec: {containers: [{=(securityContext): {allowPrivilegeEscalation: false}}]}}",
            "{spec: {=(containers): [{(securityContext): {capabilities: {drop: [ALL]}}}]}}",
            "{spec: {=(automountServiceAccountToken): false}}",
        ] {
            assert!(weak(pattern).is_some(), "{pattern}");
        }
        for pattern in [
            // The pod has to set it; what containers say is looked at where they do.
            "{spec: {securityContext: {runAsNonRoot: true}, containers: [{=(securityContext): {=(runAsNonRoot): true}}]}}",
            "{spec: {containers: [{securityContext: {allowPrivilegeEscalation: false}}]}}",
            // What is not set is not privileged.
            "{spec: {=(hostNetwork): false, containers: [{=(securityContext): {=(privileged): false}}]}}",
            "{spec: {containers: [{name: '*', resources: {limits: {memory: '?*'}}}]}}",
            "{metadata: {labels: {app: '?*'}}}",
        ] {
            assert_eq!(weak(pattern), None, "{pattern}");
        }
    }
}
