//! Trivy: `# trivy:ignore:AVD-KSV-0014` before or behind what is ignored, and the files `.trivyignore` and
//! `.trivyignore.yaml`.
//!
//! Ids and meaning: `checks/kubernetes` of aquasecurity/trivy-checks; an id is written `KSV-0014`, `KSV014` or
//! `AVD-KSV-0014`. The forms of marks: Trivy's documentation, "Filtering" and "Skipping resources by inline
//! comments", and `pkg/result/ignore.go` of aquasecurity/trivy: what expires on a day is ignored before that day.
//! Owners and permissions of files on a node have no control here.

use std::sync::Arc;

use watertight_model::Date;
use watertight_syntax::{Limits, LineIndex, Value, yaml};

use super::{Check, Mark, Peer};
use crate::waivers::{FileGlob, Marks, Reach, Selector, WaiverRule};
use crate::{Catalogue, Remark};

/// Trivy.
pub(super) static TRIVY: Peer = Peer { name: "trivy", checks: CHECKS };

const CHECKS: &[Check] = &[
    ("KCV-0001", &["api-server-anonymous-requests"]),
    ("KCV-0002", &["static-token-file"]),
    ("KCV-0003", &["external-ips-admitted"]),
    ("KCV-0004", &["removed-insecure-flag"]),
    ("KCV-0005", &["kubelet-client-certificate-missing"]),
    ("KCV-0006", &["kubelet-certificate-not-verified"]),
    ("KCV-0007", &["always-allow-authorization", "authorizer-allows-everything"]),
    ("KCV-0008", &["node-authorizer-missing"]),
    ("KCV-0009", &["rbac-not-authorizing"]),
    ("KCV-0010", &["event-rate-not-limited"]),
    ("KCV-0011", &["always-admit-enabled"]),
    ("KCV-0012", &["images-shared-on-nodes"]),
    ("KCV-0013", &[]),
    ("KCV-0014", &["admission-plugin-disabled"]),
    ("KCV-0015", &["admission-plugin-disabled"]),
    ("KCV-0016", &["node-restriction-missing"]),
    ("KCV-0017", &["secure-port-off"]),
    ("KCV-0018", &["profiling-enabled"]),
    ("KCV-0019", &["audit-log-missing"]),
    ("KCV-0020", &["audit-log-retention-short"]),
    ("KCV-0021", &["audit-log-retention-short"]),
    ("KCV-0022", &["audit-log-retention-short"]),
    ("KCV-0024", &["service-account-lookup-off"]),
    ("KCV-0025", &["service-account-key-missing"]),
    ("KCV-0026", &["etcd-client-certificate-missing"]),
    ("KCV-0027", &["api-server-certificate-self-signed"]),
    ("KCV-0028", &["api-server-client-ca-missing"]),
    ("KCV-0029", &["etcd-not-verified"]),
    ("KCV-0030", &["encryption-at-rest-missing", "secrets-not-encrypted"]),
    ("KCV-0033", &["terminated-pods-kept"]),
    ("KCV-0034", &["profiling-enabled"]),
    ("KCV-0035", &["shared-controller-credentials"]),
    ("KCV-0036", &["service-account-key-missing"]),
    ("KCV-0037", &["root-ca-missing"]),
    ("KCV-0038", &["kubelet-certificates-not-rotated"]),
    ("KCV-0039", &["manager-bound-to-all-addresses"]),
    ("KCV-0040", &["profiling-enabled"]),
    ("KCV-0041", &["manager-bound-to-all-addresses"]),
    ("KCV-0042", &["etcd-without-tls"]),
    ("KCV-0043", &["etcd-clients-not-authenticated"]),
    ("KCV-0044", &["etcd-auto-tls"]),
    ("KCV-0045", &["etcd-peers-without-tls"]),
    ("KCV-0046", &["etcd-peers-not-authenticated"]),
    ("KCV-0047", &["etcd-peer-auto-tls"]),
    ("KCV-0048", &[]),
    ("KCV-0049", &[]),
    ("KCV-0050", &[]),
    ("KCV-0051", &[]),
    ("KCV-0052", &[]),
    ("KCV-0053", &[]),
    ("KCV-0054", &[]),
    ("KCV-0055", &[]),
    ("KCV-0056", &[]),
    ("KCV-0057", &[]),
    ("KCV-0058", &[]),
    ("KCV-0059", &[]),
    ("KCV-0060", &[]),
    ("KCV-0061", &[]),
    ("KCV-0062", &[]),
    ("KCV-0063", &[]),
    ("KCV-0064", &[]),
    ("KCV-0065", &[]),
    ("KCV-0066", &[]),
    ("KCV-0067", &[]),
    ("KCV-0068", &[]),
    ("KCV-0069", &[]),
    ("KCV-0070", &[]),
    ("KCV-0071", &[]),
    ("KCV-0072", &[]),
    ("KCV-0073", &[]),
    ("KCV-0074", &[]),
    ("KCV-0075", &[]),
    ("KCV-0076", &[]),
    ("KCV-0077", &[]),
    ("KCV-0078", &[]),
    ("KCV-0079", &["kubelet-anonymous-requests"]),
    ("KCV-0080", &["kubelet-allows-everything"]),
    ("KCV-0081", &["kubelet-client-ca-missing"]),
    ("KCV-0082", &["kubelet-read-only-port"]),
    ("KCV-0083", &["kernel-defaults-unprotected"]),
    ("KCV-0084", &["kubelet-iptables-unmanaged"]),
    ("KCV-0085", &["kubelet-streams-never-end"]),
    ("KCV-0086", &["kubelet-hostname-override"]),
    ("KCV-0087", &["kubelet-drops-events"]),
    ("KCV-0088", &["kubelet-certificate-self-signed"]),
    ("KCV-0089", &["kubelet-certificate-self-signed"]),
    ("KCV-0090", &["kubelet-certificates-not-rotated"]),
    ("KCV-0091", &["kubelet-certificates-not-rotated"]),
    ("KCV-0092", &["weak-cipher-suites"]),
    ("KCV-0093", &["ingress-snippet"]),
    ("KSV-0001", &["privilege-escalation-allowed"]),
    ("KSV-0002", &["apparmor-unconfined"]),
    ("KSV-0003", &["capabilities-not-dropped"]),
    ("KSV-0004", &["capabilities-not-dropped"]),
    ("KSV-0005", &["dangerous-capability"]),
    ("KSV-0006", &["container-runtime-socket"]),
    ("KSV-0007", &[]),
    ("KSV-0008", &["host-ipc"]),
    ("KSV-0009", &["host-network"]),
    ("KSV-0010", &["host-pid"]),
    ("KSV-0011", &["cpu-limit-missing"]),
    ("KSV-0012", &["may-run-as-root", "root-user"]),
    ("KSV-0013", &["image-tag-latest"]),
    ("KSV-0014", &["writable-root-filesystem"]),
    ("KSV-0015", &["cpu-request-missing"]),
    ("KSV-0016", &["memory-request-missing"]),
    ("KSV-0017", &["privileged-container"]),
    ("KSV-0018", &["memory-limit-missing"]),
    ("KSV-0020", &["low-user-id"]),
    ("KSV-0021", &[]),
    ("KSV-0022", &["added-capability", "dangerous-capability"]),
    ("KSV-0023", &["host-path"]),
    ("KSV-0024", &["host-port"]),
    ("KSV-0025", &["selinux-options"]),
    ("KSV-0026", &["unsafe-sysctl"]),
    ("KSV-0027", &["unmasked-proc"]),
    ("KSV-0028", &["storage-without-claim"]),
    ("KSV-0030", &["seccomp-not-set", "seccomp-unconfined"]),
    ("KSV-0032", &["untrusted-registry"]),
    ("KSV-0033", &["untrusted-registry"]),
    ("KSV-0034", &["untrusted-registry"]),
    ("KSV-0035", &["untrusted-registry"]),
    ("KSV-0036", &["token-automounted", "unused-token-mounted"]),
    ("KSV-0037", &[]),
    ("KSV-0038", &["network-policy-allows-everything"]),
    ("KSV-0039", &["limit-range-incomplete"]),
    ("KSV-0040", &["resource-quota-missing"]),
    ("KSV-0041", &["powerful-role-unbound", "secrets-readable"]),
    ("KSV-0042", &[]),
    ("KSV-0043", &["impersonation-granted", "powerful-role-unbound"]),
    ("KSV-0044", &["broad-role-binding", "wildcard-in-role"]),
    ("KSV-0045", &["wildcard-in-role"]),
    ("KSV-0046", &["wildcard-in-role"]),
    ("KSV-0047", &["nodes-proxy-granted", "powerful-role-unbound"]),
    ("KSV-0048", &["pods-creatable", "powerful-role-unbound"]),
    ("KSV-0049", &[]),
    ("KSV-0050", &["escalation-granted", "powerful-role-unbound"]),
    ("KSV-0051", &["escalation-granted", "powerful-role-unbound"]),
    ("KSV-0052", &["escalation-granted", "powerful-role-unbound"]),
    ("KSV-0053", &["exec-granted", "powerful-role-unbound"]),
    ("KSV-0054", &["exec-granted", "powerful-role-unbound"]),
    ("KSV-0055", &["escalation-granted", "powerful-role-unbound"]),
    ("KSV-0056", &["network-policies-writable", "powerful-role-unbound"]),
    ("KSV-0102", &[]),
    ("KSV-0103", &["windows-host-process"]),
    ("KSV-0104", &["seccomp-unconfined"]),
    ("KSV-0105", &["root-user"]),
    ("KSV-0106", &["added-capability", "capabilities-not-dropped"]),
    ("KSV-0107", &["deprecated-api-version", "removed-api-version"]),
    ("KSV-0108", &["external-ips"]),
    ("KSV-0109", &["credential-in-config-map"]),
    ("KSV-0110", &["workload-in-default-namespace"]),
    ("KSV-0111", &["cluster-admin-binding"]),
    ("KSV-0112", &["wildcard-in-role"]),
    ("KSV-0113", &["secrets-readable"]),
    ("KSV-0114", &["admission-writable"]),
    ("KSV-0115", &[]),
    ("KSV-0116", &["root-group"]),
    ("KSV-0117", &[]),
    ("KSV-0118", &[]),
    ("KSV-0119", &["added-capability", "net-raw-not-dropped"]),
    ("KSV-0120", &["dangerous-capability"]),
    ("KSV-0121", &["host-path"]),
    ("KSV-0122", &["everyone-bound"]),
    ("KSV-0123", &["system-masters-bound"]),
    ("KSV-0124", &[]),
    ("KSV-0125", &["untrusted-registry"]),
    ("KSV-1010", &["credential-in-config-map"]),
    ("KSV-1011", &["everyone-bound"]),
];

const COMMENT: &str = "trivy:ignore:";

/// `KSV-0014` for `KSV014`, `AVD-KSV-0014` and `ksv-14`; what is no id of this kind stays as it is.
pub(super) fn canonical(check: &str) -> String {
    let upper = check.trim().to_ascii_uppercase();
    let short = upper.strip_prefix("AVD-").unwrap_or(&upper);
    for family in ["KSV", "KCV"] {
        let digits = short.strip_prefix(family).map(|rest| rest.strip_prefix('-').unwrap_or(rest));
        if let Some(number) = digits.and_then(|digits| digits.parse::<u32>().ok()) {
            return format!("{family}-{number:04}");
        }
    }
    check.to_owned()
}

pub(super) fn speaks(comment: &str) -> bool {
    comment.starts_with(COMMENT)
}

pub(super) fn comment(text: &str) -> Vec<Mark> {
    let words = text.split_whitespace().filter_map(|word| word.strip_prefix(COMMENT));
    words.map(inline).collect()
}

/// `ID`, or `ID:exp:YYYY-MM-DD`; further terms say where it holds, which its place says already.
fn inline(word: &str) -> Mark {
    let mut terms = word.split(':');
    let id = terms.next().unwrap_or_default();
    let mut mark = Mark::new(&TRIVY, (id != "*").then_some(id), None);
    mark.whole = false;
    while let Some(term) = terms.next() {
        if term == "exp" {
            mark.until = terms.next().and_then(last_day);
        }
    }
    mark
}

/// The last day on which something holds that expires on a day.
fn last_day(text: &str) -> Option<Date> {
    let expires: Date = text.get(..10)?.parse().ok()?;
    Some(Date::from_days(expires.days() - 1))
}

/// Reads a `.trivyignore`, or a `.trivyignore.yaml` when its name ends so. Checks of anything but Kubernetes
/// objects, such as vulnerabilities of images, are passed over.
#[must_use]
pub fn ignore_file(name: &str, text: &Arc<str>, catalogue: &Catalogue) -> Marks {
    let mut file = File { name, catalogue, marks: Marks::default() };
    match [".yaml", ".yml"].iter().any(|ending| name.ends_with(ending)) {
        true => file.yaml(text),
        false => file.lines(text),
    }
    file.marks
}

struct File<'a> {
    name: &'a str,
    catalogue: &'a Catalogue,
    marks: Marks,
}

impl File<'_> {
    /// One id for each line, with `exp:YYYY-MM-DD` behind it. The comment above a line is its reason.
    fn lines(&mut self, text: &str) {
        let mut above: Vec<&str> = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let line = line.trim();
            if let Some(comment) = line.strip_prefix('#') {
                above.push(comment.trim());
                continue;
            }
            let said = std::mem::take(&mut above).join(" ");
            let (line, behind) =
                line.split_once('#').map_or((line, ""), |(line, behind)| (line, behind.trim()));
            let mut words = line.split_whitespace();
            let Some(id) = words.next() else { continue };
            let mut mark = Mark::new(&TRIVY, Some(id), Some(if behind.is_empty() { &said } else { behind }));
            match words.find_map(|word| word.strip_prefix("exp:")).map(last_day) {
                Some(None) => {
                    self.remark(number, "`exp:` names no day: nothing is waived by this line");
                    continue;
                }
                until => mark.until = until.flatten(),
            }
            self.take(number, &mark, Selector::default());
        }
    }

    fn yaml(&mut self, text: &Arc<str>) {
        let index = LineIndex::new(text);
        for parsed in yaml::parse(text, &Limits::default()) {
            match parsed.document {
                Ok(None) => {}
                Ok(Some(document)) => {
                    let entries = document.root().get("misconfigurations");
                    for entry in entries.into_iter().flat_map(Value::items) {
                        self.entry(index.position(entry.span().start, text).line, entry);
                    }
                }
                Err(error) => {
                    let line = index.position(error.offset, text).line;
                    self.remark(line, &format!("{}: nothing more is read here", error.message));
                }
            }
        }
    }

    fn entry(&mut self, line: u32, entry: Value<'_>) {
        let field = |key: &str| entry.get(key).and_then(Value::as_str);
        let Some(id) = field("id") else {
            return self.remark(line, "an entry without `id`: nothing is waived by it");
        };
        let mut mark = Mark::new(&TRIVY, Some(id), field("statement"));
        if let Some(expiry) = field("expired_at") {
            let Some(until) = last_day(expiry) else {
                return self.remark(line, "`expired_at` is no day: nothing is waived by this entry");
            };
            mark.until = Some(until);
        }
        let mut selector = Selector::default();
        for path in entry.get("paths").into_iter().flat_map(Value::items) {
            match path.as_str().and_then(|path| path.parse::<FileGlob>().ok()) {
                Some(glob) => selector.files.push(glob),
                None => {
                    return self.remark(line, "one of `paths` is no path: nothing is waived by this entry");
                }
            }
        }
        // Packages are of images.
        if entry.get("purls").is_none() {
            self.take(line, &mark, selector);
        }
    }

    fn take(&mut self, line: u32, mark: &Mark, selector: Selector) {
        let id = mark.check.as_deref().map(canonical).unwrap_or_default();
        if !id.starts_with("KSV-") && !id.starts_with("KCV-") {
            return;
        }
        let given = format!("{}:{line}", self.name);
        match mark.concerns(self.catalogue) {
            Ok(concerns) => {
                let (reach, waiver) = (Reach::Selected(selector), mark.waiver(&given));
                self.marks.rules.push(WaiverRule { concerns, reach, waiver, peer: true });
            }
            Err(why) => self.remark(line, &why),
        }
    }

    fn remark(&mut self, line: u32, message: &str) {
        self.marks
            .remarks
            .push(Remark { place: format!("{}:{line}", self.name), message: message.to_owned() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str, text: &str) -> (Vec<String>, Vec<String>) {
        // Without controls, what is mapped is a rule for none of them.
        let marks = ignore_file(name, &text.into(), &Catalogue::new([]));
        let rules = marks.rules.iter().map(|rule| {
            let until = rule.waiver.until.map_or(String::new(), |until| format!(" until {until}"));
            format!("{}: {}{until}", rule.waiver.given, rule.waiver.reason)
        });
        (rules.collect(), marks.remarks.into_iter().map(|r| format!("{}: {}", r.place, r.message)).collect())
    }

    #[test]
    fn ids_are_written_in_several_ways() {
        for id in ["KSV014", "KSV-0014", "AVD-KSV-0014", "avd-ksv-0014", " KSV-14 "] {
            assert_eq!(canonical(id), "KSV-0014", "{id}");
        }
        assert_eq!(
            (canonical("KSV01010"), canonical("CVE-2020-1")),
            ("KSV-1010".into(), "CVE-2020-1".into())
        );
    }

    #[test]
    fn ignore_files_are_read() {
        let text = "# Needs the device\n# of the node\nAVD-KSV-0017\n\nKSV014 exp:2026-01-01\nCVE-2020-1234\nKSV-0009 # why not\nKSV-9999\nKSV-0007\nKSV012 exp:soon\nKSV-0001\n";
        let (rules, remarks) = read(".trivyignore", text);
        assert_eq!(
            rules,
            [
                ".trivyignore:3: Needs the device of the node (trivy KSV-0017)",
                ".trivyignore:5: no reason given (trivy KSV-0014) until 2025-12-31",
                ".trivyignore:7: why not (trivy KSV-0009)",
                ".trivyignore:11: no reason given (trivy KSV-0001)",
            ]
        );
        assert!(
            remarks[0].starts_with(".trivyignore:8: a check that trivy is not known to have"),
            "{remarks:?}"
        );
        assert!(
            remarks[1].starts_with(".trivyignore:9: trivy's `KSV-0007` has no control here"),
            "{remarks:?}"
        );
        assert!(remarks[2].starts_with(".trivyignore:10: `exp:` names no day"), "{remarks:?}");
    }

    #[test]
    fn ignore_files_in_yaml_are_read() {
        let text = "misconfigurations:\n- id: AVD-KSV-0017\n  paths: [\"charts/**\"]\n  statement: needed\n  expired_at: 2026-03-01\n- id: KSV014\n- paths: [a]\n- id: KSV014\n  expired_at: soon\n- id: KSV014\n  paths: [../x]\nvulnerabilities:\n- id: CVE-2020-1\n";
        let (rules, remarks) = read(".trivyignore.yaml", text);
        assert_eq!(
            rules,
            [
                ".trivyignore.yaml:2: needed (trivy KSV-0017) until 2026-02-28",
                ".trivyignore.yaml:6: no reason given (trivy KSV-0014)",
            ]
        );
        assert_eq!(remarks.len(), 3, "{remarks:?}");
        assert_eq!(read("x.yaml", "a: [\n").1.len(), 1);
        assert_eq!(read("x.yaml", "- a\n").0.len() + read("x.yaml", "").0.len(), 0);
    }
}
