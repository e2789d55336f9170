//! Why a rule of the suites is no row of a table: each rule is mapped, or a reason here is met by it.
//!
//! Most reasons are predicates on what the rule says that it looks at; the others name rules.

use std::collections::BTreeSet;
use std::path::Path as FilePath;

use serde_json::Value as Json;

use super::{TABLES, cases, crosswalk, folder_of};

/// What a rule says that it looks at.
struct Rule {
    /// `GROUP/KIND`, the core group as in `/Node`.
    inputs: Vec<String>,
    has_case: bool,
}

/// What tells from the input alone that a rule cannot be judged here.
type IsUnseen = fn(&Rule) -> bool;

/// A reason that follows from what a rule looks at.
static BY_INPUT: [(&str, IsUnseen); 6] = [
    ("no case with an input", |rule| !rule.has_case),
    (
        "what a scanner on the node or beside the API server gathered, which is no object of Kubernetes",
        |rule| {
            rule.any(|input| {
                ["hostdata.kubescape.cloud/", "apiserverinfo.kubescape.cloud/"]
                    .iter()
                    .any(|of| input.starts_with(of))
            })
        },
    ),
    ("what a scanner of services was answered", |rule| {
        rule.any(|input| input.to_ascii_lowercase().ends_with("/servicesscanresults"))
    }),
    ("what the interface of a cloud answers", |rule| {
        let clouds = ["eks.amazonaws.com/", "management.azure.com/", "container.googleapis.com/"];
        rule.any(|input| clouds.iter().any(|of| input.starts_with(of)))
    }),
    ("what a scan of images found", |rule| rule.any(|input| input.ends_with("/ImageVulnerabilities"))),
    (
        "nodes, or PodSecurityPolicies, which are gone since 1.25: neither is a manifest that anybody writes",
        |rule| rule.inputs.iter().all(|input| input == "/Node" || input == "policy/PodSecurityPolicy"),
    ),
];

/// Reasons that the names of rules have to be known for.
static BY_NAME: &[(&str, &[&str])] = &[
    (
        "an inventory: it fails whatever is there, for somebody to look at",
        &[
            "access-container-service-account-v1",
            "list-all-mutating-webhooks",
            "list-all-namespaces",
            "rule-deny-cronjobs",
            "workload-mounted-configmap",
            "workload-mounted-pvc",
            "workload-mounted-secrets",
        ],
    ),
    (
        "it fails with the flag, whatever its value, and without it (`invalid_flag` in raw.rego), so that nothing passes",
        &[
            "ensure-that-the-api-server-audit-log-maxbackup-argument-is-set-to-10-or-as-appropriate",
            "ensure-that-the-api-server-audit-log-maxsize-argument-is-set-to-100-or-as-appropriate",
            "ensure-that-the-controller-manager-terminated-pod-gc-threshold-argument-is-set-as-appropriate",
        ],
    ),
    (
        "any binding counts, whatever it grants; `powerful-token-mounted` tells where it matters, and \
         `unused-token-mounted` where nothing is granted",
        &["serviceaccount-token-mount"],
    ),
    (
        "asks that a product is used, whatever else is there: any Service that is no load balancer fails. What is \
         open in the parts is told by `ingress-without-tls`, `node-port` and `load-balancer-without-source-ranges`",
        &["encrypt-traffic-to-https-load-balancers-with-tls-certificates"],
    ),
    (
        "asks that a product is installed; what it would keep is judged where it lies (layer `secrets`)",
        &["ensure-external-secrets-storage-is-in-use"],
    ),
    (
        "an order of names, which keeps nobody out",
        &["k8s-common-labels-usage", "label-usage-for-resources", "metadataAndInstanceMismatched"],
    ),
    (
        "the example of a check of one's own, which the case brings along",
        &["nakedPod", "oneController", "resourceRange"],
    ),
    (
        "hardening does not ask for the field: what is not set is not weaker",
        &["set-fsgroupchangepolicy-value", "set-gmsacredentialspecname-value", "set-seLinuxOptions"],
    ),
    (
        "an account of its own is each workload's matter; a namespace needs none beside `default`",
        &["namespace-without-service-account"],
    ),
    (
        "the only case asks nothing that `pod-security-admission-baseline-applied-1` does not",
        &["pod-security-admission-restricted-applied-1"],
    ),
    (
        "passes what holds credentials (`/.aws/config/good`, or any path where the case names no cloud); `host-path` \
         tells every folder of the node and grades those with credentials, whatever the cloud",
        &["alert-mount-potential-credentials-paths"],
    ),
    (
        "admission plugins that are gone (PodSecurityPolicy since 1.25, SecurityContextDeny since 1.30), or the \
         contrary of another rule",
        &[
            "ensure-that-the-admission-control-plugin-SecurityContextDeny-is-set-if-PodSecurityPolicy-is-not-used",
            "ensure-that-the-api-server-DenyServiceExternalIPs-is-not-set",
            "psp-enabled-native",
        ],
    ),
];

impl Rule {
    fn of(folder: &FilePath) -> Self {
        let text = std::fs::read_to_string(folder.join("rule.metadata.json")).ok();
        let metadata: Json = text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default();
        let words = |of: &Json, key: &str| -> Vec<String> {
            let list = of[key].as_array().map(Vec::as_slice).unwrap_or_default();
            list.iter().filter_map(Json::as_str).map(str::to_owned).collect()
        };
        let mut inputs = Vec::new();
        for matched in ["match", "dynamicMatch"] {
            for of in metadata[matched].as_array().into_iter().flatten() {
                for group in words(of, "apiGroups") {
                    inputs.extend(words(of, "resources").iter().map(|kind| format!("{group}/{kind}")));
                }
            }
        }
        let tests = folder.join("test");
        let is_regolibrary = !inputs.is_empty();
        let has_case = !is_regolibrary
            || cases::names(&tests)
                .iter()
                .any(|case| !cases::names(&tests.join(case).join("input")).is_empty());
        Self { inputs, has_case }
    }

    fn any(&self, met: impl Fn(&str) -> bool) -> bool {
        self.inputs.iter().any(|input| met(input))
    }
}

/// The reasons for which a rule has no row.
fn reasons(name: &str, folder: &FilePath) -> Vec<&'static str> {
    let named = BY_NAME.iter().filter(|(_, rules)| rules.contains(&name)).map(|(why, _)| *why);
    let rule = Rule::of(folder);
    let by_input =
        BY_INPUT.iter().filter(|(_, met)| !rule.inputs.is_empty() && met(&rule)).map(|(why, _)| *why);
    named.chain(by_input).collect()
}

/// Nothing of the suites is passed over in silence, and no reason outlives its rule.
#[test]
fn every_rule_is_mapped_or_has_a_reason() {
    let mut mapped: BTreeSet<String> = BTreeSet::new();
    for table in &TABLES {
        let rows = crosswalk::read(table.rows).unwrap();
        mapped.extend(rows.into_iter().map(|row| row.name));
    }
    let mut wrong = Vec::new();
    for suite in ["posture-regolibrary", "posture-polaris"] {
        let Some(folder) = folder_of(suite) else { return };
        let rules: Vec<String> =
            cases::names(&folder).into_iter().filter(|name| folder.join(name).is_dir()).collect();
        let (with_row, without): (Vec<&String>, Vec<&String>) =
            rules.iter().partition(|name| mapped.contains(*name));
        eprintln!("{suite}: {} rules: {} mapped, {} not", rules.len(), with_row.len(), without.len());
        for name in without {
            if reasons(name, &folder.join(name)).is_empty() {
                wrong.push(format!("{suite}/{name} is neither mapped nor has it a reason"));
            }
        }
    }
    for (why, rules) in BY_NAME {
        for name in rules.iter().filter(|name| mapped.contains(**name)) {
            wrong.push(format!("{name} is mapped, and not for this reason: {why}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
