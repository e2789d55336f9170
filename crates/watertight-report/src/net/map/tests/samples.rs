//! Maps that look like clusters.

use crate::net::map::{Certainty, Compartment, End, Flow, Map, Node, Outside};

/// How much of a cluster is closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::net::map) enum Walls {
    Open,
    Closed,
    Mixed,
}

pub(in crate::net::map) fn flow(from: End, to: End, connections: &str) -> Flow {
    Flow {
        from: vec![from],
        to: vec![to],
        connections: connections.to_owned(),
        certainty: Certainty::Allowed,
    }
}

pub(in crate::net::map) fn compartment(name: &str, closed: bool) -> Compartment {
    Compartment { name: name.to_owned(), default_deny_ingress: closed, default_deny_egress: closed }
}

fn outside(names: &[&str]) -> Vec<Outside> {
    names.iter().map(|name| Outside { name: (*name).to_owned() }).collect()
}

fn node(namespace: usize, name: &str, kind: &str, instances: u32, closed: bool) -> Node {
    Node {
        namespace,
        name: name.to_owned(),
        kind: kind.to_owned(),
        instances,
        exposed: false,
        isolated_ingress: closed,
        isolated_egress: closed,
    }
}

/// A closed shop of ten workloads, with DNS and an open namespace beside it.
pub(in crate::net::map) fn small() -> Map {
    use End::{Everyone, Namespace as N, Outside as O, Workload as W};
    let mut workloads = vec![
        node(0, "frontend", "Deployment", 3, true),
        node(0, "cart", "Deployment", 2, true),
        node(0, "checkout", "Deployment", 2, true),
        node(0, "payments", "Deployment", 2, true),
        node(1, "orders-db", "StatefulSet", 3, true),
        node(1, "redis", "StatefulSet", 1, true),
        node(2, "coredns", "Deployment", 2, false),
        node(3, "prometheus", "StatefulSet", 1, true),
        node(4, "playground", "Deployment", 1, false),
        node(4, "notebook", "Deployment", 1, false),
    ];
    workloads[0].exposed = true;
    let mut unknown = flow(W(3), O(1), "TCP 443");
    unknown.certainty = Certainty::Unknown;
    Map {
        title: "shop: who reaches whom".to_owned(),
        namespaces: vec![
            compartment("shop", true),
            compartment("data", true),
            compartment("kube-system", false),
            compartment("monitoring", true),
            compartment("sandbox", false),
        ],
        workloads,
        outside: outside(&["ingress controller", "payments.example.com", "internet", "nodes"]),
        flows: vec![
            flow(O(0), W(0), "TCP 8080"),
            flow(W(0), W(1), "TCP 7070"),
            flow(W(0), W(2), "TCP 5050"),
            flow(W(2), W(3), "TCP 50051"),
            flow(W(2), W(1), "TCP 7070"),
            flow(W(1), W(5), "TCP 6379"),
            flow(W(2), W(4), "TCP 5432"),
            flow(W(3), W(4), "TCP 5432"),
            unknown,
            flow(Everyone, W(6), "TCP 53,UDP 53"),
            flow(W(7), N(0), "TCP 9090"),
            flow(W(7), N(1), "TCP 9187"),
            flow(N(4), N(4), "All Connections"),
            flow(N(4), W(6), "All Connections"),
            flow(W(6), N(4), "All Connections"),
            flow(N(4), O(2), "All Connections"),
            flow(O(3), Everyone, "All Connections"),
        ],
        notes: vec!["policies are taken as enforced: no DaemonSet of a known CNI is in view".to_owned()],
    }
}

/// A flat cluster in which somebody began: databases let only their namespace in, batch jobs do not get out.
pub(in crate::net::map) fn begun() -> Map {
    let names = ["accounts", "batch", "kube-system", "orders", "web"];
    let parts = ["api", "db", "worker"];
    let mut map =
        Map { title: "begun".to_owned(), outside: outside(&["internet", "nodes"]), ..Map::default() };
    let (mut sends, mut receives) = (Vec::new(), Vec::new());
    for (at, name) in names.into_iter().enumerate() {
        let mut one = compartment(name, false);
        one.default_deny_egress = name == "batch";
        map.namespaces.push(one);
        for part in parts {
            let workload = map.workloads.len();
            let mut node = node(at, part, "Deployment", 2, false);
            node.isolated_egress = name == "batch";
            node.isolated_ingress = part == "db" && name != "kube-system";
            if !node.isolated_egress {
                sends.push(End::Workload(workload));
            }
            if node.isolated_ingress {
                map.flows.push(flow(End::Workload(at * 3), End::Workload(workload), "TCP 5432"));
                map.flows.push(flow(End::Workload(at * 3 + 2), End::Workload(workload), "TCP 5432"));
            } else {
                receives.push(End::Workload(workload));
            }
            map.workloads.push(node);
        }
    }
    map.flows.push(Flow {
        from: sends.clone(),
        to: receives,
        ..flow(End::Everyone, End::Everyone, "All Connections")
    });
    map.flows.push(Flow { from: sends, ..flow(End::Everyone, End::Outside(0), "All Connections") });
    map.flows.push(flow(End::Outside(0), End::Workload(12), "TCP 443"));
    map.workloads[12].exposed = true;
    map
}

/// Numbers that look thrown and are the same each time.
pub(in crate::net::map) struct Dice(pub(in crate::net::map) u64);

impl Dice {
    pub(in crate::net::map) fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(self.0 >> 33).unwrap() % end.max(1)
    }
}

const TEAMS: [&str; 24] = [
    "checkout",
    "catalog",
    "search",
    "billing",
    "identity",
    "inventory",
    "shipping",
    "reviews",
    "media",
    "pricing",
    "loyalty",
    "returns",
    "fraud",
    "messaging",
    "reporting",
    "warehouse",
    "recommendations",
    "content",
    "partners",
    "legacy-crm",
    "ml-serving",
    "experiments",
    "support",
    "payouts",
];
const PARTS: [&str; 12] = [
    "api",
    "web",
    "worker",
    "db",
    "cache",
    "gateway",
    "scheduler",
    "indexer",
    "exporter",
    "migrate",
    "consumer-orders",
    "notifications-dispatcher",
];
const STAGES: [&str; 10] =
    ["", "-eu", "-us", "-staging", "-dev", "-batch", "-edge", "-canary", "-internal", "-v2"];

/// A cluster of teams with a system namespace and monitoring.
pub(in crate::net::map) fn cluster(namespaces: usize, workloads: usize, walls: Walls) -> Map {
    let mut dice = Dice(7);
    let mut map = Map {
        title: format!("{namespaces} namespaces, {workloads} workloads, {walls:?}"),
        outside: outside(&["internet", "nodes", "API server", "10.20.0.0/16"]),
        ..Map::default()
    };
    let open = |at: usize| match walls {
        Walls::Open => true,
        Walls::Closed => at == 0,
        Walls::Mixed => at.is_multiple_of(3),
    };
    for at in 0..namespaces {
        let name = match at {
            0 => "kube-system".to_owned(),
            1 => "monitoring".to_owned(),
            at => format!("{}{}", TEAMS[at % TEAMS.len()], STAGES[at / TEAMS.len() % STAGES.len()]),
        };
        map.namespaces.push(compartment(&name, !open(at)));
    }
    let mut members: Vec<Vec<usize>> = vec![Vec::new(); namespaces];
    for at in 0..workloads {
        let namespace = if at < namespaces { at } else { dice.below(namespaces) };
        let number = members[namespace].len();
        let part = match (namespace, number) {
            (0, 0) => "coredns",
            (1, 0) => "prometheus",
            _ => PARTS[number % PARTS.len()],
        };
        let name =
            if number < PARTS.len() { part.to_owned() } else { format!("{part}-{}", number / PARTS.len()) };
        let kind = ["Deployment", "Deployment", "Deployment", "StatefulSet", "CronJob"][number % 5];
        members[namespace].push(at);
        let count = u32::try_from(dice.below(4)).unwrap() + 1;
        map.workloads.push(node(namespace, &name, kind, count, !open(namespace)));
    }
    let open_ones: Vec<End> = (0..namespaces).filter(|at| open(*at)).map(End::Namespace).collect();
    map.flows.push(Flow {
        from: open_ones.clone(),
        to: open_ones.clone(),
        ..flow(End::Everyone, End::Everyone, "All Connections")
    });
    map.flows.push(Flow { from: open_ones, ..flow(End::Everyone, End::Outside(0), "All Connections") });
    map.flows.push(flow(End::Everyone, End::Workload(0), "TCP 53,UDP 53"));
    map.flows.push(flow(End::Outside(1), End::Everyone, "All Connections"));
    for at in (0..namespaces).filter(|at| !open(*at)) {
        closed(&mut map, &mut dice, &members, at, &open);
    }
    map
}

fn closed(map: &mut Map, dice: &mut Dice, members: &[Vec<usize>], at: usize, open: &dyn Fn(usize) -> bool) {
    let own = &members[at];
    for (number, &workload) in own.iter().enumerate().skip(1) {
        let port = ["TCP 8080", "TCP 5432", "TCP 6379", "TCP 9000,TCP 9001"][number % 4];
        map.flows.push(flow(End::Workload(own[(number - 1) / 2]), End::Workload(workload), port));
    }
    if at > 1 {
        map.flows.push(flow(End::Workload(1), End::Namespace(at), "TCP 9090"));
    }
    if at % 4 == 2 {
        map.workloads[own[0]].exposed = true;
        map.flows.push(flow(End::Outside(0), End::Workload(own[0]), "TCP 443"));
    }
    if at % 7 == 3 {
        let last = own[own.len() - 1];
        map.flows.push(flow(End::Workload(last), End::Outside(3), "TCP 5432"));
        let mut unknown = flow(End::Workload(own[0]), End::Outside(2), "TCP 6443");
        unknown.certainty = Certainty::Unknown;
        map.flows.push(unknown);
    }
    for _ in 0..2 {
        let other = dice.below(members.len());
        if other != at && other > 1 && !open(other) {
            let (from, to) = (own[dice.below(own.len())], members[other][0]);
            map.flows.push(flow(End::Workload(from), End::Workload(to), "TCP 8443"));
        }
    }
}
