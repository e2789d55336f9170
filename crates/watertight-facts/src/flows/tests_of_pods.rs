//! What templates say of a pod's surroundings: names, servers of DNS, ports of nodes, probes.

use super::tests::{found, found_in_whole, shop};

/// A pod with these lines in its spec, beside the containers.
fn pod(lines: &str) -> String {
    let lines: String = lines.lines().map(|line| format!("      {line}\n")).collect();
    shop("").replacen("      containers:\n", &format!("{lines}      containers:\n"), 1)
}

fn aliased(aliases: &str, value: &str) -> (Vec<String>, Vec<String>) {
    found(&shop(&format!("  env: [{{name: X, value: \"{value}\"}}]")).replacen(
        "      containers:\n",
        &format!("      hostAliases: {aliases}\n      containers:\n"),
        1,
    ))
}

#[test]
fn a_name_of_host_aliases_is_its_addresses() {
    let one = "[{ip: 10.5.5.5, hostnames: [db.internal]}]";
    assert_eq!(aliased(one, "postgres://db.internal:5432").0, ["web -> 10.5.5.5/32 5432/TCP"]);
    assert_eq!(aliased(one, "DB.internal.:5432").0, ["web -> 10.5.5.5/32 5432/TCP"]);
    let both = "[{ip: 10.5.5.5, hostnames: [db]}, {ip: 10.5.5.6, hostnames: [db, x]}]";
    assert_eq!(
        aliased(both, "postgres://db").0,
        ["web -> 10.5.5.5/32 5432/TCP", "web -> 10.5.5.6/32 5432/TCP"],
        "before the Service of this name"
    );
    assert_eq!(aliased("[{ip: 10.96.0.7, hostnames: [x]}]", "http://x:80").0, ["web -> db 9187/TCP"]);
    assert_eq!(aliased("[{ip: 127.0.0.1, hostnames: [db]}]", "http://db:80"), (vec![], vec![]));
    let (flows, asked) = aliased(both, "db");
    assert!(flows.is_empty() && asked.len() == 1 && asked[0].contains("hostAliases"), "{asked:?}");
}

#[test]
fn servers_of_dns_that_a_template_names_are_asked() {
    let own = "dnsConfig: {nameservers: [10.1.1.53, 127.0.0.1]}";
    let both = ["web -> 10.1.1.53/32 53/TCP", "web -> 10.1.1.53/32 53/UDP"];
    assert_eq!(found(&pod(&format!("dnsPolicy: None\n{own}"))), (both.map(str::to_owned).into(), vec![]));
    assert_eq!(found(&pod(own)).0, both, "beside those of the cluster");
    let (flows, asked) = found(&pod("dnsPolicy: Default"));
    assert!(flows.is_empty() && asked.len() == 1 && asked[0].contains("as its node does"), "{asked:?}");
    assert_eq!(found(&pod("dnsPolicy: Default\nhostNetwork: true")), (vec![], vec![]));
    let dns = "---\napiVersion: v1\nkind: Service\nmetadata: {name: dns, namespace: shop}\nspec: {clusterIP: 10.1.1.53, selector: {app: db}, ports: [{name: u, port: 53, protocol: UDP, targetPort: 1053}]}\n";
    assert_eq!(found(&(pod(own) + dns)).0, ["web -> db 1053/UDP"]);
}

#[test]
fn a_port_of_the_loopback_of_a_node_is_not_open_to_the_outside() {
    let of = |address: &str| {
        found(&shop("").replacen(
            "containerPort: 8080",
            &format!("containerPort: 8080, hostPort: 80{address}"),
            1,
        ))
    };
    assert_eq!(of("").0, ["Outside -> web 8080/TCP"]);
    assert_eq!(of(", hostIP: 192.0.2.1").0, ["Outside -> web 8080/TCP"]);
    assert_eq!(of(", hostIP: 127.0.0.1"), (vec![], vec![]));
    assert_eq!(of(", hostIP: \"::1\""), (vec![], vec![]));
}

#[test]
fn the_port_of_a_host_outside_is_never_guessed() {
    for value in ["s3.amazonaws.com", "192.0.2.1", "mongodb+srv://x.example.com/db"] {
        let (flows, asked) = found(&shop(&format!("  env: [{{name: S3_HOST, value: \"{value}\"}}]")));
        assert!(flows.is_empty() && asked.len() == 1 && asked[0].contains("tells the port"), "{asked:?}");
    }
    let both = shop("  env: [{name: S3_HOST, value: s3.amazonaws.com}, {name: S3_PORT, value: \"443\"}]");
    assert_eq!(found(&both), (vec!["web -> s3.amazonaws.com 443/TCP".to_owned()], vec![]));
}

#[test]
fn an_external_name_is_a_host_with_a_port_and_no_address() {
    let of = |name: &str, ports: &str, value: &str| {
        found(
            &(shop(&format!("  env: [{{name: OLD_HOST, value: \"{value}\"}}]"))
                + &format!(
                    "---\napiVersion: v1\nkind: Service\nmetadata: {{name: old, namespace: shop}}\nspec: {{type: ExternalName, externalName: {name}{ports}}}\n"
                )),
        )
    };
    assert_eq!(of("a.example.com", "", "old:81").0, ["web -> a.example.com 81/TCP"]);
    assert_eq!(of("a.example.com", ", ports: [{port: 82}]", "old").0, ["web -> a.example.com 82/TCP"]);
    let (flows, asked) = of("a.example.com", "", "old");
    assert!(flows.is_empty() && asked[0].contains("tells the port"), "{asked:?}");
    for address in ["192.0.2.7", "10.96.0.7"] {
        let (flows, asked) = of(address, "", "old:81");
        assert!(flows.is_empty() && asked.len() == 1 && asked[0].contains("is an address"), "{asked:?}");
    }
}

#[test]
fn an_address_of_a_service_is_told_as_such() {
    let (_, asked) = found(&shop("  env: [{name: H, value: 10.96.0.7}]"));
    assert!(asked.len() == 1 && asked[0].contains("is the address of a Service, `10.96.0.7`"), "{asked:?}");
}

/// The web with these lines in its container.
fn container(lines: &str) -> (Vec<String>, Vec<String>) {
    found(&shop(&lines.lines().map(|line| format!("  {line}\n")).collect::<String>()))
}

#[test]
fn commands_of_probes_and_hooks_run_in_the_pod() {
    for hook in [
        "livenessProbe: {exec: {command: [sh, -c, \"nc -z db 5432\"]}}",
        "readinessProbe: {exec: {command: [pg_isready, --host, db, --port, \"5432\"]}}",
        "startupProbe: {exec: {command: [check, \"--db-url=postgres://db\"]}}",
        "lifecycle: {postStart: {exec: {command: [wait, \"db:5432\"]}}}",
        "lifecycle: {preStop: {exec: {command: [sh, -c, \"curl http://db:5432/x\"]}}}",
        "env: [{name: H, value: \"db:5432\"}]\nlivenessProbe: {exec: {command: [check, --addr, $(H)]}}",
    ] {
        assert_eq!(container(hook), (vec!["web -> db 5432/TCP".to_owned()], vec![]), "{hook}");
    }
    let (_, asked) = container("livenessProbe: {exec: {command: [sh, -c, \"pg_isready -h db\"]}}");
    assert!(asked[0].contains("the script in the liveness probe"), "{asked:?}");
}

#[test]
fn requests_of_probes_and_hooks_come_from_the_node() {
    assert_eq!(container("livenessProbe: {httpGet: {port: 8080, path: /}}"), (vec![], vec![]));
    assert_eq!(container("livenessProbe: {tcpSocket: {host: 127.0.0.1, port: 1}}"), (vec![], vec![]));
    for (hook, flow) in [
        ("livenessProbe: {httpGet: {host: db.shop.svc, port: 80}}", "Nodes -> db 9187/TCP"),
        ("readinessProbe: {tcpSocket: {host: 192.0.2.9, port: http}}", "Nodes -> 192.0.2.9/32 8080/TCP"),
        ("lifecycle: {preStop: {httpGet: {host: db.shop, port: 5432}}}", "Nodes -> db 5432/TCP"),
    ] {
        assert_eq!(container(hook).0, [flow], "{hook}");
    }
}

#[test]
fn connection_strings_and_clients_name_host_and_port() {
    let env = |value: &str| container(&format!("env: [{{name: X, value: '{value}'}}]"));
    for value in [
        "Server=db,5432;Database=x",
        "Data Source=tcp:db,5432;Initial Catalog=a b",
        "Server=tcp:db.shop.svc.cluster.local,5432;User Id=x;Password=a=b",
        "host=db port=5432",
        "_sql._tcp.db.shop.svc.cluster.local",
        "dnssrv+_sql._tcp.db.shop.svc.cluster.local",
        "db.shop.svc:sql",
    ] {
        assert_eq!(env(value), (vec!["web -> db 5432/TCP".to_owned()], vec![]), "{value}");
    }
    assert_eq!(container("env: [{name: DB_ADDR, value: \"db:sql\"}]").0, ["web -> db 5432/TCP"]);
    assert_eq!(container("env: [{name: CACHE_SERVER, value: \"db:alpine\"}]"), (vec![], vec![]));
    for command in [
        "args: [-h, db, -p, \"5432\"]",
        "args: [--host, db, --port, \"5432\"]",
        "command: [sh, -c, \"psql -h db -p 5432 -c x; sleep 5\"]",
        "command: [sh, -c, \"psql --host=db --port=5432\"]",
        "command: [psql, \"host=db port=5432\"]",
    ] {
        assert_eq!(container(command), (vec!["web -> db 5432/TCP".to_owned()], vec![]), "{command}");
    }
}

#[test]
fn a_port_that_a_service_does_not_have_is_asked_about() {
    for value in
        ["db.shop.svc.cluster.local:9999", "host=db port=9999", "db.shop.svc:nope", "_nope._tcp.db.shop.svc"]
    {
        let (flows, asked) = container(&format!("env: [{{name: X, value: '{value}'}}]"));
        assert!(
            flows.is_empty() && asked.len() == 1 && asked[0].contains("has no port"),
            "{value}: {asked:?}"
        );
    }
    assert_eq!(found(&shop("  command: [sh, -c, \"nc -z db 5432; retry db 3\"]")).1, Vec::<String>::new());
    let (flows, asked) = container("command: [sh, -c, \"psql -h db -p 9999\"]");
    assert!(flows.is_empty() && asked.iter().any(|words| words.contains("has no port 9999")), "{asked:?}");
}

fn route(kind: &str, rule: &str) -> String {
    format!(
        "---\napiVersion: gateway.networking.k8s.io/v1\nkind: {kind}\nmetadata: {{name: r, namespace: edge}}\nspec: {{rules: [{rule}]}}\n"
    )
}

#[test]
fn a_gateway_sends_copies_to_mirrors() {
    let mirror = "{filters: [{type: RequestMirror, requestMirror: {backendRef: {name: db, namespace: shop, port: 80}}}]";
    for rule in [format!("{mirror}}}"), format!("{{backendRefs: [{mirror}, kind: Other, name: x}}]}}")] {
        for kind in ["HTTPRoute", "GRPCRoute"] {
            assert_eq!(
                found(&(shop("") + &route(kind, &rule))).0,
                ["IngressController -> db 9187/TCP"],
                "{rule}"
            );
        }
    }
}

#[test]
fn a_route_into_another_namespace_needs_a_grant() {
    let text = shop("") + &route("HTTPRoute", "{backendRefs: [{name: web, namespace: shop, port: 80}]}");
    let grant = |service: &str| {
        format!(
            "---\napiVersion: gateway.networking.k8s.io/v1beta1\nkind: ReferenceGrant\nmetadata: {{name: g, namespace: shop}}\nspec: {{from: [{{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: edge}}], to: [{{group: \"\", kind: Service, name: {service}}}]}}\n"
        )
    };
    let flow = vec!["IngressController -> web 8080/TCP".to_owned()];
    assert_eq!(found(&text), (flow.clone(), vec![]), "the grant may be in another folder");
    assert_eq!(found(&(text.clone() + &grant("web"))), (flow, vec![]));
    let (flows, asked) = found(&(text + &grant("db")));
    assert!(flows.is_empty() && asked.len() == 1 && asked[0].contains("no ReferenceGrant"), "{asked:?}");
}

#[test]
fn a_backend_out_of_view_is_needed_whoever_leads_to_it() {
    let ingress = "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i, namespace: shop}\nspec: {defaultBackend: {service: {name: gone, port: {number: 80}}}}\n";
    let conversion = "---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x}\nspec: {conversion: {strategy: Webhook, webhook: {clientConfig: {service: {name: gone, namespace: shop}}}}}\n";
    assert_eq!(
        found(&(shop("") + ingress + conversion)).0,
        ["ApiServer -> svc shop/gone ?/?", "IngressController -> svc shop/gone ?/?"]
    );
}

#[test]
fn a_token_that_no_container_mounts_is_none() {
    let bound = "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: b, namespace: shop}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: gone}\nsubjects: [{kind: ServiceAccount, name: default, namespace: shop}]\n";
    let volume = "volumes: [{name: t, projected: {sources: [{serviceAccountToken: {path: t}}]}}]";
    let text = pod(volume) + bound;
    assert_eq!(found(&text).0, Vec::<String>::new());
    let mounted =
        text.replacen("- name: web\n", "- name: web\n        volumeMounts: [{name: t, mountPath: /t}]\n", 1);
    assert_eq!(found(&mounted).0, ["web -> ApiServer 443/TCP", "web -> ApiServer 6443/TCP"]);
    assert_eq!(found_in_whole(&mounted).0, Vec::<String>::new(), "the role does not exist");
}
