//! How the control plane and the nodes are configured, as far as files say it: static pods, kubeadm
//! configurations, and the configuration files of the components.
//!
//! Whatever the file, a component has *flags*; the fields of a `KubeletConfiguration` are read as the
//! flags that they stand for. [`Configured::setting`] gives the value in force in a version: what is
//! written, else what kubeadm passes, else the component's own default, which [`defaults`] lists with
//! its upstream source. k3s and RKE2 pass many flags of their own: of
//! their configuration what it writes is judged (`rancher.rs`).
//!
//! Start reading at [`Configured`].

mod admission;
mod authentication;
mod bootstrap_tokens;
mod cipher_suites;
mod command_line;
pub mod defaults;
mod encryption;
mod expansion;
mod files;
mod joined;
mod kubeadm;
mod rancher;
mod recognise;
mod refusals;
mod setting;
mod shell;

#[cfg(test)]
mod form_tests;
#[cfg(test)]
mod properties;
#[cfg(test)]
mod refusal_tests;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use watertight_model::GroupKind;
use watertight_syntax::Path;

pub use admission::{POD_SECURITY_CONFIGURATION, PodSecurityFile, plugins_on_by_default};
pub use authentication::{Anonymous, Authentication, Authorizer};
pub use bootstrap_tokens::BootstrapToken;
pub use cipher_suites::{INSECURE_CIPHER_SUITES, STRONG_CIPHER_SUITES};
pub use encryption::{Encryption, Provider, ProviderKind, ResourceRule};
pub use files::{AUTHENTICATION, AUTHORIZATION, KUBELET_FILE, PROXY_FILE, SCHEDULER_FILE};
pub(crate) use files::{authentication_of, file_of, is_configuration};
pub(crate) use joined::{is_drop_in, join};
pub(crate) use kubeadm::{is_kubeadm, kubeadm_of};
pub(crate) use rancher::{partly_read, rancher_of};
pub(crate) use recognise::components_of;
pub use refusals::refusals;
pub use setting::{Setting, Unseen};

use command_line::Flags;

/// A program that Kubernetes is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Component {
    /// `kube-apiserver`.
    ApiServer,
    /// `kube-controller-manager`.
    ControllerManager,
    /// `kube-scheduler`.
    Scheduler,
    /// `etcd`.
    Etcd,
    /// `kubelet`.
    Kubelet,
    /// `kube-proxy`.
    Proxy,
}

impl Component {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::ApiServer, Self::ControllerManager, Self::Scheduler, Self::Etcd, Self::Kubelet, Self::Proxy];

    /// The name of the program.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::ApiServer => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
            Self::Etcd => "etcd",
            Self::Kubelet => "kubelet",
            Self::Proxy => "kube-proxy",
        }
    }

    /// The component whose program has this name.
    fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|component| component.name() == name)
    }

    /// The configuration file that its flag `--config` names, for those that have one.
    #[must_use]
    pub const fn file(self) -> Option<GroupKind> {
        match self {
            Self::Kubelet => Some(KUBELET_FILE),
            Self::Scheduler => Some(SCHEDULER_FILE),
            Self::Proxy => Some(PROXY_FILE),
            Self::ApiServer | Self::ControllerManager | Self::Etcd => None,
        }
    }
}

/// One component as one object configures it.
#[derive(Debug, Clone)]
pub struct Configured {
    component: Component,
    form: Form,
    flags: Flags,
    /// Whether it is part of a control plane, by its namespace, labels or network; an etcd may also
    /// belong to an application.
    of_cluster: bool,
    /// Whether the node runs Windows, where some settings mean nothing.
    on_windows: bool,
    /// Flags that a file says which is laid over this one.
    overruled: BTreeSet<String>,
}

/// How the object says it.
#[derive(Debug, Clone)]
enum Form {
    /// A command line.
    Command {
        /// The list to which a flag can be added; `None` when the words come out of a script.
        list: Option<Path>,
        /// What messages and missing flags point at.
        at: Path,
    },
    /// The arguments that kubeadm adds to its own.
    ExtraArgs {
        /// The map or list.
        at: Path,
        /// Which of both it is.
        shape: Shape,
        /// Where what is not given comes from.
        rest: Rest,
    },
    /// Options of a program that hands them to the component, with others of its own.
    Options {
        /// The first of them.
        at: Path,
    },
    /// A configuration file of the component.
    File {
        /// Who sets what it leaves out.
        rest: Rest,
    },
}

/// Where the value of a flag comes from that is not given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Rest {
    /// The component's own default.
    Own,
    /// What kubeadm passes or sets, else the component's own default.
    Kubeadm,
    /// The component's configuration file, which kubeadm always names: so for kubelets.
    File,
    /// Something that is not in view: what is written here only changes that.
    Elsewhere,
}

/// The two forms of `extraArgs`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shape {
    /// Up to kubeadm `v1beta3`.
    Map,
    /// A list of `name` and `value`, since kubeadm `v1beta4`.
    List,
}

impl Configured {
    /// Which component.
    #[must_use]
    pub const fn component(&self) -> Component {
        self.component
    }

    /// Whether it is part of a control plane. Only an etcd may be something else's.
    #[must_use]
    pub const fn of_cluster(&self) -> bool {
        self.of_cluster
    }

    /// Whether the file is that of a node with Windows, as far as its paths tell.
    #[must_use]
    pub const fn on_windows(&self) -> bool {
        self.on_windows
    }

    /// Whether a flag or field is written.
    #[must_use]
    pub fn gives(&self, flag: &str) -> bool {
        self.flags.given.contains_key(flag)
    }

    /// The flags that are given several times with different values, though only the last holds, each
    /// with the place of its last value. Sorted. A flag that the [table](defaults::TABLE) does not know may
    /// add up, and is none.
    pub fn contradicting(&self) -> impl Iterator<Item = (&str, &Path)> {
        let adds_up = |flag: &str| {
            defaults::row(self.component, flag)
                .is_none_or(|row| matches!(row.kind, defaults::Kind::List | defaults::Kind::Gates))
        };
        self.flags.given.iter().filter_map(move |(flag, given)| {
            let last = given.last().filter(|_| !adds_up(flag))?;
            let differs = given.iter().any(|given| given.value.is_some() && given.value != last.value);
            differs.then_some((flag.as_str(), &last.path))
        })
    }

    /// Where a flag is written, also one that the [table](defaults::TABLE) does not know, and its last
    /// value; `None` as the value when it comes from a variable.
    #[must_use]
    pub fn written(&self, flag: &str) -> Option<(&Path, Option<&str>)> {
        let last = self.flags.given.get(flag)?.last()?;
        Some((&last.path, last.value.as_deref()))
    }
}
