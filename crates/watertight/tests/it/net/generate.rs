//! `watertight net generate`: policies for what is needed, and their proof.

use std::process::{Command, Stdio};

use serde_json::Value;

use super::{SHOP, ask_of, shop, texts};
use crate::rbac::fits;
use crate::{Run, folder, run_with};

/// The shop without a policy.
fn open_shop() -> String {
    SHOP.split("---\napiVersion: networking.k8s.io").next().unwrap().to_owned()
}

/// A worker that needs the API.
const WORKER: &str = "\
apiVersion: apps/v1
kind: Deployment
metadata: {name: worker, namespace: jobs}
spec:
  template:
    metadata: {labels: {app: worker, pod-template-hash: abc}}
    spec: {serviceAccountName: worker, containers: [{name: w, image: w}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: worker, namespace: jobs}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: worker, namespace: jobs}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: worker, namespace: jobs}]
";

fn generate(texts: &[&str], arguments: &[&str]) -> Run {
    ask_of(texts, &[&["generate"], arguments].concat())
}

/// The manifests of an output, as JSON.
fn objects(run: &Run) -> Vec<Value> {
    let documents =
        watertight_syntax::yaml::parse(&run.stdout.as_str().into(), &watertight_syntax::Limits::default());
    documents.into_iter().filter_map(|own| Some(own.document.unwrap()?.root().to_json())).collect()
}

#[test]
fn the_least_rules_are_made_with_their_proof() {
    let run = generate(&[&open_shop()], &["-o", "json"]);
    let json = fits("net-generate.v1.json", &run);
    assert_eq!(run.code, 0, "{}", run.stderr);
    let made: Vec<&str> = json["policies"]
        .as_array()
        .unwrap()
        .iter()
        .map(|own| own["object"]["metadata"]["name"].as_str().unwrap())
        .collect();
    assert_eq!(made, ["default-deny", "allow-dns", "allow-db", "allow-web"]);
    let proof = &json["proof"];
    assert_eq!(
        (&proof["kept"], &proof["broken"], &proof["dnsKept"]),
        (&1.into(), &serde_json::json!([]), &3.into())
    );
    // Three workloads reach each other on every port before, and one another on one port after.
    assert_eq!(
        (proof["triplesBefore"].as_u64(), proof["triplesAfter"].as_u64()),
        (Some(6 * 3 * 65535), Some(1))
    );
    let flow = &json["policies"][3]["flows"][0];
    assert_eq!(
        (&flow["from"], &flow["to"], &flow["port"]),
        (&"shop/web".into(), &"shop/db".into(), &"5432/TCP".into())
    );
    assert!(flow["why"][0]["words"].as_str().unwrap().contains("DB_URL"), "{flow}");
    assert_eq!(flow["why"][0]["origin"]["line"], 13);
}

#[test]
fn the_comments_tell_what_each_policy_is_for() {
    let run = generate(&[&open_shop()], &[]);
    for said in [
        "# 4 policies. Of the needed flows 1 are let through.",
        "# (pod, pod, port) triples: 1179630 before, 1 after (99 % closed).",
        "(assumed: it is not in view); 3 workloads can look names up",
        "# what db needs\n#   shop/web → shop/db 5432/TCP: the variable `DB_URL` names",
    ] {
        assert!(run.stdout.contains(said), "{said}: {}", run.stdout);
    }
    assert!(!run.stdout.contains("pod-template-hash"), "{}", run.stdout);
}

/// The manifests and what was made of them, looked at again: each needed flow is let through, and nothing else.
#[test]
fn a_second_run_finds_every_flow_let_through() {
    for flavor in ["kubernetes", "cilium", "calico"] {
        let run = generate(&[&open_shop()], &["--flavor", flavor, "-q"]);
        assert_eq!(run.code, 0, "{}", run.all());
        let files = folder(&[("0.yaml", &open_shop()), ("1.yaml", &run.stdout)]);
        let of = |arguments: &[&str]| run_with(files.path(), &[&["net"], arguments].concat(), b"");
        let code = |from: &str, to: &str, port: &str| {
            let run = of(&["check", "--from", from, "--to", to, "--port", port]);
            assert!(!run.stderr.contains("warning"), "{flavor}: {}", run.stderr);
            run.code
        };
        assert_eq!(code("web", "db", "5432"), 0, "{flavor}");
        assert_eq!(code("web", "svc/db", "80"), 0, "{flavor}");
        for (from, to, port) in [
            ("web", "db", "22"),
            ("report", "db", "5432"),
            ("db", "web", "8080"),
            ("web", "169.254.169.254", "80"),
            ("internet", "web", "8080"),
            ("web", "internet", "443"),
        ] {
            assert_eq!(code(from, to, port), 1, "{flavor}: {from} {to} {port}");
        }
        let again = of(&["generate", "--flavor", flavor, "-o", "json", "-q"]);
        let json = fits("net-generate.v1.json", &again);
        assert_eq!((again.code, &json["proof"]["kept"]), (0, &1.into()), "{flavor}: {}", again.all());
        assert_eq!(json["proof"]["triplesBefore"], 1, "{flavor}");
    }
}

#[test]
fn each_flavor_is_of_its_kind_and_kubectl_takes_it() {
    for (flavor, version, kind) in [
        ("kubernetes", "networking.k8s.io/v1", "NetworkPolicy"),
        ("cilium", "cilium.io/v2", "CiliumNetworkPolicy"),
        ("calico", "projectcalico.org/v3", "NetworkPolicy"),
    ] {
        let run = generate(&[&open_shop(), WORKER], &["--flavor", flavor, "--apiserver-cidr", "10.0.0.1/32"]);
        let made = objects(&run);
        assert!(made.len() >= 5, "{}", run.stdout);
        for object in &made {
            assert_eq!((&object["apiVersion"], &object["kind"]), (&version.into(), &kind.into()));
            assert_eq!(object["metadata"]["labels"]["app.kubernetes.io/managed-by"], "watertight");
        }
        let files = folder(&[("f.yaml", &run.stdout)]);
        let kubectl = Command::new("kubectl")
            .args(["label", "--local", "-f", "f.yaml", "x=y", "-o", "name"])
            .current_dir(files.path())
            .stderr(Stdio::null())
            .output();
        match kubectl {
            Ok(output) => {
                assert!(output.status.success(), "{}", run.stdout);
                assert_eq!(String::from_utf8_lossy(&output.stdout).lines().count(), made.len());
            }
            Err(_) => eprintln!("NOT READ BY kubectl: it is not installed"),
        }
    }
}

#[test]
fn a_flow_that_nobody_can_write_a_policy_for_is_exit_code_3() {
    let run = generate(&[WORKER], &["-o", "json"]);
    let json = fits("net-generate.v1.json", &run);
    assert_eq!(run.code, 3);
    assert_eq!(json["unresolved"][0]["flow"]["to"], "the API servers");
    assert!(json["unresolved"][0]["why"].as_str().unwrap().contains("--apiserver-cidr"), "{}", run.stdout);
    assert!(run.stderr.contains("are not resolved"), "{}", run.stderr);
    assert_eq!(generate(&[WORKER], &["--allow-incomplete"]).code, 0);
    let known = generate(&[WORKER], &["--apiserver-cidr", "192.0.2.10/32", "-o", "json"]);
    let json = fits("net-generate.v1.json", &known);
    assert_eq!((known.code, &json["unresolved"]), (0, &serde_json::json!([])));
    assert!(known.stdout.contains("192.0.2.10/32"), "{}", known.stdout);
    // Cilium knows the API servers by a name.
    let cilium = generate(&[WORKER], &["--flavor", "cilium"]);
    assert!(cilium.code == 0 && cilium.stdout.contains("kube-apiserver"), "{}", cilium.all());
}

#[test]
fn needed_flows_of_the_settings_are_let_through() {
    let settings = "network:\n  flows:\n  - {from: shop/report, to: shop/db, ports: 5432}\n  - {from: shop/report, to: 198.51.100.0/24, ports: [443]}\n  - {from: shop/nobody, to: shop/db}\n";
    let files = folder(&[("a.yaml", &open_shop()), ("watertight.yaml", settings)]);
    let run = run_with(files.path(), &["net", "generate", "-t", "a.yaml", "-o", "json"], b"");
    let json = fits("net-generate.v1.json", &run);
    assert_eq!(json["proof"]["kept"], 3, "{}", run.stdout);
    assert!(run.stdout.contains("198.51.100.0/24"), "{}", run.stdout);
    assert!(
        texts(&json["questions"], "words").iter().any(|words| words.contains("shop/nobody")),
        "{}",
        run.stdout
    );
}

/// A block that covers the address of the instance metadata leaves it out.
#[test]
fn the_instance_metadata_is_closed_unless_asked_for() {
    let settings = "network: {flows: [{from: shop/web, to: 0.0.0.0/0, ports: [80]}]}\n";
    for flavor in ["kubernetes", "cilium", "calico"] {
        for (flags, code) in [(&[][..], 1), (&["--allow-metadata"], 0)] {
            let files = folder(&[("0.yaml", &open_shop()), ("watertight.yaml", settings)]);
            let made = run_with(
                files.path(),
                &[&["net", "generate", "--flavor", flavor, "-t", "0.yaml", "-q"], flags].concat(),
                b"",
            );
            assert_eq!(made.code, 0, "{}", made.all());
            std::fs::write(files.path().join("1.yaml"), &made.stdout).unwrap();
            let check = |to: &str| {
                let arguments = [
                    "net", "check", "--from", "web", "--to", to, "--port", "80", "-t", "0.yaml", "-t",
                    "1.yaml",
                ];
                run_with(files.path(), &arguments, b"").code
            };
            assert_eq!((check("169.254.169.254"), check("198.51.100.1")), (code, 0), "{flavor} {flags:?}");
        }
    }
}

#[test]
fn egress_alone_leaves_ingress_open() {
    let run = generate(&[&open_shop()], &["--egress"]);
    for object in objects(&run) {
        assert_eq!(object["spec"]["policyTypes"], serde_json::json!(["Egress"]), "{object}");
    }
    assert_eq!(run.code, 0, "{}", run.all());
}

#[test]
fn only_some_namespaces_are_closed() {
    let run = generate(&[&open_shop(), WORKER], &["--only", "shop", "-o", "json"]);
    let json = fits("net-generate.v1.json", &run);
    let all_of_shop = json["policies"]
        .as_array()
        .unwrap()
        .iter()
        .all(|own| own["object"]["metadata"]["namespace"] == "shop");
    assert!(all_of_shop, "{}", run.stdout);
    assert_eq!(texts(&json["letBe"], "what"), ["jobs"]);
}

#[test]
fn namespaces_to_come_are_closed_by_kyverno() {
    let run = generate(&[&open_shop()], &["--for-new-namespaces", "kyverno"]);
    let made = objects(&run);
    assert_eq!((run.code, made.len()), (0, 1), "{}", run.all());
    assert_eq!(
        (&made[0]["apiVersion"], &made[0]["kind"]),
        (&"kyverno.io/v1".into(), &"ClusterPolicy".into())
    );
    let rules = made[0]["spec"]["rules"].as_array().unwrap();
    let deny = &rules[0]["generate"];
    assert_eq!(deny["namespace"], "{{request.object.metadata.name}}");
    assert_eq!(deny["data"]["spec"]["policyTypes"], serde_json::json!(["Ingress", "Egress"]));
    assert!(
        rules[1]["generate"]["data"]["spec"]["egress"][0]["to"].to_string().contains("kube-dns"),
        "{rules:?}"
    );
}

/// An ingress rule that is there is of no use beside a default-deny for egress.
#[test]
fn what_existing_policies_name_is_needed() {
    let report = SHOP.replace(
        "from: [{podSelector: {matchLabels: {app: web}}}]",
        "from: [{podSelector: {matchLabels: {app: report}}}]",
    );
    for replace in [&[][..], &["--replace"]] {
        let made = ask_of(&[&report], &[&["generate", "-q"], replace].concat());
        assert_eq!(made.code, 0, "{}", made.all());
        // What replaces goes without what it replaces.
        let beside = if replace.is_empty() { report.clone() } else { open_shop() };
        let check = |from: &str, port: &str| {
            ask_of(&[&beside, &made.stdout], &["check", "--from", from, "--to", "db", "--port", port]).code
        };
        assert_eq!(
            (check("report", "5432"), check("web", "5432"), check("report", "22")),
            (0, 0, 1),
            "{replace:?}"
        );
    }
}

/// What exists already is not made again.
#[test]
fn what_is_closed_already_stays_as_it_is() {
    let run = shop(&["generate", "-o", "json"]);
    let json = fits("net-generate.v1.json", &run);
    assert_eq!((&json["proof"]["kept"], &json["proof"]["broken"]), (&1.into(), &serde_json::json!([])));
    // A deny of the administrator wins, before and after: that is told and is no fault of ours.
    const DENY: &str = "\
apiVersion: policy.networking.k8s.io/v1alpha1
kind: AdminNetworkPolicy
metadata: {name: no-sql}
spec:
  priority: 5
  subject: {namespaces: {}}
  ingress: [{action: Deny, from: [{namespaces: {}}], ports: [{portNumber: {protocol: TCP, port: 5432}}]}]
";
    let run = ask_of(&[SHOP, DENY], &["generate", "-o", "json"]);
    let json = fits("net-generate.v1.json", &run);
    assert_eq!(
        (&json["proof"]["kept"], texts(&json["proof"]["deniedBefore"], "to")),
        (&0.into(), vec!["shop/db"])
    );
}
