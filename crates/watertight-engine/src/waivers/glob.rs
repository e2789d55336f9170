use std::fmt;
use std::str::FromStr;

use watertight_facts::NamePattern;

/// Files by a pattern as in `.gitignore`: `*` for any text within a name, `**` for any folders. A pattern
/// without a slash is that of a file's name in any folder; one that ends in a slash is all below a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileGlob {
    text: String,
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// Any number of folders, also none.
    Folders,
    /// One name.
    Name(NamePattern),
}

impl FileGlob {
    /// Whether a file is meant, by its path with `/` between names.
    #[must_use]
    pub fn fits(&self, path: &str) -> bool {
        let names: Vec<&str> = path.split('/').filter(|name| !name.is_empty() && *name != ".").collect();
        // Which beginnings of the path the steps so far may have used up: linear in both, whatever the pattern.
        let mut reached = vec![false; names.len() + 1];
        reached[0] = true;
        for step in &self.steps {
            let mut next = vec![false; names.len() + 1];
            match step {
                Step::Folders => {
                    let mut any = false;
                    for (at, slot) in next.iter_mut().enumerate() {
                        any |= reached[at];
                        *slot = any;
                    }
                }
                Step::Name(pattern) => {
                    for (at, name) in names.iter().enumerate() {
                        next[at + 1] = reached[at] && pattern.fits(name);
                    }
                }
            }
            reached = next;
        }
        reached[names.len()]
    }
}

/// As it was written.
impl fmt::Display for FileGlob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for FileGlob {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        const WRONG: &str = "expected a file as in .gitignore: `charts/**`, `*.yaml`, `web/deployment.yaml`";
        let plain = text.strip_prefix("./").unwrap_or(text);
        if plain.is_empty() || plain.contains('\\') || plain.split('/').any(|name| name == "..") {
            return Err(WRONG);
        }
        let mut steps = Vec::new();
        let anywhere = !plain.trim_end_matches('/').contains('/');
        if anywhere {
            steps.push(Step::Folders);
        }
        for name in plain.split('/').filter(|name| !name.is_empty()) {
            steps.push(match name {
                "**" => Step::Folders,
                _ => Step::Name(NamePattern::of_any(name).ok_or(WRONG)?),
            });
        }
        if plain.ends_with('/') {
            steps.push(Step::Folders);
        }
        Ok(Self { text: text.to_owned(), steps })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_meant_as_in_gitignore() {
        let fits = |glob: &str, path: &str| glob.parse::<FileGlob>().unwrap().fits(path);
        for (glob, path) in [
            ("*.yaml", "a/b/c.yaml"),
            ("*.yaml", "c.yaml"),
            ("charts/", "charts/web/a.yaml"),
            ("charts/", "x/charts/web/a.yaml"),
            ("charts/**", "charts/web/a.yaml"),
            ("/charts/web.yaml", "charts/web.yaml"),
            ("./charts/web.yaml", "./charts/web.yaml"),
            ("a/**/z.yaml", "a/z.yaml"),
            ("a/**/z.yaml", "a/b/c/z.yaml"),
            ("**", "a/b"),
            ("a/*/c", "a/b/c"),
        ] {
            assert!(fits(glob, path), "{glob} {path}");
        }
        for (glob, path) in [
            ("*.yaml", "a.yml"),
            ("charts/*", "charts/web/a.yaml"),
            ("charts/web.yaml", "x/charts/web.yaml"),
            ("a/*/c", "a/c"),
            ("a/*/c", "a/b/b/c"),
            ("web", "web/a.yaml"),
        ] {
            assert!(!fits(glob, path), "{glob} {path}");
        }
        for wrong in ["", "../a", "a/../b", "a\\b", "./"] {
            assert!(wrong.parse::<FileGlob>().is_err(), "{wrong}");
        }
        // A pattern of many stars takes no time.
        assert!(!fits(&"**/*a*/".repeat(50), &"b/".repeat(500)));
    }
}
