//! What a namespace to come may be called: no policy that names one in view means it.

use std::collections::BTreeSet;

use watertight_netpol::{Cluster, Endpoints, Labels, NAMESPACE_NAME_LABEL, Namespaces, Policy, Selector};

use super::cluster::{NEW_NAMESPACE, is_strange};

/// Gives the namespace to come a name of its own where selectors only ask for names of namespaces in view: nobody can
/// make another of such a name. Else its name stays unknown.
pub(super) fn name(cluster: &mut Cluster, policies: &[Policy]) {
    let declared = cluster.namespaces.iter().map(|namespace| namespace.name.as_str());
    let of_pods = cluster.pods.iter().map(|pod| pod.namespace.as_str());
    let in_view: BTreeSet<&str> = declared.chain(of_pods).filter(|name| !is_strange(name)).collect();
    let rules = policies.iter().flat_map(|policy| {
        let rules = [&policy.ingress, &policy.egress].into_iter().flatten().flat_map(|side| &side.rules);
        rules.flat_map(|rule| [&rule.subject, &rule.peers]).chain([&policy.subject])
    });
    if !rules.into_iter().all(|endpoints| endpoints_name_only(endpoints, &in_view)) {
        return;
    }
    let own = [(NAMESPACE_NAME_LABEL.to_owned(), NEW_NAMESPACE.to_owned())];
    if let Some(namespace) = cluster.namespaces.iter_mut().find(|namespace| namespace.name == NEW_NAMESPACE) {
        namespace.labels = Labels::of(own.into());
    }
}

fn endpoints_name_only(endpoints: &Endpoints, in_view: &BTreeSet<&str>) -> bool {
    match endpoints {
        Endpoints::Pods { namespaces, .. }
        | Endpoints::Accounts { namespaces, .. }
        | Endpoints::Sets { namespaces, .. }
        | Endpoints::Services { namespaces, .. } => match namespaces {
            Namespaces::Labelled(selector) => selector_names_only(selector, in_view),
            _ => true,
        },
        Endpoints::Not(inner) => endpoints_name_only(inner, in_view),
        Endpoints::All(parts) | Endpoints::Any(parts) => {
            parts.iter().all(|part| endpoints_name_only(part, in_view))
        }
        _ => true,
    }
}

fn selector_names_only(selector: &Selector, in_view: &BTreeSet<&str>) -> bool {
    match selector {
        Selector::In(key, values) => {
            key != NAMESPACE_NAME_LABEL || values.iter().all(|value| in_view.contains(value.as_str()))
        }
        Selector::StartsWith(key, _) | Selector::EndsWith(key, _) | Selector::Contains(key, _) => {
            key != NAMESPACE_NAME_LABEL
        }
        Selector::Not(inner) => selector_names_only(inner, in_view),
        Selector::All(parts) | Selector::Any(parts) => {
            parts.iter().all(|part| selector_names_only(part, in_view))
        }
        Selector::Has(_) | Selector::Unknown => true,
    }
}
