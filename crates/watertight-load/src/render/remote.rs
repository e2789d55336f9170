//! Whether an entry of a kustomization would make kustomize ask the network.
//!
//! Follows what kustomize does with an entry, and is stricter where versions differ: older ones took
//! further forms, and what a version to come takes for an address looks like one to us too.

use std::path::Path;

/// Whether kustomize would load a file from an address. Upstream: `api/internal/loader/fileloader.go`,
/// `IsRemoteFile` (the scheme alone decides, in any case).
pub(super) fn is_address(entry: &str) -> bool {
    let scheme = entry.split(':').next().unwrap_or_default();
    entry.contains(':') && ["http", "https"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
        || entry.contains("://")
}

/// Whether kustomize would clone a repository for an entry of `resources`, `bases` or `components`.
/// Upstream: `api/internal/git/repospec.go`, `NewRepoSpecFromURL`, which decides so before it looks
/// whether there is a folder of that name. Older versions took `gh:` for GitHub; with go-getter (3.x)
/// also `s3::` and the like.
pub(super) fn is_repository(entry: &str) -> bool {
    if Path::new(entry).is_absolute() {
        return false;
    }
    let place = entry.split('?').next().unwrap_or_default();
    let lower = place.to_ascii_lowercase();
    let forced = lower.split("::").next().unwrap_or_default();
    let has_prefix = lower.contains("::") && forced.bytes().all(|byte| byte.is_ascii_alphanumeric());
    is_address(place)
        || has_prefix
        || ["github.com/", "github.com:", "gh:"].iter().any(|host| lower.starts_with(host))
        || is_scp_style(place)
}

/// `user@host:path` and `user@host/path` (`extractUsername`, `acceptSCPStyle`).
fn is_scp_style(place: &str) -> bool {
    let Some((user, rest)) = place.split_once('@') else { return false };
    user.starts_with(|first: char| first.is_ascii_alphabetic())
        && user.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && rest.contains(['/', ':'])
}

/// Whether the first part of an entry looks like the name of a host: `example.com/org/repo`. Nothing of
/// that name is there when this is asked.
pub(super) fn is_host_like(entry: &str) -> bool {
    let (host, rest) = entry.split_once('/').unwrap_or((entry, ""));
    let mut labels = host.rsplit('.');
    let last = labels.next().unwrap_or_default();
    !rest.is_empty()
        && !host.starts_with('.')
        && labels.next().is_some_and(|label| !label.is_empty())
        && last.len() >= 2
        && last.bytes().all(|byte| byte.is_ascii_alphabetic())
}

/// An address without what may be secret in it: user, password and query.
pub(super) fn shown(entry: &str) -> String {
    let place = entry.split(['?', '#']).next().unwrap_or_default();
    match (place.split_once("://"), place.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        (None, Some((user, host))) if user != "git" => format!("…@{host}"),
        _ => place.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_that_kustomize_clones_or_downloads_are_remote() {
        for entry in [
            "https://github.com/org/repo//path?ref=v1",
            "HTTPS://example.com/a.yaml",
            "http:example.com",
            "github.com/org/repo",
            "GitHub.com/org/repo?ref=main",
            "github.com:org/repo.git",
            "git@github.com:org/repo.git//deploy",
            "me@example.com/org/repo",
            "git::https://example.com/org/repo",
            "git::git@example.com:org/repo",
            "s3::https://bucket/x",
            "ssh://git@example.com/org/repo",
            "file:///srv/repo//base",
            "oci://registry.example.com/manifests",
            "gh:org/repo",
        ] {
            assert!(is_repository(entry), "{entry}");
        }
        for entry in [
            "../base",
            "base",
            "./a@b",
            "deployment.yaml",
            "/srv/base",
            "a/b@c/d.yaml",
            "github.company/x.yaml",
            "overlays/github.com/x",
        ] {
            assert!(!is_repository(entry), "{entry}");
        }
        assert!(is_host_like("example.com/org/repo") && is_host_like("git.example.com/a"));
        assert!(!is_host_like("../base") && !is_host_like("deployment.yaml") && !is_host_like("v1.2/base"));
    }

    #[test]
    fn nothing_secret_of_an_address_is_shown() {
        for (entry, expected) in [
            ("https://me:hunter2@example.com/a?token=hunter2", "https://…@example.com/a"),
            ("hunter2@example.com:a/b", "…@example.com:a/b"),
            ("git@github.com:a/b?ref=main", "git@github.com:a/b"),
            ("https://example.com/a#hunter2", "https://example.com/a"),
        ] {
            assert_eq!(shown(entry), expected);
        }
    }
}
