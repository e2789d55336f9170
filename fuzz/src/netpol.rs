//! The target `netpol`: policies, pods and services of any shape.

use watertight_facts::flows::{self, Ground, recorded};
use watertight_facts::generate::{self, Flavor, Kept, Wanted};
use watertight_facts::reachability::{Assumed, Reachability, Who};
use watertight_facts::{Settings, World, implied};
use watertight_model::Snapshot;
use watertight_netpol::{Connection, End, Protocol};

/// Ends beyond this are not asked about in pairs: what matters shows with few.
const ASKED: usize = 12;

/// Manifests to who reaches whom, and to policies: what is certain is also possible, every way to ask gives the same
/// answer with a reason, what is generated keeps every flow that it is for, and nothing panics.
pub fn netpol(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    let mut builder = Snapshot::builder(super::limits());
    builder.text("input.yaml", text);
    let snapshot = implied::complete(builder.finish(), Settings::default().target);
    let settings = Settings::default();
    let world = World::new(&snapshot, &settings);
    let reach = Reachability::assuming(&world, Assumed { neighbours: true, ..Assumed::default() });
    list(&reach);
    check(&reach);
    let ground = Ground::of(&world);
    for line in text.lines().take(50) {
        if let Ok(who) = Who::read(line.trim()) {
            let _ = reach.find(&who, Some("shop"));
        }
    }
    for flavor in [Flavor::Kubernetes, Flavor::Cilium, Flavor::Calico] {
        for (replace, egress_only) in [(false, false), (true, false), (false, true)] {
            let found = flows::find(&ground).with(recorded::read(&ground, bytes).found);
            let wanted = Wanted { flavor, replace, egress_only, ..Wanted::default() };
            let plan = generate::plan(&world, &reach, &ground, found, &wanted);
            assert_eq!(plan.proof.count(Kept::No), 0, "a needed flow is closed by what was made for it");
            assert!(plan.objects.iter().all(|made| made.object["metadata"]["name"] == made.name.as_str()));
            let policy = &plan.for_new_namespaces;
            assert!(policy["spec"]["rules"].is_array(), "a policy without rules");
        }
    }
}

fn list(reach: &Reachability) {
    let (mut alone, mut together) = (0, 0);
    reach.connections(&mut |connection| {
        assert!(connection.sure.is_subset_of(&connection.may), "certain and not possible");
        alone += 1;
    });
    reach.flows(&mut |flow| {
        assert!(flow.sure.is_subset_of(&flow.may), "certain and not possible");
        together += 1;
    });
    assert_eq!(alone == 0, together == 0, "told together is told at all");
    for exposure in reach.exposures() {
        assert!(exposure.sure.is_subset_of(&exposure.may), "certain and not possible");
    }
}

fn check(reach: &Reachability) {
    let cluster = reach.model.cluster();
    let pods = (0..cluster.pods.len().min(ASKED)).map(End::Pod);
    let nodes = (0..cluster.nodes.len().min(2)).map(End::Node);
    let outside = reach.model.pieces().take(ASKED).map(|(_, range)| End::Address(range.ends().0));
    let ends: Vec<End> = pods.chain(nodes).chain([End::SomeNode]).chain(outside).collect();
    for &from in &ends {
        for &to in &ends {
            let between = reach.model.between(from, to);
            assert!(between.sure().is_subset_of(between.may()), "certain and not possible");
            for (protocol, port) in [(Protocol::Tcp, 80), (Protocol::Tcp, 5432), (Protocol::Udp, 53)] {
                let connection = Connection::to_port(protocol, port);
                let why = reach.model.explain(from, to, connection);
                assert_eq!(why.answer, between.truth(connection), "the reasons and the answer differ");
            }
        }
    }
}
