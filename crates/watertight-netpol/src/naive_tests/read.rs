//! Reads a case with the code under test.

use serde_json::Value;

use super::case::Case;
use super::kubernetes;
use crate::{Effect, Model, Policy, Problem};

pub(super) fn typed<T: serde::de::DeserializeOwned>(spec: &Value) -> Result<T, String> {
    serde_json::from_value(spec.clone()).map_err(|error| error.to_string())
}

/// The model of a case; an error where an object is refused.
pub(super) fn model(case: &Case) -> Result<Model, String> {
    let mut policies: Vec<Policy> = Vec::new();
    let mut problems: Vec<Problem> = Vec::new();
    for (tag, object) in (0u32..).zip(&case.written) {
        let namespace = object.namespace.as_deref();
        match object.kind {
            kubernetes::KIND => {
                let spec = typed(&object.spec)?;
                let (policy, found) =
                    crate::kubernetes::policy(namespace.unwrap_or_default(), &object.name, tag, &spec);
                policies.push(policy);
                problems.extend(found);
            }
            other => panic!("kind {other}"),
        }
    }
    for problem in problems {
        if problem.effect == Effect::Refused {
            return Err(format!("{}: {}", problem.path, problem.why));
        }
    }
    Ok(Model::new(case.cluster.clone(), policies))
}
