//! Values as YAML that people can edit and every parser reads alike.

use std::io::{self, Write};

use serde_json::Value;

/// Writes an object as a document, its keys in the order of the value.
///
/// # Errors
/// When the writer fails.
pub(crate) fn write(value: &Value, out: &mut dyn Write) -> io::Result<()> {
    block(value, 0, false, out)
}

/// A value whose first line may continue one that stands already.
fn block(value: &Value, indent: usize, continues: bool, out: &mut dyn Write) -> io::Result<()> {
    let pad = |first: bool, out: &mut dyn Write| match first && continues {
        true => Ok(()),
        false => write!(out, "{:indent$}", ""),
    };
    match value {
        Value::Object(map) => {
            for (number, (key, value)) in map.iter().enumerate() {
                pad(number == 0, out)?;
                write!(out, "{}:", scalar(key))?;
                match value {
                    Value::Object(below) if !below.is_empty() => {
                        writeln!(out)?;
                        block(value, indent + 2, false, out)?;
                    }
                    Value::Array(items) if items.iter().any(|item| item.is_object() || item.is_array()) => {
                        writeln!(out)?;
                        block(value, indent, false, out)?;
                    }
                    _ => writeln!(out, " {}", flow(value))?,
                }
            }
        }
        Value::Array(items) => {
            for (number, item) in items.iter().enumerate() {
                pad(number == 0, out)?;
                write!(out, "- ")?;
                match item {
                    Value::Object(below) if !below.is_empty() => block(item, indent + 2, true, out)?,
                    _ => writeln!(out, "{}", flow(item))?,
                }
            }
        }
        _ => {
            pad(true, out)?;
            writeln!(out, "{}", flow(value))?;
        }
    }
    Ok(())
}

/// A value on one line.
fn flow(value: &Value) -> String {
    match value {
        Value::String(text) => scalar(text),
        Value::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        // JSON is YAML.
        other => other.to_string(),
    }
}

/// Plain where every parser of YAML 1.1 and 1.2 reads the same text; else in quotes, as in JSON.
fn scalar(text: &str) -> String {
    let inner = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'/' | b'_');
    let starts = text.bytes().next().is_some_and(|byte| byte.is_ascii_alphabetic());
    let word = ["y", "n", "yes", "no", "on", "off", "true", "false", "null"]
        .iter()
        .any(|word| text.eq_ignore_ascii_case(word));
    if starts && !word && text.bytes().all(inner) { text.to_owned() } else { Value::from(text).to_string() }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use serde_json::json;
    use watertight_syntax::{Limits, yaml};

    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let value = json!({
            "kind": "Role", "metadata": {"name": "minimized:user:a", "labels": {}, "n": 1, "yes": "on"},
            "rules": [
                {"apiGroups": ["", "apps"], "verbs": ["get", "*"], "resourceNames": ["1", "true", "a b", "#x", "ü\n"]},
                {"nonResourceURLs": ["/metrics"], "deep": [[1, [2]], {}], "null": null},
            ],
            "empty": [], "text": "",
        });
        let mut out = Vec::new();
        write(&value, &mut out).unwrap();
        let text: Arc<str> = String::from_utf8(out).unwrap().into();
        let read = yaml::parse(&text, &Limits::default()).remove(0).document.unwrap().unwrap();
        assert_eq!(read.root().to_json(), value, "{text}");
        assert!(text.contains("\n- apiGroups: [\"\", apps]\n"), "{text}");
    }
}
