//! The value of a flag that is in force, where it comes from, and how to change it.

use serde_json::json;
use watertight_model::{Fix, GroupKind, KubernetesVersion};
use watertight_syntax::Path;

use super::command_line::{Given, Written};
use super::defaults::{self, Kind, Row};
use super::{Component, Configured, Form, Rest, Shape};

/// The value in force of one flag of one component.
#[derive(Debug, Clone)]
pub struct Setting {
    /// Where it is written, or would be.
    pub path: Path,
    row: &'static Row,
    values: Vec<String>,
    origin: Origin,
    target: KubernetesVersion,
}

/// Why a value is in force.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Origin {
    /// It is written as a flag.
    Flag,
    /// It is written as this field.
    Field(&'static str),
    /// kubeadm passes or sets it.
    Kubeadm,
    /// It is the component's own default, when this flag is not given.
    NoFlag,
    /// It is the component's own default, when this field is not set.
    NoField(&'static str),
}

/// Why a value is not known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unseen {
    /// It is there and cannot be read: why.
    Unreadable(String),
    /// It is written and not of the kind that the flag takes: the component does not start.
    Invalid(Path),
    /// It stands in a configuration file of this kind, which is judged by itself when it is in view.
    InFile(GroupKind),
    /// It is not written here, and what is written here is laid over something that is not in view; or what is
    /// laid over this says it, and is judged by itself.
    NotWritten,
}

impl Configured {
    /// The value in force of a flag in a version.
    ///
    /// # Errors
    /// When it cannot be known: the value comes from a variable or out of a script, is of the wrong type,
    /// or stands in a file.
    ///
    /// # Panics
    /// When the flag is not in the [table](super::defaults::TABLE): a mistake of the caller.
    pub fn setting(&self, flag: &str, target: KubernetesVersion) -> Result<Setting, Unseen> {
        let row = defaults::row(self.component, flag);
        let row = row.unwrap_or_else(|| panic!("{} has no row for --{flag}", self.component.name()));
        if self.overruled.contains(flag) {
            return Err(Unseen::NotWritten);
        }
        if let Some(why) = &self.flags.opaque {
            return Err(Unseen::Unreadable(format!(
                "the arguments of {} cannot be read: {why}",
                self.component.name()
            )));
        }
        let setting = |path: Path, values: Vec<String>, origin| Setting { path, row, values, origin, target };
        let given = self.flags.given.get(flag).filter(|_| !self.is_overruled(row));
        let Some((given, last)) = given.and_then(|given| Some((given, given.last()?))) else {
            let (origin, value) = self.not_given(row, target)?;
            return Ok(setting(self.place(row), split(row.kind, value), origin));
        };
        let values = self.given_values(row, given)?;
        let origin = match (&self.form, row.field) {
            (Form::File { .. }, Some((field, _))) => Origin::Field(field),
            _ => Origin::Flag,
        };
        Ok(setting(last.path.clone(), values, origin))
    }

    /// Whether a configuration file of the component is named, so that fields stand for flags.
    fn has_file(&self) -> bool {
        let named = |flag| self.flags.given.get(flag).is_some_and(|given| given.iter().any(is_something));
        self.component.file().is_some() && (named("config") || named("config-dir"))
    }

    /// Whether what is written is without effect. Flags of a kubelet overrule its file
    /// (`kubeletConfigFlagPrecedence`, `cmd/kubelet/app/server.go`), those of the others do not; and
    /// kubeadm rotates certificates whatever the file says (`kubeletConfig.Default`,
    /// `cmd/kubeadm/app/componentconfigs/kubelet.go`).
    fn is_overruled(&self, row: &Row) -> bool {
        match self.form {
            Form::File { rest } => rest == Rest::Kubeadm && row.flag == "rotate-certificates",
            _ => self.component != Component::Kubelet && row.field.is_some() && self.has_file(),
        }
    }

    fn given_values(&self, row: &Row, given: &[Given]) -> Result<Vec<String>, Unseen> {
        let accumulates = matches!(row.kind, Kind::List | Kind::Gates);
        let read: Option<Vec<&str>> = given.iter().map(|given| given.value.as_deref()).collect();
        let Some(texts) = read.filter(|texts| !texts.is_empty()) else {
            let why = format!("`--{}` of {} comes from a variable", row.flag, self.component.name());
            return Err(Unseen::Unreadable(why));
        };
        let last = texts[texts.len() - 1];
        let fits = match row.kind {
            Kind::Bool => parse_bool(last).is_some(),
            Kind::Number => last.parse::<i64>().is_ok(),
            Kind::Duration => parse_seconds(last).is_some(),
            Kind::Text | Kind::List | Kind::Gates => true,
        };
        if !fits {
            return Err(Unseen::Invalid(given[given.len() - 1].path.clone()));
        }
        let used = if accumulates { &texts[..] } else { &texts[texts.len() - 1..] };
        Ok(used.iter().flat_map(|text| split(row.kind, text)).collect())
    }

    /// Where the value comes from when it is not written, and the value.
    fn not_given(&self, row: &Row, target: KubernetesVersion) -> Result<(Origin, &'static str), Unseen> {
        if let Form::Options { .. }
        | Form::ExtraArgs { rest: Rest::Elsewhere, .. }
        | Form::File { rest: Rest::Elsewhere } = self.form
        {
            return Err(Unseen::NotWritten);
        }
        if let (Form::File { rest }, Some((field, default))) = (&self.form, row.field) {
            return Ok(match row.kubeadm_field.filter(|_| *rest == Rest::Kubeadm) {
                Some(value) => (Origin::Kubeadm, value),
                None if row.flag == "event-qps" => (Origin::NoField(field), row.default_in(target.minor)),
                None => (Origin::NoField(field), default),
            });
        }
        let rest_in_file = matches!(self.form, Form::ExtraArgs { rest: Rest::File, .. });
        let stands_there = row.field.is_some() && (rest_in_file || self.has_file());
        if let Some(file) = self.component.file().filter(|_| stands_there) {
            return Err(Unseen::InFile(file));
        }
        let passed =
            row.kubeadm.filter(|_| matches!(self.form, Form::ExtraArgs { .. }) && !self.is_left_out(row));
        Ok(match passed {
            Some(value) => (Origin::Kubeadm, value),
            None => (Origin::NoFlag, row.default_in(target.minor)),
        })
    }

    /// kubeadm passes no modes when the authorizers are in a file (`getAPIServerCommand`,
    /// `cmd/kubeadm/app/phases/controlplane/manifests.go`).
    fn is_left_out(&self, row: &Row) -> bool {
        row.flag == "authorization-mode" && self.gives("authorization-config")
    }

    /// Where a flag that is not given would stand.
    fn place(&self, row: &Row) -> Path {
        match (&self.form, row.field) {
            (Form::File { .. }, Some((field, _))) => Path::root().at(field),
            (Form::File { .. }, None) => Path::root(),
            (Form::ExtraArgs { at, shape: Shape::Map, .. }, _) => at.key(row.flag),
            (
                Form::ExtraArgs { at, shape: Shape::List, .. }
                | Form::Command { at, .. }
                | Form::Options { at },
                _,
            ) => at.clone(),
        }
    }

    /// Gives a flag a value, in the way in which the object gives flags. `None` when that cannot be
    /// edited: a script, a variable, a flag that is written twice and adds up.
    #[must_use]
    pub fn set(&self, flag: &str, value: &str, fix: Fix) -> Option<Fix> {
        let row = defaults::row(self.component, flag)?;
        match self.flags.given.get(flag).map(Vec::as_slice) {
            None | Some([]) => match (&self.form, row.field) {
                (Form::File { .. }, Some((field, _))) => {
                    Some(fix.set(Path::root().at(field), typed(row.kind, value)))
                }
                (Form::File { .. }, None) | (Form::Options { .. }, _) => None,
                (Form::ExtraArgs { at, shape: Shape::Map, .. }, _) => Some(fix.set(at.key(row.flag), value)),
                (Form::ExtraArgs { at, shape: Shape::List, .. }, _) => {
                    Some(fix.append(at.clone(), json!({"name": row.flag, "value": value})))
                }
                (Form::Command { list, .. }, _) => {
                    Some(fix.append(list.clone()?, format!("--{}={value}", row.flag)))
                }
            },
            Some([.., _, _]) if matches!(row.kind, Kind::List | Kind::Gates) => None,
            Some([.., last]) => match &last.written {
                Written::Joined => Some(fix.set(last.path.clone(), format!("--{}={value}", row.flag))),
                Written::Apart(at) => Some(fix.set(at.clone(), value)),
                Written::Field if matches!(self.form, Form::File { .. }) => {
                    Some(fix.set(last.path.clone(), typed(row.kind, value)))
                }
                Written::Field => Some(fix.set(last.path.clone(), value)),
                Written::Fixed => None,
            },
        }
    }

    /// Takes a flag away, so that its default holds. `None` when that cannot be edited.
    #[must_use]
    pub fn remove(&self, flag: &str, mut fix: Fix) -> Option<Fix> {
        for given in self.flags.given.get(flag)? {
            fix = match &given.written {
                Written::Joined => fix.remove(given.path.clone()),
                Written::Apart(value) => fix.remove(given.path.clone()).remove(value.clone()),
                Written::Field => match (&self.form, given.path.parent()) {
                    // The `value` of an item of the list goes with the item.
                    (Form::ExtraArgs { shape: Shape::List, .. }, Some(item)) => fix.remove(item),
                    _ => fix.remove(given.path.clone()),
                },
                Written::Fixed => return None,
            };
        }
        Some(fix)
    }
}

fn is_something(given: &Given) -> bool {
    given.value.as_deref() != Some("")
}

fn split(kind: Kind, text: &str) -> Vec<String> {
    match kind {
        _ if text.is_empty() => Vec::new(),
        Kind::List | Kind::Gates => text.split(',').map(|part| part.trim().to_owned()).collect(),
        _ => vec![text.to_owned()],
    }
}

fn typed(kind: Kind, value: &str) -> serde_json::Value {
    match kind {
        Kind::Bool => (value == "true").into(),
        Kind::Number => value.parse::<i64>().map_or_else(|_| value.into(), Into::into),
        Kind::List => value.split(',').collect(),
        Kind::Text | Kind::Duration | Kind::Gates => value.into(),
    }
}

/// `strconv.ParseBool`.
fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// `time.ParseDuration`, rounded to whole seconds away from zero. Negative durations are as they are.
pub(super) fn parse_seconds(text: &str) -> Option<i64> {
    let (negative, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(0);
    }
    let mut nanoseconds: i128 = 0;
    if rest.is_empty() {
        return None;
    }
    while !rest.is_empty() {
        let number = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.').len();
        let (digits, unit) = rest.split_at(number);
        let letters = unit.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(unit.len());
        let (unit, after) = unit.split_at(letters);
        let scale: i128 = match unit {
            "ns" => 1,
            "us" | "µs" | "μs" => 1_000,
            "ms" => 1_000_000,
            "s" => 1_000_000_000,
            "m" => 60_000_000_000,
            "h" => 3_600_000_000_000,
            _ => return None,
        };
        let (whole, part) = digits.split_once('.').unwrap_or((digits, ""));
        if whole.is_empty() && part.is_empty() {
            return None;
        }
        let parse = |text: &str| if text.is_empty() { Some(0) } else { text.parse::<i128>().ok() };
        let part: String = part.chars().take(12).collect();
        let tens = u32::try_from(part.len()).ok()?;
        nanoseconds = nanoseconds
            .checked_add(parse(whole)?.checked_mul(scale)?)?
            .checked_add(parse(&part)?.checked_mul(scale)? / 10_i128.checked_pow(tens)?)?;
        rest = after;
    }
    let seconds = i64::try_from((nanoseconds + 999_999_999) / 1_000_000_000).ok()?;
    Some(if negative { -seconds } else { seconds })
}

impl Setting {
    /// The name of the flag.
    #[must_use]
    pub fn flag(&self) -> &'static str {
        self.row.flag
    }

    /// Whether it is yes.
    #[must_use]
    pub fn is_true(&self) -> bool {
        self.values.first().and_then(|text| parse_bool(text)) == Some(true)
    }

    /// Whether it is unset: no text, no item.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.values.is_empty()
    }

    /// Its text, empty when unset.
    #[must_use]
    pub fn text(&self) -> &str {
        self.values.first().map_or("", String::as_str)
    }

    /// Its number; 0 when unset.
    #[must_use]
    pub fn number(&self) -> i64 {
        self.text().parse().unwrap_or_default()
    }

    /// Its duration in seconds; 0 when unset.
    #[must_use]
    pub fn seconds(&self) -> i64 {
        parse_seconds(self.text()).unwrap_or_default()
    }

    /// Its items in order.
    #[must_use]
    pub fn list(&self) -> &[String] {
        &self.values
    }

    /// Whether the items have this one.
    #[must_use]
    pub fn has(&self, item: &str) -> bool {
        self.values.iter().any(|value| value == item)
    }

    /// What a feature gate is set to, when it is. Upstream: `componentGlobalsRegistry.AddFlags` in
    /// `k8s.io/component-base/compatibility/registry.go`: a name may be led by the component whose gate it
    /// is, which is `kube` when it is not.
    #[must_use]
    pub fn gate(&self, name: &str) -> Option<bool> {
        let own = |gate: &str| gate.strip_prefix("kube:").unwrap_or(gate) == name;
        let set =
            self.values.iter().rev().find_map(|gate| gate.split_once('=').filter(|(gate, _)| own(gate)));
        set.and_then(|(_, value)| parse_bool(value))
    }

    /// Whether somebody wrote it, rather than that it is a default.
    #[must_use]
    pub fn is_written(&self) -> bool {
        matches!(self.origin, Origin::Flag | Origin::Field(_))
    }

    /// What the component does and why, as a sentence without a full stop: `does` is what comes after
    /// the name of the component. An absent flag names the version whose default it is.
    #[must_use]
    pub fn said(&self, does: &str) -> String {
        let (name, flag, target) = (self.row.component.name(), self.row.flag, self.target);
        match &self.origin {
            Origin::Flag => match self.shown() {
                Some(value) => format!("{name} {does}: `--{flag}={value}`"),
                None if self.is_empty() => format!("{name} {does}: `--{flag}` is empty"),
                None => format!("{name} {does}: `--{flag}` is given"),
            },
            Origin::Field(field) => match self.shown() {
                Some(value) => format!("{name} {does}: `{field}` is `{value}`"),
                None if self.is_empty() => format!("{name} {does}: `{field}` is empty"),
                None => format!("{name} {does}: `{field}` is set"),
            },
            Origin::Kubeadm => {
                format!("{name} {does}: kubeadm gives it `--{flag}={}`", self.values.join(","))
            }
            Origin::NoFlag => format!("{name} {target} {does} when `--{flag}` is not given"),
            Origin::NoField(field) => format!("{name} {target} {does} when `{field}` is not set"),
        }
    }

    /// The value, when it is of a form that holds no secret: a word of Kubernetes, a number, an address.
    fn shown(&self) -> Option<String> {
        let harmless = |value: &String| match self.row.kind {
            Kind::Bool | Kind::Number | Kind::Duration => true,
            Kind::Gates => value.split_once('=').is_some_and(|(_, set)| parse_bool(set).is_some()),
            Kind::Text | Kind::List => {
                value.starts_with("TLS_")
                    || value.starts_with("VersionTLS")
                    || value.split(':').next().is_some_and(|host| host.parse::<core::net::IpAddr>().is_ok())
                    || KNOWN_WORDS.contains(&value.as_str())
            }
        };
        let text = self.values.join(",");
        (!text.is_empty() && self.values.iter().all(harmless)).then_some(text)
    }
}

/// Values that are words of Kubernetes.
const KNOWN_WORDS: &[&str] = &["ABAC", "AlwaysAllow", "AlwaysDeny", "Node", "RBAC", "Webhook"];
