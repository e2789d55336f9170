//! Compares with verdicts that Kubernetes' own code gave on random input.
//!
//! They lie in the folder named by `WATERTIGHT_SUITES`, or in `shared` beside the checkout.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use k8s_openapi::api::rbac::v1::{ClusterRole, ClusterRoleBinding, PolicyRule, Role, RoleBinding};
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::{Action, Policy, PolicyBuilder, Target, UserInfo, covers};

/// The lines of a file of verdicts, or none, which is loud, and a failure when they are required.
fn vectors<T: DeserializeOwned>(name: &str) -> Vec<T> {
    let root = std::env::var_os("WATERTIGHT_SUITES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let file = root.join("vectors").join(name);
    if !file.is_file() {
        let required = std::env::var_os("WATERTIGHT_REQUIRE_SUITES").is_some_and(|value| value == "1");
        assert!(!required, "WATERTIGHT_REQUIRE_SUITES=1, and there is no {}", file.display());
        eprintln!("NOT COMPARED with {name}: there is no {}", file.display());
        return Vec::new();
    }
    let lines = BufReader::new(MultiGzDecoder::new(std::fs::File::open(&file).expect("the file opens")));
    let lines: Vec<T> = lines
        .lines()
        .map(|line| serde_json::from_str(&line.expect("the file is gzip and UTF-8")).expect("a line is JSON"))
        .collect();
    assert!(!lines.is_empty(), "{} is empty", file.display());
    lines
}

#[derive(Deserialize)]
struct AuthorizeCase {
    policy: Objects,
    requests: Vec<AuthorizeRequest>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Objects {
    roles: Option<Vec<Role>>,
    role_bindings: Option<Vec<RoleBinding>>,
    cluster_roles: Option<Vec<ClusterRole>>,
    cluster_role_bindings: Option<Vec<ClusterRoleBinding>>,
}

#[derive(Deserialize, Default)]
#[serde(rename_all = "camelCase", default)]
struct AuthorizeRequest {
    user: String,
    groups: Option<Vec<String>>,
    verb: String,
    api_group: String,
    resource: String,
    subresource: String,
    name: String,
    namespace: String,
    path: String,
    resource_request: bool,
    allowed: bool,
    reason: String,
}

impl Objects {
    fn policy(&self) -> Policy {
        let mut builder = PolicyBuilder::new();
        self.roles.iter().flatten().for_each(|role| builder.role(role, 0));
        self.cluster_roles.iter().flatten().for_each(|role| builder.cluster_role(role, 0));
        self.role_bindings.iter().flatten().for_each(|binding| builder.role_binding(binding, 0));
        self.cluster_role_bindings.iter().flatten().for_each(|b| builder.cluster_role_binding(b, 0));
        builder.build()
    }
}

impl AuthorizeRequest {
    fn action(&self) -> Action<'_> {
        let target = if self.resource_request {
            Target::Resource {
                group: &self.api_group,
                resource: &self.resource,
                subresource: &self.subresource,
                name: &self.name,
            }
        } else {
            Target::Path(&self.path)
        };
        Action { verb: &self.verb, namespace: &self.namespace, target }
    }
}

#[test]
fn conformance_of_decisions() {
    let mut compared = 0;
    for (number, case) in vectors::<AuthorizeCase>("rbac-authorize.jsonl.gz").iter().enumerate() {
        let policy = case.policy.policy();
        for request in &case.requests {
            let user = UserInfo::new(request.user.as_str(), request.groups.clone().unwrap_or_default());
            let decision = policy.authorize(&user, &request.action());
            let told = (decision.allowed(), decision.reason().unwrap_or_default());
            let expected = (request.allowed, request.reason.clone());
            assert_eq!(told, expected, "policy {number}: {} {}", request.user, request.action());
            compared += 1;
        }
    }
    eprintln!("rbac-authorize: {compared} decisions equal");
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct CoversCase {
    owner: Option<Vec<PolicyRule>>,
    requested: Option<Vec<PolicyRule>>,
    covers: bool,
    #[serde(default)]
    missing_count: usize,
}

#[test]
fn conformance_of_covers() {
    let mut compared = 0;
    for (number, case) in vectors::<CoversCase>("rbac-covers.jsonl.gz").into_iter().enumerate() {
        let (owner, requested) = (case.owner.unwrap_or_default(), case.requested.unwrap_or_default());
        let told = covers(&owner, &requested);
        let equal = (told.all(), told.uncovered.len()) == (case.covers, case.missing_count);
        assert!(equal, "case {number}: {told:?}, expected {} {}", case.covers, case.missing_count);
        assert!(covers(&told.uncovered, &told.compact()).all(), "case {number}: compacted rules say more");
        assert!(covers(&told.compact(), &told.uncovered).all(), "case {number}: compacted rules say less");
        compared += 1;
    }
    eprintln!("rbac-covers: {compared} comparisons equal");
}
