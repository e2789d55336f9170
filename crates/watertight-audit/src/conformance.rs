//! Compares every decision with vectors that Kubernetes' own code made.

use std::borrow::Cow;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use flate2::read::MultiGzDecoder;
use serde::Deserialize;
use serde_json::Value;

use crate::{Decision, Identity, Level, Policy, Request, Stage, Stages, Target};

#[derive(Deserialize)]
struct Line {
    policy: Value,
    requests: Vec<Labelled>,
}

/// A request with the decision of `k8s.io/apiserver`.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", default)]
#[derive(Default)]
struct Labelled {
    user: String,
    groups: Option<Vec<String>>,
    verb: String,
    api_group: String,
    resource: String,
    subresource: String,
    namespace: String,
    name: String,
    path: String,
    resource_request: bool,
    level: String,
    omit_stages: Option<Vec<String>>,
    omit_managed_fields: bool,
}

impl Labelled {
    fn request(&self) -> Request<'_> {
        let target = if self.resource_request {
            Target::Resource {
                api_group: &self.api_group,
                resource: &self.resource,
                subresource: &self.subresource,
                namespace: &self.namespace,
                name: &self.name,
            }
        } else {
            Target::NonResource { path: &self.path }
        };
        let groups = self.groups.iter().flatten().map(|group| Cow::Borrowed(group.as_str())).collect();
        Request { user: Some(Identity { name: &self.user, groups }), verb: &self.verb, target }
    }

    fn agrees(&self, decision: &Decision) -> bool {
        let stages: Option<Stages> =
            self.omit_stages.iter().flatten().map(|word| Stage::from_word(word)).collect();
        Level::from_word(&self.level) == Some(decision.level)
            && stages == Some(decision.omit_stages)
            && self.omit_managed_fields == decision.omit_managed_fields
    }
}

/// The file with the vectors, or `None`, which is loud, and a failure when they are required.
fn vectors(name: &str) -> Option<PathBuf> {
    let root = std::env::var_os("WATERTIGHT_SUITES")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared"), PathBuf::from);
    let file = root.join("vectors").join(name);
    if file.is_file() {
        return Some(file);
    }
    let required = std::env::var_os("WATERTIGHT_REQUIRE_SUITES").is_some_and(|value| value == "1");
    assert!(!required, "WATERTIGHT_REQUIRE_SUITES=1, and there is no {}", file.display());
    eprintln!("NOT COMPARED with {name}: there is no {}", file.display());
    None
}

#[test]
fn conformance() {
    let Some(file) = vectors("audit-policy.jsonl.gz") else { return };
    let opened = std::fs::File::open(&file).expect("the file is there");
    let (mut matched, mut wrong) = (0, Vec::new());
    for (number, line) in (1..).zip(BufReader::new(MultiGzDecoder::new(opened)).lines()) {
        let line: Line =
            serde_json::from_str(&line.expect("the vectors are whole")).expect("a vector is JSON");
        let decoded = match Policy::decode(&line.policy) {
            Ok(decoded) => decoded,
            Err(invalid) => {
                wrong.push(format!("line {number}: refused: {invalid}"));
                continue;
            }
        };
        for labelled in &line.requests {
            let request = labelled.request();
            let decision = decoded.policy.evaluate(&request);
            assert_eq!(decoded.policy.explain(&request).0, decision, "explaining decides otherwise");
            if labelled.agrees(&decision) {
                matched += 1;
            } else {
                wrong.push(format!("line {number}: {request:?}: {decision:?}"));
            }
        }
    }
    eprintln!("audit-policy: {matched} matched, {} wrong", wrong.len());
    assert!(matched > 0, "the vectors hold nothing");
    assert!(wrong.is_empty(), "{} wrong, first: {:#?}", wrong.len(), &wrong[..wrong.len().min(5)]);
}
