//! What `net list --exposed` tells of the ways in from outside, and of pods to come.

use super::ask_of;

/// Two namespaces, a workload `w` in `a` that listens on 8080, and a service of it.
const GROUND: &str = "\
apiVersion: v1
kind: Namespace
metadata: {name: a, labels: {kubernetes.io/metadata.name: a, team: x}}
---
apiVersion: v1
kind: Namespace
metadata: {name: b, labels: {kubernetes.io/metadata.name: b}}
---
apiVersion: v1
kind: Pod
metadata: {name: w, namespace: a, labels: {app: w}}
spec: {containers: [{name: c, image: c, ports: [{name: http, containerPort: 8080}]}]}
---
apiVersion: v1
kind: Service
metadata: {name: s, namespace: a}
spec: {selector: {app: w}, ports: [{name: web, port: 80, targetPort: http}]}
";

const CLOSED: &str = "\
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: p, namespace: a}
spec: {podSelector: {}}
";

fn rows(texts: &[&str]) -> Vec<String> {
    let run = ask_of(&[&[GROUND], texts].concat(), &["list", "--exposed", "-o", "csv", "-q"]);
    run.stdout.lines().skip(1).map(str::to_owned).collect()
}

/// What is let in through an object: for certain, and perhaps.
fn through(texts: &[&str], object: &str) -> Option<(String, String)> {
    let rows = rows(texts);
    let row = rows.iter().find(|row| row.contains(&format!("through {object} ")))?;
    let mut cells = row.rsplit(',');
    let unknown = cells.next().unwrap().to_owned();
    Some((cells.next().unwrap().to_owned(), unknown))
}

fn object(api: &str, kind: &str, spec: &str) -> String {
    format!("apiVersion: {api}\nkind: {kind}\nmetadata: {{name: r, namespace: a}}\nspec: {spec}\n")
}

fn gateway(namespace: &str, listener: &str) -> String {
    format!(
        "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nmetadata: {{name: g, namespace: {namespace}}}\n\
         spec: {{gatewayClassName: x, listeners: [{{name: l, port: 80, {listener}}}]}}\n"
    )
}

fn route(kind: &str, more: &str, backend: &str) -> String {
    object(
        "gateway.networking.k8s.io/v1",
        kind,
        &format!("{{parentRefs: [{{name: g, namespace: b}}], {more} rules: [{backend}]}}"),
    )
}

const ALL: &str = "allowedRoutes: {namespaces: {from: All}}";
const TO_S: &str = "{backendRefs: [{name: s, port: 80}]}";

/// Whether a route lets in: `sure`, `perhaps`, `no`.
fn lets_in(gateway: &str, route: &str, kind: &str) -> &'static str {
    match through(&[gateway, route], &format!("{kind} a/r")) {
        Some((sure, _)) if !sure.is_empty() => "sure",
        Some(_) => "perhaps",
        None => "no",
    }
}

#[test]
fn a_route_lets_in_where_a_listener_takes_it() {
    let http = route("HTTPRoute", "", TO_S);
    for (home, listener, wanted) in [
        ("b", format!("protocol: HTTP, {ALL}"), "sure"),
        ("b", "protocol: HTTP".to_owned(), "no"),
        ("b", "protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: x}}}}".to_owned(), "sure"),
        ("b", "protocol: HTTP, allowedRoutes: {namespaces: {from: Selector, selector: {matchLabels: {team: z}}}}".to_owned(), "no"),
        ("b", format!("protocol: TCP, {ALL}"), "no"),
        ("b", "protocol: HTTP, allowedRoutes: {kinds: [{kind: GRPCRoute}], namespaces: {from: All}}".to_owned(), "no"),
        // The Gateway that the route names is not in view.
        ("c", format!("protocol: HTTP, {ALL}"), "perhaps"),
    ] {
        assert_eq!(lets_in(&gateway(home, &listener), &http, "HTTPRoute"), wanted, "{home} {listener}");
    }
    let own = gateway("b", &format!("protocol: HTTP, hostname: '*.example.com', {ALL}"));
    let host = |name: &str| route("HTTPRoute", &format!("hostnames: [{name}],"), TO_S);
    assert_eq!(lets_in(&own, &host("a.example.com"), "HTTPRoute"), "sure");
    assert_eq!(lets_in(&own, &host("a.example.org"), "HTTPRoute"), "no");
    let open = gateway("b", &format!("protocol: HTTP, {ALL}"));
    assert_eq!(lets_in(&open, &route("TCPRoute", "", TO_S), "TCPRoute"), "no");
    let section = http.replace("namespace: b}]", "namespace: b, sectionName: other}]");
    assert_eq!(lets_in(&open, &section, "HTTPRoute"), "no");
    let mesh = http.replace("{name: g, namespace: b}", "{group: '', kind: Service, name: s}");
    assert_eq!(lets_in(&open, &mesh, "HTTPRoute"), "no");
}

#[test]
fn a_backend_takes_traffic_by_its_weight_or_as_a_mirror() {
    let own = gateway("b", &format!("protocol: HTTP, {ALL}"));
    let weight = |weight: u8| {
        route("HTTPRoute", "", &format!("{{backendRefs: [{{name: s, port: 80, weight: {weight}}}]}}"))
    };
    assert_eq!(lets_in(&own, &weight(0), "HTTPRoute"), "no");
    assert_eq!(lets_in(&own, &weight(1), "HTTPRoute"), "sure");
    let mirror = "{filters: [{type: RequestMirror, requestMirror: {backendRef: {name: s, port: 80}}}]}";
    assert_eq!(lets_in(&own, &route("HTTPRoute", "", mirror), "HTTPRoute"), "sure");
}

#[test]
fn a_route_of_openshift_chooses_endpoints() {
    let opened = |spec: &str| through(&[&object("route.openshift.io/v1", "Route", spec)], "Route a/r");
    for port in ["8080", "web"] {
        let spec = format!("{{to: {{kind: Service, name: s}}, port: {{targetPort: {port}}}}}");
        assert_eq!(opened(&spec).map(|(sure, _)| sure), Some("TCP 8080".to_owned()), "{port}");
    }
    // Neither a number of an endpoint nor a name of the service's port.
    for port in ["80", "http"] {
        assert_eq!(
            opened(&format!("{{to: {{kind: Service, name: s}}, port: {{targetPort: {port}}}}}")),
            None,
            "{port}"
        );
    }
    assert_eq!(opened("{to: {kind: Service, name: s, weight: 0}}"), None);
    assert_eq!(
        opened("{to: {kind: Service, name: x}, alternateBackends: [{kind: Service, name: s, weight: 0}]}"),
        None
    );
    assert!(
        opened("{to: {kind: Service, name: x}, alternateBackends: [{kind: Service, name: s}]}").is_some()
    );
}

#[test]
fn a_port_of_the_node_that_only_it_reaches_is_no_way_in() {
    let pod = |ip: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: h, namespace: a}}\nspec: {{containers: [{{name: c, image: c, \
             ports: [{{containerPort: 90, hostPort: 99{ip}}}]}}]}}\n"
        )
    };
    for (ip, wanted) in
        [("", true), (", hostIP: 10.0.0.1", true), (", hostIP: 127.0.0.1", false), (", hostIP: '::1'", false)]
    {
        assert_eq!(through(&[&pod(ip)], "Pod a/h").is_some(), wanted, "{ip}");
    }
}

#[test]
fn the_ranges_of_a_load_balancer_are_told() {
    let service = |ranges: &str| {
        object(
            "v1",
            "Service",
            &format!(
                "{{type: LoadBalancer, loadBalancerSourceRanges: [{ranges}], selector: {{app: w}}, ports: [{{port: 80, targetPort: 8080}}]}}"
            ),
        )
    };
    let run = ask_of(&[GROUND, &service("10.0.0.0/8, 8.0.0.0/8")], &["list", "--exposed"]);
    assert!(
        run.code == 0 && run.stdout.contains("(load balancer, from 10.0.0.0/8, 8.0.0.0/8)"),
        "{}",
        run.all()
    );
    let run = ask_of(&[GROUND, &service("8.0.0.0/99")], &["list", "--exposed"]);
    assert!(run.code == 3 && run.stderr.contains(".spec.loadBalancerSourceRanges"), "{}", run.all());
    assert_eq!(through(&[&service("8.0.0.0/99")], "Service a/r").unwrap().0, "");
}

#[test]
fn addresses_and_pods_to_come_have_rows() {
    let block = CLOSED
        .replace("podSelector: {}", "podSelector: {}, ingress: [{from: [{ipBlock: {cidr: 8.0.0.0/8}}]}]");
    assert!(
        rows(&[&block]).contains(&"8.0.0.0/8,a/w[Pod],All Connections,".to_owned()),
        "{:?}",
        rows(&[&block])
    );
    let named = CLOSED.replace(
        "podSelector: {}",
        "podSelector: {}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: b}}}]}]",
    );
    assert_eq!(rows(&[&named]), ["a pod without labels in b,a/w[Pod],All Connections,"]);
    let to_come = named.replace("name: b}", "name: z}");
    assert_eq!(rows(&[&to_come]), ["a pod without labels in a new namespace,a/w[Pod],,All Connections"]);
    let host = "apiVersion: v1\nkind: Pod\nmetadata: {name: hn, namespace: b}\nspec: {hostNetwork: true, containers: [{name: c, image: c}]}\n";
    let rows = rows(&[CLOSED, host]);
    assert_eq!(rows, ["\"any address outside, in the network of its node\",b/hn[Pod],All Connections,"]);
}

#[test]
fn a_port_of_an_init_container_is_no_port_of_the_service() {
    let pod = |more: &str| {
        format!(
            "apiVersion: v1\nkind: Pod\nmetadata: {{name: i, namespace: a, labels: {{app: i}}}}\nspec: {{containers: \
             [{{name: c, image: c}}], initContainers: [{{name: i, image: i{more}, ports: [{{name: m, containerPort: 9000}}]}}]}}\n"
        )
    };
    let service = object("v1", "Service", "{selector: {app: i}, ports: [{port: 80, targetPort: m}]}");
    for (more, code) in [("", 1), (", restartPolicy: Always", 0)] {
        let texts = [GROUND, &pod(more), &service];
        let run = ask_of(&texts, &["check", "--from", "internet", "--to", "a/svc/r", "--port", "80"]);
        assert_eq!(run.code, code, "{more}: {}", run.all());
    }
}

#[test]
fn a_focus_is_anybody_who_can_be_asked_about() {
    let list = |focus: &str| ask_of(&[GROUND], &["list", "--focus", focus, "-o", "csv", "-q"]);
    for focus in ["internet", "10.0.0.0/8", "8.8.8.8"] {
        let run = list(focus);
        assert!(run.code == 0 && run.stdout.contains("any address outside"), "{focus}: {}", run.all());
    }
    assert_eq!(list("nodes").stdout.lines().count(), 1);
    let run = ask_of(&[GROUND], &["check", "--from", "internet", "--to", "a/w", "-o", "csv", "-q"]);
    assert_eq!(
        run.stdout,
        "from,to,answer,allowed,unknown\nany address outside,a/w[Pod],yes,All Connections,\n"
    );
    let run = ask_of(&[GROUND, CLOSED], &["check", "--from", "internet", "--to", "a/w", "-o", "markdown"]);
    assert!(
        run.code == 1 && run.stdout.contains("| any address outside | a/w\\[Pod\\] | no |"),
        "{}",
        run.stdout
    );
}
