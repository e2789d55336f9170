//! Image references, as `github.com/distribution/reference` (v0.6) reads them.

/// What the kubelet does before it starts a container.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PullPolicy {
    /// Asks the registry each time.
    Always,
    /// Takes the node's copy when there is one.
    IfNotPresent,
    /// Takes the node's copy or fails.
    Never,
}

/// The parts of an image reference.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImageRef<'a> {
    /// The reference as written.
    pub text: &'a str,
    /// The registry; `docker.io` when none is written.
    pub registry: &'a str,
    /// The repository as written, without the registry.
    pub repository: &'a str,
    /// The tag, when one is written.
    pub tag: Option<&'a str>,
    /// The digest with its algorithm (`sha256:…`), when one is written.
    pub digest: Option<&'a str>,
}

impl<'a> ImageRef<'a> {
    /// Takes a reference apart. Anything can be taken apart; whether it can be pulled is another question.
    #[must_use]
    pub fn parse(text: &'a str) -> Self {
        let (name, digest) = match text.split_once('@') {
            Some((name, digest)) => (name, Some(digest)),
            None => (text, None),
        };
        // A colon after the last slash begins the tag; one before it belongs to a port.
        let slash = name.rfind('/').map_or(0, |at| at + 1);
        let (name, tag) = match name[slash..].find(':') {
            Some(at) => (&name[..slash + at], Some(&name[slash + at + 1..])),
            None => (name, None),
        };
        // splitDockerDomain: the first part is a registry only if it looks like a host.
        let (registry, repository) = match name.split_once('/') {
            Some((host, rest)) if is_host(host) => (host, rest),
            _ => ("docker.io", name),
        };
        // Docker Hub's former name is an alias in every client.
        let registry = if registry == "index.docker.io" { "docker.io" } else { registry };
        Self { text, registry, repository, tag: tag.filter(|tag| !tag.is_empty()), digest }
    }

    /// Whether the reference names its content by digest.
    ///
    /// The digest of `sha256` and `sha512` must have its length; other algorithms are taken as they
    /// are (the OCI image specification allows them; whether a runtime pulls them is another question).
    #[must_use]
    pub fn is_pinned(&self) -> bool {
        let Some((algorithm, encoded)) = self.digest.and_then(|digest| digest.split_once(':')) else {
            return false;
        };
        let hex = |length| {
            encoded.len() == length && encoded.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
        };
        match algorithm {
            "sha256" | "blake3" => hex(64),
            "sha384" => hex(96),
            "sha512" => hex(128),
            _ => {
                let word = |part: &str| {
                    !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
                };
                let known_form = algorithm.split(['+', '.', '_', '-']).all(word);
                let encoded_form = !encoded.is_empty()
                    && encoded.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'=' | b'_' | b'-'));
                known_form && encoded_form
            }
        }
    }

    /// Whether the tag is `latest`, written or implied. A digest makes the tag irrelevant.
    #[must_use]
    pub fn is_latest(&self) -> bool {
        self.digest.is_none() && self.tag.is_none_or(|tag| tag == "latest")
    }

    /// Whether the tag is one that is moved to new content on purpose: `latest`, or one of `tags`.
    #[must_use]
    pub fn moves(&self, tags: &[String]) -> bool {
        let named = |tag: &str| tags.iter().any(|moving| moving == tag);
        self.is_latest() || (self.digest.is_none() && self.tag.is_some_and(named))
    }

    /// The pull policy in force: `SetDefaults_Container` in `pkg/apis/core/v1/defaults.go`.
    /// An unknown word is what the API server refuses; it counts as unset.
    #[must_use]
    pub fn pull_policy(&self, written: Option<&str>) -> PullPolicy {
        match written {
            Some("Always") => PullPolicy::Always,
            Some("IfNotPresent") => PullPolicy::IfNotPresent,
            Some("Never") => PullPolicy::Never,
            // ParseImageName gives `latest` to a reference with neither tag nor digest.
            _ if self.tag == Some("latest") || (self.tag.is_none() && self.digest.is_none()) => {
                PullPolicy::Always
            }
            _ => PullPolicy::IfNotPresent,
        }
    }

    /// Whether the image comes from a registry entry: `registry.example.com`, or with a path below
    /// it. An entry that names no host (`bitnami`) is a path of Docker Hub, as it is in a reference.
    /// Host names have no letter case, and port 443 is the one that is used when none is written.
    #[must_use]
    pub fn is_from(&self, entry: &str) -> bool {
        let entry = entry.trim_end_matches('/');
        let (host, path) = match entry.split_once('/') {
            Some((host, path)) if is_host(host) => (host, path),
            None if is_host(entry) => (entry, ""),
            _ => ("docker.io", entry),
        };
        let host = if host == "index.docker.io" { "docker.io" } else { host };
        let below = |path: &str| {
            self.repository.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        // `docker.io/nginx` and `docker.io/library/nginx` are one repository.
        let hub = self.registry == "docker.io";
        let official = match path.strip_prefix("library/") {
            Some(name) => hub && !self.repository.contains('/') && below(name),
            None if path == "library" => hub && !self.repository.contains('/'),
            None => hub && self.repository.strip_prefix("library/") == Some(path),
        };
        let plain = |host: &str| host.strip_suffix(":443").unwrap_or(host).to_ascii_lowercase();
        plain(host) == plain(self.registry) && (path.is_empty() || below(path) || official)
    }
}

/// Whether the first part of a reference is a registry and not a part of the repository:
/// `splitDockerDomain` in distribution/reference.
fn is_host(part: &str) -> bool {
    part.contains(['.', ':']) || part == "localhost" || part.bytes().any(|b| b.is_ascii_uppercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_come_apart() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let full = format!("registry.example.com:5000/team/app:v1@{digest}");
        let image = ImageRef::parse(&full);
        assert_eq!((image.registry, image.repository), ("registry.example.com:5000", "team/app"));
        assert_eq!((image.tag, image.digest), (Some("v1"), Some(digest.as_str())));
        assert!(image.is_pinned() && !image.is_latest());
        let cases = [
            ("nginx", "docker.io", "nginx", None),
            ("bitnami/redis:7", "docker.io", "bitnami/redis", Some("7")),
            ("localhost/app", "localhost", "app", None),
            ("host:5000/app", "host:5000", "app", None),
            ("ghcr.io/a/b:latest", "ghcr.io", "a/b", Some("latest")),
        ];
        for (text, registry, repository, tag) in cases {
            let image = ImageRef::parse(text);
            assert_eq!((image.registry, image.repository, image.tag), (registry, repository, tag), "{text}");
            assert!(!image.is_pinned(), "{text}");
        }
    }

    #[test]
    fn digests_have_a_form() {
        for (digest, pinned) in [
            (format!("sha256:{}", "a".repeat(63)), false),
            (format!("sha256:{}", "A".repeat(64)), false),
            (format!("sha512:{}", "0".repeat(128)), true),
            ("custom-algorithm:a".to_owned(), true),
            ("sha256".to_owned(), false),
            ("-x:a".to_owned(), false),
        ] {
            assert_eq!(ImageRef::parse(&format!("a@{digest}")).is_pinned(), pinned, "{digest}");
        }
    }

    #[test]
    fn the_pull_policy_follows_the_tag() {
        let of = |image, written| ImageRef::parse(image).pull_policy(written);
        assert_eq!(of("a", None), PullPolicy::Always);
        assert_eq!(of("a:latest", None), PullPolicy::Always);
        assert_eq!(of("a:1", None), PullPolicy::IfNotPresent);
        assert_eq!(of("a@sha256:0", None), PullPolicy::IfNotPresent);
        assert_eq!(of("a", Some("Never")), PullPolicy::Never);
    }

    #[test]
    fn registries_match_whole_parts() {
        assert!(ImageRef::parse("gcr.io/team/app").is_from("gcr.io"));
        assert!(ImageRef::parse("gcr.io/team/app").is_from("gcr.io/team/"));
        assert!(!ImageRef::parse("gcr.io/team2/app").is_from("gcr.io/team"));
        assert!(!ImageRef::parse("eu.gcr.io/app").is_from("gcr.io"));
        assert!(ImageRef::parse("nginx").is_from("docker.io"));
        assert!(ImageRef::parse("nginx:1").is_from("docker.io/library/nginx"));
        assert!(ImageRef::parse("nginx:1").is_from("docker.io/library"));
        assert!(ImageRef::parse("docker.io/library/nginx").is_from("docker.io/nginx"));
        assert!(!ImageRef::parse("bitnami/nginx").is_from("docker.io/library/"));
        assert!(!ImageRef::parse("gcrXio/app").is_from("gcr.io"));
        assert!(!ImageRef::parse("1.dkr.ecr.x.amazonaws.com/app").is_from("amazonaws.com"));
    }

    #[test]
    fn one_registry_has_many_spellings() {
        for entry in ["docker.io", "docker.io/", "index.docker.io", "bitnami", "docker.io/bitnami/"] {
            assert!(ImageRef::parse("bitnami/redis:7").is_from(entry), "{entry}");
            assert!(ImageRef::parse("index.docker.io/bitnami/redis").is_from(entry), "{entry}");
        }
        assert!(ImageRef::parse("Quay.io/app").is_from("quay.io"));
        assert!(ImageRef::parse("quay.io:443/app").is_from("quay.io"));
        assert!(!ImageRef::parse("quay.io:8443/app").is_from("quay.io"));
        assert!(!ImageRef::parse("registry.hub.docker.com/php").is_from("docker.io"));
        // Nothing that can be pulled, but its host can be judged.
        assert!(ImageRef::parse("debian-azurecr.io/").is_from("debian-azurecr.io"));
    }
}
