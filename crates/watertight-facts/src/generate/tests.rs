//! Plans for a small shop.

use watertight_model::Snapshot;
use watertight_syntax::Limits;

use super::*;
use crate::flows;
use crate::reachability::Assumed;
use crate::world::Settings;

const SHOP: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web, version: "7"}}
    spec:
      containers:
      - name: web
        image: web
        ports: [{name: http, containerPort: 8080}]
        env:
        - {name: DB_HOST, value: db.data.svc}
        - {name: DB_PORT, value: "5432"}
        - {name: RATES_URL, value: "https://rates.example.com/v1"}
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: db, namespace: data}
spec:
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers: [{name: db, image: db, ports: [{containerPort: 5432}]}]
---
apiVersion: v1
kind: Service
metadata: {name: db, namespace: data}
spec: {selector: {app: db}, ports: [{port: 5432}]}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
spec: {type: LoadBalancer, selector: {app: web}, ports: [{port: 80, targetPort: http}]}
"#;

fn planned(text: &str, wanted: &Wanted) -> Plan {
    let mut builder = Snapshot::builder(Limits::default());
    builder.text("shop.yaml", text);
    let snapshot = crate::implied::complete(builder.finish(), Settings::default().target);
    let settings = Settings::default();
    let world = World::new(&snapshot, &settings);
    let reach = Reachability::assuming(&world, Assumed::default());
    let ground = Ground::of(&world);
    plan(&world, &reach, &ground, flows::find(&ground), wanted)
}

fn names(plan: &Plan) -> Vec<String> {
    plan.objects.iter().map(|made| format!("{}/{}", made.namespace, made.name)).collect()
}

#[test]
fn every_flavor_keeps_what_is_needed_and_closes_the_rest() {
    for flavor in [Flavor::Kubernetes, Flavor::Cilium, Flavor::Calico] {
        let plan = planned(SHOP, &Wanted { flavor, ..Wanted::default() });
        assert_eq!(
            names(&plan),
            [
                "data/default-deny",
                "data/allow-dns",
                "data/allow-db",
                "shop/default-deny",
                "shop/allow-dns",
                "shop/allow-web"
            ],
            "{flavor:?}"
        );
        let proof = &plan.proof;
        assert_eq!(proof.flows.len(), 3, "{flavor:?}: {:?}", proof.flows);
        assert_eq!(
            (proof.count(Kept::No), proof.count(Kept::DeniedBefore)),
            (0, 0),
            "{flavor:?}: {:?}",
            proof.flows
        );
        // By the name of a host, Cilium's policies let through what nobody can know beforehand.
        let perhaps = usize::from(flavor == Flavor::Cilium);
        assert_eq!(proof.count(Kept::Perhaps), perhaps, "{flavor:?}: {:?}", proof.flows);
        assert!(proof.unread.is_empty(), "{flavor:?}: {:?}", proof.unread);
        assert_eq!((proof.dns, proof.after), ((2, 0), 1), "{flavor:?}");
        assert!(plan.unresolved.is_empty() && plan.dns.assumed, "{flavor:?}");
    }
}

#[test]
fn labels_of_a_rollout_are_not_asked_for() {
    let plan = planned(SHOP, &Wanted::default());
    let web = plan.objects.iter().find(|made| made.name == "allow-web").unwrap();
    assert_eq!(web.object["spec"]["podSelector"], serde_json::json!({"matchLabels": {"app": "web"}}));
}

#[test]
fn the_metadata_of_the_instance_stays_closed_unless_asked_for() {
    let shown = |wanted: &Wanted| {
        let plan = planned(SHOP, wanted);
        plan.objects.iter().find(|made| made.name == "allow-web").unwrap().object.to_string()
    };
    let egress = |allow_metadata| Wanted { egress_only: true, allow_metadata, ..Wanted::default() };
    let closed = shown(&egress(false));
    // Link-local addresses are private ones, which a host on the internet has none of.
    assert!(closed.contains("169.254.0.0/16") && closed.contains("100.64.0.0/10"), "{closed}");
    assert!(!closed.contains("ingress"), "{closed}");
}

#[test]
fn what_cannot_be_named_is_told() {
    let account = r#"
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: web, namespace: shop}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: default, namespace: shop}]
"#;
    let text = format!("{SHOP}{account}");
    let plan = planned(&text, &Wanted::default());
    let ports: Vec<_> = plan.unresolved.iter().map(|own| own.flow.port.to_string()).collect();
    assert_eq!(ports, ["443/TCP", "6443/TCP"], "{:?}", plan.unresolved);
    let known = Wanted { api_servers: vec!["10.0.0.1/32".parse().unwrap()], ..Wanted::default() };
    let plan = planned(&text, &known);
    assert!(plan.unresolved.is_empty());
    assert_eq!(plan.proof.count(Kept::No), 0, "{:?}", plan.proof.flows);
}

#[test]
fn policies_that_are_there_are_told_or_replaced() {
    let open = r#"
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: db, namespace: data}
spec:
  podSelector: {}
  policyTypes: [Ingress, Egress]
  egress: [{}]
  ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}], ports: [{port: 5433}]}]
"#;
    let text = format!("{SHOP}{open}");
    let beside = planned(&text, &Wanted::default());
    assert_eq!((beside.wide.len(), beside.replaced.len()), (1, 0));
    let instead = planned(&text, &Wanted { replace: true, ..Wanted::default() });
    assert_eq!((instead.wide.len(), instead.replaced.len()), (0, 1));
    // What the policy names stays open beside what the manifests need.
    assert_eq!(instead.proof.after, 2, "{:?}", instead.proof.flows);
}
