//! The ignore marks of other tools: a file for each tool with its catalogue and how it writes a mark.
//!
//! A mark of a peer waives the controls of ours that look for the same as its check; one that ignores all of
//! its checks waives those controls that some check of it stands for, and no others. The ids and what they mean
//! are from the peers' own documentation, named in each file. Start reading at [`Peer`] and `Mark`.

mod checkov;
mod kube_linter;
mod kube_score;
mod polaris;
mod trivy;

pub use trivy::ignore_file;
use watertight_model::{Date, Waiver};

use super::Concerns;
use crate::suggest::nearest;
use crate::{Catalogue, Choice};

/// A check of a peer and the controls of ours that look for the same; none where we have none.
pub type Check = (&'static str, &'static [&'static str]);

/// Another tool.
#[derive(Debug)]
pub struct Peer {
    /// Its name, as it writes itself.
    pub name: &'static str,
    /// Its whole catalogue of checks of Kubernetes objects.
    pub checks: &'static [Check],
}

/// Every tool whose marks are read.
pub static PEERS: [&Peer; 5] =
    [&checkov::CHECKOV, &kube_linter::KUBE_LINTER, &kube_score::KUBE_SCORE, &polaris::POLARIS, &trivy::TRIVY];

/// One mark: what is ignored, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark {
    peer: &'static str,
    /// The check; `None` for all.
    check: Option<String>,
    reason: Option<String>,
    until: Option<Date>,
    /// Whether it holds for the object as a whole, wherever in it a comment stands.
    pub(super) whole: bool,
}

impl Mark {
    fn new(peer: &'static Peer, check: Option<&str>, reason: Option<&str>) -> Self {
        // Annotations have lines, and people put quotes into blocks.
        let plain = |reason: &str| reason.split_whitespace().collect::<Vec<_>>().join(" ");
        let reason = reason.map(plain).map(|reason| reason.trim_matches('"').to_owned());
        let reason = reason.filter(|reason| !reason.is_empty());
        let check = check.map(|check| check.trim().to_owned());
        Self { peer: peer.name, check, reason, until: None, whole: true }
    }

    /// The controls that it speaks of. A control that the catalogue at hand does not hold is left out.
    ///
    /// # Errors
    /// That no control is, and why.
    pub(super) fn concerns(&self, catalogue: &Catalogue) -> Result<Concerns, String> {
        let checks = PEERS.iter().find(|peer| peer.name == self.peer).map_or(&[][..], |peer| peer.checks);
        let named = |names: &mut dyn Iterator<Item = &&str>| {
            let mut choices: Vec<Choice> = names
                .filter_map(|name| catalogue.named(name))
                .map(|control| Choice::Control(control.name))
                .collect();
            choices.sort();
            choices.dedup();
            choices
        };
        let peer = self.peer;
        let Some(check) = &self.check else {
            return Ok(Concerns::These(named(&mut checks.iter().flat_map(|(_, names)| *names))));
        };
        let id = canonical(peer, check);
        match checks.iter().find(|(known, _)| *known == id) {
            Some((known, [])) => {
                Err(format!("{peer}'s `{known}` has no control here: nothing is waived by it"))
            }
            Some((_, names)) => Ok(Concerns::These(named(&mut names.iter()))),
            // What is not known is not quoted: it may be anything.
            None => Err(match nearest(&id, checks.iter().map(|(known, _)| *known)) {
                Some(near) => {
                    format!("a check that {peer} is not known to have (`{near}`?): nothing is waived by it")
                }
                None => format!("a check that {peer} is not known to have: nothing is waived by it"),
            }),
        }
    }

    /// The waiver of it.
    pub(super) fn waiver(&self, given: &str) -> Waiver {
        let reason = self.reason.as_deref().unwrap_or("no reason given");
        let check = self.check.as_ref().map(|check| canonical(self.peer, check));
        let of = check
            .map_or_else(|| format!("{}, all checks", self.peer), |check| format!("{} {check}", self.peer));
        Waiver { given: given.to_owned(), reason: format!("{reason} ({of})"), owner: None, until: self.until }
    }
}

/// The one way to write a check that a peer takes in several.
fn canonical(peer: &str, check: &str) -> String {
    if peer == trivy::TRIVY.name { trivy::canonical(check) } else { check.to_owned() }
}

/// Whether a comment, without its `#`, is a mark of a peer.
pub(super) fn speaks(comment: &str) -> bool {
    checkov::speaks(comment) || trivy::speaks(comment)
}

/// The marks of a comment that [`speaks`].
pub(super) fn comment(text: &str) -> Vec<Mark> {
    if trivy::speaks(text) { trivy::comment(text) } else { checkov::comment(text) }
}

/// The marks of an annotation; none for one that is no mark.
pub(super) fn annotation(key: &str, value: Option<&str>) -> Vec<Mark> {
    let value = value.unwrap_or_default();
    let all = [checkov::annotation, kube_linter::annotation, kube_score::annotation, polaris::annotation];
    all.into_iter().flat_map(|read| read(key, value)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// "CHECK|REASON" of each.
    fn told(marks: Vec<Mark>) -> Vec<String> {
        let text = |text: Option<String>| text.unwrap_or_else(|| "-".to_owned());
        marks.into_iter().map(|mark| format!("{}|{}", text(mark.check), text(mark.reason))).collect()
    }

    #[test]
    fn comments_are_read_as_the_peers_read_them() {
        for (text, marks) in [
            ("checkov:skip=CKV_K8S_16:needs the device", vec!["CKV_K8S_16|needs the device"]),
            ("checkov:skip=CKV_K8S_16", vec!["CKV_K8S_16|-"]),
            ("checkov:skip= CKV_K8S_8,CKV_K8S_9: a: b", vec!["CKV_K8S_8|a: b", "CKV_K8S_9|a: b"]),
            ("bridgecrew:skip=CKV_K8S_8:", vec!["CKV_K8S_8|-"]),
            ("trivy:ignore:AVD-KSV-0014", vec!["AVD-KSV-0014|-"]),
            ("trivy:ignore:KSV014 trivy:ignore:KSV-0001", vec!["KSV014|-", "KSV-0001|-"]),
            ("trivy:ignore:*", vec!["-|-"]),
        ] {
            assert!(speaks(text), "{text}");
            assert_eq!(told(comment(text)), marks, "{text}");
        }
        for text in ["checkov: skip", "see checkov", "trivy is good", ""] {
            assert!(!speaks(text), "{text}");
        }
    }

    #[test]
    fn annotations_are_read_as_the_peers_read_them() {
        for (key, value, marks) in [
            ("checkov.io/skip1", "CKV_K8S_20=I don't care", vec!["CKV_K8S_20|I don't care"]),
            ("checkov.io/skip2", "CKV_K8S_14", vec!["CKV_K8S_14|-"]),
            ("bridgecrew.io/skip", "CKV_K8S_14=a=b", vec!["CKV_K8S_14|a=b"]),
            ("ignore-check.kube-linter.io/host-pid", "why", vec!["host-pid|why"]),
            ("kube-linter.io/ignore-all", "\"why\n not\"\n", vec!["-|why not"]),
            ("kube-score/ignore", "pod-probes, service-type", vec!["pod-probes|-", "service-type|-"]),
            ("polaris.fairwinds.com/exempt", "True", vec!["-|-"]),
            ("polaris.fairwinds.com/hostIPCSet-exempt", "true", vec!["hostIPCSet|-"]),
            ("polaris.fairwinds.com/exempt", "false", vec![]),
            ("polaris.fairwinds.com/other", "true", vec![]),
            ("kube-score/enable", "a", vec![]),
            ("example.com/skip", "CKV_K8S_14", vec![]),
        ] {
            assert_eq!(told(annotation(key, Some(value))), marks, "{key}: {value}");
        }
    }

    #[test]
    fn catalogues_are_sorted_out() {
        for peer in PEERS {
            let mut ids: Vec<&str> = peer.checks.iter().map(|(id, _)| *id).collect();
            ids.sort_unstable();
            ids.dedup();
            assert_eq!(ids.len(), peer.checks.len(), "{} names a check twice", peer.name);
            for (id, names) in peer.checks {
                assert_eq!(canonical(peer.name, id), *id);
                assert!(names.windows(2).all(|pair| pair[0] < pair[1]), "{id}: sort the names");
            }
        }
    }
}
