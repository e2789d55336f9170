//! What controls about components of Kubernetes share: reading a setting, and saying when there is none.
//!
//! The rules themselves are in `control_plane/` and `node/`; what is in force is
//! [`watertight_facts::control_plane`]'s.

use watertight_engine::prelude::*;
use watertight_facts::control_plane::{AUTHORIZATION, Unseen};

/// The value in force of a flag. `None` when it is not known, which is then said: what cannot be read
/// is unknown, and what stands in a configuration file is judged there.
pub(crate) fn read(component: ComponentScope<'_>, flag: &str, out: &mut Sink<'_>) -> Option<Setting> {
    match component.setting(flag) {
        Ok(setting) => Some(setting),
        Err(Unseen::Unreadable(why)) => {
            out.unknown(why);
            None
        }
        // A component that does not start opens nothing; `component-flag-invalid` tells.
        Err(Unseen::Invalid(_)) => {
            out.not_applicable();
            None
        }
        Err(Unseen::NotWritten) => {
            out.not_applicable();
            None
        }
        Err(Unseen::InFile(kind)) => {
            match component.view().snapshot().is_in_view(kind) {
                true => out.not_applicable(),
                false => out.not_in_view(kind),
            }
            None
        }
    }
}

/// As [`read`], where the inner `None` is a flag that a patch does not touch: what it is laid over is not in
/// view, and what the patch writes is judged as if that were unset.
pub(crate) fn read_if_touched(
    component: ComponentScope<'_>,
    flag: &str,
    out: &mut Sink<'_>,
) -> Option<Option<Setting>> {
    match component.setting(flag) {
        Err(Unseen::NotWritten) => Some(None),
        Ok(setting) => Some(Some(setting)),
        Err(_) => read(component, flag, out).map(Some),
    }
}

/// A finding about a setting, with the fix that gives the flag another value when it can be edited.
pub(crate) struct Wrong<'s> {
    pub(crate) setting: &'s Setting,
    pub(crate) does: &'s str,
    pub(crate) fix: Option<Fix>,
}

impl Wrong<'_> {
    /// Says it. The flag tells apart what one control says of one component.
    pub(crate) fn say<'o>(self, flag: &str, out: &'o mut Sink<'_>) -> &'o mut watertight_engine::Draft {
        let draft = out.fail(self.setting.path.clone(), self.setting.said(self.does));
        draft.discriminator(flag);
        if let Some(fix) = self.fix {
            draft.fix(fix);
        }
        draft
    }
}

/// A flag that has to be yes or no, and what the component does when it is the other.
pub(crate) struct Switch<'s> {
    pub(crate) flag: &'s str,
    pub(crate) safe: bool,
    pub(crate) does: &'s str,
    pub(crate) fix: Fix,
}

impl Switch<'_> {
    /// Judges it.
    pub(crate) fn judge<'o>(
        self,
        component: ComponentScope<'_>,
        out: &'o mut Sink<'_>,
    ) -> Option<&'o mut watertight_engine::Draft> {
        let setting = read(component, self.flag, out).filter(|setting| setting.is_true() != self.safe)?;
        let value = if self.safe { "true" } else { "false" };
        let fix = component.configured().set(self.flag, value, self.fix);
        Some(Wrong { setting: &setting, does: self.does, fix }.say(self.flag, out))
    }
}

/// A file that has to be named, and what the component does without it. There is no fix: only whoever
/// runs the cluster knows where the file is.
pub(crate) fn must_be_given<'o>(
    component: ComponentScope<'_>,
    flag: &str,
    does: &str,
    out: &'o mut Sink<'_>,
) -> Option<&'o mut watertight_engine::Draft> {
    let setting = read(component, flag, out).filter(Setting::is_empty)?;
    Some(Wrong { setting: &setting, does, fix: None }.say(flag, out))
}

/// Whether an address is reached from this machine only.
pub(crate) fn is_loopback(address: &str) -> bool {
    let host = address.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<core::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The modes of authorization in force. `None` when they are in a file, which is judged by itself.
pub(crate) fn authorization_modes(server: ComponentScope<'_>, out: &mut Sink<'_>) -> Option<Setting> {
    let file = read_if_touched(server, "authorization-config", out)?;
    if file.is_some_and(|file| !file.is_empty()) {
        match server.view().snapshot().is_in_view(AUTHORIZATION) {
            true => out.not_applicable(),
            false => out.not_in_view(AUTHORIZATION),
        }
        return None;
    }
    read(server, "authorization-mode", out)
}

/// The admission plugins that the deprecated flag `--admission-control` names, when it is given: those are on
/// and all others off, and the two newer flags are refused beside it. The outer `None` is *not known*.
/// Upstream: `AdmissionOptions.ApplyTo`, `pkg/kubeapiserver/options/admission.go`.
pub(crate) fn only_plugins(server: ComponentScope<'_>, out: &mut Sink<'_>) -> Option<Option<Setting>> {
    Some(read_if_touched(server, "admission-control", out)?.filter(|only| !only.is_empty()))
}

/// The plugins that are turned on, when one that is off by default is not among them.
pub(crate) fn missing_plugin(server: ComponentScope<'_>, name: &str, out: &mut Sink<'_>) -> Option<Setting> {
    if let Some(only) = only_plugins(server, out)? {
        return (!only.has(name)).then_some(only);
    }
    let disabled = read_if_touched(server, "disable-admission-plugins", out)?;
    let enabled = read(server, "enable-admission-plugins", out)?;
    // Naming a plugin in both lists keeps the API server from starting.
    let is_off = disabled.is_some_and(|disabled| disabled.has(name));
    (is_off || !enabled.has(name)).then_some(enabled)
}

/// A fix that adds an item to a list.
pub(crate) fn add_item(component: ComponentScope<'_>, list: &Setting, item: &str, fix: Fix) -> Option<Fix> {
    let items = list.list().iter().map(String::as_str).chain([item]);
    component.configured().set(list.flag(), &items.collect::<Vec<_>>().join(","), fix)
}

/// The host of `host:port`, of `[address]:port` and of either alone.
pub(crate) fn host_of(authority: &str) -> &str {
    let authority = authority.split('/').next().unwrap_or_default();
    match authority.rsplit_once(':') {
        _ if authority.parse::<core::net::IpAddr>().is_ok() => authority,
        Some((host, _)) => host,
        None => authority,
    }
}

/// How much an opening of etcd matters: one that is no part of a control plane holds less.
pub(crate) fn etcd_severity(etcd: ComponentScope<'_>, of_cluster: Severity) -> Severity {
    if etcd.configured().of_cluster() { of_cluster } else { of_cluster.min(Severity::Medium) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_this_machine() {
        for near in ["127.0.0.1", "localhost", "::1", "[::1]", "127.8.0.1"] {
            assert!(is_loopback(near), "{near}");
        }
        for far in ["", "0.0.0.0", "::", "10.0.0.1", "etcd.example.com", "127.0.0.1.nip.io"] {
            assert!(!is_loopback(far), "{far}");
        }
    }

    #[test]
    fn hosts_of_authorities() {
        for (authority, host) in [
            ("127.0.0.1:2379", "127.0.0.1"),
            ("[::1]:2379", "[::1]"),
            ("::1", "::1"),
            ("localhost", "localhost"),
            ("etcd:2379/path", "etcd"),
            ("", ""),
        ] {
            assert_eq!(host_of(authority), host, "{authority}");
        }
    }
}
