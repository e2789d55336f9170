//! Label selectors, as the documentation of `LabelSelector` has them
//! (`staging/src/k8s.io/apimachinery/pkg/apis/meta/v1/types.go`).

use serde_json::Value;

use super::world::{list, text};

/// Whether a selector selects something whose labels are looked up.
pub(super) fn selects(selector: &Value, label: &mut dyn FnMut(&str) -> Option<String>) -> bool {
    // "The result of matchLabels and matchExpressions are ANDed. An empty label selector matches all objects."
    if let Some(wanted) = selector.get("matchLabels").and_then(Value::as_object) {
        for (key, value) in wanted {
            if label(key).as_deref() != value.as_str() {
                return false;
            }
        }
    }
    list(selector, "matchExpressions").iter().all(|requirement| meets(requirement, label))
}

fn meets(requirement: &Value, label: &mut dyn FnMut(&str) -> Option<String>) -> bool {
    let found = label(text(requirement, "key"));
    let among = |value: &String| list(requirement, "values").iter().any(|wanted| wanted == value);
    match text(requirement, "operator") {
        "In" => found.is_some_and(|value| among(&value)),
        // `Requirement.Matches` in `apimachinery/pkg/labels/selector.go`: also where the key is absent.
        "NotIn" => found.is_none_or(|value| !among(&value)),
        "Exists" => found.is_some(),
        "DoesNotExist" => found.is_none(),
        other => panic!("operator {other}"),
    }
}
