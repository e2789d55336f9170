use watertight_engine::prelude::*;

use super::webhooks;

control! {
    /// The API server sends every object that the webhook is asked about to an address outside of the
    /// cluster, and lets it decide or change them: whoever answers there sees and steers what runs.
    ///
    /// An address of the node itself is for webhooks that run beside the API server.
    ///
    /// ## Remedy
    /// Run the webhook as a Service of the cluster and name that in `clientConfig.service`.
    ///
    /// ```yaml,fail
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: MutatingWebhookConfiguration
    /// metadata: {name: inject}
    /// webhooks:
    /// - name: inject.example.com
    ///   clientConfig: {url: "https://hooks.example.com/inject"}
    ///   rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
    /// ```
    /// ```yaml,pass
    /// apiVersion: admissionregistration.k8s.io/v1
    /// kind: MutatingWebhookConfiguration
    /// metadata: {name: inject}
    /// webhooks:
    /// - name: inject.example.com
    ///   clientConfig: {service: {name: inject, namespace: inject}}
    ///   rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
    /// - name: beside.example.com
    ///   clientConfig: {url: "https://127.0.0.1:9443/"}
    ///   rules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [pods]}]
    /// ```
    pub static WEBHOOK_OUTSIDE_CLUSTER = {
        title: "admission webhook is outside of the cluster",
        severity: Severity::Medium,
        layer: Layer::SupplyChain,
        maps: &[],
        reads: &[],
        check: Check::Object(check),
    }
}

fn check(object: ObjectView<'_>, out: &mut Sink<'_>) {
    let Some(webhooks) = webhooks(object) else { return out.not_applicable() };
    for webhook in webhooks {
        let Some(host) = webhook.url.as_deref().map(host) else { continue };
        if !is_inside(host) {
            let message = format!("webhook `{}` is called at `{host}`, outside of the cluster", webhook.name);
            out.fail(webhook.path.at("clientConfig.url"), message);
        }
    }
}

/// The host of a URL, without user, port and path.
fn host(url: &str) -> &str {
    let after = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = after.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    match host.strip_prefix('[').and_then(|host| host.split_once(']')) {
        Some((address, _)) => address,
        None => host.split(':').next().unwrap_or_default(),
    }
}

fn is_inside(host: &str) -> bool {
    host == "localhost"
        || host.ends_with(".svc")
        || host.ends_with(".svc.cluster.local")
        || host.parse::<core::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_of_a_url_is_found() {
        for (url, expected, inside) in [
            ("https://hooks.example.com:8443/a?b", "hooks.example.com", false),
            ("https://user:secret@hooks.example.com", "hooks.example.com", false),
            ("https://[::1]:9443/", "::1", true),
            ("https://127.0.0.1", "127.0.0.1", true),
            ("https://hook.shop.svc:443/x", "hook.shop.svc", true),
            ("https://127.0.0.1.example.com", "127.0.0.1.example.com", false),
        ] {
            assert_eq!((host(url), is_inside(host(url))), (expected, inside), "{url}");
        }
    }
}
