//! Those whom Cilium knows by a name.

use crate::cidr::{Cidr, Family};
use crate::policy::{Endpoints, Inside};
use crate::reading::Notes;
use crate::selector::Selector;

/// Who an entity is (`EntitySelectorMapping` and `InitEntities`, `pkg/policy/api/entity.go`); `None` for a name that
/// is none. `cluster` also is the API server, wherever it runs.
pub(super) fn of(name: &str, path: &str, notes: &mut Notes) -> Option<Endpoints> {
    Some(match name {
        "all" => Endpoints::Everyone,
        "none" => Endpoints::Nobody,
        "world" => Endpoints::World,
        "world-ipv4" => world_of(Family::V4),
        "world-ipv6" => world_of(Family::V6),
        "cluster" => Endpoints::Any(vec![Endpoints::Cluster, Endpoints::ApiServers]),
        // The node itself; pods in its network are it, too.
        "host" => Endpoints::OwnNode,
        "remote-node" => Endpoints::All(vec![
            Endpoints::Nodes(Selector::EVERYTHING),
            Endpoints::Not(Box::new(Endpoints::OwnNode)),
        ]),
        "kube-apiserver" => Endpoints::ApiServers,
        // Cilium's proxy for Ingress and Gateway: neither a pod nor an address that is known.
        "ingress" => {
            notes.not_modelled(path, "names Cilium's proxy for Ingress and Gateway, which is not modelled");
            Endpoints::Nobody
        }
        "unmanaged" => {
            notes.not_modelled(path, "names pods that Cilium does not manage; all pods count as managed");
            Endpoints::Nobody
        }
        // Endpoints of the agent's own, and pods whose labels are not known yet.
        "health" | "init" => Endpoints::Nobody,
        _ => return None,
    })
}

/// Only in clusters with both families there is an entity of each (`getWorldLabel`, `pkg/labels/cidr.go`); in others
/// it selects nobody.
fn world_of(family: Family) -> Endpoints {
    Endpoints::All(vec![
        Endpoints::Blocks { blocks: vec![Cidr::every(family)], inside: Inside::Never },
        Endpoints::Unknown("whether the cluster has both families of addresses is not known"),
    ])
}
