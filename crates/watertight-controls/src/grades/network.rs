//! Who is cut off, exactly, unknown, or not at all: the same answers as the model of the network.

use watertight_engine::{Control, run};
use watertight_facts::{Settings, World, implied};
use watertight_model::{Gap, Severity, Snapshot, Verdict};
use watertight_syntax::Limits;

use super::grades;
use crate::network::{
    DEFAULT_DENY_MISSING, METADATA_ADDRESS_REACHABLE, NETWORK_POLICY_INVALID,
    NETWORK_POLICY_RULE_WITHOUT_EFFECT, POD_NOT_ISOLATED, POLICIES_NOT_ENFORCED, UNRESTRICTED_EGRESS,
};

const SHOP: &str = "apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, labels: {team: shop}}\n---\n";
const DB: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: db, namespace: shop, labels: {app: db}}\n\
                  spec: {containers: [{name: db, image: db}]}\n---\n";
const FLANNEL: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: flannel, namespace: kube-flannel}\n\
                       spec: {hostNetwork: true, containers: [{name: a, image: flannel/flannel}]}\n---\n";

fn policy(kind: &str, namespace: &str, spec: &str) -> String {
    let (group, kind) = kind.split_once(' ').unwrap();
    let namespace = if namespace.is_empty() { String::new() } else { format!(", namespace: {namespace}") };
    format!("apiVersion: {group}\nkind: {kind}\nmetadata: {{name: default{namespace}}}\nspec: {spec}\n---\n")
}

fn verdicts(control: &'static Control, snapshot: &Snapshot) -> Vec<(Verdict, String)> {
    let settings = Settings::default();
    let outcome = run(&World::new(snapshot, &settings), &[control]);
    outcome.findings.into_iter().map(|finding| (finding.verdict, finding.message)).collect()
}

fn read(yaml: &str) -> Snapshot {
    let mut builder = Snapshot::builder(Limits::default());
    builder.text("network.yaml", yaml);
    implied::complete(builder.finish(), Settings::default().target)
}

const KUBERNETES: &str = "networking.k8s.io/v1 NetworkPolicy";
const CALICO: &str = "projectcalico.org/v3 NetworkPolicy";
const GLOBAL: &str = "projectcalico.org/v3 GlobalNetworkPolicy";
const CILIUM: &str = "cilium.io/v2 CiliumNetworkPolicy";
const ADMIN: &str = "policy.networking.k8s.io/v1alpha1 AdminNetworkPolicy";
const BASELINE: &str = "policy.networking.k8s.io/v1alpha1 BaselineAdminNetworkPolicy";

#[test]
fn a_namespace_is_closed_for_all_its_pods_or_those_there_are() {
    let of = |more: &str| grades(&DEFAULT_DENY_MISSING, &format!("{SHOP}{DB}{more}"));
    let both = "types: [Ingress, Egress]";
    let grade = |found: Vec<(Severity, String)>| found.into_iter().map(|(severity, _)| severity).next();
    for (kind, namespace, spec, wanted) in [
        (KUBERNETES, "shop", "{podSelector: {}, policyTypes: [Ingress, Egress]}".to_owned(), None),
        // The pod that is there, and not one without labels.
        (CALICO, "shop", format!("{{selector: has(app), {both}}}"), Some(Severity::Low)),
        // Pods without labels too, and still not all.
        (CALICO, "shop", format!("{{selector: app != 'web', {both}}}"), Some(Severity::Low)),
        (CALICO, "shop", format!("{{selector: app == 'web', {both}}}"), Some(Severity::Medium)),
        (CALICO, "shop", format!("{{selector: app == 'web' || all(), {both}}}"), None),
        (GLOBAL, "", format!("{{namespaceSelector: team in {{'shop'}}, {both}}}"), None),
        (GLOBAL, "", format!("{{namespaceSelector: '!has(team)', {both}}}"), Some(Severity::Medium)),
        (CILIUM, "shop", "{endpointSelector: {}, ingress: [{}], egress: [{}]}".to_owned(), None),
        (CILIUM, "shop", "{endpointSelector: {}, ingress: [{}]}".to_owned(), Some(Severity::Medium)),
    ] {
        assert_eq!(grade(of(&policy(kind, namespace, &spec))), wanted, "{kind} {spec}");
    }
}

#[test]
fn rules_that_refuse_whom_nobody_names_close_a_namespace() {
    let refuses = |namespaces: &str, out: &str| {
        let ingress = format!("ingress: [{{name: a, action: Deny, from: [{{namespaces: {namespaces}}}]}}]");
        let egress = format!("egress: [{{name: b, action: Deny, to: [{{namespaces: {namespaces}}}{out}]}}]");
        let spec = format!("{{subject: {{namespaces: {{}}}}, {ingress}, {egress}}}");
        verdicts(&DEFAULT_DENY_MISSING, &read(&format!("{SHOP}{}", policy(BASELINE, "", &spec))))
    };
    let everywhere = ", {networks: [0.0.0.0/0]}";
    assert_eq!(refuses("{}", everywhere), []);
    let elsewhere =
        "{matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [shop]}]}";
    assert_eq!(refuses(elsewhere, everywhere), []);
    // A few addresses are not most.
    for out in ["", ", {networks: [10.0.0.0/8]}"] {
        let found = refuses("{}", out);
        assert!(found.len() == 1 && found[0].1.starts_with("no policy denies connections from"), "{found:?}");
    }
    let some = "{matchLabels: {team: bank}}";
    let found = refuses(some, "");
    assert!(
        found.len() == 1 && found[0].1.starts_with("no policy denies connections to and from"),
        "{found:?}"
    );
    // Blocks of these policies stand for pods as well.
    let found = refuses(some, everywhere);
    assert!(found.len() == 1 && found[0].1.starts_with("no policy denies connections to its"), "{found:?}");
}

#[test]
fn what_cannot_be_read_exactly_is_unknown() {
    // The labels of the namespace are not in view.
    let spec = "{namespaceSelector: team == 'shop', types: [Ingress, Egress]}";
    let found = verdicts(&POD_NOT_ISOLATED, &read(&format!("{DB}{}", policy(GLOBAL, "", spec))));
    assert!(matches!(&found[..], [(Verdict::Unknown, _)]), "{found:?}");
    // A policy of which something is hidden.
    let mut builder = Snapshot::builder(Limits::default());
    builder.text("network.yaml", format!("{SHOP}{DB}"));
    let affects = vec!["AdminNetworkPolicy".to_owned()];
    builder.gap(Gap { what: "admin.yaml".to_owned(), why: "it was cut off".to_owned(), affects });
    let snapshot = implied::complete(builder.finish(), Settings::default().target);
    let found = verdicts(&DEFAULT_DENY_MISSING, &snapshot);
    assert!(matches!(&found[..], [(Verdict::Unknown, _)]), "{found:?}");
}

#[test]
fn policies_that_nobody_enforces_do_not_count() {
    let closed = policy(KUBERNETES, "shop", "{podSelector: {}, policyTypes: [Ingress, Egress]}");
    let told = |control, more: &str| verdicts(control, &read(&format!("{FLANNEL}{DB}{closed}{more}")));
    let namespace = told(&DEFAULT_DENY_MISSING, SHOP);
    assert!(namespace.len() == 1 && namespace[0].1.contains("flannel"), "{namespace:?}");
    let pod = told(&POD_NOT_ISOLATED, "");
    assert!(pod.len() == 1 && pod[0].1.contains("flannel"), "{pod:?}");
    assert_eq!(told(&POLICIES_NOT_ENFORCED, "").len(), 1);
    let calico = FLANNEL.replace("flannel", "calico/node").replace("name: calico/node", "name: calico");
    assert_eq!(told(&POLICIES_NOT_ENFORCED, &calico), []);
    assert_eq!(told(&DEFAULT_DENY_MISSING, &format!("{SHOP}{calico}")), []);
}

#[test]
fn what_another_policy_refuses_is_not_open() {
    let open = policy(
        KUBERNETES,
        "shop",
        "{podSelector: {}, policyTypes: [Egress], egress: [{to: [{ipBlock: {cidr: 0.0.0.0/0}}]}]}",
    );
    let refused = |networks: &str| {
        let egress = format!("egress: [{{name: a, action: Deny, to: [{{networks: [{networks}]}}]}}]");
        policy(ADMIN, "", &format!("{{priority: 1, subject: {{namespaces: {{}}}}, {egress}}}"))
    };
    let of = |control, more: &str| grades(control, &format!("{open}{more}")).len();
    assert_eq!(of(&METADATA_ADDRESS_REACHABLE, ""), 1);
    assert_eq!(of(&METADATA_ADDRESS_REACHABLE, &refused("169.254.169.254/32")), 1, "another cloud's");
    assert_eq!(of(&METADATA_ADDRESS_REACHABLE, &refused("0.0.0.0/0")), 0);
    assert_eq!(of(&UNRESTRICTED_EGRESS, &refused("169.254.169.254/32")), 1);
    assert_eq!(of(&UNRESTRICTED_EGRESS, &refused("0.0.0.0/1, 128.0.0.0/2")), 0);
}

#[test]
fn rules_of_other_kinds_are_graded_by_what_they_open() {
    let of = |rule: &str| {
        let spec = format!("{{types: [Egress], egress: [{{action: Allow, {rule}}}]}}");
        let found = grades(&UNRESTRICTED_EGRESS, &policy(CALICO, "shop", &spec));
        found.into_iter().map(|(severity, _)| severity).next()
    };
    assert_eq!(of("destination: {nets: [0.0.0.0/0]}"), Some(Severity::Medium));
    assert_eq!(of("destination: {notNets: [10.0.0.0/8]}"), Some(Severity::Low));
    assert_eq!(of("protocol: UDP, destination: {ports: [53]}"), Some(Severity::Info));
    assert_eq!(of("destination: {nets: [203.0.113.0/24]}"), None);
    assert_eq!(of("destination: {selector: all()}"), None);
}

#[test]
fn names_of_hosts_may_lead_to_the_metadata_service() {
    let of = |control, ports: &str| {
        let spec = format!(
            "{{endpointSelector: {{}}, egress: [{{toFQDNs: [{{matchName: a.example.com}}]{ports}}}]}}"
        );
        verdicts(control, &read(&policy(CILIUM, "shop", &spec)))
    };
    let found = of(&METADATA_ADDRESS_REACHABLE, "");
    assert!(matches!(&found[..], [(Verdict::Unknown, why)] if why.contains("domain name")), "{found:?}");
    assert_eq!(of(&METADATA_ADDRESS_REACHABLE, ", toPorts: [{ports: [{port: '443', protocol: TCP}]}]"), []);
    assert_eq!(of(&UNRESTRICTED_EGRESS, ""), []);
}

#[test]
fn what_is_wrong_with_policies_of_other_kinds_is_told_at_the_field() {
    let of = |control, spec: &str| grades(control, &policy(CILIUM, "shop", spec));
    let two = "{endpointSelector: {}, egress: [{toEntities: [world], toCIDR: [10.0.0.0/8]}]}";
    assert_eq!(of(&NETWORK_POLICY_INVALID, two), [(Severity::Medium, ".spec.egress[0]".to_owned())]);
    assert_eq!(of(&NETWORK_POLICY_RULE_WITHOUT_EFFECT, two), []);
    let nobody = "{endpointSelector: {}, ingress: [{fromEndpoints: []}]}";
    let wanted = [(Severity::Low, ".spec.ingress[0].fromEndpoints".to_owned())];
    assert_eq!(of(&NETWORK_POLICY_RULE_WITHOUT_EFFECT, nobody), wanted);
    assert_eq!(of(&NETWORK_POLICY_INVALID, nobody), []);
}
