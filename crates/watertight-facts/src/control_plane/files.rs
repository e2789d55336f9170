//! The configuration files of components: which kinds they are, and what of them is joined.

use std::collections::BTreeSet;

use watertight_model::{GroupKind, Identity};
use watertight_syntax::{Path, Value};

use super::admission::is_admission;
use super::command_line::{Flags, Given, Written};
use super::defaults::{Kind, TABLE};
use super::encryption::is_encryption;
use super::kubeadm::scalar;
use super::{Authentication, Component, Configured, Form, POD_SECURITY_CONFIGURATION, Rest};

/// The kubelet's configuration file.
pub const KUBELET_FILE: GroupKind =
    GroupKind { group: "kubelet.config.k8s.io", kind: "KubeletConfiguration" };
/// The scheduler's configuration file.
pub const SCHEDULER_FILE: GroupKind =
    GroupKind { group: "kubescheduler.config.k8s.io", kind: "KubeSchedulerConfiguration" };
/// The configuration file of kube-proxy.
pub const PROXY_FILE: GroupKind =
    GroupKind { group: "kubeproxy.config.k8s.io", kind: "KubeProxyConfiguration" };
/// How the API server learns who asks.
pub const AUTHENTICATION: GroupKind =
    GroupKind { group: "apiserver.config.k8s.io", kind: "AuthenticationConfiguration" };
/// What the API server asks whether something is allowed.
pub const AUTHORIZATION: GroupKind =
    GroupKind { group: "apiserver.config.k8s.io", kind: "AuthorizationConfiguration" };

/// Whether objects of this kind are configuration files that are read: a body that cannot be opened
/// then is a gap.
pub(crate) fn is_configuration(identity: &Identity) -> bool {
    component_of(identity).is_some()
        || [AUTHENTICATION, AUTHORIZATION, POD_SECURITY_CONFIGURATION].iter().any(|kind| kind.is(identity))
        || is_encryption(identity)
        || is_admission(identity)
        || (&*identity.group == "audit.k8s.io" && &*identity.kind == "Policy")
}

fn component_of(identity: &Identity) -> Option<Component> {
    Component::ALL.into_iter().find(|component| component.file().is_some_and(|file| file.is(identity)))
}

/// The component that a configuration file is of, with its fields as flags.
pub(crate) fn file_of(identity: &Identity, root: Value<'_>) -> Option<Configured> {
    let component = component_of(identity)?;
    let mut flags = Flags::default();
    for row in TABLE.iter().filter(|row| row.component == component) {
        let Some((field, _)) = row.field else { continue };
        let path = Path::root().at(field);
        let Some(value) = root.at(&path).filter(|value| !value.is_null()) else { continue };
        let text = scalar(value);
        // Defaulting takes an empty text, list or duration for none
        // (`SetDefaults_KubeletConfiguration`, pkg/kubelet/apis/config/v1beta1/defaults.go).
        let is_zero = text.is_empty()
            || (row.kind == Kind::Duration && super::setting::parse_seconds(&text) == Some(0));
        if !is_zero {
            flags.add(row.flag, Given { value: Some(text), path, written: Written::Field });
        }
    }
    let form = Form::File { rest: Rest::Own };
    let on_windows = component == Component::Kubelet && is_of_windows(root);
    Some(Configured { component, form, flags, of_cluster: true, on_windows, overruled: BTreeSet::new() })
}

/// Whether the paths of a kubelet's file are those of Windows: `C:\var\lib\kubelet`, `npipe:////./pipe/x`.
fn is_of_windows(root: Value<'_>) -> bool {
    const PATHS: &[&str] = &[
        "authentication.x509.clientCAFile",
        "containerRuntimeEndpoint",
        "podLogsDir",
        "staticPodPath",
        "tlsCertFile",
        "volumePluginDir",
    ];
    let is_windows = |text: &str| {
        let drive = text.split_once([':']).is_some_and(|(drive, rest)| {
            drive.len() == 1
                && drive.starts_with(|letter: char| letter.is_ascii_alphabetic())
                && rest.starts_with(['\\', '/'])
        });
        drive || text.starts_with("npipe:")
    };
    PATHS.iter().any(|path| root.at(&Path::root().at(path)).and_then(Value::as_str).is_some_and(is_windows))
}

/// What an AuthenticationConfiguration says.
pub(crate) fn authentication_of(identity: &Identity, root: Value<'_>) -> Option<Authentication> {
    AUTHENTICATION.is(identity).then(|| Authentication::of(root))
}

impl Configured {
    /// The same file, read by kubeadm.
    #[must_use]
    pub(crate) fn through_kubeadm(mut self) -> Self {
        if let Form::File { rest: rest @ Rest::Own } = &mut self.form {
            *rest = Rest::Kubeadm;
        }
        self
    }

    /// The same, when it only changes something that is not in view: a patch, or a file that is laid over
    /// another.
    #[must_use]
    pub(crate) fn over_something(mut self) -> Self {
        match &mut self.form {
            Form::ExtraArgs { rest, .. } | Form::File { rest } => *rest = Rest::Elsewhere,
            Form::Command { .. } | Form::Options { .. } => {}
        }
        self
    }

    /// Whether it is the component's configuration file, and not its command line.
    #[must_use]
    pub fn is_file(&self) -> bool {
        matches!(self.form, Form::File { .. })
    }
}
