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

/// The exit code of a question about the shop, with an agent and another object beside it.
fn code_with(image: &str, more: &str, question: [&str; 2]) -> i32 {
    let [from, to] = question;
    ask_of(&[SHOP, &agent(image), more], &["check", "--from", from, "--to", to, "--port", "5432"]).code
}

const CALICO: &str = "docker.io/calico/node:v3.28.0";
const CILIUM: &str = "quay.io/cilium/cilium:v1.16.0";
const ALLOWED: [&str; 2] = ["shop/web", "shop/db"];
const DENIED: [&str; 2] = ["shop/report", "shop/db"];

#[test]
fn policies_that_no_plugin_in_view_takes_are_doubted() {
    const OF_CILIUM: &str = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec: {endpointSelector: {}, ingress: [{}]}\n";
    const OF_CALICO: &str = "apiVersion: projectcalico.org/v3\nkind: GlobalNetworkPolicy\nmetadata: {name: p}\nspec: {order: 1, ingress: [{action: Deny}]}\n";
    const OF_ADMINS: &str = "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: p}\nspec: {priority: 1, subject: {namespaces: {}}, ingress: [{action: Deny, from: [{namespaces: {}}]}]}\n";
    const WEAVE: &str = "docker.io/weaveworks/weave-npc:2.8.1";
    for (policy, taken_by, not_by) in
        [(OF_CILIUM, CILIUM, CALICO), (OF_CALICO, CALICO, CILIUM), (OF_ADMINS, CALICO, WEAVE)]
    {
        assert_eq!(code_with(taken_by, policy, ["shop/report", "shop/web"]), 1, "{policy}");
        assert_eq!(code_with(not_by, policy, ["shop/report", "shop/web"]), 3, "{policy}");
    }
}

#[test]
fn kinds_that_are_not_modelled_make_what_they_are_about_unknown() {
    let antrea = "apiVersion: crd.antrea.io/v1beta1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec: {priority: 1}\n";
    assert_eq!([ALLOWED, DENIED].map(|question| code_with(CALICO, antrea, question)), [3, 3]);
    let firewall = "apiVersion: k8s.ovn.org/v1\nkind: EgressFirewall\nmetadata: {name: default, namespace: shop}\nspec: {egress: [{type: Deny, to: {cidrSelector: 0.0.0.0/0}}]}\n";
    assert_eq!([ALLOWED, DENIED].map(|question| code_with(CALICO, firewall, question)), [0, 1]);
    assert_eq!(code_with(CALICO, firewall, ["shop/report", "8.8.8.8"]), 3);
    let elsewhere = firewall.replace("namespace: shop", "namespace: mail");
    assert_eq!(code_with(CALICO, &elsewhere, ["shop/report", "8.8.8.8"]), 0);
    // A host endpoint is about a node, and says nothing of pods.
    let host = "apiVersion: projectcalico.org/v3\nkind: HostEndpoint\nmetadata: {name: h}\nspec: {node: n1, interfaceName: eth0}\n---\napiVersion: v1\nkind: Node\nmetadata: {name: n1}\nstatus: {addresses: [{type: InternalIP, address: 192.168.0.11}]}\n";
    assert_eq!([ALLOWED, DENIED].map(|question| code_with(CALICO, host, question)), [0, 1]);
    assert_eq!(code_with(CALICO, host, ["8.8.8.8", "192.168.0.11"]), 3);
}

#[test]
fn the_configuration_of_agents_counts() {
    let config = |key: &str, value: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: cilium-config, namespace: kube-system}}\ndata: {{{key}: '{value}'}}\n"
        )
    };
    let open = ["shop/report", "shop/web"];
    assert_eq!(code_with(CILIUM, &config("enable-policy", "default"), open), 0);
    assert_eq!(code_with(CILIUM, &config("enable-policy", "always"), open), 1);
    assert_eq!(code_with(CILIUM, &config("enable-policy", "never"), DENIED), 0);
    assert_eq!(code_with(CILIUM, &config("enable-k8s-networkpolicy", "false"), DENIED), 3);
    let router = agent("docker.io/cloudnativelabs/kube-router:v2.0");
    let without = router.replace("{name: a,", "{name: a, args: ['--run-firewall=false'],");
    assert_ne!(router, without);
    for (agent, wanted) in [(router, 1), (without, 0)] {
        let run = ask_of(&[SHOP, &agent], &["check", "--from", DENIED[0], "--to", DENIED[1]]);
        assert_eq!(run.code, wanted, "{}", run.all());
    }
}

#[test]
fn calico_asks_for_labels_of_accounts() {
    let policy = "apiVersion: projectcalico.org/v3\nkind: NetworkPolicy\nmetadata: {name: p, namespace: shop}\nspec: {order: 1, selector: app == 'web', ingress: [{action: Allow, source: {serviceAccounts: {selector: role == 'x'}}}]}\n";
    let account = |labels: &str| {
        format!(
            "{policy}---\napiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: default, namespace: shop, labels: {{{labels}}}}}\n"
        )
    };
    assert_eq!(code_with(CALICO, &account("role: x"), ["shop/report", "shop/web"]), 0);
    assert_eq!(code_with(CALICO, &account("role: y"), ["shop/report", "shop/web"]), 1);
}
