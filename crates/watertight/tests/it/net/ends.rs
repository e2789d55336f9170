//! Who is meant, and which ports: families of addresses, blocks, ranges and names of ports, replicas.

use super::{answer_of as answer, ask_of};
use crate::rbac::fits;

/// A pod of namespace `a` with labels and ports, as flow mapping.
fn pod(name: &str, more: &str, status: &str) -> String {
    format!(
        "apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, namespace: a, labels: {{app: {name}}}}}\n\
         spec: {{containers: [{{name: c, image: c{more}}}]}}\n{status}\n"
    )
}

const DUAL: &str = "status: {podIP: 10.0.0.5, podIPs: [{ip: 10.0.0.5}, {ip: 'fd00::5'}]}";
const PORTS: &str =
    ", ports: [{name: http, containerPort: 8080}, {name: dns, containerPort: 5353, protocol: UDP}]";

/// A policy for every pod of namespace `a`.
fn policy(spec: &str) -> String {
    format!(
        "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: p, namespace: a}}\n\
         spec: {{podSelector: {{}}, {spec}}}\n"
    )
}

fn rows(texts: &[&str], arguments: &[&str]) -> Vec<String> {
    let run = ask_of(texts, &[&["list", "-o", "csv", "-q"], arguments].concat());
    assert_eq!(run.code, 0, "{}", run.all());
    run.stdout.lines().skip(1).map(str::to_owned).collect()
}

#[test]
fn an_address_of_ipv6_gets_the_answer_of_the_policies() {
    let x = pod("x", "", "");
    let far = "2606:4700::1111";
    assert_eq!(answer(&[&x], "a/x", far, "443"), "yes");
    assert_eq!(answer(&[&x], far, "a/x", "443"), "yes");
    let v6 = policy("ingress: [{from: [{ipBlock: {cidr: '::/0'}}]}]");
    assert_eq!(answer(&[&x, &v6], far, "a/x", "443"), "yes");
    assert_eq!(answer(&[&x, &v6], "8.8.8.8", "a/x", "443"), "no");
    let v4 = policy("ingress: [{from: [{ipBlock: {cidr: 0.0.0.0/0}}]}]");
    assert_eq!(answer(&[&x, &v4], far, "a/x", "443"), "no");
    assert_eq!(answer(&[&x, &v4], "internet", "a/x", "443"), "yes");
}

#[test]
fn families_that_differ_are_told_apart() {
    let (x, dual) = (pod("x", "", ""), pod("x", "", DUAL));
    let v4 = policy("policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]");
    let v6 = policy("policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: '::/0'}}]}]");
    let out = |texts: &[&str], arguments: &[&str]| -> Vec<String> {
        rows(texts, arguments).into_iter().filter(|row| row.starts_with("a/")).collect()
    };
    for expand in [&[][..], &["--expand"]] {
        assert_eq!(out(&[&dual, &v4], expand), ["a/x[Pod],any IPv4 address outside,All Connections,"]);
        assert_eq!(out(&[&x, &v6], expand), ["a/x[Pod],any IPv6 address outside,All Connections,"]);
        // Both are the same, or nothing speaks of the other.
        assert_eq!(out(&[&dual], expand), ["a/x[Pod],any address outside,All Connections,"]);
        assert_eq!(out(&[&x, &v4], expand), ["a/x[Pod],any address outside,All Connections,"]);
    }
    let run = ask_of(&[&dual, &v4], &["list", "-o", "json"]);
    let to = &fits("net-list.v1.json", &run)["connections"][0]["to"];
    assert_eq!((&to["everything"], &to["ranges"][0]), (&false.into(), &"0.0.0.0-255.255.255.255".into()));
    let run = ask_of(&[&dual], &["list", "-o", "json", "--expand"]);
    let to = &fits("net-list.v1.json", &run)["connections"][0]["to"];
    assert_eq!((&to["everything"], to["ranges"].as_array().unwrap().len()), (&true.into(), 2));
}

#[test]
fn a_look_that_begins_to_speak_of_ipv6_is_compared() {
    let x = pod("x", "", "");
    let closed = policy("policyTypes: [Egress]");
    let open = policy("policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: '::/0'}}]}]");
    let files = crate::folder(&[
        ("a/0.yaml", &x),
        ("a/1.yaml", &closed),
        ("b/0.yaml", &x),
        ("b/1.yaml", &open),
        ("c/0.yaml", &x),
    ]);
    let diff = |before: &str, after: &str| -> Vec<String> {
        let run = crate::run_with(files.path(), &["net", "diff", before, after, "-o", "csv", "-q"], b"");
        run.stdout.lines().skip(1).map(str::to_owned).collect()
    };
    assert_eq!(diff("a", "b"), ["gained,a/x[Pod],any IPv6 address outside,All Connections"]);
    assert_eq!(diff("c", "b"), ["lost,a/x[Pod],any IPv4 address outside,All Connections"]);
    assert_eq!(diff("a", "c"), ["gained,a/x[Pod],any address outside,All Connections"]);
    assert_eq!(diff("b", "b"), Vec::<String>::new());
}

#[test]
fn a_private_block_may_hold_pods_whose_addresses_are_not_in_view() {
    let (x, cl) = (pod("x", "", ""), pod("cl", "", ""));
    let pods = policy("ingress: [{from: [{podSelector: {}}]}]");
    for from in ["10.0.0.0/24", "10.0.0.7"] {
        assert_eq!(answer(&[&x, &cl, &pods], from, "a/x", "80"), "unknown", "{from}");
        assert_eq!(answer(&[&x, &cl, &policy("ingress: []")], from, "a/x", "80"), "no", "{from}");
        assert_eq!(answer(&[&x, &cl], from, "a/x", "80"), "yes", "{from}");
    }
    assert_eq!(answer(&[&x, &cl, &pods], "8.8.8.0/24", "a/x", "80"), "no");
    // The addresses of pods are in view.
    assert_eq!(answer(&[&pod("x", "", DUAL), &cl, &pods], "10.9.0.0/24", "a/x", "80"), "no");
}

#[test]
fn a_range_of_ports_is_asked_as_one() {
    let x = pod("x", PORTS, "");
    let some = policy("ingress: [{ports: [{port: 5000, endPort: 5100}]}]");
    let run = ask_of(&[&x, &some], &["check", "--from", "internet", "--to", "a/x", "--port", "5000-6000"]);
    assert_eq!(run.code, 0, "{}", run.all());
    assert!(
        run.stdout.contains("TCP 5000-5100") && run.stdout.contains("not all of TCP 5000-6000"),
        "{}",
        run.stdout
    );
    assert_eq!(answer(&[&x, &some], "internet", "a/x", "5200-6000"), "no");
    assert_eq!(answer(&[&x, &some], "internet", "a/x", "5000-6000/UDP"), "no");
    let run = ask_of(&[&x, &some], &["check", "--from", "internet", "--to", "a/x", "--port", "5000-5050"]);
    assert!(run.code == 0 && !run.stdout.contains("not all"), "{}", run.stdout);
    for port in ["6000-5000", "HTTP", "a_b", "0-5"] {
        let run = ask_of(&[&x], &["check", "--from", "internet", "--to", "a/x", "--port", port]);
        assert_eq!(run.code, 2, "{port}: {}", run.all());
    }
}

#[test]
fn a_name_is_a_port_of_whatever_protocol() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: a}\nspec:\n  selector: {app: x}\n  \
                   ports: [{name: web, port: 80, targetPort: 8080}, {name: d, port: 53, protocol: UDP, targetPort: dns}]\n";
    let x = pod("x", PORTS, "");
    let udp = policy("ingress: [{ports: [{port: 5353, protocol: UDP}]}]");
    for (to, port, wanted) in [
        ("a/x", "dns", "yes"),
        ("a/x", "dns/UDP", "yes"),
        ("a/x", "dns/TCP", "no"),
        ("a/x", "http", "no"),
        ("a/svc/s", "d", "yes"),
        ("a/svc/s", "d/UDP", "yes"),
        ("a/svc/s", "web", "no"),
    ] {
        assert_eq!(answer(&[&x, service, &udp], "internet", to, port), wanted, "{to} {port}");
    }
    let run = ask_of(&[&x, service], &["check", "--from", "internet", "--to", "a/svc/s", "--port", "dns"]);
    assert!(run.code == 2 && run.stderr.contains("web 80/TCP, d 53/UDP"), "{}", run.all());
}

#[test]
fn a_headless_service_replaces_no_port() {
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: s, namespace: a}\nspec: {clusterIP: None, \
                   selector: {app: x}, ports: [{name: web, port: 80, targetPort: 8080}]}\n";
    let x = pod("x", PORTS, "");
    let target = policy("ingress: [{ports: [{port: 8080}]}]");
    for (port, wanted) in [("80", "no"), ("8080", "yes"), ("web", "yes"), ("", "yes")] {
        assert_eq!(answer(&[&x, service, &target], "internet", "a/svc/s", port), wanted, "{port}");
    }
}

#[test]
fn replicas_of_a_workload_are_asked_about_each_other() {
    let web = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: a}\nspec:\n  selector: \
               {matchLabels: {app: web}}\n  template:\n    metadata: {labels: {app: web}}\n    spec: {containers: [{name: c, image: c}]}\n";
    assert_eq!(answer(&[web], "a/web", "a/web", ""), "yes");
    assert_eq!(answer(&[web, &policy("ingress: []")], "a/web", "a/web", ""), "no");
    assert_eq!(answer(&[web, &policy("ingress: []")], "ns/a", "ns/a", ""), "no");
    // Where one is asked for, there is no other.
    let one = web.replace("spec:\n  selector", "spec:\n  replicas: 1\n  selector");
    assert_eq!(answer(&[&one, &policy("ingress: []")], "a/web", "a/web", ""), "yes");
    // A pod that stands alone has no other.
    assert_eq!(answer(&[&pod("x", "", ""), &policy("ingress: []")], "a/x", "a/x", ""), "yes");
}

#[test]
fn what_nearly_lets_through_is_told_once() {
    let x = pod("x", "", "");
    let twice = policy("ingress: [{from: [{podSelector: {}}, {namespaceSelector: {}}]}]");
    let run = ask_of(&[&x, &twice], &["check", "--from", "internet", "--to", "a/x"]);
    let near: Vec<&str> = run.stdout.lines().filter(|line| line.contains("nearly:")).collect();
    assert_eq!(near.len(), 1, "{}", run.stdout);
    assert!(run.stdout.contains("any address outside → a/x[Pod]"), "{}", run.stdout);
    // A rule that lets nobody in is not near, nor is one that decides.
    let nobody = "apiVersion: cilium.io/v2\nkind: CiliumNetworkPolicy\nmetadata: {name: p, namespace: a}\nspec: {endpointSelector: {}, ingress: [{}]}\n";
    let run = ask_of(&[&x, nobody], &["check", "--from", "internet", "--to", "a/x"]);
    assert!(run.code == 1 && !run.stdout.contains("nearly:"), "{}", run.all());
}

/// Nobody knows whom it will be about once it is mended.
#[test]
fn a_selector_that_the_api_server_refuses_may_be_about_anybody() {
    let refused =
        policy("ingress: []").replace("podSelector: {}", "podSelector: {matchLabels: {'bad key!': x}}");
    assert_eq!(answer(&[&pod("x", "", ""), &refused], "internet", "a/x", "80"), "unknown");
}
