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
            Segment::Index(index) => match below.and_then(|item| merge_key(list, item)) {
                Some((name, value)) => write!(text, "[{name}={value}]"),
                None => write!(text, "[{index}]"),
            },
        };
        here = below;
    }
    text
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
        | "sysctls" => "name",
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
