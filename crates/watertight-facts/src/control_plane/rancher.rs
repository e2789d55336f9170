//! Flags that the configuration file of k3s or RKE2 hands to components: `kube-apiserver-arg` and its like.
//!
//! Both pass many flags of their own, which are not in view: what the file writes is judged, and nothing else.
//! Later files and the command line may write over it. Upstream: `pkg/configfilearg/parser.go` of
//! `github.com/k3s-io/k3s`.

use std::collections::BTreeSet;

use watertight_model::{Gap, Object, RANCHER_ARGUMENTS, RANCHER_CONFIG, option_of};
use watertight_syntax::{Kind, Path, Value};

use super::command_line::{Flags, Given, Written};
use super::kubeadm::scalar;
use super::{Component, Configured, Form};

/// What is said of such a file, since it cannot be judged as a whole.
pub(crate) fn partly_read(object: &Object) -> Option<Gap> {
    const WHY: &str = "k3s and RKE2 pass flags of their own, and other files add to this one: of it only the \
         arguments that it hands to components are judged; check the command lines of the running components";
    RANCHER_CONFIG.is(object.identity()).then(|| Gap::in_object(object, &Path::root(), WHY))
}

/// The components that get flags from such a file.
pub(crate) fn rancher_of(root: Value<'_>) -> Vec<Configured> {
    let mut all = Vec::new();
    for (option, program) in RANCHER_ARGUMENTS {
        let Some(component) = Component::named(program) else { continue };
        let mut flags = Flags::default();
        for (key, value) in root.entries().filter(|(key, _)| option_of(key) == option) {
            let at = Path::root().key(key.to_owned());
            if value.kind() == Kind::String {
                add(&mut flags, component, value, at);
                continue;
            }
            for (index, item) in value.items().enumerate() {
                add(&mut flags, component, item, at.index(index));
            }
        }
        if component == Component::Kubelet {
            let option = "protect-kernel-defaults";
            let value = root.get(option).filter(|value| value.as_bool().is_some());
            if let Some(value) = value {
                let path = Path::root().key(option);
                flags.add(option, Given { value: Some(scalar(value)), path, written: Written::Fixed });
            }
        }
        if !flags.given.is_empty() {
            let form = Form::Options { at: Path::root().key(option) };
            all.push(Configured {
                component,
                form,
                flags,
                of_cluster: true,
                on_windows: false,
                overruled: BTreeSet::new(),
            });
        }
    }
    all
}

/// `name=value`, with or without dashes.
fn add(flags: &mut Flags, component: Component, item: Value<'_>, path: Path) {
    let text = scalar(item);
    let word = text.trim_start_matches('-');
    let (name, value) = word.split_once('=').unwrap_or((word, "true"));
    let name = if component == Component::Etcd { name.to_owned() } else { name.replace('_', "-") };
    flags.add(&name, Given { value: Some(value.to_owned()), path, written: Written::Fixed });
}
