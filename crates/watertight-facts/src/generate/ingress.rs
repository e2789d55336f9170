//! The policies of a plan as far as they close what comes in: a default-deny that breaks no pod's way out.

use serde_json::{Value as Json, json};
use watertight_netpol::Model;

use super::{Flavor, Made, Plan, proof};
use crate::reachability::Reachability;

/// A policy of a plan with what it says of ingress alone; `None` when that is nothing.
///
/// Only for policies of `networking.k8s.io`.
#[must_use]
pub fn ingress_of(made: &Made) -> Option<Made> {
    let types = made.object["spec"]["policyTypes"].as_array()?;
    if !types.iter().any(|own| own.as_str() == Some("Ingress")) {
        return None;
    }
    let mut object = made.object.clone();
    let spec = object.get_mut("spec").and_then(Json::as_object_mut)?;
    spec.remove("egress");
    spec.insert("policyTypes".to_owned(), json!(["Ingress"]));
    Some(Made { object, ..made.clone() })
}

/// The network as it would be with the ingress policies of a plan beside those that are there.
#[must_use]
pub fn closed(reach: &Reachability, plan: &Plan) -> Model {
    let made = plan.objects.iter().filter_map(ingress_of);
    let made = made.filter_map(|made| proof::read_back(&made, Flavor::Kubernetes)).flatten();
    let policies = reach.model.policies().iter().cloned().chain(made).collect();
    Model::new(reach.model.cluster().clone(), policies)
}
