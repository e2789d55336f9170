//! Who is behind a service.

use serde_json::Value;

use super::world::{Who, World, Written, field, list};

pub(super) const KIND: &str = "Service";

/// Whether somebody is an endpoint of a service: a pod of its namespace that its selector selects, and one that an
/// EndpointSlice lists where it has none
/// (`content/en/docs/concepts/services-networking/service.md`, "Services without selectors").
pub(super) fn is_behind(world: &mut World<'_>, service: &Written, who: Who) -> bool {
    let selector = field(&service.spec, "selector");
    if world.is_node(who) {
        // The code under test does not look which pods are in the network of which node.
        world.guess.coarse = true;
        return is_behind_as_node(world, service, selector, who);
    }
    match (who, selector) {
        (Who::Pod(pod), Some(selector)) => selects(world, service, selector, pod),
        (Who::Pod(pod), None) => {
            let tag = world.cluster.pods[pod].tag;
            list(&service.spec, "endpoints").iter().any(|endpoint| endpoint["pod"] == tag)
        }
        (Who::Address(address), _) => {
            list(&service.spec, "endpoints").iter().any(|endpoint| endpoint["address"] == address.to_string())
        }
        _ => false,
    }
}

/// Whether some pod in the network of a node is behind a service.
fn is_behind_as_node(world: &mut World<'_>, service: &Written, selector: Option<&Value>, who: Who) -> bool {
    let node = world.as_policies_see(who);
    for pod in 0..world.cluster.pods.len() {
        let here = world.is_node(Who::Pod(pod)) && world.as_policies_see(Who::Pod(pod)) == node;
        if here && selector.is_some_and(|selector| selects(world, service, selector, pod)) {
            return true;
        }
    }
    // The pods of a node that is not in view are not either.
    matches!(node, Who::SomeNode) && world.guess.yes(format!("a node is behind {}", service.name))
}

fn selects(world: &mut World<'_>, service: &Written, selector: &Value, pod: usize) -> bool {
    if service.namespace.as_ref() != Some(&world.cluster.pods[pod].namespace) {
        return false;
    }
    for (key, value) in selector.as_object().unwrap() {
        if world.pod_label(pod, key).as_deref() != value.as_str() {
            return false;
        }
    }
    true
}

/// The services of a namespace, or of all, with a name.
pub(super) fn named<'c>(world: &World<'c>, namespace: Option<&str>, name: &str) -> Vec<&'c Written> {
    let mut found = Vec::new();
    for service in world.of_kind(KIND) {
        let here = namespace.is_none_or(|namespace| service.namespace.as_deref() == Some(namespace));
        if here && service.name == name {
            found.push(service);
        }
    }
    found
}

/// Whether an EndpointSlice lists the address of somebody, without a word on whose it is.
pub(super) fn lists_address(world: &mut World<'_>, service: &Written, who: Who) -> bool {
    let addresses =
        list(&service.spec, "endpoints").iter().filter_map(|endpoint| endpoint["address"].as_str());
    let addresses: Vec<&str> = addresses.collect();
    !addresses.is_empty() && addresses.contains(&&*world.address(who).to_string())
}
