//! What a request URI tells, as `NewRequestInfo` of `pkg/endpoints/request/requestinfo.go` takes it.

/// The path without the query.
///
/// Percent signs stay as they are: nothing that Kubernetes serves outside of the resources needs one.
pub(crate) fn path(uri: &str) -> &str {
    uri.split(['?', '#']).next().unwrap_or_default()
}

/// Whether the path names an object; `None` when it is not the path of a resource.
pub(crate) fn names_an_object(uri: &str) -> Option<bool> {
    Some(resource_parts(path(uri))?.count() >= 2)
}

/// Whether the API server takes a path for one of a resource, as it does `/api/v1/pods`.
#[must_use]
pub fn is_resource_path(path: &str) -> bool {
    resource_parts(path).is_some()
}

/// Resource, name, subresource and what follows.
fn resource_parts(path: &str) -> Option<impl Iterator<Item = &str>> {
    let mut parts = path.trim_matches('/').split('/').peekable();
    match parts.next()? {
        "api" => {}
        "apis" => drop(parts.next()?),
        _ => return None,
    }
    parts.next()?;
    parts.peek()?;
    // Verbs of old before the resource.
    if matches!(parts.peek(), Some(&("watch" | "proxy"))) {
        parts.next();
    }
    let mut rest = parts.clone();
    if let (Some("namespaces"), Some(_), Some(next)) = (rest.next(), rest.next(), rest.peek())
        && !matches!(*next, "status" | "finalize")
    {
        return Some(rest);
    }
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_urls() {
        for (uri, named) in [
            ("/api/v1/namespaces/shop/pods", Some(false)),
            ("/api/v1/namespaces/shop/pods?fieldManager=x/y", Some(false)),
            ("/api/v1/namespaces/shop/pods/web/exec", Some(true)),
            ("/api/v1/namespaces", Some(false)),
            ("/api/v1/namespaces/shop", Some(true)),
            ("/api/v1/namespaces/shop/finalize", Some(true)),
            ("/apis/apps/v1/namespaces/shop/deployments/", Some(false)),
            ("/apis/apps/v1/namespaces/shop/deployments/web", Some(true)),
            ("/apis/rbac.authorization.k8s.io/v1/clusterroles", Some(false)),
            ("/api/v1/watch/namespaces/shop/pods/web", Some(true)),
            ("/apis/apps/v1", None),
            ("/apis/apps", None),
            ("/api/v1", None),
            ("/healthz/etcd/x/y", None),
            ("", None),
        ] {
            assert_eq!(names_an_object(uri), named, "{uri}");
        }
    }
}
