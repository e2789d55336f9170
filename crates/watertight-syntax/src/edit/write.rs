//! A new document in block style.

use serde_json::Value as Json;

use super::layout::Style;
use super::render::BlockStyle;

/// An object as a YAML document, in the style of kubectl: maps are indented by two, lists not at all. Keys
/// are in alphabetical order, but for those that come `first`, in this order and at every level.
#[must_use]
pub fn block_document(value: &Json, first: &[&str]) -> String {
    let style = BlockStyle { step: 2, list: 0, gap: 1, quotes: Style::Double, first };
    let mut lines = Vec::new();
    match value {
        Json::Object(map) if !map.is_empty() => style.map(&mut lines, None, 0, map),
        Json::Array(items) if !items.is_empty() => style.items(&mut lines, None, 0, items),
        other => lines.push(other.to_string()),
    }
    lines.push(String::new());
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let value = json!({
            "automountServiceAccountToken": false, "kind": "ServiceAccount", "apiVersion": "v1",
            "metadata": {"labels": {"on": "yes"}, "name": "default"}, "x": [{"b": [], "name": "m"}, [1]],
        });
        let text = block_document(&value, &["apiVersion", "kind", "metadata", "name"]);
        let wanted = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: default\n  labels:\n    \"on\": \"yes\"\nautomountServiceAccountToken: false\nx:\n- name: m\n  b: []\n- - 1\n";
        assert_eq!(text, wanted);
        assert_eq!(super::super::value_of_yaml(&text.as_str().into(), &Default::default()), Ok(value));
    }
}
