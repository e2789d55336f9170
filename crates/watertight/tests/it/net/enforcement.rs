//! Whether policies are enforced, in every answer.

use super::{SHOP, ask_of};
use crate::rbac::fits;

/// The agent of a network plugin.
fn agent(image: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: DaemonSet\nmetadata: {{name: cni, namespace: kube-system}}\nspec: {{selector: {{matchLabels: {{k: c}}}}, template: {{metadata: {{labels: {{k: c}}}}, spec: {{hostNetwork: true, containers: [{{name: a, image: '{image}'}}]}}}}}}\n"
    )
}

const FLANNEL: &str = "docker.io/flannel/flannel:v0.25.1";
const NOBODY: &str = "no policy is enforced: flannel does not";

#[test]
fn a_plugin_that_enforces_nothing_is_said_in_every_answer() {
    let flannel = agent(FLANNEL);
    let of = |arguments: &[&str]| ask_of(&[SHOP, &flannel], arguments);
    let check = of(&["check", "--from", "report", "--to", "db"]);
    assert_eq!(check.code, 0, "{}", check.all());
    for arguments in [
        &["check", "--from", "report", "--to", "db"][..],
        &["check", "--from", "report", "--to", "db", "-o", "json"],
        &["list"],
        &["list", "-o", "json"],
        &["list", "-o", "markdown"],
        &["list", "-o", "csv"],
        &["list", "-o", "text"],
        &["list", "-o", "dot"],
        &["list", "--exposed"],
        &["map", "--title", "x"],
        &["map", "-o", "html"],
        &["map", "-o", "dot"],
        &["generate"],
        &["generate", "-o", "json"],
        &["diff", "0.yaml", "1.yaml"],
        &["diff", "0.yaml", "1.yaml", "-o", "csv"],
    ] {
        // A picture breaks its lines.
        let said = of(arguments).all().split_whitespace().collect::<Vec<_>>().join(" ");
        let said = said.replace("</tspan>", "").replace("<tspan>", "");
        assert!(said.contains(NOBODY) || said.contains("no policy is enforced"), "{arguments:?}: {said}");
    }
    // Everything is open, whatever a policy says.
    let rows = of(&["list", "--expand", "-o", "text"]).stdout;
    assert!(rows.contains("shop/report[Deployment] => shop/db[StatefulSet] : All Connections"), "{rows}");
    let told = of(&["check", "--from", "report", "--to", "db", "--policies-enforced", "yes"]);
    assert!(told.code == 1 && !told.stdout.contains("note:"), "{}", told.all());
}

#[test]
fn a_plugin_that_enforces_leaves_no_assumption() {
    for (image, name) in [
        ("quay.io/cilium/cilium:v1.16.0", "Cilium"),
        ("docker.io/calico/node:v3.28.0", "Calico"),
        ("registry.example.com/mirror/calico/node@sha256:0000", "Calico"),
    ] {
        let run = ask_of(&[SHOP, &agent(image)], &["check", "--from", "report", "--to", "db", "-o", "json"]);
        let json = fits("net-check.v1.json", &run);
        assert_eq!((run.code, &json["enforcement"]["because"]), (1, &"seen".into()));
        assert_eq!(json["enforcement"]["plugins"], serde_json::json!([name]));
        assert_eq!(json["notes"], serde_json::json!([]));
    }
    // Canal: flannel carries, Calico enforces.
    let canal = [agent(FLANNEL), agent("calico/node:v3").replace("name: cni", "name: canal")].join("---\n");
    let run = ask_of(&[SHOP, &canal], &["check", "--from", "report", "--to", "db"]);
    assert_eq!(run.code, 1, "{}", run.all());
    // Its operator is not the plugin.
    let run = ask_of(&[SHOP, &agent("quay.io/cilium/operator-generic:v1.16.0")], &["list", "-o", "json"]);
    assert_eq!(run.json()["enforcement"]["because"], "assumed");
}

/// Or anything would be kept, whatever was made.
#[test]
fn what_is_generated_is_proven_as_if_policies_were_enforced() {
    let run = ask_of(&[SHOP, &agent(FLANNEL)], &["generate", "-o", "json"]);
    let json = fits("net-generate.v1.json", &run);
    let proof = &json["proof"];
    assert_eq!((&proof["kept"], &proof["broken"]), (&1.into(), &serde_json::json!([])));
    // Four workloads reach each other on every port now; then nobody of the shop but the one that has to.
    assert_eq!(proof["triplesBefore"], 12 * 3 * 65535);
    assert!(proof["triplesAfter"].as_u64() < proof["triplesBefore"].as_u64(), "{proof}");
    let text = ask_of(&[SHOP, &agent(FLANNEL)], &["generate"]).stdout;
    assert!(text.contains("once policies are enforced") && text.contains(NOBODY), "{text}");
}

#[test]
fn the_user_knows_better() {
    let run = ask_of(&[SHOP], &["list", "--policies-enforced", "no", "-o", "json"]);
    let json = fits("net-list.v1.json", &run);
    assert_eq!(
        (&json["enforcement"]["enforced"], &json["enforcement"]["because"]),
        (&false.into(), &"told".into())
    );
    assert_eq!(json["notes"][0], "no policy is enforced, as you said: everything is open");
    let run = ask_of(&[SHOP], &["list", "--policies-enforced", "yes"]);
    assert!(!run.all().contains("note:"), "{}", run.all());
    assert_eq!(ask_of(&[SHOP], &["list", "--policies-enforced", "maybe"]).code, 2);
}

/// On one node, with an address of the node; the policy cuts egress off but for a port that the other pod names.
const ON_ONE_NODE: &str = "\
apiVersion: v1
kind: Node
metadata: {name: n1}
status: {addresses: [{type: InternalIP, address: 192.168.0.11}]}
---
apiVersion: v1
kind: Pod
metadata: {name: web, namespace: shop, labels: {app: web}}
spec: {nodeName: n1, containers: [{name: a, image: a}]}
---
apiVersion: v1
kind: Pod
metadata: {name: db, namespace: shop, labels: {app: db}}
spec: {nodeName: n1, containers: [{name: a, image: a, ports: [{name: sql, containerPort: 5432}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: shop}
spec: {podSelector: {matchLabels: {app: web}}, policyTypes: [Egress], egress: [{ports: [{port: sql}]}]}
";

#[test]
fn plugins_differ_in_what_they_ask_of_a_pods_own_node_and_of_ports_by_name() {
    const ANTREA: &str = "projects.registry.vmware.com/antrea/antrea-agent-ubuntu:v2.0.0";
    let code = |image: &str, from: &str, to: &str, port: &str| {
        let arguments = ["check", "--from", from, "--to", to, "--port", port];
        ask_of(&[ON_ONE_NODE, &agent(image)], &arguments).code
    };
    const CILIUM: &str = "quay.io/cilium/cilium:v1.16.0";
    const CALICO: &str = "docker.io/calico/node:v3.28.0";
    for (image, node, sql, other) in [(ANTREA, 0, 0, 1), (CALICO, 1, 0, 1), (CILIUM, 1, 3, 3)] {
        assert_eq!(code(image, "shop/web", "192.168.0.11", "80/UDP"), node, "{image}");
        assert_eq!(code(image, "192.168.0.11", "shop/web", "80"), 0, "{image}");
        assert_eq!(code(image, "shop/web", "shop/db", "5432"), sql, "{image}");
        assert_eq!(code(image, "shop/web", "shop/db", "80"), other, "{image}");
    }
}
