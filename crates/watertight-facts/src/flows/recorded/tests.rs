use serde_json::{Value, json};
use watertight_model::{KubernetesVersion, Snapshot};
use watertight_syntax::Limits;

use super::*;
use crate::world::{Settings, World};

const CLUSTER: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec: {template: {metadata: {labels: {app: web}}, spec: {containers: [{name: c}]}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web-admin, namespace: shop}
spec: {template: {metadata: {labels: {app: admin}}, spec: {containers: [{name: c}]}}}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec: {template: {metadata: {labels: {app: db}}, spec: {containers: [{name: c, ports: [{containerPort: 5432}]}]}}}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {clusterIP: 10.96.0.7, selector: {app: db}, ports: [{port: 80, targetPort: 5432}]}
";

fn recorded(lines: &str) -> (Vec<String>, Recorded) {
    let mut builder = Snapshot::builder(Limits::default());
    builder.text("a.yaml", CLUSTER.to_owned());
    let snapshot = crate::implied::complete(builder.finish(), KubernetesVersion::default());
    let settings = Settings::default();
    let world = World::new(&snapshot, &settings);
    let recorded = read(&Ground::of(&world), lines.as_bytes());
    let short = |party: &Party| match party {
        Party::Workload(id) => snapshot.object(*id).identity().name.to_string(),
        Party::Addresses(block) => block.to_string(),
        Party::Fqdn(host) => host.clone(),
        Party::Namespace(namespace) => format!("ns {}", namespace.name().unwrap_or("-")),
        other => format!("{other:?}"),
    };
    let flows = recorded.found.flows.iter();
    (
        flows.map(|flow| format!("{} -> {} {}", short(&flow.from), short(&flow.to), flow.port)).collect(),
        recorded,
    )
}

fn web() -> Value {
    json!({"namespace": "shop", "pod_name": "web-5d9c7b6f4d-x2v4b", "labels": ["k8s:app=web"], "identity": 4711})
}

/// A flow of Hubble from the web, with changes.
fn hubble(changes: &Value) -> String {
    let mut flow = json!({
        "verdict": "FORWARDED", "IP": {"source": "10.0.0.1", "destination": "10.0.0.2"},
        "l4": {"TCP": {"source_port": 40000, "destination_port": 5432}}, "source": web(),
        "destination": {"namespace": "shop", "pod_name": "db-0", "workloads": [{"name": "db", "kind": "StatefulSet"}]},
        "Type": "L3_L4", "is_reply": false,
    });
    for (key, value) in changes.as_object().unwrap() {
        flow[key] = value.clone();
    }
    flow.to_string()
}

#[test]
fn hubble_is_read_wrapped_and_bare() {
    let bare = hubble(&json!({}));
    let (flows, recorded) =
        recorded(&format!("{{\"flow\": {bare}, \"node_name\": \"n\"}}\n{bare}\n{{\"node_status\": {{}}}}\n"));
    assert_eq!(flows, ["web -> db 5432/TCP"]);
    assert_eq!(
        (recorded.found.flows[0].why[0].place.clone(), recorded.found.flows[0].why.len()),
        (Place::Line(1), 1)
    );
    assert_eq!(recorded.found.flows[0].why[0].words, "was seen 2 times, the first in line 1");
    assert_eq!((recorded.errors.len(), recorded.lines), (0, 4));
}

#[test]
fn ends_outside_of_pods_are_told_by_their_identity() {
    for (destination, names, wanted) in [
        (
            json!({"identity": 7, "labels": ["reserved:kube-apiserver", "reserved:remote-node"]}),
            json!([]),
            "web -> ApiServer 5432/TCP",
        ),
        (
            json!({"identity": 2, "labels": ["reserved:world"]}),
            json!(["api.example.com"]),
            "web -> api.example.com 5432/TCP",
        ),
        (json!({"identity": 2}), json!([]), "web -> 10.0.0.2/32 5432/TCP"),
        (json!({"labels": ["reserved:host"]}), json!([]), "web -> Nodes 5432/TCP"),
        (
            json!({"namespace": "kube-system", "labels": ["k8s:k8s-app=kube-dns"]}),
            json!([]),
            "web -> ClusterDns 5432/TCP",
        ),
        (
            json!({"namespace": "shop", "pod_name": "x", "labels": ["k8s:app=admin", "k8s:io.x=y"]}),
            json!([]),
            "web -> web-admin 5432/TCP",
        ),
    ] {
        let (flows, _) = recorded(&hubble(&json!({"destination": destination, "destination_names": names})));
        assert_eq!(flows, [wanted]);
    }
    let service = hubble(&json!({
        "destination": {"identity": 2}, "IP": {"destination": "10.96.0.7"},
        "l4": {"TCP": {"destination_port": 80}},
    }));
    assert_eq!(
        recorded(&service).0,
        ["web -> db 5432/TCP"],
        "the address of a Service stands for what is behind it"
    );
}

#[test]
fn what_is_no_needed_flow_is_passed_over_or_listed() {
    for passed in [
        json!({"is_reply": true}),
        json!({"is_reply": null}),
        json!({"l4": {"ICMPv4": {"type": 8}}}),
        json!({"verdict": "VERDICT_UNKNOWN"}),
        json!({"Type": "SOCK"}),
        json!({"source": {"identity": 1, "labels": ["reserved:host"]}, "destination": web()}),
    ] {
        let (flows, found) = recorded(&hubble(&passed));
        assert_eq!((flows.len(), found.passed_over), (0, 1));
    }
    let first = json!({"is_reply": null, "l4": {"TCP": {"destination_port": 5432, "flags": {"SYN": true}}}});
    assert_eq!(recorded(&hubble(&first)).0, ["web -> db 5432/TCP"], "the first packet says who opens");
    let dropped = hubble(&json!({"verdict": "DROPPED", "is_reply": null}));
    let (flows, found) = recorded(&format!("{dropped}\n{dropped}"));
    let (seen, times) = found.denied.first_key_value().unwrap();
    assert_eq!((flows.len(), seen.to.as_str(), times.count, times.first_line), (0, "shop/db-0", 2, 1));
    let stranger = hubble(&json!({"destination": {"namespace": "shop", "pod_name": "cache-0"}}));
    let (flows, found) = recorded(&stranger);
    assert_eq!((flows.len(), found.unattributed.len()), (0, 1));
}

#[test]
fn names_of_pods_are_those_that_controllers_give() {
    for (pod, wanted) in [
        ("web-5d9c7b6f4d-x2v4b", Some("web")),
        ("web-admin-5d9c7b6f4d-x2v4b", Some("web-admin")),
        ("db-11", Some("db")),
        ("db-x2v4b", None),
        ("web-x2v4b", None),
        ("web", None),
    ] {
        let to = hubble(
            &json!({"source": {"namespace": "shop", "pod_name": pod}, "destination": {"identity": 7}}),
        );
        let wanted: Vec<String> =
            wanted.map(|name| format!("{name} -> ApiServer 5432/TCP")).into_iter().collect();
        assert_eq!(recorded(&to).0, wanted, "{pod}");
    }
}

#[test]
fn flow_logs_of_calico_are_read_in_their_forms() {
    let enterprise = json!({
        "action": "allow", "proto": "tcp", "reporter": "dst", "source_type": "wep", "source_namespace": "shop", "source_name": "-",
        "source_name_aggr": "web-5d9c7b6f4d-*", "dest_type": "wep", "dest_namespace": "shop", "dest_name_aggr": "db-*", "dest_port": 5432,
    });
    let whisker = json!({
        "action": "Allow", "protocol": "tcp", "reporter": "Src", "source_namespace": "shop", "source_name": "web-admin-*",
        "dest_namespace": "shop", "dest_name": "db-*", "dest_port": 5432,
    });
    let goldmane = json!({"flow": {"Key": {
        "sourceName": "web-*", "sourceNamespace": "shop", "sourceType": "WorkloadEndpoint", "destName": "pub", "destNamespace": "-",
        "destType": "Network", "destPort": "443", "proto": "tcp", "action": "Deny",
    }}});
    let domain = json!({
        "action": "allow", "proto": 6, "source_type": "wep", "source_namespace": "shop", "source_name_aggr": "web-*",
        "dest_type": "net", "dest_namespace": "-", "dest_name_aggr": "pub", "dest_ip": "192.0.2.1", "dest_port": 443, "dest_domains": ["api.example.com"],
    });
    let (flows, found) = recorded(&format!("{enterprise}\n{whisker}\n{goldmane}\n{domain}\n"));
    assert_eq!(flows, ["web -> db 5432/TCP", "web -> api.example.com 443/TCP", "web-admin -> db 5432/TCP"]);
    assert_eq!((found.denied.len(), found.errors.len()), (1, 0));
}

#[test]
fn a_list_is_csv_or_json() {
    let csv = "# by hand\nfrom_namespace,from_workload,to_namespace,to_workload,port,protocol,to_address\nshop,web,shop,StatefulSet/db,5432,,\n\
               shop,web,,,53,UDP,192.0.2.0/24\n,,shop,web,80,TCP,\n";
    let (flows, found) = recorded(csv);
    assert_eq!(flows, ["web -> db 5432/TCP", "web -> 192.0.2.0/24 53/UDP", "Outside -> web 80/TCP"]);
    assert!(found.errors.is_empty(), "{:?}", found.errors);
    let json = "{\"from_namespace\": \"shop\", \"from_workload\": \"*\", \"to_namespace\": \"shop\", \"to_workload\": \"db\", \"port\": 5432}";
    assert_eq!(
        recorded(json).0,
        ["web -> db 5432/TCP", "web-admin -> db 5432/TCP", "db -> db 5432/TCP", "ns shop -> db 5432/TCP"],
        "each workload of the namespace opens it"
    );
}

#[test]
fn wrong_lines_are_told_by_number_and_the_rest_is_read() {
    let csv = "from_namespace,from_workload,to_namespace,to_workload,port\nshop,web,shop,db,http\nshop,web,shop\nshop,web,,,1\nshop,\"web,shop,db,1\n{\nshop,web,shop,db,5432\n{\"a\": 1}\n";
    let (flows, found) = recorded(csv);
    assert_eq!(flows, ["web -> db 5432/TCP"]);
    assert_eq!(found.errors.iter().map(|error| error.line).collect::<Vec<_>>(), [2, 3, 4, 5, 6, 8]);
    assert_eq!(
        recorded("a,b\nx,y").1.errors.len(),
        2,
        "the first line names no columns, nor does the second"
    );
    let long = format!("{{\"x\": \"{}\"}}\n\u{feff}", "x".repeat(LONGEST_LINE));
    assert_eq!(recorded(&long).1.errors[0].line, 1);
    let mut bytes = b"{\"\xff\"}\n".to_vec();
    bytes.extend(hubble(&json!({})).bytes());
    let lossy = recorded(&String::from_utf8_lossy(&bytes)).1;
    assert_eq!(lossy.errors.len(), 1);
}

#[test]
fn words_of_enumerations_may_be_numbers() {
    for (verdict, flows, denied) in
        [(json!(1), 1, 0), (json!(2), 0, 1), (json!(3), 0, 1), (json!(5), 1, 0), (json!(0), 0, 0)]
    {
        let (found, recorded) = recorded(&hubble(&json!({"verdict": verdict, "Type": 1})));
        assert_eq!((found.len(), recorded.denied.len()), (flows, denied), "{verdict}");
    }
    assert_eq!(recorded(&hubble(&json!({"Type": 3}))).1.passed_over, 1);
    assert_eq!(recorded(&hubble(&json!({"verdict": 99}))).1.errors.len(), 1);
    let goldmane = |action: &Value| {
        let key = json!({
            "source_name": "web-*", "source_namespace": "shop", "source_type": 1, "dest_name": "db-*", "dest_namespace": "shop",
            "dest_type": 1, "dest_port": "5432", "proto": "tcp", "action": action,
        });
        recorded(&json!({"id": "1", "flow": {"Key": key}}).to_string())
    };
    assert_eq!(goldmane(&json!(1)).0, ["web -> db 5432/TCP"]);
    assert_eq!(goldmane(&json!(2)).1.denied.len(), 1);
    for action in [json!(3), json!("pass"), json!(0)] {
        let (flows, found) = goldmane(&action);
        let seen = found.unattributed.keys().next().unwrap();
        assert!(flows.is_empty() && seen.touches_view && seen.why.contains("not told"), "{action}");
    }
    assert_eq!(goldmane(&json!("drop")).1.errors.len(), 1);
}

#[test]
fn several_flows_may_stand_in_one_line() {
    let whisker = |from: &str| {
        json!({
            "action": "Allow", "protocol": "tcp", "source_namespace": "shop", "source_name": from, "dest_namespace": "shop",
            "dest_name": "db-*", "dest_port": 5432,
        })
    };
    let (one, other) = (whisker("web-*"), whisker("web-admin-*"));
    let wanted = ["web -> db 5432/TCP", "web-admin -> db 5432/TCP"];
    for line in [
        json!({"total": 2, "items": [one, other]}),
        json!([one, other]),
        json!({"flows": [{"flow": one}, other]}),
    ] {
        let (flows, found) = recorded(&line.to_string());
        assert_eq!((flows, found.errors.len()), (wanted.map(str::to_owned).into(), 0), "{line}");
    }
    let (flows, found) = recorded(&json!([one, 7]).to_string());
    assert_eq!((flows.len(), found.errors.len()), (1, 1));
}

#[test]
fn the_first_line_of_no_form_says_what_is_expected() {
    let found = recorded("hello, world\nx").1;
    assert!(found.errors[0].why.contains("expected a flow of Hubble"), "{}", found.errors[0].why);
    let pretty = recorded("{\n  \"verdict\": 1\n}").1;
    assert!(pretty.errors[0].why.contains("`jq -c`"), "{}", pretty.errors[0].why);
}

#[test]
fn addresses_of_api_servers_are_remembered() {
    let to = json!({"labels": ["reserved:kube-apiserver", "reserved:remote-node"]});
    let line = |address: &str, verdict: &str| {
        hubble(&json!({"destination": to, "IP": {"destination": address}, "verdict": verdict}))
    };
    let lines =
        [line("192.0.2.10", "FORWARDED"), line("192.0.2.11", "DROPPED"), line("10.96.0.7", "FORWARDED")];
    let addresses = recorded(&lines.join("\n")).1.api_servers;
    assert_eq!(addresses.into_iter().collect::<Vec<_>>(), ["192.0.2.10".parse::<IpAddr>().unwrap()]);
}

#[test]
fn reasons_name_the_recording() {
    let mut builder = Snapshot::builder(Limits::default());
    builder.text("a.yaml", CLUSTER.to_owned());
    let snapshot = builder.finish();
    let settings = Settings::default();
    let world = World::new(&snapshot, &settings);
    let ground = Ground::of(&world);
    let mut recorder = Recorder::new(&ground).named("flows.json");
    recorder.line(hubble(&json!({})).as_bytes());
    let found = recorder.finish().found;
    assert_eq!(found.flows[0].why[0].words, "was seen in flows.json once, line 1");
}
