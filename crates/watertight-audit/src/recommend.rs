//! A policy to begin with: it keeps what detection and least privilege need, and drops known noise.
//!
//! [`recommended`] gives it as a value, [`recommended_yaml`] as a manifest that says of each rule why
//! it is there. Both come from one table, `RULES`.

use std::fmt::Write as _;

use crate::policy::{GroupResources, Level, Policy, Rule, Stage, Stages};
use crate::words::{AUTHENTICATED, GROUP_VERSION};

/// How much is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum LogVolume {
    /// Writes, reads of secrets, and whatever is not authenticated. Least privilege cannot be derived
    /// from it: it has no reads.
    Low,
    /// Besides that, the metadata of all reads but those of the control plane. Least privilege can be
    /// derived from it.
    #[default]
    Medium,
    /// Besides that, the body of every write that holds no known secret.
    High,
}

impl LogVolume {
    /// Every volume, from the least to the most.
    pub const ALL: [Self; 3] = [Self::Low, Self::Medium, Self::High];

    /// The volume in lower case.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }

    const fn described(self) -> &'static str {
        match self {
            Self::Low => {
                "writes, reads of secrets, and whatever is not authenticated. Least privilege cannot be \
                 derived from this log: it has no other reads."
            }
            Self::Medium => {
                "who did what, but for known noise, and the bodies of what grants power. Least privilege \
                 can be derived from this log."
            }
            Self::High => {
                "who did what, but for known noise, and the bodies of all writes but those of known \
                 secrets. Least privilege can be derived from this log."
            }
        }
    }
}

/// A rule and why it is there.
struct Planned {
    /// The volumes that have it.
    volumes: &'static [LogVolume],
    reason: &'static str,
    level: Level,
    users: &'static [&'static str],
    groups: &'static [&'static str],
    verbs: &'static [&'static str],
    resources: &'static [(&'static str, &'static [&'static str])],
    urls: &'static [&'static str],
}

const ANY: Planned = Planned {
    volumes: &LogVolume::ALL,
    reason: "",
    level: Level::None,
    users: &[],
    groups: &[],
    verbs: &[],
    resources: &[],
    urls: &[],
};

const READS: &[&str] = &["get", "list", "watch"];
const WRITES: &[&str] = &["create", "update", "patch", "delete", "deletecollection"];
/// The components of the control plane, and those whose controllers run with accounts of their own.
const COMPONENTS: &[&str] = &["system:apiserver", "system:kube-controller-manager", "system:kube-scheduler"];
const CONTROLLERS: &[&str] = &["system:nodes", "system:serviceaccounts:kube-system"];

const LEASES: (&str, &[&str]) = ("coordination.k8s.io", &["leases"]);
const EVENTS: [(&str, &[&str]); 2] = [("", &["events"]), ("events.k8s.io", &["events"])];
const SECRETS: &[(&str, &[&str])] = &[("", &["secrets", "serviceaccounts/token"])];

static RULES: &[Planned] = &[
    Planned {
        reason: "Health checks and the version: every few seconds, from everywhere, and they tell nothing.",
        urls: &["/healthz*", "/livez*", "/readyz*", "/version"],
        ..ANY
    },
    Planned {
        reason: "Discovery, which every client begins with. Without credentials it is kept: it is how a \
                 stranger looks around.",
        groups: &[AUTHENTICATED],
        urls: &["/api*", "/apis*", "/openapi*"],
        ..ANY
    },
    Planned {
        reason: "Leases and events of the control plane, renewed and written every few seconds. Deletions \
                 are kept: deleting events hides traces.",
        users: COMPONENTS,
        verbs: &["get", "list", "watch", "create", "update", "patch"],
        resources: &[LEASES, EVENTS[0], EVENTS[1]],
        ..ANY
    },
    Planned {
        reason: "The same of kubelets and of controllers with accounts of their own.",
        groups: CONTROLLERS,
        verbs: &["get", "list", "watch", "create", "update", "patch"],
        resources: &[LEASES, EVENTS[0], EVENTS[1]],
        ..ANY
    },
    Planned {
        volumes: &[LogVolume::Low],
        reason: "The same of all other accounts: leader elections and events of operators.",
        groups: &["system:serviceaccounts"],
        verbs: &["get", "list", "watch", "create", "update", "patch"],
        resources: &[LEASES, EVENTS[0], EVENTS[1]],
        ..ANY
    },
    Planned {
        reason: "What the control plane writes all the time and nobody asks about later: status, and the \
                 addresses behind services.",
        users: COMPONENTS,
        verbs: &["create", "update", "patch"],
        resources: &[("*", &["*/status"]), ("", &["endpoints"]), ("discovery.k8s.io", &["endpointslices"])],
        ..ANY
    },
    Planned {
        reason: "The same of kubelets and of controllers with accounts of their own.",
        groups: CONTROLLERS,
        verbs: &["create", "update", "patch"],
        resources: &[("*", &["*/status"]), ("", &["endpoints"]), ("discovery.k8s.io", &["endpointslices"])],
        ..ANY
    },
    Planned {
        reason: "Kubelets that ask whether a caller may talk to them.",
        groups: &["system:nodes"],
        verbs: &["create"],
        resources: &[
            ("authentication.k8s.io", &["tokenreviews"]),
            ("authorization.k8s.io", &["subjectaccessreviews"]),
        ],
        ..ANY
    },
    Planned {
        reason: "Who read or wrote a secret, or got a token: never with the body, which would put the \
                 secret into the log.",
        level: Level::Metadata,
        resources: SECRETS,
        ..ANY
    },
    Planned {
        reason: "Ways into running containers and through the API server to pods, services and nodes. Web \
                 sockets open them with get, so they stand before the rules about reads. The command is \
                 in the URI, so metadata is enough.",
        level: Level::Metadata,
        resources: &[(
            "",
            &["pods/exec", "pods/attach", "pods/portforward", "pods/proxy", "services/proxy", "nodes/proxy"],
        )],
        ..ANY
    },
    Planned {
        reason: "Reads of the control plane. Its accounts are allowed by Kubernetes' own roles, so least \
                 privilege does not need them; reads of secrets are kept above.",
        users: COMPONENTS,
        verbs: READS,
        ..ANY
    },
    Planned {
        reason: "Reads of kubelets, kube-proxy, DNS, the controllers, and whatever else runs in kube-system.",
        groups: CONTROLLERS,
        verbs: READS,
        resources: &[("*", &[])],
        ..ANY
    },
    Planned {
        reason: "ConfigMaps often hold credentials, and token reviews hold the token: metadata only.",
        level: Level::Metadata,
        resources: &[("", &["configmaps"]), ("authentication.k8s.io", &["tokenreviews"])],
        ..ANY
    },
    Planned {
        volumes: &[LogVolume::Low],
        reason: "Other reads of whoever is authenticated. Remove this rule when least privilege is to be \
                 derived from the log.",
        groups: &[AUTHENTICATED],
        verbs: READS,
        ..ANY
    },
    Planned {
        reason: "Changes of who may do what, of what is admitted, and of certificates: with the body, which \
                 tells what was granted to whom.",
        level: Level::Request,
        verbs: WRITES,
        resources: &[
            ("rbac.authorization.k8s.io", &[]),
            ("admissionregistration.k8s.io", &[]),
            ("certificates.k8s.io", &["certificatesigningrequests", "certificatesigningrequests/approval"]),
            ("apiregistration.k8s.io", &["apiservices"]),
        ],
        ..ANY
    },
    Planned {
        reason: "What runs, and where it may reach: with the body, which tells privileged containers, host \
                 paths and host namespaces, Pod Security labels and volumes of nodes.",
        level: Level::Request,
        verbs: WRITES,
        resources: &[
            (
                "",
                &[
                    "pods",
                    "pods/ephemeralcontainers",
                    "namespaces",
                    "persistentvolumes",
                    "replicationcontrollers",
                ],
            ),
            ("apps", &["deployments", "daemonsets", "statefulsets", "replicasets"]),
            ("batch", &["jobs", "cronjobs"]),
            ("networking.k8s.io", &["networkpolicies"]),
        ],
        ..ANY
    },
    Planned {
        volumes: &[LogVolume::High],
        reason: "Every other write with its body. Custom resources that hold secrets need a rule with level \
                 Metadata before this one.",
        level: Level::Request,
        verbs: WRITES,
        resources: &[("*", &[])],
        ..ANY
    },
    Planned {
        reason: "Everything else, also without credentials or with refused ones: who, what, when, from \
                 where, and the outcome.",
        level: Level::Metadata,
        ..ANY
    },
];

fn planned(volume: LogVolume) -> impl Iterator<Item = &'static Planned> {
    RULES.iter().filter(move |rule| rule.volumes.contains(&volume))
}

/// The recommended policy as a value. [`lint`](crate::lint()) finds nothing in it.
#[must_use]
pub fn recommended(volume: LogVolume) -> Policy {
    Policy {
        omit_stages: Stages::EMPTY.with(Stage::RequestReceived),
        omit_managed_fields: true,
        rules: planned(volume).map(Planned::rule).collect(),
    }
}

/// The recommended policy as a manifest, with the reason of each rule as its comment.
#[must_use]
pub fn recommended_yaml(volume: LogVolume) -> String {
    let mut text = String::new();
    let (volume_word, described) = (volume.as_str(), volume.described());
    comment(&mut text, &format!("An audit policy of {volume_word} volume: {described}"));
    comment(&mut text, "The first rule that matches decides. Check changes with `watertight audit lint`.");
    push(&mut text, &format!("apiVersion: {GROUP_VERSION}\nkind: Policy"));
    comment(&mut text, "One event for a request, with its outcome, instead of a second one on its arrival.");
    push(&mut text, "omitStages: [RequestReceived]");
    comment(&mut text, "Who owns which field is often half of an object.");
    push(&mut text, "omitManagedFields: true\nrules:");
    for (number, rule) in planned(volume).enumerate() {
        if number > 0 {
            text.push('\n');
        }
        rule.print(&mut text);
    }
    text
}

impl Planned {
    fn rule(&self) -> Rule {
        Rule {
            level: self.level,
            users: owned(self.users),
            user_groups: owned(self.groups),
            verbs: owned(self.verbs),
            resources: self
                .resources
                .iter()
                .map(|(group, resources)| GroupResources {
                    group: (*group).to_owned(),
                    resources: owned(resources),
                    resource_names: Vec::new(),
                })
                .collect(),
            namespaces: Vec::new(),
            non_resource_urls: owned(self.urls),
            omit_stages: Stages::EMPTY,
            omit_managed_fields: None,
        }
    }

    fn print(&self, text: &mut String) {
        comment(text, self.reason);
        push(text, &format!("- level: {}", self.level));
        for (key, words) in [
            ("users", self.users),
            ("userGroups", self.groups),
            ("verbs", self.verbs),
            ("nonResourceURLs", self.urls),
        ] {
            if !words.is_empty() {
                push(text, &format!("  {key}: {}", flow(words)));
            }
        }
        if !self.resources.is_empty() {
            push(text, "  resources:");
        }
        for (group, resources) in self.resources {
            push(text, &format!("  - group: {}", scalar(group)));
            if !resources.is_empty() {
                push(text, &format!("    resources: {}", flow(resources)));
            }
        }
    }
}

fn comment(text: &mut String, words: &str) {
    const WIDTH: usize = 92;
    let mut line = String::new();
    for word in words.split_whitespace() {
        if line.len() + word.len() > WIDTH {
            push(text, &format!("#{line}"));
            line.clear();
        }
        line.push(' ');
        line.push_str(word);
    }
    push(text, &format!("#{line}"));
}

fn push(text: &mut String, line: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{line}");
}

fn owned(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn flow(words: &[&str]) -> String {
    format!("[{}]", words.iter().map(|word| scalar(word)).collect::<Vec<_>>().join(", "))
}

/// A word in quotes where YAML needs them, or where a reader would wonder.
fn scalar(word: &str) -> String {
    let plain = !word.is_empty()
        && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'/' | b'-'));
    if plain { word.to_owned() } else { format!("\"{word}\"") }
}

#[cfg(test)]
mod tests {
    use std::borrow::Cow;
    use std::collections::BTreeSet;

    use super::*;
    use crate::decode::Decoded;
    use crate::{Identity, Request, Target, lint};

    #[test]
    fn the_linter_finds_nothing() {
        for volume in LogVolume::ALL {
            let decoded = Decoded { policy: recommended(volume), ignored: Vec::new() };
            let findings = lint(&decoded);
            assert_eq!(findings, [], "{}", volume.as_str());
        }
    }

    #[test]
    fn every_rule_has_its_reason() {
        for volume in LogVolume::ALL {
            let text = recommended_yaml(volume);
            let lines: Vec<&str> = text.lines().collect();
            let rules: Vec<usize> =
                (0..lines.len()).filter(|&at| lines[at].starts_with("- level: ")).collect();
            assert_eq!(rules.len(), recommended(volume).rules.len());
            assert!(rules.iter().all(|&at| lines[at - 1].starts_with("# ")), "{text}");
            assert!(lines.iter().all(|line| line.len() < 110), "{text}");
        }
    }

    /// Any request: a higher volume keeps at least as much of it.
    #[test]
    fn more_volume_never_keeps_less() {
        let policies = LogVolume::ALL.map(recommended);
        let mut seen = BTreeSet::new();
        for (group, resource, subresource) in [
            ("", "pods", ""),
            ("", "pods", "exec"),
            ("", "secrets", ""),
            ("", "configmaps", ""),
            ("", "events", ""),
            ("coordination.k8s.io", "leases", ""),
            ("apps", "deployments", "status"),
            ("rbac.authorization.k8s.io", "roles", ""),
            ("example.com", "things", ""),
        ] {
            for verb in READS.iter().chain(WRITES) {
                for name in ["alice", "system:serviceaccount:shop:web", "system:kube-scheduler"] {
                    let mut groups = vec![Cow::Borrowed(AUTHENTICATED)];
                    if name.contains("serviceaccount") {
                        groups.push(Cow::Borrowed("system:serviceaccounts"));
                    }
                    let target = Target::Resource {
                        api_group: group,
                        resource,
                        subresource,
                        namespace: "a",
                        name: "b",
                    };
                    let user = Some(Identity { name, groups: Cow::Owned(groups) });
                    let request = Request { user, verb, target };
                    let levels = policies.each_ref().map(|policy| policy.evaluate(&request).level);
                    assert!(levels.is_sorted(), "{request:?}: {levels:?}");
                    seen.insert(levels);
                }
            }
        }
        assert!(seen.len() > 3, "every volume is the same: {seen:?}");
    }
}
