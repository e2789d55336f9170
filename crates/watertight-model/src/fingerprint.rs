use std::fmt::{self, Write as _};

use sha2::{Digest, Sha256};
use watertight_syntax::{Kind, Path, Segment, Value};

use crate::Identity;

/// A finding's identity, stable over reformatting, reordering and new neighbours:
/// `v1:` and 128 bits of SHA-256 over control, group, kind, namespace, name, the path with list
/// items addressed by their merge keys, and a discriminator.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Fingerprint(String);

impl Fingerprint {
    /// Computes it. `file` is the relative file, only where one identity occurs twice.
    #[must_use]
    pub fn new(control: &str, identity: &Identity, path: &str, discriminator: &str, file: &str) -> Self {
        let namespace = identity.namespace.name().unwrap_or_default();
        Self::of_words(&[
            control,
            &identity.group,
            &identity.kind,
            namespace,
            &identity.name,
            path,
            discriminator,
            file,
        ])
    }

    /// The identity of what is no finding of an object, such as a gap: over words that name it.
    #[must_use]
    pub fn of_words(parts: &[&str]) -> Self {
        let mut hash = Sha256::new();
        for part in parts {
            // The length before each part keeps ("ab", "c") apart from ("a", "bc").
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part.as_bytes());
        }
        let mut text = String::from("v1:");
        for byte in hash.finalize().iter().take(16) {
            // Writing to a String cannot fail.
            let _ = write!(text, "{byte:02x}");
        }
        Self(text)
    }

    /// The text of it.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The path with list items addressed by what identifies them instead of by position, as in
/// `.spec.containers[name=app].securityContext`. The merge keys are those of the API's
/// `x-kubernetes-list-map-keys`; a list without one keeps its positions.
#[must_use]
pub fn merge_key_path(root: Value<'_>, path: &Path) -> String {
    let mut text = String::new();
    let mut here = Some(root);
    let mut list = "";
    for segment in path.segments() {
        let below = here.and_then(|value| value.step(segment));
        // Writing to a String cannot fail.
        let _ = match segment {
            Segment::Key(key) => {
                list = key;
                write!(text, ".{key}")
            }
            Segment::Index(index) => {
                let flag = || Some(("", only_flag(list, here?, below?)?.to_owned()));
                match below.and_then(|item| merge_key(list, item)).or_else(flag) {
                    Some((name, value)) => write!(text, "[{name}={value}]"),
                    None => write!(text, "[{index}]"),
                }
            }
        };
        here = below;
    }
    text
}

/// The name of the flag that an item of a command line is, where no other item is the same flag.
fn only_flag<'a>(list: &str, items: Value<'a>, item: Value<'a>) -> Option<&'a str> {
    let flag = |item: Value<'a>| {
        let name = item.as_str()?.strip_prefix("--")?.split('=').next()?;
        Some(name).filter(|name| !name.is_empty())
    };
    let own = flag(item).filter(|_| matches!(list, "command" | "args"))?;
    (items.items().filter(|other| flag(*other) == Some(own)).count() == 1).then_some(own)
}

fn merge_key<'a>(list: &str, item: Value<'a>) -> Option<(&'static str, String)> {
    let name = match list {
        "containers"
        | "initContainers"
        | "ephemeralContainers"
        | "volumes"
        | "env"
        | "imagePullSecrets"
        | "subjects"
        | "sysctls"
        | "extraArgs"
        | "kubeletExtraArgs" => "name",
        "volumeMounts" => "mountPath",
        "volumeDevices" => "devicePath",
        "ports" => "containerPort",
        // Sets of words: the word is the identity.
        "add" | "drop" if item.kind() == Kind::String => return Some(("", item.as_str()?.to_owned())),
        _ => return None,
    };
    let value = item.get(name)?;
    let text =
        value.as_str().map(str::to_owned).or_else(|| value.as_i64().map(|number| number.to_string()))?;
    Some((name, text))
}

#[cfg(test)]
mod tests {
    use watertight_syntax::{Limits, yaml};

    use super::*;

    #[test]
    fn flags_keep_their_place_when_others_come() {
        let keyed = |text: &str, path: &str| {
            let document = yaml::parse(&text.into(), &Limits::default()).remove(0).document.unwrap().unwrap();
            merge_key_path(document.root(), &path.parse().unwrap())
        };
        assert_eq!(keyed("command: [a, --b=1]", ".command[1]"), ".command[=b]");
        assert_eq!(keyed("command: [a, --a=1, --b, --c]", ".command[2]"), ".command[=b]");
        // Of two, and of words that are no flags, the position tells which.
        assert_eq!(keyed("args: [--b=1, --b=2]", ".args[1]"), ".args[1]");
        assert_eq!(keyed("args: [-c, x, --]", ".args[2]"), ".args[2]");
        assert_eq!(
            keyed("extraArgs: [{name: a, value: b}]", ".extraArgs[0].value"),
            ".extraArgs[name=a].value"
        );
        assert_eq!(keyed("verbs: [--b]", ".verbs[0]"), ".verbs[0]");
    }
}
