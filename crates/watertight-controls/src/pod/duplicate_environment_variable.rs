use std::collections::BTreeMap;

use watertight_engine::prelude::*;

control! {
    /// The last of several wins, and whoever reads the manifest, or reviews a change of it, may look at
    /// another: a switch that seems to be on is off.
    ///
    /// ## Remedy
    /// Leave the one that is meant.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     env:
    ///     - {name: REQUIRE_LOGIN, value: "true"}
    ///     - {name: REQUIRE_LOGIN, value: "false"}
    /// ```
    /// ```yaml,fixed
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     env:
    ///     - {name: REQUIRE_LOGIN, value: "false"}
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     env:
    ///     - {name: REQUIRE_LOGIN, value: "true"}
    ///     - {name: require_login, value: "false"}
    ///   - name: other
    ///     image: other
    ///     env:
    ///     - {name: REQUIRE_LOGIN, value: "false"}
    /// ```
    pub static DUPLICATE_ENVIRONMENT_VARIABLE = {
        title: "environment variable is set twice",
        severity: Severity::Low,
        layer: Layer::Pod,
        maps: &[],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    for container in workload.containers() {
        let mut last: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, variable) in container.spec().env.iter().flatten().enumerate() {
            if let Some(before) = last.insert(&variable.name, index) {
                let message = format!(
                    "{} sets `{}` again below: this value is not used",
                    container.described(),
                    variable.name
                );
                let entry = container.at("env").index(before);
                // Entries between the two may be made of it: `$(NAME)`.
                out.fail(entry.key("name"), message).fix(Fix::review().remove(entry));
            }
        }
    }
}
