use watertight_engine::prelude::*;

use crate::dashboards::{dashboard, words};

control! {
    /// The interface lets everybody in who reaches it, or sends passwords in clear text: from any pod of the
    /// cluster an intruder acts with the rights of the interface, which are often those of an administrator.
    ///
    /// Told are switches that turn the login, the check of who may do what, or TLS off: of the Kubernetes
    /// Dashboard, Argo CD, Argo Workflows, Grafana, Prometheus and Jupyter.
    ///
    /// ## Remedy
    /// Remove the switch. Where a proxy ends TLS or asks for the login, let nobody reach the interface around it.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: dashboard}
    /// spec:
    ///   containers:
    ///   - {name: dashboard, image: "kubernetesui/dashboard:v2.7.0", args: [--namespace=x, --enable-skip-login]}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: grafana}
    /// spec:
    ///   containers:
    ///   - name: grafana
    ///     image: grafana/grafana:12.0.0
    ///     env:
    ///     - {name: GF_AUTH_ANONYMOUS_ENABLED, value: "true"}
    ///     - {name: GF_AUTH_ANONYMOUS_ORG_ROLE, value: Admin}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: dashboard}
    /// spec:
    ///   containers:
    ///   - {name: dashboard, image: "kubernetesui/dashboard:v2.7.0", args: [--enable-skip-login=false]}
    ///   - {name: other, image: other, args: [--enable-skip-login]}
    /// ```
    pub static DASHBOARD_WITHOUT_LOGIN = {
        title: "management interface lets everybody in",
        severity: Severity::High,
        layer: Layer::Network,
        maps: &[],
        reads: &[],
        check: Check::Workload(check),
    }
}

/// A switch: the interface, the flag or variable, the values that open it (none: no value or true), and what
/// it does.
struct Switch {
    of: &'static str,
    name: &'static str,
    values: &'static [&'static str],
    does: &'static str,
    severity: Severity,
}

const fn switch(of: &'static str, name: &'static str, does: &'static str, severity: Severity) -> Switch {
    Switch { of, name, values: &["", "true", "1"], does, severity }
}

static FLAGS: &[Switch] = &[
    switch("Kubernetes Dashboard", "--enable-skip-login", "lets people skip the login", Severity::High),
    switch("Kubernetes Dashboard", "--enable-insecure-login", "takes passwords without TLS", Severity::Medium),
    switch(
        "Kubernetes Dashboard",
        "--disable-settings-authorizer",
        "lets everybody change its settings",
        Severity::Medium,
    ),
    switch("Argo CD", "--disable-auth", "asks nobody to log in", Severity::Critical),
    switch("Argo CD", "--insecure", "listens without TLS", Severity::Low),
    Switch {
        of: "Argo Workflows",
        name: "--auth-mode",
        values: &["server"],
        does: "lets everybody act with its own account",
        severity: Severity::High,
    },
    switch("Prometheus", "--web.enable-admin-api", "lets everybody delete its data", Severity::Medium),
    switch("Prometheus", "--web.enable-lifecycle", "lets everybody stop it", Severity::Low),
    Switch {
        of: "Jupyter",
        name: "--NotebookApp.token",
        values: &["", "''", "\"\""],
        does: "lets everybody run code",
        severity: Severity::High,
    },
    Switch {
        of: "Jupyter",
        name: "--ServerApp.token",
        values: &["", "''", "\"\""],
        does: "lets everybody run code",
        severity: Severity::High,
    },
];

static VARIABLES: &[Switch] = &[
    switch("Argo CD", "ARGOCD_SERVER_DISABLE_AUTH", "asks nobody to log in", Severity::Critical),
    switch("Argo CD", "ARGOCD_SERVER_INSECURE", "listens without TLS", Severity::Low),
    switch("Grafana", "GF_AUTH_ANONYMOUS_ENABLED", "shows itself to everybody", Severity::Medium),
];

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let Some((dashboard, Some(container))) = dashboard(workload) else { return out.not_applicable() };
    let given: Vec<&str> = words(container).collect();
    for flag in FLAGS.iter().filter(|flag| flag.of == dashboard.name) {
        // A flag that is given twice has the value that is given last.
        let value = given.iter().enumerate().rev().find_map(|(at, word)| match word.split_once('=') {
            Some((name, value)) => (name == flag.name).then_some(value),
            None if *word != flag.name => None,
            None if flag.values.contains(&"true") => Some(""),
            None => Some(given.get(at + 1).copied().unwrap_or_default()),
        });
        if value.is_some_and(|value| flag.values.contains(&value)) {
            let message = format!("{} {}: `{}`", dashboard.name, flag.does, flag.name);
            let list = if container.spec().args.is_some() { "args" } else { "command" };
            out.fail(container.at(list), message).severity(flag.severity).discriminator(flag.name);
        }
    }
    let variables = container.spec().env.as_deref().unwrap_or_default();
    let value = |name: &str| variables.iter().rev().find(|variable| variable.name == name)?.value.as_deref();
    for variable in VARIABLES.iter().filter(|variable| variable.of == dashboard.name) {
        if !value(variable.name).is_some_and(|value| matches!(value, "true" | "1")) {
            continue;
        }
        let role = value("GF_AUTH_ANONYMOUS_ORG_ROLE").unwrap_or_default();
        let administers = variable.name == "GF_AUTH_ANONYMOUS_ENABLED" && role.eq_ignore_ascii_case("admin");
        let does = if administers { "lets everybody administer it" } else { variable.does };
        let Some(index) = variables.iter().position(|own| own.name == variable.name) else { continue };
        let message = format!("{} {does}: `{}`", dashboard.name, variable.name);
        let severity = if administers { Severity::High } else { variable.severity };
        out.fail(container.at("env").index(index).key("value"), message).severity(severity);
    }
}
