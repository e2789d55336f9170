use watertight_facts::control_plane::Component;
use watertight_facts::{BindingScope, ClusterScope, ComponentScope, NamespaceScope, RoleScope, Workload};
use watertight_model::{GroupKind, Layer, Mapping, Severity};

use crate::docs::Docs;
use crate::sink::{ObjectView, Sink};

/// What a control looks at, and so where it may be called.
#[derive(Clone, Copy)]
pub enum Check {
    /// Each object of any kind, by itself.
    Object(fn(ObjectView<'_>, &mut Sink<'_>)),
    /// Each object of these kinds, by itself.
    Kinds(&'static [GroupKind], fn(ObjectView<'_>, &mut Sink<'_>)),
    /// Each workload: the top-most owner in view, and instances that differ from it.
    Workload(fn(Workload<'_>, &mut Sink<'_>)),
    /// Each namespace that somebody declared. One that is only spoken of is not judged: its labels are
    /// not in view.
    Namespace(fn(NamespaceScope<'_>, &mut Sink<'_>)),
    /// Each RoleBinding and ClusterRoleBinding, with what it grants to whom. Such a control reads all of
    /// [`RBAC`](watertight_facts::RBAC). Grants add up, so what it says holds also when some are hidden:
    /// only its silence is then unknown.
    Binding(fn(BindingScope<'_>, &mut Sink<'_>)),
    /// Each Role and ClusterRole with its rules in force. Such a control reads all of
    /// [`RBAC`](watertight_facts::RBAC); what was said of bindings holds of roles.
    Role(fn(RoleScope<'_>, &mut Sink<'_>)),
    /// Each of these components of Kubernetes, wherever an object configures it: a static pod, a kubeadm
    /// configuration, a configuration file.
    Component(&'static [Component], fn(ComponentScope<'_>, &mut Sink<'_>)),
    /// The cluster, once for each run. What it finds belongs to no object; what the input does not hold
    /// is told with [`Sink::not_in_view`].
    Cluster(fn(ClusterScope<'_>, &mut Sink<'_>)),
}

impl Check {
    /// Whether more objects in view could only add to what it says.
    pub(crate) fn is_additive(self) -> bool {
        matches!(self, Self::Binding(_) | Self::Role(_))
    }

    /// What it is called for, as one word.
    #[must_use]
    pub fn scope(self) -> &'static str {
        match self {
            Self::Object(_) | Self::Kinds(..) => "object",
            Self::Workload(_) => "workload",
            Self::Namespace(_) => "namespace",
            Self::Binding(_) => "binding",
            Self::Role(_) => "role",
            Self::Component(..) => "component",
            Self::Cluster(_) => "cluster",
        }
    }
}

/// One hardening rule. Declared with [`control!`](crate::control), one file each.
pub struct Control {
    /// Its identity: the kebab-case name of its file. Says what is wrong.
    pub name: &'static str,
    /// Names it had before; still accepted where a name is given.
    pub formerly: &'static [&'static str],
    /// What is wrong, in a few words, without a full stop.
    pub title: &'static str,
    /// How much it matters, unless a finding says otherwise.
    pub severity: Severity,
    /// The layer it hardens.
    pub layer: Layer,
    /// Where outside frameworks speak of it.
    pub maps: &'static [Mapping],
    /// Further kinds it joins. What of them was not seen makes its answers unknown.
    pub reads: &'static [GroupKind],
    /// The rule.
    pub check: Check,
    /// Its page, in Markdown: why, remedy, executed examples.
    pub markdown: &'static str,
}

impl Control {
    /// Its page, taken apart.
    #[must_use]
    pub fn docs(&self) -> Docs {
        Docs::parse(self.markdown)
    }
}

impl core::fmt::Debug for Control {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.name)
    }
}

/// `PRIVILEGED_CONTAINER` to `privileged-container`, at compile time.
#[must_use]
pub const fn kebab<const N: usize>(name: &str) -> [u8; N] {
    let bytes = name.as_bytes();
    let mut out = [0; N];
    let mut at = 0;
    while at < N {
        out[at] = if bytes[at] == b'_' { b'-' } else { bytes[at].to_ascii_lowercase() };
        at += 1;
    }
    out
}

/// Declares a control: a documented static whose name gives the control's identity.
///
/// The doc comment is the control's page. Its first paragraph is one or two sentences on why it
/// matters; `## Remedy` says what to do; the fenced blocks `yaml,fail`, `yaml,fixed` and `yaml,pass`
/// are executed. A control that was called otherwise begins with `formerly: ["old-name"],`.
#[macro_export]
macro_rules! control {
    (
        $(#[doc = $doc:literal])+
        pub static $NAME:ident = {
            $(formerly: [$($former:literal),+],)?
            title: $title:expr,
            severity: $severity:expr,
            layer: $layer:expr,
            maps: $maps:expr,
            reads: $reads:expr,
            check: $check:expr,
        }
    ) => {
        $(#[doc = $doc])+
        pub static $NAME: $crate::Control = $crate::Control {
            name: {
                const RAW: &str = stringify!($NAME);
                const BYTES: [u8; RAW.len()] = $crate::kebab(RAW);
                match ::core::str::from_utf8(&BYTES) {
                    Ok(name) => name,
                    Err(_) => RAW,
                }
            },
            formerly: &[$($($former),+)?],
            title: $title,
            severity: $severity,
            layer: $layer,
            maps: $maps,
            reads: $reads,
            check: $check,
            markdown: concat!($($doc, "\n"),+),
        };
    };
}
