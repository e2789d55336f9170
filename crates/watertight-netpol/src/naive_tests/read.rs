//! Reads a case with the code under test.

use serde_json::{Map, Value};

use super::case::{Case, Regime};
use super::world::{Written, list};
use super::{admin, calico, cilium, kubernetes, services};
use crate::{Cluster, Effect, Endpoint, Model, Policy, Problem, Selector, Service, cluster_policy};

pub(super) fn typed<T: serde::de::DeserializeOwned>(spec: &Value) -> Result<T, String> {
    serde_json::from_value(spec.clone()).map_err(|error| error.to_string())
}

/// The model of a case; an error where an object is refused.
pub(super) fn model(case: &Case) -> Result<Model, String> {
    let (cluster, policies) = policies(case)?;
    Ok(Model::new(cluster, policies))
}

/// The cluster with what objects add to it, and the policies.
pub(super) fn policies(case: &Case) -> Result<(Cluster, Vec<Policy>), String> {
    let mut reading = Reading {
        cluster: case.cluster.clone(),
        calico: crate::calico::Context::default(),
        cilium: crate::cilium::Context::default(),
        policies: Vec::new(),
        problems: Vec::new(),
    };
    for object in case.written.iter().filter(|object| object.kind == calico::TIER) {
        let problems = reading.calico.tiers.add(&object.name, &typed(&object.spec)?);
        reading.problems.extend(problems);
    }
    for object in case.written.iter().filter(|object| object.kind == cilium::GROUP) {
        let spec = typed(&object.spec)?;
        let (group, problems) = crate::cilium::cidr_group(&object.name, object.labels.clone(), &spec);
        reading.cilium.groups.extend(group);
        reading.problems.extend(problems);
    }
    for (tag, object) in (0u32..).zip(&case.written) {
        let before = reading.problems.len();
        reading.object(case.regime, tag, object)?;
        if object.name.starts_with(kubernetes::REFUSED) {
            reading.problems.truncate(before);
        }
    }
    for problem in reading.problems {
        if problem.effect == Effect::Refused {
            return Err(format!("{}: {}", problem.path, problem.why));
        }
    }
    if case.regime == Regime::Admin {
        cluster_policy::mark_ties(&mut reading.policies);
    }
    Ok((reading.cluster, reading.policies))
}

struct Reading {
    cluster: Cluster,
    calico: crate::calico::Context,
    cilium: crate::cilium::Context,
    policies: Vec<Policy>,
    problems: Vec<Problem>,
}

impl Reading {
    fn add(&mut self, (policies, problems): (impl IntoIterator<Item = Policy>, Vec<Problem>)) {
        self.policies.extend(policies);
        self.problems.extend(problems);
    }

    fn object(&mut self, regime: Regime, tag: u32, object: &Written) -> Result<(), String> {
        let (namespace, name, spec) = (object.namespace.as_deref(), object.name.as_str(), &object.spec);
        match object.kind {
            kubernetes::KIND => {
                let namespace = namespace.unwrap_or_default();
                let (mut policy, problems) = crate::kubernetes::policy(namespace, name, tag, &typed(spec)?);
                if regime == Regime::Calico {
                    (policy.position, policy.name) = crate::calico::kubernetes_place(namespace, name);
                }
                self.add(([policy], problems));
            }
            calico::KIND | calico::STORED => {
                let stored = object.kind == calico::STORED;
                let written = crate::calico::PolicyObject { namespace, name, tag, stored };
                self.add(crate::calico::policy(&self.calico, &written, &typed(spec)?));
            }
            calico::PROFILE => {
                let (policy, problems) = crate::calico::profile(&self.calico, name, tag, &typed(spec)?);
                self.add((policy, problems));
            }
            calico::SET => {
                let (set, problems) = crate::calico::network_set(namespace, &object.labels, &typed(spec)?);
                self.cluster.network_sets.push(set);
                self.problems.extend(problems);
            }
            calico::TIER => {}
            services::KIND => self.cluster.services.push(service(tag, object)),
            cilium::GROUP => {}
            cilium::KIND => {
                let specs = typed(spec)?;
                self.add(crate::cilium::policies(&self.cilium, namespace, name, tag, &specs));
            }
            admin::ADMIN => {
                let (policy, problems) = cluster_policy::admin(name, tag, &typed(spec)?);
                self.add(([policy], problems));
            }
            admin::BASELINE => {
                let (policy, problems) = cluster_policy::baseline(name, tag, &typed(spec)?);
                self.add(([policy], problems));
            }
            admin::CLUSTER => {
                let (policy, problems) = cluster_policy::cluster(name, tag, &typed(spec)?);
                self.add(([policy], problems));
            }
            other => panic!("kind {other}"),
        }
        Ok(())
    }
}

fn service(tag: u32, object: &Written) -> Service {
    let endpoint = |endpoint: &Value| Endpoint {
        addresses: endpoint["address"].as_str().into_iter().map(|address| address.parse().unwrap()).collect(),
        pod: endpoint["pod"].as_u64().map(|pod| u32::try_from(pod).unwrap()),
        ports: Vec::new(),
    };
    let wanted = |labels: &Map<String, Value>| {
        let labels = labels.iter().map(|(key, value)| (key.clone(), value.as_str().unwrap().to_owned()));
        Selector::of_map(&labels.collect())
    };
    Service {
        tag,
        namespace: object.namespace.clone().unwrap_or_default(),
        name: object.name.clone(),
        selector: object.spec.get("selector").and_then(Value::as_object).map(wanted),
        endpoints: list(&object.spec, "endpoints").iter().map(endpoint).collect(),
        ..Service::default()
    }
}
