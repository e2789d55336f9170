//! What controls about components of Kubernetes share: reading a setting, and saying when there is none.
//!
//! The rules themselves are in `control_plane/` and `node/`; what is in force is
//! [`watertight_facts::control_plane`]'s.

use watertight_engine::prelude::*;
use watertight_facts::control_plane::Unseen;

/// The value in force of a flag. `None` when it is not known, which is then said: what cannot be read
/// is unknown, and what stands in a configuration file is judged there.
pub(crate) fn read(component: ComponentScope<'_>, flag: &str, out: &mut Sink<'_>) -> Option<Setting> {
    match component.setting(flag) {
        Ok(setting) => Some(setting),
        Err(Unseen::Unreadable(why)) => {
            out.unknown(why);
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
