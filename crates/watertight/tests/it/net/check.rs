//! `watertight net check`: yes, no or unknown, with the chain of reasons.

use super::{SHOP, answer_of, ask_of, shop, texts};
use crate::Run;
use crate::rbac::fits;

/// Pods with addresses on two nodes, a pod in the network of its node, and services of each kind.
const CLUSTER: &str = "\
apiVersion: v1
kind: Node
metadata: {name: n1}
status: {addresses: [{type: InternalIP, address: 192.168.0.11}]}
---
apiVersion: v1
kind: Node
metadata: {name: n2}
status: {addresses: [{type: InternalIP, address: 192.168.0.12}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {nodeName: n1, containers: [{name: a, image: a, ports: [{name: http, containerPort: 8080}]}]}
status: {podIP: 10.1.0.5, podIPs: [{ip: 10.1.0.5}, {ip: 'fd00::5'}], hostIP: 192.168.0.11}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {nodeName: n2, containers: [{name: a, image: a, ports: [{name: sql, containerPort: 5432}]}]}
status: {podIP: 10.1.0.6, podIPs: [{ip: 10.1.0.6}], hostIP: 192.168.0.12}
---
apiVersion: v1
kind: Pod
metadata: {name: agent, namespace: ops, labels: {app: agent}}
spec: {nodeName: n1, hostNetwork: true, containers: [{name: a, image: a}]}
status: {podIP: 192.168.0.11, hostIP: 192.168.0.11}
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop}
spec: {clusterIP: 10.96.0.9, selector: {app: db}, ports: [{name: pg, port: 80, targetPort: sql}]}
---
apiVersion: v1
kind: Service
metadata: {name: misnamed, namespace: shop}
spec: {selector: {app: db}, ports: [{port: 80, targetPort: mysql}]}
---
apiVersion: v1
kind: Service
metadata: {name: headless, namespace: shop}
spec: {clusterIP: None, selector: {app: db}, ports: [{name: pg, port: 5432}]}
---
apiVersion: v1
kind: Service
metadata: {name: elsewhere, namespace: shop}
spec: {type: ExternalName, externalName: db.example.com}
---
apiVersion: v1
kind: Service
metadata: {name: nobody, namespace: shop}
spec: {selector: {app: nobody}, ports: [{port: 80}]}
---
apiVersion: v1
kind: Service
metadata: {name: listed, namespace: shop}
spec: {clusterIP: 10.96.0.10, ports: [{name: pg, port: 80}]}
---
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {name: listed-x, namespace: shop, labels: {kubernetes.io/service-name: listed}}
addressType: IPv4
ports: [{name: pg, port: 5432, protocol: TCP}]
endpoints: [{addresses: [203.0.113.9]}, {addresses: [10.1.0.6], targetRef: {kind: Pod, name: db, namespace: shop}}]
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: shop}
spec:
  podSelector: {matchLabels: {app: db}}
  policyTypes: [Ingress, Egress]
  ingress:
  - from:
    - podSelector: {matchLabels: {app: web}}
    - ipBlock: {cidr: 203.0.113.0/24, except: [203.0.113.128/25]}
    - ipBlock: {cidr: '2001:db8::/32'}
    ports: [{port: sql}]
";

fn cluster(arguments: &[&str]) -> Run {
    ask_of(&[CLUSTER], &[&["check"], arguments].concat())
}

/// The first line and the exit code, which belong together.
fn answer(from: &str, to: &str, port: &str) -> String {
    answer_of(&[CLUSTER], from, to, port)
}

#[test]
fn a_yes_names_the_policy_and_the_rule() {
    let run = shop(&["check", "--from", "web", "--to", "shop/db", "--port", "5432", "-o", "json"]);
    let json = fits("net-check.v1.json", &run);
    assert_eq!((run.code, &json["answer"], &json["on"]), (0, &"yes".into(), &"TCP 5432".into()));
    let pair = &json["pairs"][0];
    assert_eq!(
        (&pair["from"], &pair["to"]),
        (&"shop/web[Deployment]".into(), &"shop/db[StatefulSet]".into())
    );
    assert_eq!((&pair["allowed"], &pair["example"]), (&"TCP 5432".into(), &"TCP 5432".into()));
    assert_eq!(pair["ingress"]["policies"][0]["policy"], "NetworkPolicy shop/db");
    assert_eq!(pair["ingress"]["policies"][0]["isolates"], true);
    assert_eq!(
        texts(&pair["ingress"]["reasons"], "text"),
        ["allowed by NetworkPolicy shop/db .spec.ingress[0]"]
    );
    assert_eq!(pair["ingress"]["reasons"][0]["origin"]["line"], 45);
    assert_eq!(texts(&pair["egress"]["reasons"], "text"), ["no policy selects it: everything is let out"]);
    let table = shop(&["check", "--from", "web", "--to", "db"]).stdout;
    assert!(table.contains("selected by NetworkPolicy shop/db, and cuts it off"), "{table}");
    assert!(
        table.contains("./0.yaml:45") && table.contains("note: policies are taken as enforced"),
        "{table}"
    );
}

#[test]
fn a_no_names_what_isolates_and_what_nearly_allows() {
    let run = shop(&["check", "--from", "report", "--to", "db", "-o", "json"]);
    let json = fits("net-check.v1.json", &run);
    assert_eq!((run.code, &json["answer"]), (1, &"no".into()));
    let ingress = &json["pairs"][0]["ingress"];
    assert_eq!(
        texts(&ingress["reasons"], "text"),
        ["denied: no rule lets it through (NetworkPolicy shop/db)"]
    );
    assert_eq!(texts(&ingress["near"], "text"), ["NetworkPolicy shop/db lets others through on this port"]);
    let other = shop(&["check", "--from", "web", "--to", "db", "--port", "22", "-o", "json"]);
    assert_eq!(other.code, 1);
    let near = &other.json()["pairs"][0]["ingress"]["near"];
    assert_eq!(texts(near, "text"), ["NetworkPolicy shop/db lets the other end through on other ports"]);
}

#[test]
fn a_deny_of_another_tier_is_named() {
    const DENY: &str = "\
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: no-sql}
spec:
  priority: 5
  subject: {namespaces: {matchLabels: {kubernetes.io/metadata.name: shop}}}
  ingress:
  - {name: sql, action: Deny, from: [{namespaces: {}}], ports: [{portNumber: {protocol: TCP, port: 5432}}]}
";
    let run = ask_of(&[SHOP, DENY], &["check", "--from", "web", "--to", "db", "--port", "5432"]);
    assert_eq!(run.code, 1, "{}", run.all());
    assert!(run.stdout.contains("denied by AdminNetworkPolicy no-sql .spec.ingress[0]"), "{}", run.stdout);
}

/// What is not modelled, or not in view, is neither yes nor no.
#[test]
fn what_is_not_known_is_unknown() {
    const BROKEN: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: typo, namespace: shop}
spec: {podSelector: {matchLabels: {app: report}}, ingress: [{from: [{ipBlock: {cidr: 10.0.0.0/33}}]}]}
";
    let run = ask_of(&[SHOP, BROKEN], &["check", "--from", "web", "--to", "report", "-o", "json"]);
    let json = fits("net-check.v1.json", &run);
    assert_eq!((run.code, &json["answer"]), (3, &"unknown".into()));
    assert_eq!(json["problems"][0]["effect"], "refused");
    assert_eq!(json["problems"][0]["path"], ".spec.ingress[0].from[0].ipBlock.cidr");
    assert!(run.stderr.contains("1.yaml:4: NetworkPolicy shop/typo"), "{}", run.stderr);
    let namespaces = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: teams, namespace: shop}
spec: {podSelector: {matchLabels: {app: report}}, ingress: [{from: [{namespaceSelector: {matchLabels: {team: a}}}]}]}
";
    // The labels of the namespace are not in view: whether it has the team's is not known.
    let run = ask_of(&[SHOP, namespaces], &["check", "--from", "web", "--to", "report"]);
    assert_eq!((run.code, run.stdout.lines().next()), (3, Some("unknown")), "{}", run.all());
    let labelled = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: b}}\n";
    let run = ask_of(&[SHOP, namespaces, labelled], &["check", "--from", "web", "--to", "report"]);
    assert_eq!(run.code, 1, "{}", run.all());
}

#[test]
fn a_gap_that_could_change_the_answer_is_exit_code_3() {
    let broken = format!("{SHOP}---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nspec: [\n");
    let run = ask_of(&[&broken], &["check", "--from", "report", "--to", "web"]);
    assert_eq!((run.code, run.stdout.lines().next()), (3, Some("yes")));
    assert!(run.stderr.contains("not seen: ./0.yaml"), "{}", run.stderr);
    let run = ask_of(&[&broken], &["check", "--from", "report", "--to", "web", "--allow-incomplete", "-q"]);
    assert_eq!((run.code, run.stderr.as_str()), (0, ""));
    // A ConfigMap lets nothing through.
    let other = format!("{SHOP}---\napiVersion: v1\nkind: ConfigMap\ndata: [\n");
    assert_eq!(ask_of(&[&other], &["check", "--from", "report", "--to", "web"]).code, 0);
}

#[test]
fn ports_are_numbers_or_names() {
    assert_eq!(answer("shop/web", "shop/db", "5432"), "yes");
    assert_eq!(answer("shop/web", "shop/db", "5432/TCP"), "yes");
    assert_eq!(answer("shop/web", "shop/db", "5432/udp"), "no");
    assert_eq!(answer("shop/web", "shop/db", "sql"), "yes");
    // Of several, one gives the name.
    assert_eq!(answer("ops/agent", "ns/shop", "http"), "yes");
    let both = cluster(&["--from", "ops/agent", "--to", "ns/shop", "--port", "http"]).stdout;
    assert!(both.contains("nothing there gives one this name"), "{both}");
    // Where none does, it is a slip of the pen.
    let unnamed = cluster(&["--from", "web", "--to", "db", "--port", "http"]);
    assert_eq!(unnamed.code, 2, "{}", unnamed.all());
    assert!(unnamed.stderr.contains("the ports with names are sql 5432/TCP"), "{}", unnamed.stderr);
}

/// Policies see what is behind a service, after its address was replaced.
#[test]
fn services_are_asked_about_behind_their_address() {
    assert_eq!(answer("web", "svc/db", "80"), "yes");
    assert_eq!(answer("web", "svc/db", "pg"), "yes");
    assert_eq!(answer("web", "svc/db", ""), "yes");
    assert_eq!(answer("agent", "svc/db", "80"), "no");
    let run = cluster(&["--from", "web", "--to", "shop/svc/db", "--port", "80", "-o", "json"]);
    assert_eq!(fits("net-check.v1.json", &run)["pairs"][0]["example"], "TCP 5432");
    let wrong = cluster(&["--from", "web", "--to", "svc/db", "--port", "5432"]);
    assert_eq!(wrong.code, 2);
    assert!(wrong.stderr.contains("help: its ports are pg 80/TCP"), "{}", wrong.stderr);
    // The address of a service is no address outside.
    assert_eq!(answer("web", "10.96.0.9", "80"), "yes");
    assert_eq!(answer("agent", "10.96.0.9", "80"), "no");
    assert_eq!(answer("web", "svc/headless", "5432"), "yes");
    assert!(cluster(&["--from", "web", "--to", "svc/headless"]).stdout.contains("a headless service"));
    // Its target port is named, and no container names one so.
    assert_eq!(answer("web", "svc/misnamed", "80"), "no");
    let misnamed = cluster(&["--from", "web", "--to", "svc/misnamed"]).stdout;
    assert!(misnamed.contains("no container names it so"), "{misnamed}");
}

#[test]
fn what_is_behind_a_service_may_be_listed_or_not_in_view() {
    let run = cluster(&["--from", "web", "--to", "svc/listed", "--port", "80", "-o", "json"]);
    let json = fits("net-check.v1.json", &run);
    let pairs = [("shop/db[Pod]", "TCP 5432"), ("203.0.113.9/32", "TCP 5432")];
    let found: Vec<(&str, &str)> = json["pairs"]
        .as_array()
        .unwrap()
        .iter()
        .map(|pair| (pair["to"].as_str().unwrap(), pair["allowed"].as_str().unwrap()))
        .collect();
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(pairs.iter().all(|pair| found.contains(pair)), "{found:?}");
    // Nobody in view: that is no `no`.
    for (service, said) in [
        ("svc/nobody", "nothing in view stands behind the service"),
        ("svc/elsewhere", "stands for db.example.com"),
    ] {
        assert_eq!(answer("web", service, ""), "unknown");
        let table = cluster(&["--from", "web", "--to", service]).stdout;
        assert!(table.contains(said), "{table}");
    }
}

#[test]
fn the_own_node_always_reaches_a_pod_and_others_by_policy() {
    // In the network of n1, where web is and db is not.
    assert_eq!(answer("ops/agent", "shop/web", ""), "yes");
    assert_eq!(answer("ops/agent", "shop/db", ""), "no");
    assert_eq!(answer("shop/db", "ops/agent", ""), "no");
    assert_eq!(answer("192.168.0.12", "shop/db", ""), "yes");
    assert_eq!(answer("192.168.0.11", "shop/db", ""), "no");
    let table = cluster(&["--from", "nodes", "--to", "db"]).stdout;
    assert!(table.contains("of 2 pairs: 1 yes, 0 unknown, 1 no"), "{table}");
    assert!(table.contains("a pod and its own node always reach each other"), "{table}");
    assert!(table.contains("no policy is about it: it is no pod with an address of its own"), "{table}");
    // Nodes that are not in view: the pod may be on any of them.
    let run = shop(&["check", "--from", "nodes", "--to", "db"]);
    assert_eq!((run.code, run.stdout.lines().next()), (3, Some("unknown")), "{}", run.all());
    assert!(
        run.stdout.contains("where both are on one node, they always reach each other"),
        "{}",
        run.stdout
    );
}

#[test]
fn addresses_are_cut_where_rules_cut_them() {
    assert_eq!(answer("203.0.113.5", "db", "5432"), "yes");
    assert_eq!(answer("203.0.113.200", "db", "5432"), "no");
    assert_eq!(answer("198.51.100.1", "db", "5432"), "no");
    assert_eq!(answer("2001:db8::1", "db", "5432"), "yes");
    assert_eq!(answer("db", "169.254.169.254", "80"), "no");
    assert_eq!(answer("web", "169.254.169.254", "80"), "yes");
    let run = cluster(&["--from", "203.0.113.0/24", "--to", "db", "-o", "json"]);
    let json = fits("net-check.v1.json", &run);
    assert_eq!(texts(&json["pairs"], "from"), ["203.0.113.0/25", "203.0.113.128/25"]);
    assert_eq!(json["counts"], serde_json::json!([1, 0, 1]));
    assert_eq!(answer("internet", "db", "5432"), "yes");
    assert_eq!(answer("db", "internet", ""), "no");
}

/// Addresses of pods are pods, in a block too.
#[test]
fn a_block_holds_the_pods_in_it() {
    assert_eq!(answer("10.1.0.5", "db", "5432"), "yes");
    assert_eq!(answer("fd00::5", "db", "5432"), "yes");
    let run = cluster(&["--from", "10.1.0.0/16", "--to", "db", "-o", "json"]);
    let json = fits("net-check.v1.json", &run);
    assert_eq!(json["answer"], "yes");
    assert!(texts(&json["pairs"], "from").contains(&"shop/web[Pod]"), "{}", run.stdout);
    assert!(texts(&json["pairs"], "from").contains(&"10.1.0.0/16"), "{}", run.stdout);
}

#[test]
fn namespaces_and_labels_are_many_ends() {
    let run = cluster(&["--from", "ns/shop", "--to", "ns/shop", "-o", "json"]);
    assert_eq!(fits("net-check.v1.json", &run)["counts"], serde_json::json!([1, 0, 1]));
    assert_eq!(answer("app=web", "app in (db)", "5432"), "yes");
    assert_eq!(answer("app=agent", "app=db", "5432"), "no");
    // One pod reaches itself, whatever policies say.
    assert_eq!(answer("db", "db", ""), "yes");
}

/// Objects that name no namespace: what an answer shows can be asked for.
#[test]
fn the_unspecified_namespace_has_a_name() {
    let unnamed = SHOP.replace(", namespace: shop", "");
    let run = ask_of(
        &[&unnamed],
        &["check", "--from", "<unspecified>/web[Deployment]", "--to", "ns/<unspecified>"],
    );
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(
        run.stdout.contains("<unspecified>/web[Deployment] → <unspecified>/db[StatefulSet]"),
        "{}",
        run.stdout
    );
    let named = "apiVersion: v1\nkind: Pod\nmetadata: {name: a, namespace: named}\nspec: {containers: [{name: a, image: a}]}\n";
    for (only, let_be) in [("<unspecified>", "named"), ("named", "<unspecified>")] {
        let run = ask_of(&[&unnamed, named], &["generate", "--only", only, "-o", "json"]);
        assert_eq!(texts(&run.json()["letBe"], "what"), [let_be]);
        assert!(!run.all().contains("unspecified-namespace"), "{}", run.all());
    }
}

#[test]
fn wrong_usage_is_told_with_what_to_do() {
    for (from, to, said) in [
        ("shop/agnet", "db", "did you mean `agent`?"),
        ("zzzzzz", "db", "`watertight net list` tells who is in view"),
        ("a/b/c/d", "db", "write it as in shop/web, shop/deployment/web"),
        ("10.0.0.0/33", "db", "this is no block of addresses"),
        ("ns/nowhere", "db", "nobody in view is called so"),
        ("web", "svc/nope", "nobody in view is called so"),
        ("web", "", "name a workload, a namespace, labels or addresses"),
        ("web", "shop/thing/db", "is no kind of workload"),
    ] {
        let run = cluster(&["--from", from, "--to", to]);
        assert_eq!((run.code, run.stdout.as_str()), (2, ""), "{from} {to}");
        assert!(run.stderr.contains(said), "{from} {to}: {}", run.stderr);
    }
    for port in ["0", "65536", "", "53/ICMP", "99999/TCP"] {
        let run = cluster(&["--from", "web", "--to", "db", "--port", port]);
        assert!(run.code == 2 && run.stderr.contains("--port"), "{port}: {}", run.all());
    }
    const TWICE: &str = "\
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: web, namespace: shop}
spec: {template: {metadata: {labels: {app: w}}, spec: {containers: [{name: a, image: a}]}}}
";
    let run = ask_of(&[SHOP, TWICE], &["check", "--from", "web", "--to", "db"]);
    assert_eq!(run.code, 2);
    assert!(run.stderr.contains("shop/web[Deployment], shop/web[StatefulSet]"), "{}", run.stderr);
    let run = ask_of(&[SHOP, TWICE], &["check", "--from", "shop/web[Deployment]", "--to", "db"]);
    assert_eq!(run.code, 0, "{}", run.all());
}
