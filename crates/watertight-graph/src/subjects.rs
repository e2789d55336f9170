//! Who else there is beside those that bindings name: accounts, images and namespaces, so that every one of them can be
//! asked about.

use watertight_rbac::{AUTHENTICATED, NODES, SERVICE_ACCOUNTS, Subject, UNAUTHENTICATED};

use crate::build::Drawing;
use crate::scene::Scene;
use crate::thing::Thing;

/// Adds what may be asked about and has no edge yet.
pub(crate) fn draw(scene: &Scene<'_>, drawing: &mut Drawing) {
    drawing.vertex(Thing::Internet);
    drawing.vertex(Thing::Etcd);
    // Who is bound to a role that is not in view is somebody, too.
    for (_, subject) in scene.world.identities().policy().subjects() {
        match subject {
            Subject::User(name) => {
                let name = drawing.names.add(name);
                drawing.vertex(Thing::User(name));
            }
            Subject::Group(name) => {
                let name = drawing.names.add(name);
                drawing.vertex(Thing::Group(name));
            }
            Subject::ServiceAccount { .. } => {}
        }
    }
    for &(namespace, name) in scene.accounts.keys() {
        drawing.vertex(Thing::Account(namespace, name));
    }
    for &(namespace, name) in scene.secrets.keys() {
        drawing.vertex(Thing::Secret(namespace, name));
    }
    for (place, load) in (0u32..).zip(&scene.workloads) {
        drawing.vertex(Thing::Workload(place));
        drawing.vertex(Thing::Namespace(load.namespace));
    }
    // A namespace that somebody wrote is there, though nothing runs in it.
    for (&name, _) in scene.namespaces.iter().filter(|(_, space)| space.declared) {
        drawing.vertex(Thing::Namespace(name));
    }
    for (node, _) in (0u32..).zip(&scene.nodes) {
        drawing.vertex(Thing::Node(node, crate::thing::Hold::Root));
    }
    for goal in crate::thing::Goal::ALL {
        drawing.vertex(Thing::Goal(goal));
    }
}

/// The groups that whoever is a subject is in by being it.
pub(crate) fn groups_of(subject: Subject<'_>) -> Vec<String> {
    let mut groups = subject.implicit_groups();
    match subject {
        Subject::User(name) if watertight_rbac::node_of(name).is_some() => groups.push(NODES.to_owned()),
        Subject::Group(name) => {
            if name != UNAUTHENTICATED && name != AUTHENTICATED {
                groups.push(AUTHENTICATED.to_owned());
            }
            if watertight_rbac::namespace_of_group(name).is_some() {
                groups.push(SERVICE_ACCOUNTS.to_owned());
            }
        }
        _ => {}
    }
    groups
}
