use watertight_model::{KubernetesVersion, Snapshot};
use watertight_syntax::Limits;

use super::*;
use crate::world::Settings;

/// Flows and questions of a text, as lines.
pub(super) fn found(text: &str) -> (Vec<String>, Vec<String>) {
    with(text, |ground| lines(ground, &find(ground)))
}

/// The same of a text that is the whole cluster.
pub(super) fn found_in_whole(text: &str) -> (Vec<String>, Vec<String>) {
    within(text, true, |ground| lines(ground, &find(ground)))
}

fn with<T>(text: &str, ask: impl FnOnce(&Ground<'_>) -> T) -> T {
    within(text, false, ask)
}

fn within<T>(text: &str, whole: bool, ask: impl FnOnce(&Ground<'_>) -> T) -> T {
    let mut builder = Snapshot::builder(Limits::default()).assume_complete(whole);
    builder.text("a.yaml", text.to_owned());
    let snapshot = crate::implied::complete(builder.finish(), KubernetesVersion::default());
    let settings = Settings::default();
    let world = World::new(&snapshot, &settings);
    ask(&Ground::of(&world))
}

fn lines(ground: &Ground<'_>, found: &Found) -> (Vec<String>, Vec<String>) {
    let short = |party: &Party| match party {
        Party::Workload(id) => ground.world().snapshot().object(*id).identity().name.to_string(),
        Party::Addresses(block) => block.to_string(),
        Party::Fqdn(host) => host.clone(),
        Party::Service { namespace, name } => format!("svc {}/{name}", namespace.name().unwrap_or("-")),
        Party::Namespace(namespace) => format!("ns {}", namespace.name().unwrap_or("-")),
        other => format!("{other:?}"),
    };
    let flow = |flow: &Flow| format!("{} -> {} {}", short(&flow.from), short(&flow.to), flow.port);
    let question = |question: &Question| format!("{:?} {}", question.asks, question.words);
    (found.flows.iter().map(flow).collect(), found.questions.iter().map(question).collect())
}

/// A web and a db with a Service each, in `shop`, and lines for the container of the web.
pub(super) fn shop(container: &str) -> String {
    let container: String = container.lines().map(|line| format!("      {line}\n")).collect();
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, namespace: shop}}\nspec:\n  template:\n    metadata: {{labels: {{app: web}}}}\n    \
         spec:\n      automountServiceAccountToken: false\n      containers:\n      - name: web\n        ports: [{{containerPort: 8080, name: http}}]\n{container}---\n{DB}"
    )
}

const DB: &str = "
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: shop}
spec:
  template:
    metadata: {labels: {app: db}}
    spec:
      automountServiceAccountToken: false
      containers: [{name: db, ports: [{containerPort: 5432, name: sql}, {containerPort: 9187, name: metrics}]}]
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: shop, labels: {app: db}}
spec:
  clusterIP: 10.96.0.7
  selector: {app: db}
  ports: [{name: sql, port: 5432, targetPort: sql}, {name: metrics, port: 80, targetPort: 9187}]
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: http}]}
";

#[test]
fn a_service_is_named_in_many_forms() {
    for (name, value) in [
        ("DB_ADDR", "db:5432"),
        ("X", "db:5432"),
        ("X", "postgres://u:p@db/x"),
        ("X", "jdbc:postgresql://db:5432/x"),
        ("X", "db.shop:5432"),
        ("X", "db.shop.svc:5432"),
        ("X", "tcp://db.shop.svc.cluster.local.:5432"),
        ("X", "10.96.0.7:5432"),
        ("DSN", "host=db port=5432 user=x"),
        ("X", "host=db port=5432"),
        ("DB_URL", "db.shop.svc:5432/x"),
    ] {
        let text = shop(&format!("  env: [{{name: {name}, value: \"{value}\"}}]"));
        assert_eq!(found(&text), (vec!["web -> db 5432/TCP".to_owned()], vec![]), "{name}={value}");
    }
}

#[test]
fn ports_come_from_beside_the_host_or_are_all() {
    let both = shop("  env: [{name: DB_HOST, value: db}, {name: DB_PORT, value: \"5432\"}]");
    assert_eq!(found(&both).0, ["web -> db 5432/TCP"]);
    let flags = shop("  args: [--db-host, db, --db-port=80]");
    assert_eq!(found(&flags).0, ["web -> db 9187/TCP"], "the port behind the Service's");
    let none = shop("  env: [{name: DB_HOST, value: db}]");
    assert_eq!(found(&none).0, ["web -> db 5432/TCP", "web -> db 9187/TCP"]);
    let wrong = shop("  env: [{name: DB_ADDR, value: \"db:3306\"}]");
    let (flows, asked) = found(&wrong);
    assert!(flows.is_empty() && asked[0].contains("has no port 3306"), "{asked:?}");
}

#[test]
fn words_that_are_no_destination_are_none() {
    for (name, value) in [
        ("IMAGE", "db:16"),
        ("LISTEN_ADDR", "db:5432"),
        ("NO_PROXY", "db,localhost"),
        ("TIME", "12:30"),
        ("SELF", "web"),
        ("X", "http://localhost:80"),
        ("X", "dbx"),
        ("PAYMENT_SERVICE", "enabled"),
    ] {
        let text = shop(&format!("  env: [{{name: {name}, value: \"{value}\"}}]"));
        assert_eq!(found(&text), (vec![], vec![]), "{name}={value}");
    }
    let (flows, asked) = found(&shop("  env: [{name: KIND, value: db}]"));
    assert!(flows.is_empty() && asked.len() == 1 && asked[0].starts_with("Ambiguous"), "{asked:?}");
}

#[test]
fn variables_are_expanded() {
    let text = shop(
        "  env: [{name: H, value: db}, {name: X, value: \"http://$(H):5432\"}]\n  args: [\"--to=$(DB_SERVICE_HOST):$(DB_SERVICE_PORT)\"]",
    );
    assert_eq!(found(&text), (vec!["web -> db 5432/TCP".to_owned()], vec![]));
    let shell = shop(
        "  env: [{name: H, value: \"db:80\"}]\n  command: [sh, -c, \"# http://db:5432\\nwget http://${H}/x\"]",
    );
    assert_eq!(found(&shell), (vec!["web -> db 9187/TCP".to_owned()], vec![]));
    let (flows, asked) = found(&shop("  env: [{name: X, value: \"http://$(GONE)/\"}]"));
    assert!(flows.is_empty() && asked[0].contains("not in view"), "{asked:?}");
}

#[test]
fn what_is_outside_or_out_of_view_is_told_apart() {
    let of = |value: &str| found(&shop(&format!("  env: [{{name: API_URL, value: \"{value}\"}}]")));
    assert_eq!(of("https://api.example.com/v1").0, ["web -> api.example.com 443/TCP"]);
    assert_eq!(of("192.0.2.1:9000").0, ["web -> 192.0.2.1/32 9000/TCP"]);
    assert_eq!(of("http://cache.other.svc").0, ["web -> svc other/cache ?/?"]);
    assert_eq!(
        of("https://kubernetes.default.svc").0,
        ["web -> ApiServer 443/TCP", "web -> ApiServer 6443/TCP"]
    );
    let (flows, asked) = of("http://nobody/");
    assert!(flows.is_empty() && asked[0].contains("`nobody`"), "{asked:?}");
    let (flows, asked) = of("http://cache.elsewhere/");
    assert!(flows.is_empty() && asked[0].contains("another namespace"), "{asked:?}");
}

#[test]
fn config_maps_are_read_and_secrets_are_said() {
    let map = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop}\ndata:\n  DB_HOST: db\n  DB_PORT: \"5432\"\n";
    let text = shop("  envFrom: [{configMapRef: {name: c}}, {secretRef: {name: s}}]") + map;
    let (flows, asked) = found(&text);
    assert_eq!(flows, ["web -> db 5432/TCP"]);
    assert!(asked.len() == 1 && asked[0].starts_with("FromSecret") && asked[0].contains("`s`"), "{asked:?}");
    let file = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop}\ndata:\n  a.yaml: |\n    # http://web\n    database: {host: db, port: 80}\n    docs: https://example.com/x\n    remote: {url: \"https://example.com/y\"}\n";
    let mounted = shop("volumes: [{name: c, configMap: {name: c}}]") + file;
    let (flows, asked) = found(&mounted);
    assert_eq!(flows, ["web -> db 9187/TCP"]);
    assert!(asked.len() == 1 && asked[0].starts_with("External"), "{asked:?}");
    let (_, asked) = found(&shop(
        "  env: [{name: DB_PASSWORD, valueFrom: {secretKeyRef: {name: s, key: p}}}, {name: DB_URL, valueFrom: {secretKeyRef: {name: s, key: u}}}]",
    ));
    assert!(asked.len() == 1 && asked[0].contains("`DB_URL`"), "{asked:?}");
}

#[test]
fn the_api_server_calls_webhooks_and_aggregated_apis() {
    let text = shop("")
        + "---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingWebhookConfiguration\nmetadata: {name: v}\nwebhooks:\n- clientConfig: {service: {name: web, namespace: shop, port: 80}}\n- clientConfig: {service: {name: gone, namespace: shop}}\n---\napiVersion: apiregistration.k8s.io/v1\nkind: APIService\nmetadata: {name: v1.x}\nspec: {service: {name: db, namespace: shop, port: 80}}\n";
    let mut flows = found(&text).0;
    flows.sort();
    assert_eq!(
        flows,
        ["ApiServer -> db 9187/TCP", "ApiServer -> svc shop/gone ?/?", "ApiServer -> web 8080/TCP"]
    );
}

#[test]
fn entries_come_from_their_controller_or_from_somebody() {
    let ingress = "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i, namespace: shop}\nspec: {ingressClassName: CLASS, defaultBackend: {service: {name: web, port: {number: 80}}}}\n";
    let controller = "---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: nginx, namespace: ingress-nginx}\nspec:\n  template:\n    spec: {automountServiceAccountToken: false, containers: [{name: c, image: \"registry.k8s.io/ingress-nginx/controller:v1.15.0@sha256:00\", ports: [{containerPort: 80}]}]}\n";
    assert_eq!(
        found(&(shop("") + &ingress.replace("CLASS", "nginx"))).0,
        ["IngressController -> web 8080/TCP"]
    );
    assert_eq!(found(&(shop("") + &ingress.replace("CLASS", "alb"))).0, ["Outside -> web 8080/TCP"]);
    assert_eq!(
        found(&(shop("") + &ingress.replace("CLASS", "nginx") + controller)).0,
        ["nginx -> web 8080/TCP"]
    );
    let route = "---\napiVersion: route.openshift.io/v1\nkind: Route\nmetadata: {name: r, namespace: shop}\nspec: {to: {kind: Service, name: db}, port: {targetPort: metrics}}\n";
    assert_eq!(found(&(shop("") + route)).0, ["IngressController -> db 9187/TCP"]);
    let balanced =
        shop("").replace("spec: {selector: {app: web}", "spec: {type: LoadBalancer, selector: {app: web}");
    assert_eq!(found(&balanced).0, ["Outside -> web 8080/TCP"]);
}

#[test]
fn an_account_that_is_granted_something_needs_the_api_server() {
    let bound = "---\napiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRoleBinding\nmetadata: {name: b}\nroleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}\nsubjects: [{kind: ServiceAccount, name: default, namespace: shop}]\n";
    assert_eq!(found(&(shop("") + bound)).0, Vec::<String>::new(), "no token is in the pods");
    let mounted = (shop("") + bound).replacen(
        "automountServiceAccountToken: false",
        "automountServiceAccountToken: true",
        1,
    );
    assert_eq!(found(&mounted).0, ["web -> ApiServer 443/TCP", "web -> ApiServer 6443/TCP"]);
    let known = mounted
        + "---\napiVersion: v1\nkind: Endpoints\nmetadata: {name: kubernetes, namespace: default}\nsubsets: [{addresses: [{ip: 192.0.2.10}], ports: [{port: 8443}]}]\n";
    assert_eq!(found(&known).0, ["web -> ApiServer 8443/TCP"]);
}

#[test]
fn annotations_count_where_somebody_reads_them() {
    let annotated = shop("").replace(
        "{labels: {app: web}}",
        "{labels: {app: web}, annotations: {prometheus.io/scrape: \"true\", prometheus.io/port: \"9000\"}}",
    );
    let (flows, asked) = found(&annotated);
    assert!(flows.is_empty() && asked.len() == 1, "{flows:?} {asked:?}");
    let prometheus = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: p, namespace: m}\ndata: {prometheus.yml: \"x: [__meta_kubernetes_pod_annotation_prometheus_io_scrape]\"}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: prom, namespace: m}\nspec: {template: {spec: {automountServiceAccountToken: false, containers: [{name: p}], volumes: [{name: p, configMap: {name: p}}]}}}\n";
    assert_eq!(found(&(annotated + prometheus)).0, ["prom -> web 9000/TCP"]);
}

#[test]
fn what_a_program_takes_by_itself_is_asked_about() {
    let map =
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop}\ndata: {other: x}\n";
    let variable = |name: &str| {
        shop(&format!(
            "  env: [{{name: {name}, valueFrom: {{configMapKeyRef: {{name: c, key: k, optional: true}}}}}}]"
        )) + map
    };
    let (flows, asked) = found(&variable("CACHE_SERVER"));
    assert!(flows.is_empty() && asked.len() == 1 && asked[0].contains("takes by itself"), "{asked:?}");
    assert_eq!(found(&variable("LOG_LEVEL")), (vec![], vec![]));
}

#[test]
fn names_of_other_cluster_domains_are_known_by_their_service() {
    let text = shop("  env: [{name: X, value: \"http://db.shop.svc.example.org:5432\"}]");
    assert_eq!(found(&text).0, ["web -> db 5432/TCP"]);
    let text = shop("  env: [{name: X, value: \"http://db.other.svc.example.org:5432\"}]");
    assert_eq!(found(&text).0, ["web -> db.other.svc.example.org 5432/TCP"]);
}

#[test]
fn monitors_are_those_that_a_prometheus_selects() {
    let crd = "apiVersion: monitoring.coreos.com/v1\n";
    let prometheus = format!(
        "---\n{crd}kind: Prometheus\nmetadata: {{name: p, namespace: m}}\nspec: {{automountServiceAccountToken: false, serviceMonitorSelector: {{matchLabels: {{team: a}}}}, serviceMonitorNamespaceSelector: {{}}}}\n"
    );
    let monitor = |team: &str| {
        format!(
            "---\n{crd}kind: ServiceMonitor\nmetadata: {{name: s, namespace: shop, labels: {{team: {team}}}}}\nspec: {{selector: {{matchLabels: {{app: db}}}}, endpoints: [{{port: metrics}}]}}\n"
        )
    };
    assert_eq!(
        found(&(shop("") + &prometheus + &monitor("a"))),
        (vec!["p -> db 9187/TCP".to_owned()], vec![])
    );
    let (flows, asked) = found(&(shop("") + &prometheus + &monitor("b")));
    assert!(flows.is_empty() && asked[0].contains("no Prometheus"), "{asked:?}");
    let (flows, asked) = found(&(shop("") + &prometheus + &monitor("a").replace("metrics", "gone")));
    assert!(flows.is_empty() && asked[0].contains("`gone`"), "{asked:?}");
    let set = "---\napiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: prometheus-p, namespace: m, ownerReferences: [{apiVersion: monitoring.coreos.com/v1, kind: Prometheus, name: p, controller: true}]}\nspec: {template: {spec: {automountServiceAccountToken: false, containers: [{name: p}]}}}\n";
    assert_eq!(
        found(&(shop("") + &prometheus + &monitor("a") + set)).0,
        ["prometheus-p -> db 9187/TCP"],
        "what is in view stands for itself"
    );
    let pods = format!(
        "---\n{crd}kind: PodMonitor\nmetadata: {{name: s, namespace: m}}\nspec: {{namespaceSelector: {{any: true}}, selector: {{matchLabels: {{app: web}}}}, podMetricsEndpoints: [{{port: http}}]}}\n"
    );
    let selecting =
        prometheus.replace("serviceMonitorSelector: {matchLabels: {team: a}}", "podMonitorSelector: {}");
    assert_eq!(found(&(shop("") + &selecting + &pods)).0, ["p -> web 8080/TCP"]);
}

#[test]
fn an_ingress_controller_calls_what_annotations_name() {
    let ingress = "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i, namespace: shop, annotations: {nginx.ingress.kubernetes.io/auth-url: \"http://db.shop.svc.cluster.local/auth\", x: \"http://example.com\"}}\nspec: {defaultBackend: {service: {name: web, port: {name: none}}}}\n";
    let (flows, asked) = found(&(shop("") + ingress));
    assert_eq!(flows, ["IngressController -> db 9187/TCP"]);
    assert!(
        asked.len() == 1 && asked[0].contains("no port"),
        "the Service has no port of this name: {asked:?}"
    );
}

#[test]
fn endpoints_that_somebody_lists_have_their_own_ports() {
    let listed = "---\napiVersion: v1\nkind: Service\nmetadata: {name: legacy, namespace: shop}\nspec: {ports: [{port: 80, name: x}]}\n---\napiVersion: discovery.k8s.io/v1\nkind: EndpointSlice\nmetadata: {name: legacy-1, namespace: shop, labels: {kubernetes.io/service-name: legacy}}\naddressType: IPv4\nendpoints: [{addresses: [192.0.2.5]}]\nports: [{name: x, port: 8081}]\n";
    let text = shop("  env: [{name: X, value: \"http://legacy\"}]") + listed;
    assert_eq!(found(&text).0, ["web -> 192.0.2.5/32 8081/TCP"]);
    let outside = shop("  env: [{name: X, value: \"http://legacy:8000\"}]")
        + "---\napiVersion: v1\nkind: Service\nmetadata: {name: legacy, namespace: shop}\nspec: {type: ExternalName, externalName: old.example.com}\n";
    assert_eq!(found(&outside).0, ["web -> old.example.com 8000/TCP"]);
}

#[test]
fn a_url_of_how_others_reach_a_service_is_asked_about() {
    let (flows, asked) = found(&shop(
        "  env: [{name: PUBLIC_URL, value: \"http://db\"}, {name: ROOT_URL, value: \"http://web\"}]",
    ));
    assert!(flows.is_empty() && asked.len() == 1 && asked[0].contains("PUBLIC_URL"), "{asked:?}");
}

#[test]
fn scripts_and_texts_in_variables_are_read() {
    let wait = shop("  command: [sh, -c, \"until nc -z db 5432; do sleep 1; done\"]");
    assert_eq!(found(&wait), (vec!["web -> db 5432/TCP".to_owned()], vec![]));
    let (flows, asked) = found(&shop("  command: [sh, -c, \"pg_isready -h db\"]"));
    assert!(flows.is_empty() && asked.len() == 1 && asked[0].starts_with("Ambiguous"), "{asked:?}");
    let json = shop("  env: [{name: CONFIG, value: '{\"db\": {\"host\": \"db\", \"port\": 5432}}'}]");
    assert_eq!(found(&json).0, ["web -> db 5432/TCP"]);
    let dsn = shop("  args: [--dsn, \"host=db port=5432\", --peers, \"db:80\"]");
    assert_eq!(found(&dsn), (vec!["web -> db 5432/TCP".to_owned(), "web -> db 9187/TCP".to_owned()], vec![]));
    let java = shop("  env: [{name: JAVA_OPTS, value: \"-Xmx1g -Dsql.host=db -Dsql.port=5432\"}]");
    assert_eq!(found(&java).0, ["web -> db 5432/TCP"]);
    let lines = shop("  env: [{name: CONFIG, value: \"a: 1\\nsql: {host: db, port: 80}\\n\"}]");
    assert_eq!(found(&lines).0, ["web -> db 9187/TCP"]);
}

#[test]
fn data_sources_that_a_sidecar_hands_on_are_those_of_the_workload() {
    let text = shop(
        "- name: sidecar\n  image: quay.io/kiwigrid/k8s-sidecar:2\n  env: [{name: LABEL, value: grafana_datasource}]",
    ) + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: shop, labels: {grafana_datasource: \"1\"}}\ndata: {d.yaml: \"datasources: [{url: \\\"http://db:80\\\"}]\"}\n";
    assert_eq!(found(&text).0, ["web -> db 9187/TCP"]);
}

proptest::proptest! {
    /// Whatever stands in a manifest or in a recording, reading it ends.
    #[test]
    fn any_text_is_read(text in "([a-z0-9.:/@,=$(){}\\[\\]\"'#é \n-]|://|svc){0,60}") {
        mention::mentions(&text);
        mention::bare(&text);
        config_text::groups(&text);
        names::hint(&text);
        with("", |ground| recorded::read(ground, text.as_bytes()).lines);
        let quoted = serde_json::Value::String(text).to_string();
        found(&shop(&format!("  env: [{{name: DB_URL, value: {quoted}}}]\n  args: [{quoted}]")));
    }
}
