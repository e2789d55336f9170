use k8s_openapi::api::core::v1::Probe;
use watertight_credentials::in_command;
use watertight_engine::prelude::*;

use super::report;

control! {
    /// A command line is read by more than the manifest's readers: by every process of the container and
    /// the node, by process lists in crash reports, by whoever watches executions.
    ///
    /// Flags are judged by their names (`--password x`, `--password=x`), a few clients by what they take
    /// (`mysql -px`, `curl -u user:x`, `redis-cli -a x`), scripts word by word. Commands of probes and
    /// lifecycle hooks are commands too.
    ///
    /// ## Remedy
    /// Change the credential. Let the program read it from a file that a Secret is mounted as; where it
    /// takes flags only, refer to a variable: `--password=$(DB_PASSWORD)`.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: shop}
    /// spec:
    ///   containers:
    ///   - {name: shop, image: shop, args: [--user, shop, --password, hunter2]}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: shop}
    /// spec:
    ///   containers:
    ///   - name: db
    ///     image: mysql
    ///     livenessProbe:
    ///       exec: {command: [mysqladmin, ping, -uroot, -phunter2]}
    /// ```
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: shop}
    /// spec:
    ///   containers:
    ///   - name: shop
    ///     image: shop
    ///     command: [sh, -c]
    ///     args:
    ///     - |
    ///       export API_TOKEN=0123456789abcdef
    ///       exec shop
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: shop}
    /// spec:
    ///   containers:
    ///   - name: shop
    ///     image: shop
    ///     command: [sh, -c, 'exec shop --password "$DB_PASSWORD"']
    ///     args: [--password=$(DB_PASSWORD), --password-file=/run/secrets/db, --secret-name=db, --token-ttl=3600]
    ///     livenessProbe:
    ///       exec: {command: [sh, -c, "mysqladmin ping -p$MYSQL_ROOT_PASSWORD"]}
    /// ```
    pub static CREDENTIAL_IN_COMMAND = {
        title: "credential written into a command line",
        severity: Severity::High,
        layer: Layer::Secrets,
        maps: &[Mapping::Attack("T1552")],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    for container in workload.containers() {
        let spec = container.spec();
        let list = |list: &'static str, words: &Option<Vec<String>>| -> Vec<(Path, String)> {
            let words = words.iter().flatten().cloned().enumerate();
            words.map(|(index, word)| (container.at(list).index(index), word)).collect()
        };
        let own = [list("command", &spec.command), list("args", &spec.args)].concat();
        judge(container, "the command", &own, out);
        let probes: [(&'static str, &'static str, Option<&Probe>); 3] = [
            ("the liveness probe", "livenessProbe.exec.command", spec.liveness_probe.as_ref()),
            ("the readiness probe", "readinessProbe.exec.command", spec.readiness_probe.as_ref()),
            ("the startup probe", "startupProbe.exec.command", spec.startup_probe.as_ref()),
        ];
        for (place, path, probe) in probes {
            let command = probe.and_then(|probe| probe.exec.as_ref()).map(|exec| &exec.command);
            judge(container, place, &command.map_or(Vec::new(), |command| list(path, command)), out);
        }
        let lifecycle = spec.lifecycle.as_ref();
        let hooks = [
            ("the hook after start", "lifecycle.postStart.exec.command", lifecycle.and_then(|l| l.post_start.as_ref())),
            ("the hook before stop", "lifecycle.preStop.exec.command", lifecycle.and_then(|l| l.pre_stop.as_ref())),
        ];
        for (place, path, hook) in hooks {
            let command = hook.and_then(|hook| hook.exec.as_ref()).map(|exec| &exec.command);
            judge(container, place, &command.map_or(Vec::new(), |command| list(path, command)), out);
        }
    }
}

fn judge(container: Container<'_>, place: &str, words: &[(Path, String)], out: &mut Sink<'_>) {
    let texts: Vec<&str> = words.iter().map(|(_, word)| word.as_str()).collect();
    let found = in_command(&texts);
    let place = format!("{place} of {}", container.described());
    for of_word in found.chunk_by(|(one, _), (other, _)| one == other) {
        let (path, word) = &words[of_word[0].0];
        let detections: Vec<_> = of_word.iter().map(|(_, detection)| detection.clone()).collect();
        report(out, path, &place, word, &detections);
    }
}
