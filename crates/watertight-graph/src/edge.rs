//! What an entry of the catalogue of edges is.

use crate::build::Pen;
use crate::grants::Granted;
use crate::process::Process;
use crate::scene::Scene;

/// A permission on objects of a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Need {
    /// The API group.
    pub group: &'static str,
    /// The resource, perhaps with a subresource.
    pub resource: &'static str,
    /// The verb.
    pub verb: &'static str,
    /// The only object that it is about; `None` for whichever.
    pub name: Option<&'static str>,
}

impl Need {
    /// On whichever object.
    #[must_use]
    pub const fn of(verb: &'static str, group: &'static str, resource: &'static str) -> Self {
        Self { group, resource, verb, name: None }
    }

    /// The same on one object.
    #[must_use]
    pub const fn named(self, name: &'static str) -> Self {
        Self { name: Some(name), ..self }
    }
}

/// Several verbs on one resource: any of them.
#[macro_export]
macro_rules! any_of {
    ($group:expr, $resource:literal: $($verb:literal)+) => {
        &[$($crate::Need::of($verb, $group, $resource)),+]
    };
}

/// Creating and changing objects of resources, by group.
#[macro_export]
macro_rules! written {
    ($($group:literal: $($resource:literal)+);+ $(;)?) => {
        &[$($(
            $crate::Need::of("create", $group, $resource),
            $crate::Need::of("update", $group, $resource),
            $crate::Need::of("patch", $group, $resource),
        )+)+]
    };
}

/// How an entry draws its edges.
#[derive(Clone, Copy)]
pub enum Draw {
    /// For each container of each workload.
    Process(fn(&Process<'_>, &mut Pen<'_>)),
    /// For whoever may do one of the actions of each list, all in one namespace or everywhere.
    Grant {
        /// Of each list, one.
        needs: &'static [&'static [Need]],
        /// Whether the first list may be met for objects of certain names only.
        names: bool,
        /// Where it leads.
        leads: fn(&Granted, &Scene<'_>, &mut Pen<'_>),
    },
    /// As [`Draw::Grant`], for what the API server asks of one request: whoever makes it has to meet all lists alone,
    /// with all of its groups.
    Request {
        /// Of each list, one.
        needs: &'static [&'static [Need]],
        /// Whether the first list may be met for objects of certain names only.
        names: bool,
        /// Where it leads.
        leads: fn(&Granted, &Scene<'_>, &mut Pen<'_>),
    },
    /// For each container, and as [`Draw::Grant`] for whoever has permissions: what takes both.
    With {
        /// Draws what the container has of it.
        process: fn(&Process<'_>, &mut Pen<'_>),
        /// Of each list, one.
        needs: &'static [&'static [Need]],
        /// Whether the first list may be met for objects of certain names only.
        names: bool,
        /// Draws where both lead.
        leads: fn(&Granted, &Scene<'_>, &mut Pen<'_>),
    },
    /// For whoever may do one of the actions on what a controller acts upon, and for whoever may do everything in a
    /// namespace: what the controller gives is not implied by that.
    Deputy {
        /// Whether anything in view acts so.
        when: fn(&Scene<'_>) -> bool,
        /// One of these.
        needs: &'static [Need],
        /// Where it leads, and by which of them.
        leads: fn(&Granted, &Need, &Scene<'_>, &mut Pen<'_>),
    },
    /// With what requesters may do as others.
    Impersonation,
    /// With the network, which is drawn as a whole.
    Network,
    /// Once.
    Scene(fn(&Scene<'_>, &mut Pen<'_>)),
}

/// An entry of the catalogue of edges. Declared with [`edge!`](crate::edge!), one file each.
pub struct AttackEdge {
    /// Its identity: the kebab-case name of its file.
    pub id: &'static str,
    /// What the attacker does, in a few words.
    pub title: &'static str,
    /// The technique of MITRE ATT&CK for containers or Kubernetes' identities.
    pub technique: &'static str,
    /// Whether it needs a flaw in software that listens.
    pub needs_flaw: bool,
    /// Which changes take it away, in words.
    pub removed_by: &'static [&'static str],
    /// How it is drawn.
    pub draw: Draw,
    /// Its page, in Markdown: precondition, upstream source, executed examples.
    pub markdown: &'static str,
}

impl core::fmt::Debug for AttackEdge {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(self.id)
    }
}

/// `HOST_PATH_WRITE` to `host-path-write`, at compile time.
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

/// Declares an edge: a documented static whose name gives its identity.
///
/// The doc comment is its page. Its first paragraph says the precondition; the fenced blocks `yaml,edges` and
/// `yaml,none` are executed: before an object, comments `#> FROM -[id]-> TO` name every edge of this entry that the
/// manifest draws; of `yaml,none` there is none. A version behind it, as in `yaml,edges,1.34`, is the target.
#[macro_export]
macro_rules! edge {
    (
        $(#[doc = $doc:literal])+
        pub static $NAME:ident = {
            title: $title:expr,
            technique: $technique:expr,
            $(needs_flaw: $flaw:expr,)?
            removed_by: $removed:expr,
            draw: $draw:expr,
        }
    ) => {
        $(#[doc = $doc])+
        pub static $NAME: $crate::AttackEdge = $crate::AttackEdge {
            id: {
                const RAW: &str = stringify!($NAME);
                const BYTES: [u8; RAW.len()] = $crate::kebab(RAW);
                match ::core::str::from_utf8(&BYTES) {
                    Ok(name) => name,
                    Err(_) => RAW,
                }
            },
            title: $title,
            technique: $technique,
            needs_flaw: false $(|| $flaw)?,
            removed_by: $removed,
            draw: $draw,
            markdown: concat!($($doc, "\n"),+),
        };
    };
}
