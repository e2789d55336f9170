//! Why a rule of the suites is no row of a table: each rule is mapped, or a reason here is met by it.
//!
//! Most reasons are predicates on what the rule says that it looks at; the others name rules.

use std::collections::BTreeSet;
use std::path::Path as FilePath;

use serde_json::Value as Json;

use super::{SUITES, cases, crosswalk, folder_of};

/// What a rule says that it looks at.
struct Rule {
    /// `GROUP/KIND`, the core group as in `/Node`.
    inputs: Vec<String>,
    has_case: bool,
}

/// What tells from the input alone that a rule cannot be judged here.
type IsUnseen = fn(&Rule) -> bool;

/// A reason that follows from what a rule looks at.
static BY_INPUT: [(&str, IsUnseen); 5] = [
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
    ("reachability: waits for the network model, or is a row of the table about networks", NETWORK),
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
        "told at the binding that grants, whoever uses it; the rule tells it of the workload",
        &[
            "rule-access-dashboard-subject-v1",
            "serviceaccount-token-mount",
            "workload-with-administrative-roles",
            "workload-with-cluster-takeover-roles",
        ],
    ),
    (
        "told at the binding: a role that nobody is bound to grants nothing",
        &["clusterrolePodExecAttach", "rolePodExecAttach"],
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
        "a matter of the cloud's driver and its parameters, or of a list for each cloud",
        &[
            "agent-sandbox-hardened-runtime-class",
            "alert-mount-potential-credentials-paths",
            "pv-without-encryption",
        ],
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

/// May become rows when there is something to judge them by.
static NETWORK: &[&str] = &[
    "CVE-2021-25742",
    "agent-sandbox-egress-policy",
    "dangling-gateway-backend",
    "dangling-ingress-backend",
    "dangling-networkpolicy",
    "encrypt-traffic-to-https-load-balancers-with-tls-certificates",
    "ensure-https-loadbalancers-encrypted-with-tls-aws",
    "ensure_network_policy_configured_in_labels",
    "exposed-sensitive-interfaces-v1",
    "exposure-to-internet",
    "exposure-to-internet-via-gateway-api",
    "exposure-to-internet-via-istio-ingress",
    "ingress-and-egress-blocked",
    "internal-networking",
    "missingNetworkPolicy",
    "rule-access-dashboard-wl-v1",
    "rule-can-ssh-to-pod-v1",
    "service-with-no-workload",
    "tlsSettingsMissing",
    "unauthenticated-service",
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
    for suite in SUITES {
        let rows = crosswalk::read(suite.table).unwrap();
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
    for (why, rules) in BY_NAME.iter().filter(|(_, rules)| !std::ptr::eq(*rules, NETWORK)) {
        for name in rules.iter().filter(|name| mapped.contains(**name)) {
            wrong.push(format!("{name} is mapped, and not for this reason: {why}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
