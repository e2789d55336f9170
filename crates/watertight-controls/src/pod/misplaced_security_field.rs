use serde_json::Value as Json;
use watertight_engine::prelude::*;
use watertight_facts::{Home, Misplaced, SecurityField, misplaced};
use watertight_syntax::Value;

control! {
    /// The field is written where it has no effect, or its name is misspelt: the manifest looks
    /// hardened, Kubernetes drops the field, and the pod runs without it.
    ///
    /// ## Remedy
    /// Move the field to where it belongs. Apply with `--validate=strict`, and the API server
    /// refuses what it does not know.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   runAsNonroot: true  # misspelt, and not in the securityContext
    ///   securityContext:
    ///     readOnlyRootFilesystem: true  # a field of containers only
    ///   initContainers:
    ///   - name: setup
    ///     image: setup
    ///     securityContext: {readOnlyRootFilesystem: false}
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     allowPrivilegeEscalation: false
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext:
    ///     runAsNonRoot: true
    ///   initContainers:
    ///   - name: setup
    ///     image: setup
    ///     securityContext: {readOnlyRootFilesystem: false}
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext:
    ///       readOnlyRootFilesystem: true
    ///       allowPrivilegeEscalation: false
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   securityContext:
    ///     privileged: true  # no fix: it would make the containers privileged
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext:
    ///       fsGroup: 2000
    ///       capabilities: {dropp: [ALL]}
    ///   - name: logs
    ///     image: logs
    ///     hostNetwork: false
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   hostNetwork: false
    ///   securityContext: {runAsNonRoot: true, fsGroup: 2000}
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     securityContext: {privileged: false, runAsUser: 10001}
    /// ```
    pub static MISPLACED_SECURITY_FIELD = {
        title: "security field has no effect where it stands",
        severity: Severity::Medium,
        layer: Layer::Pod,
        maps: &[],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    let found = workload.unknown_fields().iter().filter_map(|path| misplaced(workload.path(), path));
    for field in found {
        let container = workload.containers().find(|container| container.path().covers(field.path));
        let place = container.map_or_else(|| "pod spec".to_owned(), Container::described);
        let mut message = format!("{place}: `{}` has no effect here", field.name);
        if let Some(meant) = field.meant {
            let homes: Vec<&str> = meant.homes.iter().map(|home| home.described()).collect();
            let name = if meant.name == field.name { "it".to_owned() } else { format!("`{}`", meant.name) };
            message.push_str(&match field.here {
                Some(here) if meant.homes.contains(&here) => format!("; it is written {name}"),
                _ => format!("; {name} belongs into {}", homes.join(" or ")),
            });
        }
        let finding = out.fail(field.path.clone(), message);
        if let Some(fix) = moved(workload, container, &field) {
            finding.fix(fix);
        }
    }
}

/// Moves the field to where it belongs, when there is one such place and the value hardens there:
/// a fix never opens what was closed by mistake.
fn moved(workload: Workload<'_>, container: Option<Container<'_>>, field: &Misplaced<'_>) -> Option<Fix> {
    let (meant, here) = (field.meant?, field.here?);
    let body = workload.view().snapshot().object(workload.id()).body().ok()?;
    let value = body.root().at(field.path)?.to_json();
    if !hardens(meant, &value) {
        return None;
    }
    let is_free = |path: &Path| body.root().at(path).is_none_or(Value::is_null);
    let fix = Fix::review().remove(field.path.clone());
    let is_at = |home| meant.homes.contains(&home);
    let pod_context = workload.path().key("securityContext").key(meant.name);
    let target = match here {
        _ if is_at(here) => field.path.parent()?.key(meant.name),
        Home::Container if is_at(Home::ContainerSecurity) => {
            container?.path().key("securityContext").key(meant.name)
        }
        Home::Pod if is_at(Home::PodSecurity) => pod_context,
        // What was meant for all containers is what those get that say nothing themselves.
        Home::Pod | Home::PodSecurity if is_at(Home::ContainerSecurity) => {
            let paths =
                workload.containers().map(|each| each.path().key("securityContext").key(meant.name));
            return Some(paths.filter(is_free).fold(fix, |fix, path| fix.set(path, value.clone())));
        }
        Home::PodSecurity if is_at(Home::Pod) => workload.path().key(meant.name),
        // For the pod it would hold for the other containers, too.
        Home::Container | Home::ContainerSecurity if workload.containers().count() == 1 => {
            if is_at(Home::Pod) { workload.path().key(meant.name) } else { pod_context }
        }
        _ => return None,
    };
    is_free(&target).then(|| fix.set(target, value))
}

fn hardens(field: &SecurityField, value: &Json) -> bool {
    match field.name {
        "readOnlyRootFilesystem" | "runAsNonRoot" => *value == Json::Bool(true),
        "allowPrivilegeEscalation"
        | "automountServiceAccountToken"
        | "hostIPC"
        | "hostNetwork"
        | "hostPID"
        | "hostUsers"
        | "privileged"
        | "shareProcessNamespace" => *value == Json::Bool(false),
        "runAsUser" | "runAsGroup" | "fsGroup" => value.as_i64().is_some_and(|id| id > 0),
        "capabilities" => value.get("drop").is_some() && value.get("add").is_none(),
        "seccompProfile" | "appArmorProfile" => {
            value.get("type").and_then(Json::as_str) == Some("RuntimeDefault")
        }
        _ => false,
    }
}
