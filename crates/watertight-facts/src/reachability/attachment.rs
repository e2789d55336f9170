//! Whether routes of the Gateway API are attached to a Gateway that lets in from outside.

use watertight_model::{Namespace, ObjectId};
use watertight_netpol::{Cluster, Truth};

use crate::identities::namespace_in_policy;
use crate::network::{Entry, GATEWAY, Listener, NetworkObject, Parent, RoutesFrom};
use crate::world::World;

/// Whether something comes in over a route: when it is attached to a listener of a Gateway that takes it (`Listener` and
/// `AllowedRoutes`, `apis/v1/gateway_types.go`, and `ParentReference`, `apis/v1/shared_types.go` of gateway-api). Of
/// other entries the answer is yes.
pub(super) fn lets_in(world: &World<'_>, cluster: &Cluster, id: ObjectId, entry: &Entry) -> Truth {
    let identity = world.snapshot().object(id).identity();
    if &*identity.group != GATEWAY.group || GATEWAY.is(identity) {
        return Truth::Yes;
    }
    let route = Route { kind: &identity.kind, home: &identity.namespace, entry };
    let other = if entry.other_parents { Truth::Maybe } else { Truth::No };
    entry.parents.iter().fold(other, |any, parent| any.or(route.is_taken_by(world, cluster, parent)))
}

struct Route<'r> {
    kind: &'r str,
    home: &'r Namespace,
    entry: &'r Entry,
}

impl Route<'_> {
    fn is_taken_by(&self, world: &World<'_>, cluster: &Cluster, parent: &Parent) -> Truth {
        let snapshot = world.snapshot();
        let here = |home: &Namespace| match &parent.namespace {
            Some(name) => home.name() == Some(name.as_str()),
            None => home == self.home,
        };
        let gateway = world.network().entries.iter().find(|id| {
            let identity = snapshot.object(**id).identity();
            GATEWAY.is(identity) && *identity.name == *parent.name && here(&identity.namespace)
        });
        let Some(&gateway) = gateway else {
            // A folder may hold the route and not the Gateway.
            let is_listed = snapshot.is_listed(GATEWAY.group, GATEWAY.kind);
            return if is_listed { Truth::No } else { Truth::Maybe };
        };
        let Some(NetworkObject::Entry(facts)) = world.network_object(gateway) else { return Truth::Maybe };
        let home = &snapshot.object(gateway).identity().namespace;
        let chosen = facts.listeners.iter().filter(|own| {
            parent.section.as_ref().is_none_or(|section| own.section.as_ref() == Some(section))
                && parent.port.is_none_or(|port| own.port == Some(port))
        });
        let taken = chosen.map(|own| {
            self.is_of_a_kind(own).and(self.is_from(own, home, cluster)).and(self.has_a_host_of(own))
        });
        taken.fold(Truth::No, Truth::or)
    }

    fn is_of_a_kind(&self, listener: &Listener) -> Truth {
        let is_own = |(group, kind): &(String, String)| group == GATEWAY.group && kind == self.kind;
        // The kinds that a listener names still have to fit its protocol.
        let named = listener.kinds.is_empty() || listener.kinds.iter().any(is_own);
        let fits = match (listener.protocol.as_str(), self.kind) {
            ("HTTP" | "HTTPS", "HTTPRoute" | "GRPCRoute") => Truth::Yes,
            ("TLS", "TLSRoute") | ("TCP", "TCPRoute") | ("UDP", "UDPRoute") => Truth::Yes,
            // Where TLS ends at the Gateway, some implementations take it.
            ("TLS", "TCPRoute") => Truth::Maybe,
            ("HTTP" | "HTTPS" | "TLS" | "TCP" | "UDP", _) => Truth::No,
            _ => Truth::Maybe,
        };
        if named { fits } else { Truth::No }
    }

    fn is_from(&self, listener: &Listener, gateway: &Namespace, cluster: &Cluster) -> Truth {
        match &listener.from {
            RoutesFrom::Same => (gateway == self.home).into(),
            RoutesFrom::All => Truth::Yes,
            RoutesFrom::Unknown => Truth::Maybe,
            RoutesFrom::Labelled(selector) => {
                let name = namespace_in_policy(self.home);
                let known = cluster.namespaces.iter().find(|namespace| namespace.name == name);
                known.map_or(Truth::Maybe, |namespace| selector.selects(&namespace.labels))
            }
        }
    }

    /// Whether the listener and the route have a host in common: `*` stands for one or more labels (`Hostname`).
    fn has_a_host_of(&self, listener: &Listener) -> Truth {
        let Some(own) = listener.host.as_deref().filter(|_| !matches!(self.kind, "TCPRoute" | "UDPRoute"))
        else {
            return Truth::Yes;
        };
        let hosts = &self.entry.hosts;
        (hosts.is_empty() || hosts.iter().any(|(_, host)| have_names_in_common(own, host))).into()
    }
}

fn have_names_in_common(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_ascii_lowercase(), other.to_ascii_lowercase());
    let covers = |wide: &str, host: &str| {
        let end = wide.strip_prefix('*').filter(|end| end.starts_with('.'));
        end.is_some_and(|end| host.trim_start_matches('*').ends_with(end))
    };
    one == other || covers(&one, &other) || covers(&other, &one)
}

#[cfg(test)]
mod tests {
    use super::have_names_in_common;

    #[test]
    fn a_star_stands_for_labels() {
        for (one, other, wanted) in [
            ("a.example.com", "A.example.com", true),
            ("*.example.com", "a.b.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "*.b.example.com", true),
            ("*.example.com", "*.com", true),
            ("a.example.com", "b.example.com", false),
        ] {
            assert_eq!(have_names_in_common(one, other), wanted, "{one} {other}");
        }
    }
}
