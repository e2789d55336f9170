use watertight_engine::prelude::*;

control! {
    /// The container begins by making itself root: its image holds `sudo` with a rule that lets it, and so
    /// does whoever breaks into the program.
    ///
    /// ## Remedy
    /// Run the program as the user that it needs (`runAsUser`), give it the files or the one capability
    /// that it lacks, and take `sudo` out of the image.
    ///
    /// ```yaml,fail
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     command: [sh, -c, "umask 077; sudo /usr/bin/serve"]
    /// ```
    /// ```yaml,pass
    /// apiVersion: v1
    /// kind: Pod
    /// metadata: {name: web}
    /// spec:
    ///   containers:
    ///   - name: web
    ///     image: web
    ///     command: [/opt/pseudo/sudoku, --sudo-user=nobody]
    /// ```
    pub static SUDO_IN_COMMAND = {
        title: "container starts its program with sudo",
        severity: Severity::Medium,
        layer: Layer::Pod,
        maps: &[],
        reads: &[],
        check: Check::Workload(check),
    }
}

fn check(workload: Workload<'_>, out: &mut Sink<'_>) {
    for container in workload.containers() {
        let spec = container.spec();
        for (field, words) in [("command", &spec.command), ("args", &spec.args)] {
            for (index, word) in words.iter().flatten().enumerate() {
                if runs_sudo(word) {
                    let message = format!("{} becomes root by `sudo`", container.described());
                    out.fail(container.path().key(field).index(index), message);
                }
            }
        }
    }
}

/// Whether a word of a command line, or a line of shell, runs `sudo`.
fn runs_sudo(text: &str) -> bool {
    let separates = |character: char| character.is_whitespace() || ";&|(){}`'\"$".contains(character);
    text.split(separates).any(|word| word == "sudo" || word.ends_with("/bin/sudo"))
}
