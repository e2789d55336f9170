//! Components among the containers of a pod.

use std::collections::BTreeSet;

use watertight_model::{Identity, Namespace};
use watertight_syntax::{Kind, Path, Value};

use super::command_line::{self, Flags, Given, Word, Written};
use super::expansion::Environment;
use super::shell;
use super::{Component, Configured, Form};

/// Programs that start another one: what comes after their own flags is its command line.
const WRAPPERS: &[&str] =
    &["hyperkube", "go-runner", "tini", "dumb-init", "catatonit", "nice", "ionice", "nsenter", "env"];

/// Shells, for `sh -c SCRIPT`.
const SHELLS: &[&str] = &["sh", "bash", "ash", "dash"];

/// The components that the containers of a pod run. `template` is the pod or pod template, at `path`.
pub(crate) fn components_of(identity: &Identity, template: Value<'_>, path: &Path) -> Vec<Configured> {
    let Some(spec) = template.get("spec") else { return Vec::new() };
    let containers = spec.get("containers").into_iter().flat_map(Value::items).enumerate();
    let of_cluster = is_of_cluster(identity, template, spec);
    let list = path.key("spec").key("containers");
    let configured = containers.filter_map(|(index, container)| configured(container, &list.index(index)));
    configured
        .map(|configured| Configured { of_cluster: of_cluster || !configured.is_etcd(), ..configured })
        .collect()
}

/// Whether a pod is part of a control plane: kubeadm and its kin put it into `kube-system`, label it
/// or let it use the network of the node.
fn is_of_cluster(identity: &Identity, template: Value<'_>, spec: Value<'_>) -> bool {
    let label = |key: &str| {
        let labels = template.get("metadata").and_then(|metadata| metadata.get("labels"));
        labels.and_then(|labels| labels.get(key)).and_then(Value::as_str).map(str::to_owned)
    };
    let in_system = matches!(&identity.namespace, Namespace::Named(name) if &**name == "kube-system");
    in_system
        || label("tier").as_deref() == Some("control-plane")
        || spec.get("hostNetwork").and_then(Value::as_bool) == Some(true)
}

impl Configured {
    fn is_etcd(&self) -> bool {
        self.component == Component::Etcd
    }
}

fn configured(container: Value<'_>, at: &Path) -> Option<Configured> {
    let has = |list: &str| container.get(list).is_some_and(|list| list.items().len() > 0);
    let command = has("command");
    let list = if has("args") { "args" } else { "command" };
    let mut words = Vec::new();
    if !command && !has("args") && !names_component(container) {
        return None;
    }
    let environment = Environment::of(container);
    for key in ["command", "args"] {
        words.extend(words_of(container, key, at, &environment));
    }
    let list_at = at.key(list);
    let (component, flags, editable) = if command {
        run(&words)?
    } else {
        // Without a command the image decides; the arguments may still name the program.
        run(&words).or_else(|| {
            let component = component_of_image(container)?;
            let flags = command_line::parse(component, &words, true);
            (!words.is_empty() || component == Component::Etcd).then_some((component, flags, true))
        })?
    };
    let flags = match component {
        Component::Etcd => from_environment(flags, &environment, container, at),
        _ => flags,
    };
    let form = Form::Command { list: editable.then(|| list_at.clone()), at: list_at };
    Some(Configured {
        component,
        form,
        flags,
        of_cluster: false,
        on_windows: false,
        overruled: BTreeSet::new(),
    })
}

fn words_of(container: Value<'_>, key: &'static str, at: &Path, environment: &Environment<'_>) -> Vec<Word> {
    let list = at.key(key);
    let items = container.get(key).into_iter().flat_map(Value::items).enumerate();
    items
        .map(|(index, item)| {
            let path = list.index(index);
            match item.as_str() {
                Some(text) => {
                    let expanded = environment.expand(text);
                    Word { text: expanded.text, unknown_from: expanded.unknown_from, path }
                }
                // What is no text is refused; it says nothing that can be read.
                None => Word { text: String::new(), unknown_from: Some(0), path },
            }
        })
        .collect()
}

/// The component that a command line runs, with its flags, and whether flags can be added at its end.
fn run(words: &[Word]) -> Option<(Component, Flags, bool)> {
    let (first, rest) = words.split_first()?;
    let program = base_name(&first.text);
    if let Some(component) = Component::named(program) {
        return Some((component, command_line::parse(component, rest, true), true));
    }
    if SHELLS.contains(&program) {
        return script(rest);
    }
    if WRAPPERS.contains(&program) {
        let own =
            rest.iter().take_while(|word| word.text.starts_with('-') || word.text.contains('=')).count();
        let (named, flags) = rest[own..].split_first()?;
        let component = Component::named(hyperkube(base_name(&named.text)))?;
        return Some((component, command_line::parse(component, flags, true), true));
    }
    None
}

/// `hyperkube apiserver` and its like, as it was once called.
fn hyperkube(name: &str) -> &str {
    match name {
        "apiserver" => "kube-apiserver",
        "controller-manager" => "kube-controller-manager",
        "scheduler" => "kube-scheduler",
        "proxy" => "kube-proxy",
        _ => name,
    }
}

/// `-c SCRIPT` of a shell.
fn script(words: &[Word]) -> Option<(Component, Flags, bool)> {
    let option = words.iter().position(|word| {
        word.text.starts_with('-') && !word.text.starts_with("--") && word.text.ends_with('c')
    })?;
    let script = words.get(option + 1)?;
    let unreadable = |component| {
        let why = "they are in a shell script that is more than simple commands".to_owned();
        Some((component, Flags { opaque: Some(why), ..Flags::default() }, false))
    };
    let Some(commands) = shell::commands(&script.text) else {
        return unreadable(mentioned(&script.text)?);
    };
    let mut found = None;
    for command in &commands {
        let words: Vec<Word> = command
            .iter()
            .map(|word| Word {
                text: word.text.clone(),
                unknown_from: word.unknown_from,
                path: script.path.clone(),
            })
            .collect();
        let Some((component, named)) = of_command(&words) else { continue };
        if found.is_some() {
            return unreadable(component);
        }
        found = Some((component, command_line::parse(component, named, false), false));
    }
    // The kubelet filled something into the script that it does not show.
    if script.unknown_from.is_some() {
        let (component, ..) = found?;
        return unreadable(component);
    }
    found
}

fn of_command(words: &[Word]) -> Option<(Component, &[Word])> {
    let (first, rest) = words.split_first()?;
    if let Some(component) = Component::named(base_name(&first.text)) {
        return Some((component, rest));
    }
    if WRAPPERS.contains(&base_name(&first.text)) {
        let own =
            rest.iter().take_while(|word| word.text.starts_with('-') || word.text.contains('=')).count();
        let (named, flags) = rest.get(own..)?.split_first()?;
        return Component::named(hyperkube(base_name(&named.text))).map(|component| (component, flags));
    }
    None
}

/// The component that a script starts in some way: its name stands where a command may.
fn mentioned(script: &str) -> Option<Component> {
    let mut words =
        script.split(|character: char| character.is_whitespace() || ";|&(){}".contains(character));
    words.find_map(|word| Component::named(base_name(word)))
}

/// The last part of a path; of a flag, which may hold one (`--kubelet-service=kube-system/kubelet`), nothing.
fn base_name(program: &str) -> &str {
    if program.starts_with('-') {
        return "";
    }
    program.rsplit('/').next().unwrap_or(program)
}

fn names_component(container: Value<'_>) -> bool {
    component_of_image(container).is_some()
}

/// The component that an image is named after: `registry.k8s.io/kube-proxy:v1.36.0`.
fn component_of_image(container: Value<'_>) -> Option<Component> {
    let image = container.get("image").filter(|image| image.kind() == Kind::String)?.as_str()?;
    let last = base_name(image.split('@').next()?);
    Component::named(last.split(':').next()?)
}

/// Variables `ETCD_…` are flags that the command line does not give (`SetFlagsFromEnv`,
/// `go.etcd.io/etcd/pkg/flags/flag.go`); a configuration file overrules both.
fn from_environment(
    mut flags: Flags,
    environment: &Environment<'_>,
    container: Value<'_>,
    at: &Path,
) -> Flags {
    let position = |name: &str| {
        let entries = container.get("env").into_iter().flat_map(Value::items);
        entries.enumerate().find(|(_, entry)| entry.get("name").and_then(Value::as_str) == Some(name))
    };
    for (name, value) in environment.names() {
        let Some(flag) = name.strip_prefix("ETCD_") else { continue };
        let flag = flag.to_ascii_lowercase().replace('_', "-");
        if flags.given.contains_key(&flag) || value == Some("") {
            continue;
        }
        let Some((index, _)) = position(name) else { continue };
        let path = at.key("env").index(index).key("value");
        flags.add(&flag, Given { value: value.map(str::to_owned), path, written: Written::Fixed });
    }
    if flags.given.contains_key("config-file") {
        flags.opaque.get_or_insert_with(|| "they are in the file that `--config-file` names".to_owned());
    }
    flags
}
