//! What templates say of a pod's surroundings: names, servers of DNS, ports of nodes, probes.

use super::tests::{found, shop};

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
