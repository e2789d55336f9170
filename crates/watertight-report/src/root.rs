use std::path::{Component, Path, PathBuf};

/// What file names are relative to in formats for continuous integration: the root of the repository.
///
/// A scan that runs in `shop/k8s` names `web.yaml` what the repository knows as `shop/k8s/web.yaml`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Root {
    folder: PathBuf,
    current: PathBuf,
}

/// A file as a repository names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum FileName {
    /// Below the root: with forward slashes, without `.` and `..`.
    Inside(String),
    /// Elsewhere: the name as it was given.
    Outside(String),
    /// Standard input.
    Stdin,
}

/// How a text from standard input is named as a source.
const STDIN: &str = "-";

impl Root {
    /// The root of a repository and the folder that relative names start from, both absolute.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>, current: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into(), current: current.into() }
    }

    /// How the repository names a file.
    pub(crate) fn name(&self, given: &str) -> FileName {
        if given == STDIN {
            return FileName::Stdin;
        }
        let whole = normal(&self.current.join(given));
        match whole.as_deref().and_then(|whole| whole.strip_prefix(&self.folder).ok()) {
            Some(inside) => FileName::Inside(slashes(inside)),
            None => FileName::Outside(given.to_owned()),
        }
    }
}

/// Without `.` and `..`; nothing when it leads above what it starts from. Symbolic links are not followed:
/// the name is what the user sees.
fn normal(path: &Path) -> Option<PathBuf> {
    let mut normal = PathBuf::new();
    for component in path.components() {
        match component {
            Component::CurDir => {}
            Component::ParentDir => {
                if !normal.pop() {
                    return None;
                }
            }
            _ => normal.push(component),
        }
    }
    Some(normal)
}

fn slashes(path: &Path) -> String {
    let parts: Vec<_> = path.components().map(|component| component.as_os_str().to_string_lossy()).collect();
    parts.join("/")
}

impl FileName {
    /// The name in words.
    pub(crate) fn text(&self) -> &str {
        match self {
            Self::Inside(name) | Self::Outside(name) => name,
            Self::Stdin => "stdin",
        }
    }

    /// The name as a URI reference (RFC 3986): relative below the root, `file://` for what is elsewhere and
    /// absolute.
    pub(crate) fn uri(&self) -> String {
        match self {
            Self::Outside(name) if name.starts_with('/') => format!("file://{}", percent(name)),
            _ => percent(self.text()),
        }
    }
}

/// Everything but what never needs it, and slashes, as percent-encoded UTF-8.
fn percent(text: &str) -> String {
    use std::fmt::Write as _;
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~/".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inside(name: &str) -> FileName {
        FileName::Inside(name.to_owned())
    }

    #[test]
    fn names_start_at_the_root() {
        let root = Root::new("/home/me/shop", "/home/me/shop/k8s");
        assert_eq!(root.name("web.yaml"), inside("k8s/web.yaml"));
        assert_eq!(root.name("./a//b/./web.yaml"), inside("k8s/a/b/web.yaml"));
        assert_eq!(root.name("../web.yaml"), inside("web.yaml"));
        assert_eq!(root.name("/home/me/shop/x.yaml"), inside("x.yaml"));
        assert_eq!(root.name("../../x.yaml"), FileName::Outside("../../x.yaml".into()));
        assert_eq!(root.name("/etc/x.yaml"), FileName::Outside("/etc/x.yaml".into()));
        assert_eq!(root.name("-"), FileName::Stdin);
        assert_eq!(Root::default().name("a/b.yaml"), inside("a/b.yaml"));
    }

    #[test]
    fn uris_hold_no_character_that_means_something_else() {
        assert_eq!(inside("a b/ü:#?%.yaml").uri(), "a%20b/%C3%BC%3A%23%3F%25.yaml");
        assert_eq!(FileName::Outside("/a b.yaml".into()).uri(), "file:///a%20b.yaml");
        assert_eq!(FileName::Outside("../b.yaml".into()).uri(), "../b.yaml");
    }
}
