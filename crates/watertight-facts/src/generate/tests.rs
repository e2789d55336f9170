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
        // What addresses a host has, nobody can know beforehand.
        assert_eq!(proof.count(Kept::Perhaps), 1, "{flavor:?}: {:?}", proof.flows);
        assert!(proof.unread.is_empty(), "{flavor:?}: {:?}", proof.unread);
        assert_eq!((proof.dns_kept, proof.dns_broken.len(), proof.after), (2, 0, 1), "{flavor:?}");
        assert!(plan.unresolved.is_empty() && plan.dns.assumed.is_some(), "{flavor:?}");
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

/// A plan for the shop and more.
fn with(more: &str, wanted: &Wanted) -> Plan {
    planned(&format!("{SHOP}---\n{more}"), wanted)
}

const FLAVORS: [Flavor; 3] = [Flavor::Kubernetes, Flavor::Cilium, Flavor::Calico];

#[test]
fn no_policy_has_the_name_of_another() {
    let pods = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: dns, namespace: data}\nspec:\n  template:\n    metadata: {labels: {app: dns}}\n    spec: {containers: [{name: a, image: a, env: [{name: A, value: 'http://db:5432'}]}]}\n";
    let taken = ["default-deny", "watertight-default-deny"].map(|name| {
        format!("---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: {name}, namespace: data}}\nspec: {{podSelector: {{}}}}\n")
    });
    for flavor in FLAVORS {
        let plan = with(&format!("{pods}{}", taken.concat()), &Wanted { flavor, ..Wanted::default() });
        let all = names(&plan);
        let unique: BTreeSet<&String> = all.iter().collect();
        assert_eq!(unique.len(), all.len(), "{flavor:?}: {all:?}");
        assert!(all.contains(&"data/allow-dns-2".to_owned()), "{flavor:?}: {all:?}");
        let beside = flavor != Flavor::Cilium;
        assert_eq!(all.contains(&"data/watertight-default-deny-2".to_owned()), beside, "{flavor:?}: {all:?}");
    }
    let long = "n".repeat(253);
    let plan = planned(
        &SHOP.replace("name: web, namespace: shop", &format!("name: {long}, namespace: shop")),
        &Wanted::default(),
    );
    assert!(names(&plan).iter().all(|name| name.len() <= 253), "{:?}", names(&plan));
}

#[test]
fn a_second_run_makes_the_same_anew() {
    for flavor in FLAVORS {
        let wanted = Wanted { flavor, ..Wanted::default() };
        let first = planned(SHOP, &wanted);
        let objects: Vec<String> = first.objects.iter().map(|made| made.object.to_string()).collect();
        let second = with(&objects.join("\n---\n"), &wanted);
        let same: Vec<&Json> = second.objects.iter().map(|made| &made.object).collect();
        assert_eq!(same, first.objects.iter().map(|made| &made.object).collect::<Vec<_>>(), "{flavor:?}");
        assert!(
            second.replaced.is_empty()
                && second.obsolete.is_empty()
                && second.proof.dropped.is_empty()
                && second.wide.is_empty(),
            "{flavor:?}"
        );
        // What is not needed any more has to go.
        let left = SHOP.replace("db.data.svc", "nothing");
        let third = planned(&format!("{left}---\n{}", objects.join("\n---\n")), &wanted);
        assert_eq!(third.obsolete.len(), 1, "{flavor:?}: {:?}", names(&third));
        let dropped: Vec<_> = third.proof.dropped.iter().map(|flow| flow.port.to_string()).collect();
        assert_eq!(dropped, ["5432/TCP"], "{flavor:?}");
    }
}

#[test]
fn the_dns_of_a_closed_namespace_answers_everybody() {
    let dns = "apiVersion: v1\nkind: Service\nmetadata: {name: dns-default, namespace: openshift-dns}\nspec: {selector: {dns: default}, ports: [{name: dns, port: 53, targetPort: dns, protocol: UDP}]}\n";
    let pods = "---\napiVersion: apps/v1\nkind: DaemonSet\nmetadata: {name: dns-default, namespace: openshift-dns}\nspec:\n  template:\n    metadata: {labels: {dns: default}}\n    spec: {containers: [{name: a, image: a, ports: [{name: dns, containerPort: 5353, protocol: UDP}]}]}\n";
    for flavor in FLAVORS {
        for more in [dns.to_owned(), format!("{dns}{pods}")] {
            let plan = with(&more, &Wanted { flavor, ..Wanted::default() });
            assert_eq!(plan.dns.ports, [(watertight_netpol::Protocol::Udp, 5353)], "{flavor:?}");
            assert!(plan.proof.dns_broken.is_empty(), "{flavor:?}: {:?}", plan.proof.dns_broken);
        }
        let on_nodes = format!("{dns}{}", pods.replace("{containers", "{hostNetwork: true, containers"));
        let plan = with(&on_nodes, &Wanted { flavor, ..Wanted::default() });
        assert_eq!(plan.proof.dns_broken.is_empty(), flavor == Flavor::Cilium, "{flavor:?}");
        let nodes = vec!["192.168.0.0/24".parse().unwrap()];
        let plan = with(&on_nodes, &Wanted { flavor, nodes, ..Wanted::default() });
        assert!(plan.proof.dns_broken.is_empty(), "{flavor:?}: {:?}", plan.proof.dns_broken);
    }
    let several = dns.replace("{dns: default}", "{dns: default, owner: operator}");
    let plan = with(&several.replace("targetPort: dns", "targetPort: resolve"), &Wanted::default());
    assert_eq!(plan.dns.labels.len(), 2);
    assert!(plan.dns.assumed.is_some());
}

#[test]
fn every_pod_of_a_namespace_may_need_something() {
    for flavor in FLAVORS {
        let mut builder = Snapshot::builder(Limits::default());
        builder.text("shop.yaml", SHOP);
        let snapshot = crate::implied::complete(builder.finish(), Settings::default().target);
        let settings = Settings::default();
        let world = World::new(&snapshot, &settings);
        let reach = Reachability::assuming(&world, Assumed::default());
        let ground = Ground::of(&world);
        let lines = b"from_namespace,from_workload,to_namespace,to_workload,port\nshop,*,data,db,9000\n";
        let recorded = flows::recorded::read(&ground, lines);
        let wanted = Wanted { flavor, ..Wanted::default() };
        let plan = plan(&world, &reach, &ground, flows::find(&ground).with(recorded.found), &wanted);
        assert_eq!(plan.proof.count(Kept::No), 0, "{flavor:?}: {:?}", plan.proof.flows);
        assert_eq!(plan.proof.after, 2, "{flavor:?}");
    }
}

#[test]
fn hosts_of_private_networks_and_metadata_are_not_resolved() {
    let host = |name: &str, wanted: &Wanted| {
        let plan = planned(&SHOP.replace("rates.example.com", name), wanted);
        (plan.unresolved.len(), plan.objects.iter().any(|made| made.object.to_string().contains("0.0.0.0/0")))
    };
    // The load balancer's own rule is for everybody outside.
    let egress = |flavor| Wanted { flavor, egress_only: true, ..Wanted::default() };
    for flavor in [Flavor::Kubernetes, Flavor::Calico] {
        assert_eq!(host("rates.example.com", &egress(flavor)), (0, true));
        assert_eq!(host("vault.corp", &egress(flavor)), (1, false));
        assert_eq!(host("metadata.google.internal", &egress(flavor)), (1, false));
        assert_eq!(host("169.254.169.254", &egress(flavor)), (1, false));
    }
    assert_eq!(host("vault.corp", &egress(Flavor::Cilium)), (0, false));
    assert_eq!(host("metadata.google.internal", &egress(Flavor::Cilium)), (1, false));
    let asked = Wanted { allow_metadata: true, ..egress(Flavor::Kubernetes) };
    assert_eq!(host("169.254.169.254", &asked), (0, false));
}

#[test]
fn policies_of_other_kinds_that_let_everybody_in_are_named() {
    let admin = "apiVersion: policy.networking.k8s.io/v1alpha1\nkind: AdminNetworkPolicy\nmetadata: {name: open}\nspec: {priority: 1, subject: {namespaces: {}}, ingress: [{action: Allow, from: [{namespaces: {}}]}]}\n";
    let plan = with(admin, &Wanted::default());
    assert_eq!(plan.wide.len(), 1);
    let baseline = admin
        .replace("AdminNetworkPolicy", "BaselineAdminNetworkPolicy")
        .replace("name: open", "name: default")
        .replace("priority: 1, ", "");
    assert!(with(&baseline, &Wanted::default()).wide.is_empty());
}

/// Beside a Prometheus, whose pods no template in view tells of.
#[test]
fn what_only_a_replaced_policy_named_is_told_when_it_is_gone() {
    let prometheus =
        "apiVersion: monitoring.coreos.com/v1\nkind: Prometheus\nmetadata: {name: k8s, namespace: data}\n";
    let written = "---\napiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: p, namespace: data}\nspec: {podSelector: {matchLabels: {app: db}}, ingress: [{from: [{namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: shop}}}], ports: [{port: 9187}]}]}\n";
    let wanted = Wanted { replace: true, ..Wanted::default() };
    let first = with(&format!("{prometheus}{written}"), &wanted);
    assert_eq!(first.replaced.len(), 1);
    let objects: Vec<String> = first.objects.iter().map(|made| made.object.to_string()).collect();
    let second = with(&format!("{prometheus}---\n{}", objects.join("\n---\n")), &wanted);
    let dropped: Vec<_> = second.proof.dropped.iter().map(|flow| flow.port.to_string()).collect();
    assert_eq!(dropped, ["9187/TCP"]);
}
